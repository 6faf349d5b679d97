// access_log.h: one JSON line a request, written off the hot path.
//
// A worker puts a record into its own ring; one background thread turns records into lines. A full ring drops the
// record, which the caller counts; nobody waits. Query strings are never logged: they may hold keys and people's data.
#ifndef RF_SERVER_ACCESS_LOG_H
#define RF_SERVER_ACCESS_LOG_H

#include "server/request.h"

#define ACCESS_PATH_BYTES 160

struct access_record {
    int64_t unix_ms;
    uint64_t took_us, bytes;
    int status;
    enum method method;
    char id[REQUEST_ID_CHARS + 1];
    char key_id[KEY_ID_CHARS + 1];
    uint8_t path_bytes;
    bool path_cut;
    char path[ACCESS_PATH_BYTES];
};

struct access_log;

// `path` is a file to append to, or "-". ERR_IO. With an empty path *out is NULL: no log.
enum err access_log_open(const char *path, unsigned workers, struct access_log **out, struct fault *why);
void access_log_close(struct access_log *log); // writes what waits; NULL is fine
enum err access_log_reopen(struct access_log *log, struct fault *why); // after the file was rotated
bool access_log_put(struct access_log *log, unsigned worker, const struct access_record *record); // false: dropped
void access_log_nudge(struct access_log *log); // a worker calls it now and then: lines wait for it, or for a half-full ring

#endif

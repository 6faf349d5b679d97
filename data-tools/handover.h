// handover.h: telling a running server over HTTP what a command has made for it.
#ifndef RF_TOOLS_HANDOVER_H
#define RF_TOOLS_HANDOVER_H

#include "index/base/buf.h"
#include "index/base/err.h"

enum { HANDOVER_ADDRESS_BYTES = 512 };

// Where the server is: `told` (--server), else RIGHTFIT_LISTEN, else what the server that holds `data` says in <data>/server.addr, else
// 127.0.0.1:7700.
void handover_address(const char *told, const char *data, char out[HANDOVER_ADDRESS_BYTES]);

// One request; `body` NULL: a GET, else a POST of JSON. `key` may be NULL. `answer` gets the body. ERR_IO when nobody answers or the
// answer is not a success; `why` carries the server's own words. Its 404 and 409 are ERR_NOT_FOUND and ERR_CONFLICT.
enum err handover_call(const char *server, const char *key, const char *path, const char *body, struct buf *answer, struct fault *why);

// POSTs {"id":"<16 hex digits>","force":..} to <server>/v1/generations. ERR_CONFLICT: the server finds it worse than what it has.
enum err handover_generation(const char *server, const char *key, uint64_t id, bool force, struct fault *why);

// ---- imports ----------------------------------------------------------------------------------------------------------------------
struct handover_import {
    const char *server, *key; // key may be NULL
    const char *file;                // in the folder staging; the server's from then on
    const char *sources;
    bool dry_run, quiet;
    uint64_t rejected;               // result: by the server
    bool taken;                      // result: the server has the file
};
// Hands a staged file over, shows how far it is until it is done, prints the server's report and the lines it rejected. `why` says what
// ended an import that failed.
enum err handover_import(struct handover_import *h, struct fault *why);
enum err handover_imports_print(const char *server, const char *key, struct fault *why);               // the list of batches and jobs
enum err handover_rollback(const char *server, const char *key, uint32_t batch, struct fault *why);    // and says what it did

#endif

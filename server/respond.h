// respond.h: making a response. One of these is the last thing a handler does; all return ERR_OK so that a handler
// can end in `return respond_json(rq, 200);`. Bytes leave when the handler has returned.
#ifndef RF_SERVER_RESPOND_H
#define RF_SERVER_RESPOND_H

#include "server/request.h"

// A file that lives as long as the server.
struct static_file {
    const char *content_type;
    struct slice bytes;
    struct slice gzip;         // p NULL: not worth compressing
    const char *etag;          // with its quotes; NULL: none
    const char *cache_control; // NULL: none
};

enum err respond_json(struct request *rq, int status);                           // the body is rq->out
enum err respond_text(struct request *rq, int status, const char *content_type); // the body is rq->out
enum err respond_empty(struct request *rq, int status);                          // 204
enum err respond_file(struct request *rq, const struct static_file *file);       // 304, gzip as the client asks
// The error body of the contract, or Algolia's under /1/, with the status of the one table in respond.c. What rq->out
// held is dropped.
enum err respond_fault(struct request *rq, const struct fault *fault);
// What a handler that failed with `code` has said of it, or a plain sentence where it has said nothing.
struct fault respond_said(enum err code, const struct fault *why);
// An error whose status is HTTP's own (405, 408, 414, 431, 501, 505): `code` is the status table's for `as`.
enum err respond_problem(struct request *rq, int status, enum err as, const char *message);
void respond_header(struct request *rq, const char *name, struct slice value); // value: no CR, LF (asserted)
int respond_status(enum err code, bool algolia); // the table itself

// Writes {"error":{...}} members without the outer braces, for lines of a stream as well.
void respond_error_object(struct json_writer *w, const struct fault *fault);

#endif

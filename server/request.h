// request.h: one request as a handler sees it.
//
// A handler is `enum err handler(struct request *rq, struct fault *why)`. It either makes a response (respond.h) and
// returns ERR_OK, or fills `why` and returns its code (the server answers with the matching status; where `why` says nothing of that
// code, with a plain sentence), or defers:
//
//   request_defer(rq, resume)  then hand rq to another thread, which calls request_complete(rq) exactly once;
//                              `resume` then runs on the request's own worker and is itself a handler.
//   request_compute(rq, work, resume)  the same with the server's compute threads doing `work`.
//
// `resume` is always called, also when the client has gone meanwhile (request_is_gone), so it may free what was made
// for the deferral. Until then the request's memory stays as it is and belongs to whoever works on it. A resume after
// request_compute usually begins with `if (rq->result != ERR_OK) return rq->result;`: `why` is filled already.
//
// All slices live as long as the request. Nothing here may be used after `resume` or the handler has returned.
#ifndef RF_SERVER_REQUEST_H
#define RF_SERVER_REQUEST_H

#include <stdatomic.h>

#include "index/base/buf.h"
#include "index/base/json.h"
#include "index/base/keyfile.h"
#include "server/http.h"
#include "server/query.h"

#define REQUEST_CAPTURES_MAX 4
#define REQUEST_ID_CHARS 16

struct request;
struct route;
struct push;
struct server;
struct worker;
struct conn;

typedef enum err (*request_fn)(struct request *rq, struct fault *why);
// Runs on a compute thread with that thread's own state (made by server_app.worker_open). It may use the arena and
// write rq->out, but makes no response. What it returns is in rq->result, and its fault in `why`, when resume runs.
typedef enum err (*request_work_fn)(struct request *rq, void *thread_state, struct fault *why);

// The same for several requests that wait at once: each gets its result and its fault in rq, and `n` is from 1 to REQUEST_TOGETHER_MAX.
#define REQUEST_TOGETHER_MAX 16
typedef void (*request_work_many_fn)(struct request **rqs, unsigned n, void *thread_state);

enum lang { LANG_EN, LANG_ZH };

struct response {
    int status; // 0: none made yet
    const char *content_type;
    struct slice body;       // p set: these bytes, not copied, live until written; else rq->out
    struct buf headers;      // further header lines with CRLF
    bool body_is_static;     // outlives the request
    bool head_only;          // 204, 304: no body, no Content-Length
    bool close;
};

struct request {
    uint32_t magic;
    enum method method;
    enum lang lang; // from lang=, where the route lists it
    const struct route *route;
    struct slice path;                           // as sent
    struct slice captures[REQUEST_CAPTURES_MAX]; // the pattern's {..} in order, decoded, never empty
    struct query query;
    struct slice body; // as sent; see request_body()
    struct http_head head;

    struct arena arena; // reset after the response; in a stream after every line
    struct buf out;     // the response body, or the output of a stream's line
    char id[REQUEST_ID_CHARS + 1];
    char key_id[KEY_ID_CHARS + 1]; // public id of the key used, empty without keys
    char view[KEY_VIEW_BYTES + 1]; // of the key used; empty: it sees everything
    uint32_t scopes;
    uint64_t start_us, deadline_us; // monotonic
    uint64_t begun_us, worked_us;   // since when a thread is at it, and for how long others were before: request_took_us()
    void *worker_state;             // of the worker this request runs on
    void *app;
    struct server *server;
    const struct clock *clock;

    void *stream_state;   // the handler's own, for a stream or across a deferral
    struct arena kept;    // streams: lives as long as the stream
    uint64_t line_number; // streams: from 1

    // What became of a deferral: set by `work`, or by whoever calls request_complete(). ERR_OK unless set.
    enum err result;
    struct fault fault;

    // The transport's; handlers leave the rest alone.
    struct response response;
    struct worker *worker;
    struct conn *conn;
    struct request *next; // in whichever queue or free list holds it
    struct json_parser *parser;
    const struct json *json;
    request_fn resume;
    request_work_fn work;
    request_work_many_fn work_many; // instead of `work`
    const struct push *push; // push.h: the answer stays open
    atomic_bool poked;
    bool deferred;
    bool streaming;
    atomic_bool gone;
};

// ---- for handlers -------------------------------------------------------------------------------------------------

// Query parameters: p is NULL when absent. Absent leaves *out alone and is ERR_OK in the typed forms.
struct slice request_param(const struct request *rq, const char *name);
struct slice request_param_fold(const struct request *rq, const char *name); // ASCII case ignored, for /1/
enum err request_param_int(const struct request *rq, const char *name, int64_t min, int64_t max, int64_t *out,
                           struct fault *why);
enum err request_param_number(const struct request *rq, const char *name, double *out, struct fault *why);
// The server has done this with route->params already; for handlers of ROUTE_ANY_PARAMS routes. NULL-terminated list.
enum err request_only_params(const struct request *rq, const char *const *allowed, struct fault *why);

enum err request_body(struct request *rq, struct slice *out, struct fault *why); // inflated when it came with gzip
// The body as JSON whatever its content type, parsed once. Not from a compute thread. An empty body is an error.
enum err request_json(struct request *rq, const struct json **out, struct fault *why);

void request_defer(struct request *rq, request_fn resume);
void request_complete(struct request *rq); // any thread; rq must not be touched afterwards
// ERR_RATE_LIMITED when the queue is full; then nothing was deferred.
enum err request_compute(struct request *rq, request_work_fn work, request_fn resume, struct fault *why);
// For work that costs little more for several requests than for one: those that wait for the same `work` when a thread is free are handed to
// it together. Nobody waits for others to come.
enum err request_compute_together(struct request *rq, request_work_many_fn work, request_fn resume, struct fault *why);
bool request_is_gone(const struct request *rq); // any thread: the client has closed, work for it may stop
// `took_us` of an answer: how long the engine has worked on this request, on its worker and on a compute thread, by the clock on the wall. What
// it waited for, other requests in a queue or a commit, is not in it; start_us is when it had arrived. From the thread that works on it.
uint64_t request_took_us(const struct request *rq);

// ---- for the transport --------------------------------------------------------------------------------------------

struct request *request_new(void); // NULL: no memory
void request_free(struct request *rq);
void request_work_begin(struct request *rq); // a thread takes it up, again after a deferral
void request_work_end(struct request *rq);   // and lets go of it
void request_reset(struct request *rq); // ready for the next one, memory kept
// Decodes query parameters and checks them against the route. head and route are set.
enum err request_prepare(struct request *rq, struct fault *why);

#endif

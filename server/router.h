// router.h: the table of routes, and finding the one a request means.
//
// A pattern is a path of literal segments and captures: "/v1/vehicles/{id}/types"; a last "{name...}" takes all that is
// left. A literal wins over a capture. Segments are percent-decoded before they are compared, so "%2F" never splits one.
// The tree is built once at start; matching compares one machine word per candidate and allocates only to decode.
#ifndef RF_SERVER_ROUTER_H
#define RF_SERVER_ROUTER_H

#include "server/request.h"

enum route_flag {
    ROUTE_ANY_PARAMS = 1, // the handler checks query parameters itself
    ROUTE_BULK = 2,       // bodies up to LIMIT_BULK_BODY_BYTES, else LIMIT_BODY_BYTES
    ROUTE_QUIET = 4,      // not in the request log: probes and scrapes
    ROUTE_VIEW = 8,       // keys with a view may call it: it answers through api_read() and changes nothing but what api_owned() allows
};

// A route that takes NDJSON of any length and answers NDJSON, in constant memory. All callbacks run on the request's
// worker. What they write to rq->out must be whole lines; the server sends it when it sees fit.
// `line` and `flush` may defer (request_defer, request_compute): no further line is given until the resume has run.
struct stream {
    // Before the first line; may make rq->stream_state in rq->kept. A failure answers the whole request. May be NULL.
    request_fn open;
    // One line without its end, never empty, at most LIMIT_STREAM_LINE_BYTES. A failure becomes the answer line
    // {"line":n,"error":{...}} and the stream goes on.
    enum err (*line)(struct request *rq, struct slice line, struct fault *why);
    // A line too long to be given; `why` says so. NULL: answered at once, ahead of what is gathered.
    request_fn refused;
    // What has arrived is used up, or (last) the body has ended: time to hand on what was gathered. May be NULL.
    enum err (*flush)(struct request *rq, bool last, struct fault *why);
    // Once after a successful open, also when the client has gone. May be NULL.
    void (*close)(struct request *rq);
};

struct route {
    enum method method; // METHOD_GET serves HEAD as well
    const char *pattern;
    uint32_t scope; // SCOPE_* of keyfile.h; 0 is public
    unsigned flags;
    request_fn handler;              // NULL when `stream` is set
    const char *const *params;       // query parameters allowed, NULL-terminated; NULL: none
    const struct stream *stream;
};

struct router;
struct router_match {
    const struct route *route;
    const char *allow; // for 405 and OPTIONS: "GET, HEAD, OPTIONS"
    struct slice captures[REQUEST_CAPTURES_MAX];
};
enum router_outcome { ROUTER_FOUND, ROUTER_NO_PATH, ROUTER_NO_METHOD, ROUTER_BAD_PATH };

// ERR_BAD_REQUEST for a pattern that is malformed or stands twice; ERR_NO_MEMORY. `routes` must outlive the router.
enum err router_new(const struct route *routes, size_t count, struct router **out, struct fault *why);
void router_free(struct router *r);
// `path` as sent. BAD_PATH: *why says what (a bad escape, bad UTF-8). NO_METHOD: out->allow is set.
enum router_outcome router_find(const struct router *r, enum method method, struct slice path, struct arena *arena,
                                struct router_match *out, struct fault *why);
size_t router_body_limit(const struct route *route);

#endif

// cors.h: which pages of other origins may call: the headers on every answer, and preflights.
#ifndef RF_SERVER_CORS_H
#define RF_SERVER_CORS_H

#include "server/request.h"

#define CORS_ORIGINS_MAX 32

struct cors {
    bool any;
    unsigned count;
    struct slice origins[CORS_ORIGINS_MAX]; // point into the option's text
};

// "https://a.example, https://b.example" or "*" or "". ERR_BAD_REQUEST: too many.
enum err cors_init(struct cors *c, struct slice option, struct fault *why);
void cors_add_headers(const struct cors *c, struct request *rq);
// Answers OPTIONS; `allow` lists the methods of the path.
enum err cors_preflight(const struct cors *c, struct request *rq, const char *allow);
// False for a request that changes something and comes from a page that is neither ours nor allowed: without keys the
// browser of whoever runs the server is the only credential, and other sites must not borrow it.
bool cors_may_change(const struct cors *c, const struct http_head *head);

#endif

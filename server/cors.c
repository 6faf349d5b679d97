#include "server/cors.h"

#include "server/respond.h"

#define MAX_AGE "86400"

enum err cors_init(struct cors *c, struct slice option, struct fault *why) {
    c->any = slice_is(slice_trim(option), "*");
    c->count = 0;
    if (option.n == 0 || c->any) return ERR_OK;
    struct slice rest = option;
    while (rest.p) {
        struct slice origin = slice_trim(slice_cut(&rest, ','));
        if (origin.n == 0) continue;
        if (c->count == CORS_ORIGINS_MAX)
            return fault_set(why, ERR_BAD_REQUEST, "cors", "more than %d origins", CORS_ORIGINS_MAX);
        c->origins[c->count++] = origin;
    }
    return ERR_OK;
}

static bool allowed(const struct cors *c, struct slice origin) {
    if (c->any) return true;
    for (unsigned i = 0; i < c->count; i++)
        if (slice_eq(c->origins[i], origin)) return true;
    return false;
}

void cors_add_headers(const struct cors *c, struct request *rq) {
    if (c->any) {
        respond_header(rq, "Access-Control-Allow-Origin", SLICE("*"));
    } else {
        if (c->count == 0) return;
        respond_header(rq, "Vary", SLICE("Origin"));
        struct slice origin = rq->head.known[HEADER_ORIGIN];
        if (!origin.p || !allowed(c, origin)) return;
        respond_header(rq, "Access-Control-Allow-Origin", origin);
    }
    respond_header(rq, "Access-Control-Expose-Headers", SLICE("Retry-After, X-Request-Id"));
}

enum err cors_preflight(const struct cors *c, struct request *rq, const char *allow) {
    respond_header(rq, "Allow", slice_str(allow));
    struct slice origin = rq->head.known[HEADER_ORIGIN];
    if (origin.p && allowed(c, origin)) {
        respond_header(rq, "Access-Control-Allow-Methods", slice_str(allow));
        struct slice headers = rq->head.known[HEADER_CORS_HEADERS];
        if (headers.p) respond_header(rq, "Access-Control-Allow-Headers", headers);
        if (slice_is(rq->head.known[HEADER_CORS_PRIVATE_NETWORK], "true"))
            respond_header(rq, "Access-Control-Allow-Private-Network", SLICE("true"));
        respond_header(rq, "Access-Control-Max-Age", SLICE(MAX_AGE));
    }
    return respond_empty(rq, 204);
}

bool cors_may_change(const struct cors *c, const struct http_head *head) {
    struct slice origin = head->known[HEADER_ORIGIN];
    if (!origin.p || allowed(c, origin)) return true;
    struct slice host = head->known[HEADER_HOST];
    if (!slice_starts(origin, SLICE("http://")) && !slice_starts(origin, SLICE("https://"))) return false;
    struct slice authority = slice_from(origin, slice_starts(origin, SLICE("https")) ? 8 : 7);
    return slice_eq(authority, host);
}

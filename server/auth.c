#include "server/auth.h"

#include <strings.h>

#include "server/router.h"

#define BEARER "Bearer "

static struct slice credentials(const struct request *rq, bool algolia) {
    struct slice header = rq->head.known[HEADER_AUTHORIZATION];
    size_t n = sizeof BEARER - 1;
    if (header.n > n && strncasecmp(header.p, BEARER, n) == 0) return slice_trim(slice_from(header, n));
    if (!algolia) return SLICE_NONE;
    struct slice key = rq->head.known[HEADER_ALGOLIA_KEY];
    return key.p ? key : request_param_fold(rq, "x-algolia-api-key");
}

static enum err refused(bool algolia, struct fault *why) {
    if (algolia) return fault_set(why, ERR_FORBIDDEN, "", "Invalid Application-Id or API-Key");
    return fault_set(why, ERR_UNAUTHORIZED, "", "a valid key is needed: Authorization: Bearer <id>.<secret>");
}

static enum err without_keys(struct request *rq, const struct cors *cors, struct fault *why) {
    rq->scopes = SCOPE_ALL;
    bool changes = rq->method != METHOD_GET && rq->method != METHOD_HEAD;
    if (!changes || cors_may_change(cors, &rq->head)) return ERR_OK;
    return fault_set(why, ERR_FORBIDDEN, "", "pages of this origin may not call: see RIGHTFIT_CORS");
}

enum err auth_check(struct request *rq, struct keys_checker *checker, bool keys_required, const struct cors *cors,
                    struct fault *why) {
    if (!keys_required) return without_keys(rq, cors, why);
    if (rq->route->scope == 0) return ERR_OK;
    bool algolia = slice_starts(rq->path, SLICE("/1/"));
    struct slice text = credentials(rq, algolia);
    if (!text.p || !keys_check(checker, text, &rq->scopes, rq->key_id, rq->view)) return refused(algolia, why);
    if (rq->view[0] && !(rq->route->flags & ROUTE_VIEW))
        return fault_set(why, ERR_FORBIDDEN, "", "keys with a view may not make this call");
    if ((rq->scopes & rq->route->scope) == rq->route->scope) return ERR_OK;
    return fault_set(why, ERR_FORBIDDEN, "", "this key lacks the scope the call needs");
}

bool auth_holds(const struct request *rq, struct keys_checker *checker) {
    uint32_t scopes;
    char view[KEY_VIEW_BYTES + 1];
    if (!rq->key_id[0]) return true;
    return keys_lookup(checker, rq->key_id, &scopes, view) && (scopes & rq->route->scope) == rq->route->scope && strcmp(view, rq->view) == 0;
}

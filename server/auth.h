// auth.h: who asks, and may they.
#ifndef RF_SERVER_AUTH_H
#define RF_SERVER_AUTH_H

#include "server/cors.h"
#include "server/keys.h"

// Sets rq->scopes, rq->key_id and rq->view from `Authorization: Bearer`, under /1/ also from Algolia's header or query parameter.
// ERR_UNAUTHORIZED: no key or a wrong one. ERR_FORBIDDEN: the key lacks rq->route->scope, has a view and
// the route is not for such (ROUTE_VIEW), or a page of a foreign origin
// wants to change something on a server without keys. Query parameters are parsed already.
enum err auth_check(struct request *rq, struct keys_checker *checker, bool keys_required, const struct cors *cors,
                    struct fault *why);
// Whether the key that opened rq is still in force, with the scope and the view it had then.
bool auth_holds(const struct request *rq, struct keys_checker *checker);

#endif

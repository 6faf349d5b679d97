// openapi.h: /openapi.json, an OpenAPI 3.1 description of the calls that are there.
//
// Paths, methods, scopes and query parameters come from the route table itself, so they cannot be wrong; what they mean
// comes from a table beside it. A test checks that every route has its row and every parameter its sentence.
#ifndef RF_SERVER_OPENAPI_H
#define RF_SERVER_OPENAPI_H

#include "server/router.h"

struct openapi_call {
    enum method method;
    const char *pattern;
    const char *summary;
    const char *required; // query parameters that must be there, "make,model"; NULL: none
    const char *body;     // members of the request body, "id*:string,value:number" (* is required); NULL: no body, "": an empty one
    const char *answer;   // members of the answer, "makes:array"; NULL: not JSON, or none
};
const struct openapi_call *openapi_find(const struct route *route); // NULL: not described
const char *openapi_param(const char *name);                        // its sentence; NULL: not described
const char *openapi_member(struct slice name);                       // the same of a member that means one thing everywhere
void openapi_write(struct buf *out, const struct route *list, size_t count);

#endif

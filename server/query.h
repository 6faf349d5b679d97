// query.h: the text of a URL: percent-decoding, UTF-8, query parameters. Pure functions on bytes and an arena.
#ifndef RF_SERVER_QUERY_H
#define RF_SERVER_QUERY_H

#include "index/base/arena.h"
#include "index/base/err.h"
#include "index/base/limits.h"

struct query_param {
    struct slice name, value; // decoded, valid UTF-8, no NUL
};

struct query {
    unsigned count;
    struct query_param params[LIMIT_QUERY_PARAMS];
};

bool query_utf8_valid(struct slice s); // shortest forms only, no surrogates, no NUL

// Percent-decodes; `plus` also turns '+' into a blank. Answers the source itself when nothing needs decoding, else bytes
// in the arena. ERR_BAD_REQUEST naming `field` for a bad escape or bad UTF-8; ERR_NO_MEMORY.
enum err query_decode(struct slice text, bool plus, struct arena *arena, const char *field, struct slice *out,
                      struct fault *why);
// "a=1&b=%20". Empty pieces are skipped, a name without '=' has the empty value. ERR_BAD_REQUEST for a name that
// comes twice (which of the two counts would be a guess) and for more than LIMIT_QUERY_PARAMS.
enum err query_parse(struct slice text, struct arena *arena, struct query *out, struct fault *why);
// p is NULL when absent. `fold` compares names without regard to ASCII case.
struct slice query_get(const struct query *q, const char *name, bool fold);

#endif

#include "server/router.h"

#include <stdio.h>
#include <stdlib.h>

#define SEGMENTS_MAX 16
#define ALLOW_BYTES 64

struct child {
    uint64_t key; // length and first seven bytes: most comparisons end here
    struct slice literal;
    struct node *node;
};

struct node {
    struct child *children;
    size_t child_count;
    struct node *capture; // {name}
    struct node *rest;    // {name...}
    const struct route *by_method[METHOD_COUNT];
    char allow[ALLOW_BYTES]; // empty: no route ends here
};

struct router {
    struct node root;
};

struct segments {
    unsigned count;
    struct slice raw[SEGMENTS_MAX]; // from this segment to the end of the path
    struct slice at[SEGMENTS_MAX];
};

static uint64_t key_of(struct slice s) {
    uint64_t key = 0;
    memcpy(&key, s.p, s.n < 7 ? s.n : 7);
    return key << 8 | (uint8_t)s.n;
}

size_t router_body_limit(const struct route *route) {
    return route->flags & ROUTE_BULK ? LIMIT_BULK_BODY_BYTES : LIMIT_BODY_BYTES;
}

// ---- building -----------------------------------------------------------------------------------------------------

static struct node *node_child(struct node *n, struct slice literal) {
    uint64_t key = key_of(literal);
    for (size_t i = 0; i < n->child_count; i++)
        if (n->children[i].key == key && slice_eq(n->children[i].literal, literal)) return n->children[i].node;
    return NULL;
}

static struct node *node_add_child(struct node *n, struct slice literal) {
    struct child *grown = realloc(n->children, (n->child_count + 1) * sizeof *grown);
    if (!grown) return NULL;
    n->children = grown;
    struct node *made = calloc(1, sizeof *made);
    if (made) n->children[n->child_count++] = (struct child){key_of(literal), literal, made};
    return made;
}

static struct node *node_for(struct node *n, struct slice segment) {
    bool capture = segment.n > 2 && segment.p[0] == '{' && segment.p[segment.n - 1] == '}';
    if (!capture) {
        struct node *have = node_child(n, segment);
        return have ? have : node_add_child(n, segment);
    }
    struct node **slot = slice_ends(segment, SLICE("...}")) ? &n->rest : &n->capture;
    if (!*slot) *slot = calloc(1, sizeof **slot);
    return *slot;
}

static void write_allow(struct node *n) {
    size_t at = 0;
    for (unsigned m = 0; m < METHOD_COUNT; m++) {
        bool have = n->by_method[m] || m == METHOD_OPTIONS || (m == METHOD_HEAD && n->by_method[METHOD_GET]);
        if (!have) continue;
        int wrote = snprintf(n->allow + at, ALLOW_BYTES - at, "%s%s", at ? ", " : "", method_name((enum method)m));
        at += (size_t)wrote;
    }
}

static enum err bad_pattern(const struct route *route, const char *what, struct fault *why) {
    return fault_set(why, ERR_BAD_REQUEST, "", "route %s %s: %s", method_name(route->method), route->pattern, what);
}

static enum err add(struct router *r, const struct route *route, struct fault *why) {
    struct slice rest = slice_str(route->pattern);
    if (!slice_starts(rest, SLICE("/"))) return bad_pattern(route, "does not start with /", why);
    if ((route->handler != NULL) == (route->stream != NULL)) return bad_pattern(route, "needs one of handler, stream", why);
    rest = slice_from(rest, 1);
    if (rest.n == 0) rest = SLICE_NONE;
    struct node *n = &r->root;
    unsigned captures = 0, segments = 0;
    while (rest.p) {
        struct slice segment = slice_cut(&rest, '/');
        if (segment.n == 0) return bad_pattern(route, "has an empty segment", why);
        captures += segment.p[0] == '{';
        if (captures > REQUEST_CAPTURES_MAX) return bad_pattern(route, "captures too much", why);
        if (++segments > SEGMENTS_MAX) return bad_pattern(route, "has too many segments", why);
        if (rest.p && slice_ends(segment, SLICE("...}"))) return bad_pattern(route, "goes on behind {...}", why);
        n = node_for(n, segment);
        if (!n) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    }
    if (n->by_method[route->method]) return bad_pattern(route, "stands twice in the table", why);
    n->by_method[route->method] = route;
    write_allow(n);
    return ERR_OK;
}

enum err router_new(const struct route *routes, size_t count, struct router **out, struct fault *why) {
    struct router *r = calloc(1, sizeof *r);
    if (!r) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    for (size_t i = 0; i < count; i++) {
        enum err code = add(r, &routes[i], why);
        if (code == ERR_OK) continue;
        router_free(r);
        return code;
    }
    *out = r;
    return ERR_OK;
}

static void free_below(struct node *n) {
    for (size_t i = 0; i < n->child_count; i++) {
        free_below(n->children[i].node);
        free(n->children[i].node);
    }
    free(n->children);
    if (n->capture) free_below(n->capture);
    free(n->capture);
    free(n->rest);
}

void router_free(struct router *r) {
    if (!r) return;
    free_below(&r->root);
    free(r);
}

// ---- matching -----------------------------------------------------------------------------------------------------

// Depth first, literal before capture before rest. Answers the node where the path ends, or NULL.
static const struct node *walk(const struct node *n, struct segments *s, unsigned depth, unsigned captured,
                               struct slice *captures) {
    if (depth == s->count) return n->allow[0] ? n : NULL;
    struct slice segment = s->at[depth];
    const struct node *next = node_child((struct node *)n, segment);
    const struct node *found = next ? walk(next, s, depth + 1, captured, captures) : NULL;
    if (found) return found;
    if (n->capture && segment.n > 0 && captured < REQUEST_CAPTURES_MAX) {
        captures[captured] = segment;
        found = walk(n->capture, s, depth + 1, captured + 1, captures);
        if (found) return found;
    }
    if (!n->rest || captured == REQUEST_CAPTURES_MAX) return NULL;
    captures[captured] = s->raw[depth];
    return n->rest;
}

static enum router_outcome split(struct slice path, struct arena *arena, struct segments *s, struct fault *why) {
    struct slice rest = path.n > 1 ? slice_from(path, 1) : SLICE_NONE;
    while (rest.p) {
        if (s->count == SEGMENTS_MAX) return ROUTER_NO_PATH;
        s->raw[s->count] = rest;
        struct slice raw = slice_cut(&rest, '/');
        if (query_decode(raw, false, arena, "path", &s->at[s->count], why) != ERR_OK) return ROUTER_BAD_PATH;
        s->count++;
    }
    return ROUTER_FOUND;
}

enum router_outcome router_find(const struct router *r, enum method method, struct slice path, struct arena *arena,
                                struct router_match *out, struct fault *why) {
    struct segments segments;
    segments.count = 0;
    enum router_outcome outcome = split(path, arena, &segments, why);
    if (outcome != ROUTER_FOUND) return outcome;
    const struct node *n = walk(&r->root, &segments, 0, 0, out->captures);
    if (!n) return ROUTER_NO_PATH;
    out->allow = n->allow;
    out->route = n->by_method[method];
    if (!out->route && method == METHOD_HEAD) out->route = n->by_method[METHOD_GET];
    return out->route ? ROUTER_FOUND : ROUTER_NO_METHOD;
}

#include "application_diff.h"

#include <stdlib.h>

struct ranged { uint64_t content; uint16_t from, to; struct slice encoded; };
struct side { struct ranged *list; unsigned count; };

struct comparison {
    struct application_difference *out;
    application_diff_fn *each;
    void *arg;
    bool added;
};

static int compare_ranged(const void *a, const void *b) {
    const struct ranged *x = a, *y = b;
    if (x->content != y->content) return x->content > y->content ? 1 : -1;
    if (x->from != y->from) return x->from > y->from ? 1 : -1;
    return (x->to > y->to) - (x->to < y->to);
}

static enum err side_load(struct arena *a, struct slice record, struct side *out) {
    struct slice list;
    TRY(applications_list(a, record, &list, &out->count));
    out->list = ARENA_ARRAY(a, struct ranged, (size_t)out->count + 1);
    if (!out->list) return ERR_NO_MEMORY;
    struct reader r = reader_of(list);
    for (unsigned i = 0; i < out->count; i++) {
        struct ranged *x = &out->list[i];
        TRY(application_content(&r, &x->encoded, &x->content, &x->from, &x->to));
    }
    qsort(out->list, out->count, sizeof *out->list, compare_ranged);
    return ERR_OK;
}

static bool parked(const struct ranged *x) { return x->encoded.n && (uint8_t)x->encoded.p[0] & APPLICATION_UNRESOLVED; }

static void years_told(struct comparison *c, const struct ranged *x, unsigned from, unsigned to) {
    if (c->each) c->each(c->arg, c->added, x->encoded, from, to);
}

// The years of x that none of the other side's ranges of the same content has.
static void years_missing(struct comparison *c, const struct ranged *x, const struct ranged *others, unsigned count) {
    unsigned at = x->from, found = 0;
    for (unsigned i = 0; i < count && at <= x->to; i++) {
        if (others[i].from > x->to) break;
        if (others[i].from > at) {
            years_told(c, x, at, others[i].from - 1u);
            found++;
        }
        if (others[i].to >= at) at = others[i].to + 1u;
    }
    if (at <= x->to) {
        years_told(c, x, at, x->to);
        found++;
    }
    unsigned *all = c->added ? &c->out->added : &c->out->removed, *waiting = c->added ? &c->out->parked_added : &c->out->parked_removed;
    *all += found > 0;
    *waiting += found > 0 && parked(x);
}

static void side_compare(struct comparison *c, const struct side *these, const struct side *others) {
    unsigned first = 0, end = 0;
    for (unsigned i = 0; i < these->count; i++) {
        uint64_t content = these->list[i].content;
        while (first < others->count && others->list[first].content < content) first++;
        if (end < first) end = first;
        while (end < others->count && others->list[end].content == content) end++;
        years_missing(c, &these->list[i], others->list + first, end - first);
    }
}

enum err applications_compare(struct arena *a, struct slice before, struct slice after, application_diff_fn *each, void *arg,
                              struct application_difference *out) {
    struct side old, new;
    struct comparison c = {.out = out, .each = each, .arg = arg};
    *out = (struct application_difference){0};
    TRY(side_load(a, before, &old));
    TRY(side_load(a, after, &new));
    side_compare(&c, &old, &new);
    c.added = true;
    side_compare(&c, &new, &old);
    return ERR_OK;
}

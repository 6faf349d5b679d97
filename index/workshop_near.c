#include "workshop_near.h"

enum { POINTS_FIRST = 64 };

struct point {
    struct place_found found;
    bool read;
    struct workshop_near *near; // once read; NULL: it is not meant
};
struct workshops_around {
    struct view *v;
    struct workshop_query q;
    struct place_search search;
    struct point *points; // nearest first
    unsigned count, capacity;
    bool partial;
};

enum err workshops_around(struct view *v, const struct workshop_query *q, struct workshops_around **out) {
    struct place_filter filter = workshop_filter(&q->any, q->make, q->open_at_ms);
    struct workshops_around *a = *out = arena_alloc(v->arena, sizeof *a);
    if (!a) return ERR_NO_MEMORY;
    *a = (struct workshops_around){.v = v, .q = *q};
    return place_search_begin(v, PLACE_WORKSHOPS, q->at, q->within_m, &filter, &a->search);
}

bool workshops_partial(const struct workshops_around *a) { return a->partial; }

// ---- points ---------------------------------------------------------------------------------------------------------------------
static bool grow(struct workshops_around *a) {
    unsigned capacity = a->capacity ? a->capacity * 2 : POINTS_FIRST;
    struct point *bigger = arena_alloc(a->v->arena, capacity * sizeof *bigger);
    if (!bigger) return false;
    if (a->count) memcpy(bigger, a->points, a->count * sizeof *bigger);
    a->points = bigger;
    a->capacity = capacity;
    return true;
}

static enum err find_one_more(struct workshops_around *a) {
    struct place_found found;
    if (a->partial) return ERR_END;
    TRY(place_search_next(&a->search, &found));
    a->partial = a->count == NEAR_EXAMINED_MAX;
    if (a->partial) return ERR_END;
    if (a->count == a->capacity && !grow(a)) return ERR_NO_MEMORY;
    a->points[a->count++] = (struct point){.found = found};
    return ERR_OK;
}

static bool accepts(struct view *v, const struct workshop_query *q, struct workshop_kept *kept) {
    const struct workshop *w = &kept->shop;
    bool yes = workshop_does(w, &q->any) && workshop_takes(w, q->make) && (q->open_at_ms == 0 || hours_open(&w->hours, q->open_at_ms));
    return yes && (q->in_stock == 0 || workshop_shelf(v, kept, q->in_stock) > 0);
}

static enum err read_point(struct workshops_around *a, struct point *p) {
    struct workshop_near *near = arena_alloc(a->v->arena, sizeof *near);
    if (!near) return ERR_NO_MEMORY;
    enum err e = workshop_keep(a->v, p->found.id, &near->kept);
    p->read = true;
    if (e == ERR_NOT_FOUND && a->v->assortment) return ERR_OK; // of another dealer or place than the request may see
    TRY(e);
    near->shop = &near->kept->shop;
    near->distance_m = geo_metres(p->found.chord2);
    near->note = NULL;
    if (accepts(a->v, &a->q, near->kept)) p->near = near;
    return ERR_OK;
}

// ---- walks ----------------------------------------------------------------------------------------------------------------------
void workshop_walk_begin(const struct fitting *any, struct workshop_walk *out) {
    *out = (struct workshop_walk){.any = *any, .filter = workshop_filter(any, 0, 0)};
}

static bool may_do(const struct workshop_walk *w, const struct point *p) {
    uint64_t has = 0;
    for (unsigned i = 0; i < PLACE_WORDS; i++) has |= w->filter.any[i] & p->found.bits[i];
    return has || w->any.count == 0;
}

enum err workshop_walk_next(struct workshops_around *a, struct workshop_walk *w, struct workshop_near **out) {
    for (;; w->at++) {
        if (w->at == a->count) TRY(find_one_more(a));
        struct point *p = &a->points[w->at];
        if (!may_do(w, p)) continue;
        if (!p->read) TRY(read_point(a, p));
        if (!p->near || !workshop_does(p->near->shop, &w->any)) continue;
        w->at++;
        *out = p->near;
        return ERR_OK;
    }
}

enum err workshops_near(struct workshops_around *a, unsigned limit, struct workshop_near ***out, unsigned *count) {
    struct workshop_walk all;
    enum err e = ERR_OK;
    *count = 0;
    *out = arena_alloc(a->v->arena, (limit + 1u) * sizeof **out);
    if (!*out) return ERR_NO_MEMORY;
    workshop_walk_begin(&(struct fitting){.count = 0}, &all);
    while (*count < limit && (e = workshop_walk_next(a, &all, &(*out)[*count])) == ERR_OK) ++*count;
    return e == ERR_END ? ERR_OK : e;
}

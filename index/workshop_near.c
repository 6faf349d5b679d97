#include "workshop_near.h"

#include "stock.h"

static enum err accepts(struct view *v, const struct workshop_query *q, const struct workshop *w, bool *yes) {
    uint32_t pieces;
    *yes = workshop_does(w, &q->any) && workshop_takes(w, q->make) && (q->open_at_ms == 0 || hours_open(&w->hours, q->open_at_ms));
    if (!*yes || q->in_stock == 0) return ERR_OK;
    TRY(stock_get(v->snapshot, stock_of_workshop(w->id), q->in_stock, &pieces));
    *yes = pieces > 0;
    return ERR_OK;
}

enum err workshops_near(struct view *v, const struct workshop_query *q, struct workshop_near **out, unsigned *count, bool *partial) {
    struct place_filter filter = workshop_filter(&q->any, q->make, q->open_at_ms);
    struct place_search search;
    struct place_found found;
    unsigned examined = 0;
    enum err e;
    *count = 0;
    *partial = false;
    *out = arena_alloc(v->arena, (q->limit + 1u) * sizeof **out);
    if (!*out) return ERR_NO_MEMORY;
    TRY(place_search_begin(v, PLACE_WORKSHOPS, q->at, q->within_m, &filter, &search));
    while (*count < q->limit && (e = place_search_next(&search, &found)) != ERR_END) {
        struct workshop_near *near = &(*out)[*count];
        bool yes;
        TRY(e);
        if (examined++ == NEAR_EXAMINED_MAX) {
            *partial = true;
            break;
        }
        e = workshop_load(v, found.id, &near->shop);
        if (e == ERR_NOT_FOUND && v->assortment) continue; // of another dealer or place than the request may see
        TRY(e);
        near->distance_m = geo_metres(found.chord2);
        TRY(accepts(v, q, &near->shop, &yes));
        *count += yes;
    }
    return ERR_OK;
}

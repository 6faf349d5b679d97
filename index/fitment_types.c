// fitment_types.c: what fits K of several types: each type's own answer, merged. Products are of one type, so nothing is there twice.
#include <stdlib.h>

#include "fitment.h"
#include "fitment_match.h"

static int by_product(const void *x, const void *y) {
    const struct match *a = x, *b = y;
    return (a->product > b->product) - (a->product < b->product);
}

static int by_product_and_vehicle(const void *x, const void *y) {
    const struct fitment_row *a = x, *b = y;
    if (a->product != b->product) return a->product < b->product ? -1 : 1;
    return (a->vehicle > b->vehicle) - (a->vehicle < b->vehicle);
}

static enum err join(struct arena *a, const struct fitment *parts, unsigned count, struct fitment *out) {
    for (unsigned i = 0; i < count; i++) {
        out->capacity += parts[i].count;
        out->open_capacity += parts[i].open_count;
    }
    out->matches = arena_alloc(a, (out->capacity + 1) * sizeof *out->matches);
    out->open_rows = arena_alloc(a, (out->open_capacity + 1) * sizeof *out->open_rows);
    if (!out->matches || !out->open_rows) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) {
        if (parts[i].count) memcpy(out->matches + out->count, parts[i].matches, parts[i].count * sizeof *out->matches);
        if (parts[i].open_count) memcpy(out->open_rows + out->open_count, parts[i].open_rows, parts[i].open_count * sizeof *out->open_rows);
        out->count += parts[i].count;
        out->open_count += parts[i].open_count;
    }
    qsort(out->matches, out->count, sizeof *out->matches, by_product);
    qsort(out->open_rows, out->open_count, sizeof *out->open_rows, by_product_and_vehicle);
    return ERR_OK;
}

enum err fitment_find_types(struct view *v, const struct knowledge *k, const uint32_t *types, unsigned count, bool universal,
                            struct fitment *out) {
    if (count < 2) return fitment_find(v, k, count ? types[0] : 0, universal, out);
    struct fitment *parts = ARENA_ARRAY(v->arena, struct fitment, count);
    if (!parts) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) TRY(fitment_find(v, k, types[i], universal, &parts[i]));
    *out = (struct fitment){.k = k};
    return join(v->arena, parts, count, out);
}

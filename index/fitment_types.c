// fitment_types.c: what fits K of several types: each type's own answer, merged. Products are of one type, so nothing is there twice.
#include <stdlib.h>

#include "fitment.h"
#include "fitment_kept.h"
#include "fitment_match.h"
#include "fitment_merge.h"

static int by_product(const void *x, const void *y) {
    const struct match *a = x, *b = y;
    return (a->product > b->product) - (a->product < b->product);
}

static int by_product_and_vehicle(const void *x, const void *y) {
    const struct fitment_row *a = x, *b = y;
    if (a->product != b->product) return a->product < b->product ? -1 : 1;
    return (a->vehicle > b->vehicle) - (a->vehicle < b->vehicle);
}

// Its parts, which point into the sorted matches of all types from here on.
static void parts_append(struct fitment *out, const struct fitment *of) {
    for (struct part_chunk *c = of->parts.first; c; c = c->next)
        for (unsigned i = 0; i < c->count; i++) {
            const struct match *m = bsearch(&of->matches[c->parts[i].match], out->matches, out->count, sizeof *m, by_product);
            c->parts[i].match = (uint32_t)(m - out->matches);
        }
    if (!of->parts.first) return;
    if (out->parts.last) out->parts.last->next = of->parts.first;
    else out->parts.first = of->parts.first;
    out->parts.last = of->parts.last;
    out->parts.count += of->parts.count;
}

static enum err join(struct arena *a, const struct fitment *parts, unsigned count, struct fitment *out) {
    for (unsigned i = 0; i < count; i++) {
        out->capacity += parts[i].count;
        out->open_capacity += parts[i].open_count;
        out->rows_left_out |= parts[i].rows_left_out;
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
    for (unsigned i = 0; i < count; i++) parts_append(out, &parts[i]);
    return ERR_OK;
}

static enum err find(struct view *v, const struct knowledge *k, const uint32_t *types, unsigned count, bool universal, struct fitment *out) {
    if (count < 2) return fitment_find(v, k, count ? types[0] : 0, universal, out);
    struct fitment *parts = ARENA_ARRAY(v->arena, struct fitment, count);
    if (!parts) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) TRY(fitment_find(v, k, types[i], universal, &parts[i]));
    *out = (struct fitment){.k = k};
    return join(v->arena, parts, count, out);
}

enum err fitment_find_types(struct view *v, const struct knowledge *k, const uint32_t *types, unsigned count, bool universal,
                            struct fitment *out) {
    struct fitment_key key;
    TRY(fitment_key_of(v, k, types, count, universal, &key));
    if (fitment_kept(v, &key, k, out)) return ERR_OK;
    TRY(find(v, k, types, count, universal, out));
    return fitment_keep(v, &key, types, count, out);
}

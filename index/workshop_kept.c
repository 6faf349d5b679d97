#include "workshop_kept.h"

#include <stdlib.h>

struct workshop_cache {
    uint64_t snapshot;      // the id that was looked at last
    bool usable;            // false: the versions cannot be read
    uint64_t shops, stocks; // versions of WORKSHOP and STOCK
    struct workshop_kept *places[KEPT_SETS][KEPT_WAYS];
};

struct workshop_cache *workshop_cache_new(void) { return calloc(1, sizeof(struct workshop_cache)); }

void workshop_cache_free(struct workshop_cache *c) {
    for (unsigned i = 0; c && i < KEPT_SETS * KEPT_WAYS; i++) {
        struct workshop_kept *w = c->places[i / KEPT_WAYS][i % KEPT_WAYS];
        if (w) free(w->record), free(w->items);
        free(w);
    }
    free(c);
}

static struct workshop_cache *cache_of(struct view *v) {
    struct workshop_cache *c = v->workshops;
    if (!c) return NULL;
    uint64_t id = snapshot_id(v->snapshot);
    if (c->snapshot != id || !c->usable)
        c->usable = snapshot_version(v->snapshot, TABLE_WORKSHOP, &c->shops) == ERR_OK && snapshot_version(v->snapshot, TABLE_STOCK, &c->stocks) == ERR_OK;
    c->snapshot = id;
    return c->usable ? c : NULL;
}

// The place of a workshop, or one that may be given to it; NULL: none is free, or out of memory.
static struct workshop_kept *place_of(struct workshop_cache *c, uint32_t id, uint64_t request) {
    struct workshop_kept **set = c->places[id % KEPT_SETS], **oldest = &set[0];
    for (unsigned i = 0; i < KEPT_WAYS; i++) {
        if (set[i] && set[i]->shop.id == id) return set[i];
        if (!set[i] || (*oldest && set[i]->request < (*oldest)->request)) oldest = &set[i];
    }
    if (!*oldest) *oldest = calloc(1, sizeof **oldest);
    if (!*oldest || (*oldest)->request == request) return NULL;
    (*oldest)->shop.id = 0; // no workshop's
    return *oldest;
}

// Copies into the place's own memory.
static bool copy(char **to, size_t *room, struct slice from) {
    if (from.n > *room) {
        char *larger = realloc(*to, from.n);
        if (!larger) return false;
        *to = larger;
        *room = from.n;
    }
    if (from.n) memcpy(*to, from.p, from.n);
    return true;
}

static enum err fill(struct view *v, struct workshop_cache *c, uint32_t id, struct workshop_kept *w) {
    struct slice record;
    w->shop.id = 0;
    TRY(workshop_record(v->snapshot, id, &record));
    if (!copy(&w->record, &w->record_room, record)) return ERR_NO_MEMORY;
    TRY(workshop_decode(slice_of(w->record, record.n), &w->shop));
    w->shop.id = id;
    w->shops_version = c->shops;
    w->shelf_read = false;
    return ERR_OK;
}

static enum err find(struct view *v, uint32_t id, struct workshop_kept **out) {
    struct workshop_cache *c = cache_of(v);
    struct workshop_kept *w = *out = c ? place_of(c, id, v->requests) : NULL;
    struct slice record;
    if (!w) {
        w = *out = arena_zalloc(v->arena, sizeof *w);
        if (!w) return ERR_NO_MEMORY;
        TRY(workshop_record(v->snapshot, id, &record));
        w->shop.id = id;
        return workshop_decode(record, &w->shop);
    }
    if (w->shop.id != id || w->shops_version != c->shops) TRY(fill(v, c, id, w));
    if (w->shelf_version != c->stocks) w->shelf_read = false;
    w->request = v->requests;
    return ERR_OK;
}

enum err workshop_keep(struct view *v, uint32_t id, struct workshop_kept **out) {
    TRY(find(v, id, out));
    return workshop_admitted(v, &(*out)->shop) ? ERR_OK : ERR_NOT_FOUND;
}

// ---- the shelf ------------------------------------------------------------------------------------------------------------------
static void shelf_read(struct view *v, struct workshop_kept *w) {
    struct stock_block *b = &w->shelf;
    bool kept = w->request != 0; // not in the arena
    w->shelf_read = true;
    memset(w->may_have, 0, sizeof w->may_have);
    if (stock_load(v->snapshot, stock_of_workshop(w->shop.id), 0, b) != ERR_OK) *b = (struct stock_block){NULL, 0};
    for (unsigned i = 0; i < b->count; i++) {
        uint32_t product = stock_item_at(b, i).product % SHELF_BITS;
        w->may_have[product / 64] |= UINT64_C(1) << (product % 64);
    }
    if (!kept) return;
    bool copied = b->count <= SHELF_KEPT_MAX && copy(&w->items, &w->items_room, slice_of(b->items, b->count * sizeof(struct stock_item)));
    if (copied) b->items = w->items;
    w->shelf_version = copied ? v->workshops->stocks : UINT64_MAX;
}

uint32_t workshop_shelf(struct view *v, struct workshop_kept *w, uint32_t product) {
    if (!w->shelf_read) shelf_read(v, w);
    uint32_t bit = product % SHELF_BITS;
    return w->may_have[bit / 64] >> (bit % 64) & 1 ? stock_find(&w->shelf, product) : 0;
}

#include "fragment.h"

#include <stdlib.h>

#define CACHE_LINE_BYTES 64
#define CATALOG_EPOCH "catalogue_epoch"

struct place {
    uint64_t key, epoch; // of the local count below; 0: never filled
    char *p;
    uint32_t n, capacity;
};

struct fragments {
    uint64_t snapshot;   // the snapshot id that was looked at last
    uint64_t stored;     // CATALOG_EPOCH as it said
    uint64_t epoch;      // counts the epochs seen, from 1
    struct place places[FRAGMENT_SLOTS];
};

struct fragments *fragments_new(void) {
    struct fragments *f = calloc(1, sizeof *f);
    if (f) f->epoch = 1;
    return f;
}

void fragments_free(struct fragments *f) {
    if (!f) return;
    for (unsigned i = 0; i < FRAGMENT_SLOTS; i++) free(f->places[i].p);
    free(f);
}

static void follow(struct view *v) {
    struct fragments *f = v->fragments;
    uint64_t id = snapshot_id(v->snapshot);
    if (f->snapshot == id) return;
    f->snapshot = id;
    uint64_t stored = fragment_epoch(v);
    if (stored == f->stored) return;
    f->stored = stored;
    f->epoch++;
}

static struct place *place_of(struct fragments *f, uint64_t key) {
    return &f->places[(key * 0x9E3779B97F4A7C15ull) >> 40 & (FRAGMENT_SLOTS - 1)];
}

bool fragment_find(struct view *v, uint64_t key, struct slice *out) {
    if (!v->fragments) return false;
    follow(v);
    const struct place *p = place_of(v->fragments, key);
    if (p->key != key || p->epoch != v->fragments->epoch) return false;
    *out = slice_of(p->p, p->n);
    return true;
}

// First where they lie, then what lies there: each loop's cache misses overlap.
void fragments_expect(struct view *v, const uint64_t *keys, unsigned count) {
    if (!v->fragments) return;
    for (unsigned i = 0; i < count; i++) __builtin_prefetch(place_of(v->fragments, keys[i]));
    for (unsigned i = 0; i < count; i++) {
        const struct place *p = place_of(v->fragments, keys[i]);
        if (p->key != keys[i]) continue;
        for (uint32_t at = 0; at < p->n; at += CACHE_LINE_BYTES) __builtin_prefetch(p->p + at);
    }
}

void fragment_keep(struct view *v, uint64_t key, struct slice bytes) {
    if (!v->fragments || bytes.n > UINT32_MAX) return;
    follow(v);
    struct place *p = place_of(v->fragments, key);
    if (bytes.n > p->capacity) {
        char *grown = realloc(p->p, bytes.n);
        if (!grown) return;
        p->p = grown;
        p->capacity = (uint32_t)bytes.n;
    }
    if (bytes.n) memcpy(p->p, bytes.p, bytes.n);
    p->n = (uint32_t)bytes.n;
    p->key = key;
    p->epoch = v->fragments->epoch;
}

uint64_t fragment_epoch(struct view *v) {
    uint64_t stored = 0;
    (void)db_meta_u64(v->snapshot, CATALOG_EPOCH, &stored); // a database from before there were epochs: 0
    return stored;
}

enum err fragment_epoch_advance(struct txn *t) {
    uint64_t stored = 0;
    enum err e = db_meta_u64(txn_snapshot(t), CATALOG_EPOCH, &stored);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    return txn_set_meta_u64(t, CATALOG_EPOCH, stored + 1);
}

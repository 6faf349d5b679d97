// generations.c: the current generation and those that requests still hold.
//
// Invariants
//  1. A slot with refs > 0 has its generation mapped; "being current" is one of the refs.
//  2. Refs that reached 0 never rise again until the slot is used anew: acquire only raises a count that is not 0.
//  3. Slots are never freed before generations_close, so a reader that was overtaken between reading `current` and
//     raising the count touches memory that is still a slot. If the slot is by then another generation's, that one is
//     pinned, which is as good: it is, or has just been, the current one.
#include <stdatomic.h>
#include <stdlib.h>

#include "content.h"
#include "generation_format.h"
#include "index/base/limits.h"
#include "index/columns.h"
#include "quantised.h"

struct slot {
    atomic_uint refs;
    atomic_bool used;          // from before refs is first raised until after the mapping is gone
    struct generation *generation;
    struct vectors vectors;
    struct quantised *bytes;
};

struct generations {
    struct db *db;
    atomic_int current;        // slot, -1 = none
    uint64_t whole_generation, whole_facts; // the generation that has taken in all of these facts, by their version
    struct slot slots[GENERATIONS_HELD];
};

enum err generations_open(struct db *db, struct generations **out, struct fault *why) {
    struct generations *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL) return fault_set(why, ERR_NO_MEMORY, "", "no memory");
    s->db = db;
    atomic_init(&s->current, -1);
    enum err e = generations_refresh(s, why);
    if (e != ERR_OK) {
        generations_close(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

static bool pin(struct slot *slot) {
    unsigned refs = atomic_load(&slot->refs);
    while (refs > 0)
        if (atomic_compare_exchange_weak(&slot->refs, &refs, refs + 1)) return true;
    return false;
}

static void unpin(struct slot *slot) {
    if (atomic_fetch_sub(&slot->refs, 1) > 1) return;
    quantised_free(slot->bytes);
    generation_close(slot->generation);
    slot->bytes = NULL;
    slot->generation = NULL;
    atomic_store(&slot->used, false);
}

struct generation *generations_acquire(struct generations *s) {
    for (;;) {
        int current = atomic_load(&s->current);
        if (current < 0) return NULL;
        if (pin(&s->slots[current])) return s->slots[current].generation;
    }
}

// The caller's pin keeps its own slot as it is; the others may change under us, so only pinned ones are compared.
static struct slot *slot_of(struct generations *s, const struct generation *g) {
    for (unsigned i = 0; i < GENERATIONS_HELD; i++) {
        struct slot *slot = &s->slots[i];
        if (!pin(slot)) continue;
        bool found = slot->generation == g;
        unpin(slot);
        if (found) return slot;
    }
    return NULL;
}

void generations_release(struct generations *s, struct generation *g) {
    struct slot *slot = g ? slot_of(s, g) : NULL;
    if (slot) unpin(slot);
}

struct generation_matrix generations_matrix(struct generations *s, const struct generation *g) {
    const struct slot *slot = slot_of(s, g);
    return slot ? (struct generation_matrix){&slot->vectors, slot->bytes} : (struct generation_matrix){0};
}

// ---- switching ----------------------------------------------------------------------------------------------------

static enum err read_pointer(struct db *db, uint64_t *id) {
    struct snapshot *snapshot;
    *id = 0;
    TRY(snapshot_open(db, &snapshot));
    enum err e = db_meta_u64(snapshot, GENERATION_POINTER, id);
    snapshot_close(snapshot);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static int free_slot(const struct generations *s) {
    for (int i = 0; i < GENERATIONS_HELD; i++)
        if (!atomic_load(&s->slots[i].used)) return i;
    return -1;
}

static enum err open_by_id(const struct generations *s, uint64_t id, struct generation **out, struct fault *why) {
    char path[GENERATION_PATH_MAX];
    if (generation_path(db_dir(s->db), id, path) != ERR_OK)
        return fault_set(why, ERR_TOO_LARGE, "", "the data folder's path is too long");
    TRY(generation_open(path, out, why));
    if (generation_id(*out) == id) return ERR_OK;
    generation_close(*out);
    return fault_set(why, ERR_DAMAGED, "", "%s holds another generation", path);
}

// Four products in the place of one are worth a second copy of the rows only where one instruction makes them.
static struct quantised *bytes_of(const struct vectors *v) {
#if defined(__AVX512VNNI__)
    return quantised_new(v->rows, v->stride, v->n, v->d);
#else
    (void)v;
    return NULL;
#endif
}

static enum err switch_to(struct generations *s, uint64_t id, struct fault *why) {
    struct generation *g;
    int slot = free_slot(s);
    if (slot < 0) return fault_set(why, ERR_RATE_LIMITED, "", "%d older generations are still in use", GENERATIONS_HELD);
    TRY(open_by_id(s, id, &g, why));
    g->newer = newer_new(generation_stride(g));
    if (!g->newer) {
        generation_close(g);
        return fault_set(why, ERR_NO_MEMORY, "", "no memory");
    }
    atomic_store(&s->slots[slot].used, true);
    s->slots[slot].generation = g;
    s->slots[slot].vectors = vectors_of(generation_row_vector(g, 0), generation_stride(g), generation_rows(g), generation_dimension(g));
    s->slots[slot].bytes = bytes_of(&s->slots[slot].vectors);
    atomic_store(&s->slots[slot].refs, 1);
    int old = atomic_exchange(&s->current, slot);
    if (old >= 0) unpin(&s->slots[old]);
    return ERR_OK;
}

enum err generations_refresh(struct generations *s, struct fault *why) {
    uint64_t id;
    int current = atomic_load(&s->current); // only refresh changes it, so it keeps its own pin while we look
    enum err e = read_pointer(s->db, &id);
    if (e != ERR_OK) return fault_set(why, e, "", "cannot read the current generation");
    if (id == 0 || (current >= 0 && generation_id(s->slots[current].generation) == id)) return ERR_OK;
    return switch_to(s, id, why);
}

void generations_close(struct generations *s) {
    if (s == NULL) return;
    int current = atomic_exchange(&s->current, -1);
    if (current >= 0) unpin(&s->slots[current]);
    free(s);
}

// ---- products after the training -----------------------------------------------------------------------------------

static bool take_in_one(struct generation *g, struct view *v, uint32_t product) { // false: no room
    float vector[GENERATION_DIMENSION_MAX];
    bool known = content_vector(g, v, product, vector);
    return newer_add(g->newer, product, known ? vector : NULL, generation_dimension(g));
}

static enum err take_in(struct generation *g, struct view *v, unsigned limit, bool *more) {
    struct arena *before = v->arena, own;
    unsigned taken = 0;
    bool room = true;
    arena_init(&own, 64 * 1024, LIMIT_REQUEST_ARENA_BYTES);
    v->arena = &own;
    for (uint32_t p = 1; p <= columns_products(v) && room && !*more; p++) {
        if (generation_row(g, p) != UINT32_MAX || newer_seen(g->newer, p) || (columns_facts(v, p)->flags & FACT_DELETED)) continue;
        *more = taken++ == limit;
        room = *more || take_in_one(g, v, p);
        arena_reset(&own);
    }
    v->arena = before;
    arena_destroy(&own);
    return room ? ERR_OK : ERR_NO_MEMORY;
}

// Whether the catalogue has not changed since the generation last took in all of it; *facts gets its version.
static bool nothing_new(const struct generations *s, const struct generation *g, uint64_t *facts) {
    struct snapshot *snapshot;
    *facts = 0;
    if (snapshot_open(s->db, &snapshot) != ERR_OK) return false;
    if (snapshot_version(snapshot, TABLE_FACTS, facts) != ERR_OK) *facts = 0;
    snapshot_close(snapshot);
    return *facts && s->whole_generation == generation_id(g) && s->whole_facts == *facts;
}

enum err generations_take_in(struct generations *s, unsigned limit, bool *more, struct fault *why) {
    struct generation *g = generations_acquire(s);
    struct view *v = NULL;
    struct arena arena;
    uint64_t facts;
    *more = false;
    if (!g || !generation_has_content(g) || nothing_new(s, g, &facts)) {
        generations_release(s, g);
        return ERR_OK;
    }
    arena_init(&arena, 4096, LIMIT_REQUEST_ARENA_BYTES);
    enum err e = view_open(s->db, &clock_system, &v);
    if (e == ERR_OK) e = view_begin(v, &arena);
    if (e == ERR_OK) {
        e = take_in(g, v, limit, more);
        view_end(v);
    }
    if (v) view_close(v);
    arena_destroy(&arena);
    if (e == ERR_OK && !*more) {
        s->whole_generation = generation_id(g);
        s->whole_facts = facts;
    }
    generations_release(s, g);
    return e == ERR_OK ? e : fault_set(why, e, "", "cannot take in products after the training: %s", err_name(e));
}

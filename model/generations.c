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

#include "content_cache.h"
#include "index/columns.h"

struct slot {
    atomic_uint refs;
    atomic_bool used;          // from before refs is first raised until after the mapping is gone
    struct generation *generation;
};

struct generations {
    struct db *db;
    struct content_cache *contents;
    atomic_int current;        // slot, -1 = none
    struct slot slots[GENERATIONS_HELD];
};

enum err generations_open(struct db *db, struct generations **out, struct fault *why) {
    struct generations *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL) return fault_set(why, ERR_NO_MEMORY, "", "no memory");
    s->db = db;
    atomic_init(&s->current, -1);
    s->contents = content_cache_new();
    enum err e = s->contents ? generations_refresh(s, why) : fault_set(why, ERR_NO_MEMORY, "", "no memory");
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
    generation_close(slot->generation);
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

void generations_release(struct generations *s, struct generation *g) {
    if (g == NULL) return;
    // The caller's pin keeps its own slot as it is; the others may change under us, so only pinned ones are compared.
    for (unsigned i = 0; i < GENERATIONS_HELD; i++) {
        struct slot *slot = &s->slots[i];
        if (!pin(slot)) continue;
        bool found = slot->generation == g;
        unpin(slot);
        if (!found) continue;
        unpin(slot);
        return;
    }
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

static enum err switch_to(struct generations *s, uint64_t id, struct fault *why) {
    struct generation *g;
    int slot = free_slot(s);
    if (slot < 0) return fault_set(why, ERR_RATE_LIMITED, "", "%d older generations are still in use", GENERATIONS_HELD);
    TRY(open_by_id(s, id, &g, why));
    atomic_store(&s->slots[slot].used, true);
    s->slots[slot].generation = g;
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
    content_cache_free(s->contents);
    free(s);
}

bool generations_product_vector(struct generations *s, const struct generation *g, struct view *v, uint32_t product, float *out) {
    size_t bytes = generation_dimension(g) * sizeof *out;
    const float *own = generation_vector(g, product);
    if (own == NULL && content_cache_vector(s->contents, g, v, product, out)) return true;
    if (own == NULL) {
        const struct product_facts *facts = columns_facts(v, product);
        own = facts->flags & FACT_DELETED ? NULL : generation_vector_for(g, facts->type, facts->brand);
    }
    if (own) memcpy(out, own, bytes);
    else memset(out, 0, bytes);
    return own != NULL;
}

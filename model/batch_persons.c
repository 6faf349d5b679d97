// The persons of a batch (rank_batch.h).
//
// Filled by whoever needs a person first: they are computed aside and put into their place by one exchange, so that two threads that
// meet the same person do the work twice and keep it once.
#include <stdatomic.h>
#include <stdlib.h>

#include "rank_batch_internal.h"

#define CHUNK_USERS 65536u
#define CHUNKS 65536u // all u32 ids

typedef struct batch_person *_Atomic place;

struct batch_persons {
    atomic_size_t bytes;
    size_t limit_bytes;
    place *_Atomic chunks[CHUNKS];
};

struct batch_persons *batch_persons_new(size_t limit_bytes) {
    struct batch_persons *p = calloc(1, sizeof *p);
    if (p) p->limit_bytes = limit_bytes;
    return p;
}

void batch_persons_free(struct batch_persons *p) {
    for (unsigned i = 0; p && i < CHUNKS; i++) {
        place *chunk = atomic_load(&p->chunks[i]);
        for (unsigned k = 0; chunk && k < CHUNK_USERS; k++) free(atomic_load(&chunk[k]));
        free(chunk);
    }
    free(p);
}

static place *place_of(struct batch_persons *p, uint32_t user) { // NULL: no memory for it
    place *_Atomic *at = &p->chunks[user / CHUNK_USERS];
    place *chunk = atomic_load_explicit(at, memory_order_acquire), *none = NULL;
    if (!chunk) {
        place *made = calloc(CHUNK_USERS, sizeof *made);
        if (!made) return NULL;
        if (atomic_compare_exchange_strong(at, &none, made)) chunk = made;
        else {
            free(made);
            chunk = none;
        }
    }
    return &chunk[user % CHUNK_USERS];
}

// ---- putting one together -----------------------------------------------------------------------------------------

static uint32_t power_of_two(uint32_t least, uint32_t from) {
    while (from < least) from *= 2;
    return from;
}

static size_t padded(size_t bytes) { return (bytes + 63) / 64 * 64; }

// Where what follows the vector stands, for a person with that many lifts.
static void lay_out(struct batch_person *p, const struct rank_batch *b, uint32_t lifts) {
    uint32_t bits = power_of_two(lifts * 8, 64);
    p->filter_bits = bits < LIFT_FILTER_BITS_MAX ? bits : LIFT_FILTER_BITS_MAX;
    p->lift_slots = power_of_two(lifts + lifts / 3 + 1, 1);
    p->filter_at = (uint32_t)padded(sizeof *p + (b->row_floats - LANES) * sizeof(float));
    p->lifts_at = (uint32_t)padded(p->filter_at + p->filter_bits / 8);
    p->bytes = (uint32_t)padded(p->lifts_at + p->lift_slots * sizeof(struct rank_lift));
}

size_t batch_person_bytes_max(const struct rank_batch *b) {
    struct batch_person p;
    lay_out(&p, b, COVISIT_ROWS_MAX);
    return p.bytes;
}

static void add_lift(struct batch_person *p, uint32_t product, float lift) {
    uint64_t *filter = (uint64_t *)(uintptr_t)lift_filter(p);
    struct rank_lift *slots = (struct rank_lift *)(uintptr_t)lift_slots(p);
    uint32_t hash = lift_hash(product), bit = hash & (p->filter_bits - 1), at = hash & (p->lift_slots - 1);
    filter[bit / 64] |= (uint64_t)1 << (bit % 64);
    while (slots[at].product) at = (at + 1) & (p->lift_slots - 1);
    slots[at] = (struct rank_lift){product, lift};
}

static void add_lifts(struct batch_person *p, const struct rank_batch *b, const struct generation *g, const struct covisit *c) {
    for (uint32_t i = 0; i <= c->mask; i++) {
        const struct covisit_slot *slot = &c->slots[i];
        if (slot->row_1 == 0) continue;
        add_lift(p, generation_product(g, slot->row_1 - 1), slot->similar * b->weights[RANK_SIMILAR] + slot->next * b->weights[RANK_NEXT]);
    }
}

static struct batch_person *put_together(struct rank_batch_scratch *t, const struct generation *g, const struct rank_person *known) {
    const struct rank_batch *b = t->batch;
    struct batch_person *p = t->person;
    lay_out(p, b, known->covisit ? known->covisit->count : 0);
    memset((char *)p + sizeof *p, 0, p->bytes - sizeof *p);
    p->has_vector = known->vector != NULL;
    p->tastes = known->tastes ? *known->tastes : (struct rank_tastes){0};
    if (known->vector) memcpy(p->vector, known->vector, b->dimension * sizeof *p->vector);
    if (known->covisit) add_lifts(p, b, g, known->covisit);
    return p;
}

// ---- keeping ------------------------------------------------------------------------------------------------------

static struct batch_person *copy(struct batch_persons *p, const struct batch_person *person) { // NULL: not kept
    if (atomic_fetch_add(&p->bytes, person->bytes) + person->bytes > p->limit_bytes) {
        atomic_fetch_sub(&p->bytes, person->bytes);
        return NULL;
    }
    struct batch_person *kept = aligned_alloc(64, person->bytes);
    return kept ? memcpy(kept, person, person->bytes) : NULL;
}

enum err batch_person(struct batch_persons *p, struct rank_batch_scratch *t, struct ranker *r, struct view *v, uint32_t user,
                      const struct batch_person **out) {
    struct rank_person known;
    place *at = place_of(p, user);
    struct batch_person *kept = at ? atomic_load_explicit(at, memory_order_acquire) : NULL, *none = NULL;
    *out = kept;
    if (kept) return ERR_OK;
    TRY(rank_person_load(r, v, user, NULL, 0, &known));
    *out = put_together(t, rank_pinned(r), &known);
    kept = at ? copy(p, *out) : NULL;
    if (kept && !atomic_compare_exchange_strong(at, &none, kept)) {
        atomic_fetch_sub(&p->bytes, kept->bytes);
        free(kept);
    }
    return ERR_OK;
}

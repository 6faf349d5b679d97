// The persons of a batch (rank_batch.h).
//
// Filled by whoever needs a person first: they are computed aside and put into their place by one exchange, so that two threads that
// meet the same person do the work twice and keep it once.
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "rank_batch_internal.h"
#include "rank_internal.h"

#define CHUNK_USERS 65536u
#define CHUNKS 65536u // all u32 ids
#define SLAB_BYTES ((size_t)32 << 20)

typedef struct batch_person *_Atomic place;

struct slab { // of huge pages, which persons are kept in one behind the other, each thread in its own
    struct slab *before;
    size_t used;
};

struct batch_persons {
    pthread_mutex_t lock; // guards the next two
    struct slab *slabs;
    size_t bytes;
    size_t limit_bytes;
    place *_Atomic chunks[CHUNKS];
};

struct batch_persons *batch_persons_new(size_t limit_bytes) {
    struct batch_persons *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->limit_bytes = limit_bytes;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void batch_persons_free(struct batch_persons *p) {
    if (!p) return;
    for (unsigned i = 0; i < CHUNKS; i++) free(atomic_load(&p->chunks[i]));
    for (struct slab *slab = p->slabs, *before; slab; slab = before) {
        before = slab->before;
        munmap(slab, SLAB_BYTES);
    }
    pthread_mutex_destroy(&p->lock);
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
    p->lift_slots = lifts + lifts / 3 + 1;
    p->filter_at = (uint32_t)padded(sizeof *p + (b->row_floats - LANES) * sizeof(float));
    p->lifts_at = (uint32_t)padded(p->filter_at + p->filter_bits / 8);
    p->bytes = (uint32_t)padded(p->lifts_at + p->lift_slots * sizeof(struct rank_lift));
}

size_t batch_person_bytes_max(const struct rank_batch *b) {
    struct batch_person p;
    lay_out(&p, b, COVISIT_ROWS_MAX);
    return p.bytes;
}

static void add_lift(struct batch_person *p, uint32_t row_1, float lift) {
    uint64_t *filter = (uint64_t *)(uintptr_t)lift_filter(p);
    struct rank_lift *slots = (struct rank_lift *)(uintptr_t)lift_slots(p);
    uint32_t hash = lift_hash(row_1), bit = hash & (p->filter_bits - 1), at = lift_home(p, hash);
    filter[bit / 64] |= (uint64_t)1 << (bit % 64);
    while (slots[at].row_1) at = at + 1 < p->lift_slots ? at + 1 : 0;
    slots[at] = (struct rank_lift){row_1, lift};
}

// The homes are those of the table the lifts come from, drawn together: what is read in order is written in order.
static void add_lifts(struct batch_person *p, const struct rank_batch *b, const struct covisit *c) {
    p->home_mask = c->mask;
    p->home_bits = (uint32_t)__builtin_popcount(c->mask);
    for (uint32_t i = 0; i <= c->mask; i++) {
        const struct covisit_slot *slot = &c->slots[i];
        if (slot->row_1) add_lift(p, slot->row_1, slot->similar * b->weights[RANK_SIMILAR] + slot->next * b->weights[RANK_NEXT]);
    }
}

// What rank_person_load would say, with tables that stay in the core's caches from one person to the next.
static enum err compute(struct rank_batch_scratch *t, struct ranker *r, struct view *v, uint32_t user) {
    struct person *known = t->known;
    const struct rank_batch *b = t->batch;
    TRY(rank_events_load(r, v, user, NULL, 0));
    person_compute(r->pinned, r->foldin, v, r->wishes, r->wish_count, r->events, r->event_count, known);
    bool goes_with = r->pinned && known->row_count > 0;
    if (goes_with) covisit_fill(t->covisit, r->pinned, &r->scale, known->rows, known->row_count);
    struct batch_person *p = t->person;
    lay_out(p, b, goes_with ? t->covisit->count : 0);
    memset((char *)p + sizeof *p, 0, p->bytes - sizeof *p);
    p->has_vector = known->has_vector;
    p->home_mask = p->home_bits = 0;
    p->tastes = known->has_tastes ? known->tastes : (struct rank_tastes){0};
    if (known->has_vector) memcpy(p->vector, known->vector, b->dimension * sizeof *p->vector);
    if (goes_with) add_lifts(p, b, t->covisit);
    return ERR_OK;
}

// ---- keeping ------------------------------------------------------------------------------------------------------

static struct slab *slab_new(struct batch_persons *p) { // NULL: no more are kept
    struct slab *slab = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->bytes + SLAB_BYTES <= p->limit_bytes) {
        void *pages = mmap(NULL, SLAB_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        slab = pages == MAP_FAILED ? NULL : pages;
    }
    if (slab) {
        (void)madvise(slab, SLAB_BYTES, MADV_HUGEPAGE);
        *slab = (struct slab){.before = p->slabs, .used = padded(sizeof *slab)};
        p->slabs = slab;
        p->bytes += SLAB_BYTES;
    }
    pthread_mutex_unlock(&p->lock);
    return slab;
}

static struct batch_person *copy(struct batch_persons *p, struct rank_batch_scratch *t, const struct batch_person *person) {
    struct slab *slab = t->slab;
    if (!slab || slab->used + person->bytes > SLAB_BYTES) slab = t->slab = slab_new(p);
    if (!slab) return NULL;
    void *at = (char *)slab + slab->used;
    slab->used += person->bytes;
    return memcpy(at, person, person->bytes);
}

enum err batch_person(struct batch_persons *p, struct rank_batch_scratch *t, struct ranker *r, struct view *v, uint32_t user,
                      const struct batch_person **out) {
    place *at = place_of(p, user);
    struct batch_person *kept = at ? atomic_load_explicit(at, memory_order_acquire) : NULL, *none = NULL;
    *out = kept;
    if (kept) return ERR_OK;
    TRY(compute(t, r, v, user));
    *out = t->person;
    kept = at ? copy(p, t, *out) : NULL;
    if (kept) (void)atomic_compare_exchange_strong(at, &none, kept); // else another thread was first; its copy is as good
    return ERR_OK;
}

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
#define EXPECT_BYTES (sizeof(struct batch_person) + 64 * sizeof(float)) // of a person: what every list asks for, with a vector of 64

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

static size_t padded(size_t bytes) { return (bytes + 63) / 64 * 64; }

static size_t lifts_at(const struct rank_batch *b) {
    return padded(sizeof(struct batch_person) + (b->row_floats - LANES) * sizeof(float));
}

size_t batch_person_bytes(const struct rank_batch *b, uint32_t lifts) {
    return lifts_at(b) + covisit_lifts_bytes(lifts);
}

// What rank_person_load would say of them, into t->known and t->sums.
static enum err know(struct rank_batch_scratch *t, struct ranker *r, struct view *v, uint32_t user) {
    const float *weights = t->batch->weights;
    struct person *known = t->known;
    TRY(rank_events_load(r, v, &(struct rank_person){.user = user}));
    person_compute(r->pinned, r->foldin, v, r->wishes, r->wish_count, r->events, r->event_count, known);
    covisit_sum_up(t->sums, r->pinned, &r->scale, known->rows, known->row_count, weights[RANK_SIMILAR], weights[RANK_NEXT]);
    return ERR_OK;
}

static void put_together(const struct rank_batch_scratch *t, struct batch_person *p) {
    const struct rank_batch *b = t->batch;
    const struct person *known = t->known;
    memset(p, 0, batch_person_bytes(b, t->sums->count));
    p->has_vector = known->has_vector;
    if (known->has_tastes) p->tastes = known->tastes;
    if (known->has_vector) memcpy(p->vector, known->vector, b->dimension * sizeof *p->vector);
    covisit_pack(t->sums, (char *)p + lifts_at(b), &p->lifts);
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

// Where the next person of that size is to be kept; NULL: in no place.
static struct batch_person *room_for(struct batch_persons *p, struct rank_batch_scratch *t, size_t bytes) {
    struct slab *slab = t->slab;
    if (!slab || slab->used + bytes > SLAB_BYTES) slab = t->slab = slab_new(p);
    return slab ? (void *)((char *)slab + slab->used) : NULL;
}

void batch_person_expect(struct batch_persons *p, uint32_t user) {
    const place *chunk = atomic_load_explicit(&p->chunks[user / CHUNK_USERS], memory_order_acquire);
    const char *kept = chunk ? (void *)atomic_load_explicit(&chunk[user % CHUNK_USERS], memory_order_relaxed) : NULL;
    for (size_t at = 0; kept && at < EXPECT_BYTES; at += 64) __builtin_prefetch(kept + at);
}

enum err batch_person(struct batch_persons *p, struct rank_batch_scratch *t, struct ranker *r, struct view *v, uint32_t user,
                      const struct batch_person **out) {
    place *at = place_of(p, user);
    struct batch_person *kept = at ? atomic_load_explicit(at, memory_order_acquire) : NULL, *none = NULL;
    *out = kept;
    if (kept) return ERR_OK;
    TRY(know(t, r, v, user));
    size_t bytes = batch_person_bytes(t->batch, t->sums->count);
    struct batch_person *made = at ? room_for(p, t, bytes) : NULL, *person = made ? made : t->person;
    put_together(t, person);
    *out = person;
    if (!made) return ERR_OK;
    if (atomic_compare_exchange_strong(at, &none, made)) t->slab->used += bytes;
    else *out = none; // another thread was first; its person is as good
    return ERR_OK;
}

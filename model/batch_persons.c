// The persons of a batch (rank_batch.h).
//
// Filled by whoever needs a person first: they are computed aside and put into their place by one exchange, so that two threads that
// meet the same person do the work twice and keep it once.
#include <stdatomic.h>
#include <stdlib.h>

#include "person.h"
#include "rank_batch.h"

#define CHUNK_USERS 65536u
#define CHUNKS 65536u // all u32 ids

struct kept {
    struct rank_tastes tastes;
    bool has_vector, has_tastes;
    float vector[]; // of the pinned generation's dimension
};
typedef struct kept *_Atomic place;

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

static void show(const struct kept *k, uint32_t user, struct rank_person *out) {
    *out = (struct rank_person){.user = user};
    if (k->has_vector) out->vector = k->vector;
    if (k->has_tastes) out->tastes = &k->tastes;
}

static size_t kept_bytes(unsigned dimension) { return sizeof(struct kept) + dimension * sizeof(float); }

static struct kept *keep(struct batch_persons *p, const struct rank_person *person, unsigned dimension) {
    size_t bytes = kept_bytes(dimension);
    if (atomic_fetch_add(&p->bytes, bytes) + bytes > p->limit_bytes) {
        atomic_fetch_sub(&p->bytes, bytes);
        return NULL;
    }
    struct kept *k = calloc(1, bytes);
    if (!k) return NULL;
    k->has_vector = person->vector != NULL;
    k->has_tastes = person->tastes != NULL;
    if (person->vector) memcpy(k->vector, person->vector, dimension * sizeof(float));
    if (person->tastes) k->tastes = *person->tastes;
    return k;
}

enum err batch_person(struct batch_persons *p, struct ranker *r, struct view *v, uint32_t user, struct rank_person *out) {
    *out = (struct rank_person){0};
    if (user == 0) return ERR_OK;
    place *at = place_of(p, user);
    struct kept *k = at ? atomic_load_explicit(at, memory_order_acquire) : NULL, *none = NULL;
    if (k) {
        show(k, user, out);
        return ERR_OK;
    }
    TRY(rank_person_load(r, v, user, NULL, 0, out));
    unsigned dimension = rank_pinned(r) ? generation_dimension(rank_pinned(r)) : 0;
    k = at ? keep(p, out, dimension) : NULL;
    if (k && !atomic_compare_exchange_strong(at, &none, k)) {
        atomic_fetch_sub(&p->bytes, kept_bytes(dimension));
        free(k);
    }
    return ERR_OK;
}

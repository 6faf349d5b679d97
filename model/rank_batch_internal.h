// rank_batch_internal.h: what rank_batch.c and rank_batch_person.c share.
#ifndef RF_MODEL_RANK_BATCH_INTERNAL_H
#define RF_MODEL_RANK_BATCH_INTERNAL_H

#include "rank_batch.h"
#include "rank_covisit.h"

#define LANES 16 // floats of a cache line, and sums that do not depend on each other
#define LIFT_FILTER_BITS_MAX 65536u

struct rank_batch {
    float *rows;            // row_floats each, by product
    size_t row_floats;      // LANES of a head, then the vector
    unsigned dimension;     // of the vectors, 0: nothing trained
    uint32_t products, brands;
    uint64_t generation;
    float weights[RANK_FEATURES];
};

struct rank_batch_scratch {
    const struct rank_batch *batch;
    struct batch_person *person; // the largest there can be: where one is put together, from
    struct person *known;
    struct covisit *covisit;
    struct slab *slab;           // where this thread's are kept
    float shares[];              // of the person being scored, by brand; zeros between two calls
};

static inline uint32_t lift_hash(uint32_t row_1) { return (row_1 - 1) * 2654435769u >> 7; } // as in rank_covisit.h
static inline uint32_t lift_home(const struct batch_person *p, uint32_t hash) {
    return (uint32_t)((uint64_t)(hash & p->home_mask) * p->lift_slots >> p->home_bits);
}
static inline const uint64_t *lift_filter(const struct batch_person *p) {
    return (const uint64_t *)(const void *)((const char *)p + p->filter_at);
}
static inline const struct rank_lift *lift_slots(const struct batch_person *p) {
    return (const struct rank_lift *)(const void *)((const char *)p + p->lifts_at);
}
size_t batch_person_bytes_max(const struct rank_batch *b);

#endif

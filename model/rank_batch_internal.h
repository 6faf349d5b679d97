// rank_batch_internal.h: what rank_batch.c and rank_batch_person.c share.
#ifndef RF_MODEL_RANK_BATCH_INTERNAL_H
#define RF_MODEL_RANK_BATCH_INTERNAL_H

#include "lanes.h" // LANES: floats of a cache line
#include "rank_batch.h"

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
    struct batch_person *person; // the largest there can be: where one is put who is not kept, from the next two
    struct person *known;
    struct covisit_sums *sums;
    struct slab *slab;           // where this thread's are kept
    float shares[];              // of the person being scored, by brand; zeros between two calls
};

size_t batch_person_bytes(const struct rank_batch *b, uint32_t lifts); // of one with room for that many

#endif

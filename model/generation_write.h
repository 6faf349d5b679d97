// generation_write.h: makes a generation file from what training found.
#ifndef RF_MODEL_GENERATION_WRITE_H
#define RF_MODEL_GENERATION_WRITE_H

#include "bought.h"
#include "generation.h"

struct generation_item { // one product id
    uint32_t type, brand;
    uint32_t cny_fen, usd_cents; // 0 = no price
    uint32_t trained;            // row + 1 of `vectors`; 0 = nobody has touched it
    uint32_t content;            // row + 1 of `content_vectors`, for one that is not trained; 0 = none
    float popularity, trend[MARKETS];
    bool present;                // in the catalogue; a product that is neither present nor trained takes no row
};

struct generation_input {
    unsigned dimension;
    float alpha0, lambda, nu;
    uint32_t trained_products;          // rows of `vectors`
    const float *vectors;               // trained_products x dimension
    const float *gram;                  // dimension x dimension, alpha0 * V'V of `vectors`
    const struct sparse *similar, *next; // trained_products square (item_item.h); NULL: none are kept
    uint32_t products_max;
    const struct generation_item *items; // [products_max + 1], by product id
    const float *content_vectors;       // x dimension
    const struct bought *bought, *type_bought; // pairs of product ids, of type ids; NULL: none
    uint32_t users;
    const uint32_t *user_ids;           // [users] ascending
    const uint64_t *user_sequences;
    const float *user_vectors;          // users x dimension
    uint32_t features;
    const uint64_t *feature_hashes;     // [features] ascending
    const float *feature_vectors;       // features x dimension
    struct generation_canaries canaries;
    struct generation_learnt learnt;
    uint64_t last_sequence, events;
    int64_t created_ms;
};

// The file's bytes on the heap, 64-byte aligned, for the caller to free(). ERR_NO_MEMORY.
enum err generation_build(const struct generation_input *in, void **file, size_t *size);
// Puts what was learnt with the help of a built file into it.
void generation_learn(void *file, const struct generation_learnt *learnt);
struct generation_learnt generation_learnt_of(const void *file);
// Writes a built file as <data_dir>/generations/<id>.gen so that it is there wholly or not at all, on disk when this returns.
// ERR_STORAGE_FULL, ERR_IO, ERR_NO_MEMORY.
enum err generation_store(const char *data_dir, const void *file, size_t size, uint64_t *id, struct fault *why);
// Both.
enum err generation_write(const char *data_dir, const struct generation_input *in, uint64_t *id, struct fault *why);

#endif

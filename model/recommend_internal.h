// recommend_internal.h: what the files of recommend share.
#ifndef RF_MODEL_RECOMMEND_INTERNAL_H
#define RF_MODEL_RECOMMEND_INTERNAL_H

#include "index/base/limits.h"
#include "person.h"
#include "rank_covisit.h"
#include "recommend.h"
#include "score.h"

struct recommend_factors { float person, of[RECOMMEND_PARTS]; };
extern const struct recommend_factors recommend_factors[RECOMMEND_MODELS];

struct recommend_context {
    const struct recommend_factors *factors;
    unsigned about_count;
    uint32_t rows[RECOMMEND_ABOUT_MAX];    // of the products it is about; UINT32_MAX: the generation does not know it
    uint32_t types[RECOMMEND_ABOUT_MAX];
    float weights[RECOMMEND_ABOUT_MAX];    // by place
    uint32_t kind;                         // of the first
    bool has_vector;
    float vector[GENERATION_DIMENSION_MAX]; // weighted sum of their vectors, each of length 1
    const struct covisit *goes;            // NULL: the model has no use for it
    const struct covisit *bought;          // pairs in `similar`
    float type_bought[LIMIT_TYPES + 1];    // by type id
};

#define RECOMMEND_NO_ROW UINT32_MAX
struct recommend_block {
    const uint32_t *products;
    size_t count;
    uint32_t first_row; // RECOMMEND_NO_ROW: products scattered over the generation
};
// The parts of up to SCORE_BLOCK products, weighted: parts[i][RECOMMEND_PARTS].
void recommend_parts(const struct recommend_query *q, const struct recommend_block *b, float (*parts)[RECOMMEND_PARTS]);
// What the i-th product the list is about gives to a product, of all parts together.
float recommend_about_share(const struct recommend_query *q, unsigned i, uint32_t product);
float recommend_strength(float lift, float support); // of a pair

#endif

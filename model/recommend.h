// recommend.h: lists without a query: what this person might want, what is like this product, what is on the rise.
//
// Candidates are what the caller found to fit, in any order; with `whole_catalogue` (no car is known) every row of the
// pinned generation is one, in one sequential pass: several milliseconds at 200,000 products, so not on an event loop.
// Deleted products and those `keep` refuses are left out. Order: score descending, id ascending. Nothing is allocated.
#ifndef RF_MODEL_RECOMMEND_H
#define RF_MODEL_RECOMMEND_H

#include "rank.h"

#define RECOMMEND_MAX 1000 // longest list

enum recommend_reason {
    RECOMMEND_TASTE,    // like what they looked at and bought
    RECOMMEND_BRAND,    // a brand they chose before
    RECOMMEND_POPULAR, RECOMMEND_RATED, RECOMMEND_IN_STOCK, RECOMMEND_PRICE, RECOMMEND_NEW, RECOMMEND_PROMOTED,
    RECOMMEND_SIMILAR, RECOMMEND_SAME_TYPE, // of another type, of the same one
    RECOMMEND_TRENDING,
    RECOMMEND_REASONS
};
const char *recommend_reason_name(enum recommend_reason reason); // "your_taste", ...

struct recommendation {
    uint32_t product;
    float score;
    enum recommend_reason reason;
};

struct recommend_query {
    struct ranker *ranker;               // between rank_begin and rank_end
    struct view *view;
    const struct rank_person *person;    // for_you only
    enum rank_surface surface;           // for_you only
    const uint32_t *products;            // the candidates
    size_t count;
    bool whole_catalogue; // all products of the pinned generation instead. Said in so many words, so that an
                          // empty list of fitting products never turns into everything
    bool (*keep)(void *arg, uint32_t product); // NULL: all
    void *keep_arg;
    size_t limit;                        // at most RECOMMEND_MAX
};

// out[limit] and how many. The reason is the feature that lifts a product most above the average candidate.
enum err recommend_for_you(const struct recommend_query *q, struct recommendation *out, size_t *count);
// By cosine to the product's vector, those of its type before all others, itself left out. Without anything trained the
// list is empty.
enum err recommend_similar(const struct recommend_query *q, uint32_t product, struct recommendation *out, size_t *count);
// By the generation's trend; what does not move at all by popularity.
enum err recommend_trending(const struct recommend_query *q, struct recommendation *out, size_t *count);

#endif

// item_item.h: which products go with which, counted: similarity of who took them, and what people took next.
//
// Beside the vectors, which know what kind of person somebody is, these know what goes with the very things they took;
// both are sparse, exact counts, and a score from them is a sum over the person's own events that can be shown.
//
//     similar(i, j) = sum over users of both  w_ui w_uj / |u|^user  /  (|i|^from |j|^to)
//     next(i, j)    = sum over i before j in a sequence, at most `window` apart,
//                     step_decay^(steps - 1) 2^(-gap / half_life)      /  (|i|^from |j|^to)
//
// |u|, |i| are numbers of pairs (sums of weights of the row or column); half exponents and user 0 make `similar` the
// cosine. user > 0: who took everything says little about what goes together. to > from leans away from the popular.
// Row i holds the `keep` largest of its entries, ascending by column, never itself. A person's score for j sums over
// their events i (mix.h). Source of the normalisations: Deshpande, Karypis 2004, *Item-Based Top-N Recommendation
// Algorithms*; the directed form is that of session models (Ludewig, Jannach 2018), kept per product instead of per session.
#ifndef RF_MODEL_ITEM_ITEM_H
#define RF_MODEL_ITEM_ITEM_H

#include "sequences.h"

#define ITEM_ITEM_KEEP_MAX 1024
// A user of more products is left out of `similar`: they would cost the square of it and weigh next to nothing.
#define ITEM_ITEM_USER_MAX 4096

struct item_item_options {
    float user, from, to;
    unsigned keep, threads;
    unsigned window;       // `next` only, at least 1
    float step_decay;      // `next` only, 0 < .. <= 1
    int64_t half_life_ms;  // `next` only; 0: gaps do not matter, nor where times are not known
};

// Products x products. ERR_BAD_REQUEST for options out of range, ERR_NO_MEMORY. The same bits for any number of threads.
enum err item_item_similar(const struct interactions *m, const struct item_item_options *o, struct sparse *out,
                           struct fault *why);
enum err item_item_next(const struct sequences *s, const struct item_item_options *o, struct sparse *out,
                        struct fault *why);

// The same by their formulas over dense matrices in double precision, for tests on small data.
enum err item_item_similar_reference(const struct interactions *m, const struct item_item_options *o, struct sparse *out);
enum err item_item_next_reference(const struct sequences *s, const struct item_item_options *o, struct sparse *out);

#endif

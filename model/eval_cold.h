// eval_cold.h: how well its content says what a product looks like that nobody has touched (content.h).
//
// A tenth of the touched products, by a hash of their ids, leave the training with all their events, another tenth as well:
// on those the ridge is chosen. What is left is fitted. Then the products held out get their vectors by content, and people,
// known by what they wanted of the rest, are asked for the held-out products they wanted:
//     among new   only the products held out compete: which of the new ones is for whom
//     among all   all products compete: how a new one fares beside those with events
// in three ways: the ridge regression, the mean of the fitted vectors of the same type and brand (of the type where there is
// none), and that of the type. `cosine` is with the vector that the product's own events give in the same space.
#ifndef RF_MODEL_EVAL_COLD_H
#define RF_MODEL_EVAL_COLD_H

#include "als.h"
#include "content.h"
#include "history.h"
#include "measure.h"

#define EVAL_COLD_RIDGES 8
#define EVAL_COLD_SHARE 10u       // one in ten of each kind
#define EVAL_COLD_PEOPLE_LEAST 3u // of a product for its cosine to count

enum eval_cold_way { EVAL_COLD_RIDGE, EVAL_COLD_BRAND, EVAL_COLD_TYPE, EVAL_COLD_WAYS };

struct eval_cold_catalogue { // by product id
    uint32_t products_max;
    uint32_t *type, *brand; // [products_max + 1]
    struct content_rows features;
};
enum err eval_cold_load(struct view *v, struct eval_cold_catalogue *out); // the caller's to free, whatever comes back
void eval_cold_free(struct eval_cold_catalogue *c);

struct eval_cold_options {
    struct als_options als;
    struct content_options content;
    struct measure_options measure; // the first cutoff is that of the choice
};
struct eval_cold_report {
    float ridges[EVAL_COLD_RIDGES]; // 2 and its halves
    double tried[EVAL_COLD_RIDGES]; // NDCG among new on the products to choose on
    float ridge;                    // the best of them
    uint32_t products, held_out, judged; // fitted and held out; held out; of which have a cosine
    uint32_t people;
    double cosine[EVAL_COLD_WAYS];
    struct measure_scores among_new[EVAL_COLD_WAYS], among_all[EVAL_COLD_WAYS];
};
// ERR_BAD_REQUEST for options and for a history with nothing to hold out, ERR_NO_MEMORY.
enum err eval_cold(const struct history *h, const struct eval_cold_catalogue *c, const struct eval_cold_options *o,
                   struct eval_cold_report *out, struct fault *why);

#endif

// measure.h: how good orders are, on what people took next. Every product the person has not taken competes (no sampled
// negatives, whose figures do not compare), and a held-out product loses every tie.
//
//   recall   held-out products among the first k / all held out        hit   1 when there is one
//   ndcg     binary gain, ideal over min(k, held out)                   mrr   1 / place of the first, 0 beyond k
//   coverage share of the products that are in anybody's first k        novelty  mean of -log2(share of people who took it)
//   lift     mean popularity of what is recommended / of what was held out: 1 is as popular as what people really take
//
// Means over people; novelty and lift over all recommended places. Intervals are 95 % percentile bootstraps over people.
#ifndef RF_MODEL_MEASURE_H
#define RF_MODEL_MEASURE_H

#include "mix.h"

#define MEASURE_CUTOFFS 4
#define MEASURE_K_MAX 100

struct measure_options {
    unsigned cutoffs[MEASURE_CUTOFFS]; // the first is the one of coverage, novelty, lift and intervals; 0 ends the list
    unsigned threads, resamples;       // resamples 0: no intervals
    uint32_t max_users;                // evenly spread over all; 0 = all
    uint64_t seed;
};
enum measure_metric { MEASURE_RECALL, MEASURE_NDCG, MEASURE_HIT, MEASURE_MRR, MEASURE_METRICS };
struct measure_scores {
    double mean[MEASURE_CUTOFFS][MEASURE_METRICS];
    double low[MEASURE_METRICS], high[MEASURE_METRICS]; // of the first cutoff
    double coverage, novelty, lift;
};
struct measure_task {
    const struct mix_model *model;
    const float *users;                // rows x dimension: each person's vector; NULL when the model has none
    const struct sequences *history;   // what the person is known by, and what does not compete
    const struct sequences *held_out;  // same rows; columns beyond the model's are misses
    const float *taken;                // [products] how many people took it, in training
    uint32_t people;                   // of training
};

// One row of scores per weights, all from one pass. `measured` gets the number of people: those with something held out.
// ERR_BAD_REQUEST for options out of range, ERR_NO_MEMORY.
enum err measure(const struct measure_task *task, const struct mix_weights *weights, size_t count,
                 const struct measure_options *options, struct measure_scores *out, uint32_t *measured);

#endif

// eval.h: how good an order is, measured on what people did next: Recall and NDCG at k over the full catalogue.
//
// Every product the person has not touched in training competes: no sampled negatives, whose figures do not compare.
// Recall is hits / held-out products; NDCG has binary gain and the ideal over min(k, held out). With one product held
// out per person recall@k is also the hit rate. Popularity, the same list for everybody, is measured beside it on the
// same users: a personal order has to beat that to be worth anything.
#ifndef RF_MODEL_EVAL_H
#define RF_MODEL_EVAL_H

#include "als.h"
#include "eval_people.h"
#include "protocol.h"

struct eval_options {
    unsigned k, threads;
    uint32_t max_users; // evenly spread over all; 0 = all
};
struct eval_score {
    double recall, ndcg;
    double recall_error; // standard error of recall over the users
};
struct eval_report {
    unsigned k;
    uint32_t users;     // measured: those with something held out
    uint32_t products;  // that competed
    struct eval_score model, popularity;
    double train_seconds, eval_seconds;
};

// Columns of `held_out` mean the same products as those of `train`; ones beyond are misses. ERR_NO_MEMORY.
enum err eval_ranking(const struct als_model *model, const struct sparse *train, const struct sparse *held_out,
                      const struct eval_options *options, struct eval_report *out);

// `rightfit eval`, first form: each person's newest product is held out, a model trained on the rest and measured.
enum err eval_leave_last_out(const struct history *h, const struct als_options *als, const struct eval_options *options,
                             struct eval_report *out, struct fault *why);

// The same people with every product weighing one, by protocol.h: vectors, item-to-item and their mix beside popularity.
// With `people` (else NULL) of the same history the options' segments are also by stage and kind.
enum err eval_mix(const struct history *h, const struct eval_people *people, const struct protocol_options *options,
                  struct protocol_report *out, struct fault *why);

// eval_leave_last_out over all events of a database, which may be live.
enum err eval_run(struct db *db, const struct als_options *als, const struct eval_options *options,
                  struct eval_report *out, struct fault *why);

#endif

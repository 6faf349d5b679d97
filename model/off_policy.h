// off_policy.h: what another policy would have earned, from the log of one that chose by chance with known probabilities.
//
// Row i: action a with reward r was shown with probability p by the policy that logged; the other shows it with probability t.
// w = min(t / p, clip). The reward is predicted by q, the mean reward of (place, action) drawn towards the place's own, learnt on
// the other half of the rows than the one it is used on:
//
//     IPS     mean of w r
//     SNIPS   sum of w r / sum of w
//     DR      mean of  sum over actions b of t(b) q(b)  +  w (r - q(a))
//     direct  mean of  sum over actions b of t(b) q(b):  no weights, as good as q is
//
// The effective number of rows is (sum w)^2 / sum w^2: where it is small, no estimate says much. Intervals are 95 % percentile
// bootstraps over rows. Sources: Horvitz, Thompson 1952; Swaminathan, Joachims 2015; Dudik, Langford, Li 2011.
#ifndef RF_MODEL_OFF_POLICY_H
#define RF_MODEL_OFF_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "index/base/err.h"
#include "index/base/slice.h"

#define OFF_POLICY_ACTIONS_MAX 65536
#define OFF_POLICY_PLACES_MAX 256
#define OFF_POLICY_CELLS_MAX (1u << 22) // places x actions

struct off_policy_row {
    uint32_t action, place;   // place: where it was shown, or any other small context that both policies know
    float reward, probability; // 0 < probability <= 1
};
struct off_policy_log {
    uint32_t actions, places; // numbers are below these
    size_t count;
    struct off_policy_row *rows;
};
void off_policy_log_free(struct off_policy_log *log);
// Comma-separated text with a header that names item_id, position, click (or reward) and propensity_score (or action_prob), in
// any order among others: the Open Bandit logs. ERR_BAD_REQUEST names the line, ERR_NO_MEMORY.
enum err off_policy_parse(struct slice text, const char *name, struct off_policy_log *out, struct fault *why);
enum err off_policy_read(const char *path, struct off_policy_log *out, struct fault *why); // also ERR_NOT_FOUND, ERR_IO

// A policy as t(place, action): probabilities [places x actions] that sum to 1 at each place.
struct off_policy_table { uint32_t actions, places; float *probability; };
void off_policy_table_free(struct off_policy_table *t);
enum err off_policy_uniform(uint32_t places, uint32_t actions, struct off_policy_table *out);
// How a log chose: its shares at each place.
enum err off_policy_shares(const struct off_policy_log *log, uint32_t places, uint32_t actions, struct off_policy_table *out);

struct off_policy_options { double clip; unsigned resamples; uint64_t seed; }; // clip 0: none
struct off_policy_options off_policy_defaults(void);
struct off_policy_value { double value, low, high; };
struct off_policy_report {
    struct off_policy_value ips, snips, doubly_robust, direct, logged; // logged: the mean reward of the log itself
    double effective_rows, largest_weight, clipped; // clipped: share of rows
    size_t rows;
};
// ERR_BAD_REQUEST when the table is smaller than the log, or the log is empty; ERR_NO_MEMORY.
enum err off_policy_estimate(const struct off_policy_log *log, const struct off_policy_table *policy,
                             const struct off_policy_options *o, struct off_policy_report *out, struct fault *why);

#endif

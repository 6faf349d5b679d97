// shortlist.h: the rows that may be among the k best, given scores that are only known within an error.
//
// A candidate is offered with an approximate score and how far it may be off. The k-th best of the lower bounds is a score that k candidates
// certainly reach, so whoever's upper bound is below it is out, whatever the others turn out to be. The rest wait and are scored by score.h; when too
// many wait (equal scores, useless bounds) they are scored at once, which makes the bound exact. So the result is exact always, and
// bad bounds cost time only.
#ifndef RF_MODEL_SHORTLIST_H
#define RF_MODEL_SHORTLIST_H

#include "score.h"
#include "topk.h"

// Relative: what rounding of the additions to an approximate score can amount to, generously.
#define SHORTLIST_ROUNDING 0x1p-18f
#define SHORTLIST_SMALLEST 1e-36f // and what is lost below the smallest floats

struct shortlist {
    const struct vectors *vectors;
    const struct score_query *query;
    struct topk bounds, exact;
    struct topk_entry *waiting; // upper bound, position
    size_t waiting_count, waiting_capacity, capacity;
    float at_least;             // k candidates reach this; -infinity until then
};

// Memory for up to k; false: none to be had.
bool shortlist_init(struct shortlist *s, size_t k);
void shortlist_destroy(struct shortlist *s);
// Begins a question for the best k <= that of shortlist_init; the result will be in out[k].
void shortlist_begin(struct shortlist *s, const struct vectors *v, const struct score_query *q, size_t k, struct topk_entry *out);
// Whoever's approximate score plus error is below this need not be offered. NaN when nothing can be left out.
static inline float shortlist_cut(const struct shortlist *s) {
    return s->at_least - (SHORTLIST_ROUNDING * __builtin_fabsf(s->at_least) + SHORTLIST_SMALLEST);
}
// The true score lies within `error` (>= 0, or NaN: unknown) of `score`, apart from the rounding above.
void shortlist_offer(struct shortlist *s, uint32_t position, float score, float error);
// Scores who still waits; how many are in out, best first.
size_t shortlist_finish(struct shortlist *s);

#endif

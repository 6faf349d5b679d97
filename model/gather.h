// gather.h: the best k of one person's candidates by reading each candidate's row: for lists and sparse sets, and what the faster ways are
// tested against. No bound on anything: every candidate is scored.
//
// With `bytes`, candidates are first scored from their rounded rows (quantised.h), a quarter of the memory; those that may be among the best
// are scored again from their floats. The result is the same.
#ifndef RF_MODEL_GATHER_H
#define RF_MODEL_GATHER_H

#include "quantised.h"
#include "shortlist.h"

// The best min(k, candidates) into out[k], best first; how many.
size_t gather_top(const struct vectors *v, const struct score_query *q, size_t k, struct topk_entry *out);
// The same by rounded rows. `list` is memory for k (shortlist.h).
size_t gather_top_bytes(const struct vectors *v, const struct quantised *bytes, const struct score_query *q, size_t k, struct shortlist *list,
                        struct topk_entry *out);

#endif

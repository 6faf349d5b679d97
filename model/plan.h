// plan.h: the best k for the users who wait, by whichever way costs least: reading the candidates' rows here and there (gather.h), or all rows
// in one pass for several users (scan.h). The answer is the same by every way, bit for bit.
//
// Lists are gathered. For sets of rows it is a matter of how many are in them: a row read here or there costs as much as several that
// are read in passing, and once the pass is made for somebody, joining it costs the multiplications alone. The figures behind that are in
// README.md and are measured by `make bench-vectors`.
#ifndef RF_MODEL_PLAN_H
#define RF_MODEL_PLAN_H

#include "quantised.h"
#include "topk.h"

struct plan;
// Memory for questions of up to `users` users at once, k and d. NULL: none to be had. One thread at a time.
struct plan *plan_new(size_t users, size_t k, unsigned d);
void plan_free(struct plan *p);

// The best min(k, candidates) of user u into out[u * k], best first; how many into counts[u]. bytes NULL: by floats. Allocates nothing.
void plan_run(struct plan *p, const struct vectors *v, const struct quantised *bytes, const struct score_query *queries, size_t users,
              size_t k, struct topk_entry *out, size_t *counts);

// The choice itself. candidates[u]: how many rows user u's set has; joins[u] gets whether u takes part in the pass.
void plan_choose(size_t rows, const size_t *candidates, size_t users, bool *joins);

#endif

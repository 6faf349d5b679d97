// scan.h: the best k of the whole matrix, or of the rows whose bit is set, for one user or many in one pass.
//
// Tiles of rows are turned, so that sixteen rows stand side by side, and multiplied with as many users as the registers hold; the result is
// compared with each user's bound while it is hot, so no scores are written. With `bytes` the rounded rows are read and multiplied, four
// products in the place of one. Who may be among the best is scored again (shortlist.h): the result is that of gather_top.
#ifndef RF_MODEL_SCAN_H
#define RF_MODEL_SCAN_H

#include "quantised.h"
#include "topk.h"

struct scan;
// Memory for questions of up to `users` users, k and d. NULL: none to be had. One thread at a time.
struct scan *scan_new(size_t users, size_t k, unsigned d);
void scan_free(struct scan *s);

// queries[users] without lists (rows NULL). The best min(k, eligible rows) of user u into out[u * k], best first; how many into
// counts[u]. bytes NULL: by floats.
void scan_top(struct scan *s, const struct vectors *v, const struct quantised *bytes, const struct score_query *queries, size_t users,
              size_t k, struct topk_entry *out, size_t *counts);

#endif

// score.h: the dot products of one vector with many rows that lie scattered in memory.
//
// The rows are read where they lie; the prefetch of rows ahead hides most of the memory latency. Copying a block together for one
// sgemv was measured no faster for long lists, and slower for short ones by the cost of the call. Pure functions; nothing is allocated. A row's result
// does not depend on the other rows.
#ifndef RF_MODEL_SCORE_H
#define RF_MODEL_SCORE_H

#include <stddef.h>

#define SCORE_BLOCK 256 // rows that those who look things up for scoring take at a time

// out[i] = rows[i] . x; a NULL row scores 0.
void score_rows(const float *const *rows, size_t n, unsigned d, const float *x, float *out);
// The same, one multiplication at a time in double precision: what the fast one is tested against.
void score_rows_reference(const float *const *rows, size_t n, unsigned d, const float *x, float *out);

#endif

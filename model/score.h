// score.h: the dot products of one vector with many rows that lie scattered in memory: gather, then one sgemv per block.
//
// Gathering a block into contiguous scratch first lets BLAS run at its contiguous speed, and the prefetch of rows ahead
// hides most of the memory latency. Pure functions; nothing is allocated. Two results may differ in their last
// bits when a row falls into blocks of different length, so comparisons need a tolerance (1e-5 relative is ample).
#ifndef RF_MODEL_SCORE_H
#define RF_MODEL_SCORE_H

#include <stddef.h>

#define SCORE_BLOCK 256 // rows gathered at a time: 64 KB at d = 64

// out[i] = rows[i] . x; a NULL row scores 0. scratch holds SCORE_BLOCK * d floats.
void score_rows(const float *const *rows, size_t n, unsigned d, const float *x, float *scratch, float *out);
// The same, one multiplication at a time in double precision: what the fast one is tested against.
void score_rows_reference(const float *const *rows, size_t n, unsigned d, const float *x, float *out);

#endif

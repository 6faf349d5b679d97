// als_rows.h: solves the rows of one side while the other side's vectors V stand still: half an epoch of als.h.
//
// alpha0 V'V is the same for every row up to its regulariser, so it is diagonalised once (alpha0 V'V = Q' E Q) and V turned
// into that frame. There a row with n events and D = E + r(row) I asks for
//     x = (D + sum w v v')^-1 sum w v
// with D diagonal, and the cheapest of three ways is taken:
//   n < d       x = D^-1 V' z, (1/w + V D^-1 V') z = 1: n unknowns instead of d (Woodbury). Exact.
//   d small     Cholesky of d x d (foldin.h). Exact.
//   both large  one sweep over blocks of coordinates from the row's last value: the subspace step of iALS++ (Rendle,
//               Krichene, Zhang, Koren 2021, arXiv 2110.14044). The objective falls, the row is not at its optimum yet.
// A row costs O(n d min(n, d)) or O(n d block): linear in events either way once n is large.
#ifndef RF_MODEL_ALS_ROWS_H
#define RF_MODEL_ALS_ROWS_H

#include "foldin.h"
#include "interactions.h"

struct als_frame { // of one fixed side
    struct foldin_space space; // of the turned vectors: `gram` is diagonal
    const float *turn;         // d x d, row k the k-th eigenvector
    const float *vectors;      // the fixed side's rows, turned
    unsigned exact_max, block; // systems of more unknowns than exact_max go by blocks of at most `block`
};

struct als_rows; // scratch of one thread
struct als_rows *als_rows_new(unsigned dimension, unsigned block); // NULL: out of memory
void als_rows_free(struct als_rows *r);

// Solves rows from..to of `matrix`; `solved` (all rows, not turned) holds their last values and receives the new ones. A
// row without events becomes zero.
void als_rows_solve(struct als_rows *r, const struct als_frame *frame, const struct sparse *matrix, size_t from, size_t to,
                    float *solved);

#endif

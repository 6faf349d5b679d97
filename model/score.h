// score.h: what a candidate's score is, and the dot products it is made of.
//
//     score = weight * (row . x) + fixed[row] + extra[i]
//
// This is the definition all ways of finding the best share (gather.h, scan.h, plan.h): whatever they use to leave candidates out, what
// they return was scored here, so the same question has the same answer, bit for bit, by every way. A row's result does not depend
// on the rows beside it. Rows are read where they lie, those ahead are prefetched. Pure functions; nothing is allocated.
#ifndef RF_MODEL_SCORE_H
#define RF_MODEL_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCORE_BLOCK 256 // rows that those who look things up for scoring take at a time
#define SCORE_NO_ROW UINT32_MAX

// The matrix: n rows of d floats, `stride` floats apart.
struct vectors {
    const float *rows;
    size_t stride, n;
    unsigned d;
    float longest; // no row is longer; infinite when one is not finite
};
// Reads all rows once for `longest`.
struct vectors vectors_of(const float *rows, size_t stride, size_t n, unsigned d);
// The Euclidean length of x, rounded up; infinite when x is not finite.
float vectors_length(const float *x, unsigned d);

// One person's question. Candidates are numbered by position: in a list the i-th entry, else the row.
struct score_query {
    const float *x;            // d floats
    float weight;
    const float *fixed;        // by row; NULL: none
    const uint32_t *rows;      // the candidates, in any order; SCORE_NO_ROW has neither vector nor fixed part. NULL: no list, but
    const uint64_t *eligible;  // the rows whose bit is set, n of the matrix rounded up to 64 bits; NULL: all rows
    size_t count;              // of `rows`
    const uint32_t *ids;       // by position: who the candidate is, for ties and for the result; NULL: its row
    const float *extra;        // by position; NULL: none
};
static inline uint32_t score_row(const struct score_query *q, uint32_t position) { return q->rows ? q->rows[position] : position; }
static inline uint32_t score_id(const struct score_query *q, uint32_t position) {
    return q->ids ? q->ids[position] : score_row(q, position);
}
static inline size_t score_positions(const struct vectors *v, const struct score_query *q) { return q->rows ? q->count : v->n; }

// Whether no sum over a row of at most `longest` can overflow, so that bounds by lengths hold; *length gets that of x.
bool score_is_bounded(const struct score_query *q, unsigned d, float longest, float *length);
// What float32 sums over d products may be off, as a part of |row| |x|, twice (an approximate and the exact one), with the few
// multiplications after them.
static inline double score_sum_error(unsigned d) { return (d + 16) * 0x1p-23; }

// The scores of n positions.
void score_at(const struct vectors *v, const struct score_query *q, const uint32_t *positions, size_t n, float *out);
// The next positions after *at that are candidates, ascending, at most `limit`; how many. *at moves on; it starts at 0.
size_t score_candidates(const struct vectors *v, const struct score_query *q, size_t *at, uint32_t *positions, size_t limit);

// out[i] = rows[i] . x; a NULL row scores 0.
void score_rows(const float *const *rows, size_t n, unsigned d, const float *x, float *out);
// The same, one multiplication at a time in double precision: what the fast one is tested against.
void score_rows_reference(const float *const *rows, size_t n, unsigned d, const float *x, float *out);

#endif

#include "score.h"

#include <math.h>

#include "lanes.h"

#define PREFETCH_AHEAD 32 // rows; 12 is a fifth slower, 24 nearly as fast
#define LENGTH_MAX 1e37

LANES_INLINE void prefetch_row(const float *row, unsigned d) {
    for (unsigned i = 0; i < d; i += LANES) __builtin_prefetch(row + i);
}

LANES_INLINE lanes_f products(const float *row, const float *x, unsigned d) {
    lanes_f sum = {0};
    unsigned i = 0;
    for (; i + LANES <= d; i += LANES) sum = lanes_fma(lanes_load(row + i), lanes_load(x + i), sum);
    return i < d ? lanes_fma(lanes_load_some(row + i, d - i), lanes_load_some(x + i, d - i), sum) : sum;
}

// `d` is a constant where it is called for the usual dimensions, so that x stays in registers.
LANES_INLINE void score_blocks(const float *const *rows, size_t n, unsigned d, const float *x, float *out) {
    size_t i = 0;
    for (; i < n && i < PREFETCH_AHEAD; i++)
        if (rows[i]) prefetch_row(rows[i], d);
    for (i = 0; i + LANES <= n; i += LANES) {
        lanes_f sums[LANES];
        for (unsigned r = 0; r < LANES; r++) {
            const float *row = rows[i + r];
            if (i + r + PREFETCH_AHEAD < n && rows[i + r + PREFETCH_AHEAD]) prefetch_row(rows[i + r + PREFETCH_AHEAD], d);
            sums[r] = row ? products(row, x, d) : (lanes_f){0};
        }
        lanes_store(out + i, lanes_add_up(sums));
    }
    for (; i < n; i++) out[i] = rows[i] ? lanes_sum(products(rows[i], x, d)) : 0.0f;
}

void score_rows(const float *const *rows, size_t n, unsigned d, const float *x, float *out) {
    if (d == 64) score_blocks(rows, n, 64, x, out);
    else if (d == 128) score_blocks(rows, n, 128, x, out);
    else score_blocks(rows, n, d, x, out);
}

void score_rows_reference(const float *const *rows, size_t n, unsigned d, const float *x, float *out) {
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (unsigned k = 0; rows[i] && k < d; k++) sum += (double)rows[i][k] * (double)x[k];
        out[i] = (float)sum;
    }
}

void score_at(const struct vectors *v, const struct score_query *q, const uint32_t *positions, size_t n, float *out) {
    const float *rows[SCORE_BLOCK];
    for (size_t done = 0; done < n; done += SCORE_BLOCK, positions += SCORE_BLOCK, out += SCORE_BLOCK) {
        size_t block = n - done < SCORE_BLOCK ? n - done : SCORE_BLOCK;
        for (size_t i = 0; i < block; i++) {
            uint32_t row = score_row(q, positions[i]);
            rows[i] = row == SCORE_NO_ROW ? NULL : v->rows + row * v->stride;
        }
        score_rows(rows, block, v->d, q->x, out);
        for (size_t i = 0; i < block; i++) out[i] *= q->weight;
        for (size_t i = 0; q->fixed && i < block; i++)
            if (rows[i]) out[i] += q->fixed[score_row(q, positions[i])];
        for (size_t i = 0; q->extra && i < block; i++) out[i] += q->extra[positions[i]];
    }
}

size_t score_candidates(const struct vectors *v, const struct score_query *q, size_t *at, uint32_t *positions, size_t limit) {
    size_t end = score_positions(v, q), found = 0;
    if (q->rows || !q->eligible) {
        for (; found < limit && *at < end; found++) positions[found] = (uint32_t)(*at)++;
        return found;
    }
    while (*at < end && found < limit) {
        uint64_t bits = q->eligible[*at / 64] >> (*at % 64);
        if (bits == 0) {
            *at = (*at / 64 + 1) * 64;
            continue;
        }
        *at += (size_t)__builtin_ctzll(bits);
        if (*at < end) positions[found++] = (uint32_t)(*at)++;
    }
    return found;
}

float vectors_length(const float *x, unsigned d) {
    double square = 0;
    for (unsigned i = 0; i < d; i++) square += (double)x[i] * (double)x[i];
    float length = (float)(sqrt(square) * (1 + 1e-6));
    return isnan(length) ? INFINITY : length;
}

bool score_is_bounded(const struct score_query *q, unsigned d, float longest, float *length) {
    double weight = fabs((double)q->weight);
    *length = vectors_length(q->x, d);
    return (double)*length * (double)longest * (weight > 1 ? weight : 1) < LENGTH_MAX;
}

struct vectors vectors_of(const float *rows, size_t stride, size_t n, unsigned d) {
    struct vectors v = {.rows = rows, .stride = stride, .n = n, .d = d};
    for (size_t i = 0; i < n; i++) {
        float length = vectors_length(rows + i * stride, d);
        if (length > v.longest) v.longest = length;
    }
    return v;
}

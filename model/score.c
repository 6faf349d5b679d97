#include "score.h"

#define LANES 16         // sums that do not depend on each other: what one or two vector registers hold
#define PREFETCH_AHEAD 12 // rows; measured flat between 8 and 24

static void prefetch_row(const float *row, unsigned d) {
    for (unsigned i = 0; i < d; i += 16) __builtin_prefetch(row + i);
}

static float dot(const float *a, const float *b, unsigned d) {
    float lanes[LANES] = {0};
    unsigned k = 0;
    for (; k + LANES <= d; k += LANES)
        for (unsigned l = 0; l < LANES; l++) lanes[l] += a[k + l] * b[k + l];
    for (unsigned half = LANES / 2; half; half /= 2)
        for (unsigned l = 0; l < half; l++) lanes[l] += lanes[l + half];
    for (; k < d; k++) lanes[0] += a[k] * b[k];
    return lanes[0];
}

void score_rows(const float *const *rows, size_t n, unsigned d, const float *x, float *out) {
    for (size_t i = 0; i < n && i < PREFETCH_AHEAD; i++)
        if (rows[i]) prefetch_row(rows[i], d);
    for (size_t i = 0; i < n; i++) {
        if (i + PREFETCH_AHEAD < n && rows[i + PREFETCH_AHEAD]) prefetch_row(rows[i + PREFETCH_AHEAD], d);
        out[i] = rows[i] ? dot(rows[i], x, d) : 0.0f;
    }
}

void score_rows_reference(const float *const *rows, size_t n, unsigned d, const float *x, float *out) {
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (unsigned k = 0; rows[i] && k < d; k++) sum += (double)rows[i][k] * (double)x[k];
        out[i] = (float)sum;
    }
}

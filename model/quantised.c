#include "quantised.h"

#include <math.h>
#include <stdlib.h>

#include "pages.h"

#define ROUND_UP (1.0 + 0x1p-17) // covers the float32 arithmetic that bounds are computed and used with
#define SCALE_MIN 1e-30f

static uint32_t bits_of(float x) {
    union { float value; uint32_t bits; } u = {x};
    return u.bits;
}

// The upper half of the smallest such float >= x >= 0.
static uint16_t half_above(double x) {
    float f = (float)(x * ROUND_UP);
    return isinf(f) ? 0x7F80 : (uint16_t)((bits_of(f) + 0xFFFF) >> 16);
}

// 0 for what is so small that products with it would lose bits below the smallest float: then all of it is rest.
static float scale_of(const float *x, unsigned d) {
    float most = 0.0f;
    for (unsigned i = 0; i < d; i++) most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
    return most > SCALE_MIN * 127.0f ? most / 127.0f : 0.0f;
}

// Rounds d floats to bytes of `scale`; the lengths of what stands for them and of the rest.
static void round_floats(const float *x, unsigned d, float scale, int8_t *out, double *length, double *rest) {
    double square = 0, rest_square = 0, inverse = scale > 0.0f ? 1.0 / (double)scale : 0.0;
    for (unsigned i = 0; i < d; i++) {
        double q = (double)x[i] * inverse;
        q = q > 127.0 ? 127.0 : q < -127.0 ? -127.0 : q;
        int byte = (int)(q + (q < 0 ? -0.5 : 0.5)); // the nearest or next to it: what it is off is measured, not assumed
        double stands_for = byte * (double)scale, off = (double)x[i] - stands_for;
        out[i] = (int8_t)byte;
        square += stands_for * stands_for;
        rest_square += off * off;
    }
    *length = sqrt(square);
    *rest = sqrt(rest_square);
}

static void row_round(const float *row, unsigned d, size_t stride, uint8_t *out, struct quantised_bound *bound, float *longest) {
    double stands_for, rest;
    float length = vectors_length(row, d);
    for (size_t i = 0; i < stride; i++) out[i] = 128;
    *bound = (struct quantised_bound){0.0f, 0x7F80, 0};
    if (isinf(length)) return;
    bound->scale = scale_of(row, d);
    round_floats(row, d, bound->scale, (int8_t *)out, &stands_for, &rest);
    for (unsigned i = 0; i < d; i++) out[i] = (uint8_t)((int8_t)out[i] + 128);
    bound->error = half_above(rest + (double)length * score_sum_error(d));
    bound->length = half_above(stands_for);
    if (length > *longest) *longest = length;
}

struct quantised *quantised_new(const float *rows, size_t stride, size_t n, unsigned d) {
    struct quantised *q = calloc(1, sizeof *q);
    if (!q) return NULL;
    *q = (struct quantised){.n = n, .stride = (d + 63u) / 64u * 64u, .d = d};
    uint8_t *bytes = pages_new(n * q->stride);
    struct quantised_bound *bounds = pages_new(n * sizeof *bounds);
    q->rows = bytes;
    q->bounds = bounds;
    if (!bytes || !bounds) {
        quantised_free(q);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) row_round(rows + i * stride, d, q->stride, bytes + i * q->stride, &bounds[i], &q->longest);
    return q;
}

void quantised_free(struct quantised *q) {
    if (!q) return;
    pages_free((void *)(uintptr_t)q->rows, q->n * q->stride);
    pages_free((void *)(uintptr_t)q->bounds, q->n * sizeof *q->bounds);
    free(q);
}

size_t quantised_size_bytes(const struct quantised *q) {
    return q->n * (q->stride + sizeof *q->bounds);
}

bool quantised_user(const struct quantised *q, const struct score_query *query, int8_t *bytes, struct quantised_user *out) {
    double stands_for, rest, weight = fabs((double)query->weight);
    float length, scale = scale_of(query->x, q->d);
    if (!score_is_bounded(query, q->d, q->longest, &length)) return false;
    round_floats(query->x, q->d, scale, bytes, &stands_for, &rest);
    for (size_t i = q->d; i < q->stride; i++) bytes[i] = 0;
    *out = (struct quantised_user){.scale = scale * query->weight,
                                   .length = (float)((double)length * weight * ROUND_UP * ROUND_UP),
                                   .rest = (float)(rest * weight * ROUND_UP * ROUND_UP)};
    for (unsigned i = 0; i < q->d; i++) out->bias += 128 * bytes[i];
    return true;
}

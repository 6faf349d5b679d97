// quantised.h: the matrix once more with a byte for each float, and how wrong that can make a dot product.
//
// Row i is scale_i (q_i - 128) plus a rest; a user's vector is scale p plus a rest. With lengths and rests by Cauchy-Schwarz
//
//     | y.x - scale_i scale (q_i - 128).p |  <=  |rest_i| |x| + |scale_i (q_i - 128)| |rest of x|
//
// Both parts are kept per row, rounded up, together with what float32 sums may be off themselves. A row that is not finite has an infinite
// error: nothing is known of it. Rows are in huge pages and padded to 64 bytes: d 64 costs 72 bytes a row beside the 256 of its floats.
#ifndef RF_MODEL_QUANTISED_H
#define RF_MODEL_QUANTISED_H

#include <stdbool.h>

#include "score.h"

#define QUANTISED_STRIDE_MAX 1024 // bytes of a row: of the largest dimension

struct quantised_bound { // of one row
    float scale;
    uint16_t error, length; // the upper halves of floats: of the rest, of what stands for the row
};

struct quantised {
    size_t n, stride;    // bytes from one row to the next
    unsigned d;
    float longest;       // of the finite rows
    const uint8_t *rows; // 128 means 0
    const struct quantised_bound *bounds;
};
struct quantised *quantised_new(const float *rows, size_t stride, size_t n, unsigned d); // NULL: no memory
void quantised_free(struct quantised *q);
size_t quantised_size_bytes(const struct quantised *q);

static inline float quantised_float(uint32_t bits) {
    union { uint32_t bits; float value; } u = {bits};
    return u.value;
}
static inline float quantised_error(struct quantised_bound b) { return quantised_float((uint32_t)b.error << 16); }
static inline float quantised_length(struct quantised_bound b) { return quantised_float((uint32_t)b.length << 16); }

// A query's vector and weight: score without the additions = scale_i * scale * (sum of q_i p - bias), within
// error_i * length + length_i * rest.
struct quantised_user {
    float scale, length, rest;
    int32_t bias;
};
// `bytes` gets the vector, padded with 0 to the stride of `q`. false: nothing can be said (not finite, or so long that sums overflow).
bool quantised_user(const struct quantised *q, const struct score_query *query, int8_t *bytes, struct quantised_user *out);

#endif

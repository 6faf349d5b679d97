#include "foldin.h"

#include "blas.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Vectors are collected in a block before their outer products are added: one ssyrk of 64 rows costs a fraction of 64
// rank-1 updates, and 64 rows of d = 256 (64 KB) stay in a core's own cache.
#define BLOCK_ROWS 64

struct foldin {
    const struct foldin_space *space;
    unsigned dimension, rows; // rows waiting in the block
    float weights;            // sum so far
    float *a, *b, *block;     // d x d, d, BLOCK_ROWS x d; one allocation
};

float foldin_regulariser(const struct foldin_space *space, float weights) {
    float seen = weights + space->unobserved;
    return space->lambda * (space->nu == 1.0f ? seen : powf(seen, space->nu));
}

struct foldin *foldin_new(unsigned dimension) {
    assert(dimension > 0);
    struct foldin *f = calloc(1, sizeof *f);
    size_t d = dimension, floats = d * d + BLOCK_ROWS * d + d;
    float *memory = aligned_alloc(64, (floats * sizeof(float) + 63) / 64 * 64);
    if (f == NULL || memory == NULL) {
        free(memory);
        free(f);
        return NULL;
    }
    f->dimension = dimension;
    f->a = memory;
    f->block = memory + d * d;
    f->b = f->block + BLOCK_ROWS * d;
    return f;
}

void foldin_free(struct foldin *f) {
    if (f == NULL) return;
    free(f->a);
    free(f);
}

void foldin_begin(struct foldin *f, const struct foldin_space *space) {
    assert(space->dimension == f->dimension);
    f->space = space;
    f->rows = 0;
    f->weights = 0.0f;
    memcpy(f->a, space->gram, sizeof(float) * f->dimension * f->dimension);
    memset(f->b, 0, sizeof(float) * f->dimension);
}

static void flush_block(struct foldin *f) {
    blas_add_outer(f->block, f->rows, f->dimension, f->dimension, 1.0f, f->a);
    f->rows = 0;
}

void foldin_add(struct foldin *f, const float *vector, float weight) {
    assert(weight > 0.0f);
    if (f->rows == BLOCK_ROWS) flush_block(f);
    float *restrict row = f->block + (size_t)f->rows * f->dimension;
    float *restrict b = f->b;
    float root = sqrtf(weight);
    for (unsigned i = 0; i < f->dimension; i++) {
        row[i] = root * vector[i];
        b[i] += weight * vector[i];
    }
    f->rows++;
    f->weights += weight;
}

bool foldin_solve(struct foldin *f, float *x) {
    flush_block(f);
    float regulariser = foldin_regulariser(f->space, f->weights);
    for (size_t i = 0; i < f->dimension; i++) f->a[i * f->dimension + i] += regulariser;
    bool solved = f->weights > 0.0f && blas_solve(f->a, f->b, f->dimension);
    if (solved) memcpy(x, f->b, sizeof(float) * f->dimension);
    else memset(x, 0, sizeof(float) * f->dimension);
    return solved;
}

void foldin_apply(const struct foldin *f, float *b, size_t n) {
    blas_solve_again(f->a, b, n, f->dimension);
}

#include "als_rows.h"

#include "blas.h"

#include <math.h>
#include <stdlib.h>

#define BATCH_ROWS 64 // turned back together

struct als_rows {
    unsigned dimension;
    struct foldin *foldin;
    float *memory;         // one allocation for all below
    float *scaled;         // d x d: the row's vectors times D^-1/2, or a chunk of a block's columns
    float *system;         // d x d
    float *unknown, *diagonal, *inverse_root; // d each
    float *batch;          // BATCH_ROWS x d solutions in the frame
    float *misses;         // grows with the longest row solved by blocks
    size_t misses_held;
};

struct als_rows *als_rows_new(unsigned dimension, unsigned block) {
    struct als_rows *r = calloc(1, sizeof *r);
    size_t d = dimension, square = d > block ? d * d : (size_t)block * block;
    size_t floats = 2 * square + (3 + BATCH_ROWS) * d;
    if (r == NULL) return NULL;
    r->dimension = dimension;
    r->foldin = foldin_new(dimension);
    r->memory = aligned_alloc(64, (floats * sizeof(float) + 63) / 64 * 64);
    if (r->foldin == NULL || r->memory == NULL) {
        als_rows_free(r);
        return NULL;
    }
    r->scaled = r->memory;
    r->system = r->scaled + square;
    r->batch = r->system + square;
    r->unknown = r->batch + BATCH_ROWS * d;
    r->diagonal = r->unknown + d;
    r->inverse_root = r->diagonal + d;
    return r;
}

void als_rows_free(struct als_rows *r) {
    if (r == NULL) return;
    foldin_free(r->foldin);
    free(r->memory);
    free(r->misses);
    free(r);
}

struct row { // one row's events
    const struct als_frame *frame;
    const uint32_t *column;
    const float *weight;
    size_t count;
};

static const float *vector_of(const struct row *row, size_t i) {
    return row->frame->vectors + (size_t)row->column[i] * row->frame->space.dimension;
}

static void fill_diagonal(struct als_rows *r, const struct row *row) {
    const struct foldin_space *space = &row->frame->space;
    float weights = 0.0f;
    for (size_t i = 0; i < row->count; i++) weights += row->weight[i];
    float regulariser = foldin_regulariser(space, weights);
    for (size_t k = 0; k < r->dimension; k++) r->diagonal[k] = space->gram[k * r->dimension + k] + regulariser;
}

// ---- n unknowns ---------------------------------------------------------------------------------------------------

static bool solve_dual(struct als_rows *r, const struct row *row, float *x) {
    size_t d = r->dimension, n = row->count;
    for (size_t k = 0; k < d; k++) r->inverse_root[k] = 1.0f / sqrtf(r->diagonal[k]);
    for (size_t i = 0; i < n; i++) {
        const float *restrict v = vector_of(row, i), *restrict s = r->inverse_root;
        float *restrict to = r->scaled + i * d;
        for (size_t k = 0; k < d; k++) to[k] = v[k] * s[k];
    }
    blas_products(r->scaled, n, d, (unsigned)d, r->system);
    for (size_t i = 0; i < n; i++) {
        r->system[i * n + i] += 1.0f / row->weight[i];
        r->unknown[i] = 1.0f;
    }
    if (!blas_solve(r->system, r->unknown, (unsigned)n)) return false;
    blas_combine(r->unknown, 1, n, r->scaled, (unsigned)d, x);
    for (size_t k = 0; k < d; k++) x[k] *= r->inverse_root[k];
    return true;
}

// ---- d unknowns ---------------------------------------------------------------------------------------------------

static bool solve_primal(struct als_rows *r, const struct row *row, float *x) {
    foldin_begin(r->foldin, &row->frame->space);
    for (size_t i = 0; i < row->count; i++) foldin_add(r->foldin, vector_of(row, i), row->weight[i]);
    return foldin_solve(r->foldin, x);
}

// ---- by blocks ----------------------------------------------------------------------------------------------------

// misses[i] = 1 - v_i . x, kept up to date as x changes.
static bool start_misses(struct als_rows *r, const struct row *row, const float *x) {
    if (row->count > r->misses_held) {
        float *more = realloc(r->misses, row->count * sizeof *more);
        if (more == NULL) return false;
        r->misses = more;
        r->misses_held = row->count;
    }
    for (size_t i = 0; i < row->count; i++) {
        float score;
        blas_dots(vector_of(row, i), 1, r->dimension, r->dimension, x, &score);
        r->misses[i] = 1.0f - score;
    }
    return true;
}

// Adds sum w v v' of the block's coordinates to the system and sum w miss v to the right side, a chunk at a time.
static void add_block(struct als_rows *r, const struct row *row, size_t first, unsigned width) {
    size_t chunk_rows = r->dimension;
    for (size_t from = 0; from < row->count; from += chunk_rows) {
        size_t n = row->count - from < chunk_rows ? row->count - from : chunk_rows;
        for (size_t i = 0; i < n; i++) {
            const float *v = vector_of(row, from + i) + first;
            float weight = row->weight[from + i], root = sqrtf(weight), pull = weight * r->misses[from + i];
            for (unsigned k = 0; k < width; k++) {
                r->scaled[i * width + k] = root * v[k];
                r->unknown[k] += pull * v[k];
            }
        }
        blas_add_outer(r->scaled, n, width, width, 1.0f, r->system);
    }
}

static bool step_block(struct als_rows *r, const struct row *row, size_t first, unsigned width, float *x) {
    memset(r->system, 0, sizeof(float) * width * width);
    for (size_t k = 0; k < width; k++) {
        r->system[k * width + k] = r->diagonal[first + k];
        r->unknown[k] = -r->diagonal[first + k] * x[first + k];
    }
    add_block(r, row, first, width);
    if (!blas_solve(r->system, r->unknown, width)) return false;
    for (size_t i = 0; i < row->count; i++) {
        float change;
        blas_dots(vector_of(row, i) + first, 1, width, width, r->unknown, &change);
        r->misses[i] -= change;
    }
    for (size_t k = 0; k < width; k++) x[first + k] += r->unknown[k];
    return true;
}

static bool solve_blocks(struct als_rows *r, const struct row *row, const float *last, float *x) {
    const struct als_frame *f = row->frame;
    blas_dots(f->turn, r->dimension, r->dimension, r->dimension, last, x);
    bool good = start_misses(r, row, x);
    for (unsigned first = 0; good && first < r->dimension; first += f->block) {
        unsigned left = r->dimension - first;
        good = step_block(r, row, first, left < f->block ? left : f->block, x);
    }
    return good;
}

// ---- rows ---------------------------------------------------------------------------------------------------------

static void solve_row(struct als_rows *r, const struct row *row, const float *last, float *x) {
    size_t smaller = row->count < r->dimension ? row->count : r->dimension;
    fill_diagonal(r, row);
    bool good = row->count > 0;
    if (good && smaller > row->frame->exact_max) good = solve_blocks(r, row, last, x);
    else if (good) good = row->count < r->dimension ? solve_dual(r, row, x) : solve_primal(r, row, x);
    if (!good) memset(x, 0, sizeof(float) * r->dimension);
}

void als_rows_solve(struct als_rows *r, const struct als_frame *frame, const struct sparse *m, size_t from, size_t to,
                    float *solved) {
    size_t d = r->dimension;
    for (size_t first = from; first < to; first += BATCH_ROWS) {
        size_t n = to - first < BATCH_ROWS ? to - first : BATCH_ROWS;
        for (size_t i = 0; i < n; i++) {
            uint64_t start = m->start[first + i];
            struct row row = {frame, m->column + start, m->weight + start, (size_t)(m->start[first + i + 1] - start)};
            solve_row(r, &row, solved + (first + i) * d, r->batch + i * d);
        }
        blas_combine(r->batch, n, d, frame->turn, (unsigned)d, solved + first * d);
    }
}

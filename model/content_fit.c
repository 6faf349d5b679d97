// content_fit.c: the ridge regression behind content vectors, for all dimensions at once by conjugate gradients.
//
// Rows and features are walked in their own order by one thread each, so that sums do not depend on the number of threads.
#include "content.h"

#include <math.h>
#include <stdlib.h>

#include "pool.h"

#define GRAIN 256

struct content_options content_defaults(void) {
    return (struct content_options){.ridge = 2.0f, .steps = 16, .threads = 2, .least = 3};
}

// ---- rows ---------------------------------------------------------------------------------------------------------

enum err content_rows_add(struct content_rows *r, const struct content_features *f) {
    size_t count = f ? f->count : 0, used = r->rows ? (size_t)r->start[r->rows] : 0;
    if (r->rows + (size_t)2 > r->rows_held) {
        size_t held = r->rows_held ? r->rows_held * 2 : 1024;
        uint64_t *start = realloc(r->start, held * sizeof *start);
        if (start == NULL) return ERR_NO_MEMORY;
        r->start = start;
        r->rows_held = held;
    }
    if (used + count > r->held) {
        size_t held = r->held * 2 > used + count ? r->held * 2 : used + count + 4096;
        struct content_feature *list = realloc(r->list, held * sizeof *list);
        if (list == NULL) return ERR_NO_MEMORY;
        r->list = list;
        r->held = held;
    }
    if (count) memcpy(r->list + used, f->list, count * sizeof *r->list);
    r->start[r->rows] = used;
    r->start[++r->rows] = used + count;
    return ERR_OK;
}

void content_rows_free(struct content_rows *r) {
    free(r->start);
    free(r->list);
    *r = (struct content_rows){0};
}

void content_map_free(struct content_map *m) {
    free(m->hashes);
    free(m->vectors);
    *m = (struct content_map){0};
}

// ---- the system ---------------------------------------------------------------------------------------------------

struct entry { uint32_t at; float value; }; // of a row: a feature; of a feature: a row

struct system {
    const struct content_rows *rows;
    const uint32_t *row_of;
    const float *touched, *vectors;
    uint32_t products, features;
    unsigned d;
    float ridge;
    uint64_t *hashes;                // [features]
    uint64_t *row_start, *feature_start;
    struct entry *by_row, *by_feature;
    float *confidence;               // [products]
    float *diagonal;                 // [features]
    float *product;                  // products x d: c (x . w) of each
    float *w, *r, *p, *ap;           // features x d
    struct pool *pool;
};

static float confidence_of(float touched) {
    return touched > 0.0f ? touched / (touched + CONTENT_TOUCHED) : 0.0f;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

// The hashes that are on enough products, ascending.
static enum err number_features(struct system *s, unsigned least) {
    size_t count = 0, n = 0;
    for (uint32_t i = 0; i < s->products; i++) {
        uint32_t row = s->row_of[i];
        if (s->confidence[i] > 0.0f) count += (size_t)(s->rows->start[row + 1] - s->rows->start[row]);
    }
    uint64_t *all = malloc((count + 1) * sizeof *all);
    if (all == NULL) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < s->products; i++) {
        uint32_t row = s->row_of[i];
        for (uint64_t k = s->rows->start[row]; s->confidence[i] > 0.0f && k < s->rows->start[row + 1]; k++)
            all[n++] = s->rows->list[k].hash;
    }
    if (n) qsort(all, n, sizeof *all, ascending);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && all[end] == all[i];) end++;
        if (end - i >= least) all[s->features++] = all[i];
    }
    s->hashes = all;
    return ERR_OK;
}

static bool find_hash(const uint64_t *hashes, uint32_t count, uint64_t hash, uint32_t *at) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (hashes[middle] < hash) low = middle + 1;
        else high = middle;
    }
    *at = low;
    return low < count && hashes[low] == hash;
}

static enum err fill_rows(struct system *s) {
    size_t most = s->rows->rows ? (size_t)s->rows->start[s->rows->rows] : 0, n = 0;
    s->row_start = calloc((size_t)s->products + 1, sizeof *s->row_start);
    s->by_row = malloc((most + 1) * sizeof *s->by_row);
    if (!s->row_start || !s->by_row) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < s->products; i++) {
        uint32_t row = s->row_of[i], at;
        for (uint64_t k = s->rows->start[row]; s->confidence[i] > 0.0f && k < s->rows->start[row + 1]; k++)
            if (find_hash(s->hashes, s->features, s->rows->list[k].hash, &at))
                s->by_row[n++] = (struct entry){at, s->rows->list[k].value};
        s->row_start[i + 1] = n;
    }
    return ERR_OK;
}

static enum err fill_features(struct system *s) {
    size_t n = (size_t)s->row_start[s->products];
    s->feature_start = calloc((size_t)s->features + 2, sizeof *s->feature_start);
    s->by_feature = malloc((n + 1) * sizeof *s->by_feature);
    if (!s->feature_start || !s->by_feature) return ERR_NO_MEMORY;
    for (size_t k = 0; k < n; k++) s->feature_start[s->by_row[k].at + 2]++;
    for (uint32_t f = 0; f < s->features; f++) s->feature_start[f + 2] += s->feature_start[f + 1];
    for (uint32_t i = 0; i < s->products; i++)
        for (uint64_t k = s->row_start[i]; k < s->row_start[i + 1]; k++)
            s->by_feature[s->feature_start[s->by_row[k].at + 1]++] = (struct entry){i, s->by_row[k].value};
    return ERR_OK;
}

// ---- conjugate gradients ------------------------------------------------------------------------------------------

static void add_scaled(float *restrict to, const float *restrict from, float scale, unsigned d) {
    for (unsigned k = 0; k < d; k++) to[k] += scale * from[k];
}

static void products_piece(void *arg, unsigned thread, size_t from, size_t to) {
    const struct system *s = arg;
    (void)thread;
    for (size_t i = from; i < to; i++) {
        float *out = s->product + i * s->d;
        memset(out, 0, s->d * sizeof *out);
        for (uint64_t k = s->row_start[i]; k < s->row_start[i + 1]; k++)
            add_scaled(out, s->p + (size_t)s->by_row[k].at * s->d, s->confidence[i] * s->by_row[k].value, s->d);
    }
}

static void features_piece(void *arg, unsigned thread, size_t from, size_t to) {
    const struct system *s = arg;
    (void)thread;
    for (size_t f = from; f < to; f++) {
        float *out = s->ap + f * s->d;
        for (unsigned k = 0; k < s->d; k++) out[k] = s->ridge * s->p[f * s->d + k];
        for (uint64_t k = s->feature_start[f]; k < s->feature_start[f + 1]; k++)
            add_scaled(out, s->product + (size_t)s->by_feature[k].at * s->d, s->by_feature[k].value, s->d);
    }
}

// r = X' C y, and the diagonal of X' C X + ridge.
static void right_side_piece(void *arg, unsigned thread, size_t from, size_t to) {
    const struct system *s = arg;
    (void)thread;
    for (size_t f = from; f < to; f++) {
        s->diagonal[f] = s->ridge;
        for (uint64_t k = s->feature_start[f]; k < s->feature_start[f + 1]; k++) {
            const struct entry *e = &s->by_feature[k];
            float scale = s->confidence[e->at] * e->value;
            s->diagonal[f] += scale * e->value;
            add_scaled(s->r + f * s->d, s->vectors + (size_t)e->at * s->d, scale, s->d);
        }
    }
}

// out[k] = sum over features of a[f][k] b[f][k] / diagonal[f], or without it.
static void inner(const struct system *s, const float *a, const float *b, bool by_diagonal, double *out) {
    memset(out, 0, s->d * sizeof *out);
    for (size_t f = 0; f < s->features; f++) {
        float scale = by_diagonal ? 1.0f / s->diagonal[f] : 1.0f;
        for (unsigned k = 0; k < s->d; k++) out[k] += (double)(a[f * s->d + k] * b[f * s->d + k] * scale);
    }
}

static void step(const struct system *s, const double *rz, const double *pap) {
    for (size_t f = 0; f < s->features; f++) {
        for (unsigned k = 0; k < s->d; k++) {
            size_t at = f * s->d + k;
            float alpha = pap[k] > 0 ? (float)(rz[k] / pap[k]) : 0.0f;
            s->w[at] += alpha * s->p[at];
            s->r[at] -= alpha * s->ap[at];
        }
    }
}

static void turn(const struct system *s, const double *before, const double *after) {
    for (size_t f = 0; f < s->features; f++) {
        for (unsigned k = 0; k < s->d; k++) {
            size_t at = f * s->d + k;
            float beta = before[k] > 0 ? (float)(after[k] / before[k]) : 0.0f;
            s->p[at] = s->r[at] / s->diagonal[f] + beta * s->p[at];
        }
    }
}

static void solve(struct system *s, unsigned steps) {
    double rz[GENERATION_DIMENSION_MAX], pap[GENERATION_DIMENSION_MAX], after[GENERATION_DIMENSION_MAX] = {0};
    pool_run(s->pool, s->features, GRAIN, right_side_piece, s);
    turn(s, after, after); // p = r / diagonal
    inner(s, s->r, s->r, true, rz);
    for (unsigned i = 0; i < steps; i++) {
        pool_run(s->pool, s->products, GRAIN, products_piece, s);
        pool_run(s->pool, s->features, GRAIN, features_piece, s);
        inner(s, s->p, s->ap, false, pap);
        step(s, rz, pap);
        inner(s, s->r, s->r, true, after);
        turn(s, rz, after);
        memcpy(rz, after, s->d * sizeof *rz);
    }
}

static enum err take_room(struct system *s, unsigned threads) {
    size_t n = (size_t)s->features * s->d + 1;
    s->diagonal = calloc((size_t)s->features + 1, sizeof *s->diagonal);
    s->product = malloc(((size_t)s->products * s->d + 1) * sizeof *s->product);
    s->w = calloc(n, sizeof *s->w);
    s->r = calloc(n, sizeof *s->r);
    s->p = calloc(n, sizeof *s->p);
    s->ap = calloc(n, sizeof *s->ap);
    s->pool = pool_new(threads);
    return s->diagonal && s->product && s->w && s->r && s->p && s->ap && s->pool ? ERR_OK : ERR_NO_MEMORY;
}

static enum err build(struct system *s, const struct content_options *o) {
    s->confidence = malloc(((size_t)s->products + 1) * sizeof *s->confidence);
    if (s->confidence == NULL) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < s->products; i++) s->confidence[i] = confidence_of(s->touched[i]);
    TRY(number_features(s, o->least));
    TRY(fill_rows(s));
    TRY(fill_features(s));
    TRY(take_room(s, o->threads));
    solve(s, o->steps);
    return ERR_OK;
}

enum err content_fit(const struct content_rows *r, const uint32_t *row_of, const float *touched, const float *vectors,
                     uint32_t products, unsigned dimension, const struct content_options *o, struct content_map *out) {
    struct system s = {.rows = r, .row_of = row_of, .touched = touched, .vectors = vectors, .products = products,
                       .d = dimension, .ridge = o->ridge};
    *out = (struct content_map){0};
    enum err e = build(&s, o);
    if (e == ERR_OK) *out = (struct content_map){s.features, dimension, s.hashes, s.w};
    else free(s.hashes), free(s.w);
    free(s.row_start);
    free(s.feature_start);
    free(s.by_row);
    free(s.by_feature);
    free(s.confidence);
    free(s.diagonal);
    free(s.product);
    free(s.r);
    free(s.p);
    free(s.ap);
    pool_free(s.pool);
    return e;
}

bool content_apply(const struct content_map *m, const struct content_feature *list, size_t count, float *out) {
    unsigned known = 0;
    memset(out, 0, m->dimension * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        uint32_t at;
        if (!find_hash(m->hashes, m->features, list[i].hash, &at)) continue;
        if (list[i].hash != CONTENT_ALL) known++;
        add_scaled(out, m->vectors + (size_t)at * m->dimension, list[i].value, m->dimension);
    }
    if (known == 0) memset(out, 0, m->dimension * sizeof *out);
    return known > 0;
}

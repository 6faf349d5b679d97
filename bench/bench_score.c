// Scoring scattered candidates, on made-up arrays: 1 M rows of 64 floats in huge pages, ids drawn uniformly, other ones every
// time, so that nothing is in a cache. The rows to compare with stand in the same run: the plain loop, and reading the same
// cache lines without computing anything.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench/bench.h"
#include "model/foldin.h"
#include "model/score.h"
#include "model/topk.h"

#define ROWS 1000000u
#define DIMENSION 64u
#define LINE_FLOATS 16u
#define CANDIDATES_MAX 5000u
#define DRAWN (1u << 20) // ids, used in turn
#define TOP 20

struct arrays {
    float *matrix, *scores;
    const float **rows;
    uint32_t *ids;
    float x[DIMENSION];
};

static float *huge_floats(size_t count) {
    size_t bytes = count * sizeof(float);
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    (void)madvise(p, bytes, MADV_HUGEPAGE); // advice: without it the rows are only slower
    return p;
}

static float small_float(struct bench_random *r) { return (float)(bench_draw(r) >> 40) * 0x1p-24f - 0.5f; }

static bool arrays_make(struct arrays *a) {
    struct bench_random r = {64};
    a->matrix = huge_floats((size_t)ROWS * DIMENSION);
    a->scores = huge_floats(CANDIDATES_MAX);
    a->rows = malloc(CANDIDATES_MAX * sizeof *a->rows);
    a->ids = malloc((DRAWN + CANDIDATES_MAX) * sizeof *a->ids);
    if (!a->matrix || !a->scores || !a->rows || !a->ids) return false;
    for (size_t i = 0; i < (size_t)ROWS * DIMENSION; i++) a->matrix[i] = small_float(&r);
    for (unsigned i = 0; i < DRAWN + CANDIDATES_MAX; i++) a->ids[i] = bench_below(&r, ROWS);
    for (unsigned i = 0; i < DIMENSION; i++) a->x[i] = small_float(&r);
    return true;
}

static struct arrays *arrays(struct gbench *g) {
    static struct arrays made;
    static bool tried, good;
    if (!tried) good = arrays_make(&made);
    tried = true;
    if (!good) gbench_skip(g, "no memory for 1 M rows");
    return good ? &made : NULL;
}

// The next n candidates; `at` walks through the drawn ids.
static const uint32_t *candidates(struct arrays *a, unsigned n, unsigned *at) {
    const uint32_t *ids = a->ids + *at;
    *at = (*at + n) % DRAWN;
    for (unsigned i = 0; i < n; i++) a->rows[i] = a->matrix + (size_t)ids[i] * DIMENSION;
    return ids;
}

static void score(struct gbench *g, long n) {
    struct arrays *a = arrays(g);
    struct topk_entry top[TOP];
    unsigned at = 0;
    double done = 0;
    while (a && gbench_next(g)) {
        const uint32_t *ids = candidates(a, (unsigned)n, &at);
        score_rows(a->rows, (size_t)n, DIMENSION, a->x, a->scores);
        topk_select(a->scores, ids, (size_t)n, TOP, top);
        gbench_use(top);
        done += (double)n;
    }
    gbench_items(g, done);
}

static void plain(struct gbench *g, long n) {
    struct arrays *a = arrays(g);
    struct topk_entry top[TOP];
    unsigned at = 0;
    double done = 0;
    while (a && gbench_next(g)) {
        const uint32_t *ids = candidates(a, (unsigned)n, &at);
        score_rows_reference(a->rows, (size_t)n, DIMENSION, a->x, a->scores);
        topk_select(a->scores, ids, (size_t)n, TOP, top);
        gbench_use(top);
        done += (double)n;
    }
    gbench_items(g, done);
}

// One float of every cache line of every row, in the order the scorer meets them.
static void reads(struct gbench *g, long n) {
    struct arrays *a = arrays(g);
    unsigned at = 0;
    double done = 0;
    while (a && gbench_next(g)) {
        float sum[DIMENSION / LINE_FLOATS] = {0};
        candidates(a, (unsigned)n, &at);
        for (long i = 0; i < n; i++)
            for (unsigned l = 0; l < DIMENSION / LINE_FLOATS; l++) sum[l] += a->rows[i][l * LINE_FLOATS];
        gbench_use(sum);
        done += (double)n;
    }
    gbench_items(g, done);
}

static void top(struct gbench *g, long n) {
    struct arrays *a = arrays(g);
    struct topk_entry best[TOP];
    for (unsigned at = 0; a && gbench_next(g); at = (at + 4096) % (16 * 1000 * 1000)) {
        topk_select(a->matrix + at, NULL, (size_t)n, TOP, best); // the matrix is as good a list of scores as any
        gbench_use(best);
    }
}

static void fold(struct gbench *g, long events) {
    struct arrays *a = arrays(g);
    struct foldin *f = a ? foldin_new(DIMENSION) : NULL;
    static float gram[DIMENSION * DIMENSION];
    float x[DIMENSION];
    unsigned at = 0;
    for (unsigned i = 0; i < DIMENSION; i++) gram[i * DIMENSION + i] = 1.0f;
    struct foldin_space space = {.dimension = DIMENSION, .gram = gram, .unobserved = 1.0f, .lambda = 0.05f, .nu = 1.0f};
    while (f && gbench_next(g)) {
        candidates(a, (unsigned)events, &at);
        foldin_begin(f, &space);
        for (long i = 0; i < events; i++) foldin_add(f, a->rows[i], 1.0f);
        (void)foldin_solve(f, x);
        gbench_use(x);
    }
    foldin_free(f);
}

void bench_score_add(void) {
    static const struct { const char *name; gbench_fn *fn; long args[3]; } rows[] = {
        {"scattered_top20", score, {200, 1000, 5000}},
        {"plain_loop_top20", plain, {200, 1000, 5000}},
        {"bare_random_reads", reads, {200, 1000, 5000}},
        {"top20_of", top, {1000, 100000, 1000000}},
        {"fold_in_events", fold, {5, 50, 200}}};
    for (unsigned a = 0; a < 3; a++)
        for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
            char name[64];
            snprintf(name, sizeof name, "score/%s/%ld", rows[i].name, rows[i].args[a]);
            gbench_add(name, rows[i].fn, rows[i].args[a]);
        }
}

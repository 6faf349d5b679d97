// Exact answers: a list of candidates, the whole matrix for one user, and for batches.
#include <stdio.h>
#include <stdlib.h>

#include <cblas.h>

#include "bench/gbench.h"
#include "bench/vectors/vectors.h"
#include "model/lanes.h"

#define LIST 1000u

// ---- a list of random candidates ------------------------------------------------------------------------------------------

static struct score_query list_query(struct vectors_data *d, size_t n) {
    return (struct score_query){.x = vectors_users(d, 1), .weight = 1.0f, .rows = d->list + vectors_candidates(d, n), .count = n};
}

// One float of every cache line of every row.
static void bare_reads(struct vectors_data *d, size_t n) {
    struct score_query q = list_query(d, n);
    float sum[D / LANES] = {0};
    for (size_t i = 0; i < n; i++)
        for (unsigned l = 0; l < D / LANES; l++) sum[l] += d->rows[(size_t)q.rows[i] * D + l * LANES];
    gbench_use(sum);
}

// The same with the rows ahead asked for in time.
static void prefetched_reads(struct vectors_data *d, size_t n) {
    struct score_query q = list_query(d, n);
    float sum[D / LANES] = {0};
    for (size_t i = 0; i < n; i++)
        for (unsigned l = 0; l < D / LANES; l++) {
            if (i + 16 < n) __builtin_prefetch(d->rows + (size_t)q.rows[i + 16] * D + l * LANES);
            sum[l] += d->rows[(size_t)q.rows[i] * D + l * LANES];
        }
    gbench_use(sum);
}

static void list_floats(struct vectors_data *d, size_t n) {
    struct score_query q = list_query(d, n);
    gather_top(&d->vectors, &q, TOP, d->top);
}

static void list_bytes(struct vectors_data *d, size_t n) {
    struct score_query q = list_query(d, n);
    gather_top_bytes(&d->vectors, d->bytes, &q, TOP, &d->list_memory, d->top);
}

static void list_peer(struct vectors_data *d, size_t n) {
    const float *x = vectors_users(d, 1);
    peer_search_list(d->peer, x, d->list64 + vectors_candidates(d, n), n, TOP, d->peer_scores, d->peer_ids);
}

static void list_peer_bitmap(struct vectors_data *d, size_t n) {
    const float *x = vectors_users(d, 1);
    const uint32_t *list = d->list + vectors_candidates(d, n);
    for (size_t i = 0; i < n; i++) d->bits[list[i] / 8] |= (uint8_t)(1u << list[i] % 8);
    peer_search_bitmap(d->peer, x, d->bits, ROWS / 8 + 1, TOP, d->peer_scores, d->peer_ids);
    for (size_t i = 0; i < n; i++) d->bits[list[i] / 8] = 0;
}

// ---- everything ---------------------------------------------------------------------------------------------------------

static void bare_stream(struct vectors_data *d, size_t unused) {
    (void)unused;
    lanes_f sums[8] = {0};
    for (size_t i = 0; i < (size_t)ROWS * D; i += 8 * LANES)
        for (unsigned l = 0; l < 8; l++) {
            __builtin_prefetch(d->rows + i + 2048 + l * LANES); // faster than without
            sums[l] += lanes_load(d->rows + i + l * LANES);
        }
    gbench_use(sums);
}

static void stream_gather(struct vectors_data *d, size_t unused) {
    (void)unused;
    struct score_query q = {.x = vectors_users(d, 1), .weight = 1.0f};
    gather_top(&d->vectors, &q, TOP, d->top);
}

static void scan(struct vectors_data *d, size_t users, const struct quantised *bytes) {
    struct score_query q[BATCH_MAX];
    size_t counts[BATCH_MAX];
    const float *x = vectors_users(d, users);
    for (size_t u = 0; u < users; u++) q[u] = (struct score_query){.x = x + u * D, .weight = 1.0f};
    scan_top(d->scan, &d->vectors, bytes, q, users, TOP, d->top, counts);
}
static void scan_floats(struct vectors_data *d, size_t users) { scan(d, users, NULL); }
static void scan_bytes(struct vectors_data *d, size_t users) { scan(d, users, d->bytes); }
static void scan_peer(struct vectors_data *d, size_t users) {
    peer_search(d->peer, vectors_users(d, users), users, TOP, d->peer_scores, d->peer_ids);
}

// All scores by sgemm, in tiles of 4096 rows, kept nowhere: no best is looked for.
static void gemm(struct vectors_data *d, size_t users) {
    const float *x = vectors_users(d, users);
    for (size_t row = 0; row < ROWS; row += 4096) {
        blasint n = (blasint)(ROWS - row < 4096 ? ROWS - row : 4096);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)users, n, D, 1.0f, x, D, d->rows + row * D, D, 0.0f, d->scores, n);
    }
}
static void gemm_at_once(struct vectors_data *d, size_t users) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)users, ROWS, D, 1.0f, vectors_users(d, users), D, d->rows, D, 0.0f, d->scores, ROWS);
}
static void gemv(struct vectors_data *d, size_t unused) {
    (void)unused;
    cblas_sgemv(CblasRowMajor, CblasNoTrans, ROWS, D, 1.0f, d->rows, D, vectors_users(d, 1), 1, 0.0f, d->scores, 1);
}

// As many multiplications as a pass for so many users has, between registers.
static void multiplier(struct vectors_data *d, size_t users) {
    lanes_f sums[24], a = lanes_all(d->x[0]), b = lanes_all(d->x[1]);
    for (unsigned i = 0; i < 24; i++) sums[i] = lanes_all((float)i);
    for (size_t left = users * ROWS * D / LANES / 24; left; left--) {
#pragma GCC unroll 24
        for (unsigned i = 0; i < 24; i++) sums[i] = lanes_fma(a, b, sums[i]);
    }
    gbench_use(sums);
}

// ---- what plan.c chooses between ------------------------------------------------------------------------------------------

static void set_eligible(struct vectors_data *d, size_t one_in) {
    for (size_t i = 0; i < ROWS / 64; i++) {
        d->eligible[i] = 0;
        for (unsigned b = 0; b < 64; b++) d->eligible[i] |= (uint64_t)(d->list[(i * 64 + b) % DRAWN] % one_in == 0) << b;
    }
}

static void set_gathered(struct vectors_data *d, size_t unused) {
    (void)unused;
    struct score_query q = {.x = vectors_users(d, 1), .weight = 1.0f, .eligible = d->eligible};
    gather_top_bytes(&d->vectors, d->bytes, &q, TOP, &d->list_memory, d->top);
}

static void set_passed(struct vectors_data *d, size_t users) {
    struct score_query q[BATCH_MAX];
    size_t counts[BATCH_MAX];
    const float *x = vectors_users(d, users);
    for (size_t u = 0; u < users; u++) q[u] = (struct score_query){.x = x + u * D, .weight = 1.0f, .eligible = d->eligible};
    scan_top(d->scan, &d->vectors, d->bytes, q, users, TOP, d->top, counts);
}

void vectors_plan(struct vectors_data *d, unsigned rounds) {
    static const size_t lists[] = {50, 100, 200, 400, 800, 1600}, one_in[] = {100, 30, 10, 5, 3, 2};
    char title[64];
    for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++) {
        const struct vectors_row rows[] = {{"by floats", list_floats, lists[i], 100, 0, ""}, {"by bytes", list_bytes, lists[i], 100, 0, ""}};
        snprintf(title, sizeof title, "a list of %zu", lists[i]);
        vectors_run(d, title, rows, 2, rounds);
    }
    for (unsigned i = 0; i < sizeof one_in / sizeof *one_in; i++) {
        const struct vectors_row rows[] = {{"gathered", set_gathered, 0, 1, 0, ""},
                                           {"one pass, alone", set_passed, 1, 1, 0, ""},
                                           {"one pass, 32 users", set_passed, 32, 1, 0, ""}};
        set_eligible(d, one_in[i]);
        snprintf(title, sizeof title, "a set of one row in %zu", one_in[i]);
        vectors_run(d, title, rows, 3, rounds);
    }
}

// ---- equal? ---------------------------------------------------------------------------------------------------------------

static void compare(struct vectors_data *d, size_t users) {
    struct topk_entry exact[TOP];
    size_t differ = 0, peer_differ = 0;
    const float *x = d->x;
    d->user = 0;
    scan_bytes(d, users);
    d->user = 0;
    scan_peer(d, users);
    for (size_t u = 0; u < users; u++) {
        struct score_query q = {.x = x + u * D, .weight = 1.0f};
        gather_top(&d->vectors, &q, TOP, exact);
        for (unsigned i = 0; i < TOP; i++) {
            differ += exact[i].id != d->top[u * TOP + i].id || exact[i].score != d->top[u * TOP + i].score;
            float off = exact[i].score - d->peer_scores[u * TOP + i];
            peer_differ += off > 1e-4f || off < -1e-4f;
        }
    }
    printf("%zu users: %zu of %zu entries by bytes differ from every row read, %zu of FAISS by more than 1e-4\n", users, differ, users * TOP,
           peer_differ);
    if (differ || peer_differ) exit(1);
}

void vectors_exact(struct vectors_data *d, unsigned rounds) {
    const double read = (double)ROWS * D * 4;
    openblas_set_num_threads(1);
    d->peer = peer_new("Flat", d->rows, ROWS, D);
    compare(d, 64);
    const struct vectors_row list[] = {{"the random reads alone", bare_reads, LIST, 200, 0, ""},
                                       {"the random reads alone, prefetched", prefetched_reads, LIST, 200, 0, ""},
                                       {"best 20 by floats", list_floats, LIST, 200, 0, ""},
                                       {"best 20 by bytes, exact", list_bytes, LIST, 200, 0, ""},
                                       {"FAISS flat, IDSelectorBatch", list_peer, LIST, 1, 0, ""},
                                       {"FAISS flat, IDSelectorBitmap", list_peer_bitmap, LIST, 1, 0, ""}};
    vectors_run(d, "1,000 random candidates", list, sizeof list / sizeof *list, rounds);
    const struct vectors_row long_list[] = {{"the random reads alone", bare_reads, 14000, 20, 0, ""},
                                            {"best 20 by floats", list_floats, 14000, 20, 0, ""},
                                            {"best 20 by bytes, exact", list_bytes, 14000, 20, 0, ""}};
    vectors_run(d, "14,000 random candidates", long_list, sizeof long_list / sizeof *long_list, rounds);
    const struct vectors_row one[] = {{"reading all floats", bare_stream, 0, 1, read, "GB/s"},
                                      {"best 20, row by row", stream_gather, 0, 1, read, "GB/s"},
                                      {"best 20, tiles", scan_floats, 1, 1, read, "GB/s"},
                                      {"best 20 by bytes, exact", scan_bytes, 1, 2, read, "GB/s of floats"},
                                      {"OpenBLAS sgemv, no best", gemv, 0, 1, read, "GB/s"},
                                      {"FAISS flat", scan_peer, 1, 1, read, "GB/s"}};
    vectors_run(d, "everything, one user", one, sizeof one / sizeof *one, rounds);
    for (unsigned b = 0; b < 3; b++) {
        const unsigned batches[] = {8, 32, BATCH_MAX}, users = batches[b];
        char title[64];
        const double work = 2.0 * ROWS * D * users;
        snprintf(title, sizeof title, "everything, %u users", users);
        const struct vectors_row batch[] = {{"the multiplications alone, in registers", multiplier, users, 1, work, "GFLOP/s"},
                                            {"best 20, tiles", scan_floats, users, 1, work, "GFLOP/s"},
                                            {"best 20 by bytes, exact", scan_bytes, users, 1, work, "GFLOP/s of floats"},
                                            {"OpenBLAS sgemm in tiles, no best", gemm, users, 1, work, "GFLOP/s"},
                                            {"FAISS flat", scan_peer, users, 1, work, "GFLOP/s"},
                                            {"OpenBLAS sgemm at once, no best", gemm_at_once, users, 1, work, "GFLOP/s"}};
        // What sgemm writes at once for 256 users would be a gigabyte.
        vectors_run(d, title, batch, users <= 32 ? 6 : 5, users <= 32 ? rounds : (rounds + 2) / 3);
    }
    peer_free(d->peer);
}

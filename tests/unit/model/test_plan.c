#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/gather.h"
#include "model/plan.h"
#include "model/scan.h"

// All ways to the best k beside a plain one: every candidate scored one multiplication at a time in double precision, all of them sorted.

#define USERS 27 // groups of every size
#define WORDS(n) (((n) + 63) / 64)

struct world {
    size_t n, stride;
    unsigned d;
    float *rows, *x, *fixed;
    uint64_t *eligible;
    struct vectors vectors;
    struct quantised *bytes;
    struct scan *scan;
    struct plan *plan;
    struct shortlist list;
    size_t k;
};

static uint64_t state;
static uint64_t draw(void) {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}
static float small(void) { return (float)(draw() >> 40) * 0x1p-23f - 1.0f; }

// Rows and users uniformly drawn, `stride` wider than d with NaN in between, which nobody may read. Half of the rows are eligible.
static void world_open(struct world *w, size_t n, unsigned d, size_t k) {
    *w = (struct world){.n = n, .d = d, .stride = (d + 15u) / 16u * 16u + 16u, .k = k};
    w->rows = malloc((n * w->stride + 16) * sizeof *w->rows);
    w->x = malloc(USERS * d * sizeof *w->x);
    w->fixed = malloc((n + 1) * sizeof *w->fixed);
    w->eligible = calloc(WORDS(n) + 1, sizeof *w->eligible);
    for (size_t i = 0; i < n * w->stride; i++) w->rows[i] = i % w->stride < d ? small() : NAN;
    for (size_t i = 0; i < USERS * d; i++) w->x[i] = small();
    for (size_t i = 0; i < n; i++) w->fixed[i] = small() * 0.3f;
    for (size_t i = 0; i < n; i++) w->eligible[i / 64] |= (draw() & 1) << (i % 64);
}

static void world_ready(struct world *w) {
    w->vectors = vectors_of(w->rows, w->stride, w->n, w->d);
    w->bytes = quantised_new(w->rows, w->stride, w->n, w->d);
    w->scan = scan_new(USERS, w->k, w->d);
    w->plan = plan_new(USERS, w->k, w->d);
    assert_non_null(w->bytes);
    assert_non_null(w->scan);
    assert_non_null(w->plan);
    assert_true(shortlist_init(&w->list, w->k));
}

static void world_close(struct world *w) {
    free(w->rows);
    free(w->x);
    free(w->fixed);
    free(w->eligible);
    quantised_free(w->bytes);
    scan_free(w->scan);
    plan_free(w->plan);
    shortlist_destroy(&w->list);
}

static struct score_query query_of(const struct world *w, size_t user) {
    return (struct score_query){.x = w->x + user * w->d, .weight = 1.0f};
}

// ---- the plain way ------------------------------------------------------------------------------------------------

struct scored { double score, error; uint32_t id; };

static double plain_score(const struct world *w, const struct score_query *q, uint32_t position, double *error) {
    uint32_t row = score_row(q, position);
    double dot = 0, size = 0, score;
    for (unsigned i = 0; row != SCORE_NO_ROW && i < w->d; i++) {
        dot += (double)w->rows[row * w->stride + i] * (double)q->x[i];
        size += fabs((double)w->rows[row * w->stride + i] * (double)q->x[i]);
    }
    score = dot * (double)q->weight;
    if (q->fixed && row != SCORE_NO_ROW) score += (double)q->fixed[row];
    if (q->extra) score += (double)q->extra[position];
    *error = (w->d + 16) * 0x1p-24 * size * fabs((double)q->weight) + 0x1p-21 * fabs(score) + 1e-37;
    return score;
}

static int best_first(const void *a, const void *b) {
    const struct scored *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static bool is_candidate(const struct score_query *q, size_t position) {
    return q->rows || !q->eligible || (q->eligible[position / 64] >> (position % 64) & 1);
}

// Ranks are those of the plain way, save where scores are nearer than float32 can tell.
static void check_against_plain(const struct world *w, const struct score_query *q, const struct topk_entry *out, size_t count) {
    size_t positions = q->rows ? q->count : w->n, n = 0;
    struct scored *all = malloc((positions + 1) * sizeof *all);
    for (size_t i = 0; i < positions; i++) {
        if (!is_candidate(q, i)) continue;
        double error, score = plain_score(w, q, (uint32_t)i, &error);
        all[n++] = (struct scored){score, error, score_id(q, (uint32_t)i)};
    }
    qsort(all, n, sizeof *all, best_first);
    assert_int_equal(count, n < w->k ? n : w->k);
    for (size_t i = 0; i < count; i++) {
        assert_true(fabs((double)out[i].score - all[i].score) <= 2 * all[i].error);
        if (i > 0) assert_true(topk_better(out[i - 1], out[i]));
    }
    free(all);
}

static void assert_same(const struct topk_entry *a, size_t a_count, const struct topk_entry *b, size_t b_count) {
    assert_int_equal(a_count, b_count);
    for (size_t i = 0; i < a_count; i++) {
        assert_int_equal(a[i].id, b[i].id);
        assert_memory_equal(&a[i].score, &b[i].score, sizeof a[i].score);
    }
}

// ---- all ways ------------------------------------------------------------------------------------------------------

// `users` questions made by `ask` (NULL: everything, nothing added), by every way; `plain`: compared with the plain one too.
typedef void ask_fn(const struct world *w, size_t user, struct score_query *q);

static void check_all_ways(struct world *w, size_t users, ask_fn *ask, bool plain) {
    struct score_query q[USERS];
    size_t counts[USERS], k = w->k;
    struct topk_entry *exact = calloc(k + 1, sizeof *exact), *out = calloc(USERS * k + 1, sizeof *out);
    for (size_t u = 0; u < users; u++) {
        q[u] = query_of(w, u);
        if (ask) ask(w, u, &q[u]);
    }
    for (unsigned way = 0; way < 5; way++) {
        const struct quantised *bytes = way % 2 ? w->bytes : NULL;
        if (way < 2) scan_top(w->scan, &w->vectors, bytes, q, users, k, out, counts);
        else if (way < 4) plan_run(w->plan, &w->vectors, bytes, q, users, k, out, counts);
        for (size_t u = 0; u < users; u++) {
            size_t count = gather_top(&w->vectors, &q[u], k, exact);
            if (way == 4) counts[u] = gather_top_bytes(&w->vectors, w->bytes, &q[u], k, &w->list, out + u * k);
            if (plain && way == 0) check_against_plain(w, &q[u], exact, count);
            assert_same(exact, count, out + u * k, counts[u]);
        }
    }
    free(exact);
    free(out);
}

static void ask_fixed(const struct world *w, size_t user, struct score_query *q) {
    q->fixed = w->fixed;
    q->weight = user % 3 ? 0.7f : -0.2f;
}
static void ask_eligible(const struct world *w, size_t user, struct score_query *q) {
    q->eligible = w->eligible;
    if (user % 2) q->fixed = w->fixed;
}
static void ask_mixed(const struct world *w, size_t user, struct score_query *q) {
    if (user % 3 == 1) q->eligible = w->eligible;
    if (user % 5 == 1) q->fixed = w->fixed;
}

static void test_dimensions(void **s) {
    (void)s;
    static const unsigned dimensions[] = {1, 2, 3, 4, 5, 15, 16, 17, 31, 48, 63, 64, 65, 100, 128, 129, 200, 256, 511, 512, 1000, 1023, 1024};
    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++) {
        struct world w;
        world_open(&w, 333, dimensions[i], 20);
        world_ready(&w);
        check_all_ways(&w, 5, NULL, true);
        check_all_ways(&w, 3, ask_fixed, true);
        check_all_ways(&w, 2, ask_eligible, true);
        world_close(&w);
    }
}

static void test_batches(void **s) {
    (void)s;
    struct world w;
    world_open(&w, 3000, 64, 20);
    world_ready(&w);
    for (size_t users = 1; users <= USERS; users++) check_all_ways(&w, users, users % 2 ? ask_fixed : ask_mixed, users % 9 == 1);
    world_close(&w);
}

static void test_sizes(void **s) {
    (void)s;
    for (size_t n = 0; n < 140; n += n < 70 ? 1 : 7) {
        struct world w;
        world_open(&w, n, 24, n % 3 ? 5 : 200); // k > n every third time
        world_ready(&w);
        check_all_ways(&w, 4, NULL, true);
        check_all_ways(&w, 4, ask_eligible, true);
        world_close(&w);
    }
}

static void test_nothing_asked_for(void **s) {
    (void)s;
    struct world w;
    world_open(&w, 100, 24, 0);
    world_ready(&w);
    check_all_ways(&w, 3, NULL, true);
    world_close(&w);
}

static void ask_none(const struct world *w, size_t user, struct score_query *q) {
    static const uint64_t none[64];
    (void)w;
    (void)user;
    q->eligible = none;
}

static void test_nobody_eligible(void **s) {
    (void)s;
    struct world w;
    world_open(&w, 1000, 24, 20);
    world_ready(&w);
    check_all_ways(&w, 3, ask_none, true);
    world_close(&w);
}

// ---- hostile rows ----------------------------------------------------------------------------------------------------

static void test_equal_rows(void **s) {
    (void)s;
    struct world w;
    world_open(&w, 2000, 64, 20);
    for (size_t i = 1; i < w.n; i++) memcpy(w.rows + i * w.stride, w.rows, w.d * sizeof *w.rows); // more wait than there is room for
    world_ready(&w);
    check_all_ways(&w, 14, NULL, true);
    check_all_ways(&w, 3, ask_fixed, true);
    world_close(&w);
}

static void test_nearly_equal_rows(void **s) {
    (void)s;
    struct world w;
    world_open(&w, 4000, 64, 20);
    for (size_t i = 1; i < w.n; i++)
        for (unsigned k = 0; k < w.d; k++) w.rows[i * w.stride + k] = w.rows[k] * (1.0f + (float)(draw() % 5) * 0x1p-23f);
    // Half of each sum takes the other half away: what is left is smaller than the rounding of its parts.
    for (size_t i = 0; i < w.n; i++)
        for (unsigned k = 0; k < w.d / 2; k++) w.rows[i * w.stride + k] = w.rows[i * w.stride + k + w.d / 2] * (i % 2 ? 1.0f : 1.0f + 0x1p-23f);
    for (size_t i = 0; i < USERS * w.d; i++)
        if (i % w.d < w.d / 2) w.x[i] = -w.x[i + w.d / 2];
    world_ready(&w);
    check_all_ways(&w, 14, NULL, true);
    world_close(&w);
}

static void test_few_distinct_rows(void **s) {
    (void)s;
    struct world w;
    world_open(&w, 3000, 32, 50);
    for (size_t i = 7; i < w.n; i++) memcpy(w.rows + i * w.stride, w.rows + i % 7 * w.stride, w.d * sizeof *w.rows);
    world_ready(&w);
    check_all_ways(&w, 13, ask_mixed, true);
    world_close(&w);
}

static void test_clusters(void **s) {
    (void)s;
    struct world w;
    world_open(&w, 5000, 64, 20);
    for (size_t i = 20; i < w.n; i++)
        for (unsigned k = 0; k < w.d; k++) w.rows[i * w.stride + k] = w.rows[i % 20 * w.stride + k] + 0.05f * small();
    for (unsigned k = 0; k < w.d; k++) w.x[k] = w.rows[k];
    world_ready(&w);
    check_all_ways(&w, 13, ask_fixed, true);
    world_close(&w);
}

// Lengths over sixty powers of ten, and rows of one large and many small numbers, which bytes cannot tell from nothing.
static void test_lengths(void **s) {
    (void)s;
    struct world w;
    world_open(&w, 3000, 48, 20);
    for (size_t i = 0; i < w.n; i++) {
        float length = powf(10.0f, (float)(draw() % 60) - 40.0f);
        for (unsigned k = 0; k < w.d; k++) w.rows[i * w.stride + k] *= length;
        if (i % 3 == 0) w.rows[i * w.stride + draw() % w.d] *= 1e4f;
    }
    for (unsigned k = 0; k < w.d; k++) {
        w.x[w.d + k] *= 1e-20f;
        w.x[2 * w.d + k] *= 1e-38f;
        w.x[3 * w.d + k] *= 1e10f;
    }
    world_ready(&w);
    check_all_ways(&w, 8, NULL, false);
    check_all_ways(&w, 8, ask_fixed, false);
    world_close(&w);
}

static void test_zeros(void **s) {
    (void)s;
    struct world w;
    world_open(&w, 300, 40, 20);
    for (size_t i = 0; i < w.n; i += 2) memset(w.rows + i * w.stride, 0, w.d * sizeof *w.rows);
    memset(w.x, 0, w.d * sizeof *w.x);
    world_ready(&w);
    check_all_ways(&w, 5, NULL, true);
    check_all_ways(&w, 5, ask_fixed, true);
    world_close(&w);
}

static void ask_hostile(const struct world *w, size_t user, struct score_query *q) {
    if (user % 2) q->fixed = w->fixed;
    if (user == 5) q->weight = INFINITY;
    if (user == 6) q->weight = NAN;
    if (user == 7) q->weight = 0.0f;
    if (user == 8) q->weight = 3e38f;
    if (user == 9) q->weight = 1e-42f;
}

static void test_not_finite(void **s) {
    (void)s;
    static const float hostile[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e-45f, -0.0f};
    for (unsigned round = 0; round < 4; round++) {
        struct world w;
        world_open(&w, 700, 40, 20);
        for (unsigned i = 0; i < 60 && round % 2; i++) w.rows[draw() % w.n * w.stride + draw() % w.d] = hostile[draw() % 7];
        for (unsigned i = 0; i < 60 && round / 2; i++) w.fixed[draw() % w.n] = hostile[draw() % 7];
        for (unsigned i = 0; i < 4 && round == 3; i++) w.x[i * w.d + draw() % w.d] = hostile[i];
        world_ready(&w);
        check_all_ways(&w, 13, ask_hostile, false);
        world_close(&w);
    }
}

// A row without a rest of its own that points where the rest of x does: the bound is as tight as can be.
static void point_at_rest(const struct world *w, float *row) {
    float most = 0, scale, rest[200];
    for (unsigned k = 0; k < w->d; k++) most = fabsf(w->x[k]) > most ? fabsf(w->x[k]) : most;
    scale = most / 127.0f;
    most = 0;
    for (unsigned k = 0; k < w->d; k++) {
        rest[k] = w->x[k] - rintf(w->x[k] / scale) * scale;
        most = fabsf(rest[k]) > most ? fabsf(rest[k]) : most;
    }
    for (unsigned k = 0; k < w->d; k++) row[k] = rintf(rest[k] / most * 127.0f);
}

// The bound itself: no row's dot product is further from what its bytes say than its bound.
static void test_bounds_hold(void **s) {
    (void)s;
    for (unsigned round = 0; round < 30; round++) {
        struct world w;
        world_open(&w, 200, 2 + (unsigned)(draw() % 150), 1);
        for (size_t i = 0; i < w.n; i++) w.rows[i * w.stride] *= (float)(1u << draw() % 12);
        point_at_rest(&w, w.rows);
        world_ready(&w);
        struct score_query q = query_of(&w, 0);
        struct quantised_user u;
        int8_t x[QUANTISED_STRIDE_MAX];
        assert_true(quantised_user(w.bytes, &q, x, &u));
        for (size_t i = 0; i < w.n; i++) {
            struct quantised_bound b = w.bytes->bounds[i];
            int32_t sum = -u.bias;
            for (size_t k = 0; k < w.bytes->stride; k++) sum += w.bytes->rows[i * w.bytes->stride + k] * x[k];
            double error, score = plain_score(&w, &q, (uint32_t)i, &error), by_bytes = (double)sum * (double)b.scale * (double)u.scale;
            double bound = (double)quantised_error(b) * (double)u.length + (double)quantised_length(b) * (double)u.rest;
            assert_true(fabs(score - by_bytes) <= bound);
            assert_true(bound < 0.05 * (double)vectors_length(w.rows + i * w.stride, w.d) * (double)vectors_length(q.x, w.d) + 1e-30);
        }
        world_close(&w);
    }
}

// ---- lists ------------------------------------------------------------------------------------------------------------

static void test_lists(void **s) {
    (void)s;
    struct world w;
    world_open(&w, 5000, 64, 20);
    world_ready(&w);
    uint32_t rows[3001], ids[3001];
    float extra[3001];
    struct topk_entry exact[20], out[20];
    for (unsigned round = 0; round < 60; round++) {
        size_t n = round < 40 ? round : draw() % 3001, counts[1];
        for (size_t i = 0; i < n; i++) {
            rows[i] = draw() % 11 ? (uint32_t)(draw() % w.n) : SCORE_NO_ROW; // the same row may come twice
            ids[i] = 1000000 - (uint32_t)i;
            extra[i] = draw() % 50 ? small() : draw() % 2 ? NAN : -INFINITY;
        }
        struct score_query q = query_of(&w, round % USERS);
        q.rows = rows;
        q.count = n;
        q.ids = ids;
        if (round % 2) q.fixed = w.fixed;
        if (round % 3 == 0) q.extra = extra;
        size_t count = gather_top(&w.vectors, &q, w.k, exact);
        if (!q.extra) check_against_plain(&w, &q, exact, count);
        assert_same(exact, count, out, gather_top_bytes(&w.vectors, w.bytes, &q, w.k, &w.list, out));
        plan_run(w.plan, &w.vectors, w.bytes, &q, 1, w.k, out, counts);
        assert_same(exact, count, out, counts[0]);
    }
    world_close(&w);
}

static void test_choice(void **s) {
    (void)s;
    size_t sets[8] = {1000, 1000000, 500000, 100000, 100000, 100000, 100000, 100000};
    bool joins[8];
    plan_choose(1000000, sets, 1, joins);
    assert_false(joins[0]); // few: gathered
    plan_choose(1000000, sets + 1, 1, joins);
    assert_true(joins[0]); // everything: one pass
    plan_choose(1000000, sets + 3, 1, joins);
    assert_false(joins[0]); // a tenth, alone
    plan_choose(1000000, sets, 8, joins);
    assert_false(joins[0]);
    for (unsigned u = 1; u < 8; u++) assert_true(joins[u]); // a tenth joins the pass that is made anyway
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dimensions),       cmocka_unit_test(test_batches),         cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_nothing_asked_for), cmocka_unit_test(test_nobody_eligible), cmocka_unit_test(test_equal_rows),
        cmocka_unit_test(test_nearly_equal_rows), cmocka_unit_test(test_few_distinct_rows), cmocka_unit_test(test_clusters),
        cmocka_unit_test(test_lengths),          cmocka_unit_test(test_zeros),           cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_bounds_hold),      cmocka_unit_test(test_lists),           cmocka_unit_test(test_choice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

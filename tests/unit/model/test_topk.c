#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/score.h"
#include "model/topk.h"

static int by_order(const void *a, const void *b) {
    const struct topk_entry *x = a, *y = b;
    return topk_better(*x, *y) ? -1 : topk_better(*y, *x);
}

// Few distinct scores, so that ties are the rule; compared with sorting everything.
static void check_against_sort(unsigned n, size_t k, unsigned distinct) {
    struct topk_entry *all = calloc(n + 1, sizeof *all), *out = calloc(k + 1, sizeof *out);
    float *scores = calloc(n + 1, sizeof *scores);
    uint32_t *ids = calloc(n + 1, sizeof *ids);
    for (unsigned i = 0; i < n; i++) {
        scores[i] = (float)(rand() % (int)distinct) - 5.0f;
        ids[i] = (i * 2654435761u) % 1000003u;
        all[i] = (struct topk_entry){scores[i], ids[i]};
    }
    qsort(all, n, sizeof *all, by_order);
    size_t count = topk_select(scores, ids, n, k, out);
    assert_int_equal(count, n < k ? n : k);
    for (size_t i = 0; i < count; i++) {
        assert_true(out[i].score == all[i].score);
        assert_int_equal(out[i].id, all[i].id);
    }
    free(all);
    free(out);
    free(scores);
    free(ids);
}

static void test_equals_sorting(void **state) {
    (void)state;
    srand(1);
    for (unsigned n = 0; n < 60; n++)
        for (size_t k = 1; k < 25; k += 3) check_against_sort(n, k, 4);
    check_against_sort(20000, 20, 100000);
    check_against_sort(20000, 1000, 50);
    check_against_sort(20000, 20000, 50);
}

static void test_order_does_not_depend_on_arrival(void **state) {
    (void)state;
    float scores[] = {1, 1, 1, 1, 1}, backwards[] = {1, 1, 1, 1, 1};
    uint32_t up[] = {1, 2, 3, 4, 5}, down[] = {5, 4, 3, 2, 1};
    struct topk_entry a[3], b[3];
    topk_select(scores, up, 5, 3, a);
    topk_select(backwards, down, 5, 3, b);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(a[i].id, i + 1);
        assert_int_equal(b[i].id, i + 1);
    }
}

static void test_nan_comes_last(void **state) {
    (void)state;
    float scores[] = {NAN, -INFINITY, 1, NAN};
    struct topk_entry out[4];
    assert_int_equal(topk_select(scores, NULL, 4, 4, out), 4);
    assert_int_equal(out[0].id, 2);
    assert_int_equal(out[1].id, 0); // the lowest there is, so ids decide
    assert_int_equal(out[2].id, 1);
}

static void test_none_wanted(void **state) {
    (void)state;
    float score = 1;
    struct topk_entry out;
    assert_int_equal(topk_select(&score, NULL, 1, 0, &out), 0);
}

// ---- score.h: the fast one against the loop --------------------------------------------------------------------

static void check_scores(unsigned d, size_t n) {
    float *rows = aligned_alloc(64, (n * d * sizeof(float) + 127) / 64 * 64), *x = calloc(d, sizeof *x);
    const float **pointers = calloc(n + 1, sizeof *pointers);
    float *fast = calloc(n + 1, sizeof *fast), *slow = calloc(n + 1, sizeof *slow);
    for (size_t i = 0; i < n * d; i++) rows[i] = (float)rand() / (float)RAND_MAX - 0.5f;
    for (unsigned i = 0; i < d; i++) x[i] = (float)rand() / (float)RAND_MAX - 0.5f;
    for (size_t i = 0; i < n; i++) pointers[i] = rand() % 10 ? rows + (size_t)rand() % n * d : NULL;
    score_rows(pointers, n, d, x, fast);
    score_rows_reference(pointers, n, d, x, slow);
    for (size_t i = 0; i < n; i++) assert_true(fabsf(fast[i] - slow[i]) < 1e-5f);
    free(rows);
    free(x);
    free(pointers);
    free(fast);
    free(slow);
}

static void test_scores_equal_the_loop(void **state) {
    (void)state;
    srand(2);
    check_scores(64, 1);
    check_scores(64, SCORE_BLOCK - 1);
    check_scores(64, SCORE_BLOCK);
    check_scores(64, 3 * SCORE_BLOCK + 17);
    check_scores(16, 100);
    check_scores(5, 40);
    check_scores(40, 300);
    check_scores(256, 700);
    check_scores(40, 33);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_sorting), cmocka_unit_test(test_order_does_not_depend_on_arrival),
        cmocka_unit_test(test_nan_comes_last), cmocka_unit_test(test_none_wanted),
        cmocka_unit_test(test_scores_equal_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

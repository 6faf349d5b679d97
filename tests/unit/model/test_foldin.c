#include "planted.h"

#include <math.h>

#include "model/als.h"
#include "model/blas.h"
#include "model/foldin.h"

struct trained {
    struct interactions m;
    struct als_options options;
    struct als_model model;
};

static int setup(void **state) {
    struct trained *t = calloc(1, sizeof *t);
    struct history h;
    planted_history(&h, 300, 120, 5, 10);
    assert_ok(history_interactions(&h, h.newest_ms, &t->m));
    history_free(&h);
    t->options = als_defaults();
    t->options.epochs = 3;
    assert_ok(als_train(&t->m, &t->options, &t->model, NULL));
    *state = t;
    return 0;
}

static int teardown(void **state) {
    struct trained *t = *state;
    als_free(&t->model);
    interactions_free(&t->m);
    free(t);
    return 0;
}

static struct foldin_space space_of(const struct trained *t) {
    const struct als_options *o = &t->options;
    return (struct foldin_space){o->dimension, t->model.gram, o->alpha0 * (float)t->model.products, o->lambda, o->nu};
}

static void fold_user(const struct trained *t, struct foldin *f, uint32_t user, float *x) {
    const struct sparse *m = &t->m.by_user;
    struct foldin_space space = space_of(t);
    foldin_begin(f, &space);
    for (uint64_t i = m->start[user]; i < m->start[user + 1]; i++)
        foldin_add(f, t->model.product + (size_t)m->column[i] * space.dimension, m->weight[i]);
    assert_true(foldin_solve(f, x));
}

static void test_equals_the_trained_vector(void **state) {
    const struct trained *t = *state;
    struct foldin *f = foldin_new(t->options.dimension);
    float x[64];
    for (uint32_t u = 0; u < t->m.by_user.rows; u++) {
        fold_user(t, f, u, x);
        const float *trained = t->model.user + (size_t)u * 64;
        for (unsigned k = 0; k < 64; k++) // training solves short rows another way (als_rows.h): equal but for rounding
            if (fabsf(x[k] - trained[k]) > 1e-4f * (1 + fabsf(trained[k]))) fail_msg("user %u, %u: %g, trained %g", u, k, (double)x[k], (double)trained[k]);
    }
    foldin_free(f);
}

// The gradient of the row's part of the objective, taken over every product in double precision, is nil at the solution.
static void test_is_the_minimum(void **state) {
    const struct trained *t = *state;
    const struct sparse *m = &t->m.by_user;
    struct foldin_space space = space_of(t);
    struct foldin *f = foldin_new(64);
    float x[64];
    fold_user(t, f, 7, x);
    double gradient[64] = {0}, weights = 0, size = 0, most = 0;
    for (uint32_t p = 0; p < t->model.products; p++) {
        const float *v = t->model.product + (size_t)p * 64;
        double score = 0, weight = 0;
        for (unsigned k = 0; k < 64; k++) score += (double)v[k] * (double)x[k];
        for (uint64_t i = m->start[7]; i < m->start[8]; i++)
            if (m->column[i] == p) weight = (double)m->weight[i];
        weights += weight;
        for (unsigned k = 0; k < 64; k++)
            gradient[k] += ((double)t->options.alpha0 * score - weight * (1 - score)) * (double)v[k];
    }
    for (unsigned k = 0; k < 64; k++) {
        gradient[k] += (double)foldin_regulariser(&space, (float)weights) * (double)x[k];
        most = fmax(most, fabs(gradient[k]));
        size = fmax(size, fabs((double)x[k]));
    }
    assert_true(most < 1e-4 * size * weights);
    foldin_free(f);
}

static void test_nothing_gives_zeros(void **state) {
    const struct trained *t = *state;
    struct foldin_space space = space_of(t);
    struct foldin *f = foldin_new(64);
    float x[64];
    foldin_begin(f, &space);
    assert_false(foldin_solve(f, x));
    for (unsigned k = 0; k < 64; k++) assert_true(x[k] == 0.0f);
    foldin_free(f);
}

static void test_more_vectors_than_a_block(void **state) {
    const struct trained *t = *state;
    struct foldin_space space = space_of(t);
    struct foldin *f = foldin_new(64);
    float once[64], merged[64];
    foldin_begin(f, &space);
    for (unsigned i = 0; i < 200; i++) foldin_add(f, t->model.product + (i % 3) * 64, 1.0f);
    assert_true(foldin_solve(f, once));
    foldin_begin(f, &space);
    for (unsigned i = 0; i < 3; i++) foldin_add(f, t->model.product + i * 64, i < 2 ? 67.0f : 66.0f);
    assert_true(foldin_solve(f, merged));
    for (unsigned k = 0; k < 64; k++) assert_true(fabsf(once[k] - merged[k]) < 1e-3f);
    foldin_free(f);
}

static void test_regulariser(void **state) {
    (void)state;
    struct foldin_space linear = {.unobserved = 8.0f, .lambda = 0.5f, .nu = 1.0f},
                        root = {.unobserved = 8.0f, .lambda = 0.5f, .nu = 0.5f};
    assert_true(fabsf(foldin_regulariser(&linear, 8.0f) - 8.0f) < 1e-6f);
    assert_true(fabsf(foldin_regulariser(&root, 8.0f) - 2.0f) < 1e-6f);
}

int main(void) {
    blas_one_thread();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_the_trained_vector), cmocka_unit_test(test_is_the_minimum),
        cmocka_unit_test(test_nothing_gives_zeros),       cmocka_unit_test(test_more_vectors_than_a_block),
        cmocka_unit_test(test_regulariser),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

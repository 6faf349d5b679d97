// Canaries: the same people every time, figures that say what is better, and nothing worse let through.
#include "planted.h"

#include <math.h>
#include <string.h>

#include "model/als.h"
#include "model/canary.h"
#include "model/generation_write.h"
#include "model/item_item.h"

#define USERS 1500
#define PRODUCTS 200
#define GROUPS 10
#define D 16

struct fixture {
    struct history history;
    struct interactions all, fitted;
    struct als_model model;
    struct sparse similar;
    struct generation_canaries teachers, canaries;
    struct generation_item items[PRODUCTS + 1];
    struct generation_input input;
};

static void fixture_open(struct fixture *f) {
    struct als_options als = als_defaults();
    struct item_item_options o = {.user = 0.5f, .from = 0.5f, .to = 0.5f, .keep = 20, .threads = 1};
    bool left_out[USERS] = {false};
    memset(f, 0, sizeof *f);
    als.dimension = D;
    planted_history(&f->history, USERS, PRODUCTS, GROUPS, 8);
    assert_ok(history_interactions(&f->history, f->history.newest_ms, &f->all));
    for (uint32_t row = 0; row < f->all.by_user.rows; row++) left_out[row] = canary_role(f->all.user_ids[row], USERS) != CANARY_NONE;
    assert_ok(interactions_without(&f->all, left_out, &f->fitted));
    assert_ok(als_train(&f->fitted, &als, &f->model, NULL));
    assert_ok(item_item_similar(&f->fitted, &o, &f->similar, NULL));
    assert_ok(canary_collect(&f->history, f->history.newest_ms, CANARY_TEACHES, &f->teachers));
    assert_ok(canary_collect(&f->history, f->history.newest_ms, CANARY_MEASURES, &f->canaries));
    for (uint32_t i = 0; i < f->all.by_user.columns; i++)
        f->items[f->all.product_ids[i]] = (struct generation_item){.type = 1, .trained = i + 1, .present = true, .popularity = 0.5f};
    f->input = (struct generation_input){
        .dimension = D, .alpha0 = als.alpha0, .lambda = als.lambda, .nu = als.nu, .trained_products = f->model.products,
        .vectors = f->model.product, .gram = f->model.gram, .similar = &f->similar, .products_max = PRODUCTS, .items = f->items,
        .canaries = f->canaries,
    };
}

static void fixture_close(struct fixture *f) {
    history_free(&f->history);
    interactions_free(&f->all);
    interactions_free(&f->fitted);
    als_free(&f->model);
    sparse_free(&f->similar);
    canary_free(&f->teachers);
    canary_free(&f->canaries);
}

static struct generation *load(struct fixture *f, void **file) {
    struct generation *g;
    struct generation_learnt learnt;
    size_t size;
    assert_ok(generation_build(&f->input, file, &size));
    assert_ok(generation_load(*file, size, &g, NULL));
    assert_ok(canary_learn(g, &f->teachers, (struct mix_shape){1, 1, 0}, 2, &learnt));
    generation_close(g);
    generation_learn(*file, &learnt);
    assert_ok(generation_load(*file, size, &g, NULL));
    return g;
}

static void test_the_same_people_every_time(void **state) {
    (void)state;
    unsigned roles[3] = {0};
    for (uint32_t user = 1; user <= 100000; user++) {
        enum canary_role many = canary_role(user, 100000), few = canary_role(user, 20000);
        if (many != CANARY_NONE) assert_int_equal(few, many); // a shop that grows keeps a part of them
        roles[many]++;
        assert_int_equal(canary_role(user, CANARY_USERS_LEAST - 1), CANARY_NONE);
    }
    assert_in_range(roles[CANARY_TEACHES], CANARY_PEOPLE / 2 - 150, CANARY_PEOPLE / 2 + 150);
    assert_in_range(roles[CANARY_MEASURES], CANARY_PEOPLE / 2 - 150, CANARY_PEOPLE / 2 + 150);
}

static void test_what_is_held_out_is_not_known(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f);
    assert_true(f.canaries.count >= CANARY_LEAST && f.teachers.count >= CANARY_LEAST);
    for (uint32_t i = 0; i < f.canaries.count; i++) {
        const struct generation_canary *c = &f.canaries.list[i];
        assert_int_equal(canary_role(c->user, USERS), CANARY_MEASURES);
        assert_true(c->count > 0);
        for (uint32_t k = c->first; k < c->first + c->count; k++) assert_int_not_equal(f.canaries.acts[k].product, c->wanted);
    }
    fixture_close(&f);
}

static void test_figures_and_weights(void **state) {
    (void)state;
    struct fixture f;
    struct generation_figures again;
    struct mix_weights w;
    struct mix_shape shape;
    void *file;
    fixture_open(&f);
    struct generation *g = load(&f, &file);
    struct generation_figures made = generation_figures(g);
    assert_true(generation_mix(g, &w, &shape) && w.of[MIX_VECTOR] == 1.0f && w.of[MIX_NEXT] == 0.0f);
    assert_int_equal(made.people, f.canaries.count);
    assert_true(made.vectors_ndcg > 1.5f * made.popularity_ndcg); // groups are planted, popularity knows nothing
    assert_true(made.mix_ndcg > 1.5f * made.popularity_ndcg);
    assert_ok(canary_measure(g, &f.canaries, 1, &again));
    assert_memory_equal(&made, &again, sizeof made); // threads do not matter
    generation_close(g);
    free(file);
    fixture_close(&f);
}

static void test_nothing_worse_is_let_through(void **state) {
    (void)state;
    struct fixture f;
    struct fault why = {0};
    void *good_file, *bad_file;
    fixture_open(&f);
    struct generation *good = load(&f, &good_file);
    assert_ok(canary_check(NULL, good, CANARY_SHARE_DEFAULT, 2, &why));
    assert_ok(canary_check(good, good, 1.0, 2, &why));
    f.input.similar = NULL; // each vector is given to another product
    uint64_t state_of_random = 3;
    for (uint32_t i = 0; i < f.model.products; i++) {
        float kept[D];
        uint32_t other = planted_random(&state_of_random) % f.model.products;
        memcpy(kept, f.model.product + i * D, sizeof kept);
        memcpy(f.model.product + i * D, f.model.product + other * D, sizeof kept);
        memcpy(f.model.product + other * D, kept, sizeof kept);
    }
    struct generation *bad = load(&f, &bad_file);
    assert_int_equal(canary_check(good, bad, CANARY_SHARE_DEFAULT, 2, &why), ERR_CONFLICT);
    assert_non_null(strstr(why.message, "NDCG@20"));
    assert_ok(canary_check(bad, good, CANARY_SHARE_DEFAULT, 2, &why));
    generation_close(bad);
    free(bad_file);
    f.model.product[7] = NAN;
    size_t size;
    assert_ok(generation_build(&f.input, &bad_file, &size));
    assert_ok(generation_load(bad_file, size, &bad, NULL));
    assert_int_equal(canary_check(NULL, bad, CANARY_SHARE_DEFAULT, 2, &why), ERR_CONFLICT);
    generation_close(bad);
    free(bad_file);
    memset(f.model.product, 0, (size_t)f.model.products * D * sizeof(float));
    assert_ok(generation_build(&f.input, &bad_file, &size));
    assert_ok(generation_load(bad_file, size, &bad, NULL));
    assert_int_equal(canary_check(NULL, bad, CANARY_SHARE_DEFAULT, 2, &why), ERR_CONFLICT);
    generation_close(bad);
    free(bad_file);
    generation_close(good);
    free(good_file);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_people_every_time), cmocka_unit_test(test_what_is_held_out_is_not_known),
        cmocka_unit_test(test_figures_and_weights), cmocka_unit_test(test_nothing_worse_is_let_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

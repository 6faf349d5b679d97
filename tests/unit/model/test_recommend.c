#include "shop.h"

#include <math.h>

#include "model/eval.h"
#include "model/recommend.h"

#define LIMIT 20

static struct rank_person load(struct shop *s, const char *name) {
    struct rank_person person;
    uint32_t id = 0;
    if (name) assert_ok(user_find(s->view, slice_str(name), &id));
    assert_ok(rank_person_load(s->ranker, s->view, id, NULL, 0, &person));
    return person;
}

static struct recommend_query query(struct shop *s, const struct rank_person *person) {
    return (struct recommend_query){.ranker = s->ranker, .view = s->view, .person = person, .surface = RANK_STOREFRONT,
                                    .whole_catalogue = true, .limit = LIMIT};
}

// A list of a model about at most one product, 0: none; prepared anew each time, so that the query can be changed in between.
static size_t list_of(struct recommend_query *q, enum recommend_model model, uint32_t about, struct recommendation *out) {
    static uint32_t product;
    size_t count;
    product = about;
    q->model = model;
    q->about = &product;
    q->about_count = about != 0;
    assert_ok(recommend_prepare(q));
    assert_ok(recommend_list(q, out, &count));
    return count;
}

static enum recommend_reason reason_of(const struct recommend_query *q, const struct recommendation *r) {
    struct recommend_why why;
    assert_ok(recommend_explain(q, r, 1, &why));
    return why.reason;
}

static void test_for_you_is_of_your_taste(void **state) {
    struct shop *s = *state;
    struct recommendation out[LIMIT];
    size_t count;
    shop_begin(s);
    struct rank_person person = load(s, "u6");
    struct recommend_query q = query(s, &person);
    count = list_of(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, LIMIT);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(out[i].product % 10, 6);
        enum recommend_reason reason = reason_of(&q, &out[i]);
        assert_true(reason == RECOMMEND_TASTE || reason == RECOMMEND_BRAND);
        if (i > 0) assert_true(out[i].score <= out[i - 1].score);
    }
    shop_end(s);
}

static void test_strangers_get_what_is_popular(void **state) {
    struct shop *s = *state;
    struct recommendation out[LIMIT];
    shop_begin(s);
    struct rank_person nobody = load(s, NULL);
    struct recommend_query q = query(s, &nobody);
    assert_int_equal(list_of(&q, RECOMMEND_FOR_YOU, 0, out), LIMIT);
    assert_int_equal(reason_of(&q, &out[0]), RECOMMEND_POPULAR);
    shop_end(s);
}

static void test_only_candidates(void **state) {
    struct shop *s = *state;
    const uint32_t candidates[] = {200, 16, 3, 26};
    struct recommendation out[LIMIT];
    size_t count;
    shop_begin(s);
    struct rank_person person = load(s, "u6");
    struct recommend_query q = query(s, &person);
    q.whole_catalogue = false;
    q.products = candidates;
    q.count = 4;
    count = list_of(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, 4);
    assert_int_equal(out[0].product % 10, 6);
    assert_int_equal(out[1].product % 10, 6);
    q.products = NULL; // nothing fits: nothing is shown
    q.count = 0;
    count = list_of(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, 0);
    count = list_of(&q, RECOMMEND_TRENDING, 0, out);
    assert_int_equal(count, 0);
    count = list_of(&q, RECOMMEND_SIMILAR, 6, out);
    assert_int_equal(count, 0);
    shop_end(s);
}

static bool is_odd(void *arg, uint32_t product) {
    (void)arg;
    return product % 2 == 1;
}

static void test_kept_out(void **state) {
    struct shop *s = *state;
    struct recommendation out[LIMIT];
    struct product_facts deleted = {.flags = FACT_DELETED};
    struct txn *t;
    size_t count;
    assert_ok(txn_begin(s->db, &t, NULL));
    for (uint32_t p = 1; p <= SHOP_PRODUCTS - 5; p++) assert_ok(columns_set_facts(t, p, &deleted));
    assert_ok(txn_commit(t, NULL));
    shop_begin(s);
    struct rank_person person = load(s, "u6");
    struct recommend_query q = query(s, &person);
    q.keep = is_odd;
    count = list_of(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, 2); // 297, 299
    for (size_t i = 0; i < count; i++) assert_true(out[i].product > SHOP_PRODUCTS - 5 && out[i].product % 2 == 1);
    shop_end(s);
}

static void test_similar_is_same_type_then_cosine(void **state) {
    struct shop *s = *state;
    struct recommendation out[100];
    size_t count;
    shop_begin(s);
    struct recommend_query q = query(s, NULL);
    q.limit = 100;
    count = list_of(&q, RECOMMEND_SIMILAR, 6, out);
    assert_int_equal(count, 100);
    for (size_t i = 0; i < count; i++) {
        bool same_type = shop_facts(out[i].product).type == shop_facts(6).type;
        assert_int_not_equal(out[i].product, 6);
        assert_true(same_type == (i < SHOP_PRODUCTS / SHOP_TYPES - 1));
        assert_int_equal(reason_of(&q, &out[i]), same_type ? RECOMMEND_SAME_TYPE : RECOMMEND_ALIKE);
        assert_true(out[i].score <= 1.0f + 1e-4f && out[i].score >= -1.0f - 1e-4f);
    }
    for (size_t i = 0; i < 3; i++) assert_int_equal(out[i].product % 10, 6); // those that the same people want
    shop_end(s);
}

static void test_trending_is_what_rises(void **state) {
    struct shop *s = *state;
    struct recommendation out[LIMIT];
    size_t count;
    shop_click(s, "fan1", 123, 20);
    shop_click(s, "fan2", 123, 20);
    shop_train(s, 32);
    assert_ok(generations_refresh(s->generations, NULL));
    shop_begin(s);
    struct recommend_query q = query(s, NULL);
    count = list_of(&q, RECOMMEND_TRENDING, 0, out);
    assert_int_equal(count, LIMIT);
    assert_int_equal(out[0].product, 123);
    assert_int_equal(reason_of(&q, &out[0]), RECOMMEND_RISING);
    shop_end(s);
}

static void test_personal_order_beats_popularity(void **state) {
    struct shop *s = *state;
    struct eval_report report;
    struct fault why = {0};
    struct als_options als = als_defaults();
    als.dimension = 32;
    if (eval_run(s->db, &als, &(struct eval_options){.k = 10, .threads = 2}, &report, &why) != ERR_OK)
        fail_msg("%s", why.message);
    assert_int_equal(report.users, 200);
    assert_true(report.model.recall > 2 * report.popularity.recall);
}

static void test_before_any_training(void **state) {
    struct shop *s = *state;
    const uint32_t candidates[] = {1, 2};
    struct recommendation out[LIMIT];
    struct txn *t;
    size_t count;
    assert_ok(txn_begin(s->db, &t, NULL));
    shop_products(s, t);
    assert_ok(txn_commit(t, NULL));
    assert_ok(generations_open(s->db, &s->generations, NULL));
    assert_ok(ranker_open(s->generations, &s->ranker));
    shop_begin(s);
    struct rank_person nobody = load(s, NULL);
    struct recommend_query q = query(s, &nobody);
    count = list_of(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, 0); // no rows to pass over
    q.whole_catalogue = false;
    q.products = candidates;
    q.count = 2;
    count = list_of(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, 2);
    count = list_of(&q, RECOMMEND_SIMILAR, 1, out);
    assert_int_equal(count, 0);
    count = list_of(&q, RECOMMEND_TRENDING, 0, out);
    assert_int_equal(count, 2);
    shop_end(s);
}

static void test_reasons_have_names(void **state) {
    (void)state;
    for (unsigned r = 0; r < RECOMMEND_REASONS; r++) assert_true(recommend_reason_name(r)[0] != 0);
    assert_string_equal(recommend_reason_name(RECOMMEND_REASONS), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_for_you_is_of_your_taste, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_strangers_get_what_is_popular, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_only_candidates, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_kept_out, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_similar_is_same_type_then_cosine, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_trending_is_what_rises, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_personal_order_beats_popularity, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_before_any_training, shop_open_empty, shop_close),
        cmocka_unit_test(test_reasons_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

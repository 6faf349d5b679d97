#include "recommend_shop.h"

#include <math.h>

#include "model/eval.h"
#include "model/topk.h"

static enum recommend_reason reason_of(const struct recommend_query *q, const struct recommendation *r) {
    struct recommend_why why;
    assert_ok(recommend_explain(q, r, 1, &why));
    return why.reason;
}

static void test_for_you_is_of_your_taste(void **state) {
    struct shop *s = *state;
    struct recommendation out[SHOP_LIST];
    size_t count;
    shop_begin(s);
    struct rank_person person = shop_person(s, "u6");
    struct recommend_query q = shop_query(s, &person);
    count = shop_list(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, SHOP_LIST);
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
    struct recommendation out[SHOP_LIST];
    shop_begin(s);
    struct rank_person nobody = shop_person(s, NULL);
    struct recommend_query q = shop_query(s, &nobody);
    assert_int_equal(shop_list(&q, RECOMMEND_FOR_YOU, 0, out), SHOP_LIST);
    assert_int_equal(reason_of(&q, &out[0]), RECOMMEND_POPULAR);
    shop_end(s);
}

static void test_only_candidates(void **state) {
    struct shop *s = *state;
    const uint32_t candidates[] = {200, 16, 3, 26};
    struct recommendation out[SHOP_LIST];
    size_t count;
    shop_begin(s);
    struct rank_person person = shop_person(s, "u6");
    struct recommend_query q = shop_query(s, &person);
    q.whole_catalogue = false;
    q.products = candidates;
    q.count = 4;
    count = shop_list(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, 4);
    assert_int_equal(out[0].product % 10, 6);
    assert_int_equal(out[1].product % 10, 6);
    q.products = NULL; // nothing fits: nothing is shown
    q.count = 0;
    count = shop_list(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, 0);
    count = shop_list(&q, RECOMMEND_TRENDING, 0, out);
    assert_int_equal(count, 0);
    count = shop_list(&q, RECOMMEND_SIMILAR, 6, out);
    assert_int_equal(count, 0);
    shop_end(s);
}

static bool is_odd(void *arg, uint32_t product) {
    (void)arg;
    return product % 2 == 1;
}

static void test_kept_out(void **state) {
    struct shop *s = *state;
    struct recommendation out[SHOP_LIST];
    struct product_facts deleted = {.flags = FACT_DELETED};
    struct txn *t;
    size_t count;
    assert_ok(txn_begin(s->db, &t, NULL));
    for (uint32_t p = 1; p <= SHOP_PRODUCTS - 5; p++) assert_ok(columns_set_facts(t, p, &deleted));
    assert_ok(txn_commit(t, NULL));
    shop_begin(s);
    struct rank_person person = shop_person(s, "u6");
    struct recommend_query q = shop_query(s, &person);
    q.keep = is_odd;
    count = shop_list(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, 2); // 297, 299
    for (size_t i = 0; i < count; i++) assert_true(out[i].product > SHOP_PRODUCTS - 5 && out[i].product % 2 == 1);
    shop_end(s);
}

static void test_similar_is_same_type_then_cosine(void **state) {
    struct shop *s = *state;
    struct recommendation out[100];
    size_t count;
    shop_begin(s);
    struct recommend_query q = shop_query(s, NULL);
    q.limit = 100;
    count = shop_list(&q, RECOMMEND_SIMILAR, 6, out);
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
    struct recommendation out[SHOP_LIST];
    size_t count;
    shop_click(s, "fan1", 123, 20);
    shop_click(s, "fan2", 123, 20);
    shop_train(s, 32);
    assert_ok(generations_refresh(s->generations, NULL));
    shop_begin(s);
    struct recommend_query q = shop_query(s, NULL);
    count = shop_list(&q, RECOMMEND_TRENDING, 0, out);
    assert_int_equal(count, SHOP_LIST);
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

// Lists made together are those made alone, to the last bit, and those of all scores: for persons, sessions and strangers, some products
// deleted and some refused.
static void test_together_as_alone(void **state) {
    struct shop *s = *state;
    struct product_facts deleted = {.type = 1, .brand = 1, .kind = 1, .flags = FACT_DELETED};
    static struct recommendation alone[RECOMMEND_TOGETHER_MAX][SHOP_LIST], out[SHOP_LIST];
    static const uint32_t refused[] = {3, 13, 23, 16, 26, 299};
    uint32_t products[SHOP_PRODUCTS];
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    for (uint32_t p = 6; p < 100; p += 30) assert_ok(columns_set_facts(t, p, &deleted));
    assert_ok(txn_commit(t, NULL));
    for (uint32_t p = 0; p < SHOP_PRODUCTS; p++) products[p] = p + 1;
    for (unsigned round = 0; round < 20; round++) {
        unsigned n = 1 + round % RECOMMEND_TOGETHER_MAX;
        size_t counts[RECOMMEND_TOGETHER_MAX], count;
        struct recommend_query q[RECOMMEND_TOGETHER_MAX];
        struct rank_person person[RECOMMEND_TOGETHER_MAX];
        const uint32_t session[] = {1 + round, 11 + round};
        shop_begin(s);
        for (unsigned i = 0; i < n; i++) {
            char name[8];
            snprintf(name, sizeof name, "u%u", round * 7 + i);
            if (i % 4 == 3) assert_ok(rank_person_load(s->ranker, s->view, 0, session, 2, &person[i]));
            else person[i] = shop_person(s, i % 4 == 1 ? NULL : name);
            q[i] = shop_query(s, &person[i]);
            q[i].limit = 1 + (round + i * 3) % SHOP_LIST;
            q[i].refused = refused;
            q[i].refused_count = i % 3 ? 6 : 0;
            counts[i] = shop_list(&q[i], i % 5 ? RECOMMEND_FOR_YOU : RECOMMEND_TRENDING, 0, alone[i]);
            q[i].whole_catalogue = false; // every product and every score: what the pass is to find
            q[i].products = products;
            q[i].count = SHOP_PRODUCTS;
            assert_ok(recommend_list(&q[i], out, &count));
            q[i].whole_catalogue = true;
            for (size_t k = 0, at = 0; k < count && i % 3 == 0; k++, at++) {
                assert_int_equal(counts[i], count);
                assert_true(fabsf(out[k].score - alone[i][at].score) < 1e-5f);
            }
        }
        recommend_join_begin(s->ranker);
        for (unsigned i = 0; i < n; i++) { // the person is loaded anew for each: only one is valid at a time
            char name[8];
            snprintf(name, sizeof name, "u%u", round * 7 + i);
            if (i % 4 == 3) assert_ok(rank_person_load(s->ranker, s->view, 0, session, 2, &person[i]));
            else person[i] = shop_person(s, i % 4 == 1 ? NULL : name);
            assert_true(recommend_can_join(&q[i]));
            assert_ok(recommend_join(&q[i]));
        }
        recommend_join_run(s->ranker);
        for (unsigned i = 0; i < n; i++) {
            recommend_joined(s->ranker, i, out, &count);
            assert_int_equal(count, counts[i]);
            assert_memory_equal(out, alone[i], count * sizeof *out);
            for (size_t k = 0; k < count; k++) {
                assert_false(columns_facts(s->view, out[k].product)->flags & FACT_DELETED);
                for (size_t x = 0; x < q[i].refused_count; x++) assert_int_not_equal(out[k].product, refused[x]);
            }
        }
        shop_end(s);
    }
}

static void test_before_any_training(void **state) {
    struct shop *s = *state;
    const uint32_t candidates[] = {1, 2};
    struct recommendation out[SHOP_LIST];
    struct txn *t;
    size_t count;
    assert_ok(txn_begin(s->db, &t, NULL));
    shop_products(s, t);
    assert_ok(txn_commit(t, NULL));
    assert_ok(generations_open(s->db, &s->generations, NULL));
    assert_ok(ranker_open(s->generations, &s->ranker));
    shop_begin(s);
    struct rank_person nobody = shop_person(s, NULL);
    struct recommend_query q = shop_query(s, &nobody);
    count = shop_list(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, 0); // no rows to pass over
    q.whole_catalogue = false;
    q.products = candidates;
    q.count = 2;
    count = shop_list(&q, RECOMMEND_FOR_YOU, 0, out);
    assert_int_equal(count, 2);
    count = shop_list(&q, RECOMMEND_SIMILAR, 1, out);
    assert_int_equal(count, 0);
    count = shop_list(&q, RECOMMEND_TRENDING, 0, out);
    assert_int_equal(count, 2);
    shop_end(s);
}

// ---- the models about products ------------------------------------------------------------------------------------

// Buyers of 7 also buy 67, of another type, within the hour; others buy either alone.
static void shop_trips(struct shop *s) {
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    for (unsigned u = 0; u < 60; u++) {
        char user[16];
        snprintf(user, sizeof user, "trip%u", u);
        int64_t age_ms = (int64_t)(u + 1) * 86400000;
        if (u % 3 != 1) shop_event(s, t, user, 7, EVENT_PURCHASE, age_ms);
        if (u % 3 != 2) shop_event(s, t, user, u % 3 ? 68 : 67, EVENT_PURCHASE, age_ms - 600000);
        shop_event(s, t, user, 130 + u, EVENT_PURCHASE, age_ms + (int64_t)200 * 86400000);
    }
    assert_ok(txn_commit(t, NULL));
    shop_train(s, 32);
    assert_ok(generations_refresh(s->generations, NULL));
}

static void test_bought_together(void **state) {
    struct shop *s = *state;
    struct recommendation out[SHOP_LIST];
    struct recommend_why why;
    shop_trips(s);
    shop_begin(s);
    struct recommend_query q = shop_query(s, NULL);
    size_t count = shop_list(&q, RECOMMEND_BOUGHT_TOGETHER, 7, out);
    assert_true(count > 0);
    assert_int_equal(out[0].product, 67);
    assert_ok(recommend_explain(&q, &out[0], 1, &why));
    assert_int_equal(why.reason, RECOMMEND_BOUGHT_WITH);
    assert_true(why.evidence_count == 1 && why.evidence[0].about && why.evidence[0].product == 7);
    for (size_t i = 0; i < count; i++) { // nothing without evidence
        assert_ok(recommend_explain(&q, &out[i], 1, &why));
        assert_true(why.parts[RECOMMEND_PART_BOUGHT] + why.parts[RECOMMEND_PART_TYPE_BOUGHT] > 0.0f);
    }
    assert_int_equal(shop_list(&q, RECOMMEND_BOUGHT_TOGETHER, 250, out), 0); // nobody bought it with anything
    shop_end(s);
}

static void test_related_is_of_other_types(void **state) {
    struct shop *s = *state;
    struct recommendation out[SHOP_LIST];
    shop_begin(s);
    struct recommend_query q = shop_query(s, NULL);
    size_t count = shop_list(&q, RECOMMEND_RELATED, 6, out);
    assert_int_equal(count, SHOP_LIST);
    for (size_t i = 0; i < count; i++) {
        assert_int_not_equal(shop_facts(out[i].product).type, shop_facts(6).type);
        if (i < SHOP_LIST / 2) assert_int_equal(out[i].product % 10, 6); // what the same people want; some of it nobody touched
        assert_int_equal(reason_of(&q, &out[i]), RECOMMEND_GOES_WITH);
    }
    shop_end(s);
}

// A person's own taste moves every model's list.
static void test_every_model_knows_the_person(void **state) {
    struct shop *s = *state;
    const uint32_t session[] = {3, 63, 123};
    shop_trips(s);
    shop_begin(s);
    for (unsigned m = 0; m < RECOMMEND_MODELS; m++) {
        struct recommendation before[SHOP_LIST], after[SHOP_LIST];
        struct rank_person nobody = shop_person(s, NULL), person;
        struct recommend_query q = shop_query(s, &nobody);
        size_t n = shop_list(&q, m, 7, before);
        assert_ok(rank_person_load(s->ranker, s->view, 0, session, 3, &person));
        q.person = &person;
        assert_true(n > 0);
        size_t now = shop_list(&q, m, 7, after);
        assert_true(now != n || memcmp(before, after, n * sizeof *before) != 0);
    }
    shop_end(s);
}

static void check_why(const struct recommendation *hit, const struct recommend_why *why) {
    double sum = 0, evidence = 0, events = 0;
    for (unsigned f = 0; f < RANK_FEATURES; f++) sum += (double)why->features[f];
    for (unsigned p = 0; p < RECOMMEND_PARTS; p++) sum += (double)why->parts[p];
    events = (double)(why->features[RANK_AFFINITY] + why->features[RANK_SIMILAR] + why->features[RANK_NEXT]);
    for (unsigned p = 0; p < RECOMMEND_PART_TREND; p++) events += (double)why->parts[p];
    for (unsigned i = 0; i < why->evidence_count; i++) {
        evidence += (double)why->evidence[i].share;
        if (i > 0) assert_true(why->evidence[i].share <= why->evidence[i - 1].share);
    }
    if (fabs(sum - (double)hit->score) > 1e-5 * (1 + fabs(sum))) fail_msg("product %u: parts %.7f, score %.7f", hit->product, sum, (double)hit->score);
    if (fabs(evidence - events) > 1e-5 * (1 + fabs(events))) fail_msg("product %u: evidence %.7f, its parts %.7f", hit->product, evidence, events);
}

static void test_parts_add_up_in_every_model(void **state) {
    struct shop *s = *state;
    uint32_t random = 12345, about[RECOMMEND_ABOUT_MAX], session[8];
    shop_trips(s);
    for (unsigned round = 0; round < 100; round++) {
        struct recommendation out[SHOP_LIST];
        struct recommend_why why[SHOP_LIST];
        struct rank_person person;
        char name[8];
        uint32_t user;
        size_t count;
        shop_begin(s);
        snprintf(name, sizeof name, "u%u", (random = random * 1664525u + 1013904223u) >> 25);
        assert_ok(user_find(s->view, slice_str(name), &user));
        for (unsigned i = 0; i < 8; i++) session[i] = 1 + ((random = random * 1664525u + 1013904223u) >> 16) % SHOP_PRODUCTS;
        assert_ok(rank_person_load(s->ranker, s->view, round % 3 ? user : 0, session, round % 4 * 2, &person));
        struct recommend_query q = shop_query(s, round % 7 ? &person : NULL);
        q.model = round % RECOMMEND_MODELS;
        if (q.model == RECOMMEND_FOR_YOU) q.person = &person;
        q.about = about;
        q.about_count = 1 + round % 9;
        for (unsigned i = 0; i < q.about_count; i++) about[i] = i == 0 ? 7 : 1 + ((random = random * 1664525u + 1013904223u) >> 16) % (SHOP_PRODUCTS + 5);
        assert_ok(recommend_prepare(&q));
        assert_ok(recommend_list(&q, out, &count));
        assert_true(count > 0);
        assert_ok(recommend_explain(&q, out, count, why));
        for (size_t i = 0; i < count; i++) check_why(&out[i], &why[i]);
        for (size_t i = 0; i < count; i++) // never what it is about
            for (unsigned k = 0; k < q.about_count; k++)
                if (q.model != RECOMMEND_FOR_YOU) assert_int_not_equal(out[i].product, about[k]);
        shop_end(s);
    }
}

// ---- the best of many ---------------------------------------------------------------------------------------------

// Leaving out vectors that cannot matter changes nothing of the list.
static void test_the_list_is_that_of_all_scores(void **state) {
    struct shop *s = *state;
    uint32_t products[SHOP_PRODUCTS];
    for (uint32_t i = 0; i < SHOP_PRODUCTS; i++) products[i] = 1 + i * 7 % SHOP_PRODUCTS;
    for (unsigned u = 0; u < 40; u++) {
        struct recommendation out[7];
        struct topk_entry best[7];
        float scores[SHOP_PRODUCTS];
        size_t count;
        char name[8];
        snprintf(name, sizeof name, "u%u", u);
        shop_begin(s);
        struct rank_person person = shop_person(s, name);
        struct recommend_query q = shop_query(s, &person);
        q.whole_catalogue = false;
        q.products = products;
        q.count = SHOP_PRODUCTS;
        q.limit = 7;
        assert_ok(rank_score(s->ranker, s->view, &person, RANK_STOREFRONT, products, SHOP_PRODUCTS, scores, NULL));
        topk_select(scores, products, SHOP_PRODUCTS, 7, best);
        count = shop_list(&q, RECOMMEND_FOR_YOU, 0, out);
        assert_int_equal(count, 7);
        for (size_t i = 0; i < 7; i++) assert_true(out[i].product == best[i].id && fabsf(out[i].score - best[i].score) < 1e-5f);
        shop_end(s);
    }
}

static float no_number(void *arg, uint32_t product) {
    (void)arg;
    return product == 6 ? NAN : product == 16 ? INFINITY : 0.0f;
}

static void test_no_number_is_no_recommendation(void **state) {
    struct shop *s = *state;
    struct recommendation out[SHOP_LIST];
    shop_begin(s);
    struct rank_person person = shop_person(s, "u6");
    struct recommend_query q = shop_query(s, &person);
    ranker_set_boost(s->ranker, no_number, NULL);
    size_t count = shop_list(&q, RECOMMEND_FOR_YOU, 0, out);
    ranker_set_boost(s->ranker, NULL, NULL);
    assert_int_equal(count, SHOP_LIST);
    assert_int_equal(out[0].product, 16);
    for (size_t i = 0; i < count; i++) assert_true(out[i].product != 6 && !isnan(out[i].score));
    shop_end(s);
}

static void test_a_catalogue_of_one(void **state) {
    struct shop *s = *state;
    struct product_facts facts = shop_facts(1);
    struct txn *t;
    uint32_t p = 1;
    assert_ok(txn_begin(s->db, &t, NULL));
    assert_ok(columns_set_facts(t, 1, &facts));
    assert_ok(txn_put(t, TABLE_PRODUCT_ID, SLICE("p1"), slice_of(&p, sizeof p)));
    assert_ok(columns_set_products(t, 1));
    shop_event(s, t, "only", 1, EVENT_PURCHASE, 1000);
    assert_ok(txn_commit(t, NULL));
    shop_train(s, 16);
    assert_ok(generations_open(s->db, &s->generations, NULL));
    assert_ok(ranker_open(s->generations, &s->ranker));
    for (unsigned m = 0; m < RECOMMEND_MODELS; m++) {
        struct recommendation out[SHOP_LIST];
        shop_begin(s);
        struct rank_person person = shop_person(s, "only");
        struct recommend_query q = shop_query(s, &person);
        bool about = m != RECOMMEND_FOR_YOU && m != RECOMMEND_TRENDING;
        size_t count = shop_list(&q, m, about ? 1 : 0, out);
        assert_int_equal(count, about ? 0 : 1); // it is not recommended beside itself
        if (count) assert_true(out[0].product == 1 && isfinite(out[0].score));
        shop_end(s);
    }
}

static void test_reasons_have_names(void **state) {
    (void)state;
    for (unsigned r = 0; r < RECOMMEND_REASONS; r++) assert_true(recommend_reason_name(r)[0] != 0);
    assert_string_equal(recommend_reason_name(RECOMMEND_REASONS), "");
    for (unsigned m = 0; m < RECOMMEND_MODELS; m++) {
        enum recommend_model model;
        assert_true(recommend_model_parse(slice_str(recommend_model_name(m)), &model) && model == m);
    }
    for (unsigned p = 0; p < RECOMMEND_PARTS; p++) assert_true(recommend_part_name(p)[0] != 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_for_you_is_of_your_taste, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_strangers_get_what_is_popular, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_only_candidates, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_kept_out, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_together_as_alone, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_similar_is_same_type_then_cosine, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_trending_is_what_rises, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_bought_together, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_related_is_of_other_types, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_every_model_knows_the_person, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_parts_add_up_in_every_model, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_the_list_is_that_of_all_scores, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_personal_order_beats_popularity, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_before_any_training, shop_open_empty, shop_close),
        cmocka_unit_test_setup_teardown(test_no_number_is_no_recommendation, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_a_catalogue_of_one, shop_open_empty, shop_close),
        cmocka_unit_test(test_reasons_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

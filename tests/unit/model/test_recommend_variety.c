#include "recommend_shop.h"

#include <math.h>

static double cosine(const struct generation *g, uint32_t a, uint32_t b) {
    const float *x = generation_vector(g, a), *y = generation_vector(g, b);
    double xy = 0, xx = 0, yy = 0;
    for (unsigned k = 0; k < generation_dimension(g); k++) {
        xy += (double)x[k] * (double)y[k];
        xx += (double)x[k] * (double)x[k];
        yy += (double)y[k] * (double)y[k];
    }
    return xy / sqrt(xx * yy);
}

// Certain before uncertain, below its caps before full.
static int rank_among(struct view *v, const struct recommend_variety *variety, uint32_t product, bool certain, const uint32_t *chosen, size_t n) {
    const struct product_facts *facts = columns_facts(v, product);
    unsigned types = 0, brands = 0;
    for (size_t i = 0; i < n; i++) {
        types += columns_facts(v, chosen[i])->type == facts->type;
        brands += columns_facts(v, chosen[i])->brand == facts->brand;
    }
    return (certain ? 2 : 0) + (types < variety->per_type && brands < variety->per_brand);
}

// The scores of list[from..to) scaled to 0..1.
static double scaled_in(const struct recommendation *list, size_t i, size_t from, size_t to) {
    double low = (double)list[to - 1].score, high = (double)list[from].score;
    return high > low ? ((double)list[i].score - low) / (high - low) : 1;
}

// The same choice by looking at everything each time.
static void vary_reference(const struct generation *g, struct view *v, const struct recommendation *list, size_t n, size_t certain,
                           const struct recommend_variety *variety, size_t wanted, uint32_t *out) {
    bool taken[100] = {false};
    double lambda = (double)variety->lambda;
    for (size_t k = 0; k < wanted; k++) {
        size_t best = n;
        double most = -10;
        int best_rank = -1;
        for (size_t i = 0; i < n; i++) {
            double near = 0, scaled = i < certain ? scaled_in(list, i, 0, certain) : scaled_in(list, i, certain, n);
            for (size_t j = 0; j < k; j++) near = fmax(near, cosine(g, list[i].product, out[j]));
            double value = (1 - lambda) * scaled - lambda * near;
            int rank = rank_among(v, variety, list[i].product, i < certain, out, k);
            if (taken[i] || rank < best_rank || (rank == best_rank && value <= most)) continue;
            most = value;
            best_rank = rank;
            best = i;
        }
        taken[best] = true;
        out[k] = list[best].product;
    }
}

static void test_variety_is_marginal_relevance(void **state) {
    struct shop *s = *state;
    const float lambdas[] = {0.05f, 0.3f, 0.9f};
    for (unsigned round = 0; round < 90; round++) {
        struct recommendation out[60];
        uint32_t expected[SHOP_LIST];
        char name[8];
        snprintf(name, sizeof name, "u%u", round);
        shop_begin(s);
        struct rank_person person = shop_person(s, name);
        struct recommend_query q = shop_query(s, &person);
        q.limit = 60;
        assert_int_equal(shop_list(&q, RECOMMEND_FOR_YOU, 0, out), 60);
        struct recommend_variety variety = {lambdas[round % 3], UINT32_MAX, UINT32_MAX};
        size_t certain = 60;
        if (round >= 10) variety = (struct recommend_variety){lambdas[round % 3], 1 + round % 4, round % 2 ? UINT32_MAX : 1 + round % 5};
        if (round >= 20) certain = round * 3 % 60;
        vary_reference(rank_pinned(s->ranker), s->view, out, 60, certain, &variety, SHOP_LIST, expected);
        assert_ok(recommend_vary(&q, &variety, out, 60, certain, SHOP_LIST));
        for (unsigned i = 0; i < SHOP_LIST; i++) assert_int_equal(out[i].product, expected[i]);
        shop_end(s);
    }
}

static void test_caps_and_certainty(void **state) {
    struct shop *s = *state;
    struct recommendation out[100];
    shop_begin(s);
    struct rank_person person = shop_person(s, "u6");
    struct recommend_query q = shop_query(s, &person);
    q.limit = 100;
    assert_int_equal(shop_list(&q, RECOMMEND_FOR_YOU, 0, out), 100);
    struct recommendation before[100];
    memcpy(before, out, sizeof out);
    struct recommend_variety none = {0.0f, UINT32_MAX, UINT32_MAX}, capped = {0.1f, 3, 4};
    assert_ok(recommend_vary(&q, &none, out, 100, 100, SHOP_LIST));
    assert_memory_equal(before, out, sizeof out); // by score alone
    assert_ok(recommend_vary(&q, &capped, out, 100, 100, 10));
    unsigned types[SHOP_TYPES + 1] = {0}, brands[SHOP_BRANDS + 1] = {0};
    for (unsigned i = 0; i < 10; i++) {
        assert_true(++types[shop_facts(out[i].product).type] <= 3);
        assert_true(++brands[shop_facts(out[i].product).brand] <= 4);
    }
    memcpy(out, before, sizeof out);
    assert_ok(recommend_vary(&q, &capped, out, 100, 5, 10)); // five certainly fit: they lead, over the caps as well
    for (unsigned i = 0; i < 5; i++) {
        bool certain = false;
        for (unsigned k = 0; k < 5; k++) certain |= out[i].product == before[k].product;
        assert_true(certain);
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < 100; i++) sum += before[i].product - (uint64_t)out[i].product; // nothing is lost
    assert_true(sum == 0);
    shop_end(s);
}

static void test_tiers(void **state) {
    struct shop *s = *state;
    struct txn *t;
    struct recommendation products[62];
    uint8_t tiers[62];
    assert_ok(txn_begin(s->db, &t, NULL));
    for (uint32_t p = 1; p <= 60; p++) assert_ok(columns_set_offer(t, p, &(struct product_offer){.cny_fen = 1000 + p * 100, .stock = 5}));
    assert_ok(columns_set_offer(t, 30, &(struct product_offer){.stock = 5}));
    assert_ok(txn_commit(t, NULL));
    shop_train(s, 32);
    assert_ok(generations_refresh(s->generations, NULL));
    for (uint32_t i = 0; i < 60; i++) products[i] = (struct recommendation){i + 1, 1.0f};
    products[60].product = 61; // of another type, alone
    products[61].product = 62;
    shop_begin(s);
    struct recommend_query q = shop_query(s, NULL);
    assert_ok(recommend_tiers(&q, products, 62, tiers));
    assert_int_equal(tiers[0], RECOMMEND_GOOD);
    assert_int_equal(tiers[31], RECOMMEND_BETTER);
    assert_int_equal(tiers[59], RECOMMEND_BEST);
    assert_int_equal(tiers[29], RECOMMEND_NO_TIER); // has no price
    assert_int_equal(tiers[60], RECOMMEND_NO_TIER);
    recommend_tiers_lead(products, tiers, 62);
    assert_true(tiers[0] == RECOMMEND_GOOD && tiers[1] == RECOMMEND_BETTER && tiers[2] == RECOMMEND_BEST);
    assert_true(products[0].product == 1 && products[3].product == 2); // the first of its tier; the rest in their order
    assert_string_equal(recommend_tier_name(RECOMMEND_BEST), "best");
    assert_null(recommend_tier_name(RECOMMEND_NO_TIER));
    shop_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_variety_is_marginal_relevance, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_caps_and_certainty, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_tiers, shop_open, shop_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "recommend_shop.h"

#include <math.h>

#include "index/vehicle.h"
#include "model/history.h"
#include "model/market.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))

// A car of its own for each market, one that is sold in both, and one that does not say.
static void add_cars(struct shop *s) {
    static const struct { const char *model, *market; } cars[] = {{"Yank", "US"}, {"Han", "CN"}, {"World", "US"}, {"World", "CN"}, {"Quiet", NULL}, {"Other", "JP"}};
    struct vehicle_loader *l = vehicle_loader_new(s->db);
    struct vehicle_load_report report;
    struct fault why = {0};
    for (unsigned i = 0; i < sizeof cars / sizeof *cars; i++) {
        struct vehicle_attribute attribute = {SLICE("market"), slice_str(cars[i].market ? cars[i].market : "")};
        struct vehicle_configuration c = {.make = SLICE("Make"), .model = slice_str(cars[i].model), .source = SLICE("test"), .year = 2018,
                                          .attribute_count = cars[i].market != NULL, .attributes = &attribute};
        if (vehicle_loader_add(l, &c, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    if (vehicle_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    vehicle_loader_free(l);
}

static void click(struct shop *s, const char *user, const char *vehicle, uint32_t product, unsigned times) {
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    for (unsigned i = 0; i < times; i++) {
        char id[16], product_id[16];
        bool duplicate;
        snprintf(id, sizeof id, "m%u", s->events++);
        snprintf(product_id, sizeof product_id, "p%u", product);
        struct event e = {.unix_ms = SHOP_NOW_MS, .type = EVENT_CLICK, .value = __builtin_nanf(""), .id = slice_str(id), .user = slice_str(user),
                          .product_id = slice_str(product_id), .vehicle = slice_str(vehicle)};
        assert_ok(event_put(t, &s->scratch, &e, &duplicate));
        arena_reset(&s->scratch);
    }
    assert_ok(txn_commit(t, NULL));
}

static void put_garage(struct shop *s, const char *user, const char *vehicle, const char *attrs) {
    struct garage_entry entry = {.vehicle = slice_str(vehicle), .attrs = slice_str(attrs)};
    struct user u = {.external_id = slice_str(user), .garage_count = 1, .garage = &entry};
    struct txn *t;
    uint32_t id;
    assert_ok(txn_begin(s->db, &t, NULL));
    assert_ok(user_put(t, &s->scratch, &u, &id));
    assert_ok(txn_commit(t, NULL));
}

static void test_market_of_attrs(void **state) {
    (void)state;
    assert_int_equal(market_of_attrs(SLICE("displacement:1.4|2.0,market:CN")), MARKET_CN);
    assert_int_equal(market_of_attrs(SLICE("market:US")), MARKET_US);
    assert_int_equal(market_of_attrs(SLICE("market:US|CN")), MARKET_ANY);
    assert_int_equal(market_of_attrs(SLICE("market:?")), MARKET_ANY);
    assert_int_equal(market_of_attrs(SLICE("supermarket:US,fuel:CN")), MARKET_ANY);
    assert_int_equal(market_of_attrs(SLICE("market")), MARKET_ANY);
    assert_int_equal(market_of_attrs(SLICE_NONE), MARKET_ANY);
}

// The car of the event tells, else the garage; a car that is sold in several markets, unknown ones and VINs do not.
static void test_market_of_event(void **state) {
    struct shop *s = *state;
    static const struct { const char *user, *vehicle; enum market market; } cases[] = {
        {NULL, "2018-make-yank", MARKET_US}, {NULL, "2018-make-han", MARKET_CN}, {NULL, "2018-make-han~00000000", MARKET_CN},
        {NULL, "2018-make-world", MARKET_ANY}, {NULL, "2018-make-quiet", MARKET_ANY}, {NULL, "2018-make-other", MARKET_ANY},
        {NULL, "2018-make-nothing", MARKET_ANY}, {NULL, "LSVAA49J132047371", MARKET_ANY}, {NULL, "", MARKET_ANY},
        {"chinese", "", MARKET_CN}, {"chinese", "2018-make-world", MARKET_CN}, {"chinese", "2018-make-yank", MARKET_US},
        {"attributed", "", MARKET_US}, {"attributed", "2018-make-quiet", MARKET_US}, {"worldly", "2018-make-world", MARKET_ANY},
    };
    add_cars(s);
    put_garage(s, "chinese", "2018-make-han", "");
    put_garage(s, "attributed", "2018-make-world", "fuel:gasoline,market:US");
    put_garage(s, "worldly", "2018-make-world", "");
    shop_begin(s);
    struct market_reader *m = market_reader_new(s->view);
    assert_non_null(m);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
            uint32_t user = 0;
            enum market market = MARKETS;
            if (cases[i].user) assert_ok(user_find(s->view, slice_str(cases[i].user), &user));
            assert_ok(market_of_event(m, user, slice_str(cases[i].vehicle), &market));
            if (market != cases[i].market) fail_msg("%s in %s: market %d", cases[i].user ? cases[i].user : "nobody", cases[i].vehicle, market);
        }
    market_reader_free(m);
    shop_end(s);
}

// Rising in one market only: it leads there, is nothing in the other, and who asks without a market sees it as well.
static void test_rising_in_one_market(void **state) {
    struct shop *s = *state;
    struct recommendation out[SHOP_LIST];
    add_cars(s);
    click(s, "american", "2018-make-yank", 123, 120);
    click(s, "han", "2018-make-han", 207, 50);
    click(s, "anyone", "", 31, 80); // of no market: in each
    shop_train(s, 32);
    assert_ok(generations_refresh(s->generations, NULL));
    shop_begin(s);
    const struct generation *g = rank_pinned(s->ranker);
    // Beside the shop's own events, which are of no market and count in each.
    assert_true(fabsf(generation_trend(g, 123, MARKET_US) - generation_trend(g, 123, MARKET_CN) - 120) < 1e-3f);
    assert_true(fabsf(generation_trend(g, 207, MARKET_CN) - generation_trend(g, 207, MARKET_US) - 50) < 1e-3f);
    assert_true(generation_trend(g, 31, MARKET_CN) == generation_trend(g, 31, MARKET_US) && generation_trend(g, 31, MARKET_US) >= 80);
    for (unsigned way = 0; way < 2; way++) { // the whole catalogue in a pass, and a list
        static const uint32_t expected[MARKETS][3] = {[MARKET_ANY] = {123, 31, 207}, [MARKET_US] = {123, 31}, [MARKET_CN] = {31, 207}};
        uint32_t products[SHOP_PRODUCTS];
        for (uint32_t p = 0; p < SHOP_PRODUCTS; p++) products[p] = p + 1;
        struct rank_person nobody = {0};
        struct recommend_query q = shop_query(s, &nobody);
        q.whole_catalogue = way == 0;
        q.products = products;
        q.count = SHOP_PRODUCTS;
        for (q.market = MARKET_ANY; q.market < MARKETS; q.market++) {
            assert_int_equal(shop_list(&q, RECOMMEND_TRENDING, 0, out), SHOP_LIST);
            for (unsigned i = 0; i < 3 && expected[q.market][i]; i++) assert_int_equal(out[i].product, expected[q.market][i]);
            for (unsigned i = 0; i < 3; i++) assert_true(q.market == MARKET_ANY || out[i].product != (q.market == MARKET_US ? 207 : 123));
        }
    }
    shop_end(s);
}

// A steady flow is no trend; what came yesterday counts more than what came six days ago.
static void test_recent_is_decayed(void **state) {
    (void)state;
    struct history h = {0};
    float trend[4];
    for (int64_t day = 90; day >= 0; day--)
        assert_ok(history_add(&h, 1, (struct act){1, 10, SHOP_NOW_MS - day * DAY_MS - DAY_MS / 2}));
    assert_ok(history_add(&h, 2, (struct act){2, 10, SHOP_NOW_MS - DAY_MS}));
    assert_ok(history_add_in(&h, 3, (struct act){3, 10, SHOP_NOW_MS - 6 * DAY_MS}, MARKET_CN));
    assert_ok(history_trend(&h, SHOP_NOW_MS, MARKET_ANY, 3, trend));
    assert_true(trend[1] > -0.2f && trend[1] < 0.2f);
    assert_true(trend[2] > 8.6f && trend[2] < 8.7f && trend[3] > 4.2f && trend[3] < 4.3f);
    assert_ok(history_trend(&h, SHOP_NOW_MS, MARKET_US, 3, trend));
    assert_true(trend[2] > 8.6f && trend[3] == 0.0f);
    history_free(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_market_of_attrs),
        cmocka_unit_test_setup_teardown(test_market_of_event, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_rising_in_one_market, shop_open, shop_close),
        cmocka_unit_test(test_recent_is_decayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

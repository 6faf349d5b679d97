#include "shop.h"

#include "index/names.h"
#include "index/text.h"
#include "index/vocabulary.h"
#include "model/replenish.h"

#define DAY INT64_C(86400000)

static uint32_t add_type(struct shop *s, const char *slug, uint32_t km, uint16_t months) {
    struct type_info type = {.slug = slice_str(slug), .name = slice_str(slug), .kind = KIND_PART, .interval_km = km, .interval_months = months};
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    assert_ok(type_put(t, &s->scratch, &type));
    assert_ok(txn_commit(t, NULL));
    arena_reset(&s->scratch);
    return type.id;
}

static void add_product(struct shop *s, uint32_t product, uint32_t type) {
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    assert_ok(columns_set_facts(t, product, &(struct product_facts){.type = type, .brand = 1, .kind = 1}));
    assert_ok(txn_commit(t, NULL));
}

static struct event bought(uint32_t product, enum event_type type, int64_t days_ago) {
    return (struct event){.product = product, .type = type, .unix_ms = SHOP_NOW_MS - days_ago * DAY};
}

static void test_months_by_time_or_distance(void **state) {
    struct shop *s = *state;
    double months;
    bool wears;
    uint32_t both = add_type(s, "oil_filter", 10000, 12), time = add_type(s, "wiper", 0, 12), neither = add_type(s, "mat", 0, 0);
    shop_begin(s);
    assert_ok(replenish_months(s->view, both, &months, &wears));
    assert_true(wears && months == 8.0); // 10,000 km are driven first
    assert_ok(replenish_months(s->view, time, &months, &wears));
    assert_true(wears && months == 12.0);
    assert_ok(replenish_months(s->view, neither, &months, &wears));
    assert_true(!wears && months == REPLENISH_DEFAULT_MONTHS);
    assert_ok(replenish_months(s->view, 0, &months, &wears));
    assert_true(!wears && months == REPLENISH_DEFAULT_MONTHS);
    shop_end(s);
}

static void test_what_is_not_due(void **state) {
    struct shop *s = *state;
    uint32_t filter = add_type(s, "oil_filter", 10000, 12), mat = add_type(s, "mat", 0, 0);
    struct replenish found;
    for (uint32_t p = 1; p <= 4; p++) add_product(s, p, filter);
    add_product(s, 5, mat);
    const struct event events[] = { // newest first
        bought(1, EVENT_CLICK, 0),
        bought(2, EVENT_RETURN, 1),
        bought(1, EVENT_PURCHASE, 10),
        bought(2, EVENT_PURCHASE, 20),   // taken back
        bought(5, EVENT_PURCHASE, 100),
        {.type = EVENT_SERVICE, .service = SLICE("oil_filter"), .unix_ms = SHOP_NOW_MS - 190 * DAY},
        {.type = EVENT_SERVICE, .service = SLICE("no_such_thing"), .unix_ms = SHOP_NOW_MS},
        bought(3, EVENT_INSTALL, 200),   // 80 % of 8 months are 195 days
        bought(1, EVENT_PURCHASE, 300),  // the newest purchase of it counts
    };
    shop_begin(s);
    assert_ok(replenish_load(s->view, events, sizeof events / sizeof *events, &found));
    assert_int_equal(found.count, 3);
    assert_true(found.items[0].product == 1 && found.items[0].wears && found.items[0].type == filter);
    assert_true(found.items[0].bought_ms == SHOP_NOW_MS - 10 * DAY && found.items[0].due_ms > SHOP_NOW_MS);
    assert_true(found.items[1].product == 5 && !found.items[1].wears);
    assert_true(found.items[2].product == 0 && found.items[2].type == filter && found.items[2].wears);
    assert_ok(replenish_load(s->view, NULL, 0, &found));
    assert_int_equal(found.count, 0);
    shop_end(s);
}

int main(void) {
    assert_ok(text_init());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_months_by_time_or_distance, shop_open_empty, shop_close),
        cmocka_unit_test_setup_teardown(test_what_is_not_due, shop_open_empty, shop_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

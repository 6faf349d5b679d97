// Data nobody would make on purpose: a person of a million events, one product, one person, nobody, lines of no numbers. What is
// learnt and measured stays finite, and takes time and memory in proportion to the events.
#include "planted.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "index/base/limits.h"
#include "model/bought.h"
#include "model/canary.h"
#include "model/eval.h"
#include "model/off_policy.h"
#include "model/ratings.h"

static struct protocol_options options_of(bool ordered) {
    struct protocol_options o = protocol_defaults();
    o.als.dimension = 16;
    o.als.epochs = 3;
    o.ordered = ordered;
    o.segments = true;
    o.measure.resamples = 20;
    return o;
}

static void assert_finite(const struct protocol_result *r) {
    for (unsigned row = 0; row < PROTOCOL_ROWS; row++) {
        assert_true(isfinite(r->rows[row].coverage) && isfinite(r->rows[row].novelty) && isfinite(r->rows[row].lift));
        for (unsigned m = 0; m < MEASURE_METRICS; m++)
            assert_true(r->rows[row].mean[0][m] >= 0 && r->rows[row].mean[0][m] <= 1);
    }
}

// ---- a million events ---------------------------------------------------------------------------------------------

enum { MILLION = 1000000, PRODUCTS = 20000, CALM = 300 };

static double seconds_of_processor(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void busy_history(struct history *h, uint32_t busy) {
    uint64_t state = 3;
    *h = (struct history){0};
    for (uint32_t i = 0; i < MILLION; i++)
        assert_ok(history_add(h, busy, (struct act){1 + planted_random(&state) % PRODUCTS, 1, INT64_C(1700000000000) + i}));
    for (uint32_t u = 1; u < CALM; u++)
        for (uint32_t i = 0; i < 10; i++)
            assert_ok(history_add(h, busy + u, (struct act){1 + (u % 10 + planted_random(&state) % 5 * 10), 1, INT64_C(1700000000000) + i}));
}

static void test_a_person_of_a_million_events_is_measured(void **state) {
    (void)state;
    struct history h;
    struct protocol_report r;
    struct protocol_options o = options_of(true);
    busy_history(&h, 1);
    double began = seconds_of_processor();
    assert_ok(eval_mix(&h, NULL, &o, &r, NULL));
    assert_finite(&r.as_served);
    assert_finite(&r.strict);
    assert_true(seconds_of_processor() - began < 60); // the square of a million would take hours
    history_free(&h);
}

static void test_a_person_of_a_million_events_is_a_canary(void **state) {
    (void)state;
    struct history h;
    struct interactions m;
    struct generation_canaries c = {0};
    uint32_t busy = 1;
    while (canary_role(busy, CANARY_USERS_LEAST) != CANARY_MEASURES) busy++;
    busy_history(&h, busy);
    for (uint32_t u = CALM; h.users < CANARY_USERS_LEAST; u++) assert_ok(history_add(&h, busy + u, (struct act){1, 1, 1000}));
    assert_ok(canary_collect(&h, h.newest_ms, CANARY_MEASURES, &c));
    assert_int_equal(c.list[0].user, busy);
    assert_int_equal(c.list[0].count, MIX_EVENTS_MAX);
    assert_ok(history_interactions(&h, h.newest_ms, &m));
    assert_true(m.by_user.start[1] <= PRODUCTS);
    for (uint64_t i = 0; i < sparse_count(&m.by_user); i++) assert_true(m.by_user.weight[i] <= INTERACTION_WEIGHT_MAX);
    interactions_free(&m);
    canary_free(&c);
    history_free(&h);
}

static void test_a_million_purchases_in_an_hour_are_no_shopping_trip(void **state) {
    (void)state;
    struct purchase *list = malloc(MILLION * sizeof *list);
    struct bought b;
    for (uint32_t i = 0; i < MILLION; i++) list[i] = (struct purchase){1, 1 + i % PRODUCTS, 0, INT64_C(1700000000000) + i};
    double began = seconds_of_processor();
    assert_ok(bought_learn(list, MILLION, PRODUCTS + 1, 16, &b));
    assert_true(seconds_of_processor() - began < 30);
    bought_free(&b);
    free(list);
}

// ---- almost nothing -----------------------------------------------------------------------------------------------

static struct protocol_report protocols_of(const char *text) {
    struct sequences s;
    struct protocol_report last, given;
    struct protocol_options o = options_of(true);
    assert_ok(sequences_parse(slice_of(text, strlen(text)), "text", &s, NULL));
    assert_ok(protocol_leave_last_out(&s, &o, &last, NULL));
    assert_finite(&last.as_served);
    o.ordered = false;
    assert_ok(protocol_given_split(&s, &s, &s, &o, &given, NULL));
    assert_finite(&given.test);
    sequences_free(&s);
    return last;
}

static void test_one_product(void **state) {
    (void)state;
    struct protocol_report r = protocols_of("0 0\n1 0\n2 0 0 0\n");
    assert_int_equal(r.as_served.products, 1);
}

static void test_one_person(void **state) {
    (void)state;
    assert_int_equal(protocols_of("0 1 2 3 4 5\n").as_served.people, 1);
    assert_int_equal(protocols_of("7 1\n").as_served.people, 0); // nothing is left when the last is out
}

static void test_nobody(void **state) {
    (void)state;
    assert_int_equal(protocols_of("\n\n").as_served.people, 0);
    assert_int_equal(protocols_of("4\n").as_served.people, 0); // somebody who took nothing
}

// ---- lines of no numbers ------------------------------------------------------------------------------------------

static void test_no_numbers_in_files(void **state) {
    (void)state;
    static const char *const ratings[] = {"1 1 nan 5\n", "1 1 inf 5\n", "1 1 5 inf\n", "1 1 1e999 5\n", "1 1 5 -nan\n", "1 1 5 1e300\n"};
    static const char *const lists[] = {"0 nan\n", "inf 1\n", "0 1e3\n", "0 -1\n", "0 99999999999999999999\n", "0 16777216\n"};
    for (size_t i = 0; i < sizeof ratings / sizeof *ratings; i++) {
        struct sequences s = {0};
        char text[64];
        snprintf(text, sizeof text, "1 2 5 5\n%s", ratings[i]);
        assert_int_equal(ratings_parse(slice_of(text, strlen(text)), "text", 0, &s, NULL), ERR_BAD_REQUEST);
        sequences_free(&s);
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct sequences s = {0};
        assert_int_equal(sequences_parse(slice_of(lists[i], strlen(lists[i])), "text", &s, NULL), ERR_BAD_REQUEST);
        sequences_free(&s);
    }
}

static void test_options_of_no_numbers(void **state) {
    (void)state;
    struct history h;
    struct protocol_report r;
    planted_history(&h, 40, 30, 5, 6);
    for (unsigned i = 0; i < 6; i++) {
        struct protocol_options o = options_of(true);
        if (i == 0) o.als.alpha0 = NAN;
        if (i == 1) o.als.lambda = INFINITY;
        if (i == 2) o.similar.to = NAN;
        if (i == 3) o.next.step_decay = NAN;
        if (i == 4) o.measure.cutoffs[0] = MEASURE_K_MAX + 1;
        if (i == 5) o.als.dimension = 17;
        assert_int_equal(eval_mix(&h, NULL, &o, &r, NULL), ERR_BAD_REQUEST);
    }
    history_free(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_person_of_a_million_events_is_measured),
        cmocka_unit_test(test_a_person_of_a_million_events_is_a_canary),
        cmocka_unit_test(test_a_million_purchases_in_an_hour_are_no_shopping_trip),
        cmocka_unit_test(test_one_product), cmocka_unit_test(test_one_person), cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_no_numbers_in_files), cmocka_unit_test(test_options_of_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

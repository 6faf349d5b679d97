// What is bought together: the counts are those of looking at every trip for every pair.
#include "planted.h"

#include <math.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))

static int by_user_and_time(const void *a, const void *b) {
    const struct purchase *x = a, *y = b;
    if (x->user != y->user) return x->user < y->user ? -1 : 1;
    return x->unix_ms < y->unix_ms ? -1 : x->unix_ms > y->unix_ms;
}

// People with one to three cars who buy often together what stands beside each other.
static size_t draw(struct purchase *out, size_t max, uint32_t labels, uint64_t seed) {
    uint64_t state = seed;
    size_t n = 0;
    for (uint32_t user = 0; n + 1 < max; user++) {
        int64_t now = 1700000000000;
        unsigned count = 1 + planted_random(&state) % 8;
        for (unsigned i = 0; i < count && n + 1 < max; i++) {
            uint32_t label = planted_random(&state) % labels, car = planted_random(&state) % 3;
            now += (int64_t)(planted_random(&state) % 12) * DAY_MS;
            out[n++] = (struct purchase){user, label, car, now};
            if (planted_random(&state) % 2) out[n++] = (struct purchase){user, label ^ 1, car, now + (int64_t)(label % 3) * DAY_MS};
        }
    }
    qsort(out, n, sizeof *out, by_user_and_time);
    return n;
}

static void test_equal_to_the_formulas(void **state) {
    (void)state;
    static struct purchase purchases[3000];
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct bought fast, plain;
        size_t n = draw(purchases, 3000, 24, seed);
        assert_ok(bought_learn(purchases, n, 24, 5, &fast));
        assert_ok(bought_reference(purchases, n, 24, 5, &plain));
        assert_true(fast.start[24] >= 24); // each beside its neighbour at least
        for (uint32_t l = 0; l <= 24; l++) assert_int_equal(fast.start[l], plain.start[l]);
        for (uint32_t i = 0; i < fast.start[24]; i++) {
            assert_int_equal(fast.pair[i].label, plain.pair[i].label);
            assert_true(fabsf(fast.pair[i].lift - plain.pair[i].lift) < 1e-4f * plain.pair[i].lift);
            assert_true(fabsf(fast.pair[i].support - plain.pair[i].support) < 1e-4f * plain.pair[i].support);
        }
        bought_free(&fast);
        bought_free(&plain);
    }
}

static size_t trips(struct purchase *out, size_t at, uint32_t a, uint32_t b, unsigned count, uint32_t car_a, uint32_t car_b,
                    int days) {
    for (unsigned i = 0; i < count; i++) {
        uint32_t user = (uint32_t)at + 1;
        out[at++] = (struct purchase){user, a, car_a, 1700000000000};
        out[at++] = (struct purchase){user, b, car_b, 1700000000000 + days * DAY_MS};
    }
    return at;
}

static uint32_t pairs_of(const struct purchase *list, size_t n, uint32_t label, float *support) {
    struct bought b;
    assert_ok(bought_learn(list, n, 16, 20, &b));
    uint32_t count = b.start[label + 1] - b.start[label];
    *support = count ? b.pair[b.start[label]].support : 0;
    bought_free(&b);
    return count;
}

static void test_what_makes_a_pair(void **state) {
    (void)state;
    static struct purchase list[1000];
    float support;
    size_t others = trips(list, 0, 8, 9, 100, 0, 0, 0);
    assert_int_equal(pairs_of(list, trips(list, others, 1, 2, 10, 7, 7, 0), 1, &support), 1);
    assert_true(support == 10.0f);
    assert_int_equal(pairs_of(list, trips(list, others, 1, 2, 10, 7, 0, 7), 1, &support), 1); // one car not known, a week apart
    assert_true(fabsf(support - 5.0f) < 1e-5f);
    assert_int_equal(pairs_of(list, trips(list, others, 1, 2, 10, 7, 6, 0), 1, &support), 0);  // for another car
    assert_int_equal(pairs_of(list, trips(list, others, 1, 2, 10, 0, 0, 15), 1, &support), 0); // another trip
    assert_int_equal(pairs_of(list, trips(list, others, 1, 2, 1, 0, 0, 0), 1, &support), 0);   // once is chance
}

static void test_what_everybody_buys_goes_with_nothing(void **state) {
    (void)state;
    static struct purchase list[6000];
    float support;
    size_t n = 0;
    for (uint32_t user = 0; user < 900; user++) {
        list[n++] = (struct purchase){user, 1, 0, 1700000000000};              // wiper fluid, always
        list[n++] = (struct purchase){user, 2 + user % 7, 0, 1700000000000};
    }
    assert_int_equal(pairs_of(list, n, 1, &support), 0);
}

static void test_nothing(void **state) {
    (void)state;
    struct bought b;
    assert_ok(bought_learn(NULL, 0, 0, 20, &b));
    assert_int_equal(b.start[0], 0);
    bought_free(&b);
    struct purchase one = {1, 3, 0, 5};
    assert_ok(bought_learn(&one, 1, 4, 20, &b));
    assert_int_equal(b.start[4], 0);
    bought_free(&b);
}

// One trip of a hundred thousand purchases costs what a trip of BOUGHT_TRIP_MAX does.
static void test_a_long_trip(void **state) {
    (void)state;
    size_t n = 100000;
    struct purchase *list = calloc(n, sizeof *list);
    struct bought b;
    for (size_t i = 0; i < n; i++) list[i] = (struct purchase){1, (uint32_t)i, 0, 1700000000000};
    assert_ok(bought_learn(list, n, (uint32_t)n, 20, &b));
    assert_int_equal(b.start[n], 0);
    bought_free(&b);
    free(list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_to_the_formulas), cmocka_unit_test(test_what_makes_a_pair),
        cmocka_unit_test(test_what_everybody_buys_goes_with_nothing), cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_a_long_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

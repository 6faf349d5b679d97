// The wheel against the obvious: a list of deadlines looked through at every step.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/wheel.h"

#define ENTRIES 300
#define TICK_US 1000

struct world {
    struct wheel wheel;
    struct wheel_entry entries[ENTRIES];
    uint64_t deadline_us[ENTRIES]; // 0: none
    uint64_t now_us, before_us;
    unsigned expired;
};

static void on_expired(struct wheel_entry *e, void *arg) {
    struct world *w = arg;
    size_t i = (size_t)(e - w->entries);
    assert_int_not_equal(w->deadline_us[i], 0);
    assert_true(w->deadline_us[i] <= w->now_us);                    // not early
    assert_true(w->deadline_us[i] + 2 * TICK_US >= w->before_us);   // at the first turn after it was due
    w->deadline_us[i] = 0;
    w->expired++;
    if (w->expired % 7 == 0) { // a callback may move and remove others
        size_t other = (i + 1) % ENTRIES;
        wheel_remove(&w->entries[other]);
        w->deadline_us[other] = 0;
    }
    if (w->expired % 5 == 0) {
        w->deadline_us[i] = w->now_us + 3 * TICK_US;
        wheel_set(&w->wheel, e, w->deadline_us[i]);
    }
}

static uint64_t random_time(uint64_t *seed, uint64_t below) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % below;
}

static void test_against_a_list(void **state) {
    (void)state;
    static struct world w;
    uint64_t seed = 42;
    w.now_us = 123456789;
    wheel_init(&w.wheel, TICK_US, w.now_us);
    for (unsigned step = 0; step < 20000; step++) {
        size_t i = random_time(&seed, ENTRIES);
        uint64_t ahead = random_time(&seed, 10) == 0 ? 3000 * TICK_US : 50 * TICK_US; // some beyond its reach
        if (random_time(&seed, 8) == 0) {
            wheel_remove(&w.entries[i]);
            w.deadline_us[i] = 0;
        } else {
            w.deadline_us[i] = w.now_us + random_time(&seed, ahead) + 1;
            wheel_set(&w.wheel, &w.entries[i], w.deadline_us[i]);
        }
        w.before_us = w.now_us;
        w.now_us += random_time(&seed, 3 * TICK_US / 2);
        wheel_advance(&w.wheel, w.now_us, on_expired, &w);
        for (size_t k = 0; k < ENTRIES; k++) // none forgotten
            assert_true(w.deadline_us[k] == 0 || w.deadline_us[k] + 2 * TICK_US > w.now_us);
    }
    assert_true(w.expired > 1000);
}

static void count(struct wheel_entry *e, void *arg) {
    (void)e;
    ++*(unsigned *)arg;
}

// After a long pause everything that is due comes at once; what is parked never does.
static void test_long_pause(void **state) {
    (void)state;
    static struct wheel wheel;
    struct wheel_entry entries[4] = {{NULL, NULL, 0, 0}};
    unsigned expired = 0;
    wheel_init(&wheel, TICK_US, 0);
    wheel_set(&wheel, &entries[0], 5 * TICK_US);
    wheel_set(&wheel, &entries[1], 10000ull * TICK_US);
    wheel_set(&wheel, &entries[2], WHEEL_NEVER);
    wheel_set(&wheel, &entries[3], 1000000ull * TICK_US);
    wheel_advance(&wheel, 100000ull * TICK_US, count, &expired);
    assert_int_equal(expired, 2);
    wheel_set(&wheel, &entries[3], 100001ull * TICK_US); // earlier than it was
    wheel_advance(&wheel, 100003ull * TICK_US, count, &expired);
    assert_int_equal(expired, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_long_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

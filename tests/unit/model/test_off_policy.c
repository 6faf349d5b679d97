// Off-policy estimates: unbiased where the truth is known, by simulation and on the Open Bandit logs.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/off_policy.h"

#define assert_ok(expression) assert_int_equal((expression), ERR_OK)
enum { ACTIONS = 12, PLACES = 3 };

static double random_unit(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 33) / 0x1p31;
}

static double true_reward(uint32_t place, uint32_t action) { return 0.05 + 0.4 * (action * 7 % ACTIONS) / ACTIONS / (1 + place); }

// Logged by a policy that prefers low actions.
static void simulate(struct off_policy_log *log, size_t count, uint64_t seed) {
    uint64_t state = seed;
    double total = 0;
    for (unsigned a = 0; a < ACTIONS; a++) total += 1.0 / (a + 2);
    *log = (struct off_policy_log){ACTIONS, PLACES, count, calloc(count, sizeof *log->rows)};
    for (size_t i = 0; i < count; i++) {
        double at = random_unit(&state) * total;
        uint32_t action = 0, place = (uint32_t)(i % PLACES);
        while (action + 1 < ACTIONS && at >= 1.0 / (action + 2)) at -= 1.0 / (action + 2), action++;
        log->rows[i] = (struct off_policy_row){action, place, random_unit(&state) < true_reward(place, action) ? 1.0f : 0.0f,
                                               (float)(1.0 / (action + 2) / total)};
    }
}

static void test_close_to_the_truth(void **state) {
    (void)state;
    struct off_policy_options o = {.clip = 0, .resamples = 400, .seed = 3};
    struct off_policy_table uniform;
    double truth = 0;
    unsigned covered = 0, rounds = 20;
    assert_ok(off_policy_uniform(PLACES, ACTIONS, &uniform));
    for (uint32_t p = 0; p < PLACES; p++)
        for (uint32_t a = 0; a < ACTIONS; a++) truth += true_reward(p, a) / (PLACES * ACTIONS);
    for (unsigned round = 0; round < rounds; round++) {
        struct off_policy_log log;
        struct off_policy_report r;
        simulate(&log, 6000, round + 1);
        assert_ok(off_policy_estimate(&log, &uniform, &o, &r, NULL));
        assert_true(fabs(r.ips.value - truth) < 0.05 && fabs(r.snips.value - truth) < 0.05);
        assert_true(fabs(r.doubly_robust.value - truth) < 0.05);
        const struct off_policy_value *values[] = {&r.ips, &r.snips, &r.doubly_robust};
        for (unsigned i = 0; i < 3; i++)
            if (values[i]->low <= truth && truth <= values[i]->high) covered++;
        assert_true(r.effective_rows > 1000 && r.effective_rows < 6000);
        off_policy_log_free(&log);
    }
    assert_true(covered >= 3 * rounds * 85 / 100); // of 95 % intervals
    off_policy_table_free(&uniform);
}

static void test_of_itself_it_is_the_mean(void **state) {
    (void)state;
    static struct off_policy_row rows[] = {{0, 0, 1, 0.5f}, {1, 0, 0, 0.5f}, {0, 0, 1, 0.5f}, {1, 0, 1, 0.5f}};
    struct off_policy_log log = {2, 1, 4, rows};
    struct off_policy_table uniform, small;
    struct off_policy_options o = off_policy_defaults();
    struct off_policy_report r;
    assert_ok(off_policy_uniform(1, 2, &uniform));
    assert_ok(off_policy_estimate(&log, &uniform, &o, &r, NULL));
    assert_true(fabs(r.ips.value - 0.75) < 1e-9 && fabs(r.snips.value - 0.75) < 1e-9 && fabs(r.logged.value - 0.75) < 1e-9);
    assert_true(fabs(r.effective_rows - 4) < 1e-9 && r.clipped == 0);
    rows[0].probability = 0.001f; // a weight of 500
    assert_ok(off_policy_estimate(&log, &uniform, &o, &r, NULL));
    assert_true(fabs(r.clipped - 0.25) < 1e-9 && r.largest_weight > 499 && fabs(r.ips.value - (100 + 2) / 4.0) < 1e-6);
    assert_ok(off_policy_uniform(1, 1, &small));
    assert_int_equal(off_policy_estimate(&log, &small, &o, &r, NULL), ERR_BAD_REQUEST);
    log.count = 0;
    assert_int_equal(off_policy_estimate(&log, &uniform, &o, &r, NULL), ERR_BAD_REQUEST);
    off_policy_table_free(&uniform);
    off_policy_table_free(&small);
}

static void refused(const char *text, const char *words) {
    struct off_policy_log log;
    struct fault why = {0};
    assert_int_equal(off_policy_parse(slice_of(text, strlen(text)), "log.csv", &log, &why), ERR_BAD_REQUEST);
    assert_non_null(strstr(why.message, words));
}

static void test_logs_are_read_and_refused(void **state) {
    (void)state;
    static const char good[] = ",position,item_id,x,click,propensity_score\n0,1,4,a,1,5e-05\n1,2,0,,0,1.0\n\n";
    struct off_policy_log log;
    assert_ok(off_policy_parse(slice_of(good, sizeof good - 1), "log.csv", &log, NULL));
    assert_true(log.count == 2 && log.actions == 5 && log.places == 3 && log.rows[0].reward == 1.0f);
    off_policy_log_free(&log);
    refused("item_id,position,click\n1,1,0\n", "propensity_score");
    refused("item_id,position,click,propensity_score\n1,1,0,nan\n", "log.csv:2");
    refused("item_id,position,click,propensity_score\n1,1,0,0.5\n1,1,0,0\n", "log.csv:3");
    refused("item_id,position,click,propensity_score\n1,1,0,1.5\n", "log.csv:2");
    refused("item_id,position,click,propensity_score\n-1,1,0,0.5\n", "log.csv:2");
    refused("item_id,position,click,propensity_score\n1,1\n", "log.csv:2");
    refused("", "header");
}

// The mean reward of the other log is the truth; it is itself a mean of 10,000 rows.
static void one_way(const char *from, const char *to, bool uniform) {
    struct off_policy_log log, other;
    struct off_policy_table policy;
    struct off_policy_report r, truth;
    struct off_policy_options o = off_policy_defaults();
    struct fault why;
    assert_ok(off_policy_read(from, &log, &why));
    assert_ok(off_policy_read(to, &other, &why));
    uint32_t places = log.places > other.places ? log.places : other.places, actions = log.actions > other.actions ? log.actions : other.actions;
    assert_ok(uniform ? off_policy_uniform(places, actions, &policy) : off_policy_shares(&other, places, actions, &policy));
    assert_ok(off_policy_estimate(&log, &policy, &o, &r, &why));
    assert_ok(off_policy_estimate(&other, &policy, &o, &truth, &why));
    printf("%s: IPS %.5f, SNIPS %.5f [%.5f, %.5f], DR %.5f; truth %.5f [%.5f, %.5f]; %.0f effective rows\n", strrchr(from, '/') + 1, r.ips.value,
           r.snips.value, r.snips.low, r.snips.high, r.doubly_robust.value, truth.logged.value, truth.logged.low, truth.logged.high, r.effective_rows);
    const struct off_policy_value *values[] = {&r.ips, &r.snips, &r.doubly_robust};
    for (unsigned i = 0; i < 3; i++) // the intervals meet
        assert_true(values[i]->low <= truth.logged.high && truth.logged.low <= values[i]->high);
    off_policy_log_free(&log);
    off_policy_log_free(&other);
    off_policy_table_free(&policy);
}

static void test_open_bandit(void **state) {
    (void)state;
    const char *folder = getenv("RIGHTFIT_OPEN_BANDIT");
    char path[4][512];
    static const char *const names[] = {"random_men", "bts_men", "random_women", "bts_women"};
    if (folder == NULL) folder = "../shared/data/open-bandit-small";
    for (unsigned i = 0; i < 4; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s.csv", folder, names[i]);
        if (access(path[i], R_OK) == 0) continue;
        print_message("skipped: the Open Bandit data is not in %s\n", folder);
        skip();
    }
    for (unsigned campaign = 0; campaign < 4; campaign += 2) {
        one_way(path[campaign], path[campaign + 1], false); // random logs, how BTS chose
        one_way(path[campaign + 1], path[campaign], true);  // BTS logs, chosen at random
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_close_to_the_truth), cmocka_unit_test(test_of_itself_it_is_the_mean),
        cmocka_unit_test(test_logs_are_read_and_refused), cmocka_unit_test(test_open_bandit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// The cockpit's suggestions: one for a cause, the worst first, nothing that the driver has put aside.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/cockpit.h"
#include "tests/xorshift.h"

#define NOW_MS INT64_C(1795341600000)
#define TYPES 12
#define SERVICES 9

static uint64_t seed = 99;
static unsigned rnd(unsigned below) { return xorshift(&seed, below); }

#define NAMED(text, ...) {__VA_ARGS__ .slug = {text, sizeof text - 1}, .name = {text, sizeof text - 1}, .name_zh = {text, sizeof text - 1}, .advice = {text, sizeof text - 1}, .advice_zh = {text, sizeof text - 1}}
static const struct book_rule yearly = {.is = {.km = 10000, .months = 12, .flags = RULE_INTERVAL}};
// By slug. Repairs have no rules; the others are in plans.
static const struct book_service services[SERVICES] = {
    {.is = NAMED("air_filter_change", .harm = HARM_WEAR,), .type_count = 1, .types = {1}, .rule_count = 1, .rules = &yearly},
    {.is = NAMED("battery_replacement", .harm = HARM_DAMAGE,), .type_count = 1, .types = {2}, .rule_count = 1, .rules = &yearly},
    {.is = NAMED("brake_service", .harm = HARM_SAFETY,), .type_count = 1, .types = {3}, .rule_count = 1, .rules = &yearly},
    {.is = NAMED("charging_repair"), .type_count = 1, .types = {4}},
    {.is = NAMED("engine_repair"), .type_count = 1, .types = {5}},
    {.is = NAMED("ignition_repair"), .type_count = 1, .types = {6}},
    {.is = NAMED("spark_plug_replacement", .harm = HARM_WEAR,), .type_count = 1, .types = {7}, .rule_count = 1, .rules = &yearly},
    {.is = NAMED("tyre_pressure")},
    {.is = NAMED("winter_check"), .type_count = 1, .types = {8}},
};
static const struct service_book book = {.count = SERVICES, .services = services, .version = 1};

static struct cockpit_code code(const char *text, enum trouble_urgency urgency, uint32_t first, uint32_t second) {
    struct cockpit_code c = {.meaning = {.origin = TROUBLE_OF_TABLE, .code = {.known = true, .urgency = urgency}}};
    assert_true(trouble_text_parse(slice_str(text), &c.sent));
    memcpy(c.meaning.code.code, c.sent.code, sizeof c.sent.code);
    c.meaning.code.text = c.meaning.code.text_zh = SLICE("said");
    if (first) c.meaning.code.types[c.meaning.code.type_count++] = first;
    if (second) c.meaning.code.types[c.meaning.code.type_count++] = second;
    return c;
}

static struct car_service planned(unsigned service, enum due_state state) {
    return (struct car_service){.plan = {.service = &services[service], .interval = &yearly, .applies = APPLIES_ALL},
                                .due = {.state = state, .reason = DUE_BY_DISTANCE, .assumed = true}};
}

static const struct cockpit_sensors no_sensors = {.wheel_count = 0};

static struct cockpit_input input(const struct car_service *plan, unsigned count, const struct cockpit_code *codes, unsigned code_count) {
    return (struct cockpit_input){.book = &book, .services = plan, .service_count = count, .codes = codes, .code_count = code_count, .sensors = &no_sensors,
                                  .vehicle = SLICE("2018-x-y"), .now_ms = NOW_MS};
}

static struct cockpit_suggestion out[COCKPIT_SUGGESTIONS_MAX];
static unsigned suggest(const struct cockpit_input *in) {
    unsigned count;
    assert_int_equal(cockpit_suggest(in, out, &count), ERR_OK);
    return count;
}

static void test_a_misfire_and_due_plugs_are_one(void **state) {
    (void)state;
    const struct car_service plan[] = {planned(6, DUE_NOW), planned(0, DUE_NOW)};
    const struct cockpit_code codes[] = {code("P0301", TROUBLE_STOP, 7, 6), code("P0300", TROUBLE_SOON, 7, 6)};
    struct cockpit_input in = input(plan, 2, codes, 2);
    assert_int_equal(suggest(&in), 2);
    assert_ptr_equal(out[0].service, &services[6]);
    assert_int_equal(out[0].cause_count, 3);
    assert_int_equal(out[0].severity, COCKPIT_STOP);
    assert_true(out[0].confidence > 0.98 && out[0].confidence < 1);
    // Plugs just replaced on record: the coil it is.
    struct car_service fresh = planned(6, DUE_LATER);
    fresh.last = (struct due_record){true, true, true, 100, 100};
    fresh.due.has_km = true;
    fresh.due.left_km = 9000;
    in = input(&fresh, 1, codes, 2);
    assert_int_equal(suggest(&in), 1);
    assert_ptr_equal(out[0].service, &services[5]);
    // A car without plugs never gets them.
    in = input(&plan[1], 1, codes, 1);
    assert_int_equal(suggest(&in), 2);
    assert_ptr_equal(out[0].service, &services[5]);
}

static void test_what_waiting_costs_and_how_late(void **state) {
    (void)state;
    struct car_service plan[] = {planned(0, DUE_NOW), planned(1, DUE_NOW), planned(2, DUE_NOW), planned(6, DUE_NOW)};
    struct cockpit_input in = input(plan, 4, NULL, 0);
    assert_int_equal(suggest(&in), 4);
    const unsigned order[] = {2, 1, 0, 6}; // brakes, battery; of equals by name
    for (unsigned i = 0; i < 4; i++) assert_ptr_equal(out[i].service, &services[order[i]]);
    for (unsigned i = 0; i < 4; i++) assert_true(out[i].severity == COCKPIT_ROUTINE && out[i].score > 0 && out[i].score < 0.6 * 0.5);
    plan[3].due.has_km = true;
    plan[3].due.left_km = -900; // plugs 9 % late go before a filter that is just due
    assert_int_equal(suggest(&in), 4);
    assert_ptr_equal(out[2].service, &services[6]);
    plan[0].due.has_km = plan[1].due.has_km = true;
    plan[0].due.left_km = plan[1].due.left_km = -100000; // however late: what only wears waits for the next visit, what strands the car does not
    plan[0].due.state = plan[1].due.state = DUE_OVERDUE;
    assert_int_equal(suggest(&in), 4);
    assert_ptr_equal(out[0].service, &services[1]);
    assert_int_equal(out[0].severity, COCKPIT_SOON);
    for (unsigned i = 1; i < 4; i++) assert_int_equal(out[i].severity, COCKPIT_ROUTINE);
}

static void test_unknown_codes_stay_unknown(void **state) {
    (void)state;
    struct arena a;
    struct cockpit_code unknown = code("P1ABC", TROUBLE_UNRATED, 0, 0);
    unknown.meaning.origin = TROUBLE_OF_FAMILY;
    struct cockpit_input in = input(NULL, 0, &unknown, 1);
    assert_int_equal(suggest(&in), 1);
    assert_ptr_equal(out[0].service, &services[4]);
    assert_int_equal(out[0].type, 0);
    arena_init(&a, 1024, 1 << 16);
    struct slice reason = cockpit_reason(&a, &out[0], false);
    assert_true(memmem(reason.p, reason.n, "not known here", 14) != NULL);
    arena_destroy(&a);
}

static void test_sensors(void **state) {
    (void)state;
    struct cockpit_sensors s = {.has_voltage = true, .voltage = 12.2, .wheel_count = 2, .wheels = {{SLICE("front_left"), 230}, {SLICE("rear_left"), 100}}};
    struct cockpit_input in = input(NULL, 0, NULL, 0);
    in.sensors = &s;
    assert_int_equal(suggest(&in), 1); // 12.2 V is enough in summer
    assert_ptr_equal(out[0].service, &services[7]);
    assert_int_equal(out[0].severity, COCKPIT_STOP);
    s.has_outside = true;
    s.outside_c = -10;
    assert_int_equal(suggest(&in), 3); // and the winter check, last
    assert_ptr_equal(out[1].service, &services[1]);
    assert_ptr_equal(out[2].service, &services[8]);
    s.voltage = 15.6;
    assert_int_equal(suggest(&in), 3);
    assert_ptr_equal(out[1].service, &services[3]);
}

static void test_cold_alone_is_a_hint(void **state) {
    (void)state;
    struct arena a;
    struct cockpit_sensors s = {.has_outside = true, .outside_c = 7};
    struct cockpit_input in = input(NULL, 0, NULL, 0);
    in.sensors = &s;
    assert_int_equal(suggest(&in), 0);
    s.outside_c = 4;
    assert_int_equal(suggest(&in), 1);
    assert_ptr_equal(out[0].service, &services[8]);
    assert_int_equal(out[0].severity, COCKPIT_ROUTINE);
    arena_init(&a, 1024, 1 << 16);
    struct slice reason = cockpit_reason(&a, &out[0], false);
    assert_true(slice_starts(reason, SLICE("4 \u00b0C outside: ")));
    arena_destroy(&a);
    const struct car_service plan[] = {planned(0, DUE_NOW)}; // whatever is due comes first
    in.services = plan;
    in.service_count = 1;
    assert_int_equal(suggest(&in), 2);
    assert_ptr_equal(out[1].service, &services[8]);
}

// A battery that is soon at its end by measurement counts as one that is, in frost.
static void test_a_weak_battery_in_frost(void **state) {
    (void)state;
    static const struct book_service battery = {.is = {.slug = SLICE("battery_replacement"), .reading = READING_BATTERY_SOH_PCT}, .rule_count = 1, .rules = &yearly};
    struct car_service weak = planned(1, DUE_SOON);
    struct cockpit_sensors s = {.has_outside = true, .outside_c = 10};
    weak.plan.service = &battery;
    weak.due.reason = DUE_BY_READING;
    struct cockpit_input in = input(&weak, 1, NULL, 0);
    in.sensors = &s;
    assert_int_equal(suggest(&in), 1);
    double mild = out[0].confidence;
    s.outside_c = -5;
    assert_int_equal(suggest(&in), 2);
    assert_ptr_equal(out[0].service, &battery);
    assert_true(out[0].confidence > mild);
}

static struct event event(enum event_type type, const char *service, double days_ago, float value) {
    return (struct event){.type = type, .service = slice_str(service), .unix_ms = NOW_MS - (int64_t)(days_ago * (double)DAY_MS), .value = value};
}

static void test_what_was_put_aside_stays_away_until_then(void **state) {
    (void)state;
    const struct car_service plan[] = {planned(0, DUE_NOW)};
    struct cockpit_input in = input(plan, 1, NULL, 0);
    const struct { struct event e; unsigned left; } cases[] = {
        {event(EVENT_DISMISS, "air_filter_change", 4, 5), 0},   {event(EVENT_DISMISS, "air_filter_change", 6, 5), 1},
        {event(EVENT_SNOOZE, "air_filter_change", 1, 2), 0},    {event(EVENT_SNOOZE, "air_filter_change", 3, 2), 1},
        {event(EVENT_ACCEPT, "air_filter_change", 1, __builtin_nanf("")), 0}, {event(EVENT_DISMISS, "air_filter_change", 29, __builtin_nanf("")), 0},
        {event(EVENT_DISMISS, "air_filter_change", 31, __builtin_nanf("")), 1}, {event(EVENT_DISMISS, "brake_service", 1, 5), 1},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        in.events = &cases[i].e;
        in.event_count = 1;
        if (suggest(&in) != cases[i].left) fail_msg("case %u", i);
    }
    struct event of_another_car = cases[0].e;
    of_another_car.vehicle = SLICE("2019-a-b");
    in.events = &of_another_car;
    assert_int_equal(suggest(&in), 1);
}

// Whatever comes together: each service once, each code under one service, the worst first, nothing silenced.
static void test_random_inputs(void **state) {
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct car_service plan[SERVICES];
        struct cockpit_code codes[8];
        struct event events[4];
        struct cockpit_sensors s = {.has_voltage = rnd(2), .voltage = 10 + rnd(60) / 10.0, .wheel_count = rnd(5)};
        unsigned count = 0, code_count = rnd(9), event_count = rnd(5);
        for (unsigned i = 0; i < SERVICES; i++)
            if (services[i].rule_count && rnd(3)) plan[count++] = planned(i, (enum due_state)rnd(4));
        for (unsigned i = 0; i < code_count; i++) {
            char text[8];
            snprintf(text, sizeof text, "%c%X%03X", "PCBU"[rnd(4)], rnd(4), rnd(0x1000));
            codes[i] = code(text, (enum trouble_urgency)rnd(TROUBLE_URGENCY_COUNT), rnd(TYPES), rnd(TYPES));
        }
        for (unsigned i = 0; i < s.wheel_count; i++) s.wheels[i] = (struct cockpit_wheel){SLICE("w"), rnd(300)};
        for (unsigned i = 0; i < event_count; i++)
            events[i] = event((enum event_type)(EVENT_ACCEPT + rnd(3)), services[rnd(SERVICES)].is.slug.p, rnd(40), rnd(2) ? (float)rnd(60) : __builtin_nanf(""));
        struct cockpit_input in = input(plan, count, codes, code_count);
        in.sensors = &s;
        in.events = events;
        in.event_count = event_count;
        unsigned n = suggest(&in), told = 0;
        for (unsigned i = 0; i < n; i++) {
            for (unsigned k = 0; k < i; k++) assert_ptr_not_equal(out[i].service, out[k].service);
            if (i) assert_true(out[i - 1].severity == COCKPIT_STOP || out[i].severity != COCKPIT_STOP);
            assert_true(out[i].cause_count > 0 && out[i].confidence > 0 && out[i].confidence <= 1);
            for (unsigned c = 0; c < out[i].cause_count; c++) told += out[i].causes[c].kind == CAUSE_CODE;
        }
        assert_true(told <= code_count);
        if (event_count == 0) assert_int_equal(told, code_count);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_misfire_and_due_plugs_are_one), cmocka_unit_test(test_what_waiting_costs_and_how_late),
                                       cmocka_unit_test(test_unknown_codes_stay_unknown),
                                       cmocka_unit_test(test_sensors), cmocka_unit_test(test_what_was_put_aside_stays_away_until_then),
                                       cmocka_unit_test(test_cold_alone_is_a_hint), cmocka_unit_test(test_a_weak_battery_in_frost),
                                       cmocka_unit_test(test_random_inputs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

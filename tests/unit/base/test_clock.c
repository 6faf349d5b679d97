#include "index/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <time.h>

static void test_parses(void **state) {
    (void)state;
    static const struct { const char *text; int64_t unix_ms; } cases[] = {
        {"1970-01-01", 0},
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-22T10:00:00Z", 1795341600000},
        {"2026-11-22t10:00:00z", 1795341600000},
        {"2026-11-22 10:00:00Z", 1795341600000},
        {"2026-11-22T10:00:00.5Z", 1795341600500},
        {"2026-11-22T10:00:00.123999Z", 1795341600123},
        {"2026-11-22T18:00:00+08:00", 1795341600000},
        {"2026-11-22T05:30:00-04:30", 1795341600000},
        {"2024-02-29", 1709164800000},
        {"2000-02-29", 951782400000},
        {"1969-12-31T23:59:59.999Z", -1},
        {"0001-01-01", -62135596800000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"1795341600000", 1795341600000},
        {"0", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t unix_ms = 7;
        if (!clock_parse_ms(slice_str(cases[i].text), &unix_ms)) fail_msg("%s is refused", cases[i].text);
        if (unix_ms != cases[i].unix_ms) fail_msg("%s gives %lld", cases[i].text, (long long)unix_ms);
    }
}

static void test_refuses(void **state) {
    (void)state;
    static const char *const refused[] = {
        "", "-1", "now", "-", "2026-11", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32", "2026-02-29",
        "2025-11-31", "1900-02-29", "0000-01-01", "2026-11-22T", "2026-11-22T10", "2026-11-22T10:00Z", "2026-11-22T24:00:00Z",
        "2026-11-22T10:60:00Z", "2026-11-22T10:00:61Z", "2026-11-22T10:00:00", "2026-11-22T10:00:00.Z",
        "2026-11-22T10:00:00+8:00", "2026-11-22T10:00:00+0800", "2026-11-22T10:00:00+24:00", "2026-11-22T10:00:00Zx",
        "2026-11-22 ", " 2026-11-22", "26-11-22", "2026/11/22", "99999999999999999999", "253402300800000",
        "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00", "+026-01-01",
    };
    int64_t unix_ms = 7;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (clock_parse_ms(slice_str(refused[i]), &unix_ms)) fail_msg("%s is accepted", refused[i]);
    assert_int_equal(unix_ms, 7);
    assert_false(clock_parse_ms(slice_of("2026-11-22T10:00:00Z", 19), &unix_ms)); // not beyond the slice
    assert_false(clock_parse_ms(slice_of("2026-11-22\0", 11), &unix_ms));
}

// Against the C library, every 17 days and some seconds of the years 1 to 9999.
static void test_agrees_with_gmtime(void **state) {
    (void)state;
    for (int64_t second = -62135596800; second <= 253402300799; second += 17 * 86400 + 12345) {
        char text[CLOCK_TEXT_BYTES], wanted[64];
        time_t when = (time_t)second;
        struct tm tm;
        int64_t back;
        gmtime_r(&when, &tm);
        snprintf(wanted, sizeof wanted, "%04d-%02d-%02dT%02d:%02d:%02d.678Z", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                 tm.tm_hour, tm.tm_min, tm.tm_sec);
        clock_format_ms(second * 1000 + 678, text);
        assert_string_equal(text, wanted);
        assert_true(clock_parse_ms(slice_str(text), &back) && back == second * 1000 + 678);
    }
}

static void test_format_is_bounded(void **state) {
    (void)state;
    char text[CLOCK_TEXT_BYTES];
    clock_format_ms(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    clock_format_ms(INT64_MIN, text);
    assert_string_equal(text, "0001-01-01T00:00:00.000Z");
}

static void test_system_clock_moves_on(void **state) {
    (void)state;
    uint64_t before_us = clock_monotonic_us(&clock_system);
    assert_true(clock_unix_ms(&clock_system) > 1700000000000);
    assert_true(clock_monotonic_us(&clock_system) >= before_us);
}

static int64_t fixed_unix_ms(void *state) { return *(int64_t *)state; }

static void test_a_clock_of_ones_own(void **state) {
    (void)state;
    int64_t now_ms = 42;
    const struct clock clock = {.unix_ms = fixed_unix_ms, .state = &now_ms};
    assert_int_equal(clock_unix_ms(&clock), 42);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parses),           cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_agrees_with_gmtime), cmocka_unit_test(test_format_is_bounded),
        cmocka_unit_test(test_system_clock_moves_on), cmocka_unit_test(test_a_clock_of_ones_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "index/base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_compare(void **state) {
    (void)state;
    assert_true(slice_cmp(SLICE("a"), SLICE("b")) < 0);
    assert_true(slice_cmp(SLICE("ab"), SLICE("a")) > 0);
    assert_true(slice_cmp(SLICE("\xff"), SLICE("a")) > 0); // bytes, not signed characters
    assert_int_equal(slice_cmp(SLICE_NONE, SLICE("")), 0);
    assert_true(slice_cmp(SLICE_NONE, SLICE("a")) < 0);
    assert_true(slice_eq(SLICE_NONE, SLICE("")));
    assert_true(slice_is(slice_str(NULL), ""));
}

static void test_starts_and_ends(void **state) {
    (void)state;
    assert_true(slice_starts(SLICE("brake pad"), SLICE("brake")));
    assert_false(slice_starts(SLICE("br"), SLICE("brake")));
    assert_true(slice_ends(SLICE("brake pad"), SLICE("pad")));
    assert_false(slice_ends(SLICE("pad"), SLICE("brake pad")));
    assert_true(slice_has_digit(SLICE("hu 816")) && !slice_has_digit(SLICE("机油 oil")) && !slice_has_digit(SLICE_NONE));
    assert_true(slice_starts(SLICE_NONE, SLICE_NONE) && slice_ends(SLICE("x"), SLICE("")));
}

static void test_trim(void **state) {
    (void)state;
    assert_true(slice_is(slice_trim(SLICE(" \t a b\r\n")), "a b"));
    assert_int_equal(slice_trim(SLICE(" \v\f ")).n, 0);
    assert_int_equal(slice_trim(SLICE_NONE).n, 0);
    assert_true(slice_is(slice_trim(SLICE("\xc2\xa0" "a")), "\xc2\xa0" "a")); // ASCII only
}

static void test_from(void **state) {
    (void)state;
    assert_true(slice_is(slice_from(SLICE("abc"), 1), "bc"));
    assert_int_equal(slice_from(SLICE("abc"), 3).n, 0);
    assert_int_equal(slice_from(SLICE("abc"), SIZE_MAX).n, 0);
    assert_int_equal(slice_from(SLICE_NONE, 1).n, 0);
}

static void test_cut(void **state) {
    (void)state;
    struct slice rest = SLICE("a,,bc,");
    static const char *const pieces[] = {"a", "", "bc", ""};
    for (size_t i = 0; i < 4; i++) {
        assert_non_null(rest.p);
        assert_true(slice_is(slice_cut(&rest, ','), pieces[i]));
    }
    assert_null(rest.p);
    rest = SLICE("");
    assert_int_equal(slice_cut(&rest, ',').n, 0);
    assert_null(rest.p);
}

static void test_integers(void **state) {
    (void)state;
    static const char *const refused[] = {"", "-", "+1", "1 ", " 1", "0x1", "1.0", "18446744073709551616", "--1",
                                          "99999999999999999999"};
    uint64_t u = 7;
    int64_t i = 7;
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
        assert_false(slice_u64(slice_str(refused[k]), &u));
        assert_false(slice_i64(slice_str(refused[k]), &i));
    }
    assert_true(u == 7 && i == 7);
    assert_true(slice_u64(SLICE("18446744073709551615"), &u) && u == UINT64_MAX);
    assert_true(slice_u64(SLICE("007"), &u) && u == 7);
    assert_false(slice_u64(SLICE("-1"), &u));
    assert_true(slice_i64(SLICE("-9223372036854775808"), &i) && i == INT64_MIN);
    assert_false(slice_i64(SLICE("-9223372036854775809"), &i));
    assert_true(slice_i64(SLICE("9223372036854775807"), &i) && i == INT64_MAX);
    assert_false(slice_i64(SLICE("9223372036854775808"), &i));
    assert_true(slice_i64(SLICE("-0"), &i) && i == 0);
}

static void test_decimals(void **state) {
    (void)state;
    static const char *const refused[] = {"", "-", ".", "1.", ".5", "1e3", "nan", "inf", "+1", "1,5", "0x1", "1.2.3", " 1",
                                          "--1", "1-"};
    double v = 7;
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) assert_false(slice_f64(slice_str(refused[k]), &v));
    assert_true(v == 7);
    assert_true(slice_f64(SLICE("31.2304"), &v) && v == 31.2304);
    assert_true(slice_f64(SLICE("-0.5"), &v) && v == -0.5);
    assert_true(slice_f64(SLICE("12"), &v) && v == 12);
    assert_true(slice_f64(slice_of("3.14159", 4), &v) && v == 3.14); // not beyond the slice
    char longer[66];
    memset(longer, '1', sizeof longer);
    assert_true(slice_f64(slice_of(longer, 64), &v));
    assert_false(slice_f64(slice_of(longer, 65), &v));
}

static void test_copy(void **state) {
    (void)state;
    char out[4] = "zzz";
    assert_int_equal(slice_copy(SLICE("abcdef"), out, sizeof out), 3);
    assert_string_equal(out, "abc");
    assert_int_equal(slice_copy(SLICE_NONE, out, sizeof out), 0);
    assert_string_equal(out, "");
    assert_int_equal(slice_copy(SLICE("abc"), out, 0), 0);
}

static void test_reader_numbers(void **state) {
    (void)state;
    static const uint8_t bytes[] = {1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 9, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7};
    struct reader r = reader_of(slice_of(bytes, sizeof bytes));
    assert_int_equal(reader_u8(&r), 1);
    assert_int_equal(reader_u16(&r), 2);
    assert_int_equal(reader_u32(&r), 4);
    assert_int_equal(reader_u32be(&r), 9);
    assert_int_equal(reader_left(&r), 11);
    assert_int_equal(reader_u16(&r), 0);
    reader_u8(&r);
    assert_int_equal(reader_u64be(&r), 7);
    assert_false(r.bad);
    assert_int_equal(reader_u8(&r), 0);
    assert_true(r.bad);
}

static void test_reader_never_overruns(void **state) {
    (void)state;
    char *three = malloc(3); // on the heap, so that AddressSanitizer sees a read too far
    memset(three, 0x81, 3);
    struct reader r = reader_of(slice_of(three, 3));
    assert_int_equal(reader_u32(&r), 0);
    assert_true(r.bad);
    assert_int_equal(reader_u8(&r), 0); // there would be room, but it is bad for good
    r = reader_of(slice_of(three, 3));
    assert_int_equal(reader_varint(&r), 0); // no last byte
    assert_true(r.bad);
    r = reader_of(slice_of(three, 3));
    assert_null(reader_bytes(&r, 4).p);
    assert_true(r.bad);
    r = reader_of(slice_of(three, 3));
    assert_int_equal(reader_bytes(&r, 3).n, 3);
    assert_false(r.bad);
    r = reader_of(SLICE("\x05" "abc"));
    assert_null(reader_string(&r).p); // says five, has three
    assert_true(r.bad);
    r = reader_of(SLICE_NONE);
    assert_int_equal(reader_u64(&r), 0);
    assert_true(r.bad);
    free(three);
}

static void test_reader_varint_bounds(void **state) {
    (void)state;
    struct reader r = reader_of(SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    assert_true(reader_varint(&r) == UINT64_MAX);
    r = reader_of(SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    reader_varint(&r);
    assert_true(r.bad);
    r = reader_of(SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")); // bit 64
    reader_varint(&r);
    assert_true(r.bad);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),       cmocka_unit_test(test_starts_and_ends),
        cmocka_unit_test(test_trim),          cmocka_unit_test(test_from),
        cmocka_unit_test(test_cut),           cmocka_unit_test(test_integers),
        cmocka_unit_test(test_decimals),      cmocka_unit_test(test_copy),
        cmocka_unit_test(test_reader_numbers), cmocka_unit_test(test_reader_never_overruns),
        cmocka_unit_test(test_reader_varint_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "index/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void fill(struct buf *b, size_t n) {
    for (size_t i = 0; i < n; i++) buf_u8(b, (uint8_t)(i * 31));
}

static void assert_filled(const struct buf *b, size_t n) {
    assert_int_equal(b->n, n);
    for (size_t i = 0; i < n; i++) assert_int_equal((uint8_t)b->p[i], (uint8_t)(i * 31));
}

static void test_grows_on_the_heap(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, NULL, 0);
    fill(&b, 100000);
    assert_false(b.bad);
    assert_filled(&b, 100000);
    buf_free(&b);
    assert_int_equal(b.n, 0);
    fill(&b, 10); // usable again
    assert_filled(&b, 10);
    buf_free(&b);
}

static void test_grows_in_an_arena(void **state) {
    (void)state;
    struct arena a;
    struct buf b;
    arena_init(&a, 1 << 20, 1 << 20);
    buf_init(&b, &a, 16);
    const char *start = b.p;
    fill(&b, 100000);
    assert_ptr_equal(b.p, start); // it was the newest allocation: no copy
    assert_true(a.used_bytes < 200016);
    arena_alloc(&a, 1);
    fill(&b, 100000);
    assert_ptr_not_equal(b.p, start);
    assert_int_equal(b.n, 200000);
    buf_free(&b); // gives nothing back, and does no harm
    arena_destroy(&a);
}

static void test_a_failed_growth_sticks(void **state) {
    (void)state;
    struct arena a;
    struct buf b;
    arena_init(&a, 256, 1024);
    buf_init(&b, &a, 16);
    fill(&b, 64);
    char big[2048] = {0};
    buf_put(&b, big, sizeof big);
    assert_true(b.bad);
    buf_u8(&b, 1); // would fit, but a hole must not go unnoticed
    assert_filled(&b, 64);
    buf_clear(&b);
    buf_u8(&b, 0);
    assert_filled(&b, 1);
    arena_destroy(&a);
    buf_init(&b, NULL, 0);
    assert_false(buf_grow(&b, SIZE_MAX));
    assert_true(b.bad);
    buf_printf(&b, "%d", 1);
    assert_int_equal(b.n, 0);
    buf_free(&b);
}

static void test_numbers_read_back(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, NULL, 1);
    buf_u8(&b, 1), buf_u16(&b, 2), buf_u32(&b, 3), buf_u64(&b, 4), buf_f32(&b, 0.5f);
    buf_u16be(&b, 0x0102), buf_u32be(&b, 5), buf_u64be(&b, 6), buf_string(&b, SLICE("text")), buf_string(&b, SLICE_NONE);
    struct reader r = reader_of(buf_slice(&b));
    assert_int_equal(reader_u8(&r), 1);
    assert_int_equal(reader_u16(&r), 2);
    assert_int_equal(reader_u32(&r), 3);
    assert_int_equal(reader_u64(&r), 4);
    assert_true(reader_f32(&r) == 0.5f);
    assert_int_equal(reader_u8(&r), 1);
    assert_int_equal(reader_u8(&r), 2);
    assert_int_equal(reader_u32be(&r), 5);
    assert_int_equal(reader_u64be(&r), 6);
    assert_true(slice_is(reader_string(&r), "text"));
    assert_int_equal(reader_string(&r).n, 0);
    assert_true(!r.bad && reader_left(&r) == 0);
    buf_free(&b);
}

static void test_varints_read_back(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, NULL, 0);
    for (unsigned bit = 0; bit < 64; bit++) {
        const uint64_t values[] = {(1ull << bit) - 1, 1ull << bit, UINT64_MAX >> bit};
        for (size_t i = 0; i < 3; i++) {
            buf_clear(&b);
            buf_varint(&b, values[i]);
            struct reader r = reader_of(buf_slice(&b));
            assert_true(reader_varint(&r) == values[i]);
            assert_true(!r.bad && reader_left(&r) == 0 && b.n <= 10);
        }
    }
    buf_free(&b);
}

static void test_printf(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, NULL, 0);
    for (int i = 0; i < 100; i++) buf_printf(&b, "%d-%s;", i, "x");
    assert_true(slice_starts(buf_slice(&b), SLICE("0-x;1-x;")));
    assert_true(slice_ends(buf_slice(&b), SLICE("99-x;")));
    assert_int_equal(b.n, 10 * 4 + 90 * 5);
    buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_on_the_heap),      cmocka_unit_test(test_grows_in_an_arena),
        cmocka_unit_test(test_a_failed_growth_sticks), cmocka_unit_test(test_numbers_read_back),
        cmocka_unit_test(test_varints_read_back),      cmocka_unit_test(test_printf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

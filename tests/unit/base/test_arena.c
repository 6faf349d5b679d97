#include "index/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_alignment_and_accounting(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1024, 1 << 20);
    assert_int_equal(a.held_bytes, 0);
    for (size_t n = 1; n < 40; n++) {
        uint8_t *p = arena_alloc(&a, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, 0xEE, n);
    }
    assert_true(a.used_bytes >= 39 * 40 / 2 && a.used_bytes <= a.held_bytes);
    arena_destroy(&a);
}

static void test_every_allocation_has_its_own_address(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 64, 1024);
    void *p = arena_alloc(&a, 0), *q = arena_alloc(&a, 0);
    assert_non_null(p);
    assert_non_null(q);
    assert_ptr_not_equal(p, q);
    arena_destroy(&a);
}

static void test_limit_is_kept(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 256, 4096);
    size_t got = 0;
    while (arena_alloc(&a, 100)) got++;
    assert_true(a.full);
    assert_true(a.held_bytes <= 4096);
    assert_true(got >= 30);
    assert_null(arena_alloc(&a, 1)); // full until reset, even for what would fit
    assert_null(arena_zalloc(&a, 16));
    assert_null(arena_copy(&a, SLICE("x")).p);
    assert_null(arena_printf(&a, "x").p);
    arena_reset(&a);
    assert_false(a.full);
    assert_non_null(arena_alloc(&a, 1));
    arena_destroy(&a);
    assert_null(arena_alloc(&a, 1)); // destroyed: harmless
}

static void test_sizes_that_overflow(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 256, SIZE_MAX);
    assert_null(arena_alloc(&a, SIZE_MAX));
    arena_reset(&a);
    assert_null(arena_alloc(&a, SIZE_MAX - 14));
    arena_reset(&a);
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    assert_true(a.full);
    arena_destroy(&a);
}

static void work(struct arena *a) {
    for (size_t i = 0; i < 100; i++) assert_non_null(arena_alloc(a, 37 * i));
}

static void test_a_steady_request_keeps_one_chunk(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 64, 1 << 20);
    work(&a);
    arena_reset(&a);
    work(&a); // in one chunk from here on
    struct arena_chunk *chunk = a.newest;
    size_t held = a.held_bytes;
    for (int i = 0; i < 10; i++) {
        arena_reset(&a);
        assert_int_equal(a.used_bytes, 0);
        work(&a);
        assert_ptr_equal(a.newest, chunk);
        assert_int_equal(a.held_bytes, held);
    }
    arena_destroy(&a);
}

static void test_zeroed(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 256, 4096);
    memset(arena_alloc(&a, 256), 0xFF, 256);
    arena_reset(&a);
    const uint8_t *p = arena_array(&a, 16, 16);
    for (size_t i = 0; i < 256; i++) assert_int_equal(p[i], 0);
    arena_destroy(&a);
}

static void test_copy_and_printf_end_in_a_zero(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 256, 4096);
    struct slice copy = arena_copy(&a, slice_of("abcdef", 3)), none = arena_copy(&a, SLICE_NONE);
    assert_string_equal(copy.p, "abc");
    assert_int_equal(copy.n, 3);
    assert_string_equal(none.p, "");
    struct slice text = arena_printf(&a, "%d %s", 7, "km");
    assert_string_equal(text.p, "7 km");
    assert_int_equal(text.n, 4);
    arena_destroy(&a);
}

static void test_extend(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1024, 1024);
    char *p = arena_alloc(&a, 100);
    assert_true(arena_extend(&a, p, 100, 200));
    memset(p, 1, 200);
    assert_int_equal(a.used_bytes, 208);
    assert_false(arena_extend(&a, p, 200, 2000)); // no room in the chunk
    assert_false(a.full);                         // a question, not a failure
    char *q = arena_alloc(&a, 8);
    assert_false(arena_extend(&a, p, 200, 300)); // not the newest
    assert_true(arena_extend(&a, q, 8, 9));
    assert_false(arena_extend(&a, NULL, 0, 9));
    arena_destroy(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment_and_accounting),
        cmocka_unit_test(test_every_allocation_has_its_own_address),
        cmocka_unit_test(test_limit_is_kept),
        cmocka_unit_test(test_sizes_that_overflow),
        cmocka_unit_test(test_a_steady_request_keeps_one_chunk),
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_copy_and_printf_end_in_a_zero),
        cmocka_unit_test(test_extend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

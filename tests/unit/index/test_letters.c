// Letters of words: edits counted and letters left out, against the definitions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "index/letters.h"

static uint32_t random_next(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }

// ---- distance ---------------------------------------------------------------------------------------------------------
// By definition: the least over all last steps, without a table.
static unsigned slow_distance(const char *a, size_t n, const char *b, size_t m) {
    if (n == 0 || m == 0) return (unsigned)(n + m);
    unsigned best = slow_distance(a, n - 1, b, m - 1) + (a[n - 1] != b[m - 1]);
    unsigned left_out = slow_distance(a, n - 1, b, m) + 1, inserted = slow_distance(a, n, b, m - 1) + 1;
    if (left_out < best) best = left_out;
    if (inserted < best) best = inserted;
    if (n > 1 && m > 1 && a[n - 1] == b[m - 2] && a[n - 2] == b[m - 1]) {
        unsigned swapped = slow_distance(a, n - 2, b, m - 2) + 1;
        if (swapped < best) best = swapped;
    }
    return best;
}

static unsigned distance_of(struct slice a, struct slice b, unsigned most) {
    struct letters x, y;
    letters_of(a, &x);
    letters_of(b, &y);
    return letters_distance(&x, &y, most);
}

static void test_distance(void **state) {
    uint32_t seed = 7;
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        char a[7], b[7];
        size_t n = random_next(&seed) >> 8 & 7, m = random_next(&seed) >> 8 & 7;
        if (n > 6 || m > 6) continue;
        for (size_t i = 0; i < 6; i++) {
            a[i] = (char)('a' + (random_next(&seed) >> 16) % 3);
            b[i] = (char)('a' + (random_next(&seed) >> 16) % 3);
        }
        unsigned slow = slow_distance(a, n, b, m);
        for (unsigned most = 0; most <= 2; most++)
            assert_int_equal(distance_of(slice_of(a, n), slice_of(b, m), most), slow > most ? most + 1 : slow);
    }
}

// Longer words that are mostly alike, as typed ones are.
static void test_distance_of_alike(void **state) {
    uint32_t seed = 13;
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        char a[9], b[9];
        size_t n = 1 + (random_next(&seed) >> 8) % 9, m = 1 + (random_next(&seed) >> 8) % 9;
        for (size_t i = 0; i < 9; i++) {
            a[i] = (char)('a' + (random_next(&seed) >> 16) % 3);
            b[i] = random_next(&seed) >> 16 & 3 ? a[i] : (char)('a' + (random_next(&seed) >> 16) % 3);
        }
        unsigned slow = slow_distance(a, n, b, m);
        for (unsigned most = 0; most <= 2; most++)
            assert_int_equal(distance_of(slice_of(a, n), slice_of(b, m), most), slow > most ? most + 1 : slow);
    }
}

static void test_letters(void **state) {
    struct letters l;
    (void)state;
    letters_of(SLICE("größe"), &l);
    assert_int_equal(l.count, 5);
    assert_int_equal(l.letter[2], 0xF6);
    assert_int_equal(l.at[3], 4);
    assert_int_equal(l.at[5], 7);
    static const char *const never[] = {"", "a4", "机油", "oil机", "\xff", "abcdefghijklmnopqrstuvwxyzabcdefg"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        letters_of(slice_str(never[i]), &l);
        assert_int_equal(l.count, 0);
    }
    assert_int_equal(distance_of(SLICE("größe"), SLICE("grösse"), 2), 2);
    assert_int_equal(distance_of(SLICE("größe"), SLICE("grßöe"), 2), 1);
}

// ---- deletions ---------------------------------------------------------------------------------------------------------------
static unsigned times(const struct deletions *d, struct slice text) {
    unsigned n = 0;
    for (unsigned i = 0; i < d->count; i++) n += slice_eq(deletion(d, i), text);
    return n;
}

// Every choice of letters that leaves out no more than allowed, as a set of bits.
static void test_deletions(void **state) {
    uint32_t seed = 17;
    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        char word[10], left[10];
        size_t n = 1 + (random_next(&seed) >> 8) % 10, prefix = n < LETTERS_PREFIX ? n : LETTERS_PREFIX;
        struct letters l;
        struct deletions d;
        for (size_t i = 0; i < n; i++) word[i] = (char)('a' + (random_next(&seed) >> 16) % 3);
        letters_of(slice_of(word, n), &l);
        for (unsigned edits = 0; edits <= 2; edits++) {
            deletions_of(slice_of(word, n), &l, edits, &d);
            assert_true(slice_eq(deletion(&d, 0), slice_of(word, prefix)));
            for (unsigned i = 0; i < d.count; i++) assert_int_equal(times(&d, deletion(&d, i)), 1);
            bool reached[LETTERS_DELETIONS_MAX] = {false};
            for (unsigned set = 0; set < 1u << prefix; set++) {
                size_t kept = 0;
                for (size_t i = 0; i < prefix; i++)
                    if (set >> i & 1) left[kept++] = word[i];
                if (prefix - kept > edits) continue;
                assert_int_equal(times(&d, slice_of(left, kept)), 1);
                for (unsigned i = 0; i < d.count; i++) reached[i] |= slice_eq(deletion(&d, i), slice_of(left, kept));
            }
            for (unsigned i = 0; i < d.count; i++) assert_true(reached[i]);
        }
    }
}

// Words within the edits allowed for what was typed meet under a deletion, whichever of them is longer.
static void test_edits(void **state) {
    (void)state;
    for (size_t typed = 0; typed <= LETTERS_MAX; typed++)
        for (size_t right = 1; right <= LETTERS_MAX; right++) {
            size_t apart = typed > right ? typed - right : right - typed;
            if (apart <= letters_edits(typed) && letters_edits(typed)) assert_true(letters_edits_found(right) >= apart);
        }
    assert_int_equal(letters_edits(3), 0);
    assert_int_equal(letters_edits(4), 1);
    assert_int_equal(letters_edits(8), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance), cmocka_unit_test(test_distance_of_alike), cmocka_unit_test(test_letters),
        cmocka_unit_test(test_deletions), cmocka_unit_test(test_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Lines of a file against a plain split of the same bytes, at the sizes where reading goes on in the middle of one.
#include "server/line_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/rightfit-lines-XXXXXX";

static void put_file(const char *bytes, size_t n) {
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void check(const char *bytes, size_t n) {
    struct line_file f;
    struct fault why;
    struct slice line, rest = slice_of(bytes, n);
    uint64_t number = 0;
    put_file(bytes, n);
    assert_int_equal(line_file_open(&f, path, &why), ERR_OK);
    while (rest.n > 0) {
        struct slice wanted = slice_cut(&rest, '\n');
        if (slice_ends(wanted, SLICE("\r"))) wanted.n--;
        assert_int_equal(line_file_next(&f, &line), ERR_OK);
        assert_true(slice_eq(line, wanted));
        assert_int_equal(f.number, ++number);
        if (!rest.p) break;
    }
    assert_int_equal(f.offset, n);
    assert_int_equal(line_file_next(&f, &line), ERR_END);
    assert_int_equal(line_file_next(&f, &line), ERR_END);
    line_file_close(&f);
}

static void test_lines(void **state) {
    (void)state;
    static const char *const TEXTS[] = {"", "a", "a\n", "\n", "\n\n", "a\nb", "a\r\nb\r\n", "\na\n\nb\n"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) check(TEXTS[i], strlen(TEXTS[i]));
}

static void test_lines_across_reads(void **state) {
    (void)state;
    size_t n = 3 << 20;
    char *bytes = malloc(n);
    assert_non_null(bytes);
    uint32_t random = 1;
    for (size_t i = 0; i < n; i++) {
        random = random * 1664525u + 1013904223u;
        bytes[i] = random >> 16 < (i < n / 2 ? 3u : 3000u) ? '\n' : (char)('a' + i % 26);
    }
    for (size_t cut = 0; cut < 5; cut++) check(bytes, n - cut * 65537);
    free(bytes);
}

static void test_a_line_too_long_is_skipped(void **state) {
    (void)state;
    struct line_file f;
    struct fault why;
    struct slice line;
    size_t n = (size_t)LINE_FILE_MAX_BYTES + (1 << 20);
    char *bytes = malloc(n + 8);
    assert_non_null(bytes);
    memset(bytes, 'x', n);
    memcpy(bytes, "a\n", 2);
    memcpy(bytes + n, "\nb\n", 3);
    put_file(bytes, n + 3);
    assert_int_equal(line_file_open(&f, path, &why), ERR_OK);
    assert_int_equal(line_file_next(&f, &line), ERR_OK);
    assert_int_equal(line_file_next(&f, &line), ERR_TOO_LARGE);
    assert_int_equal(f.number, 2);
    assert_int_equal(line_file_next(&f, &line), ERR_OK);
    assert_true(slice_is(line, "b"));
    assert_int_equal(f.number, 3);
    assert_int_equal(f.offset, n + 3);
    assert_int_equal(line_file_next(&f, &line), ERR_END);
    line_file_close(&f);
    free(bytes);
}

static void test_no_file(void **state) {
    (void)state;
    struct line_file f;
    struct fault why;
    assert_int_equal(line_file_open(&f, "/nowhere/at/all", &why), ERR_IO);
    assert_non_null(strstr(why.message, "/nowhere"));
    line_file_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_lines_across_reads),
                                       cmocka_unit_test(test_a_line_too_long_is_skipped), cmocka_unit_test(test_no_file)};
    int fd = mkstemp(path);
    if (fd < 0) return 1;
    close(fd);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}

#include "index/base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "index/base/hash.h"
#include "index/base/log.h"

static void test_a_fault_is_filled(void **state) {
    (void)state;
    struct fault why;
    assert_int_equal(fault_set(&why, ERR_BAD_REQUEST, "limit", "limit must be 1 to %d", 100), ERR_BAD_REQUEST);
    assert_int_equal(why.code, ERR_BAD_REQUEST);
    assert_string_equal(why.field, "limit");
    assert_string_equal(why.message, "limit must be 1 to 100");
    assert_int_equal(fault_set(NULL, ERR_IO, "", "nobody asks"), ERR_IO);
    fault_set(&why, ERR_IO, NULL, "x");
    assert_string_equal(why.field, "");
}

static void test_a_fault_is_cut_to_its_room(void **state) {
    (void)state;
    struct fault why;
    char text[600];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    fault_set(&why, ERR_IO, text, "%s", text);
    assert_int_equal(strlen(why.field), FAULT_FIELD_MAX - 1);
    assert_int_equal(strlen(why.message), FAULT_MESSAGE_MAX - 1);
}

static void test_every_code_has_its_own_name(void **state) {
    (void)state;
    for (int a = ERR_OK; a <= ERR_END; a++)
        for (int b = ERR_OK; b < a; b++) assert_string_not_equal(err_name((enum err)a), err_name((enum err)b));
    assert_string_equal(err_name(ERR_STORAGE_FULL), "storage_full");
    assert_non_null(err_name((enum err)999));
}

// Stored checksums depend on these: another value means another hash.
static void test_hashes_are_what_they_were(void **state) {
    (void)state;
    assert_true(hash64(SLICE("")) == 0x2d06800538d394c2u);
    assert_true(hash64(SLICE("abc")) == 0x78af5f94892f3950u);
    assert_true(hash64_seed(SLICE("abc"), 0) == hash64(SLICE("abc")));
    assert_true(hash64_seed(SLICE("abc"), 1) != hash64(SLICE("abc")));
    struct hash128 h = hash128(SLICE(""));
    assert_true(h.high == 0x99aa06d3014798d8u && h.low == 0x6001c324468d497fu);
}

static size_t logged(char *out, size_t size, enum log_level level, const char *text) {
    int fds[2], saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(fds), 0);
    dup2(fds[1], STDERR_FILENO);
    log_line(level, "test", "%s", text);
    dup2(saved, STDERR_FILENO);
    close(saved), close(fds[1]);
    ssize_t n = read(fds[0], out, size - 1);
    close(fds[0]);
    out[n > 0 ? n : 0] = 0;
    return strlen(out);
}

static void test_a_message_is_one_line(void **state) {
    (void)state;
    char line[4096], longer[3000];
    logged(line, sizeof line, LOG_WARN, "a\nforged\x1b[31m line");
    assert_string_equal(line + 24, " warn test: a forged [31m line\n");
    assert_int_equal(line[10], 'T');
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    size_t n = logged(line, sizeof line, LOG_ERROR, longer);
    assert_true(n <= 1024 && line[n - 1] == '\n');
}

static void test_levels(void **state) {
    (void)state;
    char line[256];
    assert_int_equal(logged(line, sizeof line, LOG_DEBUG, "quiet"), 0);
    log_set_level(LOG_DEBUG);
    assert_true(logged(line, sizeof line, LOG_DEBUG, "loud") > 0);
    log_set_level(LOG_ERROR);
    assert_int_equal(logged(line, sizeof line, LOG_WARN, "quiet"), 0);
    log_set_level(LOG_INFO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fault_is_filled),           cmocka_unit_test(test_a_fault_is_cut_to_its_room),
        cmocka_unit_test(test_every_code_has_its_own_name), cmocka_unit_test(test_hashes_are_what_they_were),
        cmocka_unit_test(test_a_message_is_one_line),       cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "planted.h"

#include <string.h>
#include <unistd.h>

#include "model/sequences.h"

static enum err parse(const char *text, struct sequences *out, struct fault *why) {
    return sequences_parse(slice_of(text, strlen(text)), "list", out, why);
}

static void assert_row(const struct sequences *s, uint32_t row, const char *expected) {
    char text[256] = "";
    for (uint64_t i = s->start[row]; i < s->start[row + 1]; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%u ", s->item[i]);
    assert_string_equal(text, expected);
}

static void test_order_and_gaps_are_kept(void **state) {
    (void)state;
    struct sequences s;
    assert_ok(parse("0 3 1 3\n2 7\r\n\n5\n", &s, NULL));
    assert_int_equal(s.rows, 6);
    assert_int_equal(s.columns, 8);
    assert_row(&s, 0, "3 1 3 ");
    assert_row(&s, 1, "");
    assert_row(&s, 2, "7 ");
    assert_row(&s, 5, "");
    sequences_free(&s);
    assert_ok(parse("", &s, NULL));
    assert_int_equal(s.rows, 0);
    sequences_free(&s);
}

static void test_what_is_no_list_is_named_by_line(void **state) {
    (void)state;
    static const char *const wrong[] = {"0 1\n1 x\n", "0 1\n0 2\n", "1 1\n0 2\n", "0 1\n1 -2\n", "0 1\n1 16777216\n", "0 1\n1 2 3.5"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sequences s;
        struct fault why;
        assert_int_equal(parse(wrong[i], &s, &why), ERR_BAD_REQUEST);
        assert_non_null(strstr(why.message, "list:2:"));
        assert_null(s.start);
    }
}

static void test_files(void **state) {
    (void)state;
    char path[] = "/tmp/rightfit-test-lists-XXXXXX";
    struct sequences s;
    struct fault why;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(sequences_read(path, &s, &why), ERR_IO); // empty
    assert_true(write(fd, "0 3 1\n", 6) == 6);
    assert_ok(sequences_read(path, &s, &why));
    assert_row(&s, 0, "3 1 ");
    sequences_free(&s);
    close(fd);
    unlink(path);
    assert_int_equal(sequences_read(path, &s, &why), ERR_NOT_FOUND);
}

// Train, validation, what is known, test: of 1, 2, 3 and 5 items.
static void test_parts(void **state) {
    (void)state;
    struct sequences s, train, valid, known, test, all;
    assert_ok(parse("0 9\n1 1 2\n2 3 4 5\n3 1 2 3 4 5\n", &s, NULL));
    assert_ok(sequences_before(&s, 2, 1, &train));
    assert_ok(sequences_from_end(&s, 2, 1, &valid));
    assert_ok(sequences_before(&s, 1, 2, &known));
    assert_ok(sequences_from_end(&s, 1, 2, &test));
    static const char *const expected[4][4] = {
        {"9 ", "1 ", "3 ", "1 2 3 "}, {"", "", "4 ", "4 "}, {"9 ", "1 2 ", "3 4 ", "1 2 3 4 "}, {"", "", "5 ", "5 "}};
    for (uint32_t row = 0; row < 4; row++) {
        assert_row(&train, row, expected[0][row]);
        assert_row(&valid, row, expected[1][row]);
        assert_row(&known, row, expected[2][row]);
        assert_row(&test, row, expected[3][row]);
    }
    assert_ok(sequences_append(&known, &test, &all));
    for (uint32_t row = 2; row < 4; row++) assert_int_equal(sequences_length(&all, row), sequences_length(&s, row));
    assert_row(&all, 3, "1 2 3 4 5 ");
    sequences_free(&s);
    sequences_free(&train);
    sequences_free(&valid);
    sequences_free(&known);
    sequences_free(&test);
    sequences_free(&all);
}

static void test_matrix_has_each_pair_once(void **state) {
    (void)state;
    struct sequences s;
    struct interactions m;
    assert_ok(parse("0 3 1 3\n2 1\n", &s, NULL));
    assert_ok(sequences_interactions(&s, 6, &m));
    assert_int_equal(m.by_user.rows, 3);
    assert_int_equal(m.by_user.columns, 6);
    assert_int_equal(sparse_count(&m.by_user), 3);
    assert_int_equal(m.by_user.column[0], 1);
    assert_int_equal(m.by_product.start[2] - m.by_product.start[1], 2);
    assert_true(m.by_user.weight[2] == 1.0f);
    interactions_free(&m);
    sequences_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_gaps_are_kept), cmocka_unit_test(test_what_is_no_list_is_named_by_line),
        cmocka_unit_test(test_files),                   cmocka_unit_test(test_parts),
        cmocka_unit_test(test_matrix_has_each_pair_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

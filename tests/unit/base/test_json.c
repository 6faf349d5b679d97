#include "index/base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/base/limits.h"

#define assert_ok(expression) assert_int_equal((expression), ERR_OK)

struct fixture {
    struct json_parser *parser;
    struct arena arena;
    struct fault why;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->parser = json_parser_new();
    arena_init(&f->arena, 4096, 16 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    json_parser_free(f->parser);
    arena_destroy(&f->arena);
    free(f);
    return 0;
}

static const struct json *parsed(struct fixture *f, struct slice text) {
    const struct json *tree = NULL;
    if (json_parse(f->parser, text, &f->arena, &tree, &f->why)) fail_msg("%.*s: %s", SLICE_ARGS(text), f->why.message);
    return tree;
}

static const struct json *parsed_str(struct fixture *f, const char *text) { return parsed(f, slice_str(text)); }

static void assert_refused(struct fixture *f, struct slice text, const char *says) {
    const struct json *tree = NULL;
    f->why = (struct fault){0};
    if (json_parse(f->parser, text, &f->arena, &tree, &f->why) != ERR_BAD_REQUEST)
        fail_msg("%.*s is accepted", SLICE_ARGS(text));
    assert_null(tree);
    if (!strstr(f->why.message, says)) fail_msg("\"%s\" does not say \"%s\"", f->why.message, says);
}

static void assert_text(const struct buf *b, const char *wanted) {
    assert_false(b->bad);
    if (!slice_is(buf_slice(b), wanted)) fail_msg("got %.*s, wanted %s", SLICE_ARGS(buf_slice(b)), wanted);
}

// ---- in -------------------------------------------------------------------------------------------------------------

static void test_parses_all_types(void **state) {
    struct fixture *f = *state;
    const struct json *t = parsed_str(f, " {\"a\":[1,-2.5,true,false,null,\"x\"],\"b\":{},\"c\":[]} ");
    assert_int_equal(t->type, JSON_OBJECT);
    assert_int_equal(t->count, 3);
    const struct json *a = json_get(t, "a");
    assert_int_equal(a->count, 6);
    assert_true(a->items[0].type == JSON_INTEGER && a->items[0].integer == 1 && a->items[0].number == 1.0);
    assert_true(a->items[1].type == JSON_NUMBER && a->items[1].number == -2.5);
    assert_true(a->items[2].type == JSON_BOOL && a->items[2].boolean);
    assert_true(a->items[3].type == JSON_BOOL && !a->items[3].boolean);
    assert_int_equal(a->items[4].type, JSON_NULL);
    assert_true(slice_is(a->items[5].string, "x"));
    assert_int_equal(json_get(t, "b")->count, 0);
    assert_int_equal(json_get(t, "c")->type, JSON_ARRAY);
    assert_null(json_get(t, "d"));
    assert_null(json_get(a, "a"));
    assert_null(json_get(NULL, "a"));
}

static void test_parses_bare_values(void **state) {
    struct fixture *f = *state;
    assert_int_equal(parsed_str(f, "7")->integer, 7);
    assert_int_equal(parsed_str(f, "null")->type, JSON_NULL);
    assert_true(slice_is(parsed_str(f, "\"\"")->string, ""));
    assert_true(parsed_str(f, " true ")->boolean);
}

static void test_strings_outlive_the_text(void **state) {
    struct fixture *f = *state;
    char text[] = "{\"k\\u00e9y\":\"\\u673a\\u6ee4 \\ud83d\\ude97 \\n\\\"\\/\"}";
    const struct json *t = parsed_str(f, text);
    memset(text, 'x', sizeof text);
    parsed_str(f, "[1,2,3]"); // nor do they live in the parser
    assert_true(slice_is(t->keys[0], "k\u00e9y"));
    assert_true(slice_is(t->items[0].string, "\u673a\u6ee4 \U0001F697 \n\"/"));
    t = parsed(f, SLICE("\"a\\u0000b\""));
    assert_int_equal(t->string.n, 3);
}

static void test_refuses_what_is_not_json(void **state) {
    struct fixture *f = *state;
    static const char *const refused[] = {
        "{", "}", "[1,]", "{\"a\":}", "{\"a\" 1}", "{a:1}", "[1 2]", "'a'", "nul", "tru", "nulll", "01", "1.", ".5", "+1", "-",
        "1e", "0x1", "NaN", "Infinity", "[1]]", "1 2", "\"a", "\"\\x\"", "\"\\u12\"", "\"a\nb\"", "\"\\ud800\"", "//", "[,]",
        "{\"a\":1,}", "[nulx]", "{\"a\":[trux]}", "[\"a\":1]", "\xef\xbb\xbf[", "1e999", "[-1e999]",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) assert_refused(f, slice_str(refused[i]), "");
    assert_refused(f, SLICE_NONE, "empty");
    assert_refused(f, SLICE("  \n "), "empty");
    assert_refused(f, SLICE("\"\xff\""), "UTF-8");
    assert_refused(f, SLICE("\"\xed\xa0\x80\""), "UTF-8");
    assert_refused(f, SLICE("1\0"), "");
    assert_refused(f, slice_of("[1,2]", 4), ""); // not beyond the slice
}

static void test_says_where(void **state) {
    struct fixture *f = *state;
    assert_refused(f, SLICE("{\"vehicle\":\"golf\",\"limit\":twenty,\"offset\":0}"), "twenty");
    assert_refused(f, SLICE("{\"vehicle\":\"golf\" \"limit\":20}"), "limit");
    assert_refused(f, SLICE("[1,2,3,01,5]"), "near byte");
}

static void test_depth(void **state) {
    struct fixture *f = *state;
    char text[3 * LIMIT_JSON_DEPTH * 2];
    memset(text, '[', sizeof text);
    memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
    assert_int_equal(parsed(f, slice_of(text, 2 * LIMIT_JSON_DEPTH))->count, 1);
    memset(text, '[', LIMIT_JSON_DEPTH + 1);
    memset(text + LIMIT_JSON_DEPTH + 1, ']', LIMIT_JSON_DEPTH + 1);
    assert_refused(f, slice_of(text, 2 * (LIMIT_JSON_DEPTH + 1)), "deeper than 32");
    struct buf deep;
    buf_init(&deep, NULL, 0);
    for (int i = 0; i < 100000; i++) buf_slice_put(&deep, SLICE("{\"a\":"));
    assert_refused(f, buf_slice(&deep), "");
    buf_free(&deep);
}

static void test_duplicate_keys(void **state) {
    struct fixture *f = *state;
    assert_refused(f, SLICE("{\"vehicle\":1,\"x\":2,\"vehicle\":3}"), "vehicle");
    assert_string_equal(f->why.field, "vehicle");
    assert_refused(f, SLICE("[{\"a\":{\"b\":1,\"\\u0062\":2}}]"), "\"b\"");
    parsed_str(f, "[{\"a\":1},{\"a\":1}]");
    struct buf many;
    buf_init(&many, NULL, 0);
    buf_char(&many, '{');
    for (int i = 0; i < 1000; i++) buf_printf(&many, "\"k%d\":%d,", i, i);
    size_t n = many.n;
    buf_slice_put(&many, SLICE("\"last\":1}"));
    assert_int_equal(parsed(f, buf_slice(&many))->count, 1001);
    many.n = n;
    buf_slice_put(&many, SLICE("\"k500\":1}"));
    assert_refused(f, buf_slice(&many), "k500");
    buf_free(&many);
}

static void test_integers_of_all_sizes(void **state) {
    struct fixture *f = *state;
    assert_true(parsed_str(f, "9223372036854775807")->integer == INT64_MAX);
    assert_true(parsed_str(f, "-9223372036854775808")->integer == INT64_MIN);
    static const struct { const char *text; double number; } big[] = {
        {"9223372036854775808", 9223372036854775808.0},     {"18446744073709551615", 18446744073709551615.0},
        {"18446744073709551616", 18446744073709551616.0},   {"-9223372036854775809", -9223372036854775808.0},
        {"100000000000000000000000000000000", 1e32},        {"-123456789012345678901234567890", -123456789012345678901234567890.0},
    };
    for (size_t i = 0; i < sizeof big / sizeof *big; i++) {
        const struct json *t = parsed_str(f, big[i].text);
        assert_int_equal(t->type, JSON_NUMBER);
        assert_true(t->number == big[i].number);
    }
    const struct json *t = parsed_str(f, "{\"12345678901234567890123\":[12345678901234567890123,7,\"a\\\"12345678901234567890123\"]}");
    assert_true(slice_is(t->keys[0], "12345678901234567890123"));
    assert_true(t->items[0].items[0].number == 12345678901234567890123.0);
    assert_int_equal(t->items[0].items[1].type, JSON_INTEGER);
    assert_true(slice_is(t->items[0].items[2].string, "a\"12345678901234567890123"));
    char digits[400];
    memset(digits, '9', sizeof digits);
    assert_refused(f, slice_of(digits, sizeof digits), ""); // not finite
    assert_refused(f, SLICE("012345678901234567890123"), "");
    assert_refused(f, SLICE("[1-2345678901234567890123]"), "");
}

static void test_arena_limit(void **state) {
    struct fixture *f = *state;
    struct arena small;
    const struct json *tree;
    arena_init(&small, 256, 1024);
    assert_int_equal(json_parse(f->parser, SLICE("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]"), &small, &tree, &f->why),
                     ERR_NO_MEMORY);
    arena_reset(&small);
    assert_int_equal(json_parse(f->parser, SLICE("[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\"]"), &small,
                                &tree, NULL), ERR_NO_MEMORY);
    arena_reset(&small);
    assert_ok(json_parse(f->parser, SLICE("[1]"), &small, &tree, &f->why));
    arena_destroy(&small);
}

static void test_typed_access(void **state) {
    struct fixture *f = *state;
    const struct json *t = parsed_str(f, "{\"s\":\"x\",\"i\":20,\"w\":5.0,\"d\":2.5,\"b\":true,\"a\":[1],\"o\":{},\"n\":null,\"big\":1e300}");
    struct slice s = SLICE("kept");
    int64_t i = 7;
    double d = 7;
    bool b = false;
    const struct json *node = NULL;
    assert_ok(json_get_string(t, "s", &s, &f->why));
    assert_true(slice_is(s, "x"));
    assert_ok(json_get_string(t, "absent", &s, &f->why));
    assert_ok(json_get_string(t, "n", &s, &f->why));
    assert_true(slice_is(s, "x"));
    assert_int_equal(json_get_string(t, "i", &s, &f->why), ERR_BAD_REQUEST);
    assert_string_equal(f->why.field, "i");
    assert_string_equal(f->why.message, "i must be a string");
    assert_ok(json_get_integer(t, "i", 1, 20, &i, &f->why));
    assert_int_equal(i, 20);
    assert_ok(json_get_integer(t, "w", 1, 20, &i, &f->why));
    assert_int_equal(i, 5);
    assert_int_equal(json_get_integer(t, "i", 1, 19, &i, &f->why), ERR_BAD_REQUEST);
    assert_string_equal(f->why.message, "i must be 1 to 19");
    assert_int_equal(json_get_integer(t, "d", 1, 20, &i, &f->why), ERR_BAD_REQUEST);
    assert_int_equal(json_get_integer(t, "big", 1, 20, &i, &f->why), ERR_BAD_REQUEST);
    assert_int_equal(json_get_integer(t, "s", 1, 20, &i, NULL), ERR_BAD_REQUEST);
    assert_int_equal(i, 5);
    assert_ok(json_get_number(t, "d", &d, &f->why));
    assert_true(d == 2.5);
    assert_ok(json_get_number(t, "i", &d, &f->why));
    assert_true(d == 20);
    assert_int_equal(json_get_number(t, "s", &d, &f->why), ERR_BAD_REQUEST);
    assert_ok(json_get_bool(t, "b", &b, &f->why));
    assert_true(b);
    assert_int_equal(json_get_bool(t, "i", &b, &f->why), ERR_BAD_REQUEST);
    assert_ok(json_get_array(t, "a", &node, &f->why));
    assert_int_equal(node->count, 1);
    assert_int_equal(json_get_array(t, "o", &node, &f->why), ERR_BAD_REQUEST);
    assert_ok(json_get_object(t, "o", &node, &f->why));
    assert_int_equal(node->type, JSON_OBJECT);
    assert_int_equal(json_get_object(t, "a", &node, &f->why), ERR_BAD_REQUEST);
}

static void test_only_keys(void **state) {
    struct fixture *f = *state;
    static const char *const allowed[] = {"vehicle", "limit", NULL};
    assert_ok(json_only_keys(parsed_str(f, "{\"limit\":1}"), allowed, &f->why));
    assert_ok(json_only_keys(parsed_str(f, "{}"), allowed, &f->why));
    assert_int_equal(json_only_keys(parsed_str(f, "{\"limit\":1,\"limti\":2}"), allowed, &f->why), ERR_BAD_REQUEST);
    assert_string_equal(f->why.field, "limti");
    assert_int_equal(json_only_keys(parsed_str(f, "[]"), allowed, &f->why), ERR_BAD_REQUEST);
}

// ---- out ------------------------------------------------------------------------------------------------------------

static void test_writer_places_commas(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, NULL, 0);
    struct json_writer w = json_writer_of(&b);
    json_open(&w, '{');
    json_key_open(&w, "hits", '[');
    json_open(&w, '{'), json_close(&w, '}');
    json_int(&w, 1), json_null(&w), json_boolean(&w, true), json_raw(&w, SLICE("{\"x\":1}"));
    json_open(&w, '['), json_close(&w, ']');
    json_close(&w, ']');
    json_key_string(&w, "s", SLICE("t"));
    json_key_str(&w, "n", NULL);
    json_key_int(&w, "i", INT64_MIN);
    json_key_double(&w, "d", 0.5);
    json_key_bool(&w, "b", false);
    json_key_null(&w, "z");
    json_key_slice(&w, SLICE("a\"b"));
    json_int(&w, INT64_MAX);
    json_close(&w, '}');
    assert_text(&b, "{\"hits\":[{},1,null,true,{\"x\":1},[]],\"s\":\"t\",\"n\":null,\"i\":-9223372036854775808,"
                    "\"d\":0.5,\"b\":false,\"z\":null,\"a\\\"b\":9223372036854775807}");
    buf_free(&b);
}

static void assert_written(struct slice in, const char *wanted) {
    struct buf b;
    buf_init(&b, NULL, 0);
    struct json_writer w = json_writer_of(&b);
    json_string(&w, in);
    assert_text(&b, wanted);
    buf_free(&b);
}

#define FFFD "\xef\xbf\xbd"

static void test_writer_escapes(void **state) {
    (void)state;
    assert_written(SLICE(""), "\"\"");
    assert_written(SLICE_NONE, "\"\"");
    assert_written(SLICE("plain text of more than eight bytes"), "\"plain text of more than eight bytes\"");
    assert_written(SLICE("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    assert_written(SLICE("\n\r\t\b\x01\x1f\0x"), "\"\\n\\r\\t\\u0008\\u0001\\u001f\\u0000x\"");
    assert_written(SLICE("\x7f ok"), "\"\x7f ok\"");
    assert_written(SLICE("\u673a\u6ee4 \U0001F697 caf\u00e9"), "\"\u673a\u6ee4 \U0001F697 caf\u00e9\"");
    static const struct { const char *in, *wanted; } bad[] = {
        {"\xff", "\"" FFFD "\""},
        {"a\x80z", "\"a" FFFD "z\""},
        {"\xc0\xaf", "\"" FFFD FFFD "\""},                     // overlong
        {"\xe0\x80\xaf", "\"" FFFD FFFD FFFD "\""},            // overlong
        {"\xed\xa0\x80", "\"" FFFD FFFD FFFD "\""},            // a surrogate
        {"\xf4\x90\x80\x80", "\"" FFFD FFFD FFFD FFFD "\""},   // beyond U+10FFFF
        {"\xe6\x9c", "\"" FFFD FFFD "\""},                     // cut off
        {"\xe6\"x", "\"" FFFD "\\\"x\""},                      // must not swallow the quote
        {"\xf0\x9f\x9a", "\"" FFFD FFFD FFFD "\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_written(slice_str(bad[i].in), bad[i].wanted);
}

// Every byte at every place around the eight-byte step.
static void assert_written_the_same(struct fixture *f, struct slice text) {
    struct buf b;
    buf_init(&b, &f->arena, 64);
    struct json_writer w = json_writer_of(&b);
    json_string(&w, text);
    assert_true(slice_eq(parsed(f, buf_slice(&b))->string, text));
    arena_reset(&f->arena);
}

// Whatever the length: short texts, and the ends of long ones, are looked at in other ways than the middle.
static void test_escaping_at_every_offset(void **state) {
    struct fixture *f = *state;
    char in[20];
    for (size_t n = 1; n < sizeof in; n++) {
        for (size_t at = 0; at < n; at++) {
            for (unsigned byte = 0; byte < 0x80; byte++) {
                memset(in, 'a', sizeof in);
                in[at] = (char)byte;
                assert_written_the_same(f, slice_of(in, n));
            }
            if (at + 2 > n) continue;
            memcpy(in + at, "\xC3\xA9", 2);
            assert_written_the_same(f, slice_of(in, n));
        }
    }
}

// Six decimals, halves away from zero, without what printf would add.
static void test_decimals_as_printf_writes_them(void **state) {
    (void)state;
    uint64_t random = 7;
    for (unsigned i = 0; i < 200000; i++) {
        char wanted[40];
        random = random * 6364136223846793005u + 1442695040888963407u;
        double v = ((double)(random >> 11) * 0x1p-53 - 0.5) * pow(10, (double)(random % 9));
        if (fabs(v) < 1e-3 || trunc(v) == v) continue;
        snprintf(wanted, sizeof wanted, "%.6f", (double)llround(v * 1e6) / 1e6);
        size_t n = strlen(wanted);
        while (wanted[n - 1] == '0') n--;
        if (wanted[n - 1] == '.') n--;
        wanted[n] = 0;
        struct buf b;
        buf_init(&b, NULL, 0);
        struct json_writer w = json_writer_of(&b);
        json_double(&w, v);
        assert_text(&b, wanted);
        buf_free(&b);
    }
}

static void test_writer_numbers(void **state) {
    (void)state;
    static const struct { double v; const char *wanted; } cases[] = {
        {0, "0"}, {-0.0, "0"}, {1, "1"}, {-12, "-12"}, {0.5, "0.5"}, {0.1f, "0.1"}, {0.81f, "0.81"}, {4.3, "4.3"}, {99.99, "99.99"},
        {-0.25, "-0.25"}, {31.230416, "31.230416"}, {121.473701, "121.473701"}, {1.0 / 3, "0.333333"}, {2.0 / 3, "0.666667"},
        {0.9999999, "1"}, {1e6, "1000000"}, {9007199254740992.0, "9007199254740992"}, {1e300, "1e+300"}, {0.0001, "0.0001"},
        {1e-7, "1e-07"}, {1234567890.5, "1.23456789e+09"}, {NAN, "null"}, {INFINITY, "null"}, {-INFINITY, "null"}, {0.001, "0.001"},
        {999999999.25, "999999999.25"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b;
        buf_init(&b, NULL, 0);
        struct json_writer w = json_writer_of(&b);
        json_double(&w, cases[i].v);
        assert_text(&b, cases[i].wanted);
        buf_free(&b);
    }
}

static void test_tree_round_trip(void **state) {
    struct fixture *f = *state;
    static const char *const texts[] = {
        "{\"a\":[1,-2.5,true,null,\"x\\n\\\"\"],\"b\":{},\"c\":[]}", "0.1", "1e-7", "123456.789012345", "1e+300", "[]",
        "-9223372036854775808", "\"\xe6\x9c\xba\"", "5e-324", "1.7976931348623157e+308", "0.30000000000000004",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buf b, again;
        buf_init(&b, NULL, 0);
        buf_init(&again, NULL, 0);
        struct json_writer w = json_writer_of(&b), w2 = json_writer_of(&again);
        const struct json *first = parsed_str(f, texts[i]);
        json_tree(&w, first);
        const struct json *second = parsed(f, buf_slice(&b));
        assert_true(first->number == second->number);
        json_tree(&w2, second);
        assert_true(slice_eq(buf_slice(&b), buf_slice(&again)));
        buf_free(&b);
        buf_free(&again);
    }
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_parses_all_types),     TEST(test_parses_bare_values),
        TEST(test_strings_outlive_the_text), TEST(test_refuses_what_is_not_json),
        TEST(test_says_where),           TEST(test_depth),
        TEST(test_duplicate_keys),       TEST(test_integers_of_all_sizes),
        TEST(test_arena_limit),          TEST(test_typed_access),
        TEST(test_only_keys),            TEST(test_writer_places_commas),
        TEST(test_writer_escapes),       TEST(test_escaping_at_every_offset), TEST(test_decimals_as_printf_writes_them),
        TEST(test_writer_numbers),       TEST(test_tree_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

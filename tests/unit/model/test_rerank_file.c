#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/base/limits.h"
#include "model/rerank_file.h"

#define assert_ok(expression) assert_int_equal((expression), ERR_OK)

static const struct rerank_sizes sizes = {.users = 2, .vehicles = 1, .products = 5, .found = 3};

static struct rerank_file_header file_of(enum rerank_file_kind kind) {
    struct rerank_file_header h = {.magic = RERANK_FILE_MAGIC, .version = RERANK_FILE_VERSION, .kind = kind};
    rerank_file_seal(&h);
    return h;
}

static const uint32_t good_lists[] = {/* user */ 0, RERANK_NONE, 1, /* vehicle */ 0, RERANK_NONE, RERANK_NONE, /* limit */ 0, 2, 7,
                                      /* items */ 3, 0, RERANK_NONE, /* products */ 4, 0, 4};

static size_t put_lists(const struct rerank_file_header *file, const uint32_t *values, size_t n, struct buf *out) {
    size_t at = rerank_block_begin(out);
    rerank_put_u32s(out, values, n);
    rerank_block_end(file, out, at, RERANK_LISTS, 3, 0);
    return at;
}

static enum err read_lists(const struct rerank_file_header *file, const char *block, struct rerank_lists *out) {
    struct rerank_block_header h;
    memcpy(&h, block, sizeof h);
    enum err e = rerank_block_check(file, &h, block + sizeof h, NULL);
    if (e == ERR_OK) e = rerank_lists_load(&h, block + sizeof h, out);
    return e == ERR_OK ? rerank_lists_validate(out, &sizes) : e;
}

static void test_lists_come_back(void **state) {
    (void)state;
    struct rerank_file_header file = file_of(RERANK_REQUESTS);
    struct rerank_lists lists;
    struct buf out;
    buf_init(&out, NULL, 0);
    size_t at = put_lists(&file, good_lists, sizeof good_lists / sizeof *good_lists, &out);
    assert_ok(read_lists(&file, out.p + at, &lists));
    assert_int_equal(lists.count, 3);
    assert_int_equal(lists.products, 3);
    assert_int_equal(lists.product[2], 4);
    assert_int_equal(lists.limit[2], 7);
    buf_free(&out);
}

static void test_every_flipped_bit_is_found(void **state) {
    (void)state;
    struct rerank_file_header file = file_of(RERANK_REQUESTS), other = file;
    struct rerank_lists lists;
    struct buf out;
    buf_init(&out, NULL, 0);
    put_lists(&file, good_lists, sizeof good_lists / sizeof *good_lists, &out);
    for (size_t bit = 0; bit < out.n * 8; bit++) {
        out.p[bit / 8] ^= (char)(1 << bit % 8);
        struct rerank_block_header h;
        memcpy(&h, out.p, sizeof h);
        if (h.bytes == out.n - sizeof h) assert_int_equal(read_lists(&file, out.p, &lists), ERR_DAMAGED);
        else assert_true(rerank_block_header_check(&file, &h, NULL) == ERR_DAMAGED || h.bytes != out.n - sizeof h); // another length
        out.p[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (size_t bit = 0; bit < sizeof file * 8; bit++) {
        memcpy(&other, &file, sizeof file);
        ((char *)&other)[bit / 8] ^= (char)(1 << bit % 8);
        assert_true(rerank_file_check(&other, NULL) != ERR_OK);
    }
    other = file;
    other.generation = 1; // a block of another file does not pass
    rerank_file_seal(&other);
    assert_int_equal(read_lists(&other, out.p, &lists), ERR_DAMAGED);
    buf_free(&out);
}

static void test_lists_that_make_no_sense(void **state) {
    (void)state;
    static const struct { unsigned at; uint32_t value; } wrong[] = {
        {0, 2},                      // a user beyond the dictionary
        {3, 1},                      // a car likewise
        {12, 5},                     // a product likewise
        {12, RERANK_NONE},
        {8, 0},                      // the whole catalogue without a limit
        {6, LIMIT_RERANK_ITEMS + 1}, // a limit, a list that is too long
        {10, LIMIT_RERANK_ITEMS + 1},
        {9, 2}, {9, 7},              // products that nobody has, that are not there
        {9, 0xFFFFFFF0},
    };
    struct rerank_file_header file = file_of(RERANK_REQUESTS);
    struct rerank_lists lists;
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint32_t values[sizeof good_lists / sizeof *good_lists + 2] = {0};
        struct buf out;
        memcpy(values, good_lists, sizeof good_lists);
        values[wrong[i].at] = wrong[i].value;
        buf_init(&out, NULL, 0);
        put_lists(&file, values, sizeof good_lists / sizeof *good_lists + (wrong[i].at == 9 && wrong[i].value == 2 ? 2 : 0), &out);
        if (read_lists(&file, out.p, &lists) != ERR_DAMAGED) fail_msg("case %u", i);
        buf_free(&out);
    }
}

static void test_ids(void **state) {
    (void)state;
    struct rerank_file_header file = file_of(RERANK_REQUESTS);
    struct rerank_block_header h;
    struct rerank_ids ids;
    struct buf out;
    static const uint32_t ends[] = {3, 3, 8};
    buf_init(&out, NULL, 0);
    size_t at = rerank_block_begin(&out);
    rerank_put_u32s(&out, ends, 3);
    buf_put(&out, "abcdefgh", 8);
    rerank_block_end(&file, &out, at, RERANK_PRODUCTS, 3, 0);
    memcpy(&h, out.p, sizeof h);
    assert_ok(rerank_block_check(&file, &h, out.p + sizeof h, NULL));
    assert_ok(rerank_ids_load(&h, out.p + sizeof h, &ids));
    assert_true(slice_is(rerank_ids_text(&ids, 0), "abc") && rerank_ids_text(&ids, 1).n == 0 && slice_is(rerank_ids_text(&ids, 2), "defgh"));
    h.count = 4; // lengths that go back, or beyond
    assert_int_equal(rerank_ids_load(&h, out.p + sizeof h, &ids), ERR_DAMAGED);
    h.count = UINT32_MAX;
    assert_int_equal(rerank_ids_load(&h, out.p + sizeof h, &ids), ERR_DAMAGED);
    h.kind = RERANK_VEHICLES;
    h.count = 1;
    assert_ok(rerank_ids_load(&h, out.p + sizeof h, &ids));
    assert_int_equal(ids.texts, 3);
    buf_free(&out);
}

static void test_answers(void **state) {
    (void)state;
    struct rerank_file_header file = file_of(RERANK_ANSWERS);
    struct rerank_block_header h;
    struct rerank_answers a;
    struct buf out;
    static const uint32_t columns[] = {/* list */ 0, 2, /* user */ RERANK_NONE, 1, /* error */ 0, 1, /* hits */ 2, 0, /* dropped */ 1, 0,
                                       /* product */ 4, RERANK_FOUND | 2};
    static const float scores[] = {1.5f, -2.0f};
    static const uint8_t verdicts[] = {4, 0, /* why */ 1};
    uint32_t dropped = 3;
    buf_init(&out, NULL, 0);
    size_t at = rerank_block_begin(&out);
    buf_u64(&out, 77);
    rerank_put_u32s(&out, columns, sizeof columns / sizeof *columns);
    buf_put(&out, scores, sizeof scores);
    rerank_put_u32s(&out, &dropped, 1);
    buf_put(&out, verdicts, sizeof verdicts);
    rerank_block_end(&file, &out, at, RERANK_ANSWER, 2, 0);
    memcpy(&h, out.p, sizeof h);
    assert_ok(rerank_block_check(&file, &h, out.p + sizeof h, NULL));
    assert_ok(rerank_answers_load(&h, out.p + sizeof h, &a));
    assert_ok(rerank_answers_validate(&a, &sizes));
    assert_true(a.base == 77 && a.hits == 2 && a.drops == 1 && a.score[1] == -2.0f && a.verdict[0] == 4 && a.why[0] == 1 && a.dropped[0] == 3);
    struct rerank_sizes fewer = sizes;
    fewer.found = 2;
    assert_int_equal(rerank_answers_validate(&a, &fewer), ERR_DAMAGED);
    h.count = 3;
    assert_int_equal(rerank_answers_load(&h, out.p + sizeof h, &a), ERR_DAMAGED);
    assert_int_equal(rerank_block_header_check(&file, &(struct rerank_block_header){.kind = RERANK_LISTS}, NULL), ERR_DAMAGED); // of requests
    buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_come_back), cmocka_unit_test(test_every_flipped_bit_is_found),
        cmocka_unit_test(test_lists_that_make_no_sense), cmocka_unit_test(test_ids), cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

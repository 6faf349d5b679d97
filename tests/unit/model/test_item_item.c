#include "planted.h"

#include <math.h>
#include <string.h>

#include "model/item_item.h"

// Random sequences with times, some items often, some never.
static void draw(struct sequences *out, uint32_t rows, uint32_t items, unsigned length, uint64_t seed) {
    uint64_t state = seed, count = 0;
    *out = (struct sequences){.rows = rows, .columns = items};
    out->start = calloc(rows + 1, sizeof *out->start);
    out->item = malloc((size_t)rows * length * sizeof *out->item);
    out->unix_ms = malloc((size_t)rows * length * sizeof *out->unix_ms);
    for (uint32_t row = 0; row < rows; row++) {
        int64_t now_ms = 1000000;
        for (unsigned i = planted_random(&state) % (length + 1); i > 0; i--) {
            uint32_t a = planted_random(&state) % items, b = planted_random(&state) % items;
            out->item[count] = a < b ? a : b;
            out->unix_ms[count++] = now_ms += planted_random(&state) % 5000;
        }
        out->start[row + 1] = count;
    }
}

static void assert_same(const struct sparse *fast, const struct sparse *slow) {
    assert_int_equal(fast->rows, slow->rows);
    assert_memory_equal(fast->start, slow->start, (fast->rows + 1) * sizeof *fast->start);
    for (uint64_t i = 0; i < sparse_count(fast); i++) {
        assert_int_equal(fast->column[i], slow->column[i]);
        assert_true(fabsf(fast->weight[i] - slow->weight[i]) <= 2e-5f * slow->weight[i]);
    }
}

static const struct item_item_options SHAPES[] = {
    {.user = 0.0f, .from = 0.5f, .to = 0.5f, .keep = 1000, .threads = 2, .window = 1, .step_decay = 1.0f},
    {.user = 0.5f, .from = 0.3f, .to = 0.8f, .keep = 1000, .threads = 1, .window = 3, .step_decay = 0.5f},
    {.user = 1.0f, .from = 0.0f, .to = 1.0f, .keep = 1000, .threads = 3, .window = 100, .step_decay = 0.9f, .half_life_ms = 3000},
};

static void test_equal_to_the_formulas(void **state) {
    (void)state;
    struct sequences s;
    struct interactions m;
    struct sparse fast, slow;
    draw(&s, 200, 150, 12, 7);
    assert_ok(sequences_interactions(&s, s.columns, &m));
    for (size_t i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++) {
        assert_ok(item_item_similar(&m, &SHAPES[i], &fast, NULL));
        assert_ok(item_item_similar_reference(&m, &SHAPES[i], &slow));
        assert_true(sparse_count(&fast) > 1000);
        assert_same(&fast, &slow);
        sparse_free(&fast);
        sparse_free(&slow);
        assert_ok(item_item_next(&s, &SHAPES[i], &fast, NULL));
        assert_ok(item_item_next_reference(&s, &SHAPES[i], &slow));
        assert_true(sparse_count(&fast) > 500);
        assert_same(&fast, &slow);
        sparse_free(&fast);
        sparse_free(&slow);
    }
    interactions_free(&m);
    sequences_free(&s);
}

// Rows keep their largest: no entry left out is larger than one kept.
static void test_keeps_the_largest(void **state) {
    (void)state;
    struct sequences s;
    struct interactions m;
    struct sparse few, all;
    draw(&s, 200, 60, 12, 3);
    assert_ok(sequences_interactions(&s, s.columns, &m));
    struct item_item_options o = SHAPES[1];
    assert_ok(item_item_similar(&m, &o, &all, NULL));
    o.keep = 5;
    assert_ok(item_item_similar(&m, &o, &few, NULL));
    for (uint32_t row = 0; row < 60; row++) {
        float least = INFINITY;
        uint64_t kept = few.start[row + 1] - few.start[row], larger = 0;
        assert_true(kept <= 5);
        for (uint64_t i = few.start[row]; i < few.start[row + 1]; i++) {
            assert_int_not_equal(few.column[i], row);
            least = fminf(least, few.weight[i]);
        }
        for (uint64_t i = all.start[row]; i < all.start[row + 1]; i++) larger += all.weight[i] > least;
        assert_true(kept == 0 || larger < kept);
    }
    sparse_free(&few);
    sparse_free(&all);
    interactions_free(&m);
    sequences_free(&s);
}

static void test_same_bits_for_any_number_of_threads(void **state) {
    (void)state;
    struct sequences s;
    struct sparse one, three;
    draw(&s, 500, 300, 12, 9);
    struct item_item_options o = SHAPES[1];
    assert_ok(item_item_next(&s, &o, &one, NULL));
    o.threads = 3;
    assert_ok(item_item_next(&s, &o, &three, NULL));
    assert_int_equal(sparse_count(&one), sparse_count(&three));
    assert_memory_equal(one.weight, three.weight, sparse_count(&one) * sizeof *one.weight);
    assert_memory_equal(one.column, three.column, sparse_count(&one) * sizeof *one.column);
    sparse_free(&one);
    sparse_free(&three);
    sequences_free(&s);
}

static void test_next_has_a_direction(void **state) {
    (void)state;
    struct sequences s;
    struct sparse next;
    const char *text = "0 1 2\n1 1 2\n2 1 3 2\n";
    assert_ok(sequences_parse(slice_of(text, strlen(text)), "text", &s, NULL));
    assert_ok(item_item_next(&s, &SHAPES[1], &next, NULL));
    assert_int_equal(next.start[3] - next.start[2], 0); // nothing follows 2
    assert_int_equal(next.start[2] - next.start[1], 2); // 2 and 3 follow 1
    assert_true(next.weight[next.start[1]] > next.weight[next.start[1] + 1]);
    sparse_free(&next);
    sequences_free(&s);
}

static void test_nothing_and_nonsense(void **state) {
    (void)state;
    struct sequences s = {0};
    struct interactions m;
    struct sparse out;
    struct fault why;
    assert_ok(sequences_parse(slice_of("", 0), "none", &s, NULL));
    assert_ok(sequences_interactions(&s, 0, &m));
    assert_ok(item_item_similar(&m, &SHAPES[0], &out, NULL));
    assert_int_equal(sparse_count(&out), 0);
    sparse_free(&out);
    assert_ok(item_item_next(&s, &SHAPES[0], &out, NULL));
    sparse_free(&out);
    struct item_item_options o = SHAPES[0];
    o.keep = 0;
    assert_int_equal(item_item_similar(&m, &o, &out, &why), ERR_BAD_REQUEST);
    o = SHAPES[0];
    o.to = NAN;
    assert_int_equal(item_item_similar(&m, &o, &out, &why), ERR_BAD_REQUEST);
    o = SHAPES[0];
    o.window = 0;
    assert_int_equal(item_item_next(&s, &o, &out, &why), ERR_BAD_REQUEST);
    interactions_free(&m);
    sequences_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_to_the_formulas), cmocka_unit_test(test_keeps_the_largest),
        cmocka_unit_test(test_same_bits_for_any_number_of_threads), cmocka_unit_test(test_next_has_a_direction),
        cmocka_unit_test(test_nothing_and_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

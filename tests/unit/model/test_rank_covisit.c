#include "planted.h"
#undef assert_ok
#include "shop.h"

#include <math.h>

#include "model/generation_write.h"
#include "model/rank_covisit.h"

#define EVENTS 60

static void sparse_of(const struct generation *g, const struct generation_neighbour *(*list_of)(const struct generation *, uint32_t, uint32_t *),
                      struct sparse *out) {
    uint32_t rows = generation_rows(g), n;
    *out = (struct sparse){.rows = rows, .columns = rows};
    out->start = calloc((size_t)rows + 1, sizeof *out->start);
    for (uint32_t row = 0; row < rows; row++) {
        (void)list_of(g, row, &n);
        out->start[row + 1] = out->start[row] + n;
    }
    out->column = calloc(out->start[rows] + 1, sizeof *out->column);
    out->weight = calloc(out->start[rows] + 1, sizeof *out->weight);
    for (uint32_t row = 0; row < rows; row++) {
        const struct generation_neighbour *list = list_of(g, row, &n);
        for (uint32_t i = 0; i < n; i++) {
            out->column[out->start[row] + i] = list[i].row;
            out->weight[out->start[row] + i] = list[i].weight;
        }
    }
}

static void assert_near(float a, float b) {
    if (!(fabsf(a - b) <= 2e-5f * (1.0f + fabsf(b)))) fail_msg("%g is not %g", (double)a, (double)b);
}

// The packed table of the same events says what this one does, weighed, of every row.
static void assert_packed_the_same(const struct covisit *table, const struct generation *g, const struct covisit_scale *scale,
                                   const uint32_t *rows, unsigned count) {
    static struct covisit_sums sums;
    struct covisit_lifts lifts;
    covisit_sum_up(&sums, g, scale, rows, count, 0.7f, 1.3f);
    size_t bytes = covisit_lifts_bytes(sums.count);
    void *memory = memset(aligned_alloc(64, bytes), 0, bytes);
    covisit_pack(&sums, memory, &lifts);
    assert_int_equal(lifts.count, table->count);
    for (uint32_t row = 0; row < generation_rows(g); row++) {
        const struct covisit_slot *slot = covisit_find(table, row);
        assert_near(covisit_lifts_find(&lifts, row + 1), slot ? slot->similar * 0.7f + slot->next * 1.3f : 0.0f);
        assert_true(!slot || covisit_lifts_may_have(&lifts, covisit_hash(row)));
    }
    assert_true(covisit_lifts_find(&lifts, 0) == 0.0f);
    free(memory);
}

static const struct mix_shape SHAPES[] = {{1.0f, 0.5f, 0.0f}, {0.9f, 0.8f, 0.5f}, {0.3f, 1.0f, 1.0f}};

// The table holds what mix_parts says of the same events, and the shares of the events add up to it.
static void test_equal_to_the_mix(void **state) {
    struct shop *s = *state;
    uint64_t random = 5;
    static struct covisit table;
    shop_begin(s);
    const struct generation *g = rank_pinned(s->ranker);
    uint32_t rows = generation_rows(g);
    struct sparse similar, next;
    float *parts[MIX_PARTS];
    sparse_of(g, generation_similar, &similar);
    sparse_of(g, generation_next, &next);
    assert_true(sparse_count(&similar) > 500 && sparse_count(&next) > 500);
    for (unsigned p = 0; p < MIX_PARTS; p++) parts[p] = calloc(rows, sizeof(float));
    for (unsigned round = 0; round < 60; round++) {
        struct covisit_scale scale = {.similar = 1.5f, .next = 3.0f, .shape = SHAPES[round % 3]};
        uint32_t newest_first[EVENTS], oldest_first[EVENTS], n = planted_random(&random) % (EVENTS + 1);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t row = planted_random(&random) % (rows + 3);
            newest_first[i] = row < rows ? row : UINT32_MAX;
            oldest_first[n - 1 - i] = row;
        }
        struct mix_model model = {.products = rows, .similar = &similar, .next = &next, .shape = scale.shape};
        mix_parts(&model, &(struct mix_events){oldest_first, n}, NULL, 1, parts);
        covisit_fill(&table, g, &scale, newest_first, n);
        assert_packed_the_same(&table, g, &scale, newest_first, n);
        for (uint32_t row = 0; row < rows; row++) {
            const struct covisit_slot *slot = covisit_find(&table, row);
            struct covisit_share sum = {0};
            assert_near(slot ? slot->similar : 0.0f, scale.similar * parts[MIX_SIMILAR][row]);
            assert_near(slot ? slot->next : 0.0f, scale.next * parts[MIX_NEXT][row]);
            for (uint32_t age = 0; age < n; age++) {
                struct covisit_share share = covisit_share_of(&table, g, age, newest_first[age], row);
                sum.similar += share.similar;
                sum.next += share.next;
            }
            assert_near(sum.similar, slot ? slot->similar : 0.0f);
            assert_near(sum.next, slot ? slot->next : 0.0f);
        }
    }
    for (unsigned p = 0; p < MIX_PARTS; p++) free(parts[p]);
    sparse_free(&similar);
    sparse_free(&next);
    shop_end(s);
}

// A person's table is of their newest products, each where it was last wanted, and a session's stand before them.
static void test_a_person_in_their_order(void **state) {
    struct shop *s = *state;
    const uint32_t session[] = {30, 40};
    struct rank_person person;
    uint32_t user;
    static struct covisit table;
    const struct covisit_scale scale = {.similar = 1.0f, .next = 1.0f, .shape = {1.0f, 0.5f, 0.0f}};
    shop_click(s, "walker", 10, 1);
    shop_click(s, "walker", 20, 1);
    shop_click(s, "walker", 10, 1);
    shop_begin(s);
    const struct generation *g = rank_pinned(s->ranker);
    assert_ok(user_find(s->view, SLICE("walker"), &user));
    assert_ok(rank_person_load(s->ranker, s->view, user, session, 2, &person));
    const uint32_t rows[] = {generation_row(g, 40), generation_row(g, 30), generation_row(g, 10), generation_row(g, 20)};
    covisit_fill(&table, g, &scale, rows, 4);
    assert_non_null(person.covisit);
    assert_int_equal(person.covisit->count, table.count);
    for (uint32_t row = 0; row < generation_rows(g); row++) {
        const struct covisit_slot *a = covisit_find(person.covisit, row), *b = covisit_find(&table, row);
        assert_true((a == NULL) == (b == NULL));
        if (!a) continue;
        assert_near(a->similar / person.covisit->similar_scale, b->similar);
        assert_near(a->next / person.covisit->next_scale, b->next);
    }
    shop_end(s);
}

// Product i goes with the WIDE after it.
#define WIDE 200u
#define WIDE_PRODUCTS 40000u

static struct generation *wide_generation(void **file) {
    struct generation_item *items = calloc(WIDE_PRODUCTS + 1, sizeof *items);
    struct sparse m = {.rows = WIDE_PRODUCTS, .columns = WIDE_PRODUCTS};
    float *vectors = calloc(WIDE_PRODUCTS, sizeof *vectors), gram = 1.0f;
    struct generation *g;
    struct fault why;
    size_t size;
    m.start = calloc(WIDE_PRODUCTS + 1, sizeof *m.start);
    m.column = calloc(WIDE_PRODUCTS * WIDE, sizeof *m.column);
    m.weight = calloc(WIDE_PRODUCTS * WIDE, sizeof *m.weight);
    for (uint32_t i = 0; i < WIDE_PRODUCTS; i++) {
        items[i + 1] = (struct generation_item){.type = 1, .brand = 1, .trained = i + 1, .present = true};
        m.start[i + 1] = m.start[i];
        for (uint32_t k = 1; k <= WIDE && i + k < WIDE_PRODUCTS; k++) {
            m.column[m.start[i + 1]] = i + k;
            m.weight[m.start[i + 1]++] = 1.0f;
        }
    }
    struct generation_input in = {.dimension = 1, .alpha0 = 1.0f, .lambda = 1.0f, .trained_products = WIDE_PRODUCTS, .vectors = vectors,
                                  .gram = &gram, .similar = &m, .next = &m, .products_max = WIDE_PRODUCTS, .items = items};
    assert_ok(generation_build(&in, file, &size));
    if (generation_load(*file, size, &g, &why) != ERR_OK) fail_msg("%s", why.message);
    sparse_free(&m);
    free(vectors);
    free(items);
    return g;
}

// What does not fit into the table is left out from the oldest, and the shares know of it.
static void test_more_than_there_is_room_for(void **state) {
    (void)state;
    static struct covisit table;
    const struct covisit_scale scale = {.similar = 1.0f, .next = 1.0f, .shape = {1.0f, 1.0f, 0.0f}};
    uint32_t rows[100];
    void *file;
    struct generation *g = wide_generation(&file);
    for (uint32_t i = 0; i < 100; i++) rows[i] = i * WIDE; // no two go with the same
    covisit_fill(&table, g, &scale, rows, 100);
    assert_packed_the_same(&table, g, &scale, rows, 100);
    assert_true(table.count <= COVISIT_ROWS_MAX && table.count > COVISIT_ROWS_MAX - WIDE);
    assert_int_equal(table.similar_events, COVISIT_ROWS_MAX / WIDE);
    for (unsigned age = 0; age < 100; age++) {
        const struct covisit_slot *slot = covisit_find(&table, rows[age] + 7);
        assert_true((slot != NULL) == (age < table.similar_events));
        assert_true(covisit_share_of(&table, g, age, rows[age], rows[age] + 7).similar == (slot ? 1.0f : 0.0f));
    }
    covisit_fill(&table, g, &scale, rows, 0);
    assert_packed_the_same(&table, g, &scale, rows, 0);
    assert_int_equal(table.count, 0);
    assert_null(covisit_find(&table, 5));
    generation_close(g);
    free(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_equal_to_the_mix, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_a_person_in_their_order, shop_open, shop_close),
        cmocka_unit_test(test_more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

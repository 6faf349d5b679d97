#include "shop.h"

#include <math.h>
#include <string.h>

#include "index/base/limits.h"
#include "index/product.h"
#include "model/person.h"
#include "model/rerank_line.h"

struct batch { // what rightfit rerank prepares
    struct rank_batch *table;
    struct batch_persons *persons;
    struct rank_batch_scratch *scratch;
    struct product_ids *ids;
    struct rerank_batch batch;
    struct json_parser *parser;
};

static void batch_open(struct shop *s, struct batch *b, size_t persons_bytes) {
    assert_ok(rank_batch_open(s->ranker, s->view, RANK_BATCH, &b->table));
    assert_ok(product_ids_load(s->view, &b->ids));
    b->persons = batch_persons_new(persons_bytes);
    b->scratch = rank_batch_scratch_new(b->table);
    b->parser = json_parser_new();
    b->batch = (struct rerank_batch){.table = b->table, .persons = b->persons, .scratch = b->scratch, .ids = b->ids};
}

static void batch_close(struct batch *b) {
    rank_batch_close(b->table);
    batch_persons_free(b->persons);
    rank_batch_scratch_free(b->scratch);
    product_ids_free(b->ids);
    json_parser_free(b->parser);
}

static uint32_t draw(uint64_t *state, uint32_t n) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % n);
}

// ---- a plain reference: every item by rank_score, a sort by comparison ----------------------------------------------

struct plain { char id[16]; float score; uint32_t at; };

static int compare_plain(const void *a, const void *b) {
    const struct plain *x = a, *y = b;
    float p = isnan(x->score) ? -INFINITY : x->score, q = isnan(y->score) ? -INFINITY : y->score;
    if (p != q) return p < q ? 1 : -1;
    int c = strcmp(x->id, y->id);
    return c ? c : x->at < y->at ? -1 : 1;
}

static unsigned reference(struct shop *s, uint32_t user, const uint32_t *products, unsigned n, struct plain *out) {
    struct rank_person person;
    unsigned count = 0;
    assert_ok(rank_person_load(s->ranker, s->view, user, NULL, 0, &person));
    for (unsigned i = 0; i < n; i++) {
        if (products[i] == 0) continue;
        snprintf(out[count].id, sizeof out[count].id, "p%u", products[i]);
        assert_ok(rank_score(s->ranker, s->view, &person, RANK_BATCH, &products[i], 1, &out[count].score, NULL));
        out[count++].at = i;
    }
    qsort(out, count, sizeof *out, compare_plain);
    return count;
}

// The order of `l` is the reference's, but for scores whose last bits differ.
static void assert_same_order(const struct rerank_list *l, const struct plain *want, unsigned count) {
    assert_int_equal(l->hit_count, count);
    for (unsigned i = 0; i < count; i++) {
        assert_true(fabsf(l->hits[i].score - want[i].score) < 2e-5f);
        if (i && l->hits[i].score == l->hits[i - 1].score && want[i].score == want[i - 1].score && l->hits[i].product == l->hits[i - 1].product)
            assert_true(l->hits[i].at > l->hits[i - 1].at);
        bool alone = (i == 0 || want[i - 1].score - want[i].score > 1e-4f) && (i + 1 == count || want[i].score - want[i + 1].score > 1e-4f);
        if (alone) assert_int_equal(l->hits[i].at, want[i].at);
    }
}

static void test_lists_are_in_the_order_of_the_reference(void **state) {
    struct shop *s = *state;
    struct batch b;
    uint64_t random = 5;
    shop_begin(s);
    batch_open(s, &b, (size_t)64 << 20);
    for (unsigned round = 0; round < 400; round++) {
        uint32_t products[700], user = 0;
        struct plain want[700];
        unsigned n = draw(&random, round % 3 ? 60 : 700);
        char name[8];
        snprintf(name, sizeof name, "u%u", draw(&random, 220)); // some of them nobody knows
        (void)user_find(s->view, slice_str(name), &user);
        for (unsigned i = 0; i < n; i++) products[i] = draw(&random, SHOP_PRODUCTS + 1); // 0 is unknown; some stand twice
        struct slice ids[700];
        for (unsigned i = 0; i < n; i++) ids[i] = arena_printf(&s->scratch, "p%u", products[i]);
        unsigned count = reference(s, user, products, n, want);
        for (unsigned prepared = 0; prepared < 2; prepared++) {
            struct rerank r = {s->view, s->ranker, prepared ? &b.batch : NULL};
            struct rerank_list l = {.user = user, .products = products, .count = n, .ids = prepared ? NULL : ids};
            assert_ok(rerank_list(&r, &l));
            assert_same_order(&l, want, count);
            assert_int_equal(l.dropped_count, n - count);
            for (unsigned i = 0; i < l.dropped_count; i++) assert_int_equal(l.dropped[i].why, RERANK_UNKNOWN_PRODUCT);
            if (n > 3) { // a limit gives the beginning of the same
                struct rerank_list shorter = {.user = user, .products = products, .count = n, .limit = 3, .ids = ids};
                assert_ok(rerank_list(&r, &shorter));
                assert_int_equal(shorter.hit_count, count < 3 ? count : 3);
                for (unsigned i = 0; i < shorter.hit_count; i++) assert_int_equal(shorter.hits[i].at, l.hits[i].at);
            }
        }
        arena_reset(&s->scratch);
        shop_end(s);
        shop_begin(s);
    }
    batch_close(&b);
    shop_end(s);
}

static void test_persons_beyond_the_limit_are_computed_each_time(void **state) {
    struct shop *s = *state;
    struct batch none, all;
    uint32_t products[SHOP_PRODUCTS];
    shop_begin(s);
    batch_open(s, &none, 0);
    batch_open(s, &all, (size_t)64 << 20);
    for (uint32_t i = 0; i < SHOP_PRODUCTS; i++) products[i] = i + 1;
    for (uint32_t user = 1; user <= 20; user++)
        for (unsigned again = 0; again < 2; again++) {
            const struct batch_person *x, *y;
            float a[SHOP_PRODUCTS], c[SHOP_PRODUCTS];
            assert_ok(batch_person(none.persons, none.scratch, s->ranker, s->view, user, &x));
            rank_batch_score(none.table, none.scratch, x, products, SHOP_PRODUCTS, 0, a);
            assert_ok(batch_person(all.persons, all.scratch, s->ranker, s->view, user, &y));
            rank_batch_score(all.table, all.scratch, y, products, SHOP_PRODUCTS, 0, c);
            assert_memory_equal(a, c, sizeof a);
        }
    batch_close(&none);
    batch_close(&all);
    shop_end(s);
}

static void test_the_whole_catalogue(void **state) {
    struct shop *s = *state;
    struct batch b;
    uint32_t products[SHOP_PRODUCTS];
    struct plain want[SHOP_PRODUCTS];
    shop_begin(s);
    batch_open(s, &b, (size_t)64 << 20);
    for (uint32_t i = 0; i < SHOP_PRODUCTS; i++) products[i] = i + 1;
    reference(s, 7, products, SHOP_PRODUCTS, want);
    for (unsigned prepared = 0; prepared < 2; prepared++) {
        struct rerank r = {s->view, s->ranker, prepared ? &b.batch : NULL};
        struct rerank_list l = {.user = 7, .whole = true, .limit = SHOP_PRODUCTS + 5};
        if (prepared) { // without it a tie would ask for records that this shop does not have
            assert_ok(rerank_list(&r, &l));
            assert_int_equal(l.hit_count, SHOP_PRODUCTS);
            for (unsigned i = 0; i < l.hit_count; i++) assert_true(fabsf(l.hits[i].score - want[i].score) < 2e-5f);
        }
        l = (struct rerank_list){.user = 7, .whole = true, .limit = 1};
        assert_ok(rerank_list(&r, &l));
        assert_int_equal(l.hit_count, 1);
        assert_true(fabsf(l.hits[0].score - want[0].score) < 2e-5f);
    }
    batch_close(&b);
    shop_end(s);
}

static float odd_boost(void *arg, uint32_t product) {
    return product % 7 == 0 ? *(const float *)arg : product % 11 == 0 ? -0.5f : 0.0f;
}

// What the ranker boosts when the table is made, the table boosts, whatever becomes of the ranker.
static void test_boosts_hold_in_a_batch(void **state) {
    struct shop *s = *state;
    struct batch boosted, plain;
    uint32_t products[SHOP_PRODUCTS];
    struct plain want[SHOP_PRODUCTS];
    float by = 20.0f, weight = rank_weights(s->ranker, RANK_BATCH)[RANK_BOOST];
    assert_true(weight > 0.0f);
    shop_begin(s);
    batch_open(s, &plain, (size_t)64 << 20);
    ranker_set_boost(s->ranker, odd_boost, &by);
    batch_open(s, &boosted, (size_t)64 << 20);
    for (uint32_t i = 0; i < SHOP_PRODUCTS; i++) products[i] = i + 1;
    for (uint32_t user = 0; user < 30; user++) {
        unsigned count = reference(s, user, products, SHOP_PRODUCTS, want);
        ranker_set_boost(s->ranker, NULL, NULL);
        struct rerank_list l = {.user = user, .products = products, .count = SHOP_PRODUCTS}, other = l;
        assert_ok(rerank_list(&(struct rerank){s->view, s->ranker, &boosted.batch}, &l));
        assert_ok(rerank_list(&(struct rerank){s->view, s->ranker, &plain.batch}, &other));
        assert_same_order(&l, want, count);
        for (unsigned i = 0; i < count / 8; i++) assert_true(l.hits[i].product % 7 == 0);
        unsigned sevens = 0;
        for (unsigned i = 0; i < count / 8; i++) sevens += other.hits[i].product % 7 == 0;
        assert_true(sevens < count / 8);
        ranker_set_boost(s->ranker, odd_boost, &by);
    }
    ranker_set_boost(s->ranker, NULL, NULL);
    batch_close(&boosted);
    batch_close(&plain);
    shop_end(s);
}

// ---- sorting --------------------------------------------------------------------------------------------------------

static int compare_hits(const void *a, const void *b) {
    const struct rerank_hit *x = a, *y = b;
    float p = isnan(x->score) ? -INFINITY : x->score, q = isnan(y->score) ? -INFINITY : y->score;
    if (x->verdict != y->verdict) return x->verdict < y->verdict ? 1 : -1;
    if (p != q) return p < q ? 1 : -1;
    return x->at < y->at ? -1 : 1;
}

static float odd_score(uint64_t *random, unsigned kind) {
    static const float odd[] = {NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 3e38f, -3e38f, 1e-45f, 1.0f};
    if (kind == 0) return odd[draw(random, 9)];
    if (kind == 1) return draw(random, 4) ? 1.0f : 1.0f + (float)draw(random, 3) * 0x1p-23f; // ties, and last bits
    if (kind == 2) return draw(random, 50) ? (float)draw(random, 1000) * 1e-6f : 1e6f;        // one far away
    return (float)draw(random, (size_t)64 << 20) / 1024.0f - 512.0f;
}

static void test_sorting_equals_a_plain_sort(void **state) {
    struct shop *s = *state;
    uint64_t random = 99;
    shop_begin(s);
    for (unsigned round = 0; round < 2000; round++) {
        unsigned n = draw(&random, round % 10 ? 300 : 3000);
        struct rerank_hit *hits = ARENA_ARRAY(&s->arena, struct rerank_hit, n + 1), *want = ARENA_ARRAY(&s->arena, struct rerank_hit, n + 1);
        struct slice *ids = ARENA_ARRAY(&s->arena, struct slice, n + 1); // all alike: ties fall back on the place
        for (unsigned i = 0; i < n; i++) {
            hits[i] = (struct rerank_hit){.product = 1, .at = i, .score = odd_score(&random, round % 4), .verdict = round % 2 ? draw(&random, 5) : VERDICT_FITS};
            ids[i] = SLICE("same");
        }
        memcpy(want, hits, n * sizeof *want);
        qsort(want, n, sizeof *want, compare_hits);
        struct rerank r = {s->view, s->ranker, NULL};
        struct rerank_list l = {.ids = ids, .hits = hits, .hit_count = n};
        assert_ok(rerank_sort(&r, &l));
        for (unsigned i = 0; i < n; i++) assert_int_equal(l.hits[i].at, want[i].at);
        shop_end(s);
        shop_begin(s);
    }
    shop_end(s);
}

// ---- lines ----------------------------------------------------------------------------------------------------------

static void answer(struct shop *s, struct batch *b, bool prepared, const char *text, char *out, size_t size) {
    struct rerank r = {s->view, s->ranker, prepared ? &b->batch : NULL};
    struct rerank_line line;
    struct fault why = {0};
    struct buf answers;
    buf_init(&answers, NULL, 64);
    enum err e = rerank_line_read(b->parser, &s->arena, slice_str(text), SLICE_NONE, &line, &why);
    if (e == ERR_OK) e = rerank_line_answer(&r, &line, &answers, &why);
    if (e != ERR_OK) rerank_line_error(1, &why, &answers);
    assert_true(answers.n < size);
    memcpy(out, answers.p, answers.n);
    out[answers.n] = 0;
    buf_free(&answers);
}

static void test_lines(void **state) {
    struct shop *s = *state;
    static const struct { const char *in, *begins; } cases[] = {
        {"{\"items\":[]}", "{\"user\":null,\"items\":[],\"dropped\":[]}"},
        {"{\"user\":\"nobody\",\"items\":[\"nothing\",\"\"]}",
         "{\"user\":\"nobody\",\"items\":[],\"dropped\":[{\"id\":\"nothing\",\"why\":\"unknown_product\"},{\"id\":\"\",\"why\":\"unknown_product\"}]}"},
        {"{\"items\":[\"p2\",\"p1\",\"p2\"],\"limit\":2}", "{\"user\":null,\"items\":[{\"id\":\"p"},
        {"{\"user\":\"u1\"}", "{\"line\":1,\"error\":{\"code\":\"bad_request\""},
        {"{\"user\":\"u1\",\"limit\":0}", "{\"line\":1,\"error\":{\"code\":\"bad_request\""},
        {"{\"items\":[1]}", "{\"line\":1,\"error\":{\"code\":\"bad_request\""},
        {"{\"items\":[],\"vehicle\":\"nothing\"}", "{\"line\":1,\"error\":{\"code\":\"bad_request\""},
        {"{\"itmes\":[]}", "{\"line\":1,\"error\":{\"code\":\"bad_request\""},
        {"[1]", "{\"line\":1,\"error\":{\"code\":\"bad_request\""},
        {"{\"items\":[\"\xff\"]}", "{\"line\":1,\"error\":{\"code\":\"bad_request\""},
    };
    struct batch b;
    shop_begin(s);
    batch_open(s, &b, (size_t)64 << 20);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned prepared = 0; prepared < 2; prepared++) {
            char out[4096];
            answer(s, &b, prepared, cases[i].in, out, sizeof out);
            if (strncmp(out, cases[i].begins, strlen(cases[i].begins)) != 0) fail_msg("%s: %s", cases[i].in, out);
            assert_int_equal(out[strlen(out) - 1], '\n');
        }
    char same[4096], other[4096];
    answer(s, &b, false, "{\"user\":\"u9\",\"items\":[\"p4\",\"p77\",\"p133\",\"p299\",\"p9\"]}", same, sizeof same);
    answer(s, &b, true, "{\"user\":\"u9\",\"items\":[\"p4\",\"p77\",\"p133\",\"p299\",\"p9\"]}", other, sizeof other);
    assert_non_null(strstr(same, "\"id\":\"p9\""));
    assert_memory_equal(same, other, 30); // the first of them: u9 wants p9, p299
    batch_close(&b);
    shop_end(s);
}

static void test_a_line_written_reads_the_same(void **state) {
    struct shop *s = *state;
    static const char text[] = "{\"user\":\"\\u00e9\\n\",\"vehicle\":\"v\",\"attrs\":{\"a\":\"1,5\",\"b\":[\"x|y\",\"z\"],\"c\":\"?\"},\"market\":\"CN\",\"limit\":7,\"items\":[\"p\\\"1\"]}";
    struct rerank_line one, two;
    struct json_parser *parser = json_parser_new();
    struct buf out;
    buf_init(&out, NULL, 64);
    assert_ok(rerank_line_read(parser, &s->arena, slice_str(text), SLICE_NONE, &one, NULL));
    rerank_line_write(&one, &s->arena, &out);
    assert_ok(rerank_line_read(parser, &s->arena, slice_trim(buf_slice(&out)), SLICE_NONE, &two, NULL));
    assert_true(slice_eq(one.user, two.user) && slice_eq(one.attrs, two.attrs) && slice_eq(one.market, two.market));
    assert_true(one.limit == two.limit && one.count == 1 && two.count == 1 && slice_eq(one.items[0], two.items[0]));
    buf_free(&out);
    json_parser_free(parser);
    arena_reset(&s->arena);
}

// ---- odd shops --------------------------------------------------------------------------------------------------------

static void one_product(struct shop *s, const char *id) {
    struct product_facts facts = shop_facts(1);
    struct product_offer offer = {.cny_fen = 100};
    struct txn *t;
    uint32_t p = 1;
    assert_ok(txn_begin(s->db, &t, NULL));
    assert_ok(columns_set_facts(t, p, &facts));
    assert_ok(columns_set_offer(t, p, &offer));
    assert_ok(txn_put(t, TABLE_PRODUCT_ID, slice_str(id), slice_of(&p, sizeof p)));
    assert_ok(columns_set_products(t, 1));
    assert_ok(txn_commit(t, NULL));
}

static void test_shops_of_none_and_of_one(void **state) {
    struct shop *s = *state;
    struct batch b;
    char out[256];
    assert_ok(generations_open(s->db, &s->generations, NULL));
    assert_ok(ranker_open(s->generations, &s->ranker));
    for (unsigned products = 0; products < 2; products++) {
        if (products) one_product(s, "only");
        shop_begin(s);
        batch_open(s, &b, (size_t)64 << 20);
        for (unsigned prepared = 0; prepared < 2; prepared++) {
            answer(s, &b, prepared, "{\"user\":\"u1\",\"items\":[\"only\",\"only\",\"other\"]}", out, sizeof out);
            assert_int_equal(strstr(out, "\"unknown_product\"") != NULL, true);
            assert_int_equal(strstr(out, "\"id\":\"only\",\"score\"") != NULL, products);
        }
        answer(s, &b, true, "{\"limit\":10}", out, sizeof out);
        assert_int_equal(strstr(out, "\"id\":\"only\",\"score\"") != NULL, products);
        batch_close(&b);
        shop_end(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lists_are_in_the_order_of_the_reference, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_persons_beyond_the_limit_are_computed_each_time, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_the_whole_catalogue, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_boosts_hold_in_a_batch, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_sorting_equals_a_plain_sort, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_lines, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_a_line_written_reads_the_same, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_shops_of_none_and_of_one, shop_open_empty, shop_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

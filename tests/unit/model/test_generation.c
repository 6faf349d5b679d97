#include "shop.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "model/generation_format.h"
#include "model/generation_write.h"

// ---- a small generation by hand -----------------------------------------------------------------------------------

#define D 16
#define TRAINED 4
#define PRODUCTS_MAX 9

// What goes with trained product 0: 1 and 3; with 3: 0. After 1 comes 2.
static uint64_t similar_start[] = {0, 2, 2, 2, 3}, next_start[] = {0, 0, 1, 1, 1};
static uint32_t similar_column[] = {1, 3, 0}, next_column[] = {2};
static float similar_weight[] = {0.5f, 0.25f, 0.75f}, next_weight[] = {1.0f};
static const struct sparse SIMILAR = {TRAINED, TRAINED, similar_start, similar_column, similar_weight};
static const struct sparse NEXT = {TRAINED, TRAINED, next_start, next_column, next_weight};

// 1 and 2 are bought together, 5 has no row; types 10 and 20 as well.
static uint32_t bought_start[] = {0, 0, 2, 3}, type_start[22] = {[11] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2};
static struct bought_pair bought_pairs[] = {{5, 9, 3}, {2, 4, 2}, {1, 4, 2}}, type_pairs[] = {{20, 2, 7}, {10, 2, 7}};
static const struct bought BOUGHT = {3, bought_start, bought_pairs}, TYPE_BOUGHT = {21, type_start, type_pairs};
static const uint32_t USERS[] = {3, 8};
static const uint64_t USER_SEQUENCES[] = {70, 12}, FEATURES[] = {5, UINT64_MAX};
static const struct generation_canary CANARIES[] = {{3, 1, 0, 2}, {9, 8, 2, 1}};
static const struct interaction CANARY_ACTS[] = {{2, 0.5f}, {4, 1.0f}, {7, 2.0f}};

struct small {
    struct generation_item items[PRODUCTS_MAX + 1];
    float vectors[TRAINED * D], gram[D * D];
    struct generation_input input;
};

// Products 1..8; 3 is deleted but trained, 5 is gone; 7 and 8 were never touched: 7 has the brand of 2, 8 an unknown one.
static void make_small(struct small *s) {
    memset(s, 0, sizeof *s);
    for (uint32_t p = 1; p <= 8; p++) {
        s->items[p] = (struct generation_item){.type = p % 2 ? 20 : 10,
                                               .brand = p,
                                               .cny_fen = 1000 * p,
                                               .present = p != 3 && p != 5,
                                               .popularity = (float)p / 10.0f,
                                               .trend = {(float)p, (float)p + 0.5f, -(float)p}};
    }
    s->items[7].type = 10;
    s->items[7].brand = 2;
    for (uint32_t i = 0; i < TRAINED; i++) s->items[i + 1].trained = i + 1;
    for (unsigned i = 0; i < TRAINED * D; i++) s->vectors[i] = (float)(i % 7) - 3.0f;
    for (unsigned i = 0; i < D; i++) s->gram[i * D + i] = 1.0f;
    s->input = (struct generation_input){.dimension = D,
                                         .alpha0 = 0.1f,
                                         .lambda = 0.01f,
                                         .nu = 1.0f,
                                         .trained_products = TRAINED,
                                         .vectors = s->vectors,
                                         .gram = s->gram,
                                         .similar = &SIMILAR,
                                         .next = &NEXT,
                                         .products_max = PRODUCTS_MAX,
                                         .items = s->items,
                                         .bought = &BOUGHT,
                                         .type_bought = &TYPE_BOUGHT,
                                         .users = 2,
                                         .user_ids = USERS,
                                         .user_sequences = USER_SEQUENCES,
                                         .user_vectors = s->vectors + D,
                                         .features = 2,
                                         .feature_hashes = FEATURES,
                                         .feature_vectors = s->vectors,
                                         .canaries = {2, CANARIES, CANARY_ACTS},
                                         .learnt = {.mixed = 1, .weights = {{1, 2, 3, 4}}, .shape = {1, 0.5f, 0},
                                                    .figures = {.people = 2, .mix_recall = 0.5f}},
                                         .events = 99,
                                         .last_sequence = 77,
                                         .created_ms = 5};
}

static struct generation *small_load(const struct small *s, void **file) { // small_close() frees both
    struct generation *g;
    size_t size;
    assert_ok(generation_build(&s->input, file, &size));
    assert_ok(generation_load(*file, size, &g, NULL));
    return g;
}

static void small_close(struct generation *g, void *file) {
    generation_close(g);
    free(file);
}

static void test_holds_what_was_written(void **state) {
    (void)state;
    struct small s;
    void *file;
    make_small(&s);
    struct generation *g = small_load(&s, &file);
    assert_int_equal(generation_dimension(g), D);
    assert_int_equal(generation_rows(g), 7);
    assert_int_equal(generation_last_sequence(g), 77);
    assert_int_equal(generation_created_ms(g), 5);
    for (uint32_t row = 0; row < 7; row++) {
        uint32_t product = generation_product(g, row);
        assert_int_equal(generation_row(g, product), row);
        assert_ptr_equal(generation_vector(g, product), generation_row_vector(g, row));
        assert_int_equal((uintptr_t)generation_row_vector(g, row) % 64, 0);
        if (row == 0) continue;
        uint32_t before = generation_product(g, row - 1); // by (type, product)
        assert_true(s.items[before].type < s.items[product].type ||
                    (s.items[before].type == s.items[product].type && before < product));
    }
    for (uint32_t i = 0; i < TRAINED; i++)
        assert_memory_equal(generation_vector(g, i + 1), s.vectors + i * D, D * sizeof(float));
    assert_true(generation_popularity(g, 4) == 0.4f && generation_trend(g, 4, MARKET_ANY) == 4.0f);
    assert_true(generation_trend(g, 4, MARKET_US) == 4.5f && generation_trend(g, 4, MARKET_CN) == -4.0f);
    assert_memory_equal(generation_gram(g), s.gram, sizeof s.gram);
    assert_null(generation_vector(g, 5));
    assert_null(generation_vector(g, 9));
    assert_null(generation_vector(g, 4000000000u));
    assert_true(generation_popularity(g, 4000000000u) == 0.0f);
    small_close(g, file);
}

static void test_content_vectors(void **state) {
    (void)state;
    struct small s;
    void *file;
    make_small(&s);
    struct generation *g = small_load(&s, &file);
    assert_memory_equal(generation_vector(g, 7), s.vectors + 1 * D,
                        D * sizeof(float)); // the only one of its type and brand
    const float *of_type = generation_vector_for(g, 10, 99);                            // products 2 and 4
    for (unsigned i = 0; i < D; i++)
        assert_true(fabsf(of_type[i] - (s.vectors[D + i] + s.vectors[3 * D + i]) / 2) < 1e-6f);
    assert_memory_equal(generation_vector(g, 8), of_type, D * sizeof(float));
    assert_memory_equal(generation_vector_for(g, 10, 2), s.vectors + D, D * sizeof(float));
    assert_null(generation_vector_for(g, 11, 1));
    small_close(g, file);
}

static void test_bought_together(const struct generation *g) {
    uint32_t count;
    const struct generation_pair *pair = generation_bought(g, generation_row(g, 1), &count);
    assert_int_equal(count, 1); // 5 has no row
    assert_true(pair->row == generation_row(g, 2) && pair->lift == 4 && pair->support == 2);
    pair = generation_bought(g, generation_row(g, 2), &count);
    assert_true(count == 1 && pair->row == generation_row(g, 1));
    generation_bought(g, generation_row(g, 8), &count);
    assert_int_equal(count, 0);
    const struct generation_type_pair *types = generation_type_bought(g, 10, &count);
    assert_true(count == 1 && types->type == 20 && types->lift == 2 && types->support == 7);
    types = generation_type_bought(g, 20, &count);
    assert_true(count == 1 && types->type == 10);
    generation_type_bought(g, 15, &count);
    assert_int_equal(count, 0);
}

static void test_people_and_what_was_learnt(void **state) {
    (void)state;
    struct small s;
    struct mix_weights w;
    struct mix_shape shape;
    void *file;
    uint64_t sequence;
    make_small(&s);
    struct generation *g = small_load(&s, &file);
    test_bought_together(g);
    assert_memory_equal(generation_user(g, 8, &sequence), s.vectors + 2 * D, D * sizeof(float));
    assert_int_equal(sequence, 12);
    assert_non_null(generation_user(g, 3, &sequence));
    assert_int_equal(sequence, 70);
    assert_null(generation_user(g, 4, &sequence));
    assert_memory_equal(generation_feature(g, UINT64_MAX), s.vectors + D, D * sizeof(float));
    assert_null(generation_feature(g, 6));
    assert_true(generation_mix(g, &w, &shape) && w.of[MIX_NEXT] == 3 && shape.next_decay == 0.5f);
    assert_true(generation_figures(g).people == 2 && generation_figures(g).mix_recall == 0.5f);
    assert_int_equal(generation_events(g), 99);
    struct generation_canaries c = generation_canaries(g);
    assert_true(c.count == 2 && c.list[1].wanted == 8 && c.acts[c.list[1].first].product == 7);
    small_close(g, file);
    s.input.learnt.mixed = 0;
    g = small_load(&s, &file);
    assert_false(generation_mix(g, &w, &shape));
    small_close(g, file);
}

static void test_neighbours_follow_their_rows(void **state) {
    (void)state;
    struct small s;
    void *file;
    uint32_t count;
    make_small(&s);
    struct generation *g = small_load(&s, &file);
    const struct generation_neighbour *list = generation_similar(g, generation_row(g, 1), &count);
    assert_int_equal(count, 2);
    assert_true(list[0].row == generation_row(g, 2) && list[0].weight == 0.5f);
    assert_true(list[1].row == generation_row(g, 4) && list[1].weight == 0.25f);
    list = generation_similar(g, generation_row(g, 4), &count);
    assert_true(count == 1 && list[0].row == generation_row(g, 1) && list[0].weight == 0.75f);
    list = generation_next(g, generation_row(g, 2), &count);
    assert_true(count == 1 && list[0].row == generation_row(g, 3));
    generation_next(g, generation_row(g, 7), &count); // nobody has touched it
    assert_int_equal(count, 0);
    small_close(g, file);
    s.input.similar = s.input.next = NULL;
    g = small_load(&s, &file);
    generation_similar(g, 0, &count);
    assert_int_equal(count, 0);
    small_close(g, file);
}

static void test_an_older_version_says_so(void **state) {
    (void)state;
    struct small s;
    struct generation *g;
    struct fault why;
    void *file;
    size_t size;
    make_small(&s);
    assert_ok(generation_build(&s.input, &file, &size));
    ((struct generation_header *)file)->version = 1;
    assert_int_equal(generation_load(file, size, &g, &why), ERR_DAMAGED);
    assert_non_null(strstr(why.message, "version 1"));
    free(file);
}

static void test_types_have_usual_prices(void **state) {
    (void)state;
    struct small s;
    void *file;
    make_small(&s);
    struct generation *g = small_load(&s, &file);
    const struct generation_type *ten = generation_type(g, 10), *twenty = generation_type(g, 20);
    assert_int_equal(ten->rows, 5); // 2 4 6 7 8
    assert_int_equal(twenty->first_row, 5);
    assert_true(ten->cny.deviation > 0.0f && ten->usd.deviation == 0.0f);
    assert_true(twenty->cny.deviation == 0.0f); // two prices say nothing
    assert_null(generation_type(g, 15));
    small_close(g, file);
}

static void test_same_content_same_id(void **state) {
    (void)state;
    struct small s;
    void *a, *b;
    size_t size;
    make_small(&s);
    assert_ok(generation_build(&s.input, &a, &size));
    s.input.created_ms = 6;
    assert_ok(generation_build(&s.input, &b, &size));
    assert_int_equal(((struct generation_header *)a)->id, ((struct generation_header *)b)->id);
    free(b);
    s.vectors[3] += 1.0f;
    assert_ok(generation_build(&s.input, &b, &size));
    assert_int_not_equal(((struct generation_header *)a)->id, ((struct generation_header *)b)->id);
    free(a);
    free(b);
}

// ---- damage -------------------------------------------------------------------------------------------------------

static void test_any_flipped_byte_is_refused(void **state) {
    (void)state;
    struct small s;
    struct generation *g;
    void *file;
    size_t size;
    make_small(&s);
    assert_ok(generation_build(&s.input, &file, &size));
    uint8_t *bytes = file;
    for (size_t i = 0; i < size; i++) {
        struct fault why = {0};
        uint8_t flip = (uint8_t)(1u << (i % 8));
        bytes[i] ^= flip;
        enum err e = generation_load(file, size, &g, &why);
        assert_true(e == ERR_DAMAGED || e == ERR_NEWER);
        assert_true(why.message[0] != 0);
        bytes[i] ^= flip;
    }
    assert_ok(generation_load(file, size, &g, NULL));
    generation_close(g);
    free(file);
}

static void test_any_other_length_is_refused(void **state) {
    (void)state;
    struct small s;
    struct generation *g;
    void *file;
    size_t size;
    make_small(&s);
    assert_ok(generation_build(&s.input, &file, &size));
    for (size_t n = 0; n < size; n += 61) assert_int_equal(generation_load(file, n, &g, NULL), ERR_DAMAGED);
    free(file);
}

// Sealed anew after the damage, so that only the bounds checks stand in the way.
static void refused_though_sealed(void (*spoil)(struct generation_header *h)) {
    struct small s;
    struct generation *g;
    void *file;
    size_t size;
    make_small(&s);
    assert_ok(generation_build(&s.input, &file, &size));
    spoil(file);
    generation_seal(file);
    assert_int_equal(generation_load(file, size, &g, NULL), ERR_DAMAGED);
    free(file);
}

static uint32_t *words(struct generation_header *h, enum generation_section s) {
    return (uint32_t *)(void *)((uint8_t *)h + h->sections[s].offset);
}
static void row_beyond_the_end(struct generation_header *h) { words(h, SECTION_ROW_OF)[1] = 4000000; }
static void row_of_another(struct generation_header *h) { words(h, SECTION_ROW_OF)[1] = words(h, SECTION_ROW_OF)[2]; }
static void row_of_nobody(struct generation_header *h) { words(h, SECTION_ROW_OF)[1] = 0; }
static void type_too_long(struct generation_header *h) { words(h, SECTION_TYPES)[2] = 4000000000u; }
static void types_descending(struct generation_header *h) { words(h, SECTION_TYPES)[0] = 30; }
static void contents_descending(struct generation_header *h) { words(h, SECTION_CONTENT)[0] = 4000000000u; }
static void neighbour_beyond_the_end(struct generation_header *h) { words(h, SECTION_SIMILAR)[0] = 7; }
static void neighbours_descending(struct generation_header *h) { words(h, SECTION_SIMILAR)[4] = 0, words(h, SECTION_SIMILAR_START)[1] = 3; }
static void neighbour_not_a_number(struct generation_header *h) { words(h, SECTION_NEXT)[1] = 0x7fc00000; }
static void neighbours_past_the_end(struct generation_header *h) { words(h, SECTION_NEXT_START)[2] = 4000000000u; }
static void neighbours_left_over(struct generation_header *h) { words(h, SECTION_NEXT_START)[7] = 0; }

static void bought_beyond_the_end(struct generation_header *h) { words(h, SECTION_BOUGHT)[0] = 7; }
static void bought_past_the_end(struct generation_header *h) { words(h, SECTION_BOUGHT_START)[1] = 4000000000u; }
static void bought_without_lift(struct generation_header *h) { words(h, SECTION_BOUGHT)[1] = 0x7fc00000; }
static void types_bought_left_over(struct generation_header *h) { words(h, SECTION_TYPE_BOUGHT_START)[2] = 1; }
static void type_without_support(struct generation_header *h) { words(h, SECTION_TYPE_BOUGHT)[2] = 0; }
static void users_descending(struct generation_header *h) { words(h, SECTION_USERS)[0] = 9; }
static void features_descending(struct generation_header *h) { words(h, SECTION_FEATURES)[1] = UINT32_MAX, words(h, SECTION_FEATURES)[0] = UINT32_MAX; }
static void canary_past_the_end(struct generation_header *h) { words(h, SECTION_CANARIES)[3] = 4000000000u; }
static void canary_twice(struct generation_header *h) { words(h, SECTION_CANARIES)[4] = 3; }
static void canary_weighs_nothing(struct generation_header *h) { words(h, SECTION_CANARY_ACTS)[1] = 0x7f800000; }
static void weight_not_a_number(struct generation_header *h) { h->learnt.weights.of[0] = NAN; }
static void decay_out_of_range(struct generation_header *h) { h->learnt.shape.next_decay = 2.0f; }

static void test_bounds_are_checked_beyond_the_checksums(void **state) {
    (void)state;
    refused_though_sealed(row_beyond_the_end);
    refused_though_sealed(row_of_another);
    refused_though_sealed(row_of_nobody);
    refused_though_sealed(type_too_long);
    refused_though_sealed(types_descending);
    refused_though_sealed(contents_descending);
    refused_though_sealed(neighbour_beyond_the_end);
    refused_though_sealed(neighbours_descending);
    refused_though_sealed(neighbour_not_a_number);
    refused_though_sealed(neighbours_past_the_end);
    refused_though_sealed(neighbours_left_over);
    refused_though_sealed(bought_beyond_the_end);
    refused_though_sealed(bought_past_the_end);
    refused_though_sealed(bought_without_lift);
    refused_though_sealed(types_bought_left_over);
    refused_though_sealed(type_without_support);
    refused_though_sealed(users_descending);
    refused_though_sealed(features_descending);
    refused_though_sealed(canary_past_the_end);
    refused_though_sealed(canary_twice);
    refused_though_sealed(canary_weighs_nothing);
    refused_though_sealed(weight_not_a_number);
    refused_though_sealed(decay_out_of_range);
}

// ---- files and the pointer ----------------------------------------------------------------------------------------

static uint64_t publish_small(struct shop *shop, float change) {
    struct small s;
    uint64_t id;
    struct txn *t;
    struct fault why = {0};
    make_small(&s);
    s.vectors[0] = change;
    if (generation_write(shop->dir, &s.input, &id, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_ok(txn_begin(shop->db, &t, NULL));
    assert_ok(publish_switch(t, id));
    assert_ok(txn_commit(t, NULL));
    return id;
}

static void test_none_yet_then_switched(void **state) {
    struct shop *shop = *state;
    struct generations *all;
    assert_ok(generations_open(shop->db, &all, NULL));
    assert_null(generations_acquire(all));
    uint64_t first = publish_small(shop, 1.0f);
    assert_null(generations_acquire(all));
    assert_ok(generations_refresh(all, NULL));
    struct generation *a = generations_acquire(all);
    assert_int_equal(generation_id(a), first);
    uint64_t second = publish_small(shop, 2.0f);
    assert_ok(generations_refresh(all, NULL));
    struct generation *b = generations_acquire(all);
    assert_int_equal(generation_id(b), second);
    assert_int_equal(generation_id(a), first); // still pinned, still mapped
    assert_true(generation_vector(a, 1)[0] == 1.0f && generation_vector(b, 1)[0] == 2.0f);
    generations_release(all, a);
    generations_release(all, b);
    assert_ok(generations_refresh(all, NULL)); // nothing new
    generations_close(all);
}

static void test_a_bad_file_leaves_the_old_one(void **state) {
    struct shop *shop = *state;
    struct generations *all;
    struct fault why;
    char path[GENERATION_PATH_MAX];
    uint64_t first = publish_small(shop, 3.0f);
    assert_ok(generations_open(shop->db, &all, NULL));
    uint64_t second = publish_small(shop, 4.0f);
    assert_ok(generation_path(shop->dir, second, path));
    assert_int_equal(truncate(path, 700), 0);
    assert_int_equal(generations_refresh(all, &why), ERR_DAMAGED);
    assert_int_equal(publish_verify(shop->dir, second, &why), ERR_DAMAGED);
    unlink(path);
    assert_int_equal(generations_refresh(all, &why), ERR_NOT_FOUND);
    assert_non_null(strstr(why.message, path));
    struct generation *g = generations_acquire(all);
    assert_int_equal(generation_id(g), first);
    generations_release(all, g);
    generations_close(all);
}

static void test_going_back(void **state) {
    struct shop *shop = *state;
    struct publish_entry *list;
    struct snapshot *s;
    struct txn *t;
    uint64_t current, previous;
    unsigned count;
    uint64_t first = publish_small(shop, 5.0f), second = publish_small(shop, 6.0f);
    assert_int_equal(publish_small(shop, 6.0f), second); // again: what was before stays what was before
    assert_ok(snapshot_open(shop->db, &s));
    assert_ok(publish_current(s, &current, &previous));
    snapshot_close(s);
    assert_true(current == second && previous == first);
    assert_ok(publish_check(shop->dir, current, previous, 1, NULL));
    assert_ok(txn_begin(shop->db, &t, NULL));
    assert_ok(publish_switch(t, previous));
    assert_ok(txn_commit(t, NULL));
    assert_ok(snapshot_open(shop->db, &s));
    assert_ok(publish_current(s, &current, &previous));
    snapshot_close(s);
    assert_true(current == first && previous == second);
    assert_ok(publish_list(shop->dir, &list, &count, NULL));
    assert_int_equal(count, 2);
    assert_true(list[0].state == ERR_OK && list[0].events == 99 && list[0].users == 2 && list[0].learnt.figures.people == 2);
    free(list);
    assert_ok(publish_list("/nowhere", &list, &count, NULL));
    assert_int_equal(count, 0);
}

static void test_too_many_held(void **state) {
    struct shop *shop = *state;
    struct generations *all;
    struct generation *held[GENERATIONS_HELD];
    publish_small(shop, 10.0f);
    assert_ok(generations_open(shop->db, &all, NULL));
    for (unsigned i = 0; i < GENERATIONS_HELD; i++) {
        held[i] = generations_acquire(all);
        publish_small(shop, 11.0f + (float)i);
        assert_int_equal(generations_refresh(all, NULL), i + 1 < GENERATIONS_HELD ? ERR_OK : ERR_RATE_LIMITED);
    }
    generations_release(all, held[0]);
    assert_ok(generations_refresh(all, NULL));
    for (unsigned i = 1; i < GENERATIONS_HELD; i++) generations_release(all, held[i]);
    generations_close(all);
}

struct reading {
    struct generations *all;
    atomic_bool stop;
    atomic_uint reads;
};

static void *read_all_the_time(void *arg) {
    struct reading *r = arg;
    while (!atomic_load(&r->stop)) {
        struct generation *g = generations_acquire(r->all);
        const float *v = generation_vector(g, 1);
        if (!(v[0] >= 100.0f && v[0] < 200.0f)) abort(); // unmapped or another's memory
        if (generation_row(g, 2) == UINT32_MAX) abort();
        generations_release(r->all, g);
        atomic_fetch_add(&r->reads, 1);
    }
    return NULL;
}

static void test_switching_under_readers(void **state) {
    struct shop *shop = *state;
    struct reading r = {0};
    pthread_t readers[3];
    publish_small(shop, 100.0f);
    assert_ok(generations_open(shop->db, &r.all, NULL));
    for (unsigned i = 0; i < 3; i++) assert_int_equal(pthread_create(&readers[i], NULL, read_all_the_time, &r), 0);
    for (unsigned i = 0; i < 40; i++) {
        unsigned before = atomic_load(&r.reads);
        publish_small(shop, 101.0f + (float)i);
        enum err e = generations_refresh(r.all, NULL);
        assert_true(e == ERR_OK || e == ERR_RATE_LIMITED);
        while (atomic_load(&r.reads) == before) sched_yield();
    }
    atomic_store(&r.stop, true);
    for (unsigned i = 0; i < 3; i++) pthread_join(readers[i], NULL);
    generations_close(r.all);
}

// ---- training writes one ------------------------------------------------------------------------------------------

static void test_training_is_repeatable(void **state) {
    struct shop *shop = *state;
    assert_int_equal(shop_train(shop, 32), shop_train(shop, 32));
    assert_int_not_equal(shop_train(shop, 32), shop_train(shop, 48));
}

static void test_training_covers_the_catalogue(void **state) {
    struct shop *shop = *state;
    struct generation *g = generations_acquire(shop->generations);
    assert_int_equal(generation_rows(g), SHOP_PRODUCTS);
    assert_int_equal(generation_last_sequence(g), 1600);
    assert_true(generation_popularity(g, 20) > 0.0f);
    assert_non_null(generation_vector_for(g, 1, 1));
    generations_release(shop->generations, g);
}

static void test_old_files_are_removed(void **state) {
    struct shop *shop = *state;
    char path[GENERATION_PATH_MAX];
    uint64_t ids[3];
    for (unsigned i = 0; i < 3; i++) ids[i] = publish_small(shop, 20.0f + (float)i);
    assert_ok(publish_prune(shop->dir, ids[2], ids[0], 0, NULL));
    for (unsigned i = 0; i < 3; i++) {
        assert_ok(generation_path(shop->dir, ids[i], path));
        assert_int_equal(access(path, F_OK), i == 1 ? -1 : 0);
    }
    assert_int_equal(publish_prune("/nowhere", 1, 0, 0, NULL), ERR_IO);
}

static void test_nothing_to_train_on(void **state) {
    struct shop *shop = *state;
    struct train_options o = train_defaults();
    struct train_report report;
    assert_ok(train_run(shop->db, &o, &report, NULL));
    assert_int_equal(report.id, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holds_what_was_written),
        cmocka_unit_test(test_content_vectors),
        cmocka_unit_test(test_neighbours_follow_their_rows), cmocka_unit_test(test_people_and_what_was_learnt),
        cmocka_unit_test(test_an_older_version_says_so),
        cmocka_unit_test(test_types_have_usual_prices),
        cmocka_unit_test(test_same_content_same_id),
        cmocka_unit_test(test_any_flipped_byte_is_refused),
        cmocka_unit_test(test_any_other_length_is_refused),
        cmocka_unit_test(test_bounds_are_checked_beyond_the_checksums),
        cmocka_unit_test_setup_teardown(test_none_yet_then_switched, shop_open_empty, shop_close),
        cmocka_unit_test_setup_teardown(test_a_bad_file_leaves_the_old_one, shop_open_empty, shop_close),
        cmocka_unit_test_setup_teardown(test_going_back, shop_open_empty, shop_close),
        cmocka_unit_test_setup_teardown(test_too_many_held, shop_open_empty, shop_close),
        cmocka_unit_test_setup_teardown(test_switching_under_readers, shop_open_empty, shop_close),
        cmocka_unit_test_setup_teardown(test_training_is_repeatable, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_training_covers_the_catalogue, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_old_files_are_removed, shop_open_empty, shop_close),
        cmocka_unit_test_setup_teardown(test_nothing_to_train_on, shop_open_empty, shop_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

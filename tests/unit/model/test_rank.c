#include "shop.h"

#include <malloc.h>
#include <math.h>
#include <string.h>

#include "model/person.h"
#include "model/topk.h"

static void score_all(struct shop *s, const struct rank_person *person, float *scores, float *features) {
    uint32_t products[SHOP_PRODUCTS];
    for (uint32_t i = 0; i < SHOP_PRODUCTS; i++) products[i] = i + 1;
    assert_ok(rank_score(s->ranker, s->view, person, RANK_STOREFRONT, products, SHOP_PRODUCTS, scores, features));
}

static void test_scores_equal_the_naive_sum(void **state) {
    struct shop *s = *state;
    float scores[SHOP_PRODUCTS], features[SHOP_PRODUCTS * RANK_FEATURES];
    shop_begin(s);
    struct rank_person person = shop_person(s, "u3");
    const struct generation *g = rank_pinned(s->ranker);
    const float *w = rank_weights(s->ranker, RANK_STOREFRONT);
    assert_non_null(person.vector);
    score_all(s, &person, scores, features);
    for (uint32_t i = 0; i < SHOP_PRODUCTS; i++) {
        const float *x = features + i * RANK_FEATURES, *v = generation_vector(g, i + 1);
        double affinity = 0, score = 0;
        for (unsigned k = 0; k < generation_dimension(g); k++) affinity += (double)v[k] * (double)person.vector[k];
        for (unsigned f = 0; f < RANK_FEATURES; f++) score += (double)x[f] * (double)w[f];
        assert_true(fabs((double)x[RANK_AFFINITY] - affinity) < 1e-5);
        assert_true(fabs((double)scores[i] - score) < 1e-5);
        assert_true(x[RANK_POPULARITY] == generation_popularity(g, i + 1));
        assert_true(x[RANK_AVAILABILITY] == 1.0f && fabsf(x[RANK_RATING] - 0.75f) < 1e-6f && x[RANK_BOOST] == 0.0f);
    }
    shop_end(s);
}

static void test_rows_equal_products(void **state) {
    struct shop *s = *state;
    float by_id[SHOP_PRODUCTS], by_row[SHOP_PRODUCTS];
    shop_begin(s);
    struct rank_person person = shop_person(s, "u5");
    score_all(s, &person, by_id, NULL);
    assert_ok(rank_score_rows(s->ranker, s->view, &person, RANK_STOREFRONT, 0, SHOP_PRODUCTS, by_row, NULL));
    for (uint32_t row = 0; row < SHOP_PRODUCTS; row++)
        assert_true(fabsf(by_row[row] - by_id[generation_product(rank_pinned(s->ranker), row) - 1]) < 1e-5f);
    shop_end(s);
}

static bool is_not_fourth(void *arg, uint32_t product) {
    (void)arg;
    return product % 4 != 0;
}

// Whatever is left out on the way, the best are those of all scores: for persons and strangers, lists short and long, with stand-ins
// (products after the training), deleted products and refused ones.
static void test_best_of_a_list(void **state) {
    struct shop *s = *state;
    struct product_facts deleted = {.type = 1, .brand = 1, .kind = 1, .flags = FACT_DELETED}, late = shop_facts(7);
    struct txn *t;
    uint32_t random = 7;
    assert_ok(txn_begin(s->db, &t, NULL));
    for (uint32_t p = 10; p < 100; p += 9) assert_ok(columns_set_facts(t, p, &deleted));
    for (uint32_t p = SHOP_PRODUCTS + 1; p <= SHOP_PRODUCTS + 400; p++) assert_ok(columns_set_facts(t, p, &late));
    assert_ok(columns_set_products(t, SHOP_PRODUCTS + 400));
    assert_ok(txn_commit(t, NULL));
    shop_begin(s);
    for (unsigned round = 0; round < 300; round++) {
        static uint32_t products[SHOP_PRODUCTS + 400], left[SHOP_PRODUCTS + 400];
        static float scores[SHOP_PRODUCTS + 400];
        struct topk_entry expected[RANK_BEST_MAX], out[RANK_BEST_MAX];
        char name[8];
        size_t n = 0, count, kept = 0;
        random = random * 1664525u + 1013904223u;
        snprintf(name, sizeof name, "u%u", random >> 25);
        struct rank_person person = shop_person(s, round % 5 ? name : NULL);
        unsigned every = 1 + round % 7;
        for (uint32_t p = 1 + round % 3; p <= SHOP_PRODUCTS + (round % 2 ? 400 : 0); p += every) products[n++] = p;
        struct rank_best_query q = {.person = &person, .surface = round % RANK_SURFACES, .products = products, .n = n,
                                    .keep = round % 3 ? NULL : is_not_fourth, .k = random % 60};
        for (size_t i = 0; i < n; i++)
            if (!(columns_facts(s->view, products[i])->flags & FACT_DELETED) && (!q.keep || q.keep(NULL, products[i]))) left[kept++] = products[i];
        assert_ok(rank_score(s->ranker, s->view, &person, q.surface, left, kept, scores, NULL));
        size_t wanted = topk_select(scores, left, kept, q.k, expected);
        assert_ok(rank_best(s->ranker, s->view, &q, out, &count));
        assert_int_equal(count, wanted);
        for (size_t i = 0; i < count; i++) {
            float own = 0;
            assert_ok(rank_score(s->ranker, s->view, &person, q.surface, &out[i].id, 1, &own, NULL));
            if (fabsf(own - out[i].score) > 1e-5f || fabsf(out[i].score - expected[i].score) > 1e-5f)
                fail_msg("round %u, place %zu: %u %g (%g) instead of %u %g", round, i, out[i].id, (double)out[i].score, (double)own,
                         expected[i].id, (double)expected[i].score);
        }
    }
    shop_end(s);
}

// A part of the candidates given as common ones, some of them refused: the answer is that of the list without those, to the last bit, also
// when the list of common ones, the generation's rows or the offers change.
static void test_best_with_common_candidates(void **state) {
    struct shop *s = *state;
    struct product_facts deleted = {.type = 1, .brand = 1, .kind = 1, .flags = FACT_DELETED}, late = shop_facts(7);
    static uint32_t common[SHOP_PRODUCTS + 400], refused[SHOP_PRODUCTS + 400], own[SHOP_PRODUCTS + 400], list[SHOP_PRODUCTS + 400];
    uint32_t random = 11;
    for (unsigned round = 0; round < 300; round++) {
        struct topk_entry expected[RANK_BEST_MAX], out[RANK_BEST_MAX];
        unsigned kind = round / 100;
        size_t n = 0, own_count = 0, common_count = 0, refused_count = 0, count, wanted;
        char name[8];
        if (round % 100 == 50) { // late products without a row, deleted ones
            struct txn *t;
            assert_ok(txn_begin(s->db, &t, NULL));
            for (uint32_t p = 10 + round / 100; p < 100; p += 9) assert_ok(columns_set_facts(t, p, &deleted));
            for (uint32_t p = SHOP_PRODUCTS + 1; p <= SHOP_PRODUCTS + 400; p++) assert_ok(columns_set_facts(t, p, &late));
            assert_ok(columns_set_products(t, SHOP_PRODUCTS + 400));
            assert_ok(txn_commit(t, NULL));
        }
        uint32_t most = SHOP_PRODUCTS + (round % 100 < 50 ? 0 : 400), refusing = round % 4 * 7;
        for (uint32_t p = 1; p <= most; p++) {
            bool shared = p % (kind + 2) == 0, no = refusing && p % refusing == 0;
            if (shared && no) refused[refused_count++] = (uint32_t)common_count;
            if (shared) common[common_count++] = p;
            else if (p % 3 && !no) own[own_count++] = p;
            if (shared ? !no : p % 3 && !no) list[n++] = p;
        }
        random = random * 1664525u + 1013904223u;
        snprintf(name, sizeof name, "u%u", random >> 25);
        shop_begin(s);
        struct rank_person person = shop_person(s, round % 5 ? name : NULL);
        struct rank_best_query q = {.person = &person, .surface = round % RANK_SURFACES, .products = list, .n = n,
                                    .keep = round % 3 ? NULL : is_not_fourth, .k = random % 60};
        assert_ok(rank_best(s->ranker, s->view, &q, expected, &wanted));
        uint64_t id = (uint64_t)kind * 2 + (most > SHOP_PRODUCTS) + 1;
        q.products = own;
        q.n = own_count;
        q.common = (struct rank_common){id, common, common_count, refused, refused_count};
        assert_ok(rank_best(s->ranker, s->view, &q, out, &count));
        assert_int_equal(count, wanted);
        for (size_t i = 0; i < count; i++)
            if (out[i].id != expected[i].id || memcmp(&out[i].score, &expected[i].score, sizeof(float)) != 0)
                fail_msg("round %u, place %zu: %u %g instead of %u %g", round, i, out[i].id, (double)out[i].score, expected[i].id, (double)expected[i].score);
        shop_end(s);
    }
}

static void test_own_group_comes_first(void **state) {
    struct shop *s = *state;
    for (unsigned group = 0; group < 10; group++) {
        float scores[SHOP_PRODUCTS];
        struct topk_entry top[10];
        char name[8];
        snprintf(name, sizeof name, "u%u", group + 50);
        shop_begin(s);
        struct rank_person person = shop_person(s, name);
        score_all(s, &person, scores, NULL);
        topk_select(scores, NULL, SHOP_PRODUCTS, 10, top);
        for (unsigned i = 0; i < 10; i++) assert_int_equal((top[i].id + 1) % 10, group);
        shop_end(s);
    }
}

static void test_equal_scores_are_ordered_by_id(void **state) {
    struct shop *s = *state;
    float score;
    uint32_t products[40];
    float scores[40];
    struct topk_entry top[40];
    shop_begin(s);
    struct rank_person nobody = shop_person(s, NULL);
    for (uint32_t i = 0; i < 40; i++) products[i] = 5000 + (i * 7) % 40; // unknown ids: all the same
    assert_ok(rank_score(s->ranker, s->view, &nobody, RANK_STOREFRONT, products, 40, scores, NULL));
    assert_int_equal(topk_select(scores, products, 40, 40, top), 40);
    for (uint32_t i = 0; i < 40; i++) assert_int_equal(top[i].id, 5000 + i);
    assert_ok(rank_score(s->ranker, s->view, &nobody, RANK_STOREFRONT, products, 0, &score, NULL));
    shop_end(s);
}

static unsigned place_of_brand(const float *scores, uint32_t brand) { // 0 = first
    struct topk_entry top[SHOP_PRODUCTS];
    topk_select(scores, NULL, SHOP_PRODUCTS, SHOP_PRODUCTS, top);
    for (unsigned i = 0; i < SHOP_PRODUCTS; i++)
        if (shop_facts(top[i].id + 1).brand == brand) return i;
    return SHOP_PRODUCTS;
}

// The next answer knows of three clicks: the brand rises for who clicked, and for nobody else.
static void test_three_clicks_on_one_brand(void **state) {
    struct shop *s = *state;
    float before[SHOP_PRODUCTS], after[SHOP_PRODUCTS], other_before[SHOP_PRODUCTS], other_after[SHOP_PRODUCTS];
    const uint32_t brand = shop_facts(7).brand;
    shop_begin(s);
    struct rank_person person = shop_person(s, "u1"), other = {0};
    score_all(s, &person, before, NULL);
    other = shop_person(s, "u2");
    score_all(s, &other, other_before, NULL);
    shop_end(s);
    assert_true(place_of_brand(before, brand) > 20);
    shop_click(s, "u1", 7, 1);
    shop_click(s, "u1", 67, 1);
    shop_click(s, "u1", 127, 1);
    shop_begin(s);
    person = shop_person(s, "u1");
    score_all(s, &person, after, NULL);
    other = shop_person(s, "u2");
    score_all(s, &other, other_after, NULL);
    shop_end(s);
    for (uint32_t p = 1; p <= SHOP_PRODUCTS; p++)
        if (shop_facts(p).brand == brand) assert_true(after[p - 1] > before[p - 1] + 0.02f);
    assert_true(place_of_brand(after, brand) < place_of_brand(before, brand));
    assert_memory_equal(other_before, other_after, sizeof other_before);
}

static void test_a_newcomer_is_known_after_three_clicks(void **state) {
    struct shop *s = *state;
    float scores[SHOP_PRODUCTS];
    shop_click(s, "newcomer", 4, 3);
    shop_begin(s);
    struct rank_person person = shop_person(s, "newcomer");
    assert_non_null(person.vector);
    assert_true(rank_tastes_brand(person.tastes, shop_facts(4).brand) == 0.75f);
    score_all(s, &person, scores, NULL);
    assert_int_equal(place_of_brand(scores, shop_facts(4).brand), 0);
    shop_end(s);
}

static void test_session_counts_like_clicks(void **state) {
    struct shop *s = *state;
    const uint32_t session[] = {4, 14, 24};
    struct rank_person person;
    float by_session[64];
    shop_click(s, "same", 4, 1);
    shop_click(s, "same", 14, 1);
    shop_click(s, "same", 24, 1);
    shop_begin(s);
    assert_ok(rank_person_load(s->ranker, s->view, 0, session, 3, &person));
    assert_int_equal(person.user, 0);
    unsigned d = generation_dimension(rank_pinned(s->ranker));
    memcpy(by_session, person.vector, d * sizeof(float));
    person = shop_person(s, "same");
    assert_memory_equal(by_session, person.vector, d * sizeof(float));
    shop_end(s);
}

static void test_nobody_and_nothing(void **state) {
    struct shop *s = *state;
    float scores[SHOP_PRODUCTS], features[SHOP_PRODUCTS * RANK_FEATURES];
    shop_begin(s);
    struct rank_person nobody = shop_person(s, NULL), unknown;
    assert_null(nobody.vector);
    assert_null(nobody.tastes);
    assert_ok(rank_person_load(s->ranker, s->view, 123456, NULL, 0, &unknown));
    assert_null(unknown.vector);
    score_all(s, &nobody, scores, features);
    for (unsigned i = 0; i < SHOP_PRODUCTS; i++) {
        assert_true(features[i * RANK_FEATURES + RANK_AFFINITY] == 0.0f);
        assert_true(features[i * RANK_FEATURES + RANK_BRAND_TASTE] == 0.0f);
    }
    shop_end(s);
}

static void test_before_any_training(void **state) {
    struct shop *s = *state;
    float score;
    uint32_t product = 1;
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    shop_products(s, t);
    shop_event(s, t, "u", 1, EVENT_CLICK, 0);
    assert_ok(txn_commit(t, NULL));
    assert_ok(generations_open(s->db, &s->generations, NULL));
    assert_ok(ranker_open(s->generations, &s->ranker));
    shop_begin(s);
    assert_int_equal(rank_generation(s->ranker), 0);
    struct rank_person person = shop_person(s, "u");
    assert_null(person.vector);
    assert_non_null(person.tastes); // brands are known without a model
    assert_ok(rank_score(s->ranker, s->view, &person, RANK_STOREFRONT, &product, 1, &score, NULL));
    assert_true(score > 0.0f);
    shop_end(s);
}

static void test_unknown_product_is_scored_by_its_content(void **state) {
    struct shop *s = *state;
    float score, features[RANK_FEATURES];
    uint32_t product = SHOP_PRODUCTS + 1;
    struct product_facts facts = shop_facts(4);
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    assert_ok(columns_set_facts(t, product, &facts));
    assert_ok(columns_set_products(t, product));
    assert_ok(txn_commit(t, NULL));
    shop_begin(s);
    struct rank_person person = shop_person(s, "u4");
    assert_null(generation_vector(rank_pinned(s->ranker), product));
    assert_ok(rank_score(s->ranker, s->view, &person, RANK_STOREFRONT, &product, 1, &score, features));
    assert_true(features[RANK_AFFINITY] > 0.0f);
    shop_end(s);
}

static float boost_of_seven(void *arg, uint32_t product) {
    return product == 7 ? *(float *)arg : 0.0f;
}

static void test_boost(void **state) {
    struct shop *s = *state;
    float scores[SHOP_PRODUCTS], boost = 50.0f;
    struct topk_entry top;
    shop_begin(s);
    struct rank_person nobody = shop_person(s, NULL);
    ranker_set_boost(s->ranker, boost_of_seven, &boost);
    score_all(s, &nobody, scores, NULL);
    ranker_set_boost(s->ranker, NULL, NULL);
    topk_select(scores, NULL, SHOP_PRODUCTS, 1, &top);
    assert_int_equal(top.id, 6);
    shop_end(s);
}

static void test_new_generation_is_followed(void **state) {
    struct shop *s = *state;
    shop_begin(s);
    uint64_t before = rank_generation(s->ranker);
    struct rank_person person = shop_person(s, "u1");
    assert_non_null(person.vector);
    shop_end(s);
    uint64_t next = shop_train(s, 48); // of another dimension, so that scratch has to follow
    assert_ok(generations_refresh(s->generations, NULL));
    assert_int_not_equal(before, next);
    shop_begin(s);
    assert_int_equal(rank_generation(s->ranker), next);
    float scores[SHOP_PRODUCTS];
    person = shop_person(s, "u1");
    score_all(s, &person, scores, NULL);
    shop_end(s);
}

// What is kept of products between requests, against a ranker that has kept nothing, whatever changed meanwhile.
static void check_like_new(struct shop *s, const char *user, enum rank_surface surface, const struct rank_weights *weights) {
    uint32_t products[SHOP_PRODUCTS + 1];
    float kept[SHOP_PRODUCTS + 1], anew[SHOP_PRODUCTS + 1];
    struct ranker *fresh;
    for (uint32_t i = 0; i <= SHOP_PRODUCTS; i++) products[i] = i; // 0 is none
    assert_ok(ranker_open(s->generations, &fresh));
    ranker_set_weights(fresh, weights);
    for (unsigned round = 0; round < 2; round++) {
        shop_begin(s);
        struct rank_person person = shop_person(s, user);
        assert_ok(rank_score(s->ranker, s->view, &person, surface, products, SHOP_PRODUCTS + 1, kept, NULL));
        rank_begin(fresh);
        assert_ok(rank_person_load(fresh, s->view, person.user, NULL, 0, &person));
        assert_ok(rank_score(fresh, s->view, &person, surface, products, SHOP_PRODUCTS + 1, anew, NULL));
        rank_end(fresh);
        shop_end(s);
        assert_memory_equal(kept, anew, sizeof kept);
    }
    ranker_close(fresh);
}

static void change_product(struct shop *s, uint32_t product, bool offer, unsigned step) {
    struct product_facts facts = shop_facts(product);
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    facts.rating_x100 = (uint16_t)(100 + step % 400);
    facts.rating_count = 1000;
    facts.brand = 1 + step % 5;
    if (offer) assert_ok(columns_set_offer(t, product, &(struct product_offer){.cny_fen = 1000 + 100 * step, .stock = step % 7}));
    else assert_ok(columns_set_facts(t, product, &facts));
    assert_ok(txn_commit(t, NULL));
}

static void test_kept_rows_follow_every_change(void **state) {
    struct shop *s = *state;
    struct rank_weights weights = rank_weights_default();
    for (unsigned step = 0; step < 40; step++) {
        if (step % 8 == 3) weights.of[RANK_STOREFRONT][RANK_RATING] += 0.25f;
        else if (step % 8 == 5) shop_train(s, step % 16 == 5 ? 32 : 48);
        else change_product(s, 1 + step * 7 % SHOP_PRODUCTS, step % 2, step);
        if (step % 8 == 3) ranker_set_weights(s->ranker, &weights);
        if (step % 8 == 5) assert_ok(generations_refresh(s->generations, NULL));
        check_like_new(s, step % 3 ? "u3" : NULL, step % 4 ? RANK_STOREFRONT : RANK_COCKPIT, &weights);
    }
    weights = rank_weights_default();
    ranker_set_weights(s->ranker, &weights);
}

static void test_steady_calls_allocate_nothing(void **state) {
    struct shop *s = *state;
    float scores[SHOP_PRODUCTS];
    for (unsigned round = 0; round < 3; round++) {
        shop_begin(s);
        struct mallinfo2 before = mallinfo2();
        for (unsigned u = 0; u < 20; u++) {
            char name[8];
            snprintf(name, sizeof name, "u%u", u);
            struct rank_person person = shop_person(s, name);
            score_all(s, &person, scores, NULL);
        }
        struct mallinfo2 after = mallinfo2();
        if (round > 0) assert_int_equal(before.uordblks, after.uordblks);
        shop_end(s);
    }
}

// ---- cache --------------------------------------------------------------------------------------------------------

static void test_cache_forgets_the_longest_unused(void **state) {
    (void)state;
    struct person_cache *c = person_cache_new();
    bool found;
    for (uint32_t user = 1; user <= 3 * PERSON_CACHE_ENTRIES; user++) {
        struct person_key key = {.user = user, .sequence = 1};
        person_cache_entry(c, &key, &found)->tastes.brand_count = user;
        assert_false(found);
        struct person_key first = {.user = 1, .sequence = 1}; // asked for all the time, so it stays
        assert_int_equal(person_cache_entry(c, &first, &found)->tastes.brand_count, 1);
        assert_true(found);
    }
    person_cache_entry(c, &(struct person_key){.user = 1, .sequence = 2}, &found);
    assert_false(found); // a newer event
    person_cache_forget(c, 1);
    person_cache_entry(c, &(struct person_key){.user = 1, .sequence = 2}, &found);
    assert_false(found);
    person_cache_free(c);
}

// ---- weights ------------------------------------------------------------------------------------------------------

static void test_the_file_says_what_is_built_in(void **state) {
    (void)state;
    struct rank_weights built_in = rank_weights_default(), read;
    struct fault why = {0};
    if (rank_weights_read("model/weights.tsv", &read, &why) != ERR_OK) fail_msg("%s", why.message);
    for (unsigned s = 0; s < RANK_SURFACES; s++)
        for (unsigned f = 0; f < RANK_FEATURES; f++) assert_true(built_in.of[s][f] == read.of[s][f]);
}

static void test_wrong_weights_are_refused(void **state) {
    (void)state;
    char path[] = "/tmp/rightfit-test-weights-XXXXXX";
    struct rank_weights weights;
    struct fault why;
    int fd = mkstemp(path);
    assert_true(write(fd, "# c\ncockpit\tboost\t-2.5\n", 23) == 23);
    assert_ok(rank_weights_read(path, &weights, &why));
    assert_true(weights.of[RANK_COCKPIT][RANK_BOOST] == -2.5f && weights.of[RANK_BATCH][RANK_BOOST] == 1.0f);
    assert_true(write(fd, "cockpit\tbost\t1\n", 15) == 15);
    assert_int_equal(rank_weights_read(path, &weights, &why), ERR_BAD_REQUEST);
    assert_non_null(strstr(why.message, ":3:"));
    close(fd);
    unlink(path);
    assert_int_equal(rank_weights_read(path, &weights, &why), ERR_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scores_equal_the_naive_sum, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_rows_equal_products, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_best_with_common_candidates, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_best_of_a_list, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_own_group_comes_first, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_equal_scores_are_ordered_by_id, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_three_clicks_on_one_brand, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_a_newcomer_is_known_after_three_clicks, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_session_counts_like_clicks, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_nobody_and_nothing, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_before_any_training, shop_open_empty, shop_close),
        cmocka_unit_test_setup_teardown(test_unknown_product_is_scored_by_its_content, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_boost, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_new_generation_is_followed, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_kept_rows_follow_every_change, shop_open, shop_close),
        cmocka_unit_test_setup_teardown(test_steady_calls_allocate_nothing, shop_open, shop_close),
        cmocka_unit_test(test_cache_forgets_the_longest_unused),
        cmocka_unit_test(test_the_file_says_what_is_built_in),
        cmocka_unit_test(test_wrong_weights_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Products that came after the training are ranked by what their content says.
#include "shop.h"

#include <math.h>

#include "index/catalog.h"
#include "model/newer.h"
#include "model/rank_batch.h"
#include "model/topk.h"

#define GROUPS 4
#define EACH 30 // products of a group
#define STRANGERS 3

static const char *const WORDS[GROUPS] = {"walnut lacquer", "copper braided", "merino quilted", "titanium brushed"};

static uint32_t put_product(struct shop *s, struct txn *t, const char *id, const char *words, unsigned number) {
    char title[64], numbered[16];
    struct fault why = {0};
    uint32_t product;
    snprintf(title, sizeof title, "%s cover %u", words, number);
    snprintf(numbered, sizeof numbered, "N%u", number);
    struct product_doc doc = {.id = slice_str(id), .brand = SLICE("Maker"), .number = slice_str(numbered), .type = SLICE("seat_cover"),
                              .title = slice_str(title), .universal = true, .created_day = 20000, .stock = 50, .cny_fen = 10000, .usd_cents = -1};
    if (catalog_put(t, &s->scratch, &doc, &product, &why) != ERR_OK) fail_msg("%s: %s", why.field, why.message);
    arena_reset(&s->scratch);
    return product;
}

// Persons of a group want its products; all are of one type, brand and price, so that only their titles tell them apart.
static int open_shop(void **state) {
    struct txn *t;
    if (shop_open_empty(state) != 0) return -1;
    struct shop *s = *state;
    assert_ok(txn_begin(s->db, &t, NULL));
    for (unsigned i = 0; i < GROUPS * EACH; i++) {
        char id[16];
        snprintf(id, sizeof id, "p%u", i);
        put_product(s, t, id, WORDS[i % GROUPS], i);
    }
    for (unsigned u = 0; u < 200; u++)
        for (unsigned i = 0; i < 8; i++) {
            char user[16];
            snprintf(user, sizeof user, "u%u", u);
            shop_event(s, t, user, ((u * 8 + i) * 2654435761u >> 16) % EACH * GROUPS + u % GROUPS, i % 4 ? EVENT_CLICK : EVENT_PURCHASE, (int64_t)i * 3600 * 1000);
        }
    assert_ok(txn_commit(t, NULL));
    shop_train(s, 16);
    assert_ok(generations_open(s->db, &s->generations, NULL));
    assert_ok(ranker_open(s->generations, &s->ranker));
    return 0;
}

static void add_newer(struct shop *s, uint32_t *products) {
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    for (unsigned g = 0; g < GROUPS; g++) {
        char id[16];
        snprintf(id, sizeof id, "newer%u", g);
        products[g] = put_product(s, t, id, WORDS[g], 1000 + g);
    }
    assert_ok(txn_commit(t, NULL));
}

static void take_in_all(struct shop *s, unsigned at_once) {
    struct fault why = {0};
    bool more = true;
    for (unsigned i = 0; more && i < 100; i++)
        if (generations_take_in(s->generations, at_once, &more, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_false(more);
}

static void test_ranked_by_content(void **state) {
    struct shop *s = *state;
    uint32_t newer[GROUPS];
    float scores[GROUPS], features[GROUPS * RANK_FEATURES];
    add_newer(s, newer);
    shop_begin(s); // kept rows of products that nothing is known of
    struct rank_person person = shop_person(s, "u1");
    assert_ok(rank_score(s->ranker, s->view, &person, RANK_STOREFRONT, newer, GROUPS, scores, NULL));
    for (unsigned g = 1; g < GROUPS; g++) assert_true(fabsf(scores[g] - scores[0]) < 1e-6f); // the mean of type and brand
    shop_end(s);
    take_in_all(s, 1);
    for (unsigned group = 0; group < GROUPS; group++) {
        char name[16];
        struct topk_entry best[GROUPS];
        size_t count;
        snprintf(name, sizeof name, "u%u", 20 + group);
        shop_begin(s);
        const struct generation *g = rank_pinned(s->ranker);
        assert_int_equal(generation_newer(g), GROUPS);
        person = shop_person(s, name);
        assert_ok(rank_score(s->ranker, s->view, &person, RANK_STOREFRONT, newer, GROUPS, scores, features));
        struct rank_best_query q = {.person = &person, .surface = RANK_STOREFRONT, .products = newer, .n = GROUPS, .k = GROUPS};
        assert_ok(rank_best(s->ranker, s->view, &q, best, &count));
        assert_int_equal(best[0].id, newer[(20 + group) % GROUPS]);
        q.products = NULL;
        q.n = 0;
        q.common = (struct rank_common){.id = 7, .products = newer, .n = GROUPS};
        assert_ok(rank_best(s->ranker, s->view, &q, best, &count));
        assert_int_equal(best[0].id, newer[(20 + group) % GROUPS]);
        for (unsigned i = 0; i < GROUPS; i++) { // the affinity is the product with the content's vector
            const float *vector = generation_newer_vector(g, generation_newer_find(g, newer[i]));
            float dot = 0;
            for (unsigned k = 0; k < generation_dimension(g); k++) dot += person.vector[k] * vector[k];
            assert_true(fabsf(features[i * RANK_FEATURES + RANK_AFFINITY] - dot) < 1e-4f);
        }
        shop_end(s);
    }
}

// Events on them say what their content says of the person, also of one whose vector was kept before.
static void test_events_on_newer_products(void **state) {
    struct shop *s = *state;
    uint32_t newer[GROUPS], known[GROUPS];
    float scores[GROUPS];
    struct txn *t;
    add_newer(s, newer);
    assert_ok(txn_begin(s->db, &t, NULL));
    bool duplicate;
    struct event e = {.unix_ms = SHOP_NOW_MS, .type = EVENT_PURCHASE, .value = __builtin_nanf(""), .id = SLICE("late"), .user = SLICE("late"), .product_id = SLICE("newer2")};
    assert_ok(event_put(t, &s->scratch, &e, &duplicate));
    assert_ok(txn_commit(t, NULL));
    for (unsigned round = 0; round < 2; round++) {
        shop_begin(s);
        struct rank_person person = shop_person(s, "late");
        for (unsigned g = 0; g < GROUPS; g++) {
            char id[16];
            snprintf(id, sizeof id, "p%u", 2 * GROUPS + g);
            assert_ok(product_find(s->view, slice_str(id), &known[g]));
        }
        assert_ok(rank_score(s->ranker, s->view, &person, RANK_STOREFRONT, known, GROUPS, scores, NULL));
        for (unsigned g = 0; round && g < GROUPS; g++) assert_true(g == 2 || scores[g] < scores[2]);
        shop_end(s);
        if (round == 0) take_in_all(s, UINT32_MAX);
    }
}

static void test_batch_has_them_too(void **state) {
    struct shop *s = *state;
    uint32_t newer[GROUPS];
    float scores[GROUPS], expected[GROUPS];
    struct rank_batch *batch;
    const struct batch_person *kept;
    add_newer(s, newer);
    take_in_all(s, UINT32_MAX);
    shop_begin(s);
    assert_ok(rank_batch_open(s->ranker, s->view, RANK_BATCH, &batch));
    struct rank_batch_scratch *scratch = rank_batch_scratch_new(batch);
    struct batch_persons *persons = batch_persons_new(1 << 20);
    for (unsigned u = 20; u < 20 + GROUPS; u++) {
        char name[16];
        snprintf(name, sizeof name, "u%u", u);
        struct rank_person person = shop_person(s, name);
        assert_ok(rank_score(s->ranker, s->view, &person, RANK_BATCH, newer, GROUPS, expected, NULL));
        assert_ok(batch_person(persons, scratch, s->ranker, s->view, shop_user(s, name), &kept));
        rank_batch_score(batch, scratch, kept, newer, GROUPS, 0, scores);
        for (unsigned g = 0; g < GROUPS; g++) {
            assert_true(fabsf(scores[g] - expected[g]) < 1e-4f);
            assert_true(g == u % GROUPS || scores[g] < scores[u % GROUPS]);
        }
    }
    batch_persons_free(persons);
    rank_batch_scratch_free(scratch);
    rank_batch_close(batch);
    shop_end(s);
}

static void test_overlay(void **state) {
    (void)state;
    struct newer *n = newer_new(16);
    assert_non_null(n);
    for (uint32_t i = 0; i < 3000; i++) {
        float vector[10] = {(float)i};
        assert_true(newer_add(n, 1 + i * 40, i % 3 ? vector : NULL, 10));
    }
    assert_int_equal(newer_count(n), 2000);
    for (uint32_t i = 0; i < 3000; i++) {
        uint32_t number = newer_find(n, 1 + i * 40);
        assert_true(newer_seen(n, 1 + i * 40) && !newer_seen(n, 2 + i * 40));
        assert_int_equal(number == NEWER_NONE, i % 3 == 0);
        if (number == NEWER_NONE) continue;
        assert_true(newer_vector(n, number)[0] == (float)i && newer_vector(n, number)[9] == 0.0f);
        assert_int_equal((uintptr_t)newer_vector(n, number) % 64, 0);
    }
    assert_int_equal(newer_find(n, UINT32_MAX), NEWER_NONE);
    assert_false(newer_add(n, UINT32_MAX, NULL, 10));
    newer_free(n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ranked_by_content, open_shop, shop_close),
        cmocka_unit_test_setup_teardown(test_events_on_newer_products, open_shop, shop_close),
        cmocka_unit_test_setup_teardown(test_batch_has_them_too, open_shop, shop_close),
        cmocka_unit_test(test_overlay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "planted.h"
#undef assert_ok
#include "shop.h"

#include <math.h>

#define PRODUCTS 25

static const enum event_type TYPES[] = {EVENT_CLICK, EVENT_CART, EVENT_PURCHASE, EVENT_RATING, EVENT_RETURN, EVENT_DISMISS, EVENT_CLICK};

// Persons who did anything with anything at any time.
static void random_events(struct shop *s, const char *user, uint64_t *random) {
    struct txn *t;
    assert_ok(txn_begin(s->db, &t, NULL));
    for (unsigned i = planted_random(random) % 80; i > 0; i--) {
        int64_t age_ms = (int64_t)(planted_random(random) % 400) * 86400000;
        shop_event(s, t, user, 1 + planted_random(random) % SHOP_PRODUCTS, TYPES[planted_random(random) % 7], age_ms);
    }
    assert_ok(txn_commit(t, NULL));
}

static double check_parts(struct shop *s, const struct rank_person *person, uint64_t *random) {
    uint32_t products[PRODUCTS];
    float scores[PRODUCTS];
    struct rank_parts parts;
    double worst = 0;
    for (unsigned i = 0; i < PRODUCTS; i++) products[i] = 1 + planted_random(random) % (SHOP_PRODUCTS + 2); // some are not known
    assert_ok(rank_score(s->ranker, s->view, person, RANK_STOREFRONT, products, PRODUCTS, scores, NULL));
    assert_ok(rank_explain(s->ranker, s->view, person, RANK_STOREFRONT, products, PRODUCTS, &parts));
    for (unsigned i = 0; i < PRODUCTS; i++) {
        double rest = 0, mine = 0;
        const float *x = parts.features + i * RANK_FEATURES;
        for (unsigned f = 0; f < RANK_FEATURES; f++)
            if (f != RANK_AFFINITY && f != RANK_SIMILAR && f != RANK_NEXT) rest += (double)x[f];
        for (unsigned e = 0; e < parts.event_count; e++) mine += (double)parts.shares[i * parts.event_count + e];
        worst = fmax(worst, fabs(mine - (double)(x[RANK_AFFINITY] + x[RANK_SIMILAR] + x[RANK_NEXT])) / (1 + fabs(mine)));
        worst = fmax(worst, fabs(rest + mine - (double)scores[i]) / (1 + fabs((double)scores[i])));
    }
    return worst;
}

static void test_parts_add_up_to_the_score(void **state) {
    struct shop *s = *state;
    uint64_t random = 99;
    double worst = 0;
    for (unsigned u = 0; u < 150; u++) {
        char name[16];
        uint32_t user = 0, session[8];
        struct rank_person person;
        snprintf(name, sizeof name, "random%u", u);
        random_events(s, name, &random);
        unsigned session_count = planted_random(&random) % 3 ? 0 : 1 + planted_random(&random) % 8;
        for (unsigned i = 0; i < session_count; i++) session[i] = 1 + planted_random(&random) % SHOP_PRODUCTS;
        shop_begin(s);
        (void)user_find(s->view, slice_str(name), &user); // 0 when nothing was drawn
        assert_ok(rank_person_load(s->ranker, s->view, user, session, session_count, &person));
        worst = fmax(worst, check_parts(s, &person, &random));
        shop_end(s);
    }
    print_message("parts and score differ by %.2g at most\n", worst);
    assert_true(worst < 1e-5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parts_add_up_to_the_score, shop_open, shop_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

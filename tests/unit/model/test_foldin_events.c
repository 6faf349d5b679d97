// A person's vector through a long life of events against the system solved in double precision.
#include "planted.h"
#undef assert_ok
#include "shop.h"

#include <math.h>

#include "index/base/limits.h"
#include "model/foldin.h"
#include "model/interactions.h"

#define D 64
#define PRODUCTS 500
#define EVENTS 100000u

static float vectors[PRODUCTS][D], gram[D * D];

// Products of a catalogue with some popular directions, so that the Gram matrix is as uneven as a trained one.
static struct foldin_space make_space(void) {
    uint64_t random = 11;
    for (unsigned p = 0; p < PRODUCTS; p++)
        for (unsigned k = 0; k < D; k++) {
            float uniform = (float)planted_random(&random) / 0x1p31f - 0.5f;
            vectors[p][k] = uniform * (k < 4 ? 1.0f : 0.3f) + (k == 0 ? 0.4f : 0.0f);
        }
    for (unsigned i = 0; i < D; i++)
        for (unsigned k = 0; k < D; k++) {
            double sum = 0;
            for (unsigned p = 0; p < PRODUCTS; p++) sum += (double)vectors[p][i] * (double)vectors[p][k];
            gram[i * D + k] = (float)(0.01 * sum);
        }
    return (struct foldin_space){D, gram, 0.01f * PRODUCTS, 0.005f, 1.0f};
}

static void solve_double(const struct foldin_space *space, const struct interaction *list, size_t n, double *x) {
    static double a[D][D];
    double weights = 0;
    for (unsigned i = 0; i < D; i++) x[i] = 0;
    for (unsigned i = 0; i < D; i++)
        for (unsigned k = 0; k < D; k++) a[i][k] = (double)gram[i * D + k];
    for (size_t e = 0; e < n; e++) {
        const float *v = vectors[list[e].product - 1];
        double w = (double)list[e].weight;
        weights += w;
        for (unsigned i = 0; i < D; i++) {
            x[i] += w * (double)v[i];
            for (unsigned k = 0; k < D; k++) a[i][k] += w * (double)v[i] * (double)v[k];
        }
    }
    for (unsigned i = 0; i < D; i++) a[i][i] += (double)foldin_regulariser(space, (float)weights);
    for (unsigned i = 0; i < D; i++) // elimination; positive definite, so no pivoting
        for (unsigned j = i + 1; j < D; j++) {
            double f = a[j][i] / a[i][i];
            for (unsigned k = i; k < D; k++) a[j][k] -= f * a[i][k];
            x[j] -= f * x[i];
        }
    for (unsigned i = D; i-- > 0;) {
        for (unsigned k = i + 1; k < D; k++) x[i] -= a[i][k] * x[k];
        x[i] /= a[i][i];
    }
}

struct life { // the newest LIMIT_USER_EVENTS events
    uint32_t product[LIMIT_USER_EVENTS];
    float weight[LIMIT_USER_EVENTS];
    int64_t unix_ms[LIMIT_USER_EVENTS];
    uint64_t count;
};

static size_t interactions_of(const struct life *l, int64_t now_ms, struct interaction *out) {
    size_t n = l->count < LIMIT_USER_EVENTS ? (size_t)l->count : LIMIT_USER_EVENTS;
    for (size_t i = 0; i < n; i++) out[i] = (struct interaction){l->product[i], l->weight[i] * interaction_decay(now_ms - l->unix_ms[i])};
    return interaction_merge(out, n);
}

// Adds, decay, clipping of what is done again and again, returns, and old events that fall out.
static void test_equal_to_double_precision_through_a_long_life(void **state) {
    (void)state;
    struct foldin_space space = make_space();
    struct foldin *f = foldin_new(D);
    static struct life life;
    uint64_t random = 3;
    int64_t now_ms = 0;
    double worst = 0;
    unsigned compared = 0;
    for (uint32_t e = 0; e < EVENTS; e++) {
        struct interaction list[LIMIT_USER_EVENTS];
        unsigned favourite = planted_random(&random) % 3, at = (unsigned)(life.count++ % LIMIT_USER_EVENTS);
        now_ms += (int64_t)(planted_random(&random) % 86400000);
        life.product[at] = favourite ? 1 + planted_random(&random) % PRODUCTS : 1 + e / 1000 % PRODUCTS;
        life.weight[at] = interaction_weight((enum event_type)(EVENT_CLICK + planted_random(&random) % 7), 4.5f);
        life.unix_ms[at] = now_ms;
        size_t n = interactions_of(&life, now_ms, list);
        float x[D];
        double exact[D], difference = 0, size = 0;
        foldin_begin(f, &space);
        for (size_t i = 0; i < n; i++) foldin_add(f, vectors[list[i].product - 1], list[i].weight);
        bool solved = foldin_solve(f, x);
        assert_true(solved == (n > 0));
        if (e % 20 != 0 || !solved) continue;
        solve_double(&space, list, n, exact);
        for (unsigned k = 0; k < D; k++) {
            difference = fmax(difference, fabs((double)x[k] - exact[k]));
            size = fmax(size, fabs(exact[k]));
        }
        worst = fmax(worst, difference / (1e-3 + size));
        compared++;
    }
    foldin_free(f);
    print_message("%u of %u states compared, worst %.2g\n", compared, EVENTS, worst);
    assert_true(compared > EVENTS / 25 && worst < 1e-4);
}

static void test_solving_again_with_the_factor(void **state) {
    (void)state;
    struct foldin_space space = make_space();
    struct foldin *f = foldin_new(D);
    float x[D], b[2 * D] = {0};
    foldin_begin(f, &space);
    for (unsigned i = 0; i < 30; i++) foldin_add(f, vectors[i * 7], 1.0f + (float)(i % 5));
    assert_true(foldin_solve(f, x));
    for (unsigned i = 0; i < 30; i++)
        for (unsigned k = 0; k < D; k++) b[k] += (1.0f + (float)(i % 5)) * vectors[i * 7][k];
    memcpy(b + D, b, D * sizeof *b);
    foldin_apply(f, b, 2);
    for (unsigned k = 0; k < 2 * D; k++) assert_true(fabsf(b[k] - x[k % D]) < 1e-5f);
    foldin_free(f);
}

// Only the newest LIMIT_USER_EVENTS of a million events count, and the next answer knows of the newest.
static void test_a_person_of_a_million_events(void **state) {
    struct shop *s = *state;
    struct rank_person person;
    uint32_t user;
    float by_newest[D];
    unsigned d;
    struct txn *t;
    for (unsigned block = 0; block < 20; block++) {
        assert_ok(txn_begin(s->db, &t, NULL));
        for (unsigned i = 0; i < 50000; i++) shop_event(s, t, "busy", 1 + (block * 50000 + i) % 100, EVENT_CLICK, 86400000);
        assert_ok(txn_commit(t, NULL));
    }
    assert_ok(txn_begin(s->db, &t, NULL));
    for (unsigned i = 0; i < LIMIT_USER_EVENTS; i++) {
        shop_event(s, t, "busy", 200 + i % 20, EVENT_CLICK, 0);
        shop_event(s, t, "calm", 200 + i % 20, EVENT_CLICK, 0);
    }
    assert_ok(txn_commit(t, NULL));
    shop_begin(s);
    d = generation_dimension(rank_pinned(s->ranker));
    assert_ok(user_find(s->view, SLICE("calm"), &user));
    assert_ok(rank_person_load(s->ranker, s->view, user, NULL, 0, &person));
    memcpy(by_newest, person.vector, d * sizeof(float));
    assert_ok(user_find(s->view, SLICE("busy"), &user));
    assert_ok(rank_person_load(s->ranker, s->view, user, NULL, 0, &person));
    assert_memory_equal(by_newest, person.vector, d * sizeof(float));
    shop_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_to_double_precision_through_a_long_life),
        cmocka_unit_test(test_solving_again_with_the_factor),
        cmocka_unit_test_setup_teardown(test_a_person_of_a_million_events, shop_open, shop_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

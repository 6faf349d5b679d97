#include "planted.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "model/als.h"
#include "model/checkpoint.h"
#include "model/eval.h"
#include "model/sequences.h"

static void planted_interactions(struct interactions *out, uint32_t users, uint32_t products, unsigned acts) {
    struct history h;
    planted_history(&h, users, products, 5, acts);
    assert_ok(history_interactions(&h, h.newest_ms, out));
    history_free(&h);
}

static struct als_options small_options(void) {
    struct als_options o = als_defaults();
    o.dimension = 16;
    o.epochs = 4;
    o.alpha0 = 0.1f;
    o.lambda = 0.05f;
    return o;
}

static double largest_difference(const float *a, const float *b, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs((double)a[i] - (double)b[i]));
    return most;
}

static void equals_the_reference(float nu, uint32_t users, uint32_t products, unsigned acts) {
    struct interactions m;
    struct als_model fast, slow;
    struct als_options o = small_options();
    o.nu = nu;
    planted_interactions(&m, users, products, acts);
    assert_ok(als_train(&m, &o, &fast, NULL));
    assert_ok(als_train_reference(&m, &o, &slow, NULL));
    assert_true(largest_difference(fast.user, slow.user, (size_t)fast.users * 16) < 2e-4);
    assert_true(largest_difference(fast.product, slow.product, (size_t)fast.products * 16) < 2e-4);
    assert_true(largest_difference(fast.gram, slow.gram, 16 * 16) < 2e-4);
    als_free(&fast);
    als_free(&slow);
    interactions_free(&m);
}

static void test_equals_the_reference(void **state) {
    (void)state;
    equals_the_reference(1.0f, 40, 30, 8);
    equals_the_reference(0.5f, 40, 30, 8);
    equals_the_reference(1.0f, 60, 60, 60); // rows on both sides of 16 events
}

// Whole sweeps by blocks end where the exact solves end; the objective falls all the way.
static void test_blocks_reach_the_same_objective(void **state) {
    (void)state;
    struct interactions m;
    struct als_model exact, blocks;
    struct als_options o = small_options();
    o.dimension = 48;
    o.epochs = 30;
    planted_interactions(&m, 300, 200, 60);
    assert_ok(als_train(&m, &o, &exact, NULL));
    o.exact_max = 8; // nearly every row
    o.block = 32;    // 48 is not a multiple
    assert_ok(als_train(&m, &o, &blocks, NULL));
    double a = als_loss(&m, &o, &exact), b = als_loss(&m, &o, &blocks);
    assert_true(fabs(a - b) < 2e-3 * a);
    als_free(&exact);
    als_free(&blocks);
    interactions_free(&m);
}

static double loss_by_definition(const struct interactions *m, const struct als_options *o,
                                 const struct als_model *model) {
    const struct sparse *s = &m->by_user;
    double loss = 0, product_weights[64] = {0};
    for (uint32_t u = 0; u < s->rows; u++) {
        double weights = 0, square = 0;
        for (uint32_t i = 0; i < s->columns; i++) {
            double weight = 0, score = 0;
            for (uint64_t k = s->start[u]; k < s->start[u + 1]; k++)
                if (s->column[k] == i) weight = (double)s->weight[k];
            for (unsigned k = 0; k < o->dimension; k++)
                score += (double)model->user[u * o->dimension + k] * (double)model->product[i * o->dimension + k];
            loss += weight * (1 - score) * (1 - score) + (double)o->alpha0 * score * score;
            weights += weight;
            product_weights[i] += weight;
        }
        for (unsigned k = 0; k < o->dimension; k++) square += pow((double)model->user[u * o->dimension + k], 2);
        loss += (double)o->lambda * pow(weights + (double)o->alpha0 * s->columns, (double)o->nu) * square;
    }
    for (uint32_t i = 0; i < s->columns; i++) {
        double square = 0;
        for (unsigned k = 0; k < o->dimension; k++) square += pow((double)model->product[i * o->dimension + k], 2);
        loss += (double)o->lambda * pow(product_weights[i] + (double)o->alpha0 * s->rows, (double)o->nu) * square;
    }
    return loss;
}

struct losses { double of[16]; };

static void keep_loss(void *arg, unsigned epoch, double loss, double seconds) {
    struct losses *losses = arg;
    assert_true(seconds >= 0);
    losses->of[epoch] = loss;
}

static void loss_is_the_objective_and_falls(unsigned exact_max) {
    struct interactions m;
    struct als_model model;
    struct losses losses;
    struct als_options o = small_options();
    o.epochs = 8;
    o.dimension = 32;
    o.exact_max = exact_max;
    o.block = 16;
    o.progress = keep_loss;
    o.arg = &losses;
    planted_interactions(&m, 60, 40, 8);
    assert_ok(als_train(&m, &o, &model, NULL));
    for (unsigned epoch = 2; epoch <= 8; epoch++) assert_true(losses.of[epoch] <= losses.of[epoch - 1] * (1 + 1e-6));
    double last = als_loss(&m, &o, &model), defined = loss_by_definition(&m, &o, &model);
    assert_true(fabs(last - defined) < 1e-4 * defined);
    assert_true(last <= losses.of[8] * (1 + 1e-6));
    als_free(&model);
    interactions_free(&m);
}

static void test_loss_is_the_objective_and_falls(void **state) {
    (void)state;
    loss_is_the_objective_and_falls(256);
    loss_is_the_objective_and_falls(2);
}

static void test_same_bits_for_any_number_of_threads(void **state) {
    (void)state;
    struct interactions m;
    struct als_model one, three, other;
    struct als_options o = small_options();
    planted_interactions(&m, 500, 200, 10);
    o.threads = 1;
    assert_ok(als_train(&m, &o, &one, NULL));
    o.threads = 3;
    assert_ok(als_train(&m, &o, &three, NULL));
    o.seed = 2;
    assert_ok(als_train(&m, &o, &other, NULL));
    size_t bytes = (size_t)one.products * 16 * sizeof(float);
    assert_memory_equal(one.product, three.product, bytes);
    assert_memory_not_equal(one.product, other.product, bytes);
    als_free(&one);
    als_free(&three);
    als_free(&other);
    interactions_free(&m);
}

static void test_recall_beats_popularity_by_far(void **state) {
    (void)state;
    struct history h;
    struct eval_report report;
    struct eval_options eo = {.k = 10, .threads = 2};
    struct als_options o = small_options();
    planted_history(&h, 2000, 200, 10, 12);
    assert_ok(eval_leave_last_out(&h, &o, &eo, &report, NULL));
    assert_true(report.users > 1500);
    assert_int_equal(report.products, 200);
    assert_true(report.model.recall > 4 * report.popularity.recall);
    assert_true(report.model.ndcg > 4 * report.popularity.ndcg);
    history_free(&h);
}

// A run that was stopped after its third epoch ends with the bits of one that was not; other files are as good as none.
struct stopped { const char *path, *kept; unsigned after; };

static void keep_checkpoint(void *arg, unsigned epoch, double loss, double seconds) {
    const struct stopped *stopped = arg;
    (void)loss, (void)seconds;
    if (epoch == stopped->after + 1) assert_int_equal(link(stopped->path, stopped->kept), 0);
}

static void test_goes_on_from_a_checkpoint(void **state) {
    (void)state;
    char folder[] = "/tmp/rightfit-test-als-XXXXXX", path[64], kept[64];
    struct interactions m;
    struct als_model whole, resumed;
    struct als_options o = small_options();
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/checkpoint", folder);
    snprintf(kept, sizeof kept, "%s/kept", folder);
    planted_interactions(&m, 300, 80, 40);
    o.epochs = 6;
    o.exact_max = 8; // blocks: both sides' vectors matter
    o.block = 16;
    o.checkpoint_seconds = 0;
    o.checkpoint = path;
    o.progress = keep_checkpoint;
    o.arg = &(struct stopped){path, kept, 3};
    assert_ok(als_train(&m, &o, &whole, NULL));
    assert_int_not_equal(access(path, F_OK), 0); // a finished run needs none
    o.progress = NULL;
    assert_int_equal(checkpoint_load(kept, checkpoint_key(&m, &o), &whole), 3);
    assert_int_equal(checkpoint_load(kept, checkpoint_key(&m, &o) + 1, &whole), 0);
    als_free(&whole);
    o.checkpoint = NULL;
    assert_ok(als_train(&m, &o, &whole, NULL));
    o.checkpoint = kept;
    assert_ok(als_train(&m, &o, &resumed, NULL));
    assert_memory_equal(whole.user, resumed.user, (size_t)whole.users * 16 * sizeof(float));
    assert_memory_equal(whole.product, resumed.product, (size_t)whole.products * 16 * sizeof(float));
    als_free(&resumed);
    assert_ok(checkpoint_save(path, checkpoint_key(&m, &o), 2, &whole, NULL));
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(checkpoint_load(path, checkpoint_key(&m, &o), &whole), 0);
    unlink(path);
    rmdir(folder);
    als_free(&whole);
    interactions_free(&m);
}

static void test_folding_everybody_gives_the_trained_vectors(void **state) {
    (void)state;
    struct interactions m;
    struct als_model model;
    struct als_options o = small_options();
    planted_interactions(&m, 300, 60, 20);
    assert_ok(als_train(&m, &o, &model, NULL));
    float *users = malloc(sizeof *users * model.users * 16);
    assert_ok(als_fold(&model, &o, &m.by_user, users));
    assert_memory_equal(users, model.user, sizeof *users * model.users * 16);
    free(users);
    als_free(&model);
    interactions_free(&m);
}

static void test_options_out_of_range_are_named(void **state) {
    (void)state;
    struct interactions m;
    struct als_model model;
    struct fault why;
    struct als_options o = small_options();
    planted_interactions(&m, 10, 10, 3);
    o.dimension = 17;
    assert_int_equal(als_train(&m, &o, &model, &why), ERR_BAD_REQUEST);
    assert_string_equal(why.field, "dimension");
    o.dimension = 2048;
    assert_int_equal(als_train(&m, &o, &model, &why), ERR_BAD_REQUEST);
    o = small_options();
    o.threads = 0;
    assert_int_equal(als_train(&m, &o, &model, &why), ERR_BAD_REQUEST);
    assert_string_equal(why.field, "threads");
    o = small_options();
    o.lambda = 0;
    assert_int_equal(als_train(&m, &o, &model, &why), ERR_BAD_REQUEST);
    interactions_free(&m);
}

static void test_nothing_to_learn_from(void **state) {
    (void)state;
    struct history h = {0};
    struct interactions m;
    struct als_model model;
    struct als_options o = small_options();
    assert_ok(history_interactions(&h, 0, &m));
    assert_ok(als_train(&m, &o, &model, NULL));
    assert_int_equal(model.products, 0);
    als_free(&model);
    interactions_free(&m);
}

// ---- interactions and history -------------------------------------------------------------------------------------

static void test_weights_of_events(void **state) {
    (void)state;
    assert_true(interaction_weight(EVENT_IMPRESSION, NAN) == 0.0f);
    assert_true(interaction_weight(EVENT_CLICK, NAN) == 1.0f);
    assert_true(interaction_weight(EVENT_RATING, 4.5f) == 2.0f);
    assert_true(interaction_weight(EVENT_RATING, 3.0f) == 0.0f);
    assert_true(interaction_weight(EVENT_RATING, 1.0f) == -2.0f);
    assert_true(interaction_weight(EVENT_RATING, NAN) == 0.0f);
    assert_true(interaction_weight(EVENT_RETURN, NAN) < 0.0f);
    assert_true(fabsf(interaction_decay(INT64_C(60) * 24 * 3600 * 1000) - 0.5f) < 1e-6f);
    assert_true(interaction_decay(-5) == 1.0f);
}

static void test_merge_sums_clips_and_forgets(void **state) {
    (void)state;
    struct interaction list[] = {{7, 3.0f}, {2, 15.0f}, {7, -3.0f}, {2, 15.0f}, {5, 1.0f}, {9, 0.001f}};
    assert_int_equal(interaction_merge(list, 6), 2);
    assert_int_equal(list[0].product, 2);
    assert_true(list[0].weight == INTERACTION_WEIGHT_MAX);
    assert_int_equal(list[1].product, 5);
    assert_int_equal(interaction_merge(list, 0), 0);
}

static void test_both_directions_hold_the_same(void **state) {
    (void)state;
    struct interactions m;
    planted_interactions(&m, 30, 20, 5);
    const struct sparse *u = &m.by_user, *p = &m.by_product;
    assert_int_equal(sparse_count(u), sparse_count(p));
    for (uint32_t row = 0; row < u->rows; row++) {
        for (uint64_t i = u->start[row]; i < u->start[row + 1]; i++) {
            bool found = false;
            for (uint64_t k = p->start[u->column[i]]; k < p->start[u->column[i] + 1]; k++)
                found = found || (p->column[k] == row && p->weight[k] == u->weight[i]);
            assert_true(found);
        }
    }
    interactions_free(&m);
}

static void test_split_holds_out_the_newest_product(void **state) {
    (void)state;
    struct history h = {0};
    struct interactions train;
    struct sparse held;
    assert_ok(history_add(&h, 3, (struct act){10, 1, 1000}));
    assert_ok(history_add(&h, 3, (struct act){11, 1, 2000}));
    assert_ok(history_add(&h, 3, (struct act){11, 5, 3000}));
    assert_ok(history_add(&h, 4, (struct act){11, 1, 1000})); // one product: nothing to hold out
    assert_ok(history_split(&h, h.newest_ms, &train, &held));
    assert_int_equal(train.by_user.rows, 2);
    assert_int_equal(sparse_count(&train.by_user), 2);
    assert_int_equal(train.product_ids[train.by_user.column[0]], 10);
    assert_int_equal(sparse_count(&held), 1);
    assert_int_equal(train.product_ids[held.column[held.start[0]]], 11);
    sparse_free(&held);
    interactions_free(&train);
    history_free(&h);
}

static void test_sequences_follow_the_matrix(void **state) {
    (void)state;
    struct history h = {0};
    struct interactions m;
    struct sequences s;
    assert_ok(history_add(&h, 2, (struct act){10, -5, 500})); // wants nothing: no row
    assert_ok(history_add(&h, 3, (struct act){12, 1, 1000}));
    assert_ok(history_add(&h, 3, (struct act){10, 1, 2000}));
    assert_ok(history_add(&h, 3, (struct act){12, -0.5f, 2500}));
    assert_ok(history_add(&h, 3, (struct act){12, 5, 3000}));
    assert_ok(history_interactions(&h, h.newest_ms, &m));
    assert_ok(history_sequences(&h, &m, &s));
    assert_int_equal(s.rows, 1);
    assert_int_equal(sequences_count(&s), 3);
    static const uint32_t products[] = {12, 10, 12};
    static const int64_t times[] = {1000, 2000, 3000};
    for (unsigned i = 0; i < 3; i++) assert_true(m.product_ids[s.item[i]] == products[i] && s.unix_ms[i] == times[i]);
    sequences_free(&s);
    assert_ok(history_last_sequences(&h, &m, &s));
    assert_int_equal(sequences_count(&s), 2); // 10, then 12 where it was last
    for (unsigned i = 0; i < 2; i++) assert_true(m.product_ids[s.item[i]] == products[i + 1] && s.unix_ms[i] == times[i + 1]);
    sequences_free(&s);
    interactions_free(&m);
    history_free(&h);
}

static void test_mix_beats_popularity_on_events(void **state) {
    (void)state;
    struct history h;
    struct protocol_options o = protocol_defaults();
    struct protocol_report r;
    o.als = small_options();
    o.ordered = true;
    o.measure.cutoffs[0] = 10;
    planted_history(&h, 1000, 200, 10, 12);
    assert_ok(eval_mix(&h, NULL, &o, &r, NULL));
    assert_true(r.strict.people > 900);
    assert_true(r.as_served.rows[PROTOCOL_MIX].mean[0][MEASURE_HIT] > 3 * r.as_served.rows[PROTOCOL_POPULARITY].mean[0][MEASURE_HIT]);
    history_free(&h);
}

static void test_popularity_and_trend(void **state) {
    (void)state;
    const int64_t day_ms = 24 * 3600 * 1000, now_ms = INT64_C(1700000000000);
    struct history h = {0};
    float popularity[4], trend[4];
    for (int64_t day = 63; day >= 0; day--)
        assert_ok(history_add(&h, 1, (struct act){1, 10.0f / 7, now_ms - day * day_ms - day_ms / 2})); // as always
    assert_ok(history_add(&h, 2, (struct act){2, 10, now_ms - day_ms})); // out of nowhere
    history_popularity(&h, now_ms, 3, popularity);
    assert_ok(history_trend(&h, now_ms, MARKET_ANY, 3, trend));
    assert_true(popularity[1] == 1.0f && popularity[2] > 0.0f && popularity[2] < 1.0f && popularity[3] == 0.0f);
    assert_true(fabsf(trend[1]) < 0.01f);
    assert_true(fabsf(trend[2] - 10.0f * expf(-1.0f / 7)) < 1e-5f);
    assert_true(trend[3] == 0.0f);
    history_free(&h);
}

// LightGCN's split of Gowalla, full ranking. The bar is that of a sound d = 64 iALS after few epochs, not of a tuned one.
static void test_gowalla(void **state) {
    (void)state;
#ifdef __SANITIZE_THREAD__
    print_message("skipped: nothing about threads that the smaller tests do not show, and a minute long\n");
    skip();
#endif
    struct interactions m, test;
    struct sequences list;
    struct als_model model;
    struct eval_report report;
    struct als_options o = als_defaults();
    o.epochs = 3;
    if (sequences_read("../shared/data/gowalla-lightgcn/train.txt", &list, NULL) != ERR_OK) {
        print_message("skipped: ../shared/data/gowalla-lightgcn is not there\n");
        skip();
    }
    uint32_t columns = list.columns;
    assert_ok(sequences_interactions(&list, columns, &m));
    sequences_free(&list);
    assert_ok(sequences_read("../shared/data/gowalla-lightgcn/test.txt", &list, NULL));
    assert_ok(sequences_interactions(&list, list.columns, &test));
    sequences_free(&list);
    assert_ok(als_train(&m, &o, &model, NULL));
    assert_ok(eval_ranking(&model, &m.by_user, &test.by_user, &(struct eval_options){.k = 20, .threads = 2, .max_users = 2000},
                           &report));
    print_message("gowalla d=64, 3 epochs: R@20 %.4f N@20 %.4f, popularity %.4f %.4f (%u users)\n", report.model.recall,
                  report.model.ndcg, report.popularity.recall, report.popularity.ndcg, report.users);
    assert_true(report.model.recall > 0.13 && report.model.recall > 2.5 * report.popularity.recall);
    als_free(&model);
    interactions_free(&test);
    interactions_free(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_the_reference),
        cmocka_unit_test(test_blocks_reach_the_same_objective),
        cmocka_unit_test(test_loss_is_the_objective_and_falls),
        cmocka_unit_test(test_same_bits_for_any_number_of_threads),
        cmocka_unit_test(test_recall_beats_popularity_by_far),
        cmocka_unit_test(test_goes_on_from_a_checkpoint),
        cmocka_unit_test(test_folding_everybody_gives_the_trained_vectors),
        cmocka_unit_test(test_options_out_of_range_are_named),
        cmocka_unit_test(test_nothing_to_learn_from),
        cmocka_unit_test(test_weights_of_events),
        cmocka_unit_test(test_merge_sums_clips_and_forgets),
        cmocka_unit_test(test_both_directions_hold_the_same),
        cmocka_unit_test(test_split_holds_out_the_newest_product),
        cmocka_unit_test(test_sequences_follow_the_matrix),
        cmocka_unit_test(test_mix_beats_popularity_on_events),
        cmocka_unit_test(test_popularity_and_trend),
        cmocka_unit_test(test_gowalla),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "planted.h"

#include <math.h>
#include <string.h>

#include "model/measure.h"
#include "model/mix_learn.h"
#include "model/protocol.h"

enum { PEOPLE = 40, PRODUCTS = 120, D = 16 };

struct world {
    struct sequences history, held_out;
    struct interactions m;
    struct sparse similar, next;
    float vectors[PRODUCTS * D], users[PEOPLE * D], taken[PRODUCTS];
    struct mix_model model;
    struct measure_task task;
};

static void world_open(struct world *w, uint64_t seed) {
    static const struct item_item_options o = {.user = 0.5f, .from = 0.5f, .to = 0.5f, .keep = 20, .threads = 1, .window = 3, .step_decay = 0.7f};
    struct sequences all;
    char text[64 * 1024];
    size_t n = 0;
    uint64_t state = seed;
    for (unsigned u = 0; u < PEOPLE; u++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%u", u);
        for (unsigned i = 0; i < 2 + u % 9; i++) n += (size_t)snprintf(text + n, sizeof text - n, " %u", (planted_random(&state) % 4 * 30 + i * 7 + u) % PRODUCTS);
        n += (size_t)snprintf(text + n, sizeof text - n, "\n");
    }
    assert_ok(sequences_parse(slice_of(text, n), "text", &all, NULL));
    assert_ok(sequences_before(&all, 1, 1, &w->history));
    assert_ok(sequences_from_end(&all, 1, 1, &w->held_out));
    sequences_free(&all);
    assert_ok(sequences_interactions(&w->history, PRODUCTS, &w->m));
    w->history.columns = PRODUCTS;
    assert_ok(item_item_similar(&w->m, &o, &w->similar, NULL));
    assert_ok(item_item_next(&w->history, &o, &w->next, NULL));
    for (size_t i = 0; i < PRODUCTS * D; i++) w->vectors[i] = (float)(planted_random(&state) % 17) / 8 - 1;
    for (size_t i = 0; i < PEOPLE * D; i++) w->users[i] = (float)(planted_random(&state) % 17) / 8 - 1;
    for (uint32_t i = 0; i < PRODUCTS; i++) w->taken[i] = (float)(w->m.by_product.start[i + 1] - w->m.by_product.start[i]);
    w->model = (struct mix_model){PRODUCTS, D, D, w->vectors, &w->similar, &w->next, w->taken, {0.9f, 0.5f, 0.5f}};
    w->task = (struct measure_task){&w->model, w->users, &w->history, &w->held_out, w->taken, PEOPLE};
}

static void world_close(struct world *w) {
    sequences_free(&w->history);
    sequences_free(&w->held_out);
    interactions_free(&w->m);
    sparse_free(&w->similar);
    sparse_free(&w->next);
}

// ---- by definition ------------------------------------------------------------------------------------------------

static double entry(const struct sparse *m, uint32_t row, uint32_t column) {
    for (uint64_t i = m->start[row]; i < m->start[row + 1]; i++)
        if (m->column[i] == column) return (double)m->weight[i];
    return 0;
}

static double score_by_definition(const struct world *w, uint32_t user, uint32_t product, const struct mix_weights *weights) {
    double vector = 0, similar = 0, next = 0, decays = 0;
    for (unsigned k = 0; k < D; k++) vector += (double)w->users[user * D + k] * (double)w->vectors[product * D + k];
    uint64_t n = sequences_length(&w->history, user);
    for (uint64_t age = 0; age < n; age++) {
        uint32_t item = w->history.item[w->history.start[user + 1] - 1 - age];
        similar += pow(0.9, (double)age) * entry(&w->similar, item, product);
        next += pow(0.5, (double)age) * entry(&w->next, item, product);
        decays += pow(0.9, (double)age);
    }
    return (double)weights->of[MIX_VECTOR] * vector + (double)weights->of[MIX_SIMILAR] * similar / sqrt(decays) +
           (double)weights->of[MIX_NEXT] * next + (double)weights->of[MIX_POPULARITY] * (double)w->taken[product];
}

static bool knows(const struct sequences *s, uint32_t user, uint32_t product) {
    for (uint64_t i = s->start[user]; i < s->start[user + 1]; i++)
        if (s->item[i] == product) return true;
    return false;
}

// The place of the one held-out product, 1 the first, behind everything that scores the same to 1e-6.
static unsigned place_by_definition(const struct world *w, uint32_t user, const struct mix_weights *weights) {
    uint32_t wanted = w->held_out.item[w->held_out.start[user]];
    double own = score_by_definition(w, user, wanted, weights);
    unsigned place = 1;
    if (knows(&w->history, user, wanted)) return PRODUCTS;
    for (uint32_t j = 0; j < PRODUCTS; j++)
        place += j != wanted && !knows(&w->history, user, j) && score_by_definition(w, user, j, weights) >= own - 1e-6;
    return place;
}

static void test_figures_are_those_of_the_definition(void **state) {
    (void)state;
    static const struct mix_weights weights[] = {
        {.of = {1, 0, 0, 0}}, {.of = {0, 1, 0, 0}}, {.of = {0, 0, 1, 0}}, {.of = {0, 0, 0, 1}}, {.of = {0.3f, 2, 1.5f, 0.01f}}};
    enum { ROWS = sizeof weights / sizeof weights[0] };
    struct measure_options o = {.cutoffs = {10, 3}, .threads = 2, .resamples = 200, .seed = 1};
    struct measure_scores scores[ROWS];
    uint32_t measured;
    struct world *w = malloc(sizeof *w);
    world_open(w, 5);
    assert_ok(measure(&w->task, weights, ROWS, &o, scores, &measured));
    for (unsigned row = 0; row < ROWS; row++) {
        double hit = 0, ndcg = 0, mrr = 0, people = 0;
        for (uint32_t u = 0; u < PEOPLE; u++) {
            if (sequences_length(&w->held_out, u) == 0) continue;
            unsigned place = place_by_definition(w, u, &weights[row]);
            people++;
            if (place > 10) continue;
            hit++;
            ndcg += 1 / log2(place + 1.0);
            mrr += 1.0 / place;
        }
        assert_int_equal(measured, (uint32_t)people);
        assert_true(fabs(scores[row].mean[0][MEASURE_HIT] - hit / people) < 1e-6);
        assert_true(fabs(scores[row].mean[0][MEASURE_RECALL] - hit / people) < 1e-6);
        assert_true(fabs(scores[row].mean[0][MEASURE_NDCG] - ndcg / people) < 1e-6);
        assert_true(fabs(scores[row].mean[0][MEASURE_MRR] - mrr / people) < 1e-6);
        assert_true(scores[row].mean[1][MEASURE_HIT] <= scores[row].mean[0][MEASURE_HIT]);
        assert_true(scores[row].low[MEASURE_HIT] <= hit / people && scores[row].high[MEASURE_HIT] >= hit / people);
        assert_true(scores[row].coverage > 0 && scores[row].coverage <= 1 && scores[row].novelty > 0);
    }
    assert_true(scores[3].lift > scores[0].lift && scores[3].coverage < scores[0].coverage);
    world_close(w);
    free(w);
}

static void test_every_tie_is_lost(void **state) {
    (void)state;
    struct measure_options o = {.cutoffs = {20}, .threads = 1};
    struct measure_scores scores;
    uint32_t measured;
    struct world *w = malloc(sizeof *w);
    world_open(w, 5);
    memset(w->vectors, 0, sizeof w->vectors);
    assert_ok(measure(&w->task, &(struct mix_weights){.of = {1, 0, 0, 0}}, 1, &o, &scores, &measured));
    assert_true(measured > 0 && scores.mean[0][MEASURE_HIT] == 0.0);
    world_close(w);
    free(w);
}

static void test_threads_change_nothing(void **state) {
    (void)state;
    struct measure_options o = {.cutoffs = {10}, .threads = 1, .resamples = 100, .seed = 3};
    struct mix_weights weights = {.of = {0.3f, 2, 1.5f, 0.01f}};
    struct measure_scores one, three;
    uint32_t measured;
    struct world *w = malloc(sizeof *w);
    world_open(w, 6);
    assert_ok(measure(&w->task, &weights, 1, &o, &one, &measured));
    o.threads = 3;
    assert_ok(measure(&w->task, &weights, 1, &o, &three, &measured));
    assert_memory_equal(&one, &three, sizeof one);
    o.cutoffs[0] = MEASURE_K_MAX + 1;
    assert_int_equal(measure(&w->task, &weights, 1, &o, &three, &measured), ERR_BAD_REQUEST);
    world_close(w);
    free(w);
}

// ---- protocols ----------------------------------------------------------------------------------------------------

// Everybody walks round a ring of products of their own group: what comes next is certain, who takes what is not.
static void ring(struct sequences *out) {
    char *text = malloc(1 << 20);
    size_t n = 0;
    uint64_t state = 11;
    for (unsigned u = 0; u < 600; u++) {
        unsigned at = planted_random(&state) % 200;
        n += (size_t)sprintf(text + n, "%u", u);
        for (unsigned i = 0; i < 6; i++) n += (size_t)sprintf(text + n, " %u", (at + i) % 200);
        n += (size_t)sprintf(text + n, "\n");
    }
    assert_ok(sequences_parse(slice_of(text, n), "ring", out, NULL));
    free(text);
}

static void test_leave_last_out_learns_what_matters(void **state) {
    (void)state;
    struct sequences all;
    struct protocol_options o = protocol_defaults();
    struct protocol_report r;
    ring(&all);
    o.als.dimension = 16;
    o.ordered = true;
    o.measure.cutoffs[0] = 5;
    assert_ok(protocol_leave_last_out(&all, &o, &r, NULL));
    assert_true(r.weights.of[MIX_NEXT] > 0);
    assert_int_equal(r.strict.people, 600);
    assert_int_equal(r.as_served.products, 200);
    assert_true(r.validation.rows[PROTOCOL_MIX].mean[0][MEASURE_NDCG] >= r.validation.rows[PROTOCOL_VECTORS].mean[0][MEASURE_NDCG]);
    assert_true(r.as_published.rows[PROTOCOL_MIX].mean[0][MEASURE_HIT] > 0.9);
    assert_true(r.as_served.rows[PROTOCOL_MIX].mean[0][MEASURE_NDCG] > 0.9);
    assert_true(r.as_served.rows[PROTOCOL_POPULARITY].mean[0][MEASURE_HIT] < 0.2);
    assert_true(r.as_published.rows[PROTOCOL_MIX].mean[0][MEASURE_NDCG] >= r.strict.rows[PROTOCOL_MIX].mean[0][MEASURE_NDCG]);
    sequences_free(&all);
}

static void test_given_split_with_and_without_validation(void **state) {
    (void)state;
    struct sequences all, train, valid, test;
    struct protocol_options o = protocol_defaults();
    struct protocol_report r;
    ring(&all);
    assert_ok(sequences_before(&all, 2, 1, &train));
    assert_ok(sequences_from_end(&all, 2, 1, &valid));
    assert_ok(sequences_from_end(&all, 1, 1, &test));
    o.als.dimension = 16;
    o.measure.cutoffs[0] = 10;
    assert_ok(protocol_given_split(&train, &valid, &test, &o, &r, NULL));
    assert_true(r.weights.of[MIX_NEXT] == 0.0f && r.test.people == 600);
    assert_true(r.test.rows[PROTOCOL_MIX].mean[0][MEASURE_RECALL] > 0.5);
    assert_ok(protocol_given_split(&train, NULL, &test, &o, &r, NULL));
    assert_int_equal(r.validation.people, 0);
    assert_true(r.weights.of[MIX_SIMILAR] == 1.0f && r.test.people == 600); // as given, nothing to learn from
    o.validation_only = true;
    assert_ok(protocol_given_split(&train, &valid, &test, &o, &r, NULL));
    assert_int_equal(r.test.people, 0);
    o.als.dimension = 3;
    assert_int_equal(protocol_given_split(&train, &valid, &test, &o, &r, NULL), ERR_BAD_REQUEST);
    sequences_free(&all);
    sequences_free(&train);
    sequences_free(&valid);
    sequences_free(&test);
}

// With fewer products than its pool the search sees what measure() does; and it finds nothing worse than any part alone.
static void test_learnt_weights_are_worth_what_was_found(void **state) {
    (void)state;
    struct world w;
    struct measure_options o = {.cutoffs = {10}, .threads = 2, .seed = 1};
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct mix_learn_options learn = {.k = 10, .threads = threads, .popularity = true};
        struct mix_weights rows[3] = {{{1, 0, 0, 0}}, {{1, 1e3f, 0, 0}}};
        struct measure_scores scores[3];
        uint32_t people;
        double found;
        world_open(&w, 5);
        assert_ok(mix_learn(&w.task, &learn, &rows[2], &found));
        assert_ok(measure(&w.task, rows, 3, &o, scores, &people));
        assert_true(fabs(found - scores[2].mean[0][MEASURE_NDCG]) < 1e-6);
        for (unsigned i = 0; i < 2; i++) assert_true(found >= scores[i].mean[0][MEASURE_NDCG]);
        world_close(&w);
    }
}

static void test_nobody_to_learn_from(void **state) {
    (void)state;
    struct world w;
    struct mix_learn_options learn = {.k = 10, .threads = 1};
    struct mix_weights weights;
    double found;
    world_open(&w, 5);
    memset(w.held_out.start, 0, (w.held_out.rows + 1) * sizeof *w.held_out.start);
    assert_ok(mix_learn(&w.task, &learn, &weights, &found));
    assert_true(found == 0 && weights.of[MIX_VECTOR] == 1.0f && weights.of[MIX_SIMILAR] == 0.0f);
    learn.k = 0;
    assert_int_equal(mix_learn(&w.task, &learn, &weights, &found), ERR_BAD_REQUEST);
    world_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_are_those_of_the_definition), cmocka_unit_test(test_every_tie_is_lost),
        cmocka_unit_test(test_threads_change_nothing), cmocka_unit_test(test_leave_last_out_learns_what_matters),
        cmocka_unit_test(test_learnt_weights_are_worth_what_was_found), cmocka_unit_test(test_nobody_to_learn_from),
        cmocka_unit_test(test_given_split_with_and_without_validation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

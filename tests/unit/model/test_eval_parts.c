// Parts of the people and of the products add up to the whole; content finds for whom a product is that nobody touched.
#include "planted.h"

#include <math.h>
#include <string.h>

#include "model/eval.h"
#include "model/eval_cold.h"

static struct als_options small_options(void) {
    struct als_options o = als_defaults();
    o.dimension = 16;
    o.epochs = 6;
    return o;
}

// ---- parts --------------------------------------------------------------------------------------------------------

static struct protocol_report report_of(const struct history *h, const struct eval_people *people) {
    struct protocol_options o = protocol_defaults();
    struct protocol_report r;
    o.als = small_options();
    o.ordered = o.segments = true;
    o.measure.cutoffs[0] = 10;
    assert_ok(eval_mix(h, people, &o, &r, NULL));
    return r;
}

// One product is held out of each person, so a labelling of all of them splits the people whichever way it is.
static void test_parts_add_up(void **state) {
    (void)state;
    struct history h;
    planted_history(&h, 600, 200, 10, 12);
    struct eval_people people = {.users = h.users, .kinds = 3, .kind_name = {"a", "b", "c"}};
    people.stage = malloc(h.users);
    people.kind = malloc(h.users);
    for (uint32_t u = 0; u < h.users; u++) {
        people.stage[u] = (uint8_t)(u % EVAL_PEOPLE_STAGES);
        people.kind[u] = (uint8_t)(u % 4 == 3 ? SEGMENT_NONE : u % 4);
    }
    struct protocol_report r = report_of(&h, &people);
    static const char *const whats[] = {"known by", "taken by", "stage"};
    for (unsigned w = 0; w < 3; w++) {
        uint32_t persons = 0;
        double recall = 0, ndcg = 0;
        for (unsigned i = 0; i < r.segments.count; i++) {
            const struct segment_figures *f = &r.segments.list[i];
            if (strcmp(f->what, whats[w]) != 0) continue;
            persons += f->people;
            recall += f->people * f->rows[PROTOCOL_MIX].mean[0][MEASURE_RECALL];
            ndcg += f->people * f->rows[PROTOCOL_MIX].mean[0][MEASURE_NDCG];
        }
        assert_int_equal(persons, r.as_served.people);
        assert_true(fabs(recall / persons - r.as_served.rows[PROTOCOL_MIX].mean[0][MEASURE_RECALL]) < 1e-9);
        assert_true(fabs(ndcg / persons - r.as_served.rows[PROTOCOL_MIX].mean[0][MEASURE_NDCG]) < 1e-9);
    }
    uint32_t labelled = 0, kinds = 0;
    for (unsigned i = 0; i < r.segments.count; i++) {
        if (strcmp(r.segments.list[i].what, "driver") != 0) continue;
        kinds++;
        labelled += r.segments.list[i].people;
    }
    assert_int_equal(kinds, 3);
    assert_true(labelled < r.as_served.people); // a quarter is in no part
    eval_people_free(&people);
    history_free(&h);
}

static void test_parts_nobody_is_in_are_left_out(void **state) {
    (void)state;
    struct history h;
    planted_history(&h, 300, 100, 10, 4); // nobody has a long history
    struct protocol_report r = report_of(&h, NULL);
    for (unsigned i = 0; i < r.segments.count; i++) {
        assert_true(r.segments.list[i].people > 0);
        assert_int_not_equal(strncmp(r.segments.list[i].name, "long", 4), 0);
    }
    history_free(&h);
}

// ---- new products -------------------------------------------------------------------------------------------------

enum { PRODUCTS = 400, GROUPS = 10 };

// A product's type is the half of the groups it is of, its brand is nobody's, one word says the group.
static void catalogue_of_groups(struct eval_cold_catalogue *c) {
    *c = (struct eval_cold_catalogue){.products_max = PRODUCTS};
    c->type = calloc(PRODUCTS + 1, sizeof *c->type);
    c->brand = calloc(PRODUCTS + 1, sizeof *c->brand);
    assert_ok(content_rows_add(&c->features, NULL));
    for (uint32_t p = 1; p <= PRODUCTS; p++) {
        uint32_t group = (p - 1) % GROUPS;
        struct content_features f = {.count = 3, .list = {{CONTENT_ALL, 1}, {1 + group % 2, 1}, {100 + group, 1}}};
        c->type[p] = 1 + group % 2;
        c->brand[p] = 1 + p % 3;
        assert_ok(content_rows_add(&c->features, &f));
    }
}

static struct eval_cold_options cold_options(void) {
    return (struct eval_cold_options){.als = small_options(), .content = content_defaults(),
                                      .measure = {.cutoffs = {5}, .threads = 2, .resamples = 100, .seed = 1}};
}

static void test_content_finds_whom_a_new_product_is_for(void **state) {
    (void)state;
    struct history h;
    struct eval_cold_catalogue c;
    struct eval_cold_report r;
    struct eval_cold_options o = cold_options();
    planted_history(&h, 1500, PRODUCTS, GROUPS, 14);
    catalogue_of_groups(&c);
    assert_ok(eval_cold(&h, &c, &o, &r, NULL));
    assert_true(r.held_out > 20 && r.held_out < 70 && r.people > 500 && r.judged > 20);
    const struct measure_scores *ridge = &r.among_new[EVAL_COLD_RIDGE], *type = &r.among_new[EVAL_COLD_TYPE];
    assert_true(r.cosine[EVAL_COLD_RIDGE] > 0.8 && r.cosine[EVAL_COLD_RIDGE] > r.cosine[EVAL_COLD_TYPE]);
    assert_true(ridge->mean[0][MEASURE_RECALL] > 0.6);
    assert_true(ridge->mean[0][MEASURE_RECALL] > type->mean[0][MEASURE_RECALL] + 0.1);
    assert_true(r.among_all[EVAL_COLD_RIDGE].mean[0][MEASURE_RECALL] <= ridge->mean[0][MEASURE_RECALL]);
    bool listed = false;
    for (unsigned i = 0; i < EVAL_COLD_RIDGES; i++) listed = listed || r.ridges[i] == r.ridge;
    assert_true(listed);
    eval_cold_free(&c);
    history_free(&h);
}

static void test_nothing_to_hold_out(void **state) {
    (void)state;
    struct history h = {0};
    struct eval_cold_catalogue c;
    struct eval_cold_report r;
    struct eval_cold_options o = cold_options();
    catalogue_of_groups(&c);
    assert_int_equal(eval_cold(&h, &c, &o, &r, NULL), ERR_BAD_REQUEST);
    assert_ok(history_add(&h, 1, (struct act){1, 1, 1000}));
    assert_int_equal(eval_cold(&h, &c, &o, &r, NULL), ERR_BAD_REQUEST);
    eval_cold_free(&c);
    history_free(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_add_up), cmocka_unit_test(test_parts_nobody_is_in_are_left_out),
        cmocka_unit_test(test_content_finds_whom_a_new_product_is_for), cmocka_unit_test(test_nothing_to_hold_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

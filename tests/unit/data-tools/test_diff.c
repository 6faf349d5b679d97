// Which cars are common, and which products a comparison shows: against plain counting and against showing everything.
#include "../index/index_fixture.h"

#include "data-tools/application_words.h"
#include "data-tools/common_cars.h"
#include "data-tools/diff.h"
#include "index/names.h"
#include "index/user.h"
#include "index/vehicle.h"

enum { MODELS = 6, YEARS = 5, CARS = MODELS * YEARS, FIRST_YEAR = 2012, PRODUCTS = 80 };

struct rng { uint64_t state; };
static unsigned rng_next(struct rng *r, unsigned below) {
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(r->state >> 33) % below;
}

static void must(enum err err, const struct fault *why) {
    if (err != ERR_OK) fail_msg("%s: %s", err_name(err), why->message);
}

static struct slice slug_of(struct fixture *f, unsigned car) {
    return arena_printf(&f->arena, "%u-make-model%u", FIRST_YEAR + car % YEARS, car / YEARS);
}

static void vehicles_load(struct fixture *f, unsigned second_list) { // the last model is a heavy truck
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    struct vehicle_load_report report;
    struct fault why = {0};
    for (unsigned i = 0; i < CARS; i++) {
        struct vehicle_configuration c = {.make = SLICE("Make"), .model = arena_printf(&f->arena, "Model%u", i / YEARS), .source = SLICE("test"),
                                          .year = FIRST_YEAR + i % YEARS, .flags = i / YEARS == second_list ? VEHICLE_SECOND_LIST : 0};
        must(vehicle_loader_add(l, &c, &why), &why);
    }
    must(vehicle_loader_finish(l, &report, NULL, NULL, &why), &why);
    vehicle_loader_free(l);
    fixture_refresh(f);
}

// ---- cars ----------------------------------------------------------------------------------------------------------------------
// Users with up to three cars among those below `cars`; a car named twice by one user counts once.
static void users_load(struct fixture *f, struct rng *r, unsigned users, unsigned cars, unsigned garages[CARS]) {
    struct arena scratch;
    struct txn *t;
    struct fault why = {0};
    arena_init(&scratch, 1 << 16, 64 << 20);
    must(txn_begin(f->db, &t, &why), &why);
    for (unsigned i = 0; i < users; i++) {
        struct garage_entry entries[3];
        unsigned had[3];
        struct user u = {.external_id = arena_printf(&f->arena, "u%u", i), .garage_count = rng_next(r, 4), .garage = entries};
        for (unsigned k = 0; k < u.garage_count; k++) {
            bool again = false;
            had[k] = rng_next(r, cars) * rng_next(r, cars) / cars;
            entries[k] = (struct garage_entry){.vehicle = slug_of(f, had[k])};
            for (unsigned j = 0; j < k; j++) again |= had[j] == had[k];
            garages[had[k]] += !again;
        }
        uint32_t id;
        arena_reset(&scratch);
        assert_int_equal(user_put(t, &scratch, &u, &id), ERR_OK);
    }
    must(txn_commit(t, &why), &why);
    arena_destroy(&scratch);
    fixture_refresh(f);
}

static unsigned car_number(const char *slug) { // back from the name
    unsigned year, model;
    assert_int_equal(sscanf(slug, "%u-make-model%u", &year, &model), 2);
    return model * YEARS + year - FIRST_YEAR;
}

static void test_cars(void **state) {
    (void)state;
    struct fixture f;
    struct rng r = {3};
    struct fault why = {0};
    struct common_cars cars;
    unsigned garages[CARS] = {0}, named = 0;
    fixture_open(&f);
    vehicles_load(&f, MODELS - 1);
    users_load(&f, &r, 300, CARS / 2, garages);
    for (unsigned i = 0; i < CARS; i++) named += garages[i] > 0;
    for (unsigned wanted = 1; wanted <= CARS; wanted++) {
        must(common_cars_choose(f.db, wanted, &cars, &why), &why);
        bool taken[CARS] = {false};
        unsigned least = UINT32_MAX;
        assert_int_equal(cars.count, wanted < CARS - YEARS ? wanted : CARS - YEARS); // no trucks
        for (unsigned i = 0; i < cars.count; i++) {
            unsigned car = car_number(cars.list[i].slug);
            assert_false(taken[car]);
            taken[car] = true;
            assert_int_equal(cars.list[i].garages, garages[car]);
            assert_true(cars.list[i].garages <= least);
            least = cars.list[i].garages;
            if (i > named) assert_true(cars.list[i].year <= cars.list[i - 1].year); // no product tells them apart: newest first
        }
        for (unsigned i = 0; i < CARS; i++) assert_true(taken[i] || garages[i] <= least);
        common_cars_free(&cars);
    }
    fixture_close(&f);
}

// ---- weights -------------------------------------------------------------------------------------------------------------------
static void test_weights(void **state) {
    (void)state;
    assert_int_equal(diff_weight_of(VERDICT_FITS, VERDICT_NO), DIFF_LOST);
    assert_int_equal(diff_weight_of(VERDICT_FITS, VERDICT_UNKNOWN), DIFF_LOST);
    assert_int_equal(diff_weight_of(VERDICT_UNIVERSAL, FITMENT_ABSENT), DIFF_LOST);
    assert_int_equal(diff_weight_of(VERDICT_FITS, VERDICT_CONDITIONAL), DIFF_DOUBT);
    assert_int_equal(diff_weight_of(VERDICT_CONDITIONAL, VERDICT_UNKNOWN), DIFF_DOUBT);
    assert_int_equal(diff_weight_of(VERDICT_NO, VERDICT_FITS), DIFF_LOOK);
    assert_int_equal(diff_weight_of(VERDICT_UNKNOWN, VERDICT_FITS), DIFF_GAINED);
    assert_int_equal(diff_weight_of(VERDICT_UNIVERSAL, VERDICT_FITS), DIFF_GAINED);
    assert_int_equal(diff_weight_of(FITMENT_ABSENT, VERDICT_CONDITIONAL), DIFF_GAINED);
    assert_int_equal(diff_weight_of(VERDICT_UNKNOWN, VERDICT_NO), DIFF_OTHER);
    assert_int_equal(diff_weight_of(VERDICT_NO, FITMENT_ABSENT), DIFF_OTHER);
}

// ---- what is shown ---------------------------------------------------------------------------------------------------------------
static void compare(void *arg, struct view *v, uint32_t product, const struct product_version *before, const struct product_version *after) {
    diff_compare(arg, v, product, before, after);
}

static void products_load(struct fixture *f, struct rng r, struct diff *d) {
    struct catalog_load_options options = {.dry_run = d != NULL, .compare = d ? compare : NULL, .arg = d};
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    assert_int_equal(catalog_loader_new(f->db, &options, &l), ERR_OK);
    for (unsigned i = 0; i < PRODUCTS; i++) {
        unsigned from = rng_next(&r, YEARS), to = from + rng_next(&r, YEARS - from);
        struct vehicle_doc car = {.make = SLICE("Make"), .model = arena_printf(&f->arena, "Model%u", rng_next(&r, MODELS)),
                                  .year_from = (uint16_t)(FIRST_YEAR + from), .year_to = (uint16_t)(FIRST_YEAR + to)};
        struct condition_doc condition = {.type = CONDITION_TEXT, .text = SLICE("with air conditioning")};
        struct application_doc application = {.quantity = 2, .source = SLICE("test"), .vehicle_count = 1, .vehicles = &car,
                                              .conditions = &condition, .condition_count = rng_next(&r, 4) == 0};
        struct product_doc doc = {.id = arena_printf(&f->arena, "p%u", i), .brand = arena_printf(&f->arena, "Brand%u", i % 3),
                                  .number = arena_printf(&f->arena, "N-%u", i), .type = SLICE("oil_filter"), .title = SLICE("title"),
                                  .cny_fen = 100, .usd_cents = -1, .applications = &application, .application_count = 1};
        must(catalog_loader_product(l, &doc, &why), &why);
    }
    must(catalog_loader_finish(l, &report, NULL, NULL, &why), &why);
    if (d) must(diff_finish(d, &report, &why), &why);
    catalog_loader_free(l);
}

static struct diff *compared(struct fixture *f, struct rng r, unsigned shown) {
    struct diff_options options = {.cars = CARS, .shown = shown};
    struct diff *d;
    struct fault why = {0};
    must(diff_new(f->db, &options, &d, &why), &why);
    products_load(f, r, d);
    return d;
}

static void check_order(const struct diff *d) {
    for (unsigned i = 0; i < d->product_count; i++) {
        const struct diff_product *p = d->products[i], *last = i ? d->products[i - 1] : p;
        assert_true(p->change_count > 0);
        assert_true(last->worst < p->worst || (last->worst == p->worst && last->reach >= p->reach));
        assert_true(p->applications.added || p->applications.removed);
        assert_int_equal(p->added[0].n > 0, p->applications.added > 0);
        for (unsigned k = 0; k < p->change_count; k++) assert_int_not_equal(p->changes[k].from, p->changes[k].to);
    }
}

static void test_shown(void **state) {
    (void)state;
    struct fixture f;
    struct rng first = {1}, second = {2}, people = {3};
    unsigned garages[CARS] = {0};
    fixture_open(&f);
    vehicles_load(&f, MODELS);
    users_load(&f, &people, 50, CARS, garages);
    products_load(&f, first, NULL);
    struct diff *all = compared(&f, second, 1000);
    check_order(all);
    assert_true(all->product_count > PRODUCTS / 2 && all->counts.products_shifted == all->product_count);
    assert_int_equal(all->products[0]->worst, DIFF_LOST);
    for (unsigned shown = 0; shown < 20; shown++) {
        struct diff *some = compared(&f, second, shown);
        assert_int_equal(some->product_count, shown);
        assert_int_equal(some->counts.products_shifted, all->counts.products_shifted);
        for (unsigned i = 0; i < shown; i++) {
            assert_true(slice_eq(some->products[i]->id, all->products[i]->id));
            assert_int_equal(some->products[i]->change_count, all->products[i]->change_count);
        }
        diff_free(some);
    }
    diff_free(all);
    struct diff *none = compared(&f, first, 10); // the same again
    assert_int_equal(none->product_count, 0);
    assert_int_equal(none->report.products_same, PRODUCTS);
    diff_free(none);
    fixture_close(&f);
}

// ---- words -----------------------------------------------------------------------------------------------------------------------
static void test_words(void **state) {
    (void)state;
    struct fixture f;
    struct rng r = {1};
    struct buf out;
    fixture_open(&f);
    vehicles_load(&f, MODELS);
    products_load(&f, r, NULL);
    fixture_refresh(&f);
    unsigned asked = 0;
    for (uint32_t product = 1; product <= PRODUCTS; product++) {
        struct application *list;
        unsigned count;
        assert_int_equal(applications_load(f.view, product, &list, &count), ERR_OK);
        assert_int_equal(count, 1);
        buf_init(&out, &f.arena, 64);
        application_words(f.view, list, &out);
        struct slice model = names_text(f.view, NAMES_MODEL, list->model);
        struct slice wanted = list->year_from == list->year_to
                                  ? arena_printf(&f.arena, "make %.*s %u; 2 pieces", SLICE_ARGS(slice_from(model, 5)), list->year_from)
                                  : arena_printf(&f.arena, "make %.*s %u-%u; 2 pieces", SLICE_ARGS(slice_from(model, 5)), list->year_from, list->year_to);
        if (list->condition_count) wanted = arena_printf(&f.arena, "%.*s; if with air conditioning", SLICE_ARGS(wanted));
        asked += list->condition_count;
        if (!slice_eq(buf_slice(&out), wanted)) fail_msg("%.*s, not %.*s", SLICE_ARGS(buf_slice(&out)), SLICE_ARGS(wanted));
    }
    assert_true(asked > 5 && asked < PRODUCTS);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cars), cmocka_unit_test(test_weights), cmocka_unit_test(test_shown),
                                       cmocka_unit_test(test_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// What a product fits against a plain enumeration: random cars with gaps in their years and attributes nobody combined, random
// applications, exclusions; and the case of a combination that the words allow but nobody built.
#include "index_fixture.h"

#include "index/catalog.h"
#include "index/names.h"
#include "index/product_vehicles.h"

#define MODELS 4
#define FIRST 2010
#define YEARS 8
#define CONFIGURATIONS 3
#define PRODUCTS 60
#define APPLICATIONS 6

static const char *const fuels[] = {"gasoline", "diesel", "electric"};
static const char *const gears[] = {"MT5", "AT6", "CVT"};

static unsigned draw(uint64_t *state, unsigned below) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

struct plain_configuration { int fuel, gear; };                                // -1 not known
struct plain_application { int model, from, to, fuel, gear, quantity, condition; }; // model -1: every model of the make
struct plain_product { int count; struct plain_application list[APPLICATIONS]; };
struct world {
    int counts[MODELS][YEARS]; // 0: there is no such car
    struct plain_configuration cars[MODELS][YEARS][CONFIGURATIONS];
    struct plain_product products[PRODUCTS];
    bool excluded[PRODUCTS][MODELS][YEARS];
    uint64_t rng;
};

static void world_random(struct world *w, uint64_t seed) {
    memset(w, 0, sizeof *w);
    w->rng = seed;
    for (int m = 0; m < MODELS; m++)
        for (int y = 0; y < YEARS; y++) {
            w->counts[m][y] = draw(&w->rng, 4) ? 1 + (int)draw(&w->rng, CONFIGURATIONS) : 0;
            for (int c = 0; c < w->counts[m][y]; c++)
                w->cars[m][y][c] = (struct plain_configuration){(int)draw(&w->rng, 4) - 1, (int)draw(&w->rng, 4) - 1};
        }
    w->counts[0][0] = 1; // no model is empty
    w->counts[1][3] = w->counts[2][3] = w->counts[3][3] = 1;
    for (int p = 0; p < PRODUCTS; p++) {
        struct plain_product *x = &w->products[p];
        x->count = (int)draw(&w->rng, APPLICATIONS + 1);
        for (int i = 0; i < x->count; i++) {
            struct plain_application *a = &x->list[i];
            *a = (struct plain_application){draw(&w->rng, 6) ? (int)draw(&w->rng, MODELS) : -1, FIRST - 2 + (int)draw(&w->rng, YEARS), 0,
                                            (int)draw(&w->rng, 6) - 3, (int)draw(&w->rng, 6) - 3, 1 + (int)draw(&w->rng, 2), draw(&w->rng, 6) == 0};
            a->to = a->from + (int)draw(&w->rng, YEARS);
        }
        for (int m = 0; m < MODELS; m++)
            for (int y = 0; y < YEARS; y++) w->excluded[p][m][y] = draw(&w->rng, 10) == 0;
    }
}

static int shape_of(const struct plain_application *a) { // what makes a line of its own
    int fuel = a->fuel < 0 ? 3 : a->fuel, gear = a->gear < 0 ? 3 : a->gear;
    return ((fuel * 4 + gear) * 3 + a->quantity) * 2 + a->condition;
}

// 0 ruled out, 1 perhaps or in part, 2 wholly
static int plain_match(const struct world *w, int p, const struct plain_application *a, int m, int y) {
    bool any = false, all = true;
    if (w->counts[m][y] == 0 || w->excluded[p][m][y] || (a->model >= 0 && a->model != m) || FIRST + y < a->from || FIRST + y > a->to) return 0;
    for (int c = 0; c < w->counts[m][y]; c++) {
        struct plain_configuration x = w->cars[m][y][c];
        bool no = (a->fuel >= 0 && x.fuel >= 0 && x.fuel != a->fuel) || (a->gear >= 0 && x.gear >= 0 && x.gear != a->gear);
        bool maybe = (a->fuel >= 0 && x.fuel < 0) || (a->gear >= 0 && x.gear < 0);
        any |= !no;
        all &= !no && !maybe;
    }
    return !any ? 0 : all && !a->condition ? 2 : 1;
}

static void world_load(struct fixture *f, const struct world *w) {
    struct vehicle_loader *vl = vehicle_loader_new(f->db);
    struct vehicle_load_report vehicles;
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    for (int m = 0; m < MODELS; m++)
        for (int y = 0; y < YEARS; y++)
            for (int c = 0; c < w->counts[m][y]; c++) {
                struct plain_configuration x = w->cars[m][y][c];
                struct vehicle_attribute attrs[3] = {{SLICE("trim"), arena_printf(&f->arena, "t%d", c)}};
                struct vehicle_configuration v = {.make = SLICE("make"), .model = arena_printf(&f->arena, "model%d", m), .source = SLICE("test"),
                                                  .year = (unsigned)(FIRST + y), .attributes = attrs, .attribute_count = 1};
                if (x.fuel >= 0) attrs[v.attribute_count++] = (struct vehicle_attribute){SLICE("fuel"), slice_str(fuels[x.fuel])};
                if (x.gear >= 0) attrs[v.attribute_count++] = (struct vehicle_attribute){SLICE("transmission"), slice_str(gears[x.gear])};
                assert_int_equal(vehicle_loader_add(vl, &v, &why), ERR_OK);
            }
    assert_int_equal(vehicle_loader_finish(vl, &vehicles, NULL, NULL, &why), ERR_OK);
    vehicle_loader_free(vl);
    assert_int_equal(catalog_loader_new(f->db, NULL, &l), ERR_OK);
    for (int p = 0; p < PRODUCTS; p++) {
        struct application_doc apps[APPLICATIONS];
        struct vehicle_doc cars[APPLICATIONS];
        struct pair attrs[APPLICATIONS][2];
        struct condition_doc condition = {CONDITION_TEXT, SLICE("with hook"), SLICE_NONE, SLICE_NONE};
        struct product_doc d = {.id = arena_printf(&f->arena, "p%02d", p), .brand = SLICE("b"), .number = arena_printf(&f->arena, "N%02d", p),
                                .type = SLICE("oil_filter"), .title = SLICE("t"), .cny_fen = -1, .usd_cents = -1, .applications = apps};
        for (int i = 0; i < w->products[p].count; i++) {
            const struct plain_application *a = &w->products[p].list[i];
            cars[i] = (struct vehicle_doc){.make = SLICE("make"), .model = a->model < 0 ? SLICE_NONE : arena_printf(&f->arena, "model%d", a->model),
                                           .year_from = (uint16_t)a->from, .year_to = (uint16_t)a->to, .attrs = attrs[i]};
            if (a->fuel >= 0) attrs[i][cars[i].attr_count++] = (struct pair){SLICE("fuel"), slice_str(fuels[a->fuel])};
            if (a->gear >= 0) attrs[i][cars[i].attr_count++] = (struct pair){SLICE("transmission"), slice_str(gears[a->gear])};
            apps[d.application_count++] = (struct application_doc){.quantity = (uint16_t)a->quantity, .vehicle_count = 1, .vehicles = &cars[i],
                                                                   .condition_count = (unsigned)a->condition, .conditions = &condition};
        }
        if (catalog_loader_product(l, &d, &why) != ERR_OK) fail_msg("%s", why.message);
    }
    if (catalog_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    catalog_loader_free(l);
    fixture_refresh(f);
}

static void exclusions_put(struct fixture *f, const struct world *w) {
    struct txn *t;
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    for (int p = 0; p < PRODUCTS; p++)
        for (int m = 0; m < MODELS; m++)
            for (int y = 0; y < YEARS; y++) {
                uint32_t product, vehicle;
                if (!w->excluded[p][m][y] || w->counts[m][y] == 0) continue;
                assert_int_equal(product_find(f->view, arena_printf(&f->arena, "p%02d", p), &product), ERR_OK);
                assert_int_equal(vehicle_find(f->view, arena_printf(&f->arena, "%d-make-model%d", FIRST + y, m), &vehicle), ERR_OK);
                uint32_t key[3] = {__builtin_bswap32(vehicle), __builtin_bswap32(product), 0};
                assert_int_equal(txn_put(t, TABLE_EXCLUSION, slice_of(key, sizeof key), SLICE("x")), ERR_OK);
            }
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    fixture_refresh(f);
}

// "2012-2018,2020" as bits of years from FIRST on.
static unsigned years_read(struct slice text) {
    unsigned bits = 0;
    while (text.p && text.n) {
        struct slice range = slice_cut(&text, ','), to = range, from = slice_cut(&to, '-');
        uint64_t a, b;
        assert_true(slice_u64(from, &a));
        if (to.p) assert_true(slice_u64(to, &b));
        else b = a;
        assert_true(a <= b && a >= FIRST && b < FIRST + YEARS);
        for (uint64_t y = a; y <= b; y++) bits |= 1u << (y - FIRST);
    }
    return bits;
}

static int line_shape(struct view *v, const struct application *a) {
    struct plain_application x = {.fuel = -1, .gear = -1, .quantity = a->quantity, .condition = a->condition_count > 0};
    for (unsigned i = 0; i < a->term_count; i++) {
        bool fuel = slice_is(names_text(v, NAMES_ATTRIBUTE, a->terms[i].attr), "fuel");
        struct slice value = names_text(v, NAMES_VALUE + a->terms[i].attr, a->terms[i].values[0]);
        for (int k = 0; k < 3; k++)
            if (slice_is(value, fuel ? fuels[k] : gears[k])) *(fuel ? &x.fuel : &x.gear) = k;
    }
    return shape_of(&x);
}

static unsigned compare(struct fixture *f, const struct world *w, int p) {
    struct product_lines lines;
    uint32_t id;
    unsigned expected_lines = 0, expected_cars = 0;
    bool listed[MODELS][YEARS] = {{false}};
    assert_int_equal(product_find(f->view, arena_printf(&f->arena, "p%02d", p), &id), ERR_OK);
    assert_int_equal(product_lines(f->view, id, &lines), ERR_OK);
    for (int m = 0; m < MODELS; m++)
        for (int shape = 0; shape < 4 * 4 * 3 * 2; shape++) {
            unsigned bits = 0;
            bool whole = true;
            for (int y = 0; y < YEARS; y++) {
                int best = 0, worst = 2;
                for (int i = 0; i < w->products[p].count; i++) {
                    const struct plain_application *a = &w->products[p].list[i];
                    if (shape_of(a) != shape) continue;
                    int one = plain_match(w, p, a, m, y);
                    if (one > best) best = one;
                    if (one && one < worst) worst = one;
                }
                if (best == 0) continue;
                bits |= 1u << y;
                whole &= worst == 2;
                listed[m][y] = true;
            }
            if (!bits) continue;
            const struct product_line *found = NULL;
            for (unsigned i = 0; i < lines.count; i++) {
                struct slice name = names_text(f->view, NAMES_MODEL, lines.list[i].model);
                if (slice_eq(name, arena_printf(&f->arena, "make/model%d", m)) && line_shape(f->view, lines.list[i].a) == shape) {
                    assert_null(found);
                    found = &lines.list[i];
                }
            }
            if (!found) fail_msg("product %d model %d: a line is missing", p, m);
            if (years_read(found->years) != bits) fail_msg("product %d model %d: years %.*s", p, m, SLICE_ARGS(found->years));
            assert_int_equal(found->whole, whole);
            assert_int_equal(found->vehicles, __builtin_popcount(bits));
            expected_lines++;
        }
    for (int m = 0; m < MODELS; m++)
        for (int y = 0; y < YEARS; y++) expected_cars += listed[m][y];
    assert_int_equal(lines.count, expected_lines);
    assert_int_equal(lines.vehicles, expected_cars);
    return expected_lines;
}

static void test_against_enumeration(void **state) {
    (void)state;
    unsigned lines = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct fixture f;
        struct world *w = malloc(sizeof *w);
        assert_non_null(w);
        fixture_open(&f);
        world_random(w, seed);
        world_load(&f, w);
        exclusions_put(&f, w);
        for (int p = 0; p < PRODUCTS; p++) lines += compare(&f, w, p);
        fixture_close(&f);
        free(w);
    }
    assert_true(lines > 500);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_enumeration)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

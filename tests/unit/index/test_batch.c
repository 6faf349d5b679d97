// Random loads, single changes, exclusions, new vehicles and take-backs against a plain model: which product fits which model, year and fuel.
#include "catalog_fixture.h"

#include "index/batch.h"
#include "index/bulk.h"
#include "index/catalog.h"
#include "index/exclusion.h"
#include "index/fitment.h"
#include "index/names.h"

struct rng { uint64_t state; };
static unsigned rng_next(struct rng *r, unsigned below) {
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(r->state >> 33) % below;
}

enum { PRODUCTS = 12, BRANDS = 3, MODELS = 4, YEARS = 8, FUELS = 3, FIRST_YEAR = 2010, NEW_MODEL = MODELS - 1, ROUNDS = 120 };
static const char *const fuels[FUELS] = {NULL, "gasoline", "diesel"}; // of an application; NULL: any

struct plain_product {
    bool exists;
    int title;
    bool fits[MODELS][YEARS][FUELS];
    bool excluded[MODELS][YEARS];
    unsigned changed; // by a single change, counted
};
struct plain { struct plain_product products[PRODUCTS]; };

struct test {
    struct fixture f;
    struct rng rng;
    struct plain now, before; // before the newest load
    unsigned changes;
    bool new_model;           // its vehicles have come
};

static struct slice text(struct test *t, const char *format, int n) {
    char space[64];
    snprintf(space, sizeof space, format, n);
    return arena_copy(&t->f.arena, slice_str(space));
}

static struct slice brand_of(struct test *t, int product) { return text(t, "Brand%d", product % BRANDS); }
static struct slice number_of(struct test *t, int product) { return text(t, "N-%d", product); }

// ---- documents ----------------------------------------------------------------------------------------------------------------
struct span { int model, from, to, fuel; };

static struct span span_random(struct test *t) {
    struct span s = {(int)rng_next(&t->rng, MODELS), (int)rng_next(&t->rng, YEARS), 0, (int)rng_next(&t->rng, FUELS)};
    s.to = s.from + (int)rng_next(&t->rng, (unsigned)(YEARS - s.from));
    return s;
}

static struct application_doc application_of(struct test *t, struct span s) {
    struct vehicle_doc *car = ARENA_NEW(&t->f.arena, struct vehicle_doc);
    struct pair *fuel = ARENA_NEW(&t->f.arena, struct pair);
    *car = (struct vehicle_doc){.make = SLICE("Make"), .model = text(t, "Model%d", s.model), .year_from = (uint16_t)(FIRST_YEAR + s.from),
                                .year_to = (uint16_t)(FIRST_YEAR + s.to), .attrs = fuel, .attr_count = s.fuel > 0};
    if (s.fuel) *fuel = (struct pair){SLICE("fuel"), slice_str(fuels[s.fuel])};
    return (struct application_doc){.quantity = 1, .source = SLICE("test"), .line = rng_next(&t->rng, 100), .vehicle_count = 1, .vehicles = car};
}

static void span_set(struct plain_product *p, struct span s, bool value) {
    for (int y = s.from; y <= s.to; y++) p->fits[s.model][y][s.fuel] = value;
}

static bool span_all(const struct plain_product *p, struct span s) {
    for (int y = s.from; y <= s.to; y++)
        if (!p->fits[s.model][y][s.fuel]) return false;
    return true;
}

static void must(enum err err, const struct fault *why) {
    if (err != ERR_OK) fail_msg("%s: %s", err_name(err), why->message);
}

static struct product_doc product_random(struct test *t, int product, struct plain_product *p) {
    unsigned count = rng_next(&t->rng, 4);
    struct application_doc *list = ARENA_ARRAY(&t->f.arena, struct application_doc, count);
    p->title = (int)rng_next(&t->rng, 100);
    if (!p->exists || count) memset(p->fits, 0, sizeof p->fits);
    p->exists = true;
    for (unsigned i = 0; i < count; i++) {
        struct span s = span_random(t);
        list[i] = application_of(t, s);
        span_set(p, s, true);
    }
    return (struct product_doc){.id = text(t, "p%d", product), .brand = brand_of(t, product), .number = number_of(t, product),
                                .type = SLICE("oil_filter"), .title = text(t, "title %d", p->title), .cny_fen = 100, .usd_cents = -1,
                                .applications = list, .application_count = count};
}

// ---- a load -------------------------------------------------------------------------------------------------------------------------
static unsigned missed;
static void count_missed(void *arg, const char *source, uint64_t line, const char *message) {
    (void)arg, (void)source, (void)line, (void)message;
    missed++;
}

static void full_brand(struct test *t, struct catalog_loader *l, const bool described[PRODUCTS]) {
    struct fault why = {0};
    int brand = (int)rng_next(&t->rng, BRANDS);
    must(catalog_loader_full(l, text(t, "Brand%d", brand), &why), &why);
    for (int i = brand; i < PRODUCTS; i += BRANDS)
        if (!described[i]) memset(t->now.products[i].fits, 0, sizeof t->now.products[i].fits);
}

static void load_change(struct test *t, struct catalog_loader *l, int product, unsigned *expected_missed) {
    struct plain_product *p = &t->now.products[product];
    struct fault why = {0};
    struct span s = span_random(t);
    struct application_doc doc = application_of(t, s);
    bool add = rng_next(&t->rng, 2);
    must(catalog_loader_application(l, add ? CATALOG_ADD : CATALOG_REMOVE, brand_of(t, product), number_of(t, product), SLICE("oil_filter"), &doc,
                                    &why), &why);
    if (add) span_set(p, s, true);
    else if (span_all(p, s)) span_set(p, s, false);
    else ++*expected_missed;
}

static void load_random(struct test *t, bool rebuild, uint32_t *batch) {
    struct catalog_load_options options = {.sources = SLICE("test"), .rebuild = rebuild, .polite = rng_next(&t->rng, 2), .reject = count_missed};
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    bool described[PRODUCTS] = {false}, removed[PRODUCTS] = {false};
    unsigned expected_missed = 0;
    missed = 0;
    t->before = t->now;
    assert_int_equal(catalog_loader_new(t->f.db, &options, &l), ERR_OK);
    for (unsigned n = rng_next(&t->rng, 4); n > 0; n--) {
        int product = (int)rng_next(&t->rng, PRODUCTS);
        if (described[product]) continue;
        struct product_doc doc = product_random(t, product, &t->now.products[product]);
        described[product] |= doc.application_count > 0;
        must(catalog_loader_product(l, &doc, &why), &why);
    }
    if (rng_next(&t->rng, 5) == 0) full_brand(t, l, described);
    for (unsigned n = rng_next(&t->rng, 8); n > 0; n--) {
        int product = (int)rng_next(&t->rng, PRODUCTS);
        if (t->now.products[product].exists && !removed[product]) load_change(t, l, product, &expected_missed);
    }
    int gone = (int)rng_next(&t->rng, PRODUCTS);
    if (t->now.products[gone].exists && rng_next(&t->rng, 3) == 0) {
        must(catalog_loader_remove(l, brand_of(t, gone), number_of(t, gone), &why), &why);
        memset(&t->now.products[gone].fits, 0, sizeof t->now.products[gone].fits);
        t->now.products[gone].exists = false;
    }
    must(catalog_loader_finish(l, &report, NULL, NULL, &why), &why);
    catalog_loader_free(l);
    assert_int_equal(missed, expected_missed);
    *batch = report.batch;
}

// ---- single changes -------------------------------------------------------------------------------------------------------------------
static struct txn *txn_open(struct test *t) {
    struct txn *txn;
    struct fault why = {0};
    must(txn_begin(t->f.db, &txn, &why), &why);
    return txn;
}

static void single_change(struct test *t) {
    int product = (int)rng_next(&t->rng, PRODUCTS);
    struct plain_product *p = &t->now.products[product];
    struct fault why = {0};
    struct arena scratch;
    struct txn *txn = txn_open(t);
    arena_init(&scratch, 1 << 16, 64 << 20);
    if (p->exists) {
        struct span s = span_random(t);
        struct application_doc doc = application_of(t, s);
        bool add = rng_next(&t->rng, 2);
        enum err e = catalog_put_application(txn, &scratch, add ? CATALOG_ADD : CATALOG_REMOVE, brand_of(t, product), number_of(t, product),
                                             SLICE("oil_filter"), &doc, &why);
        assert_int_equal(e, add || span_all(p, s) ? ERR_OK : ERR_NOT_FOUND);
        if (e == ERR_OK) span_set(p, s, add);
        if (e == ERR_OK) p->changed = ++t->changes;
    } else {
        uint32_t id;
        struct product_doc doc = product_random(t, product, p);
        must(catalog_put(txn, &scratch, &doc, &id, &why), &why);
        p->changed = ++t->changes;
    }
    must(txn_commit(txn, &why), &why);
    arena_destroy(&scratch);
}

static void exclusion_change(struct test *t) {
    int product = (int)rng_next(&t->rng, PRODUCTS), model = (int)rng_next(&t->rng, NEW_MODEL), year = (int)rng_next(&t->rng, YEARS);
    struct plain_product *p = &t->now.products[product];
    struct arena scratch;
    struct fault why = {0};
    char vehicle[64];
    if (!p->exists) return;
    struct txn *txn = txn_open(t);
    arena_init(&scratch, 1 << 16, 64 << 20);
    snprintf(vehicle, sizeof vehicle, "%d-make-model%d", FIRST_YEAR + year, model);
    if (p->excluded[model][year])
        must(exclusion_delete(txn, &scratch, text(t, "p%d", product), slice_str(vehicle), &why), &why);
    else
        must(exclusion_put(txn, &scratch, text(t, "p%d", product), slice_str(vehicle), 1, SLICE("anna"), SLICE("returned"), &why), &why);
    p->excluded[model][year] ^= true;
    t->before.products[product].excluded[model][year] ^= true; // no import touches them
    must(txn_commit(txn, &why), &why);
    arena_destroy(&scratch);
}

static void take_back(struct test *t, uint32_t batch, unsigned changes_then) {
    struct batch_undo_report report;
    struct arena scratch;
    struct fault why = {0};
    struct txn *txn = txn_open(t);
    arena_init(&scratch, 1 << 16, 64 << 20);
    enum err e = batch_take_back(txn, &scratch, batch, &report, &why);
    if (e != ERR_OK) fail_msg("take back: %d %s", e, why.message);
    must(txn_commit(txn, &why), &why);
    arena_destroy(&scratch);
    for (int i = 0; i < PRODUCTS; i++)
        if (t->now.products[i].changed <= changes_then) t->now.products[i] = t->before.products[i];
}

// The vehicles of the new model, put one by one, and what waited for them.
static void model_arrives(struct test *t) {
    struct fault why = {0};
    struct arena scratch;
    struct catalog_loader *l;
    struct catalog_report report;
    arena_init(&scratch, 1 << 16, 64 << 20);
    for (int year = 0; year < YEARS; year++) {
        struct vehicle_attribute fuel[2] = {{SLICE("fuel"), SLICE("gasoline")}, {SLICE("fuel"), SLICE("diesel")}};
        struct vehicle_configuration c[2] = {{.attribute_count = 1, .attributes = &fuel[0]}, {.attribute_count = 1, .attributes = &fuel[1]}};
        struct vehicle_put put = {.make = SLICE("Make"), .model = text(t, "Model%d", NEW_MODEL), .year = (unsigned)(FIRST_YEAR + year),
                                  .configurations = c, .configuration_count = 2};
        fixture_refresh(&t->f);
        must(vehicle_put_prepare(t->f.view, &put, &why), &why);
        struct txn *txn = txn_open(t);
        arena_reset(&scratch);
        must(vehicle_put_apply(txn, &scratch, &put, &why), &why);
        must(txn_commit(txn, &why), &why);
    }
    assert_int_equal(catalog_loader_new(t->f.db, NULL, &l), ERR_OK);
    must(catalog_loader_parked(l, &why), &why);
    must(catalog_loader_finish(l, &report, NULL, NULL, &why), &why);
    catalog_loader_free(l);
    arena_destroy(&scratch);
    t->new_model = true;
}

// ---- comparing ----------------------------------------------------------------------------------------------------------------------------
static bool plain_fits(const struct plain_product *p, int model, int year, int fuel) {
    return p->exists && !p->excluded[model][year] && (p->fits[model][year][0] || p->fits[model][year][fuel]);
}

static void compare_car(struct test *t, int model, int year, int fuel) {
    struct fault why = {0};
    struct knowledge k;
    struct fitment found;
    char vehicle[64], attrs[32];
    bool listed[PRODUCTS] = {false};
    snprintf(vehicle, sizeof vehicle, "%d-make-model%d", FIRST_YEAR + year, model);
    snprintf(attrs, sizeof attrs, "fuel:%s", fuels[fuel]);
    must(knowledge_parse(t->f.view, slice_str(vehicle), slice_str(attrs), SLICE_NONE, &k, &why), &why);
    assert_int_equal(fitment_find(t->f.view, &k, 0, true, &found), ERR_OK);
    for (unsigned i = 0; i < found.count; i++) {
        struct product p;
        assert_int_equal(product_load(t->f.view, found.matches[i].product, &p), ERR_OK);
        int product = atoi(fixture_string(&t->f, slice_from(p.external_id, 1)));
        assert_int_equal(found.matches[i].verdict, VERDICT_FITS); // everything is known
        assert_false(listed[product]);
        listed[product] = true;
    }
    for (int i = 0; i < PRODUCTS; i++) {
        uint32_t id;
        struct match m;
        if (listed[i] != plain_fits(&t->now.products[i], model, year, fuel)) fail_msg("p%d %s %s: listed %d", i, vehicle, attrs, listed[i]);
        if (!t->now.products[i].exists) continue;
        assert_int_equal(product_find(t->f.view, text(t, "p%d", i), &id), ERR_OK);
        assert_int_equal(fitment_verdict(t->f.view, &k, id, &m), ERR_OK);
        assert_int_equal(m.verdict == VERDICT_FITS, listed[i]);
        if (t->now.products[i].excluded[model][year]) assert_int_equal(m.verdict, VERDICT_NO);
    }
}

static void compare(struct test *t) {
    view_end(t->f.view);
    arena_reset(&t->f.arena);
    assert_int_equal(view_begin(t->f.view, &t->f.arena), ERR_OK);
    for (int i = 0; i < PRODUCTS; i++) {
        uint32_t id;
        struct product p;
        enum err e = product_find(t->f.view, text(t, "p%d", i), &id);
        assert_int_equal(e, t->now.products[i].exists ? ERR_OK : ERR_NOT_FOUND);
        if (e != ERR_OK) continue;
        assert_int_equal(product_load(t->f.view, id, &p), ERR_OK);
        assert_true(slice_eq(p.title, text(t, "title %d", t->now.products[i].title)));
    }
    for (int model = 0; model < MODELS - !t->new_model; model++)
        for (int year = 0; year < YEARS; year++) compare_car(t, model, year, 1 + (int)rng_next(&t->rng, 2));
}

static void vehicles_load(struct test *t) {
    struct vehicle_loader *l = vehicle_loader_new(t->f.db);
    struct vehicle_load_report report;
    struct fault why = {0};
    for (int model = 0; model < NEW_MODEL; model++)
        for (int year = 0; year < YEARS; year++)
            for (int fuel = 1; fuel < FUELS; fuel++) {
                struct vehicle_attribute attribute = {SLICE("fuel"), slice_str(fuels[fuel])};
                struct vehicle_configuration c = {.make = SLICE("Make"), .model = text(t, "Model%d", model), .source = SLICE("test"),
                                                  .year = (unsigned)(FIRST_YEAR + year), .attribute_count = 1, .attributes = &attribute};
                must(vehicle_loader_add(l, &c, &why), &why);
            }
    must(vehicle_loader_finish(l, &report, NULL, NULL, &why), &why);
    vehicle_loader_free(l);
}

static void run(uint64_t seed) {
    struct test t = {.rng = {seed}};
    fixture_open(&t.f);
    vehicles_load(&t);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t batch;
        bool rebuild = rng_next(&t.rng, 4) == 0;
        load_random(&t, rebuild, &batch);
        unsigned changes_then = t.changes;
        compare(&t);
        for (unsigned n = rng_next(&t.rng, 4); n > 0; n--) single_change(&t);
        if (rng_next(&t.rng, 3) == 0) exclusion_change(&t);
        if (rng_next(&t.rng, 3) == 0) fixture_merge_all(&t.f);
        compare(&t);
        if (batch && rng_next(&t.rng, 3) == 0) take_back(&t, batch, changes_then);
        if (round == ROUNDS / 2) model_arrives(&t);
        compare(&t);
    }
    fixture_close(&t.f);
}

static void test_random(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) run(seed);
}

// Few items, much to write, some of it the same as before: found to be too much for one transaction when all is compared, so the other
// slot is built after all.
enum { MANY = 1900, SAME = 50 };
static void many_load(struct test *t, char letter, struct catalog_report *report) {
    struct catalog_loader *l;
    struct fault why = {0};
    char title[1000];
    assert_int_equal(catalog_loader_new(t->f.db, NULL, &l), ERR_OK);
    for (int i = 0; i < MANY; i++) {
        memset(title, i < SAME ? 'a' : letter, sizeof title);
        struct product_doc doc = {.id = text(t, "p%d", i), .brand = brand_of(t, i), .number = number_of(t, i), .type = SLICE("oil_filter"),
                                  .title = slice_of(title, sizeof title), .title_zh = slice_of(title, 300), .cny_fen = 100, .usd_cents = -1};
        must(catalog_loader_product(l, &doc, &why), &why);
    }
    must(catalog_loader_finish(l, report, NULL, NULL, &why), &why);
    catalog_loader_free(l);
}

static void test_much_and_same(void **state) {
    (void)state;
    struct test t = {.rng = {1}};
    struct catalog_report report;
    struct product p;
    uint32_t id;
    fixture_open(&t.f);
    many_load(&t, 'a', &report);
    assert_int_equal(report.products_new, MANY);
    many_load(&t, 'b', &report);
    assert_true(report.switched);
    assert_int_equal(report.products_same, SAME);
    assert_int_equal(report.products_changed, MANY - SAME);
    fixture_refresh(&t.f);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(product_find(t.f.view, text(&t, "p%d", i), &id), ERR_OK);
        assert_int_equal(product_load(t.f.view, id, &p), ERR_OK);
        assert_int_equal(p.title.p[0], i < SAME ? 'a' : 'b');
    }
    fixture_close(&t.f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_much_and_same), cmocka_unit_test(test_random)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

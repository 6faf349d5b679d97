// What a dry run says about verdicts against what they are before and after the same load is really made.
#include "catalog_fixture.h"

#include "index/application_diff.h"
#include "index/catalog.h"
#include "index/exclusion.h"
#include "index/fitment_change.h"
#include "index/names.h"

enum { PRODUCTS = 14, BRANDS = 2, TYPES = 2, MODELS = 3, YEARS = 6, CARS = MODELS * YEARS, FIRST_YEAR = 2010, ROUNDS = 150 };

struct rng { uint64_t state; };
static unsigned rng_next(struct rng *r, unsigned below) {
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(r->state >> 33) % below;
}

struct said { uint32_t product; struct slice id; struct fitment_change change; };
struct test {
    struct fixture f;
    struct rng rng;
    uint32_t cars[CARS];
    uint8_t verdicts[2][PRODUCTS][CARS]; // before and after the load
    bool covered[2][PRODUCTS][CARS];
    struct fitment_changes *changes;
    struct said said[PRODUCTS * CARS];
    unsigned said_count;
    bool touched[PRODUCTS];
    struct arena kept;
    unsigned seen[FITMENT_STATES][FITMENT_STATES]; // over all rounds
    unsigned undecided;
};

static void must(enum err err, const struct fault *why) {
    if (err != ERR_OK) fail_msg("%s: %s", err_name(err), why->message);
}

static struct slice text(struct test *t, const char *format, unsigned n) { return arena_printf(&t->f.arena, format, n); }

// ---- vehicles: some with two fuels, some with one, some that do not know it ---------------------------------------------------------
static void vehicle_add(struct test *t, struct vehicle_loader *l, unsigned model, unsigned year, const char *fuel) {
    struct fault why = {0};
    struct vehicle_attribute attribute = {SLICE("fuel"), slice_str(fuel ? fuel : "")};
    struct vehicle_configuration c = {.make = SLICE("Make"), .model = text(t, "Model%u", model), .source = SLICE("test"),
                                      .year = FIRST_YEAR + year, .attribute_count = fuel != NULL, .attributes = &attribute};
    must(vehicle_loader_add(l, &c, &why), &why);
}

static void vehicles_load(struct test *t) {
    struct vehicle_loader *l = vehicle_loader_new(t->f.db);
    struct vehicle_load_report report;
    struct fault why = {0};
    for (unsigned model = 0; model < MODELS; model++)
        for (unsigned year = 0; year < YEARS; year++) {
            vehicle_add(t, l, model, year, year % 3 == 2 ? NULL : "gasoline");
            if (year % 3 == 0) vehicle_add(t, l, model, year, "diesel");
        }
    must(vehicle_loader_finish(l, &report, NULL, NULL, &why), &why);
    vehicle_loader_free(l);
    fixture_refresh(&t->f);
    for (unsigned i = 0; i < CARS; i++) {
        struct slice slug = arena_printf(&t->f.arena, "%u-make-model%u", FIRST_YEAR + i % YEARS, i / YEARS);
        assert_int_equal(vehicle_find(t->f.view, slug, &t->cars[i]), ERR_OK);
    }
}

// ---- the same documents twice --------------------------------------------------------------------------------------------------------
static struct application_doc application_random(struct test *t) {
    static const char *const fuels[] = {"gasoline", "diesel", "hydrogen"}; // the last is a new value for the database
    struct vehicle_doc *car = ARENA_NEW(&t->f.arena, struct vehicle_doc);
    struct pair *fuel = ARENA_NEW(&t->f.arena, struct pair);
    struct condition_doc *condition = ARENA_NEW(&t->f.arena, struct condition_doc);
    unsigned from = rng_next(&t->rng, YEARS), to = from + rng_next(&t->rng, YEARS - from), model = rng_next(&t->rng, MODELS * 5);
    *car = (struct vehicle_doc){.make = SLICE("Make"), .year_from = (uint16_t)(FIRST_YEAR + from), .year_to = (uint16_t)(FIRST_YEAR + to),
                                .attrs = fuel, .attr_count = rng_next(&t->rng, 3) == 0};
    if (model == 0) car->model = SLICE("Nowhere"); // parked
    else if (model > 1) car->model = text(t, "Model%u", model % MODELS);
    *fuel = (struct pair){SLICE("fuel"), slice_str(fuels[rng_next(&t->rng, 3)])};
    *condition = (struct condition_doc){.type = CONDITION_TEXT, .text = text(t, "with option %u", rng_next(&t->rng, 1000))};
    return (struct application_doc){.quantity = 1, .source = text(t, "source %u", rng_next(&t->rng, 1000)), .vehicle_count = 1, .vehicles = car,
                                    .condition_count = rng_next(&t->rng, 8) == 0, .conditions = condition};
}

static struct slice brand_of(struct test *t, unsigned product) { return text(t, "Brand%u", product % BRANDS); }
static struct slice number_of(struct test *t, unsigned product) { return text(t, "N-%u", product); }
static struct slice type_of(unsigned product) { return product % 4 < 2 ? SLICE("oil_filter") : SLICE("air_filter"); }

static void product_load_random(struct test *t, struct catalog_loader *l, unsigned product) {
    struct fault why = {0};
    unsigned count = rng_next(&t->rng, 4);
    struct application_doc *list = ARENA_ARRAY(&t->f.arena, struct application_doc, count + 1);
    for (unsigned i = 0; i < count; i++) list[i] = application_random(t);
    struct product_doc doc = {.brand = brand_of(t, product), .number = number_of(t, product),
                              .type = rng_next(&t->rng, 6) ? type_of(product) : SLICE("air_filter"), .title = SLICE("title"),
                              .universal = rng_next(&t->rng, 10) == 0, .cny_fen = 100, .usd_cents = -1, .applications = list,
                              .application_count = count};
    must(catalog_loader_product(l, &doc, &why), &why);
}

static void documents_load(struct test *t, struct catalog_loader *l) {
    struct fault why = {0};
    for (unsigned i = 0; i < PRODUCTS; i++)
        if (rng_next(&t->rng, 5) == 0) product_load_random(t, l, i);
    if (rng_next(&t->rng, 8) == 0) must(catalog_loader_full(l, brand_of(t, rng_next(&t->rng, BRANDS)), &why), &why);
    for (unsigned n = rng_next(&t->rng, 4); n > 0; n--) {
        unsigned product = rng_next(&t->rng, PRODUCTS);
        struct application_doc doc = application_random(t);
        must(catalog_loader_application(l, CATALOG_ADD, brand_of(t, product), number_of(t, product), type_of(product), &doc, &why), &why);
    }
    unsigned gone = rng_next(&t->rng, PRODUCTS * 2);
    if (gone < PRODUCTS) (void)catalog_loader_remove(l, brand_of(t, gone), number_of(t, gone), &why); // may not be there
}

static void load(struct test *t, struct rng rng, const struct catalog_load_options *options) {
    struct catalog_loader *l;
    struct catalog_report report;
    struct fault why = {0};
    t->rng = rng;
    assert_int_equal(catalog_loader_new(t->f.db, options, &l), ERR_OK);
    documents_load(t, l);
    must(catalog_loader_finish(l, &report, NULL, NULL, &why), &why);
    catalog_loader_free(l);
}

// ---- verdicts as the database has them -------------------------------------------------------------------------------------------------
static int product_of(struct slice id) { // "brand1-N7"
    size_t at = id.n;
    while (at && id.p[at - 1] >= '0' && id.p[at - 1] <= '9') at--;
    char digits[16];
    slice_copy(slice_from(id, at), digits, sizeof digits);
    return atoi(digits);
}

static uint32_t id_of(struct test *t, unsigned product) {
    struct number_hit hits[64];
    unsigned count;
    char canonical[32];
    struct slice number = number_of(t, product);
    size_t n = number_canonical(number, canonical, sizeof canonical);
    assert_int_equal(number_lookup(t->f.view, slice_of(canonical, n), 64, hits, &count), ERR_OK);
    for (unsigned i = 0; i < count; i++)
        if (hits[i].relation == NUMBER_OWN && !(columns_facts(t->f.view, hits[i].product)->flags & FACT_DELETED)) return hits[i].product;
    return 0;
}

static void verdicts_read(struct test *t, unsigned which) {
    fixture_refresh(&t->f);
    memset(t->verdicts[which], FITMENT_ABSENT, sizeof t->verdicts[which]);
    memset(t->covered[which], 0, sizeof t->covered[which]);
    for (unsigned p = 0; p < PRODUCTS; p++) {
        uint32_t id = id_of(t, p);
        struct application *list;
        unsigned count;
        if (!id) continue;
        bool universal = columns_facts(t->f.view, id)->flags & FACT_UNIVERSAL;
        assert_int_equal(applications_load(t->f.view, id, &list, &count), ERR_OK);
        for (unsigned car = 0; car < CARS; car++) {
            struct fault why = {0};
            struct knowledge k;
            struct match m;
            struct slice slug = arena_printf(&t->f.arena, "%u-make-model%u", FIRST_YEAR + car % YEARS, car / YEARS);
            must(knowledge_parse(t->f.view, slug, SLICE_NONE, SLICE_NONE, &k, &why), &why);
            assert_int_equal(fitment_verdict(t->f.view, &k, id, &m), ERR_OK);
            t->verdicts[which][p][car] = m.verdict;
            const struct vehicle *v = k.vehicles[0].vehicle;
            for (unsigned i = 0; i < count && !universal; i++)
                t->covered[which][p][car] |= application_covers(&list[i], v->make, v->model, v->year);
            t->covered[which][p][car] |= universal;
        }
    }
}

// ---- what the dry run says ---------------------------------------------------------------------------------------------------------------
static void compare(void *arg, struct view *v, uint32_t product, const struct product_version *before, const struct product_version *after) {
    struct test *t = arg;
    const struct fitment_change *list;
    unsigned count;
    struct product p;
    assert_int_equal(fitment_changes_of(t->changes, product, before, after, &list, &count), ERR_OK);
    assert_int_equal(product_decode(v->arena, after->exists ? after->record : before->record, &p), ERR_OK);
    t->touched[product_of(p.external_id)] = true;
    for (unsigned i = 0; i < count; i++)
        t->said[t->said_count++] = (struct said){product, arena_copy(&t->kept, p.external_id), list[i]};
}

static void check_said(struct test *t) {
    for (unsigned i = 0; i < t->said_count; i++) {
        const struct fitment_change *c = &t->said[i].change;
        int p = product_of(t->said[i].id);
        t->undecided += c->undecided > 0;
        assert_int_equal(c->from, t->verdicts[0][p][c->car]);
        if (fitment_change_to(t->changes, c) != t->verdicts[1][p][c->car])
            fail_msg("%.*s car %u: said %s, is %s", SLICE_ARGS(t->said[i].id), c->car, fitment_state_name(fitment_change_to(t->changes, c)),
                     fitment_state_name(t->verdicts[1][p][c->car]));
    }
}

static void check_counts(struct test *t) {
    unsigned expected[FITMENT_STATES][FITMENT_STATES] = {{0}};
    for (unsigned p = 0; p < PRODUCTS; p++)
        for (unsigned car = 0; car < CARS; car++) {
            unsigned from = t->verdicts[0][p][car], to = t->verdicts[1][p][car];
            bool meant = t->touched[p] && (t->covered[0][p][car] || t->covered[1][p][car]);
            if (from == to) continue;
            if (meant) expected[from][to]++;
            else assert_true((from <= VERDICT_NO && to <= VERDICT_NO) || t->touched[p]); // the rest of its brand has changed
        }
    for (unsigned from = 0; from < FITMENT_STATES; from++)
        for (unsigned to = 0; to < FITMENT_STATES; to++) {
            assert_int_equal(fitment_changes_count(t->changes, from, to), expected[from][to]);
            t->seen[from][to] += expected[from][to];
        }
}

static void exclusion_toggle(struct test *t) {
    struct fault why = {0};
    struct arena scratch;
    struct txn *txn;
    struct product p;
    uint32_t id = id_of(t, rng_next(&t->rng, PRODUCTS));
    if (!id) return;
    arena_init(&scratch, 1 << 16, 64 << 20);
    assert_int_equal(product_load(t->f.view, id, &p), ERR_OK);
    struct slice slug = arena_printf(&t->f.arena, "%u-make-model%u", FIRST_YEAR + rng_next(&t->rng, YEARS), rng_next(&t->rng, MODELS));
    must(txn_begin(t->f.db, &txn, &why), &why);
    enum err e = exclusion_delete(txn, &scratch, p.external_id, slug, &why);
    if (e == ERR_NOT_FOUND) must(exclusion_put(txn, &scratch, p.external_id, slug, 1, SLICE("anna"), SLICE("returned"), &why), &why);
    must(txn_commit(txn, &why), &why);
    arena_destroy(&scratch);
}

static void names_expect(struct test *t, unsigned expected[3]) {
    fixture_refresh(&t->f);
    assert_int_equal(names_count(t->f.view->snapshot, NAMES_SOURCE), expected[0]);
    assert_int_equal(names_count(t->f.view->snapshot, NAMES_CONDITION), expected[1]);
    assert_int_equal(columns_products(t->f.view), expected[2]);
}

static void round_run(struct test *t, struct rng rng) {
    struct catalog_load_options dry = {.dry_run = true, .polite = true, .compare = compare, .arg = t}, real = {.rebuild = rng.state % 7 == 0};
    view_end(t->f.view);
    arena_reset(&t->f.arena);
    arena_reset(&t->kept);
    assert_int_equal(view_begin(t->f.view, &t->f.arena), ERR_OK);
    t->said_count = 0;
    memset(t->touched, 0, sizeof t->touched);
    verdicts_read(t, 0);
    unsigned names[3] = {names_count(t->f.view->snapshot, NAMES_SOURCE), names_count(t->f.view->snapshot, NAMES_CONDITION),
                         columns_products(t->f.view)};
    assert_int_equal(fitment_changes_new(t->f.db, t->cars, CARS, &t->changes), ERR_OK);
    load(t, rng, &dry);
    assert_int_equal(fitment_changes_settle(t->changes), ERR_OK);
    names_expect(t, names);
    load(t, rng, &real);
    verdicts_read(t, 1);
    check_said(t);
    check_counts(t);
    fitment_changes_free(t->changes);
}

static void test_changes(void **state) {
    (void)state;
    static struct test t;
    t = (struct test){.rng = {7}};
    fixture_open(&t.f);
    arena_init(&t.kept, 1 << 16, 64 << 20);
    vehicles_load(&t);
    struct rng rounds = {11};
    for (unsigned i = 0; i < ROUNDS; i++) {
        rng_next(&rounds, 2);
        round_run(&t, rounds);
        if (i % 3 == 0) fixture_merge_all(&t.f);
        fixture_refresh(&t.f);
        if (i % 2) exclusion_toggle(&t);
    }
    static const unsigned wanted[][2] = {{VERDICT_FITS, VERDICT_NO}, {VERDICT_FITS, VERDICT_UNKNOWN}, {VERDICT_FITS, VERDICT_CONDITIONAL},
                                         {VERDICT_NO, VERDICT_FITS}, {VERDICT_UNKNOWN, VERDICT_FITS}, {FITMENT_ABSENT, VERDICT_FITS},
                                         {VERDICT_FITS, FITMENT_ABSENT}, {VERDICT_UNIVERSAL, VERDICT_NO}, {VERDICT_NO, VERDICT_UNKNOWN}};
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!t.seen[wanted[i][0]][wanted[i][1]])
            fail_msg("%s -> %s was never met", fitment_state_name(wanted[i][0]), fitment_state_name(wanted[i][1]));
    assert_true(t.undecided > 50);
    arena_destroy(&t.kept);
    fixture_close(&t.f);
}

static void test_refused(void **state) {
    (void)state;
    struct fixture f;
    struct fitment_changes *changes;
    uint32_t nowhere = 77;
    fixture_open(&f);
    assert_int_equal(fitment_changes_new(f.db, &nowhere, 1, &changes), ERR_NOT_FOUND);
    assert_int_equal(fitment_changes_new(f.db, &nowhere, FITMENT_CHANGE_CARS_MAX + 1, &changes), ERR_TOO_LARGE);
    fixture_close(&f);
}

// ---- applications by content and year, against a table of years ---------------------------------------------------------------------------
enum { CONTENTS = 3, SPAN = 12 };
struct years { bool has[CONTENTS][SPAN]; unsigned ranges; };
struct found { bool has[2][CONTENTS][SPAN]; struct arena *arena; };

static struct slice record_random(struct arena *a, struct rng *r, struct years *out) {
    struct buf list, record;
    unsigned count = rng_next(r, 5);
    *out = (struct years){.ranges = count};
    buf_init(&list, a, 256);
    buf_init(&record, a, 256);
    for (unsigned i = 0; i < count; i++) {
        unsigned content = rng_next(r, CONTENTS), from = rng_next(r, SPAN), to = from + rng_next(r, SPAN - from);
        struct application x = {.make = 1, .model = content + 1, .quantity = 1, .year_from = (uint16_t)(2000 + from),
                                .year_to = (uint16_t)(2000 + to), .source = rng_next(r, 9), .line = rng_next(r, 99),
                                .flags = content == 0 ? APPLICATION_UNRESOLVED : 0, .raw = content == 0 ? SLICE("\"make\":\"x\"") : SLICE_NONE};
        application_encode(&list, &x);
        for (unsigned y = from; y <= to; y++) out->has[content][y] = true;
    }
    applications_frame(&record, buf_slice(&list), count);
    return count ? buf_slice(&record) : SLICE_NONE;
}

// The same years in other ranges: single ones.
static struct slice record_split(struct arena *a, const struct years *of) {
    struct buf list, record;
    unsigned count = 0;
    buf_init(&list, a, 256);
    buf_init(&record, a, 256);
    for (unsigned c = 0; c < CONTENTS; c++)
        for (unsigned y = 0; y < SPAN; y++) {
            struct application x = {.make = 1, .model = c + 1, .quantity = 1, .year_from = (uint16_t)(2000 + y), .year_to = (uint16_t)(2000 + y),
                                    .flags = c == 0 ? APPLICATION_UNRESOLVED : 0, .raw = c == 0 ? SLICE("\"make\":\"x\"") : SLICE_NONE};
            if (of->has[c][y]) application_encode(&list, &x);
            count += of->has[c][y];
        }
    applications_frame(&record, buf_slice(&list), count);
    return count ? buf_slice(&record) : SLICE_NONE;
}

static void take(void *arg, bool added, struct slice encoded, unsigned from, unsigned to) {
    struct found *f = arg;
    struct application a;
    assert_int_equal(application_decode(f->arena, encoded, &a), ERR_OK);
    assert_true(from >= a.year_from && to <= a.year_to && from <= to);
    for (unsigned y = from; y <= to; y++) f->has[added][a.model - 1][y - 2000] = true;
}

static void test_applications(void **state) {
    (void)state;
    struct arena a;
    struct rng r = {5};
    unsigned parked = 0, same = 0;
    arena_init(&a, 1 << 16, 64 << 20);
    for (unsigned round = 0; round < 3000; round++) {
        struct years old, new;
        struct found found = {.arena = &a};
        struct application_difference d;
        arena_reset(&a);
        struct slice before = record_random(&a, &r, &old), after = record_random(&a, &r, &new);
        if (round % 4 == 0) {
            new = old;
            new.ranges = CONTENTS * SPAN;
            after = record_split(&a, &old);
        }
        assert_int_equal(applications_compare(&a, before, after, take, &found, &d), ERR_OK);
        bool any[2] = {false, false};
        for (unsigned c = 0; c < CONTENTS; c++)
            for (unsigned y = 0; y < SPAN; y++) {
                assert_int_equal(found.has[0][c][y], old.has[c][y] && !new.has[c][y]);
                assert_int_equal(found.has[1][c][y], new.has[c][y] && !old.has[c][y]);
                any[0] |= found.has[0][c][y];
                any[1] |= found.has[1][c][y];
            }
        assert_int_equal(any[0], d.removed > 0);
        assert_int_equal(any[1], d.added > 0);
        assert_true(d.removed <= old.ranges && d.added <= new.ranges && d.parked_added <= d.added && d.parked_removed <= d.removed);
        parked += d.parked_added;
        same += !any[0] && !any[1] && old.ranges;
    }
    assert_true(parked > 100 && same > 500);
    arena_destroy(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_changes), cmocka_unit_test(test_refused), cmocka_unit_test(test_applications)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

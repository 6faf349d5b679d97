// Which services cars have and by which rules, against reading every rule for every configuration as texts.
#include "vehicle_fixture.h"

#include "index/names.h"
#include "index/service_plan.h"
#include "tests/xorshift.h"

#define ROUNDS 300
#define CARS 6
#define CONFIGURATIONS 5
#define RULES_MAX 14
#define SERVICES 3

static uint64_t seed = 4711;
static unsigned rnd(unsigned below) { return xorshift(&seed, below); }

enum { FUEL, TRANSMISSION, DRIVE, ATTRS };
static const char *const names[ATTRS] = {"fuel", "transmission", "drive"};
static const char *const values[ATTRS][3] = {{"gasoline", "electric", ""}, {"MT5", "AT6", "DCT7"}, {"fwd", "awd", ""}};
static const unsigned value_counts[ATTRS] = {2, 3, 2};
static const char *const makes[CARS] = {"Volkswagen", "Volkswagen", "Honda", "Honda", "Tesla", "Audi"};
static const char *const models[CARS] = {"Golf", "Golf", "Civic", "Accord", "Model 3", "A4L"};
static const unsigned years[CARS] = {2016, 2018, 2018, 2018, 2020, 2019};

struct plain_configuration { int value[ATTRS]; }; // -1: unknown
static struct plain_configuration cars[CARS][CONFIGURATIONS];
struct plain_rule {
    char id[16];
    int service, make, model;      // make, model: index of a car it is about; -1: any
    unsigned from, to, km;         // km 0: none
    unsigned terms[ATTRS];         // bits of values; 0: any
    bool vehicle;                  // of `model`'s base vehicle
    enum service_source source;
};
static struct plain_rule rules[RULES_MAX];
static unsigned rule_count;

// ---- the reference ----------------------------------------------------------------------------------------------------------------------
static int term(const struct plain_rule *r, const struct plain_configuration *c) { // 2 yes, 1 maybe, 0 no
    int all = 2;
    for (unsigned a = 0; a < ATTRS; a++) {
        if (!r->terms[a]) continue;
        int one = c->value[a] < 0 ? 1 : (r->terms[a] >> c->value[a] & 1) ? 2 : 0;
        if (one < all) all = one;
    }
    return all;
}

static int matches(const struct plain_rule *r, unsigned car, const struct plain_configuration *c) {
    if (r->vehicle && r->model != (int)car) return 0;
    if (r->make >= 0 && strcmp(makes[r->make], makes[car]) != 0) return 0;
    if (r->model >= 0 && strcmp(models[r->model], models[car]) != 0) return 0;
    if ((r->from && years[car] < r->from) || (r->to && years[car] > r->to)) return 0;
    return term(r, c);
}

static int specific(const struct plain_rule *a, const struct plain_rule *b) { // <0: a first
    unsigned ta = 0, tb = 0;
    for (unsigned i = 0; i < ATTRS; i++) ta += a->terms[i] != 0, tb += b->terms[i] != 0;
    const long of_a[] = {a->vehicle, a->model >= 0, a->make >= 0, ta, a->from || a->to, (long)a->source},
               of_b[] = {b->vehicle, b->model >= 0, b->make >= 0, tb, b->from || b->to, (long)b->source};
    for (unsigned i = 0; i < 6; i++)
        if (of_a[i] != of_b[i]) return of_a[i] > of_b[i] ? -1 : 1;
    return strcmp(a->id, b->id);
}

struct plain_plan { bool there; enum service_applies applies; unsigned km; bool varies; };

static struct plain_plan plain_plan_of(unsigned car, int service) {
    struct plain_plan out = {.there = false};
    unsigned have = 0, lack = 0, maybe = 0, km = 0;
    for (unsigned n = 0; n < CONFIGURATIONS; n++) {
        const struct plain_rule *chosen = NULL;
        bool perhaps = false;
        for (unsigned i = 0; i < rule_count; i++)
            if (rules[i].service == service && matches(&rules[i], car, &cars[car][n]) == 2 && (!chosen || specific(&rules[i], chosen) < 0)) chosen = &rules[i];
        for (unsigned i = 0; i < rule_count; i++)
            perhaps |= rules[i].service == service && rules[i].km && matches(&rules[i], car, &cars[car][n]) == 1;
        if (chosen && chosen->km) {
            out.varies |= have && chosen->km != km && km != 0;
            km = have == 0 || chosen->km < km ? chosen->km : km;
            have++;
        } else if (chosen) lack++;
        else if (perhaps) maybe++;
        else lack++;
    }
    out.there = have || maybe;
    out.km = km;
    out.applies = !have ? APPLIES_MAYBE : lack || maybe ? APPLIES_SOME : APPLIES_ALL;
    return out;
}

// ---- the same in a database -----------------------------------------------------------------------------------------------------------------
static void cars_make(struct fixture *f) {
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    for (unsigned c = 0; c < CARS; c++)
        for (unsigned n = 0; n < CONFIGURATIONS; n++) {
            struct slice text = arena_printf(&f->arena, "trim=T%u", n); // keeps the tuples apart
            for (unsigned a = 0; a < ATTRS; a++) {
                cars[c][n].value[a] = rnd(4) ? (int)rnd(value_counts[a]) : -1;
                if (cars[c][n].value[a] >= 0) text = arena_printf(&f->arena, "%.*s|%s=%s", SLICE_ARGS(text), names[a], values[a][cars[c][n].value[a]]);
            }
            fixture_add(l, makes[c], models[c], years[c], arena_copy(&f->arena, text).p, "test", 0);
        }
    fixture_finish(f, l);
}

static void services_put(struct fixture *f) {
    struct txn *t;
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    for (unsigned i = 0; i < SERVICES; i++) {
        struct service s = {.slug = arena_printf(&f->arena, "s%u", i), .name = SLICE("Service"), .name_zh = SLICE("保养")};
        assert_int_equal(service_put(t, &f->arena, &s, NULL), ERR_OK);
    }
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
}

static struct slice attrs_of(struct fixture *f, const struct plain_rule *r) {
    struct buf b;
    buf_init(&b, &f->arena, 64);
    for (unsigned a = 0; a < ATTRS; a++) {
        bool first = true;
        for (unsigned v = 0; v < value_counts[a]; v++) {
            if (!(r->terms[a] >> v & 1)) continue;
            if (first) buf_printf(&b, "%s%s:%s", b.n ? "," : "", names[a], values[a][v]);
            else buf_printf(&b, "|%s", values[a][v]);
            first = false;
        }
    }
    return buf_slice(&b);
}

static void rules_put(struct fixture *f) {
    struct txn *t;
    struct fault why = {0};
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    assert_int_equal(txn_clear(t, TABLE_SERVICE_RULE), ERR_OK);
    rule_count = 1 + rnd(RULES_MAX);
    for (unsigned i = 0; i < rule_count; i++) {
        struct plain_rule *r = &rules[i];
        *r = (struct plain_rule){.service = (int)rnd(SERVICES), .make = -1, .model = -1, .km = rnd(5) ? 1000 * (1 + rnd(9)) : 0,
                                 .source = (enum service_source)(1 + rnd(4))};
        snprintf(r->id, sizeof r->id, "r%02u", i);
        if (rnd(3) == 0) r->make = (int)rnd(CARS);
        if (r->make >= 0 && rnd(2)) r->model = r->make;
        if (rnd(8) == 0) r->vehicle = true, r->make = r->model = (int)rnd(CARS);
        if (rnd(3) == 0) r->from = 2015 + rnd(5);
        if (rnd(3) == 0) r->to = (r->from ? r->from : 2016) + rnd(4);
        for (unsigned a = 0; a < ATTRS; a++)
            if (rnd(3) == 0) r->terms[a] = 1 + rnd((1u << value_counts[a]) - 1);
        struct service_rule stored = {.id = slice_str(r->id), .service = arena_printf(&f->arena, "s%d", r->service), .source = r->source,
                                      .flags = RULE_INTERVAL | (r->km ? 0 : RULE_NONE), .from = (uint16_t)r->from, .to = (uint16_t)r->to, .km = r->km,
                                      .attrs = attrs_of(f, r), .make = r->make >= 0 ? slice_str(makes[r->make]) : SLICE_NONE,
                                      .model = r->model >= 0 ? slice_str(models[r->model]) : SLICE_NONE};
        if (r->vehicle) stored.vehicle = arena_printf(&f->arena, "%u-%.*s", years[r->model], SLICE_ARGS(names_slug(&f->arena, arena_printf(&f->arena, "%s %s", makes[r->model], models[r->model]))));
        if (service_rule_apply(t, &f->arena, &stored, &why) != ERR_OK) fail_msg("%s: %s", why.field, why.message);
    }
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    fixture_refresh(f);
}

static void compare(struct fixture *f, unsigned round, unsigned car) {
    const struct service_book *book;
    struct planned_service plan[SERVICES_MAX];
    struct knowledge k;
    struct fault why = {0};
    unsigned count;
    struct slice slug = names_slug(&f->arena, arena_printf(&f->arena, "%u %s %s", years[car], makes[car], models[car]));
    if (knowledge_parse(f->view, slug, SLICE_NONE, SLICE_NONE, &k, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_int_equal(service_book(f->view, &book), ERR_OK);
    assert_int_equal(service_plan_find(f->view, book, &k, plan, &count), ERR_OK);
    for (int s = 0; s < SERVICES; s++) {
        struct plain_plan expected = plain_plan_of(car, s);
        const struct planned_service *found = NULL;
        for (unsigned i = 0; i < count; i++)
            if (plan[i].service->is.slug.p[1] == '0' + s) found = &plan[i];
        bool same = expected.there == (found != NULL);
        if (same && found) same = expected.applies == found->applies && expected.varies == found->varies;
        if (same && found && found->applies != APPLIES_MAYBE) same = expected.km == found->interval->is.km;
        if (!same) fail_msg("round %u, %s, service %d: %d %d %u, by the reference %d %d %u", round, models[car], s, found != NULL,
                            found ? (int)found->applies : -1, found ? found->interval->is.km : 0, expected.there, (int)expected.applies, expected.km);
    }
}

static void test_random_rules(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_vocabulary(&f);
    cars_make(&f);
    services_put(&f);
    for (unsigned round = 0; round < ROUNDS; round++) {
        rules_put(&f);
        for (unsigned car = 0; car < CARS; car++) compare(&f, round, car);
        for (unsigned car = 0; car < CARS; car++) compare(&f, round, car); // out of what was kept
    }
    fixture_close(&f);
}

// Written, seen; taken back, gone; the version counts every change.
static void test_rules_are_versioned(void **state) {
    (void)state;
    struct fixture f;
    struct txn *t;
    const struct service_book *book;
    struct service_rule rule = {.id = SLICE("a"), .service = SLICE("s0"), .source = SERVICE_OWNER, .flags = RULE_INTERVAL, .km = 5000}, read;
    fixture_open(&f);
    fixture_vocabulary(&f);
    services_put(&f);
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(txn_begin(f.db, &t, NULL), ERR_OK);
        assert_int_equal(i < 3 ? service_rule_apply(t, &f.arena, &rule, NULL) : service_rule_delete(t, rule.id, NULL), ERR_OK);
        assert_int_equal(txn_commit(t, NULL), ERR_OK);
        fixture_refresh(&f);
        assert_int_equal(service_rules_version(f.view), i);
        assert_int_equal(service_book(f.view, &book), ERR_OK);
        assert_int_equal(book->version, i);
        assert_int_equal(book->services[0].rule_count, i < 3);
        assert_int_equal(service_rule_get(f.view, rule.id, &read), i < 3 ? ERR_OK : ERR_NOT_FOUND);
        if (i < 3) assert_int_equal(read.version, i);
    }
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_rules), cmocka_unit_test(test_rules_are_versioned)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

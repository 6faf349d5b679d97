#include "tests/unit/index/vehicle_fixture.h"

#include "data-tools/lint_positions.h"
#include "data-tools/lint_vehicles.h"
#include "index/vehicle_external.h"

static void load(struct fixture *f) {
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    fixture_vocabulary(f);
    fixture_add(l, "Volkswagen", "Golf", 2018, "displacement=1.4|fuel=gasoline|transmission=DCT7|trim=SE", "t", 0);
    fixture_add(l, "Volkswagen", "Golf", 2018, "displacement=2.0|fuel=gasoline|transmission=MT5|trim=GTI", "t", 0);
    fixture_add(l, "Volkswagen", "Golf", 2018, "fuel=electric", "t", 0);
    fixture_add(l, "Volkswagen", "Golf", 2019, "displacement=1.2|fuel=gasoline|transmission=MT5|trim=S", "t", 0);
    fixture_finish(f, l);
}

static struct vehicle_doc golf(const struct pair *attrs, unsigned n) {
    return (struct vehicle_doc){.make = SLICE("VW"), .model = SLICE("Golf"), .year_from = 2018, .year_to = 2018, .attrs = attrs,
                                .attr_count = n};
}

static void expect(struct lint_vehicles *v, const struct vehicle_doc *doc, const char *complaint) {
    struct slice got;
    for (unsigned i = 0; i < 2; i++) { // the second answer is remembered
        assert_int_equal(lint_vehicles_check(v, doc, &got), ERR_OK);
        if (!slice_is(got, complaint)) fail_msg("\"%.*s\" is not \"%s\"", SLICE_ARGS(got), complaint);
    }
}

#define P(name, value) {SLICE(name), SLICE(value)}
#define CHECK(complaint, ...) \
    do { \
        const struct pair pairs_[] = {__VA_ARGS__}; \
        const struct vehicle_doc doc_ = golf(pairs_, sizeof pairs_ / sizeof *pairs_); \
        expect(v, &doc_, complaint); \
    } while (0)

static struct lint_vehicles *start(struct fixture *f) {
    struct lint_vehicles *v;
    struct fault why = {0};
    fixture_open(f);
    load(f);
    if (lint_vehicles_open(f->db, &v, &why) != ERR_OK) fail_msg("%s", why.message);
    return v;
}

static void combinations_nobody_built(void **state) {
    (void)state;
    struct fixture f;
    struct lint_vehicles *v = start(&f);
    CHECK("", P("displacement", "1.4L"), P("fuel", "gasoline"));
    CHECK("", P("displacement", "1.4"), P("displacement", "9.9")); // one of the alternatives is enough
    CHECK("2018-volkswagen-golf: no configuration has displacement=1.4 and fuel=gasoline and transmission=MT5; "
          "with the rest transmission is DCT7",
          P("displacement", "1.4"), P("fuel", "gasoline"), P("transmission", "MT5"));
    CHECK("2018-volkswagen-golf: no configuration has displacement=9.9 and fuel=gasoline; with the rest displacement is 1.4 or 2.0",
          P("displacement", "9.9"), P("fuel", "gasoline"));
    CHECK("2018-volkswagen-golf: no configuration has trim=S and fuel=gasoline; with the rest trim is SE or GTI", P("trim", "S"),
          P("fuel", "gasoline"), P("drive", "awd"), P("abs", "4w"));
    lint_vehicles_close(v);
    fixture_close(&f);
}

static void nothing_is_said_of_what_is_not_known(void **state) {
    (void)state;
    struct fixture f;
    struct lint_vehicles *v = start(&f);
    const struct pair wrong[] = {P("displacement", "9.9"), P("fuel", "gasoline")};
    struct vehicle_doc doc = golf(wrong, 2);
    CHECK("", P("drive", "awd"));                // no configuration says which wheels are driven
    CHECK("", P("displacement", "large"));       // not a value
    CHECK("", P("fuel", "electric"), P("displacement", "9.9")); // the electric one tells no displacement
    doc.model = SLICE("Passat");
    expect(v, &doc, "");
    doc.make = SLICE("Nobody");
    expect(v, &doc, "");
    doc = golf(wrong, 2);
    doc.year_from = doc.year_to = 1999;
    expect(v, &doc, "");
    doc = golf(wrong, 2);
    doc.model = SLICE_NONE; // any model of the make
    expect(v, &doc, "");
    lint_vehicles_close(v);
    fixture_close(&f);
}

static void one_year_of_a_range_is_enough(void **state) {
    (void)state;
    struct fixture f;
    struct lint_vehicles *v = start(&f);
    const struct pair small[] = {P("displacement", "1.2"), P("fuel", "gasoline")};
    const struct pair large[] = {P("displacement", "6.0"), P("fuel", "gasoline")};
    struct vehicle_doc doc = golf(small, 2);
    doc.year_to = 2019;
    expect(v, &doc, "");
    doc.attrs = large;
    expect(v, &doc, "2018-volkswagen-golf to 2019-volkswagen-golf: no configuration has displacement=6.0 and fuel=gasoline; "
                    "with the rest displacement is 1.4 or 2.0 or 1.2");
    lint_vehicles_close(v);
    fixture_close(&f);
}

static void ids_of_another_catalogue(void **state) {
    (void)state;
    struct fixture f;
    struct txn *t;
    uint32_t vehicle;
    bool known;
    const struct pair wrong[] = {P("displacement", "9.9"), P("fuel", "gasoline")};
    struct vehicle_doc doc = {.external = SLICE("vcdb:5911"), .attrs = wrong, .attr_count = 2};
    struct lint_vehicles *v = start(&f);
    assert_false(lint_vehicles_has_ids(v));
    lint_vehicles_close(v);
    assert_int_equal(vehicle_find(f.view, SLICE("2018-volkswagen-golf"), &vehicle), ERR_OK);
    assert_int_equal(txn_begin(f.db, &t, NULL), ERR_OK);
    assert_int_equal(vehicle_external_add(t, &f.arena, SLICE("vcdb:5911"), vehicle), ERR_OK);
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    assert_int_equal(lint_vehicles_open(f.db, &v, NULL), ERR_OK);
    assert_true(lint_vehicles_has_ids(v));
    assert_int_equal(lint_vehicles_id(v, SLICE("5911"), &known), ERR_OK);
    assert_true(known);
    assert_int_equal(lint_vehicles_id(v, SLICE("5912"), &known), ERR_OK);
    assert_false(known);
    expect(v, &doc,
           "2018-volkswagen-golf: no configuration has displacement=9.9 and fuel=gasoline; with the rest displacement is 1.4 or 2.0");
    lint_vehicles_close(v);
    fixture_close(&f);
}

// ---- against every configuration by hand ----------------------------------------------------------------------------
static const char *const NAMES[] = {"displacement", "fuel", "transmission", "trim"};
static const char *const VALUES[4][4] = {{"", "1.4", "1.8", "2.0"}, {"", "gasoline", "electric", "gasoline"}, {"", "MT5", "AT6", "DCT7"},
                                         {"", "S", "SE", "L"}};
enum { CARS = 12, CONFIGURATIONS = 5 };

static unsigned draw(uint64_t *seed, unsigned n) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*seed >> 33) % n;
}

static void configuration_draw(uint64_t *seed, unsigned values[4]) {
    for (unsigned i = 0; i < 4; i++) values[i] = draw(seed, 4);
    if (values[3] == 0) values[3] = 1; // at least one attribute
}

static bool plain_possible(unsigned cars[CONFIGURATIONS][4], const unsigned wish[4]) {
    for (unsigned c = 0; c < CONFIGURATIONS; c++) {
        bool no = false;
        for (unsigned i = 0; i < 4; i++)
            no = no || (wish[i] && cars[c][i] && strcmp(VALUES[i][wish[i]], VALUES[i][cars[c][i]]) != 0);
        if (!no) return true;
    }
    return false;
}

static void as_every_configuration_says(void **state) {
    (void)state;
    struct fixture f;
    struct lint_vehicles *v;
    uint64_t seed = 99;
    unsigned cars[CARS][CONFIGURATIONS][4], refused = 0;
    fixture_open(&f);
    fixture_vocabulary(&f);
    struct vehicle_loader *l = vehicle_loader_new(f.db);
    for (unsigned car = 0; car < CARS; car++) {
        for (unsigned c = 0; c < CONFIGURATIONS; c++) {
            char text[128] = "";
            configuration_draw(&seed, cars[car][c]);
            for (unsigned i = 0, n = 0; i < 4; i++)
                if (cars[car][c][i])
                    n += (unsigned)snprintf(text + n, sizeof text - n, "%s%s=%s", n ? "|" : "", NAMES[i], VALUES[i][cars[car][c][i]]);
            fixture_add(l, "Ford", "Focus", 2000 + car, text, "t", 0);
        }
    }
    fixture_finish(&f, l);
    assert_int_equal(lint_vehicles_open(f.db, &v, NULL), ERR_OK);
    for (unsigned round = 0; round < 3000; round++) {
        struct pair pairs[4];
        unsigned car = draw(&seed, CARS), wish[4];
        struct vehicle_doc doc = {.make = SLICE("Ford"), .model = SLICE("Focus"), .attrs = pairs};
        struct slice complaint;
        doc.year_from = doc.year_to = (uint16_t)(2000 + car);
        configuration_draw(&seed, wish);
        for (unsigned i = 0; i < 4; i++)
            if (wish[i]) pairs[doc.attr_count++] = (struct pair){slice_str(NAMES[i]), slice_str(VALUES[i][wish[i]])};
        assert_int_equal(lint_vehicles_check(v, &doc, &complaint), ERR_OK);
        bool possible = plain_possible(cars[car], wish);
        if (possible != (complaint.n == 0)) fail_msg("round %u: \"%.*s\"", round, SLICE_ARGS(complaint));
        refused += !possible;
    }
    assert_in_range(refused, 300, 2700);
    lint_vehicles_close(v);
    fixture_close(&f);
}

// ---- positions ------------------------------------------------------------------------------------------------------
static void positions_of_a_type(void **state) {
    (void)state;
    struct fixture f;
    struct lint_positions *p;
    struct slice allowed;
    fixture_open(&f);
    const char *dir = fixture_fact(&f, "types.tsv",
                                   "id\tkind\tname\tname_zh\tpositions\n"
                                   "brake_pad\tpart\tPad\t\tfront|rear\nspring\tpart\tS\t\tfront_left|front_right\n"
                                                    "oil_filter\tpart\tF\t\t\n");
    assert_int_equal(lint_positions_open(dir, &p, NULL), ERR_OK);
    assert_int_equal(lint_position(p, SLICE("brake_pad"), SLICE("front"), &allowed), POSITION_FINE);
    assert_true(slice_is(allowed, "front|rear"));
    assert_int_equal(lint_position(p, SLICE("brake_pad"), SLICE("rear_left"), &allowed), POSITION_FINE);
    assert_int_equal(lint_position(p, SLICE("brake_pad"), SLICE("left"), &allowed), POSITION_IMPOSSIBLE);
    assert_int_equal(lint_position(p, SLICE("brake_pad"), SLICE_NONE, &allowed), POSITION_FINE);
    assert_int_equal(lint_position(p, SLICE("spring"), SLICE("front"), &allowed), POSITION_FINE);
    assert_int_equal(lint_position(p, SLICE("spring"), SLICE("rear_left"), &allowed), POSITION_IMPOSSIBLE);
    assert_int_equal(lint_position(p, SLICE("oil_filter"), SLICE("front"), &allowed), POSITION_NEEDLESS);
    assert_int_equal(lint_position(p, SLICE("pcdb-7"), SLICE("front"), &allowed), POSITION_UNKNOWN);
    lint_positions_close(p);
    assert_int_equal(lint_positions_open("/nonexistent", &p, NULL), ERR_OK);
    assert_int_equal(lint_position(p, SLICE("brake_pad"), SLICE("front"), &allowed), POSITION_UNKNOWN);
    lint_positions_close(p);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(combinations_nobody_built),
        cmocka_unit_test(nothing_is_said_of_what_is_not_known),
        cmocka_unit_test(one_year_of_a_range_is_enough),
        cmocka_unit_test(ids_of_another_catalogue),
        cmocka_unit_test(as_every_configuration_says),
        cmocka_unit_test(positions_of_a_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

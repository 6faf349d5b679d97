// K from the words of a query: which cars are meant, what of them is unknown, and what words leave of a car already given.
#include "index_fixture.h"

#include "index/knowledge_words.h"
#include "index/names.h"
#include "index/vehicle.h"

struct line { const char *make, *model; unsigned from, to; const char *market, *displacement, *fuel; };
static const struct line lines[] = {
    {"Volkswagen", "Golf", 2010, 2015, "CN", "1.4", "gasoline"}, {"Volkswagen", "Golf", 2010, 2015, "CN", "1.6", "gasoline"},
    {"Volkswagen", "Golf", 2013, 2014, "US", "2.0", "diesel"},   {"Volkswagen", "Golf", 2018, 2019, "CN", "1.4", "gasoline"},
    {"Volkswagen", "Polo", 2012, 2016, "CN", "1.4", NULL},       {"Honda", "Civic", 2012, 2013, "US", NULL, "gasoline"}};

static void load(struct fixture *f) {
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    struct vehicle_load_report report;
    struct fault why = {0};
    for (unsigned i = 0; i < sizeof lines / sizeof *lines; i++)
        for (unsigned year = lines[i].from; year <= lines[i].to; year++) {
            struct vehicle_attribute attrs[3] = {{SLICE("market"), slice_str(lines[i].market)}};
            struct vehicle_configuration v = {.make = slice_str(lines[i].make), .model = slice_str(lines[i].model), .source = SLICE("test"),
                                              .year = year, .attribute_count = 1, .attributes = attrs};
            if (lines[i].displacement) attrs[v.attribute_count++] = (struct vehicle_attribute){SLICE("displacement"), slice_str(lines[i].displacement)};
            if (lines[i].fuel) attrs[v.attribute_count++] = (struct vehicle_attribute){SLICE("fuel"), slice_str(lines[i].fuel)};
            assert_int_equal(vehicle_loader_add(l, &v, &why), ERR_OK);
        }
    if (vehicle_loader_finish(l, &report, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    vehicle_loader_free(l);
    fixture_refresh(f);
}

static struct car_reading reading(struct fixture *f, const char *make, const char *model, unsigned from, unsigned to, const char *attrs) {
    struct car_reading r = {.model_count = 1, .from = (uint16_t)from, .to = (uint16_t)to, .attrs = slice_str(attrs)};
    assert_int_equal(make_find(f->view, slice_str(make), &r.models[0].make), ERR_OK);
    if (model) assert_int_equal(model_find(f->view, r.models[0].make, slice_str(model), &r.models[0].model), ERR_OK);
    return r;
}

static struct fault why;

static enum err words(struct fixture *f, struct car_reading r, const char *attrs, struct knowledge *k) {
    why = (struct fault){0};
    return knowledge_of_words(f->view, &r, slice_str(attrs), SLICE_NONE, k, &why);
}

static bool has(struct slice text, const char *part) {
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= text.n; i++)
        if (memcmp(text.p + i, part, n) == 0) return true;
    return false;
}

static void expect(struct fixture *f, struct car_reading r, const char *attrs, unsigned vehicles, unsigned configurations) {
    struct knowledge k;
    unsigned count = 0;
    if (words(f, r, attrs, &k) != ERR_OK) fail_msg("%s", why.message);
    assert_true(k.given && k.resolved);
    for (unsigned i = 0; i < k.vehicle_count; i++) count += k.vehicles[i].count;
    assert_int_equal(k.vehicle_count, vehicles);
    assert_int_equal(count, configurations);
}

static void expect_unknown(struct fixture *f, struct car_reading r, const char *part) {
    struct knowledge k;
    if (words(f, r, "", &k) != ERR_OK) fail_msg("%s", why.message);
    assert_true(k.given && !k.resolved && k.vehicle_count == 0);
    if (!has(k.unknown, part)) fail_msg("'%.*s' without '%s'", SLICE_ARGS(k.unknown), part);
    assert_true(k.unknown_zh.n > 0);
}

static void expect_error(struct fixture *f, struct car_reading r, const char *attrs, const char *part) {
    struct knowledge k;
    assert_int_equal(words(f, r, attrs, &k), ERR_BAD_REQUEST);
    assert_string_equal(why.field, "attrs");
    if (!has(slice_str(why.message), part)) fail_msg("'%s' without '%s'", why.message, part);
}

static void test_words(void **state) {
    struct fixture f;
    struct knowledge k;
    (void)state;
    fixture_open(&f);
    load(&f);
    struct car_reading golf = reading(&f, "volkswagen", "golf", 0, 0, ""), make = reading(&f, "volkswagen", NULL, 0, 0, "");
    expect(&f, golf, "", 8, 16);
    expect(&f, make, "", 13, 21);
    make.model_count = 2; // the make has all of the model
    make.models[1] = golf.models[0];
    expect(&f, make, "", 13, 21);
    expect(&f, reading(&f, "volkswagen", "golf", 2013, 2014, ""), "", 2, 6);
    expect(&f, reading(&f, "volkswagen", "golf", 2014, 2018, ""), "", 3, 6);
    expect(&f, reading(&f, "volkswagen", "golf", 0, 0, "displacement:1.6"), "", 6, 6);
    expect(&f, golf, "displacement:1.6,fuel:gasoline", 6, 6);
    expect(&f, golf, "market:US", 2, 2);
    expect(&f, reading(&f, "volkswagen", "polo", 0, 0, "fuel:diesel"), "", 5, 5); // nobody knows: an answer
    expect(&f, reading(&f, "honda", "civic", 0, 0, "displacement:1.8"), "", 2, 2);
    assert_int_equal(words(&f, reading(&f, "honda", "civic", 0, 0, "displacement:1.8"), "", &k), ERR_OK);
    assert_int_equal(k.answer_count, 1);
    expect_unknown(&f, reading(&f, "volkswagen", "golf", 1999, 1999, ""), "1999 Volkswagen Golf is known; years: 2010-2015, 2018-2019");
    expect_unknown(&f, reading(&f, "volkswagen", "golf", 2016, 2017, ""), "2016-2017 Volkswagen Golf");
    expect_unknown(&f, reading(&f, "volkswagen", "golf", 2018, 2018, "displacement:1.6"), "1.6 is known; it can be: 1.4");
    expect_unknown(&f, reading(&f, "volkswagen", "golf", 0, 0, "fuel:diesel,displacement:1.4"), "displacement 1.4 is known; it can be: 2.0");
    expect_unknown(&f, reading(&f, "volkswagen", "golf", 0, 0, "displacement:9.9"), "it can be: 1.4");
    fixture_close(&f);
}

static void test_own_answers_go_first(void **state) {
    struct fixture f;
    struct knowledge k;
    (void)state;
    fixture_open(&f);
    load(&f);
    struct car_reading r = reading(&f, "volkswagen", "golf", 0, 0, "displacement:1.4,colour:red,displacement:1.6");
    assert_int_equal(words(&f, r, "displacement:1.6", &k), ERR_OK);
    assert_true(k.resolved && slice_is(k.given_up, "displacement:1.4,colour:red"));
    assert_int_equal(k.vehicle_count, 6);
    r.attrs = SLICE("displacement:1.6");
    expect(&f, r, "displacement:1.4|1.6", 6, 6);
    expect(&f, r, "displacement:?", 6, 6);
    expect_error(&f, reading(&f, "volkswagen", "golf", 0, 0, ""), "displacement:3.0", "displacement can be: 1.4, 1.6, 2.0");
    r = (struct car_reading){.attrs = SLICE("displacement:1.4")};
    assert_int_equal(words(&f, r, "displacement:1.6", &k), ERR_OK);
    assert_true(!k.given);
    fixture_close(&f);
}

static void test_levels(void **state) {
    struct fixture f;
    struct knowledge k;
    (void)state;
    fixture_open(&f);
    load(&f);
    struct car_reading make = reading(&f, "volkswagen", NULL, 0, 0, "");
    expect(&f, make, "model:golf", 8, 16);
    expect(&f, make, "model:Golf,year:2010|2013|2020", 2, 5);
    expect(&f, make, "model:volkswagen/polo", 5, 5);
    expect(&f, make, "make:volkswagen,model:?,year:?", 13, 21);
    expect_error(&f, make, "make:honda", "make can be: volkswagen");
    expect_error(&f, make, "make:nobody", "no make is called 'nobody'");
    expect_error(&f, make, "model:civic", "model can be: golf, polo");
    expect_error(&f, make, "model:golf,year:2016", "year can be: 2010, 2011, 2012, 2013, 2014, 2015, 2018, 2019");
    expect_error(&f, make, "year:soon", "year takes years");
    expect_error(&f, make, "year:2010,year:2011", "given twice");
    assert_int_equal(knowledge_parse(f.view, SLICE("2013-volkswagen-golf"), SLICE("year:2013,model:golf"), SLICE_NONE, &k, &why), ERR_OK);
    assert_int_equal(k.vehicle_count, 1);
    assert_int_equal(knowledge_parse(f.view, SLICE("2013-volkswagen-golf"), SLICE("year:2014"), SLICE_NONE, &k, &why), ERR_BAD_REQUEST);
    fixture_close(&f);
}

static void narrowed(struct fixture *f, const char *attrs, struct car_reading r, unsigned configurations, const char *conflict) {
    struct knowledge given, k;
    bool contradicted;
    assert_int_equal(knowledge_parse(f->view, SLICE("2013-volkswagen-golf"), slice_str(attrs), SLICE_NONE, &given, &why), ERR_OK);
    assert_int_equal(knowledge_narrow(f->view, &given, &r, &k, &contradicted), ERR_OK);
    assert_int_equal(contradicted, conflict != NULL);
    assert_int_equal(k.vehicle_count, 1);
    assert_int_equal(k.vehicles[0].count, configurations);
    if (conflict && !slice_is(k.given_up, conflict)) fail_msg("'%.*s', not '%s'", SLICE_ARGS(k.given_up), conflict);
}

static void test_narrow(void **state) {
    struct fixture f;
    (void)state;
    fixture_open(&f);
    load(&f);
    struct car_reading only_attrs = {.attrs = SLICE("displacement:1.4")};
    narrowed(&f, "", reading(&f, "volkswagen", "golf", 0, 0, ""), 3, NULL);
    narrowed(&f, "", reading(&f, "volkswagen", NULL, 2010, 2013, "displacement:1.4"), 1, NULL);
    narrowed(&f, "", only_attrs, 1, NULL);
    narrowed(&f, "", reading(&f, "volkswagen", "golf", 0, 0, "trim:sport"), 3, NULL);
    narrowed(&f, "", reading(&f, "volkswagen", "golf", 0, 0, "displacement:1.5"), 3, "displacement:1.5");
    narrowed(&f, "displacement:1.6", only_attrs, 1, "displacement:1.4");
    narrowed(&f, "fuel:diesel", only_attrs, 1, "displacement:1.4");
    narrowed(&f, "", reading(&f, "volkswagen", "golf", 2014, 2014, ""), 3, "year");
    narrowed(&f, "", reading(&f, "volkswagen", "polo", 0, 0, ""), 3, "model");
    narrowed(&f, "", reading(&f, "honda", "civic", 0, 0, ""), 3, "make");
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_own_answers_go_first), cmocka_unit_test(test_levels),
                                       cmocka_unit_test(test_narrow)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "vehicle_fixture.h"

#include "index/names.h"
#include "index/picker.h"
#include "index/vehicle_stats.h"

static int setup(void **state) {
    static struct fixture f;
    fixture_open(&f);
    fixture_vocabulary(&f);
    *state = &f;
    return 0;
}
static int teardown(void **state) {
    fixture_close(*state);
    return 0;
}

static void load_golf(struct fixture *f) {
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    fixture_add(l, "Volkswagen", "Golf", 2018, "market=US|displacement=1.8|fuel=gasoline", "vpic", 0);
    fixture_add(l, "VOLKSWAGEN", "golf", 2018, "market=US|displacement=2.0|fuel=gasoline|trim=GTI", "vpic", 0);
    fixture_add(l, "VW", "Golf", 2018, "market=US|displacement=1.8|fuel=gasoline", "vpic", 0); // once more
    fixture_add(l, "大众", "高尔夫", 2018, "market=CN|displacement=1.4|fuel=gasoline", "cn-table", 0);
    fixture_add(l, "Volkswagen", "Golf", 2019, "market=US|displacement=1.4|fuel=gasoline", "vpic", VEHICLE_OPEN_YEARS);
    fixture_finish(f, l);
}

// "market=US,displacement=1.8" of one configuration, attributes in the order of their ids.
static const char *tuple(struct fixture *f, const struct vehicle *v, unsigned i) {
    struct slice out = SLICE("");
    for (unsigned k = 0; k < v->attr_count; k++) {
        uint16_t value = v->values[i * v->attr_count + k];
        if (value != 0)
            out = arena_printf(&f->arena, "%.*s%s%.*s=%.*s", SLICE_ARGS(out), out.n > 0 ? "," : "",
                               SLICE_ARGS(names_text(f->view, NAMES_ATTRIBUTE, v->attrs[k])),
                               SLICE_ARGS(names_text(f->view, NAMES_VALUE + v->attrs[k], value)));
    }
    return out.p;
}

static bool has_tuple(struct fixture *f, const struct vehicle *v, const char *wanted) {
    for (unsigned i = 0; i < v->count; i++)
        if (strcmp(tuple(f, v, i), wanted) == 0) return true;
    return false;
}

static void names_in_any_spelling_are_one_vehicle(void **state) {
    struct fixture *f = *state;
    load_golf(f);
    const struct vehicle *v = fixture_vehicle(f, "2018-volkswagen-golf");
    assert_int_equal(v->year, 2018);
    assert_int_equal(v->count, 3);
    assert_true(has_tuple(f, v, "market=US,displacement=1.8,fuel=gasoline"));
    assert_true(has_tuple(f, v, "market=US,displacement=2.0,fuel=gasoline,trim=GTI"));
    assert_true(has_tuple(f, v, "market=CN,displacement=1.4,fuel=gasoline"));
    uint32_t trim;
    assert_int_equal(attribute_find(f->view, SLICE("trim"), &trim), ERR_OK);
    unsigned known = 0;
    for (unsigned i = 0; i < v->count; i++) known += vehicle_value(v, i, (uint8_t)trim) != 0;
    assert_int_equal(known, 1);
    assert_int_equal(vehicle_value(v, 0, 63), 0); // a column that is not there
}

static void loading_again_keeps_ids_and_writes_nothing(void **state) {
    struct fixture *f = *state;
    load_golf(f);
    struct vehicle first = *fixture_vehicle(f, "2018-volkswagen-golf");
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    fixture_add(l, "Volkswagen", "Golf", 2018, "market=US|displacement=2.0|fuel=gasoline|trim=GTI", "vpic", 0);
    fixture_add(l, "Volkswagen", "Golf", 2018, "market=US|displacement=1.8|fuel=gasoline", "vpic", 0);
    struct vehicle_load_report report = fixture_finish(f, l);
    assert_int_equal(report.vehicles_new, 0);
    const struct vehicle *again = fixture_vehicle(f, "2018-volkswagen-golf");
    assert_int_equal(again->id, first.id);
    assert_int_equal(again->count, first.count);
    for (unsigned i = 0; i < first.count; i++) { // the same tuple has the same configuration id, wherever it stands
        unsigned k = 0;
        while (k < again->count && again->hashes[k] != first.hashes[i]) k++;
        assert_true(k < again->count);
        assert_string_equal(tuple(f, again, k), tuple(f, &first, i));
    }
}

static void one_source_is_replaced_the_others_stay(void **state) {
    struct fixture *f = *state;
    load_golf(f);
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    fixture_add(l, "Volkswagen", "Golf", 2018, "market=US|displacement=1.9", "vpic", 0);
    struct vehicle_load_report report = fixture_finish(f, l);
    assert_int_equal(report.vehicles_changed, 1);
    const struct vehicle *v = fixture_vehicle(f, "2018-volkswagen-golf");
    assert_int_equal(v->count, 2);
    assert_true(has_tuple(f, v, "market=CN,displacement=1.4,fuel=gasoline"));
    assert_true(has_tuple(f, v, "market=US,displacement=1.9"));
    assert_int_equal(v->attr_count, 3); // nobody knows a trim any more
    assert_int_equal(fixture_vehicle(f, "2019-volkswagen-golf")->count, 1); // not named by this load
}

static void flags_last_while_every_row_says_so(void **state) {
    struct fixture *f = *state;
    load_golf(f);
    assert_int_equal(fixture_vehicle(f, "2019-volkswagen-golf")->flags, VEHICLE_OPEN_YEARS);
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    fixture_add(l, "Volkswagen", "Golf", 2019, "market=CN|displacement=1.4", "cn-table", 0);
    fixture_finish(f, l);
    assert_int_equal(fixture_vehicle(f, "2019-volkswagen-golf")->flags, 0);
}

static void an_alias_does_not_merge_models(void **state) {
    struct fixture *f = *state;
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    fixture_add(l, "Audi", "A4", 2018, "market=US", "vpic", 0);
    fixture_add(l, "Audi", "A4L", 2018, "market=CN", "cn-table", 0);
    fixture_add(l, "Ford", "F-150", 2018, "market=US", "vpic", 0);
    fixture_add(l, "Ford", "F150", 2019, "market=US", "vpic", 0);
    fixture_finish(f, l);
    assert_int_equal(fixture_vehicle(f, "2018-audi-a4")->count, 1);
    assert_int_equal(fixture_vehicle(f, "2018-audi-a4l")->count, 1);
    assert_int_equal(fixture_vehicle(f, "2019-ford-f-150")->count, 1);
}

static void bad_rows_are_refused(void **state) {
    struct fixture *f = *state;
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    struct fault why = {0};
    struct vehicle_configuration c = {
        .make = SLICE("Ford"), .model = SLICE("T"), .source = SLICE("owner"), .year = 1895};
    assert_int_equal(vehicle_loader_add(l, &c, &why), ERR_BAD_REQUEST);
    assert_string_equal(why.field, "year");
    c.year = 1908;
    c.model = SLICE("");
    assert_int_equal(vehicle_loader_add(l, &c, &why), ERR_BAD_REQUEST);
    assert_string_equal(why.field, "model");
    vehicle_loader_free(l);
}

static void finding(void **state) {
    struct fixture *f = *state;
    uint32_t make, model, other;
    struct vehicle *v;
    unsigned configuration;
    load_golf(f);
    assert_int_equal(make_find(f->view, SLICE("大眾"), &make), ERR_OK);
    assert_int_equal(model_find(f->view, make, SLICE("小钢炮"), &model), ERR_OK);
    assert_int_equal(model_find(f->view, make, SLICE("GOLF"), &other), ERR_OK);
    assert_int_equal(model, other);
    assert_int_equal(model_find(f->view, make, SLICE("A4L"), &other), ERR_NOT_FOUND); // another make's
    assert_int_equal(make_find(f->view, SLICE("nobody"), &other), ERR_NOT_FOUND);
    const struct vehicle *golf = fixture_vehicle(f, "2018-volkswagen-golf");
    struct slice id = vehicle_configuration_id(f->view, golf, 1);
    assert_int_equal(vehicle_find_configuration(f->view, id, &v, &configuration), ERR_OK);
    assert_int_equal(configuration, 1);
    assert_int_equal(vehicle_find_configuration(f->view, SLICE("2018-volkswagen-golf~00000000"), &v, &configuration),
                     ERR_NOT_FOUND);
    assert_int_equal(vehicle_find_configuration(f->view, SLICE("2018-volkswagen-golf"), &v, &configuration),
                     ERR_NOT_FOUND);
    assert_int_equal(vehicle_load(f->view, 12345, &v), ERR_NOT_FOUND);
}

static bool count_rows(void *arg, const struct picker_row *row) {
    (void)row;
    return ++*(unsigned *)arg < 100;
}

static void walking(void **state) {
    struct fixture *f = *state;
    uint32_t make, model;
    unsigned rows = 0;
    load_golf(f);
    assert_int_equal(make_find(f->view, SLICE("vw"), &make), ERR_OK);
    assert_int_equal(model_find(f->view, make, SLICE("golf"), &model), ERR_OK);
    assert_int_equal(vehicle_each(f->view, make, model, 0, 0, count_rows, &rows), ERR_OK);
    assert_int_equal(rows, 2);
    rows = 0;
    assert_int_equal(vehicle_each(f->view, 0, model, 2019, 2019, count_rows, &rows), ERR_OK);
    assert_int_equal(rows, 1);
    rows = 0;
    assert_int_equal(vehicle_each(f->view, 0, 0, 2000, 2010, count_rows, &rows), ERR_OK);
    assert_int_equal(rows, 0);
}

static void picker_lists(void **state) {
    struct fixture *f = *state;
    struct make *makes;
    struct model *models;
    struct picker_year *years;
    unsigned count;
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    fixture_add(l, "BYD", "Qin PLUS", 2022, "market=CN", "cn-table", 0);
    fixture_add(l, "Audi", "A4L", 2018, "market=CN", "cn-table", 0);
    fixture_add(l, "Audi", "A4", 2018, "market=US", "vpic", 0);
    fixture_add(l, "Mack", "CH", 2018, "market=US", "vpic", VEHICLE_SECOND_LIST);
    fixture_finish(f, l);
    load_golf(f);
    struct picker_filter filter = {.order = PICKER_CHINESE};
    assert_int_equal(picker_makes(f->view, &filter, &makes, &count), ERR_OK);
    assert_int_equal(count, 3); // no Mack, and none of the makes without vehicles
    assert_string_equal(fixture_string(f, makes[0].slug), "byd");
    assert_string_equal(fixture_string(f, makes[1].slug), "volkswagen");
    assert_string_equal(fixture_string(f, makes[2].slug), "audi");
    assert_int_equal(makes[1].markets, VEHICLE_MARKET_US | VEHICLE_MARKET_CN);
    assert_int_equal(makes[2].models, 2);
    filter = (struct picker_filter){.order = PICKER_ALPHABETICAL, .markets = VEHICLE_MARKET_US, .second = true};
    assert_int_equal(picker_makes(f->view, &filter, &makes, &count), ERR_OK);
    assert_int_equal(count, 3);
    assert_string_equal(fixture_string(f, makes[1].slug), "mack");
    assert_int_equal(makes[1].models, 0);
    assert_int_equal(makes[1].models_second, 1);
    filter = (struct picker_filter){.markets = VEHICLE_MARKET_US};
    assert_int_equal(picker_models(f->view, makes[0].id, &filter, &models, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_string_equal(fixture_string(f, models[0].name), "A4");
    filter = (struct picker_filter){0};
    assert_int_equal(picker_models(f->view, makes[2].id, &filter, &models, &count), ERR_OK);
    assert_int_equal(picker_years(f->view, makes[2].id, models[0].id, &filter, &years, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(years[0].year, 2019);
    assert_int_equal(years[1].is.configurations, 3);
}

static void json(void **state) {
    struct fixture *f = *state;
    load_golf(f);
    const struct vehicle *v = fixture_vehicle(f, "2018-volkswagen-golf");
    struct buf b;
    buf_init(&b, &f->arena, 4096);
    struct json_writer w = json_writer_of(&b);
    vehicle_json(f->view, &w, v, NULL, false);
    assert_string_equal(
        fixture_string(f, buf_slice(&b)),
        "{\"id\":\"2018-volkswagen-golf\",\"market\":null,\"make\":\"Volkswagen\",\"model\":\"Golf\",\"year\":2018,"
        "\"name\":\"2018 Volkswagen Golf\",\"name_zh\":\"2018款 大众 高尔夫\",\"attrs\":{\"fuel\":\"gasoline\"},"
        "\"configurations\":3}");
    uint64_t possible = 0;
    for (unsigned i = 0; i < v->count; i++)
        if (strstr(tuple(f, v, i), "market=US")) possible |= 1ull << i;
    buf_clear(&b);
    w = json_writer_of(&b);
    vehicle_json(f->view, &w, v, &possible, false);
    assert_non_null(strstr(fixture_string(f, buf_slice(&b)),
                           "\"attrs\":{\"market\":\"US\",\"fuel\":\"gasoline\"},\"configurations\":2}"));
    buf_clear(&b);
    w = json_writer_of(&b);
    vehicle_json(f->view, &w, v, NULL, true);
    vehicle_configurations_json(f->view, &w, v);
    json_close(&w, '}');
    const char *all = fixture_string(f, buf_slice(&b));
    assert_non_null(strstr(
        all, "\"source\":\"cn-table\",\"attrs\":{\"market\":\"CN\",\"displacement\":\"1.4\",\"fuel\":\"gasoline\"}"));
    assert_non_null(strstr(all, "\"varies\":[\"market\",\"displacement\",\"trim\"]"));
}

static void stats(void **state) {
    struct fixture *f = *state;
    struct vehicle_stats counted, stored;
    struct fault why = {0};
    load_golf(f);
    assert_int_equal(vehicle_stats_load(f->view, &stored), ERR_NOT_FOUND);
    assert_int_equal(vehicle_stats_count(f->view, &counted), ERR_OK);
    assert_int_equal(counted.counts[STATS_ANY][0][0].vehicles, 1);
    assert_int_equal(counted.counts[STATS_ANY][1][0].vehicles, 1);
    assert_int_equal(counted.counts[STATS_US][0][0].configurations, 2);
    assert_int_equal(counted.counts[STATS_CN][0][0].configurations, 1);
    assert_int_equal(vehicle_stats_sum(&counted, STATS_ANY).configurations, 4);
    assert_int_equal(counted.makes, 1);
    assert_int_equal(vehicle_stats_store(f->db, &counted, &why), ERR_OK);
    fixture_refresh(f);
    assert_int_equal(vehicle_stats_load(f->view, &stored), ERR_OK);
    assert_memory_equal(&stored, &counted, sizeof stored);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_in_any_spelling_are_one_vehicle, setup, teardown),
        cmocka_unit_test_setup_teardown(loading_again_keeps_ids_and_writes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(one_source_is_replaced_the_others_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(flags_last_while_every_row_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(an_alias_does_not_merge_models, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_rows_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(finding, setup, teardown),
        cmocka_unit_test_setup_teardown(walking, setup, teardown),
        cmocka_unit_test_setup_teardown(picker_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(json, setup, teardown),
        cmocka_unit_test_setup_teardown(stats, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

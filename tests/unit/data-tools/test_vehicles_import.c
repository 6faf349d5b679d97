#include "tests/unit/index/vehicle_fixture.h"

#include "data-tools/cn_vehicles.h"
#include "index/names.h"
#include "index/vehicle_external.h"

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

static char printed[4096];

static struct import_report import(struct fixture *f, const char *file, const char *content, enum err expected) {
    static const struct vehicles_options options = {.market = "CN", .source = "owner"};
    struct import_report report;
    struct fault why = {0};
    const char *path = arena_printf(&f->arena, "%s/%s", fixture_fact(f, file, content), file).p;
    memset(printed, 0, sizeof printed);
    FILE *out = fmemopen(printed, sizeof printed, "w");
    report_init(&report, out);
    assert_int_equal(vehicles_import(f->db, &path, 1, &options, &report, &why), expected);
    if (expected != ERR_OK) fprintf(out, "%s", why.message);
    fclose(out);
    fixture_refresh(f);
    return report;
}

static const char *value(struct fixture *f, const char *slug, unsigned configuration, const char *attribute) {
    const struct vehicle *v = fixture_vehicle(f, slug);
    uint32_t attr;
    if (names_find(f->view->snapshot, NAMES_ATTRIBUTE, slice_str(attribute), &attr) != ERR_OK) return "?";
    uint16_t id = vehicle_value(v, configuration, (uint8_t)attr);
    return id == 0 ? "?" : fixture_string(f, names_text(f->view, NAMES_VALUE + attr, id));
}

static void our_own_table(void **state) {
    struct fixture *f = *state;
    struct import_report report;
    struct fault why = {0};
    const char *dir = fixture_fact(
        f, "cn_vehicles_test.tsv",
        "make\tmake_zh\tmaker_zh\tmodel\tmodel_zh\tfrom\tto\tdisplacement\tfuel\ttransmission\tdrive\ttrim\n"
        "# a comment\n"
        "Volkswagen\t大众\t上汽大众\tLavida\t朗逸\t2018\t2019\t1.5\tgasoline\tMT5|AT6\tfwd\t风尚版|舒适版\n");
    report_init(&report, NULL);
    if (cn_vehicles_import(f->db, dir, &report, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(f);
    assert_int_equal(report.rows, 1);
    assert_int_equal(report.vehicles_new, 2);
    assert_int_equal(report.notices, 0);
    assert_int_equal(fixture_vehicle(f, "2018-volkswagen-lavida")->count, 4); // two gearboxes, two trims
    assert_string_equal(value(f, "2019-volkswagen-lavida", 0, "market"), "CN");
    assert_string_equal(value(f, "2019-volkswagen-lavida", 0, "displacement"), "1.5");
    uint32_t make, model;
    assert_int_equal(make_find(f->view, SLICE("大众"), &make), ERR_OK);
    assert_int_equal(model_find(f->view, make, SLICE("朗逸"), &model), ERR_OK); // the Chinese name was taken over
}

static void chinese_columns_in_gbk(void **state) {
    struct fixture *f = *state;
    // 品牌,车系,排量,年款,款型 / 大众,高尔夫,1.4T,2018款,"舒适型,豪华"
    import(
        f, "gbk.csv",
        "\xC6\xB7\xC5\xC6,\xB3\xB5\xCF\xB5,\xC5\xC5\xC1\xBF,\xC4\xEA\xBF\xEE,\xBF\xEE\xD0\xCD\n"
        "\xB4\xF3\xD6\xDA,\xB8\xDF\xB6\xFB\xB7\xF2,1.4T,2018\xBF\xEE,\"\xCA\xE6\xCA\xCA\xD0\xCD,\xBA\xC0\xBB\xAA\"\n",
        ERR_OK);
    assert_int_equal(fixture_vehicle(f, "2018-volkswagen-golf")->count, 1);
    assert_string_equal(value(f, "2018-volkswagen-golf", 0, "displacement"), "1.4");
    assert_string_equal(value(f, "2018-volkswagen-golf", 0, "aspiration"), "turbo"); // the T says so
    assert_string_equal(value(f, "2018-volkswagen-golf", 0, "trim"), "舒适型,豪华");
}

static void years_in_many_forms(void **state) {
    struct fixture *f = *state;
    uint32_t id;
    import(f, "years.csv", "year,brand,series\n2012-2014,Ford,Focus\n18款,Ford,Escort\n1998,Ford,Edge\n", ERR_OK);
    assert_int_equal(vehicle_find(f->view, SLICE("2013-ford-focus"), &id), ERR_OK);
    assert_int_equal(vehicle_find(f->view, SLICE("2018-ford-escort"), &id), ERR_OK);
    assert_int_equal(vehicle_find(f->view, SLICE("1998-ford-edge"), &id), ERR_OK);
    assert_int_equal(vehicle_find(f->view, SLICE("2015-ford-focus"), &id), ERR_NOT_FOUND);
}

static void bad_rows_are_reported_with_their_line(void **state) {
    struct fixture *f = *state;
    struct import_report report = import(f, "bad.csv",
                                         "make,model,year,displacement,colour,fuel\n"
                                         "Ford,Focus,2018,2.0,red,gasoline\n"
                                         ",Focus,2018,2.0,red,gasoline\n"
                                         "Ford,Focus,soon,2.0,red,gasoline\n"
                                         "Ford,Focus,2018,big,red,gasoline\n"
                                         "Ford,Focus,2018,2.0,red,steam\n"
                                         "Ford,Focus,2018-2012,2.0,red,\n", ERR_OK);
    assert_int_equal(report.rows, 6);
    assert_int_equal(report.rejected, 5);
    assert_int_equal(report.notices, 1);
    assert_int_equal(fixture_vehicle(f, "2018-ford-focus")->count, 1);
    assert_non_null(strstr(printed, "column \"colour\" is not known"));
    assert_non_null(strstr(printed, "bad.csv:3: no make or no model"));
    assert_non_null(strstr(printed, "bad.csv:4: the year is not understood"));
    assert_non_null(strstr(printed, "bad.csv:5: \"big\" is no displacement"));
    assert_non_null(strstr(printed, "bad.csv:6: \"steam\" is no fuel"));
    assert_non_null(strstr(printed, "bad.csv:7: the last year is before the first"));
}

static void columns_that_must_be_there(void **state) {
    struct fixture *f = *state;
    import(f, "nomake.csv", "model,year\nFocus,2018\n", ERR_BAD_REQUEST);
    assert_non_null(strstr(printed, "no column make or 品牌"));
    import(f, "noyear.csv", "make,model\nFord,Focus\n", ERR_BAD_REQUEST);
    assert_non_null(strstr(printed, "no column year"));
    import(f, "empty.csv", "", ERR_BAD_REQUEST);
}

static void a_market_column_overrides_the_default(void **state) {
    struct fixture *f = *state;
    import(f, "market.tsv", "make\tmodel\tyear\tmarket\nFord\tFocus\t2018\tUnited States\nFord\tFocus\t2019\t\n",
           ERR_OK);
    assert_string_equal(value(f, "2018-ford-focus", 0, "market"), "US");
    assert_string_equal(value(f, "2019-ford-focus", 0, "market"), "CN");
}

static void files_of_one_import_add_up(void **state) {
    struct fixture *f = *state;
    static const struct vehicles_options options = {.market = NULL, .source = "owner"};
    struct import_report report;
    struct fault why = {0};
    const char *dir = fixture_fact(f, "a.csv", "make,model,year,trim\nFord,Focus,2018,S\n");
    fixture_fact(f, "b.csv", "make,model,year,trim\nFord,Focus,2018,SE\n");
    const char *paths[] = {arena_printf(&f->arena, "%s/a.csv", dir).p, arena_printf(&f->arena, "%s/b.csv", dir).p};
    report_init(&report, NULL);
    assert_int_equal(vehicles_import(f->db, paths, 2, &options, &report, &why), ERR_OK);
    fixture_refresh(f);
    assert_int_equal(fixture_vehicle(f, "2018-ford-focus")->count, 2);
    paths[1] = "/nonexistent/c.csv";
    assert_int_equal(vehicles_import(f->db, paths, 2, &options, &report, &why), ERR_NOT_FOUND);
}

static void ids_of_other_catalogues(void **state) {
    struct fixture *f = *state;
    const uint32_t *found;
    unsigned count;
    struct import_report report = import(f, "ids.csv",
        "make,model,year,displacement,level_id,K-Type,BaseVehicleID,车架号前缀\n"
        "Volkswagen,Golf,2018-2019,1.4T,BMW0123,12345|678,588822,lsvaf2c*\n"
        "Volkswagen,Golf,2018,2.0,,777,,\n"
        "Volkswagen,Golf,2018,2.0,,x1,,\n"
        "Volkswagen,Golf,2018,2.0,,,,LSVO\n", ERR_OK);
    assert_int_equal(report.rows, 4);
    assert_int_equal(report.rejected, 2);
    assert_non_null(strstr(printed, "\"x1\" is no ktype id"));
    assert_non_null(strstr(printed, "\"LSVO\" is no vin id"));
    assert_int_equal(report.notices, 0);
    const struct vehicle *golf = fixture_vehicle(f, "2018-volkswagen-golf");
    assert_int_equal(golf->count, 3);
    assert_string_equal(value(f, "2018-volkswagen-golf", 0, "ktype"), "12345");
    assert_string_equal(value(f, "2018-volkswagen-golf", 1, "ktype"), "678");
    assert_string_equal(value(f, "2018-volkswagen-golf", 2, "ktype"), "777");
    assert_string_equal(value(f, "2018-volkswagen-golf", 0, "level"), "BMW0123");
    assert_string_equal(value(f, "2018-volkswagen-golf", 0, "vin"), "LSVAF2C*");
    assert_string_equal(value(f, "2018-volkswagen-golf", 0, "vcdb"), "?"); // names the whole base vehicle
    assert_int_equal(vehicle_external_find(f->view, SLICE("ktype:12345"), &found, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(found[0], golf->id);
    assert_int_equal(vehicle_external_find(f->view, SLICE("ktype:777"), &found, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(vehicle_external_find(f->view, SLICE("vcdb:588822"), &found, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(vehicle_external_find(f->view, SLICE("vin:LSVAF2C*"), &found, &count), ERR_OK);
    assert_int_equal(vehicle_external_find(f->view, SLICE("level:BMW0123"), &found, &count), ERR_OK);
    assert_int_equal(vehicle_external_find(f->view, SLICE("ktype:x1"), &found, &count), ERR_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(our_own_table, setup, teardown),
        cmocka_unit_test_setup_teardown(chinese_columns_in_gbk, setup, teardown),
        cmocka_unit_test_setup_teardown(years_in_many_forms, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_rows_are_reported_with_their_line, setup, teardown),
        cmocka_unit_test_setup_teardown(columns_that_must_be_there, setup, teardown),
        cmocka_unit_test_setup_teardown(a_market_column_overrides_the_default, setup, teardown),
        cmocka_unit_test_setup_teardown(files_of_one_import_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(ids_of_other_catalogues, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

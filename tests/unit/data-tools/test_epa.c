#include "tests/unit/index/vehicle_fixture.h"

#include "data-tools/epa.h"
#include "index/base/limits.h"
#include "index/names.h"

static int setup(void **state) {
    static struct fixture f;
    fixture_open(&f);
    fixture_vocabulary(&f);
    fixture_fact(&f, "attributes.tsv",
                 "name\tlabel\tlabel_zh\tunit\torder\tkind\tvalues\ndrive\tDrive\t\t\t1\tenum\tfwd|rwd|awd|4wd|2wd\n"
                 "transmission\tTransmission\t\t\t2\tenum\tMT5|MT6|AT4|AT6|CVT|DCT6|AMT6|EV1\n");
    struct fault why = {0};
    if (vocabulary_load(f.db, arena_printf(&f.arena, "%s/facts", f.dir).p, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(&f);
    *state = &f;
    return 0;
}
static int teardown(void **state) {
    fixture_close(*state);
    return 0;
}

static struct import_report import(struct fixture *f, const char *rows, enum err expected) {
    struct import_report report;
    struct fault why = {0};
    struct slice content = arena_printf(&f->arena, "id,make,model,year,class,trans,drive,cyl,displ,fuel,hwy,cty\n%s", rows);
    const char *path = arena_printf(&f->arena, "%s/epa.csv", fixture_fact(f, "epa.csv", content.p)).p;
    report_init(&report, NULL);
    assert_int_equal(epa_import(f->db, path, true, &report, &why), expected);
    fixture_refresh(f);
    return report;
}

// Drive and gearbox of every configuration, "fwd/MT5 fwd/AT6", in the order of the record.
static const char *joints(struct fixture *f, const char *slug) {
    const struct vehicle *v = fixture_vehicle(f, slug);
    uint32_t drive = 0, transmission = 0;
    struct buf b;
    buf_init(&b, &f->arena, 256);
    (void)names_find(f->view->snapshot, NAMES_ATTRIBUTE, SLICE("drive"), &drive);
    (void)names_find(f->view->snapshot, NAMES_ATTRIBUTE, SLICE("transmission"), &transmission);
    for (unsigned i = 0; i < v->count; i++) {
        struct slice d = names_text(f->view, NAMES_VALUE + drive, vehicle_value(v, i, (uint8_t)drive));
        struct slice t = names_text(f->view, NAMES_VALUE + transmission, vehicle_value(v, i, (uint8_t)transmission));
        buf_printf(&b, "%s%.*s/%.*s", i ? " " : "", SLICE_ARGS(d), SLICE_ARGS(t));
    }
    buf_char(&b, 0);
    return b.p;
}

static void vehicles(struct fixture *f) {
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    fixture_add(l, "Volkswagen", "Golf", 2012, "market=US|displacement=2.5|cylinders=5|fuel=gasoline", "vpic", 0);
    fixture_add(l, "Volkswagen", "Golf", 2012, "market=US|displacement=2.0|cylinders=4|fuel=diesel|drive=fwd", "vpic", 0);
    fixture_add(l, "Volkswagen", "Golf", 2012, "market=CN|displacement=2.5|cylinders=5|fuel=gasoline", "cn-table", 0);
    fixture_add(l, "Volkswagen", "Golf", 2012, "market=US|displacement=1.4|cylinders=4|fuel=gasoline", "vpic", 0);
    fixture_add(l, "Audi", "A4", 2012, "market=US|displacement=2.0|cylinders=4|fuel=gasoline", "vpic", 0);
    fixture_add(l, "Ford", "F-150", 2012, "market=US|displacement=3.5|cylinders=6|fuel=gasoline|drive=2wd", "vpic", 0);
    fixture_add(l, "Ford", "Focus", 2012, "market=US|fuel=electric", "vpic", 0);
    fixture_finish(f, l);
}

#define ROWS \
    "1,Volkswagen,Golf,2012,Compact,Manual 5-spd,Front-Wheel Drive,5,2.5,Regular,33,23\n" \
    "2,Volkswagen,Golf,2012,Compact,Automatic (S6),Front-Wheel Drive,5,2.5,Regular,33,23\n" \
    "3,Volkswagen,Golf,2012,Compact,Auto(AM6),Front-Wheel Drive,4,2,Diesel,42,30\n" \
    "4,Volkswagen,Golf,2013,Compact,Manual 6-spd,Front-Wheel Drive,5,2.5,Regular,33,23\n" \
    "5,Audi,A4,2012,Compact,Automatic (variable gear ratios),Front-Wheel Drive,4,2.0,Premium,31,22\n" \
    "6,Audi,A4 quattro,2012,Compact,Manual 6-spd,4-Wheel or All-Wheel Drive,4,2.0,Premium,31,21\n" \
    "7,Ford,F150 Pickup 2WD,2012,\"Pickup, Standard\",Automatic (S6),Rear-Wheel Drive,6,3.5,Regular,22,16\n" \
    "8,Ford,F150 Pickup 4WD,2012,\"Pickup, Standard\",Automatic 4-spd,4-Wheel Drive,6,3.5,Regular,21,15\n" \
    "9,Ford,Focus,2012,Compact,Automatic (A1),Front-Wheel Drive,,,Electricity,99,110\n" \
    "10,Nobody,Nothing,2012,Compact,Automatic 4-spd,Front-Wheel Drive,4,2.0,Regular,30,20\n" \
    "11,Ford,,soon,Compact,,,,,,,\n"

static void what_is_unknown_becomes_the_joint_alternatives(void **state) {
    struct fixture *f = *state;
    vehicles(f);
    struct import_report report = import(f, ROWS, ERR_OK);
    assert_int_equal(report.rows, 11);
    assert_int_equal(report.rejected, 1);
    assert_int_equal(report.vehicles_changed, 4);
    // Neither the Chinese Golf nor the 1.4, which EPA does not list, learns anything.
    assert_string_equal(joints(f, "2012-volkswagen-golf"), "fwd/MT5 fwd/AT6 fwd/DCT6 fwd/AMT6 / /");
    assert_string_equal(joints(f, "2012-audi-a4"), "fwd/CVT awd/MT6");
    assert_string_equal(joints(f, "2012-ford-f-150"), "2wd/AT6"); // the four-wheel drive's gearbox is not this one's
    assert_string_equal(joints(f, "2012-ford-focus"), "fwd/EV1");
    struct import_report again = import(f, ROWS, ERR_OK);
    assert_int_equal(again.vehicles_changed, 0);
    assert_string_equal(joints(f, "2012-volkswagen-golf"), "fwd/MT5 fwd/AT6 fwd/DCT6 fwd/AMT6 / /");
}

// "Golf R" may be a trim of our Golf: it adds to what the Golf's own rows say of the engine, and says nothing alone.
static void a_longer_name_only_adds(void **state) {
    struct fixture *f = *state;
    vehicles(f);
    import(f, "1,Volkswagen,Golf R,2012,Compact,Manual 6-spd,All-Wheel Drive,4,1.4,Premium,27,19\n", ERR_OK);
    assert_string_equal(joints(f, "2012-volkswagen-golf"), "/ fwd/ / /");
    import(f, "1,Volkswagen,Golf R,2012,Compact,Manual 6-spd,All-Wheel Drive,4,1.4,Premium,27,19\n"
              "2,Volkswagen,Golf,2012,Compact,Manual 5-spd,Front-Wheel Drive,4,1.4,Premium,27,19\n", ERR_OK);
    assert_string_equal(joints(f, "2012-volkswagen-golf"), "/ fwd/ / awd/MT6 fwd/MT5");
}

static void other_sources_keep_what_they_said(void **state) {
    struct fixture *f = *state;
    vehicles(f);
    import(f, ROWS, ERR_OK);
    const struct vehicle *golf = fixture_vehicle(f, "2012-volkswagen-golf");
    assert_string_equal(fixture_string(f, names_text(f->view, NAMES_CONFIG_SOURCE, golf->sources[0])), "epa");
    assert_string_equal(fixture_string(f, names_text(f->view, NAMES_CONFIG_SOURCE, golf->sources[4])), "cn-table");
    uint32_t id;
    assert_int_equal(vehicle_find(f->view, SLICE("2012-volkswagen-golf"), &id), ERR_OK);
    assert_int_equal(id, golf->id);
}

static void a_table_that_is_not_epas(void **state) {
    struct fixture *f = *state;
    struct import_report report;
    struct fault why = {0};
    const char *path = arena_printf(&f->arena, "%s/x.csv", fixture_fact(f, "x.csv", "make,model,year\nFord,Focus,2012\n")).p;
    report_init(&report, NULL);
    assert_int_equal(epa_import(f->db, path, true, &report, &why), ERR_BAD_REQUEST);
    assert_non_null(strstr(why.message, "displ"));
    assert_true(epa_header(SLICE("id,make,model,year,class,trans,drive,cyl,displ,fuel,hwy,cty")));
    assert_true(epa_header(SLICE("cylinders,displ,drive,fuelType,make,model,trany,year")));
    assert_false(epa_header(SLICE("make,model,year,drive,transmission")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_unknown_becomes_the_joint_alternatives, setup, teardown),
        cmocka_unit_test_setup_teardown(a_longer_name_only_adds, setup, teardown),
        cmocka_unit_test_setup_teardown(other_sources_keep_what_they_said, setup, teardown),
        cmocka_unit_test_setup_teardown(a_table_that_is_not_epas, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

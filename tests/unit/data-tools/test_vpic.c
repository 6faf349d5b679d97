#include <sqlite3.h>
#include <zlib.h>

#include "tests/unit/index/vehicle_fixture.h"

#include "data-tools/vpic.h"
#include "data-tools/vpic_core.h"
#include "data-tools/vpic_years.h"
#include "index/names.h"
#include "index/vin.h"

// ---- keys -----------------------------------------------------------------------------------------------------------
static struct vpic_box box(const char *key) {
    struct vpic_box b;
    if (!vpic_key_compile(slice_str(key), &b)) fail_msg("%s is no key", key);
    return b;
}

static bool meet(const char *a, const char *b) {
    struct vpic_box x = box(a), y = box(b), met;
    return vpic_box_meet(&x, &y, &met);
}

static void keys(void **state) {
    (void)state;
    struct vpic_box b;
    assert_true(meet("*1*AU", "[45TY]**AU"));
    assert_false(meet("*1*AU", "*4*AU"));
    assert_true(meet("A", "AB***"));       // what a key does not mention is any
    assert_false(meet("[A-C3]", "D"));
    assert_true(meet("[A-C3]", "3"));
    assert_true(meet("#", "7"));
    assert_false(meet("#", "A"));
    assert_true(meet("**A", "*****|J"));   // another position
    assert_false(meet("*****|J", "*****|K"));
    assert_false(vpic_key_compile(SLICE("[AB"), &b));
    assert_false(vpic_key_compile(SLICE("A?"), &b));
    b = box("*1*AU");
    assert_int_equal(vpic_box_literals(&b), 3);
    b = box("*****|J");
    assert_true(b.at[VPIC_YEAR_POSITION] == vpic_year_mask(2018));
    assert_true(vpic_year_mask(1980) == vpic_year_mask(2010));
}

static void boxes(void **state) {
    (void)state;
    struct vpic_box a = box("[AB]*"), b = box("A*"), rest;
    assert_true(vpic_box_without(&a, &b, &rest));
    assert_true(rest.at[0] == box("B").at[0]);
    assert_false(vpic_box_without(&b, &a, &rest));
}

static void texts(void **state) {
    (void)state;
    struct vpic_values v;
    uint16_t out[VPIC_TRIMS_MAX];
    vpic_values_init(&v);
    assert_int_equal(vpic_field_values(&v, VPIC_TRIM, SLICE("L/LE/SE, XLE"), out), 4);
    assert_true(slice_is(interner_text(&v.trims, out[3] - 1u), "XLE"));
    assert_int_equal(vpic_field_values(&v, VPIC_TRIM, SLICE("R/T"), out), 1);
    assert_int_equal(vpic_field_values(&v, VPIC_TRIM, SLICE("a1/b1/c1/d1/e1/f1/g1"), out), 0); // says too little
    assert_int_equal(vpic_field_values(&v, VPIC_TRIM, SLICE("TOURING"), out), 1);
    uint16_t touring = out[0];
    assert_int_equal(vpic_field_values(&v, VPIC_TRIM, SLICE(" Touring "), out), 1);
    assert_int_equal(out[0], touring);
    assert_int_equal(vpic_field_values(&v, VPIC_LITRES, SLICE("1.85173823"), out), 1);
    assert_int_equal(out[0], 19);
    assert_int_equal(vpic_field_values(&v, VPIC_CC, SLICE("1984.0"), out), 1);
    assert_int_equal(out[0], 20);
    assert_int_equal(vpic_field_values(&v, VPIC_BODY, SLICE("13"), out), 1);
    assert_int_equal(out[0], BODY_SEDAN);
    assert_true(slice_is(vpic_engine_code(SLICE("LFX - SIDI, VVT")), "LFX"));
    assert_true(slice_is(vpic_engine_code(SLICE("J35Y6")), "J35Y6"));
    assert_int_equal(vpic_engine_code(SLICE("2.0T")).n, 0);
    assert_int_equal(vpic_engine_code(SLICE("4-Valve")).n, 0);
    assert_int_equal(vpic_text_hints(SLICE("2.0L TURBO, AWD")), HINT_TURBO | HINT_AWD);
    assert_int_equal(vpic_text_hints(SLICE("Turbine")), 0);
    vpic_values_destroy(&v);
}

// ---- a small vPIC ---------------------------------------------------------------------------------------------------
static const char *const schema_sql =
    "CREATE TABLE Wmi(Id INTEGER, Wmi TEXT, VehicleTypeId INTEGER, ManufacturerId INTEGER, CountryId INTEGER);"
    "CREATE TABLE Manufacturer(Id INTEGER, Name TEXT); CREATE TABLE Country(Id INTEGER, Name TEXT);"
    "CREATE TABLE Wmi_Make(WmiId INTEGER, MakeId INTEGER);"
    "CREATE TABLE Wmi_VinSchema(Id INTEGER, WmiId INTEGER, VinSchemaId INTEGER, YearFrom INTEGER, YearTo INTEGER);"
    "CREATE TABLE Make(Id INTEGER, Name TEXT); CREATE TABLE Model(Id INTEGER, Name TEXT);"
    "CREATE TABLE Make_Model(Id INTEGER, MakeId INTEGER, ModelId INTEGER);"
    "CREATE TABLE EngineModel(Id INTEGER, Name TEXT); CREATE TABLE EngineModelPattern(Id INTEGER, EngineModelId "
    "INTEGER, ElementId INTEGER, AttributeId TEXT);"
    "CREATE TABLE Pattern(Id INTEGER, VinSchemaId INTEGER, Keys TEXT, ElementId INTEGER, AttributeId TEXT, CreatedOn "
    "TEXT);"
    "INSERT INTO Make VALUES(1,'Volkswagen'),(2,'Mack'),(3,'Ford');"
    "INSERT INTO Model VALUES(1,'Golf'),(2,'Jetta'),(3,'CH'),(4,'F-150'),(5,'Rocket');"
    "INSERT INTO Make_Model VALUES(1,1,1),(2,1,2),(3,2,3),(4,3,4),(5,1,5);"
    "INSERT INTO Wmi(Id, Wmi, VehicleTypeId) VALUES(1,'3VW',2),(2,'1M1',3),(3,'1FT',3),(4,'MOT',1),(5,'1VW',2);"
    // 1: Volkswagen, closed. The engine depends on the model (position 8) and on position 5.
    "INSERT INTO Wmi_VinSchema "
    "VALUES(1,1,1,2017,2018),(2,2,2,1990,NULL),(3,3,3,2018,2018),(4,3,4,2018,2018),(5,4,5,2018,2018),"
    "(6,1,6,2010,NULL),(7,5,7,2012,NULL);"
    "INSERT INTO Pattern VALUES"
    "(1,1,'[BG]**AU',28,'1','2016-01-01'),(2,1,'1**AJ',28,'2','2016-01-01'),"
    "(3,1,'*1*AU',13,'1.798','2016-01-01'),(4,1,'*T*AU',13,'2','2016-01-01'),(5,1,'*B*AJ',13,'1.4','2016-01-01'),"
    "(6,1,'*1*AU',24,'4',''),(7,1,'*T*AU',24,'4',''),(8,1,'*R*AU',24,'2',''),(9,1,'*B*AJ',24,'4',''),"
    "(10,1,'***AU',5,'5',''),(11,1,'***AJ',5,'13',''),"
    "(12,1,'B**AU',38,'S/SE',''),(13,1,'G1*AU',38,'SEL',''),"
    "(14,1,'*T***|J',135,'1','')," // turbo only where position 10 says 2018
    "(15,1,'*1*AU',9,'5',''),"     // wrong on purpose, corrected below
    // 2: trucks, open since 1990, nothing else known
    "(20,2,'*',28,'3','2015-01-01'),(21,2,'*',5,'66','2015-01-01'),"
    // 3 and 4: a model without an engine, and its plant's schema of engines
    "(30,3,'***W',28,'4','2017-01-01'),(31,3,'*',5,'60',''),(40,4,'****P',13,'2.7',''),(41,4,'****5',18,'Coyote 5',''),"
    // 5: a motorcycle. 6: an open Jetta before the closed one. 7: an open Golf elsewhere, in the closed one's year
    "(50,5,'*',28,'5','2017-01-01'),(60,6,'*',28,'2','2015-01-01'),(70,7,'*',28,'1','2015-01-01');"
    "INSERT INTO EngineModel VALUES(1,'Coyote 5');"
    "INSERT INTO EngineModelPattern VALUES(1,1,13,'5.0'),(2,1,9,'8'),(3,1,24,'4');";

static const char *make_vpic(struct fixture *f) {
    sqlite3 *db;
    char *message = NULL;
    const char *path = arena_printf(&f->arena, "%s/vpic.db", f->dir).p;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, schema_sql, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s", message);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return path;
}

static int setup(void **state) {
    static struct fixture f;
    fixture_open(&f);
    fixture_vocabulary(&f);
    fixture_fact(&f, "second_list_makes.tsv", "make\tmodel\treason\nMack\t\theavy trucks\n");
    fixture_fact(&f, "corrections.tsv",
                 "op\tmake\tmodel\tfrom\tto\tmatch\tset\treason\n"
                 "replace\tVolkswagen\tGolf\t\t\tdisplacement=1.8\tcylinders=4\tfive is wrong\n"
                 "remove\tVolkswagen\tGolf\t2017\t2018\tfuel=electric\t\tthe e-Golf is a model of its own\n"
                 "add\tVolkswagen\te-Golf\t2018\t2018\t\tfuel=electric|body=hatchback\tmissing\n"
                 "keep\tFord\tF-150\t2018\t2018\tdisplacement=2.7,3.5\t\tsold with these\n"
                 "explode\tFord\t\t\t\t\t\tno such op\n");
    *state = &f;
    return 0;
}
static int teardown(void **state) {
    fixture_close(*state);
    return 0;
}

static struct import_report import(struct fixture *f, const char *path, const char *facts) {
    struct import_report report;
    struct fault why = {0};
    const struct vpic_options options = {.path = path, .cache_dir = f->dir, .facts_dir = facts};
    report_init(&report, NULL);
    if (vpic_import(f->db, &options, &report, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(f);
    return report;
}

// The values of some attributes of each configuration, sorted: "1.8 S|1.8 SE".
static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static const char *values(struct fixture *f, const char *slug, const char *const *names) {
    const struct vehicle *v = fixture_vehicle(f, slug);
    const char **rows = ARENA_ARRAY(&f->arena, const char *, v->count);
    for (unsigned i = 0; i < v->count; i++) {
        struct slice row = SLICE("");
        for (const char *const *name = names; *name != NULL; name++) {
            uint32_t attr = 0;
            (void)names_find(f->view->snapshot, NAMES_ATTRIBUTE, slice_str(*name), &attr);
            uint16_t value = vehicle_value(v, i, (uint8_t)attr);
            struct slice text = value ? names_text(f->view, NAMES_VALUE + attr, value) : SLICE("?");
            row = arena_printf(&f->arena, "%.*s%s%.*s", SLICE_ARGS(row), row.n ? " " : "", SLICE_ARGS(text));
        }
        rows[i] = row.p;
    }
    qsort(rows, v->count, sizeof *rows, by_text);
    struct slice all = SLICE("");
    for (unsigned i = 0; i < v->count; i++)
        all = arena_printf(&f->arena, "%.*s%s%s", SLICE_ARGS(all), i ? "|" : "", rows[i]);
    return all.p;
}
#define VALUES(slug, ...) values(f, slug, (const char *const[]){__VA_ARGS__, NULL})

static void configurations_are_joint(void **state) {
    struct fixture *f = *state;
    import(f, make_vpic(f), "/nonexistent");
    // Trim SEL goes with position 4 = G and 5 = 1, that is with 1.8 alone; S and SE with all engines of B.
    assert_string_equal(VALUES("2017-volkswagen-golf", "displacement", "fuel", "trim"),
                        "1.8 gasoline S|1.8 gasoline SE|1.8 gasoline SEL|2.0 gasoline ?|2.0 gasoline S|2.0 gasoline SE|"
                        "? electric ?|? electric S|? electric SE");
    assert_string_equal(VALUES("2017-volkswagen-jetta", "displacement", "body", "market"), "1.4 sedan US");
}

static void a_key_on_the_year_position_holds_in_its_year(void **state) {
    struct fixture *f = *state;
    import(f, make_vpic(f), "/nonexistent");
    assert_non_null(strstr(VALUES("2018-volkswagen-golf", "displacement", "aspiration"), "2.0 turbo"));
    assert_null(strstr(VALUES("2017-volkswagen-golf", "displacement", "aspiration"), "turbo"));
}

static void engines_come_from_the_plants_other_schema(void **state) {
    struct fixture *f = *state;
    import(f, make_vpic(f), "/nonexistent");
    assert_string_equal(VALUES("2018-ford-f-150", "displacement", "body", "fuel"), "2.7 pickup ?|5.0 pickup gasoline");
}

static void years_need_evidence(void **state) {
    struct fixture *f = *state;
    uint32_t id;
    import(f, make_vpic(f), arena_printf(&f->arena, "%s/facts", f->dir).p);
    assert_int_equal(fixture_vehicle(f, "1990-mack-ch")->flags, VEHICLE_SECOND_LIST);
    assert_int_equal(fixture_vehicle(f, "1991-mack-ch")->flags, VEHICLE_SECOND_LIST | VEHICLE_OPEN_YEARS);
    assert_int_equal(vehicle_find(f->view, SLICE("1997-mack-ch"), &id), ERR_NOT_FOUND); // beyond the horizon
    assert_int_equal(fixture_vehicle(f, "2016-volkswagen-jetta")->flags, 0); // closed by its successor of 2017
    assert_int_equal(fixture_vehicle(f, "2012-volkswagen-golf")->flags, 0);             // the link's own first year
    assert_int_equal(fixture_vehicle(f, "2013-volkswagen-golf")->flags, VEHICLE_OPEN_YEARS);
    assert_int_equal(fixture_vehicle(f, "2017-volkswagen-golf")->flags, 0);             // a closed link covers it
    assert_int_equal(vehicle_find(f->view, SLICE("2018-volkswagen-rocket"), &id),
                     ERR_NOT_FOUND); // motorcycles stay out
}

static void corrections(void **state) {
    struct fixture *f = *state;
    struct import_report report = import(f, make_vpic(f), arena_printf(&f->arena, "%s/facts", f->dir).p);
    assert_int_equal(report.rejected, 1);
    assert_string_equal(VALUES("2017-volkswagen-golf", "displacement", "cylinders", "trim"),
                        "1.8 4 S|1.8 4 SE|1.8 4 SEL|2.0 ? ?|2.0 ? S|2.0 ? SE");
    assert_string_equal(VALUES("2018-volkswagen-e-golf", "fuel", "body"), "electric hatchback");
    assert_string_equal(VALUES("2018-ford-f-150", "displacement"), "2.7");
}

static void importing_again_changes_nothing(void **state) {
    struct fixture *f = *state;
    const char *path = make_vpic(f);
    struct import_report first = import(f, path, "/nonexistent"), again = import(f, path, "/nonexistent");
    assert_true(first.vehicles_new > 0);
    assert_int_equal(again.vehicles_new + again.vehicles_changed, 0);
    assert_int_equal(again.configurations, first.configurations);
}

static void packed_files_are_unpacked_once(void **state) {
    struct fixture *f = *state;
    struct fault why = {0};
    char out[256], bytes[8] = {0};
    const char *path = arena_printf(&f->arena, "%s/x.db.gz", f->dir).p;
    const struct vpic_options options = {.path = path, .cache_dir = f->dir};
    gzFile gz = gzopen(path, "wb");
    assert_int_equal(gzwrite(gz, "hello", 5), 5);
    gzclose(gz);
    assert_int_equal(vpic_unpack(&options, out, sizeof out, &why), ERR_OK);
    FILE *unpacked = fopen(out, "rb");
    assert_non_null(unpacked);
    assert_int_equal(fread(bytes, 1, sizeof bytes, unpacked), 5);
    fclose(unpacked);
    assert_string_equal(bytes, "hello");
    const struct vpic_options missing = {.path = "/nonexistent/v.db.gz", .cache_dir = f->dir};
    assert_int_equal(remove(out), 0);
    assert_int_equal(vpic_unpack(&missing, out, sizeof out, &why), ERR_NOT_FOUND);
}

static void what_is_no_vpic_is_refused(void **state) {
    struct fixture *f = *state;
    struct fault why = {0};
    struct import_report report;
    report_init(&report, NULL);
    const char *path = arena_printf(&f->arena, "%s/empty.db", f->dir).p;
    FILE *file = fopen(path, "wb");
    assert_int_equal(fclose(file), 0);
    const struct vpic_options options = {.path = path, .cache_dir = f->dir, .facts_dir = "/nonexistent"};
    assert_int_equal(vpic_import(f->db, &options, &report, &why), ERR_DAMAGED);
    assert_non_null(strstr(why.message, "not vPIC"));
}

// ---- settling -------------------------------------------------------------------------------------------------------
static void large_vehicles_let_go_of_detail(void **state) {
    (void)state;
    struct vpic_core cores[64];
    memset(cores, 0, sizeof cores);
    for (unsigned i = 0; i < 64; i++)
        cores[i] = (struct vpic_core){.body = BODY_SEDAN,
                                      .tenths = (uint16_t)(10 + i % 4),
                                      .trim = (uint16_t)(1 + i / 4),
                                      .series = (uint16_t)(1 + i % 8)};
    assert_int_equal(vpic_cores_settle(cores, 64, 64), 64);
    assert_int_equal(vpic_cores_settle(cores, 64, 10), 8); // trim goes first
    assert_int_equal(cores[0].trim, 0);
    assert_int_not_equal(cores[0].series, 0);
    assert_int_equal(vpic_cores_settle(cores, 8, 4), 4); // then the series
    assert_int_equal(cores[0].series, 0);
}

static void gaps_are_filled_where_all_agree(void **state) {
    (void)state;
    struct vpic_core cores[4] = {
        {.body = BODY_SEDAN, .tenths = 20, .cylinders = 4, .fuel = FUEL_GASOLINE}, {.body = BODY_SEDAN, .tenths = 20},
        {.body = BODY_SEDAN, .tenths = 30}, {.body = BODY_NONE},
    };
    assert_int_equal(vpic_cores_settle(cores, 4, 100), 2); // the second becomes the first; the fourth knows nothing
    assert_int_equal(cores[0].cylinders + cores[1].cylinders, 4);
}

// The same patterns, compiled for VINs.
static void vins(void **state) {
    struct fixture *f = *state;
    struct vin_text text;
    struct vin vin;
    struct vin_car car;
    import(f, make_vpic(f), "/nowhere");
    assert_true(vin_read(SLICE("3VWB12AU0JM000001"), &text));
    assert_int_equal(vin_decode(f->view->snapshot, 2027, &text, &vin), ERR_OK);
    assert_int_equal(vin_resolve(f->view, &vin, &car), ERR_OK);
    assert_int_equal(vin.year, 2018);
    assert_true(slice_is(car.make, "Volkswagen") && slice_is(car.model, "Golf"));
    assert_int_equal(car.vehicle_count, 1);
    assert_int_equal(vin.match.attrs[VIN_A_DISPLACEMENT].at[0], 18);
    assert_int_equal(vin.match.attrs[VIN_A_TRIM].count, 2); // S/SE
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        cmocka_unit_test(boxes),
        cmocka_unit_test(texts),
        cmocka_unit_test_setup_teardown(configurations_are_joint, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_on_the_year_position_holds_in_its_year, setup, teardown),
        cmocka_unit_test_setup_teardown(engines_come_from_the_plants_other_schema, setup, teardown),
        cmocka_unit_test_setup_teardown(years_need_evidence, setup, teardown),
        cmocka_unit_test_setup_teardown(corrections, setup, teardown), cmocka_unit_test_setup_teardown(vins, setup, teardown),
        cmocka_unit_test_setup_teardown(importing_again_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(packed_files_are_unpacked_once, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_vpic_is_refused, setup, teardown),
        cmocka_unit_test(large_vehicles_let_go_of_detail),
        cmocka_unit_test(gaps_are_filled_where_all_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

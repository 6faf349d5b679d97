// ACES out and in again: what the pair of document and map says is what the database said, application by application.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data-tools/cn_vehicles.h"
#include "data-tools/export_aces.h"
#include "data-tools/import.h"
#include "data-tools/synth.h"
#include "index/product.h"
#include "index/vehicle_external.h"

#define FACTS "data-tools/facts"
enum { PATH_BYTES = 512, LINES_MAX = 100000 };

struct shelf { char dir[PATH_BYTES]; unsigned databases; };

static int setup(void **state) {
    static struct shelf s;
    snprintf(s.dir, sizeof s.dir, "/tmp/rightfit-export-XXXXXX");
    assert_non_null(mkdtemp(s.dir));
    *state = &s;
    return 0;
}

static int teardown(void **state) {
    struct shelf *s = *state;
    char command[2 * PATH_BYTES];
    snprintf(command, sizeof command, "rm -rf %s", s->dir);
    return system(command);
}

// A database with the vocabulary and the China-market cars, and nothing else.
static struct db *database(struct shelf *s) {
    char path[2 * PATH_BYTES];
    struct import_report report;
    struct fault why = {0};
    struct db *db;
    snprintf(path, sizeof path, "%s/db%u", s->dir, s->databases++);
    report_init(&report, NULL);
    if (db_open(path, DB_CREATE, &db, &why) != ERR_OK) fail_msg("%s", why.message);
    if (vocabulary_load(db, FACTS, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    if (cn_vehicles_import(db, FACTS, &report, &why) != ERR_OK) fail_msg("%s", why.message);
    return db;
}

static const char *file_write(struct shelf *s, const char *name, const char *content, char path[2 * PATH_BYTES]) {
    snprintf(path, 2 * PATH_BYTES, "%s/%s", s->dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(content, f) >= 0);
    assert_int_equal(fclose(f), 0);
    return path;
}

static uint64_t load(struct db *db, const char *path) { // rows rejected
    const char *const paths[] = {path};
    struct import_options options = {.paths = paths, .path_count = 1, .facts_dir = FACTS, .quiet = true};
    struct import_counts counts;
    struct import_report report;
    struct fault why = {0};
    report_init(&report, stderr);
    if (import_run(db, &options, &report, &counts, &why) != ERR_OK) fail_msg("%s", why.message);
    return report.rejected;
}

static struct export_aces_report written(struct shelf *s, struct db *db, const char *name, const char *map, const char *brand, char path[2 * PATH_BYTES]) {
    snprintf(path, 2 * PATH_BYTES, "%s/%s", s->dir, name);
    struct export_aces_options options = {.path = path, .map_path = map, .facts_dir = FACTS, .brand = slice_str(brand), .quiet = true};
    struct export_aces_report report;
    struct fault why = {0};
    if (export_aces(db, &options, &report, &why) != ERR_OK) fail_msg("%s", why.message);
    return report;
}

static char *file_text(const char *path) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *text = calloc(1, 1 << 20);
    assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
    fclose(f);
    return text;
}

// ---- what a database says, as sorted lines "brand|number|type|application" --------------------------------------------------
static int compare_lines(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static unsigned product_lines(struct view *v, uint32_t id, struct slice record, char **lines) {
    struct product product;
    struct application *list;
    unsigned count;
    if (product_load(v, id, &product) != ERR_OK) return 0;
    assert_int_equal(applications_decode(v->arena, record, &list, &count), ERR_OK);
    for (unsigned i = 0; i < count; i++) {
        struct buf b;
        buf_init(&b, NULL, 512);
        buf_printf(&b, "%.*s|%.*s|%.*s|%s|", SLICE_ARGS(product.brand), SLICE_ARGS(product.number), SLICE_ARGS(product.type),
                   list[i].flags & APPLICATION_NOT_VALIDATED ? "not validated" : "");
        struct json_writer w = json_writer_of(&b);
        application_json(v, &w, &list[i]);
        buf_char(&b, 0);
        lines[i] = b.p;
    }
    return count;
}

static unsigned content(struct db *db, char **lines) {
    struct view *v;
    struct arena arena;
    struct slice key, value;
    unsigned count = 0;
    arena_init(&arena, 1 << 20, 1u << 30);
    assert_int_equal(view_open(db, &clock_system, &v), ERR_OK);
    assert_int_equal(view_begin(v, &arena), ERR_OK);
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_APPLICATION);
    for (enum err e = db_cursor_seek(c, SLICE_NONE, &key, &value); e == ERR_OK; e = db_cursor_next(c, &key, &value)) {
        struct reader r = reader_of(key);
        count += product_lines(v, reader_u32be(&r), value, lines + count);
        assert_true(count < LINES_MAX - 1000);
    }
    db_cursor_end(c);
    view_end(v);
    view_close(v);
    arena_destroy(&arena);
    qsort(lines, count, sizeof *lines, compare_lines);
    return count;
}

static void same_content(struct db *a, struct db *b, unsigned at_least) {
    char **left = calloc(LINES_MAX, sizeof *left), **right = calloc(LINES_MAX, sizeof *right);
    unsigned n = content(a, left), m = content(b, right);
    for (unsigned i = 0; i < n && i < m; i++)
        if (strcmp(left[i], right[i]) != 0) fail_msg("was  %s\nnow  %s", left[i], right[i]);
    assert_int_equal(n, m);
    assert_true(n >= at_least);
    for (unsigned i = 0; i < n; i++) free(left[i]), free(right[i]);
    free(left);
    free(right);
}

// ---- one of everything ------------------------------------------------------------------------------------------------------
#define CAR "\"make\":\"Volkswagen\",\"model\":\"Lavida\""
#define PRODUCT(number, applications) \
    "{\"kind\":\"product\",\"id\":\"p-" number "\",\"brand\":\"Mann-Filter\",\"number\":\"" number "\",\"type\":\"oil_filter\",\"applications\":[" applications "]}\n"
static const char GOODS[] =
    PRODUCT("A1", "{\"position\":\"front\",\"quantity\":2,\"label\":\"Premium & more\",\"vehicles\":[{" CAR ",\"years\":[2015,2018]}]}")
    PRODUCT("A2", "{\"vehicles\":[{" CAR ",\"years\":[2016,2016],\"attrs\":{\"displacement\":[\"1.4\",\"1.6\"],\"fuel\":\"gasoline\",\"trim\":\"A|B;C=100%\"}}]}")
    PRODUCT("A3", "{\"vehicles\":[{" CAR ",\"years\":[2016,2017],\"attrs\":{\"trim\":[\"Base <1>\",\"Lux\"],\"cylinders\":\"4\",\"brake_size\":\"312\"}}]}")
    PRODUCT("A4", "{\"vehicles\":[{\"make\":\"Volkswagen\",\"years\":[2010,2012],\"market\":\"CN\",\"attrs\":{\"vehicle_type\":\"car\",\"trim\":\"Lux\"}}]}")
    PRODUCT("A5", "{\"vehicles\":[{\"make\":\"*\",\"years\":[1990,2020],\"attrs\":{\"fuel\":\"diesel\"}}]}")
    PRODUCT("B1", "{\"vehicles\":[{" CAR ",\"years\":[2015,2018]}],\"conditions\":[{\"type\":\"text\",\"text\":\"with air conditioning & \\\"sun\\\"\"}]}")
    PRODUCT("B2", "{\"vehicles\":[{" CAR ",\"years\":[2015,2018]}],\"conditions\":[{\"type\":\"production_date\",\"text\":\"from 05/2017\",\"from\":\"2017-05\"},"
                  "{\"type\":\"option_code\",\"text\":\"PR 1ZE\",\"from\":\"1ZE\"}]}")
    PRODUCT("B3", "{\"vehicles\":[{" CAR ",\"years\":[2015,2018]}],\"conditions\":[{\"type\":\"chassis\",\"text\":\"chassis up to L123456\",\"to\":\"L123456\"},"
                  "{\"type\":\"steering\",\"text\":\"LHD\",\"from\":\"left\"}]}")
    PRODUCT("C1", "{\"vehicles\":[{\"make\":\"Trabant\",\"model\":\"601\",\"years\":[1970,1989],\"attrs\":{\"trim\":\"De Luxe\",\"fuel\":\"gasoline\"}}]}")
    PRODUCT("C2", "{\"vehicles\":[{" CAR ",\"years\":[2016,2016],\"attrs\":{\"displacement\":\"not a number\"}}]}");

static void one_of_everything(void **state) {
    struct shelf *s = *state;
    char path[2 * PATH_BYTES];
    struct db *a = database(s), *b = database(s);
    assert_int_equal(load(a, file_write(s, "goods.jsonl", GOODS, path)), 0);
    struct export_aces_report report = written(s, a, "all.xml", NULL, "", path);
    assert_int_equal(report.applications, 10);
    assert_int_equal(report.unresolved, 2);
    assert_int_equal(report.left_out_applications + report.left_out_products, 0);
    assert_int_equal(load(b, path), 0);
    same_content(a, b, 10);
    db_close(a);
    db_close(b);
}

// ---- ids ----------------------------------------------------------------------------------------------------------------------
#define APP(attributes, content) "<App action=\"A\" id=\"1\"" attributes ">" content "<Qty>1</Qty><PartType id=\"5340\"/><Part BrandAAIAID=\"BBBB\">A1</Part></App>\n"
static const char DOCUMENT[] =
    "<ACES version=\"4.2\"><Header/>\n"
    APP(" validate=\"no\"", "<BaseVehicle id=\"77\"/><EngineBase id=\"311\"/>")
    APP("", "<Years from=\"2015\" to=\"2017\"/><Make id=\"47\"/><Model id=\"9\"/><FuelType id=\"5\"/><Note>with sunroof</Note>")
    APP("", "<BaseVehicle id=\"588822\"/>")
    APP("", "<BaseVehicle id=\"1000000001\"/>")
    APP("", "<Years from=\"2015\" to=\"2017\"/><Make id=\"1000000001\"/><Model id=\"1000000002\"/>")
    "<Footer><RecordCount>5</RecordCount></Footer></ACES>";
static const char MAP[] = "BaseVehicle\t77\t2016|Volkswagen|Lavida\nMake\t47\tVolkswagen\nModel\t9\tlavida\nBrand\tBBBB\tMann-Filter\nPartType\t5340\toil_filter\n"
                          "EngineBase\t311\tdisplacement=1.40;cylinders=4\nFuelType\t5\tGasoline\nSubModel\t4\tUnused\n";

static void contains(const char *text, const char *what) {
    if (!strstr(text, what)) fail_msg("'%s' is missing in\n%s", what, text);
}

// Ids of the owner's map are used, those nobody explained come back as they were and are never taken for new ones.
static void ids_of_the_owner(void **state) {
    struct shelf *s = *state;
    char path[2 * PATH_BYTES], map[2 * PATH_BYTES], out[2 * PATH_BYTES], out_map[2 * PATH_BYTES];
    struct db *a = database(s), *b = database(s), *c = database(s);
    file_write(s, "in.map.tsv", MAP, map);
    (void)load(a, file_write(s, "in.xml", DOCUMENT, path));
    struct export_aces_report report = written(s, a, "out.xml", map, "", out);
    assert_int_equal(report.applications, 5);
    assert_int_equal(report.unresolved, 3);
    char *text = file_text(out);
    contains(text, " validate=\"no\"><BaseVehicle id=\"77\"/><EngineBase id=\"311\"/>");
    contains(text, "<Years from=\"2015\" to=\"2017\"/><Make id=\"47\"/><Model id=\"9\"/><FuelType id=\"5\"/><Note>with sunroof</Note>");
    contains(text, "<BaseVehicle id=\"588822\"/>");
    contains(text, "<BaseVehicle id=\"1000000001\"/>");
    contains(text, "<Years from=\"2015\" to=\"2017\"/><Make id=\"1000000001\"/>");
    contains(text, "<PartType id=\"5340\"/><Part BrandAAIAID=\"BBBB\">A1</Part>");
    free(text);
    assert_int_equal(export_aces_map_path(out, out_map, sizeof out_map, NULL), ERR_OK);
    text = file_text(out_map);
    contains(text, "EngineBase\t311\tdisplacement=1.40;cylinders=4\n");
    assert_null(strstr(text, "Unused"));
    assert_null(strstr(text, "1000000001"));
    free(text);
    (void)load(b, out);
    same_content(a, b, 5);
    written(s, a, "private.xml.zst", NULL, "mann-filter", out); // without the map: ids of our own
    (void)load(c, out);
    same_content(a, c, 5);
    db_close(a);
    db_close(b);
    db_close(c);
}

// A database that knows VCdb's base vehicles writes those ids.
static void ids_of_the_database(void **state) {
    struct shelf *s = *state;
    char path[2 * PATH_BYTES], out[2 * PATH_BYTES];
    struct db *a = database(s), *b = database(s);
    struct fault why = {0};
    struct txn *t;
    struct arena scratch;
    struct view *v;
    uint32_t vehicle;
    arena_init(&scratch, 1 << 16, 1 << 24);
    assert_int_equal(view_open(a, &clock_system, &v), ERR_OK);
    assert_int_equal(view_begin(v, &scratch), ERR_OK);
    assert_int_equal(vehicle_find(v, SLICE("2016-volkswagen-lavida"), &vehicle), ERR_OK);
    view_end(v);
    view_close(v);
    assert_int_equal(txn_begin(a, &t, &why), ERR_OK);
    assert_int_equal(vehicle_external_add(t, &scratch, SLICE("vcdb:140945"), vehicle), ERR_OK);
    assert_int_equal(txn_commit(t, &why), ERR_OK);
    (void)load(a, file_write(s, "vcdb.jsonl", PRODUCT("D1", "{\"vehicles\":[{" CAR ",\"years\":[2016,2016]}]}"), path));
    written(s, a, "vcdb.xml", NULL, "", out);
    char *text = file_text(out);
    contains(text, "<BaseVehicle id=\"140945\"/>");
    free(text);
    (void)load(b, out);
    same_content(a, b, 1);
    arena_destroy(&scratch);
    db_close(a);
    db_close(b);
}

// As a reader that keeps every known part of a vehicle hands over what nobody explains.
static void vehicles_as_their_document_named_them(void **state) {
    struct shelf *s = *state;
    char path[2 * PATH_BYTES], out[2 * PATH_BYTES];
    struct db *a = database(s);
    static const char RAW[] =
        PRODUCT("E1", "{\"vehicles\":[{\"make\":\"?Make=4711\",\"model\":\"?Model=12\",\"years\":[2001,2003],\"attrs\":{\"?Make\":\"4711\",\"?Model\":\"12\",\"trim\":\"Lux\"}}]}")
        PRODUCT("E2", "{\"vehicles\":[{" CAR ",\"years\":[2016,2016],\"attrs\":{\"?EngineBase\":\"9\",\"?Position\":\"341221\"}}]}")
        PRODUCT("E3", "{\"vehicles\":[{\"external\":\"vcdb:588822\",\"attrs\":{\"?SubModel\":\"20\"}}]}")
        PRODUCT("E4", "{\"vehicles\":[{\"make\":\"?EquipmentBase=77\",\"years\":[1896,2100],\"attrs\":{\"?EquipmentBase\":\"77\"}}]}")
        PRODUCT("E5", "{\"vehicles\":[{\"external\":\"ktype:123\"}]}");
    assert_int_equal(load(a, file_write(s, "raw.jsonl", RAW, path)), 0);
    struct export_aces_report report = written(s, a, "raw.xml", NULL, "", out);
    assert_int_equal(report.applications, 4);
    assert_int_equal(report.unresolved, 4);
    assert_int_equal(report.left_out_applications, 1);
    char *text = file_text(out);
    contains(text, "<Years from=\"2001\" to=\"2003\"/><Make id=\"4711\"/><Model id=\"12\"/><SubModel id=\"1000000");
    contains(text, "<EngineBase id=\"9\"/>");
    contains(text, "<Position id=\"341221\"/>");
    contains(text, "<BaseVehicle id=\"588822\"/><SubModel id=\"20\"/>");
    contains(text, "<EquipmentBase id=\"77\"/>");
    free(text);
    db_close(a);
}

// ---- conditions ---------------------------------------------------------------------------------------------------------------
static void note_is(enum condition_type type, const char *text, const char *from, const char *to, const char *wanted) {
    struct arena arena;
    struct notes *notes;
    struct fault why = {0};
    arena_init(&arena, 4096, 1 << 20);
    assert_int_equal(notes_open(FACTS "/informational_notes.txt", &notes, &why), ERR_OK);
    struct condition c = {.type = type, .text = slice_str(text), .from = slice_str(from), .to = slice_str(to)};
    struct slice note = export_aces_note(&arena, notes, &c);
    assert_string_equal(note.p, wanted);
    assert_false(notes_informational(notes, note));
    struct condition_doc back = notes_condition(&arena, note);
    if (!slice_starts(note, SLICE("Condition:"))) {
        assert_int_equal(back.type, type);
        assert_true(slice_eq(back.from, c.from) && slice_eq(back.to, c.to));
    } else {
        assert_int_equal(back.type, CONDITION_TEXT); // still a question
    }
    notes_close(notes);
    arena_destroy(&arena);
}

static void every_condition_has_a_note(void **state) {
    (void)state;
    note_is(CONDITION_TEXT, "with sunroof", "", "", "with sunroof");
    note_is(CONDITION_TEXT, "from 05/2017", "", "", "Condition: from 05/2017"); // somebody wanted it to stay a text
    note_is(CONDITION_TEXT, "Sold  individually.", "", "", "Condition: Sold  individually.");
    note_is(CONDITION_PRODUCTION_DATE, "ab 5/17", "2017-05", "", "production date from 2017-05");
    note_is(CONDITION_PRODUCTION_DATE, "x", "", "2017-05-31", "production date to 2017-05-31");
    note_is(CONDITION_PRODUCTION_DATE, "x", "2016-01", "2017-05", "production date from 2016-01 to 2017-05");
    note_is(CONDITION_PRODUCTION_DATE, "from 05/2017", "2017-05", "", "from 05/2017");
    note_is(CONDITION_PRODUCTION_DATE, "model year 2017 on", "2017", "", "Condition: model year 2017 on");
    note_is(CONDITION_CHASSIS, "x", "WVW123", "", "chassis number from WVW123");
    note_is(CONDITION_CHASSIS, "x", "", "WVW123", "chassis number to WVW123");
    note_is(CONDITION_CHASSIS, "x", "1K5000001", "1K6000000", "chassis number from 1K5000001 to 1K6000000");
    note_is(CONDITION_CHASSIS, "x", "", "", "Condition: x");
    note_is(CONDITION_OPTION, "PR-Nummer 1ZE", "1ZE", "", "option code 1ZE");
    note_is(CONDITION_OPTION, "x", "1 Z", "", "Condition: x");
    note_is(CONDITION_STEERING, "x", "left", "", "left-hand drive");
    note_is(CONDITION_STEERING, "x", "right", "", "right-hand drive");
}

// ---- the sample ---------------------------------------------------------------------------------------------------------------
static void the_sample_comes_back(void **state) {
    struct shelf *s = *state;
    char dir[2 * PATH_BYTES], path[3 * PATH_BYTES], out[2 * PATH_BYTES];
    struct db *a = database(s), *b = database(s);
    struct synth_counts counts;
    struct fault why = {0};
    snprintf(dir, sizeof dir, "%s/sample", s->dir);
    snprintf(path, sizeof path, "mkdir -p %s", dir);
    assert_int_equal(system(path), 0);
    struct synth_options o = {.scale = synth_scale_find("tiny"), .facts_dir = FACTS, .out_dir = dir, .seed = 1, .today = 20000};
    if (synth_run(a, &o, &counts, &why) != ERR_OK) fail_msg("%s", why.message);
    snprintf(path, sizeof path, "%s/sample-aces.xml.zst", dir);
    assert_int_equal(load(a, path), 0);
    struct export_aces_report report = written(s, a, "sample.xml.zst", NULL, "", out);
    assert_true(report.applications >= 10000);
    assert_int_equal(report.unresolved + report.left_out_applications, 0);
    assert_int_equal(load(b, out), 0);
    same_content(a, b, 10000);
    struct db_stats stats;
    assert_int_equal(db_stats(b, &stats), ERR_OK);
    assert_true(stats.used_bytes < 64u << 20); // products that only their applications name are small
    db_close(a);
    db_close(b);
}

static void errors(void **state) {
    struct shelf *s = *state;
    char path[2 * PATH_BYTES];
    struct db *a = database(s);
    struct export_aces_report report;
    struct fault why = {0};
    snprintf(path, sizeof path, "%s/none.xml", s->dir);
    struct export_aces_options options = {.path = path, .brand = SLICE("Nobody"), .quiet = true};
    assert_int_equal(export_aces(a, &options, &report, &why), ERR_NOT_FOUND);
    assert_string_equal(why.field, "brand");
    options = (struct export_aces_options){.path = "/nowhere/at/all.xml", .quiet = true};
    assert_int_equal(export_aces(a, &options, &report, &why), ERR_IO);
    options = (struct export_aces_options){.path = path, .map_path = "/nowhere/map.tsv", .quiet = true};
    assert_int_equal(export_aces(a, &options, &report, &why), ERR_IO);
    assert_null(fopen(path, "rb"));
    db_close(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_condition_has_a_note), cmocka_unit_test(one_of_everything), cmocka_unit_test(ids_of_the_owner),
        cmocka_unit_test(ids_of_the_database), cmocka_unit_test(vehicles_as_their_document_named_them), cmocka_unit_test(the_sample_comes_back),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

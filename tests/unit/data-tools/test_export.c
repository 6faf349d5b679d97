#include "tests/unit/index/vehicle_fixture.h"

#include "data-tools/export.h"
#include "data-tools/import.h"
#include "index/bulk.h"

static void vehicles(struct fixture *f) {
    fixture_vocabulary(f);
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    fixture_add(l, "Volkswagen", "Golf", 2018, "market=CN|displacement=1.4|fuel=gasoline", "owner", 0);
    fixture_add(l, "Volkswagen", "Tiguan L", 2019, "market=CN|displacement=2.0|fuel=gasoline", "owner", 0);
    fixture_add(l, "Audi", "A4L", 2018, "displacement=2.0", "owner", 0);
    fixture_finish(f, l);
}

static void import_file(struct fixture *f, const char *name, const char *content, enum import_format format, unsigned rejected) {
    const char *dir = fixture_fact(f, name, content);
    const char *path = arena_printf(&f->arena, "%s/%s", dir, name).p;
    struct import_options options = {.paths = &path, .path_count = 1, .format = format, .facts_dir = dir, .quiet = true};
    struct import_report report;
    struct import_counts counts;
    struct fault why = {0};
    report_init(&report, stderr);
    if (import_run(f->db, &options, &report, &counts, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_int_equal(report.rejected, rejected);
    fixture_refresh(f);
}

typedef enum err export_fn(struct view *v, const struct export_options *o, struct output *out, struct export_report *report,
                           struct fault *why);

// The file's text, on the heap: exporting resets the view's arena.
static char *exported(struct fixture *f, export_fn *run, const struct export_options *o, struct export_report *report) {
    char path[128];
    struct output out;
    struct fault why = {0};
    snprintf(path, sizeof path, "%s/exported", f->dir);
    *report = (struct export_report){0};
    assert_int_equal(output_open(path, &out, &why), ERR_OK);
    if (run(f->view, o, &out, report, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_int_equal(output_close(&out, &why), ERR_OK);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
    fclose(in);
    fixture_refresh(f);
    return text;
}

static const struct export_options ALL = {.quiet = true};

// Everything a document can say, ids and orders as a first import would never give them again.
#define PRODUCTS \
    "{\"kind\":\"accessory\",\"id\":\"z9\",\"brand\":\"Zeta\",\"type\":\"phone_holder\",\"title\":\"Holder\",\"universal\":true,\"non_vehicle\":true,\"created\":\"2026-03-01\"}\n" \
    "{\"kind\":\"part\",\"id\":\"p1\",\"brand\":\"Mann\",\"number\":\"W 719/30\",\"type\":\"oil_filter\",\"title\":\"Oil filter, \\\"good\\\"\",\"title_zh\":\"机滤\"," \
    "\"image\":\"https://example.com/a.jpg\",\"prices\":[{\"amount\":2990,\"currency\":\"CNY\"},{\"amount\":499,\"currency\":\"USD\"}],\"stock\":12," \
    "\"rating\":{\"value\":4.35,\"count\":17},\"popularity\":0.123456789,\"attributes\":{\"colour\":[\"red\",\"bl\\\"ue\"],\"height\":\"79\"}," \
    "\"oe\":[{\"maker\":\"Volkswagen\",\"number\":\"06A 115 561 B\"}],\"interchange\":[{\"brand\":\"Bosch\",\"number\":\"0451\",\"relation\":\"competitor\",\"quantity\":2,\"note\":\"short\"}," \
    "{\"brand\":\"Mann\",\"number\":\"W719\",\"relation\":\"supersedes\"}],\"pack_quantity\":4,\"kit\":[{\"brand\":\"Mann\",\"number\":\"A\",\"quantity\":2,\"sold_separately\":true}]," \
    "\"applications\":[{\"position\":\"front_left\",\"quantity\":2,\"label\":\"Premium\",\"vehicles\":[{\"make\":\"大众\",\"model\":\"高尔夫\",\"years\":[2014,2018]," \
    "\"attrs\":{\"trim\":\"S\",\"displacement\":[\"2.0\",\"1.4\"]},\"market\":\"CN\"},{\"make\":\"VW\",\"years\":2019}],\"conditions\":[{\"type\":\"text\",\"text\":\"with; sunroof\"}," \
    "{\"type\":\"production_date\",\"text\":\"from 05/2017\",\"from\":\"2017-05\"}]},{\"validated\":false,\"vehicles\":[{\"make\":\"Volkswagen\",\"model\":\"Golf\",\"years\":2018}]}," \
    "{\"vehicles\":[{\"make\":\"Nobody\",\"model\":\"Nothing\",\"years\":[2001,2002],\"attrs\":{\"trim\":\"X\"}},{\"external\":\"ktype:4711\"}]}]}\n" \
    "{\"kind\":\"part\",\"id\":\"a0\",\"brand\":\"Acme\",\"number\":\"F1\",\"type\":\"oil_filter\",\"applications\":[{\"vehicles\":[{\"make\":\"Audi\",\"model\":\"A4L\",\"years\":[1896,2100]}]," \
    "\"conditions\":[{\"text\":\"zzz\"},{\"text\":\"aaa\"}]}]}\n" \
    "{\"kind\":\"service\",\"id\":\"s1\",\"brand\":\"Shop\",\"type\":\"oil_change\",\"title\":\"Oil change\",\"applications\":[{\"vehicles\":[{\"make\":\"Volkswagen\",\"model\":\"Tiguan L\",\"years\":[2017,2100]}]}]}\n"

static void check_contains(const char *text, const char *part) {
    if (!strstr(text, part)) fail_msg("%s\nis not in\n%s", part, text);
}

static void json_lines_come_back(void **state) {
    (void)state;
    struct fixture a, b;
    struct export_report report;
    fixture_open(&a);
    vehicles(&a);
    import_file(&a, "p.jsonl", PRODUCTS, IMPORT_JSONL, 0);
    char *first = exported(&a, export_jsonl, &ALL, &report);
    assert_int_equal(report.products, 4);
    assert_int_equal(report.applications, 7);
    assert_int_equal(report.too_long, 0);
    assert_true(strncmp(first, "{\"kind\":\"part\",\"id\":\"a0\"", 23) == 0); // in the order of ids
    check_contains(first, "\"title\":\"Oil filter, \\\"good\\\"\",\"title_zh\":\"机滤\",\"image\":\"https://example.com/a.jpg\"");
    check_contains(first,
                   "\"prices\":[{\"amount\":2990,\"currency\":\"CNY\"},{\"amount\":499,\"currency\":\"USD\"}],\"stock\":12,\"rating\":{\"value\":4.35,\"count\":17}");
    check_contains(first,
                   "\"attributes\":{\"colour\":[\"red\",\"bl\\\"ue\"],\"height\":\"79\"},\"oe\":[{\"maker\":\"Volkswagen\",\"number\":\"06A 115 561 B\"}]");
    check_contains(first,
                   "{\"brand\":\"Bosch\",\"number\":\"0451\",\"relation\":\"competitor\",\"quantity\":2,\"note\":\"short\"},{\"brand\":\"Mann\",\"number\":\"W719\",\"relation\":\"supersedes\"}");
    check_contains(first, "\"pack_quantity\":4,\"kit\":[{\"brand\":\"Mann\",\"number\":\"A\",\"quantity\":2,\"sold_separately\":true}]");
    check_contains(first,
                   "{\"position\":\"front_left\",\"quantity\":2,\"label\":\"Premium\",\"vehicles\":[{\"make\":\"Volkswagen\",\"model\":\"Golf\",\"years\":[2014,2018],"
                          "\"attrs\":{\"displacement\":[\"1.4\",\"2.0\"],\"market\":\"CN\",\"trim\":\"S\"}},{\"make\":\"Volkswagen\",\"years\":[2019,2019]}],"
                          "\"conditions\":[{\"type\":\"production_date\",\"text\":\"from 05/2017\",\"from\":\"2017-05\"},{\"type\":\"text\",\"text\":\"with; sunroof\"}]}");
    check_contains(first, "{\"validated\":false,\"vehicles\":[");
    check_contains(first,
                   "\"make\":\"Nobody\",\"model\":\"Nothing\",\"attrs\":{\"trim\":[\"X\"]},\"years\":[2001,2002],\"unresolved\":true}");
    check_contains(first, "\"external\":\"ktype:4711\"");
    check_contains(first, "\"universal\":true,\"non_vehicle\":true,\"created\":\"2026-03-01\"");
    check_contains(first, "\"conditions\":[{\"type\":\"text\",\"text\":\"aaa\"},{\"type\":\"text\",\"text\":\"zzz\"}]");
    fixture_open(&b);
    vehicles(&b);
    import_file(&b, "q.jsonl", first, IMPORT_JSONL, 0);
    char *second = exported(&b, export_jsonl, &ALL, &report);
    assert_string_equal(second, first);
    free(first);
    free(second);
    fixture_close(&a);
    fixture_close(&b);
}

static void tables_come_back(void **state) {
    (void)state;
    struct fixture a, b;
    struct export_report report;
    fixture_open(&a);
    vehicles(&a);
    import_file(&a, "p.jsonl", PRODUCTS, IMPORT_JSONL, 0);
    char *first = exported(&a, export_csv, &ALL, &report);
    assert_int_equal(report.products, 4);
    assert_int_equal(report.applications, 6);
    assert_int_equal(report.left_out, 1); // the K-type
    assert_string_equal(first,
        "sku,brand,part_number,type,title,title_zh,image,price_cny,price_usd,stock,pack_quantity,universal,make,model,years,displacement,market,trim,position,qty,label,notes\n"
        "a0,Acme,F1,oil_filter,Acme F1,,,,,,,,Audi,A4L,*,,,,,1,,aaa|zzz\n"
        "p1,Mann,W 719/30,oil_filter,\"Oil filter, \"\"good\"\"\",机滤,https://example.com/a.jpg,29.90,4.99,12,4,,Volkswagen,Golf,2014-2018,1.4|2.0,CN,S,front_left,2,Premium,\"from 05/2017|with; sunroof\"\n"
        "p1,Mann,W 719/30,oil_filter,\"Oil filter, \"\"good\"\"\",机滤,https://example.com/a.jpg,29.90,4.99,12,4,,Volkswagen,,2019,,,,front_left,2,Premium,\"from 05/2017|with; sunroof\"\n"
        "p1,Mann,W 719/30,oil_filter,\"Oil filter, \"\"good\"\"\",机滤,https://example.com/a.jpg,29.90,4.99,12,4,,Volkswagen,Golf,2018,,,,,1,,\n"
        "p1,Mann,W 719/30,oil_filter,\"Oil filter, \"\"good\"\"\",机滤,https://example.com/a.jpg,29.90,4.99,12,4,,Nobody,Nothing,2001-2002,,,X,,1,,\n"
        "s1,Shop,,oil_change,Oil change,,,,,,,,Volkswagen,Tiguan L,2017+,,,,,1,,\n"
        "z9,Zeta,,phone_holder,Holder,,,,,,,1,,,,,,,,,,\n");
    fixture_open(&b);
    vehicles(&b);
    import_file(&b, "q.csv", first, IMPORT_UNKNOWN, 0); // told by its header
    char *second = exported(&b, export_csv, &ALL, &report);
    assert_string_equal(second, first);
    free(first);
    free(second);
    fixture_close(&a);
    fixture_close(&b);
}

static void some_of_them(void **state) {
    (void)state;
    struct fixture f;
    struct export_report report;
    struct output out;
    struct fault why = {0};
    fixture_open(&f);
    vehicles(&f);
    import_file(&f, "p.jsonl", PRODUCTS, IMPORT_JSONL, 0);
    const struct export_options one = {.brand = "mann", .type = "oil_filter", .quiet = true},
        nobody = {.brand = "Nobody Ltd", .quiet = true};
    char *text = exported(&f, export_jsonl, &one, &report);
    assert_int_equal(report.products, 1);
    check_contains(text, "\"id\":\"p1\"");
    free(text);
    assert_int_equal(output_open(arena_printf(&f.arena, "%s/none", f.dir).p, &out, &why), ERR_OK);
    assert_int_equal(export_csv(f.view, &nobody, &out, &report, &why), ERR_BAD_REQUEST);
    assert_string_equal(why.field, "brand");
    output_abandon(&out);
    fixture_close(&f);
}

// What fits by specification: both ways documents are written out again, the export's lines and those an import hands to a server.
static void specifications_come_back(void **state) {
    static const char TYRE[] =
        "{\"kind\":\"tyre\",\"id\":\"t1\",\"brand\":\"Acme\",\"number\":\"T1\",\"type\":\"tyre\",\"applications\":[{\"quantity\":4,\"vehicles\":[{\"make\":\"*\","
        "\"attrs\":{\"fuel\":\"gasoline\"},\"spec\":{\"tyre_size\":\"225/45R17 91W\"}}]}]}\n";
    static const char VEHICLE[] = "{\"make\":\"*\",\"attrs\":{\"fuel\":\"gasoline\"},\"spec\":{\"tyre_size\":\"225/45R17 91W\"}}";
    (void)state;
    struct fixture f;
    struct export_report report;
    struct product_doc doc;
    struct fault why = {0};
    struct buf line;
    const struct json *body;
    fixture_open(&f);
    vehicles(&f);
    import_file(&f, "t.jsonl", TYRE, IMPORT_JSONL, 0);
    char *text = exported(&f, export_jsonl, &ALL, &report);
    check_contains(text, VEHICLE);
    free(text);
    struct json_parser *parser = json_parser_new();
    struct slice one = slice_trim(slice_str(TYRE));
    assert_int_equal(json_parse(parser, one, &f.arena, &body, &why), ERR_OK);
    if (product_doc_from_json(&f.arena, SLICE_NONE, body, SLICE("t"), 1, &doc, &why) != ERR_OK) fail_msg("%s", why.message);
    buf_init(&line, &f.arena, 1024);
    bulk_product_line(&line, &doc);
    buf_char(&line, 0);
    check_contains(line.p, VEHICLE);
    json_parser_free(parser);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(json_lines_come_back), cmocka_unit_test(specifications_come_back), cmocka_unit_test(tables_come_back),
        cmocka_unit_test(some_of_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

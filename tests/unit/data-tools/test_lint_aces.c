#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "data-tools/jsonl.h"
#include "data-tools/lint_aces.h"
#include "data-tools/lint_print.h"
#include "data-tools/lint_sink.h"
#include "index/base/json.h"
#include "tests/idmap_lines.h"

#define FACTS "data-tools/facts"

static struct lint_positions *positions;

static int open_positions(void **state) {
    (void)state;
    struct fault why = {0};
    return lint_positions_open(FACTS, &positions, &why) == ERR_OK ? 0 : -1;
}
static int close_positions(void **state) {
    (void)state;
    lint_positions_close(positions);
    return 0;
}

static struct idmap *map_make(void) {
    static const char *const LINES[][3] = {
        {"Make", "47", "Volkswagen"}, {"Model", "9", "Golf"}, {"BaseVehicle", "5911", "2018|Volkswagen|Golf"},
        {"BaseVehicle", "5912", "2019|Volkswagen|Golf"}, {"PartType", "5340", "oil_filter"}, {"PartType", "1684", "brake_pad"},
        {"Position", "22", "front"}, {"Position", "2", "left"}, {"Position", "104", "front_left"}, {"Position", "1", ""}, {"SubModel", "20", "SE"}};
    return IDMAP_OF(LINES);
}

static struct lint *lint_input(struct input *in, const struct idmap *map, struct lint_aces_result *r) {
    struct fault why = {0};
    struct lint_aces_options options = {.map = map, .map_is_whole = map != NULL, .positions = positions, .year_max = 2028};
    struct lint *l = lint_new();
    struct lint_aces *a = lint_aces_new(&options, l);
    struct aces_handlers handlers = lint_aces_handlers(a);
    assert_non_null(in);
    if (aces_parse(in, &handlers, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_int_equal(lint_aces_end(a, r), ERR_OK);
    assert_int_equal(lint_finish(l), ERR_OK);
    lint_aces_free(a);
    input_close(in);
    return l;
}

// "LINE[,LINE...] check: message", one finding a line.
static void findings_put(const struct lint *l, struct buf *out) {
    size_t n;
    const struct lint_finding *f = lint_findings(l, &n);
    for (size_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < f[i].count; k++) buf_printf(out, "%s%u", k ? "," : "", lint_line(l, &f[i], k));
        buf_printf(out, " %s: ", lint_check_name(f[i].check));
        lint_message(l, &f[i], out);
        buf_char(out, '\n');
    }
    buf_char(out, 0);
}

static void expect(const char *document, bool with_map, const char *findings) {
    struct lint_aces_result r;
    struct buf text;
    struct idmap *map = with_map ? map_make() : NULL;
    buf_init(&text, NULL, 1024);
    struct lint *l = lint_input(input_of_memory(slice_str(document)), map, &r);
    findings_put(l, &text);
    assert_string_equal(text.p, findings);
    buf_free(&text);
    lint_free(l);
    idmap_free(map);
}

#define HEAD_OF(version, brand, submission) "<?xml version=\"1.0\"?>\n<ACES version=\"" version "\"><Header>" brand \
    "<DocumentTitle>t</DocumentTitle><SubmissionType>" submission "</SubmissionType></Header>\n"
#define HEAD HEAD_OF("4.2", "<BrandAAIAID>BBBB</BrandAAIAID>", "FULL")
#define APP(n, content) "<App action=\"A\" id=\"" n "\">" content "</App>\n"
#define GOLF "<BaseVehicle id=\"5911\"/>"
#define FILTER "<Qty>1</Qty><PartType id=\"5340\"/>"
#define PART(number) "<Part>" number "</Part>"
#define TAIL(count) "<Footer><RecordCount>" count "</RecordCount></Footer></ACES>\n"

// ---- what a single App can lack -------------------------------------------------------------------------------------
static void a_clean_file_is_clean(void **state) {
    (void)state;
    expect(HEAD APP("1", GOLF FILTER PART("W1")) APP("2", "<BaseVehicle id=\"5912\"/>" FILTER PART("W1")) TAIL("2"), true, "");
    expect(HEAD "<Asset action=\"A\" id=\"1\">" GOLF "<AssetName>x</AssetName></Asset>" APP("1", GOLF FILTER PART("W1")) TAIL("2"), true,
           "");
}

static void what_is_missing(void **state) {
    (void)state;
    expect(HEAD_OF("4.2", "", "FULL") APP("1", FILTER PART("W1")) APP("2", GOLF "<Qty>1</Qty>" PART("W1")) APP("3", GOLF FILTER)
           TAIL("3"), true,
           "3 missing-vehicle: BaseVehicle, or Years and Make, are missing\n4 missing-part-type: PartType is missing\n"
           "5 missing-part: Part is missing\n3,4 missing-brand: neither Part nor Header names a brand\n");
    expect("<ACES><Header><BrandAAIAID>BBBB</BrandAAIAID><SubmissionType>SOME</SubmissionType></Header>"
           APP("1", GOLF FILTER PART("W1")) TAIL("1"), true,
           "1 missing-header: the document says no version\n1 missing-header: DocumentTitle is missing\n"
           "1 missing-header: SubmissionType \"SOME\" is none of FULL, UPDATE, TEST\n");
}

static void years_that_are_none(void **state) {
    (void)state;
    expect(HEAD APP("1", "<Years from=\"2020\" to=\"2018\"/><Make id=\"47\"/>" FILTER PART("W1"))
           APP("2", "<Years from=\"2040\" to=\"2041\"/><Make id=\"47\"/>" FILTER PART("W1")) TAIL("2"), true,
           "3 bad-year: Years wants from and to\n4 bad-year: years 2040 to 2041\n");
}

static void numbers_and_counts(void **state) {
    (void)state;
    expect(HEAD APP("7", GOLF FILTER PART("W1")) APP("8", GOLF "<Qty>0</Qty><PartType id=\"1684\"/>" PART("W1"))
           APP("7", GOLF "<Qty>x</Qty><PartType id=\"1684\"/>" PART("W2")) TAIL("4"), true,
           "1 record-count: RecordCount is 4, but there are 3 applications\n3,5 duplicate-id: App id 7 is there more than once\n"
           "4 odd-quantity: 0 pieces of a part in one vehicle\n5 broken-row: Qty is not a number\n");
}

static void brands_and_part_numbers(void **state) {
    (void)state;
    expect(HEAD APP("1", GOLF FILTER "<Part BrandAAIAID=\"AAAA\">W*1</Part>")
           APP("2", GOLF FILTER "<Part BrandAAIAID=\"ZZZZ\">W/1 (A)-2.0&amp;</Part>")
           APP("3", GOLF FILTER PART("1234567890123456789012345678901234567890123456")) TAIL("3"), true,
           "3 invalid-brand: no brand has the code \"AAAA\"\n"
           "3 part-number-charset: part number \"W*1\" has a *, which ACES 5.0 does not allow\n"
           "5 part-number-length: part number \"1234567890123456789012345678901234567890123456...\" has 46 characters, 45 are allowed\n");
    expect("<ACES version=\"5.0\"><Header><BrandID>BBBB</BrandID>"
           "<DocumentTitle>t</DocumentTitle><SubmissionType>FULL</SubmissionType></Header>"
           APP("1", GOLF "<Qty>1</Qty><PartTerminology id=\"5340\"/>"
                    "<PartNumber>1234567890123456789012345678901234567890123456</PartNumber>")
           APP("2", GOLF "<Qty>1</Qty><PartTerminology id=\"5340\"/><PartNumber>A?</PartNumber>") TAIL("2"), true,
           "1,2 overlap: 2018 Volkswagen Golf, PartType 5340 (oil_filter): 1234567890123456789012345678901234567890123456, A?\n"
           "2 part-number-charset: part number \"A?\" has a ?, which is not allowed\n");
}

static void deletions(void **state) {
    (void)state;
#define DELETION "<App action=\"D\" id=\"2\">" GOLF FILTER PART("W2") "</App>\n"
    expect(HEAD APP("1", GOLF FILTER PART("W1")) DELETION TAIL("2"), true,
           "4 deletion-in-full: action=\"D\": a FULL file replaces everything, there is nothing to delete from\n");
    expect(HEAD_OF("4.2", "<BrandAAIAID>BBBB</BrandAAIAID>", "UPDATE") APP("1", GOLF FILTER PART("W1")) DELETION TAIL("2"), true, "");
}

static void long_notes(void **state) {
    (void)state;
    char document[2048], note[300];
    memset(note, 'n', sizeof note);
    note[sizeof note - 1] = 0;
    snprintf(document, sizeof document, HEAD APP("1", GOLF "<Note>%s</Note>" FILTER PART("W1")) TAIL("1"), note);
    note[60] = 0;
    char expected[512];
    snprintf(expected, sizeof expected, "3 long-text: a note of 299 characters: \"%s...\"\n", note);
    expect(document, true, expected);
}

// ---- ids and positions ----------------------------------------------------------------------------------------------
static void ids_nobody_knows(void **state) {
    (void)state;
    const char *document = HEAD APP("1", "<BaseVehicle id=\"7\"/><SubModel id=\"20\"/>" FILTER PART("W1"))
        APP("2", "<BaseVehicle id=\"7\"/><SubModel id=\"21\"/><Qty>1</Qty><PartType id=\"99\"/><Position id=\"5\"/>" PART("W1"))
        APP("3", "<BaseVehicle id=\"-1\"/>" FILTER PART("W1")) TAIL("3");
    expect(document, true,
           "3,4 unknown-id: nobody knows BaseVehicle 7\n4 unknown-id: nobody knows Position 5\n4 unknown-id: nobody knows SubModel 21\n"
           "5 invalid-id: BaseVehicle \"-1\" is not a positive number\n");
    expect(document, false, "5 invalid-id: BaseVehicle \"-1\" is not a positive number\n");
}

static void positions_of_types(void **state) {
    (void)state;
#define PAD(position) "<Qty>1</Qty><PartType id=\"1684\"/><Position id=\"" position "\"/>" PART("W1")
    expect(HEAD APP("1", GOLF PAD("22")) APP("2", GOLF PAD("104")) APP("3", GOLF PAD("2")) APP("4", GOLF PAD("1"))
           APP("5", GOLF FILTER "<Position id=\"22\"/>" PART("W1")) TAIL("5"), true,
           "5 impossible-position: brake_pad cannot be at position left, only front|rear\n"
           "7 needless-position: oil_filter at position front: there is only one of it\n");
}

// ---- rows against rows ----------------------------------------------------------------------------------------------
static void forms_of_a_vehicle_meet(void **state) {
    (void)state;
    const char *document = HEAD APP("1", "<Years from=\"2018\" to=\"2020\"/><Make id=\"47\"/><Model id=\"9\"/>" FILTER PART("W1"))
                           APP("2", "<BaseVehicle id=\"5912\"/>" FILTER PART("W2")) TAIL("2");
    expect(document, true, "3,4 overlap: 2018-2020 Volkswagen Golf, PartType 5340 (oil_filter): W1, W2\n");
    expect(document, false, ""); // nobody said that 5912 is a Golf
}

static void lines_of_products_do_not(void **state) {
    (void)state;
    expect(HEAD APP("1", GOLF FILTER "<MfrLabel>Premium</MfrLabel>" PART("W1"))
           APP("2", GOLF FILTER "<MfrLabel>Economy</MfrLabel>" PART("W2"))
           APP("3", GOLF FILTER "<Part BrandAAIAID=\"ZZZZ\">W3</Part>")
           APP("4", GOLF FILTER "<Part BrandAAIAID=\"BBBB\">W4</Part>") TAIL("4"), true, "");
    expect(HEAD APP("1", GOLF FILTER "<MfrLabel>Premium</MfrLabel>" PART("W1"))
           APP("2", GOLF FILTER "<MfrLabel>Premium</MfrLabel>" PART("W2")) TAIL("2"), true,
           "3,4 overlap: 2018 Volkswagen Golf, PartType 5340 (oil_filter), product line Premium: W1, W2\n");
}

static void qualifiers_are_their_number(void **state) {
    (void)state;
#define QUAL(id, value, text) "<Qual id=\"" id "\"><param value=\"" value "\"/><text>" text "</text></Qual>"
    expect(HEAD APP("1", GOLF QUAL("5", "2", "Over 2 t") FILTER PART("W1")) APP("2", GOLF QUAL("5", "2", "over two tons") FILTER PART("W2"))
           APP("3", GOLF QUAL("5", "3", "Over 3 t") FILTER PART("W3")) TAIL("3"), true,
           "3,4 overlap: 2018 Volkswagen Golf, PartType 5340 (oil_filter), \"Over 2 t\": W1, W2\n");
}

// ---- the real file --------------------------------------------------------------------------------------------------
#define GOLD "../shared/data/aces_airqualitee/ACES_3_1_AirQualitee_FULL_2017-01-12.xml"

static bool gold_says(const struct lint *l, unsigned line, const char *wanted) {
    size_t n;
    bool found = false;
    struct buf text;
    const struct lint_finding *f = lint_findings(l, &n);
    buf_init(&text, NULL, 128);
    for (size_t i = 0; i < n && !found; i++) {
        if (lint_line(l, &f[i], 0) != line) continue;
        buf_clear(&text);
        buf_printf(&text, "%s: ", lint_check_name(f[i].check));
        lint_message(l, &f[i], &text);
        found = slice_starts(buf_slice(&text), slice_str(wanted));
    }
    buf_free(&text);
    return found;
}

static void gold_file(void **state) {
    (void)state;
    struct input *in;
    struct fault why = {0};
    struct lint_aces_result r;
    if (input_open(GOLD, &in, &why) != ERR_OK) {
        print_message("[  SKIPPED ] %s is not here\n", GOLD);
        skip();
    }
    struct lint *l = lint_input(in, NULL, &r);
    assert_int_equal(r.applications, 6512);
    assert_int_equal(r.parts, 257);
    assert_int_equal(lint_total(l, LINT_DUPLICATE).groups, 0);
    assert_int_equal(lint_total(l, LINT_OVERLAP).groups, 211);
    assert_int_equal(lint_total(l, LINT_COMMENT_NO_COMMENT).groups, 545);
    assert_int_equal(lint_total(l, LINT_QUANTITY_CONFLICT).groups, 0);
    assert_true(gold_says(l, 16, "suspicious-id: BaseVehicle 588822 "));
    assert_true(gold_says(l, 23, "suspicious-id: BaseVehicle 588922 "));
    assert_true(gold_says(l, 23, "suspicious-id: Position 341221 "));
    assert_true(gold_says(l, 13048, "suspicious-id: SubModel 135222 "));
    assert_int_equal(lint_total(l, LINT_SUSPICIOUS_ID).groups, 4); // and nothing else
    assert_int_equal(lint_count(l, LINT_ERROR), 0);
    lint_free(l);
}

// ---- what is printed ------------------------------------------------------------------------------------------------
typedef enum err print_fn(const struct lint *l, const struct lint_subject *s, FILE *out);

static char *printed(print_fn *print, const char *document, uint64_t max) {
    char *text = NULL;
    size_t n;
    struct lint_aces_result r;
    struct lint *l = lint_input(input_of_memory(slice_str(document)), NULL, &r);
    struct lint_subject s = {.file = "a \"b\".xml", .format = "aces", .applications = r.applications, .parts = r.parts, .max = max};
    FILE *out = open_memstream(&text, &n);
    assert_int_equal(print(l, &s, out), ERR_OK);
    fclose(out);
    lint_free(l);
    return text;
}

#define TWO_OVERLAPS HEAD APP("1", GOLF FILTER PART("W1")) APP("2", GOLF FILTER PART("W2")) \
           APP("3", "<BaseVehicle id=\"1\"/>" FILTER PART("W1")) \
    APP("4", "<BaseVehicle id=\"1\"/>" FILTER PART("W2")) APP("5", "<BaseVehicle id=\"1\"/>" FILTER PART("W3")) TAIL("5")

static void text_for_people(void **state) {
    (void)state;
    char *text = printed(lint_print_text, TWO_OVERLAPS, 1);
    assert_non_null(strstr(text, "a \"b\".xml:3: warning: overlap: BaseVehicle 5911, PartType 5340: W1, W2 (also line 4)\n"));
    assert_non_null(strstr(text, "a \"b\".xml: overlap: 1 more; --all shows them\n"));
    assert_non_null(strstr(text, "a \"b\".xml: 5 applications, 3 parts\n"));
    assert_non_null(strstr(text, "  overlap              warning           2          5  "));
    free(text);
    text = printed(lint_print_text, TWO_OVERLAPS, LINT_PRINT_ALL);
    assert_non_null(strstr(text, "a \"b\".xml:5: warning: overlap: BaseVehicle 1, PartType 5340: W1, W2, W3 (also lines 6, 7)\n"));
    assert_null(strstr(text, "--all"));
    free(text);
}

static const struct json *get(const struct json *object, const char *key) {
    const struct json *value = json_get(object, key);
    if (!value) fail_msg("no %s", key);
    return value;
}

static void json_for_programs(void **state) {
    (void)state;
    struct arena arena;
    const struct json *j;
    struct fault why = {0};
    struct json_parser *parser = json_parser_new();
    char *text = printed(lint_print_json, TWO_OVERLAPS, LINT_PRINT_ALL);
    arena_init(&arena, 4096, 1 << 20);
    if (json_parse(parser, slice_str(text), &arena, &j, &why) != ERR_OK) fail_msg("%s", why.message);
    assert_true(slice_is(get(j, "file")->string, "a \"b\".xml"));
    assert_int_equal(get(j, "applications")->integer, 5);
    assert_int_equal(get(j, "parts")->integer, 3);
    assert_int_equal(get(j, "warnings")->integer, 2);
    assert_int_equal(get(j, "checks")->count, LINT_CHECKS);
    const struct json *overlap = get(get(j, "checks"), "overlap"), *findings = get(j, "findings");
    assert_int_equal(get(overlap, "groups")->integer, 2);
    assert_int_equal(get(overlap, "rows")->integer, 5);
    assert_true(slice_is(get(overlap, "severity")->string, "warning"));
    assert_int_equal(findings->count, 2);
    assert_true(slice_is(get(&findings->items[1], "check")->string, "overlap"));
    assert_true(slice_is(get(&findings->items[1], "message")->string, "BaseVehicle 1, PartType 5340: W1, W2, W3"));
    assert_int_equal(get(&findings->items[1], "lines")->count, 3);
    assert_int_equal(get(&findings->items[1], "lines")->items[2].integer, 7);
    json_parser_free(parser);
    arena_destroy(&arena);
    free(text);
}

// ---- JSON lines -----------------------------------------------------------------------------------------------------
static void products_in_json_lines(void **state) {
    (void)state;
    const char *lines =
        "{\"kind\":\"product\",\"id\":\"a\",\"brand\":\"Bosch\",\"number\":\"P1\",\"type\":\"brake_pad\",\"applications\":"
        "[{\"position\":\"front\",\"vehicles\":"
        "[{\"make\":\"VW\",\"model\":\"Golf\",\"years\":[2012,2018]}]}]}\n"
        "{\"kind\":\"product\",\"id\":\"b\",\"brand\":\"Bosch\",\"number\":\"P2\",\"type\":\"brake_pad\",\"applications\":"
        "[{\"position\":\"front\",\"vehicles\":"
        "[{\"make\":\"VW\",\"model\":\"Golf\",\"years\":[2018,2020]}]}]}\n"
        "{\"kind\":\"product\",\"id\":\"c\",\"brand\":\"ATE\",\"number\":\"P3\",\"type\":\"brake_pad\",\"applications\":"
        "[{\"position\":\"upper\",\"vehicles\":"
        "[{\"make\":\"VW\",\"model\":\"Golf\",\"years\":[2018,2020]}]}]}\n"
        "{\"kind\":\"product\",\"id\":\"d\",\"number\":\"P4\",\"type\":\"brake_pad\"}\n";
    struct jsonl_result read;
    struct lint_sink_result result;
    struct lint_sink_options options = {.positions = positions};
    struct buf text;
    struct lint *l = lint_new();
    struct lint_sink *s = lint_sink_new(&options, l);
    struct sink sink = lint_sink_of(s);
    struct input *in = input_of_memory(slice_str(lines));
    assert_int_equal(jsonl_read(in, JSONL_PRODUCT, &sink, &read, NULL), ERR_OK);
    assert_int_equal(lint_sink_end(s, &result), ERR_OK);
    assert_int_equal(lint_finish(l), ERR_OK);
    assert_int_equal(result.applications, 3);
    assert_int_equal(result.parts, 3);
    assert_int_equal(lint_total(l, LINT_BROKEN_ROW).groups, 1);
    buf_init(&text, NULL, 256);
    findings_put(l, &text);
    assert_non_null(strstr(text.p, "1,2 overlap: 2012-2018 VW Golf, brake_pad, front, product line Bosch: P1, P2\n"));
    assert_non_null(strstr(text.p, "3 impossible-position: brake_pad cannot be at position upper, only front|rear\n"));
    assert_non_null(strstr(text.p, "4 broken-row: "));
    buf_free(&text);
    input_close(in);
    lint_sink_free(s);
    lint_free(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_file_is_clean),
        cmocka_unit_test(what_is_missing),
        cmocka_unit_test(years_that_are_none),
        cmocka_unit_test(numbers_and_counts),
        cmocka_unit_test(brands_and_part_numbers),
        cmocka_unit_test(deletions),
        cmocka_unit_test(long_notes),
        cmocka_unit_test(ids_nobody_knows),
        cmocka_unit_test(positions_of_types),
        cmocka_unit_test(forms_of_a_vehicle_meet),
        cmocka_unit_test(lines_of_products_do_not),
        cmocka_unit_test(qualifiers_are_their_number),
        cmocka_unit_test(gold_file),
        cmocka_unit_test(text_for_people),
        cmocka_unit_test(json_for_programs),
        cmocka_unit_test(products_in_json_lines),
    };
    return cmocka_run_group_tests(tests, open_positions, close_positions);
}

// Lists of trouble codes: read in the forms they are published in, and each code's meaning for cars of its maker and of others.
#include "tests/unit/index/index_fixture.h"

#include "data-tools/code_list.h"
#include "index/names.h"
#include "index/trouble_maker.h"
#include "index/vehicle.h"
#include "index/vocabulary.h"

#define PUBLISHED "../shared/data/dtc_wal33d/dtc_codes.tsv"

static void vocabulary(struct fixture *f) {
    struct fault why = {0};
    fixture_fact(f, "trouble_codes.tsv", "code\turgency\ttypes\ttext\ttext_zh\nP0301\tstop\t\tMisfires in cylinder 1\t第1缸失火\n");
    const char *dir = fixture_fact(f, "makes.tsv", "make\tname_zh\taliases\tpinyin_sort\tcn_order\nAudi\t奥迪\t\tA\t\nChevrolet\t雪佛兰\tChevy\tX\t\n");
    if (vocabulary_load(f->db, dir, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(f);
}

static uint64_t import(struct fixture *f, const char *path, struct import_report *report) {
    struct fault why = {0};
    *report = (struct import_report){0};
    if (code_list_import(f->db, path, report, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(f);
    return report->rows;
}

static struct trouble_meaning meaning(struct fixture *f, const char *code, const char *make) {
    struct trouble_meaning m;
    uint32_t id = 0;
    if (make && make_find(f->view, slice_str(make), &id) != ERR_OK) fail_msg("no make %s", make);
    assert_int_equal(trouble_meaning_load(f->view, slice_str(code), id, &m), ERR_OK);
    return m;
}

static void expect(struct fixture *f, const char *code, const char *make, enum trouble_origin origin, const char *text) {
    struct trouble_meaning m = meaning(f, code, make);
    assert_int_equal(m.origin, origin);
    if (text) assert_string_equal(fixture_string(f, m.code.text), text);
    assert_true(m.code.text.n && m.code.text_zh.n);
}

static void test_meanings(void **state) {
    (void)state;
    struct fixture f;
    struct import_report report;
    fixture_open(&f);
    vocabulary(&f);
    expect(&f, "P1234", "Audi", TROUBLE_OF_FAMILY, NULL);
    const char *dir = fixture_fact(&f, "codes.tsv", "P1234\tAUDI\tOwn of Audi\tP\t0\nP1234\tGENERIC\tOf a list\tP\t1\nP1235\tOTHER\tOf somebody\tP\t0\n"
                                                    "P0301\tGENERIC\tCylinder 1 Misfire\tP\t1\nP0301\tCHEVY\tMisfire, Chevrolet's words\tP\t0\nX1\tAUDI\tno code\tP\t0\nP3FFF\tAUDI\tAudi alone\tP\t0\n");
    assert_int_equal(import(&f, arena_printf(&f.arena, "%s/codes.tsv", dir).p, &report), 7);
    assert_int_equal(report.rejected, 1);
    expect(&f, "p1234", "Audi", TROUBLE_OF_MAKER, "Own of Audi");
    expect(&f, "P1234", "Chevrolet", TROUBLE_OF_LIST, "Of a list");
    expect(&f, "P1234", NULL, TROUBLE_OF_LIST, "Of a list");
    expect(&f, "P1235", "Audi", TROUBLE_OF_SOME, "Of somebody");
    expect(&f, "P3FFF", "Chevrolet", TROUBLE_OF_FAMILY, NULL); // another maker's own meaning is not this one's
    expect(&f, "P3FFF", NULL, TROUBLE_OF_SOME, "Audi alone");
    expect(&f, "P0301", "Audi", TROUBLE_OF_TABLE, "Misfires in cylinder 1"); // our own words before a list's
    expect(&f, "P0301", "Chevrolet", TROUBLE_OF_MAKER, "Misfire, Chevrolet's words");
    assert_int_equal(meaning(&f, "P0301", "Chevrolet").code.urgency, TROUBLE_STOP); // what it endangers is the same
    fixture_fact(&f, "two.csv", "\"P2FFF\",\"Said with \"\"quotes\"\", and a comma\"\n");
    assert_int_equal(import(&f, arena_printf(&f.arena, "%s/two.csv", dir).p, &report), 1);
    expect(&f, "P2FFF", "Audi", TROUBLE_OF_LIST, "Said with \"quotes\", and a comma");
    fixture_close(&f);
}

static void test_what_begins_a_list(void **state) {
    (void)state;
    assert_true(code_list_begins(SLICE("B0001\tGENERIC\tDriver Frontal Stage 1\tB\t1")));
    assert_true(code_list_begins(SLICE("\"P0100\",\"Mass air flow\"")));
    assert_true(code_list_begins(SLICE("code,manufacturer,description")));
    assert_false(code_list_begins(SLICE("make\tmodel\tyear")));
    assert_false(code_list_begins(SLICE("P0100")));
    assert_false(code_list_begins(SLICE("")));
}

// Every code of the published list has a meaning: its maker's own for that maker's cars, else the list's or our table's.
static void test_the_published_list(void **state) {
    (void)state;
    struct fixture f;
    struct import_report report;
    struct fault why = {0};
    FILE *file = fopen(PUBLISHED, "rb");
    char line[2048];
    unsigned origins[5] = {0}, lines = 0;
    if (!file) {
        print_message("           skipped: %s is not there\n", PUBLISHED);
        skip();
    }
    fixture_open(&f);
    if (vocabulary_load(f.db, "data-tools/facts", NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    import(&f, PUBLISHED, &report);
    assert_int_equal(report.rejected, 0);
    while (fgets(line, sizeof line, file)) {
        struct slice rest = slice_trim(slice_str(line)), code = slice_cut(&rest, '\t'), maker = slice_cut(&rest, '\t'), text = slice_cut(&rest, '\t');
        struct trouble_meaning m;
        uint32_t make = 0;
        bool own = !slice_is(maker, "GENERIC") && !slice_is(maker, "OTHER") && make_find(f.view, maker, &make) == ERR_OK;
        assert_int_equal(trouble_meaning_load(f.view, code, make, &m), ERR_OK);
        if (m.origin == TROUBLE_OF_FAMILY) fail_msg("%.*s of %.*s has no meaning", SLICE_ARGS(code), SLICE_ARGS(maker));
        if (own) {
            assert_int_equal(m.origin, TROUBLE_OF_MAKER);
            assert_true(slice_eq(m.code.text, slice_trim(text)));
        }
        origins[m.origin]++;
        lines++;
        if (lines % 1000 == 0) fixture_refresh(&f);
    }
    fclose(file);
    print_message("           %u lines: the maker's own %u, our table %u, the list %u, of some maker %u, family alone %u\n", lines, origins[TROUBLE_OF_MAKER],
                  origins[TROUBLE_OF_TABLE], origins[TROUBLE_OF_LIST], origins[TROUBLE_OF_SOME], origins[TROUBLE_OF_FAMILY]);
    fixture_close(&f);
}

// ---- codes as cars send them --------------------------------------------------------------------------------------------------------------
static void test_raw_codes(void **state) {
    (void)state;
    static const char *const bad[] = {"", "P", "P030", "P03011", "X0301", "P4000", "0x", "0x030", "03010", "0x03012", "P0301-", "P0301-1", "P0301-1G", "P0301 18", "0g01", "030100ff"};
    struct trouble_text t;
    for (unsigned raw = 0; raw < 0x10000; raw++) { // both ways for every pair of bytes
        char hex[16], text[8];
        snprintf(hex, sizeof hex, raw & 1 ? "0x%04X" : "%04x", raw);
        assert_true(trouble_text_parse(slice_str(hex), &t));
        assert_true(trouble_code_is(slice_str(t.code)) && !t.has_failure);
        snprintf(text, sizeof text, "%c%X%03X", "PCBU"[raw >> 14], raw >> 12 & 3, raw & 0xFFF);
        assert_string_equal(t.code, text);
    }
    assert_true(trouble_text_parse(SLICE(" c0035-1c "), &t) && t.has_failure && t.failure == 0x1C);
    assert_string_equal(t.code, "C0035");
    assert_true(trouble_text_parse(SLICE("0x40351C"), &t) && t.has_failure && t.failure == 0x1C);
    assert_string_equal(t.code, "C0035");
    assert_true(trouble_text_parse(SLICE("C02345"), &t) && t.failure == 0x45); // three bytes, though five of its characters are a code
    assert_string_equal(t.code, "U0023");
    t.failure = 0x1C;
    assert_true(slice_is(trouble_failure_text(t.failure, false), "general electrical failure"));
    assert_int_equal(trouble_failure_text(0, false).n, 0);
    assert_int_equal(trouble_failure_text(0xF1, true).n, 0);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        if (trouble_text_parse(slice_str(bad[i]), &t)) fail_msg("'%s' was taken for %s", bad[i], t.code);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_meanings), cmocka_unit_test(test_what_begins_a_list), cmocka_unit_test(test_raw_codes),
                                       cmocka_unit_test(test_the_published_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

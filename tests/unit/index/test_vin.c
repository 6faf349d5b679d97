// VINs: the text's rules, patterns against a plain reading of them, and what a VIN makes of K.
#include "vehicle_fixture.h"

#include "vin_fixture.h"

#include "index/names.h"
#include "index/vehicle_external.h"
#include "index/vin.h"

static struct vin_text text_of(const char *vin) {
    struct vin_text t;
    if (!vin_read(slice_str(vin), &t)) fail_msg("%s is no VIN", vin);
    return t;
}

// The same with the check digit it should have.
static struct vin_text right(const char *vin) {
    struct vin_text t = text_of(vin);
    t.c[VIN_CHECK] = vin_check_digit(&t);
    return t;
}

// ---- text --------------------------------------------------------------------------------------------------------------------
static void test_reading(void **state) {
    struct vin_text t;
    (void)state;
    assert_true(vin_read(SLICE(" 1hgcm82633a004352 "), &t));
    assert_string_equal(t.c, "1HGCM82633A004352");
    assert_false(vin_read(SLICE("1HGCM82633A00435"), &t));
    assert_false(vin_read(SLICE("1HGCM82633A0043522"), &t));
    assert_false(vin_read(SLICE("IHGCM82633A004352"), &t));
    assert_true(vin_read_loose(SLICE("IHGCM82633A004352"), &t));
    assert_false(vin_read_loose(SLICE("1HGCM82633A00435 "), &t));
    assert_false(vin_read_loose(SLICE("1HGCM82633A0043\xC3\xA9"), &t));
    assert_false(vin_read(SLICE(""), &t));
}

static void test_check_digit(void **state) {
    static const char *const good[] = {"1HGCM82633A004352", "1M8GDM9AXKP042788", "11111111111111111", "5UXWX9C58F0D45921"};
    (void)state;
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        struct vin_text t = text_of(good[i]);
        assert_true(vin_check_ok(&t));
        t.c[16] = t.c[16] == '5' ? '6' : '5';
        assert_true(vin_check_ok(&t) == (t.c[16] == good[i][16]));
    }
}

static void years_are(const char *vin, bool by_position_7, unsigned a, unsigned b, unsigned c) {
    struct vin_text t = text_of(vin);
    unsigned years[VIN_YEARS_MAX], wanted[] = {a, b, c}, count = vin_years(&t, by_position_7, 2027, years);
    for (unsigned i = 0; i < VIN_YEARS_MAX; i++)
        if ((i < count ? years[i] : 0) != wanted[i]) fail_msg("%s: year %u is %u, not %u", vin, i, i < count ? years[i] : 0, wanted[i]);
}

static void test_years(void **state) {
    (void)state;
    years_are("1HGCM82633A004352", true, 2003, 0, 0);       // position 7 is a digit: 1980 to 2009; 2033 is yet to come
    years_are("WVWB1H2A0JW000001", true, 1988, 2018, 0);    // J; a digit in position 7
    years_are("WVWB1HAA0JW000001", true, 2018, 1988, 0);    // a letter
    years_are("WVWZZZ1KZ6W000001", false, 2006, 0, 0);
    years_are("VF1ZZZ1KZBW000001", false, 2011, 1981, 0);   // the newer cycle first
    years_are("LSVAF2CU0HN123456", false, 2017, 2018, 2016);// of production or of the model
    years_are("LSVAF2CU09N123456", false, 2009, 2010, 2008);
    years_are("WVWZZZ1KZZW000001", false, 0, 0, 0);         // Z is no year
}

static void test_regions(void **state) {
    struct vin_text t = text_of("LSVAF2CU0HN123456"), small = text_of("1A9BB2CU0HN123456");
    char code[6];
    (void)state;
    assert_string_equal(vin_region(&t), "asia");
    assert_true(vin_check_required(&t));
    assert_int_equal(vin_maker(&t, code), 3);
    assert_int_equal(vin_maker(&small, code), 6); // small makers: positions 12 to 14 as well
    assert_memory_equal(code, "1A9123", 6);
    t = text_of("WVWZZZ1KZ6W000001");
    assert_string_equal(vin_region(&t), "europe");
    assert_false(vin_check_required(&t));
    assert_int_equal(vin_confusion('8', 'B'), 0);
    assert_int_equal(vin_confusion('B', '8'), 0);
    assert_true(vin_confusion('8', 'R') > vin_confusion('8', 'B'));
}

// ---- patterns against a plain reading -------------------------------------------------------------------------------------------
static unsigned draw(uint64_t *state, unsigned n) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % n;
}

enum { RANDOM_PATTERNS = 60 };

static bool plain_matches(const struct vin_pattern *p, const struct vin_text *vin) {
    static const unsigned where[VIN_POSITIONS] = {3, 4, 5, 6, 7, 9, 10, 11};
    for (unsigned i = 0; i < VIN_POSITIONS; i++)
        if (!(p->mask[i] >> vin_code(vin->c[where[i]]) & 1)) return false;
    return true;
}

static unsigned plain_literals(const struct vin_pattern *p) {
    unsigned n = 0;
    for (unsigned i = 0; i < VIN_POSITIONS; i++) n += p->mask[i] != VIN_MASK_ANY;
    return n;
}

// The bodies of the most specific patterns that match, as bits.
static unsigned plain_bodies(const struct vin_pattern *patterns, unsigned count, const struct vin_text *vin) {
    unsigned best = 0, bodies = 0;
    for (unsigned i = 0; i < count; i++) {
        if (patterns[i].field != VIN_BODY || !plain_matches(&patterns[i], vin)) continue;
        unsigned literals = plain_literals(&patterns[i]);
        if (literals > best) bodies = 0;
        if (literals >= best) bodies |= 1u << patterns[i].value.value;
        if (literals > best) best = literals;
    }
    return bodies;
}

static void random_pattern(struct vin_pattern *p, uint64_t *seed, unsigned i) {
    static const char *const sets[] = {"A", "B", "AB", "ABC123", "12", "3", "C1"};
    *p = vin_fixture_pattern(i ? VIN_BODY : VIN_MODEL, i ? (uint16_t)(1 + draw(seed, 8)) : 1, 0, "0123456789ABCDEFGHJKLMNPRSTUVWXYZ");
    p->mask[0] = VIN_MASK_ANY;
    for (unsigned n = i ? draw(seed, 4) : 0; n > 0; n--) p->mask[draw(seed, VIN_POSITIONS)] = vin_fixture_mask(sets[draw(seed, 7)]);
}

static void compare_one(struct buf *record, const struct vin_pattern *patterns, uint64_t *seed, unsigned *decided) {
    static const char characters[] = "ABC123";
    struct vin_text vin = text_of("WVWAAAAA0AAAAAAAA");
    struct vin_match match;
    for (unsigned i = 3; i < 12; i++) vin.c[i] = characters[draw(seed, 6)];
    unsigned wanted = plain_bodies(patterns, RANDOM_PATTERNS, &vin), found = 0;
    assert_int_equal(vin_match(buf_slice(record), &vin, &match), ERR_OK);
    for (unsigned i = 0; i < match.attrs[VIN_A_BODY].count; i++) found |= 1u << match.attrs[VIN_A_BODY].at[i];
    if (found != wanted) fail_msg("%s: bodies %x, plainly %x", vin.c, found, wanted);
    assert_int_equal(match.model_count, 1);
    *decided += wanted != 0;
}

static void test_patterns_against_plain(void **state) {
    uint64_t seed = 5;
    unsigned decided = 0;
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        struct vin_pattern patterns[RANDOM_PATTERNS], sorted[RANDOM_PATTERNS];
        struct buf record;
        uint16_t makes[1] = {1};
        for (unsigned i = 0; i < RANDOM_PATTERNS; i++) random_pattern(&patterns[i], &seed, i);
        memcpy(sorted, patterns, sizeof sorted);
        buf_init(&record, NULL, 1024);
        buf_u16(&record, 2026);
        buf_u16(&record, 1);
        assert_int_equal(vin_block_add(&record, sorted, RANDOM_PATTERNS, makes, 1), ERR_OK);
        for (unsigned i = 0; i < 100; i++) compare_one(&record, patterns, &seed, &decided);
        for (size_t cut = 0; cut + 1 < record.n; cut += 7) { // a shorter record is refused, or shorter by whole blocks
            struct vin_match match;
            struct vin_text vin = text_of("WVWAAAAA0AAAAAAAA");
            assert_true(vin_match(slice_of(record.p, cut), &vin, &match) == ERR_DAMAGED || cut == 4);
        }
        buf_free(&record);
    }
    assert_true(decided > 10000);
}

// ---- K -----------------------------------------------------------------------------------------------------------------------
static void open_with_cars(struct fixture *f) {
    fixture_open(f);
    fixture_vocabulary(f);
    struct vehicle_loader *l = vehicle_loader_new(f->db);
    fixture_add(l, "Volkswagen", "Golf", 2018, "market=US|displacement=1.4|fuel=gasoline|trim=S", "t", 0);
    fixture_add(l, "Volkswagen", "Golf", 2018, "market=US|displacement=1.8|fuel=gasoline|trim=S", "t", 0);
    fixture_add(l, "Volkswagen", "Golf", 2018, "market=US|displacement=1.8|fuel=gasoline|trim=SE", "t", 0);
    fixture_add(l, "Volkswagen", "Golf", 2018, "market=CN|displacement=1.4|fuel=gasoline", "t", 0);
    fixture_add(l, "Volkswagen", "Passat", 2018, "market=US|displacement=1.8|fuel=gasoline", "t", 0);
    fixture_add(l, "Volkswagen", "Lavida", 2017, "market=CN|displacement=1.6|vin=LSVAF2CU", "t", 0);
    fixture_add(l, "Volkswagen", "Lavida", 2017, "market=CN|displacement=1.4|vin=LSVAG2CU", "t", 0);
    fixture_add(l, "Volkswagen", "Lavida", 2018, "market=CN|displacement=1.6|vin=LSVAF2CU", "t", 0);
    fixture_finish(f, l);
    vin_fixture_write(f->db, f->view);
    fixture_refresh(f);
}

static struct knowledge know(struct fixture *f, const char *vin, const char *attrs) {
    struct knowledge k;
    struct fault why = {0};
    if (knowledge_parse(f->view, slice_str(vin), slice_str(attrs), SLICE_NONE, &k, &why) != ERR_OK) fail_msg("%s: %s", vin, why.message);
    assert_true(k.given);
    return k;
}

static void test_knowledge(void **state) {
    struct fixture f;
    (void)state;
    open_with_cars(&f);
    struct vin_text vin = right("WVWB2HAA0JW000001");
    struct knowledge k = know(&f, vin.c, "");
    assert_true(k.resolved);
    assert_int_equal(k.vehicle_count, 1);
    assert_true(slice_is(k.vehicles[0].vehicle->slug, "2018-volkswagen-golf"));
    assert_int_equal(k.vehicles[0].count, 2); // US, 1.8, two trims
    k = know(&f, vin.c, "trim:SE");
    assert_int_equal(k.vehicles[0].count, 1);
    k = know(&f, vin.c, "displacement:1.4,market:US"); // what the customer says goes first
    assert_int_equal(k.vehicles[0].count, 1);
    vin = right("WVWA2HAA0JW000001"); // two models
    k = know(&f, vin.c, "");
    assert_int_equal(k.vehicle_count, 2);
    vin = right("WVWD2HAA0JW000001"); // no model
    k = know(&f, vin.c, "");
    assert_true(k.given && !k.resolved && k.vehicle_count == 0);
    fixture_close(&f);
}

// An engine the table does not know: every configuration stays possible, and none lends it an engine.
static void test_unknown_engine(void **state) {
    struct fixture f;
    uint32_t attr;
    (void)state;
    open_with_cars(&f);
    struct vin_text vin = right("WVWB3HAA0JW000001");
    struct knowledge k = know(&f, vin.c, "");
    assert_int_equal(k.vehicle_count, 1);
    assert_int_equal(k.vehicles[0].count, 3); // of the market
    assert_int_equal(names_find(f.view->snapshot, NAMES_ATTRIBUTE, SLICE("displacement"), &attr), ERR_OK);
    const uint16_t *column = knowledge_column(&k.vehicles[0], (uint8_t)attr);
    for (unsigned i = 0; i < k.vehicles[0].vehicle->count; i++) assert_int_equal(column[i], 0);
    const struct answer *said = knowledge_answer(&k, (uint8_t)attr);
    assert_non_null(said);
    assert_true(said->count == 1 && said->values[0] == 0xFFFF); // 3.0 is a value no record knows
    fixture_close(&f);
}

static void add_prefix(struct fixture *f, const char *id, const char *slug) {
    struct txn *t;
    uint32_t vehicle;
    assert_int_equal(vehicle_find(f->view, slice_str(slug), &vehicle), ERR_OK);
    assert_int_equal(txn_begin(f->db, &t, NULL), ERR_OK);
    assert_int_equal(vehicle_external_add(t, &f->arena, slice_str(id), vehicle), ERR_OK);
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    fixture_refresh(f);
}

static void test_prefixes(void **state) {
    struct fixture f;
    (void)state;
    open_with_cars(&f);
    assert_false(know(&f, "LSVAF2CU0HN123456", "").resolved); // maker and year only
    add_prefix(&f, "vin:LSVA", "2018-volkswagen-passat");
    add_prefix(&f, "vin:LSVAF2CU", "2017-volkswagen-lavida");
    add_prefix(&f, "vin:LSVAF2CU", "2018-volkswagen-lavida");
    struct knowledge k = know(&f, "LSVAF2CU0HN123456", ""); // the longest prefix wins; H is 2017, of production or model
    assert_int_equal(k.vehicle_count, 2);
    assert_true(slice_is(k.vehicles[0].vehicle->slug, "2017-volkswagen-lavida"));
    assert_int_equal(k.vehicles[0].count, 1); // the configuration with this prefix
    k = know(&f, "LSVAF2CU0JN123456", "");    // 2018
    assert_int_equal(k.vehicle_count, 1);
    add_prefix(&f, "vin:LSVAF2CU*HN", "2017-volkswagen-lavida"); // beyond the check digit, which is wild
    k = know(&f, "LSVAF2CU5HN123456", "");
    assert_int_equal(k.vehicle_count, 1);
    fixture_close(&f);
}

static void test_wrong_texts(void **state) {
    static const char *const wrong[] = {"WVWB2HAA0JW00001", "WVWB2HAA0JW0000011", "WVWB2HAA0JWO00001", "WVWB2HAA0JW 00001"};
    struct fixture f;
    struct knowledge k;
    (void)state;
    open_with_cars(&f);
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fault why = {0};
        assert_int_equal(knowledge_parse(f.view, slice_str(wrong[i]), SLICE_NONE, SLICE_NONE, &k, &why), ERR_BAD_REQUEST);
        assert_string_equal(why.field, "vehicle");
    }
    fixture_close(&f);
}

// ---- repair --------------------------------------------------------------------------------------------------------------------
static bool suggested(struct fixture *f, const char *given, const char *wanted, unsigned *count) {
    struct vin_suggestion list[VIN_SUGGESTIONS];
    struct vin_text t;
    bool found = false;
    assert_true(vin_read_loose(slice_str(given), &t));
    assert_int_equal(vin_repair(f->view->snapshot, 2027, &t, list, count), ERR_OK);
    for (unsigned i = 0; i < *count; i++) {
        unsigned different = 0;
        assert_true(vin_check_ok(&list[i].text));
        for (unsigned k = 0; k < VIN_CHARS; k++) different += list[i].text.c[k] != t.c[k];
        assert_int_equal(different, 1);
        if (i > 0) assert_true(list[i].score >= list[i - 1].score);
        found |= i < 3 && strcmp(list[i].text.c, wanted) == 0;
    }
    return found;
}

static void test_repair(void **state) {
    struct fixture f;
    unsigned count;
    (void)state;
    open_with_cars(&f);
    struct vin_text vin = right("WVWB2HAA0JW018205"), bad = vin;
    assert_false(suggested(&f, vin.c, vin.c, &count));
    assert_int_equal(count, 0); // nothing to repair
    for (unsigned i = 0; i < 4; i++) {
        static const struct { unsigned at; char c; } errors[] = {{3, '8'}, {14, 'Z'}, {10, 'V'}, {12, 'B'}};
        bad = vin;
        bad.c[errors[i].at] = errors[i].c;
        if (!suggested(&f, bad.c, vin.c, &count)) fail_msg("%s is not repaired to %s", bad.c, vin.c);
        assert_in_range(count, 1, VIN_SUGGESTIONS);
    }
    bad = vin;
    bad.c[11] = 'O';
    assert_true(suggested(&f, bad.c, vin.c, &count));
    (void)suggested(&f, "WVWZZZ1KZ6W000001", "", &count); // European: position 9 may be anything
    assert_int_equal(count, 0);
    (void)suggested(&f, "1Z1AA2CU1HN123456", "", &count); // a maker nobody knows
    assert_int_equal(count, 0);
    fixture_close(&f);
}

static void test_json(void **state) {
    struct fixture f;
    struct buf out;
    (void)state;
    open_with_cars(&f);
    buf_init(&out, &f.arena, 1024);
    struct json_writer w = json_writer_of(&out);
    assert_int_equal(vin_json(f.view, &w, slice_str(right("WVWB2HAA0JW000001").c)), ERR_OK);
    buf_char(&out, 0);
    assert_non_null(strstr(out.p, "\"model\":\"Golf\""));
    assert_non_null(strstr(out.p, "\"plant\":\"WOLFSBURG\""));
    assert_non_null(strstr(out.p, "\"displacement\":\"1.8\""));
    assert_non_null(strstr(out.p, "\"configurations\":2"));
    buf_clear(&out);
    w = json_writer_of(&out);
    assert_int_equal(vin_json(f.view, &w, SLICE("LSVAF2CU0H2123456")), ERR_OK);
    buf_char(&out, 0);
    assert_non_null(strstr(out.p, "\"makes\":[\"Volkswagen\",\"Skoda\"]"));
    assert_non_null(strstr(out.p, "\"plant\":\"Anting\""));
    assert_non_null(strstr(out.p, "\"model\":null"));
    buf_clear(&out);
    w = json_writer_of(&out);
    assert_int_equal(vin_json(f.view, &w, SLICE("no VIN at all")), ERR_OK);
    buf_char(&out, 0);
    assert_non_null(strstr(out.p, "\"valid\":false"));
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),      cmocka_unit_test(test_check_digit),    cmocka_unit_test(test_years),
        cmocka_unit_test(test_regions),      cmocka_unit_test(test_patterns_against_plain),
        cmocka_unit_test(test_knowledge),    cmocka_unit_test(test_unknown_engine), cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_wrong_texts),  cmocka_unit_test(test_repair),         cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

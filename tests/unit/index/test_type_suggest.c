// Typeahead over product types against a plain reading of their phrases.
#include "vehicle_fixture.h"

#include "index/names.h"
#include "index/type_suggest.h"

static struct fixture fixture;
static const struct { const char *slug, *name, *name_zh, *synonyms; } types[] = {
    {"oil_filter", "Oil Filter", "机油滤清器", "Engine Oil Filter|Lube Filter"}, {"air_filter", "Engine Air Filter", "空气滤清器", "Air Cleaner"},
    {"oil_change", "Oil Change", "更换机油", ""},                              {"brake_pad", "Brake Pads", "刹车片", "Disc Pads"},
    {"brake_disc", "Brake Rotor", "刹车盘", "Brake Disc"},                     {"cabin_filter", "Cabin Air Filter", "空调滤清器", "Pollen Filter"},
};
enum { TYPES = sizeof types / sizeof *types };

static int setup(void **state) {
    fixture_open(&fixture);
    fixture_vocabulary(&fixture);
    struct txn *t;
    assert_int_equal(txn_begin(fixture.db, &t, NULL), ERR_OK);
    for (unsigned i = 0; i < TYPES; i++) {
        struct type_info info = {.slug = slice_str(types[i].slug), .name = slice_str(types[i].name), .name_zh = slice_str(types[i].name_zh),
                                 .synonyms = slice_str(types[i].synonyms), .kind = KIND_PART};
        assert_int_equal(type_put(t, &fixture.arena, &info), ERR_OK);
    }
    assert_int_equal(txn_commit(t, NULL), ERR_OK);
    fixture_refresh(&fixture);
    *state = &fixture;
    return 0;
}
static int teardown(void **state) {
    fixture_close(*state);
    return 0;
}

static unsigned suggest(struct slice text, struct type_suggestion *out) {
    struct slice folded;
    unsigned count;
    assert_int_equal(text_fold(&fixture.arena, text, &folded), ERR_OK);
    assert_int_equal(type_suggest(fixture.view, folded, NULL, TYPE_SUGGEST_MAX, out, &count), ERR_OK);
    return count;
}

static int tier_of(const char *text, const char *slug) { // -1: not among them
    struct type_suggestion list[TYPE_SUGGEST_MAX];
    unsigned count = suggest(slice_str(text), list);
    for (unsigned i = 0; i < count; i++)
        if (slice_is(names_text(fixture.view, NAMES_TYPE, list[i].type), slug)) return list[i].tier;
    return -1;
}

// Plainly: whether the text begins the phrase (0), begins at a later word of it (1), or neither (2).
static unsigned plain_tier(struct slice phrase, struct slice text) {
    struct slice folded;
    assert_int_equal(text_fold(&fixture.arena, phrase, &folded), ERR_OK);
    if (slice_starts(folded, text)) return TYPE_BEGINS;
    for (size_t i = 1; i < folded.n; i++)
        if (folded.p[i - 1] == ' ' && slice_starts(slice_from(folded, i), text)) return TYPE_WORD;
    return TYPE_SOUNDS;
}

static unsigned plain_best(unsigned type, struct slice text) {
    unsigned best = plain_tier(slice_str(types[type].name), text), one = plain_tier(slice_str(types[type].name_zh), text);
    best = one < best ? one : best;
    for (struct slice rest = slice_str(types[type].synonyms); rest.n > 0;) {
        one = plain_tier(slice_cut(&rest, '|'), text);
        best = one < best ? one : best;
    }
    return best;
}

static void every_beginning_of_every_word(void **state) {
    (void)state;
    for (unsigned i = 0; i < TYPES; i++) {
        const char *texts[] = {types[i].name, types[i].name_zh};
        for (unsigned k = 0; k < 2; k++) {
            struct slice folded;
            assert_int_equal(text_fold(&fixture.arena, slice_str(texts[k]), &folded), ERR_OK);
            for (size_t n = text_char_bytes((uint8_t)folded.p[0]); n <= folded.n; n += n < folded.n ? text_char_bytes((uint8_t)folded.p[n]) : 1) {
                struct slice text = slice_trim(slice_of(folded.p, n));
                for (unsigned other = 0; other < TYPES; other++) {
                    unsigned plain = plain_best(other, text);
                    int got = tier_of(arena_copy(&fixture.arena, text).p, types[other].slug);
                    if (plain < TYPE_SOUNDS && got != (int)plain)
                        fail_msg("%.*s: %s has tier %d, not %u", SLICE_ARGS(text), types[other].slug, got, plain);
                    if (plain == TYPE_SOUNDS && got >= 0 && got < TYPE_SOUNDS)
                        fail_msg("%.*s: %s should not have tier %d", SLICE_ARGS(text), types[other].slug, got);
                }
            }
        }
    }
}

static void lower_tiers(void **state) {
    (void)state;
    assert_int_equal(tier_of("fil oil", "oil_filter"), TYPE_WORD);
    assert_int_equal(tier_of("jiyoulv", "oil_filter"), TYPE_SOUNDS);
    assert_int_equal(tier_of("jylqq", "oil_filter"), TYPE_SOUNDS);
    assert_int_equal(tier_of("shachepian", "brake_pad"), TYPE_SOUNDS);
    assert_int_equal(tier_of("oil filtr", "oil_filter"), TYPE_TYPO);
    assert_int_equal(tier_of("brkae pad", "brake_pad"), TYPE_TYPO);
    assert_int_equal(tier_of("機油濾清", "oil_filter"), TYPE_BEGINS); // Traditional is folded
    assert_int_equal(tier_of("高尔夫刹车", "brake_pad"), TYPE_WORD);  // behind a car's name
    assert_int_equal(tier_of("18款高尔夫刹车", "brake_disc"), TYPE_WORD);
    assert_int_equal(tier_of("golf brake d", "brake_disc"), TYPE_WORD);
    assert_int_equal(tier_of("flux", "oil_filter"), -1);
    assert_int_equal(tier_of("", "oil_filter"), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_beginning_of_every_word), cmocka_unit_test(lower_tiers)};
    return cmocka_run_group_tests(tests, setup, teardown);
}

// Sounds and misspellings against a plain reference: every phrase of a small vocabulary compared with every question.
#include "index_fixture.h"

#include "index/letters.h"
#include "index/lexicon_near.h"
#include "index/lexicon_sound.h"
#include "index/names.h"
#include "index/vocabulary.h"

static const char *const types[][3] = { // slug, name, name_zh
    {"oil_filter", "Oil Filter", "机油滤清器"}, {"fuel_filter", "Fuel Filter", "柴油滤清器"}, {"brake_pad", "Brake Pads", "刹车片"},
    {"air_filter", "Air Filter", "机滤"},       {"bumper", "Front Bumper", "前保险杠"},      {"bumper_rear", "Rear Bumper", "后保险杠"},
    {"thermostat", "Thermostat", "节温器"},     {"abs", "ABS Sensor", "轮速传感器"},         {"w124", "W124 Thing", "朗逸"},
};
enum { TYPES = sizeof types / sizeof *types };

static int setup(void **state) {
    struct fixture *f = fixture_begin(state);
    struct fault why = {0};
    struct buf { char p[4096]; } text;
    size_t n = (size_t)snprintf(text.p, sizeof text.p, "id\tkind\tname\tname_zh\tparent\n");
    for (unsigned i = 0; i < TYPES; i++)
        n += (size_t)snprintf(text.p + n, sizeof text.p - n, "%s\tpart\t%s\t%s\t\n", types[i][0], types[i][1], types[i][2]);
    const char *dir = fixture_fact(f, "types.tsv", text.p);
    fixture_fact(f, "fillers.tsv", "phrases\nsuitable|机油滤清机\n");
    fixture_fact(f, "makes.tsv", "make\tname_zh\taliases\tpinyin_sort\tcn_order\nToyota\t丰田\t\tF\t\nVolkswagen\t大众\t\tD\t\n");
    if (vocabulary_load(f->db, dir, NULL, NULL, &why) != ERR_OK) fail_msg("%s", why.message);
    fixture_refresh(f);
    return 0;
}
static uint32_t random_next(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }

// ---- words --------------------------------------------------------------------------------------------------------------
static const char *const words[] = {"oil", "filter", "fuel", "brake", "pads", "front", "bumper", "rear", "thermostat", "sensor", "thing",
                                    "toyota", "volkswagen", "air", "abs", "pad"};

static void mangle(uint32_t *seed, const char *word, char *out) {
    size_t n = strlen(word);
    memcpy(out, word, n + 1);
    for (unsigned edits = random_next(seed) >> 9 & 3; edits > 0; edits--) {
        size_t at = (random_next(seed) >> 8) % (n + 1);
        char letter = (char)('a' + (random_next(seed) >> 10) % 26);
        unsigned kind = random_next(seed) >> 12 & 3;
        if (kind == 0 && n < 20) {
            memmove(out + at + 1, out + at, n - at + 1);
            out[at] = letter;
            n++;
        } else if (kind == 1 && at < n && n > 1) {
            memmove(out + at, out + at + 1, n - at);
            n--;
        } else if (kind == 2 && at < n) {
            out[at] = letter;
        } else if (at + 1 < n) {
            char c = out[at];
            out[at] = out[at + 1];
            out[at + 1] = c;
        }
    }
}

static unsigned distance_of(struct slice a, struct slice b, unsigned most) {
    struct letters x, y;
    letters_of(a, &x);
    letters_of(b, &y);
    return letters_distance(&x, &y, most);
}

// What a word may stand for, by comparing it with all words; must be what the table finds.
static void near_words_are_all_there_is(void **state) {
    struct fixture *f = *state;
    uint32_t seed = 11;
    for (unsigned round = 0; round < 4000; round++) {
        char text[32];
        struct near_word found[32];
        unsigned count, expected = 0, max = random_next(&seed) >> 8 & 1 ? 2 : 1;
        mangle(&seed, words[(random_next(&seed) >> 8) % (sizeof words / sizeof *words)], text);
        struct slice word = slice_str(text);
        unsigned allowed = letters_edits(word.n) < max ? letters_edits(word.n) : max;
        assert_int_equal(lexicon_near_words(f->view, word, max, found, 32, &count), ERR_OK);
        for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
            struct slice other = slice_str(words[i]);
            unsigned distance = distance_of(word, other, allowed), hits = 0;
            if (letters_edits(other.n + 1) == 0) continue; // too short to be kept
            for (unsigned k = 0; k < count; k++) hits += slice_eq(found[k].word, other) && found[k].edits == distance;
            if (hits != (distance <= allowed)) fail_msg("%s for %s: %u edits, found %u times", words[i], text, distance, hits);
            expected += hits;
        }
        assert_int_equal(count, expected);
        for (unsigned k = 1; k < count; k++) assert_true(found[k - 1].edits <= found[k].edits);
    }
}

// ---- phrases --------------------------------------------------------------------------------------------------------------
static struct lexicon_near best(struct fixture *f, const char *text, unsigned *count) {
    static struct lexicon_near found[8];
    struct slice folded;
    assert_int_equal(text_fold(&f->arena, slice_str(text), &folded), ERR_OK);
    assert_int_equal(lexicon_near(f->view, folded, 2, found, 8, count), ERR_OK);
    return *count ? found[0] : (struct lexicon_near){.edits = 0};
}

static void near_phrases(void **state) {
    struct fixture *f = *state;
    static const struct { const char *text, *phrase; unsigned edits; } cases[] = {
        {"oil filtr", "oil filter", 1},   {"oil fitler", "oil filter", 1}, {"brkae pads", "brake pads", 1}, {"brkae pds", NULL, 0},
        {"volkwagen", "volkswagen", 1},   {"toyta", "toyota", 1},          {"thermstt", "thermostat", 2},   {"oli filter", NULL, 0},
        {"柴由滤清器", "柴油滤清器", 1},  {"刹车骗", "刹车片", 1},         {"激滤", "机滤", 1},             {"汽油滤清器", NULL, 0},
        {"轮速感器", "轮速传感器", 1},    {"轮速传感气", "轮速传感器", 1}, {"轮速传感嚣", "轮速传感器", 1},  {"左保险杠", NULL, 0},           {"w125 thing", NULL, 0},         {"w124 thnig", "w124 thing", 1},
        {"suitble", NULL, 0},             {"大种", "大众", 1},             {"轮速传感", "轮速传感器", 1},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned count;
        struct lexicon_near found = best(f, cases[i].text, &count);
        if (cases[i].phrase == NULL) {
            if (count > 0) fail_msg("%s became %.*s", cases[i].text, SLICE_ARGS(found.phrase));
            continue;
        }
        if (count == 0) fail_msg("nothing near %s", cases[i].text);
        assert_string_equal(fixture_string(f, found.phrase), cases[i].phrase);
        assert_int_equal(found.edits, cases[i].edits);
    }
}

// ---- sounds ---------------------------------------------------------------------------------------------------------------
static void sounds(void **state) {
    struct fixture *f = *state;
    struct lexicon_sound found[8];
    unsigned count;
    bool longer;
    for (unsigned i = 0; i < TYPES; i++) { // each by its own sound, and told to go on at every letter before
        struct slice folded, full, initials;
        assert_int_equal(text_fold(&f->arena, slice_str(types[i][2]), &folded), ERR_OK);
        assert_int_equal(text_pinyin(&f->arena, folded, &full, &initials), ERR_OK);
        for (unsigned form = 0; form < 2; form++) {
            struct slice sound = form ? initials : full;
            bool there = false;
            assert_int_equal(lexicon_sounds(f->view, sound, found, 8, &count, &longer), ERR_OK);
            for (unsigned k = 0; k < count; k++)
                there |= slice_eq(found[k].phrase, folded) && found[k].initials == (form == 1) && found[k].entry.kind == LEXICON_TYPE;
            assert_true(there);
            for (size_t n = 1; n < sound.n; n++) {
                assert_int_equal(lexicon_sounds(f->view, slice_of(sound.p, n), found, 8, &count, &longer), ERR_OK);
                assert_true(longer);
            }
        }
    }
    assert_int_equal(lexicon_sounds(f->view, SLICE("langyijilv"), found, 8, &count, &longer), ERR_OK);
    assert_int_equal(count, 0);
    assert_false(longer);
    assert_int_equal(lexicon_sounds(f->view, SLICE("jiyoulvqingji"), found, 8, &count, &longer), ERR_OK);
    assert_int_equal(count, 0); // a filler has no sound
    assert_int_equal(lexicon_sounds(f->view, SLICE("l"), found, 0, &count, &longer), ERR_OK);
    assert_true(longer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_words_are_all_there_is),
        cmocka_unit_test(near_phrases),
        cmocka_unit_test(sounds),
    };
    return cmocka_run_group_tests_name("index/test_lexicon", tests, setup, fixture_end);
}

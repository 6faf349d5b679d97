#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "index/text.h"

static struct arena arena;

static int setup(void **state) {
    (void)state;
    arena_init(&arena, 4096, 16 * 1024 * 1024);
    return text_init() == ERR_OK ? 0 : -1;
}
static int teardown(void **state) {
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static void assert_slice(struct slice s, const char *expected) {
    assert_string_equal(arena_copy(&arena, s).p, expected);
}

static void assert_folds(const char *text, const char *expected) {
    struct slice folded;
    assert_int_equal(text_fold(&arena, slice_str(text), &folded), ERR_OK);
    assert_slice(folded, expected);
}

static void folding(void **state) {
    (void)state;
    assert_folds("  Golf \t GTI  ", "golf gti");
    assert_folds("5W-30", "5w-30");
    assert_folds("２２５／４５Ｒ１７", "225/45r17");
    assert_folds("Citroën Škoda", "citroen skoda");
    assert_folds("Citroe\xCC\x88n", "citroen"); // e and a combining diaeresis
    assert_folds("長城汽車", "长城汽车");
    assert_folds("機油　濾清器", "机油 滤清器");
    assert_folds("Straße", "strasse");
    assert_folds("Mobil 1™ 0W-20", "mobil 1 0w-20");
    assert_folds("가나 ガ", "가나 ガ");
    assert_folds("ｶﾞｽ", "ガス"); // half-width kana with a combining mark
    assert_folds("bad\xFF" "bytes", "bad bytes");
}

static void nothing_left(void **state) {
    (void)state;
    assert_folds("", "");
    assert_folds(" -/!… ", "");
}

static void folding_twice_changes_nothing(void **state) {
    (void)state;
    static const char *const samples[] = {"Škoda Octavia", "途觀L 330TSI 四驅", "ﬁlter ①½", "ＡＢＣ　ｄｅｆ", "İstanbul", "ǆ"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct slice once, twice;
        assert_int_equal(text_fold(&arena, slice_str(samples[i]), &once), ERR_OK);
        assert_int_equal(text_fold(&arena, once, &twice), ERR_OK);
        assert_true(slice_eq(once, twice));
    }
}

// By byte of folded text: the stretch of the original it comes from, found the slow way. A prefix that ends where characters of their own
// begin folds to a prefix of the whole, so the byte comes from the first such piece whose prefix holds it.
static void check_origin(struct slice s, const size_t *borders, unsigned border_count) {
    struct slice whole, mapped, prefix;
    struct text_origin *origin;
    assert_int_equal(text_fold(&arena, s, &whole), ERR_OK);
    assert_int_equal(text_fold_mapped(&arena, s, &mapped, &origin), ERR_OK);
    assert_int_equal(mapped.n, whole.n);
    if (whole.n) assert_memory_equal(mapped.p, whole.p, whole.n);
    size_t done = 0;
    for (unsigned i = 1; i < border_count && whole.n; i++) {
        struct slice marked = arena_printf(&arena, "%.*s1", (int)borders[i], s.p); // neither blanks at the end nor signs alone fold away
        assert_int_equal(text_fold(&arena, marked, &prefix), ERR_OK);
        for (; done < prefix.n - 1 && done < mapped.n; done++) {
            assert_int_equal(origin[done].from, borders[i - 1]);
            assert_int_equal(origin[done].to, borders[i]);
        }
    }
    assert_int_equal(done, mapped.n);
}

static void folding_with_origins(void **state) {
    (void)state;
    static const char *const pieces[] = {"a", "B", "7", " ", "-", "\t", "Ｇ", "　", "機", "油", "é", "e\xCC\x81", "o\xCC\x88\xCC\x84", "ｶﾞ", "㎞", "ß",
                                         "\xF0\x9F\x9A\x97", "①", "\xE1\x84\x80\xE1\x85\xA1", "™", "\xF0\x9F\x91\xA8\xE2\x80\x8D", "ﷺ", "/"};
    uint64_t seed = 17;
    for (unsigned round = 0; round < 20000; round++) {
        char text[128];
        size_t n = 0, borders[16] = {0};
        unsigned count = 1;
        arena_reset(&arena);
        for (unsigned left = (unsigned)(round % 12); left > 0; left--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            const char *piece = pieces[(seed >> 33) % (sizeof pieces / sizeof *pieces)];
            memcpy(text + n, piece, strlen(piece));
            n += strlen(piece);
            borders[count++] = n;
        }
        check_origin(slice_of(text, n), borders, count);
    }
}

static void utf16_units(void **state) {
    (void)state;
    assert_int_equal(text_utf16_units(SLICE("")), 0);
    assert_int_equal(text_utf16_units(SLICE("aé高")), 3);
    assert_int_equal(text_utf16_units(SLICE("\xF0\x9F\x9A\x97")), 2);
    assert_int_equal(text_utf16_units(SLICE("a\xFF\xFE")), 3);
}

static void squeezing(void **state) {
    (void)state;
    struct slice out;
    assert_int_equal(text_squeeze(&arena, SLICE("f-150 xlt / 途观l"), &out), ERR_OK);
    assert_slice(out, "f150xlt途观l");
}

static void assert_pinyin(const char *text, const char *full, const char *initials) {
    struct slice folded, f, i;
    assert_int_equal(text_fold(&arena, slice_str(text), &folded), ERR_OK);
    assert_int_equal(text_pinyin(&arena, folded, &f, &i), ERR_OK);
    assert_slice(f, full);
    assert_slice(i, initials);
}

static void pinyin(void **state) {
    (void)state;
    assert_pinyin("高尔夫", "gaoerfu", "gef");
    assert_pinyin("途观L", "tuguanl", "tgl");
    assert_pinyin("长安", "changan", "ca");
    assert_pinyin("長城", "changcheng", "cc");
    assert_pinyin("空调滤清器", "kongtiaolvqingqi", "ktlqq");
    assert_pinyin("轩逸 2018", "xuanyi2018", "xy2018");
    assert_pinyin("golf", "", "");
}

static void encodings(void **state) {
    (void)state;
    struct slice out;
    assert_int_equal(text_to_utf8(&arena, SLICE("\xEF\xBB\xBF" "品牌"), &out), ERR_OK);
    assert_slice(out, "品牌");
    assert_int_equal(text_to_utf8(&arena, SLICE("\xC6\xB7\xC5\xC6,golf"), &out), ERR_OK); // GBK
    assert_slice(out, "品牌,golf");
    assert_true(text_valid_utf8(SLICE("高尔夫 golf")));
    assert_false(text_valid_utf8(SLICE("\xC5\xC6")));
    assert_false(text_valid_utf8(SLICE("\xE9\xAB")));
    assert_false(text_valid_utf8(SLICE("\xC0\x80")));
}

static void assert_words(const char *text, const char *expected) { // words joined by '_'
    struct text_word *words;
    unsigned count;
    struct slice joined = SLICE("");
    assert_int_equal(text_words(&arena, slice_str(text), &words, &count), ERR_OK);
    for (unsigned i = 0; i < count; i++) {
        assert_memory_equal(text + words[i].at, words[i].word.p, words[i].word.n);
        joined = arena_printf(&arena, "%.*s%s%.*s", SLICE_ARGS(joined), i ? "_" : "", SLICE_ARGS(words[i].word));
    }
    assert_slice(joined, expected);
}

static void words(void **state) {
    (void)state;
    assert_words("golf gti 1.4t", "golf_gti_1_4t");
    assert_words("18款高尔夫1.4t机滤", "18_款高_高尔_尔夫_1_4t_机滤");
    assert_words("前 刹车片", "前_刹车_车片");
    assert_words("225/45r17", "225_45r17");
    assert_words("", "");
    assert_words("--", "");
    assert_words("лада niva", "лада_niva");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding), cmocka_unit_test(nothing_left), cmocka_unit_test(folding_twice_changes_nothing),
        cmocka_unit_test(folding_with_origins), cmocka_unit_test(utf16_units), cmocka_unit_test(squeezing), cmocka_unit_test(pinyin), cmocka_unit_test(encodings), cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

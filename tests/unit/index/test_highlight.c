// Marks in titles: cases whose answer is plain to see, and random texts against a reference that folds every stretch of the text.
#include "index_fixture.h"

#include "index/base/buf.h"
#include "index/highlight.h"
#include "index/text.h"

static struct arena arena;

static uint64_t seed = 0x5eed;
static unsigned draw(unsigned n) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static struct highlight_term term_of(struct slice text) {
    bool prefix = slice_ends(text, SLICE("*")), piece = prefix && text.p[0] == '*';
    if (prefix) text.n--;
    return (struct highlight_term){piece ? slice_from(text, 1) : text, prefix, piece};
}

// "at,length at,length"; a term that ends in * is a beginning, one between two of them a piece.
static void check(const char *text, const char *terms, const char *expected) {
    struct highlight_term list[16];
    struct highlight_range *ranges;
    unsigned count = 0, n;
    struct buf b;
    arena_reset(&arena);
    for (struct slice rest = slice_str(terms); rest.p;) {
        struct slice term = slice_cut(&rest, ' ');
        list[count++] = term_of(term);
    }
    assert_int_equal(highlight(&arena, slice_str(text), list, count, &ranges, &n), ERR_OK);
    buf_init(&b, &arena, 64);
    for (unsigned i = 0; i < n; i++) buf_printf(&b, "%s%u,%u", i ? " " : "", ranges[i].at, ranges[i].length);
    buf_char(&b, 0);
    if (strcmp(b.p, expected) != 0) fail_msg("'%s' for '%s': '%s', expected '%s'", text, terms, b.p, expected);
}

static void test_plain(void **state) {
    (void)state;
    check("Mann Oil Filter W 712/94", "oil filter", "5,3 9,6");
    check("Mann Oil Filter", "fil*", "9,3");
    check("Mann Oil Filter", "fil", "");
    check("Mann Oil Filter W 712/94", "w71294", "16,8"); // as one number
    check("Mann Oil Filter W 712/94", "w712*", "16,5");
    check("sparkplug spark plug SPARK-PLUG", "sparkplug", "0,9 10,10 21,10");
    check("Citroën Filter", "citroen", "0,7");
    check("Citroe\xCC\x88n Filter", "citroen filter", "0,8 9,6"); // the accent is a code unit of its own
    check("ＧＯＬＦ　機油濾清器", "golf 机油", "0,4 5,2");
    check("博世 機油濾清器 機油", "油滤清 机油", "3,4 9,2");
    check("机油滤清器", "器", "4,1");
    check("机", "机", "0,1");
    check("\xF0\x9F\x9A\x97 golf \xF0\x9F\x9A\x97 bmw", "bmw golf", "3,4 11,3"); // a pair of code units each
    check("\xFF golf", "golf", "2,4");
    check("5km ㎞ filter", "km filter", "4,1 6,6");
    check("曼牌 ABS传感器 for ABS", "abs传感器 abs", "3,6 14,3");
    check("前 ABS 传感器", "abs传感", "2,6");
    check("适用高尔夫7机滤", "高尔夫7 机滤", "2,6");
    check("MANN W 719/30", "*719*", "7,3");
    check("MANN W 719/30", "*1930*", "8,5");
    check("MANN W 719/30 W719", "*w71* oil", "5,4 14,3");
    check("P205/55R16 91V", "*20555r16*", "1,9");
    check("１９３０", "*93*", "1,2");
    check("", "a", "");
    check("a", "", "");
}

// Every stretch between borders that folds to the term.
static void reference(const char *text, size_t n, struct slice term, uint8_t *marked) {
    for (size_t from = 0; from < n; from++)
        for (size_t to = from + 1; to <= n; to++) {
            struct slice folded;
            bool inside = (from > 0 && text[from - 1] != ' ' && text[from] != ' ') || (to < n && text[to] != ' ' && text[to - 1] != ' ');
            if (inside || text[from] == ' ' || text[to - 1] == ' ') continue;
            assert_int_equal(text_fold(&arena, slice_of(text + from, to - from), &folded), ERR_OK);
            struct slice squeezed;
            unsigned words = 1;
            for (size_t i = 1; i < folded.n; i++) words += folded.p[i] == ' ';
            assert_int_equal(text_squeeze(&arena, folded, &squeezed), ERR_OK);
            if (words <= HIGHLIGHT_JOINED && slice_eq(squeezed, term)) memset(marked + from, 1, to - from);
        }
}

static void test_random(void **state) {
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        char text[24];
        uint8_t marked[24] = {0}, got[24] = {0};
        size_t n = 1 + draw(23);
        struct slice term;
        struct highlight_range *ranges;
        unsigned count;
        arena_reset(&arena);
        for (size_t i = 0; i < n; i++) text[i] = "abAB1 "[draw(6)];
        size_t from = draw((unsigned)n);
        assert_int_equal(text_fold(&arena, slice_of(text + from, 1 + draw((unsigned)(n - from))), &term), ERR_OK);
        assert_int_equal(text_squeeze(&arena, term, &term), ERR_OK);
        if (term.n == 0) continue;
        struct highlight_term one = {term, false, false};
        reference(text, n, term, marked);
        assert_int_equal(highlight(&arena, slice_of(text, n), &one, 1, &ranges, &count), ERR_OK);
        for (unsigned i = 0; i < count; i++) memset(got + ranges[i].at, 1, ranges[i].length);
        if (memcmp(got, marked, n) != 0) fail_msg("'%.*s' in '%.*s'", SLICE_ARGS(term), (int)n, text);
    }
}

static void test_snippets(void **state) {
    (void)state;
    struct buf b;
    struct highlight_snippet s;
    struct highlight_term terms[] = {{.text = SLICE("ceramic")}, {.text = SLICE("golf")}, {.text = SLICE("front")}};
    arena_reset(&arena);
    buf_init(&b, &arena, 4096);
    for (unsigned i = 0; i < 40; i++) buf_printf(&b, "words about nothing %s", i == 10 ? "front " : i == 30 ? "ceramic golf " : "");
    assert_int_equal(highlight_snippet(&arena, buf_slice(&b), terms, 3, 60, &s), ERR_OK);
    assert_true(slice_starts(s.text, SLICE("ceramic golf")));
    assert_true(s.length <= 60 && s.length == s.text.n && s.cut_before && s.cut_after);
    assert_memory_equal(b.p + s.at, s.text.p, s.text.n);
    assert_int_equal(highlight_snippet(&arena, SLICE("short"), terms, 3, 60, &s), ERR_OK);
    assert_true(slice_is(s.text, "short") && !s.cut_before && !s.cut_after);
    assert_int_equal(highlight_snippet(&arena, buf_slice(&b), terms, 0, 60, &s), ERR_OK);
    assert_true(s.at == 0 && s.cut_after && s.length <= 60);
}

static void test_bounds(void **state) {
    (void)state;
    struct buf b;
    struct highlight_range *ranges;
    unsigned n;
    struct highlight_term one = {SLICE("a"), true, false};
    arena_reset(&arena);
    buf_init(&b, &arena, 1 << 17);
    for (unsigned i = 0; i < 50000; i++) buf_printf(&b, "a ");
    assert_int_equal(highlight(&arena, buf_slice(&b), &one, 1, &ranges, &n), ERR_OK);
    assert_int_equal(n, HIGHLIGHT_RANGES_MAX);
    buf_clear(&b);
    for (unsigned i = 0; i < 6000; i++) buf_printf(&b, "\xEF\xB7\xBA"); // one character that folds to eighteen
    assert_int_equal(highlight(&arena, buf_slice(&b), &one, 1, &ranges, &n), ERR_OK);
}

int main(void) {
    assert_int_equal(text_init(), ERR_OK);
    arena_init(&arena, 1 << 16, 64 << 20);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plain), cmocka_unit_test(test_random), cmocka_unit_test(test_snippets),
                                       cmocka_unit_test(test_bounds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

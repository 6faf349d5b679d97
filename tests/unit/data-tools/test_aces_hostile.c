// Documents that want to hurt: whatever they hold, memory stays bounded and the answer is an error with its line, or the valid rows.
#include "aces_capture.h"

#include <malloc.h>

#include "data-tools/xml.h"

#define START "<ACES version=\"4.2\"><Header><BrandAAIAID>BBBB</BrandAAIAID><SubmissionType>UPDATE</SubmissionType></Header>\n"
#define GOLF "<BaseVehicle id=\"5911\"/>"

// Reads what buf holds; the error must be as expected and its message contain `says`. The rows before it must have come.
static void refuse(const char *document, size_t n, enum err expected, const char *says, const char *rows) {
    struct capture c;
    struct aces_result r;
    struct fault why = {0};
    struct idmap *map = map_make();
    capture_start(&c);
    struct sink sink = {.arg = &c, .application = capture_application, .report = capture_report};
    struct input *in = input_of_memory(slice_of(document, n));
    assert_non_null(in);
    enum err err = aces_read(in, map, NULL, &sink, &r, &why);
    input_close(in);
    buf_char(&c.text, 0);
    if (err != expected || !strstr(why.message, says)) fail_msg("%d %s, not \"%s\"", (int)err, why.message, says);
    assert_string_equal(c.text.p, rows);
    capture_end(&c);
    idmap_free(map);
}
static void refuse_text(const char *document, const char *says, const char *rows) { refuse(document, strlen(document), ERR_DAMAGED, says, rows); }

#define ROW(n) "Mann-Filter W 712/94 oil_filter " #n " x1 @ 2018-2018 Volkswagen/Golf\n"

// `before`, then `unit` as often as fills `bytes`, then `after`.
static struct buf repeat(const char *before, const char *unit, size_t bytes, const char *after) {
    struct buf b;
    buf_init(&b, NULL, bytes + 4096);
    buf_slice_put(&b, slice_str(before));
    for (size_t n = strlen(unit), i = 0; i < bytes; i += n) buf_slice_put(&b, slice_of(unit, n));
    buf_slice_put(&b, slice_str(after));
    assert_false(b.bad);
    return b;
}
static void refuse_repeat(const char *before, const char *unit, size_t bytes, const char *after, const char *says, const char *rows) {
    struct buf b = repeat(before, unit, bytes, after);
    refuse(b.p, b.n, ERR_DAMAGED, says, rows);
    buf_free(&b);
}

// ---- cut short ------------------------------------------------------------------------------------------------------------------
static void truncated(void **state) {
    const char *whole = START APP(GOLF PART) APP(GOLF PART) TAIL_OF(2);
    size_t end = strlen(whole) - 1, first = (size_t)(strstr(whole, "</App>") + 6 - whole);
    (void)state;
    for (size_t n = 0; n < end; n += 3) {
        struct capture c;
        struct aces_result r;
        struct fault why = {0};
        struct idmap *map = map_make();
        struct sink sink = {.arg = &c, .application = capture_application, .report = capture_report};
        struct input *in = input_of_memory(slice_of(whole, n));
        capture_start(&c);
        assert_int_equal(aces_read(in, map, NULL, &sink, &r, &why), ERR_DAMAGED);
        assert_true(n < first ? r.applications == 0 : r.applications >= 1);
        assert_non_null(strstr(why.message, "memory:"));
        input_close(in);
        capture_end(&c);
        idmap_free(map);
    }
    refuse_text(START APP(GOLF PART) "</ACES>", "Footer", ROW(2));
    refuse_text(START APP(GOLF PART) "<Footer></Footer></ACES>", "Footer", ROW(2));
    refuse_text(START APP(GOLF PART) "<Footer><RecordCount>many</RecordCount></Footer></ACES>", ":3: RecordCount is not a number", ROW(2));
    refuse_text(START "<App action=\"A\">" GOLF "<App action=\"A\">" GOLF PART "</App></App>" TAIL, ":2: an App inside an App", "");
}

static void other_documents(void **state) {
    (void)state;
    const char *pies = "<PIES><App action=\"A\">" GOLF PART "</App></PIES>";
    refuse(pies, strlen(pies), ERR_BAD_REQUEST, "not an ACES document", "");
}

// ---- entities -------------------------------------------------------------------------------------------------------------------
static void entity_bomb(void **state) {
    struct buf b;
    (void)state;
    buf_init(&b, NULL, 4096);
    buf_printf(&b, "<!DOCTYPE ACES [<!ENTITY a0 \"0123456789012345678901234567890123456789\">");
    for (int i = 1; i < 30; i++) buf_printf(&b, "<!ENTITY a%d \"&a%d;&a%d;&a%d;&a%d;\">", i, i - 1, i - 1, i - 1, i - 1);
    buf_printf(&b, "]>\n" START "<App action=\"A\">" GOLF "<Note>&a29;</Note>" PART "</App>" TAIL);
    refuse(b.p, b.n, ERR_DAMAGED, "amplification", "");
    buf_free(&b);
}

static void unknown_entities_do_not_vanish(void **state) {
    (void)state;
    refuse_text("<!DOCTYPE ACES SYSTEM \"x.dtd\">\n" START "<App action=\"A\">" GOLF "<Note>not for &taxi;</Note>" PART "</App>" TAIL, ":3: an entity", "");
    refuse_text(START "<App action=\"A\">" GOLF "<Note>&taxi;</Note>" PART "</App>" TAIL, ":2: undefined entity", "");
}

// ---- size -----------------------------------------------------------------------------------------------------------------------
static void endless_attribute(void **state) {
    (void)state;
    refuse_repeat(START APP(GOLF PART) "<App action=\"", "A", 64u << 20, "\">", ":3: an element", ROW(2));
}
static void endless_name(void **state) { (void)state; refuse_repeat(START "<", "a", 64u << 20, "/>", ":2: an element", ""); }
static void endless_comment(void **state) { (void)state; refuse_repeat(START "<!--", "a", 64u << 20, "-->", ":2: an element", ""); }
static void deep_nesting(void **state) { (void)state; refuse_repeat(START APP(GOLF PART), "<a>", 1 << 20, "", ":3: elements are nested too deep", ROW(2)); }

static void too_many_names(void **state) {
    struct buf b = repeat(START, "", 0, "");
    (void)state;
    for (int i = 0; i < 1000000; i++) buf_printf(&b, "<a%d b%d=\"\"/>", i, i);
    refuse(b.p, b.n, ERR_DAMAGED, ":2: an element, or all the different names", "");
    buf_free(&b);
}

static void many_attributes(void **state) {
    struct buf b = repeat(START "<App action=\"A\"", "", 0, "");
    (void)state;
    for (int i = 0; i < 1000; i++) buf_printf(&b, " b%d=\"%d\"", i, i);
    buf_printf(&b, ">" GOLF PART "</App>" TAIL);
    refuse(b.p, b.n, ERR_OK, "", ROW(2));
    buf_free(&b);
}

// The row is rejected, the next one is read.
static void long_texts(void **state) {
    static const char *const NAMES[] = {"Note", "Qual><text", "MfrLabel", "Part"};
    static const char *const ENDS[] = {"Note", "text></Qual", "MfrLabel", "Part"};
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        char before[512], after[512];
        snprintf(before, sizeof before, START "<App action=\"A\">" GOLF "<%s>", NAMES[i]);
        snprintf(after, sizeof after, "</%s><PartType id=\"5340\"/>%s</App>\n" APP(GOLF PART) TAIL_OF(2), ENDS[i], i == 3 ? "" : "<Part>X</Part>");
        struct buf b = repeat(before, "x", 5000000, after);
        refuse(b.p, b.n, ERR_OK, "", ROW(3));
        buf_free(&b);
    }
}

static void many_quals_and_attributes(void **state) {
    (void)state;
    struct buf b = repeat(START "<App action=\"A\">" GOLF, "<Qual id=\"1\"><param value=\"123\"/><text>x</text></Qual>", 1 << 22, PART "</App>\n" APP(GOLF PART) TAIL_OF(2));
    refuse(b.p, b.n, ERR_OK, "", ROW(3));
    buf_free(&b);
    b = repeat(START "<App action=\"A\">" GOLF, "<SubModel id=\"1\"/>", 1 << 22, PART "</App>\n" APP(GOLF PART) TAIL_OF(2));
    refuse(b.p, b.n, ERR_OK, "", ROW(3));
    buf_free(&b);
}

// ---- bytes ----------------------------------------------------------------------------------------------------------------------
#define NOTE_ROW(text) "Mann-Filter W 712/94 oil_filter 3 x1 @ 2018-2018 Volkswagen/Golf [1 " text "||]\n"
#define NOTED(text) START APP(GOLF PART) "<App action=\"A\">" GOLF "<Note>" text "</Note>" PART "</App>\n" TAIL_OF(2)

static void wrong_bytes(void **state) {
    static const char nul[] = START APP(GOLF PART) "<App action=\"A\">" GOLF "<Note>a\0b</Note>" PART "</App>" TAIL;
    (void)state;
    refuse_text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" NOTED("\xB4\xF8\xBF\xD5\xB5\xF7"), ":3: bytes that are not in the encoding", ROW(2)); // GBK
    refuse_text(NOTED("caf\xE9"), ":3: bytes that are not in the encoding", ROW(2)); // ISO-8859-1
    refuse(nul, sizeof nul - 1, ERR_DAMAGED, ":3: a NUL byte", ROW(2));
    refuse_text("<?xml version=\"1.0\" encoding=\"x-nobody\"?>" NOTED("a"), "unknown encoding", "");
}

static void declared_encodings(void **state) {
    (void)state;
    const char *latin = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" NOTED("caf\xE9");
    refuse(latin, strlen(latin), ERR_OK, "", ROW(2) NOTE_ROW("caf\xC3\xA9"));
    const char *windows = "<?xml version=\"1.0\" encoding=\"windows-1252\"?>" NOTED("\x93quoted\x94");
    refuse(windows, strlen(windows), ERR_OK, "", ROW(2) NOTE_ROW("“quoted”"));
    const char *gbk = "<?xml version=\"1.0\" encoding=\"GBK\"?>" NOTED("\xB4\xF8\xBF\xD5\xB5\xF7");
    refuse(gbk, strlen(gbk), ERR_OK, "", ROW(2) NOTE_ROW("带空调"));
    const char *bom = "\xEF\xBB\xBF<?xml version=\"1.0\"?>" NOTED("带空调");
    refuse(bom, strlen(bom), ERR_OK, "", ROW(2) NOTE_ROW("带空调"));
    const char *crlf = START "\r\n<App action=\"A\">\r\n" GOLF "\r\n" PART "</App>" TAIL;
    refuse(crlf, strlen(crlf), ERR_OK, "", ROW(3));
}

static void utf16(void **state) {
    static const char text[] = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" NOTED("a");
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct buf b;
        buf_init(&b, NULL, 4096);
        buf_slice_put(&b, slice_of(big ? "\xFE\xFF" : "\xFF\xFE", 2));
        for (size_t i = 0; i + 1 < sizeof text; i++) {
            if (big) buf_char(&b, 0);
            buf_char(&b, text[i]);
            if (!big) buf_char(&b, 0);
        }
        refuse(b.p, b.n, ERR_OK, "", ROW(2) NOTE_ROW("a"));
        refuse(b.p, b.n - 41, ERR_DAMAGED, "memory:", ROW(2) NOTE_ROW("a"));
        buf_free(&b);
    }
}

// Reading gives back all it took, also when the document ends too early.
static void memory_is_given_back(void **state) {
    (void)state;
    struct buf b = repeat(START, APP(GOLF "<SubModel id=\"20\"/><Note>with A/C</Note>" PART), 32u << 20, "");
    size_t before = mallinfo2().uordblks;
    struct fault why = {0};
    struct aces_result r;
    struct capture c;
    capture_start(&c);
    c.answer = ERR_BAD_REQUEST; // nothing is written down
    struct sink sink = {.arg = &c, .application = capture_application, .report = capture_report};
    struct input *in = input_of_memory(buf_slice(&b));
    assert_int_equal(aces_read(in, NULL, NULL, &sink, &r, &why), ERR_DAMAGED); // no end
    assert_true(r.rejected > 100000);
    input_close(in);
    capture_end(&c);
    size_t after = mallinfo2().uordblks;
    assert_true(after <= before + (1u << 20));
    buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncated), cmocka_unit_test(other_documents), cmocka_unit_test(entity_bomb), cmocka_unit_test(unknown_entities_do_not_vanish),
        cmocka_unit_test(endless_attribute), cmocka_unit_test(endless_name), cmocka_unit_test(endless_comment), cmocka_unit_test(deep_nesting),
        cmocka_unit_test(too_many_names), cmocka_unit_test(many_attributes), cmocka_unit_test(long_texts), cmocka_unit_test(many_quals_and_attributes),
        cmocka_unit_test(wrong_bytes), cmocka_unit_test(declared_encodings), cmocka_unit_test(utf16), cmocka_unit_test(memory_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "trouble_maker.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/limits.h"
#include "names.h"
#include "vehicle.h"

#define KEY_MAX (TROUBLE_CODE_LENGTH + LIMIT_EXTERNAL_ID_BYTES)

const char *trouble_origin_name(enum trouble_origin o) {
    static const char *const names[] = {"family", "some_maker", "list", "table", "maker"};
    return (unsigned)o < sizeof names / sizeof *names ? names[o] : "";
}

// ---- records ------------------------------------------------------------------------------------------------------------------------------
static struct slice key_of(char space[KEY_MAX], const char *code, struct slice make) {
    struct buf b = {.p = space, .capacity = KEY_MAX};
    buf_put(&b, code, TROUBLE_CODE_LENGTH);
    buf_slice_put(&b, make);
    return buf_slice(&b);
}

static enum err text_of(struct view *v, const char *code, struct slice make, struct slice *text, struct slice *source) {
    char space[KEY_MAX];
    struct slice value;
    if (make.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_NOT_FOUND;
    TRY(db_get(v->snapshot, TABLE_TROUBLE_MAKER, key_of(space, code, make), &value));
    struct reader r = reader_of(value);
    *text = reader_string(&r);
    *source = reader_string(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

static enum err foreign_text(struct view *v, struct trouble_meaning *out, struct slice make, enum trouble_origin origin, bool *found) {
    struct slice text;
    enum err e = text_of(v, out->code.code, make, &text, &out->source);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    *found = true;
    out->origin = origin;
    out->code.text = text;
    // No translation is made up: the family in Chinese, and the text as the maker has it.
    if (!out->code.known || origin == TROUBLE_OF_MAKER) out->code.text_zh = arena_printf(v->arena, "%.*s：%.*s", SLICE_ARGS(out->code.text_zh), SLICE_ARGS(text));
    return out->code.text_zh.p ? ERR_OK : ERR_NO_MEMORY;
}

// Of a car nobody named, whatever maker has a meaning for it; told as some maker's.
static enum err any_text(struct view *v, struct trouble_meaning *out, bool *found) {
    struct slice key, value, code = slice_of(out->code.code, TROUBLE_CODE_LENGTH);
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_TROUBLE_MAKER);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, code, &key, &value);
    if (e == ERR_OK && slice_starts(key, code)) e = foreign_text(v, out, slice_from(key, TROUBLE_CODE_LENGTH), TROUBLE_OF_SOME, found);
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

enum err trouble_meaning_load(struct view *v, struct slice code, uint32_t make, struct trouble_meaning *out) {
    bool found = false;
    *out = (struct trouble_meaning){.origin = TROUBLE_OF_FAMILY};
    TRY(trouble_code_load(v, code, &out->code));
    if (out->code.known) out->origin = TROUBLE_OF_TABLE;
    if (db_table_empty(v->snapshot, TABLE_TROUBLE_MAKER)) return ERR_OK;
    struct slice slug = make ? names_text(v, NAMES_MAKE, make) : SLICE_NONE;
    if (slug.n) TRY(foreign_text(v, out, slug, TROUBLE_OF_MAKER, &found));
    if (found || out->code.known) return ERR_OK;
    TRY(foreign_text(v, out, SLICE_NONE, TROUBLE_OF_LIST, &found));
    if (!found) TRY(foreign_text(v, out, SLICE("other"), TROUBLE_OF_SOME, &found));
    return found || make ? ERR_OK : any_text(v, out, &found);
}

enum err trouble_maker_put(struct txn *t, struct view *v, struct slice code, struct slice maker, struct slice text, struct slice source,
                           struct fault *why) {
    char space[KEY_MAX], upper[TROUBLE_CODE_LENGTH];
    struct slice slug = SLICE_NONE;
    struct buf record;
    uint32_t make;
    if (!trouble_code_is(code)) return fault_set(why, ERR_BAD_REQUEST, "code", "\"%.*s\" is no trouble code", SLICE_ARGS(code));
    if (text.n == 0 || text.n > LIMIT_TEXT_BYTES) return fault_set(why, ERR_BAD_REQUEST, "text", "a code needs a text of at most %d bytes", LIMIT_TEXT_BYTES);
    if (slice_is(maker, "OTHER")) slug = SLICE("other");
    else if (maker.n && !slice_is(maker, "GENERIC"))
        slug = make_find(v, maker, &make) == ERR_OK ? names_text(v, NAMES_MAKE, make) : names_slug(v->arena, maker);
    if (slug.n > LIMIT_EXTERNAL_ID_BYTES) return fault_set(why, ERR_BAD_REQUEST, "maker", "the maker's name is too long");
    for (unsigned i = 0; i < TROUBLE_CODE_LENGTH; i++) upper[i] = (char)toupper((unsigned char)code.p[i]);
    buf_init(&record, v->arena, 256);
    buf_string(&record, text);
    buf_string(&record, source);
    return record.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_TROUBLE_MAKER, key_of(space, upper, slug), buf_slice(&record));
}

// ---- codes as cars send them ----------------------------------------------------------------------------------------------------------------
static int hex(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool hex_bytes(struct slice s, uint8_t *out, size_t n) {
    if (s.n != 2 * n) return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex(s.p[2 * i]), low = hex(s.p[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

// The two high bits are the system, the next two the second character.
static void code_of_bytes(uint8_t high, uint8_t low, char out[TROUBLE_CODE_LENGTH + 1]) {
    static const char digits[] = "0123456789ABCDEF", systems[] = "PCBU";
    out[0] = systems[high >> 6];
    out[1] = digits[high >> 4 & 3];
    out[2] = digits[high & 15];
    out[3] = digits[low >> 4];
    out[4] = digits[low & 15];
    out[5] = 0;
}

bool trouble_text_parse(struct slice text, struct trouble_text *out) {
    uint8_t bytes[3];
    *out = (struct trouble_text){.has_failure = false};
    text = slice_trim(text);
    struct slice rest = text.n > TROUBLE_CODE_LENGTH ? slice_from(text, TROUBLE_CODE_LENGTH) : SLICE_NONE;
    bool written = rest.n == 0 || rest.p[0] == '-' || rest.p[0] == ':'; // else "C02345" would be no three bytes
    if (written && trouble_code_is(slice_of(text.p, text.n < TROUBLE_CODE_LENGTH ? text.n : TROUBLE_CODE_LENGTH))) {
        for (unsigned i = 0; i < TROUBLE_CODE_LENGTH; i++) out->code[i] = (char)toupper((unsigned char)text.p[i]);
        if (rest.n == 0) return true;
        out->has_failure = true;
        return hex_bytes(slice_from(rest, 1), &out->failure, 1);
    }
    if (text.n > 2 && text.p[0] == '0' && (text.p[1] == 'x' || text.p[1] == 'X')) text = slice_from(text, 2);
    if (hex_bytes(text, bytes, 2)) {
        code_of_bytes(bytes[0], bytes[1], out->code);
        return true;
    }
    if (!hex_bytes(text, bytes, 3)) return false;
    code_of_bytes(bytes[0], bytes[1], out->code);
    out->has_failure = true;
    out->failure = bytes[2];
    return true;
}

struct slice trouble_failure_text(uint8_t failure, bool chinese) {
    static const char *const groups[16][2] = {
        {"general failure", "一般故障"},           {"general electrical failure", "电气故障"}, {"signal failure", "信号故障"},
        {"frequency or pulse failure", "频率或脉冲故障"}, {"internal failure", "内部故障"},         {"programming failure", "程序故障"},
        {"failure found by algorithm", "算法判定故障"}, {"mechanical failure", "机械故障"},       {"bus or message failure", "总线或报文故障"},
        {"component failure", "部件故障"},
    };
    const char *text = failure ? groups[failure >> 4][chinese] : NULL;
    return text ? slice_str(text) : SLICE_NONE;
}

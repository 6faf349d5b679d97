#include "server/query.h"

#include <strings.h>

// Length of the sequence that starts at p, 0 when it is not valid.
static size_t utf8_length(const unsigned char *p, size_t n) {
    unsigned char lead = p[0];
    if (lead < 0x80) return lead != 0;
    size_t length = lead >= 0xC2 && lead <= 0xDF ? 2 : (lead & 0xF0) == 0xE0 ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
    if (length == 0 || length > n) return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    if (lead == 0xE0 && p[1] < 0xA0) return 0; // longer than needed
    if (lead == 0xED && p[1] > 0x9F) return 0; // surrogates
    if (lead == 0xF0 && p[1] < 0x90) return 0; // longer than needed
    if (lead == 0xF4 && p[1] > 0x8F) return 0; // above U+10FFFF
    return length;
}

bool query_utf8_valid(struct slice s) {
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0; i < s.n;) {
        size_t length = utf8_length(p + i, s.n - i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool needs_decoding(struct slice s, bool plus) {
    if (s.n == 0) return false;
    return memchr(s.p, '%', s.n) || (plus && memchr(s.p, '+', s.n));
}

static bool unescape(struct slice text, bool plus, char *to, size_t *n) {
    size_t out = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '+' && plus) c = ' ';
        if (c == '%') {
            int high = i + 2 < text.n ? hex(text.p[i + 1]) : -1, low = i + 2 < text.n ? hex(text.p[i + 2]) : -1;
            if (high < 0 || low < 0) return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        to[out++] = c;
    }
    *n = out;
    return true;
}

enum err query_decode(struct slice text, bool plus, struct arena *arena, const char *field, struct slice *out,
                      struct fault *why) {
    *out = text;
    if (needs_decoding(text, plus)) {
        char *to = arena_alloc(arena, text.n + 1);
        if (!to) return fault_set(why, ERR_NO_MEMORY, field, "the request needs too much memory");
        size_t n;
        if (!unescape(text, plus, to, &n))
            return fault_set(why, ERR_BAD_REQUEST, field, "a %% is not followed by two hexadecimal digits");
        to[n] = 0;
        *out = slice_of(to, n);
    }
    if (!query_utf8_valid(*out)) return fault_set(why, ERR_BAD_REQUEST, field, "text is not valid UTF-8");
    return ERR_OK;
}

static enum err add(struct query *q, struct slice piece, struct arena *arena, struct fault *why) {
    if (q->count == LIMIT_QUERY_PARAMS)
        return fault_set(why, ERR_BAD_REQUEST, "", "more than %d query parameters", LIMIT_QUERY_PARAMS);
    struct slice value = piece, name;
    struct slice raw_name = slice_cut(&value, '=');
    TRY(query_decode(raw_name, true, arena, "", &name, why));
    char field[FAULT_FIELD_MAX];
    slice_copy(name, field, sizeof field);
    for (unsigned i = 0; i < q->count; i++)
        if (slice_eq(q->params[i].name, name))
            return fault_set(why, ERR_BAD_REQUEST, field, "the parameter %s is given twice", field);
    if (!value.p) value = SLICE("");
    TRY(query_decode(value, true, arena, field, &value, why));
    q->params[q->count++] = (struct query_param){name, value};
    return ERR_OK;
}

enum err query_parse(struct slice text, struct arena *arena, struct query *out, struct fault *why) {
    out->count = 0;
    while (text.p) {
        struct slice piece = slice_cut(&text, '&');
        if (piece.n > 0) TRY(add(out, piece, arena, why));
    }
    return ERR_OK;
}

struct slice query_get(const struct query *q, const char *name, bool fold) {
    size_t n = strlen(name);
    for (unsigned i = 0; i < q->count; i++) {
        struct slice have = q->params[i].name;
        if (have.n == n && (fold ? strncasecmp(have.p, name, n) : memcmp(have.p, name, n)) == 0)
            return q->params[i].value;
    }
    return SLICE_NONE;
}

#include "json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define EXACT_INTEGERS 9007199254740992.0 // 2^53: up to here a double holds every integer

// ---- reading -------------------------------------------------------------------------------------------------------

const struct json *json_get(const struct json *object, const char *key) {
    if (!object || object->type != JSON_OBJECT) return NULL;
    struct slice wanted = slice_str(key);
    for (size_t i = 0; i < object->count; i++)
        if (slice_eq(object->keys[i], wanted)) return &object->items[i];
    return NULL;
}

// NULL for absent and for null alike: to a handler both mean "not given".
static const struct json *get_given(const struct json *object, const char *key) {
    const struct json *value = json_get(object, key);
    return value && value->type != JSON_NULL ? value : NULL;
}

static enum err wrong_type(const char *key, const char *wanted, struct fault *why) {
    return fault_set(why, ERR_BAD_REQUEST, key, "%s must be %s", key, wanted);
}

enum err json_get_string(const struct json *object, const char *key, struct slice *out, struct fault *why) {
    const struct json *value = get_given(object, key);
    if (!value) return ERR_OK;
    if (value->type != JSON_STRING) return wrong_type(key, "a string", why);
    *out = value->string;
    return ERR_OK;
}

// 5.0 is the integer 5 to JSON's own data model.
static bool whole_number(const struct json *value, int64_t *out) {
    if (value->type == JSON_INTEGER) {
        *out = value->integer;
        return true;
    }
    if (value->type != JSON_NUMBER || fabs(value->number) > EXACT_INTEGERS) return false;
    *out = (int64_t)value->number;
    return (double)*out == value->number;
}

enum err json_get_integer(const struct json *object, const char *key, int64_t min, int64_t max, int64_t *out,
                          struct fault *why) {
    const struct json *value = get_given(object, key);
    int64_t integer;
    if (!value) return ERR_OK;
    if (!whole_number(value, &integer)) return wrong_type(key, "an integer", why);
    if (integer < min || integer > max)
        return fault_set(why, ERR_BAD_REQUEST, key, "%s must be %lld to %lld", key, (long long)min, (long long)max);
    *out = integer;
    return ERR_OK;
}

enum err json_get_number(const struct json *object, const char *key, double *out, struct fault *why) {
    const struct json *value = get_given(object, key);
    if (!value) return ERR_OK;
    if (value->type != JSON_INTEGER && value->type != JSON_NUMBER) return wrong_type(key, "a number", why);
    *out = value->number;
    return ERR_OK;
}

enum err json_get_bool(const struct json *object, const char *key, bool *out, struct fault *why) {
    const struct json *value = get_given(object, key);
    if (!value) return ERR_OK;
    if (value->type != JSON_BOOL) return wrong_type(key, "true or false", why);
    *out = value->boolean;
    return ERR_OK;
}

enum err json_get_array(const struct json *object, const char *key, const struct json **out, struct fault *why) {
    const struct json *value = get_given(object, key);
    if (!value) return ERR_OK;
    if (value->type != JSON_ARRAY) return wrong_type(key, "an array", why);
    *out = value;
    return ERR_OK;
}

enum err json_get_object(const struct json *object, const char *key, const struct json **out, struct fault *why) {
    const struct json *value = get_given(object, key);
    if (!value) return ERR_OK;
    if (value->type != JSON_OBJECT) return wrong_type(key, "an object", why);
    *out = value;
    return ERR_OK;
}

static bool is_listed(struct slice key, const char *const *list) {
    for (; *list; list++)
        if (slice_is(key, *list)) return true;
    return false;
}

enum err json_only_keys(const struct json *object, const char *const *allowed, struct fault *why) {
    if (object->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "the body must be an object");
    for (size_t i = 0; i < object->count; i++) {
        char key[FAULT_FIELD_MAX];
        if (is_listed(object->keys[i], allowed)) continue;
        slice_copy(object->keys[i], key, sizeof key);
        return fault_set(why, ERR_BAD_REQUEST, key, "unknown field \"%s\"", key);
    }
    return ERR_OK;
}

// ---- writing -------------------------------------------------------------------------------------------------------

static void before_value(struct json_writer *w) {
    if (w->comma) buf_char(w->out, ',');
    w->comma = true;
}

void json_raw(struct json_writer *w, struct slice json) {
    before_value(w);
    buf_slice_put(w->out, json);
}

void json_key_plain(struct json_writer *w, const char *key, size_t n) {
    if (w->comma) buf_char(w->out, ',');
    w->comma = false;
    if (!buf_room(w->out, n + 3)) return;
    char *at = w->out->p + w->out->n;
    *at = '"';
    memcpy(at + 1, key, n);
    memcpy(at + 1 + n, "\":", 2);
    w->out->n += n + 3;
}

void json_open(struct json_writer *w, char bracket) {
    assert(bracket == '{' || bracket == '[');
    before_value(w);
    buf_char(w->out, bracket);
    w->comma = false;
}

void json_close(struct json_writer *w, char bracket) {
    assert(bracket == '}' || bracket == ']');
    buf_char(w->out, bracket);
    w->comma = true;
}

// Bytes of the UTF-8 sequence at p (Unicode table 3-7: no overlong forms, no surrogates), 0 when it is not one.
static size_t utf8_length(const uint8_t *p, size_t left) {
    uint8_t low = 0x80, high = 0xBF;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    if (n < 2 || n > left) return n > left ? 0 : n;
    if (p[0] == 0xE0) low = 0xA0;
    if (p[0] == 0xED) high = 0x9F;
    if (p[0] == 0xF0) low = 0x90;
    if (p[0] == 0xF4) high = 0x8F;
    if (p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    return n;
}

static bool is_escaped(uint8_t c) { return c < 0x20 || c == '"' || c == '\\'; }

// True when none of the eight bytes of v needs attention: all are ASCII, not a control byte, a quote or a backslash.
static bool plain_word(uint64_t v) {
    const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
    uint64_t quote = v ^ (ones * '"'), backslash = v ^ (ones * '\\');
    uint64_t any = v | (v - ones * 0x20) | (quote - ones) | (backslash - ones);
    return (any & tops) == 0;
}

static bool eight_plain(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return plain_word(v);
}

// The same of n bytes, some of them looked at twice. Texts of less than four are left to those who go byte by byte.
static bool all_plain(const uint8_t *p, size_t n) {
    uint32_t first, last;
    if (n < 4) return false;
    if (n >= 8) {
        for (size_t at = 0; at + 8 < n; at += 8)
            if (!eight_plain(p + at)) return false;
        return eight_plain(p + n - 8);
    }
    memcpy(&first, p, sizeof first);
    memcpy(&last, p + n - 4, sizeof last);
    return plain_word((uint64_t)first << 32 | last);
}

// How many bytes from p can be copied as they are.
static size_t plain_run(const uint8_t *p, size_t left) {
    size_t at = 0;
    while (at < left) {
        if (left - at >= 8 && eight_plain(p + at)) {
            at += 8;
            continue;
        }
        size_t n = utf8_length(p + at, left - at);
        if (n == 0 || is_escaped(p[at])) break;
        at += n;
    }
    return at;
}

static void put_escape(struct buf *out, uint8_t c) {
    switch (c) {
    case '"': buf_put(out, "\\\"", 2); return;
    case '\\': buf_put(out, "\\\\", 2); return;
    case '\n': buf_put(out, "\\n", 2); return;
    case '\r': buf_put(out, "\\r", 2); return;
    case '\t': buf_put(out, "\\t", 2); return;
    default: break;
    }
    char unit[] = "\\u0000";
    unit[4] = (char)('0' + (c >> 4));
    unit[5] = "0123456789abcdef"[c & 15];
    buf_put(out, unit, 6);
}

static void put_quoted(struct buf *out, struct slice s) {
    const uint8_t *p = (const uint8_t *)s.p;
    if (all_plain(p, s.n)) {
        if (!buf_room(out, s.n + 2)) return;
        char *to = out->p + out->n;
        to[0] = to[s.n + 1] = '"';
        memcpy(to + 1, s.p, s.n);
        out->n += s.n + 2;
        return;
    }
    buf_char(out, '"');
    for (size_t at = 0; at < s.n;) {
        size_t n = plain_run(p + at, s.n - at);
        buf_put(out, p + at, n);
        at += n;
        if (at == s.n) break;
        if (p[at] < 0x80) put_escape(out, p[at]);
        else buf_put(out, "\xEF\xBF\xBD", 3);
        at++;
    }
    buf_char(out, '"');
}

void json_key_slice(struct json_writer *w, struct slice key) {
    if (w->comma) buf_char(w->out, ',');
    w->comma = false;
    put_quoted(w->out, key);
    buf_char(w->out, ':');
}

void json_string(struct json_writer *w, struct slice s) {
    before_value(w);
    put_quoted(w->out, s);
}

void json_str(struct json_writer *w, const char *text) {
    if (text) json_string(w, slice_str(text));
    else json_null(w);
}

// The digits of v, right-aligned and ending at `end`; at least `least` of them.
static char *digits_before(char *end, uint64_t v, unsigned least) {
    char *at = end;
    for (; v || (unsigned)(end - at) < least; v /= 10) *--at = (char)('0' + v % 10);
    return at;
}

static void put_integer(struct buf *out, bool negative, uint64_t size) {
    if (size < 10 && !negative) {
        buf_char(out, (char)('0' + size));
        return;
    }
    char text[24], *end = text + sizeof text, *at = digits_before(end, size, 1);
    if (negative) *--at = '-';
    buf_put(out, at, (size_t)(end - at));
}

void json_int(struct json_writer *w, int64_t v) {
    before_value(w);
    put_integer(w->out, v < 0, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

#define READABLE_DECIMALS 6
#define READABLE_SCALE 1000000u

static void put_pair(char *to, uint32_t v) { // two digits
    to[0] = (char)('0' + v / 10);
    to[1] = (char)('0' + v % 10);
}

// Of less than 1e9, so that all below is exact.
static void put_decimal(struct buf *out, double v) {
    double size = fabs(v) * READABLE_SCALE;
    uint64_t scaled = (uint64_t)size;
    scaled += size - (double)scaled >= 0.5; // halves away from zero, as llround does
    uint32_t rest = (uint32_t)(scaled % READABLE_SCALE);
    char text[READABLE_DECIMALS + 1] = ".", *end = text + sizeof text;
    put_integer(out, v < 0, scaled / READABLE_SCALE);
    put_pair(text + 1, rest / 10000);
    put_pair(text + 3, rest / 100 % 100);
    put_pair(text + 5, rest % 100);
    while (end[-1] == '0') end--;
    if (end[-1] != '.') buf_put(out, text, (size_t)(end - text));
}

void json_double(struct json_writer *w, double v) {
    before_value(w);
    double size = fabs(v);
    if (!isfinite(v)) buf_put(w->out, "null", 4);
    else if (size <= EXACT_INTEGERS && trunc(v) == v) put_integer(w->out, v < 0, (uint64_t)size);
    else if (size >= 1e-3 && size < 1e9) put_decimal(w->out, v);
    else buf_printf(w->out, "%.9g", v);
}

void json_raw_members(struct json_writer *w, struct slice members) {
    if (members.n == 0) return;
    if (w->comma) buf_char(w->out, ',');
    buf_slice_put(w->out, members);
    w->comma = true;
}

void json_boolean(struct json_writer *w, bool v) {
    before_value(w);
    if (v) buf_put(w->out, "true", 4);
    else buf_put(w->out, "false", 5);
}

void json_null(struct json_writer *w) {
    before_value(w);
    buf_put(w->out, "null", 4);
}

// A copied number must mean what it meant: the fewest digits that read back as the same double.
static void put_exact(struct json_writer *w, double v) {
    char text[32];
    int digits = 15;
    do snprintf(text, sizeof text, "%.*g", digits, v);
    while (strtod(text, NULL) != v && ++digits <= 17);
    json_raw(w, isfinite(v) ? slice_str(text) : SLICE("null"));
}

void json_tree(struct json_writer *w, const struct json *value) {
    switch (value->type) {
    case JSON_NULL: json_null(w); return;
    case JSON_BOOL: json_boolean(w, value->boolean); return;
    case JSON_INTEGER: json_int(w, value->integer); return;
    case JSON_NUMBER: put_exact(w, value->number); return;
    case JSON_STRING: json_string(w, value->string); return;
    case JSON_ARRAY:
        json_open(w, '[');
        for (size_t i = 0; i < value->count; i++) json_tree(w, &value->items[i]);
        json_close(w, ']');
        return;
    case JSON_OBJECT:
        json_open(w, '{');
        for (size_t i = 0; i < value->count; i++) {
            json_key_slice(w, value->keys[i]);
            json_tree(w, &value->items[i]);
        }
        json_close(w, '}');
        return;
    }
}

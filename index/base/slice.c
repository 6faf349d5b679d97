#include "slice.h"

#include <stdlib.h>

#define DECIMAL_BYTES_MAX 64 // no number a person or a file means is longer

int slice_cmp(struct slice a, struct slice b) {
    size_t common = a.n < b.n ? a.n : b.n;
    int order = common ? memcmp(a.p, b.p, common) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool slice_starts(struct slice s, struct slice prefix) {
    return s.n >= prefix.n && slice_eq(slice_of(s.p, prefix.n), prefix);
}

bool slice_has_digit(struct slice s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9') return true;
    return false;
}

bool slice_ends(struct slice s, struct slice suffix) {
    return s.n >= suffix.n && slice_eq(slice_from(s, s.n - suffix.n), suffix);
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

struct slice slice_trim(struct slice s) {
    while (s.n && is_space(s.p[0])) s = slice_from(s, 1);
    while (s.n && is_space(s.p[s.n - 1])) s.n--;
    return s;
}

struct slice slice_cut(struct slice *rest, char separator) {
    struct slice whole = *rest;
    const char *at = whole.n ? memchr(whole.p, separator, whole.n) : NULL;
    if (!at) {
        *rest = SLICE_NONE;
        return whole;
    }
    size_t before = (size_t)(at - whole.p);
    *rest = slice_from(whole, before + 1);
    return slice_of(whole.p, before);
}

bool slice_u64(struct slice s, uint64_t *out) {
    uint64_t value = 0;
    if (s.n == 0) return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        if (__builtin_mul_overflow(value, 10, &value)) return false;
        if (__builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value)) return false;
    }
    *out = value;
    return true;
}

bool slice_i64(struct slice s, int64_t *out) {
    bool negative = s.n && s.p[0] == '-';
    uint64_t size;
    if (!slice_u64(slice_from(s, negative), &size)) return false;
    if (size > (uint64_t)INT64_MAX + negative) return false;
    *out = (int64_t)(negative ? 0 - size : size);
    return true;
}

static size_t digits_at(struct slice s, size_t at) {
    size_t n = 0;
    while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9') n++;
    return n;
}

static bool is_decimal(struct slice s) {
    size_t at = s.n && s.p[0] == '-';
    size_t whole = digits_at(s, at);
    if (whole == 0) return false;
    at += whole;
    if (at == s.n) return true;
    size_t fraction = s.p[at] == '.' ? digits_at(s, at + 1) : 0;
    return fraction > 0 && at + 1 + fraction == s.n;
}

bool slice_f64(struct slice s, double *out) {
    char text[DECIMAL_BYTES_MAX + 1];
    if (s.n > DECIMAL_BYTES_MAX || !is_decimal(s)) return false;
    slice_copy(s, text, sizeof text);
    *out = strtod(text, NULL);
    return true;
}

size_t slice_copy(struct slice s, char *out, size_t size) {
    if (size == 0) return 0;
    size_t n = s.n < size ? s.n : size - 1;
    if (n) memcpy(out, s.p, n);
    out[n] = 0;
    return n;
}

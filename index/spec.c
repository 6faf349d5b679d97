#include "spec.h"

#include <ctype.h>
#include <stdarg.h>

#include "spec_words.h"

// ---- words --------------------------------------------------------------------------------------------------------------------
// Full-width ASCII (EF BC 81 .. EF BD 9E) and the signs people write for 'x'.
static char folded(const char *p, size_t left, size_t *used) {
    const uint8_t *u = (const uint8_t *)p;
    *used = 1;
    if (left >= 3 && u[0] == 0xEF && (u[1] == 0xBC || u[1] == 0xBD)) {
        unsigned code = ((unsigned)(u[1] & 0x3F) << 6 | (u[2] & 0x3F)) - 0xF00 + 0x20;
        *used = 3;
        return code < 0x7F ? (char)toupper((int)code) : ' ';
    }
    if (left >= 2 && u[0] == 0xC3 && u[1] == 0x97) { // the sign of multiplication
        *used = 2;
        return 'X';
    }
    return *p == '*' ? 'X' : u[0] < 0x80 ? (char)toupper(u[0]) : *p;
}

bool spec_words(struct slice text, const char *cuts, struct spec_words *out) {
    size_t n = 0, used;
    out->count = 0;
    text = slice_trim(text);
    if (text.n == 0 || text.n > SPEC_TEXT_MAX) return false;
    for (size_t i = 0; i < text.n; i += used) out->text[n++] = folded(text.p + i, text.n - i, &used);
    out->text[n] = 0;
    for (size_t i = 0; i < n;) {
        size_t from = i;
        while (i < n && !isspace((unsigned char)out->text[i]) && !strchr(cuts, out->text[i])) i++;
        if (i > from) {
            if (out->count == SPEC_WORDS_MAX) return false;
            out->word[out->count++] = slice_of(out->text + from, i - from);
        }
        if (i == from) i++;
    }
    return out->count > 0;
}

bool spec_number(struct slice *rest, double *out) {
    size_t n = 0;
    while (n < rest->n && n < 9 && (isdigit((unsigned char)rest->p[n]) || (rest->p[n] == '.' && n))) n++;
    while (n && rest->p[n - 1] == '.') n--;
    if (n == 0 || !slice_f64(slice_of(rest->p, n), out)) return false;
    *rest = slice_from(*rest, n);
    return true;
}

static void say(char *out, size_t size, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(out, size, format, list);
    va_end(list);
}

struct spec_result spec_say(enum spec_answer answer, const char *en, const char *zh, ...) {
    struct spec_result r = {.answer = answer};
    va_list list;
    va_start(list, zh);
    vsnprintf(r.reason, sizeof r.reason, en, list);
    va_end(list);
    va_start(list, zh);
    vsnprintf(r.reason_zh, sizeof r.reason_zh, zh, list);
    va_end(list);
    return r;
}

struct spec_result spec_say_terms(enum spec_answer answer, const char *en, const char *zh, struct spec_term a, struct spec_term b) {
    struct spec_result r = {.answer = answer};
    say(r.reason, sizeof r.reason, en, a.en, b.en);
    say(r.reason_zh, sizeof r.reason_zh, zh, a.zh, b.zh);
    return r;
}

// ---- kinds --------------------------------------------------------------------------------------------------------------------
static const struct { const char *name; enum spec_kind kind; } kinds[] = {
    {"tyre_size", SPEC_TYRE}, {"tyre_size_rear", SPEC_TYRE}, {"bolt_pattern", SPEC_PCD}, {"wheel_pcd", SPEC_PCD}, {"hub_bore", SPEC_BORE},
    {"wheel_offset", SPEC_OFFSET}, {"wheel_thread", SPEC_THREAD}, {"oil_spec", SPEC_OIL}, {"drive_belt", SPEC_BELT},
    {"battery_spec", SPEC_BATTERY}, {"coolant_spec", SPEC_COOLANT}, {"brake_fluid", SPEC_BRAKE_FLUID}, {"atf_spec", SPEC_ATF},
};

enum spec_kind spec_kind_of(struct slice attribute) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (slice_is(attribute, kinds[i].name)) return kinds[i].kind;
    if (slice_starts(attribute, SLICE("bulb_"))) return SPEC_BULB;
    return slice_starts(attribute, SLICE("wiper_")) ? SPEC_WIPER : SPEC_TEXT;
}

static struct spec_result text_compare(struct slice product, struct slice car) {
    struct spec_words a, b;
    if (!spec_words(product, "", &a) || !spec_words(car, "", &b)) return spec_unread(product);
    bool same = a.count == b.count;
    for (unsigned i = 0; same && i < a.count; i++) same = slice_eq(a.word[i], b.word[i]);
    return spec_say(same ? SPEC_YES : SPEC_NO, same ? "equal" : "not the same", same ? "一致" : "不一致");
}

static struct spec_result compare_one(enum spec_kind kind, struct slice product, struct slice car) {
    switch (kind) {
    case SPEC_TYRE: return spec_tyre_compare(product, car);
    case SPEC_PCD:
    case SPEC_BORE:
    case SPEC_OFFSET:
    case SPEC_THREAD: return spec_wheel_compare(kind, product, car);
    case SPEC_OIL: return spec_oil_compare(product, car);
    case SPEC_COOLANT:
    case SPEC_BRAKE_FLUID:
    case SPEC_ATF: return spec_fluid_compare(kind, product, car);
    case SPEC_BULB:
    case SPEC_BELT:
    case SPEC_WIPER:
    case SPEC_BATTERY: return spec_part_compare(kind, product, car);
    case SPEC_TEXT: break;
    }
    return text_compare(product, car);
}

// ---- alternatives -------------------------------------------------------------------------------------------------------------
static struct slice next_alternative(struct slice *rest) {
    size_t n = 0;
    while (n < rest->n && rest->p[n] != ';' && rest->p[n] != '|') n++;
    struct slice one = slice_trim(slice_of(rest->p, n));
    *rest = n < rest->n ? slice_from(*rest, n + 1) : SLICE_NONE;
    return one;
}

static struct spec_result of_product(enum spec_kind kind, struct slice product, struct slice car) {
    struct spec_result best = spec_unread(product);
    bool first = true;
    for (struct slice rest = product; rest.p;) {
        struct slice one = next_alternative(&rest);
        if (one.n == 0) continue;
        struct spec_result r = compare_one(kind, one, car);
        if (first || r.answer > best.answer) best = r;
        first = false;
    }
    return best;
}

static struct spec_result one_of_several(struct slice car) {
    return spec_say(SPEC_MAYBE, "the car has one of '%.*s'", "该车为“%.*s”中的一种", car.n < 80 ? (int)car.n : 80, car.p);
}

struct spec_result spec_compare(enum spec_kind kind, struct slice product, struct slice car) {
    struct spec_result all = spec_unread(car);
    bool first = true;
    for (struct slice rest = car; rest.p;) {
        struct slice one = next_alternative(&rest);
        if (one.n == 0) continue;
        struct spec_result r = of_product(kind, product, one);
        if (first) all = r;
        else if (r.answer != all.answer) all = one_of_several(car);
        first = false;
    }
    return all;
}

bool spec_same(enum spec_kind kind, struct slice a, struct slice b) {
    if (slice_eq(a, b)) return true;
    return kind == SPEC_TYRE ? spec_tyre_same(a, b) : text_compare(a, b).answer == SPEC_YES;
}

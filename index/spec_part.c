// Bulbs, belts, wipers and batteries.
#include <ctype.h>
#include <math.h>

#include "spec_words.h"

// ---- bulbs ---------------------------------------------------------------------------------------------------------------------
static const struct { const char *name, *base; } bases[] = {
    {"9003", "H4"}, {"HB2", "H4"}, {"9005", "HB3"}, {"9006", "HB4"}, {"9012", "HIR2"}, {"9011", "HIR1"}, {"T10", "W5W"}, {"194", "W5W"},
    {"168", "W5W"}, {"7440", "W21W"}, {"7443", "W21/5W"}, {"1156", "P21W"}, {"1157", "P21/5W"}, {"501", "W5W"}, {"9145", "H10"},
    {"9004", "HB1"}, {"9007", "HB5"}, {"9008", "H13"}, {"7506", "P21W"}, {"BA15S", "P21W"}, {"S25", "P21W"}, {"BAY15D", "P21/5W"},
    {"BAU15S", "PY21W"}, {"3156", "P27W"}, {"3157", "P27/7W"}, {"T15", "W16W"}, {"T16", "W16W"}, {"921", "W16W"}, {"912", "W16W"},
    {"T20", "W21W"},
};

struct slice spec_bulb_base(struct slice upper) {
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if (slice_is(upper, bases[i].name)) return slice_str(bases[i].base);
    return upper;
}

static bool one_cap(struct slice base) { return slice_is(base, "H8") || slice_is(base, "H9") || slice_is(base, "H11") || slice_is(base, "H16"); }

static struct spec_result bulb_compare(struct slice product, struct slice car) {
    struct spec_words p, c;
    bool sibling = false;
    if (!spec_words(product, ",", &p)) return spec_unread(product);
    if (!spec_words(car, ",", &c)) return spec_unread(car);
    struct slice need = spec_bulb_base(c.word[0]);
    for (unsigned i = 0; i < p.count; i++) {
        bool whole = slice_eq(spec_bulb_base(p.word[i]), need);
        struct slice rest = p.word[i];
        if (!memchr(need.p, '/', need.n)) // "H8/H9/H11" lists bases; "P21/5W" is one
            while (rest.p && !whole) whole = slice_eq(spec_bulb_base(slice_cut(&rest, '/')), need);
        if (whole) return spec_say(SPEC_YES, "base %.*s", "灯座%.*s", SLICE_ARGS(need));
        sibling |= one_cap(spec_bulb_base(p.word[i])) && one_cap(need);
    }
    return sibling ? spec_say(SPEC_NO, "the cap of %.*s with other keys and watts", "灯头与%.*s相同，但卡口与功率不同", SLICE_ARGS(need))
                   : spec_say(SPEC_NO, "the car takes base %.*s", "原车灯座为%.*s", SLICE_ARGS(need));
}

// ---- belts ---------------------------------------------------------------------------------------------------------------------
struct belt { char profile[8]; double ribs, length_mm; };

// "6PK1070": ribs, profile, length; "AVX13X1000" and "13X1000": profile, width, length
static bool belt_parse(struct slice text, struct belt *out) {
    struct spec_words w;
    size_t n = 0;
    *out = (struct belt){0};
    if (!spec_words(text, "", &w)) return false;
    struct slice s = w.word[0];
    bool ribbed = spec_number(&s, &out->ribs);
    while (n < s.n && n + 1 < sizeof out->profile && isalpha((unsigned char)s.p[n])) n++;
    memcpy(out->profile, s.p, n);
    s = slice_from(s, n);
    if (n == 0 || (!ribbed && !spec_number(&s, &out->ribs))) return false;
    if (s.n && (*s.p == 'X' || *s.p == '-')) s = slice_from(s, 1);
    return spec_number(&s, &out->length_mm) && s.n == 0 && out->length_mm > 200;
}

static struct spec_result belt_compare(struct slice product, struct slice car) {
    struct belt p, c;
    if (!belt_parse(product, &p)) return spec_unread(product);
    if (!belt_parse(car, &c)) return spec_unread(car);
    if (strcmp(p.profile, c.profile) != 0 || fabs(p.ribs - c.ribs) > 0.01)
        return spec_say(SPEC_NO, "profile %g%s, the car has %g%s", "带型%g%s，原车为%g%s", p.ribs, p.profile, c.ribs, c.profile);
    double off = fabs(p.length_mm / c.length_mm - 1) * 100;
    if (off <= 0.5) return spec_say(SPEC_YES, "profile equal, length within 0.5 %%", "带型一致，长度相差不超过0.5%%");
    return spec_say(off <= 1 ? SPEC_MAYBE : SPEC_NO, "length %g mm, the car has %g", "长度%g毫米，原车为%g毫米", p.length_mm, c.length_mm);
}

// ---- wipers --------------------------------------------------------------------------------------------------------------------
enum connector { CONNECTOR_UNSTATED, HOOK, BAYONET, SIDE_PIN, PUSH_BUTTON, PINCH_TAB, CLAW, TOP_LOCK, MULTI };
static const struct spec_term connector_names[] = {{"", ""}, {"hook", "U型钩"}, {"bayonet", "直插式"}, {"side pin", "侧插式"}, {"push button", "按钮式"},
                                                   {"pinch tab", "夹扣式"}, {"claw", "卡爪式"}, {"top lock", "顶锁式"}, {"multi", "多功能"}};
static const struct { const char *word; enum connector connector; } connectors[] = {
    {"HOOK", HOOK}, {"U-HOOK", HOOK}, {"J-HOOK", HOOK}, {"U", HOOK}, {"BAYONET", BAYONET}, {"SIDE-PIN", SIDE_PIN}, {"PIN", SIDE_PIN},
    {"PUSH", PUSH_BUTTON}, {"PUSH-BUTTON", PUSH_BUTTON}, {"BUTTON", PUSH_BUTTON}, {"PINCH", PINCH_TAB}, {"PINCH-TAB", PINCH_TAB},
    {"CLAW", CLAW}, {"TOP-LOCK", TOP_LOCK}, {"MULTI", MULTI}, {"UNIVERSAL", MULTI},
};

static bool wiper_parse(struct slice text, double *length_mm, enum connector *connector) {
    struct spec_words w;
    *length_mm = 0;
    *connector = CONNECTOR_UNSTATED;
    if (!spec_words(text, ",/", &w)) return false;
    for (unsigned i = 0; i < w.count; i++) {
        struct slice s = w.word[i];
        double x;
        bool number = spec_number(&s, &x);
        if (number && *length_mm <= 0) *length_mm = x < 60 ? x * 25.4 : x; // 26, 26", 26IN; 650, 650MM
        for (size_t k = 0; k < sizeof connectors / sizeof *connectors; k++)
            if (slice_is(w.word[i], connectors[k].word)) *connector = connectors[k].connector;
    }
    return *length_mm > 150 && *length_mm < 1200;
}

static struct spec_result wiper_compare(struct slice product, struct slice car) {
    double p, c;
    enum connector have, need;
    if (!wiper_parse(product, &p, &have)) return spec_unread(product);
    if (!wiper_parse(car, &c, &need)) return spec_unread(car);
    if (p > c + 15 || p < c - 30) return spec_say(SPEC_NO, "%.0f mm, the car has %.0f", "长%.0f毫米，原车为%.0f毫米", p, c);
    const struct spec_term *names = connector_names;
    if (need && have && have != need && have != MULTI)
        return spec_say_terms(SPEC_NO, "connector %s, the car has %s", "接口为%s，原车为%s", names[have], names[need]);
    if (need && !have)
        return spec_say_terms(SPEC_MAYBE, "the car's arm takes %s; the blade does not say", "原车雨刮臂为%s，雨刮片未标明接口", names[need], names[0]);
    if (p < c - 15) return spec_say(SPEC_MAYBE, "%.0f mm, shorter than the car's %.0f", "长%.0f毫米，短于原车的%.0f毫米", p, c);
    return spec_say(SPEC_YES, "length and connector as the car's", "长度与接口同原车");
}

// ---- batteries -----------------------------------------------------------------------------------------------------------------
struct battery { char size[12]; int technology; double ah, cca; }; // technology: 0 not stated, 1 flooded, 2 EFB, 3 AGM

static bool battery_parse(struct slice text, struct battery *out) {
    static const struct { const char *en, *din; } sizes[] = {{"H4", "L1"}, {"H5", "L2"}, {"H6", "L3"}, {"H7", "L4"}, {"H8", "L5"}, {"H9", "L6"}};
    struct spec_words w;
    *out = (struct battery){0};
    if (!spec_words(text, ",", &w)) return false;
    for (unsigned i = 0; i < w.count; i++) {
        struct slice s = w.word[i], rest = s;
        double x;
        bool number = spec_number(&rest, &x);
        if (slice_is(s, "AGM")) out->technology = 3;
        else if (slice_is(s, "EFB")) out->technology = 2;
        else if (slice_is(s, "FLOODED") || slice_is(s, "SLI")) out->technology = 1;
        else if (number && slice_is(rest, "AH")) out->ah = x;
        else if (number && (slice_is(rest, "A") || slice_is(rest, "CCA")) && x > 100) out->cca = x;
        else if (!out->size[0]) slice_copy(s, out->size, sizeof out->size);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(out->size, sizes[i].en) == 0) memcpy(out->size, sizes[i].din, 3);
    return out->size[0] || out->ah > 0 || out->cca > 0 || out->technology;
}

static struct spec_result battery_compare(struct slice product, struct slice car) {
    static const struct spec_term names[] = {{"", ""}, {"flooded", "富液式"}, {"EFB", "EFB"}, {"AGM", "AGM"}};
    struct battery p, c;
    if (!battery_parse(product, &p)) return spec_unread(product);
    if (!battery_parse(car, &c)) return spec_unread(car);
    if (c.size[0] && p.size[0] && strcmp(c.size, p.size) != 0) return spec_say(SPEC_NO, "case %s, the car takes %s", "外壳%s，原车为%s", p.size, c.size);
    if (c.technology && p.technology && p.technology < c.technology)
        return spec_say_terms(SPEC_NO, "%s, the car asks for %s", "%s电瓶，原车要求%s", names[p.technology], names[c.technology]);
    if (c.cca > 0 && p.cca > 0 && p.cca < c.cca)
        return spec_say(SPEC_NO, "%g A cold cranking, the car asks for %g", "冷启动电流%g安，原车要求%g安", p.cca, c.cca);
    if (c.ah > 0 && p.ah > 0 && p.ah < c.ah * 0.95) return spec_say(SPEC_NO, "%g Ah, the car asks for %g", "容量%g安时，原车要求%g安时", p.ah, c.ah);
    if ((c.size[0] && !p.size[0]) || (c.technology > 1 && !p.technology) || (c.cca > 0 && p.cca <= 0) || (c.ah > 0 && p.ah <= 0))
        return spec_say(SPEC_MAYBE, "the battery does not state all the car asks for", "电瓶未标明原车要求的全部参数");
    if (!c.size[0]) return spec_say(SPEC_MAYBE, "the car's battery case is not known", "原车电瓶外壳未知");
    if (c.ah > 0 && p.ah < c.ah) return spec_say(SPEC_MAYBE, "%g Ah instead of %g", "容量%g安时，原车为%g安时", p.ah, c.ah);
    return spec_say(SPEC_YES, "case, kind and power as the car asks", "外壳、类型与电量满足原车要求");
}

struct spec_result spec_part_compare(enum spec_kind kind, struct slice product, struct slice car) {
    if (kind == SPEC_BULB) return bulb_compare(product, car);
    if (kind == SPEC_BELT) return belt_compare(product, car);
    return kind == SPEC_WIPER ? wiper_compare(product, car) : battery_compare(product, car);
}

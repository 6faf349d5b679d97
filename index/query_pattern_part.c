// Bulbs, belts, wheels' bolt patterns, batteries, wiper blades.
#include <ctype.h>
#include <stdio.h>

#include "query_pattern_scan.h"
#include "spec.h"

// ---- bulbs ---------------------------------------------------------------------------------------------------------------------
// What is written on bulbs. Numbers of three digits and the names of cars and batteries (H6) need something beside them.
static const struct { const char *name; bool certain; } bulbs[] = {
    {"h1", 1}, {"h3", 1}, {"h4", 1}, {"h7", 1}, {"h8", 1}, {"h9", 1}, {"h10", 1}, {"h11", 1}, {"h12", 0}, {"h13", 1}, {"h15", 1}, {"h16", 1},
    {"h18", 1}, {"h19", 1}, {"h21w", 1}, {"h6w", 1}, {"hb1", 1}, {"hb2", 1}, {"hb3", 1}, {"hb4", 1}, {"hb5", 1}, {"hir1", 1}, {"hir2", 1},
    {"9003", 1}, {"9004", 1}, {"9005", 1}, {"9006", 1}, {"9007", 1}, {"9008", 1}, {"9011", 1}, {"9012", 1}, {"9145", 0}, {"5202", 0},
    {"d1s", 1}, {"d1r", 1}, {"d2s", 1}, {"d2r", 1}, {"d3s", 1}, {"d3r", 1}, {"d4s", 1}, {"d4r", 1}, {"d5s", 1}, {"d8s", 1},
    {"t5", 0}, {"t10", 1}, {"t15", 1}, {"t16", 0}, {"t20", 1}, {"s25", 1}, {"w3w", 1}, {"w5w", 1}, {"w16w", 1}, {"w21w", 1}, {"w21/5w", 1},
    {"wy5w", 1}, {"wy21w", 1}, {"p21w", 1}, {"p21/5w", 1}, {"p21/4w", 1}, {"p27w", 1}, {"p27/7w", 1}, {"py21w", 1}, {"r5w", 1}, {"r10w", 1},
    {"c5w", 1}, {"c10w", 1}, {"t4w", 1}, {"ba15s", 1}, {"bay15d", 1}, {"bau15s", 1}, {"1156", 1}, {"1157", 1}, {"3156", 1}, {"3157", 1},
    {"7440", 1}, {"7443", 1}, {"7506", 1}, {"194", 0}, {"168", 0}, {"921", 0}, {"912", 0}, {"501", 0}, {"880", 0}, {"881", 0},
};

static void bulb(struct patterns *p) {
    bool apart = scan_begins(p->s, p->at), listed = !apart && scan_begins_loose(p->s, p->at) && p->s.p[p->at - 1] == '/'; // "h8/h11"
    if (!apart && !listed) return;
    for (size_t i = 0; i < sizeof bulbs / sizeof *bulbs; i++) {
        struct scan c = {p->s, p->at};
        if (bulbs[i].name[0] != scan_char(&c, 0) || !scan_take(&c, bulbs[i].name) || !(scan_ends(&c) || (scan_char(&c, 0) == '/' && scan_letter(scan_char(&c, 1))))) continue;
        char upper[12], base[SPEC_BULB_BASE_BYTES];
        size_t n = 0;
        for (; bulbs[i].name[n]; n++) upper[n] = (char)toupper((unsigned char)bulbs[i].name[n]);
        slice_copy(spec_bulb_base(slice_of(upper, n)), base, sizeof base);
        (void)pattern_add(p, PATTERN_BULB, &c, apart && bulbs[i].certain, "%s", base);
    }
}

// ---- belts ---------------------------------------------------------------------------------------------------------------------
static void belt_put(struct patterns *p, const struct scan *end, bool certain, unsigned ribs, const char *profile, unsigned length_mm) {
    struct pattern *out = pattern_add(p, PATTERN_BELT, end, certain, "%u%s%u", ribs, profile, length_mm);
    if (out) out->from = out->to = length_mm;
}

// "6pk1733", "6pk 1733", "6pk-1733"; "5k1200" for a PK
static void ribbed(struct patterns *p) {
    static const struct { const char *sign, *profile; bool certain; } profiles[] = {
        {"dpk", "DPK", 1}, {"epk", "EPK", 1}, {"pk", "PK", 1}, {"pj", "PJ", 1}, {"ph", "PH", 1}, {"pl", "PL", 1}, {"k", "PK", 0}};
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        struct scan c = {p->s, p->at};
        unsigned ribs, length_mm;
        if (!scan_digits(&c, 2, &ribs) || ribs < 2 || ribs > 20) return;
        scan_blank(&c);
        if (!scan_take(&c, profiles[i].sign)) continue;
        if (!scan_take(&c, "-") && !scan_times(&c)) scan_blank(&c);
        if (scan_digits(&c, 4, &length_mm) >= 3 && length_mm >= 300 && length_mm <= 3500 && scan_ends(&c))
            belt_put(p, &c, profiles[i].certain, ribs, profiles[i].profile, length_mm);
        return;
    }
}

static void wedge(struct patterns *p) { // "avx13x1000", "13x1000"
    struct scan c = {p->s, p->at};
    unsigned width, length_mm;
    bool named = scan_take(&c, "avx");
    if (!scan_digits(&c, 2, &width) || (width != 10 && width != 13 && width != 17) || !scan_times(&c)) return;
    if (scan_digits(&c, 4, &length_mm) < 3 || length_mm < 500 || length_mm > 3500 || !scan_ends(&c)) return;
    struct pattern *out = pattern_add(p, PATTERN_BELT, &c, named, "AVX%uX%u", width, length_mm);
    if (out) out->from = out->to = length_mm;
}

// ---- bolt patterns -------------------------------------------------------------------------------------------------------------
static void bolt_pattern(struct patterns *p) {
    static const unsigned circles[] = {980, 1000, 1050, 1080, 1100, 1120, 1127, 1143, 1150, 1180, 1200, 1206, 1270, 1300, 1350, 1397, 1500, 1600,
                                       1651, 1700, 1800, 2000};
    static const struct { unsigned inches_thousandths, tenths; } imperial[] = {{4500, 1143}, {4750, 1206}, {5000, 1270}, {5500, 1397}, {6500, 1651}};
    struct scan c = {p->s, p->at};
    unsigned holes, mm, tenths = 0;
    if (!scan_digits(&c, 2, &holes) || holes < 3 || holes > 10) return;
    bool certain = scan_times(&c) || scan_take(&c, "孔");
    if (!certain && !scan_take(&c, "-") && !scan_take(&c, "h")) {
        scan_blank(&c);
        if (!scan_times(&c)) return;
        scan_blank(&c);
        certain = true;
    }
    if (!scan_decimal(&c, 3, &mm)) return;
    for (size_t i = 0; i < sizeof circles / sizeof *circles; i++)
        if (mm / 100 == circles[i]) tenths = circles[i];
    for (size_t i = 0; i < sizeof imperial / sizeof *imperial; i++)
        if (mm == imperial[i].inches_thousandths) tenths = imperial[i].tenths, certain = false;
    (void)scan_take(&c, "mm");
    if (!tenths || !scan_ends(&c)) return;
    struct pattern *out = tenths % 10 ? pattern_add(p, PATTERN_BOLT_PATTERN, &c, certain || mm % 1000, "%ux%u.%u", holes, tenths / 10, tenths % 10)
                                      : pattern_add(p, PATTERN_BOLT_PATTERN, &c, certain, "%ux%u", holes, tenths / 10);
    if (!out) return;
    out->from = holes;
    out->to = tenths;
}

// ---- batteries -----------------------------------------------------------------------------------------------------------------
static void battery_put(struct patterns *p, const struct scan *end, bool certain, unsigned value, const char *unit) {
    struct pattern *out = pattern_add(p, PATTERN_BATTERY, end, certain, "%u%s", value, unit);
    if (out) out->from = out->to = value;
}

static void battery_power(struct patterns *p) { // "60ah", "12v 70ah", "700cca", "6-qw-60"
    static const char *const hours[] = {"ah", "安时", NULL}, *const cold[] = {"cca", "a(en)", "a en", NULL};
    static const char *const standard[] = {"6-qw-", "6-qwlz-", "6-qtf-", "6-qtpe-", "6qw", NULL};
    struct scan c = {p->s, p->at}, volts = c;
    unsigned value;
    if (scan_take_any(&volts, standard) && scan_digits(&volts, 3, &value) >= 2) {
        if (scan_char(&volts, 0) == 'l' || scan_char(&volts, 0) == 'r') volts.at++; // the side of the plus pole
        if (!scan_ends_loose(&volts)) return;
        battery_put(p, &volts, true, value, "Ah");
        return;
    }
    volts = c;
    if (scan_take(&volts, "12v")) scan_blank(&volts), c = volts;
    if (!scan_digits(&c, 4, &value)) return;
    scan_blank(&c);
    struct scan end = c;
    if (scan_take_any(&end, hours) && scan_ends(&end) && value >= 20 && value <= 250) battery_put(p, &end, true, value, "Ah");
    end = c;
    if (scan_take_any(&end, cold) && scan_ends(&end) && value >= 200 && value <= 1500) battery_put(p, &end, true, value, "CCA");
}

// "55d23l", "80d26r": rank, height and width, length, side of the plus pole
static void battery_jis(struct patterns *p) {
    struct scan c = {p->s, p->at};
    unsigned rank, length_cm;
    if (scan_digits(&c, 3, &rank) < 2) return;
    char letter = scan_char(&c, 0);
    if (letter < 'a' || letter > 'h') return;
    c.at++;
    if (scan_digits(&c, 2, &length_cm) != 2 || length_cm < 17 || length_cm > 33) return;
    char side = scan_char(&c, 0);
    if (side == 'l' || side == 'r') c.at++;
    else side = 0;
    if (scan_ends(&c))
        (void)pattern_add(p, PATTERN_BATTERY, &c, side != 0, "%u%c%u%s", rank, toupper((unsigned char)letter), length_cm, side == 'l' ? "L" : side ? "R" : "");
}

// "l2", "ln2", "h6": the number of the European case by its L name; 0: none
static unsigned european_case(struct scan *c) {
    struct scan ahead = *c;
    char letter = scan_char(c, 0);
    ahead.at += scan_take(&ahead, "ln") ? 0 : 1; // LN2 is L2
    char number = letter ? scan_char(&ahead, 0) : 0;
    bool din = letter == 'l' && number >= '1' && number <= '6', en = letter == 'h' && number >= '4' && number <= '9';
    if (!din && !en) return 0;
    c->at = ahead.at + 1;
    return (unsigned)(number - '0') - (en ? 3 : 0); // H6 is L3
}

// "l2-400", "h6-70", "l3 70": the case, then what is in it
static void battery_european(struct patterns *p) {
    struct scan c = {p->s, p->at}, more;
    unsigned size = european_case(&c), power;
    if (!size) return;
    more = c;
    bool dash = scan_take(&more, "-"), apart = dash || scan_take(&more, " "); // "l2400" is a piece of a number
    if (apart && scan_digits(&more, 4, &power) >= 2 && scan_ends(&more) && ((power >= 35 && power <= 130) || (power >= 250 && power <= 1200))) {
        struct pattern *out = pattern_add(p, PATTERN_BATTERY, &more, dash, "L%u-%u", size, power);
        if (out) out->from = out->to = power;
    }
    if (scan_ends(&c)) (void)pattern_add(p, PATTERN_BATTERY, &c, false, "L%u", size);
}

// "group 35", "group 94r", "48/h6"
static void battery_group(struct patterns *p) {
    static const char *const groups[] = {"bci group ", "bci ", "group size ", "group ", "grp ", NULL};
    struct scan c = {p->s, p->at};
    unsigned group;
    bool named = scan_take_any(&c, groups);
    if (scan_digits(&c, 3, &group) < 2 || group < 20) return;
    char letter = scan_char(&c, 0);
    bool lettered = letter == 'f' || letter == 'r';
    if (lettered) c.at++;
    const char *side = lettered ? letter == 'f' ? "F" : "R" : "";
    struct scan also = c;
    unsigned size = scan_take(&also, "/") || scan_take(&also, "-") ? european_case(&also) : 0;
    if (size && scan_ends(&also)) (void)pattern_add(p, PATTERN_BATTERY, &also, true, "%u%s/L%u", group, side, size);
    if (named && scan_ends(&c)) (void)pattern_add(p, PATTERN_BATTERY, &c, true, "%u%s", group, side);
}

static void battery_kind(struct patterns *p) {
    static const char *const kinds[] = {"agm", "efb", NULL};
    struct scan c = {p->s, p->at};
    if (scan_take_word(&c, kinds)) (void)pattern_add(p, PATTERN_BATTERY, &c, true, "%s", p->s.p[p->at] == 'a' ? "AGM" : "EFB");
}

static void battery_case(struct patterns *p) {
    battery_kind(p);
    battery_group(p);
    if (scan_digit(p->s.p[p->at])) battery_jis(p);
    else battery_european(p);
}

// ---- wiper blades --------------------------------------------------------------------------------------------------------------
static bool blade_take(struct scan *c, unsigned *inches, bool *measured) {
    static const char *const units[] = {"英寸", "寸", "吋", "inches", "inch", "in", "\"", "″", "”", "''", "′′", NULL};
    unsigned n = scan_digits(c, 3, inches);
    if (!n) return false;
    struct scan unit = *c;
    scan_blank(&unit);
    if (n == 3 ? scan_take(&unit, "mm") || scan_take(&unit, "毫米") : scan_take_any(&unit, units)) *c = unit, *measured = true;
    if (n == 3) {
        if (!*measured) return false;
        *inches = (*inches * 10 + 127) / 254;
    }
    return *inches >= 10 && *inches <= 32;
}

static void wiper(struct patterns *p) {
    static const char *const signs[] = {"+", "/", "&", "和", "加", NULL};
    struct scan c = {p->s, p->at}, next;
    unsigned first, second;
    bool measured = false, joined, also = false;
    if (!blade_take(&c, &first, &measured)) return;
    next = c;
    scan_blank(&next);
    joined = scan_char(&next, 0) == '+';
    if (scan_take_any(&next, signs)) {
        scan_blank(&next);
        if (blade_take(&next, &second, &also) && scan_ends(&next) && (measured || also || joined)) {
            struct pattern *out = pattern_add(p, PATTERN_WIPER, &next, measured || also, "%u+%u", first, second);
            if (out) out->from = first, out->to = second;
        }
    }
    if (!measured || !scan_ends(&c)) return;
    struct pattern *out = pattern_add(p, PATTERN_WIPER, &c, first > 24, "%u", first);
    if (out) out->from = out->to = first;
}

void pattern_part(struct patterns *p) {
    if (!scan_latin(p->s.p[p->at])) return;
    bulb(p);
    if (!scan_begins(p->s, p->at)) return;
    battery_power(p);
    battery_case(p);
    if (p->s.p[p->at] == 'a') wedge(p);
    if (!scan_digit(p->s.p[p->at])) return;
    ribbed(p);
    wedge(p);
    bolt_pattern(p);
    wiper(p);
}

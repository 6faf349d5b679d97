// Oils: viscosity grades, standards, bottles.
#include <ctype.h>
#include <stdio.h>

#include "query_pattern_scan.h"

// ---- grades --------------------------------------------------------------------------------------------------------------------
static bool listed(unsigned value, const unsigned *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (list[i] == value) return true;
    return false;
}
#define LISTED(value, list) listed(value, list, sizeof(list) / sizeof *(list))

// "5w30", "5w-30", "5w/30", "5w 30"; gear oils "75w-90"
static void grade(struct patterns *p) {
    static const unsigned cold[] = {0, 5, 10, 15, 20, 25}, hot[] = {8, 12, 16, 20, 30, 40, 50, 60};
    static const unsigned gear_cold[] = {70, 75, 80, 85}, gear_hot[] = {80, 85, 90, 110, 140};
    struct scan c = {p->s, p->at};
    unsigned from, to;
    if (!scan_digits(&c, 2, &from) || !scan_take(&c, "w")) return;
    if (!scan_take(&c, "-") && !scan_take(&c, "/")) scan_blank(&c);
    if (!scan_digits(&c, 3, &to) || !scan_ends(&c)) return;
    if (!(LISTED(from, cold) && LISTED(to, hot)) && !(LISTED(from, gear_cold) && LISTED(to, gear_hot))) return;
    (void)pattern_add(p, PATTERN_OIL_GRADE, &c, true, "%uW-%u", from, to);
}

// ---- standards -----------------------------------------------------------------------------------------------------------------
static void standard_put(struct patterns *p, const struct scan *end, bool certain, const char *prefix, const char *text) {
    char upper[24];
    size_t n = 0;
    for (; text[n] && n + 1 < sizeof upper; n++) upper[n] = (char)toupper((unsigned char)text[n]);
    upper[n] = 0;
    (void)pattern_add(p, PATTERN_OIL_STANDARD, end, certain, "%s%s", prefix, upper);
}

// "api sn", "sn"; the two letters alone may be anything
static void api(struct patterns *p) {
    static const char *const diesel[] = {"cf", "cg", "ch", "ci", "cj", "ck", "fa", NULL};
    struct scan c = {p->s, p->at};
    bool named = scan_take(&c, "api");
    char name[8] = {0};
    if (named) (void)(scan_take(&c, "-") || scan_take(&c, "/"));
    if (named) scan_blank(&c);
    name[0] = scan_char(&c, 0);
    name[1] = name[0] ? scan_char(&c, 1) : 0;
    if (name[0] == 's' && name[1] >= 'f' && name[1] <= 'q' && name[1] != 'i' && name[1] != 'k' && name[1] != 'o') { // SI, SK, SO were left out
        c.at += 2;
        bool plus = scan_take(&c, "+") || scan_take(&c, " plus"); // SN PLUS is SN and more
        if (scan_ends_loose(&c)) standard_put(p, &c, named || plus, "API ", name);
        return;
    }
    if (!scan_take_any(&c, diesel)) return;
    bool dash = scan_take(&c, "-") || scan_take(&c, " ");
    if (!scan_take(&c, "4") || !scan_ends_loose(&c)) return;
    memcpy(name + 2, "-4", 3);
    standard_put(p, &c, named || dash, "API ", name);
}

static void ilsac(struct patterns *p) {
    struct scan c = {p->s, p->at};
    char name[8] = "gf-";
    if (scan_take(&c, "ilsac")) scan_blank(&c);
    if (!scan_take(&c, "gf")) return;
    if (!scan_take(&c, "-")) scan_blank(&c);
    char generation = scan_char(&c, 0);
    if (generation < '1' || generation > '9') return;
    name[3] = generation;
    c.at++;
    if (scan_char(&c, 0) == 'a' || scan_char(&c, 0) == 'b') name[4] = scan_char(&c, 0), c.at++;
    if (scan_ends_loose(&c)) standard_put(p, &c, true, "ILSAC ", name);
}

// "acea c3", "a3/b4"; "c3" and "a3" alone are cars as well
static void acea(struct patterns *p) {
    struct scan c = {p->s, p->at};
    bool named = scan_take(&c, "acea");
    char name[8] = {0};
    if (named) scan_blank(&c);
    char class = scan_char(&c, 0), number = class ? scan_char(&c, 1) : 0;
    const char *numbers = class == 'a' ? "12357" : class == 'c' ? "1234567" : class == 'e' ? "123456789" : "";
    if (!number || !strchr(numbers, number)) return; // A4 was never one
    c.at += 2;
    if (class == 'e' && number == '1' && (scan_char(&c, 0) == '0' || scan_char(&c, 0) == '1')) { // E11
        snprintf(name, sizeof name, "e1%c", scan_char(&c, 0));
        c.at++;
    } else {
        snprintf(name, sizeof name, "%c%c", class, number);
    }
    if (class == 'a' && (scan_char(&c, 0) == '/' || scan_char(&c, 0) == ' ') && scan_char(&c, 1) == 'b' && scan_digit(scan_char(&c, 2))) {
        snprintf(name, sizeof name, "a%c/b%c", number, scan_char(&c, 2));
        c.at += 3;
        named = true;
    }
    if (scan_ends_loose(&c)) standard_put(p, &c, named, "ACEA ", name);
}

static bool separator(struct scan *c) {
    return scan_take(c, ".") || scan_take(c, "-") || scan_take(c, " ") || scan_latin(scan_char(c, 0));
}

// "vw 504.00", "vw50400", "504 00" (which alone is nothing certain); more after a stroke: "504.00/507.00" is read one by one
static void volkswagen(struct patterns *p) {
    static const unsigned numbers[] = {500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 511};
    struct scan c = {p->s, p->at};
    unsigned first, second;
    char name[12];
    bool named = scan_take(&c, "vw");
    if (named) scan_blank(&c);
    struct scan run = c;
    if (scan_digits(&run, 5, &first) == 5) {
        second = first % 100;
        first /= 100;
        if (!named) return;
        c = run;
    } else if (scan_digits(&c, 3, &first) != 3 || !separator(&c) || scan_digits(&c, 2, &second) != 2) {
        return;
    }
    if (!LISTED(first, numbers) || second > 1 || !scan_ends_loose(&c)) return;
    snprintf(name, sizeof name, "%03u.%02u", first % 1000, second % 100);
    standard_put(p, &c, named, "VW ", name);
}

static void mercedes(struct patterns *p) { // "mb 229.51", "mb229.5", "229.5"
    struct scan c = {p->s, p->at};
    unsigned book, sheet;
    char name[12];
    bool named = scan_take(&c, "mb");
    if (named) (void)(scan_take(&c, "-") || scan_take(&c, " "));
    if (scan_digits(&c, 3, &book) != 3 || (book != 229 && book != 228 && book != 226 && book != 236)) return;
    if (!scan_take(&c, ".") || !scan_digits(&c, 2, &sheet) || !scan_ends_loose(&c)) return;
    snprintf(name, sizeof name, "%u.%u", book % 1000, sheet % 100);
    standard_put(p, &c, named || book == 229, "MB ", name);
}

static void bmw(struct patterns *p) { // "ll-04", "bmw ll04", "longlife-04", "ll-17fe+"
    static const char *const words[] = {"longlife", "ll", NULL};
    static const unsigned years[] = {98, 1, 4, 12, 14, 17, 19, 22};
    struct scan c = {p->s, p->at}, more;
    unsigned year;
    char name[12];
    bool named = scan_take(&c, "bmw");
    if (named) scan_blank(&c);
    if (!scan_take_any(&c, words)) return;
    bool dash = scan_take(&c, "-");
    if (!dash) scan_blank(&c);
    if (scan_digits(&c, 2, &year) != 2 || !LISTED(year, years)) return;
    more = c;
    scan_blank(&more);
    bool economy = scan_take(&more, "fe");
    if (economy) c = more;
    bool plus = economy && scan_take(&c, "+");
    if (!scan_ends_loose(&c)) return;
    snprintf(name, sizeof name, "ll-%02u%s%s", year % 100, economy ? "fe" : "", plus ? "+" : "");
    standard_put(p, &c, named || dash, "BMW ", name);
}

static void dexos(struct patterns *p) { // "dexos1", "dexos 1 gen 3", "dexos d"
    static const char *const generations[] = {" generation ", " gen ", " gen", "gen ", "gen", NULL};
    struct scan c = {p->s, p->at}, more;
    if (!scan_take(&c, "dexos")) return;
    scan_blank(&c);
    char kind = scan_char(&c, 0);
    if (!kind || !strchr("12drv", kind)) return;
    c.at++;
    more = c;
    if (scan_take_any(&more, generations) && scan_digit(scan_char(&more, 0))) {
        char generation = scan_char(&more, 0);
        more.at++;
        if (scan_ends_loose(&more)) (void)pattern_add(p, PATTERN_OIL_STANDARD, &more, true, "dexos%c GEN%c", toupper((unsigned char)kind), generation);
    }
    if (scan_ends_loose(&c)) (void)pattern_add(p, PATTERN_OIL_STANDARD, &c, true, "dexos%c", toupper((unsigned char)kind));
}

static void renault(struct patterns *p) { // "rn0700", "rn 17 fe"
    static const char *const classes[] = {"0700", "0710", "0720", "17fe", "17 fe", "17rsa", "17", NULL};
    struct scan c = {p->s, p->at};
    char name[8];
    size_t n = 0;
    if (!scan_take(&c, "rn")) return;
    scan_blank(&c);
    size_t from = c.at;
    if (!scan_take_any(&c, classes) || !scan_ends_loose(&c)) return;
    for (size_t i = from; i < c.at && n + 1 < sizeof name; i++)
        if (c.s.p[i] != ' ') name[n++] = c.s.p[i];
    name[n] = 0;
    standard_put(p, &c, true, "RN", name);
}

// ---- brake fluid ---------------------------------------------------------------------------------------------------------------
// "dot4", "dot-5.1", "dot 4 lv"; DOT 4 of class 6 and DOT 4+ are other names of low viscosity (spec.h)
static void brake_fluid(struct patterns *p) {
    static const char *const low[] = {" lv", "lv", "-lv", " class 6", " class6", " low viscosity", "+", NULL};
    struct scan c = {p->s, p->at};
    if (!scan_take(&c, "dot")) return;
    if (!scan_take(&c, "-")) scan_blank(&c);
    char grade = scan_char(&c, 0);
    if (grade < '3' || grade > '5') return;
    c.at++;
    bool light = false, five_one = grade == '5' && (scan_take(&c, ".1") || scan_take(&c, "1"));
    struct scan more = c;
    if (grade == '4' && scan_take_any(&more, low) && scan_ends_loose(&more)) c = more, light = true;
    if (scan_ends(&c)) (void)pattern_add(p, PATTERN_BRAKE_FLUID, &c, true, "DOT %c%s", grade, five_one ? ".1" : light ? " LV" : "");
}

// ---- bottles -------------------------------------------------------------------------------------------------------------------
static const struct { const char *word; unsigned microlitres_per_unit_thousandth; } measures[] = {
    {"毫升", 1}, {"ml", 1}, {"liters", 1000}, {"liter", 1000}, {"litres", 1000}, {"litre", 1000}, {"ltr", 1000}, {"lt", 1000}, {"l", 1000},
    {"公升", 1000}, {"升", 1000}, {"quarts", 946}, {"quart", 946}, {"qts", 946}, {"qt", 946}, {"夸脱", 946}, {"gallons", 3785},
    {"gallon", 3785}, {"gal", 3785}, {"fl oz", 30}, {"oz", 30},
};

static void volume(struct patterns *p) {
    struct scan c = {p->s, p->at}, end = c;
    unsigned amount, scale = 0;
    if (!scan_decimal(&c, 4, &amount)) return;
    bool decimal = memchr(p->s.p + p->at, '.', c.at - p->at) != NULL;
    scan_blank(&c);
    for (size_t i = 0; i < sizeof measures / sizeof *measures && !scale; i++) {
        end = c;
        if (scan_take(&end, measures[i].word) && scan_ends(&end)) scale = measures[i].microlitres_per_unit_thousandth;
    }
    uint64_t ml = ((uint64_t)amount * scale + 500) / 1000;
    if (scale == 946) ml = ((uint64_t)amount * 946353 + 500000) / 1000000;
    if (scale == 3785) ml = ((uint64_t)amount * 3785412 + 500000) / 1000000;
    if (scale == 30) ml = ((uint64_t)amount * 29574 + 500000) / 1000000;
    ml = (ml + 5) / 10 * 10;
    if (ml < 50 || ml > 250000) return;
    struct pattern *out = pattern_add(p, PATTERN_VOLUME, &end, !(decimal && ml < 8500 && scale == 1000), "%gL", (double)ml / 1000); // "2.0l"
    if (out) out->from = out->to = (unsigned)ml;
}

void pattern_oil(struct patterns *p) {
    bool begins = scan_begins(p->s, p->at);
    char first = p->s.p[p->at];
    // Standards are listed with strokes, "sn/cf", "504.00/507.00": what follows one begins as well.
    bool listed_on = p->at > 1 && p->s.p[p->at - 1] == '/';
    if (!begins && !listed_on) return;
    if (begins && scan_digit(first)) grade(p), volume(p);
    volkswagen(p);
    mercedes(p);
    if (!scan_letter(first)) return;
    api(p);
    ilsac(p);
    if (begins) acea(p);
    bmw(p);
    dexos(p);
    renault(p);
    if (begins) brake_fluid(p);
}

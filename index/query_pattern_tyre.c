// Tyres: sizes in every spelling, rims, run-flat words.
#include <ctype.h>
#include <stdio.h>

#include "query_pattern_scan.h"

struct size { unsigned width, aspect, rim_tenths, load, dual; char speed; bool light_truck, commercial, brackets; };

static bool rim_fits(unsigned tenths) { return tenths >= 100 && tenths <= 260 && (tenths % 10 == 0 || tenths % 10 == 5); }
static bool width_fits(unsigned mm) { return mm >= 105 && mm <= 455 && mm % 5 == 0; }
static bool aspect_fits(unsigned percent) { return percent >= 25 && percent <= 95 && percent % 5 == 0; }

// "16", "22.5"
static bool rim_take(struct scan *c, unsigned *tenths) {
    unsigned inches, half;
    if (scan_digits(c, 2, &inches) != 2) return false;
    *tenths = inches * 10;
    struct scan fraction = *c;
    if (scan_take(&fraction, ".") && scan_digits(&fraction, 1, &half) == 1) {
        *tenths += half;
        *c = fraction;
    }
    return rim_fits(*tenths);
}

// "91v", "104/102r", "(95y)", "91"; c stays where nothing of the kind stands.
static void service_take(struct scan *c, struct size *out) {
    struct scan ahead = *c;
    unsigned load, dual = 0;
    scan_blank(&ahead);
    bool brackets = scan_take(&ahead, "(");
    if (scan_digits(&ahead, 3, &load) < 2 || load < 60 || load > 160) return;
    struct scan second = ahead;
    if (scan_take(&second, "/") && scan_digits(&second, 3, &dual) >= 2) ahead = second;
    else dual = 0;
    scan_blank(&ahead);
    char speed = scan_char(&ahead, 0);
    if (!speed || !strchr("lmnpqrstuhvwyz", speed)) return;
    ahead.at++;
    if (brackets && !scan_take(&ahead, ")")) return;
    if (!scan_ends_loose(&ahead)) return;
    *c = ahead;
    *out = (struct size){out->width, out->aspect, out->rim_tenths, load, dual, speed, out->light_truck, out->commercial, brackets};
}

static void put(struct patterns *p, const struct scan *end, const struct size *t, bool certain) {
    char rim[8], service[16] = "";
    if (t->rim_tenths % 10) snprintf(rim, sizeof rim, "%u.5", t->rim_tenths / 10 % 100);
    else snprintf(rim, sizeof rim, "%u", t->rim_tenths / 10 % 100);
    char speed = (char)toupper((unsigned char)t->speed);
    if (t->brackets) snprintf(service, sizeof service, " (%u%c)", t->load % 1000, speed);
    else if (t->dual) snprintf(service, sizeof service, " %u/%u%c", t->load % 1000, t->dual % 1000, speed);
    else if (t->load) snprintf(service, sizeof service, " %u%c", t->load % 1000, speed);
    char aspect[8] = "";
    if (t->aspect) snprintf(aspect, sizeof aspect, "/%u", t->aspect % 100);
    struct pattern *out = pattern_add(p, PATTERN_TYRE, end, certain, "%s%u%sR%s%s%s", t->light_truck ? "LT" : "", t->width, aspect, rim,
                                      t->commercial ? "C" : "", service);
    if (out) out->from = out->to = t->rim_tenths;
}

// What may follow the rim: "c", "lt", load and speed. False: the run goes on with something else.
static bool rest_take(struct scan *c, struct size *t) {
    struct scan ahead = *c;
    if (scan_take(&ahead, "lt") && scan_ends_loose(&ahead)) t->light_truck = true, *c = ahead;
    else if (ahead = *c, scan_take(&ahead, "c") && scan_ends_loose(&ahead)) t->commercial = true, *c = ahead;
    else if (!scan_ends_loose(c)) return false;
    service_take(c, t);
    return scan_ends(c);
}

// The sign between width and aspect, then the one before the rim. One that reads "r" makes the size certain by itself.
enum sign { SIGN_NONE, SIGN_PLAIN, SIGN_RADIAL };
static enum sign radial_take(struct scan *c) {
    static const char *const signs[] = {"zr", "rf", "r", NULL};
    struct scan ahead = *c;
    scan_blank(&ahead);
    if (scan_take(&ahead, "-") || scan_take(&ahead, "/")) scan_blank(&ahead);
    if (!scan_take_any(&ahead, signs)) return SIGN_NONE;
    scan_blank(&ahead);
    *c = ahead;
    return SIGN_RADIAL;
}

static enum sign plain_take(struct scan *c) {
    struct scan ahead = *c;
    scan_blank(&ahead);
    bool sign = scan_take(&ahead, "/") || scan_take(&ahead, "-") || scan_take(&ahead, ".") || scan_times(&ahead) || scan_take(&ahead, ",");
    scan_blank(&ahead);
    if (!sign && ahead.at == c->at) return SIGN_NONE;
    *c = ahead;
    return SIGN_PLAIN;
}

// "205/55r16", "205 55 16", "205-55-16", "205/55"
static void metric(struct patterns *p, struct scan c, struct size t) {
    if (scan_digits(&c, 3, &t.width) != 3 || !width_fits(t.width)) return;
    bool slash = scan_char(&c, 0) == '/' || (scan_char(&c, 0) == ' ' && scan_char(&c, 1) == '/');
    if (!plain_take(&c) || scan_digits(&c, 2, &t.aspect) != 2 || !aspect_fits(t.aspect)) return;
    struct scan section = c;
    enum sign sign = radial_take(&c);
    if (!sign) sign = plain_take(&c);
    if (sign && rim_take(&c, &t.rim_tenths) && (sign == SIGN_RADIAL || t.width % 10 == 5) && rest_take(&c, &t)) {
        put(p, &c, &t, true);
        return;
    }
    if (slash && t.width % 10 == 5 && scan_ends(&section)) (void)pattern_add(p, PATTERN_TYRE, &section, false, "%u/%u", t.width, t.aspect);
}

// "2055516", which may be a part number; "2055516r" and "20555r16"
static void run_together(struct patterns *p, struct scan c, struct size t) {
    unsigned all, n = scan_digits(&c, 7, &all);
    bool radial = n == 5 && scan_take(&c, "r");
    if (n == 7) t.rim_tenths = all % 100 * 10, all /= 100;
    else if (!radial || !rim_take(&c, &t.rim_tenths)) return;
    t.width = all / 100;
    t.aspect = all % 100;
    if (n == 7) (void)(scan_char(&c, 0) == 'r' && c.at++);
    if (width_fits(t.width) && t.width % 10 == 5 && aspect_fits(t.aspect) && rim_fits(t.rim_tenths) && rest_take(&c, &t)) put(p, &c, &t, radial);
}

// "195r14c", "11r22.5", "7.00r16": no aspect is written
static void full_profile(struct patterns *p, struct scan c, struct size t) {
    struct scan number = c;
    unsigned n = scan_digits(&c, 3, &t.width);
    if (n == 3 && width_fits(t.width)) {
        if (!scan_take(&c, "r") || !rim_take(&c, &t.rim_tenths) || !rest_take(&c, &t)) return;
        put(p, &c, &t, true);
        return;
    }
    unsigned width;
    if (!scan_decimal(&number, 2, &width) || width < 5000 || width > 15000) return;
    bool hundredths = scan_char(&number, 0) == 'r' && number.s.p[number.at - 1] == '0' && width % 500 == 0;
    if (!scan_take(&number, "r") || !rim_take(&number, &t.rim_tenths) || !rest_take(&number, &t)) return;
    if (t.rim_tenths % 10 == 0 && !(hundredths && memchr(p->s.p + p->at, '.', number.at - p->at))) return; // "11r22.5" or "7.00r16"
    char rim[8], text[8];
    snprintf(rim, sizeof rim, t.rim_tenths % 10 ? "%u.5" : "%u", t.rim_tenths / 10 % 100);
    snprintf(text, sizeof text, width % 1000 || t.rim_tenths % 10 == 0 ? "%u.%02u" : "%u", width / 1000 % 100, width % 1000 / 10);
    struct pattern *out = pattern_add(p, PATTERN_TYRE, &number, true, "%sR%s", text, rim);
    if (out) out->from = out->to = t.rim_tenths;
}

// "31x10.50r15": diameter and width in inches
static void flotation(struct patterns *p, struct scan c) {
    struct size t = {0};
    unsigned diameter, width;
    if (!scan_decimal(&c, 2, &diameter) || diameter < 25000 || diameter > 45000 || !scan_times(&c)) return;
    if (!scan_decimal(&c, 2, &width) || width < 7000 || width > 16000 || width % 250) return;
    enum sign sign = radial_take(&c);
    if (!sign) sign = plain_take(&c);
    if (!sign || !rim_take(&c, &t.rim_tenths) || t.rim_tenths * 100 + 5000 > diameter || !rest_take(&c, &t)) return;
    char inches[16];
    snprintf(inches, sizeof inches, "%g", width / 1000.0);
    struct pattern *out = pattern_add(p, PATTERN_TYRE, &c, true, "%uX%sR%u", diameter / 1000, inches, t.rim_tenths / 10);
    if (out) out->from = out->to = t.rim_tenths;
}

static void rim(struct patterns *p) {
    static const char *const inches[] = {"英寸", "寸", "吋", "inches", "inch", "in", "\"", "″", "”", "''", "′′", NULL};
    struct scan c = {p->s, p->at};
    unsigned tenths;
    bool radial = scan_take(&c, "r");
    if (!rim_take(&c, &tenths) || tenths < 120 || tenths > 240) return;
    if (!radial) {
        scan_blank(&c);
        if (!scan_take_any(&c, inches)) return;
    }
    if (!scan_ends(&c)) return;
    struct pattern *out = tenths % 10 ? pattern_add(p, PATTERN_RIM, &c, true, "%u.5", tenths / 10)
                                      : pattern_add(p, PATTERN_RIM, &c, true, "%u", tenths / 10);
    if (out) out->from = out->to = tenths / 10;
}

// 防爆膜 is a film for windows, so 防爆 alone says little.
static void run_flat(struct patterns *p) {
    static const char *const words[] = {"run flat", "run-flat", "runflat", "零胎压", "缺气保用", NULL}, *const tyres[] = {"轮胎", "胎", NULL};
    struct scan c = {p->s, p->at}, next;
    if (scan_take_any(&c, words)) {
        if (scan_ends(&c)) (void)pattern_add(p, PATTERN_RUN_FLAT, &c, true, "run_flat");
        return;
    }
    if (!scan_take(&c, "防爆")) return;
    next = c;
    scan_blank(&next);
    bool tyre = scan_take_any(&next, tyres);
    if (!scan_take(&next, "膜")) (void)pattern_add(p, PATTERN_RUN_FLAT, &c, tyre, "run_flat");
}

void pattern_tyre(struct patterns *p) {
    static const char *const prefixes[] = {"lt", "p", NULL};
    struct scan c = {p->s, p->at};
    struct size t = {0};
    if (!scan_begins(p->s, p->at)) return;
    run_flat(p);
    rim(p);
    t.light_truck = scan_char(&c, 0) == 'l';
    if (scan_take_any(&c, prefixes)) scan_blank(&c);
    if (!scan_digit(scan_char(&c, 0))) return;
    if (c.at == p->at) flotation(p, c);
    metric(p, c, t);
    run_together(p, c, t);
    full_profile(p, c, t);
}

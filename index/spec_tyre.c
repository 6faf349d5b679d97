// Tyres and what wheels are bolted on with.
#include <ctype.h>
#include <math.h>

#include "spec_words.h"

// ---- reading a tyre's size -----------------------------------------------------------------------------------------------------
static bool take(struct slice *rest, const char *word) {
    struct slice w = slice_str(word);
    if (!slice_starts(*rest, w)) return false;
    *rest = slice_from(*rest, w.n);
    return true;
}

static void blanks(struct slice *rest) {
    while (rest->n && (isspace((unsigned char)*rest->p) || *rest->p == ',')) *rest = slice_from(*rest, 1);
}

static bool speed_letter(char c) { return strchr("LMNPQRSTUHVWYZ", c) != NULL && c; }

// "225/45R17", "225/45 ZR 17", "225/45/17", "31X10.50R15", "2254517"
static bool size_parse(struct slice *s, struct spec_tyre *t) {
    double first, second;
    if (!spec_number(s, &first)) return false;
    if (first >= 1000000 && first < 10000000) { // 2254517
        unsigned whole = (unsigned)first;
        t->width_mm = whole / 10000;
        t->aspect = whole / 100 % 100;
        t->rim_in = whole % 100;
        return true;
    }
    blanks(s);
    bool flotation = first < 60 && take(s, "X");
    if (!flotation && !take(s, "/")) return false;
    blanks(s);
    if (!spec_number(s, &second)) return false;
    blanks(s);
    if (take(s, "ZR")) t->speed = 'Z';
    else if (take(s, "RF")) t->run_flat = true;
    else if (!take(s, "R") && !take(s, "D") && !take(s, "B") && !take(s, "-") && !take(s, "/")) return false;
    blanks(s);
    if (!spec_number(s, &t->rim_in)) return false;
    t->width_mm = flotation ? second * 25.4 : first;
    t->aspect = flotation ? 0 : second;
    t->diameter_mm = flotation ? first * 25.4 : 0;
    return true;
}

// "91W", "104/102R", "(95Y)", "91", "W"
static bool service_parse(struct slice w, struct spec_tyre *t) {
    bool brackets = w.n > 2 && w.p[0] == '(' && w.p[w.n - 1] == ')';
    if (brackets) w = slice_of(w.p + 1, w.n - 2);
    double load = 0, dual;
    bool number = spec_number(&w, &load);
    if (number && (load < 50 || load > 160 || floor(load) < load)) return false;
    if (number && w.n > 1 && w.p[0] == '/') {
        w = slice_from(w, 1);
        if (!spec_number(&w, &dual)) return false;
    }
    if (w.n > 1 || (w.n == 1 && !speed_letter(w.p[0])) || (!number && w.n == 0)) return false;
    if (number) t->load = (unsigned)load;
    if (w.n) t->speed = brackets && w.p[0] == 'Y' ? 'y' : w.p[0];
    return true;
}

static void word_parse(struct slice w, struct spec_tyre *t) {
    static const char *const run_flat[] = {"RFT", "ROF", "SSR", "ZP", "RUNFLAT", "RUN-FLAT", "HRS", "EMT", "ZPS"};
    static const char *const winter[] = {"WINTER", "3PMSF", "SNOW", "STUDDED"};
    if (slice_is(w, "XL") || slice_is(w, "RF") || slice_is(w, "EXTRA")) t->extra_load = true;
    else if (slice_is(w, "C") || slice_is(w, "LT")) t->commercial = true;
    for (size_t i = 0; i < sizeof run_flat / sizeof *run_flat; i++) t->run_flat |= slice_is(w, run_flat[i]);
    for (size_t i = 0; i < sizeof winter / sizeof *winter; i++) t->winter |= slice_is(w, winter[i]);
    (void)service_parse(w, t); // what it is not it leaves alone: a brand's own letters mean nothing here
}

bool spec_tyre_parse(struct slice text, struct spec_tyre *out) {
    struct spec_words w;
    *out = (struct spec_tyre){0};
    if (!spec_words(text, "", &w)) return false;
    struct slice s = slice_str(w.text);
    if (take(&s, "LT")) out->commercial = true;
    else if (take(&s, "ST")) out->trailer = true;
    else if (s.n && *s.p == 'P') s = slice_from(s, 1);
    blanks(&s);
    if (!size_parse(&s, out)) return false;
    if (take(&s, "LT")) out->commercial = true;
    else if (s.n && *s.p == 'C' && (s.n == 1 || !isalnum((unsigned char)s.p[1]))) out->commercial = true, s = slice_from(s, 1);
    if (s.n && !isspace((unsigned char)*s.p) && *s.p != ',' && *s.p != '(') return false; // 225/45R175
    for (blanks(&s); s.n; blanks(&s)) {
        size_t n = 0;
        while (n < s.n && !isspace((unsigned char)s.p[n]) && s.p[n] != ',') n++;
        word_parse(slice_of(s.p, n), out);
        s = slice_from(s, n);
    }
    if (out->width_mm < 100 || out->width_mm > 460 || out->rim_in < 8 || out->rim_in > 32) return false;
    if (out->diameter_mm > 0) return out->diameter_mm > out->rim_in * 25.4;
    out->diameter_mm = out->rim_in * 25.4 + 2 * out->width_mm * out->aspect / 100;
    return out->aspect >= 20 && out->aspect <= 100;
}

// ---- comparing tyres -----------------------------------------------------------------------------------------------------------
static int speed_kmh(char c) {
    static const struct { char letter; int kmh; } speeds[] = {{'L', 120}, {'M', 130}, {'N', 140}, {'P', 150}, {'Q', 160}, {'R', 170},
        {'S', 180}, {'T', 190}, {'U', 200}, {'H', 210}, {'V', 240}, {'Z', 241}, {'W', 270}, {'Y', 300}, {'y', 301}};
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (speeds[i].letter == c) return speeds[i].kmh;
    return 0;
}

static double measuring_rim(const struct spec_tyre *t) {
    double a = t->aspect > 0 ? t->aspect : (t->diameter_mm - t->rim_in * 25.4) / 2 / t->width_mm * 100;
    double ratio = a <= 37 ? 0.90 : a <= 47 ? 0.85 : a <= 57 ? 0.80 : a <= 67 ? 0.77 : a <= 72 ? 0.75 : 0.70;
    return round(t->width_mm / 25.4 * ratio * 2) / 2;
}

static struct spec_result compare_service(const struct spec_tyre *p, const struct spec_tyre *c, bool same_width) {
    if (c->load && p->load && p->load < c->load) return spec_say(SPEC_NO, "load index %u is below the car's %u", "负荷指数%u低于原车的%u", p->load, c->load);
    int have = speed_kmh(p->speed), need = speed_kmh(c->speed);
    if (have && need && have < need && !(p->winter && have >= 160))
        return spec_say(SPEC_NO, "speed symbol %c is below the car's %c", "速度级别%c低于原车的%c", toupper(p->speed), toupper(c->speed));
    if (c->run_flat && !p->run_flat) return spec_say(SPEC_NO, "the car asks for a run-flat tyre", "原车要求防爆胎");
    if (c->load && !p->load) return spec_say(SPEC_MAYBE, "the tyre's load index is not stated; the car asks for %u", "轮胎未标明负荷指数，原车要求%u", c->load);
    if (need && !have)
        return spec_say(SPEC_MAYBE, "the tyre's speed symbol is not stated; the car asks for %c", "轮胎未标明速度级别，原车要求%c", toupper(c->speed));
    if (c->extra_load && !p->extra_load && (!c->load || !p->load)) return spec_say(SPEC_MAYBE, "the car asks for extra load", "原车要求加强型（XL）");
    if (!same_width) {
        double rim = measuring_rim(p);
        return spec_say(SPEC_MAYBE, "%.0f mm wide instead of %.0f: for rims of %.1f to %.1f inches",
                        "胎宽%.0f毫米，原为%.0f毫米：适用%.1f至%.1f英寸宽的轮辋", p->width_mm, c->width_mm, rim - 1, rim + 1);
    }
    if (fabs(p->diameter_mm - c->diameter_mm) > 1)
        return spec_say(SPEC_YES, "width, load and speed as the car asks; overall diameter %+.1f %%", "胎宽、负荷与速度级别满足原车要求；外径变化%+.1f%%",
                        (p->diameter_mm / c->diameter_mm - 1) * 100);
    if (have && need && have < need) return spec_say(SPEC_YES, "size as the car's; a winter tyre may be slower", "规格同原车；冬季胎的速度级别可低一些");
    if (c->load || need) return spec_say(SPEC_YES, "size, load and speed as the car asks", "规格、负荷与速度级别满足原车要求");
    return spec_say(SPEC_YES, "size as the car's, of which no load or speed is stated", "规格同原车，原车未标明负荷与速度级别");
}

struct spec_result spec_tyre_compare(struct slice product, struct slice car) {
    struct spec_tyre p, c;
    if (!spec_tyre_parse(product, &p)) return spec_unread(product);
    if (!spec_tyre_parse(car, &c)) return spec_unread(car);
    if (fabs(p.rim_in - c.rim_in) > 0.01) return spec_say(SPEC_NO, "for %g inch rims, the car has %g", "适用%g英寸轮毂，原车为%g英寸", p.rim_in, c.rim_in);
    if (p.trailer != c.trailer) return spec_say(SPEC_NO, "a trailer's tyre", "挂车轮胎");
    if (c.commercial && !p.commercial) return spec_say(SPEC_NO, "the car asks for a commercial tyre", "原车要求载重胎（C）");
    double off = (p.diameter_mm / c.diameter_mm - 1) * 100;
    if (fabs(off) > 3) return spec_say(SPEC_NO, "overall diameter differs by %+.1f %%", "外径相差%+.1f%%", off);
    bool same_width = fabs(p.width_mm - c.width_mm) < 2;
    if (!same_width && fabs(measuring_rim(&p) - measuring_rim(&c)) > 2)
        return spec_say(SPEC_NO, "%.0f mm is not a width for the car's rims", "%.0f毫米的胎宽不适合原车轮辋", p.width_mm);
    return compare_service(&p, &c, same_width);
}

bool spec_tyre_same(struct slice a, struct slice b) {
    struct spec_tyre x, y;
    if (!spec_tyre_parse(a, &x) || !spec_tyre_parse(b, &y)) return false;
    bool size = fabs(x.rim_in - y.rim_in) < 0.01 && fabs(x.width_mm - y.width_mm) < 2 && fabs(x.diameter_mm - y.diameter_mm) < 3;
    bool load = !x.load || !y.load || x.load == y.load, speed = !x.speed || !y.speed || x.speed == y.speed;
    return size && load && speed && x.trailer == y.trailer;
}

// ---- wheels --------------------------------------------------------------------------------------------------------------------
struct pcd { double holes, circle_mm[2]; unsigned circles; };

static bool pcd_parse(struct slice text, struct pcd *out) {
    struct spec_words w;
    double n;
    *out = (struct pcd){0};
    if (!spec_words(text, " X/-HM", &w) || w.count < 2 || w.count > 3) return false; // "5X112", "5-112", "5H112", "5X100/114.3"
    for (unsigned i = 0; i < w.count; i++) {
        struct slice s = w.word[i];
        if (!spec_number(&s, &n) || s.n) return false;
        if (i == 0) out->holes = n;
        else out->circle_mm[out->circles++] = n < 12 ? n * 25.4 : n;
    }
    return out->holes >= 3 && out->holes <= 10 && out->circle_mm[0] > 50;
}

static struct spec_result pcd_compare(struct slice product, struct slice car) {
    struct pcd p, c;
    if (!pcd_parse(product, &p)) return spec_unread(product);
    if (!pcd_parse(car, &c)) return spec_unread(car);
    for (unsigned i = 0; i < p.circles && fabs(p.holes - c.holes) < 0.1; i++)
        if (fabs(p.circle_mm[i] - c.circle_mm[0]) <= 0.3) return spec_say(SPEC_YES, "bolt circle equal", "孔距一致");
    return spec_say(SPEC_NO, "bolt circle %gx%g, the car has %gx%g", "孔距%gx%g，原车为%gx%g", p.holes, p.circle_mm[0], c.holes, c.circle_mm[0]);
}

static bool millimetres(struct slice text, double *from, double *to) { // "66.6", "ET45", "35-50", "ET35-ET50", "66.6MM"
    struct spec_words w;
    unsigned n = 0;
    if (!spec_words(text, "-~", &w) || w.count > 3) return false;
    for (unsigned i = 0; i < w.count; i++) {
        struct slice s = w.word[i];
        double x;
        if (slice_starts(s, SLICE("ET"))) s = slice_from(s, 2);
        if (s.n == 0 || slice_is(s, "MM")) continue;
        if (!spec_number(&s, &x) || (s.n && !slice_is(s, "MM")) || n == 2) return false;
        if (n++ == 0) *from = x;
        *to = x;
    }
    return n > 0;
}

static struct spec_result bore_compare(double product, double car) {
    if (product < car - 0.05) return spec_say(SPEC_NO, "centre bore %g mm is smaller than the hub's %g", "中心孔%g毫米小于轮毂轴的%g毫米", product, car);
    if (product > car + 0.05) return spec_say(SPEC_YES, "centre bore %g mm with a ring to the hub's %g", "中心孔%g毫米，需加套环至%g毫米", product, car);
    return spec_say(SPEC_YES, "centre bore equal", "中心孔一致");
}

static struct spec_result offset_compare(double product, double from, double to) {
    if (product >= from && product <= to) return spec_say(SPEC_YES, "offset within what the car takes", "偏距在原车允许范围内");
    if (from < to) return spec_say(SPEC_NO, "offset %g is outside %g to %g", "偏距%g不在%g至%g之间", product, from, to);
    if (fabs(product - from) <= 5) return spec_say(SPEC_MAYBE, "offset %g instead of %g", "偏距%g，原车为%g", product, from);
    return spec_say(SPEC_NO, "offset %g, the car has %g", "偏距%g，原车为%g", product, from);
}

struct spec_result spec_wheel_compare(enum spec_kind kind, struct slice product, struct slice car) {
    double p[2], c[2];
    if (kind == SPEC_PCD) return pcd_compare(product, car);
    if (kind == SPEC_THREAD) {
        struct spec_words a, b;
        if (!spec_words(product, "", &a) || !spec_words(car, "", &b)) return spec_unread(product);
        bool same = slice_eq(a.word[0], b.word[0]); // the seat, if one is named, comes after
        if (same && b.count > 1 && a.count > 1 && !slice_eq(a.word[1], b.word[1])) return spec_say(SPEC_NO, "another seat", "锥座不同");
        if (same && b.count > 1 && a.count == 1) return spec_say(SPEC_MAYBE, "the seat is not stated", "未标明锥座");
        return spec_say(same ? SPEC_YES : SPEC_NO, same ? "thread equal" : "another thread", same ? "螺纹一致" : "螺纹不同");
    }
    if (!millimetres(product, &p[0], &p[1])) return spec_unread(product);
    if (!millimetres(car, &c[0], &c[1])) return spec_unread(car);
    if (fabs(p[0] - p[1]) > 0) return spec_unread(product);
    return kind == SPEC_BORE ? bore_compare(p[0], c[1]) : offset_compare(p[0], c[0], c[1]);
}

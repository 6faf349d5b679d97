// What says something of the car: years, engine sizes, kilometres, age, trouble codes, VINs.
#include <ctype.h>
#include <stdio.h>

#include "query_pattern_scan.h"
#include "vin_text.h"

#define YEAR_FIRST 1950
#define YEAR_FIRST_SHORT 90 // "90" to "99" are of the last century, without a word beside them

// ---- years ---------------------------------------------------------------------------------------------------------------------
static const char *const year_words[] = {"年款", "年份", "年型", "年", "款", NULL};
// What makes a bare number something else than a year: "18寸", "18个", "18万".
static const char *const measure_words[] = {"寸", "英寸", "吋", "个", "万", "千", "百", "元", "块", "升", "公", "号", "只", "片", "条", "桶", "瓶", "支", "套",
    "米", "度", "层", "齿", "孔", "线", "针", "安", "伏", "瓦", "毫", "月", "日", "天", "位", "座", "门", "缸", "\"", "″", "”", "'", "′", "%", "×", "¥", "$", NULL};
static const char *const range_signs[] = {"-", "~", "–", "—", "至", "到", "/", NULL};

// A model year of two digits ("18") or four; 0: none can be meant.
static unsigned year_take(struct scan *c, unsigned last_year, bool *whole) {
    unsigned value, n = scan_digits(c, 4, &value);
    *whole = n == 4;
    if (n == 2) value += value <= last_year % 100 ? last_year / 100 * 100 : last_year / 100 * 100 - 100;
    return (n == 2 || n == 4) && value >= YEAR_FIRST && value <= last_year ? value : 0;
}

static void year_put(struct patterns *p, const struct scan *end, unsigned from, unsigned to, bool certain) {
    struct pattern *out = from == to ? pattern_add(p, PATTERN_YEAR, end, certain, "%u", from)
                                     : pattern_add(p, PATTERN_YEAR, end, certain, "%u-%u", from, to);
    if (!out) return;
    out->from = from;
    out->to = to;
}

// "2015-2018", "15-18款", "18/19款", "2018年到2020年"
static bool year_range(struct patterns *p, struct scan c, unsigned from, bool whole, bool said) {
    bool until_whole;
    scan_blank(&c);
    bool slash = scan_char(&c, 0) == '/';
    if (!scan_take_any(&c, range_signs)) return false;
    scan_blank(&c);
    unsigned to = year_take(&c, p->last_year, &until_whole);
    if (!to || to <= from || to - from > 60) return false;
    bool said_after = scan_take_any(&c, year_words);
    if (!said_after && !scan_ends(&c)) return false;
    bool both = whole == until_whole; // "16-18" beside a car, but not "2018-19"
    if (!said && !said_after && !both) return false;
    if (!scan_begins(p->s, p->at) && !said_after) return false;
    year_put(p, &c, from, to, said || said_after || (whole && !slash));
    return true;
}

static void year_open(struct patterns *p, struct scan c, unsigned year) { // 前 and 后 alone may be of the part: "2018年前刹车片"
    if (scan_take(&c, "以后") || scan_take(&c, "之后")) year_put(p, &c, year, p->last_year, true);
    else if (scan_take(&c, "以前") || scan_take(&c, "之前")) year_put(p, &c, YEAR_FIRST, year, true);
}

// Numbers that are years and models at once: Santana 2000, BMW 2002, Peugeot 2008.
static bool also_model(unsigned year) { return year == 2000 || year == 2002 || year == 2008; }

static void year_bare(struct patterns *p, struct scan c, unsigned year, bool whole) {
    struct scan ahead = c;
    if (!scan_begins(p->s, p->at) || !scan_ends(&c)) return;
    scan_blank(&ahead);
    if (scan_take_any(&ahead, measure_words)) return;
    if (whole) year_put(p, &c, year, year, !also_model(year));
    else if (year >= 2000 || year % 100 >= YEAR_FIRST_SHORT) year_put(p, &c, year, year, false);
}

void pattern_year(struct patterns *p) {
    static const char *const quotes[] = {"'", "’", "‘", "′", NULL}, *const model_year[] = {"my", NULL};
    struct scan c = {p->s, p->at};
    bool whole, marked = scan_begins(p->s, p->at) && (scan_take_any(&c, quotes) || scan_take_any(&c, model_year));
    if (marked && c.at == p->at + 2) scan_blank(&c);
    if (!scan_digit(scan_char(&c, 0)) || (!marked && p->at && scan_digit(p->s.p[p->at - 1]))) return;
    unsigned year = year_take(&c, p->last_year, &whole);
    if (!year) return;
    struct scan bare = c;
    bool said = scan_take_any(&c, year_words), begins = scan_begins(p->s, p->at);
    if (!begins && !(said && scan_begins_after_word(p->s, p->at))) {
        if (scan_begins_after_word(p->s, p->at)) (void)year_range(p, c, year, whole, said);
        return;
    }
    (void)year_range(p, c, year, whole, said);
    if (said) {
        year_open(p, c, year);
        year_put(p, &c, year, year, true);
    } else if (marked && scan_ends(&bare)) {
        year_put(p, &bare, year, year, true);
    } else if (!marked) {
        year_bare(p, bare, year, whole);
    }
}

// ---- engines -------------------------------------------------------------------------------------------------------------------
struct engine_word { const char *word; bool turbo, diesel; };
static const struct engine_word engine_words[] = {
    {"turbo", 1, 0}, {"tfsi", 1, 0}, {"tsi", 1, 0}, {"tgdi", 1, 0}, {"gdit", 1, 0}, {"thp", 1, 0}, {"tdi", 1, 1}, {"tdci", 1, 1}, {"crdi", 1, 1},
    {"cdti", 1, 1}, {"cdi", 1, 1}, {"hdi", 1, 1}, {"dci", 1, 1}, {"jtd", 1, 1}, {"td", 1, 1}, {"t", 1, 0}, {"fsi", 0, 0}, {"gdi", 0, 0},
    {"mpi", 0, 0}, {"l", 0, 0}, {"i", 0, 0}, {"d", 0, 1}, {"升", 0, 0}, {"排量", 0, 0},
};

static const struct engine_word *engine_word(struct scan *c) {
    for (size_t i = 0; i < sizeof engine_words / sizeof *engine_words; i++) {
        struct scan ahead = *c;
        if (!scan_take(&ahead, engine_words[i].word)) continue;
        if (scan_latin(engine_words[i].word[0]) && !scan_ends(&ahead)) continue;
        *c = ahead;
        return &engine_words[i];
    }
    return NULL;
}

static unsigned cylinders_take(struct scan *c) { // " v6"
    struct scan ahead = *c;
    unsigned n;
    scan_blank(&ahead);
    if (!scan_take(&ahead, "v") || !scan_digits(&ahead, 2, &n) || !scan_ends(&ahead)) return 0;
    if (n != 6 && n != 8 && n != 10 && n != 12) return 0;
    *c = ahead;
    return n;
}

static void engine_put(struct patterns *p, const struct scan *end, unsigned cc, const struct engine_word *w, unsigned cylinders, bool certain) {
    unsigned tenths = (cc + 50) / 100;
    char count[32] = "";
    if (tenths < 6 || tenths > 85) return;
    if (cylinders) snprintf(count, sizeof count, ",cylinders:%u", cylinders);
    struct pattern *out = pattern_add(p, PATTERN_DISPLACEMENT, end, certain, "displacement:%u.%u%s%s%s", tenths / 10, tenths % 10,
                                      w && w->turbo ? ",aspiration:turbo|twin_charged|supercharged" : "", w && w->diesel ? ",fuel:diesel" : "", count);
    if (out) out->from = out->to = tenths * 100;
}

static void cubic_centimetres(struct patterns *p) { // "1998cc"
    static const char *const units[] = {"cc", "毫升排量", NULL};
    struct scan c = {p->s, p->at};
    unsigned cc, n = scan_digits(&c, 4, &cc);
    if (n < 3 || !scan_begins(p->s, p->at)) return;
    scan_blank(&c);
    if (scan_take_any(&c, units) && scan_ends(&c)) engine_put(p, &c, cc, NULL, 0, true);
}

static bool after_dot_class(const struct patterns *p) { // brake fluid "dot5.1"
    struct slice before = slice_of(p->s.p, p->at);
    while (before.n && before.p[before.n - 1] == ' ') before.n--;
    return before.n >= 3 && memcmp(before.p + before.n - 3, "dot", 3) == 0;
}

void pattern_displacement(struct patterns *p) {
    struct scan c = {p->s, p->at}, close, apart;
    unsigned whole, tenth;
    if (!scan_digit(scan_char(&c, 0))) return;
    cubic_centimetres(p);
    bool begins = scan_begins(p->s, p->at);
    if (!scan_begins_after_word(p->s, p->at) || after_dot_class(p)) return;
    if (scan_digits(&c, 1, &whole) != 1 || !scan_take(&c, ".") || scan_digits(&c, 1, &tenth) != 1) return;
    close = apart = c;
    const struct engine_word *w = engine_word(&close);
    if (!w) {
        scan_blank(&apart);
        w = engine_word(&apart);
        if (w && apart.at > c.at) close = apart; // "1.4 t"
        else w = NULL;
    }
    if (!w) close = c;
    if (!w && !scan_ends(&c) && !cylinders_take(&close)) return;
    if (!w) close = c;
    unsigned cylinders = cylinders_take(&close);
    engine_put(p, &close, whole * 1000 + tenth * 100, w, cylinders, begins ? w || cylinders : w && scan_latin(w->word[0]));
}

// ---- kilometres ----------------------------------------------------------------------------------------------------------------
struct numeral { const char *word; unsigned value; };
static const struct numeral numerals[] = {{"一", 1}, {"二", 2}, {"两", 2}, {"三", 3}, {"四", 4}, {"五", 5}, {"六", 6}, {"七", 7}, {"八", 8}, {"九", 9}};

static bool numeral_take(struct scan *c, unsigned *out) {
    for (size_t i = 0; i < sizeof numerals / sizeof *numerals; i++)
        if (scan_take(c, numerals[i].word)) {
            *out = numerals[i].value;
            return true;
        }
    return false;
}

// "四", "十", "十二", "二十", "二十五"
static bool chinese_number(struct scan *c, unsigned *out) {
    unsigned ones = 0, tens = 1;
    bool first = numeral_take(c, &tens);
    if (!scan_take(c, "十")) {
        *out = tens;
        return first;
    }
    (void)numeral_take(c, &ones);
    *out = tens * 10 + ones;
    return true;
}

// Thousandths of what is written: "60000", "60,000", "4.5", "四".
static bool amount_take(struct scan *c, uint64_t *thousandths) {
    unsigned value, rest;
    if (!scan_digit(scan_char(c, 0))) {
        if (!chinese_number(c, &value)) return false;
        *thousandths = value * UINT64_C(1000);
        return true;
    }
    if (!scan_decimal(c, 7, &value)) return false;
    *thousandths = value;
    struct scan group = *c;
    if (value < 1000000 && scan_take(&group, ",") && scan_digits(&group, 3, &rest) == 3) {
        *thousandths = (uint64_t)value * 1000 + rest * UINT64_C(1000);
        *c = group;
    }
    return true;
}

static bool distance_scale(struct scan *c, uint64_t *thousandths, bool *scaled) {
    static const char *const ten_thousands[] = {"万", "w", NULL}, *const thousands[] = {"千", "k", NULL};
    struct scan ahead = *c, unit;
    scan_blank(&ahead);
    unit = ahead;
    if (scan_take(&unit, "km")) return false; // the k is of the unit
    *scaled = true;
    if (scan_take_any(&ahead, ten_thousands)) *thousandths *= 10000;
    else if (scan_take_any(&ahead, thousands)) *thousandths *= 1000;
    else *scaled = false;
    if (*scaled) *c = ahead;
    return *scaled;
}

void pattern_distance(struct patterns *p) {
    static const char *const km[] = {"公里", "千米", "km", NULL}, *const miles[] = {"miles", "mile", "mi", "英里", NULL};
    struct scan c = {p->s, p->at};
    uint64_t thousandths;
    bool scaled = false, certain = true;
    if (!scan_begins(p->s, p->at) || !amount_take(&c, &thousandths)) return;
    (void)distance_scale(&c, &thousandths, &scaled);
    struct scan number = c;
    if (scaled && scan_take(&c, "多")) number = c;
    scan_blank(&c);
    if (scan_take_any(&c, miles)) thousandths = thousandths * 1609344 / 1000000;
    else if (!scan_take_any(&c, km)) certain = false;
    if (!certain) {
        c = number;
        if (!scaled || scan_latin(c.s.p[c.at - 1]) || scan_take_any(&number, measure_words)) return; // "60000", "60k", "55w", "4万元"
    }
    uint64_t all = thousandths / 1000;
    if (!scan_ends(&c) || all < 500 || all > 2000000) return;
    struct pattern *out = pattern_add(p, PATTERN_DISTANCE, &c, certain, "%u km", (unsigned)all);
    if (out) out->from = out->to = (unsigned)all;
}

// ---- age -----------------------------------------------------------------------------------------------------------------------
void pattern_months(struct patterns *p) {
    static const char *const months[] = {"个月", "months", "month", "mos", NULL}, *const years[] = {"年", "years", "year", "yrs", NULL};
    struct scan c = {p->s, p->at};
    unsigned n = 0;
    bool half = scan_take(&c, "半年"), certain = false;
    if (half) n = 6;
    else if (!scan_begins(p->s, p->at)) return;
    else if (scan_digit(scan_char(&c, 0)) ? !scan_digits(&c, 3, &n) : !chinese_number(&c, &n)) return;
    if (!half) {
        scan_blank(&c);
        if (scan_take_any(&c, months)) certain = true;
        else if (scan_take_any(&c, years)) n *= 12;
        else return;
    }
    if (!scan_ends(&c) || n == 0 || n > 360) return;
    struct pattern *out = pattern_add(p, PATTERN_MONTHS, &c, certain, "%u months", n);
    if (out) out->from = out->to = n;
}

// ---- trouble codes and VINs ----------------------------------------------------------------------------------------------------
static bool hexadecimal(char c) { return scan_digit(c) || (c >= 'a' && c <= 'f'); }

static void trouble_code(struct patterns *p) {
    struct scan c = {p->s, p->at};
    char code[6], letter = scan_char(&c, 0);
    size_t n = 0;
    bool apart = false;
    if (!letter || !strchr("pbcu", letter)) return;
    for (; n < 5; n++) {
        if ((n == 1 || n == 2) && !apart && scan_char(&c, 0) == ' ') { // "p 0301", "p0 301"
            apart = true;
            c.at++;
        }
        char x = scan_char(&c, 0);
        if (n == 1 ? x < '0' || x > '3' : n > 1 && !hexadecimal(x)) return;
        code[n] = (char)toupper((unsigned char)x);
        c.at++;
    }
    code[n] = 0;
    if (!scan_ends(&c)) return;
    (void)pattern_add(p, PATTERN_TROUBLE_CODE, &c, !apart && (letter == 'p' || letter == 'u'), "%s", code); // C1500 is a pickup too
}

static void vin(struct patterns *p) {
    struct scan c = {p->s, p->at};
    struct vin_text text;
    unsigned letters = 0;
    if (p->s.n - p->at < VIN_CHARS) return;
    for (unsigned i = 0; i < VIN_CHARS; i++) {
        if (!scan_latin(scan_char(&c, i))) return;
        letters += scan_letter(scan_char(&c, i));
    }
    c.at += VIN_CHARS;
    if (!letters || !scan_ends(&c) || !vin_read(slice_of(p->s.p + p->at, VIN_CHARS), &text)) return;
    bool ok = vin_check_ok(&text), serial = scan_digit(text.c[VIN_CHARS - 1]) && scan_digit(text.c[VIN_CHARS - 2]);
    if (!ok && !serial) return;
    struct pattern *out = pattern_add(p, PATTERN_VIN, &c, ok, "%s", text.c);
    if (out) out->from = out->to = ok;
}

void pattern_codes(struct patterns *p) {
    if (!scan_begins(p->s, p->at) || !scan_latin(p->s.p[p->at])) return;
    trouble_code(p);
    vin(p);
}

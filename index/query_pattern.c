#include "query_pattern.h"

#include <stdarg.h>
#include <stdio.h>

#include "query_pattern_scan.h"

// ---- borders -------------------------------------------------------------------------------------------------------------------
// Signs that join the parts of one number: "06a-115-561", "w719/30", "1.4".
static bool joins(char c) { return c != 0 && strchr("-/._+*#", c) != NULL; }

bool scan_begins_loose(struct slice s, size_t at) { return at == 0 || !scan_latin(s.p[at - 1]); }

bool scan_begins(struct slice s, size_t at) {
    return scan_begins_loose(s, at) && !(at >= 2 && joins(s.p[at - 1]) && scan_latin(s.p[at - 2]));
}

bool scan_begins_after_word(struct slice s, size_t at) { return scan_begins(s, at) || (at > 0 && scan_letter(s.p[at - 1])); }

bool scan_ends_loose(const struct scan *c) { return !scan_latin(scan_char(c, 0)); }

bool scan_ends(const struct scan *c) {
    return scan_ends_loose(c) && !(joins(scan_char(c, 0)) && scan_latin(scan_char(c, 1)));
}

// ---- reading -------------------------------------------------------------------------------------------------------------------
bool scan_take(struct scan *c, const char *word) {
    size_t n = strlen(word);
    if (c->s.n - c->at < n || memcmp(c->s.p + c->at, word, n) != 0) return false;
    c->at += n;
    return true;
}

bool scan_take_any(struct scan *c, const char *const *words) {
    for (; *words; words++)
        if (scan_take(c, *words)) return true;
    return false;
}

bool scan_take_word(struct scan *c, const char *const *words) {
    for (; *words; words++) {
        struct scan ahead = *c;
        if (!scan_take(&ahead, *words) || !scan_ends_loose(&ahead)) continue;
        *c = ahead;
        return true;
    }
    return false;
}

void scan_blank(struct scan *c) {
    if (scan_char(c, 0) == ' ') c->at++;
}

unsigned scan_digits(struct scan *c, unsigned max, unsigned *value) {
    unsigned n = 0;
    *value = 0;
    while (n <= max && scan_digit(scan_char(c, n))) n++;
    if (n == 0 || n > max) return 0;
    for (unsigned i = 0; i < n; i++) *value = *value * 10 + (unsigned)(scan_char(c, i) - '0');
    c->at += n;
    return n;
}

bool scan_decimal(struct scan *c, unsigned whole, unsigned *thousandths) {
    struct scan ahead = *c, fraction;
    unsigned part = 0, n;
    if (!scan_digits(&ahead, whole, thousandths)) return false;
    *thousandths *= 1000;
    fraction = ahead;
    if (scan_take(&fraction, ".") && scan_digit(scan_char(&fraction, 0))) {
        n = scan_digits(&fraction, 3, &part);
        if (n == 0) return false;
        *thousandths += part * (n == 1 ? 100 : n == 2 ? 10 : 1);
        ahead = fraction;
    }
    *c = ahead;
    return true;
}

bool scan_times(struct scan *c) { return scan_take(c, "x") || scan_take(c, "*") || scan_take(c, "×"); }

// ---- patterns ------------------------------------------------------------------------------------------------------------------
struct pattern *pattern_add(struct patterns *p, enum pattern_kind kind, const struct scan *end, bool certain, const char *format, ...) {
    if (p->count == PATTERN_MAX) return NULL;
    struct pattern *out = &p->list[p->count++];
    *out = (struct pattern){.kind = kind, .n = end->at - p->at, .certain = certain};
    va_list list;
    va_start(list, format);
    vsnprintf(out->text, sizeof out->text, format, list);
    va_end(list);
    return out;
}

static void longest_first(struct pattern *list, unsigned count) { // few, and in the order of the readers below where equal
    for (unsigned i = 1; i < count; i++) {
        struct pattern moved = list[i];
        unsigned at = i;
        for (; at > 0 && list[at - 1].n < moved.n; at--) list[at] = list[at - 1];
        list[at] = moved;
    }
}

// Which readers can begin with a digit, a letter, or any other character; and with a digit inside a run, behind a letter.
enum { ON_DIGIT = 1, ON_LETTER = 2, ON_OTHER = 4, BEHIND_LETTER = 8 };
static const struct { void (*read)(struct patterns *); unsigned on; } readers[] = {
    {pattern_codes, ON_DIGIT | ON_LETTER}, {pattern_tyre, ON_DIGIT | ON_LETTER | ON_OTHER},
    {pattern_year, ON_DIGIT | ON_LETTER | ON_OTHER | BEHIND_LETTER}, {pattern_displacement, ON_DIGIT | BEHIND_LETTER},
    {pattern_oil, ON_DIGIT | ON_LETTER}, {pattern_part, ON_DIGIT | ON_LETTER},
    {pattern_distance, ON_DIGIT | ON_OTHER}, {pattern_months, ON_DIGIT | ON_OTHER}};

static unsigned place_of(struct slice s, size_t at) {
    char c = s.p[at];
    if (c == ' ' || ((uint8_t)c & 0xC0) == 0x80) return 0; // inside a character
    if (!scan_latin(c)) return ON_OTHER;
    if (scan_begins_loose(s, at)) return scan_digit(c) ? ON_DIGIT : ON_LETTER;
    return scan_digit(c) && scan_letter(s.p[at - 1]) ? BEHIND_LETTER : 0;
}

unsigned pattern_at(struct slice folded, size_t at, unsigned last_year, struct pattern out[PATTERN_MAX]) {
    struct patterns p = {.list = out, .s = folded, .at = at, .last_year = last_year};
    unsigned place = at < folded.n ? place_of(folded, at) : 0;
    for (size_t i = 0; place && i < sizeof readers / sizeof *readers; i++)
        if (readers[i].on & place) readers[i].read(&p);
    longest_first(out, p.count);
    return p.count;
}

const char *pattern_name(enum pattern_kind kind) {
    static const char *const names[] = {"", "year", "displacement", "tyre", "rim", "run_flat", "oil_grade", "oil_standard", "volume",
                                        "bulb", "belt", "bolt_pattern", "brake_fluid", "battery", "wiper", "distance", "months", "trouble_code", "vin"};
    return names[kind];
}

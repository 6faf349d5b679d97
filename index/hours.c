#include "hours.h"

#include <ctype.h>

#include "base/clock.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MIN 1440
#define DAY_MS (DAY_MIN * MINUTE_MS)

static const char *const day_names[7] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};

// ---- text to spans -------------------------------------------------------------------------------------------------------------
// A week as one bit a minute while it is read: rules replace days, spans meet and overlap, and all of it comes out in order.
struct week { bool open[HOURS_WEEK_MINUTES]; };

static bool day_parse(struct slice text, unsigned *day) {
    for (*day = 0; *day < 7; ++*day)
        if (text.n == 2 && tolower((unsigned char)text.p[0]) == tolower((unsigned char)day_names[*day][0]) &&
            tolower((unsigned char)text.p[1]) == day_names[*day][1])
            return true;
    return false;
}

// "Mo-Fr,Su" as a set of bits; Fr-Mo goes round the week's end.
static bool days_parse(struct slice text, unsigned *days) {
    *days = 0;
    while (text.p) {
        struct slice to = slice_cut(&text, ','), from = slice_trim(slice_cut(&to, '-'));
        unsigned first, last;
        if (!day_parse(from, &first)) return false;
        last = first;
        if (to.p && !day_parse(slice_trim(to), &last)) return false;
        for (unsigned d = first;; d = (d + 1) % 7) {
            *days |= 1u << d;
            if (d == last) break;
        }
    }
    return true;
}

static bool clock_parse(struct slice text, unsigned *minute) {
    struct slice m = text, h = slice_cut(&m, ':');
    uint64_t hour, min;
    if (!m.p || h.n > 2 || m.n != 2 || !slice_u64(h, &hour) || !slice_u64(m, &min) || hour > 24 || min > 59) return false;
    *minute = (unsigned)(hour * 60 + min);
    return *minute <= DAY_MIN;
}

static void fill(struct week *w, unsigned from, unsigned minutes, bool open) {
    for (unsigned i = 0; i < minutes; i++) w->open[(from + i) % HOURS_WEEK_MINUTES] = open;
}

static void days_close(struct week *w, unsigned days) {
    for (unsigned d = 0; d < 7; d++)
        if (days >> d & 1) fill(w, d * DAY_MIN, DAY_MIN, false);
}

static bool times_parse(struct slice text, unsigned days, struct week *w) {
    while (text.p) {
        struct slice to = slice_cut(&text, ','), from = slice_trim(slice_cut(&to, '-'));
        unsigned first, last;
        if (!to.p || !clock_parse(from, &first) || !clock_parse(slice_trim(to), &last) || first == DAY_MIN || first == last) return false;
        if (last < first) last += DAY_MIN;
        for (unsigned d = 0; d < 7; d++)
            if (days >> d & 1) fill(w, d * DAY_MIN + first, last - first, true);
    }
    return true;
}

// One rule: days, then times or "off"; times alone are every day's.
static bool rule_parse(struct slice rule, struct week *w) {
    unsigned days = 0x7F;
    if (slice_is(rule, "24/7")) {
        fill(w, 0, HOURS_WEEK_MINUTES, true);
        return true;
    }
    if (rule.n && !isdigit((unsigned char)rule.p[0])) {
        struct slice rest = rule;
        size_t at = 0;
        while (at < rule.n && !isdigit((unsigned char)rule.p[at])) at++;
        struct slice head = slice_trim(slice_of(rule.p, at));
        rest = slice_from(rule, at);
        bool off = slice_ends(head, SLICE("off")) || slice_ends(head, SLICE("closed"));
        if (off) head = slice_trim(slice_of(head.p, head.n - (slice_ends(head, SLICE("off")) ? 3 : 6)));
        if (!days_parse(head, &days) || off != (rest.n == 0)) return false;
        days_close(w, days);
        return off || times_parse(rest, days, w);
    }
    days_close(w, days);
    return times_parse(rule, days, w);
}

static bool spans_of(const struct week *w, struct hours *out) {
    out->count = 0;
    for (unsigned at = 0; at < HOURS_WEEK_MINUTES;) {
        unsigned from = at;
        bool open = w->open[at];
        while (at < HOURS_WEEK_MINUTES && w->open[at] == open) at++;
        if (!open) continue;
        if (out->count == HOURS_SPANS_MAX) return false;
        out->spans[out->count++] = (struct hours_span){(uint16_t)from, (uint16_t)at};
    }
    return true;
}

enum err hours_parse(struct slice text, struct hours *out, struct fault *why) {
    struct week w = {{false}};
    struct slice rest = text;
    if (text.n > HOURS_TEXT_BYTES) return fault_set(why, ERR_BAD_REQUEST, "hours", "hours have at most %d bytes", HOURS_TEXT_BYTES);
    if (slice_trim(text).n == 0) return fault_set(why, ERR_BAD_REQUEST, "hours", "hours are missing, as in 'Mo-Fr 08:00-18:00; Sa 09:00-17:00'");
    while (rest.p) {
        struct slice rule = slice_trim(slice_cut(&rest, ';'));
        if (rule.n == 0 || rule_parse(rule, &w)) continue;
        return fault_set(why, ERR_BAD_REQUEST, "hours", "'%.*s' are no hours; they look like 'Mo-Fr 08:00-18:00; Sa 09:00-17:00'",
                         (int)(rule.n < 60 ? rule.n : 60), rule.p);
    }
    if (spans_of(&w, out)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "hours", "hours have at most %d spans a week", HOURS_SPANS_MAX);
}

static void clock_put(struct buf *out, unsigned minute) { buf_printf(out, "%02u:%02u", minute / 60, minute % 60); }

void hours_put_text(const struct hours *h, struct buf *out) {
    if (h->count == 1 && h->spans[0].from == 0 && h->spans[0].to == HOURS_WEEK_MINUTES) {
        buf_slice_put(out, SLICE("24/7"));
        return;
    }
    if (h->count == 0) buf_slice_put(out, SLICE("Mo-Su off"));
    int day = -1; // whose rule is being written
    for (unsigned i = 0; i < h->count; i++) {
        for (unsigned from = h->spans[i].from, to = h->spans[i].to; from < to;) { // a piece of it per day
            unsigned of = from / DAY_MIN, end = (of + 1) * DAY_MIN < to ? (of + 1) * DAY_MIN : to;
            if ((int)of != day) buf_printf(out, "%s%s ", day < 0 ? "" : "; ", day_names[of]);
            else buf_char(out, ',');
            day = (int)of;
            clock_put(out, from % DAY_MIN);
            buf_char(out, '-');
            clock_put(out, end - of * DAY_MIN);
            from = end;
        }
    }
}

bool hours_saving_parse(struct slice text, enum hours_saving *out) {
    *out = slice_is(text, "eu") ? SAVING_EU : slice_is(text, "us") ? SAVING_US : SAVING_NONE;
    return text.n == 0 || *out != SAVING_NONE;
}

const char *hours_saving_name(enum hours_saving s) { return s == SAVING_EU ? "eu" : s == SAVING_US ? "us" : NULL; }

// ---- the wall clock ----------------------------------------------------------------------------------------------------------------
static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static int64_t year_of(int64_t unix_ms) {
    int64_t day = floor_div(unix_ms, DAY_MS), year = 1970 + floor_div(day * 400, 146097);
    while (clock_days_of(year, 1, 1) > day) year--;
    while (clock_days_of(year + 1, 1, 1) <= day) year++;
    return year;
}

static unsigned weekday_of(int64_t day) { return (unsigned)(((day + 3) % 7 + 7) % 7); } // 0 is Monday

static int64_t first_sunday_from(int64_t day) { return day + (6 - weekday_of(day)); }

// Daylight saving time lasts from one moment to the other.
static bool saving(const struct hours *h, int64_t unix_ms) {
    int64_t year = year_of(unix_ms), from, to;
    if (h->saving == SAVING_EU) {
        from = first_sunday_from(clock_days_of(year, 3, 25)) * DAY_MS + 60 * MINUTE_MS;
        to = first_sunday_from(clock_days_of(year, 10, 25)) * DAY_MS + 60 * MINUTE_MS;
    } else {
        int64_t standard_ms = h->utc_offset_min * MINUTE_MS;
        from = first_sunday_from(clock_days_of(year, 3, 8)) * DAY_MS + 120 * MINUTE_MS - standard_ms;
        to = first_sunday_from(clock_days_of(year, 11, 1)) * DAY_MS + 60 * MINUTE_MS - standard_ms;
    }
    return unix_ms >= from && unix_ms < to;
}

int hours_offset_min(const struct hours *h, int64_t unix_ms) {
    return h->utc_offset_min + (h->saving != SAVING_NONE && saving(h, unix_ms) ? 60 : 0);
}

unsigned hours_week_minute(const struct hours *h, int64_t unix_ms) {
    int64_t minute = floor_div(unix_ms, MINUTE_MS) + hours_offset_min(h, unix_ms) + 3 * DAY_MIN; // 1970 began on a Thursday
    return (unsigned)((minute % HOURS_WEEK_MINUTES + HOURS_WEEK_MINUTES) % HOURS_WEEK_MINUTES);
}

const struct hours_span *hours_span_at(const struct hours *h, int64_t unix_ms) {
    unsigned minute = hours_week_minute(h, unix_ms);
    for (unsigned i = 0; i < h->count; i++)
        if (minute >= h->spans[i].from && minute < h->spans[i].to) return &h->spans[i];
    return NULL;
}

bool hours_open(const struct hours *h, int64_t unix_ms) { return hours_span_at(h, unix_ms) != NULL; }

// Minutes from a minute of the week to the next opening; it is closed then.
static unsigned until_open(const struct hours *h, unsigned minute) {
    for (unsigned i = 0; i < h->count; i++)
        if (h->spans[i].from > minute) return h->spans[i].from - minute;
    return HOURS_WEEK_MINUTES - minute + h->spans[0].from;
}

// The clock may be changed on the way, which makes the guess an hour late or early: early is tried again, late is taken back.
int64_t hours_next_open(const struct hours *h, int64_t unix_ms) {
    int64_t at = unix_ms;
    if (h->count == 0) return -1;
    for (unsigned i = 0; i < 4 && !hours_open(h, at); i++) {
        int before = hours_offset_min(h, at);
        at = floor_div(at, MINUTE_MS) * MINUTE_MS + until_open(h, hours_week_minute(h, at)) * MINUTE_MS;
        int later = hours_offset_min(h, at) - before;
        if (later > 0 && at - later * MINUTE_MS >= unix_ms && hours_open(h, at - later * MINUTE_MS)) at -= later * MINUTE_MS;
    }
    return at;
}

// ---- records -------------------------------------------------------------------------------------------------------------------------
void hours_encode(struct buf *out, const struct hours *h) {
    buf_u16(out, (uint16_t)h->utc_offset_min);
    buf_u8(out, (uint8_t)h->saving);
    buf_u8(out, (uint8_t)h->count);
    buf_put(out, h->spans, h->count * sizeof *h->spans);
}

void hours_decode(struct reader *r, struct hours *out) {
    out->utc_offset_min = (int16_t)reader_u16(r);
    out->saving = (enum hours_saving)reader_u8(r);
    out->count = reader_u8(r);
    if (out->count > HOURS_SPANS_MAX || out->saving > SAVING_US) r->bad = true;
    if (r->bad) out->count = 0;
    reader_take(r, out->spans, out->count * sizeof *out->spans);
    for (unsigned i = 0; i < out->count; i++)
        if (out->spans[i].from >= out->spans[i].to || out->spans[i].to > HOURS_WEEK_MINUTES || (i && out->spans[i].from <= out->spans[i - 1].to))
            r->bad = true;
}

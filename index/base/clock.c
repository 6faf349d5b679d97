#include "clock.h"

#include <stdio.h>
#include <time.h>

#define MS_PER_DAY 86400000
#define UNIX_MS_MIN (-62135596800000) // 0001-01-01T00:00:00.000Z
#define UNIX_MS_MAX 253402300799999   // 9999-12-31T23:59:59.999Z

static int64_t system_unix_ms(void *state) {
    (void)state;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t system_monotonic_us(void *state) {
    (void)state;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

const struct clock clock_system = {system_unix_ms, system_monotonic_us, NULL};

// A year counts from March so that the leap day comes last; from Howard Hinnant, "chrono-Compatible Low-Level Date
// Algorithms".
int64_t clock_days_of(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

struct civil { unsigned year, month, day; };

static struct civil civil_from_days(int64_t days) { // the inverse, from the same source; days of the years 1 to 9999
    days += 719468;
    int64_t era = days / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct civil){(unsigned)(year_of_era + era * 400 + (month <= 2)), (unsigned)month,
                          (unsigned)(day_of_year - (153 * month_from_march + 2) / 5 + 1)};
}

static unsigned days_in_month(unsigned year, unsigned month) {
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_char(struct slice *s, const char *any_of) {
    if (s->n == 0 || s->p[0] == 0 || !strchr(any_of, s->p[0])) return false;
    *s = slice_from(*s, 1);
    return true;
}

static bool take_digits(struct slice *s, size_t n, unsigned min, unsigned max, unsigned *out) {
    uint64_t value;
    if (s->n < n || !slice_u64(slice_of(s->p, n), &value) || value < min || value > max) return false;
    *out = (unsigned)value;
    *s = slice_from(*s, n);
    return true;
}

static bool take_date(struct slice *s, int64_t *unix_ms) {
    unsigned year, month, day;
    if (!take_digits(s, 4, 1, 9999, &year) || !take_char(s, "-")) return false;
    if (!take_digits(s, 2, 1, 12, &month) || !take_char(s, "-")) return false;
    if (!take_digits(s, 2, 1, days_in_month(year, month), &day)) return false;
    *unix_ms = clock_days_of(year, month, day) * MS_PER_DAY;
    return true;
}

static bool take_fraction(struct slice *s, unsigned *ms) {
    unsigned weight = 100;
    *ms = 0;
    if (!take_char(s, ".")) return true;
    if (s->n == 0 || s->p[0] < '0' || s->p[0] > '9') return false;
    for (; s->n && s->p[0] >= '0' && s->p[0] <= '9'; *s = slice_from(*s, 1), weight /= 10)
        *ms += (unsigned)(s->p[0] - '0') * weight;
    return true;
}

static bool take_time(struct slice *s, int64_t *ms_of_day) {
    unsigned hour, minute, second, ms;
    if (!take_digits(s, 2, 0, 23, &hour) || !take_char(s, ":")) return false;
    if (!take_digits(s, 2, 0, 59, &minute) || !take_char(s, ":")) return false;
    if (!take_digits(s, 2, 0, 60, &second) || !take_fraction(s, &ms)) return false;
    *ms_of_day = ((int64_t)hour * 3600 + minute * 60 + second) * 1000 + ms;
    return true;
}

static bool take_offset(struct slice *s, int64_t *offset_ms) {
    unsigned hours, minutes;
    *offset_ms = 0;
    if (take_char(s, "Zz")) return true;
    bool west = s->n && s->p[0] == '-';
    if (!take_char(s, "+-") || !take_digits(s, 2, 0, 23, &hours)) return false;
    if (!take_char(s, ":") || !take_digits(s, 2, 0, 59, &minutes)) return false;
    *offset_ms = ((int64_t)hours * 60 + minutes) * (west ? -60000 : 60000);
    return true;
}

static bool in_range(int64_t unix_ms) { return unix_ms >= UNIX_MS_MIN && unix_ms <= UNIX_MS_MAX; }

bool clock_parse_ms(struct slice text, int64_t *unix_ms_out) {
    int64_t day_ms, time_ms = 0, offset_ms = 0;
    uint64_t digits;
    if (slice_u64(text, &digits)) {
        if (digits > UNIX_MS_MAX) return false;
        *unix_ms_out = (int64_t)digits;
        return true;
    }
    if (!take_date(&text, &day_ms)) return false;
    if (text.n) {
        if (!take_char(&text, "Tt ") || !take_time(&text, &time_ms) || !take_offset(&text, &offset_ms)) return false;
    }
    int64_t unix_ms = day_ms + time_ms - offset_ms;
    if (text.n || !in_range(unix_ms)) return false;
    *unix_ms_out = unix_ms;
    return true;
}

void clock_format_ms(int64_t unix_ms, char out[CLOCK_TEXT_BYTES]) {
    if (unix_ms < UNIX_MS_MIN) unix_ms = UNIX_MS_MIN;
    if (unix_ms > UNIX_MS_MAX) unix_ms = UNIX_MS_MAX;
    int64_t since_year_1 = unix_ms - UNIX_MS_MIN; // not negative, so that / and % round down
    struct civil date = civil_from_days(since_year_1 / MS_PER_DAY + UNIX_MS_MIN / MS_PER_DAY);
    unsigned ms = (unsigned)(since_year_1 % MS_PER_DAY);
    snprintf(out, CLOCK_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", date.year % 10000, date.month % 100,
             date.day % 100, ms / 3600000 % 24, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

// clock.h: the time, through a handle, so that tests can set it.
#ifndef RF_BASE_CLOCK_H
#define RF_BASE_CLOCK_H

#include "slice.h"

struct clock {
    int64_t (*unix_ms)(void *state);      // wall clock
    uint64_t (*monotonic_us)(void *state);
    void *state;
};

extern const struct clock clock_system;

static inline int64_t clock_unix_ms(const struct clock *c) { return c->unix_ms(c->state); }
static inline uint64_t clock_monotonic_us(const struct clock *c) { return c->monotonic_us(c->state); }

// RFC 3339 ("2026-11-22T10:00:00Z", offsets and fractions allowed, finer than a millisecond is cut off; a bare date is
// midnight UTC) or Unix ms as digits. Years 0001 to 9999, a leap second counts as the second after it.
bool clock_parse_ms(struct slice text, int64_t *unix_ms_out);

// Days since 1970-01-01 of a date in the proleptic Gregorian calendar; month and day from 1.
int64_t clock_days_of(int64_t year, unsigned month, unsigned day);

// "2026-11-22T10:00:00.123Z" and a 0. Moments outside the years 0001 to 9999 are shown as the nearest inside.
#define CLOCK_TEXT_BYTES 25
void clock_format_ms(int64_t unix_ms, char out[CLOCK_TEXT_BYTES]);

#endif

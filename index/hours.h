// hours.h: weekly opening hours on a wall clock: read from text, asked about moments.
//
// The text is the part of OpenStreetMap's opening_hours that shops use: "Mo-Fr 08:00-18:00; Sa,Su 09:00-17:00", "24/7",
// "Mo-Su 08:30-12:00,13:00-19:00; We off". A later rule replaces an earlier one's days. A span may pass midnight ("Fr 20:00-02:00"). No
// holidays, months or sunsets.
//
// The wall clock is a fixed offset from UTC and, where it is set, the daylight saving rule of the EU (last Sunday of March to last
// Sunday of October, 01:00 UTC) or of the US (second Sunday of March to first Sunday of November, 02:00 on the wall).
#ifndef RF_INDEX_HOURS_H
#define RF_INDEX_HOURS_H

#include "base/buf.h"
#include "base/err.h"

enum { HOURS_SPANS_MAX = 42, HOURS_WEEK_MINUTES = 7 * 24 * 60, HOURS_TEXT_BYTES = 512, HOURS_OFFSET_MAX = 14 * 60 };
enum hours_saving { SAVING_NONE, SAVING_EU, SAVING_US };

struct hours_span { uint16_t from, to; }; // minutes of the week from Monday 00:00, from < to
struct hours {
    unsigned count;
    struct hours_span spans[HOURS_SPANS_MAX]; // ascending, apart from each other
    int16_t utc_offset_min;
    enum hours_saving saving;
};

// Fills the spans and leaves the clock alone. ERR_BAD_REQUEST `hours` with what could not be read.
enum err hours_parse(struct slice text, struct hours *out, struct fault *why);
void hours_put_text(const struct hours *h, struct buf *out); // read back it gives the same spans
bool hours_saving_parse(struct slice text, enum hours_saving *out); // "", "eu", "us"
const char *hours_saving_name(enum hours_saving s);                 // NULL for none

int hours_offset_min(const struct hours *h, int64_t unix_ms); // of the wall clock at that moment
unsigned hours_week_minute(const struct hours *h, int64_t unix_ms);
bool hours_open(const struct hours *h, int64_t unix_ms);
// The span open at that moment; NULL: closed.
const struct hours_span *hours_span_at(const struct hours *h, int64_t unix_ms);
// The first moment from `unix_ms` on when it is open; -1: it never is.
int64_t hours_next_open(const struct hours *h, int64_t unix_ms);

void hours_encode(struct buf *out, const struct hours *h);
void hours_decode(struct reader *r, struct hours *out); // sets r->bad for what no encoder writes

#endif

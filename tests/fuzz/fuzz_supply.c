// fuzz_supply.c: bytes from outside as opening hours, as a position, and as records of the database. Hours that were understood must say the
// same when they are written and read again, and a record that decodes must answer every question.
#include <stdlib.h>

#include "index/geo.h"
#include "index/hours.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct hours *h) {
    for (int64_t at = -INT64_C(5000000000); at < INT64_C(4000000000000); at += INT64_C(123456789012)) {
        int64_t open = hours_next_open(h, at);
        if (h->count == 0 ? open != -1 : open < at) abort();
        if (hours_span_at(h, at) && open != at) abort();
    }
}

static void same_again(const struct hours *h) {
    struct hours again = *h;
    struct buf b;
    buf_init(&b, NULL, 64);
    hours_put_text(h, &b);
    if (b.n <= HOURS_TEXT_BYTES) {
        if (hours_parse(buf_slice(&b), &again, NULL) != ERR_OK || again.count != h->count) abort();
        if (memcmp(again.spans, h->spans, h->count * sizeof *h->spans) != 0) abort();
    }
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct hours h = {.utc_offset_min = 480, .saving = SAVING_EU};
    struct slice text = slice_of(data, size);
    struct reader r = reader_of(text);
    struct geo g;
    if (hours_parse(text, &h, NULL) == ERR_OK) {
        same_again(&h);
        ask(&h);
    }
    if (geo_parse(text, &g)) {
        struct geo there = geo_to_gcj02(g), back = geo_from_gcj02(there);
        if (!geo_valid(g) || back.lat != back.lat || back.lon != back.lon) abort();
    }
    hours_decode(&r, &h);
    if (!r.bad) ask(&h);
    return 0;
}

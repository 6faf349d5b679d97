// Opening hours: texts and what they mean, the next opening against a walk minute by minute, and the days on which clocks change.
#include "index/base/clock.h"
#include "index/hours.h"
#include "tests/unit/index/index_fixture.h"

#define MINUTE_MS INT64_C(60000)

static struct hours parsed(const char *text) {
    struct hours h = {.count = 0};
    struct fault why = {0};
    if (hours_parse(slice_str(text), &h, &why) != ERR_OK) fail_msg("%s: %s", text, why.message);
    return h;
}

static int64_t at(const char *text) {
    int64_t ms;
    assert_true(clock_parse_ms(slice_str(text), &ms));
    return ms;
}

static void means(const char *text, const char *canonical) {
    struct hours h = parsed(text), again;
    struct buf b;
    buf_init(&b, NULL, 64);
    hours_put_text(&h, &b);
    if (!slice_is(buf_slice(&b), canonical)) fail_msg("%s: %.*s", text, SLICE_ARGS(buf_slice(&b)));
    buf_char(&b, 0);
    again = parsed(b.p);
    assert_int_equal(again.count, h.count);
    assert_memory_equal(again.spans, h.spans, h.count * sizeof *h.spans);
    buf_free(&b);
}

static void texts(void **state) {
    (void)state;
    means("24/7", "24/7");
    means("Mo-Su 00:00-24:00", "24/7");
    means("Mo 8:00-18:00", "Mo 08:00-18:00");
    means("Mo-We 08:00-12:00,13:00-18:00; Tu off", "Mo 08:00-12:00,13:00-18:00; We 08:00-12:00,13:00-18:00");
    means("09:00-17:00; Sa,Su closed", "Mo 09:00-17:00; Tu 09:00-17:00; We 09:00-17:00; Th 09:00-17:00; Fr 09:00-17:00");
    means("Fr 20:00-02:00", "Fr 20:00-24:00; Sa 00:00-02:00");
    means("Su 20:00-02:00", "Mo 00:00-02:00; Su 20:00-24:00");
    means("Sa-Mo 10:00-11:00", "Mo 10:00-11:00; Sa 10:00-11:00; Su 10:00-11:00");
    means("Mo 08:00-12:00,11:00-13:00", "Mo 08:00-13:00");
    means("Mo-Su off", "Mo-Su off");
    static const char *const BAD[] = {"", " ", "Mo", "Mo-", "Xx 08:00-09:00", "Mo 08:00", "Mo 08:00-08:00", "Mo 25:00-26:00", "Mo 8-9", "24/6",
                                      "Mo 08:60-09:00", "Mo 24:00-09:00", "Mo off 08:00-09:00", "Mo-Fr-Su 08:00-09:00", "PH 08:00-09:00"};
    for (unsigned i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct hours h;
        struct fault why = {0};
        if (hours_parse(slice_str(BAD[i]), &h, &why) == ERR_OK) fail_msg("'%s' was understood", BAD[i]);
        assert_string_equal(why.field, "hours");
    }
}

static void next_opening_is_the_first_minute(void **state) {
    static const char *const TEXTS[] = {"Mo-Fr 08:00-18:00; Sa 09:00-13:00", "Su 22:00-04:00", "We 12:00-12:01", "Mo-Su 08:00-12:00,13:30-21:00"};
    (void)state;
    srand48(3);
    for (unsigned i = 0; i < 2000; i++) {
        struct hours h = parsed(TEXTS[i % 4]);
        h.utc_offset_min = (int16_t)((lrand48() % 57 - 28) * 30);
        h.saving = (enum hours_saving)(lrand48() % 3);
        int64_t from = at("2026-01-01") + lrand48() % (365 * 1440) * MINUTE_MS + lrand48() % 60000, expected = from;
        if (!hours_open(&h, from)) {
            expected = from / MINUTE_MS * MINUTE_MS;
            do expected += MINUTE_MS;
            while (!hours_open(&h, expected));
        }
        if (hours_next_open(&h, from) != expected) fail_msg("%s at %lld: %lld, not %lld", TEXTS[i % 4], (long long)from,
                                                            (long long)hours_next_open(&h, from), (long long)expected);
    }
    struct hours never = parsed("Mo-Su off");
    assert_true(hours_next_open(&never, 0) == -1);
}

static void clocks_change(void **state) {
    struct hours h = parsed("Mo-Su 09:00-17:00");
    (void)state;
    h.utc_offset_min = -300;
    h.saving = SAVING_US;
    assert_int_equal(hours_offset_min(&h, at("2026-03-08T06:59:59Z")), -300);
    assert_int_equal(hours_offset_min(&h, at("2026-03-08T07:00:00Z")), -240);
    assert_int_equal(hours_offset_min(&h, at("2026-11-01T05:59:59Z")), -240);
    assert_int_equal(hours_offset_min(&h, at("2026-11-01T06:00:00Z")), -300);
    assert_true(hours_open(&h, at("2026-07-01T13:00:00Z")) && !hours_open(&h, at("2026-12-01T13:00:00Z")));
    h.utc_offset_min = 60;
    h.saving = SAVING_EU;
    assert_int_equal(hours_offset_min(&h, at("2026-03-29T00:59:59Z")), 60);
    assert_int_equal(hours_offset_min(&h, at("2026-03-29T01:00:00Z")), 120);
    assert_int_equal(hours_offset_min(&h, at("2026-10-25T00:59:59Z")), 120);
    assert_int_equal(hours_offset_min(&h, at("2026-10-25T01:00:00Z")), 60);
    assert_int_equal(hours_week_minute(&h, at("2026-11-23T00:00:00Z")), 60); // a Monday
}

static void records(void **state) {
    struct hours h = parsed("Mo-Fr 08:00-12:00,13:00-18:00"), read;
    struct buf b;
    (void)state;
    h.utc_offset_min = -570;
    h.saving = SAVING_US;
    buf_init(&b, NULL, 64);
    hours_encode(&b, &h);
    struct reader r = reader_of(buf_slice(&b));
    hours_decode(&r, &read);
    assert_true(!r.bad && reader_left(&r) == 0 && read.utc_offset_min == -570 && read.saving == SAVING_US && read.count == 10);
    assert_memory_equal(read.spans, h.spans, h.count * sizeof *h.spans);
    r = reader_of(slice_of(b.p, b.n - 1));
    hours_decode(&r, &read);
    assert_true(r.bad);
    buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts), cmocka_unit_test(next_opening_is_the_first_minute), cmocka_unit_test(clocks_change), cmocka_unit_test(records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

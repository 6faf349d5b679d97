// When a service is due, and which odometer readings are believed, against plain references on random histories.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/service_due.h"
#include "tests/xorshift.h"

#define HISTORIES 100000
#define TODAY 20780

static uint64_t seed = 20261122;
static uint32_t rnd(uint32_t below) { return xorshift(&seed, below); }

// ---- the reference of readings: every way to take or leave each of them -----------------------------------------------------------
enum { LEAVE, AS_MILES, AS_IS };

static bool chain_holds(const struct odometer_reading *list, unsigned n, const int *way, int32_t today, uint32_t now_km) {
    int32_t day = INT32_MIN / 2;
    uint32_t km = 0;
    for (unsigned i = 0; i <= n; i++) {
        if (i < n && way[i] == LEAVE) continue;
        int32_t d = i < n ? list[i].day : today;
        uint32_t k = i < n ? (way[i] == AS_IS ? list[i].km : (uint32_t)(((uint64_t)list[i].km * 1609344 + 500000) / 1000000)) : now_km;
        if (day != INT32_MIN / 2) {
            if (d < day || k < km) return false;
            if ((int64_t)(k - km) > 1500ll * (d - day + 1)) return false;
        }
        day = d;
        km = k;
    }
    return true;
}

// Ways are counted down with the latest reading as the highest digit, so the first of the best is the preferred one.
static void plain_settle(struct odometer_reading *list, unsigned n, int32_t today, uint32_t now_km) {
    int best = -1, way[8], chosen[8] = {0};
    unsigned ways = 1;
    for (unsigned i = 0; i < n; i++) ways *= 3;
    for (unsigned w = ways; w-- > 0;) {
        unsigned rest = w;
        int worth = 0;
        for (unsigned i = 0; i < n; i++, rest /= 3) {
            way[i] = (int)(rest % 3);
            worth += way[i] == AS_IS ? 4 : way[i] == AS_MILES ? 3 : 0;
        }
        if (worth <= best || !chain_holds(list, n, way, today, now_km)) continue;
        best = worth;
        memcpy(chosen, way, sizeof way);
    }
    for (unsigned i = 0; i < n; i++) {
        list[i].kept = chosen[i] != LEAVE;
        list[i].miles = chosen[i] == AS_MILES;
        list[i].real_km = chosen[i] == AS_IS ? list[i].km : chosen[i] == AS_MILES ? (uint32_t)(((uint64_t)list[i].km * 1609344 + 500000) / 1000000) : 0;
    }
}

// ---- the reference of the schedule: step by step ------------------------------------------------------------------------------------
struct plain { int state; bool has_km, has_day; int64_t km, day; };

static int plain_state(int64_t left, int64_t every, int64_t most, bool recorded) {
    if (recorded && left < -(every / 10)) return DUE_OVERDUE;
    if (left <= 0) return DUE_NOW;
    int64_t near = every / 5;
    if (near > most) near = most;
    return left <= near ? DUE_SOON : DUE_LATER;
}

static int64_t plain_point(int64_t first, int64_t every, int64_t at) {
    int64_t p = first;
    while (p + every / 4 < at) p += every;
    return p;
}

static int64_t plain_days(int64_t km, int64_t rate) {
    int64_t days = km * 365 / rate;
    return days > 36525 ? 36525 : days < -36525 ? -36525 : days;
}

static struct plain plain_due(const struct due_interval *i, const struct due_car *car, struct due_record r) {
    int64_t pct_km = car->use == USE_SEVERE ? i->severe_pct : car->use == USE_HIGHWAY ? i->highway_pct : 100;
    int64_t pct_time = car->use == USE_SEVERE ? i->severe_pct : 100;
    int64_t every = i->km * pct_km / 100, first = (i->first_km ? i->first_km : i->km) * pct_km / 100;
    int64_t days = (int64_t)(i->months * 487 / 16) * pct_time / 100;
    int64_t first_days = (int64_t)((i->first_months ? i->first_months : i->months) * 487 / 16) * pct_time / 100;
    struct plain p = {.state = DUE_LATER};
    if (r.known && car->has_km && r.has_km && !r.has_day) {
        r.day = (int32_t)(car->today - plain_days((int64_t)car->km - r.km, car->km_per_year));
        r.has_day = true;
    } else if (r.known && car->has_km && r.has_day && !r.has_km) {
        int64_t driven = (int64_t)(car->today - r.day) * car->km_per_year / 365;
        r.km = driven > car->km ? 0 : (uint32_t)(car->km - driven);
        r.has_km = true;
    }
    if (every > 0 && car->has_km && (r.has_km || !r.known)) {
        p.has_km = p.has_day = true;
        p.km = r.known ? r.km + every : plain_point(first, every, car->km);
        p.day = car->today + plain_days(p.km - car->km, car->km_per_year);
        p.state = plain_state(p.km - car->km, every, 2000, r.known);
    }
    if (days > 0 && (r.known ? r.has_day : car->has_age)) {
        int64_t day = r.known ? r.day + days : car->first_day + plain_point(first_days, days, car->today - car->first_day);
        int state = plain_state(day - car->today, days, 45, r.known);
        if (state > p.state) p.state = state;
        if (!p.has_day || day < p.day) p.day = day;
        p.has_day = true;
    }
    return p;
}

// ---- random histories ---------------------------------------------------------------------------------------------------------------
struct history { struct odometer_reading readings[6]; struct service_record records[6]; unsigned count; uint32_t km; };

// A car's life with what goes wrong in records: gaps, an odometer replaced, miles, another car's number, days missing or to come.
static void history_make(struct history *h) {
    int32_t day = TODAY - (int32_t)rnd(4000) - 1;
    uint32_t rate = 3 + rnd(120), km = rnd(3) ? 0 : rnd(100000);
    h->count = rnd(7);
    for (unsigned i = 0; i < h->count; i++) {
        int32_t step = (int32_t)rnd(rnd(4) ? 400 : 1500) + (rnd(10) ? 1 : 0);
        if (day + step < TODAY) day += step;
        km += (uint32_t)step * rate;
        if (rnd(12) == 0) km = rnd(3000); // a new odometer
        uint32_t written = rnd(8) == 0 ? (uint32_t)((uint64_t)km * 1000000 / 1609344) : rnd(12) == 0 ? rnd(400000) : km;
        int32_t on = rnd(25) == 0 ? TODAY + (int32_t)rnd(100) : day;
        h->readings[i] = (struct odometer_reading){.day = on, .km = written};
        h->records[i] = (struct service_record){.service = (uint16_t)rnd(3), .has_km = rnd(6) != 0, .has_day = rnd(6) != 0, .km = written, .day = on};
    }
    h->km = km + (uint32_t)(TODAY - day) * rate;
}

static struct due_record plain_last(const struct history *h, const struct odometer_reading *settled, uint16_t service, const struct due_car *car) {
    struct due_record out = {.known = false};
    const struct service_record *best = NULL;
    for (unsigned i = 0; i < h->count; i++) {
        const struct service_record *r = &h->records[i];
        if (r->service != service) continue;
        if (r->has_day && r->day > car->today) continue;
        if (!r->has_day && (!r->has_km || !car->has_km || r->km > car->km)) continue;
        int64_t rank = r->has_day ? (int64_t)1 << 40 | (int64_t)r->day << 24 : 0;
        int64_t best_rank = best ? (best->has_day ? (int64_t)1 << 40 | (int64_t)best->day << 24 : 0) : -1;
        rank += r->has_km ? r->km + 1 : 0;
        best_rank += best && best->has_km ? best->km + 1 : 0;
        if (rank > best_rank) best = r;
    }
    if (!best) return out;
    out.known = true;
    out.has_day = best->has_day;
    out.day = best->day;
    if (!best->has_day) {
        out.has_km = true;
        out.km = best->km;
        return out;
    }
    for (unsigned i = 0; i < h->count && best->has_km && car->has_km; i++)
        if (settled[i].kept && settled[i].day == best->day && settled[i].km == best->km && !out.has_km) {
            out.has_km = true;
            out.km = settled[i].real_km;
        }
    return out;
}

static void expect(const struct due *d, const struct plain *p, unsigned round) {
    if ((int)d->state != p->state || d->has_km != p->has_km || d->has_day != p->has_day || (d->has_km && d->km != p->km) ||
        (d->has_day && d->day != p->day))
        fail_msg("history %u: state %d km %lld day %d, by the reference %d %lld %lld", round, d->state, (long long)d->km, d->day, p->state,
                 (long long)p->km, (long long)p->day);
}

static void test_random_histories(void **state) {
    (void)state;
    unsigned states[4] = {0}, miles = 0, left_out = 0;
    printf("           seed %llu\n", (unsigned long long)seed);
    for (unsigned round = 0; round < HISTORIES; round++) {
        struct history h;
        history_make(&h);
        struct odometer_reading plain[6];
        odometer_settle(h.readings, h.count, TODAY, h.km);
        memcpy(plain, h.readings, sizeof plain);
        plain_settle(plain, h.count, TODAY, h.km);
        for (unsigned i = 0; i < h.count; i++) {
            if (plain[i].kept != h.readings[i].kept || plain[i].real_km != h.readings[i].real_km)
                fail_msg("history %u, reading %u of %u: kept %d as %u, by the reference %d as %u", round, i, h.count, h.readings[i].kept,
                         h.readings[i].real_km, plain[i].kept, plain[i].real_km);
            miles += h.readings[i].miles;
            left_out += !h.readings[i].kept;
        }
        uint32_t own = odometer_rate(h.readings, h.count, TODAY, h.km);
        struct due_car car = {.has_km = rnd(8) != 0, .has_age = rnd(2) != 0, .km = h.km, .today = TODAY, .first_day = TODAY - (int32_t)rnd(5000),
                              .km_per_year = own ? own : 15000, .typical = !own, .use = (enum due_use)rnd(3)};
        struct due_interval i = {.first_km = rnd(4) ? 0 : rnd(200000), .km = rnd(5) ? 1000 + rnd(100000) : 0, .months = (uint16_t)(rnd(4) ? 1 + rnd(120) : 0),
                                 .first_months = (uint16_t)(rnd(4) ? 0 : rnd(120)), .severe_pct = 60, .highway_pct = 120};
        for (uint16_t s = 0; s < 3; s++) {
            struct due_record last = due_last(h.records, h.count, s, h.readings, h.count, &car), by_hand = plain_last(&h, plain, s, &car);
            assert_true(last.known == by_hand.known && last.has_km == by_hand.has_km && last.has_day == by_hand.has_day);
            if (last.has_km) assert_int_equal(last.km, by_hand.km);
            struct due d = due_by_schedule(&i, &car, &last);
            struct plain p = plain_due(&i, &car, by_hand);
            expect(&d, &p, round);
            states[d.state]++;
        }
    }
    print_message("           later %u, soon %u, due %u, overdue %u; %u readings were miles, %u left out\n", states[0], states[1], states[2], states[3],
                  miles, left_out);
    for (unsigned i = 0; i < 4; i++) assert_true(states[i] > 1000);
    assert_true(miles > 1000 && left_out > 1000);
}

// ---- what people say ------------------------------------------------------------------------------------------------------------------
static const struct due_interval oil = {.km = 10000, .months = 12, .severe_pct = 60, .highway_pct = 120};

static struct due_car car_at(uint32_t km) {
    return (struct due_car){.has_km = true, .km = km, .today = TODAY, .km_per_year = 14600};
}

static void test_the_earlier_of_distance_and_time(void **state) {
    (void)state;
    struct due_car car = car_at(52000);
    struct due_record last = {true, true, true, 48000, TODAY - 400};
    struct due d = due_by_schedule(&oil, &car, &last);
    assert_int_equal(d.state, DUE_NOW); // 35 days past a year is less than a tenth
    assert_int_equal(d.reason, DUE_BY_TIME);
    assert_int_equal(d.day, TODAY - 400 + 365);
    assert_int_equal(d.km, 58000);
    last.day = TODAY - 30;
    d = due_by_schedule(&oil, &car, &last);
    assert_int_equal(d.state, DUE_LATER);
    assert_int_equal(d.day, TODAY + 150); // 6,000 km at 40 a day
    car.use = USE_SEVERE;
    d = due_by_schedule(&oil, &car, &last);
    assert_int_equal(d.km, 54000);
    assert_int_equal(d.state, DUE_LATER); // a fifth of 6,000 km is 1,200
    car.use = USE_HIGHWAY;
    assert_int_equal(due_by_schedule(&oil, &car, &last).km, 60000);
}

static void test_without_a_record_nothing_is_overdue(void **state) {
    (void)state;
    struct due_record none = {.known = false};
    struct due_car car = car_at(62000);
    struct due d = due_by_schedule(&oil, &car, &none);
    assert_int_equal(d.km, 60000);
    assert_int_equal(d.state, DUE_NOW);
    assert_true(d.assumed);
    car.km = 63000;
    assert_int_equal(due_by_schedule(&oil, &car, &none).km, 70000);
    car.has_km = false;
    d = due_by_schedule(&oil, &car, &none);
    assert_int_equal(d.reason, DUE_BY_NOTHING);
    assert_false(d.has_km || d.has_day);
}

static void test_a_reading_settles_it(void **state) {
    (void)state;
    static const struct reading_limits pads = {11, 4, 3, 2}, water = {0, 2, 3, 4};
    struct due_record none = {.known = false}, done = {true, true, true, 10000, TODAY - 900};
    struct due_car car = car_at(50000);
    assert_int_equal(due_by_reading(&pads, 1.9, &car, &none).state, DUE_OVERDUE);
    assert_int_equal(due_by_reading(&pads, 3, &car, &none).state, DUE_NOW);
    assert_int_equal(due_by_reading(&pads, 3.5, &car, &none).state, DUE_SOON);
    struct due d = due_by_reading(&pads, 7, &car, &done); // 4 of 8 mm in 40,000 km: as far again
    assert_int_equal(d.state, DUE_LATER);
    assert_int_equal(d.km, 90000);
    assert_int_equal(due_by_reading(&water, 3.2, &car, &none).state, DUE_NOW);
    assert_int_equal(due_by_reading(&water, 0.5, &car, &none).state, DUE_LATER);
}

static void test_readings_of_an_odometer(void **state) {
    (void)state;
    // 30,000 miles written as kilometres, then one of another car.
    struct odometer_reading list[] = {{.day = TODAY - 900, .km = 30000}, {.day = TODAY - 600, .km = 37283}, {.day = TODAY - 300, .km = 250000},
                                      {.day = TODAY - 100, .km = 72000}};
    odometer_settle(list, 4, TODAY, 75000);
    assert_true(list[0].kept && list[1].kept && !list[2].kept && list[3].kept);
    // An odometer replaced: what came before says nothing about the distance since.
    struct odometer_reading reset[] = {{.day = TODAY - 900, .km = 150000}, {.day = TODAY - 800, .km = 160000}, {.day = TODAY - 300, .km = 200},
                                       {.day = TODAY - 100, .km = 6000}};
    odometer_settle(reset, 4, TODAY, 9000);
    assert_true(!reset[0].kept && !reset[1].kept && reset[2].kept && reset[3].kept);
    assert_int_equal(odometer_rate(reset, 4, TODAY, 9000), 8800 * 365 / 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_earlier_of_distance_and_time), cmocka_unit_test(test_without_a_record_nothing_is_overdue),
                                       cmocka_unit_test(test_a_reading_settles_it), cmocka_unit_test(test_readings_of_an_odometer),
                                       cmocka_unit_test(test_random_histories)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "service_due.h"

#include <math.h>

#define SOON_KM 2000
#define SOON_DAYS 45
#define FAR_DAYS 36525 // forecasts end after a hundred years

const char *due_state_name(enum due_state s) {
    static const char *const names[] = {"later", "soon", "due", "overdue"};
    return (unsigned)s < sizeof names / sizeof *names ? names[s] : "";
}

static const char *const use_names[] = {"normal", "severe", "highway"};

const char *due_use_name(enum due_use use) { return (unsigned)use < sizeof use_names / sizeof *use_names ? use_names[use] : ""; }

bool due_use_parse(struct slice text, enum due_use *out) {
    for (unsigned i = 0; i < sizeof use_names / sizeof *use_names; i++)
        if (slice_is(text, use_names[i])) {
            *out = (enum due_use)i;
            return true;
        }
    return false;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

// ---- one dimension: kilometres or days ----------------------------------------------------------------------------------------------
struct schedule { int64_t first, every; }; // every 0: there is none

static int64_t scaled(int64_t interval, unsigned pct) { return interval * (pct ? pct : 100) / 100; }

static struct schedule by_distance(const struct due_interval *i, enum due_use use) {
    unsigned pct = use == USE_SEVERE ? i->severe_pct : use == USE_HIGHWAY ? i->highway_pct : 100;
    return (struct schedule){scaled(i->first_km && i->km ? i->first_km : i->km, pct), scaled(i->km, pct)};
}

// Hard use ages a fluid as well; the highway spares distance only.
static struct schedule by_time(const struct due_interval *i, enum due_use use) {
    unsigned pct = use == USE_SEVERE ? i->severe_pct : 100;
    return (struct schedule){scaled(DUE_MONTH_DAYS(i->first_months && i->months ? i->first_months : i->months), pct),
                             scaled(DUE_MONTH_DAYS(i->months), pct)};
}

// The point of an unrecorded schedule that counts at `at`.
static int64_t schedule_point(const struct schedule *s, int64_t at) {
    int64_t behind = at - s->every / 4 - s->first;
    return behind <= 0 ? s->first : s->first + (behind + s->every - 1) / s->every * s->every;
}

static enum due_state state_of(int64_t left, int64_t every, int64_t soon_most, bool recorded) {
    if (left <= 0) return recorded && left < -(every / 10) ? DUE_OVERDUE : DUE_NOW;
    return left <= least(soon_most, every / 5) ? DUE_SOON : DUE_LATER;
}

static int64_t days_for(int64_t km, const struct due_car *car) {
    int64_t days = km * 365 / (int64_t)car->km_per_year;
    return days > FAR_DAYS ? FAR_DAYS : days < -FAR_DAYS ? -FAR_DAYS : days;
}

// ---- the record ---------------------------------------------------------------------------------------------------------------------
// What a record lacks, from what it has.
static struct due_record completed(const struct due_record *last, const struct due_car *car, bool *estimated) {
    struct due_record r = *last;
    *estimated = false;
    if (!r.known || !car->has_km || r.has_km == r.has_day) return r;
    *estimated = true;
    if (r.has_km) {
        r.day = (int32_t)(car->today - days_for((int64_t)car->km - r.km, car));
        r.has_day = true;
    } else {
        int64_t since = (int64_t)(car->today - r.day) * car->km_per_year / 365;
        r.km = since >= car->km ? 0 : (uint32_t)(car->km - since);
        r.has_km = true;
    }
    return r;
}

static void day_set(struct due *d, int64_t day, const struct due_car *car, bool forecast) {
    d->has_day = true;
    d->day = (int32_t)day;
    d->left_days = (int32_t)(day - car->today);
    d->forecast = forecast;
}

struct due due_by_schedule(const struct due_interval *i, const struct due_car *car, const struct due_record *last) {
    struct due d = {.state = DUE_LATER};
    bool estimated;
    struct due_record r = completed(last, car, &estimated);
    struct schedule distance = by_distance(i, car->use), time = by_time(i, car->use);
    enum due_state by_km = DUE_LATER, by_day = DUE_LATER;
    int64_t forecast = 0;
    if (distance.every > 0 && car->has_km && (r.has_km || !r.known)) {
        d.has_km = true;
        d.km = r.has_km ? (int64_t)r.km + distance.every : schedule_point(&distance, car->km);
        d.left_km = d.km - (int64_t)car->km;
        d.assumed |= !r.has_km;
        by_km = state_of(d.left_km, distance.every, SOON_KM, r.has_km);
        forecast = car->today + days_for(d.left_km, car);
        d.reason = DUE_BY_DISTANCE;
        day_set(&d, forecast, car, true);
    }
    if (time.every > 0 && (r.has_day || (!r.known && car->has_age))) {
        int64_t day = r.has_day ? r.day + time.every : car->first_day + schedule_point(&time, (int64_t)car->today - car->first_day);
        d.assumed |= !r.has_day;
        by_day = state_of(day - car->today, time.every, SOON_DAYS, r.has_day);
        d.left_time_days = (int32_t)(day - car->today);
        if (!d.has_km || by_day > by_km || (by_day == by_km && day < forecast)) d.reason = DUE_BY_TIME;
        if (!d.has_km || day < forecast) day_set(&d, day, car, false);
    }
    d.estimated = estimated;
    d.state = by_km > by_day ? by_km : by_day;
    return d;
}

// ---- readings -----------------------------------------------------------------------------------------------------------------------
static enum due_state level(const struct reading_limits *l, double value) {
    double sign = l->fresh > l->overdue ? 1 : -1; // falling: less is worse
    if (sign * value <= sign * (double)l->overdue) return DUE_OVERDUE;
    if (sign * value <= sign * (double)l->due) return DUE_NOW;
    return sign * value <= sign * (double)l->soon ? DUE_SOON : DUE_LATER;
}

// The wear since the part was new goes on as it did.
struct due due_by_reading(const struct reading_limits *l, double value, const struct due_car *car, const struct due_record *last) {
    struct due d = {.state = level(l, value), .reason = DUE_BY_READING};
    bool ignored;
    struct due_record r = completed(last, car, &ignored);
    double worn = ((double)l->fresh - value) / ((double)l->fresh - (double)l->due); // 1: due
    int64_t since = car->has_km ? (int64_t)car->km - (r.has_km ? (int64_t)r.km : 0) : 0;
    if (d.state >= DUE_NOW) {
        if (car->has_km) {
            d.has_km = true;
            d.km = car->km;
        }
        day_set(&d, car->today, car, false);
    } else if (worn > 0.02 && since > 0) {
        d.has_km = true;
        d.left_km = llround((double)since * (1 - worn) / worn);
        d.left_km = least(d.left_km, ODOMETER_KM_MAX);
        d.km = car->km + d.left_km;
        day_set(&d, car->today + days_for(d.left_km, car), car, true);
    }
    return d;
}

// ---- history ------------------------------------------------------------------------------------------------------------------------
static bool believed(const struct service_record *r, const struct odometer_reading *list, unsigned count, uint32_t *km) {
    for (unsigned i = 0; i < count; i++)
        if (list[i].kept && list[i].day == r->day && list[i].km == r->km) {
            *km = list[i].real_km;
            return true;
        }
    return false;
}

static bool later(const struct service_record *a, const struct service_record *b) {
    if (a->has_day != b->has_day) return a->has_day;
    if (a->has_day && a->day != b->day) return a->day > b->day;
    if (a->has_km != b->has_km) return a->has_km;
    return a->has_km && a->km > b->km;
}

struct due_record due_last(const struct service_record *list, unsigned count, uint16_t service, const struct odometer_reading *readings,
                           unsigned reading_count, const struct due_car *car) {
    const struct service_record *best = NULL;
    for (unsigned i = 0; i < count; i++) {
        const struct service_record *r = &list[i];
        if (r->service != service || (r->has_day ? r->day > car->today : !r->has_km || !car->has_km || r->km > car->km)) continue;
        if (!best || later(r, best)) best = r;
    }
    if (!best) return (struct due_record){.known = false};
    struct due_record out = {.known = true, .has_day = best->has_day, .day = best->day};
    if (!best->has_day) {
        out.has_km = true;
        out.km = best->km;
    } else if (best->has_km && car->has_km) {
        out.has_km = believed(best, readings, reading_count, &out.km);
    }
    return out;
}

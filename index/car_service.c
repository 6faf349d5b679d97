#include "car_service.h"

#include <stdlib.h>

#include "base/clock.h"
#include "names.h"

enum { USAGE_CN = 12000, USAGE_US = 19000, USAGE_OTHER = 14000, OWN_MONTHS_MIN = 6 };

// ---- usage ------------------------------------------------------------------------------------------------------------------------------
static bool market_is(struct view *v, const struct knowledge *k, uint8_t attr, const char *market) {
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        const uint16_t *column = knowledge_column(&k->vehicles[i], attr);
        for (unsigned c = 0; c < k->vehicles[i].vehicle->count; c++)
            if (bits_get(k->vehicles[i].possible, c)) return column && slice_is(names_text(v, NAMES_VALUE + attr, column[c]), market);
    }
    return false;
}

uint32_t usage_typical(struct view *v, const struct knowledge *k) {
    uint32_t attr;
    if (names_look_up(v, NAMES_ATTRIBUTE, SLICE("market"), &attr) != ERR_OK || attr > UINT8_MAX) return USAGE_OTHER;
    return market_is(v, k, (uint8_t)attr, "CN") ? USAGE_CN : market_is(v, k, (uint8_t)attr, "US") ? USAGE_US : USAGE_OTHER;
}

struct due_car car_of_state(struct view *v, const struct car_state *s) {
    struct due_car car = {.has_km = s->has_km, .has_age = s->has_months, .km = s->km, .today = (int32_t)(s->now_ms / DAY_MS), .use = s->use};
    car.first_day = car.today - DUE_MONTH_DAYS(s->months);
    if (s->has_km) {
        odometer_settle(s->past->readings, s->past->reading_count, car.today, s->km);
        car.km_per_year = odometer_rate(s->past->readings, s->past->reading_count, car.today, s->km);
        if (!car.km_per_year && s->has_months && s->months >= OWN_MONTHS_MIN) car.km_per_year = (uint32_t)((uint64_t)s->km * 12 / s->months);
    }
    car.typical = car.km_per_year == 0;
    if (car.typical) car.km_per_year = usage_typical(v, s->k);
    return car;
}

// ---- state --------------------------------------------------------------------------------------------------------------------------------
static int by_urgency(const void *x, const void *y) {
    const struct car_service *a = x, *b = y;
    if (a->due.state != b->due.state) return a->due.state > b->due.state ? -1 : 1;
    bool maybe_a = a->plan.applies == APPLIES_MAYBE, maybe_b = b->plan.applies == APPLIES_MAYBE;
    if (maybe_a != maybe_b) return maybe_a ? 1 : -1;
    if (a->due.has_day != b->due.has_day) return a->due.has_day ? -1 : 1;
    if (a->due.has_day && a->due.day != b->due.day) return a->due.day < b->due.day ? -1 : 1;
    return slice_cmp(a->plan.service->is.slug, b->plan.service->is.slug);
}

// The reading that settles a service. What a car with a drive battery reports as its battery's state is that of the drive battery.
static bool reading_of(const struct service_past *past, enum service_reading r, bool driven_by_battery, double *value) {
    if (r == READING_DRIVE_BATTERY_SOH_PCT && !past->measured[r]) r = READING_BATTERY_SOH_PCT;
    else if (r == READING_BATTERY_SOH_PCT && driven_by_battery) return false;
    if (r == READING_NONE || !past->measured[r]) return false;
    *value = past->value[r];
    return true;
}

static bool has_drive_battery(const struct planned_service *plan, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (plan[i].service->is.reading == READING_DRIVE_BATTERY_SOH_PCT && plan[i].applies == APPLIES_ALL) return true;
    return false;
}

enum err car_services(struct view *v, const struct service_book *book, const struct car_state *s, const struct due_car *car,
                      struct car_service *out, unsigned *count) {
    struct planned_service *plan = arena_alloc(v->arena, SERVICES_MAX * sizeof *plan);
    if (!plan) return ERR_NO_MEMORY;
    TRY(service_plan_find(v, book, s->k, plan, count));
    bool driven_by_battery = has_drive_battery(plan, *count);
    for (unsigned i = 0; i < *count; i++) {
        const struct service *service = &plan[i].service->is;
        struct due_interval interval = due_interval_of(&plan[i].interval->is);
        out[i] = (struct car_service){.plan = plan[i]};
        out[i].last = due_last(s->past->records, s->past->record_count, (uint16_t)(plan[i].service - book->services), s->past->readings,
                               s->past->reading_count, car);
        out[i].due = reading_of(s->past, service->reading, driven_by_battery, &out[i].measured)
                         ? due_by_reading(&service->limits, out[i].measured, car, &out[i].last)
                         : due_by_schedule(&interval, car, &out[i].last);
    }
    if (*count) qsort(out, *count, sizeof *out, by_urgency);
    return ERR_OK;
}

// ---- words --------------------------------------------------------------------------------------------------------------------------------
struct slice day_text(struct arena *a, int32_t day) {
    char text[CLOCK_TEXT_BYTES];
    clock_format_ms((int64_t)day * DAY_MS, text);
    return arena_copy(a, slice_of(text, 10));
}

static void interval_words(struct buf *b, const struct car_service *s, const struct due_car *car, bool zh) {
    struct due_interval i = due_interval_of(&s->plan.interval->is);
    unsigned km_pct = car->use == USE_SEVERE ? i.severe_pct : car->use == USE_HIGHWAY ? i.highway_pct : 100;
    unsigned month_pct = car->use == USE_SEVERE ? i.severe_pct : 100;
    unsigned km = i.km * km_pct / 100, first = i.first_km * km_pct / 100, months = (i.months * month_pct + 50) / 100;
    if (zh) {
        if (first > km && !s->last.known) buf_printf(b, "首次 %u 公里，之后", first);
        if (km && months) buf_printf(b, "每 %u 公里或 %u 个月", km, months);
        else if (km) buf_printf(b, "每 %u 公里", km);
        else buf_printf(b, "每 %u 个月", months);
        if (km_pct != 100) buf_printf(b, car->use == USE_SEVERE ? "（恶劣工况）" : "（高速为主）");
    } else {
        if (first > km && !s->last.known) buf_printf(b, "first at %u km, then ", first);
        if (km && months) buf_printf(b, "every %u km or %u months", km, months);
        else if (km) buf_printf(b, "every %u km", km);
        else buf_printf(b, "every %u months", months);
        if (km_pct != 100) buf_printf(b, car->use == USE_SEVERE ? " (severe use)" : " (mostly highway)");
    }
}

static void record_words(struct buf *b, struct arena *a, const struct car_service *s, bool zh) {
    struct slice day = s->last.has_day ? day_text(a, s->last.day) : SLICE_NONE;
    if (!s->last.known) {
        buf_printf(b, zh ? "无保养记录，按周期推算" : "No record, reckoned by the schedule");
        return;
    }
    buf_printf(b, zh ? "上次" : "Last done");
    if (s->last.has_km) buf_printf(b, zh ? "在 %u 公里" : " at %u km", s->last.km);
    if (day.n) buf_printf(b, zh ? "（%.*s）" : " on %.*s", SLICE_ARGS(day));
    if (s->due.estimated) buf_printf(b, zh ? "，其余为估算" : ", the rest estimated");
}

static void left_words(struct buf *b, const struct car_service *s, bool zh) {
    const struct due *d = &s->due;
    long long left = d->reason == DUE_BY_TIME ? d->left_time_days : d->left_km;
    bool one = left == 1 || left == -1;
    const char *unit = d->reason == DUE_BY_TIME ? (zh ? "天" : one ? "day" : "days") : (zh ? "公里" : "km");
    if (left > 0) buf_printf(b, zh ? "，还有 %lld %s" : ", %lld %s left", left, unit);
    else if (left < 0) buf_printf(b, zh ? "，已超 %lld %s" : ", %lld %s past", -left, unit);
    else buf_printf(b, zh ? "，现在到期" : ", due now");
}

struct slice car_service_why(struct arena *a, const struct car_service *s, const struct due_car *car, bool zh) {
    struct buf b;
    buf_init(&b, a, 192);
    const struct service *is = &s->plan.service->is;
    if (s->due.reason == DUE_BY_READING) {
        struct service_reading_words words = service_reading_words(is->reading, zh);
        buf_printf(&b, zh ? "实测%s %g %s，更换限值 %g" : "Measured %s: %g %s, to be changed at %g", words.what, s->measured, words.unit,
                   (double)is->limits.due);
    } else if (s->due.reason == DUE_BY_NOTHING) {
        interval_words(&b, s, car, zh);
        buf_printf(&b, zh ? "；告诉我们里程或车龄即可推算" : "; tell the mileage or the age to know when");
    } else {
        record_words(&b, a, s, zh);
        buf_printf(&b, zh ? "；" : "; ");
        interval_words(&b, s, car, zh);
        left_words(&b, s, zh);
    }
    buf_printf(&b, zh ? "。" : ".");
    return buf_slice(&b);
}

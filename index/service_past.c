#include "service_past.h"

#include <math.h>

#include "base/clock.h"
#include "base/limits.h"

static enum err bad(struct fault *why, const char *field, const char *what, struct slice text) {
    return fault_set(why, ERR_BAD_REQUEST, field, "%s '%.*s'", what, (int)(text.n < 80 ? text.n : 80), text.n ? text.p : "");
}

// ---- adding -------------------------------------------------------------------------------------------------------------------------
// The oldest reading makes room: the newest ones say how far the car goes now.
static void reading_add(struct service_past *past, int32_t day, uint32_t km) {
    struct odometer_reading r = {.day = day, .km = km};
    if (past->reading_count < ODOMETER_READINGS_MAX) {
        past->readings[past->reading_count++] = r;
        return;
    }
    unsigned oldest = 0;
    for (unsigned i = 1; i < past->reading_count; i++)
        if (past->readings[i].day < past->readings[oldest].day) oldest = i;
    if (past->readings[oldest].day < day) past->readings[oldest] = r;
}

static bool record_add(const struct service_book *book, const struct book_service *s, struct service_record r, struct service_past *past) {
    unsigned copies = s->item_count ? s->item_count : 1;
    if (past->record_count + copies > SERVICE_RECORDS_MAX) return false;
    for (unsigned i = 0; i < copies; i++) {
        r.service = s->item_count ? s->items[i] : (uint16_t)(s - book->services);
        past->records[past->record_count++] = r;
    }
    if (r.has_km && r.has_day) reading_add(past, r.day, r.km);
    return true;
}

// ---- history in a request -------------------------------------------------------------------------------------------------------------
static enum err entry_add(const struct service_book *book, struct slice service, const struct service_record *r, struct service_past *past,
                          struct fault *why) {
    if (slice_is(service, "odometer")) {
        if (!r->has_km || !r->has_day) return bad(why, "history", "an odometer reading needs its kilometres and its date:", service);
        reading_add(past, r->day, r->km);
        return ERR_OK;
    }
    const struct book_service *s = service_book_find(book, service);
    if (!s) return bad(why, "history", "no service is called", service);
    if (!r->has_km && !r->has_day) return bad(why, "history", "a service needs its odometer or its date:", service);
    if (!record_add(book, s, *r, past)) return fault_set(why, ERR_BAD_REQUEST, "history", "history has more than %d services", SERVICE_RECORDS_MAX);
    return ERR_OK;
}

static enum err date_parse(struct slice text, struct service_record *r, struct fault *why) {
    int64_t ms;
    if (!clock_parse_ms(text, &ms) || ms < 0 || ms / DAY_MS > INT32_MAX / 2) return bad(why, "history", "no date:", text);
    r->has_day = true;
    r->day = (int32_t)(ms / DAY_MS);
    return ERR_OK;
}

enum err service_past_history(const struct service_book *book, struct slice text, struct service_past *past, struct fault *why) {
    if (text.n > SERVICE_HISTORY_BYTES) return fault_set(why, ERR_BAD_REQUEST, "history", "history is longer than %d bytes", SERVICE_HISTORY_BYTES);
    while (text.p && text.n) {
        struct slice entry = slice_cut(&text, ','), service = slice_trim(slice_cut(&entry, ':'));
        struct slice km = entry.p ? slice_trim(slice_cut(&entry, ':')) : SLICE_NONE, date = entry.p ? slice_trim(entry) : SLICE_NONE;
        struct service_record r = {0};
        uint64_t number;
        if (km.n && (!slice_u64(km, &number) || number > ODOMETER_KM_MAX)) return bad(why, "history", "no kilometres:", km);
        if (km.n) {
            r.has_km = true;
            r.km = (uint32_t)number;
        }
        if (date.n) TRY(date_parse(date, &r, why));
        TRY(entry_add(book, service, &r, past, why));
    }
    return ERR_OK;
}

enum err service_past_history_json(const struct service_book *book, const struct json *list, struct service_past *past, struct fault *why) {
    static const char *const KEYS[] = {"service", "odometer_km", "date", NULL};
    for (size_t i = 0; list && i < list->count; i++) {
        const struct json *o = &list->items[i], *date = json_get(o, "date");
        struct slice service = SLICE_NONE;
        struct service_record r = {0};
        int64_t km = -1;
        struct fault inner = {0};
        if (o->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "history", "history is a list of {service, odometer_km, date}");
        enum err e = json_only_keys(o, KEYS, &inner);
        if (e == ERR_OK) e = json_get_string(o, "service", &service, &inner);
        if (e == ERR_OK) e = json_get_integer(o, "odometer_km", 0, ODOMETER_KM_MAX, &km, &inner);
        if (e != ERR_OK) return fault_set(why, e, "history", "history: %.200s", inner.message);
        if (km >= 0) {
            r.has_km = true;
            r.km = (uint32_t)km;
        }
        if (date && date->type == JSON_STRING) TRY(date_parse(date->string, &r, why));
        else if (date && date->type == JSON_INTEGER && date->integer >= 0 && date->integer / DAY_MS < INT32_MAX / 2) {
            r.has_day = true;
            r.day = (int32_t)(date->integer / DAY_MS);
        } else if (date && date->type != JSON_NULL) return bad(why, "history", "a date is a text or Unix ms:", service);
        TRY(entry_add(book, service, &r, past, why));
    }
    return ERR_OK;
}

// ---- readings ---------------------------------------------------------------------------------------------------------------------------
// Greater is worse only for what grows with age.
static double worse(enum service_reading r, double a, double b) {
    bool rising = r == READING_BRAKE_FLUID_WATER_PCT || r == READING_COOLANT_TEST;
    return (a > b) == rising ? a : b;
}

enum err service_past_measured(enum service_reading r, double value, const char *field, struct service_past *past, struct fault *why) {
    if (!service_reading_sane(r, value)) return fault_set(why, ERR_BAD_REQUEST, field, "%s cannot be %g", service_reading_name(r), value);
    past->value[r] = past->measured[r] ? worse(r, past->value[r], value) : value;
    past->measured[r] = true;
    return ERR_OK;
}

static bool coolant_test_parse(struct slice text, double *out) {
    static const char *const words[] = {"ok", "weak", "bad"};
    for (unsigned i = 0; i < 3; i++)
        if (slice_is(text, words[i])) {
            *out = i;
            return true;
        }
    return false;
}

enum err service_past_inspection(struct slice text, struct service_past *past, struct fault *why) {
    if (text.n > SERVICE_HISTORY_BYTES) return fault_set(why, ERR_BAD_REQUEST, "inspection", "inspection is longer than %d bytes", SERVICE_HISTORY_BYTES);
    while (text.p && text.n) {
        struct slice value = slice_cut(&text, ','), name = slice_trim(slice_cut(&value, ':'));
        enum service_reading r;
        double number;
        value = value.p ? slice_trim(value) : SLICE_NONE;
        if (!service_reading_parse(name, &r)) return bad(why, "inspection", "no reading is called", name);
        if (!slice_f64(value, &number) && !(r == READING_COOLANT_TEST && coolant_test_parse(value, &number)))
            return bad(why, "inspection", "no value of a reading:", value);
        TRY(service_past_measured(r, number, "inspection", past, why));
    }
    return ERR_OK;
}

// ---- events -------------------------------------------------------------------------------------------------------------------------------
static bool kilometres(float value, uint32_t *out) {
    if (!(value >= 0 && value <= (float)ODOMETER_KM_MAX)) return false; // NaN: not given
    *out = (uint32_t)lroundf(value);
    return true;
}

static void event_add(const struct service_book *book, const struct event *e, struct service_past *past) {
    struct service_record r = {.has_day = true, .day = (int32_t)(e->unix_ms / DAY_MS)};
    enum service_reading reading;
    r.has_km = kilometres(e->value, &r.km);
    if (e->type == EVENT_SERVICE || e->type == EVENT_REDEEM) {
        const struct book_service *s = service_book_find(book, e->service);
        if (s) (void)record_add(book, s, r, past);
    } else if (e->type == EVENT_TELEMETRY && slice_is(e->service, "odometer_km")) {
        if (r.has_km) reading_add(past, r.day, r.km);
    } else if (service_reading_parse(e->service, &reading) && service_reading_sane(reading, (double)e->value)) {
        if (past->measured[reading] && e->unix_ms <= past->measured_ms[reading]) return;
        if (past->measured[reading] && past->measured_ms[reading] == 0) return;
        past->measured[reading] = true;
        past->measured_ms[reading] = e->unix_ms;
        past->value[reading] = (double)e->value;
    }
}

void service_past_events(const struct service_book *book, const struct event *list, unsigned count, struct slice vehicle, bool any_car,
                         struct service_past *past) {
    for (unsigned i = 0; i < count; i++) {
        const struct event *e = &list[i];
        bool told = e->type == EVENT_SERVICE || e->type == EVENT_REDEEM || e->type == EVENT_TELEMETRY || e->type == EVENT_INSPECTION;
        if (!told || e->unix_ms < 0 || e->service.n == 0) continue;
        if (slice_eq(e->vehicle, vehicle) || (e->vehicle.n == 0 && any_car)) event_add(book, e, past);
    }
}

#include "cockpit.h"

#include <math.h>
#include <stdlib.h>

#include "index/names.h"

const char *cockpit_severity_name(enum cockpit_severity s) {
    static const char *const names[] = {"routine", "soon", "stop"};
    return (unsigned)s < sizeof names / sizeof *names ? names[s] : "";
}

// How sure a cause is, and how much each step of urgency counts.
#define SURE_CODE 0.9
#define SURE_SOME_CODE 0.6   // a meaning that need not be this maker's
#define SURE_UNKNOWN_CODE 0.4
#define SURE_SENSOR 0.9
#define SURE_RECORD 0.85
#define SURE_ESTIMATE 0.6
#define SURE_ASSUMED 0.5     // a schedule believed to have been kept
#define SURE_HINT 0.3
static const double urgency_weight[] = {[COCKPIT_ROUTINE] = 0.25, [COCKPIT_SOON] = 0.6, [COCKPIT_STOP] = 1.0};
// Of services that are due by the schedule: what putting them off costs, and how late they are. Both stay within their step of urgency.
static const double harm_weight[HARM_COUNT] = {[HARM_COMFORT] = 0.6, [HARM_WEAR] = 0.75, [HARM_DAMAGE] = 0.95, [HARM_SAFETY] = 1.0};
#define LATENESS_MOST 0.5 // half an interval and more are as late as can be

struct work {
    const struct cockpit_input *in;
    struct cockpit_suggestion *out;
    unsigned count;
};

// ---- causes ---------------------------------------------------------------------------------------------------------------------------------
static const struct car_service *in_plan(const struct cockpit_input *in, const struct book_service *s) {
    for (unsigned i = 0; i < in->service_count; i++)
        if (in->services[i].plan.service == s) return &in->services[i];
    return NULL;
}

static struct cockpit_suggestion *suggestion_of(struct work *w, const struct book_service *s) {
    for (unsigned i = 0; i < w->count; i++)
        if (w->out[i].service == s) return &w->out[i];
    if (!s || w->count == COCKPIT_SUGGESTIONS_MAX) return NULL;
    struct cockpit_suggestion *o = &w->out[w->count++];
    o->service = s; // the causes are filled as far as they are counted
    o->due = in_plan(w->in, s);
    o->type = 0;
    o->severity = COCKPIT_ROUTINE;
    o->urgency = o->confidence = o->relevance = o->score = 0;
    o->cause_count = 0;
    return o;
}

static void add_urgent(struct work *w, const struct book_service *s, uint32_t type, enum cockpit_severity severity, double urgency, double sure,
                       struct cockpit_cause cause) {
    struct cockpit_suggestion *o = suggestion_of(w, s);
    if (!o) return;
    if (severity > o->severity) o->severity = severity;
    if (urgency > o->urgency) o->urgency = urgency;
    if (type && !o->type) o->type = type;
    o->confidence = 1 - (1 - o->confidence) * (1 - sure);
    if (o->cause_count < COCKPIT_CAUSES_MAX) o->causes[o->cause_count++] = cause;
}

static void add(struct work *w, const struct book_service *s, uint32_t type, enum cockpit_severity severity, double sure, struct cockpit_cause cause) {
    add_urgent(w, s, type, severity, urgency_weight[severity], sure, cause);
}

static const struct book_service *named(const struct cockpit_input *in, const char *slug) { return service_book_find(in->book, slice_str(slug)); }

// ---- fault codes ----------------------------------------------------------------------------------------------------------------------------
// What takes such a part: a service of the car's plan, or a repair, which no plan holds.
static const struct book_service *taking(const struct cockpit_input *in, uint32_t type) {
    for (unsigned i = 0; i < in->book->count; i++) {
        const struct book_service *s = &in->book->services[i];
        if (s->item_count || (s->rule_count && in->service_count && !in_plan(in, s))) continue;
        for (unsigned t = 0; t < s->type_count; t++)
            if (s->types[t] == type) return s;
    }
    return NULL;
}

// Done on record, and less than half of its interval ago.
static bool as_good_as_new(const struct cockpit_input *in, const struct book_service *s) {
    const struct car_service *c = in_plan(in, s);
    if (!c || !c->last.known || c->due.state != DUE_LATER) return false;
    const struct service_rule *r = &c->plan.interval->is;
    bool near = !c->due.has_km || c->due.left_km * 2 > (int64_t)r->km;
    return near && (!c->due.has_day || r->months == 0 || c->due.left_days * 2 > DUE_MONTH_DAYS(r->months));
}

// The workshop's field by the code's own structure.
static const char *field_of(const char *code) {
    char system = code[0], third = code[2];
    if (system == 'U') return "network_repair";
    if (system == 'B') return code[1] == '0' && third == '0' ? "airbag_repair" : "body_repair";
    if (system == 'C') return code[1] == '0' && third >= '5' ? "steering_repair" : "brake_repair";
    if (code[1] != '0' && code[1] != '2') return "engine_repair";
    switch (third) {
    case '0': case '1': case '2': return "fuel_system_repair";
    case '3': return "ignition_repair";
    case '4': return "emission_repair";
    case '7': case '8': case '9': return "transmission_repair";
    case 'A': case 'B': case 'C': case 'D': case 'E': case 'F': return "hv_repair";
    default: return "engine_repair";
    }
}

static const struct book_service *repair_of(const struct cockpit_input *in, const char *code) {
    const struct book_service *s = named(in, field_of(code));
    return s ? s : named(in, "engine_repair");
}

static double sureness(enum trouble_origin o) {
    return o == TROUBLE_OF_FAMILY ? SURE_UNKNOWN_CODE : o == TROUBLE_OF_SOME ? SURE_SOME_CODE : SURE_CODE;
}

static void add_code(struct work *w, const struct cockpit_code *c) {
    const struct trouble_code *code = &c->meaning.code;
    const struct book_service *chosen = NULL;
    uint32_t type = 0;
    for (unsigned i = 0; i < code->type_count && !chosen; i++) {
        const struct book_service *s = taking(w->in, code->types[i]);
        if (!s || as_good_as_new(w->in, s)) continue;
        chosen = s;
        type = code->types[i];
    }
    enum cockpit_severity severity = code->urgency == TROUBLE_STOP ? COCKPIT_STOP : code->urgency == TROUBLE_ROUTINE ? COCKPIT_ROUTINE : COCKPIT_SOON;
    add(w, chosen ? chosen : repair_of(w->in, code->code), type, severity, sureness(c->meaning.origin), (struct cockpit_cause){.kind = CAUSE_CODE, .code = c});
}

// ---- sensors --------------------------------------------------------------------------------------------------------------------------------
enum { KPA_STOP = 120, KPA_LOW = 180 };
#define KPA_SHARE 0.78 // of the fullest wheel
#define VOLTS_DEAD 11.0
#define VOLTS_LOW 12.0
#define VOLTS_COLD 12.3 // in frost
#define COLD_C 7.0      // below it summer tyres grip badly and nights may freeze
#define FROST_C 0.0
#define VOLTS_HIGH 15.2

static void add_tyres(struct work *w) {
    const struct cockpit_sensors *s = w->in->sensors;
    double most = 0;
    for (unsigned i = 0; i < s->wheel_count; i++)
        if (s->wheels[i].kpa > most) most = s->wheels[i].kpa;
    for (unsigned i = 0; i < s->wheel_count; i++) {
        double kpa = s->wheels[i].kpa;
        if (kpa >= KPA_LOW && kpa >= most * KPA_SHARE) continue;
        add(w, named(w->in, "tyre_pressure"), 0, kpa < KPA_STOP ? COCKPIT_STOP : COCKPIT_SOON, SURE_SENSOR,
            (struct cockpit_cause){.kind = CAUSE_SENSOR, .sensor = "tyre_kpa", .wheel = s->wheels[i].name, .value = kpa});
    }
}

static bool in_frost(const struct cockpit_input *in) { return in->sensors->has_outside && in->sensors->outside_c <= FROST_C; }

// Cold alone is no fault of the car: a hint, which gives way to whatever is due.
static void add_cold(struct work *w) {
    const struct cockpit_sensors *s = w->in->sensors;
    if (!s->has_outside || s->outside_c >= COLD_C) return;
    add(w, named(w->in, "winter_check"), 0, COCKPIT_ROUTINE, SURE_HINT, (struct cockpit_cause){.kind = CAUSE_SENSOR, .sensor = "outside_c", .value = s->outside_c});
}

static void add_voltage(struct work *w) {
    const struct cockpit_sensors *s = w->in->sensors;
    struct cockpit_cause cause = {.kind = CAUSE_SENSOR, .sensor = "battery_v", .value = s->voltage};
    bool frost = in_frost(w->in);
    if (!s->has_voltage) return;
    if (s->voltage > VOLTS_HIGH) add(w, named(w->in, "charging_repair"), 0, COCKPIT_SOON, SURE_SENSOR, cause);
    else if (s->voltage < (frost ? VOLTS_COLD : VOLTS_LOW))
        add(w, named(w->in, "battery_replacement"), 0, COCKPIT_SOON, s->voltage < VOLTS_DEAD ? SURE_SENSOR : SURE_ESTIMATE, cause);
}

// ---- the plan -------------------------------------------------------------------------------------------------------------------------------
// What an overdue service endangers at once is in the readings; by the calendar alone nothing is worse than soon.
static enum cockpit_severity severity_of(const struct car_service *s) {
    const struct service *is = &s->plan.service->is;
    if (s->due.reason == DUE_BY_READING && s->due.state == DUE_OVERDUE && slice_is(is->slug, "brake_service")) return COCKPIT_STOP;
    if (s->due.reason == DUE_BY_READING) return COCKPIT_SOON;
    return s->due.state == DUE_OVERDUE && is->harm >= HARM_DAMAGE ? COCKPIT_SOON : COCKPIT_ROUTINE;
}

// Share of the interval by which it is past, by distance or time, whichever is more.
static double lateness_of(const struct car_service *s) {
    const struct service_rule *r = &s->plan.interval->is;
    double by_km = s->due.has_km && r->km ? -(double)s->due.left_km / r->km : 0;
    double by_time = s->due.reason == DUE_BY_TIME && r->months ? -(double)s->due.left_time_days / DUE_MONTH_DAYS(r->months) : 0;
    return fmin(fmax(fmax(by_km, by_time), 0), LATENESS_MOST);
}

static double urgency_of(const struct car_service *s, enum cockpit_severity severity) {
    return urgency_weight[severity] * harm_weight[s->plan.service->is.harm] * (1 + lateness_of(s));
}

static void add_due(struct work *w, const struct car_service *s) {
    bool measured = s->due.reason == DUE_BY_READING;
    if (s->due.state < (measured ? DUE_SOON : DUE_NOW) || s->plan.applies == APPLIES_MAYBE) return;
    double sure = measured ? SURE_SENSOR : s->due.assumed ? SURE_ASSUMED : s->due.estimated ? SURE_ESTIMATE : SURE_RECORD;
    if (s->plan.applies == APPLIES_SOME) sure *= 0.5;
    bool weak_in_frost = s->plan.service->is.reading == READING_BATTERY_SOH_PCT && in_frost(w->in); // a cold battery gives half of what it has
    if (s->due.state == DUE_SOON && !weak_in_frost) sure *= 0.7;
    enum cockpit_severity severity = severity_of(s);
    if (!measured) {
        add_urgent(w, s->plan.service, 0, severity, urgency_of(s, severity), sure, (struct cockpit_cause){.kind = CAUSE_DUE});
        return;
    }
    add(w, s->plan.service, 0, severity, sure,
        (struct cockpit_cause){.kind = CAUSE_SENSOR, .sensor = service_reading_name(s->plan.service->is.reading), .value = s->measured});
}

// ---- the person -----------------------------------------------------------------------------------------------------------------------------
static int64_t silence_ms(const struct event *e) {
    double days = e->type == EVENT_DISMISS ? COCKPIT_DISMISS_DAYS : e->type == EVENT_SNOOZE ? COCKPIT_SNOOZE_DAYS : COCKPIT_ACCEPT_DAYS;
    if (e->value >= 0 && e->value <= 3650) days = (double)e->value; // NaN: not given
    return (int64_t)(days * (double)DAY_MS);
}

static bool about(const struct cockpit_input *in, const struct event *e, const struct book_service *s) {
    return slice_eq(e->service, s->is.slug) && (e->vehicle.n == 0 || in->vehicle.n == 0 || slice_eq(e->vehicle, in->vehicle));
}

// The person's last word about a service holds until its time is over. Interest and weariness move the rest a little.
static bool silenced(const struct cockpit_input *in, struct cockpit_suggestion *s) {
    bool spoken = false;
    s->relevance = 1;
    for (unsigned i = 0; i < in->event_count; i++) {
        const struct event *e = &in->events[i];
        bool answer = e->type == EVENT_DISMISS || e->type == EVENT_SNOOZE || e->type == EVENT_ACCEPT;
        if (answer && about(in, e, s->service)) {
            if (!spoken && in->now_ms < e->unix_ms + silence_ms(e)) return true;
            if (e->type == EVENT_DISMISS) s->relevance *= 0.8;
            spoken = true;
        } else if ((e->type == EVENT_CLICK || e->type == EVENT_SEARCH || e->type == EVENT_CART) && about(in, e, s->service)) {
            s->relevance *= 1.1;
        }
    }
    if (s->relevance < 0.5) s->relevance = 0.5;
    if (s->relevance > 1.5) s->relevance = 1.5;
    return false;
}

static int by_score(const void *x, const void *y) {
    const struct cockpit_suggestion *a = x, *b = y;
    if (a->severity != b->severity && (a->severity == COCKPIT_STOP || b->severity == COCKPIT_STOP)) return a->severity > b->severity ? -1 : 1;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return slice_cmp(a->service->is.slug, b->service->is.slug);
}

enum err cockpit_suggest(const struct cockpit_input *in, struct cockpit_suggestion *out, unsigned *count) {
    struct work w = {in, out, 0};
    for (unsigned i = 0; i < in->code_count; i++) add_code(&w, &in->codes[i]);
    add_tyres(&w);
    add_voltage(&w);
    add_cold(&w);
    for (unsigned i = 0; i < in->service_count; i++) add_due(&w, &in->services[i]);
    *count = 0;
    for (unsigned i = 0; i < w.count; i++) {
        if (silenced(in, &out[i])) continue;
        out[i].score = out[i].urgency * out[i].confidence * out[i].relevance;
        out[(*count)++] = out[i];
    }
    if (*count) qsort(out, *count, sizeof *out, by_score);
    return ERR_OK;
}

// ---- words ------------------------------------------------------------------------------------------------------------------------------------
static void code_words(struct buf *b, const struct cockpit_cause *c, bool zh) {
    const struct trouble_code *code = &c->code->meaning.code;
    struct slice text = zh ? code->text_zh : code->text, failure = c->code->sent.has_failure ? trouble_failure_text(c->code->sent.failure, zh) : SLICE_NONE;
    buf_printf(b, zh ? "故障码 %s（%.*s" : "Fault %s (%.*s", code->code, SLICE_ARGS(text));
    if (failure.n) buf_printf(b, zh ? "，%.*s" : ", %.*s", SLICE_ARGS(failure));
    buf_printf(b, zh ? "）" : ")");
}

// Wheels as cockpits name them; others are told as they came.
static struct slice wheel_words(struct slice wheel, bool zh) {
    static const struct { const char *name, *en, *zh; } names[] = {
        {"front_left", "Front left tire", "左前轮"}, {"front_right", "Front right tire", "右前轮"},
        {"rear_left", "Rear left tire", "左后轮"}, {"rear_right", "Rear right tire", "右后轮"}, {"spare", "Spare tire", "备胎"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(wheel, names[i].name)) return slice_str(zh ? names[i].zh : names[i].en);
    return wheel;
}

static void sensor_words(struct buf *b, const struct cockpit_cause *c, bool zh) {
    enum service_reading reading = READING_NONE;
    if (c->wheel.n) {
        struct slice wheel = wheel_words(c->wheel, zh);
        buf_printf(b, zh ? "%.*s胎压 %.0f kPa" : "%.*s at %.0f kPa", SLICE_ARGS(wheel), c->value);
    } else if (slice_is(slice_str(c->sensor), "battery_v")) {
        buf_printf(b, zh ? "电压 %.1f V" : "Battery at %.1f V", c->value);
    } else if (slice_is(slice_str(c->sensor), "outside_c")) {
        buf_printf(b, zh ? "车外 %.0f °C" : "%.0f °C outside", c->value);
    } else if (service_reading_parse(slice_str(c->sensor), &reading)) {
        struct service_reading_words words = service_reading_words(reading, zh);
        buf_printf(b, zh ? "实测%s %g %s" : "Measured %s: %g %s", words.what, c->value, words.unit);
    }
}

struct slice cockpit_reason(struct arena *a, const struct cockpit_suggestion *s, bool zh) {
    struct buf b;
    struct slice advice = zh ? s->service->is.advice_zh : s->service->is.advice;
    const struct cockpit_cause *c = s->cause_count ? &s->causes[0] : NULL;
    buf_init(&b, a, 256);
    if (c && c->kind == CAUSE_CODE) code_words(&b, c, zh);
    if (c && c->kind == CAUSE_SENSOR) sensor_words(&b, c, zh);
    if (b.n) buf_printf(&b, zh ? "：" : ": ");
    if (c && c->kind == CAUSE_CODE && c->code->meaning.origin == TROUBLE_OF_FAMILY)
        advice = zh ? SLICE("含义未知，请到店读取诊断。") : SLICE("what it means is not known here; have it read out in a workshop.");
    if (c && c->kind == CAUSE_CODE && s->type) // the advice is written for wear; a fault has a remedy
        buf_printf(&b, zh ? "通常的处理：%.*s。" : "the usual remedy is \"%.*s\".", SLICE_ARGS(zh ? s->service->is.name_zh : s->service->is.name));
    else buf_slice_put(&b, advice);
    return buf_slice(&b);
}

// service_text.c: services and rules as rows of a table and as JSON (service.h).
#include <math.h>

#include "base/limits.h"
#include "knowledge.h"
#include "service.h"

#define KM_MAX 2000000
#define MONTHS_MAX 600
#define SEVERE_PCT 60
#define HIGHWAY_PCT 120
#define AMOUNT_MAX 1000.0

static bool source_parse(struct slice text, enum service_source *out) {
    for (enum service_source s = SERVICE_SAMPLE; s <= SERVICE_OWNER; s++)
        if (slice_is(text, service_source_name(s))) {
            *out = s;
            return true;
        }
    return false;
}

static bool unit_is(struct slice unit) { return slice_is(unit, "l") || slice_is(unit, "piece"); }

// What a rule says follows from what it was given.
static void flags_set(struct service_rule *r) {
    if (r->km || r->months) r->flags |= RULE_INTERVAL;
    if (r->amount_milli || r->fluid.n || r->types.n || r->labour.n) r->flags |= RULE_AMOUNT;
    if (!r->severe_pct) r->severe_pct = SEVERE_PCT;
    if (!r->highway_pct) r->highway_pct = HIGHWAY_PCT;
}

// ---- rows -----------------------------------------------------------------------------------------------------------------------
static const char *const service_columns[] = {"service", "name", "name_zh", "labour", "types", "items", "reading", "fresh", "soon", "due",
                                       "overdue", "harm", "advice", "advice_zh", NULL};

static enum err cell_number(struct slice cell, double most, const char *field, double *out, struct fault *why) {
    *out = 0;
    if (cell.n == 0 || (slice_f64(cell, out) && *out >= 0 && *out <= most)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, field, "%s: '%.*s' is not a number from 0 to %g", field, SLICE_ARGS(cell), most);
}

enum err service_row(struct txn *t, struct arena *scratch, const struct slice *cells, struct fault *why) {
    struct service s = {.slug = cells[0], .name = cells[1], .name_zh = cells[2], .labour = cells[3], .types = cells[4], .items = cells[5],
                        .harm = HARM_WEAR, .advice = cells[12], .advice_zh = cells[13]};
    double limits[4];
    if (cells[6].n && !service_reading_parse(cells[6], &s.reading))
        return fault_set(why, ERR_BAD_REQUEST, "reading", "'%.*s' is no reading", SLICE_ARGS(cells[6]));
    if (cells[11].n && !service_harm_parse(cells[11], &s.harm))
        return fault_set(why, ERR_BAD_REQUEST, "harm", "'%.*s' is not safety, damage, wear or comfort", SLICE_ARGS(cells[11]));
    for (unsigned i = 0; i < 4; i++) TRY(cell_number(cells[7 + i], 1000, service_columns[7 + i], &limits[i], why));
    s.limits = (struct reading_limits){(float)limits[0], (float)limits[1], (float)limits[2], (float)limits[3]};
    return service_put(t, scratch, &s, why);
}

static const char *const service_rule_columns[] = {"id", "service", "source", "vehicle", "make", "model", "from", "to", "attrs", "first_km", "km",
                                            "first_months", "months", "severe", "highway", "amount", "unit", "fluid", "types", "labour",
                                            "note", "note_zh", NULL};

enum err service_rule_row(struct txn *t, struct view *v, const struct slice *cells, struct fault *why) {
    enum { FROM = 6, TO, FIRST_KM = 9, KM, FIRST_MONTHS, MONTHS, SEVERE, HIGHWAY, AMOUNT };
    static const struct { unsigned at; double most; } NUMBERS[] = {{FROM, LIMIT_YEAR_MAX}, {TO, LIMIT_YEAR_MAX}, {FIRST_KM, KM_MAX}, {KM, KM_MAX},
        {FIRST_MONTHS, MONTHS_MAX}, {MONTHS, MONTHS_MAX}, {SEVERE, 2.5}, {HIGHWAY, 2.5}, {AMOUNT, AMOUNT_MAX}};
    double n[AMOUNT + 1] = {0};
    struct service_rule r = {.id = cells[0], .service = cells[1], .vehicle = cells[3], .make = cells[4], .model = cells[5], .attrs = cells[8],
                             .unit = cells[16], .fluid = cells[17], .types = cells[18], .labour = cells[19], .note = cells[20], .note_zh = cells[21]};
    bool none = slice_is(cells[KM], "none");
    if (!source_parse(cells[2], &r.source)) return fault_set(why, ERR_BAD_REQUEST, "source", "source is maker, owner, typical or sample");
    for (unsigned i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++)
        if (!(none && NUMBERS[i].at == KM))
            TRY(cell_number(cells[NUMBERS[i].at], NUMBERS[i].most, service_rule_columns[NUMBERS[i].at], &n[NUMBERS[i].at], why));
    r.from = (uint16_t)n[FROM];
    r.to = (uint16_t)n[TO];
    r.first_km = (uint32_t)n[FIRST_KM];
    r.km = (uint32_t)n[KM];
    r.first_months = (uint16_t)n[FIRST_MONTHS];
    r.months = (uint16_t)n[MONTHS];
    r.severe_pct = (uint8_t)lround(n[SEVERE] * 100);
    r.highway_pct = (uint8_t)lround(n[HIGHWAY] * 100);
    r.amount_milli = (uint32_t)lround(n[AMOUNT] * 1000);
    if (r.amount_milli && !unit_is(r.unit)) return fault_set(why, ERR_BAD_REQUEST, "unit", "unit is l or piece");
    if (none) r.flags |= RULE_INTERVAL | RULE_NONE;
    flags_set(&r);
    return service_rule_put(t, v, &r, why);
}

// ---- JSON -----------------------------------------------------------------------------------------------------------------------
static enum err texts(const struct json *body, struct service_rule *r, struct slice *source, struct fault *why) {
    const struct { const char *key; struct slice *out; } TEXTS[] = {
        {"id", &r->id}, {"service", &r->service}, {"vehicle", &r->vehicle}, {"make", &r->make}, {"model", &r->model}, {"fluid", &r->fluid},
        {"unit", &r->unit}, {"labour", &r->labour}, {"source", source}, {"note", &r->note}, {"note_zh", &r->note_zh}};
    for (unsigned i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        TRY(json_get_string(body, TEXTS[i].key, TEXTS[i].out, why));
        if (TEXTS[i].out->n > LIMIT_TEXT_BYTES) return fault_set(why, ERR_BAD_REQUEST, TEXTS[i].key, "%s is too long", TEXTS[i].key);
    }
    return ERR_OK;
}

static enum err years(const struct json *body, struct service_rule *r, struct fault *why) {
    const struct json *list = NULL;
    TRY(json_get_array(body, "years", &list, why));
    if (!list) return ERR_OK;
    bool right = list->count == 2;
    for (size_t i = 0; i < list->count; i++)
        right = right && list->items[i].type == JSON_INTEGER && list->items[i].integer >= LIMIT_YEAR_MIN && list->items[i].integer <= LIMIT_YEAR_MAX;
    if (!right) return fault_set(why, ERR_BAD_REQUEST, "years", "years are [from, to], %d to %d", LIMIT_YEAR_MIN, LIMIT_YEAR_MAX);
    r->from = (uint16_t)list->items[0].integer;
    r->to = (uint16_t)list->items[1].integer;
    return ERR_OK;
}

static enum err share(const struct json *body, const char *key, uint8_t *out, struct fault *why) {
    double value = 0;
    TRY(json_get_number(body, key, &value, why));
    if (!json_get(body, key)) return ERR_OK;
    if (!(value >= 0.1 && value <= 2.5)) return fault_set(why, ERR_BAD_REQUEST, key, "%s is a share of the interval, 0.1 to 2.5", key);
    *out = (uint8_t)lround(value * 100);
    return ERR_OK;
}

static enum err types_from(struct arena *a, const struct json *body, struct service_rule *r, struct fault *why) {
    const struct json *list = NULL;
    struct buf b;
    TRY(json_get_array(body, "types", &list, why));
    if (!list) return ERR_OK;
    buf_init(&b, a, 128);
    for (size_t i = 0; i < list->count; i++) {
        struct slice s = list->items[i].string;
        if (list->items[i].type != JSON_STRING || s.n == 0 || memchr(s.p, '|', s.n))
            return fault_set(why, ERR_BAD_REQUEST, "types", "types is a list of product types");
        if (i) buf_char(&b, '|');
        buf_slice_put(&b, s);
    }
    r->types = buf_slice(&b);
    return b.bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err numbers(const struct json *body, struct service_rule *r, struct fault *why) {
    int64_t km = 0, first_km = 0, months = 0, first_months = 0;
    double amount = 0;
    TRY(json_get_integer(body, "km", 0, KM_MAX, &km, why));
    TRY(json_get_integer(body, "first_km", 0, KM_MAX, &first_km, why));
    TRY(json_get_integer(body, "months", 0, MONTHS_MAX, &months, why));
    TRY(json_get_integer(body, "first_months", 0, MONTHS_MAX, &first_months, why));
    TRY(json_get_number(body, "amount", &amount, why));
    if (!(amount >= 0 && amount <= AMOUNT_MAX)) return fault_set(why, ERR_BAD_REQUEST, "amount", "amount is 0 to %g", AMOUNT_MAX);
    if ((amount > 0 || r->unit.n) && !unit_is(r->unit)) return fault_set(why, ERR_BAD_REQUEST, "unit", "unit is l or piece");
    r->km = (uint32_t)km;
    r->first_km = (uint32_t)first_km;
    r->months = (uint16_t)months;
    r->first_months = (uint16_t)first_months;
    r->amount_milli = (uint32_t)lround(amount * 1000);
    TRY(share(body, "severe", &r->severe_pct, why));
    return share(body, "highway", &r->highway_pct, why);
}

enum err service_rule_from_json(struct arena *a, const struct json *body, struct service_rule *out, struct fault *why) {
    static const char *const KEYS[] = {"kind", "id", "service", "vehicle", "make", "model", "years", "attrs", "scheduled", "km", "months", "first_km",
        "first_months", "severe", "highway", "fluid", "amount", "unit", "types", "labour", "source", "note", "note_zh", "version", NULL};
    struct slice source = SLICE("owner");
    const struct json *attrs = NULL;
    bool scheduled = true;
    *out = (struct service_rule){0};
    if (body->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "a rule is an object");
    TRY(json_only_keys(body, KEYS, why));
    TRY(texts(body, out, &source, why));
    if (!source_parse(source, &out->source)) return fault_set(why, ERR_BAD_REQUEST, "source", "source is maker, owner, typical or sample");
    TRY(years(body, out, why));
    TRY(json_get_object(body, "attrs", &attrs, why));
    if (attrs) TRY(knowledge_attrs_from_json(a, attrs, &out->attrs, why));
    if (out->attrs.n > LIMIT_TEXT_BYTES) return fault_set(why, ERR_BAD_REQUEST, "attrs", "attrs are too long");
    TRY(json_get_bool(body, "scheduled", &scheduled, why));
    TRY(numbers(body, out, why));
    TRY(types_from(a, body, out, why));
    if (!scheduled) {
        if (out->km || out->months) return fault_set(why, ERR_BAD_REQUEST, "scheduled", "what is not scheduled has no interval");
        out->flags |= RULE_INTERVAL | RULE_NONE;
    }
    flags_set(out);
    return a->full ? ERR_NO_MEMORY : ERR_OK;
}

static void attrs_json(struct json_writer *w, struct arena *a, struct slice attrs) {
    json_key_open(w, "attrs", '{');
    while (attrs.p && attrs.n) {
        struct slice values = slice_cut(&attrs, ','), name = slice_cut(&values, ':');
        if (name.n == 0 || !values.p) continue;
        json_key_slice(w, name);
        json_open(w, '[');
        while (values.p) json_string(w, knowledge_unescape(a, slice_cut(&values, '|')));
        json_close(w, ']');
    }
    json_close(w, '}');
}

static void key_text(struct json_writer *w, const char *key, struct slice s) {
    if (s.n) json_key_string(w, key, s);
}

static void key_number(struct json_writer *w, const char *key, uint32_t n) {
    if (n) json_key_int(w, key, n);
}

void service_rule_json(struct json_writer *w, struct arena *a, const struct service_rule *r) {
    json_open(w, '{');
    json_key_str(w, "kind", "service");
    json_key_string(w, "id", r->id);
    json_key_string(w, "service", r->service);
    json_key_str(w, "source", service_source_name(r->source));
    json_key_int(w, "version", (int64_t)r->version);
    key_text(w, "vehicle", r->vehicle);
    key_text(w, "make", r->make);
    key_text(w, "model", r->model);
    if (r->from || r->to) {
        json_key_open(w, "years", '[');
        json_int(w, r->from ? r->from : LIMIT_YEAR_MIN);
        json_int(w, r->to ? r->to : LIMIT_YEAR_MAX);
        json_close(w, ']');
    }
    attrs_json(w, a, r->attrs);
    if (r->flags & RULE_NONE) json_key_bool(w, "scheduled", false);
    key_number(w, "first_km", r->first_km);
    key_number(w, "km", r->km);
    key_number(w, "first_months", r->first_months);
    key_number(w, "months", r->months);
    json_key_double(w, "severe", r->severe_pct / 100.0);
    json_key_double(w, "highway", r->highway_pct / 100.0);
    if (r->amount_milli) json_key_double(w, "amount", r->amount_milli / 1000.0);
    key_text(w, "unit", r->unit);
    key_text(w, "fluid", r->fluid);
    if (r->types.n) {
        json_key_open(w, "types", '[');
        for (struct slice rest = r->types; rest.p;) json_string(w, slice_cut(&rest, '|'));
        json_close(w, ']');
    }
    key_text(w, "labour", r->labour);
    key_text(w, "note", r->note);
    key_text(w, "note_zh", r->note_zh);
    json_close(w, '}');
}

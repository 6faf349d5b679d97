// POST /v1/cockpit/suggest: the two or three services a car needs now, out of its fault codes, sensors, mileage and history, each with the
// product that fits best and what it costs. Read on the event loop: a plan, and at most `limit` offers.
#include "server/api_cockpit.h"

#include "model/cockpit.h"

#include "index/base/limits.h"
#include "index/names.h"
#include "server/api_car.h"
#include "server/api_cockpit_sensors.h"
#include "server/api_near.h"
#include "server/api_offer.h"
#include "server/api_routes.h"

#define LIMIT_DEFAULT 3
#define LIMIT_MOST 10
#define SHORT_BYTES 1900 // of the suggestions in the short form; the rest of the answer stays under 100
#define MONTHS_MAX 1200
#define REASONS_PER_HIT 1

struct cockpit {
    struct request *rq;
    struct app_worker *w;
    const struct json *body;
    struct api_car car;
    struct hit_style style;
    struct cockpit_sensors sensors;
    struct cockpit_code *codes;
    unsigned code_count, limit;
    bool brief;
    struct api_near near;
    struct cockpit_suggestion *list;
    unsigned count;
    struct offer_query offers;
};

// ---- the body -----------------------------------------------------------------------------------------------------------------------------
static enum err form_parse(struct cockpit *c, struct fault *why) {
    struct slice lang = SLICE_NONE, currency = SLICE_NONE, fields = request_param(c->rq, "fields");
    int64_t limit = LIMIT_DEFAULT;
    TRY(json_get_string(c->body, "lang", &lang, why));
    TRY(json_get_string(c->body, "currency", &currency, why));
    TRY(json_get_string(c->body, "fields", &fields, why));
    TRY(json_get_integer(c->body, "limit", 1, LIMIT_MOST, &limit, why));
    if (lang.n && !slice_is(lang, "en") && !slice_is(lang, "zh")) return fault_set(why, ERR_BAD_REQUEST, "lang", "lang is en or zh");
    if (lang.n) c->rq->lang = slice_is(lang, "zh") ? LANG_ZH : LANG_EN;
    if (fields.n && !slice_is(fields, "short")) return fault_set(why, ERR_BAD_REQUEST, "fields", "fields is short, or left out");
    TRY(api_currency(c->rq, &c->style.currency, why));
    if (currency.n && !currency_parse(currency, &c->style.currency)) return fault_set(why, ERR_BAD_REQUEST, "currency", "currency is CNY or USD");
    c->brief = fields.n != 0;
    c->limit = (unsigned)limit;
    c->style.k = &c->car.k;
    c->style.zh = api_zh(c->rq);
    c->style.reasons = REASONS_PER_HIT;
    c->style.near = &c->near;
    return ERR_OK;
}

static enum err car_parse(struct cockpit *c, struct fault *why) {
    int64_t km = -1, months = -1;
    struct slice use = SLICE_NONE;
    const struct json *history = NULL;
    TRY(json_get_integer(c->body, "odometer_km", 0, ODOMETER_KM_MAX, &km, why));
    TRY(json_get_integer(c->body, "months", 0, MONTHS_MAX, &months, why));
    TRY(json_get_string(c->body, "use", &use, why));
    TRY(json_get_array(c->body, "history", &history, why));
    if (use.n && !due_use_parse(use, &c->car.state.use)) return fault_set(why, ERR_BAD_REQUEST, "use", "use is severe, normal or highway");
    TRY(service_past_history_json(c->car.book, history, c->car.past, why));
    c->car.state.has_km = km >= 0;
    c->car.state.km = km >= 0 ? (uint32_t)km : 0;
    c->car.state.has_months = months >= 0;
    c->car.state.months = months >= 0 ? (uint32_t)months : 0;
    TRY(api_knowledge_json(c->rq, c->w, c->body, &c->car.k, why));
    if (c->car.k.given || !c->car.person || c->car.person->garage_count == 0) return ERR_OK;
    return api_car_of_garage(c->rq, c->w, 0, &c->car, why);
}

static enum err parse(struct cockpit *c, struct fault *why) {
    static const char *const KEYS[] = {"vehicle", "attrs", "market", "odometer_km", "months", "use", "dtc", "sensors", "history", API_NEAR_PARAMS,
                                       "user", "lang", "currency", "fields", "limit", NULL};
    struct slice user = SLICE_NONE;
    if (c->body->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "the body is an object");
    TRY(json_only_keys(c->body, KEYS, why));
    TRY(json_get_string(c->body, "user", &user, why));
    TRY(api_car_begin(c->rq, c->w, user, &c->car, why));
    TRY(form_parse(c, why));
    TRY(api_cockpit_codes(&c->rq->arena, c->body, &c->codes, &c->code_count, why));
    TRY(api_cockpit_sensors(c->body, c->car.past, &c->sensors, why));
    TRY(api_near_json(c->body, &c->near, why));
    return car_parse(c, why);
}

// ---- suggestions --------------------------------------------------------------------------------------------------------------------------
static enum err suggest(struct cockpit *c, struct fault *why) {
    struct car_service *services = arena_alloc(&c->rq->arena, SERVICES_MAX * sizeof *services); // large, and filled as far as used
    c->list = arena_alloc(&c->rq->arena, COCKPIT_SUGGESTIONS_MAX * sizeof *c->list);
    unsigned count = 0;
    uint32_t make = c->car.k.resolved ? api_make_of(&c->car.k) : 0;
    if (!services || !c->list) return ERR_NO_MEMORY;
    api_car_settle(c->w, &c->car);
    if (c->car.k.resolved) TRY(api_car_services(c->w, &c->car, services, &count, why));
    for (unsigned i = 0; i < c->code_count; i++)
        TRY(trouble_meaning_load(c->w->view, slice_str(c->codes[i].sent.code), make, &c->codes[i].meaning));
    const struct cockpit_input in = {.view = c->w->view, .book = c->car.book, .k = &c->car.k, .services = services, .service_count = count,
                                     .codes = c->codes, .code_count = c->code_count, .sensors = &c->sensors,
                                     .events = c->car.events, .event_count = c->car.event_count, .vehicle = c->car.vehicle,
                                     .now_ms = c->car.state.now_ms};
    TRY(cockpit_suggest(&in, c->list, &c->count));
    if (c->count > c->limit) c->count = c->limit;
    return ERR_OK;
}

static uint32_t labour_of(const struct cockpit_suggestion *s) { return s->due ? service_labour(&s->due->plan) : s->service->labour; }

static enum err near_begin(struct cockpit *c) {
    c->near.limit = API_NEAR_SERVICES_KNOWN;
    return api_near_begin(c->w, c->rq, &c->car.k, NULL, c->style.currency, &c->near);
}

// What a code leads to is one part; else what the service takes. Without a car nothing is offered.
static enum err offer_of(struct cockpit *c, const struct cockpit_suggestion *s, struct service_offer *out) {
    struct planned_service plan = s->due ? s->due->plan : (struct planned_service){.service = s->service};
    struct book_service narrowed = *s->service;
    *out = (struct service_offer){0};
    if (!c->car.k.resolved) return ERR_OK;
    if (s->type && !s->due) {
        narrowed.type_count = 1;
        narrowed.types[0] = s->type;
        plan.service = &narrowed;
    }
    return service_offer_make(&c->offers, &plan, out);
}

// ---- output -------------------------------------------------------------------------------------------------------------------------------
static void cause_json(struct cockpit *c, struct json_writer *j, const struct cockpit_suggestion *s, const struct cockpit_cause *cause) {
    json_open(j, '{');
    if (cause->kind == CAUSE_CODE) {
        const struct trouble_meaning *m = &cause->code->meaning;
        json_key_str(j, "type", "code");
        json_key_str(j, "code", m->code.code);
        json_key_string(j, "text", c->style.zh ? m->code.text_zh : m->code.text);
        json_key_str(j, "origin", trouble_origin_name(m->origin));
        if (cause->code->sent.has_failure) {
            json_key_int(j, "failure_type", cause->code->sent.failure);
            api_key_text(j, "failure", trouble_failure_text(cause->code->sent.failure, c->style.zh));
        }
    } else if (cause->kind == CAUSE_SENSOR) {
        json_key_str(j, "type", "sensor");
        json_key_str(j, "sensor", cause->sensor);
        if (cause->wheel.n) json_key_string(j, "wheel", cause->wheel);
        json_key_double(j, "value", cause->value);
    } else {
        json_key_str(j, "type", "due");
        json_key_str(j, "state", due_state_name(s->due->due.state));
        json_key_string(j, "why", car_service_why(c->w->view->arena, s->due, &c->car.car, c->style.zh));
    }
    json_close(j, '}');
}

static const struct offer_choice *product_of(const struct service_offer *o) {
    for (unsigned i = 0; i < o->line_count; i++)
        if (!o->lines[i].labour && !o->lines[i].conditional && o->lines[i].choice_count) return &o->lines[i].choices[0];
    return NULL;
}

static enum err full_json(struct cockpit *c, struct json_writer *j, const struct cockpit_suggestion *s, const struct service_offer *o) {
    const struct offer_choice *best = product_of(o);
    json_open(j, '{');
    json_key_string(j, "service", s->service->is.slug);
    json_key_string(j, "name", s->service->is.name);
    json_key_string(j, "name_zh", s->service->is.name_zh);
    json_key_str(j, "severity", cockpit_severity_name(s->severity));
    json_key_string(j, "reason", cockpit_reason(c->w->view->arena, s, c->style.zh));
    json_key_double(j, "confidence", s->confidence);
    json_key_double(j, "score", s->score);
    json_key_open(j, "causes", '[');
    for (unsigned i = 0; i < s->cause_count; i++) cause_json(c, j, s, &s->causes[i]);
    json_close(j, ']');
    json_key(j, "hit");
    if (best) {
        struct hit hit = {best->match, best->score};
        TRY(hit_json(c->w, j, &hit, &c->style));
        json_close(j, '}');
    } else {
        json_null(j);
    }
    json_key(j, "question");
    service_question_json(c->w->view, j, &c->car.k, s->due ? s->due->plan.question : 0, c->style.zh);
    money_json(j, "total", o->cost, o->cost != 0, c->style.currency);
    json_key_bool(j, "total_complete", o->line_count > 0 && o->complete);
    json_key_open(j, "workshops", '[');
    TRY(api_near_service_json(c->w, j, &c->near, labour_of(s), c->style.currency));
    json_close(j, ']');
    json_close(j, '}');
    return ERR_OK;
}

static enum err brief_json(struct cockpit *c, struct json_writer *j, const struct cockpit_suggestion *s, const struct service_offer *o) {
    const struct offer_choice *best = product_of(o);
    json_open(j, '{');
    json_key_string(j, "service", s->service->is.slug);
    json_key_string(j, "name", c->style.zh ? s->service->is.name_zh : s->service->is.name);
    json_key_str(j, "severity", cockpit_severity_name(s->severity));
    json_key_string(j, "reason", cockpit_reason(c->w->view->arena, s, c->style.zh));
    json_key(j, "product");
    if (best) TRY(product_id_json(c->w->view, j, best->match.product));
    else json_null(j);
    money_json(j, "total", o->cost, o->cost != 0, c->style.currency);
    if (c->near.given) TRY(api_near_service_short_json(c->w, j, &c->near, labour_of(s)));
    json_close(j, '}');
    return ERR_OK;
}

// In the short form a suggestion that would make the answer too long is left out, and how many were is told.
static enum err suggestions_json(struct cockpit *c, struct json_writer *j) {
    unsigned told = 0;
    size_t began = c->rq->out.n;
    json_key_open(j, "suggestions", '[');
    for (; told < c->count; told++) {
        struct service_offer offer;
        struct buf before = c->rq->out;
        bool comma = j->comma;
        TRY(offer_of(c, &c->list[told], &offer));
        TRY(c->brief ? brief_json(c, j, &c->list[told], &offer) : full_json(c, j, &c->list[told], &offer));
        if (!c->brief || c->rq->out.n - began <= SHORT_BYTES) continue;
        c->rq->out.n = before.n;
        j->comma = comma;
        break;
    }
    json_close(j, ']');
    if (c->brief) json_key_int(j, "more", c->count - told);
    return ERR_OK;
}

static enum err answer(struct cockpit *c) {
    struct json_writer j = api_begin(c->rq);
    const struct knowledge *k = &c->car.k;
    if (!c->brief) {
        json_key(&j, "vehicle");
        if (k->resolved && k->vehicle_count == 1) vehicle_json(c->w->view, &j, k->vehicles[0].vehicle, k->vehicles[0].possible, false);
        else json_null(&j);
    }
    TRY(suggestions_json(c, &j));
    api_query_members(c->rq, &j);
    return api_end(c->rq, &j);
}

static enum err read(struct request *rq, struct app_worker *w, struct fault *why) {
    struct rank_person person;
    struct cockpit *c = ARENA_NEW(&rq->arena, struct cockpit);
    if (!c) return ERR_NO_MEMORY;
    c->rq = rq;
    c->w = w;
    TRY(request_json(rq, &c->body, why));
    TRY(parse(c, why));
    TRY(suggest(c, why));
    rank_begin(w->ranker);
    enum err e = rank_person_load(w->ranker, w->view, c->car.user, NULL, 0, &person);
    c->offers = (struct offer_query){.ranker = w->ranker, .view = w->view, .person = &person, .surface = RANK_COCKPIT, .k = &c->car.k,
                                     .currency = c->style.currency, .choices = 1};
    if (e == ERR_OK) e = near_begin(c);
    if (e == ERR_OK) e = answer(c);
    api_near_end(w);
    rank_end(w->ranker);
    return e;
}

enum err api_cockpit_suggest(struct request *rq, struct fault *why) { return api_read(rq, why, read); }

// ---- news for a stream ----------------------------------------------------------------------------------------------------------------------
#define DTC_MAX_AGE_MS (DAY_MS)

// Codes a car sent of itself within a day: telemetry whose service is dtc and whose query is the code.
static enum err codes_of_events(struct cockpit *c) {
    c->codes = ARENA_ARRAY(&c->rq->arena, struct cockpit_code, COCKPIT_CODES_MAX);
    if (!c->codes) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < c->car.event_count && c->code_count < COCKPIT_CODES_MAX; i++) {
        const struct event *e = &c->car.events[i];
        if (e->type != EVENT_TELEMETRY || !slice_is(e->service, "dtc") || e->unix_ms < c->car.state.now_ms - DTC_MAX_AGE_MS) continue;
        c->code_count += trouble_text_parse(e->query, &c->codes[c->code_count].sent);
    }
    return ERR_OK;
}

static enum err car_of(struct cockpit *c, struct slice vehicle, struct fault *why) {
    const struct user *p = c->car.person;
    for (unsigned i = 0; p && i < p->garage_count; i++)
        if (vehicle.n == 0 || slice_eq(p->garage[i].vehicle, vehicle)) return api_car_of_garage(c->rq, c->w, i, &c->car, why);
    return vehicle.n ? api_knowledge_of(c->rq, c->w, vehicle, SLICE_NONE, SLICE_NONE, &c->car.k, why) : ERR_OK;
}

static void keep_untold(struct cockpit *c, uint64_t told[2]) {
    uint64_t current[2] = {0};
    unsigned kept = 0;
    for (unsigned i = 0; i < c->count; i++) {
        size_t at = (size_t)(c->list[i].service - c->car.book->services) % SERVICES_MAX;
        bool known = told[at / 64] >> (at % 64) & 1;
        current[at / 64] |= UINT64_C(1) << (at % 64);
        if (!known) c->list[kept++] = c->list[i];
    }
    c->count = kept;
    memcpy(told, current, sizeof current);
}

enum err api_cockpit_news(struct request *rq, struct app_worker *w, struct slice user, struct slice vehicle, uint64_t told[2], struct json_writer *j,
                          bool *any, struct fault *why) {
    struct rank_person person;
    struct cockpit *c = ARENA_NEW(&rq->arena, struct cockpit);
    if (!c) return ERR_NO_MEMORY;
    *c = (struct cockpit){.rq = rq, .w = w, .brief = true, .limit = COCKPIT_SUGGESTIONS_MAX};
    TRY(api_car_begin(rq, w, user, &c->car, why));
    TRY(api_currency(rq, &c->style.currency, why));
    c->style.zh = api_zh(rq);
    c->style.k = &c->car.k;
    TRY(codes_of_events(c));
    TRY(car_of(c, vehicle, why));
    TRY(suggest(c, why));
    keep_untold(c, told);
    *any = c->count > 0;
    if (!*any) return ERR_OK;
    rank_begin(w->ranker);
    enum err e = rank_person_load(w->ranker, w->view, c->car.user, NULL, 0, &person);
    c->offers = (struct offer_query){.ranker = w->ranker, .view = w->view, .person = &person, .surface = RANK_COCKPIT, .k = &c->car.k,
                                     .currency = c->style.currency, .choices = 1};
    if (e == ERR_OK) e = suggestions_json(c, j);
    rank_end(w->ranker);
    return e;
}

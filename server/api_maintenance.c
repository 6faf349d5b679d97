// GET /v1/maintenance: what a car needs, when and why, with the products that fit and the labour: the plan and the quote.
//
// Twenty services of up to three product types each are looked up and ranked, so it runs on a compute thread.
#include "index/base/limits.h"
#include "index/names.h"
#include "server/api_car.h"
#include "server/api_near.h"
#include "server/api_offer.h"
#include "server/api_routes.h"

#define MONTHS_MAX 1200
#define REASONS_PER_HIT 1
#define PACKAGES_MAX 16

struct package {
    const struct book_service *is;
    unsigned item_count;
    uint8_t items[SERVICE_ITEMS_MAX]; // places in the plan's list
    struct service_offer offer;       // of the package itself
};
_Static_assert(SERVICES_MAX <= UINT8_MAX, "places in the list");

struct plan {
    struct request *rq;
    struct app_worker *w;
    struct api_car car;
    struct hit_style style;
    struct car_service *list;
    struct service_offer *offers; // of each of the list; without lines where none is made
    unsigned count;
    struct package packages[PACKAGES_MAX];
    unsigned package_count;
    struct api_near near;
};

static bool in_quote(const struct car_service *s) { return s->due.state >= DUE_NOW && s->plan.applies != APPLIES_MAYBE; }

// ---- parameters -----------------------------------------------------------------------------------------------------------------------
static enum err number(const struct request *rq, const char *name, int64_t most, bool *has, uint32_t *out, struct fault *why) {
    int64_t value = 0;
    struct slice text = request_param(rq, name);
    if (!text.p) return ERR_OK;
    TRY(request_param_int(rq, name, 0, most, &value, why));
    *has = true;
    *out = (uint32_t)value;
    return ERR_OK;
}

static enum err car_params(struct plan *p, struct fault *why) {
    const struct request *rq = p->rq;
    struct slice use = request_param(rq, "use");
    TRY(number(rq, "odometer_km", ODOMETER_KM_MAX, &p->car.state.has_km, &p->car.state.km, why));
    TRY(number(rq, "months", MONTHS_MAX, &p->car.state.has_months, &p->car.state.months, why));
    if (use.p && !due_use_parse(use, &p->car.state.use)) return fault_set(why, ERR_BAD_REQUEST, "use", "use is severe, normal or highway");
    TRY(service_past_history(p->car.book, request_param(rq, "history"), p->car.past, why));
    TRY(service_past_inspection(request_param(rq, "inspection"), p->car.past, why));
    TRY(api_knowledge(rq, p->w, &p->car.k, why));
    if (p->car.k.given) return ERR_OK;
    if (!p->car.person || p->car.person->garage_count == 0)
        return fault_set(why, ERR_BAD_REQUEST, "vehicle", "vehicle is missing, and the user has no car");
    return api_car_of_garage(rq, p->w, 0, &p->car, why);
}

static enum err params(struct plan *p, struct fault *why) {
    TRY(api_car_begin(p->rq, p->w, request_param(p->rq, "user"), &p->car, why));
    TRY(api_currency(p->rq, &p->style.currency, why));
    TRY(api_near_params(p->rq, &p->near, why));
    TRY(car_params(p, why));
    p->style.k = &p->car.k;
    p->style.zh = api_zh(p->rq);
    p->style.reasons = REASONS_PER_HIT;
    p->style.near = &p->near;
    return ERR_OK;
}

// ---- offers and workshops -----------------------------------------------------------------------------------------------------------------------------
static bool needs_workshop(const struct car_service *s) { return s->due.state >= DUE_SOON; }

static enum err near_begin(struct plan *p) {
    p->near.limit = API_NEAR_SERVICES_KNOWN;
    return api_near_begin(p->w, p->rq, &p->car.k, NULL, p->style.currency, &p->near);
}

static bool place_in_plan(const struct plan *p, const struct book_service *s, uint8_t *out) {
    for (unsigned i = 0; i < p->count; i++)
        if (p->list[i].plan.service == s && p->list[i].plan.applies != APPLIES_MAYBE) {
            *out = (uint8_t)i;
            return true;
        }
    return false;
}

// A package is worth telling of when the car has all of its services and one at least is due.
static bool package_of(const struct plan *p, const struct book_service *s, struct package *out) {
    bool due = false;
    *out = (struct package){.is = s};
    for (unsigned i = 0; i < s->item_count; i++) {
        if (!place_in_plan(p, &p->car.book->services[s->items[i]], &out->items[out->item_count])) return false;
        due |= in_quote(&p->list[out->items[out->item_count++]]);
    }
    return due;
}

static enum err packages_make(struct plan *p, struct offer_query *q) {
    q->tiers = false; // quotes by class are of the services alone
    for (unsigned i = 0; i < p->car.book->count && p->package_count < PACKAGES_MAX; i++) {
        struct package *b = &p->packages[p->package_count];
        if (!package_of(p, &p->car.book->services[i], b)) continue;
        TRY(service_offer_package(q, b->is, &b->offer));
        p->package_count++;
    }
    return ERR_OK;
}

static enum err offers_make(struct plan *p) {
    struct rank_person person;
    TRY(rank_person_load(p->w->ranker, p->w->view, p->car.user, NULL, 0, &person));
    struct offer_query q = {.ranker = p->w->ranker, .view = p->w->view, .person = &person, .surface = RANK_STOREFRONT, .k = &p->car.k,
                            .currency = p->style.currency, .choices = OFFER_CHOICES, .tiers = true, .conditionals = true};
    for (unsigned i = 0; i < p->count; i++)
        if (p->list[i].plan.applies != APPLIES_MAYBE) TRY(service_offer_make(&q, &p->list[i].plan, &p->offers[i]));
    return packages_make(p, &q);
}

// ---- output -----------------------------------------------------------------------------------------------------------------------------
static const char *applies_name(enum service_applies a) { return a == APPLIES_ALL ? "all" : a == APPLIES_SOME ? "some" : "maybe"; }

static void due_json(struct json_writer *j, const struct due *d) {
    json_key_str(j, "state", due_state_name(d->state));
    json_key(j, "due_km");
    if (d->has_km) json_int(j, d->km);
    else json_null(j);
    json_key(j, "due_date");
    if (d->has_day) json_int(j, (int64_t)d->day * DAY_MS);
    else json_null(j);
    json_key_bool(j, "date_is_forecast", d->forecast);
    json_key_bool(j, "assumed", d->assumed);
    json_key_bool(j, "estimated", d->estimated);
}

static void rule_json(struct json_writer *j, const struct planned_service *s) {
    const struct service_rule *r = &s->interval->is;
    json_key_str(j, "source", service_source_name(r->source));
    json_key_string(j, "rule", r->id);
    json_key_int(j, "rule_version", (int64_t)r->version);
    json_key_open(j, "interval", '{');
    json_key_int(j, "km", r->km);
    json_key_int(j, "months", r->months);
    json_close(j, '}');
    const struct service_rule *a = s->amount ? &s->amount->is : NULL;
    json_key(j, "quantity");
    if (a && a->amount_milli) json_double(j, a->amount_milli / 1000.0);
    else json_null(j);
    api_key_text(j, "unit", a ? a->unit : SLICE_NONE);
    api_key_text(j, "fluid", a ? a->fluid : SLICE_NONE);
    json_key(j, "quantity_source");
    if (a && a->amount_milli) json_str(j, service_source_name(a->source));
    else json_null(j);
    json_key_bool(j, "quantity_varies", s->amount_varies);
}

static enum err item_json(struct plan *p, struct json_writer *j, unsigned i) {
    const struct car_service *s = &p->list[i];
    const struct service *is = &s->plan.service->is;
    const struct service_rule *r = &s->plan.interval->is;
    json_open(j, '{');
    json_key_string(j, "service", is->slug);
    json_key_string(j, "name", is->name);
    json_key_string(j, "name_zh", is->name_zh);
    due_json(j, &s->due);
    json_key_string(j, "why", car_service_why(p->w->view->arena, s, &p->car.car, p->style.zh));
    api_key_text(j, "note", p->style.zh && r->note_zh.n ? r->note_zh : r->note);
    rule_json(j, &s->plan);
    json_key_str(j, "applies", applies_name(s->plan.applies));
    json_key_bool(j, "varies", s->plan.varies);
    json_key(j, "question");
    service_question_json(p->w->view, j, &p->car.k, s->plan.question, p->style.zh);
    TRY(offer_members_json(p->w, j, &p->offers[i], &p->style));
    json_key_open(j, "workshops", '[');
    if (needs_workshop(s)) TRY(api_near_service_json(p->w, j, &p->near, service_labour(&s->plan), p->style.currency));
    json_close(j, ']');
    json_close(j, '}');
    return ERR_OK;
}

static void totals_json(const struct plan *p, struct json_writer *j) {
    uint64_t total = 0, tiers[OFFER_TIERS] = {0};
    bool complete = true;
    for (unsigned i = 0; i < p->count; i++) {
        if (!in_quote(&p->list[i])) continue;
        total += p->offers[i].cost;
        for (unsigned t = 0; t < OFFER_TIERS; t++) tiers[t] += p->offers[i].tier_cost[t];
        complete &= p->offers[i].complete;
    }
    money_json(j, "total", total, true, p->style.currency);
    json_key_bool(j, "total_complete", complete);
    json_key_open(j, "quotes", '{');
    for (unsigned t = 0; t < OFFER_TIERS; t++) money_json(j, offer_tier_name((enum offer_tier)t), tiers[t], true, p->style.currency);
    json_close(j, '}');
}

// What is left to do when a package is taken, and what all of it costs then; what its services cost one by one.
static void package_sums_json(const struct plan *p, const struct package *b, struct json_writer *j) {
    uint64_t left = 0, separately = 0;
    unsigned outside = 0;
    bool complete = true;
    for (unsigned i = 0; i < p->count; i++) {
        bool inside = false;
        for (unsigned k = 0; k < b->item_count; k++) inside |= b->items[k] == i;
        if (inside) {
            separately += p->offers[i].cost;
            complete &= p->offers[i].complete;
        } else if (in_quote(&p->list[i])) {
            left += p->offers[i].cost;
            outside++;
        }
    }
    json_key_int(j, "left", outside);
    money_json(j, "separately", separately, separately != 0, p->style.currency);
    json_key_bool(j, "separately_complete", complete);
    money_json(j, "total", left + b->offer.cost, b->offer.cost != 0, p->style.currency);
}

static enum err package_json(struct plan *p, struct json_writer *j, const struct package *b) {
    unsigned due = 0;
    json_open(j, '{');
    json_key_string(j, "service", b->is->is.slug);
    json_key_string(j, "name", b->is->is.name);
    json_key_string(j, "name_zh", b->is->is.name_zh);
    json_key_open(j, "items", '[');
    for (unsigned i = 0; i < b->item_count; i++) json_string(j, p->list[b->items[i]].plan.service->is.slug);
    json_close(j, ']');
    for (unsigned i = 0; i < b->item_count; i++) due += in_quote(&p->list[b->items[i]]);
    json_key_int(j, "due", due);
    package_sums_json(p, b, j);
    TRY(offer_members_json(p->w, j, &b->offer, &p->style));
    json_close(j, '}');
    return ERR_OK;
}

static enum err packages_json(struct plan *p, struct json_writer *j) {
    json_key_open(j, "packages", '[');
    for (unsigned i = 0; i < p->package_count; i++) TRY(package_json(p, j, &p->packages[i]));
    json_close(j, ']');
    return ERR_OK;
}

static void car_json(struct plan *p, struct json_writer *j) {
    const struct knowledge *k = &p->car.k;
    json_key(j, "vehicle");
    if (k->resolved && k->vehicle_count == 1) vehicle_json(p->w->view, j, k->vehicles[0].vehicle, k->vehicles[0].possible, false);
    else json_null(j);
    json_key(j, "odometer_km");
    if (p->car.state.has_km) json_int(j, p->car.state.km);
    else json_null(j);
    json_key(j, "months");
    if (p->car.state.has_months) json_int(j, p->car.state.months);
    else json_null(j);
    json_key_str(j, "use", due_use_name(p->car.state.use));
    json_key_int(j, "km_per_year", p->car.car.km_per_year);
    json_key_str(j, "km_per_year_source", p->car.car.typical ? "typical" : "own");
    json_key_int(j, "rules_version", (int64_t)p->car.book->version);
}

static enum err answer(struct plan *p) {
    struct json_writer j = api_begin(p->rq);
    car_json(p, &j);
    json_key_open(&j, "items", '[');
    for (unsigned i = 0; i < p->count; i++) TRY(item_json(p, &j, i));
    json_close(&j, ']');
    TRY(packages_json(p, &j));
    totals_json(p, &j);
    api_query_members(p->rq, &j);
    json_close(&j, '}');
    return p->rq->out.bad ? ERR_NO_MEMORY : ERR_OK;
}

// ---- the handler --------------------------------------------------------------------------------------------------------------------------
static enum err read(struct request *rq, struct app_worker *w, struct fault *why) {
    struct plan *p = ARENA_NEW(&rq->arena, struct plan);
    if (!p) return ERR_NO_MEMORY;
    p->rq = rq;
    p->w = w;
    TRY(params(p, why));
    api_car_settle(w, &p->car);
    p->list = ARENA_ARRAY(&rq->arena, struct car_service, SERVICES_MAX);
    p->offers = ARENA_ARRAY(&rq->arena, struct service_offer, SERVICES_MAX);
    if (!p->list || !p->offers) return ERR_NO_MEMORY;
    if (p->car.k.resolved) TRY(api_car_services(w, &p->car, p->list, &p->count, why));
    rank_begin(w->ranker);
    enum err e = near_begin(p);
    if (e == ERR_OK) e = offers_make(p);
    if (e == ERR_OK) e = answer(p);
    api_near_end(w);
    rank_end(w->ranker);
    return e;
}

static enum err work(struct request *rq, void *thread_state, struct fault *why) { return api_read_on(thread_state, rq, why, read); }

enum err api_maintenance(struct request *rq, struct fault *why) { return request_compute(rq, work, api_answered, why); }

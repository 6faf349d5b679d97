// GET /v1/users/{id}/needs: what a person needs, car by car: services due, what they showed interest in, the evidence, and the next best
// offer. What the storefront's first page and a push system read. Several plans, so it runs on a compute thread.
#include "model/cockpit.h"

#include "index/base/limits.h"
#include "index/names.h"
#include "server/api_car.h"
#include "server/api_offer.h"
#include "server/api_routes.h"

#define CARS_MOST 8        // of a garage; the rest is told as not looked at
#define INTENTS_MOST 8
#define INTENT_DAYS 90
#define QUERIES_MOST 5
#define HALF_LIFE_DAYS 14.0

struct intent { uint32_t type; double weight; unsigned clicks, carts, purchases; int64_t last_ms; };
struct query_seen { struct slice text; unsigned count; int64_t last_ms; };

struct needs {
    struct request *rq;
    struct app_worker *w;
    struct hit_style style;
    struct intent intents[INTENTS_MOST * 4];
    unsigned intent_count;
    struct query_seen queries[QUERIES_MOST];
    unsigned query_count;
    struct offer_query offers;
};

// ---- what was shown -----------------------------------------------------------------------------------------------------------------------
static struct intent *intent_of(struct needs *n, uint32_t type) {
    for (unsigned i = 0; i < n->intent_count; i++)
        if (n->intents[i].type == type) return &n->intents[i];
    if (n->intent_count == sizeof n->intents / sizeof *n->intents) return NULL;
    struct intent *o = &n->intents[n->intent_count++];
    *o = (struct intent){.type = type};
    return o;
}

static void query_seen(struct needs *n, const struct event *e) {
    for (unsigned i = 0; i < n->query_count; i++)
        if (slice_eq(n->queries[i].text, e->query)) {
            n->queries[i].count++;
            return;
        }
    if (n->query_count < QUERIES_MOST) n->queries[n->query_count++] = (struct query_seen){e->query, 1, e->unix_ms};
}

// Newest first: the last time is the first one seen. What was bought is no intent any more, but what shows it was one.
static void intents_collect(struct needs *n, const struct event *list, unsigned count, int64_t now_ms) {
    for (unsigned i = 0; i < count; i++) {
        const struct event *e = &list[i];
        double days = (double)(now_ms - e->unix_ms) / (double)DAY_MS;
        if (days > INTENT_DAYS) continue;
        if (e->type == EVENT_SEARCH && e->query.n) query_seen(n, e);
        bool wish = e->type == EVENT_CLICK || e->type == EVENT_CART || e->type == EVENT_PURCHASE;
        uint32_t type = e->product ? columns_facts(n->w->view, e->product)->type : 0;
        struct intent *o = wish && type ? intent_of(n, type) : NULL;
        if (!o) continue;
        if (!o->last_ms) o->last_ms = e->unix_ms;
        o->clicks += e->type == EVENT_CLICK;
        o->carts += e->type == EVENT_CART;
        o->purchases += e->type == EVENT_PURCHASE;
        if (o->purchases == 0) o->weight += (e->type == EVENT_CART ? 4 : 1) * __builtin_exp2(-days / HALF_LIFE_DAYS);
    }
    for (unsigned i = 1; i < n->intent_count; i++)
        for (unsigned k = i; k > 0 && n->intents[k].weight > n->intents[k - 1].weight; k--) {
            struct intent t = n->intents[k];
            n->intents[k] = n->intents[k - 1];
            n->intents[k - 1] = t;
        }
    if (n->intent_count > INTENTS_MOST) n->intent_count = INTENTS_MOST;
}

static void intents_json(struct needs *n, struct json_writer *j) {
    json_key_open(j, "intents", '[');
    for (unsigned i = 0; i < n->intent_count; i++) {
        const struct intent *o = &n->intents[i];
        struct type_info t;
        if (o->weight <= 0 || type_load(n->w->view, o->type, &t) != ERR_OK) continue;
        json_open(j, '{');
        json_key_string(j, "type", t.slug);
        json_key_string(j, "name", t.name);
        json_key_string(j, "name_zh", t.name_zh);
        json_key_double(j, "weight", o->weight);
        json_key_open(j, "evidence", '{');
        json_key_int(j, "clicks", o->clicks);
        json_key_int(j, "carts", o->carts);
        json_key_int(j, "last", o->last_ms);
        json_close(j, '}');
        json_close(j, '}');
    }
    json_close(j, ']');
    json_key_open(j, "searches", '[');
    for (unsigned i = 0; i < n->query_count; i++) {
        json_open(j, '{');
        json_key_string(j, "query", n->queries[i].text);
        json_key_int(j, "count", n->queries[i].count);
        json_key_int(j, "last", n->queries[i].last_ms);
        json_close(j, '}');
    }
    json_close(j, ']');
}

// ---- one car ------------------------------------------------------------------------------------------------------------------------------
static double intent_weight(const struct needs *n, const struct book_service *s) {
    double most = 0;
    for (unsigned i = 0; i < n->intent_count; i++)
        for (unsigned t = 0; t < s->type_count; t++)
            if (s->types[t] == n->intents[i].type && n->intents[i].weight > most) most = n->intents[i].weight;
    return most;
}

static enum err need_json(struct needs *n, struct json_writer *j, struct api_car *car, const struct cockpit_suggestion *s) {
    json_open(j, '{');
    json_key_string(j, "service", s->service->is.slug);
    json_key_string(j, "name", s->service->is.name);
    json_key_string(j, "name_zh", s->service->is.name_zh);
    json_key_str(j, "severity", cockpit_severity_name(s->severity));
    json_key_double(j, "score", s->score);
    json_key_str(j, "state", s->due ? due_state_name(s->due->due.state) : "due");
    json_key(j, "due_km");
    if (s->due && s->due->due.has_km) json_int(j, s->due->due.km);
    else json_null(j);
    json_key(j, "due_date");
    if (s->due && s->due->due.has_day) json_int(j, (int64_t)s->due->due.day * DAY_MS);
    else json_null(j);
    json_key(j, "why");
    if (s->due) json_string(j, car_service_why(n->w->view->arena, s->due, &car->car, n->style.zh));
    else json_null(j);
    json_key_bool(j, "wanted", intent_weight(n, s->service) > 0);
    json_close(j, '}');
    return ERR_OK;
}

// ---- the next best offer ------------------------------------------------------------------------------------------------------------------
static void offer_begin(struct json_writer *j, struct slice service, struct slice type, struct slice reason) {
    json_key_open(j, "next_best_offer", '{');
    if (service.n) json_key_string(j, "service", service); else json_key_null(j, "service");
    if (type.n) json_key_string(j, "type", type); else json_key_null(j, "type");
    json_key_string(j, "reason", reason);
}

// The most urgent need, products that fit and what they cost; interest counts.
static enum err service_json(struct needs *n, struct json_writer *j, const struct cockpit_suggestion *s) {
    struct service_offer offer;
    TRY(service_offer_make(&n->offers, &s->due->plan, &offer));
    offer_begin(j, s->service->is.slug, SLICE_NONE, cockpit_reason(n->w->view->arena, s, n->style.zh));
    TRY(offer_members_json(n->w, j, &offer, &n->style));
    json_close(j, '}');
    return ERR_OK;
}

static struct slice interest_reason(const struct needs *n, const struct intent *o, const struct type_info *t) {
    bool cart = o->carts > 0;
    if (n->style.zh) return arena_printf(n->w->view->arena, cart ? "您把%.*s放进过购物车" : "您看过%.*s", SLICE_ARGS(t->name_zh));
    return arena_printf(n->w->view->arena, cart ? "You put %.*s in your cart" : "You looked at %.*s", SLICE_ARGS(t->name));
}

// What was looked at most of what something surely fits of; `made` tells whether there is any.
static enum err interest_json(struct needs *n, struct json_writer *j, bool *made) {
    *made = false;
    for (unsigned i = 0; i < n->intent_count && !*made; i++) {
        const struct intent *o = &n->intents[i];
        const struct book_service bare = {.type_count = 1, .types = {o->type}}; // the products of the type and no work
        struct service_offer offer;
        struct type_info t;
        if (o->weight <= 0 || type_load(n->w->view, o->type, &t) != ERR_OK) continue;
        TRY(service_offer_make(&n->offers, &(struct planned_service){.service = &bare}, &offer));
        *made = offer.lines[0].choice_count > 0;
        if (!*made) continue;
        offer_begin(j, SLICE_NONE, t.slug, interest_reason(n, o, &t));
        TRY(offer_members_json(n->w, j, &offer, &n->style));
        json_close(j, '}');
    }
    return ERR_OK;
}

static enum err offer_json(struct needs *n, struct json_writer *j, struct api_car *car, const struct cockpit_suggestion *list, unsigned count) {
    bool made;
    n->offers.k = n->style.k = &car->k;
    for (unsigned i = 0; i < count; i++)
        if (list[i].due) return service_json(n, j, &list[i]);
    TRY(interest_json(n, j, &made));
    if (!made) json_key_null(j, "next_best_offer");
    return ERR_OK;
}

static int by_score(const struct cockpit_suggestion *a, const struct cockpit_suggestion *b) { return a->score > b->score ? -1 : a->score < b->score; }

static void order(const struct needs *n, struct cockpit_suggestion *list, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        double wish = intent_weight(n, list[i].service);
        list[i].score *= 1 + (wish > 4 ? 4 : wish) / 4;
    }
    for (unsigned i = 1; i < count; i++)
        for (unsigned k = i; k > 0 && by_score(&list[k], &list[k - 1]) < 0; k--) {
            struct cockpit_suggestion t = list[k];
            list[k] = list[k - 1];
            list[k - 1] = t;
        }
}

static enum err car_json(struct needs *n, struct json_writer *j, struct api_car *car, struct fault *why) {
    static const struct cockpit_sensors no_sensors = {.wheel_count = 0};
    struct car_service *services = arena_alloc(&n->rq->arena, SERVICES_MAX * sizeof *services);
    struct cockpit_suggestion *list = arena_alloc(&n->rq->arena, COCKPIT_SUGGESTIONS_MAX * sizeof *list);
    unsigned count, found;
    if (!services || !list) return ERR_NO_MEMORY;
    api_car_settle(n->w, car);
    TRY(api_car_services(n->w, car, services, &count, why));
    const struct cockpit_input in = {.view = n->w->view, .book = car->book, .k = &car->k, .services = services, .service_count = count,
                                     .sensors = &no_sensors, .events = car->events, .event_count = car->event_count,
                                     .vehicle = car->vehicle, .now_ms = car->state.now_ms};
    TRY(cockpit_suggest(&in, list, &found));
    order(n, list, found);
    json_key(j, "odometer_km");
    if (car->state.has_km) json_int(j, car->state.km);
    else json_null(j);
    json_key_open(j, "needs", '[');
    for (unsigned i = 0; i < found; i++) TRY(need_json(n, j, car, &list[i]));
    json_close(j, ']');
    return offer_json(n, j, car, list, found);
}

static enum err cars_json(struct needs *n, struct json_writer *j, struct api_car *first, struct fault *why) {
    unsigned most = first->person->garage_count < CARS_MOST ? first->person->garage_count : CARS_MOST;
    json_key_open(j, "cars", '[');
    for (unsigned i = 0; i < most; i++) {
        struct api_car car = *first;
        struct fault ignored = {0}; // a car that is gone has no needs
        car.past = arena_alloc(&n->rq->arena, sizeof *car.past);
        if (!car.past) return ERR_NO_MEMORY;
        service_past_init(car.past);
        car.state.past = car.past;
        enum err e = api_car_of_garage(n->rq, n->w, i, &car, &ignored);
        if (e == ERR_BAD_REQUEST || (e == ERR_OK && !car.k.resolved)) continue;
        TRY(e);
        json_open(j, '{');
        json_key_string(j, "vehicle", first->person->garage[i].vehicle);
        TRY(car_json(n, j, &car, why));
        json_close(j, '}');
    }
    json_close(j, ']');
    json_key_int(j, "cars_left_out", first->person->garage_count - most);
    return ERR_OK;
}

static enum err read(struct request *rq, struct app_worker *w, struct fault *why) {
    struct rank_person person;
    struct api_car car;
    struct needs *n = ARENA_NEW(&rq->arena, struct needs);
    if (!n) return ERR_NO_MEMORY;
    n->rq = rq;
    n->w = w;
    TRY(api_currency(rq, &n->style.currency, why));
    n->style.zh = api_zh(rq);
    n->style.reasons = 1;
    TRY(api_car_begin(rq, w, rq->captures[0], &car, why));
    if (!car.person) return fault_set(why, ERR_NOT_FOUND, "id", "no user is called '%.*s'", SLICE_ARGS(rq->captures[0]));
    intents_collect(n, car.events, car.event_count, car.state.now_ms);
    struct json_writer j = api_begin(rq);
    json_key_string(&j, "id", car.person->external_id);
    rank_begin(w->ranker);
    enum err e = rank_person_load(w->ranker, w->view, car.user, NULL, 0, &person);
    n->offers = (struct offer_query){.ranker = w->ranker, .view = w->view, .person = &person, .surface = RANK_STOREFRONT,
                                     .currency = n->style.currency, .choices = OFFER_CHOICES};
    if (e == ERR_OK) e = cars_json(n, &j, &car, why);
    rank_end(w->ranker);
    TRY(e);
    intents_json(n, &j);
    api_query_members(rq, &j);
    json_close(&j, '}');
    return rq->out.bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err work(struct request *rq, void *thread_state, struct fault *why) { return api_read_on(thread_state, rq, why, read); }

enum err api_user_needs(struct request *rq, struct fault *why) { return request_compute(rq, work, api_answered, why); }

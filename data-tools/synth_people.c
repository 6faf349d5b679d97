// synth_people.c: users with garages and taste, and what they did in 90 days.
//
// Taste is latent: a segment has likes among brands, a tier and an eye for price; a person adds their own. A session looks
// for one type for one of their cars; what is clicked and bought is what has the highest utility plus noise among the
// products that fit. So a personal order can be learnt and beats popularity, and how well is a property of the noise.
#include <stdlib.h>
#include <time.h>

#include "synth_product.h"
#include "synth_write.h"

enum { PURPOSE_USER = 50, PURPOSE_SEGMENT_BRAND = 51, PURPOSE_USER_BRAND = 52, PURPOSE_SEGMENT_KIND = 53, PURPOSE_SESSIONS = 54,
       PURPOSE_QUERY = 55, PURPOSE_BASKET = 56 };
enum { SEGMENTS = 8, CARS_MAX = 2, CANDIDATES_MAX = 24, SHOWN = 5, SESSIONS_MAX = 512, DAYS = 90 };
static const double EVENTS_PER_SESSION = 3.55, NOISE = 0.55;

struct taste { double tier, price; };
static const struct taste SEGMENT_TASTE[SEGMENTS] = { // wanted tier 0..2, dislike of price
    {1.7, 0.2}, {1.3, 0.4}, {0.5, 0.9}, {2.0, 0.0}, {1.3, 0.4}, {1.0, 0.6}, {0.5, 1.0}, {0.2, 1.2},
};

struct car { const struct synth_vehicle *vehicle; const struct synth_edge *edge; };
struct person {
    uint32_t number;
    bool chinese;
    unsigned segment, car_count;
    double tier, price;
    struct car cars[CARS_MAX];
};
struct people {
    const struct synth_plan *plan;
    struct synth_counts *counts;
    struct output users, events;
    struct json_writer json;
    struct arena arena;
    double *cumulated[2]; // by market (0 US, 1 China): weights of vehicles up to each
    float *kind_need;     // [segment][kind]
    float *brand_like;    // [segment][brand]
};

// ---- users ----------------------------------------------------------------------------------------------------------------------
static const struct synth_vehicle *vehicle_draw(const struct people *e, bool chinese, struct rng *r) {
    const struct synth_world *w = e->plan->world;
    const double *sum = e->cumulated[chinese];
    double at = rng_unit(r) * sum[w->vehicle_count - 1];
    unsigned low = 0, high = w->vehicle_count - 1;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (sum[middle] <= at) low = middle + 1;
        else high = middle;
    }
    return &w->vehicles[low];
}

static unsigned segment_draw(const struct synth_world *w, const struct synth_vehicle *v, struct rng *r) {
    static const uint8_t BY_CLASS[CLASS_COUNT][4] = {{2, 5, 7, 2}, {7, 5, 6, 0}, {4, 3, 4, 7}, {6, 4, 1, 3}, {1, 1, 7, 0}, {6, 6, 7, 4}};
    if (v->electric && rng_chance(r, 0.4)) return 0;
    return BY_CLASS[w->models[v->model].class_of][rng_below(r, 4)];
}

static struct person person_draw(const struct people *e, uint32_t number) {
    static const double SECOND_CAR = 0.15;
    const struct synth_world *w = e->plan->world;
    struct rng r = rng_of(e->plan->seed, PURPOSE_USER, number);
    struct person p = {.number = number, .chinese = number % 2 == 0};
    if (e->cumulated[p.chinese][w->vehicle_count - 1] <= 0) p.chinese = !p.chinese; // a database of one market only
    p.car_count = 1 + rng_chance(&r, SECOND_CAR);
    for (unsigned i = 0; i < p.car_count; i++) {
        const struct synth_vehicle *v = vehicle_draw(e, p.chinese, &r);
        p.cars[i] = (struct car){v, v->edge_count ? &w->edges[v->first_edge + rng_below(&r, v->edge_count)] : NULL};
    }
    p.segment = segment_draw(w, p.cars[0].vehicle, &r);
    p.tier = SEGMENT_TASTE[p.segment].tier + 0.4 * rng_normal(&r);
    p.price = SEGMENT_TASTE[p.segment].price + 0.2 * rng_normal(&r);
    return p;
}

static void car_attributes_write(struct people *e, const struct car *car) {
    const struct synth_world *w = e->plan->world;
    const struct synth_engine *engine = &w->engines[car->edge->engine];
    struct slice displacement = synth_value(w, WORLD_DISPLACEMENT, engine->displacement), fuel = synth_value(w, WORLD_FUEL, engine->fuel);
    json_key_open(&e->json, "attrs", '{');
    if (displacement.n) json_key_string(&e->json, "displacement", displacement);
    if (fuel.n) json_key_string(&e->json, "fuel", fuel);
    json_close(&e->json, '}');
}

static void car_write(struct people *e, const struct car *car, struct rng *r) {
    static const double KNOWS_ENGINE = 0.7;
    struct json_writer *j = &e->json;
    int64_t today_ms = (int64_t)e->plan->today * 86400000;
    double age = 1 + (double)(1970 + e->plan->today / 365.25) - car->vehicle->year;
    if (age < 0.5) age = 0.5;
    json_open(j, '{');
    json_key_string(j, "vehicle", car->vehicle->slug);
    if (car->edge && rng_chance(r, KNOWS_ENGINE)) car_attributes_write(e, car);
    json_key_int(j, "odometer_km", (int64_t)(age * 12500 * exp(0.35 * rng_normal(r))) / 100 * 100);
    json_key_int(j, "since", today_ms - (int64_t)(age * rng_unit(r) * 365) * 86400000);
    json_close(j, '}');
}

static void user_write(struct people *e, const struct person *p) {
    struct rng r = rng_of(e->plan->seed, PURPOSE_USER, ~(uint64_t)p->number);
    struct json_writer *j = &e->json;
    *j = json_writer_of(&e->users.buf);
    json_open(j, '{');
    json_key_str(j, "kind", "user");
    json_key_string(j, "id", arena_printf(&e->arena, "u%06u", p->number));
    json_key_open(j, "identities", '[');
    json_open(j, '{');
    json_key_str(j, "kind", p->chinese ? "mini_program" : "app");
    json_key_string(j, "value", arena_printf(&e->arena, "sample-%06u", p->number));
    json_close(j, '}');
    json_close(j, ']');
    json_key_open(j, "garage", '[');
    for (unsigned i = 0; i < p->car_count; i++) car_write(e, &p->cars[i], &r);
    json_close(j, ']');
    json_close(j, '}');
    buf_char(&e->users.buf, '\n');
    output_flush(&e->users);
    arena_reset(&e->arena);
    e->counts->users++;
}

// ---- what may be chosen ---------------------------------------------------------------------------------------------------------
static uint32_t family_for(const struct people *e, const struct car *car, const struct synth_kind *k) {
    const struct synth_families *f = &e->plan->families;
    switch (k->spec->rule) {
    case RULE_PLATFORM: return car->vehicle->family;
    case RULE_ENGINE: return car->edge ? car->edge->family : SYNTH_NO_FAMILY;
    case RULE_TYRE: return f->first_tyre + car->vehicle->tyre;
    case RULE_OIL: return car->edge && e->plan->world->engines[car->edge->engine].combustion ? f->first_oil + car->edge->oil : SYNTH_NO_FAMILY;
    default: return SYNTH_NO_FAMILY;
    }
}

static bool goods_suit(const struct people *e, const struct car *car, const struct synth_kind *k) {
    if (k->spec->power == POWER_ANY) return true;
    if (!car->edge) return false;
    const struct synth_engine *engine = &e->plan->world->engines[car->edge->engine];
    return k->spec->power == POWER_PLUG ? engine->plug : engine->combustion;
}

// Products of a kind for a car, at most CANDIDATES_MAX, the better known more often.
static unsigned candidates(const struct people *e, const struct car *car, unsigned kind, struct rng *r, uint32_t out[CANDIDATES_MAX]) {
    const struct synth_kind *k = &e->plan->kinds[kind];
    uint32_t family = family_for(e, car, k), first = k->first_goods, count = 0;
    if (family != SYNTH_NO_FAMILY) synth_plan_range(e->plan, family, kind, &first, &count);
    else if (k->goods_count && goods_suit(e, car, k)) count = k->goods_count;
    if (count <= CANDIDATES_MAX) {
        for (uint32_t i = 0; i < count; i++) out[i] = first + i;
        return count;
    }
    for (unsigned i = 0; i < CANDIDATES_MAX; i++) {
        double u = rng_unit(r);
        out[i] = first + (uint32_t)(u * u * u * count);
        for (unsigned j = 0; j < i; j++)
            if (out[j] == out[i]) out[i] = first + (out[i] - first + 1) % count;
    }
    return CANDIDATES_MAX;
}

static double utility(const struct people *e, const struct person *p, const struct synth_product *product) {
    const struct synth_kind *k = &e->plan->kinds[product->kind];
    struct rng own = rng_of(e->plan->seed, PURPOSE_USER_BRAND, (uint64_t)p->number << 16 | product->brand);
    double middle = sqrt((double)k->spec->usd_low * k->spec->usd_high) * 100;
    double brand = e->brand_like[p->segment * e->plan->facts->brand_count + product->brand] + 0.9 * rng_normal(&own);
    return brand - 0.8 * fabs(product->tier - p->tier) - p->price * log(product->usd_cents / middle) + 0.35 * product->quality;
}

// ---- events -----------------------------------------------------------------------------------------------------------------------
struct session {
    const struct person *person;
    const struct car *car;
    int64_t ms;
    uint32_t *event; // of this person, for ids
    uint32_t search; // the event that began it, when one did
};

static void event_begin(struct people *e, struct session *s, const char *type) {
    struct buf *b = &e->events.buf;
    buf_printf(b, "{\"kind\":\"event\",\"id\":\"s%u-%u\",\"ts\":%lld,\"user\":\"u%06u\",\"type\":\"%s\"", s->person->number, ++*s->event,
               (long long)s->ms, s->person->number, type);
}

static void event_end(struct people *e, struct session *s) {
    struct buf *b = &e->events.buf;
    buf_slice_put(b, SLICE(",\"surface\":\"storefront\",\"vehicle\":\""));
    buf_slice_put(b, s->car->vehicle->slug);
    buf_slice_put(b, SLICE("\"}\n"));
    output_flush(&e->events);
    e->counts->events++;
}

static void product_event(struct people *e, struct session *s, const char *type, uint32_t product, unsigned position, double value) {
    struct buf *b = &e->events.buf;
    s->ms += 20000;
    event_begin(e, s, type);
    buf_slice_put(b, SLICE(",\"product\":\""));
    synth_product_id(e->plan, &e->plan->products[product], b);
    buf_char(b, '"');
    if (position) buf_printf(b, ",\"position\":%u", position);
    if (value > 0) buf_printf(b, ",\"value\":%.0f", value);
    if (s->search) buf_printf(b, ",\"query_id\":\"q%u-%u\"", s->person->number, s->search);
    event_end(e, s);
}

static struct slice lower(struct arena *a, struct slice text) {
    struct slice copy = arena_copy(a, text);
    for (size_t i = 0; copy.p && i < copy.n; i++)
        if (copy.p[i] >= 'A' && copy.p[i] <= 'Z') ((char *)(uintptr_t)copy.p)[i] += 'a' - 'A';
    return copy;
}

// As people write it: the part, the part for the model, and now and then the year as well. Draws from a stream of its own.
static struct slice query_draw(struct people *e, const struct session *s, const struct fact_type *type) {
    static const double ALONE = 0.45, UNDATED = 0.4;
    const struct synth_model *m = &e->plan->world->models[s->car->vehicle->model];
    struct rng r = rng_of(e->plan->seed, PURPOSE_QUERY, (uint64_t)s->person->number << 16 | *s->event);
    struct model model;
    struct slice name = m->name, part = s->person->chinese ? type->name_zh : type->name;
    double how = rng_unit(&r);
    if (model_load(e->plan->world->view, m->make, m->model, &model) == ERR_OK && s->person->chinese && model.name_zh.n) name = model.name_zh;
    if (how < ALONE) return lower(&e->arena, part);
    if (how < ALONE + UNDATED) part = arena_printf(&e->arena, s->person->chinese ? "%.*s%.*s" : "%.*s %.*s", SLICE_ARGS(name), SLICE_ARGS(part));
    else part = arena_printf(&e->arena, s->person->chinese ? "%02u款%.*s%.*s" : "%u %.*s %.*s",
                             s->car->vehicle->year % (s->person->chinese ? 100u : 10000u), SLICE_ARGS(name), SLICE_ARGS(part));
    return lower(&e->arena, part);
}

static void search_event(struct people *e, struct session *s, unsigned kind, unsigned results) {
    event_begin(e, s, "search");
    s->search = *s->event;
    buf_printf(&e->events.buf, ",\"query_id\":\"q%u-%u\",\"value\":%u,\"query\":", s->person->number, s->search, results);
    e->json = json_writer_of(&e->events.buf);
    json_string(&e->json, query_draw(e, s, e->plan->kinds[kind].fact));
    event_end(e, s);
    arena_reset(&e->arena);
}

static void after_purchase(struct people *e, struct session *s, uint32_t product, struct rng *r) {
    const struct synth_product *bought = &e->plan->products[product];
    enum synth_rule rule = e->plan->kinds[bought->kind].spec->rule;
    s->ms += 2 * 86400000;
    if (rule != RULE_SERVICE && rng_chance(r, 0.25)) product_event(e, s, "install", product, 0, 0);
    if (rule == RULE_SERVICE && rng_chance(r, 0.6)) product_event(e, s, "redeem", product, 0, 0);
    double stars = round(4.1 + 0.6 * bought->quality + 0.5 * rng_normal(r));
    if (rng_chance(r, 0.25)) product_event(e, s, "rating", product, 0, stars < 1 ? 1 : stars > 5 ? 5 : stars);
    else if (rng_chance(r, 0.03)) product_event(e, s, "return", product, 0, 0);
}

// The list is shown by how well known things are; the person takes what suits them. Whether they bought it.
static bool choose(struct people *e, struct session *s, uint32_t *list, unsigned n, struct rng *r) {
    unsigned best = 0, second = 0;
    double best_value = -1e9, second_value = -1e9;
    for (unsigned i = 0; i < n; i++) {
        double value = utility(e, s->person, &e->plan->products[list[i]]) - NOISE * log(-log(1 - rng_unit(r) * 0.999999 - 1e-9));
        if (value > best_value) {
            second = best, second_value = best_value;
            best = i, best_value = value;
        } else if (value > second_value) {
            second = i, second_value = value;
        }
    }
    if (n > 1 && rng_chance(r, 0.5)) product_event(e, s, "click", list[second], second + 1, 0);
    product_event(e, s, "click", list[best], best + 1, 0);
    if (!rng_chance(r, 0.45)) return false;
    product_event(e, s, "cart", list[best], 0, 0);
    if (!rng_chance(r, 0.6)) return false;
    product_event(e, s, "purchase", list[best], 0, 0);
    after_purchase(e, s, list[best], r);
    return true;
}

// What is bought in one go: who changes pads looks for discs as well. Draws from a stream of its own.
static void complement(struct people *e, struct session *s, unsigned kind) {
    static const char *const pairs[][2] = {{"brake_pad", "brake_disc"}, {"brake_disc", "brake_pad"}, {"oil_filter", "engine_oil"},
                                           {"engine_oil", "oil_filter"}, {"spark_plug", "ignition_coil"}, {"timing_belt", "water_pump"},
                                           {"thermostat", "coolant"}, {"tyre", "wheel_alignment"}, {"air_filter", "cabin_filter"}};
    static const double TAKEN = 0.6;
    struct rng r = rng_of(e->plan->seed, PURPOSE_BASKET, (uint64_t)s->person->number << 16 | *s->event);
    uint32_t list[CANDIDATES_MAX];
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (strcmp(e->plan->kinds[kind].spec->slug, pairs[i][0]) != 0 || !rng_chance(&r, TAKEN)) continue;
        for (unsigned k = 0; k < e->plan->kind_count; k++) {
            if (strcmp(e->plan->kinds[k].spec->slug, pairs[i][1]) != 0) continue;
            unsigned n = candidates(e, s->car, k, &r, list);
            s->search = 0;
            if (n) (void)choose(e, s, list, n, &r);
        }
    }
}

static unsigned kind_draw(const struct people *e, const struct person *p, struct rng *r) {
    const float *need = e->kind_need + p->segment * e->plan->kind_count;
    double total = 0, at;
    for (unsigned k = 0; k < e->plan->kind_count; k++) total += need[k];
    at = rng_unit(r) * total;
    for (unsigned k = 0; k < e->plan->kind_count; k++)
        if ((at -= need[k]) < 0) return k;
    return e->plan->kind_count - 1;
}

static void session_write(struct people *e, struct session *s, struct rng *r) {
    uint32_t list[CANDIDATES_MAX];
    unsigned kind = 0, n = 0;
    for (unsigned i = 0; i < 8 && n == 0; i++) { // not everything exists for every car
        kind = kind_draw(e, s->person, r);
        n = candidates(e, s->car, kind, r, list);
    }
    if (n == 0) return;
    if (rng_chance(r, 0.3)) search_event(e, s, kind, n);
    for (unsigned i = 0; i < SHOWN && i < n; i++)
        if (rng_chance(r, 0.25)) product_event(e, s, "impression", list[i], i + 1, 0);
    if (choose(e, s, list, n, r)) complement(e, s, kind);
}

static int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sessions_write(struct people *e, const struct person *p) {
    struct rng r = rng_of(e->plan->seed, PURPOSE_SESSIONS, p->number);
    double mean = (double)e->plan->scale->events / e->plan->scale->users / EVENTS_PER_SESSION;
    double wanted = mean * exp(0.7 * rng_normal(&r) - 0.245);
    unsigned n = (unsigned)wanted + rng_chance(&r, wanted - floor(wanted));
    if (n > SESSIONS_MAX) n = SESSIONS_MAX;
    int64_t times[SESSIONS_MAX], span_ms = (int64_t)DAYS * 86400000, start_ms = (int64_t)e->plan->today * 86400000 - span_ms;
    for (unsigned i = 0; i < n; i++) times[i] = start_ms + (int64_t)(rng_unit(&r) * 0.96 * (double)span_ms);
    if (n > 1) qsort(times, n, sizeof *times, compare_times);
    uint32_t event = 0;
    for (unsigned i = 0; i < n; i++) {
        struct session s = {p, &p->cars[rng_below(&r, p->car_count)], times[i], &event, 0};
        session_write(e, &s, &r);
    }
}

// ---- tables and files ---------------------------------------------------------------------------------------------------------------
static enum err tables_make(struct people *e) {
    const struct synth_plan *p = e->plan;
    const struct synth_world *w = p->world;
    for (unsigned market = 0; market < 2; market++) {
        double *sum = e->cumulated[market] = malloc(w->vehicle_count * sizeof *sum), total = 0;
        if (!sum) return ERR_NO_MEMORY;
        for (unsigned i = 0; i < w->vehicle_count; i++) sum[i] = total += market ? w->vehicles[i].cn : w->vehicles[i].us;
    }
    e->kind_need = malloc(SEGMENTS * p->kind_count * sizeof *e->kind_need);
    e->brand_like = malloc(SEGMENTS * p->facts->brand_count * sizeof *e->brand_like);
    if (!e->kind_need || !e->brand_like) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < SEGMENTS * p->kind_count; i++) {
        struct rng r = rng_of(p->seed, PURPOSE_SEGMENT_KIND, i);
        e->kind_need[i] = (float)(p->kinds[i % p->kind_count].spec->need * exp(0.5 * rng_normal(&r)));
    }
    for (unsigned i = 0; i < SEGMENTS * p->facts->brand_count; i++) {
        struct rng r = rng_of(p->seed, PURPOSE_SEGMENT_BRAND, i);
        e->brand_like[i] = (float)(1.1 * rng_normal(&r));
    }
    return ERR_OK;
}

static void people_free(struct people *e) {
    free(e->cumulated[0]);
    free(e->cumulated[1]);
    free(e->kind_need);
    free(e->brand_like);
    arena_destroy(&e->arena);
}

enum err synth_people_write(const struct synth_plan *p, const char *users_path, const char *events_path, struct synth_counts *counts,
                            struct fault *why) {
    struct people e = {.plan = p, .counts = counts};
    arena_init(&e.arena, 16 * 1024, 1 << 20);
    enum err err = tables_make(&e);
    if (err == ERR_OK) err = output_open(users_path, &e.users, why);
    if (err == ERR_OK && (err = output_open(events_path, &e.events, why)) != ERR_OK) output_close(&e.users, NULL);
    if (err != ERR_OK) {
        people_free(&e);
        return err;
    }
    for (uint32_t i = 1; i <= p->scale->users; i++) {
        struct person person = person_draw(&e, i);
        user_write(&e, &person);
        sessions_write(&e, &person);
    }
    people_free(&e);
    err = output_close(&e.users, why);
    enum err second = output_close(&e.events, err == ERR_OK ? why : NULL);
    return err == ERR_OK ? second : err;
}

#include "synth_world.h"

#include <math.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "index/base/map.h"
#include "index/names.h"

enum { EDGES_PER_VEHICLE = 48, ENGINES_BELIEVED = 8, VIEW_ARENA_BYTES = 64 << 20 };
static const char *const ATTRIBUTE_NAMES[] = {"displacement", "cylinders", "fuel", "aspiration", "engine_code", "trim", "body", "drive"};
enum { ATTRIBUTES = sizeof ATTRIBUTE_NAMES / sizeof *ATTRIBUTE_NAMES };

struct loading {
    struct synth_world *world;
    struct map engines;          // (make, tuple) -> index
    uint32_t *ids;               // every base vehicle, picker order
    uint8_t market, generation;  // attribute ids
    unsigned capacity, count, models_capacity, edges_capacity, engines_capacity;
    const struct synth_world_options *options;
    bool failed;
};

struct slice synth_value(const struct synth_world *w, enum world_attribute attribute, uint16_t value) {
    return names_text(w->view, NAMES_VALUE + w->attribute[attribute], value);
}

// Grows a heap array to hold one more; false: out of memory.
static bool room(void **p, unsigned count, unsigned *capacity, size_t size) {
    if (count < *capacity) return true;
    unsigned wanted = *capacity ? *capacity * 2 : 4096;
    void *grown = realloc(*p, wanted * size);
    if (!grown) return false;
    *p = grown;
    *capacity = wanted;
    return true;
}

// ---- which vehicles -------------------------------------------------------------------------------------------------------
static bool collect_id(void *arg, const struct picker_row *row) {
    struct loading *l = arg;
    if ((row->is.flags & VEHICLE_SECOND_LIST) && !l->options->second_list) return true;
    l->failed = !room((void **)&l->ids, l->count, &l->capacity, sizeof *l->ids);
    if (!l->failed) l->ids[l->count++] = row->is.vehicle;
    return !l->failed;
}

static enum err attribute_ids(struct loading *l) {
    struct synth_world *w = l->world;
    for (unsigned i = 0; i < ATTRIBUTES; i++) {
        uint32_t id = 0;
        enum err err = names_find(w->view->snapshot, NAMES_ATTRIBUTE, slice_str(ATTRIBUTE_NAMES[i]), &id);
        if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
        w->attribute[i] = (uint8_t)id;
    }
    uint32_t market = 0, generation = 0;
    if (names_find(w->view->snapshot, NAMES_ATTRIBUTE, SLICE("market"), &market) == ERR_OK) l->market = (uint8_t)market;
    if (names_find(w->view->snapshot, NAMES_ATTRIBUTE, SLICE("generation"), &generation) == ERR_OK) l->generation = (uint8_t)generation;
    return ERR_OK;
}

// ---- engines ----------------------------------------------------------------------------------------------------------------
static bool one_of(struct slice text, const char *const *words) {
    for (; *words; words++)
        if (slice_is(text, *words)) return true;
    return false;
}

static void engine_describe(const struct synth_world *w, struct synth_engine *e) {
    static const char *const SILENT[] = {"electric", "fcev", NULL}, *const PLUG[] = {"electric", "phev", "erev", NULL},
                      *const TURBO[] = {"turbo", "twin_charged", NULL};
    struct slice fuel = synth_value(w, WORLD_FUEL, e->fuel);
    double litres = 0;
    uint64_t cylinders = 0;
    slice_f64(synth_value(w, WORLD_DISPLACEMENT, e->displacement), &litres);
    slice_u64(synth_value(w, WORLD_CYLINDERS, e->cylinders), &cylinders);
    e->litres = (float)litres;
    e->cylinder_count = cylinders <= 16 ? (uint8_t)cylinders : 0;
    e->combustion = !one_of(fuel, SILENT) && (fuel.n || litres > 0);
    e->diesel = slice_is(fuel, "diesel");
    e->plug = one_of(fuel, PLUG);
    e->turbo = one_of(synth_value(w, WORLD_ASPIRATION, e->aspiration), TURBO);
}

static uint32_t engine_intern(struct loading *l, const struct synth_engine *wanted) {
    struct synth_world *w = l->world;
    uint16_t key[6] = {(uint16_t)wanted->make, (uint16_t)(wanted->make >> 16), wanted->displacement, wanted->cylinders, wanted->fuel,
                       wanted->aspiration};
    struct hash128 hash = hash128(slice_of(key, sizeof key));
    uint64_t *known = map_find(&l->engines, hash);
    if (known) return (uint32_t)*known;
    if (!room((void **)&w->engines, w->engine_count, &l->engines_capacity, sizeof *w->engines) ||
        !map_put(&l->engines, hash, w->engine_count)) {
        l->failed = true;
        return 0;
    }
    w->engines[w->engine_count] = *wanted;
    engine_describe(w, &w->engines[w->engine_count]);
    return w->engine_count++;
}

static void edge_add(struct loading *l, struct synth_vehicle *sv, uint32_t engine, uint16_t code) {
    struct synth_world *w = l->world;
    for (unsigned i = 0; i < sv->edge_count; i++) {
        struct synth_edge *e = &w->edges[sv->first_edge + i];
        if (e->engine != engine) continue;
        if (e->code != code) e->code = 0;
        e->seen++;
        return;
    }
    if (sv->edge_count == EDGES_PER_VEHICLE) return;
    l->failed |= !room((void **)&w->edges, w->edge_count, &l->edges_capacity, sizeof *w->edges);
    if (l->failed) return;
    w->edges[w->edge_count++] = (struct synth_edge){.engine = engine, .family = UINT32_MAX, .code = code, .seen = 1};
    sv->edge_count++;
}

static unsigned known_fields(const struct synth_engine *e) { return (e->displacement ? 1u : 0u) + (e->cylinders ? 1u : 0u) + (e->fuel ? 1u : 0u) + (e->aspiration ? 1u : 0u); }

static bool agrees(uint16_t a, uint16_t b) { return a == 0 || b == 0 || a == b; }

// Says less than `b` and nothing against it: not another engine, only a vaguer word for it.
static bool vaguer(const struct synth_engine *a, const struct synth_engine *b) {
    return known_fields(a) < known_fields(b) && agrees(a->displacement, b->displacement) && agrees(a->cylinders, b->cylinders) &&
           agrees(a->fuel, b->fuel) && agrees(a->aspiration, b->aspiration);
}

static bool differs(uint16_t a, uint16_t b) { return a && b && a != b; }

static uint8_t needs_beside(const struct synth_engine *e, const struct synth_engine *other) {
    if (differs(e->displacement, other->displacement)) return 0;
    if (differs(e->fuel, other->fuel)) return NEEDS_FUEL;
    if (differs(e->aspiration, other->aspiration)) return NEEDS_ASPIRATION;
    return differs(e->cylinders, other->cylinders) ? NEEDS_CYLINDERS : 0;
}

static void edges_needs_set(struct synth_world *w, const struct synth_vehicle *sv) {
    for (unsigned i = 0; i < sv->edge_count; i++) {
        struct synth_edge *edge = &w->edges[sv->first_edge + i];
        const struct synth_engine *e = &w->engines[edge->engine];
        edge->needs = e->displacement ? 0 : NEEDS_CYLINDERS | NEEDS_FUEL;
        for (unsigned k = 0; k < sv->edge_count; k++)
            if (k != i) edge->needs |= needs_beside(e, &w->engines[w->edges[sv->first_edge + k].engine]);
    }
}

static int compare_seen_down(const void *p, const void *q) {
    const struct synth_edge *a = p, *b = q;
    if (a->seen != b->seen) return a->seen < b->seen ? 1 : -1;
    return a->engine < b->engine ? -1 : a->engine > b->engine;
}

// Drops the vague engines of the vehicle added last, and the rarest where VIN patterns allow more than were ever built.
static void edges_prune(struct synth_world *w, struct synth_vehicle *sv) {
    struct synth_edge all[EDGES_PER_VEHICLE];
    unsigned n = sv->edge_count, kept = 0;
    memcpy(all, &w->edges[sv->first_edge], n * sizeof *all);
    for (unsigned i = 0; i < n; i++) {
        bool vague = false;
        for (unsigned k = 0; k < n && !vague; k++) vague = vaguer(&w->engines[all[i].engine], &w->engines[all[k].engine]);
        if (!vague) w->edges[sv->first_edge + kept++] = all[i];
    }
    qsort(&w->edges[sv->first_edge], kept, sizeof *w->edges, compare_seen_down);
    if (kept > ENGINES_BELIEVED) kept = ENGINES_BELIEVED;
    sv->edge_count = (uint16_t)kept;
    w->edge_count = sv->first_edge + kept;
    for (unsigned i = 0; i < kept; i++) w->edges[sv->first_edge + i].only = kept == 1;
    edges_needs_set(w, sv);
}

// ---- one vehicle -------------------------------------------------------------------------------------------------------------
static void trim_add(struct synth_vehicle *sv, uint16_t trim) {
    for (unsigned i = 0; trim && i < WORLD_TRIMS; i++) {
        if (sv->trims[i] == trim) return;
        if (sv->trims[i]) continue;
        sv->trims[i] = trim;
        return;
    }
}

static void market_add(struct loading *l, struct synth_vehicle *sv, uint16_t value) {
    struct slice text = names_text(l->world->view, NAMES_VALUE + l->market, value);
    sv->markets |= slice_is(text, "CN") ? VEHICLE_MARKET_CN : slice_is(text, "US") ? VEHICLE_MARKET_US : VEHICLE_MARKET_OTHER;
}

static void configuration_add(struct loading *l, const struct vehicle *v, unsigned c, struct synth_vehicle *sv) {
    const uint8_t *a = l->world->attribute;
    struct synth_engine wanted = {.make = v->make, .displacement = vehicle_value(v, c, a[WORLD_DISPLACEMENT]),
                                  .cylinders = vehicle_value(v, c, a[WORLD_CYLINDERS]), .fuel = vehicle_value(v, c, a[WORLD_FUEL]),
                                  .aspiration = vehicle_value(v, c, a[WORLD_ASPIRATION])};
    uint32_t engine = engine_intern(l, &wanted);
    if (l->failed) return;
    edge_add(l, sv, engine, vehicle_value(v, c, a[WORLD_CODE]));
    sv->electric &= !l->world->engines[engine].combustion;
    trim_add(sv, vehicle_value(v, c, a[WORLD_TRIM]));
    market_add(l, sv, vehicle_value(v, c, l->market));
    if (!sv->body) sv->body = vehicle_value(v, c, a[WORLD_BODY]);
    if (!sv->drive) sv->drive = vehicle_value(v, c, a[WORLD_DRIVE]);
    if (!sv->generation && l->generation) sv->generation = vehicle_value(v, c, l->generation);
}

static struct synth_model *model_of(struct loading *l, const struct vehicle *v) {
    struct synth_world *w = l->world;
    struct synth_model *last = w->model_count ? &w->models[w->model_count - 1] : NULL;
    if (last && last->make == v->make && last->model == v->model) return last;
    l->failed |= !room((void **)&w->models, w->model_count, &l->models_capacity, sizeof *w->models);
    if (l->failed) return NULL;
    struct make make;
    struct model model;
    last = &w->models[w->model_count++];
    *last = (struct synth_model){.make = v->make, .model = v->model, .first_vehicle = w->vehicle_count};
    if (make_load(w->view, v->make, &make) == ERR_OK) last->make_name = arena_copy(&w->arena, make.name.n ? make.name : make.slug);
    if (model_load(w->view, v->make, v->model, &model) == ERR_OK) last->name = arena_copy(&w->arena, model.name.n ? model.name : model.slug);
    return last;
}

static enum err vehicle_add(struct loading *l, uint32_t id) {
    struct synth_world *w = l->world;
    struct vehicle *v;
    arena_reset(&w->view_arena);
    TRY(vehicle_load(w->view, id, &v));
    if (v->count == 0) return ERR_OK;
    struct synth_model *model = model_of(l, v);
    if (!model) return ERR_NO_MEMORY;
    struct synth_vehicle *sv = &w->vehicles[w->vehicle_count];
    *sv = (struct synth_vehicle){.id = id, .model = w->model_count - 1, .year = v->year, .first_edge = w->edge_count, .family = UINT32_MAX,
                                 .electric = true, .slug = arena_copy(&w->arena, v->slug)};
    for (unsigned c = 0; c < v->count && !l->failed; c++) configuration_add(l, v, c, sv);
    if (!l->failed) edges_prune(w, sv);
    if (v->flags & VEHICLE_OPEN_YEARS) sv->cn = sv->us = -1; // doubtful: hardly on the road, see weights_set
    w->vehicle_count++;
    model->vehicle_count++;
    return l->failed || w->arena.full ? ERR_NO_MEMORY : ERR_OK;
}

// ---- how common ------------------------------------------------------------------------------------------------------------
static enum synth_class class_of(const struct synth_world *w, const struct synth_model *m) {
    static const char *const SUV[] = {"suv", NULL}, *const TRUCK[] = {"pickup", "cab_chassis", NULL}, *const VAN[] = {"mpv", "van", NULL};
    const struct synth_vehicle *v = &w->vehicles[m->first_vehicle + m->vehicle_count / 2];
    struct slice body = synth_value(w, WORLD_BODY, v->body);
    float litres = 0;
    for (unsigned i = 0; i < v->edge_count; i++) litres = fmaxf(litres, w->engines[w->edges[v->first_edge + i].engine].litres);
    if (one_of(body, SUV)) return CLASS_SUV;
    if (one_of(body, TRUCK)) return CLASS_TRUCK;
    if (one_of(body, VAN)) return CLASS_VAN;
    return litres >= 2.2f ? CLASS_MIDSIZE : litres > 0 && litres < 1.35f ? CLASS_SMALL : CLASS_COMPACT;
}

static enum err popular_mark(struct synth_world *w, const struct synth_car *car) {
    uint32_t make, model;
    arena_reset(&w->view_arena);
    enum err err = make_find(w->view, slice_str(car->make), &make);
    if (err == ERR_OK) err = model_find(w->view, make, slice_str(car->model), &model);
    if (err == ERR_NOT_FOUND) return ERR_OK;
    TRY(err);
    for (unsigned i = 0; i < w->model_count; i++)
        if (w->models[i].make == make && w->models[i].model == model) {
            w->models[i].popular = true;
            w->models[i].cn = fmaxf(w->models[i].cn, car->cn);
            w->models[i].us = fmaxf(w->models[i].us, car->us);
        }
    return ERR_OK;
}

// Cars on the road by age: most are 3 to 13 years old.
static float age_share(unsigned year_now, unsigned year) {
    float age = (float)year_now - (float)year - 8;
    return expf(-0.5f * age * age / 36) + 0.01f;
}

static void weights_set(struct synth_world *w, const struct synth_model *m, unsigned year_now) {
    static const float RARE = 0.25f, DOUBTFUL = 0.1f; // of a common model's weight of 100
    for (unsigned i = 0; i < m->vehicle_count; i++) {
        struct synth_vehicle *v = &w->vehicles[m->first_vehicle + i];
        float share = age_share(year_now, v->year) * (v->cn < 0 ? DOUBTFUL : 1);
        float tail = RARE * (float)(1 + hash64_seed(v->slug, 7) % 8) / 4;
        v->cn = v->markets & VEHICLE_MARKET_CN ? share * fmaxf(m->cn, tail) : 0;
        v->us = v->markets & VEHICLE_MARKET_US ? share * fmaxf(m->us, tail) : 0;
    }
}

static int compare_floats_down(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

// Weight of the n-th most common vehicle of a market.
static float weight_at(const struct synth_world *w, bool cn, uint32_t n) {
    float *all = malloc((w->vehicle_count + 1) * sizeof *all), cut;
    if (!all) return 0;
    for (unsigned i = 0; i < w->vehicle_count; i++) all[i] = cn ? w->vehicles[i].cn : w->vehicles[i].us;
    qsort(all, w->vehicle_count, sizeof *all, compare_floats_down);
    cut = n && n <= w->vehicle_count ? all[n - 1] : 0;
    free(all);
    return cut;
}

// Keeps the most common half of each market; edges of dropped vehicles stay unused.
static void most_common_keep(struct synth_world *w, uint32_t max_vehicles) {
    float cn = weight_at(w, true, max_vehicles / 2), us = weight_at(w, false, max_vehicles / 2);
    unsigned vehicles = 0, models = 0;
    for (unsigned m = 0; m < w->model_count; m++) {
        struct synth_model model = w->models[m];
        unsigned first = vehicles;
        for (unsigned i = 0; i < model.vehicle_count; i++) {
            struct synth_vehicle v = w->vehicles[model.first_vehicle + i];
            bool keep = (v.cn > 0 && v.cn >= cn) || (v.us > 0 && v.us >= us);
            if (!keep || vehicles >= max_vehicles) continue;
            v.model = models;
            w->vehicles[vehicles++] = v;
        }
        if (vehicles == first) continue;
        model.first_vehicle = first;
        model.vehicle_count = vehicles - first;
        w->models[models++] = model;
    }
    w->vehicle_count = vehicles;
    w->model_count = models;
}

// ---- open and close --------------------------------------------------------------------------------------------------------
static enum err world_fill(struct loading *l, struct fault *why) {
    struct synth_world *w = l->world;
    uint32_t max_vehicles = l->options->max_vehicles;
    TRY(attribute_ids(l));
    TRY(vehicle_each(w->view, 0, 0, 0, 0, collect_id, l));
    if (l->failed) return ERR_NO_MEMORY;
    w->vehicles = calloc(l->count + 1, sizeof *w->vehicles);
    if (!w->vehicles) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < l->count; i++) TRY(vehicle_add(l, l->ids[i]));
    if (w->vehicle_count == 0) return fault_set(why, ERR_NOT_FOUND, "data", "the database has no vehicles: import them first");
    for (size_t i = 0; i < SYNTH_CAR_COUNT; i++) TRY(popular_mark(w, &SYNTH_CARS[i]));
    for (unsigned m = 0; m < w->model_count; m++) {
        w->models[m].class_of = class_of(w, &w->models[m]);
        weights_set(w, &w->models[m], l->options->year_now);
    }
    if (max_vehicles && max_vehicles < w->vehicle_count) most_common_keep(w, max_vehicles);
    return ERR_OK;
}

enum err synth_world_open(struct db *db, const struct synth_world_options *options, struct synth_world **out, struct fault *why) {
    struct synth_world *w = calloc(1, sizeof *w);
    if (!w) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    struct loading l = {.world = w, .options = options};
    arena_init(&w->arena, 1 << 20, (size_t)1 << 30);
    arena_init(&w->view_arena, 1 << 20, VIEW_ARENA_BYTES);
    map_init(&l.engines);
    enum err err = view_open(db, &clock_system, &w->view);
    if (err == ERR_OK) err = view_begin(w->view, &w->view_arena);
    if (err == ERR_OK) err = world_fill(&l, why);
    map_destroy(&l.engines);
    free(l.ids);
    if (err == ERR_OK) *out = w;
    else synth_world_close(w);
    return err;
}

void synth_world_close(struct synth_world *w) {
    if (!w) return;
    if (w->view) {
        view_end(w->view);
        view_close(w->view);
    }
    arena_destroy(&w->arena);
    arena_destroy(&w->view_arena);
    free(w->models);
    free(w->vehicles);
    free(w->edges);
    free(w->engines);
    free(w);
}

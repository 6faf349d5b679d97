#include "synth_family.h"

#include <stdlib.h>

#include "index/base/hash.h"

enum { // base vehicles at which a family is full
    CAP_POPULAR_PLATFORM = 60, CAP_RARE_PLATFORM = 560, CAP_POPULAR_ENGINE = 56, CAP_RARE_ENGINE = 280,
    GENERATION_YEARS = 6, ERA_YEARS = 8,
};

// A member with what decides which family it goes to.
struct run {
    struct synth_member member;
    uint32_t make;
    unsigned power;  // of the engine: parts for diesels, turbos and batteries are not shared with others
    float litres;
    enum synth_class class_of;
    float weight;
    uint8_t markets;
};
struct runs {
    struct run *list;
    unsigned count, capacity;
};

static bool runs_add(struct runs *r, const struct run *run) {
    if (r->count == r->capacity) {
        unsigned capacity = r->capacity ? r->capacity * 2 : 4096;
        struct run *list = realloc(r->list, capacity * sizeof *list);
        if (!list) return false;
        r->list = list;
        r->capacity = capacity;
    }
    r->list[r->count++] = *run;
    return true;
}

static void run_extend(struct run *run, const struct synth_vehicle *v) {
    run->member.to = v->year;
    run->member.vehicles++;
    run->member.electric &= v->electric;
    run->weight += v->cn + v->us;
    run->markets |= v->markets;
}

static struct run run_begin(const struct synth_model *m, const struct synth_vehicle *v) {
    struct run run = {.make = m->make, .class_of = m->class_of,
                      .member = {.model = v->model, .from = v->year, .engine = UINT32_MAX, .electric = true, .popular = m->popular}};
    run_extend(&run, v);
    return run;
}

// ---- runs of years --------------------------------------------------------------------------------------------------------
// Where a source names generations, they count; else a generation is some years, out of step from model to model.
static bool generation_starts(const struct synth_model *m, const struct synth_vehicle *before, const struct synth_vehicle *v) {
    if (v->year != before->year + 1) return true;
    if (v->generation && before->generation) return v->generation != before->generation;
    return (v->year + m->model) % GENERATION_YEARS == 0;
}

static bool platform_runs(const struct synth_world *w, const struct synth_model *m, struct runs *out) {
    struct run run = run_begin(m, &w->vehicles[m->first_vehicle]);
    for (unsigned i = 1; i < m->vehicle_count; i++) {
        const struct synth_vehicle *v = &w->vehicles[m->first_vehicle + i];
        if (!generation_starts(m, v - 1, v)) {
            run_extend(&run, v);
            continue;
        }
        if (!runs_add(out, &run)) return false;
        run = run_begin(m, v);
    }
    return runs_add(out, &run);
}

static const struct synth_edge *edge_of(const struct synth_world *w, const struct synth_vehicle *v, uint32_t engine) {
    for (unsigned i = 0; i < v->edge_count; i++)
        if (w->edges[v->first_edge + i].engine == engine) return &w->edges[v->first_edge + i];
    return NULL;
}

static void run_engine_set(struct run *run, const struct synth_world *w, const struct synth_edge *edge) {
    const struct synth_engine *e = &w->engines[edge->engine];
    run->power = (e->combustion ? 1u : 0u) | (e->diesel ? 2u : 0u) | (e->plug ? 4u : 0u) | (e->turbo ? 8u : 0u);
    run->litres = e->litres;
    run->member.engine = edge->engine;
    run->member.only = edge->only;
    run->member.code = edge->code;
    run->member.needs = edge->needs;
}

// The run that begins with this vehicle and engine: following years as long as the engine stays and is told apart alike.
static struct run engine_run(const struct synth_world *w, const struct synth_model *m, unsigned i, const struct synth_edge *edge) {
    const struct synth_vehicle *v = &w->vehicles[m->first_vehicle + i];
    struct run run = run_begin(m, v);
    run_engine_set(&run, w, edge);
    for (i++; i < m->vehicle_count; i++) {
        const struct synth_vehicle *next = &w->vehicles[m->first_vehicle + i];
        const struct synth_edge *same = next->year == run.member.to + 1 ? edge_of(w, next, edge->engine) : NULL;
        if (!same || next->whole || same->only != edge->only) break;
        if (same->code != run.member.code) run.member.code = 0;
        run.member.needs |= same->needs;
        run_extend(&run, next);
    }
    run.weight /= (float)v->edge_count;
    return run;
}

static bool engine_continues(const struct synth_world *w, const struct synth_model *m, unsigned i, const struct synth_edge *edge) {
    const struct synth_vehicle *v = &w->vehicles[m->first_vehicle + i];
    if (i == 0 || v[-1].year + 1 != v->year || v[-1].whole) return false;
    const struct synth_edge *before = edge_of(w, v - 1, edge->engine);
    return before && before->only == edge->only;
}

// Engines that take the same parts in the same number: then a part for one is a part for all, and needs no engine term.
static bool alike(const struct synth_engine *a, const struct synth_engine *b) {
    return a->combustion == b->combustion && a->diesel == b->diesel && a->plug == b->plug && a->turbo == b->turbo &&
           a->cylinder_count == b->cylinder_count;
}

static void whole_mark(struct synth_world *w, const struct synth_model *m) {
    for (unsigned i = 0; i < m->vehicle_count; i++) {
        struct synth_vehicle *v = &w->vehicles[m->first_vehicle + i];
        const struct synth_edge *edges = &w->edges[v->first_edge];
        v->whole = !m->popular && v->edge_count > 1;
        for (unsigned k = 1; k < v->edge_count && v->whole; k++)
            v->whole = alike(&w->engines[edges[0].engine], &w->engines[edges[k].engine]);
    }
}

// The run of a rare car whose engines are alike: following years as long as they are. Returns the first vehicle after it.
static unsigned whole_run(const struct synth_world *w, const struct synth_model *m, unsigned i, struct run *run) {
    const struct synth_vehicle *v = &w->vehicles[m->first_vehicle + i];
    const struct synth_engine *first = &w->engines[w->edges[v->first_edge].engine];
    *run = run_begin(m, v);
    run_engine_set(run, w, &w->edges[v->first_edge]);
    run->member.only = run->member.whole = true;
    for (i++; i < m->vehicle_count; i++) {
        const struct synth_vehicle *next = &w->vehicles[m->first_vehicle + i];
        if (!next->whole || next->year != run->member.to + 1 || !alike(first, &w->engines[w->edges[next->first_edge].engine])) break;
        run_extend(run, next);
    }
    return i;
}

static bool vehicle_engine_runs(const struct synth_world *w, const struct synth_model *m, unsigned i, struct runs *out) {
    const struct synth_vehicle *v = &w->vehicles[m->first_vehicle + i];
    for (unsigned k = 0; k < v->edge_count; k++) {
        const struct synth_edge *edge = &w->edges[v->first_edge + k];
        if (engine_continues(w, m, i, edge)) continue;
        struct run run = engine_run(w, m, i, edge);
        if (!runs_add(out, &run)) return false;
    }
    return true;
}

static bool engine_runs(struct synth_world *w, const struct synth_model *m, struct runs *out) {
    whole_mark(w, m);
    for (unsigned i = 0; i < m->vehicle_count;) {
        struct run run;
        bool whole = w->vehicles[m->first_vehicle + i].whole, ok;
        if (whole) i = whole_run(w, m, i, &run);
        ok = whole ? runs_add(out, &run) : vehicle_engine_runs(w, m, i++, out);
        if (!ok) return false;
    }
    return true;
}

// ---- runs to families ------------------------------------------------------------------------------------------------------
// Rare cars share across the sizes of cars; common ones have a platform per class.
static unsigned class_group(const struct run *r) {
    return !r->member.popular && r->class_of <= CLASS_MIDSIZE ? CLASS_MIDSIZE : r->class_of;
}

#define ORDER(a, b) if ((a) != (b)) return (a) < (b) ? -1 : 1
static int compare_runs(const void *p, const void *q) {
    const struct run *a = p, *b = q;
    ORDER(a->make, b->make);
    ORDER(a->power, b->power);
    ORDER(b->member.popular, a->member.popular);
    if (a->member.engine == UINT32_MAX) ORDER(class_group(a), class_group(b));
    ORDER(a->member.from / ERA_YEARS, b->member.from / ERA_YEARS);
    ORDER(a->litres, b->litres);
    ORDER(a->member.model, b->member.model);
    ORDER(a->member.from, b->member.from);
    ORDER(a->member.engine, b->member.engine);
    return 0;
}

static bool same_family(const struct synth_family *f, const struct run *last, const struct run *next, unsigned cap) {
    if (last->make != next->make || last->power != next->power || last->member.popular != next->member.popular) return false;
    if (f->rule == RULE_PLATFORM && class_group(last) != class_group(next)) return false;
    if (f->vehicles + next->member.vehicles > cap) return false;
    return last->member.from / ERA_YEARS == next->member.from / ERA_YEARS || f->vehicles < cap / 3;
}

static bool families_room(struct synth_families *f, unsigned families, unsigned members) {
    if (f->family_count + families > f->family_capacity) {
        unsigned capacity = (f->family_count + families) * 2;
        struct synth_family *list = realloc(f->families, capacity * sizeof *list);
        if (!list) return false;
        f->families = list;
        f->family_capacity = capacity;
    }
    if (f->member_count + members > f->member_capacity) {
        unsigned capacity = (f->member_count + members) * 2;
        struct synth_member *list = realloc(f->members, capacity * sizeof *list);
        if (!list) return false;
        f->members = list;
        f->member_capacity = capacity;
    }
    return true;
}

// Tells the cars of a run which family they belong to, and what else follows from the run.
static void family_link(struct synth_families *f, const struct run *run, uint32_t family) {
    struct synth_world *w = f->world;
    const struct synth_model *m = &w->models[run->member.model];
    unsigned base, upper;
    synth_tyre_sizes_of(m, run->member.from, &base, &upper);
    for (unsigned i = 0; i < m->vehicle_count; i++) {
        struct synth_vehicle *v = &w->vehicles[m->first_vehicle + i];
        if (v->year < run->member.from || v->year > run->member.to) continue;
        if (run->member.engine == UINT32_MAX) {
            v->family = family;
            v->tyre = (uint8_t)base;
            v->tyre_upper = (uint8_t)upper;
        }
        for (unsigned k = 0; k < v->edge_count && run->member.engine != UINT32_MAX; k++) {
            struct synth_edge *edge = &w->edges[v->first_edge + k];
            if (!run->member.whole && edge->engine != run->member.engine) continue;
            edge->family = family;
            edge->oil = (uint8_t)synth_oil_of(&w->engines[edge->engine], run->member.from);
        }
    }
}

static void family_put(struct synth_families *f, const struct run *run) {
    struct synth_family *family = &f->families[f->family_count - 1];
    f->members[f->member_count++] = run->member;
    family->member_count++;
    family->vehicles += run->member.vehicles;
    family->weight += run->weight;
    family->us |= (run->markets & VEHICLE_MARKET_US) != 0;
    family->cn |= (run->markets & VEHICLE_MARKET_CN) != 0;
    family->all_electric &= run->member.electric;
    family_link(f, run, f->family_count - 1);
}

static bool runs_to_families(struct synth_families *f, struct runs *r, enum synth_rule rule, unsigned cap_popular, unsigned cap_rare) {
    qsort(r->list, r->count, sizeof *r->list, compare_runs);
    for (unsigned i = 0; i < r->count; i++) {
        const struct run *run = &r->list[i];
        unsigned cap = run->member.popular ? cap_popular : cap_rare;
        if (!families_room(f, 1, 1)) return false;
        if (i == 0 || !same_family(&f->families[f->family_count - 1], run - 1, run, cap))
            f->families[f->family_count++] = (struct synth_family){.rule = rule, .make = run->make, .engine = run->member.engine,
                .first_member = f->member_count, .class_of = run->class_of, .popular = run->member.popular, .all_electric = true};
        family_put(f, run);
    }
    return true;
}

// ---- tyre sizes and oils ---------------------------------------------------------------------------------------------------
static const struct synth_staggered *staggered(const struct synth_model *m) {
    for (size_t i = 0; i < SYNTH_STAGGERED_COUNT; i++)
        if (slice_is(m->make_name, SYNTH_STAGGERED[i].make) && slice_is(m->name, SYNTH_STAGGERED[i].model)) return &SYNTH_STAGGERED[i];
    return NULL;
}

static unsigned size_index(const struct synth_tyre_size *size) {
    unsigned i = 0;
    while (i + 1 < SYNTH_TYRE_SIZE_COUNT && (SYNTH_TYRE_SIZES[i].width != size->width || SYNTH_TYRE_SIZES[i].aspect != size->aspect ||
                                             SYNTH_TYRE_SIZES[i].rim != size->rim || SYNTH_TYRE_SIZES[i].class_of != size->class_of)) i++;
    return i;
}

// Of a staggered car the front size and the rear one.
void synth_tyre_sizes_of(const struct synth_model *m, unsigned year, unsigned *base, unsigned *upper) {
    const struct synth_staggered *axles = staggered(m);
    unsigned first = 0, count = 0;
    if (axles) {
        *base = size_index(&axles->front);
        *upper = size_index(&axles->rear);
        return;
    }
    for (unsigned i = 0; i < SYNTH_TYRE_SIZE_COUNT; i++) {
        if (SYNTH_TYRE_SIZES[i].class_of != m->class_of) continue;
        if (count++ == 0) first = i;
    }
    uint64_t h = hash64_seed(slice_of(&m->model, sizeof m->model), 11);
    unsigned newer = year < 2005 ? 0 : year < 2013 ? 1 : year < 2019 ? 2 : 3; // cars grow
    unsigned at = (unsigned)(h % (count - 3)) / 2 + newer;
    *base = first + (at < count ? at : count - 1);
    *upper = *base + 1 + (unsigned)(h >> 32) % 2;
    if (*upper >= first + count) *upper = *base;
}

unsigned synth_oil_of(const struct synth_engine *e, unsigned year) {
    for (unsigned i = 0; i < SYNTH_OIL_COUNT; i++) {
        const struct synth_oil *oil = &SYNTH_OILS[i];
        if (e->litres >= oil->from_litres && e->litres < oil->to_litres && year >= oil->year_from && year <= oil->year_to) return i;
    }
    return (unsigned)SYNTH_OIL_COUNT - 1;
}

struct spec_member { unsigned spec; struct synth_member member; float weight; uint8_t markets; };
struct spec_members { struct spec_member *list; unsigned count; };

static int compare_specs(const void *p, const void *q) {
    const struct spec_member *a = p, *b = q;
    ORDER(a->spec, b->spec);
    ORDER(a->member.model, b->member.model);
    ORDER(a->member.from, b->member.from);
    ORDER(a->member.engine, b->member.engine);
    return 0;
}

// One family per specification, also for those nothing uses, so that they can be found by index.
static bool specs_to_families(struct synth_families *f, struct spec_members *s, enum synth_rule rule, unsigned specs) {
    qsort(s->list, s->count, sizeof *s->list, compare_specs);
    if (!families_room(f, specs, s->count)) return false;
    for (unsigned spec = 0, i = 0; spec < specs; spec++) {
        struct synth_family *family = &f->families[f->family_count++];
        *family = (struct synth_family){.rule = rule, .engine = spec, .first_member = f->member_count, .popular = true};
        for (; i < s->count && s->list[i].spec == spec; i++) {
            f->members[f->member_count++] = s->list[i].member;
            family->member_count++;
            family->vehicles += s->list[i].member.vehicles;
            family->weight += s->list[i].weight;
            family->us |= (s->list[i].markets & VEHICLE_MARKET_US) != 0;
            family->cn |= (s->list[i].markets & VEHICLE_MARKET_CN) != 0;
        }
    }
    return true;
}

static bool tyre_families(struct synth_families *f, const struct runs *r) {
    struct spec_members s = {malloc((2 * r->count + 1) * sizeof *s.list), 0};
    if (!s.list) return false;
    for (unsigned i = 0; i < r->count; i++) {
        const struct run *run = &r->list[i];
        unsigned base, upper;
        bool axles = staggered(&f->world->models[run->member.model]) != NULL;
        synth_tyre_sizes_of(&f->world->models[run->member.model], run->member.from, &base, &upper);
        s.list[s.count] = (struct spec_member){base, run->member, run->weight, run->markets};
        s.list[s.count++].member.axle = axles ? 1 : 0;
        if (upper == base) continue;
        s.list[s.count] = (struct spec_member){upper, run->member, run->weight, run->markets};
        s.list[s.count].member.optional = !axles;
        s.list[s.count++].member.axle = axles ? 2 : 0;
    }
    f->first_tyre = f->family_count;
    bool ok = specs_to_families(f, &s, RULE_TYRE, (unsigned)SYNTH_TYRE_SIZE_COUNT);
    free(s.list);
    return ok;
}

static bool oil_families(struct synth_families *f, const struct runs *r) {
    struct spec_members s = {malloc((r->count + 1) * sizeof *s.list), 0};
    if (!s.list) return false;
    for (unsigned i = 0; i < r->count; i++) {
        const struct run *run = &r->list[i];
        const struct synth_engine *e = &f->world->engines[run->member.engine];
        if (e->combustion) s.list[s.count++] = (struct spec_member){synth_oil_of(e, run->member.from), run->member, run->weight, run->markets};
    }
    f->first_oil = f->family_count;
    bool ok = specs_to_families(f, &s, RULE_OIL, (unsigned)SYNTH_OIL_COUNT);
    free(s.list);
    return ok;
}

static unsigned scaled(unsigned cap, float reach) { return (unsigned)((float)cap * reach); }

enum err synth_families_build(struct synth_world *w, float reach, struct synth_families *out) {
    struct runs platforms = {0}, engines = {0};
    *out = (struct synth_families){.world = w};
    bool ok = true;
    for (unsigned i = 0; i < w->model_count && ok; i++)
        ok = platform_runs(w, &w->models[i], &platforms) && engine_runs(w, &w->models[i], &engines);
    ok = ok && runs_to_families(out, &platforms, RULE_PLATFORM, scaled(CAP_POPULAR_PLATFORM, reach), scaled(CAP_RARE_PLATFORM, reach));
    ok = ok && runs_to_families(out, &engines, RULE_ENGINE, scaled(CAP_POPULAR_ENGINE, reach), scaled(CAP_RARE_ENGINE, reach));
    ok = ok && tyre_families(out, &platforms) && oil_families(out, &engines);
    free(platforms.list);
    free(engines.list);
    if (!ok) synth_families_free(out);
    return ok ? ERR_OK : ERR_NO_MEMORY;
}

void synth_families_free(struct synth_families *f) {
    free(f->members);
    free(f->families);
    *f = (struct synth_families){0};
}

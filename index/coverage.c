#include "coverage.h"

#include <math.h>

#include "district.h"
#include "names.h"
#include "user.h"
#include "vocabulary.h"
#include "workshop.h"

enum { WORDS = COVERAGE_SERVICES / 64, SEARCH_ARENA_BYTES = 256 * 1024, SEARCH_ARENA_MAX = 16 << 20 };
struct services { uint64_t bits[WORDS]; }; // a bit for each of coverage.services

struct survey {
    struct view *v;
    struct view search;       // the same with an arena that is emptied after each place
    struct arena arena;
    struct coverage *out;
    uint32_t workshop_limit;
    struct services *does;    // by workshop number
    uint32_t district_limit;
    uint16_t *city_of;        // by district number
    unsigned by_type_count;
    uint16_t *slot;           // by type number: 1-based place among the services
};

// ---- services, workshops, cities ---------------------------------------------------------------------------------------------------
static enum err services_find(struct survey *s) {
    struct coverage *out = s->out;
    s->by_type_count = names_count(s->v->snapshot, NAMES_TYPE) + 1;
    s->slot = ARENA_ARRAY(s->v->arena, uint16_t, s->by_type_count);
    if (!s->slot) return ERR_NO_MEMORY;
    for (uint32_t type = 1; type < s->by_type_count && out->service_count < COVERAGE_SERVICES; type++) {
        struct type_info info;
        enum err e = type_load(s->v, type, &info);
        if (e == ERR_NOT_FOUND) continue;
        TRY(e);
        if (info.kind != KIND_SERVICE && info.kind != KIND_PACKAGE) continue;
        out->services[out->service_count++] = type;
        s->slot[type] = (uint16_t)out->service_count;
    }
    return ERR_OK;
}

static enum err workshop_limit(void *arg, const struct workshop *w) {
    struct survey *s = arg;
    s->workshop_limit = w->id + 1; // they come in order
    return ERR_OK;
}

static enum err workshop_note(void *arg, const struct workshop *w) {
    struct survey *s = arg;
    for (unsigned i = 0; i < w->service_count; i++) {
        uint32_t type = workshop_service(w, i);
        unsigned slot = type < s->by_type_count ? s->slot[type] : 0;
        if (slot) s->does[w->id].bits[(slot - 1) / 64] |= UINT64_C(1) << (slot - 1) % 64;
    }
    return ERR_OK;
}

static enum err workshops_note(struct survey *s) {
    TRY(workshops_each(s->v, workshop_limit, s));
    s->does = ARENA_ARRAY(s->v->arena, struct services, s->workshop_limit + 1);
    return s->does ? workshops_each(s->v, workshop_note, s) : ERR_NO_MEMORY;
}

static enum err city_note(void *arg, const struct district *d) {
    struct survey *s = arg;
    struct coverage *out = s->out;
    struct slice path = d->path;
    if (d->area) return ERR_OK;
    unsigned at = out->city_count;
    district_parent(&path);
    while (at > 0 && !slice_eq(out->cities[at - 1].path, path)) at--; // districts of a city come together, mostly
    if (at == 0) {
        if (out->city_count == COVERAGE_CITIES) return ERR_TOO_LARGE;
        out->cities[out->city_count].path = path;
        at = ++out->city_count;
    }
    s->city_of[d->id] = (uint16_t)at;
    return ERR_OK;
}

// How many cities there are is not known before; there are no more than districts, and a city's counts are large.
static enum err cities_note(struct survey *s) {
    uint32_t districts = names_count(s->v->snapshot, NAMES_DISTRICT);
    s->district_limit = districts + 1;
    if (districts > COVERAGE_CITIES) districts = COVERAGE_CITIES;
    s->out->cities = ARENA_ARRAY(s->v->arena, struct coverage_city, districts + 1u);
    s->city_of = ARENA_ARRAY(s->v->arena, uint16_t, s->district_limit);
    return s->out->cities && s->city_of ? district_each(s->v, city_note, s) : ERR_NO_MEMORY;
}

// ---- places -----------------------------------------------------------------------------------------------------------------------------
static enum err services_near(struct survey *s, struct geo at, struct services *out) {
    struct place_search search;
    struct place_found found;
    enum err e;
    *out = (struct services){{0}};
    TRY(place_search_begin(&s->search, PLACE_WORKSHOPS, at, COVERAGE_RADIUS_M, NULL, &search));
    while ((e = place_search_next(&search, &found)) == ERR_OK)
        for (unsigned i = 0; found.id < s->workshop_limit && i < WORDS; i++) out->bits[i] |= s->does[found.id].bits[i];
    return e == ERR_END ? ERR_OK : e;
}

static void count(struct survey *s, struct coverage_city *city, const struct services *near, size_t member) {
    bool any = false;
    for (unsigned i = 0; i < s->out->service_count; i++) {
        bool covered = near->bits[i / 64] >> (i % 64) & 1;
        *(uint32_t *)((char *)&city->service[i] + member) += covered;
        any |= covered;
    }
    *(uint32_t *)((char *)&city->any + member) += any;
}

static enum err district_count(void *arg, const struct district *d) {
    struct survey *s = arg;
    struct services near;
    if (d->area) return ERR_OK;
    arena_reset(&s->arena);
    TRY(services_near(s, d->at, &near));
    struct coverage_city *city = &s->out->cities[s->city_of[d->id] - 1];
    city->districts++;
    s->out->districts++;
    count(s, city, &near, offsetof(struct coverage_count, districts));
    return ERR_OK;
}

static enum err person_count(struct survey *s, struct geo home) {
    struct services near;
    struct district d;
    unsigned city = s->out->city_count; // nowhere
    arena_reset(&s->arena);
    enum err e = district_of(&s->search, home, &d);
    if (e == ERR_OK && d.id < s->district_limit && s->city_of[d.id]) city = s->city_of[d.id] - 1u;
    else if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    TRY(services_near(s, home, &near));
    s->out->cities[city].people++;
    s->out->people++;
    count(s, &s->out->cities[city], &near, offsetof(struct coverage_count, people));
    return ERR_OK;
}

static enum err people_count(struct survey *s) {
    uint32_t users = s->out->users = users_highest(s->v), counted = users < COVERAGE_PEOPLE ? users : COVERAGE_PEOPLE;
    for (uint32_t i = 0; i < counted; i++) {
        struct geo home;
        enum err e = user_home(s->v, 1 + (uint32_t)((uint64_t)i * users / counted), &home);
        if (e == ERR_NOT_FOUND) continue;
        TRY(e);
        TRY(person_count(s, home));
    }
    return ERR_OK;
}

static enum err survey(struct survey *s) {
    TRY(services_find(s));
    TRY(workshops_note(s));
    TRY(cities_note(s));
    TRY(district_each(s->v, district_count, s));
    return people_count(s);
}

enum err coverage_compute(struct view *v, struct coverage *out) {
    struct survey s = {.v = v, .search = *v, .out = out};
    *out = (struct coverage){.users = 0};
    arena_init(&s.arena, SEARCH_ARENA_BYTES, SEARCH_ARENA_MAX);
    s.search.arena = &s.arena;
    enum err e = survey(&s);
    arena_destroy(&s.arena);
    return e;
}

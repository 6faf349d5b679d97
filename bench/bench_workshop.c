// Nearest workshops: 40,000 of them around 120 places, in a database of the benchmark's own, in process. A question starts at a position
// near one of the places and ends at decoded records, nearest first; JSON is not in it.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "index/text.h"
#include "index/workshop_near.h"

#define WORKSHOPS 40000u
#define CITIES 120u
#define ASKS 4096u
#define NEAREST 10u
#define NOW_MS INT64_C(1795341600000) // Sunday 2026-11-22T10:00:00Z
enum { SERVICES = 55, MAKES = 20 };

enum ask { ASK_ANY, ASK_SERVICE, ASK_SERVICE_MAKE, ASK_OPEN, ASK_KINDS };
static const char *const ask_names[ASK_KINDS] = {"any", "service", "service_make", "service_open"};

struct own {
    char dir[64];
    struct db *db;
    struct view *view;
    struct arena arena;
    struct geo asks[ASKS];
};

static double unit(struct bench_random *r) { return (double)(bench_draw(r) >> 11) * 0x1p-53; }
static double bell(struct bench_random *r) { return unit(r) + unit(r) + unit(r) + unit(r) - 2; }

static struct geo around(struct bench_random *r, uint32_t city) {
    struct bench_random of = {city + 1000};
    struct geo middle = {20 + 30 * unit(&of), city % 2 ? 80 + 45 * unit(&of) : -120 + 45 * unit(&of)};
    return (struct geo){middle.lat + 0.12 * bell(r), middle.lon + 0.15 * bell(r)};
}

static enum err put_one(struct txn *t, struct arena *a, struct bench_random *r, uint32_t i) {
    static const char *const HOURS[] = {"Mo-Su 08:30-19:00", "Mo-Sa 08:30-18:30", "Mo-Fr 08:00-18:00; Sa 08:00-15:00"};
    uint32_t services[SERVICES], makes[MAKES], id;
    struct workshop w = {.external_id = arena_printf(a, "w%u", i), .name = SLICE("Workshop"), .at = around(r, i % CITIES), .bays = 2,
                         .slot_minutes = 60};
    for (uint32_t k = 1; k <= SERVICES; k++)
        if (bench_below(r, 100) < 60) services[w.service_count++] = 184 + k;
    for (uint32_t k = 1; i % 3 == 0 && k <= MAKES; k++)
        if (bench_below(r, 4) == 0) makes[w.make_count++] = k;
    w.services = slice_of(services, w.service_count * sizeof *services);
    w.makes = slice_of(makes, w.make_count * sizeof *makes);
    TRY(hours_parse(slice_str(HOURS[i % 3]), &w.hours, NULL));
    w.hours.utc_offset_min = 480;
    return workshop_put(t, a, &w, &id);
}

static enum err fill(struct own *o) {
    struct txn *t;
    struct bench_random r = {40};
    TRY(text_init());
    TRY(db_open(o->dir, DB_CREATE, &o->db, NULL));
    TRY(txn_begin(o->db, &t, NULL));
    for (uint32_t i = 0; i < WORKSHOPS; i++) {
        TRY(put_one(t, &o->arena, &r, i));
        arena_reset(&o->arena);
    }
    TRY(txn_commit(t, NULL));
    for (unsigned i = 0; i < ASKS; i++) o->asks[i] = around(&r, bench_below(&r, CITIES));
    TRY(view_open(o->db, &clock_system, &o->view));
    view_keep(o->view);
    return ERR_OK;
}

static void clean(struct own *o) {
    static const char *const FILES[] = {"data.mdb", "lock.mdb", "lock.pid"};
    view_close(o->view);
    db_close(o->db);
    for (unsigned i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", o->dir, FILES[i]);
        unlink(path);
    }
    rmdir(o->dir);
    arena_destroy(&o->arena);
}

static struct workshop_query question(const struct own *o, unsigned i, long kind) {
    struct workshop_query q = {.at = o->asks[i % ASKS], .within_m = NEAR_RADIUS_DEFAULT_M};
    if (kind != ASK_ANY) q.any = (struct fitting){1, {185 + i % SERVICES}};
    if (kind == ASK_SERVICE_MAKE) q.make = 1 + i % MAKES;
    if (kind == ASK_OPEN) q.open_at_ms = NOW_MS + (int64_t)(i % 168) * 3600000;
    return q;
}

static void nearest(struct gbench *g, long kind) {
    struct own o = {.dir = "/tmp/rightfit-bench-XXXXXX"};
    double found = 0;
    arena_init(&o.arena, 1 << 20, 256u << 20);
    enum err e = mkdtemp(o.dir) ? fill(&o) : ERR_IO;
    for (unsigned i = 0; e == ERR_OK && gbench_next(g); i++) {
        struct workshop_query q = question(&o, i, kind);
        struct workshops_around *around;
        struct workshop_near **list;
        unsigned count = 0;
        arena_reset(&o.arena);
        e = view_begin(o.view, &o.arena);
        if (e == ERR_OK) e = workshops_around(o.view, &q, &around);
        if (e == ERR_OK) e = workshops_near(around, NEAREST, &list, &count);
        view_end(o.view);
        found += count;
    }
    if (e != ERR_OK) bench_failed(g, "workshops_near", e);
    gbench_average(g, "found", found);
    clean(&o);
}

void bench_workshop_add(void) {
    for (long kind = 0; kind < ASK_KINDS; kind++) {
        char name[64];
        snprintf(name, sizeof name, "workshop/nearest_10_of_40000/%s", ask_names[kind]);
        gbench_add(name, nearest, kind);
    }
}

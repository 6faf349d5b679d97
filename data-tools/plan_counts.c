#include "plan_counts.h"

#include <inttypes.h>

#include "index/names.h"
#include "index/text.h"

#define ARENA_BYTES (256u << 20)
#define REFRESH 256 // vehicles between fresh arenas

struct count {
    struct view *v;
    struct plan_counts *out;
    struct planned_service *plan;
    uint32_t fuel;
    uint16_t electric;
};

static bool all_electric(const struct count *c, const struct knowledge *k) {
    const uint16_t *column = knowledge_column(&k->vehicles[0], (uint8_t)c->fuel);
    bool all = column != NULL && c->electric != 0 && k->vehicles[0].vehicle->count > 0;
    for (unsigned i = 0; all && i < k->vehicles[0].vehicle->count; i++) all = column[i] == c->electric;
    return all;
}

static bool engine_work(struct slice service) {
    static const char *const list[] = {"oil_change", "spark_plug_replacement", "air_filter_change", "fuel_filter_change", "timing_belt_replacement",
                                       "belt_replacement", "throttle_cleaning", "adblue_refill", "coolant_change"};
    for (unsigned i = 0; i < sizeof list / sizeof *list; i++)
        if (slice_is(service, list[i])) return true;
    return false;
}

static enum err count_vehicle(struct count *c, const struct service_book *book, uint32_t id) {
    struct knowledge k;
    unsigned n, sure = 0, open = 0, wrong = 0;
    enum err e = knowledge_of_vehicle(c->v, id, &k);
    if (e == ERR_NOT_FOUND) return ERR_OK; // ids are not reused
    TRY(e);
    TRY(service_plan_find(c->v, book, &k, c->plan, &n));
    for (unsigned i = 0; i < n; i++) {
        sure += c->plan[i].applies != APPLIES_MAYBE;
        open += c->plan[i].applies != APPLIES_ALL;
        wrong += engine_work(c->plan[i].service->is.slug);
    }
    c->out->vehicles++;
    c->out->services += n;
    c->out->planned += sure > 0;
    c->out->whole += sure > 0 && open == 0;
    if (!sure && !c->out->first_without[0]) slice_copy(k.vehicles[0].vehicle->slug, c->out->first_without, sizeof c->out->first_without);
    c->out->engine_work_on_electric += wrong && all_electric(c, &k);
    return ERR_OK;
}

static enum err count_all(struct count *c, struct arena *arena) {
    struct db_stats stats;
    uint32_t electric = 0, last = 0;
    const struct service_book *book;
    struct planned_service plan[SERVICES_MAX];
    c->plan = plan;
    TRY(db_stats(c->v->db, &stats));
    TRY(view_begin(c->v, arena));
    struct db_cursor *cursor = db_cursor_begin(c->v->snapshot, TABLE_VEHICLE);
    struct slice key, value;
    if (!cursor) return ERR_NO_MEMORY;
    if (db_cursor_last(cursor, &key, &value) == ERR_OK && key.n == sizeof last) {
        struct reader r = reader_of(key);
        last = reader_u32be(&r);
    }
    db_cursor_end(cursor);
    view_end(c->v);
    for (uint32_t id = 1; id <= last;) {
        TRY(view_begin(c->v, arena));
        if (names_find(c->v->snapshot, NAMES_ATTRIBUTE, SLICE("fuel"), &c->fuel) == ERR_OK &&
            names_find(c->v->snapshot, NAMES_VALUE + c->fuel, SLICE("electric"), &electric) == ERR_OK)
            c->electric = (uint16_t)electric;
        enum err e = service_book(c->v, &book);
        for (unsigned i = 0; i < REFRESH && id <= last && e == ERR_OK; i++) e = count_vehicle(c, book, id++);
        view_end(c->v);
        arena_reset(arena);
        TRY(e);
    }
    return ERR_OK;
}

enum err plan_counts_read(struct db *db, struct plan_counts *out) {
    struct arena arena;
    struct count c = {.out = out};
    *out = (struct plan_counts){0};
    TRY(text_init());
    TRY(view_open(db, &clock_system, &c.v));
    arena_init(&arena, 1 << 20, ARENA_BYTES);
    enum err e = count_all(&c, &arena);
    view_close(c.v);
    arena_destroy(&arena);
    return e;
}

void plan_counts_print(const struct plan_counts *c, FILE *out) {
    fprintf(out, "service plans: %" PRIu64 " of %" PRIu64 " base vehicles, %.1f services each; of %" PRIu64 " nothing hangs on what is unknown\n",
            c->planned, c->vehicles, c->vehicles ? (double)c->services / (double)c->vehicles : 0, c->whole);
    fprintf(out, "electric cars with work on an engine: %" PRIu64 "\n", c->engine_work_on_electric);
    if (c->first_without[0]) fprintf(out, "without a plan, the first: %s\n", c->first_without);
}

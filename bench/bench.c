// The benchmark program: opens the data when the first row needs it, draws the questions, runs the rows.
#include "bench/bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "index/text.h"
#include "index/vehicle.h"

const char *const bench_order_names[BENCH_ORDERS] = {"uniform", "zipf"};

uint64_t bench_draw(struct bench_random *r) {
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

// ---- cars --------------------------------------------------------------------------------------------------------------------
struct cars { uint32_t *list; uint32_t count, capacity; };

static bool car_found(void *arg, const struct picker_row *row) {
    struct cars *c = arg;
    if (c->count == c->capacity) {
        uint32_t capacity = c->capacity ? c->capacity * 2 : 4096;
        uint32_t *grown = realloc(c->list, capacity * sizeof *grown);
        if (!grown) return false;
        c->list = grown;
        c->capacity = capacity;
    }
    c->list[c->count++] = row->is.vehicle;
    return true;
}

static void shuffle(uint32_t *list, uint32_t count, struct bench_random *r) {
    for (uint32_t i = count; i > 1; i--) {
        uint32_t at = bench_below(r, i), t = list[at];
        list[at] = list[i - 1];
        list[i - 1] = t;
    }
}

// One of the types the car has a group for; 0 when it has none.
static uint32_t type_of_car(struct view *v, uint32_t vehicle, struct bench_random *r) {
    uint32_t prefix = __builtin_bswap32(vehicle), types[1024], count = 0;
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_GROUP);
    if (!c) return 0;
    enum err e = db_cursor_seek(c, slice_of(&prefix, sizeof prefix), &key, &value);
    while (e == ERR_OK && count < 1024) {
        struct reader k = reader_of(key);
        if (reader_u32be(&k) != vehicle) break;
        types[count++] = reader_u32be(&k);
        e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return count ? types[bench_below(r, count)] : 0;
}

static bool ask_make(struct bench_data *d, uint32_t vehicle, struct bench_random *r, struct bench_ask *out) {
    struct vehicle *car;
    uint32_t type = type_of_car(d->view, vehicle, r);
    arena_reset(&d->arena);
    if (!type || vehicle_load(d->view, vehicle, &car) != ERR_OK) return false;
    *out = (struct bench_ask){arena_copy(&d->keep, car->slug), vehicle, type};
    return out->slug.p != NULL;
}

// Rank 1..n with weight 1 / rank: the inverse of ln(rank) is close enough to the harmonic sum.
static uint32_t zipf(struct bench_random *r, uint32_t n) {
    double u = (double)(bench_draw(r) >> 11) * 0x1p-53;
    uint32_t rank = (uint32_t)exp(u * log((double)n + 1.0));
    return rank > n ? n - 1 : rank ? rank - 1 : 0;
}

static bool draw_asks(struct bench_data *d, struct cars *cars) {
    struct bench_random r = {20261122};
    uint32_t served = 0;
    shuffle(cars->list, cars->count, &r);
    for (unsigned o = 0; o < BENCH_ORDERS; o++) {
        d->asks[o] = ARENA_ARRAY(&d->keep, struct bench_ask, BENCH_CARS);
        if (!d->asks[o]) return false;
    }
    for (uint32_t i = 0; i < cars->count; i++)
        if (type_of_car(d->view, cars->list[i], &r)) cars->list[served++] = cars->list[i];
    d->car_count = served;
    for (unsigned o = 0; served && o < BENCH_ORDERS; o++)
        for (uint32_t i = 0; i < BENCH_CARS; i++)
            if (!ask_make(d, cars->list[o == BENCH_ZIPF ? zipf(&r, served) : i % served], &r, &d->asks[o][i])) return false;
    return served > 0;
}

// ---- the database --------------------------------------------------------------------------------------------------------------
static struct bench_data data;
static char missing[300];

static enum err data_open(void) {
    const char *dir = getenv("RIGHTFIT_DATA");
    struct fault why = {ERR_OK, "", ""};
    if (!dir || !dir[0]) dir = "data";
    snprintf(missing, sizeof missing, "cannot open %s", dir);
    enum err e = db_open(dir, DB_READ, &data.db, &why);
    if (e != ERR_OK) {
        snprintf(missing, sizeof missing, "%s", why.message);
        return e;
    }
    struct cars cars = {0};
    arena_init(&data.arena, 4 << 20, SIZE_MAX);
    arena_init(&data.keep, 8 << 20, SIZE_MAX);
    TRY(text_init());
    TRY(view_open(data.db, &clock_system, &data.view));
    TRY(view_begin(data.view, &data.arena));
    e = vehicle_each(data.view, 0, 0, 0, 0, car_found, &cars);
    if (e == ERR_OK && !draw_asks(&data, &cars)) e = ERR_NOT_FOUND;
    free(cars.list);
    if (e != ERR_OK) snprintf(missing, sizeof missing, "no car in %s has products", dir);
    return e;
}

struct bench_data *bench_data(struct gbench *g) {
    static bool tried;
    static enum err opened;
    if (!tried) opened = data_open();
    tried = true;
    if (opened == ERR_OK) {
        bench_new_request(&data);
        return &data;
    }
    gbench_skip(g, missing);
    return NULL;
}

void bench_new_request(struct bench_data *d) {
    view_end(d->view);
    arena_reset(&d->arena);
    (void)view_begin(d->view, &d->arena); // renewing a snapshot of an open database takes nothing that could run out
}

void bench_failed(struct gbench *g, const char *what, enum err e) {
    char text[128];
    snprintf(text, sizeof text, "%s: %s", what, err_name(e));
    gbench_skip(g, text);
}

bool bench_knowledge(struct gbench *g, struct bench_data *d, const struct bench_ask *ask, struct knowledge *k) {
    struct fault why = {ERR_OK, "", ""};
    enum err e = knowledge_parse(d->view, ask->slug, SLICE_NONE, SLICE_NONE, k, &why);
    if (e != ERR_OK) gbench_skip(g, why.message);
    return e == ERR_OK;
}

void bench_data_close(void) {
    if (data.view) {
        view_end(data.view);
        view_close(data.view);
    }
    arena_destroy(&data.arena);
    arena_destroy(&data.keep);
    db_close(data.db);
}

int main(int argc, char **argv) {
    bench_fitment_add();
    bench_wide_add();
    bench_sqlite_add();
    bench_lookup_add();
    bench_score_add();
    bench_words_add();
    bench_number_add();
    bench_facet_add();
    bench_vin_add();
    bench_suggest_add();
    bench_workshop_add();
    int status = gbench_run(argc, argv);
    bench_sqlite_close();
    bench_data_close();
    return status;
}

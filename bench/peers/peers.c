// Draws the cars and questions, gives out the rows, and is the program's main.
#include "bench/peers/peers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "index/text.h"
#include "index/user.h"
#include "index/vehicle.h"

const char *const peers_order_names[PEERS_ORDERS] = {"zipf", "uniform"};

void peers_fail(const char *what, const char *why) {
    fprintf(stderr, "rightfit-peers: %s: %s\n", what, why);
    exit(1);
}

void peers_check(enum err e, const char *what) {
    if (e != ERR_OK) peers_fail(what, err_name(e));
}

uint64_t peers_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int peers_compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

// ---- drawing -----------------------------------------------------------------------------------------------------------------
static uint64_t draw(uint64_t *state) { // splitmix64
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static uint32_t below(uint64_t *state, uint32_t n) { return (uint32_t)((draw(state) >> 32) * n >> 32); }

static uint32_t zipf(uint64_t *state, uint32_t n) {
    uint32_t rank = (uint32_t)exp((double)(draw(state) >> 11) * 0x1p-53 * log((double)n + 1.0));
    return rank > n ? n - 1 : rank ? rank - 1 : 0;
}

struct ids { uint32_t *list, count, capacity; };

static bool vehicle_found(void *arg, const struct picker_row *row) {
    struct ids *ids = arg;
    if (ids->count == ids->capacity) {
        ids->capacity = ids->capacity ? ids->capacity * 2 : 65536;
        ids->list = realloc(ids->list, ids->capacity * sizeof *ids->list);
        if (!ids->list) peers_fail("vehicles", "out of memory");
    }
    ids->list[ids->count++] = row->is.vehicle;
    return true;
}

// The types a car has a group for and no universal product has.
static unsigned types_of(struct peers *p, uint32_t vehicle, uint32_t *out, unsigned room) {
    uint32_t prefix = __builtin_bswap32(vehicle), n = 0;
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(p->view->snapshot, TABLE_GROUP);
    enum err e = c ? db_cursor_seek(c, slice_of(&prefix, sizeof prefix), &key, &value) : ERR_NO_MEMORY;
    while (e == ERR_OK && n < room) {
        struct reader r = reader_of(key);
        if (reader_u32be(&r) != vehicle) break;
        uint32_t general[2] = {0, __builtin_bswap32(reader_u32be(&r))};
        struct slice unused;
        if (db_get(p->view->snapshot, TABLE_GROUP, slice_of(general, sizeof general), &unused) == ERR_NOT_FOUND)
            out[n++] = __builtin_bswap32(general[1]);
        e = db_cursor_next(c, &key, &value);
    }
    if (c) db_cursor_end(c);
    return n;
}

static void cars_draw(struct peers *p) {
    struct ids ids = {0};
    uint64_t state = 20261122;
    uint32_t types[1];
    peers_check(vehicle_each(p->view, 0, 0, 0, 0, vehicle_found, &ids), "listing the vehicles");
    for (uint32_t i = ids.count; i > 1; i--) {
        uint32_t at = below(&state, i), t = ids.list[at];
        ids.list[at] = ids.list[i - 1];
        ids.list[i - 1] = t;
    }
    p->cars = ARENA_ARRAY(&p->keep, struct peers_car, ids.count + 1);
    if (!p->cars) peers_fail("cars", "out of memory");
    for (uint32_t i = 0; i < ids.count; i++) {
        struct vehicle *car;
        peers_request(p);
        if (!types_of(p, ids.list[i], types, 1)) continue;
        peers_check(vehicle_load(p->view, ids.list[i], &car), "a vehicle");
        if (car->count == 0) continue;
        struct slice id = vehicle_configuration_id(p->view, car, below(&state, car->count));
        p->cars[p->car_count] = (struct peers_car){car->id, p->car_count + 1, arena_copy(&p->keep, id)};
        p->car_count++;
    }
    free(ids.list);
    if (!p->car_count) peers_fail("the database", "no car has products");
}

static void asks_draw(struct peers *p) {
    uint64_t state = 7;
    uint32_t types[1024];
    for (unsigned o = 0; o < PEERS_ORDERS; o++) {
        p->asks[o] = ARENA_ARRAY(&p->keep, struct peers_ask, PEERS_ASKS);
        if (!p->asks[o]) peers_fail("questions", "out of memory");
        for (uint32_t i = 0; i < PEERS_ASKS; i++) {
            uint32_t car = o == PEERS_ZIPF ? zipf(&state, p->car_count) : i % p->car_count;
            unsigned n = types_of(p, p->cars[car].vehicle, types, 1024);
            struct slice id = arena_copy(&p->keep, p->cars[car].id);
            if (!id.p) peers_fail("questions", "out of memory");
            p->asks[o][i] = (struct peers_ask){types[below(&state, n)], p->cars[car].configuration, id};
        }
    }
}

#define USERS 60000 // of the default data: u000001 and so on

static void users_draw(struct peers *p) {
    uint64_t state = 11;
    for (uint32_t i = 0; i < PEERS_ASKS; i++) {
        char name[16];
        snprintf(name, sizeof name, "u%06u", 1 + zipf(&state, USERS));
        p->user_ids[i] = arena_copy(&p->keep, slice_str(name));
        if (user_find(p->view, p->user_ids[i], &p->users[i]) != ERR_OK) p->users[i] = 0;
    }
}

// ---- the database ------------------------------------------------------------------------------------------------------------
void peers_request(struct peers *p) {
    view_end(p->view);
    arena_reset(&p->arena);
    peers_check(view_begin(p->view, &p->arena), "reading");
}

void peers_open(struct peers *p) {
    const char *dir = getenv("RIGHTFIT_DATA");
    struct fault why = {ERR_OK, "", ""};
    if (!dir || !dir[0]) dir = "data";
    arena_init(&p->arena, 4 << 20, SIZE_MAX);
    arena_init(&p->keep, 8 << 20, SIZE_MAX);
    peers_check(text_init(), "ICU");
    if (db_open(dir, DB_READ, &p->db, &why) != ERR_OK) peers_fail("the database", why.message);
    peers_check(view_open(p->db, &clock_system, &p->view), "the database");
    view_keep(p->view); // as rightfitd's threads do
    peers_check(view_begin(p->view, &p->arena), "the database");
    if (generations_open(p->db, &p->generations, &why) != ERR_OK) peers_fail("the model", why.message);
    peers_check(ranker_open(p->generations, &p->ranker), "the ranker");
    cars_draw(p);
    asks_draw(p);
    users_draw(p);
}

void peers_close(struct peers *p) {
    ranker_close(p->ranker);
    generations_close(p->generations);
    view_end(p->view);
    view_close(p->view);
    db_close(p->db);
    arena_destroy(&p->arena);
    arena_destroy(&p->keep);
}

void peers_fitting(struct peers *p, struct slice car, uint32_t type, struct fitment *out) {
    struct knowledge *k = ARENA_NEW(&p->arena, struct knowledge);
    struct fault why = {ERR_OK, "", ""};
    if (!k || knowledge_parse(p->view, car, SLICE_NONE, SLICE_NONE, k, &why) != ERR_OK) peers_fail("a car", why.message);
    peers_check(fitment_find(p->view, k, type, false, out), "fitment");
    unsigned kept = 0;
    for (unsigned i = 0; i < out->count; i++)
        if (out->matches[i].verdict == VERDICT_FITS) out->matches[kept++] = out->matches[i];
    out->count = kept;
}

float *peers_scores(struct peers *p) {
    struct rank_person nobody = {0};
    uint32_t n = columns_products(p->view) + 1, *ids = malloc(n * sizeof *ids);
    float *scores = calloc(n, sizeof *scores);
    if (!ids || !scores) peers_fail("scores", "out of memory");
    for (uint32_t i = 0; i < n; i++) ids[i] = i;
    rank_begin(p->ranker);
    peers_check(rank_score(p->ranker, p->view, &nobody, RANK_STOREFRONT, ids, n, scores, NULL), "scores");
    rank_end(p->ranker);
    free(ids);
    return scores;
}

// ---- the program ---------------------------------------------------------------------------------------------------------------
static const char *given(char **argv, const char *name) {
    for (; *argv; argv++)
        if (strcmp(*argv, name) == 0 && argv[1]) return argv[1];
    return NULL;
}

int main(int argc, char **argv) {
    static struct peers p;
    const char *what = argc > 1 ? argv[1] : "";
    const char *sqlite = given(argv, "--sqlite"), *postgres = given(argv, "--postgres"), *redis = given(argv, "--redis");
    if (strcmp(what, "fill") != 0 && strcmp(what, "inprocess") != 0 && strcmp(what, "load") != 0)
        peers_fail("usage", "fill|inprocess|load [--sqlite FILE] [--postgres CONNINFO] [--redis PORT] [--redis-pid PID] "
                            "[--http PORT] [--http-pid PID] [--only NAME]; bench/peers/run.sh calls it");
    peers_open(&p);
    int status = strcmp(what, "fill") == 0        ? peers_fill(&p, sqlite, postgres, redis)
                 : strcmp(what, "inprocess") == 0 ? peers_inprocess(&p, sqlite, given(argv, "--only"))
                                                  : peers_load(&p, postgres, redis, given(argv, "--redis-pid"), given(argv, "--http"),
                                                               given(argv, "--http-pid"), given(argv, "--only"));
    peers_close(&p);
    return status;
}

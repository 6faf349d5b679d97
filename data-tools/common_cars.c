#include "common_cars.h"

#include <stdlib.h>

#include "index/base/map.h"
#include "index/user.h"
#include "index/vehicle.h"
#include "input.h"

// ---- every car with what speaks for it ----------------------------------------------------------------------------------------
struct choice {
    struct view *view;
    struct arena arena;
    struct common_car *all;
    size_t count, capacity;
    struct map at;    // base vehicle -> place in all
    unsigned named;   // of cars in any garage
    bool full;
};

static struct hash128 car_hash(uint32_t vehicle) { return hash128(slice_of(&vehicle, sizeof vehicle)); }

static struct common_car *car_of(struct choice *c, uint32_t vehicle) {
    const uint64_t *found = map_find(&c->at, car_hash(vehicle));
    return found ? &c->all[*found] : NULL;
}

static struct common_car *car_add(struct choice *c, uint32_t vehicle, unsigned year) {
    if (c->count == c->capacity) {
        size_t more = c->capacity ? c->capacity * 2 : 1024;
        struct common_car *grown = realloc(c->all, more * sizeof *grown);
        if (!grown) return NULL;
        c->all = grown;
        c->capacity = more;
    }
    if (!map_put(&c->at, car_hash(vehicle), c->count)) return NULL;
    c->all[c->count] = (struct common_car){.vehicle = vehicle, .year = year};
    return &c->all[c->count++];
}

static unsigned year_of(struct slice slug) { // "2018-volkswagen-golf"
    unsigned year = 0;
    for (size_t i = 0; i < slug.n && i < 4 && slug.p[i] >= '0' && slug.p[i] <= '9'; i++) year = year * 10 + (unsigned)(slug.p[i] - '0');
    return year;
}

static enum err garage_count(struct choice *c, const struct user *user) {
    for (unsigned i = 0; i < user->garage_count; i++) {
        uint32_t vehicle;
        bool again = false;
        for (unsigned k = 0; k < i; k++) again |= slice_eq(user->garage[k].vehicle, user->garage[i].vehicle);
        enum err e = again ? ERR_NOT_FOUND : vehicle_find(c->view, user->garage[i].vehicle, &vehicle);
        if (e == ERR_NOT_FOUND) continue; // recompiled away
        TRY(e);
        struct common_car *car = car_of(c, vehicle);
        if (!car) car = car_add(c, vehicle, year_of(user->garage[i].vehicle));
        if (!car) return ERR_NO_MEMORY;
        c->named += car->garages++ == 0;
    }
    return ERR_OK;
}

static enum err garages_count(struct choice *c) {
    struct db_cursor *cursor = db_cursor_begin(c->view->snapshot, TABLE_USER);
    struct slice key, value;
    if (!cursor) return ERR_NO_MEMORY;
    enum err e;
    while ((e = db_cursor_next(cursor, &key, &value)) == ERR_OK) {
        struct reader r = reader_of(key);
        struct user *user;
        arena_reset(&c->arena);
        e = user_load(c->view, reader_u32be(&r), &user);
        if (e == ERR_OK) e = garage_count(c, user);
        if (e != ERR_OK) break;
    }
    db_cursor_end(cursor);
    return e == ERR_END ? ERR_OK : e;
}

// ---- where garages are too few --------------------------------------------------------------------------------------------------
static bool first_list_add(void *arg, const struct picker_row *row) {
    struct choice *c = arg;
    if (!(row->is.flags & VEHICLE_SECOND_LIST) && !car_of(c, row->is.vehicle)) c->full = !car_add(c, row->is.vehicle, row->year);
    return !c->full;
}

// A group's value begins with how many rows it has (fitment.h).
static enum err rows_count(struct choice *c) {
    struct db_cursor *cursor = db_cursor_begin(c->view->snapshot, TABLE_GROUP);
    struct slice key, value;
    if (!cursor) return ERR_NO_MEMORY;
    enum err e;
    while ((e = db_cursor_next(cursor, &key, &value)) == ERR_OK) {
        struct reader k = reader_of(key), r = reader_of(value);
        struct common_car *car = car_of(c, reader_u32be(&k));
        if (car) car->rows += reader_varint(&r);
    }
    db_cursor_end(cursor);
    return e == ERR_END ? ERR_OK : e;
}

static enum err others_add(struct choice *c) {
    TRY(vehicle_each(c->view, 0, 0, 0, 0, first_list_add, c));
    return c->full ? ERR_NO_MEMORY : rows_count(c);
}

// ---- the best ---------------------------------------------------------------------------------------------------------------------
static int compare_cars(const void *a, const void *b) {
    const struct common_car *x = a, *y = b;
    if (x->garages != y->garages) return x->garages < y->garages ? 1 : -1;
    if (x->rows != y->rows) return x->rows < y->rows ? 1 : -1;
    if (x->year != y->year) return x->year < y->year ? 1 : -1;
    return (x->vehicle > y->vehicle) - (x->vehicle < y->vehicle);
}

static enum err slugs_load(struct choice *c, struct common_cars *out) {
    for (unsigned i = 0; i < out->count; i++) {
        struct vehicle *vehicle;
        arena_reset(&c->arena);
        TRY(vehicle_load(c->view, out->list[i].vehicle, &vehicle));
        out->list[i].slug = strndup(vehicle->slug.p, vehicle->slug.n);
        if (!out->list[i].slug) return ERR_NO_MEMORY;
    }
    return ERR_OK;
}

static enum err choose(struct choice *c, unsigned wanted, struct common_cars *out) {
    TRY(garages_count(c));
    if (c->named < wanted) TRY(others_add(c));
    if (c->count) qsort(c->all, c->count, sizeof *c->all, compare_cars);
    out->list = c->all;
    out->count = c->count < wanted ? (unsigned)c->count : wanted;
    c->all = NULL;
    return slugs_load(c, out);
}

// ---- a file of them ------------------------------------------------------------------------------------------------------------------
static enum err line_take(struct choice *c, const char *path, struct slice line, uint64_t number, struct fault *why) {
    uint32_t vehicle;
    enum err e = vehicle_find(c->view, line, &vehicle);
    if (e == ERR_NOT_FOUND)
        return fault_set(why, ERR_BAD_REQUEST, "cars-file", "%s:%llu: no base vehicle is called '%.*s'", path, (unsigned long long)number, SLICE_ARGS(line));
    TRY(e);
    if (car_of(c, vehicle)) return ERR_OK;
    if (c->count == COMMON_CARS_MAX) return fault_set(why, ERR_TOO_LARGE, "cars-file", "%s: more than %d cars", path, COMMON_CARS_MAX);
    return car_add(c, vehicle, 0) ? ERR_OK : ERR_NO_MEMORY;
}

static enum err lines_take(struct choice *c, const char *path, struct input *in, struct common_cars *out, struct fault *why) {
    struct slice line;
    uint64_t number;
    enum err e;
    while ((e = input_line(in, &line, &number, why)) == ERR_OK) {
        line = slice_trim(line);
        if (number == 1 && slice_starts(line, SLICE("\xEF\xBB\xBF"))) line = slice_from(line, 3);
        arena_reset(&c->arena);
        if (line.n && line.p[0] != '#') TRY(line_take(c, path, line, number, why));
    }
    if (e != ERR_END) return e;
    out->list = c->all;
    out->count = (unsigned)c->count;
    c->all = NULL;
    return out->count ? slugs_load(c, out) : fault_set(why, ERR_BAD_REQUEST, "cars-file", "%s: names no car", path);
}

static enum err file_take(struct choice *c, const char *path, struct common_cars *out, struct fault *why) {
    struct input *in;
    TRY(input_open(path, &in, why));
    enum err e = lines_take(c, path, in, out, why);
    input_close(in);
    return e;
}

// ---- both ------------------------------------------------------------------------------------------------------------------------------
static enum err choice_open(struct choice *c, struct db *db) {
    *c = (struct choice){0};
    arena_init(&c->arena, 1 << 16, 64u << 20);
    TRY(view_open(db, &clock_system, &c->view));
    return view_begin(c->view, &c->arena);
}

static void choice_close(struct choice *c) {
    if (c->view) {
        view_end(c->view);
        view_close(c->view);
    }
    map_destroy(&c->at);
    free(c->all);
    arena_destroy(&c->arena);
}

static enum err choice_made(struct choice *c, enum err e, struct common_cars *out, struct fault *why) {
    choice_close(c);
    if (e != ERR_OK) common_cars_free(out);
    return e != ERR_OK && why && !why->code ? fault_set(why, e, "", "the cars to compare cannot be chosen (%s)", err_name(e)) : e;
}

enum err common_cars_choose(struct db *db, unsigned wanted, struct common_cars *out, struct fault *why) {
    struct choice c;
    *out = (struct common_cars){0};
    enum err e = choice_open(&c, db);
    if (e == ERR_OK) e = choose(&c, wanted, out);
    return choice_made(&c, e, out, why);
}

enum err common_cars_read(struct db *db, const char *path, struct common_cars *out, struct fault *why) {
    struct choice c;
    *out = (struct common_cars){0};
    enum err e = choice_open(&c, db);
    if (e == ERR_OK) e = file_take(&c, path, out, why);
    return choice_made(&c, e, out, why);
}

void common_cars_free(struct common_cars *c) {
    for (unsigned i = 0; i < c->count; i++) free(c->list[i].slug);
    free(c->list);
    *c = (struct common_cars){0};
}

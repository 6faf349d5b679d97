#include "group_cache.h"

#include "base/buf.h"
#include "base/hash.h"
#include "decoded.h"
#include "fitment_match.h"

// A block is measured, then written: what needs more alignment first.
struct block { char *at; };

static void *take(struct block *b, const void *from, size_t bytes) {
    void *p = b->at;
    if (bytes) memcpy(p, from, bytes);
    b->at += bytes;
    return p;
}

// ---- groups ------------------------------------------------------------------------------------------------------------------
enum err group_decode(struct arena *a, struct slice value, struct group *out) {
    struct group_reader r;
    struct packed_row row;
    TRY(group_open(a, value, &r));
    struct group_line *rows = arena_alloc(a, ((size_t)r.row_count + 1) * sizeof *rows);
    if (!rows) return ERR_NO_MEMORY;
    for (unsigned i = 0; group_next(&r, &row); i++) {
        rows[i] = (struct group_line){row.product, row.application, row.entry};
        if (row.entry >= r.entry_count) return ERR_DAMAGED;
    }
    *out = (struct group){.entry_count = r.entry_count, .row_count = r.row_count, .entries = r.entries, .rows = rows};
    return ERR_OK;
}

static size_t group_bytes(const struct group *g) {
    size_t bytes = sizeof *g + g->entry_count * sizeof *g->entries + g->row_count * sizeof *g->rows;
    for (unsigned i = 0; i < g->entry_count; i++) {
        const struct application *e = &g->entries[i];
        bytes += e->term_count * sizeof *e->terms + e->condition_count * sizeof *e->conditions;
        for (unsigned t = 0; t < e->term_count; t++) bytes += e->terms[t].count * sizeof *e->terms[t].values;
    }
    return bytes;
}

static void values_write(struct block *b, const struct application *entries, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        for (unsigned t = 0; t < entries[i].term_count; t++) {
            struct term *term = (struct term *)(uintptr_t)&entries[i].terms[t]; // just copied into the block
            term->values = take(b, term->values, term->count * sizeof(uint16_t));
        }
}

static const struct group *group_write(void *place, const struct group *g) {
    struct block b = {place};
    struct group *kept = take(&b, g, sizeof *g);
    struct application *entries = take(&b, g->entries, g->entry_count * sizeof *entries);
    kept->entries = entries;
    for (unsigned i = 0; i < g->entry_count; i++)
        entries[i].terms = take(&b, entries[i].terms, entries[i].term_count * sizeof(struct term));
    kept->rows = take(&b, g->rows, g->row_count * sizeof *g->rows);
    for (unsigned i = 0; i < g->entry_count; i++)
        entries[i].conditions = take(&b, entries[i].conditions, entries[i].condition_count * sizeof(uint32_t));
    values_write(&b, entries, g->entry_count);
    return kept;
}

static enum err group_load(struct view *v, uint32_t vehicle, uint32_t type, struct group **out) {
    uint32_t key[2] = {__builtin_bswap32(vehicle), __builtin_bswap32(type)};
    struct slice value;
    *out = ARENA_NEW(v->arena, struct group);
    if (!*out) return ERR_NO_MEMORY;
    enum err e = db_get(v->snapshot, TABLE_GROUP, slice_of(key, sizeof key), &value);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    return e == ERR_OK ? group_decode(v->arena, value, *out) : e;
}

enum err group_of(struct view *v, uint32_t vehicle, uint32_t type, const struct group **out) {
    uint64_t key = decoded_group_key(vehicle, type);
    *out = decoded_find(v, key);
    if (*out) return ERR_OK;
    struct group *g;
    TRY(group_load(v, vehicle, type, &g));
    void *place = decoded_place(v, key, group_bytes(g));
    *out = place ? group_write(place, g) : g;
    return ERR_OK;
}

// ---- vehicles ----------------------------------------------------------------------------------------------------------------
static enum err columns_of(struct arena *a, const struct vehicle *vehicle, const uint16_t **out) {
    uint16_t *columns = arena_alloc(a, (size_t)vehicle->count * vehicle->attr_count * sizeof *columns + 1);
    if (!columns) return ERR_NO_MEMORY;
    for (unsigned k = 0; k < vehicle->attr_count; k++)
        for (unsigned i = 0; i < vehicle->count; i++)
            columns[(size_t)k * vehicle->count + i] = vehicle->values[(size_t)i * vehicle->attr_count + k];
    *out = columns;
    return ERR_OK;
}

// The slug is compared first, so it stands beside the struct; what follows it stays aligned.
static size_t slug_room(const struct vehicle *v) { return (v->slug.n + 7) & ~(size_t)7; }

static size_t car_bytes(const struct car *c) {
    const struct vehicle *v = &c->vehicle;
    size_t cells = (size_t)v->count * v->attr_count;
    return sizeof *c + slug_room(v) + v->count * (sizeof *v->hashes + sizeof *v->sources) + 2 * cells * sizeof *v->values + v->attr_count;
}

static const struct car *car_write(void *place, const struct car *c) {
    struct block b = {place};
    const struct vehicle *from = &c->vehicle;
    size_t cells = (size_t)from->count * from->attr_count;
    struct car *kept = take(&b, c, sizeof *c);
    kept->vehicle.slug.p = take(&b, from->slug.p, from->slug.n);
    b.at += slug_room(from) - from->slug.n;
    kept->vehicle.hashes = take(&b, from->hashes, from->count * sizeof *from->hashes);
    kept->columns = take(&b, c->columns, cells * sizeof *c->columns);
    kept->vehicle.values = take(&b, from->values, cells * sizeof *from->values);
    kept->vehicle.sources = take(&b, from->sources, from->count);
    kept->vehicle.attrs = take(&b, from->attrs, from->attr_count);
    return kept;
}

static enum err car_load(struct view *v, uint32_t id, struct car **out) {
    struct vehicle *vehicle;
    TRY(vehicle_load(v, id, &vehicle));
    *out = ARENA_NEW(v->arena, struct car);
    if (!*out) return ERR_NO_MEMORY;
    (*out)->vehicle = *vehicle;
    return columns_of(v->arena, vehicle, &(*out)->columns);
}

static const struct car *car_keep(struct view *v, uint64_t key, const struct car *car) {
    void *place = decoded_place(v, key, car_bytes(car));
    return place ? car_write(place, car) : car;
}

enum err car_of(struct view *v, struct slice slug, const struct car **out) {
    uint64_t key = decoded_slug_key(hash64(slug));
    *out = decoded_find(v, key);
    if (*out && slice_eq((*out)->vehicle.slug, slug)) return ERR_OK;
    uint32_t id;
    struct car *car;
    TRY(vehicle_find(v, slug, &id));
    TRY(car_load(v, id, &car));
    *out = slice_eq(car->vehicle.slug, slug) ? car_keep(v, key, car) : car; // found by another name: kept under its own only
    return ERR_OK;
}

enum err car_of_id(struct view *v, uint32_t vehicle, const struct car **out) {
    uint64_t key = decoded_vehicle_key(vehicle);
    struct car *car;
    *out = decoded_find(v, key);
    if (*out) return ERR_OK;
    TRY(car_load(v, vehicle, &car));
    *out = car_keep(v, key, car);
    return ERR_OK;
}

static bool line_add(void *arg, const struct picker_row *row) {
    struct car_line line = {row->is.vehicle, row->model, (uint16_t)row->year, row->is.flags};
    struct buf *b = arg;
    buf_put(b, &line, sizeof line);
    return !b->bad;
}

enum err car_lines_of(struct view *v, uint32_t make, uint32_t model, const struct car_lines **out) {
    uint64_t key = decoded_model_key(make, model);
    *out = decoded_find(v, key);
    if (*out) return ERR_OK;
    struct buf b;
    struct car_lines head = {0};
    buf_init(&b, v->arena, 1024);
    buf_put(&b, &head, sizeof head);
    TRY(vehicle_each(v, make, model, 0, 0, line_add, &b));
    if (b.bad) return ERR_NO_MEMORY;
    head.count = (b.n - sizeof head) / sizeof(struct car_line);
    memcpy(b.p, &head, sizeof head);
    void *place = decoded_place(v, key, b.n);
    if (place) memcpy(place, b.p, b.n);
    *out = place ? place : (const void *)b.p; // an arena's allocation is aligned for anything
    return ERR_OK;
}

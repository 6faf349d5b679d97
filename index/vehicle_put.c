#include "vehicle_put.h"

#include <stdlib.h>

#include "application.h"
#include "attribute.h"
#include "base/limits.h"
#include "batch.h"
#include "catalog.h"
#include "fitment.h"
#include "lexicon.h"
#include "names.h"
#include "vehicle_external.h"
#include "vehicle_writer.h"

#define STALE_NAME "vehicle_names_stale"

// ---- the body ---------------------------------------------------------------------------------------------------------------
static enum err text_of(struct arena *a, const struct json *v, struct slice *out) {
    if (v->type == JSON_STRING) *out = v->string;
    else if (v->type == JSON_INTEGER) *out = arena_printf(a, "%lld", (long long)v->integer);
    else if (v->type == JSON_NUMBER) *out = arena_printf(a, "%g", v->number);
    else return ERR_BAD_REQUEST;
    return out->p ? ERR_OK : ERR_NO_MEMORY;
}

static enum err configuration_from_json(struct arena *a, const struct json *o, struct slice market, struct vehicle_configuration *out,
                                        struct fault *why) {
    if (o->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "configurations", "a configuration is an object of attributes");
    struct vehicle_attribute *list = ARENA_ARRAY(a, struct vehicle_attribute, o->count + 1);
    if (!list) return ERR_NO_MEMORY;
    unsigned n = 0;
    bool own_market = json_get(o, "market") != NULL;
    if (market.n && !own_market) list[n++] = (struct vehicle_attribute){SLICE("market"), market};
    for (size_t i = 0; i < o->count; i++) {
        list[n].name = o->keys[i];
        if (text_of(a, &o->items[i], &list[n].value) != ERR_OK || list[n].value.n == 0)
            return fault_set(why, ERR_BAD_REQUEST, "configurations", "%.*s takes a string or a number", SLICE_ARGS(o->keys[i]));
        n++;
    }
    if (n >= LIMIT_ATTRIBUTES) return fault_set(why, ERR_BAD_REQUEST, "configurations", "at most %d attributes", LIMIT_ATTRIBUTES - 1);
    *out = (struct vehicle_configuration){.attribute_count = n, .attributes = list};
    return ERR_OK;
}

static enum err externals_from_json(struct arena *a, const struct json *list, struct vehicle_put *out, struct fault *why) {
    struct slice *ids = ARENA_ARRAY(a, struct slice, list ? list->count : 0);
    if (!ids && list && list->count) return ERR_NO_MEMORY;
    for (size_t i = 0; list && i < list->count; i++) {
        ids[i] = list->items[i].string;
        if (list->items[i].type != JSON_STRING || ids[i].n > LIMIT_EXTERNAL_ID_BYTES || !memchr(ids[i].p, ':', ids[i].n))
            return fault_set(why, ERR_BAD_REQUEST, "external", "external is a list of ids like vcdb:588822");
    }
    out->externals = ids;
    out->external_count = list ? (unsigned)list->count : 0;
    return ERR_OK;
}

static enum err configurations_from_json(struct arena *a, const struct json *list, struct vehicle_put *out, struct fault *why) {
    static const struct json NOTHING = {.type = JSON_OBJECT};
    size_t count = list ? list->count : 0;
    if (count > LIMIT_CONFIGURATIONS)
        return fault_set(why, ERR_BAD_REQUEST, "configurations", "more than %d configurations", LIMIT_CONFIGURATIONS);
    struct vehicle_configuration *all = ARENA_ARRAY(a, struct vehicle_configuration, count ? count : 1);
    if (!all) return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) TRY(configuration_from_json(a, &list->items[i], out->market, &all[i], why));
    if (count == 0) TRY(configuration_from_json(a, &NOTHING, out->market, &all[0], why));
    out->configurations = all;
    out->configuration_count = count ? (unsigned)count : 1;
    return ERR_OK;
}

enum err vehicle_put_from_json(struct arena *a, struct slice id, const struct json *body, struct vehicle_put *out, struct fault *why) {
    static const char *const KEYS[] = {"id", "make", "model", "year", "name_zh", "market", "configurations", "external", NULL};
    const struct json *configurations = NULL, *externals = NULL;
    int64_t year = 0;
    if (body->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "a vehicle is an object");
    TRY(json_only_keys(body, KEYS, why));
    *out = (struct vehicle_put){.id = id};
    TRY(json_get_string(body, "make", &out->make, why));
    TRY(json_get_string(body, "model", &out->model, why));
    TRY(json_get_string(body, "name_zh", &out->name_zh, why));
    TRY(json_get_string(body, "market", &out->market, why));
    TRY(json_get_integer(body, "year", LIMIT_YEAR_MIN, LIMIT_YEAR_MAX, &year, why));
    TRY(json_get_array(body, "configurations", &configurations, why));
    TRY(json_get_array(body, "external", &externals, why));
    out->year = (unsigned)year;
    if (out->make.n == 0 || out->make.n > LIMIT_EXTERNAL_ID_BYTES) return fault_set(why, ERR_BAD_REQUEST, "make", "a vehicle needs a make");
    if (out->model.n == 0 || out->model.n > LIMIT_EXTERNAL_ID_BYTES) return fault_set(why, ERR_BAD_REQUEST, "model", "a vehicle needs a model");
    if (year == 0) return fault_set(why, ERR_BAD_REQUEST, "year", "a vehicle needs a year");
    TRY(externals_from_json(a, externals, out, why));
    return configurations_from_json(a, configurations, out, why);
}

// ---- who may fit a new one --------------------------------------------------------------------------------------------------
static bool names_model(const struct application *list, unsigned count, uint32_t make, uint32_t model) {
    for (unsigned i = 0; i < count; i++)
        if (!(list[i].flags & APPLICATION_UNRESOLVED) && list[i].make == make && (list[i].model == 0 || list[i].model == model)) return true;
    return false;
}

// Reads every application there is.
static enum err candidates_scan(struct view *v, uint32_t make, uint32_t model, struct buf *out) {
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_APPLICATION);
    if (!c) return ERR_NO_MEMORY;
    enum err e;
    while ((e = db_cursor_next(c, &key, &value)) == ERR_OK) {
        bool names;
        struct reader r = reader_of(key);
        e = applications_name_model(value, make, model, &names);
        if (e != ERR_OK) break;
        if (names) buf_u32(out, reader_u32be(&r));
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

enum err vehicle_put_prepare(struct view *v, struct vehicle_put *put, struct fault *why) {
    uint32_t make, model;
    struct buf list;
    put->prepared = true;
    TRY(batch_changes(v->snapshot, &put->changes));
    enum err e = make_find(v, put->make, &make);
    if (e == ERR_OK) e = model_find(v, make, put->model, &model);
    if (e == ERR_NOT_FOUND) return ERR_OK; // new: no application can name it yet
    TRY(e);
    buf_init(&list, v->arena, 1024);
    e = candidates_scan(v, make, model, &list);
    if (e != ERR_OK) return fault_set(why, e, "", "the applications could not be read (%s)", err_name(e));
    put->candidates = (uint32_t *)(void *)list.p;
    put->candidate_count = (unsigned)(list.n / sizeof(uint32_t));
    return list.bad ? ERR_NO_MEMORY : ERR_OK;
}

// ---- make, model, configurations ---------------------------------------------------------------------------------------------
static enum err make_of(struct txn *t, struct view *v, const struct vehicle_put *put, uint32_t *make) {
    enum err e = make_find(v, put->make, make);
    if (e != ERR_NOT_FOUND) return e;
    struct make new = {.name = put->make, .slug = names_slug(v->arena, put->make), .initial = '#'};
    if (new.slug.n == 0) return ERR_BAD_REQUEST;
    TRY(make_put(t, v->arena, &new));
    *make = new.id;
    return lexicon_put(t, v->arena, put->make, LEXICON_MAKE, new.id, LEXICON_NAME);
}

static enum err model_of(struct txn *t, struct view *v, const struct vehicle_put *put, uint32_t make, uint32_t *model) {
    enum err e = model_find(v, make, put->model, model);
    if (e != ERR_NOT_FOUND) return e;
    struct model new = {.make = make, .name = put->model, .name_zh = put->name_zh, .slug = names_slug(v->arena, put->model)};
    if (new.slug.n == 0) return ERR_BAD_REQUEST;
    TRY(model_put(t, v->arena, &new));
    *model = new.id;
    if (put->name_zh.n) TRY(lexicon_put(t, v->arena, put->name_zh, LEXICON_MODEL, new.id, LEXICON_NAME));
    return lexicon_put(t, v->arena, put->model, LEXICON_MODEL, new.id, LEXICON_NAME);
}

static int by_attribute(const void *a, const void *b) {
    return (int)((const struct vehicle_cell *)a)->attr - (int)((const struct vehicle_cell *)b)->attr;
}

static enum err cell_add(struct txn *t, struct view *v, struct slice name, struct slice value, struct vehicle_tuple *tuple,
                         struct vehicle_cell *cells, struct fault *why) {
    uint32_t attr, id;
    struct slice normal;
    enum err e = attribute_normalise(v, name, value, &normal);
    if (e == ERR_BAD_REQUEST || e == ERR_TOO_LARGE)
        return fault_set(why, ERR_BAD_REQUEST, "configurations", "'%.*s' is no %.*s", SLICE_ARGS(value), SLICE_ARGS(name));
    TRY(e);
    TRY(names_intern(t, NAMES_ATTRIBUTE, name, &attr));
    TRY(names_intern(t, NAMES_VALUE + attr, normal, &id));
    for (unsigned i = 0; i < tuple->count; i++)
        if (cells[i].attr == attr) return fault_set(why, ERR_BAD_REQUEST, "configurations", "%.*s stands twice", SLICE_ARGS(name));
    cells[tuple->count++] = (struct vehicle_cell){(uint8_t)attr, (uint16_t)id};
    return ERR_OK;
}

static enum err tuple_of(struct txn *t, struct view *v, const struct vehicle_put *put, const struct vehicle_configuration *c, uint32_t source,
                         struct vehicle_tuple *out, struct fault *why) {
    struct vehicle_cell *cells = ARENA_ARRAY(v->arena, struct vehicle_cell, c->attribute_count + put->external_count);
    if (!cells && c->attribute_count + put->external_count) return ERR_NO_MEMORY;
    *out = (struct vehicle_tuple){.source = (uint8_t)source, .cells = cells};
    for (unsigned i = 0; i < c->attribute_count; i++) TRY(cell_add(t, v, c->attributes[i].name, c->attributes[i].value, out, cells, why));
    for (unsigned i = 0; i < put->external_count; i++) {
        struct slice id = put->externals[i], attribute = vehicle_external_attribute(id);
        (void)slice_cut(&id, ':');
        if (attribute.n) TRY(cell_add(t, v, attribute, id, out, cells, why));
    }
    if (out->count) qsort(cells, out->count, sizeof *cells, by_attribute);
    return ERR_OK;
}

// ---- groups of a new base vehicle ---------------------------------------------------------------------------------------------
struct typed_row { uint32_t type; struct group_row row; };

static int by_type(const void *a, const void *b) {
    const struct typed_row *x = a, *y = b;
    if (x->type != y->type) return x->type > y->type ? 1 : -1;
    if (x->row.product != y->row.product) return x->row.product > y->row.product ? 1 : -1;
    return (x->row.application > y->row.application) - (x->row.application < y->row.application);
}

// A dirty product is left to the merge: what it has now may not be what the merge will take out of the groups some day.
static bool is_dirty(struct view *v, uint32_t type, uint32_t product) {
    uint32_t key[2] = {__builtin_bswap32(type), __builtin_bswap32(product)};
    struct slice value;
    return db_get(v->snapshot, TABLE_DIRTY, slice_of(key, sizeof key), &value) != ERR_NOT_FOUND;
}

static enum err rows_of(struct view *v, uint32_t product, const struct vehicle *car, struct buf *rows) {
    const struct product_facts facts = *columns_facts(v, product);
    struct application *list;
    unsigned count;
    if (facts.flags & (FACT_DELETED | FACT_UNIVERSAL) || is_dirty(v, facts.type, product)) return ERR_OK;
    TRY(applications_load(v, product, &list, &count));
    if (!names_model(list, count, car->make, car->model)) return ERR_OK;
    for (unsigned i = 0; i < count; i++) {
        struct typed_row row = {facts.type, {product, i, &list[i]}};
        // What is about every make stands in the group of vehicle 0.
        if (list[i].make && application_covers(&list[i], car->make, car->model, car->year)) buf_put(rows, &row, sizeof row);
    }
    return rows->bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err groups_write(struct txn *t, struct view *v, uint32_t vehicle, struct typed_row *rows, size_t count) {
    struct group_row *list = ARENA_ARRAY(v->arena, struct group_row, count ? count : 1);
    if (!list) return ERR_NO_MEMORY;
    if (count) qsort(rows, count, sizeof *rows, by_type);
    for (size_t from = 0, to; from < count; from = to) {
        uint32_t key[2] = {__builtin_bswap32(vehicle), __builtin_bswap32(rows[from].type)};
        struct buf bytes;
        for (to = from; to < count && rows[to].type == rows[from].type; to++) list[to - from] = rows[to].row;
        buf_init(&bytes, v->arena, 256);
        group_encode(&bytes, list, (unsigned)(to - from), v->arena);
        if (bytes.bad) return ERR_NO_MEMORY;
        TRY(txn_put(t, TABLE_GROUP, slice_of(key, sizeof key), buf_slice(&bytes)));
    }
    return ERR_OK;
}

static enum err groups_of_new(struct txn *t, struct view *v, uint32_t vehicle, const struct vehicle_put *put) {
    struct vehicle *car;
    struct buf rows;
    uint32_t *changed;
    unsigned changed_count, i = 0, k = 0;
    TRY(vehicle_load(v, vehicle, &car));
    TRY(batch_changed_since(v, put->changes, &changed, &changed_count));
    buf_init(&rows, v->arena, 4096);
    while (i < put->candidate_count || k < changed_count) { // both ascend
        uint32_t a = i < put->candidate_count ? put->candidates[i] : UINT32_MAX, b = k < changed_count ? changed[k] : UINT32_MAX;
        i += a <= b;
        k += b <= a;
        TRY(rows_of(v, a < b ? a : b, car, &rows));
    }
    return groups_write(t, v, vehicle, (struct typed_row *)(void *)rows.p, rows.n / sizeof(struct typed_row));
}

// ---- all of it --------------------------------------------------------------------------------------------------------------------
static enum err id_check(struct view *v, const struct vehicle_put *put, uint32_t vehicle, struct fault *why) {
    struct vehicle *car;
    if (put->id.n == 0) return ERR_OK;
    TRY(vehicle_load(v, vehicle, &car));
    if (slice_eq(car->slug, put->id)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "id", "this vehicle's id is %.*s", SLICE_ARGS(car->slug));
}

static bool picked(void *arg, const struct picker_row *row) {
    *(uint32_t *)arg = row->is.vehicle;
    return false;
}

static enum err put_in(struct txn *t, struct view *v, const struct vehicle_put *put, struct fault *why) {
    uint32_t make, model, source, vehicle = 0;
    struct vehicle_write done;
    if (!put->prepared) return ERR_INTERNAL;
    enum err e = make_of(t, v, put, &make);
    if (e == ERR_OK) e = model_of(t, v, put, make, &model);
    if (e == ERR_BAD_REQUEST) return fault_set(why, e, "model", "make and model need letters or digits");
    TRY(e);
    TRY(names_intern(t, NAMES_CONFIG_SOURCE, SLICE(VEHICLE_PUT_SOURCE), &source));
    struct vehicle_tuple *tuples = ARENA_ARRAY(v->arena, struct vehicle_tuple, put->configuration_count);
    if (!tuples) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < put->configuration_count; i++) TRY(tuple_of(t, v, put, &put->configurations[i], source, &tuples[i], why));
    TRY(vehicle_write(t, v, make, model, put->year, tuples, put->configuration_count, &done));
    TRY(vehicle_each(v, make, model, put->year, put->year, picked, &vehicle));
    TRY(id_check(v, put, vehicle, why));
    for (unsigned i = 0; i < put->external_count; i++) {
        e = vehicle_external_add(t, v->arena, put->externals[i], vehicle);
        if (e == ERR_TOO_LARGE) return fault_set(why, e, "external", "%.*s names too many vehicles", SLICE_ARGS(put->externals[i]));
        TRY(e);
    }
    if (done.is_new) TRY(groups_of_new(t, v, vehicle, put));
    if (done.is_new) TRY(batch_note_vehicles(t));
    return txn_set_meta_u64(t, STALE_NAME, 1);
}

enum err vehicle_put_apply(struct txn *t, struct arena *scratch, const struct vehicle_put *put, struct fault *why) {
    struct view v;
    TRY(view_of_txn(t, scratch, &clock_system, &v));
    enum err e = put_in(t, &v, put, why);
    view_of_txn_end(&v);
    return e;
}

bool vehicle_names_stale(struct snapshot *s) {
    uint64_t stale = 0;
    (void)db_meta_u64(s, STALE_NAME, &stale);
    return stale != 0;
}

enum err vehicle_names_settle(struct txn *t) { return txn_set_meta_u64(t, STALE_NAME, 0); }

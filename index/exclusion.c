#include "exclusion.h"

#include "base/clock.h"
#include "base/limits.h"
#include "columns.h"
#include "product.h"

struct exclusion_key { uint32_t vehicle, product, configuration; }; // big-endian

static struct exclusion_key key_of(uint32_t vehicle, uint32_t product, uint32_t configuration) {
    return (struct exclusion_key){__builtin_bswap32(vehicle), __builtin_bswap32(product), __builtin_bswap32(configuration)};
}

// ---- writing ----------------------------------------------------------------------------------------------------------------
static enum err find(struct view *v, struct slice product, struct slice vehicle, struct exclusion_key *out, struct fault *why) {
    uint32_t product_id, vehicle_id, hash = 0;
    if (product_find(v, product, &product_id) != ERR_OK)
        return fault_set(why, ERR_NOT_FOUND, "product", "no product is called '%.*s'", SLICE_ARGS(product));
    enum err e = vehicle_find(v, vehicle, &vehicle_id);
    if (e == ERR_NOT_FOUND) {
        struct vehicle *car;
        unsigned configuration;
        e = vehicle_find_configuration(v, vehicle, &car, &configuration);
        if (e == ERR_OK) {
            vehicle_id = car->id;
            hash = car->hashes[configuration];
        }
    }
    if (e == ERR_NOT_FOUND) return fault_set(why, e, "vehicle", "no vehicle is called '%.*s'", SLICE_ARGS(vehicle));
    TRY(e);
    *out = key_of(vehicle_id, product_id, hash);
    return ERR_OK;
}

enum err exclusion_put(struct txn *t, struct arena *scratch, struct slice product, struct slice vehicle, int64_t at_ms, struct slice who,
                       struct slice why_text, struct fault *why) {
    struct view v;
    struct exclusion_key key;
    struct buf out;
    if (who.n == 0) return fault_set(why, ERR_BAD_REQUEST, "who", "an exclusion names who said so");
    if (why_text.n == 0) return fault_set(why, ERR_BAD_REQUEST, "why", "an exclusion says why");
    TRY(view_of_txn(t, scratch, &clock_system, &v));
    enum err e = find(&v, product, vehicle, &key, why);
    view_of_txn_end(&v);
    TRY(e);
    buf_init(&out, scratch, who.n + why_text.n + 32);
    buf_u64(&out, (uint64_t)at_ms);
    buf_string(&out, who);
    buf_string(&out, why_text);
    return out.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_EXCLUSION, slice_of(&key, sizeof key), buf_slice(&out));
}

enum err exclusion_delete(struct txn *t, struct arena *scratch, struct slice product, struct slice vehicle, struct fault *why) {
    struct view v;
    struct exclusion_key key;
    TRY(view_of_txn(t, scratch, &clock_system, &v));
    enum err e = find(&v, product, vehicle, &key, why);
    view_of_txn_end(&v);
    TRY(e);
    e = txn_delete(t, TABLE_EXCLUSION, slice_of(&key, sizeof key));
    return e == ERR_NOT_FOUND ? fault_set(why, e, "vehicle", "this product is not excluded from this vehicle") : e;
}

// ---- reading -----------------------------------------------------------------------------------------------------------------
static enum err decode(struct slice key, struct slice value, struct exclusion *out) {
    struct reader k = reader_of(key), r = reader_of(value);
    out->vehicle = reader_u32be(&k);
    out->product = reader_u32be(&k);
    out->configuration = reader_u32be(&k);
    out->at_ms = (int64_t)reader_u64(&r);
    out->who = reader_string(&r);
    out->why = reader_string(&r);
    return k.bad || r.bad ? ERR_DAMAGED : ERR_OK;
}

// From the first of `vehicle` (0: of all) on, until `each` or the vehicle ends it.
static enum err walk(struct view *v, uint32_t vehicle, bool (*each)(void *arg, const struct exclusion *e), void *arg) {
    if (db_table_empty(v->snapshot, TABLE_EXCLUSION)) return ERR_OK;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_EXCLUSION);
    if (!c) return ERR_NO_MEMORY;
    uint32_t from = __builtin_bswap32(vehicle);
    struct slice key, value;
    struct exclusion e;
    enum err err = db_cursor_seek(c, slice_of(&from, sizeof from), &key, &value);
    while (err == ERR_OK) {
        err = decode(key, value, &e);
        if (err != ERR_OK || (vehicle && e.vehicle != vehicle) || !each(arg, &e)) break;
        err = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return err == ERR_END ? ERR_OK : err;
}

struct list { struct buf bytes; };

static bool list_add(void *arg, const struct exclusion *e) {
    struct list *l = arg;
    buf_put(&l->bytes, e, sizeof *e);
    return !l->bytes.bad;
}

enum err exclusions_of_vehicle(struct view *v, uint32_t vehicle, const struct exclusion **out, unsigned *count) {
    struct list l;
    *out = NULL;
    *count = 0;
    if (db_table_empty(v->snapshot, TABLE_EXCLUSION)) return ERR_OK;
    buf_init(&l.bytes, v->arena, 16 * sizeof(struct exclusion));
    TRY(walk(v, vehicle, list_add, &l));
    if (l.bytes.bad) return ERR_NO_MEMORY;
    *out = (const struct exclusion *)(const void *)l.bytes.p;
    *count = (unsigned)(l.bytes.n / sizeof **out);
    return ERR_OK;
}

struct of_product {
    uint32_t product;
    bool (*each)(void *arg, const struct exclusion *e);
    void *arg;
};

static bool only_of_product(void *arg, const struct exclusion *e) {
    struct of_product *o = arg;
    return (o->product && e->product != o->product) || o->each(o->arg, e);
}

enum err exclusion_each(struct view *v, uint32_t product, bool (*each)(void *arg, const struct exclusion *e), void *arg) {
    struct of_product o = {product, each, arg};
    return walk(v, 0, only_of_product, &o);
}

// ---- output ------------------------------------------------------------------------------------------------------------------
static unsigned configuration_of(const struct vehicle *car, uint32_t hash) {
    unsigned i = 0;
    while (i < car->count && car->hashes[i] != hash) i++;
    return i;
}

static void vehicle_id_json(struct view *v, struct json_writer *w, const struct exclusion *e, const struct vehicle *car) {
    unsigned i = configuration_of(car, e->configuration);
    json_key(w, "vehicle");
    if (e->configuration && i < car->count) json_string(w, vehicle_configuration_id(v, car, i));
    else if (e->configuration) json_string(w, arena_printf(v->arena, "%.*s~%08x", SLICE_ARGS(car->slug), e->configuration)); // recompiled since
    else json_string(w, car->slug);
}

void exclusion_json(struct view *v, struct json_writer *w, const struct exclusion *e) {
    struct product p;
    struct vehicle *car;
    json_open(w, '{');
    json_key(w, "product");
    if (product_load(v, e->product, &p) == ERR_OK) json_string(w, p.external_id);
    else json_null(w);
    if (vehicle_load(v, e->vehicle, &car) == ERR_OK) vehicle_id_json(v, w, e, car);
    json_key_string(w, "who", e->who);
    json_key_string(w, "why", e->why);
    json_key_int(w, "at", e->at_ms);
    json_close(w, '}');
}

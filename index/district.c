#include "district.h"

#include <math.h>

#include "names.h"
#include "place_index.h"
#include "supply_table.h"
#include "supply_text.h"

static enum err decode(struct slice value, struct district *out) {
    struct reader r = reader_of(value);
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    reader_take(&r, &out->at, sizeof out->at);
    out->area = isnan(out->at.lat);
    return r.bad || reader_left(&r) ? ERR_DAMAGED : ERR_OK;
}

enum err district_load(struct view *v, uint32_t id, struct district *out) {
    struct supply_key key;
    struct slice value;
    TRY(db_get(v->snapshot, TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_DISTRICT, id), &value));
    *out = (struct district){.id = id, .path = names_text(v, NAMES_DISTRICT, id)};
    return decode(value, out);
}

enum err district_of(struct view *v, struct geo at, struct district *out) {
    struct place_search s;
    struct place_found found;
    TRY(place_search_begin(v, PLACE_DISTRICTS, at, DISTRICT_REACH_M, NULL, &s));
    enum err e = place_search_next(&s, &found);
    return e == ERR_OK ? district_load(v, found.id, out) : e == ERR_END ? ERR_NOT_FOUND : e;
}

struct walk { struct view *v; enum err (*each)(void *arg, const struct district *d); void *arg; };

static enum err walk_one(void *arg, struct slice rest, struct slice value) {
    const struct walk *w = arg;
    struct reader r = reader_of(rest);
    struct district d = {.id = reader_u32be(&r)};
    d.path = names_text(w->v, NAMES_DISTRICT, d.id);
    TRY(decode(value, &d));
    return w->each(w->arg, &d);
}

enum err district_each(struct view *v, enum err (*each)(void *arg, const struct district *d), void *arg) {
    struct walk w = {v, each, arg};
    return supply_each(v->snapshot, SUPPLY_AT_DISTRICT, walk_one, &w);
}

bool district_parent(struct slice *path) {
    while (path->n > 0 && path->p[path->n - 1] != '/') path->n--;
    if (path->n > 0) path->n--;
    return path->n > 0;
}

bool district_lies_in(struct slice path, struct slice area) {
    for (bool more = path.n > 0; more; more = district_parent(&path))
        if (slice_eq(path, area)) return true;
    return false;
}

enum err district_from_json(const struct json *body, struct district *out, struct fault *why) {
    static const char *const KEYS[] = {"id", "name", "name_zh", "near", "datum", NULL};
    bool given;
    *out = (struct district){.id = 0};
    TRY(json_only_keys(body, KEYS, why));
    TRY(supply_id(body, &out->path, why));
    TRY(supply_text(body, "name", LIMIT_TEXT_BYTES, true, &out->name, why));
    TRY(supply_text(body, "name_zh", LIMIT_TEXT_BYTES, false, &out->name_zh, why));
    TRY(geo_from_json(body, &out->at, &given, why));
    out->area = !given;
    return ERR_OK;
}

// Takes the middle out of the index that a stored district has; ERR_NOT_FOUND: none is stored.
static enum err unplace(struct txn *t, struct arena *scratch, uint32_t id) {
    struct supply_key key;
    struct slice value;
    struct district old = {.id = id};
    TRY(db_get(txn_snapshot(t), TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_DISTRICT, id), &value));
    TRY(decode(value, &old));
    return old.area ? ERR_OK : place_remove(t, scratch, PLACE_DISTRICTS, id, old.at);
}

enum err district_put(struct txn *t, struct arena *scratch, const struct district *d) {
    static const uint64_t NO_BITS[PLACE_WORDS] = {0};
    static const struct geo NOWHERE = {NAN, NAN};
    struct supply_key key;
    struct buf value;
    uint32_t id;
    TRY(names_intern(t, NAMES_DISTRICT, d->path, &id));
    enum err e = unplace(t, scratch, id);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    buf_init(&value, scratch, 256);
    buf_string(&value, d->name);
    buf_string(&value, d->name_zh);
    buf_put(&value, d->area ? &NOWHERE : &d->at, sizeof d->at);
    if (value.bad) return ERR_NO_MEMORY;
    TRY(txn_put(t, TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_DISTRICT, id), buf_slice(&value)));
    return d->area ? ERR_OK : place_put(t, scratch, PLACE_DISTRICTS, id, d->at, NO_BITS);
}

enum err district_delete(struct txn *t, struct arena *scratch, struct slice path) {
    struct supply_key key;
    uint32_t id;
    TRY(names_find(txn_snapshot(t), NAMES_DISTRICT, path, &id));
    TRY(unplace(t, scratch, id));
    return txn_delete(t, TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_DISTRICT, id));
}

void district_json_members(struct json_writer *w, const struct district *d) {
    json_key_string(w, "id", d->path);
    json_key_string(w, "name", d->name);
    if (d->name_zh.n) json_key_string(w, "name_zh", d->name_zh);
    if (!d->area) geo_json(w, "near", d->at);
}

#include "depot.h"

#include "names.h"
#include "stock.h"
#include "supply_table.h"
#include "supply_text.h"

enum err depot_find(struct snapshot *s, struct slice external_id, uint32_t *id) {
    struct supply_key key;
    struct slice value;
    TRY(names_find(s, NAMES_DEPOT, external_id, id));
    return db_get(s, TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_DEPOT, *id), &value);
}

enum err depot_load(struct view *v, uint32_t id, struct depot *out) {
    struct supply_key key;
    struct slice value;
    TRY(db_get(v->snapshot, TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_DEPOT, id), &value));
    struct reader r = reader_of(value);
    *out = (struct depot){.id = id, .external_id = names_text(v, NAMES_DEPOT, id)};
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    out->city = reader_string(&r);
    reader_take(&r, &out->at, sizeof out->at);
    return r.bad || reader_left(&r) ? ERR_DAMAGED : ERR_OK;
}

enum err depot_from_json(const struct json *body, struct depot *out, struct fault *why) {
    static const char *const KEYS[] = {"id", "name", "name_zh", "city", "near", "datum", NULL};
    bool given;
    *out = (struct depot){.id = 0};
    TRY(json_only_keys(body, KEYS, why));
    TRY(supply_id(body, &out->external_id, why));
    TRY(supply_text(body, "name", LIMIT_TEXT_BYTES, true, &out->name, why));
    TRY(supply_text(body, "name_zh", LIMIT_TEXT_BYTES, false, &out->name_zh, why));
    TRY(supply_text(body, "city", LIMIT_EXTERNAL_ID_BYTES, false, &out->city, why));
    TRY(geo_from_json(body, &out->at, &given, why));
    return given ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "near", "near must be [lat,lon]");
}

enum err depot_put(struct txn *t, struct arena *scratch, const struct depot *d, uint32_t *id) {
    struct supply_key key;
    struct buf value;
    TRY(names_intern(t, NAMES_DEPOT, d->external_id, id));
    buf_init(&value, scratch, 256);
    buf_string(&value, d->name);
    buf_string(&value, d->name_zh);
    buf_string(&value, d->city);
    buf_put(&value, &d->at, sizeof d->at);
    return value.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_DEPOT, *id), buf_slice(&value));
}

enum err depot_delete(struct txn *t, struct slice external_id) {
    struct supply_key key;
    uint32_t id;
    TRY(depot_find(txn_snapshot(t), external_id, &id));
    TRY(txn_delete(t, TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_DEPOT, id)));
    return stock_clear(t, stock_of_depot(id));
}

void depot_json_members(struct json_writer *w, const struct depot *d) {
    json_key_string(w, "id", d->external_id);
    json_key_string(w, "name", d->name);
    if (d->name_zh.n) json_key_string(w, "name_zh", d->name_zh);
    if (d->city.n) json_key_string(w, "city", d->city);
    geo_json(w, "near", d->at);
}

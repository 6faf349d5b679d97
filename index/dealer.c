#include "dealer.h"

#include "district.h"
#include "fragment.h"
#include "supply_table.h"
#include "supply_text.h"

static struct slice dealer_key(struct supply_key *k, struct slice external_id) {
    buf_slice_put(supply_key_begin(k, SUPPLY_AT_DEALER), external_id);
    return buf_slice(&k->buf);
}

static struct slice area_key(struct supply_key *k, struct slice area, uint32_t brand) {
    struct buf *b = supply_key_begin(k, SUPPLY_AT_TERRITORY);
    buf_slice_put(b, area);
    buf_u8(b, 0);
    buf_u32be(b, brand);
    return buf_slice(b);
}

enum err dealer_load(struct snapshot *s, struct slice external_id, struct dealer *out) {
    struct supply_key key;
    struct slice value;
    if (external_id.n == 0 || external_id.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_NOT_FOUND;
    TRY(db_get(s, TABLE_SUPPLY, dealer_key(&key, external_id), &value));
    struct reader r = reader_of(value);
    *out = (struct dealer){.external_id = external_id};
    out->name = reader_string(&r);
    out->name_zh = reader_string(&r);
    out->territory = reader_string(&r);
    out->brands = reader_string(&r);
    out->price_permille = reader_u16(&r);
    return r.bad || reader_left(&r) ? ERR_DAMAGED : ERR_OK;
}

enum err dealer_of_area(struct snapshot *s, struct slice area, uint32_t brand, struct slice *external_id) {
    struct supply_key key;
    if (area.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_NOT_FOUND;
    for (bool more = area.n > 0; more; more = district_parent(&area)) {
        enum err e = brand ? db_get(s, TABLE_SUPPLY, area_key(&key, area, brand), external_id) : ERR_NOT_FOUND;
        if (e == ERR_NOT_FOUND) e = db_get(s, TABLE_SUPPLY, area_key(&key, area, 0), external_id);
        if (e != ERR_NOT_FOUND) return e;
    }
    return ERR_NOT_FOUND;
}

enum err dealer_from_json(struct arena *a, const struct json *body, struct dealer *out, struct fault *why) {
    static const char *const KEYS[] = {"id", "name", "name_zh", "territory", "brands", "price_factor", NULL};
    *out = (struct dealer){.price_permille = 1000};
    TRY(json_only_keys(body, KEYS, why));
    TRY(supply_id(body, &out->external_id, why));
    TRY(supply_text(body, "name", LIMIT_TEXT_BYTES, true, &out->name, why));
    TRY(supply_text(body, "name_zh", LIMIT_TEXT_BYTES, false, &out->name_zh, why));
    TRY(supply_list(a, body, "territory", DEALER_AREAS_MAX, &out->territory, why));
    TRY(supply_list(a, body, "brands", DEALER_BRANDS_MAX, &out->brands, why));
    return supply_permille(body, "price_factor", &out->price_permille, why);
}

// ---- territories ---------------------------------------------------------------------------------------------------------------
typedef enum err area_fn(struct txn *t, const struct dealer *d, struct slice key, struct slice area, struct fault *why);

static enum err area_check(struct txn *t, const struct dealer *d, struct slice key, struct slice area, struct fault *why) {
    struct slice owner;
    enum err e = db_get(txn_snapshot(t), TABLE_SUPPLY, key, &owner);
    if (e == ERR_NOT_FOUND || (e == ERR_OK && slice_eq(owner, d->external_id))) return ERR_OK;
    if (e != ERR_OK) return e;
    return fault_set(why, ERR_CONFLICT, "territory", "'%.*s' is the territory of '%.*s'", SLICE_ARGS(area), SLICE_ARGS(owner));
}

static enum err area_put(struct txn *t, const struct dealer *d, struct slice key, struct slice area, struct fault *why) {
    (void)area, (void)why;
    return txn_put(t, TABLE_SUPPLY, key, d->external_id);
}

static enum err area_delete(struct txn *t, const struct dealer *d, struct slice key, struct slice area, struct fault *why) {
    (void)d, (void)area, (void)why;
    enum err e = txn_delete(t, TABLE_SUPPLY, key);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err brand_areas(struct txn *t, const struct dealer *d, uint32_t brand, area_fn *each, struct fault *why) {
    struct supply_key key;
    struct slice rest = d->territory;
    while (rest.p && rest.n) {
        struct slice area = slice_cut(&rest, '|');
        TRY(each(t, d, area_key(&key, area, brand), area, why));
    }
    return ERR_OK;
}

// Every (area, brand) the dealer holds.
static enum err territory_each(struct txn *t, struct arena *scratch, const struct dealer *d, area_fn *each, struct fault *why) {
    struct slice rest = d->brands;
    if (rest.n == 0) return brand_areas(t, d, 0, each, why);
    while (rest.p && rest.n) {
        uint32_t brand;
        TRY(supply_brand(txn_snapshot(t), scratch, "brands", slice_cut(&rest, '|'), &brand, why));
        TRY(brand_areas(t, d, brand, each, why));
    }
    return ERR_OK;
}

// The dealer as it is stored, copied: the pages it lies in are about to change.
static enum err stored(struct txn *t, struct arena *scratch, struct slice external_id, struct dealer *out) {
    TRY(dealer_load(txn_snapshot(t), external_id, out));
    out->territory = arena_copy(scratch, out->territory);
    out->brands = arena_copy(scratch, out->brands);
    return scratch->full ? ERR_NO_MEMORY : ERR_OK;
}

enum err dealer_put(struct txn *t, struct arena *scratch, const struct dealer *d, struct fault *why) {
    struct dealer old;
    struct supply_key key;
    struct buf value;
    TRY(territory_each(t, scratch, d, area_check, why));
    enum err e = stored(t, scratch, d->external_id, &old);
    if (e == ERR_OK) TRY(territory_each(t, scratch, &old, area_delete, why));
    else if (e != ERR_NOT_FOUND) return e;
    buf_init(&value, scratch, 512);
    buf_string(&value, d->name);
    buf_string(&value, d->name_zh);
    buf_string(&value, d->territory);
    buf_string(&value, d->brands);
    buf_u16(&value, d->price_permille);
    if (value.bad) return ERR_NO_MEMORY;
    TRY(txn_put(t, TABLE_SUPPLY, dealer_key(&key, d->external_id), buf_slice(&value)));
    TRY(territory_each(t, scratch, d, area_put, why));
    return fragment_epoch_advance(t); // the factor is in the prices shown to keys of the dealer's views
}

enum err dealer_delete(struct txn *t, struct arena *scratch, struct slice external_id) {
    struct dealer old;
    struct supply_key key;
    TRY(stored(t, scratch, external_id, &old));
    TRY(territory_each(t, scratch, &old, area_delete, NULL));
    TRY(txn_delete(t, TABLE_SUPPLY, dealer_key(&key, external_id)));
    return fragment_epoch_advance(t);
}

static void list_json(struct json_writer *w, const char *key, struct slice joined) {
    if (joined.n == 0) return;
    json_key_open(w, key, '[');
    while (joined.p && joined.n) json_string(w, slice_cut(&joined, '|'));
    json_close(w, ']');
}

void dealer_json_members(struct json_writer *w, const struct dealer *d) {
    json_key_string(w, "id", d->external_id);
    json_key_string(w, "name", d->name);
    if (d->name_zh.n) json_key_string(w, "name_zh", d->name_zh);
    list_json(w, "territory", d->territory);
    list_json(w, "brands", d->brands);
    if (d->price_permille != 1000) json_key_double(w, "price_factor", d->price_permille / 1000.0);
}

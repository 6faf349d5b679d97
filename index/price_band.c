#include "price_band.h"

#include "fragment.h"
#include "names.h"
#include "supply_table.h"
#include "supply_text.h"

static struct slice band_key(struct supply_key *k, uint32_t brand, uint32_t type) {
    buf_u32be(supply_key_begin(k, SUPPLY_AT_BAND), brand);
    buf_u32be(&k->buf, type);
    return buf_slice(&k->buf);
}

static enum err decode(struct slice value, struct price_band *out) {
    struct reader r = reader_of(value);
    out->floor_permille = reader_u16(&r);
    out->ceiling_permille = reader_u16(&r);
    return r.bad || reader_left(&r) ? ERR_DAMAGED : ERR_OK;
}

enum err price_band_of(struct snapshot *s, uint32_t brand, uint32_t type, struct price_band *out) {
    struct supply_key key;
    struct slice value;
    *out = (struct price_band){.brand = brand, .type = type};
    enum err e = db_get(s, TABLE_SUPPLY, band_key(&key, brand, type), &value);
    if (e == ERR_NOT_FOUND && type) {
        out->type = 0;
        e = db_get(s, TABLE_SUPPLY, band_key(&key, brand, 0), &value);
    }
    return e == ERR_OK ? decode(value, out) : e;
}

uint32_t price_by_factor(uint32_t list, uint16_t dealer_permille) {
    uint64_t amount = ((uint64_t)list * dealer_permille + 500) / 1000;
    return amount > UINT32_MAX ? UINT32_MAX : (uint32_t)amount;
}

struct banded_price price_banded(uint32_t list, uint32_t asked, const struct price_band *band) {
    struct banded_price p = {.floor = 0, .ceiling = UINT32_MAX};
    if (band && list) {
        uint64_t floor = ((uint64_t)list * band->floor_permille + 999) / 1000, ceiling = (uint64_t)list * band->ceiling_permille / 1000;
        if (ceiling < floor) ceiling = floor; // a band narrower than a cent
        p.floor = floor > UINT32_MAX ? UINT32_MAX : (uint32_t)floor;
        p.ceiling = ceiling > UINT32_MAX ? UINT32_MAX : (uint32_t)ceiling;
    }
    p.amount = asked < p.floor ? p.floor : asked > p.ceiling ? p.ceiling : asked;
    return p;
}

enum err price_band_from_json(struct snapshot *s, struct arena *a, const struct json *body, struct price_band *out, struct fault *why) {
    static const char *const KEYS[] = {"brand", "type", "floor", "ceiling", NULL};
    struct slice brand = SLICE_NONE, type = SLICE_NONE;
    *out = (struct price_band){.floor_permille = 1000, .ceiling_permille = 1000};
    TRY(json_only_keys(body, KEYS, why));
    TRY(supply_text(body, "brand", LIMIT_EXTERNAL_ID_BYTES, true, &brand, why));
    TRY(supply_text(body, "type", LIMIT_EXTERNAL_ID_BYTES, false, &type, why));
    TRY(supply_permille(body, "floor", &out->floor_permille, why));
    TRY(supply_permille(body, "ceiling", &out->ceiling_permille, why));
    if (out->floor_permille > out->ceiling_permille)
        return fault_set(why, ERR_BAD_REQUEST, "floor", "floor is above ceiling");
    TRY(supply_brand(s, a, "brand", brand, &out->brand, why));
    enum err e = type.n ? names_find(s, NAMES_TYPE, type, &out->type) : ERR_OK;
    return e == ERR_NOT_FOUND ? fault_set(why, ERR_BAD_REQUEST, "type", "no type is called '%.*s'", SLICE_ARGS(type)) : e;
}

enum err price_band_put(struct txn *t, const struct price_band *b) {
    struct supply_key key;
    uint16_t value[2] = {b->floor_permille, b->ceiling_permille};
    TRY(txn_put(t, TABLE_SUPPLY, band_key(&key, b->brand, b->type), slice_of(value, sizeof value)));
    return fragment_epoch_advance(t); // prices shown to keys of dealers' views change
}

enum err price_band_delete(struct txn *t, const struct price_band *b) {
    struct supply_key key;
    TRY(txn_delete(t, TABLE_SUPPLY, band_key(&key, b->brand, b->type)));
    return fragment_epoch_advance(t);
}

void price_band_json_members(struct view *v, struct json_writer *w, const struct price_band *b) {
    json_key_string(w, "brand", names_text(v, NAMES_BRAND, b->brand));
    if (b->type) json_key_string(w, "type", names_text(v, NAMES_TYPE, b->type));
    json_key_double(w, "floor", b->floor_permille / 1000.0);
    json_key_double(w, "ceiling", b->ceiling_permille / 1000.0);
}

struct walk { enum err (*each)(void *arg, const struct price_band *b); void *arg; };

static enum err walk_one(void *arg, struct slice rest, struct slice value) {
    const struct walk *w = arg;
    struct reader r = reader_of(rest);
    struct price_band b = {.brand = reader_u32be(&r)};
    b.type = reader_u32be(&r);
    TRY(decode(value, &b));
    return r.bad ? ERR_DAMAGED : w->each(w->arg, &b);
}

enum err price_band_each(struct snapshot *s, enum err (*each)(void *arg, const struct price_band *b), void *arg) {
    struct walk w = {each, arg};
    return supply_each(s, SUPPLY_AT_BAND, walk_one, &w);
}

#include "vehicle.h"

#include <stdlib.h>

#include "base/limits.h"
#include "names.h"

// ---- base vehicles --------------------------------------------------------------------------------------------------
static enum err vehicle_decode(struct arena *a, struct slice record, struct vehicle *out) {
    struct reader r = reader_of(record);
    out->year = reader_u16(&r);
    out->make = reader_u32(&r);
    out->model = reader_u32(&r);
    out->flags = reader_u16(&r);
    out->slug = reader_string(&r);
    out->attr_count = reader_u8(&r);
    out->attrs = (const uint8_t *)reader_bytes(&r, out->attr_count).p;
    uint64_t count = reader_varint(&r);
    if (r.bad || count > LIMIT_CONFIGURATIONS) return ERR_DAMAGED;
    out->count = (unsigned)count;
    size_t values = (size_t)count * out->attr_count;
    uint32_t *hashes = ARENA_ARRAY(a, uint32_t, out->count);
    uint16_t *cells = ARENA_ARRAY(a, uint16_t, values);
    if (hashes == NULL || cells == NULL) return ERR_NO_MEMORY;
    reader_take(&r, hashes, out->count * sizeof *hashes);
    out->sources = (const uint8_t *)reader_bytes(&r, out->count).p;
    reader_take(&r, cells, values * sizeof *cells);
    out->hashes = hashes;
    out->values = cells;
    return r.bad || reader_left(&r) != 0 ? ERR_DAMAGED : ERR_OK;
}

enum err vehicle_load(struct view *v, uint32_t id, struct vehicle **out) {
    uint32_t key = __builtin_bswap32(id);
    struct slice record;
    *out = NULL;
    TRY(db_get(v->snapshot, TABLE_VEHICLE, slice_of(&key, sizeof key), &record));
    struct vehicle *vehicle = ARENA_NEW(v->arena, struct vehicle);
    if (vehicle == NULL) return ERR_NO_MEMORY;
    vehicle->id = id;
    TRY(vehicle_decode(v->arena, record, vehicle));
    *out = vehicle;
    return ERR_OK;
}

enum err vehicle_find(struct view *v, struct slice slug, uint32_t *id) {
    struct slice value;
    if (slug.n == 0 || slug.n > LIMIT_KEY_BYTES) return ERR_NOT_FOUND;
    TRY(db_get(v->snapshot, TABLE_VEHICLE_ID, slug, &value));
    struct reader r = reader_of(value);
    *id = reader_u32(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

static bool parse_hash(struct slice text, uint32_t *out) {
    *out = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return false;
        *out = *out << 4 | (uint32_t)digit;
    }
    return text.n == 8;
}

enum err vehicle_find_configuration(struct view *v, struct slice id, struct vehicle **out, unsigned *configuration) {
    uint32_t base, hash;
    struct slice rest = id, slug = slice_cut(&rest, '~');
    if (!parse_hash(rest, &hash)) return ERR_NOT_FOUND;
    TRY(vehicle_find(v, slug, &base));
    TRY(vehicle_load(v, base, out));
    for (unsigned i = 0; i < (*out)->count; i++)
        if ((*out)->hashes[i] == hash) {
            *configuration = i;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

struct slice vehicle_configuration_id(struct view *v, const struct vehicle *vehicle, unsigned configuration) {
    return arena_printf(v->arena, "%.*s~%08x", SLICE_ARGS(vehicle->slug), vehicle->hashes[configuration]);
}

// ---- the picker's table ---------------------------------------------------------------------------------------------
struct picker_key { uint8_t bytes[10]; };

static struct picker_key picker_key(uint32_t make, uint32_t model, unsigned year) {
    return (struct picker_key){{(uint8_t)(make >> 24), (uint8_t)(make >> 16), (uint8_t)(make >> 8), (uint8_t)make,
                                (uint8_t)(model >> 24), (uint8_t)(model >> 16), (uint8_t)(model >> 8), (uint8_t)model,
                                (uint8_t)(year >> 8), (uint8_t)year}};
}

static enum err read_row(struct slice key, struct slice value, struct picker_row *row) {
    struct reader k = reader_of(key), v = reader_of(value);
    row->make = reader_u32be(&k);
    row->model = reader_u32be(&k);
    row->year = __builtin_bswap16(reader_u16(&k));
    reader_take(&v, &row->is, sizeof row->is);
    return k.bad || v.bad ? ERR_DAMAGED : ERR_OK;
}

enum err vehicle_each(struct view *v, uint32_t make, uint32_t model, unsigned year_from, unsigned year_to,
                      bool (*each)(void *arg, const struct picker_row *row), void *arg) {
    struct slice key, value;
    struct picker_row row;
    if (make == 0 && model != 0) TRY(model_make(v, model, &make));
    struct picker_key from = picker_key(make, model, model != 0 ? year_from : 0);
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_PICKER);
    if (c == NULL) return ERR_NO_MEMORY;
    enum err err = db_cursor_seek(c, slice_of(from.bytes, sizeof from.bytes), &key, &value);
    while (err == ERR_OK && (err = read_row(key, value, &row)) == ERR_OK) {
        if ((make != 0 && row.make != make) || (model != 0 && row.model != model)) break;
        bool wanted = row.year >= year_from && (year_to == 0 || row.year <= year_to);
        if (wanted && !each(arg, &row)) break;
        err = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return err == ERR_END ? ERR_OK : err;
}

// ---- markets --------------------------------------------------------------------------------------------------------
uint8_t vehicle_market_bit(struct slice market) {
    if (slice_is(market, "US")) return VEHICLE_MARKET_US;
    return slice_is(market, "CN") ? VEHICLE_MARKET_CN : VEHICLE_MARKET_OTHER;
}

uint8_t vehicle_markets(struct view *v, const struct vehicle *vehicle, const uint64_t *possible) {
    uint8_t markets = 0;
    for (unsigned column = 0; column < vehicle->attr_count; column++) {
        uint8_t attr = vehicle->attrs[column];
        if (!slice_is(names_text(v, NAMES_ATTRIBUTE, attr), "market")) continue;
        uint16_t before = 0;
        for (unsigned i = 0; i < vehicle->count; i++) {
            uint16_t value = vehicle->values[(size_t)i * vehicle->attr_count + column];
            if (value == 0 || value == before || (possible && !(possible[i / 64] >> (i % 64) & 1))) continue;
            markets |= vehicle_market_bit(names_text(v, NAMES_VALUE + attr, value));
            before = value;
        }
    }
    return markets;
}

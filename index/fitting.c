#include "fitting.h"

#include "columns.h"
#include "names.h"
#include "supply_table.h"
#include "vocabulary.h"

enum err fitting_of(struct view *v, uint32_t type, struct fitting *out) {
    struct supply_key key;
    struct slice value;
    struct type_info info;
    *out = (struct fitting){0};
    enum err e = type_load(v, type, &info);
    if (e == ERR_OK && (info.kind == KIND_SERVICE || info.kind == KIND_PACKAGE)) out->services[out->count++] = type;
    else if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    e = db_get(v->snapshot, TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_FITTING, type), &value);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    struct reader r = reader_of(value);
    while (reader_left(&r) && out->count < FITTING_SERVICES_MAX) out->services[out->count++] = reader_u32(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

bool fitting_needs_pieces(struct view *v, uint32_t product) {
    uint8_t kind = columns_facts(v, product)->kind;
    return product && kind != KIND_SERVICE && kind != KIND_PACKAGE;
}

static enum err type_find(struct txn *t, struct slice slug, uint32_t *id, struct fault *why) {
    enum err e = names_find(txn_snapshot(t), NAMES_TYPE, slug, id);
    return e == ERR_NOT_FOUND ? fault_set(why, ERR_BAD_REQUEST, "type", "no type is called '%.*s'", SLICE_ARGS(slug)) : e;
}

enum err fitting_put(struct txn *t, struct arena *scratch, struct slice type, struct slice services, struct fault *why) {
    struct supply_key key;
    struct buf value;
    uint32_t id;
    TRY(type_find(t, type, &id, why));
    buf_init(&value, scratch, 4 * FITTING_SERVICES_MAX);
    while (services.p && services.n) {
        uint32_t service;
        TRY(type_find(t, slice_cut(&services, '|'), &service, why));
        buf_u32(&value, service);
    }
    if (value.bad) return ERR_NO_MEMORY;
    if (value.n > sizeof(uint32_t) * FITTING_SERVICES_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "services", "a type has at most %d services", FITTING_SERVICES_MAX);
    if (value.n) return txn_put(t, TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_FITTING, id), buf_slice(&value));
    enum err e = txn_delete(t, TABLE_SUPPLY, supply_key_u32(&key, SUPPLY_AT_FITTING, id));
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

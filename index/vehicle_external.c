#include "vehicle_external.h"

#include "base/limits.h"

struct slice vehicle_external_attribute(struct slice id) {
    struct slice scheme = slice_cut(&id, ':');
    return slice_is(scheme, "vcdb") ? SLICE_NONE : scheme;
}

static enum err decode(struct arena *a, struct slice value, unsigned spare, uint32_t **out, unsigned *count) {
    *count = (unsigned)(value.n / sizeof(uint32_t));
    *out = ARENA_ARRAY(a, uint32_t, *count + spare);
    if (!*out) return ERR_NO_MEMORY;
    if (*count) memcpy(*out, value.p, *count * sizeof(uint32_t));
    return value.n % sizeof(uint32_t) ? ERR_DAMAGED : ERR_OK;
}

enum err vehicle_external_find(struct view *v, struct slice id, const uint32_t **vehicles, unsigned *count) {
    struct slice value;
    uint32_t *list;
    if (id.n == 0 || id.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_NOT_FOUND;
    TRY(db_get(v->snapshot, TABLE_VEHICLE_EXTERNAL, id, &value));
    TRY(decode(v->arena, value, 0, &list, count));
    *vehicles = list;
    return ERR_OK;
}

enum err vehicle_external_add(struct txn *t, struct arena *scratch, struct slice id, uint32_t vehicle) {
    struct slice value = SLICE_NONE;
    uint32_t *list;
    unsigned count, at;
    if (id.n == 0 || id.n > LIMIT_EXTERNAL_ID_BYTES) return ERR_BAD_REQUEST;
    enum err e = db_get(txn_snapshot(t), TABLE_VEHICLE_EXTERNAL, id, &value);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    TRY(decode(scratch, value, 1, &list, &count));
    for (at = count; at > 0 && list[at - 1] > vehicle; at--) {}
    if (at > 0 && list[at - 1] == vehicle) return ERR_OK;
    if (count == LIMIT_EXTERNAL_VEHICLES) return ERR_TOO_LARGE;
    memmove(list + at + 1, list + at, (count - at) * sizeof *list);
    list[at] = vehicle;
    return txn_put(t, TABLE_VEHICLE_EXTERNAL, id, slice_of(list, (count + 1) * sizeof *list));
}

// knowledge_vin.c: K of a VIN: the base vehicles it can be, narrowed by what the customer says, then by what the VIN says itself.
#include "base/limits.h"
#include "group_cache.h"
#include "knowledge_internal.h"
#include "names.h"
#include "vin.h"

// Attributes of an engine come together: where a VIN's are none of the table's, the table does not know this engine.
static bool of_engine(struct view *v, uint8_t attr) {
    static const char *const names[] = {"displacement", "fuel", "cylinders", "aspiration", "engine_code"};
    struct slice name = names_text(v, NAMES_ATTRIBUTE, attr);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(name, names[i])) return true;
    return false;
}

struct vin_narrowing {
    struct view *view;
    struct knowledge_vehicle *kv;
    uint64_t *possible, *before;
};

static void forget_column(struct vin_narrowing *n, uint8_t attr) {
    uint16_t *column = (uint16_t *)knowledge_column(n->kv, attr); // the copy made for this K
    if (column) memset(column, 0, n->kv->vehicle->count * sizeof *column);
}

// Narrows by the answers chosen. When no configuration agrees with them, all of them stay possible, and what they say of these
// attributes is forgotten, so that the VIN's own answers stand in: a car our table does not know must not borrow another's engine.
static void narrow_or_forget(struct vin_narrowing *n, const struct answer *answers, unsigned count, bool engine) {
    memcpy(n->before, n->possible, n->kv->words * sizeof *n->before);
    unsigned before = n->kv->count;
    for (unsigned i = 0; i < count; i++)
        if (!engine || of_engine(n->view, answers[i].attr)) n->kv->count = knowledge_narrow_vehicle(n->view, n->kv, n->possible, &answers[i]);
    if (n->kv->count > 0) return;
    memcpy(n->possible, n->before, n->kv->words * sizeof *n->before);
    n->kv->count = before;
    for (unsigned i = 0; i < count; i++)
        if (!engine || of_engine(n->view, answers[i].attr)) forget_column(n, answers[i].attr);
}

// A car whose columns may be written to; those that car_of() gives are everybody's.
static enum err car_of_its_own(struct view *v, uint32_t id, struct car **out) {
    struct vehicle *vehicle;
    const struct car *shared;
    TRY(vehicle_load(v, id, &vehicle));
    TRY(car_of(v, vehicle->slug, &shared));
    size_t bytes = (size_t)vehicle->attr_count * vehicle->count * sizeof(uint16_t);
    struct car *own = ARENA_NEW(v->arena, struct car);
    uint16_t *columns = arena_alloc(v->arena, bytes + 1);
    if (!own || !columns) return ERR_NO_MEMORY;
    if (bytes) memcpy(columns, shared->columns, bytes);
    *own = *shared;
    own->columns = columns;
    *out = own;
    return ERR_OK;
}

// One base vehicle the VIN can be. Without a configuration that the customer's own answers leave, it is not it: *left stays 0.
static enum err enter_vin_vehicle(struct view *v, uint32_t id, const struct knowledge *k, unsigned own, struct knowledge_vehicle *kv,
                                  const struct answer **failed, uint64_t **before) {
    struct vin_narrowing n = {.view = v, .kv = kv};
    struct car *car;
    TRY(car_of_its_own(v, id, &car));
    TRY(knowledge_enter(v, car, -1, kv, &n.possible));
    *before = n.before = ARENA_ARRAY(v->arena, uint64_t, kv->words + 1);
    if (!n.before) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < own; i++) {
        memcpy(n.before, n.possible, kv->words * sizeof *n.before);
        kv->count = knowledge_narrow_vehicle(v, kv, n.possible, &k->answers[i]);
        if (kv->count > 0) continue;
        *failed = &k->answers[i];
        return ERR_OK;
    }
    narrow_or_forget(&n, k->answers + own, k->answer_count - own, true);
    for (unsigned i = own; i < k->answer_count; i++)
        if (!of_engine(v, k->answers[i].attr)) narrow_or_forget(&n, &k->answers[i], 1, false);
    return ERR_OK;
}

// What the customer says himself goes before what the VIN says.
static unsigned add_vin_answers(const struct vin_car *car, struct answer *answers, struct knowledge *out) {
    unsigned own = out->answer_count;
    for (unsigned i = 0; i < car->answer_count; i++) {
        bool said = false;
        for (unsigned k = 0; k < own; k++) said |= answers[k].attr == car->answers[i].attr;
        if (!said && out->answer_count < LIMIT_ATTRIBUTES + 1) answers[out->answer_count++] = car->answers[i];
    }
    return own;
}

enum err knowledge_add_vin(struct view *v, const struct vin_car *car, struct answer *answers, struct slice market, struct knowledge *out,
                        struct fault *why) {
    struct knowledge_vehicle last = {0}, *list = ARENA_ARRAY(v->arena, struct knowledge_vehicle, car->vehicle_count + 1);
    const struct answer *failed = NULL;
    uint64_t *before = NULL;
    if (!list) return ERR_NO_MEMORY;
    unsigned own = add_vin_answers(car, answers, out);
    out->vehicles = list;
    for (unsigned i = 0; i < car->vehicle_count; i++) {
        struct knowledge_vehicle *kv = &list[out->vehicle_count];
        TRY(enter_vin_vehicle(v, car->vehicles[i], out, own, kv, &failed, &before));
        if (kv->count) out->vehicle_count++;
        else last = *kv;
    }
    out->resolved = out->vehicle_count > 0;
    if (out->resolved || !failed) return ERR_OK;
    bool by_market = market.n && slice_is(names_text(v, NAMES_ATTRIBUTE, failed->attr), "market");
    return knowledge_no_value_left(v, &last, before, failed, by_market, why);
}

// A VIN, unless a vehicle is called so. *car stays NULL for other names.
enum err knowledge_find_vin(struct view *v, struct slice vehicle, struct vin_car **car) {
    struct vin_text text;
    struct vin vin;
    uint32_t id;
    if (!vin_read(vehicle, &text)) return ERR_OK;
    enum err e = vehicle_find(v, vehicle, &id);
    if (e != ERR_NOT_FOUND) return e;
    TRY(vin_decode(v->snapshot, vin_newest_year(v->clock), &text, &vin));
    *car = ARENA_NEW(v->arena, struct vin_car);
    return *car ? vin_resolve(v, &vin, *car) : ERR_NO_MEMORY;
}

bool knowledge_vin_says(struct view *v, const struct vin_car *car, const char *name) {
    for (unsigned i = 0; car && i < car->answer_count; i++)
        if (slice_is(names_text(v, NAMES_ATTRIBUTE, car->answers[i].attr), name)) return true;
    return false;
}

// search_car.c: the car of a search: K of what the words say, or the K given as far as they narrow it (search_internal.h).
#include "names.h"
#include "query_car.h"
#include "search_internal.h"

// Every fuel an engine of so many litres can burn; a car without an engine knows no displacement, and must not pass for one that might.
#define BURNT "gasoline|diesel|hybrid|mild_hybrid|phev|erev|flex|ethanol|cng|lpg|methanol"

static struct slice attrs_join(struct arena *a, struct slice x, struct slice y) {
    return x.n && y.n ? arena_printf(a, "%.*s,%.*s", SLICE_ARGS(x), SLICE_ARGS(y)) : x.n ? x : y;
}

static struct slice reading_attrs(struct arena *a, struct slice attrs) {
    bool engine = memmem(attrs.p, attrs.n, "displacement:", strlen("displacement:")) != NULL;
    bool fuel = memmem(attrs.p, attrs.n, "fuel:", strlen("fuel:")) != NULL;
    return engine && !fuel ? attrs_join(a, attrs, SLICE("fuel:" BURNT)) : attrs;
}

static enum err words_car(struct view *v, const struct search_query *q, const struct car_reading *reading, struct slice own, struct knowledge *k,
                          struct fault *why) {
    struct fault first = {ERR_OK, "", ""};
    enum err e = knowledge_of_words(v, reading, own, q->market, k, &first);
    bool nowhere = e == ERR_OK && k->given && !k->resolved, not_there = e == ERR_BAD_REQUEST && strcmp(first.field, "market") == 0;
    // A car of another market is the car that is meant, whatever market was asked for.
    if (q->market.n && (not_there || (q->market_usual && (nowhere || e == ERR_BAD_REQUEST))))
        return knowledge_of_words(v, reading, own, SLICE_NONE, k, why);
    if (e != ERR_OK && why) *why = first;
    return e;
}

static bool engine_known(struct view *v, const struct knowledge *k) {
    uint32_t attr;
    if (names_look_up(v, NAMES_ATTRIBUTE, SLICE("displacement"), &attr) != ERR_OK) return false;
    for (unsigned i = 0; i < k->vehicle_count; i++) {
        const struct knowledge_vehicle *kv = &k->vehicles[i];
        const uint16_t *column = knowledge_column(kv, (uint8_t)attr);
        for (unsigned c = 0; column && c < kv->vehicle->count; c++)
            if (bits_get(kv->possible, c) && column[c]) return true;
    }
    return false;
}

// "golf 5.7": some Golfs' engines are not known, but where those of others are, none of so many litres was built.
static enum err engine_built(struct view *v, const struct search_query *q, struct car_reading reading, struct slice own, struct knowledge *k,
                             struct fault *why) {
    struct knowledge any;
    if (!memmem(reading.attrs.p, reading.attrs.n, "displacement:", strlen("displacement:")) || engine_known(v, k)) return ERR_OK;
    reading.attrs = SLICE_NONE;
    TRY(words_car(v, q, &reading, own, &any, why));
    if (engine_known(v, &any)) k->resolved = false;
    return ERR_OK;
}

// The terms of `all` that `some` lacks.
static struct slice attrs_without(struct arena *a, struct slice all, struct slice some) {
    struct slice out = SLICE_NONE;
    while (all.n) {
        struct slice term = slice_cut(&all, ',');
        bool there = false;
        for (struct slice rest = some; rest.n && !there;) there = slice_eq(slice_cut(&rest, ','), term);
        if (!there) out = attrs_join(a, out, term);
    }
    return out;
}

// The first reading that leads to a car that exists; then, what badges and generations stand for left aside, since our table of them may
// be wrong where the name of the car is not. The reading used comes to the front.
static enum err readings_try(struct view *v, const struct search_query *q, struct slice own, struct understood *u, struct knowledge *k,
                             struct fault *why) {
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < u->reading_count; i++) {
            struct car_reading reading = u->readings[i];
            if (reading.model_count == 0) continue;
            if (pass && slice_eq(u->certain_attrs[i], reading.attrs)) continue;
            reading.attrs = reading_attrs(v->arena, pass ? u->certain_attrs[i] : reading.attrs);
            TRY(words_car(v, q, &reading, own, k, why));
            if (k->resolved) TRY(engine_built(v, q, reading, own, k, why));
            if (!k->resolved) continue;
            if (pass) k->given_up = attrs_join(v->arena, k->given_up, attrs_without(v->arena, u->readings[i].attrs, u->certain_attrs[i]));
            query_reading_move(u, i, 0);
            return ERR_OK;
        }
    return ERR_OK;
}

// What the words say of a car that is known beside them: the first reading that it can be narrows it, a car that none of them can be
// stands as it is.
static enum err readings_narrow(struct view *v, struct understood *u, struct search_result *r) {
    struct knowledge *k = ARENA_NEW(v->arena, struct knowledge);
    if (!k) return ERR_NO_MEMORY;
    r->car_conflict = u->unknown_car.n > 0;
    for (unsigned i = 0; i < u->reading_count && r->k->resolved && !u->unknown_car.n; i++) {
        struct car_reading reading = u->readings[i];
        reading.attrs = reading_attrs(v->arena, reading.attrs);
        TRY(knowledge_narrow(v, r->k, &reading, k, &r->car_conflict));
        if (r->car_conflict) continue;
        query_reading_move(u, i, 0);
        r->k = k;
        return ERR_OK;
    }
    return ERR_OK;
}

static bool vehicles_shared(const struct knowledge *a, const struct knowledge *b) {
    for (unsigned i = 0; i < a->vehicle_count; i++)
        for (unsigned k = 0; k < b->vehicle_count; k++)
            if (a->vehicles[i].vehicle->id == b->vehicles[k].vehicle->id) return true;
    return false;
}

// The words hold the VIN of another car than the one given. One that says nothing contradicts nothing.
static enum err vin_conflict(struct view *v, struct slice vin, const struct knowledge *given, bool *out) {
    struct knowledge k;
    enum err e = knowledge_parse(v, vin, SLICE_NONE, SLICE_NONE, &k, NULL);
    *out = e == ERR_OK && k.resolved && given->resolved && !vehicles_shared(given, &k);
    return e == ERR_BAD_REQUEST ? ERR_OK : e;
}

enum err search_car(struct view *v, const struct search_query *q, bool position, struct search_result *r, struct fault *why) {
    struct understood *u = &r->understood;
    struct knowledge *k = ARENA_NEW(v->arena, struct knowledge);
    if (!k) return ERR_NO_MEMORY;
    r->k = q->k;
    r->car_conflict = false;
    struct slice at = position && u->position_tells ? arena_printf(v->arena, "position:%.*s", SLICE_ARGS(u->position)) : SLICE_NONE;
    struct slice own = attrs_join(v->arena, q->attrs, at);
    if (q->k->given) {
        if (at.n && q->vehicle.n) { // the words' position is an answer like those of attrs=
            struct knowledge *placed = ARENA_NEW(v->arena, struct knowledge);
            if (!placed) return ERR_NO_MEMORY;
            enum err e = knowledge_parse(v, q->vehicle, own, q->market, placed, NULL);
            if (e == ERR_OK) r->k = placed; // else no application says so: it is not asked for
            else if (e != ERR_BAD_REQUEST) return e;
        }
        if (u->vin.n) TRY(vin_conflict(v, u->vin, r->k, &r->car_conflict));
        return r->car_conflict ? ERR_OK : readings_narrow(v, u, r);
    }
    bool named = u->reading_count && u->readings[0].model_count;
    if (u->vin.n) {
        TRY(knowledge_parse(v, u->vin, own, SLICE_NONE, k, why));
        r->k = k;
        return readings_narrow(v, u, r);
    } else if (u->unknown_car.n) {
        k->given = true;
    } else if (named) {
        TRY(readings_try(v, q, own, u, k, why));
        if (k->given && !k->resolved) u->unknown_car = u->car;
    } else if (q->attrs.n) {
        TRY(knowledge_parse(v, SLICE_NONE, q->attrs, q->market, k, why)); // says that answers need a car
    } else {
        return ERR_OK;
    }
    r->k = k;
    return ERR_OK;
}

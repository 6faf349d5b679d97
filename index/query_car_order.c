// query_car_order.c: which reading of a car comes first (query_car_internal.h).
#include "query_car_internal.h"
#include "vehicle.h"

static enum err vehicles_of(struct view *v, const struct car_reading *r, uint64_t *out) {
    *out = 0;
    for (unsigned i = 0; i < r->model_count; i++) {
        struct model model;
        struct make make;
        enum err e = r->models[i].model ? model_load(v, r->models[i].make, r->models[i].model, &model)
                                        : make_load(v, r->models[i].make, &make);
        if (e == ERR_NOT_FOUND) continue;
        TRY(e);
        // What China drives comes first, then what has been built longest.
        *out += r->models[i].model ? model.vehicles + (model.markets & VEHICLE_MARKET_CN ? 100u : 0) : make.vehicles;
    }
    return ERR_OK;
}

enum err car_readings_order(struct view *v, struct understood *out) {
    uint64_t weights[QUERY_READINGS_MAX];
    for (unsigned i = 0; i < out->reading_count; i++) TRY(vehicles_of(v, &out->readings[i], &weights[i]));
    for (unsigned i = 1; i < out->reading_count; i++) {
        uint64_t weight = weights[i];
        unsigned to = i;
        for (; to > 0 && weight > weights[to - 1]; to--) weights[to] = weights[to - 1];
        weights[to] = weight;
        query_reading_move(out, i, to);
    }
    return ERR_OK;
}

void query_reading_move(struct understood *u, unsigned from, unsigned to) {
    struct car_reading reading = u->readings[from];
    struct slice attrs = u->certain_attrs[from];
    memmove(&u->readings[to + 1], &u->readings[to], (from - to) * sizeof reading);
    memmove(&u->certain_attrs[to + 1], &u->certain_attrs[to], (from - to) * sizeof attrs);
    u->readings[to] = reading;
    u->certain_attrs[to] = attrs;
}

void car_readings_split(struct understood *out) {
    const struct car_reading all = out->readings[0];
    const struct slice certain = out->certain_attrs[0];
    if (out->reading_count != 1) return;
    for (unsigned i = 0; i < all.model_count && out->reading_count < QUERY_READINGS_MAX; i++) {
        bool seen = false, others = false;
        for (unsigned k = 0; k < all.model_count; k++) {
            seen |= k < i && all.models[k].make == all.models[i].make;
            others |= all.models[k].make != all.models[i].make;
        }
        if (seen || !others) continue;
        out->certain_attrs[out->reading_count] = certain;
        struct car_reading *one = &out->readings[out->reading_count++];
        *one = all;
        one->model_count = 0;
        for (unsigned k = i; k < all.model_count; k++)
            if (all.models[k].make == all.models[i].make) one->models[one->model_count++] = all.models[k];
    }
}

#include "replenish.h"

#include "index/assortment.h"
#include "index/names.h"
#include "index/vocabulary.h"
#include "lifecycle.h"

#define MONTH_MS (30.44 * 24 * 3600 * 1000)

enum err replenish_months(struct view *v, uint32_t type, double *months, bool *wears) {
    struct type_info info;
    enum err e = type ? type_load(v, type, &info) : ERR_NOT_FOUND;
    *months = REPLENISH_DEFAULT_MONTHS;
    *wears = false;
    if (e == ERR_NOT_FOUND) return ERR_OK; // a type only products name
    TRY(e);
    double by_distance = (double)info.interval_km / REPLENISH_KM_PER_MONTH, by_time = (double)info.interval_months;
    *wears = by_distance > 0 || by_time > 0;
    if (*wears) *months = by_time > 0 && (by_distance <= 0 || by_time < by_distance) ? by_time : by_distance;
    return ERR_OK;
}

// Whether an event is about the same thing as one that was seen already, which is newer: its purchase or its return decides.
static bool seen(const struct event *events, unsigned at) {
    for (unsigned i = 0; i < at; i++) {
        bool decides = lifecycle_bought(events[i].type) || events[i].type == EVENT_RETURN;
        if (decides && events[i].product == events[at].product && slice_eq(events[i].service, events[at].service)) return true;
    }
    return false;
}

static enum err item_of(struct view *v, const struct event *e, struct replenish_item *out) {
    double months;
    *out = (struct replenish_item){.product = e->product, .bought_ms = e->unix_ms, .vehicle = e->vehicle};
    if (e->product) {
        struct assortment *was = assortment_lift(v); // what is worn out depends on what was bought, not on what is seen now
        out->type = columns_facts(v, e->product)->type;
        assortment_put_back(v, was);
    } else {
        enum err err = names_look_up(v, NAMES_TYPE, e->service, &out->type);
        if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
    }
    TRY(replenish_months(v, out->type, &months, &out->wears));
    out->due_ms = e->unix_ms + (int64_t)(REPLENISH_DUE_SHARE * months * MONTH_MS);
    return ERR_OK;
}

enum err replenish_load(struct view *v, const struct event *events, unsigned count, struct replenish *out) {
    int64_t now_ms = clock_unix_ms(v->clock);
    *out = (struct replenish){.items = ARENA_ARRAY(v->arena, struct replenish_item, count + 1)};
    if (!out->items) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) {
        bool about_something = events[i].product || events[i].service.n;
        if (!about_something || !lifecycle_bought(events[i].type) || seen(events, i)) continue;
        struct replenish_item *item = &out->items[out->count];
        TRY(item_of(v, &events[i], item));
        if (item->due_ms > now_ms && (item->product || item->type)) out->count++;
    }
    return ERR_OK;
}

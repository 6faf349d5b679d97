#include "vehicle_stats.h"

#include "names.h"

#define META_STATS "vehicle_stats"

const char *const stats_market_names[STATS_MARKETS] = {"US", "CN", "other", "any"};

// ---- counting -------------------------------------------------------------------------------------------------------
struct walk {
    struct view *v;
    struct vehicle_stats *stats;
    uint32_t market_attr, us, cn; // ids of the attribute and two of its values; 0 when nobody has them
    enum err err;
};

static unsigned market_of(const struct walk *w, const struct vehicle *vehicle, unsigned configuration) {
    uint16_t value = w->market_attr ? vehicle_value(vehicle, configuration, (uint8_t)w->market_attr) : 0;
    return value != 0 && value == w->us ? STATS_US : value != 0 && value == w->cn ? STATS_CN : STATS_OTHER;
}

static bool count_vehicle(void *arg, const struct picker_row *row) {
    struct walk *w = arg;
    struct vehicle *vehicle;
    uint64_t configurations[STATS_MARKETS] = {0};
    unsigned open = (row->is.flags & VEHICLE_OPEN_YEARS) != 0, second = (row->is.flags & VEHICLE_SECOND_LIST) != 0;
    w->err = vehicle_load(w->v, row->is.vehicle, &vehicle);
    if (w->err != ERR_OK) return false;
    for (unsigned i = 0; i < vehicle->count; i++) configurations[market_of(w, vehicle, i)]++;
    configurations[STATS_ANY] = vehicle->count;
    for (unsigned market = 0; market < STATS_MARKETS; market++) {
        struct vehicle_counts *c = &w->stats->counts[market][open][second];
        c->vehicles += configurations[market] > 0 || market == STATS_ANY;
        c->configurations += configurations[market];
    }
    return true;
}

static void count_names(struct view *v, struct vehicle_stats *out) {
    uint32_t makes = names_count(v->snapshot, NAMES_MAKE);
    for (uint32_t id = 1; id <= makes; id++) {
        struct make make;
        if (make_load(v, id, &make) != ERR_OK) continue;
        out->makes += make.vehicles_second > 0;
        out->makes_first_list += make.vehicles > 0;
        out->models += make.models_second;
        out->models_first_list += make.models;
    }
}

// Vehicles are loaded into an arena of the walk's own that starts over with every make.
static enum err count_make(struct walk *w, uint32_t make) {
    arena_reset(w->v->arena);
    TRY(vehicle_each(w->v, make, 0, 0, 0, count_vehicle, w));
    return w->err;
}

static enum err count_vehicles(struct view *v, struct vehicle_stats *out) {
    enum { ARENA_BYTES = 1024 * 1024 * 1024 };
    struct arena arena;
    struct view own = *v;
    struct walk walk = {.v = &own, .stats = out};
    enum err err = ERR_OK;
    (void)names_find(v->snapshot, NAMES_ATTRIBUTE, SLICE("market"), &walk.market_attr);
    (void)names_find(v->snapshot, NAMES_VALUE + walk.market_attr, SLICE("US"), &walk.us);
    (void)names_find(v->snapshot, NAMES_VALUE + walk.market_attr, SLICE("CN"), &walk.cn);
    arena_init(&arena, 1024 * 1024, ARENA_BYTES);
    own.arena = &arena;
    uint32_t makes = names_count(v->snapshot, NAMES_MAKE);
    for (uint32_t make = 1; err == ERR_OK && make <= makes; make++) err = count_make(&walk, make);
    arena_destroy(&arena);
    return err;
}

enum err vehicle_stats_count(struct view *v, struct vehicle_stats *out) {
    memset(out, 0, sizeof *out);
    count_names(v, out);
    return count_vehicles(v, out);
}

struct vehicle_counts vehicle_stats_sum(const struct vehicle_stats *stats, enum stats_market market) {
    struct vehicle_counts sum = {0, 0};
    for (unsigned i = 0; i < 4; i++) {
        sum.vehicles += stats->counts[market][i / 2][i % 2].vehicles;
        sum.configurations += stats->counts[market][i / 2][i % 2].configurations;
    }
    return sum;
}

// ---- keeping --------------------------------------------------------------------------------------------------------
enum err vehicle_stats_store(struct db *db, const struct vehicle_stats *stats, struct fault *why) {
    struct txn *t;
    TRY(txn_begin(db, &t, why));
    enum err err = txn_put(t, TABLE_META, SLICE(META_STATS), slice_of(stats, sizeof *stats));
    if (err == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return err;
}

enum err vehicle_stats_load(struct view *v, struct vehicle_stats *out) {
    struct slice value;
    TRY(db_get(v->snapshot, TABLE_META, SLICE(META_STATS), &value));
    struct reader r = reader_of(value);
    return reader_take(&r, out, sizeof *out) ? ERR_OK : ERR_DAMAGED;
}

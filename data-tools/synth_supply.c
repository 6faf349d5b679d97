// synth_supply.c: where the sample's products are fitted: in the cities of workshop_cities.tsv, districts, depots, dealers and workshops, and
// what lies where. Cities are real; all else is drawn and says that it is a sample.
#include <stdlib.h>

#include "synth_product.h"
#include "synth_write.h"

enum { PURPOSE_WORKSHOP = 40, PURPOSE_DEPOT = 41, PURPOSE_DEALER = 42, PURPOSE_BAND = 43, PURPOSE_SHELF = 44 };
enum { SECTORS = 9, FAST_SHARE = 4, DEPOT_LINE = 400, SHELF_FIRST = 4000, DEPOT_PRODUCTS = 4000, NEAREST_DEPOTS = 2, LINE_ARENA_BYTES = 1 << 20 };
static const double KM_PER_DEGREE = 111.2, WORKSHOP_SPREAD_KM = 7, SECTOR_KM = 8, DEPOT_REACH_KM = 80, DEPOT_CITY_WEIGHT = 40;

static const struct { const char *en, *zh; double north, east; } SECTOR[SECTORS] = {
    {"Centre", "中心", 0, 0},          {"North", "北", 1, 0},      {"North-East", "东北", 0.7, 0.7},   {"East", "东", 0, 1},
    {"South-East", "东南", -0.7, 0.7}, {"South", "南", -1, 0},     {"South-West", "西南", -0.7, -0.7}, {"West", "西", 0, -1},
    {"North-West", "西北", 0.7, -0.7},
};

struct depot { const struct fact_city *city; struct geo at; unsigned serial; };
struct supply_writer {
    const struct synth_plan *plan;
    struct synth_counts *counts;
    struct output output;
    struct json_writer json;
    struct arena arena;
    uint32_t *fast, fast_count; // products by demand, the most wanted first
    struct depot *depots;
    unsigned depot_count;
};

static struct geo moved(struct geo from, double north_km, double east_km) {
    double lat = from.lat + north_km / KM_PER_DEGREE;
    return (struct geo){lat, from.lon + east_km / KM_PER_DEGREE / cos(from.lat * 0.017453292519943295)};
}

struct geo synth_around(const struct fact_city *city, double spread_km, struct rng *r) {
    double north = spread_km * rng_normal(r), east = spread_km * rng_normal(r);
    return moved((struct geo){city->lat, city->lon}, north, east);
}

// ---- lines -----------------------------------------------------------------------------------------------------------------------
static struct json_writer *line_begin(struct supply_writer *w, const char *kind) {
    w->json = json_writer_of(&w->output.buf);
    json_open(&w->json, '{');
    json_key_str(&w->json, "kind", kind);
    return &w->json;
}

static void line_end(struct supply_writer *w) {
    json_close(&w->json, '}');
    buf_char(&w->output.buf, '\n');
    output_flush(&w->output);
    arena_reset(&w->arena);
    w->counts->supply_lines++;
}

static struct slice city_path(struct supply_writer *w, const struct fact_city *city) {
    return arena_printf(&w->arena, "%.*s/%.*s", SLICE_ARGS(city->country), SLICE_ARGS(city->name));
}

static struct slice sector_path(struct supply_writer *w, const struct fact_city *city, unsigned sector) {
    struct slice path = city_path(w, city);
    return arena_printf(&w->arena, "%.*s/%s", SLICE_ARGS(path), SECTOR[sector].en);
}

static struct geo sector_middle(const struct fact_city *city, unsigned sector) {
    return moved((struct geo){city->lat, city->lon}, SECTOR_KM * SECTOR[sector].north, SECTOR_KM * SECTOR[sector].east);
}

static unsigned sector_of(const struct fact_city *city, struct geo at) {
    unsigned best = 0;
    for (unsigned i = 1; i < SECTORS; i++)
        if (geo_distance_m(at, sector_middle(city, i)) < geo_distance_m(at, sector_middle(city, best))) best = i;
    return best;
}

static void districts_write(struct supply_writer *w, const struct fact_city *city) {
    struct json_writer *area = line_begin(w, "district"); // the city itself, so that it has names
    json_key_string(area, "id", city_path(w, city));
    json_key_string(area, "name", city->name);
    json_key_string(area, "name_zh", city->name_zh);
    line_end(w);
    for (unsigned i = 0; i < SECTORS; i++) {
        struct json_writer *j = line_begin(w, "district");
        json_key_string(j, "id", sector_path(w, city, i));
        json_key_string(j, "name", arena_printf(&w->arena, "%.*s %s (sample sector)", SLICE_ARGS(city->name), SECTOR[i].en));
        json_key_string(j, "name_zh", arena_printf(&w->arena, "%.*s%s片区（样例）", SLICE_ARGS(city->name_zh), SECTOR[i].zh));
        geo_json(j, "near", sector_middle(city, i));
        line_end(w);
    }
}

// ---- what is wanted most -----------------------------------------------------------------------------------------------------------
static int by_demand(const void *a, const void *b, void *plan) {
    const struct synth_product *list = ((const struct synth_plan *)plan)->products;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    float p = list[x].demand, q = list[y].demand;
    return p != q ? p > q ? -1 : 1 : x < y ? -1 : 1;
}

static bool is_thing(const struct synth_plan *p, uint32_t product) { return p->kinds[p->products[product].kind].spec->rule != RULE_SERVICE; }

static enum err fast_find(struct supply_writer *w) {
    const struct synth_plan *p = w->plan;
    w->fast = malloc((p->product_count + 1) * sizeof *w->fast);
    if (!w->fast) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < p->product_count; i++)
        if (is_thing(p, i)) w->fast[w->fast_count++] = i;
    if (w->fast_count) qsort_r(w->fast, w->fast_count, sizeof *w->fast, by_demand, (void *)(uintptr_t)p);
    w->fast_count = w->fast_count / FAST_SHARE + 1 < w->fast_count ? w->fast_count / FAST_SHARE + 1 : w->fast_count;
    return ERR_OK;
}

static bool sold_in(const struct supply_writer *w, uint32_t product, struct slice country) {
    const struct fact_brand *b = &w->plan->facts->brands[w->plan->products[product].brand];
    return slice_is(country, "CN") ? b->cn : b->us;
}

static void item_write(struct supply_writer *w, uint32_t product, unsigned pieces) {
    struct buf id;
    buf_init(&id, &w->arena, 128);
    synth_product_id(w->plan, &w->plan->products[product], &id);
    json_key_slice(&w->json, buf_slice(&id));
    json_int(&w->json, pieces);
}

static void stock_begin(struct supply_writer *w, const char *of, struct slice id) {
    struct json_writer *j = line_begin(w, "stock");
    json_key_string(j, of, id);
    json_key_open(j, "items", '{');
}

static void stock_end(struct supply_writer *w) {
    json_close(&w->json, '}');
    line_end(w);
}

// ---- depots ------------------------------------------------------------------------------------------------------------------------------
static struct slice depot_id(struct supply_writer *w, unsigned serial) { return arena_printf(&w->arena, "sample-depot-%u", serial); }

static void depot_stock_write(struct supply_writer *w, const struct depot *d) {
    struct rng r = rng_of(w->plan->seed, PURPOSE_SHELF, UINT64_C(1) << 40 | d->serial);
    double chance = (double)DEPOT_PRODUCTS / w->fast_count;
    unsigned n = 0;
    for (uint32_t i = 0; i < w->fast_count; i++) {
        if (!rng_chance(&r, chance < 0.6 ? chance : 0.6) || !sold_in(w, w->fast[i], d->city->country)) continue;
        if (n++ % DEPOT_LINE == 0) {
            if (n > 1) stock_end(w);
            stock_begin(w, "depot", depot_id(w, d->serial));
        }
        item_write(w, w->fast[i], 2 + rng_below(&r, 60));
    }
    if (n) stock_end(w);
}

static void depots_write(struct supply_writer *w) {
    const struct facts *facts = w->plan->facts;
    for (unsigned i = 0; i < facts->city_count; i++) {
        const struct fact_city *city = &facts->cities[i];
        if (city->weight < DEPOT_CITY_WEIGHT) continue;
        struct rng r = rng_of(w->plan->seed, PURPOSE_DEPOT, i);
        struct depot *d = &w->depots[w->depot_count];
        *d = (struct depot){city, synth_around(city, 5, &r), ++w->depot_count};
        struct json_writer *j = line_begin(w, "depot");
        json_key_string(j, "id", depot_id(w, d->serial));
        json_key_string(j, "name", arena_printf(&w->arena, "Sample Depot %.*s", SLICE_ARGS(city->name)));
        json_key_string(j, "name_zh", arena_printf(&w->arena, "样例前置仓%.*s", SLICE_ARGS(city->name_zh)));
        json_key_string(j, "city", city->name);
        geo_json(j, "near", d->at);
        line_end(w);
        depot_stock_write(w, d);
    }
}

// The nearest depots within reach, with the minutes of a van in a city.
static void supplying_write(struct supply_writer *w, struct geo at) {
    bool used[NEAREST_DEPOTS] = {false};
    unsigned taken[NEAREST_DEPOTS];
    json_key_open(&w->json, "depots", '[');
    for (unsigned n = 0; n < NEAREST_DEPOTS; n++) {
        double best_m = DEPOT_REACH_KM * 1000;
        for (unsigned i = 0; i < w->depot_count; i++) {
            double m = geo_distance_m(at, w->depots[i].at);
            if (m >= best_m || (n > 0 && used[0] && taken[0] == i)) continue;
            best_m = m;
            taken[n] = i;
            used[n] = true;
        }
        if (!used[n]) break;
        json_open(&w->json, '{');
        json_key_string(&w->json, "id", depot_id(w, w->depots[taken[n]].serial));
        json_key_int(&w->json, "minutes", 10 + (int64_t)(best_m / 500));
        json_close(&w->json, '}');
    }
    json_close(&w->json, ']');
}

// ---- dealers and price bands -------------------------------------------------------------------------------------------------------------
static struct slice dealer_id(struct supply_writer *w, unsigned city, bool second) {
    return arena_printf(&w->arena, "sample-dealer-%u%s", city + 1, second ? "b" : "");
}

// A second dealer of a large city has its east.
static bool has_second(const struct fact_city *city) { return city->weight >= 60; }
static bool of_second(const struct fact_city *city, unsigned sector) { return has_second(city) && sector >= 2 && sector <= 4; }

static void dealer_write(struct supply_writer *w, unsigned at, bool second) {
    const struct fact_city *city = &w->plan->facts->cities[at];
    struct rng r = rng_of(w->plan->seed, PURPOSE_DEALER, (uint64_t)at << 1 | second);
    struct json_writer *j = line_begin(w, "dealer");
    json_key_string(j, "id", dealer_id(w, at, second));
    json_key_string(j, "name", arena_printf(&w->arena, "Sample Dealer %.*s%s", SLICE_ARGS(city->name), second ? " East" : ""));
    json_key_string(j, "name_zh", arena_printf(&w->arena, "样例经销商%.*s%s", SLICE_ARGS(city->name_zh), second ? "东部" : ""));
    json_key_open(j, "territory", '[');
    if (!second) json_string(j, city_path(w, city));
    for (unsigned s = 2; second && s <= 4; s++) json_string(j, sector_path(w, city, s));
    json_close(j, ']');
    json_key_double(j, "price_factor", round(100 * (0.9 + 0.2 * rng_unit(&r))) / 100);
    line_end(w);
}

static void bands_write(struct supply_writer *w) {
    const struct facts *facts = w->plan->facts;
    for (unsigned i = 0; i < facts->brand_count; i++) {
        struct rng r = rng_of(w->plan->seed, PURPOSE_BAND, i);
        if (rng_chance(&r, 0.4)) continue; // some brands leave prices free
        struct json_writer *j = line_begin(w, "price_band");
        json_key_string(j, "brand", facts->brands[i].slug);
        json_key_double(j, "floor", 0.95 + 0.01 * rng_below(&r, 5));
        json_key_double(j, "ceiling", 1.02 + 0.01 * rng_below(&r, 10));
        line_end(w);
    }
}

// ---- workshops --------------------------------------------------------------------------------------------------------------------------------
static void services_write(struct supply_writer *w, struct rng *r) {
    const double OFFERS = 0.55 + 0.4 * rng_unit(r);
    json_key_open(&w->json, "services", '[');
    for (unsigned k = 0; k < w->plan->kind_count; k++) {
        const struct synth_kind *kind = &w->plan->kinds[k];
        bool everywhere = slice_is(kind->fact->slug, "oil_change") || slice_is(kind->fact->slug, "minor_service");
        if (kind->spec->rule == RULE_SERVICE && (everywhere || rng_chance(r, OFFERS))) json_string(&w->json, kind->fact->slug);
    }
    json_close(&w->json, ']');
}

static const char *hours_draw(struct rng *r) {
    static const char *const HOURS[] = {"Mo-Su 08:30-19:00", "Mo-Sa 08:30-18:30; Su 09:30-17:00", "Mo-Fr 08:00-18:00; Sa 08:00-15:00",
                                        "Mo-Su 08:00-12:00,13:30-21:00", "Mo-Sa 09:00-19:00"};
    return rng_chance(r, 0.01) ? "24/7" : HOURS[rng_below(r, sizeof HOURS / sizeof *HOURS)];
}

static void state_write(struct json_writer *j, struct rng *r) {
    static const double PENDING = 0.05, SUSPENDED = 0.03, UNPAID = 0.04;
    if (rng_chance(r, PENDING)) json_key_str(j, "qualification", "pending");
    else if (rng_chance(r, SUSPENDED)) json_key_str(j, "qualification", "suspended");
    if (rng_chance(r, UNPAID)) json_key_str(j, "deposit", "unpaid");
}

static void shelf_write(struct supply_writer *w, struct slice id, struct slice country, struct rng *r) {
    uint32_t first = w->fast_count < SHELF_FIRST ? w->fast_count : SHELF_FIRST;
    unsigned n = 20 + rng_below(r, 80);
    uint64_t seen[SHELF_FIRST / 64 + 1] = {0};
    stock_begin(w, "workshop", id);
    for (unsigned i = 0; i < n; i++) {
        double u = rng_unit(r);
        uint32_t at = (uint32_t)(u * u * first);
        if (seen[at / 64] >> at % 64 & 1 || !sold_in(w, w->fast[at], country)) continue;
        seen[at / 64] |= UINT64_C(1) << at % 64;
        item_write(w, w->fast[at], 1 + rng_below(r, 8));
    }
    stock_end(w);
}

static struct slice workshop_id(struct supply_writer *w, uint64_t serial) {
    return arena_printf(&w->arena, "sample-workshop-%llu", (unsigned long long)serial);
}

static void workshop_write(struct supply_writer *w, unsigned at, unsigned number, uint64_t serial) {
    const struct fact_city *city = &w->plan->facts->cities[at];
    struct rng r = rng_of(w->plan->seed, PURPOSE_WORKSHOP, serial);
    struct json_writer *j = line_begin(w, "workshop");
    struct geo where = synth_around(city, WORKSHOP_SPREAD_KM, &r);
    unsigned sector = sector_of(city, where);
    json_key_string(j, "id", workshop_id(w, serial));
    json_key_string(j, "name", arena_printf(&w->arena, "Sample Auto Care %.*s %u", SLICE_ARGS(city->name), number));
    json_key_string(j, "name_zh", arena_printf(&w->arena, "样例养车%.*s%u号店", SLICE_ARGS(city->name_zh), number));
    json_key_string(j, "city", city->name);
    json_key_string(j, "district", sector_path(w, city, sector));
    json_key_string(j, "country", city->country);
    geo_json(j, "near", where);
    services_write(w, &r);
    json_key_int(j, "bays", 1 + rng_below(&r, 5));
    json_key_str(j, "hours", hours_draw(&r));
    json_key_int(j, "utc_offset", city->utc_offset);
    if (city->daylight_saving.n) json_key_string(j, "daylight_saving", city->daylight_saving);
    state_write(j, &r);
    json_key_string(j, "dealer", dealer_id(w, at, of_second(city, sector) != rng_chance(&r, has_second(city) ? 0.15 : 0)));
    supplying_write(w, where);
    json_key_open(j, "rating", '{');
    json_key_double(j, "value", round(10 * (3.9 + rng_unit(&r))) / 10);
    json_key_int(j, "count", 5 + rng_below(&r, 900));
    json_close(j, '}');
    line_end(w);
    shelf_write(w, workshop_id(w, serial), city->country, &r);
    w->counts->workshops++;
}

static void cities_write(struct supply_writer *w) {
    const struct facts *facts = w->plan->facts;
    double total = 0;
    uint64_t serial = 0;
    for (unsigned i = 0; i < facts->city_count; i++) total += facts->cities[i].weight;
    for (unsigned i = 0; i < facts->city_count; i++) districts_write(w, &facts->cities[i]);
    depots_write(w);
    for (unsigned i = 0; i < facts->city_count; i++) {
        dealer_write(w, i, false);
        if (has_second(&facts->cities[i])) dealer_write(w, i, true);
    }
    bands_write(w);
    for (unsigned i = 0; i < facts->city_count; i++) {
        unsigned n = (unsigned)ceil(w->plan->scale->workshops * facts->cities[i].weight / total);
        for (unsigned k = 0; k < n; k++) workshop_write(w, i, k + 1, ++serial);
    }
}

enum err synth_supply_write(const struct synth_plan *p, const char *path, struct synth_counts *counts, struct fault *why) {
    struct supply_writer w = {.plan = p, .counts = counts};
    TRY(output_open(path, &w.output, why));
    arena_init(&w.arena, 64 * 1024, LINE_ARENA_BYTES);
    w.depots = malloc((p->facts->city_count + 1) * sizeof *w.depots);
    enum err e = w.depots ? fast_find(&w) : ERR_NO_MEMORY;
    if (e == ERR_OK) cities_write(&w);
    if (e == ERR_OK && w.arena.full) e = fault_set(why, ERR_NO_MEMORY, "", "a line of the sample is too long");
    free(w.depots);
    free(w.fast);
    arena_destroy(&w.arena);
    if (e == ERR_OK) return output_close(&w.output, why);
    output_abandon(&w.output);
    return e;
}

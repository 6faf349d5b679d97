// Invariants
//  1. The view is of what was stored when this was made; ids of names the load would add are unknown to it and need not be known.
//  2. An entry's `stored` is right once the (car, type) it belongs to has been counted, its `delta` once every product was seen.
#include "fitment_change.h"

#include <stdlib.h>

#include "base/map.h"
#include "fitment_match.h"
#include "product.h"

struct car { uint32_t vehicle, make, model; unsigned year; struct knowledge k; };
struct listing {                      // of a brand, a type and a car: products that cover it
    uint32_t type, car, stored;
    int32_t delta;                    // what the load adds and takes away
    uint32_t undecided[FITMENT_STATES]; // by the state before
};
struct fitment_changes {
    struct view *view;
    struct arena lasting, work, counting; // cars; one product; one group
    struct car *cars;
    uint32_t *order;                  // cars by make, model
    unsigned count;
    struct map by_key, counted;
    struct listing *listings;         // from 1
    uint32_t listing_count, listing_capacity;
    uint64_t *dirty;                  // type << 32 | product, ascending
    size_t dirty_count;
    uint64_t counts[FITMENT_STATES][FITMENT_STATES], judged;
    struct fitment_change *changes;   // of the product at hand, room for one per car
    uint8_t *covered;                 // [2][count]: by the version before, after
};

const char *fitment_state_name(unsigned state) { return state == FITMENT_ABSENT ? "absent" : verdict_name((enum verdict)state); }

// Results in an arena of the caller's choice; the caches are shared.
static struct view view_in(const struct fitment_changes *c, struct arena *a) {
    struct view v = *c->view;
    v.arena = a;
    return v;
}

// ---- cars ------------------------------------------------------------------------------------------------------------------
static enum err car_enter(struct fitment_changes *c, struct view *v, uint32_t vehicle, struct car *out) {
    struct vehicle *car;
    struct fault why = {0};
    TRY(vehicle_load(v, vehicle, &car));
    struct slice slug = arena_copy(&c->lasting, car->slug);
    TRY(knowledge_parse(v, slug, SLICE_NONE, SLICE_NONE, &out->k, &why));
    if (out->k.vehicle_count != 1) return ERR_DAMAGED;
    *out = (struct car){.vehicle = vehicle, .make = car->make, .model = car->model, .year = car->year, .k = out->k};
    return ERR_OK;
}

static int compare_cars(const void *a, const void *b, void *arg) {
    const struct car *cars = arg, *x = &cars[*(const uint32_t *)a], *y = &cars[*(const uint32_t *)b];
    if (x->make != y->make) return x->make > y->make ? 1 : -1;
    return (x->model > y->model) - (x->model < y->model);
}

static enum err cars_enter(struct fitment_changes *c, const uint32_t *vehicles, unsigned count) {
    struct view v = view_in(c, &c->lasting);
    c->cars = ARENA_ARRAY(&c->lasting, struct car, (size_t)count + 1);
    c->order = ARENA_ARRAY(&c->lasting, uint32_t, (size_t)count + 1);
    c->changes = ARENA_ARRAY(&c->lasting, struct fitment_change, (size_t)count + 1);
    c->covered = ARENA_ARRAY(&c->lasting, uint8_t, 2 * (size_t)count + 1);
    if (!c->cars || !c->order || !c->changes || !c->covered) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) {
        TRY(car_enter(c, &v, vehicles[i], &c->cars[i]));
        c->order[i] = i;
    }
    c->count = count;
    qsort_r(c->order, count, sizeof *c->order, compare_cars, c->cars);
    return ERR_OK;
}

// The first place in `order` whose car is of this make and of this model or a higher one.
static unsigned order_find(const struct fitment_changes *c, uint32_t make, uint32_t model) {
    unsigned low = 0, high = c->count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        const struct car *car = &c->cars[c->order[mid]];
        if (car->make < make || (car->make == make && car->model < model)) low = mid + 1;
        else high = mid;
    }
    return low;
}

static void cover(const struct fitment_changes *c, const struct application *list, unsigned count, uint8_t *covered) {
    memset(covered, 0, c->count);
    for (unsigned i = 0; i < count; i++) {
        const struct application *a = &list[i];
        for (unsigned at = order_find(c, a->make, a->model); at < c->count; at++) {
            const struct car *car = &c->cars[c->order[at]];
            if (car->make != a->make || (a->model && car->model != a->model)) break;
            if (application_covers(a, car->make, car->model, car->year)) covered[c->order[at]] = 1;
        }
    }
}

// ---- what a brand lists ------------------------------------------------------------------------------------------------------
static bool listings_room(struct fitment_changes *c) {
    if (c->listing_count + 1 < c->listing_capacity) return true;
    uint32_t more = c->listing_capacity ? c->listing_capacity * 2 : 1024;
    struct listing *grown = realloc(c->listings, more * sizeof *grown);
    if (!grown) return false;
    c->listings = grown;
    c->listing_capacity = more;
    return true;
}

static enum err listing_of(struct fitment_changes *c, uint32_t brand, uint32_t type, uint32_t car, uint32_t *index) {
    uint32_t words[3] = {brand, type, car};
    struct hash128 key = hash128(slice_of(words, sizeof words));
    const uint64_t *found = map_find(&c->by_key, key);
    if (found) {
        *index = (uint32_t)*found;
        return ERR_OK;
    }
    if (!listings_room(c)) return ERR_NO_MEMORY;
    *index = ++c->listing_count;
    c->listings[*index] = (struct listing){.type = type, .car = car};
    return map_put(&c->by_key, key, *index) ? ERR_OK : ERR_NO_MEMORY;
}

static bool is_listed(const struct listing *l, bool after) { return (after ? (int64_t)l->stored + l->delta : (int64_t)l->stored) > 0; }

static bool counts_for_brand(const struct product_facts *f, uint32_t type) {
    return f->type == type && !(f->flags & (FACT_DELETED | FACT_UNIVERSAL));
}

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool is_dirty(const struct fitment_changes *c, uint32_t type, uint32_t product) {
    uint64_t key = (uint64_t)type << 32 | product;
    return c->dirty_count && bsearch(&key, c->dirty, c->dirty_count, sizeof key, compare_u64);
}

static enum err group_count(struct fitment_changes *c, struct slice value, uint32_t type, uint32_t car) {
    struct group_reader g;
    struct packed_row row;
    uint32_t last = 0, index;
    TRY(group_open(&c->counting, value, &g));
    while (group_next(&g, &row)) {
        if (row.product == last) continue;
        last = row.product;
        const struct product_facts *facts = columns_facts(c->view, row.product);
        if (!counts_for_brand(facts, type) || is_dirty(c, type, row.product)) continue;
        TRY(listing_of(c, facts->brand, type, car, &index));
        c->listings[index].stored++;
    }
    return ERR_OK;
}

// The products that stand in the car's group of a type, once.
static enum err car_count(struct fitment_changes *c, uint32_t type, uint32_t car) {
    uint32_t words[2] = {type, car}, key[2] = {__builtin_bswap32(c->cars[car].vehicle), __builtin_bswap32(type)};
    struct hash128 hash = hash128(slice_of(words, sizeof words));
    struct slice value;
    if (map_find(&c->counted, hash)) return ERR_OK;
    if (!map_put(&c->counted, hash, 1)) return ERR_NO_MEMORY;
    enum err e = db_get(c->view->snapshot, TABLE_GROUP, slice_of(key, sizeof key), &value);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    arena_reset(&c->counting);
    return group_count(c, value, type, car);
}

// Products the groups do not know yet say for themselves what they cover.
static enum err dirty_count_one(struct fitment_changes *c, uint32_t type, uint32_t product) {
    const struct product_facts *facts = columns_facts(c->view, product);
    struct view v = view_in(c, &c->work);
    struct application *list;
    unsigned count;
    uint32_t index;
    if (!counts_for_brand(facts, type)) return ERR_OK;
    arena_reset(&c->work);
    TRY(applications_load(&v, product, &list, &count));
    cover(c, list, count, c->covered);
    for (uint32_t car = 0; car < c->count; car++) {
        if (!c->covered[car]) continue;
        TRY(listing_of(c, facts->brand, type, car, &index));
        c->listings[index].stored++;
    }
    return ERR_OK;
}

static enum err dirty_load(struct fitment_changes *c) {
    struct db_cursor *cursor = db_cursor_begin(c->view->snapshot, TABLE_DIRTY);
    struct slice key, value;
    struct buf keys;
    if (!cursor) return ERR_NO_MEMORY;
    buf_init(&keys, NULL, 4096);
    enum err e;
    while ((e = db_cursor_next(cursor, &key, &value)) == ERR_OK) {
        struct reader r = reader_of(key);
        uint64_t type = reader_u32be(&r);
        buf_u64(&keys, type << 32 | reader_u32be(&r));
    }
    db_cursor_end(cursor);
    c->dirty = (uint64_t *)(void *)keys.p; // heap: as aligned as malloc makes it
    c->dirty_count = keys.n / sizeof *c->dirty;
    if (e != ERR_END) return e;
    if (keys.bad) return ERR_NO_MEMORY;
    for (size_t i = 0; i < c->dirty_count; i++) TRY(dirty_count_one(c, (uint32_t)(c->dirty[i] >> 32), (uint32_t)c->dirty[i]));
    return ERR_OK;
}

// ---- making and ending -----------------------------------------------------------------------------------------------------------
static enum err changes_open(struct fitment_changes *c, struct db *db, const uint32_t *vehicles, unsigned count) {
    TRY(view_open(db, &clock_system, &c->view));
    TRY(view_begin(c->view, &c->lasting));
    TRY(cars_enter(c, vehicles, count));
    return dirty_load(c);
}

enum err fitment_changes_new(struct db *db, const uint32_t *vehicles, unsigned count, struct fitment_changes **out) {
    *out = NULL;
    if (count > FITMENT_CHANGE_CARS_MAX) return ERR_TOO_LARGE;
    struct fitment_changes *c = calloc(1, sizeof *c);
    if (!c) return ERR_NO_MEMORY;
    arena_init(&c->lasting, 1 << 20, (size_t)1 << 30);
    arena_init(&c->work, 1 << 20, 256u << 20);
    arena_init(&c->counting, 1 << 20, 256u << 20);
    enum err e = changes_open(c, db, vehicles, count);
    if (e == ERR_OK) *out = c;
    else fitment_changes_free(c);
    return e;
}

void fitment_changes_free(struct fitment_changes *c) {
    if (!c) return;
    if (c->view) {
        view_end(c->view);
        view_close(c->view);
    }
    map_destroy(&c->by_key);
    map_destroy(&c->counted);
    free(c->listings);
    free(c->dirty);
    arena_destroy(&c->lasting);
    arena_destroy(&c->work);
    arena_destroy(&c->counting);
    free(c);
}

// ---- one product --------------------------------------------------------------------------------------------------------------------
struct judged { // one version of it
    const struct product_version *version;
    struct application *list;
    unsigned count;
    uint8_t *covered;
    bool universal;
};

static enum err judged_of(struct fitment_changes *c, const struct product_version *version, bool after, struct judged *out) {
    *out = (struct judged){.version = version, .covered = c->covered + (after ? c->count : 0)};
    out->universal = version->exists && version->facts.flags & FACT_UNIVERSAL;
    bool fitted = version->exists && !out->universal && version->applications.n;
    if (fitted) TRY(applications_decode(&c->work, version->applications, &out->list, &out->count));
    cover(c, out->list, out->count, out->covered);
    return ERR_OK;
}

static enum err verdict_of(struct fitment_changes *c, uint32_t product, const struct judged *j, uint32_t car, bool listed, uint8_t *out) {
    struct view v = view_in(c, &c->work);
    struct fitment_subject subject = {.product = product, .facts = &j->version->facts, .list = j->list, .count = j->count, .listed = &listed};
    struct fitment found;
    struct match m;
    *out = FITMENT_ABSENT;
    if (!j->version->exists) return ERR_OK;
    TRY(fitment_of_applications(&v, &c->cars[car].k, &subject, &m, &found));
    *out = m.verdict;
    return ERR_OK;
}

// The verdict where the rest of the brand does not matter; else `no`, and *listing is what it hangs on.
static enum err verdict_open(struct fitment_changes *c, uint32_t product, const struct judged *j, uint32_t car, uint8_t *out, uint32_t *listing) {
    uint8_t otherwise;
    *listing = 0;
    TRY(verdict_of(c, product, j, car, true, out));
    if (*out != VERDICT_NO || j->covered[car]) return ERR_OK;
    TRY(verdict_of(c, product, j, car, false, &otherwise));
    return otherwise == *out ? ERR_OK : listing_of(c, j->version->facts.brand, j->version->facts.type, car, listing);
}

static enum err car_judge(struct fitment_changes *c, uint32_t product, const struct judged *old, const struct judged *new, uint32_t car,
                          struct fitment_change *out) {
    uint32_t listing;
    *out = (struct fitment_change){.car = car};
    TRY(verdict_open(c, product, old, car, &out->from, &listing));
    if (listing) TRY(car_count(c, c->listings[listing].type, car));
    if (listing && !is_listed(&c->listings[listing], false)) out->from = VERDICT_UNKNOWN;
    return verdict_open(c, product, new, car, &out->to, &out->undecided);
}

static enum err brand_change(struct fitment_changes *c, const struct judged *j, uint32_t car, int32_t by) {
    uint32_t index;
    if (!j->covered[car]) return ERR_OK;
    TRY(listing_of(c, j->version->facts.brand, j->version->facts.type, car, &index));
    c->listings[index].delta += by;
    return ERR_OK;
}

enum err fitment_changes_of(struct fitment_changes *c, uint32_t product, const struct product_version *before,
                            const struct product_version *after, const struct fitment_change **out, unsigned *count) {
    struct judged old, new;
    *out = c->changes;
    *count = 0;
    arena_reset(&c->work);
    TRY(judged_of(c, before, false, &old));
    TRY(judged_of(c, after, true, &new));
    bool all = old.universal || new.universal;
    if (old.universal && new.universal) return ERR_OK; // the same exclusions count for both
    for (uint32_t car = 0; car < c->count; car++) {
        struct fitment_change *change = &c->changes[*count];
        if (!all && !old.covered[car] && !new.covered[car]) continue;
        TRY(car_judge(c, product, &old, &new, car, change));
        TRY(brand_change(c, &old, car, -1));
        TRY(brand_change(c, &new, car, 1));
        c->judged++;
        if (change->undecided) c->listings[change->undecided].undecided[change->from]++;
        else c->counts[change->from][change->to] += change->from != change->to;
        *count += change->undecided || change->from != change->to;
    }
    return ERR_OK;
}

// ---- after all ---------------------------------------------------------------------------------------------------------------------
static unsigned state_of(const struct listing *l) { return is_listed(l, true) ? VERDICT_NO : VERDICT_UNKNOWN; }

static bool any_undecided(const struct listing *l) {
    for (unsigned s = 0; s < FITMENT_STATES; s++)
        if (l->undecided[s]) return true;
    return false;
}

enum err fitment_changes_settle(struct fitment_changes *c) {
    uint32_t met = c->listing_count; // counting may add brands that nobody asks for
    for (uint32_t i = 1; i <= met; i++) {
        if (!any_undecided(&c->listings[i])) continue;
        TRY(car_count(c, c->listings[i].type, c->listings[i].car));
        const struct listing *l = &c->listings[i];
        for (unsigned s = 0; s < FITMENT_STATES; s++)
            if (s != state_of(l)) c->counts[s][state_of(l)] += l->undecided[s];
    }
    return ERR_OK;
}

unsigned fitment_change_to(const struct fitment_changes *c, const struct fitment_change *change) {
    return change->undecided ? state_of(&c->listings[change->undecided]) : change->to;
}

uint64_t fitment_changes_count(const struct fitment_changes *c, unsigned from, unsigned to) { return c->counts[from][to]; }
uint64_t fitment_changes_judged(const struct fitment_changes *c) { return c->judged; }

#include "fulfilment.h"

#include <math.h>

#include "assortment.h"
#include "base/limits.h"
#include "dealer.h"
#include "district.h"
#include "stock.h"

#define MINUTE_MS INT64_C(60000)
#define NOT_TRIED INT64_MIN
enum {
    SHIPPED = WORKSHOP_DEPOTS_MAX + 1, WAYS = SHIPPED + 1, // by which pieces come: the shelf, each depot, the shop
    BRANDS_KEPT = 32, LANE_PAGE = 64, LANE_PAGES = LIMIT_TYPES / LANE_PAGE + 1, DEPOT_NONE = UINT32_MAX,
};

// A workshop, with what is read of it at most once a request.
struct candidate {
    const struct workshop_near *near;
    unsigned depots[WORKSHOP_DEPOTS_MAX]; // places in f->depots, or DEPOT_NONE
    int64_t free_ms;                      // the first free slot from now on
    int64_t earliest_ms[WAYS];            // and after the pieces and the customer are there
    double way_minutes;                   // one way
    uint16_t price_permille;              // its dealer's; 0: not read yet
};
struct depot_stock { uint32_t depot; struct stock_block *blocks; bool *read; };
struct brand_credit { uint32_t brand; struct slice dealer; };

// Those that do what fits a type, nearest first, as far as they were asked for.
struct lane {
    struct fitting services;
    struct workshop_walk walk;
    unsigned count, depot_count;
    bool ended;
    struct candidate **able;
    double *return_minutes; // of each, there and back: what most products ask of most of them
    struct lane_depot { unsigned at; double minutes; } *depots; // those that supply them, with the least minutes of coming from there and the way there and back
};

// Which depots have a product, asked one by one: many workshops share a depot.
struct depots_with { uint32_t product; uint64_t asked, has; };
_Static_assert(FULFILMENT_DEPOTS <= 64, "a bit for each depot");

struct fulfilment {
    struct view *v;
    struct fulfilment_query q;
    unsigned depot_count, credit_count;
    struct workshops_around *around;
    struct lane **lanes[LANE_PAGES];      // by type
    struct depot_stock depots[FULFILMENT_DEPOTS];
    struct depots_with with;
    uint32_t chunks;                      // blocks a depot's stock may have
    struct brand_credit credits[BRANDS_KEPT];
    bool area_known;
    struct slice area;                    // the customer's district
};

enum err fulfilment_begin(struct view *v, const struct fulfilment_query *q, struct fulfilment **out) {
    struct workshop_query near = {.at = q->at, .within_m = q->within_m, .any = q->any, .make = q->make, .open_at_ms = q->open_at_ms, .in_stock = q->in_stock};
    struct fulfilment *f = *out = arena_alloc(v->arena, sizeof *f);
    if (!f) return ERR_NO_MEMORY;
    *f = (struct fulfilment){.v = v, .q = *q, .chunks = (columns_products(v) >> STOCK_CHUNK_BITS) + 1};
    if (f->q.limit == 0) f->q.limit = FULFILMENT_WORKSHOPS;
    if (f->q.limit > FULFILMENT_WORKSHOPS_MAX) f->q.limit = FULFILMENT_WORKSHOPS_MAX;
    return workshops_around(v, &near, &f->around);
}

bool fulfilment_partial(const struct fulfilment *f) { return workshops_partial(f->around); }

// ---- who can ------------------------------------------------------------------------------------------------------------------------
static enum err depot_add(struct fulfilment *f, uint32_t depot, unsigned *at) {
    for (*at = 0; *at < f->depot_count; ++*at)
        if (f->depots[*at].depot == depot) return ERR_OK;
    *at = DEPOT_NONE;
    if (f->depot_count == FULFILMENT_DEPOTS) return ERR_OK;
    struct depot_stock *d = &f->depots[*at = f->depot_count++];
    *d = (struct depot_stock){depot, ARENA_ARRAY(f->v->arena, struct stock_block, f->chunks), ARENA_ARRAY(f->v->arena, bool, f->chunks)};
    return d->blocks && d->read ? ERR_OK : ERR_NO_MEMORY;
}

static enum err candidate_of(struct fulfilment *f, struct workshop_near *near, struct candidate **out) {
    struct candidate *c = *out = near->note;
    if (c) return ERR_OK;
    c = *out = near->note = arena_alloc(f->v->arena, sizeof *c);
    if (!c) return ERR_NO_MEMORY;
    *c = (struct candidate){.near = near, .way_minutes = near->distance_m / FULFILMENT_METRES_PER_MINUTE, .free_ms = NOT_TRIED};
    for (unsigned i = 0; i < WAYS; i++) c->earliest_ms[i] = NOT_TRIED;
    for (unsigned i = 0; i < near->shop->depot_count; i++) TRY(depot_add(f, near->shop->depots[i].depot, &c->depots[i]));
    return ERR_OK;
}

static enum err lane_begin(struct fulfilment *f, uint32_t type, struct lane **out) {
    struct lane *l = *out = arena_alloc(f->v->arena, sizeof *l);
    if (!l) return ERR_NO_MEMORY;
    *l = (struct lane){.able = arena_alloc(f->v->arena, f->q.limit * sizeof *l->able),
                       .return_minutes = arena_alloc(f->v->arena, f->q.limit * sizeof *l->return_minutes),
                       .depots = arena_alloc(f->v->arena, FULFILMENT_DEPOTS * sizeof *l->depots)};
    if (!l->able || !l->return_minutes || !l->depots) return ERR_NO_MEMORY;
    if (type) TRY(fitting_of(f->v, type, &l->services));
    workshop_walk_begin(&l->services, &l->walk);
    return ERR_OK;
}

static enum err lane_of(struct fulfilment *f, uint32_t type, struct lane **out) {
    if (type > LIMIT_TYPES) return ERR_DAMAGED;
    struct lane ***page = &f->lanes[type / LANE_PAGE];
    if (!*page) *page = ARENA_ARRAY(f->v->arena, struct lane *, LANE_PAGE);
    if (!*page) return ERR_NO_MEMORY;
    struct lane **l = &(*page)[type % LANE_PAGE];
    if (!*l) TRY(lane_begin(f, type, l));
    *out = *l;
    return ERR_OK;
}

static void lane_depot(struct lane *l, unsigned at, double minutes) {
    unsigned i = 0;
    if (at == DEPOT_NONE) return;
    while (i < l->depot_count && l->depots[i].at != at) i++;
    if (i == l->depot_count) l->depots[l->depot_count++] = (struct lane_depot){at, minutes};
    else if (minutes < l->depots[i].minutes) l->depots[i].minutes = minutes;
}

static void lane_add(struct lane *l, struct candidate *c) {
    const struct workshop *w = c->near->shop;
    l->able[l->count] = c;
    l->return_minutes[l->count++] = 2 * c->way_minutes;
    for (unsigned d = 0; d < w->depot_count; d++) lane_depot(l, c->depots[d], w->depots[d].minutes + 2 * c->way_minutes);
}

// *out is NULL behind the last one.
static enum err lane_at(struct fulfilment *f, struct lane *l, unsigned i, struct candidate **out) {
    *out = NULL;
    while (l->count <= i && l->count < f->q.limit && !l->ended) {
        struct workshop_near *near;
        enum err e = workshop_walk_next(f->around, &l->walk, &near);
        l->ended = e == ERR_END;
        if (l->ended) return ERR_OK;
        TRY(e);
        TRY(candidate_of(f, near, out));
        lane_add(l, *out);
    }
    *out = NULL;
    if (i < l->count) *out = l->able[i];
    return ERR_OK;
}

enum err fulfilment_workshop(struct fulfilment *f, uint32_t type, unsigned i, const struct workshop_near **out) {
    struct lane *l;
    struct candidate *c;
    TRY(lane_of(f, type, &l));
    TRY(lane_at(f, l, i, &c));
    *out = c ? c->near : NULL;
    return ERR_OK;
}

// ---- where the pieces are -----------------------------------------------------------------------------------------------------------
// A block that cannot be read has nothing, as one that is not there.
static uint32_t depot_pieces(struct fulfilment *f, unsigned at, uint32_t product) {
    if (at == DEPOT_NONE) return 0;
    struct depot_stock *d = &f->depots[at];
    uint32_t place = stock_of_depot(d->depot), chunk = stock_chunk(place, product);
    if (chunk >= f->chunks) return 0;
    if (!d->read[chunk] && stock_load(f->v->snapshot, place, product, &d->blocks[chunk]) != ERR_OK) d->blocks[chunk] = (struct stock_block){NULL, 0};
    d->read[chunk] = true;
    return stock_find(&d->blocks[chunk], product);
}

static bool depot_has(struct fulfilment *f, unsigned at, uint32_t product) {
    if (at == DEPOT_NONE) return false;
    if (f->with.product != product) f->with = (struct depots_with){.product = product};
    uint64_t bit = UINT64_C(1) << at;
    if (!(f->with.asked & bit) && depot_pieces(f, at, product)) f->with.has |= bit;
    f->with.asked |= bit;
    return f->with.has & bit;
}

// One way for pieces to come: 0 the shelf, then the workshop's depots, SHIPPED the shop itself.
static unsigned way_minutes(const struct candidate *c, unsigned way) {
    return way == 0 ? 0 : way == SHIPPED ? SHIP_MINUTES : c->near->shop->depots[way - 1].minutes;
}

static uint32_t way_place(const struct candidate *c, unsigned way) {
    return way == 0 ? stock_of_workshop(c->near->shop->id) : stock_of_depot(c->near->shop->depots[way - 1].depot);
}

static uint32_t way_pieces(struct fulfilment *f, struct candidate *c, unsigned way, uint32_t product) {
    if (way == SHIPPED) return columns_offer(f->v, product)->stock;
    return way == 0 ? workshop_shelf(f->v, c->near->kept, product) : depot_pieces(f, c->depots[way - 1], product);
}

static bool has_way(const struct candidate *c, unsigned way) { return way == 0 || way == SHIPPED || way <= c->near->shop->depot_count; }

// ---- many products: how near ---------------------------------------------------------------------------------------------------------
static float nearness(double minutes) { return (float)(1 / (1 + minutes / 240)); }

#define MINUTES_NONE INFINITY

// Whether there is an i-th that is nearer, there and back, than `minutes`.
static bool reaches(struct fulfilment *f, struct lane *l, unsigned i, double minutes) {
    struct candidate *c;
    if (i >= l->count && (lane_at(f, l, i, &c) != ERR_OK || !c)) return false;
    return l->return_minutes[i] < minutes;
}

// The least minutes for pieces to come from a depot or the shop, and for the way there and back. The depots of those that are not known yet
// matter as long as these are nearer than that.
static double from_afar(struct fulfilment *f, struct lane *l, uint32_t product) {
    double best = MINUTES_NONE;
    if (columns_offer(f->v, product)->stock && reaches(f, l, 0, MINUTES_NONE)) best = SHIP_MINUTES + l->return_minutes[0];
    do {
        for (unsigned d = 0; d < l->depot_count; d++)
            if (l->depots[d].minutes < best && depot_has(f, l->depots[d].at, product)) best = l->depots[d].minutes;
    } while (reaches(f, l, l->count, best));
    return best;
}

// The same for pieces on a shelf: the nearest that has them, where that is less than `best`.
static double from_a_shelf(struct fulfilment *f, struct lane *l, uint32_t product, double best) {
    for (unsigned i = 0; reaches(f, l, i, best); i++)
        if (workshop_shelf(f->v, l->able[i]->near->kept, product)) return l->return_minutes[i];
    return best;
}

float fulfilment_nearness(struct fulfilment *f, uint32_t product) {
    struct lane *l;
    struct candidate *c;
    double best;
    if (lane_of(f, columns_facts(f->v, product)->type, &l) != ERR_OK) return 0;
    if (l->services.count == 0) return columns_offer(f->v, product)->stock ? nearness(SHIP_MINUTES) : 0;
    if (fitting_needs_pieces(f->v, product)) best = from_a_shelf(f, l, product, from_afar(f, l, product));
    else best = lane_at(f, l, 0, &c) == ERR_OK && c ? 2 * c->way_minutes : MINUTES_NONE;
    return isinf(best) ? 0 : nearness(best);
}

// ---- one product: the best workshop --------------------------------------------------------------------------------------------------
// The first free slot that is not before a moment, nor before the one the customer asked for.
static enum err free_from(struct fulfilment *f, const struct workshop *w, int64_t from_ms, int64_t *out) {
    if (from_ms < f->q.open_at_ms) from_ms = f->q.open_at_ms;
    return slot_first_free(f->v->snapshot, w, from_ms, f->q.now_ms, out);
}

static enum err earliest_of(struct fulfilment *f, struct candidate *c, unsigned way, int64_t *out) {
    if (c->earliest_ms[way] == NOT_TRIED) {
        double wait = way_minutes(c, way);
        if (wait < c->way_minutes) wait = c->way_minutes;
        TRY(free_from(f, c->near->shop, f->q.now_ms + (int64_t)(wait * (double)MINUTE_MS), &c->earliest_ms[way]));
    }
    *out = c->earliest_ms[way];
    return ERR_OK;
}

enum err fulfilment_earliest(struct fulfilment *f, const struct workshop_near *shop, int64_t *out) {
    struct candidate *c = shop->note;
    if (c->free_ms == NOT_TRIED) TRY(free_from(f, shop->shop, f->q.now_ms, &c->free_ms));
    *out = c->free_ms;
    return ERR_OK;
}

struct choice { struct candidate *candidate; unsigned way; uint32_t pieces; int64_t earliest_ms; double minutes; bool any; };

// Enough pieces that no hold has reserved.
static enum err way_has(struct fulfilment *f, struct candidate *c, unsigned way, uint32_t product, unsigned quantity, uint32_t *pieces) {
    *pieces = way_pieces(f, c, way, product);
    if (*pieces < quantity || way == SHIPPED) return ERR_OK;
    return stock_free(f->v->snapshot, way_place(c, way), product, *pieces, f->q.now_ms, pieces);
}

static enum err try_candidate(struct fulfilment *f, struct candidate *c, uint32_t product, unsigned quantity, struct choice *best) {
    bool needs = product && fitting_needs_pieces(f->v, product);
    for (unsigned way = 0; way < WAYS; way++) {
        struct choice one = {.candidate = c, .way = way, .any = true};
        if (!has_way(c, way) || (!needs && way > 0)) continue;
        if (needs) TRY(way_has(f, c, way, product, quantity, &one.pieces));
        if (needs && one.pieces < quantity) continue;
        TRY(earliest_of(f, c, way, &one.earliest_ms));
        if (one.earliest_ms < 0) continue;
        one.minutes = (double)(one.earliest_ms - f->q.now_ms) / (double)MINUTE_MS + 2 * c->way_minutes;
        if (!best->any || one.minutes < best->minutes) *best = one;
    }
    return ERR_OK;
}

// ---- dealers and prices ---------------------------------------------------------------------------------------------------------------
static enum err area_find(struct fulfilment *f) {
    struct district d;
    if (f->area_known) return ERR_OK;
    enum err e = district_of(f->v, f->q.at, &d);
    if (e == ERR_OK) f->area = d.path;
    f->area_known = e == ERR_OK || e == ERR_NOT_FOUND;
    return f->area_known ? ERR_OK : e;
}

static enum err credited(struct fulfilment *f, uint32_t brand, struct slice *out) {
    for (unsigned i = 0; i < f->credit_count; i++)
        if (f->credits[i].brand == brand) {
            *out = f->credits[i].dealer;
            return ERR_OK;
        }
    TRY(area_find(f));
    enum err e = dealer_of_area(f->v->snapshot, f->area, brand, out);
    if (e == ERR_NOT_FOUND) *out = SLICE_NONE;
    else TRY(e);
    if (f->credit_count < BRANDS_KEPT) f->credits[f->credit_count++] = (struct brand_credit){brand, *out};
    return ERR_OK;
}

static enum err dealer_factor(struct fulfilment *f, struct candidate *c) {
    struct dealer d;
    if (c->price_permille) return ERR_OK;
    enum err e = dealer_load(f->v->snapshot, c->near->shop->dealer, &d);
    c->price_permille = e == ERR_OK && d.price_permille ? d.price_permille : 1000;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static uint32_t price_in(const struct product_offer *o, enum currency currency) { return currency == CURRENCY_USD ? o->usd_cents : o->cny_fen; }

static enum err price(struct fulfilment *f, struct candidate *c, uint32_t product, const struct product_facts *facts, struct fulfilled *out) {
    uint32_t list = price_in(assortment_shop_offer(f->v, product), f->q.currency), asked;
    struct price_band band;
    TRY(dealer_factor(f, c));
    if (assortment_sells_for(f->v, c->near->shop->dealer)) asked = price_in(columns_offer(f->v, product), f->q.currency);
    else asked = price_by_factor(list, c->price_permille);
    enum err e = price_band_of(f->v->snapshot, facts->brand, facts->type, &band);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    out->priced = asked > 0;
    out->banded = e == ERR_OK && list > 0;
    out->price = price_banded(list, asked, out->banded ? &band : NULL);
    return ERR_OK;
}

static enum err choice_tell(struct fulfilment *f, const struct choice *best, uint32_t product, struct fulfilled *out) {
    struct candidate *c = best->candidate;
    const struct product_facts *facts = columns_facts(f->v, product);
    bool needs = fitting_needs_pieces(f->v, product);
    out->near = c->near;
    out->source = !needs ? PART_NONE : best->way == 0 ? PART_LOCAL : best->way == SHIPPED ? PART_SHIPPED : PART_DEPOT;
    out->depot = out->source == PART_DEPOT ? c->near->shop->depots[best->way - 1].depot : 0;
    out->stock = best->way == 0 ? best->pieces : 0;
    out->parts_minutes = needs ? way_minutes(c, best->way) : 0;
    out->earliest_ms = best->earliest_ms;
    out->fulfilled_by = c->near->shop->dealer;
    TRY(credited(f, facts->brand, &out->credited_to));
    return price(f, c, product, facts, out);
}

enum err fulfilment_of(struct fulfilment *f, uint32_t product, unsigned quantity, struct fulfilled *out) {
    struct lane *l;
    struct candidate *c;
    struct choice best = {.any = false};
    *out = (struct fulfilled){.earliest_ms = -1};
    TRY(lane_of(f, columns_facts(f->v, product)->type, &l));
    out->services = l->services;
    if (l->services.count == 0) return ERR_OK;
    for (unsigned i = 0;; i++) {
        TRY(lane_at(f, l, i, &c));
        if (!c || (best.any && 3 * c->way_minutes >= best.minutes)) break; // the way there, then there and back: cannot be better
        TRY(try_candidate(f, c, product, quantity, &best));
    }
    return best.any ? choice_tell(f, &best, product, out) : ERR_OK;
}

enum err fulfilment_at(struct fulfilment *f, const struct workshop_near *shop, uint32_t product, unsigned quantity, struct fulfilled *out) {
    struct lane *l;
    struct choice best = {.any = false};
    *out = (struct fulfilled){.earliest_ms = -1};
    TRY(lane_of(f, columns_facts(f->v, product)->type, &l));
    out->services = l->services;
    if (workshop_does(shop->shop, &l->services)) TRY(try_candidate(f, shop->note, product, quantity, &best));
    return best.any ? choice_tell(f, &best, product, out) : ERR_OK;
}

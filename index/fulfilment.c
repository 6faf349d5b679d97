#include "fulfilment.h"

#include "assortment.h"
#include "dealer.h"
#include "district.h"
#include "stock.h"

#define MINUTE_MS INT64_C(60000)
#define NOT_TRIED INT64_MIN
enum { SHIPPED = WORKSHOP_DEPOTS_MAX + 1, WAYS = SHIPPED + 1, TYPES_KEPT = 64, BRANDS_KEPT = 32, MINUTES_NONE = UINT32_MAX };

// One workshop of the list, with what is read of it at most once a request.
struct candidate {
    const struct workshop_near *near;
    struct stock_block shelf;
    unsigned depots[WORKSHOP_DEPOTS_MAX]; // places in f->depots
    int64_t earliest_ms[WAYS];            // by where the pieces come from: the shelf, each depot, the shop
    double way_minutes;                   // one way
    uint16_t price_permille;              // its dealer's; 0: not read yet
};
struct depot_stock { uint32_t depot; struct stock_block *blocks; bool *read; };
struct type_services { uint32_t type; struct fitting services; uint64_t able[2]; }; // able: a bit for each candidate
struct brand_credit { uint32_t brand; struct slice dealer; };

_Static_assert(FULFILMENT_WORKSHOPS_MAX <= 128, "a bit for each candidate");
static bool is_able(const struct type_services *t, unsigned candidate) { return t->able[candidate / 64] >> (candidate % 64) & 1; }

struct fulfilment {
    struct view *v;
    struct fulfilment_query q;
    unsigned count, depot_count, type_count, credit_count;
    struct workshop_near *list;
    struct candidate *candidates;
    struct depot_stock depots[FULFILMENT_DEPOTS];
    uint32_t chunks;                      // blocks a depot's stock may have
    struct type_services types[TYPES_KEPT];
    struct brand_credit credits[BRANDS_KEPT];
    struct slice area;                    // the customer's district
    bool partial;
};

// ---- beginning ------------------------------------------------------------------------------------------------------------------
static bool depot_add(struct fulfilment *f, uint32_t depot, unsigned *at) {
    for (*at = 0; *at < f->depot_count; ++*at)
        if (f->depots[*at].depot == depot) return true;
    if (f->depot_count == FULFILMENT_DEPOTS) return false;
    struct depot_stock *d = &f->depots[f->depot_count++];
    *d = (struct depot_stock){depot, ARENA_ARRAY(f->v->arena, struct stock_block, f->chunks), ARENA_ARRAY(f->v->arena, bool, f->chunks)};
    return d->blocks && d->read;
}

static enum err candidate_begin(struct fulfilment *f, struct candidate *c, const struct workshop_near *near) {
    const struct workshop *w = &near->shop;
    *c = (struct candidate){.near = near, .way_minutes = near->distance_m / FULFILMENT_METRES_PER_MINUTE};
    for (unsigned i = 0; i < WAYS; i++) c->earliest_ms[i] = NOT_TRIED;
    for (unsigned i = 0; i < w->depot_count; i++)
        if (!depot_add(f, w->depots[i].depot, &c->depots[i])) c->depots[i] = UINT32_MAX;
    return stock_load(f->v->snapshot, stock_of_workshop(w->id), 0, &c->shelf);
}

static enum err area_find(struct fulfilment *f) {
    struct district d;
    enum err e = district_of(f->v, f->q.at, &d);
    if (e == ERR_OK) f->area = d.path;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err fulfilment_begin(struct view *v, const struct fulfilment_query *q, struct fulfilment **out) {
    struct workshop_query near = {.at = q->at, .within_m = q->within_m, .any = q->any, .make = q->make,
                                  .open_at_ms = q->open_at_ms, .in_stock = q->in_stock, .limit = q->limit ? q->limit : FULFILMENT_WORKSHOPS};
    struct fulfilment *f = *out = arena_alloc(v->arena, sizeof *f);
    if (near.limit > FULFILMENT_WORKSHOPS_MAX) near.limit = FULFILMENT_WORKSHOPS_MAX;
    if (!f) return ERR_NO_MEMORY;
    *f = (struct fulfilment){.v = v, .q = *q, .chunks = (columns_products(v) >> STOCK_CHUNK_BITS) + 1};
    TRY(workshops_near(v, &near, &f->list, &f->count, &f->partial));
    f->candidates = arena_alloc(v->arena, (f->count + 1) * sizeof *f->candidates);
    if (!f->candidates) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < f->count; i++) TRY(candidate_begin(f, &f->candidates[i], &f->list[i]));
    TRY(area_find(f));
    return v->arena->full ? ERR_NO_MEMORY : ERR_OK;
}

unsigned fulfilment_workshops(const struct fulfilment *f, const struct workshop_near **out) {
    *out = f->list;
    return f->count;
}

bool fulfilment_partial(const struct fulfilment *f) { return f->partial; }

// ---- who can ------------------------------------------------------------------------------------------------------------------------
static enum err type_services(struct fulfilment *f, uint32_t type, const struct type_services **out) {
    for (unsigned i = 0; i < f->type_count; i++)
        if (f->types[i].type == type) {
            *out = &f->types[i];
            return ERR_OK;
        }
    struct type_services *t = &f->types[f->type_count < TYPES_KEPT ? f->type_count++ : TYPES_KEPT - 1];
    *t = (struct type_services){.type = type};
    *out = t;
    TRY(fitting_of(f->v, type, &t->services));
    for (unsigned i = 0; t->services.count && i < f->count; i++)
        if (workshop_does(&f->list[i].shop, &t->services)) t->able[i / 64] |= UINT64_C(1) << (i % 64);
    return ERR_OK;
}

// ---- where the pieces are -----------------------------------------------------------------------------------------------------------
static uint32_t depot_pieces(struct fulfilment *f, unsigned at, uint32_t product) {
    if (at >= f->depot_count) return 0;
    struct depot_stock *d = &f->depots[at];
    uint32_t place = stock_of_depot(d->depot), chunk = stock_chunk(place, product);
    if (chunk >= f->chunks) return 0;
    if (!d->read[chunk] && stock_load(f->v->snapshot, place, product, &d->blocks[chunk]) != ERR_OK) d->blocks[chunk] = (struct stock_block){NULL, 0};
    d->read[chunk] = true;
    return stock_find(&d->blocks[chunk], product);
}

// One way for pieces to come: 0 the shelf, then the workshop's depots, SHIPPED the shop itself.
static unsigned way_minutes(const struct candidate *c, unsigned way) {
    return way == 0 ? 0 : way == SHIPPED ? SHIP_MINUTES : c->near->shop.depots[way - 1].minutes;
}

static uint32_t way_place(const struct candidate *c, unsigned way) {
    return way == 0 ? stock_of_workshop(c->near->shop.id) : stock_of_depot(c->near->shop.depots[way - 1].depot);
}

static uint32_t way_pieces(struct fulfilment *f, const struct candidate *c, unsigned way, uint32_t product) {
    if (way == SHIPPED) return columns_offer(f->v, product)->stock;
    return way == 0 ? stock_find(&c->shelf, product) : depot_pieces(f, c->depots[way - 1], product);
}

static bool has_way(const struct candidate *c, unsigned way) { return way == 0 || way == SHIPPED || way <= c->near->shop.depot_count; }

// ---- many products: how near ---------------------------------------------------------------------------------------------------------
static float nearness(double minutes) { return (float)(1 / (1 + minutes / 240)); }

// Minutes until enough pieces are with a candidate, whatever the hours.
static unsigned quickest(struct fulfilment *f, const struct candidate *c, uint32_t product) {
    unsigned best = MINUTES_NONE;
    for (unsigned way = 0; way < WAYS; way++)
        if (has_way(c, way) && way_minutes(c, way) < best && way_pieces(f, c, way, product)) best = way_minutes(c, way);
    return best;
}

float fulfilment_nearness(struct fulfilment *f, uint32_t product) {
    const struct type_services *t;
    double best = -1;
    bool pieces = fitting_needs_pieces(f->v, product);
    if (type_services(f, columns_facts(f->v, product)->type, &t) != ERR_OK) return 0;
    if (t->services.count == 0) return columns_offer(f->v, product)->stock ? nearness(SHIP_MINUTES) : 0;
    for (unsigned i = 0; i < f->count; i++) {
        const struct candidate *c = &f->candidates[i];
        if (!is_able(t, i)) continue;
        if (best >= 0 && 2 * c->way_minutes >= best) break; // all that follow are farther
        unsigned parts = pieces ? quickest(f, c, product) : 0;
        double minutes = parts + 2 * c->way_minutes;
        if (parts != MINUTES_NONE && (best < 0 || minutes < best)) best = minutes;
    }
    return best < 0 ? 0 : nearness(best);
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
        TRY(free_from(f, &c->near->shop, f->q.now_ms + (int64_t)(wait * (double)MINUTE_MS), &c->earliest_ms[way]));
    }
    *out = c->earliest_ms[way];
    return ERR_OK;
}

enum err fulfilment_earliest(struct fulfilment *f, unsigned workshop, int64_t *out) {
    return free_from(f, &f->list[workshop].shop, f->q.now_ms, out);
}

struct choice { unsigned candidate, way; uint32_t pieces; int64_t earliest_ms; double minutes; bool any; };

// Enough pieces that no hold has reserved.
static enum err way_has(struct fulfilment *f, const struct candidate *c, unsigned way, uint32_t product, unsigned quantity, uint32_t *pieces) {
    *pieces = way_pieces(f, c, way, product);
    if (*pieces < quantity || way == SHIPPED) return ERR_OK;
    return stock_free(f->v->snapshot, way_place(c, way), product, *pieces, f->q.now_ms, pieces);
}

static enum err try_candidate(struct fulfilment *f, unsigned at, uint32_t product, unsigned quantity, struct choice *best) {
    struct candidate *c = &f->candidates[at];
    bool needs = product && fitting_needs_pieces(f->v, product);
    for (unsigned way = 0; way < WAYS; way++) {
        struct choice one = {.candidate = at, .way = way, .any = true};
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
static enum err credited(struct fulfilment *f, uint32_t brand, struct slice *out) {
    for (unsigned i = 0; i < f->credit_count; i++)
        if (f->credits[i].brand == brand) {
            *out = f->credits[i].dealer;
            return ERR_OK;
        }
    enum err e = dealer_of_area(f->v->snapshot, f->area, brand, out);
    if (e == ERR_NOT_FOUND) *out = SLICE_NONE;
    else TRY(e);
    if (f->credit_count < BRANDS_KEPT) f->credits[f->credit_count++] = (struct brand_credit){brand, *out};
    return ERR_OK;
}

static enum err dealer_factor(struct fulfilment *f, struct candidate *c) {
    struct dealer d;
    if (c->price_permille) return ERR_OK;
    enum err e = dealer_load(f->v->snapshot, c->near->shop.dealer, &d);
    c->price_permille = e == ERR_OK && d.price_permille ? d.price_permille : 1000;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static uint32_t price_in(const struct product_offer *o, enum currency currency) { return currency == CURRENCY_USD ? o->usd_cents : o->cny_fen; }

static enum err price(struct fulfilment *f, struct candidate *c, uint32_t product, const struct product_facts *facts, struct fulfilled *out) {
    uint32_t list = price_in(assortment_shop_offer(f->v, product), f->q.currency), asked;
    struct price_band band;
    TRY(dealer_factor(f, c));
    if (assortment_sells_for(f->v, c->near->shop.dealer)) asked = price_in(columns_offer(f->v, product), f->q.currency);
    else asked = price_by_factor(list, c->price_permille);
    enum err e = price_band_of(f->v->snapshot, facts->brand, facts->type, &band);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    out->priced = asked > 0;
    out->banded = e == ERR_OK && list > 0;
    out->price = price_banded(list, asked, out->banded ? &band : NULL);
    return ERR_OK;
}

static enum err choice_tell(struct fulfilment *f, const struct choice *best, uint32_t product, struct fulfilled *out) {
    struct candidate *c = &f->candidates[best->candidate];
    const struct product_facts *facts = columns_facts(f->v, product);
    bool needs = fitting_needs_pieces(f->v, product);
    out->near = c->near;
    out->source = !needs ? PART_NONE : best->way == 0 ? PART_LOCAL : best->way == SHIPPED ? PART_SHIPPED : PART_DEPOT;
    out->depot = out->source == PART_DEPOT ? c->near->shop.depots[best->way - 1].depot : 0;
    out->stock = best->way == 0 ? best->pieces : 0;
    out->parts_minutes = needs ? way_minutes(c, best->way) : 0;
    out->earliest_ms = best->earliest_ms;
    out->fulfilled_by = c->near->shop.dealer;
    TRY(credited(f, facts->brand, &out->credited_to));
    return price(f, c, product, facts, out);
}

enum err fulfilment_of(struct fulfilment *f, uint32_t product, unsigned quantity, struct fulfilled *out) {
    const struct type_services *t;
    struct choice best = {.any = false};
    *out = (struct fulfilled){.earliest_ms = -1};
    TRY(type_services(f, columns_facts(f->v, product)->type, &t));
    out->services = t->services;
    for (unsigned i = 0; i < f->count; i++) {
        if (best.any && 3 * f->candidates[i].way_minutes >= best.minutes) break; // the way there, then there and back: cannot be better
        if (is_able(t, i)) TRY(try_candidate(f, i, product, quantity, &best));
    }
    return best.any ? choice_tell(f, &best, product, out) : ERR_OK;
}

enum err fulfilment_at(struct fulfilment *f, unsigned workshop, uint32_t product, unsigned quantity, struct fulfilled *out) {
    const struct type_services *t;
    struct choice best = {.any = false};
    *out = (struct fulfilled){.earliest_ms = -1};
    TRY(type_services(f, columns_facts(f->v, product)->type, &t));
    out->services = t->services;
    if (t->services.count == 0 || is_able(t, workshop)) TRY(try_candidate(f, workshop, product, quantity, &best));
    return best.any ? choice_tell(f, &best, product, out) : ERR_OK;
}

#include "assortment.h"

#include <stdlib.h>

#include "base/buf.h"
#include "dealer.h"
#include "dealer_price.h"
#include "district.h"
#include "filter.h"
#include "fragment.h"
#include "price_band.h"
#include "product_values.h"

#define ARENA_FIRST_BYTES 4096
#define ARENA_LIMIT_BYTES (1024 * 1024) // of a filter's tree
#define DEALER_ATTRIBUTE "dealer"

_Static_assert(BLOCK_PRODUCTS == DEALER_PRICE_BLOCK, "one block for both");

struct block {
    uint64_t shown;       // which are inside
    uint64_t priced;      // whose price in the dealer's list is theirs
    uint32_t shown_in, priced_in; // the stamp for which that holds; 0: never
};

struct assortment {
    char id[KEY_VIEW_BYTES + 1];
    char *record;         // the stored view as it was read last; heap
    size_t record_bytes;
    struct key_view view; // slices into record and id
    struct arena arena;   // of the filter
    struct filter filter;
    uint32_t attribute, value; // products' attribute `dealer`, and the own dealer's value of it; 0: no product has it
    uint16_t price_permille; // the own dealer's factor
    bool banded_away;     // a band keeps the catalogue's own price out
    unsigned band_count, band_room;
    struct price_band *bands; // ascending by brand and type; heap
    uint64_t epoch;       // of the catalogue, of dealers and bands
    uint32_t stamp;       // counts the states of catalogue and view; never 0
    uint32_t block_count;
    struct block *blocks;
    const struct product_offer **offers; // of the request at hand, by block; in its arena
    uint64_t used;        // when, in requests
};

struct assortments {
    uint64_t requests;
    struct assortment *kept[ASSORTMENTS_KEPT];
};

// ---- keeping them -----------------------------------------------------------------------------------------------------------------
static void assortment_free(struct assortment *a) {
    if (!a) return;
    arena_destroy(&a->arena);
    free(a->record);
    free(a->bands);
    free(a->blocks);
    free(a);
}

void assortments_free(struct assortments *all) {
    if (!all) return;
    for (unsigned i = 0; i < ASSORTMENTS_KEPT; i++) assortment_free(all->kept[i]);
    free(all);
}

static struct assortment *assortment_new(struct slice id) {
    struct assortment *a = calloc(1, sizeof *a);
    if (!a) return NULL;
    slice_copy(id, a->id, sizeof a->id);
    arena_init(&a->arena, ARENA_FIRST_BYTES, ARENA_LIMIT_BYTES);
    return a;
}

// The one of this view, else a new one in the place of the one used longest ago.
static struct assortment *kept_of(struct assortments *all, struct slice id) {
    unsigned oldest = 0;
    for (unsigned i = 0; i < ASSORTMENTS_KEPT; i++) {
        struct assortment *a = all->kept[i];
        if (a && slice_is(id, a->id)) return a;
        if (all->kept[oldest] && (!a || a->used < all->kept[oldest]->used)) oldest = i;
    }
    assortment_free(all->kept[oldest]);
    return all->kept[oldest] = assortment_new(id);
}

// ---- following the database ---------------------------------------------------------------------------------------------------------
static void forget(struct assortment *a) {
    if (++a->stamp == 0) { // the stamps of old would seem new
        memset(a->blocks, 0, a->block_count * sizeof *a->blocks);
        a->stamp = 1;
    }
}

static enum err record_follow(struct assortment *a, struct slice record, bool *changed) {
    *changed = a->record == NULL || record.n != a->record_bytes || memcmp(record.p, a->record, record.n) != 0;
    if (!*changed) return ERR_OK;
    char *copy = malloc(record.n + 1);
    if (!copy) return ERR_NO_MEMORY;
    memcpy(copy, record.p, record.n);
    free(a->record);
    a->record = copy;
    a->record_bytes = record.n;
    return key_view_decode(slice_str(a->id), slice_of(copy, record.n), &a->view);
}

static enum err words_look_up(struct view *v, struct assortment *a) {
    struct fault why = {ERR_OK, "", ""};
    struct arena *of_request = v->arena;
    arena_reset(&a->arena);
    v->arena = &a->arena;
    enum err e = filter_parse(v, a->view.filters, a->view.currency, &a->filter, &why);
    v->arena = of_request;
    if (e == ERR_BAD_REQUEST) return ERR_DAMAGED; // it was looked at when it was put
    TRY(e);
    a->value = 0;
    TRY(product_attribute_find(v, SLICE(DEALER_ATTRIBUTE), &a->attribute));
    return a->attribute && a->view.dealer.n ? product_value_find(v, a->attribute, a->view.dealer, &a->value) : ERR_OK;
}

static enum err band_keep(void *arg, const struct price_band *b) {
    struct assortment *a = arg;
    if (a->band_count == a->band_room) {
        unsigned room = a->band_room ? 2 * a->band_room : 64;
        struct price_band *grown = realloc(a->bands, room * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        a->bands = grown;
        a->band_room = room;
    }
    a->bands[a->band_count++] = *b;
    a->banded_away |= b->floor_permille > 1000 || b->ceiling_permille < 1000;
    return ERR_OK;
}

// How the own dealer's prices come about.
static enum err terms_look_up(struct view *v, struct assortment *a) {
    struct dealer d;
    a->price_permille = 1000;
    a->band_count = 0;
    a->banded_away = false;
    if (a->view.dealer.n == 0) return ERR_OK;
    enum err e = dealer_load(v->snapshot, a->view.dealer, &d);
    if (e == ERR_OK && d.price_permille) a->price_permille = d.price_permille;
    else if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    return price_band_each(v->snapshot, band_keep, a);
}

static enum err blocks_room(struct view *v, struct assortment *a) {
    uint32_t count = columns_products(v) / BLOCK_PRODUCTS + 1;
    if (count <= a->block_count) return ERR_OK;
    struct block *grown = realloc(a->blocks, count * sizeof *grown);
    if (!grown) return ERR_NO_MEMORY;
    memset(grown + a->block_count, 0, (count - a->block_count) * sizeof *grown);
    a->blocks = grown;
    a->block_count = count;
    return ERR_OK;
}

static enum err follow(struct view *v, struct assortment *a) {
    struct slice record;
    bool changed;
    uint64_t epoch = fragment_epoch(v);
    TRY(db_get(v->snapshot, TABLE_KEY_VIEW, slice_str(a->id), &record));
    TRY(record_follow(a, record, &changed));
    if (!changed && a->stamp && a->epoch == epoch) return ERR_OK;
    a->epoch = epoch;
    forget(a);
    TRY(blocks_room(v, a));
    TRY(terms_look_up(v, a));
    return words_look_up(v, a);
}

enum err view_restrict(struct view *v, struct slice id) {
    if (!v->assortments && !(v->assortments = calloc(1, sizeof *v->assortments))) return ERR_NO_MEMORY;
    struct assortments *all = v->assortments;
    if (!key_view_name_is(id)) return ERR_NOT_FOUND;
    struct assortment *a = kept_of(all, id);
    if (!a) return ERR_NO_MEMORY;
    a->used = ++all->requests;
    a->offers = NULL;
    enum err e = follow(v, a);
    if (e == ERR_OK) v->assortment = a;
    else a->record_bytes = SIZE_MAX; // half followed: all anew the next time
    return e;
}

const struct key_view *assortment_view(const struct view *v) { return v->assortment ? &v->assortment->view : NULL; }

// ---- which products ---------------------------------------------------------------------------------------------------------------
struct owned { uint64_t own, foreign; };

static struct owned owned_of(const struct assortment *a, const struct product_block *b) {
    struct owned o = {0, 0};
    for (unsigned i = 0; a->attribute && i < b->n; i++)
        for (unsigned k = 0; k < b->values[i].n; k++) {
            if (value_row_attribute(&b->values[i], k) != a->attribute) continue;
            bool own = a->value && value_row_value(&b->values[i], k) == a->value;
            if (own) o.own |= UINT64_C(1) << i;
            else o.foreign |= UINT64_C(1) << i;
        }
    return o;
}

static uint64_t block_test(struct view *v, const struct assortment *a, uint32_t block) {
    struct match matches[BLOCK_PRODUCTS] = {{0}};
    struct product_block b;
    uint64_t terms[FILTER_TERMS_MAX], there = 0;
    for (uint32_t i = 0; i < BLOCK_PRODUCTS; i++) matches[i].product = block * BLOCK_PRODUCTS + i;
    product_block_read(v, matches, BLOCK_PRODUCTS, a->filter.needs | BLOCK_FACTS | (a->attribute ? BLOCK_VALUES : 0), &b);
    filter_test(v, &a->filter, &b, terms);
    for (unsigned i = 0; i < BLOCK_PRODUCTS; i++) there |= (uint64_t)!(b.facts[i]->flags & FACT_DELETED) << i;
    struct owned o = owned_of(a, &b);
    return ((filter_passed(&b, terms, filter_all(&a->filter)) & ~o.foreign) | o.own) & there;
}

bool assortment_shows(struct view *v, uint32_t product) {
    struct assortment *a = v->assortment;
    uint32_t at = product / BLOCK_PRODUCTS;
    if (at >= a->block_count) return false;
    struct block *block = &a->blocks[at];
    if (block->shown_in != a->stamp) {
        struct assortment *was = assortment_lift(v);
        block->shown = block_test(v, a, at);
        block->shown_in = a->stamp;
        assortment_put_back(v, was);
    }
    return block->shown >> product % BLOCK_PRODUCTS & 1;
}

// ---- prices -----------------------------------------------------------------------------------------------------------------------
bool assortment_prices(struct view *v) {
    const struct assortment *a = v->assortment;
    if (!a || a->view.dealer.n == 0) return false;
    return a->price_permille != 1000 || a->banded_away || !db_table_empty(v->snapshot, TABLE_DEALER_PRICE);
}

const struct product_offer *assortment_shop_offer(struct view *v, uint32_t product) {
    struct assortment *was = assortment_lift(v);
    const struct product_offer *offer = columns_offer(v, product);
    assortment_put_back(v, was);
    return offer;
}

bool assortment_sells_for(const struct view *v, struct slice dealer) {
    return v->assortment && v->assortment->view.dealer.n && slice_eq(dealer, v->assortment->view.dealer);
}

static int by_brand_and_type(const void *x, const void *y) {
    const struct price_band *a = x, *b = y;
    if (a->brand != b->brand) return a->brand < b->brand ? -1 : 1;
    return a->type < b->type ? -1 : a->type > b->type;
}

static const struct price_band *band_of(const struct assortment *a, const struct product_facts *facts) {
    struct price_band key = {.brand = facts->brand, .type = facts->type};
    if (a->band_count == 0) return NULL;
    const struct price_band *found = bsearch(&key, a->bands, a->band_count, sizeof *a->bands, by_brand_and_type);
    key.type = 0;
    return found ? found : bsearch(&key, a->bands, a->band_count, sizeof *a->bands, by_brand_and_type);
}

static uint32_t asked(const struct assortment *a, const struct price_band *band, uint32_t shop, uint32_t own) {
    return price_banded(shop, own ? own : price_by_factor(shop, a->price_permille), band).amount;
}

static uint64_t prices_sound(struct view *v, uint32_t block, const struct dealer_prices *prices) {
    uint64_t sound = 0;
    struct assortment *was = assortment_lift(v);
    for (uint64_t left = prices->present; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        struct slice id;
        bool same = product_external_id(v, block * BLOCK_PRODUCTS + i, &id) == ERR_OK && dealer_price_id_hash(id) == prices->of[i].id_hash;
        sound |= (uint64_t)same << i;
    }
    assortment_put_back(v, was);
    return sound;
}

// The offers of a block at the dealer's prices, in the request's arena. A list that cannot be read gives no price rather than the
// shop's.
static const struct product_offer *offers_of(struct view *v, struct assortment *a, uint32_t at) {
    struct dealer_prices prices;
    struct block *block = &a->blocks[at];
    uint32_t products[BLOCK_PRODUCTS];
    const struct product_offer *shop[BLOCK_PRODUCTS];
    const struct product_facts *facts[BLOCK_PRODUCTS];
    struct product_offer *out = arena_alloc(v->arena, BLOCK_PRODUCTS * sizeof *out);
    if (!out) return NULL;
    bool sound = dealer_prices_load(v->snapshot, a->view.dealer, at, &prices) == ERR_OK;
    if (block->priced_in != a->stamp) {
        block->priced = sound ? prices_sound(v, at, &prices) : 0;
        block->priced_in = a->stamp;
    }
    for (uint32_t i = 0; i < BLOCK_PRODUCTS; i++) products[i] = at * BLOCK_PRODUCTS + i;
    struct assortment *was = assortment_lift(v);
    columns_offers_of(v, products, BLOCK_PRODUCTS, shop);
    columns_facts_of(v, products, BLOCK_PRODUCTS, facts);
    assortment_put_back(v, was);
    for (unsigned i = 0; i < BLOCK_PRODUCTS; i++) {
        const struct dealer_price own = block->priced >> i & 1 ? prices.of[i] : (struct dealer_price){0};
        const struct price_band *band = band_of(a, facts[i]);
        out[i] = *shop[i];
        out[i].cny_fen = sound ? asked(a, band, shop[i]->cny_fen, own.cny_fen) : 0;
        out[i].usd_cents = sound ? asked(a, band, shop[i]->usd_cents, own.usd_cents) : 0;
    }
    return out;
}

const struct product_offer *assortment_offer(struct view *v, uint32_t product, const struct product_offer *row) {
    static const struct product_offer nothing;
    struct assortment *a = v->assortment;
    uint32_t at = product / BLOCK_PRODUCTS;
    if (!assortment_shows(v, product)) return &nothing;
    if (!assortment_prices(v)) return row;
    if (!a->offers) a->offers = ARENA_ARRAY(v->arena, const struct product_offer *, a->block_count);
    if (!a->offers) return &nothing;
    if (!a->offers[at]) a->offers[at] = offers_of(v, a, at);
    return a->offers[at] ? &a->offers[at][product % BLOCK_PRODUCTS] : &nothing;
}

// ---- things of dealers --------------------------------------------------------------------------------------------------------------
bool assortment_admits_id(const struct view *v, struct slice id) {
    struct slice owner = key_view_owner(id);
    return !v->assortment || owner.n == 0 || slice_eq(owner, v->assortment->view.dealer);
}

bool assortment_admits_workshop(const struct view *v, struct slice dealer, const struct slice *places, unsigned count) {
    if (!v->assortment) return true;
    const struct key_view *view = &v->assortment->view;
    if (view->dealer.n && !slice_eq(dealer, view->dealer)) return false;
    for (unsigned i = 0; i < view->territory_count; i++)
        for (unsigned k = 0; k < count; k++)
            if (district_lies_in(places[k], view->territories[i])) return true;
    return view->territory_count == 0;
}

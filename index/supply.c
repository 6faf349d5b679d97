#include "supply.h"

#include "base/limits.h"
#include "dealer.h"
#include "depot.h"
#include "district.h"
#include "price_band.h"
#include "product.h"
#include "stock.h"
#include "supply_text.h"
#include "workshop.h"

static const char *const kind_names[SUPPLY_KINDS] = {"", "workshop", "depot", "district", "dealer", "price_band", "stock"};

const char *supply_kind_name(enum supply_kind k) { return kind_names[k]; }

enum supply_kind supply_kind_parse(struct slice text) {
    for (unsigned k = SUPPLY_NONE + 1; k < SUPPLY_KINDS; k++)
        if (slice_is(text, kind_names[k])) return (enum supply_kind)k;
    return SUPPLY_NONE;
}

// ---- putting -------------------------------------------------------------------------------------------------------------------
typedef enum err put_fn(struct txn *t, struct view *v, const struct json *body, struct fault *why);

static enum err put_workshop(struct txn *t, struct view *v, const struct json *body, struct fault *why) {
    struct workshop w;
    uint32_t id;
    TRY(workshop_from_json(v, body, &w, why));
    return workshop_put(t, v->arena, &w, &id);
}

static enum err put_depot(struct txn *t, struct view *v, const struct json *body, struct fault *why) {
    struct depot d;
    uint32_t id;
    TRY(depot_from_json(body, &d, why));
    return depot_put(t, v->arena, &d, &id);
}

static enum err put_district(struct txn *t, struct view *v, const struct json *body, struct fault *why) {
    struct district d;
    TRY(district_from_json(body, &d, why));
    return district_put(t, v->arena, &d);
}

static enum err put_dealer(struct txn *t, struct view *v, const struct json *body, struct fault *why) {
    struct dealer d;
    TRY(dealer_from_json(v->arena, body, &d, why));
    return dealer_put(t, v->arena, &d, why);
}

static enum err put_price_band(struct txn *t, struct view *v, const struct json *body, struct fault *why) {
    struct price_band b;
    TRY(price_band_from_json(v->snapshot, v->arena, body, &b, why));
    return price_band_put(t, &b);
}

static enum err place_of(struct view *v, const struct json *body, uint32_t *place, struct fault *why) {
    struct slice workshop = SLICE_NONE, depot = SLICE_NONE;
    uint32_t id = 0;
    TRY(supply_text(body, "workshop", LIMIT_EXTERNAL_ID_BYTES, false, &workshop, why));
    TRY(supply_text(body, "depot", LIMIT_EXTERNAL_ID_BYTES, false, &depot, why));
    if ((workshop.n == 0) == (depot.n == 0)) return fault_set(why, ERR_BAD_REQUEST, "workshop", "stock is a workshop's or a depot's");
    const char *what = workshop.n ? "workshop" : "depot";
    struct slice named = workshop.n ? workshop : depot;
    enum err e = workshop.n ? workshop_find(v->snapshot, named, &id) : depot_find(v->snapshot, named, &id);
    if (e == ERR_NOT_FOUND) return fault_set(why, ERR_BAD_REQUEST, what, "no %s is called '%.*s'", what, SLICE_ARGS(named));
    *place = workshop.n ? stock_of_workshop(id) : stock_of_depot(id);
    return e;
}

static enum err item_of(struct view *v, struct slice product, const struct json *pieces, struct stock_item *out, struct fault *why) {
    enum err e = product_find(v, product, &out->product);
    if (e == ERR_NOT_FOUND) return fault_set(why, ERR_BAD_REQUEST, "items", "no product is called '%.*s'", SLICE_ARGS(product));
    TRY(e);
    if (pieces->type != JSON_INTEGER || pieces->integer < 0 || pieces->integer > INT32_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "items", "pieces of '%.*s' are a whole number from 0", SLICE_ARGS(product));
    out->pieces = (uint32_t)pieces->integer;
    return ERR_OK;
}

static enum err put_stock(struct txn *t, struct view *v, const struct json *body, struct fault *why) {
    static const char *const KEYS[] = {"workshop", "depot", "items", NULL};
    const struct json *items = NULL;
    uint32_t place = 0;
    TRY(json_only_keys(body, KEYS, why));
    TRY(place_of(v, body, &place, why));
    TRY(json_get_object(body, "items", &items, why));
    if (!items) return fault_set(why, ERR_BAD_REQUEST, "items", "items are missing: {product: pieces}");
    if (items->count > STOCK_PRODUCTS_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "items", "a line has at most %d products", STOCK_PRODUCTS_MAX);
    struct stock_item *list = ARENA_ARRAY(v->arena, struct stock_item, items->count + 1);
    if (!list) return ERR_NO_MEMORY;
    for (size_t i = 0; i < items->count; i++) TRY(item_of(v, items->keys[i], &items->items[i], &list[i], why));
    enum err e = stock_set(t, v->arena, place, list, (unsigned)items->count);
    return e == ERR_TOO_LARGE ? fault_set(why, e, "items", "a workshop has at most %d products", STOCK_PRODUCTS_MAX) : e;
}

static put_fn *const putters[SUPPLY_KINDS] = {NULL, put_workshop, put_depot, put_district, put_dealer, put_price_band, put_stock};

enum err supply_put(struct txn *t, struct arena *scratch, enum supply_kind k, const struct json *body, struct fault *why) {
    struct view v;
    TRY(view_of_txn(t, scratch, &clock_system, &v));
    enum err e = putters[k](t, &v, body, why);
    view_of_txn_end(&v);
    return e;
}

// ---- deleting --------------------------------------------------------------------------------------------------------------------
static enum err delete_band(struct txn *t, struct arena *scratch, const struct json *body, struct fault *why) {
    struct price_band b;
    TRY(price_band_from_json(txn_snapshot(t), scratch, body, &b, why));
    enum err e = price_band_delete(t, &b);
    return e == ERR_NOT_FOUND ? fault_set(why, e, "brand", "there is no such price band") : e;
}

enum err supply_delete(struct txn *t, struct arena *scratch, enum supply_kind k, const struct json *body, struct fault *why) {
    static const char *const KEYS[] = {"id", NULL};
    struct slice id = SLICE_NONE;
    enum err e;
    if (k == SUPPLY_PRICE_BAND) return delete_band(t, scratch, body, why);
    if (k == SUPPLY_STOCK) return fault_set(why, ERR_BAD_REQUEST, "op", "stock is not deleted: put 0 pieces");
    TRY(json_only_keys(body, KEYS, why));
    TRY(supply_id(body, &id, why));
    switch (k) {
    case SUPPLY_WORKSHOP: e = workshop_delete(t, scratch, id); break;
    case SUPPLY_DEPOT: e = depot_delete(t, id); break;
    case SUPPLY_DISTRICT: e = district_delete(t, scratch, id); break;
    case SUPPLY_DEALER: e = dealer_delete(t, scratch, id); break;
    default: return ERR_INTERNAL;
    }
    return e == ERR_NOT_FOUND ? fault_set(why, e, "id", "no %s is called '%.*s'", kind_names[k], SLICE_ARGS(id)) : e;
}

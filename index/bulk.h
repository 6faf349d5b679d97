// bulk.h: one change of the data as one JSON object, the lines of POST /v1/bulk and of the files an import hands over.
//
//   {"op":"put","kind":"product","id":"p1", ...the body of PUT /v1/products/{id}}
//   {"op":"put","kind":"application","brand":"Mann","number":"W 712/94","type":"oil_filter","application":{one application of the contract}}
//   {"op":"put","kind":"vehicle", ...the body of PUT /v1/vehicles/{id}}
//   {"op":"put","kind":"offer","id":"p1","prices":[{"amount":2990,"currency":"CNY"}],"stock":12}
//   {"op":"put","kind":"offer","dealer":"acme","id":"p1","prices":[...]}     in this dealer's own price list (dealer_price.h); 0 takes it out
//   {"op":"put","kind":"view", ...the body of PUT /v1/views}
//   {"op":"put","kind":"workshop","id":"w1", ...}      also depot, district, dealer, price_band and stock, see supply.h
//   {"op":"put","kind":"exclusion","product":"p1","vehicle":"2018-volkswagen-golf","who":"anna","why":"returned twice"}
//   {"op":"put","kind":"synonym", ...the body of PUT /v1/synonyms}
//   {"op":"put","kind":"service_rule", ...the body of PUT /v1/rules without its kind}; "source" is whose figures these are
//   {"op":"delete","kind":"product","id":"p1"}      or by "brand" and "number"
//   {"op":"delete","kind":"application", ...as put}        {"op":"delete","kind":"exclusion","product":...,"vehicle":...}
//   {"op":"delete","kind":"synonym","id":"s1"}          {"op":"delete","kind":"workshop","id":"w1"}        {"op":"delete","kind":"service_rule","id":"r1"}
//   {"op":"delete","kind":"view","id":"v1"}
//   {"op":"full","brand":"Mann"}                      what follows is the brand's whole set of applications; files only
//
// A line may name its "source" and "source_line" (the file it was read from); else it is told by the caller.
#ifndef RF_INDEX_BULK_H
#define RF_INDEX_BULK_H

#include "catalog.h"
#include "key_view.h"
#include "service.h"
#include "supply.h"
#include "synonym.h"
#include "vehicle_put.h"

enum bulk_kind { BULK_PRODUCT = 1, BULK_APPLICATION, BULK_VEHICLE, BULK_OFFER, BULK_SUPPLY, BULK_EXCLUSION, BULK_SYNONYM, BULK_SERVICE_RULE, BULK_FULL,
                 BULK_DEALER_PRICE, BULK_VIEW };
// Those that are no part of a catalogue's load and name what it may bring: a file's are written after it, one by one.
static inline bool bulk_comes_after(enum bulk_kind k) {
    return k == BULK_SUPPLY || k == BULK_EXCLUSION || k == BULK_SYNONYM || k == BULK_SERVICE_RULE || k == BULK_DEALER_PRICE || k == BULK_VIEW;
}
struct bulk_op {
    enum bulk_kind kind;
    bool delete;
    struct slice id, brand, number, type; // as far as the kind has them
    struct product_doc product;
    struct application_doc application;
    struct vehicle_put vehicle;
    int64_t cny_fen, usd_cents, stock;    // offer; -1: not given
    struct slice dealer;                  // offer of a dealer's
    struct slice vehicle_id, who, why;    // exclusion
    enum supply_kind supply;              // of BULK_SUPPLY, and its line's members without op and kind:
    const struct json *body;
    struct synonym_rule synonym;
    struct service_rule service_rule;
    struct key_view view;
};

// ERR_BAD_REQUEST naming the member. Slices into the arena.
enum err bulk_decode(struct arena *a, struct json_parser *parser, struct slice line, struct slice source, uint32_t source_line,
                     struct bulk_op *out, struct fault *why);
// Applies one alone, inside a transaction. `at_ms` is the time an exclusion is said. BULK_FULL is ERR_BAD_REQUEST here. A put of a
// vehicle needs vehicle_put_prepare() first, see there.
enum err bulk_apply(struct txn *t, struct arena *scratch, const struct bulk_op *op, int64_t at_ms, struct fault *why);
// Hands one to a load: products, applications, offers and whole sets; ERR_BAD_REQUEST for other kinds.
enum err bulk_load(struct catalog_loader *l, const struct bulk_op *op, struct fault *why);

// The other way: one line, with its line feed.
void bulk_product_line(struct buf *out, const struct product_doc *doc);
void bulk_application_line(struct buf *out, enum catalog_change change, struct slice brand, struct slice number, struct slice type,
                           const struct application_doc *doc);
void bulk_offer_line(struct buf *out, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock);
void bulk_full_line(struct buf *out, struct slice brand);
void bulk_remove_line(struct buf *out, struct slice brand, struct slice number);

#endif

// assortment.h: what a request sees of the catalogue when its key has a view (key_view.h), kept between requests.
//
// view_restrict() says so for one request; from then until view_end the catalogue is the view's. It is told in one place each:
//   columns_facts, columns_facts_of   a product outside is not there: a zeroed row with FACT_DELETED
//   product_find, product_load, product_json, product_id_json   ERR_NOT_FOUND for it
//   the rows of a vehicle's groups (fitment.c), numbers (number_search.c, interchange.c)   pass it over
//   columns_offer, columns_offers_of   what the dealer asks instead of the shop's price: his own list, else his factor of the catalogue's
//       price, either moved into the brand's band
//   workshop_load, workshops_each, workshops_near   of workshops only those of the view's dealer and territories
// so that lists, totals, facets, counts, questions and suggestions are made of what is left. Nothing is kept between requests that
// depends on a view but here: what other caches hold is what the database says, read or made without restriction (assortment_lift),
// and what cannot be (the list of universal goods, members of products with a dealer's price) is not kept for a restricted request.
//
// Which products are inside is found in blocks of 64 when one of them is asked for, and remembered until the catalogue or the view
// changes: 24 bytes a block, ASSORTMENTS_KEPT views a thread.
#ifndef RF_INDEX_ASSORTMENT_H
#define RF_INDEX_ASSORTMENT_H

#include "columns.h"
#include "key_view.h"

#define ASSORTMENTS_KEPT 32

// The request at hand sees what the view `id` shows; after view_begin. ERR_NOT_FOUND: there is no such view, and the request must not
// be answered; ERR_DAMAGED, ERR_NO_MEMORY as well.
enum err view_restrict(struct view *v, struct slice id);
// The view of the request at hand; NULL: it sees everything. Valid until view_end.
const struct key_view *assortment_view(const struct view *v);

bool assortment_shows(struct view *v, uint32_t product); // of a restricted request only
static inline bool assortment_hides(struct view *v, uint32_t product) { return v->assortment && !assortment_shows(v, product); }
// The price and stock shown; `row` is the shop's.
const struct product_offer *assortment_offer(struct view *v, uint32_t product, const struct product_offer *row);
bool assortment_prices(struct view *v); // whether a dealer's prices may be other than the shop's
// The shop's own row, whatever the view: bands are factors of its price. Of a product that is shown.
const struct product_offer *assortment_shop_offer(struct view *v, uint32_t product);
// Whether columns_offer is already what this dealer asks.
bool assortment_sells_for(const struct view *v, struct slice dealer);

// For what is about the database and not an answer (a person's tastes, what ranking keeps): no restriction until it is put back.
static inline struct assortment *assortment_lift(struct view *v) {
    struct assortment *was = v->assortment;
    v->assortment = NULL;
    return was;
}
static inline void assortment_put_back(struct view *v, struct assortment *was) { v->assortment = was; }

// Things of dealers: whether the request may see what has this id (the shop's and the own dealer's), and a workshop of this dealer at
// these places (district, city, country; any may be empty). All without a view.
bool assortment_admits_id(const struct view *v, struct slice id);
bool assortment_admits_workshop(const struct view *v, struct slice dealer, const struct slice *places, unsigned count);

void assortments_free(struct assortments *a); // view_close's; NULL is fine

#endif

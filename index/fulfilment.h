// fulfilment.h: bought online, fitted in a workshop: for products and one position, which workshop nearby is done first, with parts from
// where, at what price, and which dealer is credited.
//
// What fits a product type is known (fitting.h); of the workshops that offer it, are shown and take the car, the nearest FULFILMENT_WORKSHOPS
// count, each type's own, found and read as far as its products need (workshop_near.h). A product needs one of them and its pieces: on the
// workshop's shelf, in a depot that supplies it within minutes, or with the shop itself, SHIP_DAYS away. The best workshop is the one with the least
//     minutes until its first free slot after the pieces and the customer can be there + minutes there and back
// at FULFILMENT_METRES_PER_MINUTE; equals go by distance, then number.
//
// The dealer who fulfils is the workshop's, the dealer who is credited is the one whose territory the customer is in (dealer.h). The
// price is the fulfilling dealer's: his factor of the catalogue's price, or, for keys of his own view, what they are shown of everything
// (assortment.h); moved into the brand's band (price_band.h).
#ifndef RF_INDEX_FULFILMENT_H
#define RF_INDEX_FULFILMENT_H

#include "price_band.h"
#include "product.h"
#include "slot.h"
#include "workshop_near.h"

enum { FULFILMENT_WORKSHOPS = 16, FULFILMENT_WORKSHOPS_MAX = 100, FULFILMENT_DEPOTS = 64 };
#define FULFILMENT_METRES_PER_MINUTE 500.0 // 30 km/h, as in a city

struct fulfilment_query {
    struct geo at;
    double within_m;
    uint32_t make;         // of the car; 0: any
    struct fitting any;    // where it is known what for: only workshops that offer one of these; none: all
    uint32_t in_stock;     // only those that have this product on the shelf; 0: whatever
    int64_t open_at_ms;    // only those open then, and their slots from then on; 0: whenever, from now on
    unsigned limit;        // how many workshops of a type to know; 0: FULFILMENT_WORKSHOPS
    int64_t now_ms;
    enum currency currency;
};
struct fulfilment; // lives in the view's arena, until view_end
enum err fulfilment_begin(struct view *v, const struct fulfilment_query *q, struct fulfilment **out);
// The i-th nearest of those that do what fits a type, or the type itself where it is a service; 0: one of `any`. NULL: there are no more, or no more
// that count. What needs no workshop is done by whoever is near.
enum err fulfilment_workshop(struct fulfilment *f, uint32_t type, unsigned i, const struct workshop_near **out);
bool fulfilment_partial(const struct fulfilment *f); // farther ones were not looked at, see workshops_partial()

struct fulfilled {
    const struct workshop_near *near; // NULL: nobody here can
    struct fitting services;          // that fit it; of any workshop
    enum part_source source;          // PART_NONE: nothing is needed but labour
    uint32_t depot;
    uint32_t stock;                   // pieces on the workshop's shelf that nobody has reserved
    unsigned parts_minutes;           // until the pieces are there
    int64_t earliest_ms;              // the first free slot from then on
    bool priced;                      // the product has a price in the currency asked for
    bool banded;                      // floor and ceiling of `price` mean something
    struct banded_price price;
    struct slice fulfilled_by, credited_to; // dealers' ids, empty for none
};
// `quantity`: pieces the car needs.
enum err fulfilment_of(struct fulfilment *f, uint32_t product, unsigned quantity, struct fulfilled *out);
// What one workshop, which fulfilment_workshop() gave, can do about a product: as above, but for that one; near is NULL when it cannot.
enum err fulfilment_at(struct fulfilment *f, const struct workshop_near *shop, uint32_t product, unsigned quantity, struct fulfilled *out);
// The first free slot of such a workshop from now on, -1 for none: what is said of it when no product is meant.
enum err fulfilment_earliest(struct fulfilment *f, const struct workshop_near *shop, int64_t *out);

// How near and how soon, 0 to 1, for the order of many products: 1 / (1 + minutes / 240), the minutes until pieces are there and those of
// the way there and back; hours and slots are left out. What needs no workshop counts as sent, what cannot be had as 0.
float fulfilment_nearness(struct fulfilment *f, uint32_t product);

#endif

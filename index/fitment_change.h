// fitment_change.h: what a load would do to verdicts: each product it changes, as it is and as it would be, on a list of cars.
//
// Only products of the load are judged, each on the cars that its applications cover before or after (all cars where one of both is
// universal). A car is a base vehicle with all its configurations and nothing answered.
//
// `no` and `unknown` differ in whether the brand lists the type for the car by any product (fitment.h, 2), and other products of the load
// may change that. Such a verdict is undecided until all products were seen: counts and fitment_change_to() are right after
// fitment_changes_settle(). They then equal fitment_of_product() before and after the load.
//
// Memory: the cars' configurations, one product's applications, and 40 bytes and a map entry for each (brand, type, car) met.
#ifndef RF_INDEX_FITMENT_CHANGE_H
#define RF_INDEX_FITMENT_CHANGE_H

#include "catalog_version.h"
#include "fitment.h"

#define FITMENT_CHANGE_CARS_MAX 10000u

enum { FITMENT_ABSENT = VERDICT_FITS + 1, FITMENT_STATES }; // beside the verdicts: there is no such product
const char *fitment_state_name(unsigned state);

struct fitment_change {
    uint32_t car;       // place in the list given
    uint8_t from, to;   // a verdict or FITMENT_ABSENT
    uint32_t undecided; // not 0: `to` may be another one, see fitment_change_to()
};

struct fitment_changes;
// Opens a view of its own on what is stored now. ERR_NOT_FOUND for a base vehicle that is not there, ERR_TOO_LARGE.
enum err fitment_changes_new(struct db *db, const uint32_t *vehicles, unsigned count, struct fitment_changes **out);
void fitment_changes_free(struct fitment_changes *c);
// One product, each at most once; `product` is 0 for a new one. The changes, ascending by car, are good until the next call.
enum err fitment_changes_of(struct fitment_changes *c, uint32_t product, const struct product_version *before,
                            const struct product_version *after, const struct fitment_change **out, unsigned *count);
enum err fitment_changes_settle(struct fitment_changes *c);
unsigned fitment_change_to(const struct fitment_changes *c, const struct fitment_change *change); // may come out equal to `from`
uint64_t fitment_changes_count(const struct fitment_changes *c, unsigned from, unsigned to);
uint64_t fitment_changes_judged(const struct fitment_changes *c); // pairs of product and car looked at

#endif

// product_variants.h: one article for several positions: products of one brand and type that a list may show as one entry with a choice.
//
// They say so themselves, by the attribute `variant_of` (any text, compared as a part number; usually the number of one of them), or
// their numbers differ in nothing but a last F, R, L, FL, FR, RL, RR, LF, RF, LR, LH or RH after at least four characters with a
// digit ("BP1203F", "BP1203-R"). The number without one counts too. Only for showing: nothing is inferred about fit.
#ifndef RF_INDEX_PRODUCT_VARIANTS_H
#define RF_INDEX_PRODUCT_VARIANTS_H

#include "product.h"

#define VARIANTS_MAX 24

struct product_variant { uint32_t product; uint8_t position; }; // NAMES_POSITION of its first application; 0 = none
struct product_variants {
    struct slice group;          // brand and what the numbers share: equal for all of them; empty when it has no variants
    unsigned count;              // the product itself included; 0 when there is no other
    struct product_variant list[VARIANTS_MAX]; // by product id
};
enum err product_variants(struct view *v, uint32_t product, struct product_variants *out);

// The `variant_of` of a record's attributes, empty where there is none; TABLE_NUMBER keeps it under NUMBER_VARIANT.
struct slice product_variant_of(const struct product *p);

#endif

// product_block.h: what is stored of some candidates at once, so that filters and facets look each product up once a request and
// answer for many of them in one word of bits.
#ifndef RF_INDEX_PRODUCT_BLOCK_H
#define RF_INDEX_PRODUCT_BLOCK_H

#include "fitment.h"
#include "product_values.h"

#define BLOCK_PRODUCTS 64 // a bit each

enum { BLOCK_FACTS = 1, BLOCK_OFFERS = 2, BLOCK_VALUES = 4, BLOCK_FIT = 8 }; // what a reader needs, as a set; FIT: verdicts of the matches

struct product_block {
    unsigned n;
    const struct match *matches;
    const struct product_facts *facts[BLOCK_PRODUCTS]; // read where the set of needs says so, else unset
    const struct product_offer *offers[BLOCK_PRODUCTS];
    struct value_row values[BLOCK_PRODUCTS];
};

static inline uint64_t product_block_all(const struct product_block *b) {
    return b->n == BLOCK_PRODUCTS ? UINT64_MAX : (UINT64_C(1) << b->n) - 1;
}

// n <= BLOCK_PRODUCTS. Points into the snapshot and to `matches`.
static inline void product_block_read(struct view *v, const struct match *matches, unsigned n, unsigned needs, struct product_block *out) {
    uint32_t products[BLOCK_PRODUCTS];
    out->n = n;
    out->matches = matches;
    for (unsigned i = 0; i < n; i++) products[i] = matches[i].product;
    if (needs & BLOCK_FACTS) columns_facts_of(v, products, n, out->facts);
    if (needs & BLOCK_OFFERS) columns_offers_of(v, products, n, out->offers);
    if (needs & BLOCK_VALUES) product_values_of(v, products, n, out->values);
}

#endif

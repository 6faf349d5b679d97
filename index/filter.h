// filter.h: Algolia's filter grammar over products: `brand:Mann AND (price < 5000 OR rating >= 4) AND NOT kind:service`.
//
// Full boolean groups. Fields: brand, type, kind, class (product_class.h), fit, universal, in_stock, price (minor units of the request's currency),
// rating, stock, attributes.<name>. `field:value` and `field:"a value"` test equality (case folded for names), `field:1 TO 9` and
// the operators < <= = != >= > test numbers. A product without a price in that currency or without a rating is in no range.
// `attributes.<name>` takes both: equality of the text, and ranges over values that are plain numbers; one of several values
// will do, and != asks that none of them is equal.
// A parsed filter is a conjunction of terms, so that a facet can be counted with its own terms left out.
#ifndef RF_INDEX_FILTER_H
#define RF_INDEX_FILTER_H

#include "product.h"
#include "product_block.h"

#define FILTER_TERMS_MAX 32 // of the outermost AND

struct filter_node;
struct filter {
    unsigned term_count;
    const struct filter_node *terms[FILTER_TERMS_MAX];
    struct slice fields[FILTER_TERMS_MAX]; // the one field a term is about; empty when it is about several
    enum currency currency;
    unsigned needs; // of the blocks it is tested on: BLOCK_FACTS, ... With BLOCK_FIT it asks for verdicts
};

enum err filter_parse(struct view *v, struct slice text, enum currency currency, struct filter *out, struct fault *why);
// Bit i of terms[t]: term t holds for product i of the block. Each product is looked at once for each condition.
void filter_test(struct view *v, const struct filter *f, const struct product_block *b, uint64_t terms[FILTER_TERMS_MAX]);
// The products of the block that pass all terms of the mask.
uint64_t filter_passed(const struct product_block *b, const uint64_t terms[FILTER_TERMS_MAX], uint32_t mask);
bool filter_passes(struct view *v, const struct filter *f, const struct match *m); // one product, all terms
static inline uint32_t filter_all(const struct filter *f) {
    return f->term_count == 32 ? UINT32_MAX : ((uint32_t)1 << f->term_count) - 1;
}
// The terms that do not concern `field`, for that facet's own counts.
uint32_t filter_without(const struct filter *f, struct slice field);

#endif

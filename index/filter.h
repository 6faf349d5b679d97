// filter.h: Algolia's filter grammar over products: `brand:Mann AND (price < 5000 OR rating >= 4) AND NOT kind:service`.
//
// Full boolean groups. Fields: brand, type, kind, class (product_class.h), fit, universal, in_stock, price (minor units of the request's currency),
// rating, stock, attributes.<name>. `field:value` and `field:"a value"` test equality (case folded for names), `field:1 TO 9` and
// the operators < <= = != >= > test numbers. A parsed filter is a conjunction of terms, so that a facet can be counted with
// its own terms left out.
#ifndef RF_INDEX_FILTER_H
#define RF_INDEX_FILTER_H

#include "fitment.h"
#include "product.h"

#define FILTER_TERMS_MAX 32 // of the outermost AND

struct filter_node;
struct filter {
    unsigned term_count;
    const struct filter_node *terms[FILTER_TERMS_MAX];
    struct slice fields[FILTER_TERMS_MAX]; // the one field a term is about; empty when it is about several
    enum currency currency;
};

enum err filter_parse(struct view *v, struct slice text, enum currency currency, struct filter *out, struct fault *why);
// Bit i: term i holds. All bits of (1 << term_count) - 1: the product passes.
uint32_t filter_test(struct view *v, const struct filter *f, const struct match *m);
static inline uint32_t filter_all(const struct filter *f) {
    return f->term_count == 32 ? UINT32_MAX : ((uint32_t)1 << f->term_count) - 1;
}
// The terms that do not concern `field`, for that facet's own counts.
uint32_t filter_without(const struct filter *f, struct slice field);

#endif

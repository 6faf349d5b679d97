// facet.h: exact counts of the values of a field over a result set, and the least and greatest of its numbers.
//
// Fields: brand, type, kind, class, fit, rating (whole stars), in_stock, price (counted in ranges of round numbers, as the filter
// grammar writes them: "5000 TO 9999"), attributes.<name>. Counted by id and named at the end, so counting never looks at a text.
// A facet's own filter is left out of its counts (filter_without), so that a person can pick a second value. A product counts
// once for each of its values.
#ifndef RF_INDEX_FACET_H
#define RF_INDEX_FACET_H

#include "product.h"
#include "product_block.h"

#define FACET_NAMED_MAX 4096 // values whose texts are looked at: of more different ones the most frequent

enum facet_order { FACET_BY_COUNT, FACET_BY_VALUE }; // then by value; numbers by size, before texts

struct facet_value { struct slice text; double number; uint32_t count; }; // number: NAN where the text is none
struct facet {
    struct slice field;
    uint32_t mask;              // filter terms that count for it
    unsigned needs;             // of the blocks it counts: BLOCK_FACTS, ...
    // What the caller may change before facet_finish (the currency before facet_add): facet_begin sets LIMIT_FACET_VALUES, by count, all
    // values, CNY.
    unsigned limit;
    enum facet_order order;
    struct slice prefix;        // folded (text.h): values that begin so, folded themselves; empty: all
    enum currency currency;
    // After facet_finish
    unsigned count;
    struct facet_value *values; // at most `limit`
    bool has_range;             // there were numbers; not told of attributes of more than FACET_NAMED_MAX values
    double least, greatest;     // of all of them, whatever limit and prefix leave
    struct facet_table *table;
};

// ERR_BAD_REQUEST `facets` for a field that cannot be counted.
enum err facet_begin(struct view *v, struct slice field, uint32_t mask, struct facet *out, struct fault *why);
// The products of the block whose bits are set.
enum err facet_add(struct view *v, struct facet *f, const struct product_block *b, uint64_t products);
enum err facet_finish(struct view *v, struct facet *f);

#endif

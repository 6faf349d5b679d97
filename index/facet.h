// facet.h: exact counts of the values of a field over a result set.
//
// Fields that are columns (brand, type, kind, class, fit, rating, in_stock) are counted by id and named at the end; attributes.<name>
// are read from the record. A facet's own filter is left out of its counts, so that a person can pick a second value.
#ifndef RF_INDEX_FACET_H
#define RF_INDEX_FACET_H

#include "fitment.h"

struct facet_value { struct slice text; uint32_t id, count; };
struct facet {
    struct slice field;
    uint32_t mask;              // filter terms that count for it
    unsigned count;
    struct facet_value *values; // after facet_finish: by count descending, then text; at most LIMIT_FACET_VALUES
    struct facet_table *table;
};

// ERR_BAD_REQUEST `facets` for a field that cannot be counted.
enum err facet_begin(struct view *v, struct slice field, uint32_t mask, struct facet *out, struct fault *why);
enum err facet_add(struct view *v, struct facet *f, const struct match *m);
enum err facet_finish(struct view *v, struct facet *f);

#endif

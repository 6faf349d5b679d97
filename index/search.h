// search.h: from a query and what is known of the car to the complete candidate set, with exact totals and facets.
//
// Order of business: the universe is what fits (K), or what the words name where no car is given; then filters; then facets.
// Nothing is ranked here beyond the tier a candidate is in: model/ scores inside tiers.
#ifndef RF_INDEX_SEARCH_H
#define RF_INDEX_SEARCH_H

#include "facet.h"
#include "filter.h"
#include "query.h"

struct search_query {
    struct slice q;
    uint32_t type;                  // 0 = any; the type parameter of lists that name one
    const struct knowledge *k;
    const struct filter *filter;
    unsigned facet_count;
    struct facet *facets;           // begun by the caller
};

struct candidate_hit {
    struct match match;
    uint8_t tier;                   // 0 first: how directly the query names it
};

struct search_result {
    struct understood understood;
    struct candidate_hit *hits;     // pass the filters; ascending by product
    unsigned count;
    struct match *number_matches;   // the number leads there, the car does not
    unsigned number_match_count;
    struct fitment fitment;         // of the universe, for the question; empty without a car
    uint8_t *kept;                  // a byte per fitment match: it is among the hits
};

enum err search_run(struct view *v, const struct search_query *query, struct search_result *out);

#endif

// search.h: from a query and what is known of the car to the complete candidate set, with exact totals and facets.
//
// Order of business: the words are understood (query.h); the car they name becomes K, or narrows the one given; the universe is what fits
// K, or what the words name where there is no car; every other demand (numbers, brands, specifications, words) takes from it; then
// filters; then facets. Nothing is ranked here beyond the tier a candidate is in: model/ scores inside tiers.
//
// Where nothing is left, demands are given up one by one until something is, and named in `dropped`: words no product has, the position,
// the other words from the last to the first, brands, specifications. Never the car, the type or a number: what is shown then
// would be something else.
#ifndef RF_INDEX_SEARCH_H
#define RF_INDEX_SEARCH_H

#include "facet.h"
#include "filter.h"
#include "number_search.h"
#include "query.h"
#include "words.h"

struct search_query {
    struct slice q;
    uint32_t type;                  // 0 = any; the type parameter of lists that name one
    const struct knowledge *k;      // the car given beside the words; not `given` where there is none
    struct slice vehicle;           // what k was made of, with attrs and market, so that the words can add an answer; empty: they cannot
    struct slice attrs, market;     // without a vehicle: answers about the car the words name
    bool market_usual;              // nobody asked for this market: without a vehicle in it, any will do
    unsigned work_max;              // candidates, and what costs as much as so many: what needs more is given up (`beyond`); 0: no bound
    const struct filter *filter;
    unsigned facet_count;
    struct facet *facets;           // begun by the caller
};

// How directly a candidate was named, 0 first. Numbers before words: a query that holds a number is about it.
// Where a number is sought, tier / SEARCH_NUMBER_STEP is its enum number_tier; within one, a product's own number goes before others that name it,
// and then the words' tier counts, tier % SEARCH_WORD_TIERS. Else it is that of the words alone.
#define SEARCH_WORD_TIERS 4
#define SEARCH_NUMBER_STEP (2 * SEARCH_WORD_TIERS)
struct candidate_hit {
    struct match match;
    uint8_t tier;
};

#define SEARCH_NUMBER_MATCHES_MAX 64
#define SEARCH_DROPPED_MAX (QUERY_MEANINGS_MAX + 8)

struct search_result {
    struct understood understood;
    const struct knowledge *k;      // the car the candidates were tested with
    bool beyond;                    // it takes more than work_max: the query was understood and nothing was found
    bool by_number;                 // a number is sought
    bool car_conflict;              // the words name another car than the one given, which stands
    struct candidate_hit *hits;     // pass the filters; ascending by product
    unsigned count;
    struct match *number_matches;   // the number leads there, the car does not; of a piece of a number that many have, the most direct ones
    unsigned number_match_count;
    struct fitment fitment;         // of the universe, for the question; empty without a car
    uint8_t *kept;                  // a byte per fitment match: it is among the hits
    struct word_query *words;       // as they were matched; NULL without words
    unsigned dropped_count;
    struct slice dropped[SEARCH_DROPPED_MAX]; // what had to be given up
};

// ERR_BAD_REQUEST `attrs` where the answers leave nothing of the car.
enum err search_run(struct view *v, const struct search_query *query, struct search_result *out, struct fault *why);

#endif

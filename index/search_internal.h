// search_internal.h: what the steps of search_run() share, and the steps themselves. For index/search*.c only.
//
//   search_car -> search_numbers -> demands_words -> a universe (of the numbers, of the car, or named) -> universe_meet
//   and, while nothing is left, demands_relax -> a universe again
#ifndef RF_INDEX_SEARCH_INTERNAL_H
#define RF_INDEX_SEARCH_INTERNAL_H

#include "search.h"
#include "spec_tokens.h"

// Candidates. Filled anew in the same room each time a demand is given up: of thousands of them that room must not grow with the words.
struct universe {
    struct match *list; // ascending by product
    uint8_t *tiers;     // as many, once the demands have been met
    uint32_t *products; // for words_filter(), with what it finds of each
    uint8_t *found;
    unsigned count, capacity, met_capacity;
};

// What a candidate has to be beside fitting.
#define DEMAND_SPECS_MAX (QUERY_SPECS_MAX * SPEC_OF_PATTERN_MAX)
struct demands {
    unsigned word_count, number_count, spec_count;
    struct slice words[QUERY_MEANINGS_MAX]; // still required
    struct word_query *word_query;          // of those; NULL: none
    bool brands, position;
    struct spec_value specs[DEMAND_SPECS_MAX];
    struct number_found *numbers;           // where a number is sought: all it leads to, ascending by product
    bool by_number;
    struct universe numbered;               // what they lead to for the car `numbered_for`; NULL: not found yet
    const struct knowledge *numbered_for;
};

// ---- search_car.c
// K of the words, or the K given as far as they narrow it. position: whether the words' position is one of its answers.
enum err search_car(struct view *v, const struct search_query *q, bool position, struct search_result *r, struct fault *why);

// ---- search_by_number.c
// What the words' numbers lead to, into *d; a word that only looked like one becomes a word like others.
enum err search_numbers(struct view *v, const struct understood *u, struct demands *d);
// How many products of numbers are judged that do not fit.
unsigned search_number_matches_max(const struct knowledge *k);
// The universe where a number is sought. The same however many other demands are given up.
enum err search_numbered(struct view *v, struct demands *d, struct search_result *r, struct universe *out);
uint8_t search_number_tier(const struct demands *d, uint32_t product); // how directly a number leads there, as in search.h

// ---- search_universe.c
enum err universe_add(struct arena *a, struct universe *u, const struct match *m);
enum err universe_add_matches(struct arena *a, struct universe *u, const struct match *list, unsigned count);
// With a car: what fits it. Without: what the demand that names fewest does, of no verdict yet; r->beyond where that is too much to read.
enum err universe_fitting(struct view *v, const struct search_query *q, struct search_result *r, struct universe *out);
enum err universe_named(struct view *v, const struct search_query *q, const struct demands *d, struct search_result *r, struct universe *out);
// A universal product is so without a car as well; the rest has no verdict yet. Leaves out what is deleted or of another type.
void universe_verdicts(struct view *v, const struct search_query *q, const struct search_result *r, struct universe *u);
// Leaves those that meet every demand, each with its tier (search.h).
enum err universe_meet(struct view *v, const struct understood *u, const struct demands *d, struct universe *list);

// ---- search_relax.c
// Prepares the words still required. Of more words than are matched (WORDS_MAX) the last are given up.
enum err demands_words(struct view *v, struct search_result *r, struct demands *d);
// Gives up the next demand, in the order search.h states. *again: there was one.
enum err demands_relax(struct view *v, const struct search_query *q, struct search_result *r, struct demands *d, bool *again, struct fault *why);

#endif

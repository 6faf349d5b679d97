// number_grams.h: the tokens (posting.h) under which a product is found by a piece of its part numbers or by characters that look
// alike, and the walk through their lists.
//
// Of every number that names the product (its own, OE, competitors', superseded and superseding ones):
//   'n' + every 4 characters of the canonical form in a row, but the first 4: what a number begins with is found in TABLE_NUMBER,
//         and the letters all numbers of a catalogue begin with would make the longest lists for nothing;
//   'o' + the canonical form with O as 0 and I as 1, where that is another text.
// So a piece of 4 characters inside a number is one list; a longer one is the products that stand in the lists of all its grams,
// which is necessary but not sufficient: the grams may come from two numbers.
#ifndef RF_INDEX_NUMBER_GRAMS_H
#define RF_INDEX_NUMBER_GRAMS_H

#include "posting.h"
#include "product_tokens.h"

#define NUMBER_GRAM 4
#define NUMBER_GRAM_LISTS 16 // of one walk; they cover the longest number

// Writes the canonical form with O as 0 and I as 1 into out (of canonical.n bytes); true when that is another text.
bool number_lookalike(struct slice canonical, char out[]);

enum err number_tokens(struct token_list *l, const struct product *p); // a number of more than LIMIT_PART_NUMBER_BYTES has none

// Products that have every gram of a piece, ascending. From one product to the next it takes at most one posting_seek per list for every
// entry of the shortest list, whichever that is: the lists lead each other.
struct number_grams { struct posting lists[NUMBER_GRAM_LISTS]; unsigned count; };
enum err number_grams_open(struct view *v, struct slice canonical, struct number_grams *out); // of NUMBER_GRAM characters and more
uint32_t number_grams_next(struct number_grams *g, uint32_t at_least);                        // UINT32_MAX: no more
enum err number_grams_close(struct number_grams *g);

#endif

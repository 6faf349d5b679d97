// number_search.h: every product a part number leads to, from its exact spelling down to a piece of a number. Never by typo: one
// character more or less is another part.
//
// What is searched are the numbers that name a product: its own, OE, competitors', those it supersedes or is superseded by; not the
// numbers of a kit's components nor variants. A product is in the best tier any of them gives it:
//
//   EXACT      its own number as it is stored, but for upper and lower case: "w 719/30" for "W 719/30"
//   CANONICAL  its own number in another spelling (number.h): "W71930"
//   CROSS      another number that names it, in any spelling; exchange over several steps is interchange.h's business
//   LOOKALIKE  any of these when O counts as 0 and I as 1: "O6A115561B". In whole numbers only
//   PREFIX     a number goes on behind the text, which has at least 3 canonical characters
//   INFIX      the text, of at least 4 canonical characters, stands at the end or inside of a number
//
// So "123" finds "123456" but not "Z123"; "Z12" finds both "Z123" and "Z124"; "0123" does not find "Z123".
// Canonical forms are compared, so text that holds more than a number must be cut by the caller; a text of more than
// LIMIT_PART_NUMBER_BYTES canonical characters finds nothing, in the time it takes to see that.
//
// Work: one seek and one step for every record of TABLE_NUMBER that begins with the text; for INFIX the walk of number_grams.h. The gram
// of a text of 4 characters proves the match (unless only some brands' numbers are asked for); of a longer text one record is read for
// every product that has all grams and is in no better tier, at most NUMBER_COMPARED_MAX of them, some 20 ms: the rest is left
// out and `truncated` says so. That takes a catalogue in which so many numbers share a piece of 5 characters behind their beginning.
#ifndef RF_INDEX_NUMBER_SEARCH_H
#define RF_INDEX_NUMBER_SEARCH_H

#include "number.h"

#define NUMBER_PREFIX_MIN 3
#define NUMBER_INFIX_MIN 4
#define NUMBER_COMPARED_MAX 20000
#define NUMBER_NAMED_MAX 500

enum number_tier { NUMBER_EXACT, NUMBER_CANONICAL, NUMBER_CROSS, NUMBER_LOOKALIKE, NUMBER_PREFIX, NUMBER_INFIX, NUMBER_TIERS };

struct number_found {
    uint32_t product, brand; // brand: whose number it is; of OE numbers the maker
    uint16_t quantity;       // of the product in place of one of that number
    uint8_t tier, relation;  // the most direct relation of its tier
    // INFIX found by its only gram: which of the product's numbers it is was not looked up. Brand 0, quantity 1, relation 0.
};

struct number_query {
    struct slice text;
    bool partial;           // false: up to LOOKALIKE only
    const uint32_t *brands; // only numbers of these, or of their products; none: of any
    unsigned brand_count;
};
struct number_answer {
    struct number_found *list; // ascending by product; one per product; in the view's arena
    unsigned count;
    bool truncated;            // more than NUMBER_COMPARED_MAX products have every gram of the text, and some were not looked at
};

// ERR_NO_MEMORY, ERR_DAMAGED. Text without a letter or digit finds nothing.
enum err number_find(struct view *v, const struct number_query *query, struct number_answer *out);
enum err number_search(struct view *v, struct slice text, bool partial, struct number_found **out, unsigned *count); // of any brand

// Some products with a number that begins with the text, shortest and first in order of their numbers, whole numbers before all: what a
// list shows while a number is being typed. Looks at `looks` records at most, so a short text finds only a few of its products.
// None for texts of fewer than NUMBER_PREFIX_MIN characters. At most `max` into out[max].
enum err number_begins(struct view *v, struct slice text, unsigned looks, struct number_found *out, unsigned max, unsigned *count);

// Whether anybody has this number, EXACT to LOOKALIKE: what number_find would find there, for three seeks at most.
enum err number_known(struct view *v, struct slice text, bool *out);

#endif

// type_suggest.h: product types for a text that is being typed, in either language.
//
// Phrases of types stand once more in TABLE_LEXICON, under a first byte no folded text has, so that those of one beginning are a short
// walk with nothing else between them: from their first word, from each later word ("filter" leads to "oil filter"), and by their
// pinyin, in full and in initials.
//
//   key 1, form u8, text from a word on, 0, type u32, hash of the phrase u32 -> weight u8, the whole phrase
//
// Tiers, best first: the phrase begins so; a later word begins so, or all words typed begin words of it; it sounds so; with one typing
// error. A type is in the best tier any phrase gives it; within a tier the more common one first.
#ifndef RF_INDEX_TYPE_SUGGEST_H
#define RF_INDEX_TYPE_SUGGEST_H

#include "fitment.h"
#include "lexicon.h"

enum type_tier { TYPE_BEGINS, TYPE_WORD, TYPE_SOUNDS, TYPE_TYPO };
enum { TYPE_SUGGEST_LOOKS = 512, TYPE_SUGGEST_FOUND = 64, TYPE_SUGGEST_MAX = 16 };

struct type_suggestion {
    uint32_t type, products; // products: how many there are, roughly where they are many; for a car, that fit or may fit
    uint8_t tier;
};

// At most `max` (up to TYPE_SUGGEST_MAX), best first. With a resolved car those of which it has products come before the others.
enum err type_suggest(struct view *v, struct slice folded, const struct knowledge *k, unsigned max, struct type_suggestion *out,
                      unsigned *count);

// Part of lexicon_put().
enum err type_suggest_put(struct txn *t, struct arena *scratch, struct slice folded, uint32_t type, uint32_t weight);

#endif

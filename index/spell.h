// spell.h: words of titles that are a few edits from a misspelt one, by symmetric deletion (Garbe's SymSpell).
//
// A word stands in TABLE_WORD_SPELL under every text that letters.h leaves of it, so a look-up is a few dozen seeks at any vocabulary.
// Edits, and how many of them a word may have, are those of letters.h. Words with a digit and Han are never corrected, nor corrected to.
//
// A wrong first letter is rare: of words equally many edits away those with the same first letter come first and alone.
//
// Key: text left, 0, word; value: empty. Kept with the postings; what is read is checked against its posting, so a word that is gone
// is never offered.
#ifndef RF_INDEX_SPELL_H
#define RF_INDEX_SPELL_H

#include "base/buf.h"
#include "view.h"

enum {
    SPELL_LETTERS_MIN = 3, // of a word that is kept
    SPELL_LOOKS = 4096,    // records read for one word
    SPELL_SEEKS = 600,     // for the beginnings of words
};

bool spell_keeps(struct slice folded_word); // whether it may be corrected to

struct spell_word { struct slice word; uint8_t edits; bool first_differs; uint32_t products; }; // products: posting_estimate
// The nearest words, all of the lowest cost (edits, then first letter), most common first, at most `max`; arena.
enum err spell_near(struct view *v, struct slice folded_word, struct spell_word *out, unsigned max, unsigned *count);
// Beginnings of words one edit from `folded`, the first letter the same; the shortest of each, in their order. `products` is not told.
enum err spell_near_beginning(struct view *v, struct slice folded, struct spell_word *out, unsigned max, unsigned *count);

enum err spell_put(struct txn *t, struct slice folded_word);
enum err spell_delete(struct txn *t, struct slice folded_word);
// Bulk: the keys of many words, on the heap; sorted they go into an empty table in that order, equal neighbours once.
struct spell_keys { struct buf bytes; uint32_t *at; size_t count, capacity; }; // zeros at first
enum err spell_keys_add(struct spell_keys *k, struct slice folded_word);
void spell_keys_sort(struct spell_keys *k);
struct slice spell_key(const struct spell_keys *k, size_t i);
void spell_keys_free(struct spell_keys *k);

#endif

// letters.h: the letters of a word that may be misspelt: edits between two words, and what is left when letters are left out.
//
// Shared by the words of titles (spell.h) and of the lexicon (lexicon_near.h), which find misspelt words by symmetric deletion (Garbe's
// SymSpell): a word stands under every text that leaving out letters from its first LETTERS_PREFIX leaves, the same is done to what is
// sought, and two words within d edits meet under such a text after at most d deletions on either side. An edit is an insertion, a
// deletion, a substitution or the transposition of neighbours (restricted Damerau-Levenshtein distance, or optimal string alignment).
#ifndef RF_INDEX_LETTERS_H
#define RF_INDEX_LETTERS_H

#include "base/slice.h"

enum {
    LETTERS_MAX = 32,    // of a word that is corrected, or corrected to
    LETTERS_PREFIX = 7,  // letters that are deleted from
    LETTERS_DELETIONS_MAX = 1 + LETTERS_PREFIX + LETTERS_PREFIX * (LETTERS_PREFIX - 1) / 2,
};

// Code points with the byte offset of each; one entry more for the end. count is 0 for a word that is never corrected: with a digit, Han,
// no UTF-8, longer than LETTERS_MAX, or so long that a posting holds it cut off.
struct letters { unsigned count; int32_t letter[LETTERS_MAX]; uint8_t at[LETTERS_MAX + 1]; };
void letters_of(struct slice folded_word, struct letters *out);

// Edits allowed in a word of so many letters that somebody typed: one from four on, two from eight on.
static inline unsigned letters_edits(size_t count) { return count < 4 ? 0 : count < 8 ? 1 : 2; }
// Edits with which such a word may be found, by one that is longer than itself and may have more of them.
static inline unsigned letters_edits_found(size_t count) { return count < 3 ? 0 : count < 6 ? 1 : 2; }

// Edits between two words; `most` + 1 when there are more than `most`.
unsigned letters_distance(const struct letters *a, const struct letters *b, unsigned most);

// One row of the distance's table: edits between the first i letters of one word and every beginning of `other`.
typedef uint8_t letters_row[LETTERS_MAX + 1];
void letters_row_first(const struct letters *other, letters_row out);
// Row i + 1 from rows i and i - 1 (NULL at i = 0), for the letter after `before`; returns its least value.
unsigned letters_row_next(const struct letters *other, int32_t before, int32_t letter, const uint8_t *previous2, const uint8_t *previous, letters_row out);

// What is left of the first letters without up to `edits` of them, each once, that without none first.
struct deletions { unsigned count; uint8_t n[LETTERS_DELETIONS_MAX]; char bytes[LETTERS_DELETIONS_MAX][LETTERS_PREFIX * 4]; };
void deletions_of(struct slice word, const struct letters *l, unsigned edits, struct deletions *out);
static inline struct slice deletion(const struct deletions *d, unsigned i) { return slice_of(d->bytes[i], d->n[i]); }

#endif

// spell_internal.h: letters of a word, shared by spell.c (keys and look-ups) and spell_near.c (distances and beginnings).
#ifndef RF_INDEX_SPELL_INTERNAL_H
#define RF_INDEX_SPELL_INTERNAL_H

#include "spell.h"

// Letters as code points with the byte offset of each; one entry more for the end. count is 0 for a word that is never corrected:
// with a digit, Han, no UTF-8, or longer than SPELL_LETTERS_MAX.
struct letters { unsigned count; int32_t letter[SPELL_LETTERS_MAX]; uint8_t at[SPELL_LETTERS_MAX + 1]; };
void spell_letters(struct slice word, struct letters *out);

// One row of the distance's table: edits between the first i letters of one word and every beginning of `other`.
typedef uint8_t spell_row[SPELL_LETTERS_MAX + 1];
void spell_first_row(const struct letters *other, spell_row out);
// Row i + 1 from rows i and i - 1 (NULL at i = 0), for the letter after `before`; returns its least value.
unsigned spell_next_row(const struct letters *other, int32_t before, int32_t letter, const uint8_t *previous2, const uint8_t *previous,
                        spell_row out);

#endif

// lexicon.h: every phrase of the trade, normalised, with what it may mean: types, groups, brands, makes, models, what is said
// of cars beside those (car_word.h), positions, and words that say nothing.
//
// A phrase stands as folded text (text.h); where it has separators also squeezed and with blanks, so that "F-150",
// "f150" and "f 150" are one. Queries are segmented against it: the longest phrase that matches wins, so look-ups also
// tell whether a longer phrase begins like this one. Derived from records; vehicle_names_rebuild() writes it anew.
#ifndef RF_INDEX_LEXICON_H
#define RF_INDEX_LEXICON_H

#include "view.h"

enum lexicon_kind {
    LEXICON_TYPE = 1, LEXICON_BRAND = 2, LEXICON_MAKE = 3, LEXICON_MODEL = 4, LEXICON_GROUP = 5,
    LEXICON_CAR = 6, LEXICON_POSITION = 7, LEXICON_FILLER = 8, // the id is a car word's: car_word_load() tells what it says
    LEXICON_KIND_COUNT
};
enum { // weights: how directly a phrase names the thing. With other separators ("f 150") it is LEXICON_VARIANT less
    LEXICON_NAME = 100, // its name in one of the languages
    LEXICON_SYNONYM = 80,
    LEXICON_SLUG = 60,
    LEXICON_SOUND = 50, // a Chinese name's pinyin in full, for makes and models; up to here nobody wrote the phrase so
    LEXICON_VARIANT = 10,
};

struct lexicon_entry { enum lexicon_kind kind; uint32_t id, weight; };

// Meanings of one folded phrase, at most `max`, by kind and id; *longer: some other phrase begins with this one.
enum err lexicon_lookup(struct view *v, struct slice folded, struct lexicon_entry *out, unsigned max, unsigned *count,
                        bool *longer);
// Ids of one kind whose phrases (not their pinyin) begin with `folded`, at most `max`, in the order of their phrases; looks at a bounded number
// of phrases.
enum err lexicon_prefix(struct view *v, struct slice folded, enum lexicon_kind kind, uint32_t *out, unsigned max, unsigned *count);
// Adds a phrase and its variants, how it sounds (lexicon_sound.h) and what may be misspelt for it (lexicon_near.h); a phrase that
// is there keeps the higher weight.
enum err lexicon_put(struct txn *t, struct arena *scratch, struct slice phrase, enum lexicon_kind kind, uint32_t id,
                     uint32_t weight);
// Every piece of a list joined by '|'.
enum err lexicon_put_list(struct txn *t, struct arena *scratch, struct slice list, enum lexicon_kind kind, uint32_t id,
                          uint32_t weight);
enum err lexicon_clear(struct txn *t); // all phrases, sounds and spellings

#endif

// lexicon_near.h: phrases of the lexicon that a misspelt one may stand for, each with its distance, nearest first.
//
// Latin: word by word, found and measured as letters.h says, with as many edits in each word as it allows. Words with a digit in them never.
// A phrase of several words may have edits in each, as many as asked for in all.
// Han: two characters by sound only (the same pinyin, another character); three or more also by one character inserted, left out or
// replaced, unless that character tells things apart (numbers, front and rear, new and old, petrol and diesel).
// What says nothing (LEXICON_FILLER) is never a correction. Work is bounded: so many probes, so many records of each.
#ifndef RF_INDEX_LEXICON_NEAR_H
#define RF_INDEX_LEXICON_NEAR_H

#include "lexicon.h"

enum { NEAR_WORDS_MAX = 6, NEAR_EDITS_MAX = 2 }; // of one phrase

struct lexicon_near {
    struct lexicon_entry entry;
    struct slice phrase; // folded, as the lexicon has it; in the view's arena
    uint8_t edits;       // 1 and up
    bool sound;          // Han of the same sound; counts as one edit
};

// Never the phrase itself. At most `max`, by edits (sounds before characters), then weight, kind and id. max_edits: at most
// NEAR_EDITS_MAX, 0 gives nothing. A mixture of Han and Latin gives nothing.
enum err lexicon_near(struct view *v, struct slice folded, unsigned max_edits, struct lexicon_near *out, unsigned max, unsigned *count);

struct near_word { struct slice word; uint8_t edits; };

// The same for whoever asks about many phrases of one text: the words looked for last are not looked for again. Zeros at first;
// `folded` has to stay as long as the memo.
enum { NEAR_CHOICES_MAX = 12, NEAR_MEMO_WORDS = 16 }; // words near each word of a phrase; words remembered
struct near_memo {
    unsigned next;
    struct { struct slice word; unsigned max_edits, count; struct near_word words[NEAR_CHOICES_MAX]; } kept[NEAR_MEMO_WORDS];
};
enum err lexicon_near_again(struct view *v, struct near_memo *memo, struct slice folded, unsigned max_edits, struct lexicon_near *out, unsigned max,
                            unsigned *count);

// Words of phrases near one Latin word, nearest first, then alphabetically; itself with 0 edits where it is one.
enum err lexicon_near_words(struct view *v, struct slice word, unsigned max_edits, struct near_word *out, unsigned max, unsigned *count);

// Part of lexicon_put().
enum err lexicon_near_put(struct txn *t, struct slice folded, enum lexicon_kind kind);

#endif

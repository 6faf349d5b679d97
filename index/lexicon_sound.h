// lexicon_sound.h: phrases of the lexicon by how they sound: pinyin in full ("langyi" -> 朗逸) and its initials ("ly").
//
// Every phrase with a Han character is kept under both, except those that say nothing (LEXICON_FILLER); initials have at least two
// letters. Sounds are a tier of their own, below every phrase as written: few letters sound like many things, initials most of all.
#ifndef RF_INDEX_LEXICON_SOUND_H
#define RF_INDEX_LEXICON_SOUND_H

#include "lexicon.h"

struct lexicon_sound {
    struct lexicon_entry entry; // its weight is that of the phrase as written
    struct slice phrase;        // folded, "朗逸"; in the snapshot's pages
    bool initials;
};

// Phrases that sound like all of `latin` (folded, letters and digits only), at most `max`, full pinyin first, then by kind and id;
// *longer: some sound begins with this and goes on, so that a run like "langyijilv" can be walked. Reads `max` records at most.
enum err lexicon_sounds(struct view *v, struct slice latin, struct lexicon_sound *out, unsigned max, unsigned *count, bool *longer);
// Of one thing's phrases with the same sound the one of the highest weight is kept. Part of lexicon_put().
enum err lexicon_sound_put(struct txn *t, struct arena *scratch, struct slice folded, enum lexicon_kind kind, uint32_t id, uint32_t weight);

#endif

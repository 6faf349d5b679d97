// query.h: what the words of a search box mean, as a stage of its own: segmentation against the lexicon, part numbers, and
// the words that stay over.
//
// The longest phrase of the lexicon wins at every place; Latin phrases must begin and end at word borders, Chinese ones may stand
// anywhere. Words of cars (makes, models) are taken out of the text and handed to the vehicle suggester: a title does
// not name them, and they must not be matched as text.
#ifndef RF_INDEX_QUERY_H
#define RF_INDEX_QUERY_H

#include "number.h"
#include "text.h"
#include "vocabulary.h"

#define QUERY_MEANINGS_MAX 32

struct understood {
    unsigned type_count, brand_count, word_count, dropped_count;
    uint32_t types[QUERY_MEANINGS_MAX]; // alternatives
    uint32_t brands[QUERY_MEANINGS_MAX];
    struct slice words[QUERY_MEANINGS_MAX];   // folded words of text, all required
    struct slice dropped[QUERY_MEANINGS_MAX]; // words no product has
    struct slice car;                         // the words that name a car, joined; empty when none do
    char part_number[72];                     // canonical; empty when the query holds none
    unsigned number_count;
    struct number_hit *numbers;               // what that number leads to
};

enum err query_understand(struct view *v, struct slice query, struct understood *out);

#endif

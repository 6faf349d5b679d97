// car_word.h: what a phrase says of a car beside its make's and model's name: generation and chassis ("高7", "F30", "mk7"), badge
// ("280TSI", "E300L"), attributes ("四驱", "diesel"). With them, in the same table, where a part sits ("左前", "rear") and words
// that say nothing ("适用", "cheap"): phrases whose meaning is a reading of the query, not a thing with a name of its own.
//
// Every row of facts/car_words.tsv, positions.tsv and fillers.tsv is one car word with any number of phrases; they are found in
// the lexicon as LEXICON_CAR, LEXICON_POSITION and LEXICON_FILLER. One phrase may be several car words (B9 is an Audi A4
// and nothing else, B8 an Audi A4 and a VW Passat): each is a reading. A load of one of those files replaces what it gave
// before; ids are never used again, so nothing may keep them.
//
// TABLE_CAR_WORD value: role u8, from u16, to u16, then strings: phrases, make slug, model slugs joined by '|', attrs, market.
// Names are kept rather than ids because vehicles come after the vocabulary.
#ifndef RF_INDEX_CAR_WORD_H
#define RF_INDEX_CAR_WORD_H

#include "lexicon.h"
#include "view.h"

enum car_word_role {
    CAR_WORD_GENERATION = 1, // models and years
    CAR_WORD_BADGE,          // what stands on the boot lid
    CAR_WORD_ATTRIBUTE,      // of any car
    CAR_WORD_POSITION,       // attrs is "position:..."
    CAR_WORD_FILLER,         // says nothing
    CAR_WORD_ROLE_COUNT
};

struct car_word {
    uint32_t id;
    enum car_word_role role;
    uint32_t make;           // 0: of any
    unsigned model_count;    // 0: any of the make
    const uint32_t *models;  // those of the row that the catalogue knows, [model_count], in the row's order
    bool lost;               // the row names a make or models, and the catalogue knows none of them: the car is unknown here
    uint16_t from, to;       // model years; 0: open
    struct slice phrases;    // joined by '|', as written
    struct slice attrs;      // for knowledge_parse(): "displacement:1.4,aspiration:turbo", "position:front_left|front"
    struct slice market;     // where the row is true: "CN", "US", or empty for anywhere
};

bool car_word_role_parse(struct slice text, enum car_word_role *out);
enum lexicon_kind car_word_kind(enum car_word_role role);

// Texts point into the snapshot's pages, models are in the view's arena. ERR_NOT_FOUND, ERR_DAMAGED.
enum err car_word_load(struct view *v, uint32_t id, struct car_word *out);
enum err car_word_role_load(struct view *v, uint32_t id, enum car_word_role *out); // that alone

// One row of a file; make and models as names, models joined by '|'.
struct car_word_row {
    enum car_word_role role;
    uint16_t from, to;
    struct slice phrases, make, models, attrs, market;
};
// Adds a car word. The view is one of the transaction that has seen the attributes. Positions become names (NAMES_POSITION) if
// they are none yet. ERR_BAD_REQUEST with a message: no phrases, years that run backwards, an attribute or a value nobody knows.
enum err car_word_put(struct txn *t, struct view *v, const struct car_word_row *row, struct fault *why);
enum err car_words_clear(struct txn *t, unsigned roles); // bits 1 << role
// Phrases of all of them (part of vehicle_names_rebuild).
enum err car_word_phrases(struct txn *t, struct view *v);

#endif

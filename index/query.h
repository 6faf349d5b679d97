// query.h: what the words of a search box mean, as a stage of its own.
//
//   text -> spans (query_span.h) -> best path -> roles -> {what is sought, which car, numbers, words that stay over}
//
// Words of cars (makes, models, generations, badges, years, engines) are no text: they become readings of a car, best first, and
// the first of them becomes K (knowledge_words.h). Words that mean nothing here stay text and are matched with titles (words.h).
// Chips say of every stretch of the query what it was taken for, so that a person can take one away.
#ifndef RF_INDEX_QUERY_H
#define RF_INDEX_QUERY_H

#include "knowledge_words.h"
#include "query_span.h"
#include "text.h"
#include "trouble_code.h"

#define QUERY_MEANINGS_MAX 32
#define QUERY_SPECS_MAX 8
#define QUERY_READINGS_MAX 6
#define QUERY_CODES_MAX 4

enum query_role { ROLE_TEXT, ROLE_TYPE, ROLE_BRAND, ROLE_MAKE, ROLE_MODEL, ROLE_GENERATION, ROLE_BADGE, ROLE_YEAR, ROLE_ATTRIBUTE, ROLE_POSITION,
                  ROLE_SPEC, ROLE_NUMBER, ROLE_VIN, ROLE_CODE, ROLE_DISTANCE, ROLE_FILLER, ROLE_UNKNOWN_CAR, ROLE_COUNT };
const char *query_role_name(enum query_role r);

struct query_chip { uint8_t role, how; uint16_t at, n; struct slice means; }; // bytes of the folded query; what it was taken for
struct query_correction { struct slice from, to; };

struct understood {
    struct slice folded;
    const struct text_origin *origin;         // of each of its bytes: where it stands in the query (text.h)
    unsigned type_count, brand_count, word_count, spec_count, code_count, chip_count, correction_count, reading_count;
    uint32_t types[QUERY_MEANINGS_MAX];       // alternatives
    bool types_implied;                       // not said: a tyre's size, an oil's grade or a fault code names them
    uint32_t brands[QUERY_MEANINGS_MAX];      // alternatives
    struct slice words[QUERY_MEANINGS_MAX];   // folded words of text, all required
    bool word_open;                           // the last of them may go on
    struct pattern specs[QUERY_SPECS_MAX];    // all required (spec_tokens.h)
    struct trouble_code codes[QUERY_CODES_MAX];
    struct slice position;                    // as attrs=position: takes it, the most direct first; empty when none is named
    bool position_tells;                      // one of the types has such positions
    struct car_reading readings[QUERY_READINGS_MAX]; // of the car, best first
    struct slice certain_attrs[QUERY_READINGS_MAX];  // of each what was said outright, without what a badge or a generation stands for
    struct slice badge, generation;           // as written; empty when none is named
    struct slice car;                         // the words that name it, joined; empty when none do
    struct slice unknown_car;                 // it names a car, but none that is known
    struct slice vin;
    struct slice part_number;                 // as written; empty when the query holds none that exists
    struct slice number_like;                 // a word with digits no title has: the piece of a number, perhaps; not among the words
    unsigned distance_km;                     // "6万公里"; 0 = none
    struct query_chip chips[QUERY_MEANINGS_MAX];
    struct query_correction corrections[QUERY_MEANINGS_MAX];
};

// car_given: a car is known beside the words, so that "1.5" can be its engine.
enum err query_understand(struct view *v, struct slice query, bool car_given, struct understood *out);

#endif

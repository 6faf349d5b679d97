// fitment_level.h: which level of the car to ask for, make, model or year, where K has several base vehicles. Private to fitment*.c.
#ifndef RF_INDEX_FITMENT_LEVEL_H
#define RF_INDEX_FITMENT_LEVEL_H

#include "fitment.h"

// What an answer leaves of the products that are undecided: pairs of product and answer, by answer.
struct level_answer { uint32_t value, weight, vehicles, from, undecided; }; // weight: configurations; from: its first pair
struct level_answer_list {
    unsigned option_count, pair_count;
    struct level_answer *options;
    uint32_t *pairs;              // ordinal of the match, doubled; one more where the answer decides it
};
struct level_answers {
    uint32_t conditional;         // undecided matches it counts
    struct level_answer_list of[CAR_LEVELS];
};
// With `keep` (as in fitment_question()) of the kept matches only. Arena.
enum err level_answers_of(struct view *v, const struct fitment *f, const uint8_t *keep, struct level_answers **out);

struct level_option { uint32_t value, weight, possible, undecided; };
struct level_question {
    enum car_level level;
    unsigned count;               // 0: no level is left to ask for
    struct level_option *options;
    bool decides;                 // some answer settles some product
    double left;                  // products undecided after the answer, on average
};

// The level whose answer leaves the fewest products undecided. `keep` as in fitment_question(); decided and conditional count the
// kept matches.
enum err level_question_best(struct view *v, const struct fitment *f, const uint8_t *keep, uint32_t decided, uint32_t conditional,
                             struct level_question *out);
void level_question_json(struct view *v, struct json_writer *w, const struct question *q, bool chinese);

#endif

// knowledge_words.h: K from the words of a query that name cars: "18款高尔夫1.4T" is every base vehicle meant, from one to all of a
// make, with the configurations that remain.
//
// What words say is heeded as far as the data knows it. A car that nobody knows is `given` and not `resolved`, and K's `unknown` says
// what of it is unknown: a year the model was not sold in, a value of an attribute that each of its configurations knows otherwise.
// Its neighbour is never taken instead. A value of an attribute that no configuration knows is kept as an answer.
#ifndef RF_INDEX_KNOWLEDGE_WORDS_H
#define RF_INDEX_KNOWLEDGE_WORDS_H

#include "knowledge.h"

#define CAR_READING_MODELS 16
#define LIMIT_WORDS_VEHICLES LIMIT_KNOWLEDGE_VEHICLES // base vehicles meant; of more than that only those of the picker's first list count

struct car_reading { // one way to read the words about a car
    unsigned model_count; // 0: no car is named
    struct { uint32_t make, model; } models[CAR_READING_MODELS]; // model 0: any of the make
    uint16_t from, to;    // years; 0: any
    struct slice attrs;   // as attrs= has them: "displacement:1.4,aspiration:turbo"
    struct slice market;  // that the words name; empty: none
};

// attrs and market are the request's own, and their errors are those of knowledge_parse(): ERR_BAD_REQUEST for the field `attrs` or
// `market` when they leave nothing of the cars meant. They go before the words: a term of the reading about an attribute that they
// answer otherwise, or that no data describes, is in out->given_up. Without models out is not `given`.
enum err knowledge_of_words(struct view *v, const struct car_reading *reading, struct slice attrs, struct slice market,
                            struct knowledge *out, struct fault *why);

// The car is given (resolved) and words say something of it as well: what they leave of it, never more. When they contradict it,
// *conflict is set and *out is as given; out->given_up then has the reading's term that did, or "make", "model" or "year".
enum err knowledge_narrow(struct view *v, const struct knowledge *given, const struct car_reading *reading, struct knowledge *out,
                          bool *conflict);

#endif

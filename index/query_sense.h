// query_sense.h: what the steps of query_understand() share, and the steps themselves. For index/query_*.c only.
//
//   sense_read -> spans (query_span.h) -> sense_path -> guesses, sense_path again -> sense_meanings -> car (query_car.h), what stays over
#ifndef RF_INDEX_QUERY_SENSE_H
#define RF_INDEX_QUERY_SENSE_H

#include "query_car.h"

struct sense {
    struct view *view;
    struct span_list spans;
    uint16_t order[SPANS_MAX]; // the path: places in `spans`, ascending by where they stand
    unsigned count;
    struct car_spans cars;     // of the path
    bool car_named;            // a make, a model or a car word stands there
    bool car_given;            // a car is known beside the words
    struct understood *out;
};

// query_text.c: the query folded, without signs between words, years set apart and in digits: out->folded and out->origin.
enum err sense_read(struct view *v, struct slice query, struct understood *out);
// A word as people type it: up to a blank or a Han character, "8e0-121/2". Empty where a blank stands.
struct slice sense_typed_word(struct slice rest);

// query_role.c
enum query_role sense_role(struct view *v, const struct query_span *span);
enum query_role sense_form_role(enum pattern_kind kind);
bool sense_role_of_car(enum query_role r);
struct slice sense_position(struct view *v, const struct query_span *span);   // positions a phrase stands for, separated by '|'
// Whether products of the type are told apart by a position of that list.
bool sense_type_has_position(struct view *v, uint32_t type, struct slice positions);

// query_doubt.c: the best path without the spans that nothing around them supports, and its cars.
enum err sense_path(struct sense *s);

// query_meaning.c: the path's spans into s->out, each with its chip.
enum err sense_meanings(struct sense *s);
void sense_chip_add(struct sense *s, const struct query_span *span, enum query_role role);
// A size, a grade or a code stands for what it belongs to where nothing else is said.
enum err sense_types_imply(struct sense *s);

// query_unknown.c: years of no car within [from, to), added to the car named.
enum err sense_impossible_years(struct sense *s, size_t from, size_t to);
bool sense_impossible_year(struct slice typed, unsigned *year);
// Whether a word nothing explains names, behind a make or a model, a car that is not known: it is then kept as out->unknown_car.
enum err sense_unknown_model(struct sense *s, struct slice typed, bool exists, bool *out);

#endif

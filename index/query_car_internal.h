// query_car_internal.h: what the steps of query_car_read() share. For index/query_car*.c only.
#ifndef RF_INDEX_QUERY_CAR_INTERNAL_H
#define RF_INDEX_QUERY_CAR_INTERNAL_H

#include "query_car.h"

// ---- query_car_named.c: makes and models named, and which of those names to believe
#define MODELS_MAX (2 * CAR_READING_MODELS) // before those of no cars are left out
struct makes { uint32_t ids[CAR_READING_MODELS]; unsigned count; };
struct car_model { uint32_t make, model; }; // model 0: all of the make's
struct models { struct car_model list[MODELS_MAX]; unsigned count; bool more; }; // more: there was no room for another

void car_makes_named(struct view *v, const struct car_spans *cars, struct makes *out);
bool car_make_among(const struct makes *m, uint32_t make);
// "vw jetta": beside its make a name that is also a make's is the model.
bool car_model_beside(struct view *v, const struct car_spans *cars, unsigned at);
void car_model_add(struct models *m, struct car_model one);
bool car_model_among(const struct models *m, uint32_t make, uint32_t model); // model 0: any
// The models a phrase names with its greatest weight, of the makes named where any is.
enum err car_models_named(struct view *v, const struct query_span *s, const struct makes *makes, struct models *out);
// "3", "s", "es": words that mean many things. "a4" and "h6" do not.
bool car_words_weak(struct slice s);

// ---- query_car_terms.c
// What the words say of attributes: one list of alternatives per name; words that say different things of one attribute leave what they
// have in common, or all of it where that is nothing (a badge's engine and the engine named may be rounded differently): what K holds
// then is more, never another.
#define TERMS_MAX 12
struct terms { struct slice names[TERMS_MAX], values[TERMS_MAX]; unsigned count; };
void car_term_add(struct arena *a, struct terms *t, struct slice name, struct slice values);
void car_terms_add(struct arena *a, struct terms *t, struct slice attrs);
struct slice car_terms_text(struct arena *a, const struct terms *t);

// ---- query_car_order.c
enum err car_readings_order(struct view *v, struct understood *out); // the likeliest first
// One name of several makes' models is one reading, of all of them; the others say which it might be alone.
void car_readings_split(struct understood *out);

#endif

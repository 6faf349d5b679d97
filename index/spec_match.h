// spec_match.h: comparisons of specifications (spec.h) between values of an attribute's dictionary, remembered: the texts of ids never
// change, so an answer holds as long as the view.
#ifndef RF_INDEX_SPEC_MATCH_H
#define RF_INDEX_SPEC_MATCH_H

#include "spec.h"
#include "view.h"

// `product` is a value of `attr`, `car` one of `car_attr`: the same, or the one that stands in for it.
enum spec_answer spec_match(struct view *v, uint8_t attr, uint16_t product, uint8_t car_attr, uint16_t car);
// Against a text that is in no dictionary: a customer's own answer.
enum spec_answer spec_match_text(struct view *v, uint8_t attr, uint16_t product, struct slice car);
// The same with its reason, not remembered.
struct spec_result spec_explain(struct view *v, uint8_t attr, uint16_t product, struct slice car);
// Whether a configuration's value and an answer's text can both be true of one car.
bool spec_agrees(struct view *v, uint8_t attr, uint16_t value, struct slice answer);
// The attribute that stands in where this one is not known of a car: tyre_size for tyre_size_rear, as one size given is that of both
// axles. 0: none.
uint8_t spec_stand_in(struct view *v, uint8_t attr);

struct spec_cache *spec_cache_new(void);
void spec_cache_free(struct spec_cache *c);

#endif

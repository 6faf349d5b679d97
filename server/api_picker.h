// api_picker.h: the parameters that the picker's calls share: make=, model=, year=, market= and all=.
#ifndef RF_SERVER_API_PICKER_H
#define RF_SERVER_API_PICKER_H

#include "index/picker.h"
#include "server/api.h"

struct api_choice {
    struct picker_filter filter;
    struct slice market;   // empty: any
    uint32_t make, model;  // 0 = not chosen
    unsigned year;
};
// ERR_BAD_REQUEST with the field for an unknown make, model or market and for a model without its make.
enum err api_choice(struct request *rq, struct app_worker *w, struct api_choice *out, struct fault *why);
enum err api_choice_needs_make(const struct api_choice *c, struct fault *why);
static inline bool api_choice_admits(const struct api_choice *c, const struct picker_value *is) {
    return (c->filter.second || !(is->flags & VEHICLE_SECOND_LIST)) && (!c->filter.markets || (c->filter.markets & is->markets));
}

#endif

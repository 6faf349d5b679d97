// picker.h: the picker's lists as people see them: makes, models of a make, years of a model.
//
// The first list holds what an ordinary owner drives; with `second` heavy trucks, buses and upfitters come too. In the
// Chinese order makes stand by how much they sell in China, then by the initial of their pinyin; else alphabetically.
#ifndef RF_INDEX_PICKER_H
#define RF_INDEX_PICKER_H

#include "vehicle.h"

enum picker_order { PICKER_ALPHABETICAL, PICKER_CHINESE };
struct picker_filter {
    enum picker_order order;
    uint8_t markets;  // VEHICLE_MARKET_* bits of which one must be there; 0 = all
    bool second;
};
struct picker_year { unsigned year; struct picker_value is; };

// Results in the arena. Names without vehicles are left out.
enum err picker_makes(struct view *v, const struct picker_filter *filter, struct make **out, unsigned *count);
enum err picker_models(struct view *v, uint32_t make, const struct picker_filter *filter, struct model **out,
                       unsigned *count);
enum err picker_years(struct view *v, uint32_t make, uint32_t model, const struct picker_filter *filter,
                      struct picker_year **out, unsigned *count); // newest first; model 0: all of the make, a row each

#endif

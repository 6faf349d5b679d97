// vin.h: what a VIN says: year, make, model, attributes, the base vehicles it can be, and repairs of one wrong character.
//
// Decoding (vin_decode) reads one record of patterns and takes no memory: it may run in as many threads as there are snapshots. What
// it finds are small numbers; vin_resolve turns them into names, vehicles and answers. Rules:
//  - unknown rather than wrong: a VIN that no pattern of a model allows has no model, several equally good ones stay several.
//  - the make is that of the model; without a model, those of the schemas that come closest; without patterns, the maker's.
//  - attributes are those of configurations, in the same words (vin_values.h). A value a VIN leaves open is not said.
//  - a VIN prefix that a vehicle table brought along (vehicle_external.h, scheme "vin") names base vehicles directly.
//  - a failing check digit changes nothing here: the VIN is used all the same.
// Sources: ISO 3779 and 3780, 49 CFR 565, GB 16735; NHTSA's vPIC for the patterns.
#ifndef RF_INDEX_VIN_H
#define RF_INDEX_VIN_H

#include "base/limits.h"
#include "knowledge.h"
#include "vin_table.h"

struct vin {
    struct vin_text text;
    bool check_ok;
    unsigned year, year_count, years[VIN_YEARS_MAX]; // year 0: position 10 is no year code
    struct vin_match match;                          // match.blocks 0: no patterns
};

unsigned vin_newest_year(const struct clock *clock); // the last model year a VIN can have today
// ERR_OK also when nothing is known of the VIN.
enum err vin_decode(struct snapshot *s, unsigned newest_year, const struct vin_text *text, struct vin *out);

// Right length and alphabet, and a right check digit where one is required: by law of the region, or because the VIN reads as one of
// a car made for North America.
bool vin_valid(const struct vin *v);

struct vin_car { // texts live as long as the view
    struct slice maker, maker_zh, country, plant, make, model, series; // empty: unknown
    unsigned make_count, model_count;
    struct slice makes[VIN_MAKES_MAX], models[VIN_MODELS_MAX * 2]; // candidates; one: it is `make`, `model`
    unsigned vehicle_count;
    uint32_t vehicles[LIMIT_VIN_VEHICLES]; // base vehicles it can be, the likeliest first
    unsigned answer_count;
    struct answer answers[VIN_ATTRS + 2];  // what it says of attributes that have a name in the database
    struct slice prefix;                   // of a vehicle table, that named the vehicles
};
enum err vin_resolve(struct view *v, const struct vin *vin, struct vin_car *out);
// The text of a value, in the words of configurations; empty for one without.
struct slice vin_value_text(struct view *v, enum vin_attr attr, uint16_t value);

// ---- repair -------------------------------------------------------------------------------------------------------------------
enum { VIN_SUGGESTIONS = 5 };
struct vin_suggestion { struct vin_text text; unsigned score, position; }; // score: smaller is likelier; position: index changed
// VINs one character away with a right check digit that decode better than the one given, likeliest first; none for a VIN whose check
// digit is right, nor for one that need not have one and that no repair explains. Also for I, O and Q.
enum err vin_repair(struct snapshot *s, unsigned newest_year, const struct vin_text *text, struct vin_suggestion out[VIN_SUGGESTIONS],
                    unsigned *count);

// ---- output -------------------------------------------------------------------------------------------------------------------
// {vin, valid, check_digit_ok, year, make, makes, model, models, series, vehicle, vehicles, attrs, possible, configurations, maker,
// plant, region, country, suggestions, unknown}: `vehicle` as everywhere, null when none is known; `possible` lists the values of
// attributes that are one of several. Any text is answered: one that is no VIN is not valid.
enum err vin_json(struct view *v, struct json_writer *w, struct slice text);

#endif

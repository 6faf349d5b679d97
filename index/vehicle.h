// vehicle.h: base vehicles, their joint configurations, and the picker's levels.
//
// A base vehicle is year + make + model, one for all markets; its id is a slug, "2018-volkswagen-golf". Its
// configurations are joint tuples of attribute values; value 0 is "unknown", which is not "absent". A configuration's
// id is the base vehicle's slug, '~' and the tuple's hash in 8 hex digits: it survives recompiling as long as the
// tuple stays.
//
// TABLE_VEHICLE value: year u16, make u32, model u32, flags u16, slug, attr_count u8, attr ids u8[], configuration
// count varint, hashes u32[], sources u8[], then per configuration attr_count values u16.
// TABLE_PICKER value: struct picker_value.
#ifndef RF_INDEX_VEHICLE_H
#define RF_INDEX_VEHICLE_H

#include "base/json.h"
#include "view.h"

enum { // flags of a base vehicle
    VEHICLE_OPEN_YEARS = 1,   // only an open-ended source range says this year; no other evidence
    VEHICLE_SECOND_LIST = 2,  // heavy trucks, buses, upfitters: found by id and search, not in the picker's first list
};

struct vehicle {
    uint32_t id, make, model;
    uint16_t year, flags;
    struct slice slug;
    unsigned attr_count;      // columns
    const uint8_t *attrs;     // attribute ids, ascending
    unsigned count;           // configurations
    const uint32_t *hashes;   // [count]
    const uint8_t *sources;   // [count] NAMES_CONFIG_SOURCE
    const uint16_t *values;   // [count][attr_count]
};

// The value of an attribute in one configuration; 0 when unknown.
static inline uint16_t vehicle_value(const struct vehicle *v, unsigned configuration, uint8_t attr) {
    for (unsigned i = 0; i < v->attr_count; i++)
        if (v->attrs[i] == attr) return v->values[(size_t)configuration * v->attr_count + i];
    return 0;
}

enum err vehicle_load(struct view *v, uint32_t id, struct vehicle **out); // arena; ERR_NOT_FOUND, ERR_DAMAGED
enum err vehicle_find(struct view *v, struct slice slug, uint32_t *id);

// ---- makes and models as people see them ---------------------------------------------------------------------------
enum { VEHICLE_MARKET_US = 1, VEHICLE_MARKET_CN = 2, VEHICLE_MARKET_OTHER = 4 };
uint8_t vehicle_market_bit(struct slice market); // of the attribute's value
// Bits of the markets of a vehicle's configurations that say theirs; `possible` is a bit per configuration, NULL = all.
uint8_t vehicle_markets(struct view *v, const struct vehicle *vehicle, const uint64_t *possible);

struct make {
    uint32_t id;
    struct slice slug, name, name_zh, aliases; // aliases joined by '|'
    char initial;                              // letter in Chinese pickers, 'D' for 大众
    uint16_t cn_order;                         // most sold in China first; 0 = not ranked
    uint32_t models, vehicles;                 // first list only
    uint32_t models_second, vehicles_second;   // including the second list
    uint8_t markets;                           // VEHICLE_MARKET_* bits seen in its configurations
};
struct model {
    uint32_t id, make;
    struct slice slug, name, name_zh, aliases; // slug without the make's
    uint16_t year_min, year_max;               // 0 while no vehicle is known
    uint32_t vehicles, vehicles_second;
    uint8_t markets;
};

// Names without a vehicle (from the vocabulary) load with counts of 0.
enum err make_load(struct view *v, uint32_t make, struct make *out);
enum err model_load(struct view *v, uint32_t make, uint32_t model, struct model *out);
// By slug, name, Chinese name or alias, whatever a person or a file writes. ERR_NOT_FOUND.
enum err make_find(struct view *v, struct slice text, uint32_t *make);
enum err model_find(struct view *v, uint32_t make, struct slice text, uint32_t *model);
// The same by its names in any spelling, but not by alias: too weak a reason to take two models for one.
enum err model_find_named(struct view *v, uint32_t make, struct slice text, uint32_t *model);
enum err model_make(struct view *v, uint32_t model, uint32_t *make); // the make a model belongs to
// Writes names and counts as given; the slug decides the id, which is set (a model that has an id keeps it). Derived
// tables: vehicle_names_rebuild().
enum err make_put(struct txn *t, struct arena *scratch, struct make *make);
enum err model_put(struct txn *t, struct arena *scratch, struct model *model);

// ---- the picker: any order ------------------------------------------------------------------------------------------
struct picker_value { uint32_t vehicle; uint16_t flags; uint8_t markets, reserved; uint32_t configurations; };
struct picker_row { uint32_t make, model; unsigned year; struct picker_value is; };

// Calls `each` for every base vehicle of (make, model, years); 0 = any. Ascending by make, model, year. `each` returns
// false to stop. A model without a make is looked up first.
enum err vehicle_each(struct view *v, uint32_t make, uint32_t model, unsigned year_from, unsigned year_to,
                      bool (*each)(void *arg, const struct picker_row *row), void *arg);

// ---- output, the shapes of the HTTP contract ------------------------------------------------------------------------
// {id, market, make, model, year, name, name_zh, attrs:{}, configurations}: attrs holds what all possible
// configurations share; `possible` is a bit per configuration, NULL = all. With `leave_open` the object stays open for
// the caller's own members.
void vehicle_json(struct view *v, struct json_writer *w, const struct vehicle *vehicle, const uint64_t *possible,
                  bool leave_open);
// The two members that /v1/vehicles/{id} adds: "configuration_list":[{id, source, attrs:{}}], "varies":[attribute].
void vehicle_configurations_json(struct view *v, struct json_writer *w, const struct vehicle *vehicle);
struct slice vehicle_configuration_id(struct view *v, const struct vehicle *vehicle, unsigned configuration); // arena
// "2018-volkswagen-golf~1a2b3c4d" -> base vehicle and configuration. ERR_NOT_FOUND when either is gone.
enum err vehicle_find_configuration(struct view *v, struct slice id, struct vehicle **out, unsigned *configuration);

// ---- writing --------------------------------------------------------------------------------------------------------
// One configuration to add: texts as sources give them; attributes are name/value pairs already normalised by
// attribute_normalise() (vocabulary.h). Collected by a loader and written per base vehicle.
struct vehicle_attribute { struct slice name, value; };
struct vehicle_configuration {
    struct slice make, model, source;
    unsigned year;
    uint16_t flags;
    unsigned attribute_count;
    const struct vehicle_attribute *attributes;
    unsigned external_count;       // what other catalogues call its base vehicle, "ktype:12345" (vehicle_external.h); the attribute
    const struct slice *externals; // of such a scheme is among the attributes, put there by the caller
};

// Collects configurations (any order, duplicates welcome), then writes base vehicles, picker, names and counts in key
// order in short transactions. Existing base vehicles keep their ids; configurations of the same source are replaced
// for the base vehicles this load names, others stay. Makes are resolved by any name or alias ("VW", "大众"), models by
// their English or Chinese name in any spelling but not by alias (A4L is not A4); new ones are named by their first
// row. A base vehicle's flag stays set only while every row of it says so. A tuple that another source already has is
// kept once, under the first source.
struct vehicle_loader;
struct vehicle_load_report {
    uint64_t rows, vehicles_new, vehicles_changed, configurations;
    uint64_t externals_full; // ids of other catalogues not kept: they stand for LIMIT_EXTERNAL_VEHICLES base vehicles already
};
struct vehicle_loader *vehicle_loader_new(struct db *db);
// ERR_BAD_REQUEST with the field for an empty make or model, a year out of range, or too many attributes.
enum err vehicle_loader_add(struct vehicle_loader *l, const struct vehicle_configuration *c, struct fault *why);
// Other names of a make or model that the rows use; either Chinese name may be empty. `model` empty: of the make.
enum err vehicle_loader_name(struct vehicle_loader *l, struct slice make, struct slice model, struct slice name_zh);
enum err vehicle_loader_finish(struct vehicle_loader *l, struct vehicle_load_report *out,
                               void (*progress)(void *, uint64_t, uint64_t), void *arg, struct fault *why);
void vehicle_loader_free(struct vehicle_loader *l);

// Rebuilds what is derived from makes, models and the picker: their counts, TABLE_LEXICON (with vocabulary.h's
// records) and TABLE_VEHICLE_NAME. Loaders call it; one transaction, about 0.3 s for the default data.
enum err vehicle_names_rebuild(struct db *db, struct fault *why);

#endif

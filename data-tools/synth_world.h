// synth_world.h: the cars the sample is drawn over: the base vehicles of the database, with the engines
// each may have and an estimate of how many are on the road in China and the US. Real vehicles, estimated numbers.
#ifndef RF_TOOLS_SYNTH_WORLD_H
#define RF_TOOLS_SYNTH_WORLD_H

#include "index/vehicle.h"
#include "synth_tables.h"

enum { WORLD_TRIMS = 4 }; // trims remembered per vehicle

// One engine as a make's catalogue distinguishes it. Value ids of NAMES_VALUE dictionaries; 0 = not known.
struct synth_engine {
    uint32_t make;
    uint16_t displacement, cylinders, fuel, aspiration;
    float litres;
    uint8_t cylinder_count;
    bool combustion, diesel, plug, turbo;
};
// What besides displacement tells an engine from the others of the same car: an application names no more than it needs, so
// that a configuration that knows less is not asked for nothing.
enum { NEEDS_FUEL = 1, NEEDS_ASPIRATION = 2, NEEDS_CYLINDERS = 4 };
struct synth_edge {    // this vehicle may have that engine
    uint32_t engine;
    uint32_t family;   // of synth_family.h, UINT32_MAX = none
    uint16_t seen;     // configurations that have it
    uint8_t oil;       // index into SYNTH_OILS
    uint8_t needs;     // NEEDS_*
    uint16_t code;     // engine_code when all its configurations with this engine agree, else 0
    bool only;         // the vehicle's only engine: an application needs no engine term
};
struct synth_vehicle {
    uint32_t id, model;           // model: index into models
    uint32_t first_edge, family;  // family: platform
    uint16_t year, edge_count;
    uint16_t generation, body, drive, trims[WORLD_TRIMS];
    uint8_t markets;              // VEHICLE_MARKET_*
    uint8_t tyre, tyre_upper;     // estimated sizes, indices into SYNTH_TYRE_SIZES
    bool whole;                   // all its engines take the same parts, see synth_family.h
    bool electric;                // no configuration burns anything
    float cn, us;                 // relative number on the road
    struct slice slug;
};
struct synth_model {
    uint32_t make, model;         // ids of the database
    struct slice make_name, name;
    uint32_t first_vehicle, vehicle_count;
    enum synth_class class_of;
    bool popular;                 // in the list of common cars
    float cn, us;
};
struct synth_world {
    struct arena arena;
    struct view *view;            // open for names of values
    struct arena view_arena;
    uint8_t attribute[8];         // ids, by enum world_attribute
    unsigned model_count, vehicle_count, edge_count, engine_count;
    struct synth_model *models;
    struct synth_vehicle *vehicles; // by model, ascending year
    struct synth_edge *edges;
    struct synth_engine *engines;
};
enum world_attribute { WORLD_DISPLACEMENT, WORLD_CYLINDERS, WORLD_FUEL, WORLD_ASPIRATION, WORLD_CODE, WORLD_TRIM, WORLD_BODY, WORLD_DRIVE };

struct synth_world_options {
    uint32_t max_vehicles; // keeps the most common ones of each market; 0 = all
    bool second_list;      // also heavy trucks, buses and upfitters
    unsigned year_now;
};
// ERR_NOT_FOUND when the database has no vehicles.
enum err synth_world_open(struct db *db, const struct synth_world_options *options, struct synth_world **out, struct fault *why);
void synth_world_close(struct synth_world *w);

struct slice synth_value(const struct synth_world *w, enum world_attribute attribute, uint16_t value);

#endif

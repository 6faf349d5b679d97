// synth_tables.h: what the sample generator assumes about the trade: which types belong to an engine or a platform, what
// they cost, how often they are bought; which cars are common; which tyre sizes, oils and notes exist. All of it is
// made up to be plausible and says so in the data (attribute source=sample); nothing here comes from a maker.
#ifndef RF_TOOLS_SYNTH_TABLES_H
#define RF_TOOLS_SYNTH_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum synth_rule {
    RULE_ENGINE,    // belongs to an engine: displacement, cylinders, fuel, aspiration or engine code
    RULE_PLATFORM,  // belongs to the model generations of one platform
    RULE_TYRE,      // by size
    RULE_OIL,       // by viscosity
    RULE_UNIVERSAL, // fits anything
    RULE_SERVICE,   // labour and packages, by what drives the car
};
enum synth_power { POWER_ANY, POWER_COMBUSTION, POWER_GASOLINE, POWER_DIESEL, POWER_TURBO, POWER_PLUG };
enum synth_quantity { QUANTITY_ONE = 1, QUANTITY_TWO = 2, QUANTITY_FOUR = 4, QUANTITY_CYLINDERS = 100, QUANTITY_OIL = 101 };

struct synth_type {
    const char *slug;
    enum synth_rule rule;
    enum synth_power power;
    uint8_t popular;      // products per common family
    uint8_t tail;         // weight for families of rare cars; 0 = none
    float usd_low, usd_high; // from the cheapest good to the dearest best
    const char *letters;  // of sample part numbers
    enum synth_quantity quantity;
    float need;           // how often people look for it
};
extern const struct synth_type SYNTH_TYPES[];
extern const size_t SYNTH_TYPE_COUNT;

struct synth_car { const char *make, *model; float cn, us; }; // relative numbers on the road; a model may be in both
extern const struct synth_car SYNTH_CARS[];
extern const size_t SYNTH_CAR_COUNT;

// Estimated tyre sizes by class of car, smallest first.
enum synth_class { CLASS_SMALL, CLASS_COMPACT, CLASS_MIDSIZE, CLASS_SUV, CLASS_TRUCK, CLASS_VAN, CLASS_STAGGERED, CLASS_COUNT }; // STAGGERED: of SYNTH_STAGGERED
struct synth_tyre_size { enum synth_class class_of; uint16_t width, aspect, rim; };
extern const struct synth_tyre_size SYNTH_TYRE_SIZES[];
extern const size_t SYNTH_TYRE_SIZE_COUNT;

// Cars with other tyres behind than in front, as estimated as the rest.
struct synth_staggered { const char *make, *model; struct synth_tyre_size front, rear; };
extern const struct synth_staggered SYNTH_STAGGERED[];
extern const size_t SYNTH_STAGGERED_COUNT;

struct synth_tyre_line { const char *name, *name_zh, *scene, *season; float price; bool truck_only; unsigned noise_db; };
extern const struct synth_tyre_line SYNTH_TYRE_LINES[];
extern const size_t SYNTH_TYRE_LINE_COUNT;

struct synth_oil { const char *viscosity; float from_litres, to_litres; unsigned year_from, year_to; };
extern const struct synth_oil SYNTH_OILS[]; // the first that holds
extern const size_t SYNTH_OIL_COUNT;

// Conditions: %s is filled with a date, a chassis number or a code.
struct synth_note { const char *text; char fill; }; // 'd' date, 'c' chassis number, 'o' option code, '-' nothing
extern const struct synth_note SYNTH_NOTES[];
extern const size_t SYNTH_NOTE_COUNT;

#endif

// vpic_core.h: one configuration as it comes out of vPIC, in numbers, before it becomes texts for the loader.
#ifndef RF_TOOLS_VPIC_CORE_H
#define RF_TOOLS_VPIC_CORE_H

#include "vpic_join.h"

struct vpic_core { // compared bytewise, so without padding
    uint32_t make, model; // vpic_string()
    uint8_t body, fuel, aspiration, drive, cylinders, reserved;
    uint16_t tenths;      // of a litre
    uint16_t engine, trim, series; // id + 1 in vpic_values
    uint16_t reserved2;
};
_Static_assert(sizeof(struct vpic_core) == 24, "no padding");

// Remembers what texts imply, so that each is looked at once.
struct vpic_deriver {
    const struct vpic *v;
    uint16_t *engine_hints, *trim_hints, *series_hints;
    struct vpic_engine *engines;
};

enum err vpic_deriver_init(struct vpic_deriver *d, struct vpic *v); // interns engine codes
void vpic_deriver_destroy(struct vpic_deriver *d);
// A joined state as a configuration: displacement from litres or cc or the engine model; hybrids from the second fuel
// or from words; no displacement for electric cars.
struct vpic_core vpic_derive(const struct vpic_deriver *d, uint32_t model, const uint16_t values[VPIC_FIELDS]);

int vpic_core_order(const void *a, const void *b); // by make, model, then bytes
// Configurations of one base vehicle: drops those whose engine or body is unknown where others know it, fills in
// cylinders and fuel where all others of the displacement agree, and, above `max`, lets go of trim, then series, then
// engine code. Sorted and without duplicates; returns how many are left.
size_t vpic_cores_settle(struct vpic_core *cores, size_t count, size_t max);

#endif

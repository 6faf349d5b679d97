// vin_values.h: bodies, fuels, drives and aspirations as small numbers, with the words configurations use for them, and what follows
// from several that a VIN's patterns name together. Shared by the import of vPIC and by the decoding of VINs, so that a VIN and a
// configuration never use two words for one thing. Every kind has 0 for unknown.
#ifndef RF_INDEX_VIN_VALUES_H
#define RF_INDEX_VIN_VALUES_H

#include <stdbool.h>
#include <stdint.h>

enum vpic_body {
    BODY_NONE,
    BODY_SEDAN,
    BODY_HATCHBACK,
    BODY_WAGON,
    BODY_SUV,
    BODY_MPV,
    BODY_COUPE,
    BODY_CONVERTIBLE,
    BODY_PICKUP,
    BODY_VAN,
    BODY_CHASSIS,
    BODY_LIMOUSINE,
    BODY_HEAVY,
    BODY_COUNT
}; // HEAVY: known to be no car, without a name of ours
enum vpic_fuel {
    FUEL_NONE,
    FUEL_GASOLINE,
    FUEL_DIESEL,
    FUEL_ELECTRIC,
    FUEL_HYBRID,
    FUEL_MILD_HYBRID,
    FUEL_PHEV,
    FUEL_FLEX,
    FUEL_ETHANOL,
    FUEL_CNG,
    FUEL_LPG,
    FUEL_METHANOL,
    FUEL_FCEV,
    FUEL_COUNT
};
enum vpic_drive { DRIVE_NONE, DRIVE_FWD, DRIVE_RWD, DRIVE_AWD, DRIVE_4WD, DRIVE_2WD, DRIVE_COUNT };
enum vpic_aspiration { ASPIRATION_NONE, ASPIRATION_NA, ASPIRATION_TURBO, ASPIRATION_SUPER, ASPIRATION_COUNT };
enum { HINT_TURBO = 1, HINT_SUPER = 2, HINT_HYBRID = 4, HINT_PLUG_IN = 8, HINT_MILD = 16, HINT_AWD = 32, HINT_4WD = 64,
       HINT_FWD = 128, HINT_RWD = 256, HINT_2WD = 512 }; // what words in free text imply

extern const char *const vpic_body_names[BODY_COUNT]; // "" where there is no value of ours
extern const char *const vpic_fuel_names[FUEL_COUNT];
extern const char *const vpic_drive_names[DRIVE_COUNT];
extern const char *const vpic_aspiration_names[ASPIRATION_COUNT];

// The fuel of a car with this primary and secondary fuel (enum vpic_fuel) and these hints: hybrids come out of two fuels or of words.
uint8_t vin_fuel(uint16_t first, uint16_t second, unsigned hints);
// `turbo`: what is said of a turbocharger; `implied`: by the engine's name. Both enum vpic_aspiration.
uint8_t vin_aspiration(uint16_t turbo, uint8_t implied, unsigned hints);
uint8_t vin_drive(uint16_t drive, unsigned hints);

#endif

#include "vin_values.h"

const char *const vpic_body_names[BODY_COUNT] = {
    "",       "sedan", "hatchback",   "wagon",     "suv", "mpv", "coupe", "convertible",
    "pickup", "van",   "cab_chassis", "limousine", ""};
const char *const vpic_fuel_names[FUEL_COUNT] = {"",     "gasoline", "diesel",  "electric", "hybrid", "mild_hybrid",
                                                 "phev", "flex",     "ethanol", "cng",      "lpg",    "methanol",
                                                 "fcev"};
const char *const vpic_drive_names[DRIVE_COUNT] = {"", "fwd", "rwd", "awd", "4wd", "2wd"};
const char *const vpic_aspiration_names[ASPIRATION_COUNT] = {"", "na", "turbo", "supercharged"};

uint8_t vin_fuel(uint16_t first, uint16_t second, unsigned hints) {
    if (first == FUEL_ELECTRIC && (second == FUEL_GASOLINE || second == FUEL_FLEX)) return FUEL_PHEV;
    if (first == FUEL_ELECTRIC && second == FUEL_FCEV) return FUEL_FCEV;
    if (first == FUEL_GASOLINE && (second == FUEL_ETHANOL || second == FUEL_FLEX)) return FUEL_FLEX;
    bool burns = first == FUEL_GASOLINE || first == FUEL_NONE || first == FUEL_FLEX;
    if (burns && (hints & HINT_PLUG_IN)) return FUEL_PHEV;
    if (first == FUEL_GASOLINE && (second == FUEL_ELECTRIC)) return hints & HINT_MILD ? FUEL_MILD_HYBRID : FUEL_HYBRID;
    if (burns && (hints & HINT_HYBRID)) return hints & HINT_MILD ? FUEL_MILD_HYBRID : FUEL_HYBRID;
    if (first == FUEL_GASOLINE && (hints & HINT_MILD)) return FUEL_MILD_HYBRID;
    return (uint8_t)first;
}

uint8_t vin_aspiration(uint16_t turbo, uint8_t implied, unsigned hints) {
    if (turbo == ASPIRATION_TURBO) return ASPIRATION_TURBO;
    if (hints & HINT_SUPER) return ASPIRATION_SUPER;
    if (hints & HINT_TURBO) return ASPIRATION_TURBO;
    return turbo != 0 ? (uint8_t)turbo : implied;
}

uint8_t vin_drive(uint16_t drive, unsigned hints) {
    if (drive != 0) return (uint8_t)drive;
    if (hints & HINT_4WD) return DRIVE_4WD;
    if (hints & HINT_AWD) return DRIVE_AWD;
    if (hints & HINT_FWD) return DRIVE_FWD;
    if (hints & HINT_RWD) return DRIVE_RWD;
    return hints & HINT_2WD ? DRIVE_2WD : DRIVE_NONE;
}

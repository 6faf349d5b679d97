// vpic_values.h: what vPIC's attribute values mean in our vocabulary: small numbers per field, with their texts.
//
// Body classes, fuels and drives are look-up ids in vPIC; displacement comes as litres or cubic centimetres in a dozen
// spellings; trims are often lists ("L/LE/SE"); engine models mix codes with words like "Turbo". Every field has 0 for
// unknown.
#ifndef RF_TOOLS_VPIC_VALUES_H
#define RF_TOOLS_VPIC_VALUES_H

#include "index/interner.h"
#include "index/vin_values.h"

enum vpic_field { // in the order in which configurations are enumerated: what narrows most comes first
    VPIC_MODEL,
    VPIC_BODY,
    VPIC_FUEL,
    VPIC_FUEL2,
    VPIC_LITRES,
    VPIC_CC,
    VPIC_CYLINDERS,
    VPIC_ENGINE,
    VPIC_TURBO,
    VPIC_HINT,
    VPIC_DRIVE,
    VPIC_TRIM,
    VPIC_SERIES,
    VPIC_FIELDS
};

enum { VPIC_TRIMS_MAX = 6 }; // of one list; longer ones say too little

struct vpic_engine { // what an engine model implies
    uint16_t tenths;
    uint8_t cylinders, fuel, aspiration;
    uint16_t code; // its code's id + 1 in vpic_values.engines; 0: the name holds none
};

struct vpic_values {
    struct interner engines, trims, series; // id + 1 is the field's value; capped at 65,534
    struct vpic_engine *engine_facts;       // by lower-cased name in engine_names
    struct interner engine_names;
    size_t engine_capacity;
};

void vpic_values_init(struct vpic_values *v);
void vpic_values_destroy(struct vpic_values *v);

// vPIC element ids to fields; -1: not used.
int vpic_field_of_element(int element);
// The values of one pattern, 0 to VPIC_TRIMS_MAX of them. Look-up fields take the id as text.
unsigned vpic_field_values(struct vpic_values *v, enum vpic_field field, struct slice text,
                           uint16_t out[VPIC_TRIMS_MAX]);
unsigned vpic_text_hints(struct slice text); // HINT_ bits
// The code in an engine model's name, empty when there is none: "J35Y6", "LFX - SIDI, VVT" -> "LFX"; not "TSI" or
// "2.0T".
struct slice vpic_engine_code(struct slice name);

#endif

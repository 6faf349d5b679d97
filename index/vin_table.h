// vin_table.h: the compiled patterns of one maker's code and a span of model years, and their matching.
//
// TABLE_VIN, by the key's first byte:
//   'p', maker's code (3 or 6), u16 big-endian 65535 - first model year -> patterns, below. Seeking 65535 - y finds the span that
//        began last at or before y
//   'm', model u16 big-endian -> struct vin_model
//   't', text u16 big-endian -> a text: plants
//   'w', maker's code -> struct vin_wmi as vPIC has it; 'f' the same from our own table, which wins
//
// Patterns: last model year u16, blocks u16, then per block (one schema of vPIC) its length u32 and
//   defined u16: fields it says anything of, as bits; makes u8 and u16 each; masks of each of the eight positions u8[8]; the masks,
//   five bytes each, a bit per character; keys u16, then per key: positions u8 as bits, a mask's index u8 for each of them, bytes of
//   the values u16, values: field u8, value u16, and where the field has VIN_MORE set hints u16, and for an engine tenths u16,
//   cylinders u8, fuel u8, aspiration u8.
// A position that a key does not name may hold anything; the positions a key names say how specific it is. A VIN's positions are
// 4 to 8, then 10 to 12.
//
// Matching takes no memory and stops at damage (ERR_DAMAGED), never beyond the record.
#ifndef RF_INDEX_VIN_TABLE_H
#define RF_INDEX_VIN_TABLE_H

#include "base/err.h"
#include "vin_text.h"
#include "vin_values.h"

enum vin_field { // VIN_MODEL to VIN_SERIES in the order of data-tools/vpic_values.h
    VIN_MODEL,    // id of a 'm' record
    VIN_BODY,     // enum vpic_body
    VIN_FUEL,     // enum vpic_fuel
    VIN_FUEL2,
    VIN_LITRES,   // tenths of a litre
    VIN_CC,       // the same, from cubic centimetres
    VIN_CYLINDERS,
    VIN_ENGINE,   // its code in NAMES_VALUE, with what the engine's name implies
    VIN_TURBO,    // enum vpic_aspiration
    VIN_HINT,     // HINT_ bits
    VIN_DRIVE,
    VIN_TRIM,     // NAMES_VALUE id
    VIN_SERIES,   // NAMES_VALUE id of the submodel
    VIN_PLANTS,   // id of a 't' record
    VIN_FIELDS
};
enum { VIN_MORE = 0x80, VIN_POSITIONS = 8, VIN_TIES_MAX = 8, VIN_MASK_BYTES = 5, VIN_BLOCKS_MAX = 512 };

struct vin_value { uint16_t value, hints, tenths; uint8_t cylinders, fuel, aspiration, reserved; }; // compared bytewise
// The values of the most specific keys that match. `many`: more than fit, so nothing is known.
struct vin_set { uint8_t literals, count; bool many; struct vin_value at[VIN_TIES_MAX]; };

// What a VIN says of the car, in the attributes configurations carry. Several values: one of them. None: unknown.
enum vin_attr { VIN_A_DISPLACEMENT, VIN_A_FUEL, VIN_A_CYLINDERS, VIN_A_ASPIRATION, VIN_A_ENGINE_CODE, VIN_A_BODY, VIN_A_DRIVE,
                VIN_A_TRIM, VIN_A_SUBMODEL, VIN_ATTRS };
extern const char *const vin_attr_names[VIN_ATTRS];
struct vin_values { uint8_t count; uint16_t at[VIN_TIES_MAX]; };

enum { VIN_MODELS_MAX = 8, VIN_MAKES_MAX = 16 };
struct vin_match {
    unsigned blocks;                  // 0: no patterns
    unsigned lacks;                   // fields the best schema describes without describing this VIN: 0 for a VIN it fully allows
    struct vin_values attrs[VIN_ATTRS];
    uint16_t models[VIN_MODELS_MAX];  // equally good
    unsigned model_count;
    bool too_many;                    // more models than fit: none is kept
    uint16_t makes[VIN_MAKES_MAX];    // NAMES_MAKE ids of the best schemas' models, whether a model was found or not
    unsigned make_count;
    uint16_t plant;                   // 't' id, 0: unknown
};
// Matches the patterns against a VIN. `hint_of` fields work as in vin_values.h.
enum err vin_match(struct slice record, const struct vin_text *vin, struct vin_match *out);
unsigned vin_record_last_year(struct slice record); // 0: damaged

// ---- the small records ---------------------------------------------------------------------------------------------------------
// A model as vPIC names it and as the database does. Catalogues list some series of a model as models of their own ("Silverado" of the
// series "2500 HD" is a Silverado 2500): `renames` say which; series 0 is every one.
struct vin_rename { uint16_t series, becomes; uint32_t make, model; }; // becomes: the series that is left, 0: none
enum { VIN_RENAMES_MAX = 32 };
struct vin_model {
    uint32_t make, model; // NAMES_ ids; 0: no vehicle of it is known
    struct slice make_name, model_name;
    unsigned rename_count;
    struct vin_rename renames[VIN_RENAMES_MAX];
};
enum err vin_model_decode(struct slice record, struct vin_model *out);

struct vin_wmi {
    uint8_t kind;           // vPIC's vehicle type: 2 car, 3 truck, 7 multipurpose, 1 motorcycle, ...; 0: not said
    struct slice maker, maker_zh, country, makes, plants; // makes joined by '|'; plants "S=Shenyang|D=Dadong"
};
enum err vin_wmi_decode(struct slice record, struct vin_wmi *out);

#endif

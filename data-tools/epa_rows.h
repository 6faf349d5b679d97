// epa_rows.h: what a row of EPA's fuel economy file says, in the words of attributes.tsv. Where EPA's word stands for several of ours, all
// of them are alternatives; where it decides nothing, the value is left open.
#ifndef RF_TOOLS_EPA_ROWS_H
#define RF_TOOLS_EPA_ROWS_H

#include "index/base/arena.h"
#include "index/base/err.h"
#include "index/delimited.h"

enum { EPA_GASOLINE = 1, EPA_FLEX = 2, EPA_DIESEL = 4, EPA_HYBRID = 8, EPA_PHEV = 16, EPA_ELECTRIC = 32, EPA_CNG = 64, EPA_LPG = 128 };
enum { EPA_ALTERNATIVES = 2 };

struct epa_columns { int year, make, model, displacement, cylinders, transmission, drive, fuel, technology, turbo, supercharger; };
struct epa_row {
    unsigned year, cylinders;  // cylinders 0: not said
    struct slice make, model;
    struct slice displacement; // litres with one decimal; empty: none (electric)
    uint8_t fuels;             // EPA_*, 0: not said
    bool turbo, supercharged;  // only where the file has the columns
    unsigned drive_count, transmission_count;
    const char *drives[EPA_ALTERNATIVES], *transmissions[EPA_ALTERNATIVES];
};

// ERR_BAD_REQUEST when one of year, make, model, displacement, cylinders, drive or transmission has no column.
enum err epa_columns_read(const struct delimited *d, struct epa_columns *out, struct fault *why);
// False: the row has no year, make or model. Texts live in the table or in `a`.
bool epa_row_read(struct arena *a, const struct delimited *d, const struct epa_columns *c, struct epa_row *out);
// A word behind a model's name that is no part of it, "4WD", "xDrive", "Convertible". It may narrow what the row says (drive, hybrid).
bool epa_suffix(struct slice word, struct epa_row *row);
// Whether a row of these fuels may be a car of this fuel (attributes.tsv's value; empty: unknown).
bool epa_fuel_matches(uint8_t fuels, struct slice fuel);

#endif

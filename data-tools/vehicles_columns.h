// vehicles_columns.h: what the columns of a vehicle table are, by their English or Chinese names.
#ifndef RF_TOOLS_VEHICLES_COLUMNS_H
#define RF_TOOLS_VEHICLES_COLUMNS_H

#include "index/delimited.h"
#include "index/view.h"
#include "report.h"

enum { VEHICLES_ATTRIBUTES_MAX = 40, VEHICLES_EXTERNALS_MAX = 8 };

struct vehicles_columns { // indexes of columns, -1: there is none
    int make, make_zh, model, model_zh, year, from, to;
    unsigned attribute_count;
    struct { int column; struct slice name; } attributes[VEHICLES_ATTRIBUTES_MAX]; // names of attributes.tsv
    unsigned external_count;
    struct { int column; const char *scheme; } externals[VEHICLES_EXTERNALS_MAX]; // ids of other catalogues: "ktype"
};

// "ktype", "vcdb", "level" or "vin" for the folded name of a column that holds ids of another catalogue; else NULL.
const char *vehicles_external_scheme(struct slice folded);
// "12345", "LSVAF2CU" -> "ktype:12345", "vin:LSVAF2CU", arena. ERR_BAD_REQUEST: not an id of that scheme.
enum err vehicles_external_id(struct arena *a, const char *scheme, struct slice text, struct slice *out);

// Columns nobody knows are named in a notice. ERR_BAD_REQUEST when make, model or year is missing.
enum err vehicles_columns_read(struct view *v, const struct delimited *d, const char *path,
                               struct import_report *report, struct vehicles_columns *out, struct fault *why);

#endif

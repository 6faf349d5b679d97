// vehicles_columns.h: what the columns of a vehicle table are, by their English or Chinese names.
#ifndef RF_TOOLS_VEHICLES_COLUMNS_H
#define RF_TOOLS_VEHICLES_COLUMNS_H

#include "index/delimited.h"
#include "index/view.h"
#include "report.h"

enum { VEHICLES_ATTRIBUTES_MAX = 40 };

struct vehicles_columns { // indexes of columns, -1: there is none
    int make, make_zh, model, model_zh, year, from, to;
    unsigned attribute_count;
    struct { int column; struct slice name; } attributes[VEHICLES_ATTRIBUTES_MAX]; // names of attributes.tsv
};

// Columns nobody knows are named in a notice. ERR_BAD_REQUEST when make, model or year is missing.
enum err vehicles_columns_read(struct view *v, const struct delimited *d, const char *path,
                               struct import_report *report, struct vehicles_columns *out, struct fault *why);

#endif

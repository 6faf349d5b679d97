// vehicles_import.h: vehicles from tables: our own of the China market, and whatever list an owner has (`--format
// vehicles`).
//
// TSV or CSV, UTF-8 or GBK, with a header; columns in any order, English or Chinese names (vehicles_columns.h). Needed
// are a make, a model and a year (or from and to); everything else narrows the configuration. A row is one
// configuration for every year and every combination of the alternatives that transmission, drive and trim list with
// '|'.
#ifndef RF_TOOLS_VEHICLES_IMPORT_H
#define RF_TOOLS_VEHICLES_IMPORT_H

#include "index/db.h"
#include "report.h"

struct vehicles_options {
    const char *market; // of rows without a market column: "CN"; NULL: unknown
    const char *source; // NAMES_CONFIG_SOURCE: "cn-table", "owner"
};

// The files together replace what their source said before about the base vehicles they name. Rows that cannot be used
// are reported and skipped; a file without make, model or year column is ERR_BAD_REQUEST.
enum err vehicles_import(struct db *db, const char *const *paths, unsigned path_count,
                         const struct vehicles_options *options, struct import_report *report, struct fault *why);

#endif

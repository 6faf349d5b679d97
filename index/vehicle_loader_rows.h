// vehicle_loader_rows.h: the rows of a vehicle loader, and turning their texts into database ids. For vehicle_loader.c
// and vehicle_resolve.c only.
#ifndef RF_INDEX_VEHICLE_LOADER_ROWS_H
#define RF_INDEX_VEHICLE_LOADER_ROWS_H

#include "interner.h"
#include "vehicle.h"
#include "vehicle_writer.h"

struct loader_row {
    uint32_t make, model;   // local text ids, then the database's ids
    uint32_t source;
    uint16_t year, flags;
    uint32_t cells_at, cell_count;
    uint32_t externals_at, external_count;
};
struct loader_cell { uint32_t name, value; };         // local text ids
struct loader_name { uint32_t make, model, name_zh; }; // local text ids

struct vehicle_loader {
    struct db *db;
    struct interner texts;
    struct loader_row *rows;
    size_t row_count, row_capacity;
    struct loader_cell *cells;
    size_t cell_count, cell_capacity;
    struct loader_name *names;
    size_t name_count, name_capacity;
    struct vehicle_cell *resolved; // parallel to cells once resolved
    uint32_t *externals;           // local text ids
    size_t external_count, external_capacity;
};

bool loader_grow(void **array, size_t *capacity, size_t wanted, size_t item_bytes);
// Replaces local ids by the database's, adding makes, models, attributes and values that are new; one transaction.
enum err loader_resolve(struct vehicle_loader *l, struct arena *scratch, struct fault *why);

#endif

// vehicle_writer.h: writing one base vehicle with its configurations. For vehicle_loader.c and vehicle_complete.c only.
#ifndef RF_INDEX_VEHICLE_WRITER_H
#define RF_INDEX_VEHICLE_WRITER_H

#include "vehicle.h"

struct vehicle_cell { uint8_t attr; uint16_t value; };
struct vehicle_tuple { // one configuration; cells ascending by attr, no unknown ones
    uint8_t source;
    uint16_t flags;
    unsigned count;
    const struct vehicle_cell *cells;
};
struct vehicle_write { // what became of it
    uint32_t id;
    bool is_new, changed;
    unsigned configurations;
};

// Replaces the configurations of the tuples' sources and keeps those of others; duplicates become one. `v` is a view of
// the transaction whose arena is scratch. ERR_TOO_LARGE beyond LIMIT_CONFIGURATIONS.
enum err vehicle_write(struct txn *t, struct view *v, uint32_t make, uint32_t model, unsigned year,
                       const struct vehicle_tuple *tuples, unsigned count, struct vehicle_write *out);

// The same, but these are all configurations there are from now on, whatever their sources.
enum err vehicle_rewrite(struct txn *t, struct view *v, const struct vehicle *vehicle, const struct vehicle_tuple *tuples, unsigned count,
                         struct vehicle_write *out);

#endif

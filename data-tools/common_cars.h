// common_cars.h: the cars whose verdicts matter most: those in most users' garages; where garages name too few, those of the first list
// with the most fitment rows, newest first among equals.
#ifndef RF_TOOLS_COMMON_CARS_H
#define RF_TOOLS_COMMON_CARS_H

#include "index/db.h"

enum { COMMON_CARS_MAX = 10000, COMMON_CARS_DEFAULT = 200 };

struct common_car {
    uint32_t vehicle, garages; // base vehicle; users who have it
    uint64_t rows;             // of its groups; 0 where garages were enough
    unsigned year;
    char *slug;                // heap
};
struct common_cars { struct common_car *list; unsigned count; };

// Reads every garage, and every group where garages name fewer than `wanted` cars; fewer cars come back when there are no more.
enum err common_cars_choose(struct db *db, unsigned wanted, struct common_cars *out, struct fault *why);
// One base vehicle id per line; empty lines and those that begin with # are passed over, a second mention too. A name nobody knows is an
// error with file and line.
enum err common_cars_read(struct db *db, const char *path, struct common_cars *out, struct fault *why);
void common_cars_free(struct common_cars *c);

#endif

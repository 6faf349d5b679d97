// vehicle_counts.h: how many vehicles there are, of which certainty, as a table for people.
#ifndef RF_TOOLS_VEHICLE_COUNTS_H
#define RF_TOOLS_VEHICLE_COUNTS_H

#include <stdio.h>

#include "index/vehicle_stats.h"

// Counts by a walk over all vehicles and keeps the figures for /metrics; after an import that touched vehicles.
enum err vehicle_counts_refresh(struct db *db, struct vehicle_stats *out, struct fault *why);
enum err vehicle_counts_read(struct db *db, struct vehicle_stats *out); // what was kept; ERR_NOT_FOUND before the first import
void vehicle_counts_print(const struct vehicle_stats *stats, FILE *out);

#endif

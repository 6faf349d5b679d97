// vpic_vin.h: vPIC's patterns compiled into TABLE_VIN (index/vin_table.h), one record per maker's code and span of model years, so that
// a VIN is decoded by reading one record.
//
// Every schema becomes a block: its patterns with the values in the words of our configurations. Links are taken as vPIC has them,
// open ones to the year after next: what a VIN says is not a claim that a vehicle was sold that year.
#ifndef RF_TOOLS_VPIC_VIN_H
#define RF_TOOLS_VPIC_VIN_H

#include "index/db.h"
#include "vpic_core.h"
#include "vpic_facts.h"

// Replaces what an earlier vPIC left; our own table of makers' codes stays. The vehicles are loaded already: their names give the ids.
enum err vpic_vin_compile(struct db *db, const char *sqlite_path, const struct vpic *v, const struct vpic_deriver *d,
                          const struct vpic_facts *facts, struct import_report *report, struct fault *why);

#endif

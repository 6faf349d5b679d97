// import.h: files into the database: finds out what each file is, reads them in the order they depend on each other, and
// reports every row that could not be used.
//
//   1. vocabulary: a folder with types.tsv         2. vehicles: vPIC, vehicle tables, then EPA's, which completes them
//      services, service rules and lists of trouble codes beside them
//   3. catalogue: PIES, ACES, fitment tables, JSONL products and offers, joined and written as one     4. JSONL supply (workshops, stock, ...), users, events
//
// A folder stands for the files in it. Nothing is written to the database by a dry run; its catalogue is compared with what is stored,
// against the vehicles and the vocabulary that are stored.
#ifndef RF_TOOLS_IMPORT_H
#define RF_TOOLS_IMPORT_H

#include "index/base/limits.h"
#include "diff.h"
#include "index/catalog.h"
#include "report.h"

enum import_format {
    IMPORT_UNKNOWN, IMPORT_FACTS, IMPORT_VPIC, IMPORT_VEHICLES, IMPORT_EPA, IMPORT_SERVICES, IMPORT_SERVICE_RULES, IMPORT_CODES, IMPORT_PIES, IMPORT_ACES, IMPORT_CSV, IMPORT_EBAY, IMPORT_JSONL, IMPORT_FORMATS
};
const char *import_format_name(enum import_format format);
bool import_format_parse(const char *text, enum import_format *out);
// By name and first bytes, compressed or not. IMPORT_UNKNOWN for a side map and for what nobody understands.
enum err import_detect(const char *path, enum import_format *out, struct fault *why);

struct import_options {
    const char *const *paths;
    unsigned path_count;
    enum import_format format; // IMPORT_UNKNOWN: detect
    const char *map_path;      // side map for ACES and PIES; NULL: `<name>.map.tsv`, then `map.tsv` beside the file
    const char *facts_dir;     // vocabulary and informational notes
    const char *cache_dir;     // for unpacked vPIC
    bool dry_run, quiet;
    struct diff *diff;         // a dry run with a database: what would change, finished when import_run() returns ERR_OK
    const char *brand, *type, *sku; // of rows of fitment tables that name none; NULL: nothing
    struct staged *staged;     // staged.h: a running server takes what is read, nothing is written here; NULL: the database does
};
struct import_counts {
    char sources[LIMIT_TEXT_BYTES]; // names of the files of the catalogue, for the batch's record
    struct catalog_report catalogue;
    uint64_t aces_applications, aces_parked, pies_items, products, offers, supplies, users, events, duplicate_events;
    uint64_t table_rows, table_applications; // of fitment tables and compatibility lists
};

// `db` is NULL for a dry run that only reads the files, and where `staged` is set.
enum err import_run(struct db *db, const struct import_options *options, struct import_report *report, struct import_counts *out,
                    struct fault *why);

#endif

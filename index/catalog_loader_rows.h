// catalog_loader_rows.h: what a bulk load has collected, shared by catalog_loader.c (collecting) and catalog_finish.c (writing
// it into an empty catalogue). Private to these two.
#ifndef RF_INDEX_CATALOG_LOADER_ROWS_H
#define RF_INDEX_CATALOG_LOADER_ROWS_H

#include "base/map.h"
#include "catalog_resolve.h"

#define NONE UINT32_MAX

struct loaded {
    uint64_t record_at;          // in records; record_n 0: only applications have come so far
    uint32_t record_n, application_count;
    uint32_t first, last;        // chain of pieces
    uint32_t type, brand;
    struct product_facts facts;
    struct product_offer offer;
};
struct piece { uint64_t at; uint32_t n, next; }; // encoded applications of one document

struct catalog_loader {
    struct db *db;
    struct resolver resolver;
    bool resolving, empty;
    struct arena scratch;
    struct loaded *items;
    struct piece *pieces;
    uint32_t item_count, item_capacity, piece_count, piece_capacity, puts;
    struct buf records, applications; // heap
    struct map by_number, by_id;
    struct catalog_report report;
};

// ---- of catalog_loader.c ----------------------------------------------------------------------------------------------------------
// Room for one more element of `size` bytes in a heap array; false: out of memory, the array as it was.
bool loader_array_room(void **list, uint32_t count, uint32_t *capacity, size_t size);
// Ends the transaction names are added in; harmless when there is none.
enum err loader_resolving_end(struct catalog_loader *l, bool commit, struct fault *why);
enum err loader_mark(struct db *db, bool loading, struct fault *why); // CATALOG_LOADING, in a transaction of its own
struct slice loader_record(const struct catalog_loader *l, const struct loaded *i); // encoded product; into l->records
// The record of an item's applications, out of the pieces its documents came in; `pieces` is scratch.
void loader_applications_join(const struct catalog_loader *l, const struct loaded *item, struct buf *pieces, struct buf *out);

// ---- of catalog_finish.c ----------------------------------------------------------------------------------------------------------
// What was collected is given back on the way: afterwards only the report stands.
enum err catalog_finish_empty(struct catalog_loader *l, void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg,
                              struct fault *why);

#endif

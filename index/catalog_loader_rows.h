// catalog_loader_rows.h: what a load has collected, shared by catalog_loader.c (collecting), catalog_settle.c and catalog_apply.c (what
// becomes of it) and catalog_finish.c (writing a whole catalogue into a slot). Private to these four.
#ifndef RF_INDEX_CATALOG_LOADER_ROWS_H
#define RF_INDEX_CATALOG_LOADER_ROWS_H

#include "base/map.h"
#include "catalog_resolve.h"
#include "catalog_version.h"

#define NONE UINT32_MAX

struct loaded {
    uint64_t record_at;          // in records
    uint32_t record_n, application_count;
    uint32_t first, last;        // chain of pieces
    uint32_t type, brand;
    uint32_t live;               // the stored product it is about; 0: none; NONE: nothing is left to do for this item
    bool described;              // a document of its own has come; else the record is a bare one, for a product nobody knows
    bool replaces;               // that document brought the whole set of applications
    bool removed, unresolved;
    bool cny_given, usd_given, stock_given;
    struct product_facts facts;
    struct product_offer offer;
};
struct piece { uint64_t at; uint32_t n, next; enum catalog_change change; }; // encoded applications of one document

struct catalog_loader {
    struct db *db;
    struct catalog_load_options options;
    struct resolver resolver;
    bool resolving;
    struct arena scratch;
    struct loaded *items;
    struct piece *pieces;
    uint32_t item_count, item_capacity, piece_count, piece_capacity, documents;
    struct buf records, applications; // heap
    struct map by_number, by_id, full; // full: brand id -> 1
    struct catalog_report report;
};

// ---- of catalog_loader.c ----------------------------------------------------------------------------------------------------------
// Room for one more element of `size` bytes in a heap array; false: out of memory, the array as it was.
bool loader_array_room(void **list, uint32_t count, uint32_t *capacity, size_t size);
void loader_give_way(void); // after a commit: time for another thread to take the write transaction
// Ends the transaction names are added in; harmless when there is none.
enum err loader_resolving_end(struct catalog_loader *l, bool commit, struct fault *why);
enum err loader_item_new(struct catalog_loader *l, uint32_t *index);
enum err loader_piece_add(struct catalog_loader *l, uint32_t index, uint64_t at, unsigned count, enum catalog_change change);
struct slice loader_record(const struct catalog_loader *l, const struct loaded *i); // encoded product; into l->records
// The record of a settled item's applications, out of its pieces; `pieces` is scratch.
void loader_applications_join(const struct catalog_loader *l, const struct loaded *item, struct buf *pieces, struct buf *out);
bool loader_brand_full(const struct catalog_loader *l, uint32_t brand);

// ---- of catalog_settle.c ----------------------------------------------------------------------------------------------------------
struct apply {
    struct catalog_loader *l;
    struct view *view;
    uint32_t *item_of;          // by stored product, NONE: not touched
    uint32_t stored;            // highest stored product
    uint32_t touched;           // items that are about something a document said
    uint64_t bytes;             // of their records and applications
    uint64_t changes;           // the sequence of changes this has seen
    void (*progress)(void *, const char *, uint64_t, uint64_t);
    void *arg;
    struct fault *why;
};
static inline bool loader_item_void(const struct loaded *item) { return item->live == NONE; } // nothing is left to do for it
void apply_told(const struct apply *a, const char *what, uint64_t done, uint64_t total);
// Which stored product each item is about; the products a whole set leaves out become items too. Fills stored and item_of (heap).
enum err apply_attach(struct apply *a);
// Record, applications, facts and offer of every item as they shall be; what would change nothing is void.
enum err apply_settle(struct apply *a);
enum err apply_version(const struct catalog_loader *l, struct arena *arena, const struct loaded *item, struct product_version *out);

// ---- of catalog_apply.c -----------------------------------------------------------------------------------------------------------
enum err catalog_apply(struct catalog_loader *l, void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg, struct fault *why);

// ---- of catalog_finish.c ----------------------------------------------------------------------------------------------------------
// Writes every table of the catalogue into the slot `db` stands for, which is empty: order[id - 1] is the item of a dense id, or NONE.
// What was collected is given back on the way: afterwards there are no items, pieces or records, only the report.
enum err catalog_finish(struct catalog_loader *l, struct db *db, const uint32_t *order, uint32_t highest,
                        void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg, struct fault *why);

#endif

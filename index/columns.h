// columns.h: the few facts about every product that filters, facets and ranking read for thousands of candidates, as
// fixed-width rows in chunks of consecutive product ids.
//
// A chunk is one value of several pages, so a row is a pointer away once its chunk has been looked up; looked-up chunks are
// kept per view for as long as the snapshot id stays the same. Price and stock have chunks of their own, so that
// a stock change does not rewrite the rest. Rows are native little-endian structs without padding.
#ifndef RF_INDEX_COLUMNS_H
#define RF_INDEX_COLUMNS_H

#include "view.h"

#define COLUMNS_CHUNK 1024 // rows of one chunk

enum { FACT_UNIVERSAL = 1, FACT_DELETED = 2, FACT_NON_VEHICLE = 4,
       FACT_NO_FITMENT = 8, FACT_MANY_FITMENTS = 16, FACT_PACKED = 32 };
// NO_FITMENT and MANY_FITMENTS are counted when applications are written (product_class.h). PACKED: one purchase brings several pieces.

struct product_facts {
    uint32_t type, brand;
    uint8_t kind, flags;
    uint16_t rating_x100;   // 0 = not rated
    uint32_t rating_count;
    float popularity;       // 0..1, the importer's prior; the model's own is in its generation
    uint32_t created_day;   // days since 1970-01-01
};
struct product_offer {
    uint32_t cny_fen, usd_cents; // 0 = no price in that currency
    uint32_t stock;              // pieces
    uint32_t flags;              // reserved, 0
};
_Static_assert(sizeof(struct product_facts) == 24 && sizeof(struct product_offer) == 16, "stored as they are");

struct columns_cache *columns_cache_new(void);
void columns_cache_free(struct columns_cache *c);
// For views inside a write transaction, whose snapshot id does not change with what it writes.
void columns_cache_forget(struct view *v);

// Rows of a product; a zeroed row with FACT_DELETED for ids that are not there, to a restricted request (assortment.h) also for those
// it does not see. Valid until view_end.
const struct product_facts *columns_facts(struct view *v, uint32_t product);
const struct product_offer *columns_offer(struct view *v, uint32_t product);
// Equal versions show equal rows, for those who keep what they computed from them; 0: that cannot be said (inside a
// transaction, of a restricted request).
uint64_t columns_version(struct view *v);
// The same of many products at once, quicker where neighbours stand beside each other.
void columns_facts_of(struct view *v, const uint32_t *products, unsigned count, const struct product_facts **out);
void columns_offers_of(struct view *v, const uint32_t *products, unsigned count, const struct product_offer **out);
uint32_t columns_products(struct view *v); // ids are 1..that, deleted ones included (TABLE_META "products")

// The chunk of attribute values, for product_values.c; never NULL, without a value where there is none. Valid until view_end.
const char *columns_values(struct view *v, uint32_t chunk);

enum err columns_set_facts(struct txn *t, uint32_t product, const struct product_facts *row);
enum err columns_set_offer(struct txn *t, uint32_t product, const struct product_offer *row);
// Bulk: one whole chunk of both columns, COLUMNS_CHUNK rows each.
enum err columns_set_chunk(struct txn *t, uint32_t chunk, const struct product_facts *facts,
                           const struct product_offer *offers);
enum err columns_set_products(struct txn *t, uint32_t highest_id);

#endif

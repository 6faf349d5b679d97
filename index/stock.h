// stock.h: how many pieces of a product lie where: in workshops and in the depots that supply them.
//
// A place is a workshop or a depot. A workshop's stock is one record, small enough to be read whole for a request; a depot's is
// cut by product, so that one product is one short read. Pieces of the shop itself, which are sent from afar, are product_offer.stock.
//
// TABLE_STOCK: place u32, chunk u32 -> (product u32, pieces u32)*, products ascending, no zeros.
#ifndef RF_INDEX_STOCK_H
#define RF_INDEX_STOCK_H

#include "db.h"

enum { STOCK_PRODUCTS_MAX = 8192 }; // of one workshop, and of one line

static inline uint32_t stock_of_workshop(uint32_t workshop) { return workshop << 1; }
static inline uint32_t stock_of_depot(uint32_t depot) { return depot << 1 | 1; }

#define STOCK_CHUNK_BITS 10 // products of one block of a depot
static inline uint32_t stock_chunk(uint32_t place, uint32_t product) { return place & 1 ? product >> STOCK_CHUNK_BITS : 0; }

struct stock_item { uint32_t product, pieces; };

struct stock_block { const char *items; unsigned count; }; // into the snapshot's pages; a place without stock has no items
enum err stock_load(struct snapshot *s, uint32_t place, uint32_t product, struct stock_block *out); // the block that would hold it
uint32_t stock_find(const struct stock_block *b, uint32_t product); // pieces; 0: none
struct stock_item stock_item_at(const struct stock_block *b, unsigned i);
enum err stock_get(struct snapshot *s, uint32_t place, uint32_t product, uint32_t *pieces);

// Sets each product's pieces, 0 takes it away; others stay. ERR_TOO_LARGE: a workshop would have more than STOCK_PRODUCTS_MAX.
// Sorts the items; of two of one product the last counts.
enum err stock_set(struct txn *t, struct arena *scratch, uint32_t place, struct stock_item *items, unsigned count);
enum err stock_clear(struct txn *t, uint32_t place);
// The place's stock block by block; `each` returns false to stop.
enum err stock_each(struct snapshot *s, uint32_t place, bool (*each)(void *arg, const struct stock_item *items, unsigned count), void *arg,
                    struct arena *scratch);

#endif

// fragment.h: finished pieces of answers that many requests share: a product's members, an application's words.
//
// A table of fixed size per view, direct-mapped: a newcomer takes the place of who was there. Everything in it belongs to one
// epoch of the catalogue (TABLE_META CATALOG_EPOCH, advanced with every change of a product); events do not advance it, so
// a busy event stream does not empty it. Views inside a transaction have none.
#ifndef RF_INDEX_FRAGMENT_H
#define RF_INDEX_FRAGMENT_H

#include "view.h"

#define FRAGMENT_SLOTS 131072u // places; what fills them is about 0.5 KB each, so at most some 70 MB a view

enum fragment_kind {
    FRAGMENT_PRODUCT_CNY = 1, FRAGMENT_PRODUCT_USD, // members of the product object
    FRAGMENT_APPLICATION,                           // an application's record and words
    FRAGMENT_REASON,                                // the whole reason of an application that matches all of K
    FRAGMENT_PRODUCT_ID,                            // the external id as a JSON string
};

struct fragments *fragments_new(void); // NULL: out of memory
void fragments_free(struct fragments *f);

static inline uint64_t fragment_key(enum fragment_kind kind, uint32_t product, uint32_t ordinal) {
    return (uint64_t)kind << 56 | (uint64_t)(ordinal & 0xFFFFFF) << 32 | product;
}
// The bytes kept under a key, valid until the next fragment_keep or view_end.
bool fragment_find(struct view *v, uint64_t key, struct slice *out);
// Starts to fetch what is kept under these keys: a list of answers is mostly waiting for memory otherwise.
void fragments_expect(struct view *v, const uint64_t *keys, unsigned count);
void fragment_keep(struct view *v, uint64_t key, struct slice bytes); // no memory: it is not kept

// The epoch this view shows: equal ones show the same products. For those who keep what they made of them.
uint64_t fragment_epoch(struct view *v);
// Catalogue writers: what was kept before this transaction's commit is not used after it.
enum err fragment_epoch_advance(struct txn *t);

#endif

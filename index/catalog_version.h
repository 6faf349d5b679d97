// catalog_version.h: a product with everything that is written about it, as one value that can be put, kept and put back.
// catalog*.c and batch.c put them; who compares a load with what is stored (catalog_load_options.compare) only looks.
#ifndef RF_INDEX_CATALOG_VERSION_H
#define RF_INDEX_CATALOG_VERSION_H

#include "product.h"

struct product_version {
    bool exists;                  // false: there is no such product, or it is deleted
    struct slice record;          // TABLE_PRODUCT
    struct slice applications;    // TABLE_APPLICATION; empty: none
    struct product_facts facts;
    struct product_offer offer;
};

// Copies into the view's arena. A product that is not there is a version that does not exist.
enum err catalog_version_load(struct view *v, uint32_t product, struct product_version *out);
// Writes it with all that is derived from it, in the batch (batch.h). *id 0: a new product, whose id is set. A version that does
// not exist deletes. `v` is a view of the transaction; its cache of columns is forgotten.
enum err catalog_version_put(struct txn *t, struct view *v, uint32_t batch, const struct product_version *version, uint32_t *id);
void catalog_version_encode(struct buf *out, const struct product_version *version);
enum err catalog_version_decode(struct slice bytes, struct product_version *out); // slices into `bytes`

#endif

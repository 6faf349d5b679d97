// catalog_resolve.h: from the texts of a document to ids and stored bytes. Private to catalog*.c.
//
// Makes, models and attribute values that no vehicle knows leave an application unresolved, with its words kept; brands, types,
// positions and sources that are new are added. What has been looked up once is remembered for the resolver's life.
#ifndef RF_INDEX_CATALOG_RESOLVE_H
#define RF_INDEX_CATALOG_RESOLVE_H

#include "base/map.h"
#include "catalog.h"

struct resolver {
    struct txn *txn;
    struct view view;    // of the transaction; its arena is the caller's scratch
    struct map memo;
    struct json_parser *parser; // made when first needed
};
enum err resolver_init(struct resolver *r, struct txn *t, struct arena *scratch);
void resolver_destroy(struct resolver *r);

struct resolved {
    struct product record;        // slices in the scratch arena
    struct product_facts facts;
    struct product_offer offer;
};
enum err resolve_product(struct resolver *r, const struct product_doc *doc, struct resolved *out, struct fault *why);
enum err resolve_brand(struct resolver *r, struct slice text, uint32_t *id, struct slice *name);
enum err resolve_type(struct resolver *r, struct slice text, uint32_t *id);
// One document becomes one record per vehicle, appended to `out` as application_encode() writes them.
enum err resolve_application(struct resolver *r, const struct application_doc *doc, struct buf *out, unsigned *count,
                             unsigned *unresolved, struct fault *why);

// Tries a parked application again: appends what its vehicle resolves to now, or itself.
enum err resolve_parked(struct resolver *r, const struct application *parked, struct buf *out, unsigned *count, unsigned *unresolved,
                        struct fault *why);

// Puts one product in a batch, inside the resolver's transaction (catalog.c).
enum err catalog_put_in(struct resolver *r, uint32_t batch, const struct product_doc *doc, uint32_t *id, struct fault *why);

#endif

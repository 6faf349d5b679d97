// product_ids.h: the external ids of all products in memory, for those who look up millions of them: product_find is a walk down a tree
// of the database, this is two reads of memory, and those of many ids overlap.
//
// What the view's snapshot shows at the time of loading; later changes are not seen. Immutable, so any number of threads may ask.
// About 50 bytes a product.
#ifndef RF_INDEX_PRODUCT_IDS_H
#define RF_INDEX_PRODUCT_IDS_H

#include "view.h"

struct product_ids;

enum err product_ids_load(struct view *v, struct product_ids **out); // ERR_NO_MEMORY, ERR_DAMAGED, ERR_TOO_LARGE (4 GiB of ids)
void product_ids_free(struct product_ids *ids);                      // NULL is fine
// The product of each id, 0 for an id nobody has, also for deleted products: out[n].
void product_ids_find(const struct product_ids *ids, const struct slice *texts, size_t n, uint32_t *out);
struct slice product_ids_text(const struct product_ids *ids, uint32_t product); // empty: not there. Lives as long as `ids`

#endif

// content_cache.h: vectors by content of products that a generation does not know, kept by one process for all its threads.
//
// A table of fixed size, a newcomer takes the place of who was there. An entry belongs to one generation and one epoch of the
// catalogue (fragment.h), so that a changed product is looked at again.
#ifndef RF_MODEL_CONTENT_CACHE_H
#define RF_MODEL_CONTENT_CACHE_H

#include "generation.h"

#define CONTENT_CACHE_SLOTS 4096u

struct content_cache;
struct content_cache *content_cache_new(void); // NULL: out of memory
void content_cache_free(struct content_cache *c);
// content_vector() of the product; any thread. `out` gets the generation's dimension.
bool content_cache_vector(struct content_cache *c, const struct generation *g, struct view *v, uint32_t product, float *out);

#endif

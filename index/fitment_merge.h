// fitment_merge.h: the matches of one product with each vehicle of K, brought together while they are found. Private to fitment*.c.
//
// A K of several base vehicles is walked vehicle by vehicle; a product is looked up by its number, so that what is kept grows with the
// products and not with the pairs. Of a pair remains what a question about make, model or year wants to know: a part.
#ifndef RF_INDEX_FITMENT_MERGE_H
#define RF_INDEX_FITMENT_MERGE_H

#include "fitment.h"

#define PARTS_FIRST 1024
#define PARTS_CHUNK 65536

struct fitment_part { // a product may fit a vehicle of K
    uint32_t match;   // of the product in the merge; in a finished fitment: ordinal in `matches`
    uint16_t vehicle; // ordinal in K
    bool fits;        // all of this vehicle
};
struct part_chunk { struct part_chunk *next; unsigned count, capacity; struct fitment_part parts[]; };

struct merged { struct match best; uint32_t fits; }; // the best of a product's matches so far, and how many vehicles it fits
struct merge {
    struct arena *arena;
    struct merged *list;
    unsigned count, capacity;
    uint32_t *slots; // by product: ordinal in list and one more
    uint32_t mask;
    struct fitment_parts parts;
};

enum err merge_init(struct merge *m, struct arena *a);
enum err merge_add(struct merge *m, unsigned vehicle, const struct match *match); // vehicles ascend for each product
// Adds the products to `out`, fitting where they fit all of `vehicles`; sorted by sort(), the parts then point into its matches.
enum err merge_finish(struct merge *m, unsigned vehicles, struct fitment *out, enum err (*sort)(struct arena *, struct fitment *));

#endif

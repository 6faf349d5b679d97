// interactions.h: what people did, as a sparse matrix of user x product with weights: the input of training.
//
// A pair's weight says how sure we are that the person wants the product: the sum over their events of the type's weight,
// halved every 60 days of age, clipped to 0 .. INTERACTION_WEIGHT_MAX so that a reload loop does not outweigh a purchase.
// The same sums, over a person's newest events, are what their vector is folded in from, so training and serving
// mean the same by a click.
//
//     impression 0   click 1   cart 3   purchase 5   install 5   service 5   redeem 5   accept 3
//     rating: 4 and more +2, 2 and less -2, otherwise 0   return -5   dismiss -1   snooze -0.5   everything else 0
#ifndef RF_MODEL_INTERACTIONS_H
#define RF_MODEL_INTERACTIONS_H

#include "index/event.h"

#define INTERACTION_HALF_LIFE_DAYS 60
#define INTERACTION_WEIGHT_MAX 20.0f
#define INTERACTION_WEIGHT_MIN 0.01f // less is forgotten: a click of over a year ago

// The event's weight at its own time; 0 for events that say nothing about a product.
float interaction_weight(enum event_type type, float value);
float interaction_decay(int64_t age_ms); // 1 at 0 (and for times ahead), 0.5 at the half-life

struct interaction {
    uint32_t product;
    float weight;
};
// Makes one entry per product of `list`, ascending by product, clipped, without those below the minimum; in place.
// Returns how many are left. The order given does not matter, not even to the last bit.
size_t interaction_merge(struct interaction *list, size_t count);

// ---- the matrix ---------------------------------------------------------------------------------------------------
struct sparse { // compressed rows; columns ascending within a row
    uint32_t rows, columns;
    uint64_t *start;  // [rows + 1]
    uint32_t *column; // [start[rows]]
    float *weight;    // as column
};
static inline uint64_t sparse_count(const struct sparse *m) { return m->start ? m->start[m->rows] : 0; }
// Room for `count` entries, every row empty; false, with nothing to free: no memory.
bool sparse_take(struct sparse *m, uint32_t rows, uint32_t columns, uint64_t count);
void sparse_free(struct sparse *m);
enum err sparse_transpose(const struct sparse *m, struct sparse *out); // ERR_NO_MEMORY

// Rows and columns are dense; `user_ids` and `product_ids` give the database's id of each, ascending.
struct interactions {
    struct sparse by_user, by_product;
    uint32_t *user_ids, *product_ids;
};
void interactions_free(struct interactions *m);

// The same rows and columns without what the rows marked in `left_out` [rows] have; ids are not set. ERR_NO_MEMORY.
enum err interactions_without(const struct interactions *m, const bool *left_out, struct interactions *out);

// Collects users in ascending order of id, then builds both directions.
struct interaction_builder;
struct interaction_builder *interaction_builder_new(void); // NULL: out of memory
void interaction_builder_free(struct interaction_builder *b);
// All of one user's merged interactions; a user without any takes no row. ERR_NO_MEMORY.
enum err interaction_builder_add(struct interaction_builder *b, uint32_t user, const struct interaction *list,
                                 size_t count);
enum err interaction_builder_finish(struct interaction_builder *b, struct interactions *out); // frees nothing of b

#endif

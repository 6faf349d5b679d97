// rank_covisit.h: what goes with some products and what comes after them, by row of the generation: the parts `similar` and `next`
// of a person's score (mix.h), summed over their events once, so that a candidate is one look into a small table.
//
// The sums are those of mix_parts() over the same events, times the mix's weights: each product once, where it was last wanted,
// the newest of age 0. The table has room for COVISIT_ROWS_MAX rows; when that is full the events not yet reached, the oldest, are left out.
//
// Two kinds of table hold them: struct covisit keeps the two parts apart, as features, reasons and recommendations want them; struct
// covisit_lifts, for a batch, keeps what they add to a score under given weights, in memory of the caller's that is as small as it may be.
#ifndef RF_MODEL_RANK_COVISIT_H
#define RF_MODEL_RANK_COVISIT_H

#include "generation.h"
#include "mix.h"

#define COVISIT_SLOTS_MAX 16384u
#define COVISIT_ROWS_MAX (COVISIT_SLOTS_MAX / 4 * 3)
#define COVISIT_FILTER_BITS 65536u

struct covisit_slot {
    uint32_t row_1;      // row + 1; 0: empty
    float similar, next; // weighted
};

struct covisit {         // about 8 KB and what the slots take
    uint32_t mask, count;                          // slots - 1; rows in them
    unsigned similar_events, next_events;          // how many events, from the newest, are in the sums
    float similar_scale, next_scale;               // what a neighbour's weight is multiplied by, beside the event's own decay
    struct mix_shape shape;
    uint64_t filter[COVISIT_FILTER_BITS / 64];     // a bit for each row that is there, by its lowest bits: most candidates are not
    struct covisit_slot slots[COVISIT_SLOTS_MAX];  // only the first mask + 1 are ever touched
};

struct covisit_scale { // of one generation
    float similar, next; // what a sum counts beside the vector's dot product, which counts 1
    struct mix_shape shape;
};

// `rows` newest first; UINT32_MAX for products the generation does not know, which age the others all the same. Nothing is allocated.
void covisit_fill(struct covisit *c, const struct generation *g, const struct covisit_scale *scale, const uint32_t *rows, unsigned count);

// For tables of other sums: an empty one with room for `expected` rows, at most COVISIT_ROWS_MAX, and a row's slot, made if need be; NULL:
// the table is full.
void covisit_clear(struct covisit *c, uint32_t expected);
struct covisit_slot *covisit_slot_of(struct covisit *c, uint32_t row);

#define COVISIT_HASH_BITS 25
static inline uint32_t covisit_hash(uint32_t row) { return row * 2654435769u >> 7; } // where both kinds of table look for a row first

static inline bool covisit_may_have(const struct covisit *c, uint32_t row) {
    return c->filter[row / 64 % (COVISIT_FILTER_BITS / 64)] >> (row % 64) & 1;
}
static inline const struct covisit_slot *covisit_find(const struct covisit *c, uint32_t row) { // NULL: not there
    if (!covisit_may_have(c, row)) return NULL;
    for (uint32_t at = covisit_hash(row) & c->mask;; at = (at + 1) & c->mask) {
        if (c->slots[at].row_1 == row + 1) return &c->slots[at];
        if (c->slots[at].row_1 == 0) return NULL;
    }
}

// ---- as one number a row --------------------------------------------------------------------------------------------
struct covisit_lift {
    uint32_t row_1; // row + 1; 0: empty
    float lift;
};
struct covisit_lifts {
    uint32_t slots, count;     // of `list`; of them filled
    uint32_t filter_bits;      // log2 of the filter's words: two bits of one word for each row that is there
    const uint64_t *filter;    // most candidates are not there, and most of those do not get past it
    const struct covisit_lift *list;
};
// They are summed up in a table with room for what there may be, on the thread's own memory, and then packed into one of what there is.
struct covisit_sums {
    uint32_t slots, count;
    struct covisit_lift list[COVISIT_ROWS_MAX + COVISIT_ROWS_MAX / 3 + 1];
};
// covisit_fill's sums, similar x similar_weight + next x next_weight: list[count], in no order that means anything.
void covisit_sum_up(struct covisit_sums *s, const struct generation *g, const struct covisit_scale *scale, const uint32_t *rows, unsigned count,
                    float similar_weight, float next_weight);
size_t covisit_lifts_bytes(uint32_t count); // what a packed table of so many rows takes, a multiple of 64
// Into that many bytes of zeros at `memory`, 64-byte aligned, where it then lives.
void covisit_pack(const struct covisit_sums *s, void *memory, struct covisit_lifts *out);

static inline bool covisit_lifts_may_have(const struct covisit_lifts *l, uint32_t hash) {
    uint64_t word = l->filter[hash >> (COVISIT_HASH_BITS - l->filter_bits)];
    return word >> (hash % 64) & word >> (hash / 64 % 64) & 1;
}
static inline const struct covisit_lift *covisit_lifts_home(const struct covisit_lifts *l, uint32_t hash) {
    return &l->list[(uint64_t)hash * l->slots >> COVISIT_HASH_BITS];
}
static inline float covisit_lifts_find(const struct covisit_lifts *l, uint32_t row_1) { // 0: not there, as of row_1 0
    const struct covisit_lift *at = covisit_lifts_home(l, covisit_hash(row_1 - 1)), *end = l->list + l->slots;
    for (; at->row_1; at = at + 1 < end ? at + 1 : l->list)
        if (at->row_1 == row_1) return at->lift;
    return 0.0f;
}

// ---- shares -------------------------------------------------------------------------------------------------------
// What the event of age `age`, whose own row is `from`, gives to `row`: its share of the table's sums.
struct covisit_share { float similar, next; };
struct covisit_share covisit_share_of(const struct covisit *c, const struct generation *g, unsigned age, uint32_t from, uint32_t row);
// Those of all `count` events to `row`, in their order, into out.
void covisit_shares_of(const struct covisit *c, const struct generation *g, const uint32_t *rows, unsigned count, uint32_t row,
                       struct covisit_share *out);

// Tables whose memory is taken as they are filled; NULL: out of memory. They are empty and found nothing in.
struct covisit *covisit_tables(unsigned count);
void covisit_tables_free(struct covisit *tables, unsigned count); // NULL is fine

// ---- tables of persons, kept --------------------------------------------------------------------------------------
// A table belongs to a stamp, the caller's number for one state of one person; never 0. Memory is taken as tables are filled.
#define COVISIT_PLACES 512
struct covisit_cache;
struct covisit_cache *covisit_cache_new(void); // NULL: out of memory
void covisit_cache_free(struct covisit_cache *c);
// The table of `stamp`; *found tells whether it is filled, if not the caller fills it. Valid until the next call.
struct covisit *covisit_cache_entry(struct covisit_cache *c, uint64_t stamp, bool *found);

#endif

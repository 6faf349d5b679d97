// rank_covisit.h: what goes with some products and what comes after them, by row of the generation: the parts `similar` and `next`
// of a person's score (mix.h), summed over their events once, so that a candidate is one look into a small table.
//
// The sums are those of mix_parts() over the same events, times the mix's weights: each product once, where it was last wanted,
// the newest of age 0. The table has room for COVISIT_ROWS_MAX rows; when that is full the events not yet reached, the oldest, are left out.
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

static inline const struct covisit_slot *covisit_find(const struct covisit *c, uint32_t row) { // NULL: not there
    if (!(c->filter[row / 64 % (COVISIT_FILTER_BITS / 64)] >> (row % 64) & 1)) return NULL;
    for (uint32_t at = row * 2654435769u >> 7 & c->mask;; at = (at + 1) & c->mask) {
        if (c->slots[at].row_1 == row + 1) return &c->slots[at];
        if (c->slots[at].row_1 == 0) return NULL;
    }
}

// What the event of age `age`, whose own row is `from`, gives to `row`: its share of the table's sums.
struct covisit_share { float similar, next; };
struct covisit_share covisit_share_of(const struct covisit *c, const struct generation *g, unsigned age, uint32_t from, uint32_t row);

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

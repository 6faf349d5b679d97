// rank_rows.h: what of a product's score does not depend on who asks, kept per ranker, so that a candidate is one read of memory and
// not one each of its facts, its offer, its popularity and its row of the generation.
//
// A row belongs to one state of all that it was computed from (struct rank_rows_key) and is computed anew when it is asked for in
// another one. Rows are in chunks that are taken as products are asked for: 32 bytes a product.
#ifndef RF_MODEL_RANK_ROWS_H
#define RF_MODEL_RANK_ROWS_H

#include "rank.h"

struct rank_row {
    float fixed[RANK_SURFACES]; // popularity, rating, availability and freshness, weighted and summed
    float price;                // price_position(); NAN: cannot be said
    uint32_t brand : 31, deleted : 1;
    uint16_t stamp;             // of rank_rows; 0: never filled
    uint16_t length;            // of the vector, rounded up: the upper half of a float
    uint32_t row;               // of the generation; UINT32_MAX: it does not know the product
    uint32_t vector_at;         // the product's vector, or what stands in for it, in 64 bytes from the first row; UINT32_MAX: none;
                                // of a product after the training its number (generation_newer_find) and this bit:
#define RANK_ROW_NEWER 0x80000000u
};
_Static_assert(sizeof(struct rank_row) == 32, "two in a cache line");

static inline uint16_t rank_row_length_up(float length) {
    uint32_t bits;
    memcpy(&bits, &length, sizeof bits);
    return (uint16_t)((bits + 0xFFFF) >> 16);
}
static inline float rank_row_length(const struct rank_row *row) {
    uint32_t bits = (uint32_t)row->length << 16;
    float length;
    memcpy(&length, &bits, sizeof length);
    return length;
}

struct rank_rows_key {
    const struct view *view;
    uint64_t columns;                      // columns_version(); 0: nothing is kept
    const struct generation *generation;   // the same may be mapped elsewhere later, and another one at the same place:
    uint64_t generation_id;                // both are compared
    uint64_t newer;                        // products after the training that were taken in
    uint64_t day, weights;
};

#define RANK_ROWS_CHUNK 65536u // rows: a huge page
#define RANK_ROWS_CHUNKS 1024u // 64 M products, as in columns.c
struct rank_rows {
    struct rank_rows_key key;
    uint16_t stamp;
    struct rank_row *chunks[RANK_ROWS_CHUNKS];
};
struct rank_rows *rank_rows_new(void); // NULL: out of memory
void rank_rows_free(struct rank_rows *r);
// What rank_rows_at gives from now on belongs to this key. The stamp of rows that do; 0: nothing is kept.
uint16_t rank_rows_begin(struct rank_rows *r, const struct rank_rows_key *key);
// The place of a product's row, filled if its stamp is the one of rank_rows_begin, else for the caller to fill; NULL: no room for it.
struct rank_row *rank_rows_make(struct rank_rows *r, uint32_t product);
static inline struct rank_row *rank_rows_at(struct rank_rows *r, uint32_t product) {
    uint32_t at = product / RANK_ROWS_CHUNK;
    return at < RANK_ROWS_CHUNKS && r->chunks[at] ? &r->chunks[at][product % RANK_ROWS_CHUNK] : rank_rows_make(r, product);
}

#endif

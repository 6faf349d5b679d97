// generation_format.h: the bytes of a generation file. For generation.c, generation_write.c and their tests only.
//
//   header (one struct, padded to HEADER_BYTES), then the sections in the order of the enum, each at a multiple of 64 and
//   padded with zeros to one. A section's hash is the XXH3-64 of its bytes with padding; the header's own is of all its
//   bytes with that field 0. Every byte of the file is therefore under exactly one hash. Little-endian.
//
//   SECTION_PRODUCTS   u32 product of each row
//   SECTION_ROW_OF     u32 row + 1 of each product 0..products_max, 0 = none
//   SECTION_VECTORS    float[stride] of each row, zeros after the dimension
//   SECTION_NORMS      float 1 / |v| of each row
//   SECTION_POPULARITY float of each row
//   SECTION_TREND      float of each row
//   SECTION_TYPES      struct generation_type, ascending by type
//   SECTION_CONTENT    struct generation_content, ascending by (type, brand); brand 0 is the type's own mean
//   SECTION_MEANS      float[stride] of each content entry
//   SECTION_GRAM       float[dimension][dimension]
//   SECTION_SIMILAR_START, SECTION_NEXT_START   u32[rows + 1] into the entries of each row
//   SECTION_SIMILAR, SECTION_NEXT               struct generation_neighbour, ascending by row within a row's entries
//
// Version 1 had no neighbours. It is refused by its number; training writes a new file.
#ifndef RF_MODEL_GENERATION_FORMAT_H
#define RF_MODEL_GENERATION_FORMAT_H

#include "generation.h"

#define GENERATION_MAGIC 0x0100004E45474652u // the bytes "RFGEN", 0, 0, 1
#define GENERATION_VERSION 2
#define HEADER_BYTES 512

enum generation_section {
    SECTION_PRODUCTS, SECTION_ROW_OF, SECTION_VECTORS, SECTION_NORMS, SECTION_POPULARITY, SECTION_TREND, SECTION_TYPES,
    SECTION_CONTENT, SECTION_MEANS, SECTION_GRAM, SECTION_SIMILAR_START, SECTION_SIMILAR, SECTION_NEXT_START, SECTION_NEXT,
    SECTION_COUNT
};

struct generation_content { uint32_t type, brand; };

struct section_place { uint64_t offset, bytes, hash; }; // bytes without padding

struct generation_header {
    uint64_t magic;
    uint32_t version, dimension, stride, rows;
    uint32_t products_max;     // the largest product id of SECTION_ROW_OF
    uint32_t types, contents;
    float alpha0, lambda, nu;
    uint32_t trained_products; // |V| of the regulariser
    uint32_t similar, next;    // entries of the neighbour sections
    uint64_t id, last_sequence;
    int64_t created_ms;
    struct section_place sections[SECTION_COUNT];
    uint64_t hash;
};
_Static_assert(sizeof(struct generation_header) <= HEADER_BYTES, "the header's place");
_Static_assert(sizeof(struct generation_neighbour) == 8, "stored as it is");
_Static_assert(sizeof(struct generation_type) == 28, "stored as it is");

static inline uint64_t generation_padded(uint64_t bytes) {
    return (bytes + 63) & ~(uint64_t)63;
}
// The length each section must have, from the header's counts.
static inline uint64_t generation_section_bytes(const struct generation_header *h, enum generation_section s) {
    uint64_t rows = h->rows, row_bytes = (uint64_t)h->stride * sizeof(float);
    switch (s) {
    case SECTION_PRODUCTS: return rows * sizeof(uint32_t);
    case SECTION_ROW_OF: return ((uint64_t)h->products_max + 1) * sizeof(uint32_t);
    case SECTION_VECTORS: return rows * row_bytes;
    case SECTION_NORMS:
    case SECTION_POPULARITY:
    case SECTION_TREND: return rows * sizeof(float);
    case SECTION_TYPES: return (uint64_t)h->types * sizeof(struct generation_type);
    case SECTION_CONTENT: return (uint64_t)h->contents * sizeof(struct generation_content);
    case SECTION_MEANS: return (uint64_t)h->contents * row_bytes;
    case SECTION_GRAM: return (uint64_t)h->dimension * h->dimension * sizeof(float);
    case SECTION_SIMILAR_START:
    case SECTION_NEXT_START: return (rows + 1) * sizeof(uint32_t);
    case SECTION_SIMILAR: return (uint64_t)h->similar * sizeof(struct generation_neighbour);
    case SECTION_NEXT: return (uint64_t)h->next * sizeof(struct generation_neighbour);
    case SECTION_COUNT: break;
    }
    return 0;
}
// Fills offsets and lengths from the counts; returns the file's size.
static inline uint64_t generation_place(struct generation_header *h) {
    uint64_t at = HEADER_BYTES;
    for (unsigned s = 0; s < SECTION_COUNT; s++) {
        uint64_t bytes = generation_section_bytes(h, (enum generation_section)s);
        h->sections[s] = (struct section_place){.offset = at, .bytes = bytes};
        at += generation_padded(bytes);
    }
    return at;
}

// Computes every hash and the id of a whole file in memory, whose header and sections are otherwise complete.
void generation_seal(void *file);

#endif

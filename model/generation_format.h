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
//   SECTION_TREND      float of each row, for each market in turn (market.h)
//   SECTION_TYPES      struct generation_type, ascending by type
//   SECTION_CONTENT    struct generation_content, ascending by (type, brand); brand 0 is the type's own mean
//   SECTION_MEANS      float[stride] of each content entry
//   SECTION_GRAM       float[dimension][dimension]
//   SECTION_SIMILAR_START, SECTION_NEXT_START   u32[rows + 1] into the entries of each row
//   SECTION_SIMILAR, SECTION_NEXT               struct generation_neighbour, ascending by row within a row's entries
//   SECTION_BOUGHT_START        u32[rows + 1] into SECTION_BOUGHT, struct generation_pair, best first within a row's entries
//   SECTION_TYPE_BOUGHT_START   u32[types + 1] into SECTION_TYPE_BOUGHT, struct generation_type_pair, by place in SECTION_TYPES
//   SECTION_USERS           u32 ids of the people, ascending
//   SECTION_USER_SEQUENCES  u64 the newest event of each
//   SECTION_USER_VECTORS    float[stride] of each
//   SECTION_FEATURES        u64 hashes of content features (content.h), ascending
//   SECTION_FEATURE_VECTORS float[stride] of each
//   SECTION_CANARIES        struct generation_canary, ascending by user
//   SECTION_CANARY_ACTS     struct interaction, oldest first within a canary's entries
//
// A file of another version is refused by its number; training writes a new one.
#ifndef RF_MODEL_GENERATION_FORMAT_H
#define RF_MODEL_GENERATION_FORMAT_H

#include "generation.h"

#define GENERATION_MAGIC 0x0100004E45474652u // the bytes "RFGEN", 0, 0, 1
#define GENERATION_VERSION 4
#define HEADER_BYTES 1024

enum generation_section {
    SECTION_PRODUCTS, SECTION_ROW_OF, SECTION_VECTORS, SECTION_NORMS, SECTION_POPULARITY, SECTION_TREND, SECTION_TYPES,
    SECTION_CONTENT, SECTION_MEANS, SECTION_GRAM, SECTION_SIMILAR_START, SECTION_SIMILAR, SECTION_NEXT_START, SECTION_NEXT,
    SECTION_BOUGHT_START, SECTION_BOUGHT, SECTION_TYPE_BOUGHT_START, SECTION_TYPE_BOUGHT, SECTION_USERS, SECTION_USER_SEQUENCES,
    SECTION_USER_VECTORS, SECTION_FEATURES, SECTION_FEATURE_VECTORS, SECTION_CANARIES, SECTION_CANARY_ACTS,
    SECTION_COUNT
};

struct generation_content { uint32_t type, brand; };
static inline uint64_t generation_content_key(const struct generation_content *c) { return (uint64_t)c->type << 32 | c->brand; }

struct section_place { uint64_t offset, bytes, hash; }; // bytes without padding

struct generation_header {
    uint64_t magic;
    uint32_t version, dimension, stride, rows;
    uint32_t products_max;     // the largest product id of SECTION_ROW_OF
    uint32_t types, contents;
    float alpha0, lambda, nu;
    uint32_t trained_products; // |V| of the regulariser
    uint32_t similar, next;    // entries of the neighbour sections
    uint32_t bought, type_bought, users, features, canaries, canary_acts; // entries of those sections
    struct generation_learnt learnt;
    uint64_t id, last_sequence, events;
    int64_t created_ms;
    struct section_place sections[SECTION_COUNT];
    uint64_t hash;
};
_Static_assert(sizeof(struct generation_header) <= HEADER_BYTES, "the header's place");
_Static_assert(sizeof(struct generation_neighbour) == 8, "stored as it is");
_Static_assert(sizeof(struct generation_type) == 28, "stored as it is");
_Static_assert(sizeof(struct generation_pair) == 12 && sizeof(struct generation_type_pair) == 12, "stored as they are");
_Static_assert(sizeof(struct generation_canary) == 16, "stored as it is");
_Static_assert(sizeof(struct interaction) == 8, "stored as it is");

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
    case SECTION_POPULARITY: return rows * sizeof(float);
    case SECTION_TREND: return MARKETS * rows * sizeof(float);
    case SECTION_TYPES: return (uint64_t)h->types * sizeof(struct generation_type);
    case SECTION_CONTENT: return (uint64_t)h->contents * sizeof(struct generation_content);
    case SECTION_MEANS: return (uint64_t)h->contents * row_bytes;
    case SECTION_GRAM: return (uint64_t)h->dimension * h->dimension * sizeof(float);
    case SECTION_SIMILAR_START:
    case SECTION_NEXT_START: return (rows + 1) * sizeof(uint32_t);
    case SECTION_SIMILAR: return (uint64_t)h->similar * sizeof(struct generation_neighbour);
    case SECTION_NEXT: return (uint64_t)h->next * sizeof(struct generation_neighbour);
    case SECTION_BOUGHT_START: return (rows + 1) * sizeof(uint32_t);
    case SECTION_BOUGHT: return (uint64_t)h->bought * sizeof(struct generation_pair);
    case SECTION_TYPE_BOUGHT_START: return ((uint64_t)h->types + 1) * sizeof(uint32_t);
    case SECTION_TYPE_BOUGHT: return (uint64_t)h->type_bought * sizeof(struct generation_type_pair);
    case SECTION_USERS: return (uint64_t)h->users * sizeof(uint32_t);
    case SECTION_USER_SEQUENCES: return (uint64_t)h->users * sizeof(uint64_t);
    case SECTION_USER_VECTORS: return (uint64_t)h->users * row_bytes;
    case SECTION_FEATURES: return (uint64_t)h->features * sizeof(uint64_t);
    case SECTION_FEATURE_VECTORS: return (uint64_t)h->features * row_bytes;
    case SECTION_CANARIES: return (uint64_t)h->canaries * sizeof(struct generation_canary);
    case SECTION_CANARY_ACTS: return (uint64_t)h->canary_acts * sizeof(struct interaction);
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

// An opened file: what generation.c reads from and generation_check.c has checked.
struct generation {
    const uint8_t *file;
    size_t size;
    bool mapped; // ours to unmap
    const struct generation_header *header;
    const uint32_t *products, *row_of;
    const float *vectors, *norms, *popularity, *trend, *means, *gram;
    const struct generation_type *types;
    const struct generation_content *contents;
    const uint32_t *similar_start, *next_start, *bought_start, *type_bought_start;
    const struct generation_neighbour *similar, *next;
    const struct generation_pair *bought;
    const struct generation_type_pair *type_bought;
    const uint32_t *users;
    const uint64_t *user_sequences, *features;
    const float *user_vectors, *feature_vectors;
    const struct generation_canary *canaries;
    const struct interaction *canary_acts;
    struct newer *newer; // not of the file: products after the training; NULL: none are taken in
};
// Checks all of a file in memory and sets g's pointers into it. ERR_DAMAGED, ERR_NEWER; `why` says what is wrong.
enum err generation_check(struct generation *g, const uint8_t *file, size_t size, struct fault *why);

// Computes every hash and the id of a whole file in memory, whose header and sections are otherwise complete.
void generation_seal(void *file);

#endif

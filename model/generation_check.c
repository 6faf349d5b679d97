// generation_check.c: nothing is read from a generation file before all of it has been looked at.
#include "generation_format.h"

#include <math.h>

#include "index/base/hash.h"

// ---- hashes -------------------------------------------------------------------------------------------------------

static uint64_t section_hash(const uint8_t *file, const struct section_place *place) {
    return hash64(slice_of(file + place->offset, generation_padded(place->bytes)));
}

static uint64_t header_hash(const uint8_t *file) {
    uint8_t copy[HEADER_BYTES];
    memcpy(copy, file, HEADER_BYTES);
    memset(copy + offsetof(struct generation_header, hash), 0, sizeof(uint64_t));
    return hash64(slice_of(copy, HEADER_BYTES));
}

// The id comes from what the sections hold, not from when they were written. 0 means "none" elsewhere.
static uint64_t content_id(const struct generation_header *h) {
    uint64_t hashes[SECTION_COUNT];
    for (unsigned s = 0; s < SECTION_COUNT; s++) hashes[s] = h->sections[s].hash;
    uint64_t id = hash64(slice_of(hashes, sizeof hashes));
    return id ? id : 1;
}

void generation_seal(void *file) {
    struct generation_header *h = file;
    for (unsigned s = 0; s < SECTION_COUNT; s++) h->sections[s].hash = section_hash(file, &h->sections[s]);
    h->id = content_id(h);
    h->hash = header_hash(file);
}

// ---- validation ---------------------------------------------------------------------------------------------------

static enum err damaged(struct fault *why, const char *what) {
    return fault_set(why, ERR_DAMAGED, "", "generation file: %s", what);
}

static enum err check_counts(const struct generation_header *h, struct fault *why) {
    bool good = h->dimension > 0 && h->dimension <= GENERATION_DIMENSION_MAX && h->stride >= h->dimension &&
                h->stride <= 2 * GENERATION_DIMENSION_MAX && h->stride % 16 == 0 && h->rows < UINT32_MAX / 2 &&
                h->products_max < UINT32_MAX / 2;
    if (!good) return damaged(why, "a count in the header is out of range");
    if (!(h->alpha0 > 0.0f && h->lambda > 0.0f && h->nu >= 0.0f)) return damaged(why, "the parameters are out of range");
    const struct generation_learnt *l = &h->learnt;
    for (unsigned p = 0; p < MIX_PARTS; p++)
        if (!isfinite(l->weights.of[p])) return damaged(why, "a weight of the mix is no number");
    const struct mix_shape *shape = &l->shape;
    bool shaped = shape->similar_decay > 0.0f && shape->similar_decay <= 1.0f && shape->next_decay > 0.0f && shape->next_decay <= 1.0f &&
                  shape->length >= 0.0f && shape->length <= 4.0f;
    if (l->mixed > 1 || (l->mixed && !shaped)) return damaged(why, "the shape of the mix is out of range");
    return ERR_OK;
}

static enum err check_header(const uint8_t *file, size_t size, struct fault *why) {
    if (size < HEADER_BYTES) return damaged(why, "shorter than a header");
    const struct generation_header *h = (const void *)file;
    if (h->magic != GENERATION_MAGIC) return damaged(why, "not a generation file");
    if (h->version > GENERATION_VERSION)
        return fault_set(why, ERR_NEWER, "", "generation file: version %u, this program knows %d", h->version,
                         GENERATION_VERSION);
    if (h->version < GENERATION_VERSION)
        return fault_set(why, ERR_DAMAGED, "", "generation file: version %u of an older program; train again", h->version);
    if (h->hash != header_hash(file))
        return damaged(why, "the header's checksum is wrong");
    TRY(check_counts(h, why));
    struct generation_header expected = *h;
    if (generation_place(&expected) != size) return damaged(why, "the size is not what the header says");
    for (unsigned s = 0; s < SECTION_COUNT; s++)
        if (h->sections[s].offset != expected.sections[s].offset || h->sections[s].bytes != expected.sections[s].bytes)
            return damaged(why, "a section is not where it belongs");
    return ERR_OK;
}

static enum err check_sections(const uint8_t *file, const struct generation_header *h, struct fault *why) {
    static const char *const names[SECTION_COUNT] = {"products", "rows",  "vectors", "norms", "popularity",
                                                     "trend",    "types", "content", "means", "gram",
                                                     "starts of similar", "similar", "starts of next", "next",
                                                     "starts of bought", "bought", "starts of types bought", "types bought",
                                                     "users", "sequences of users", "vectors of users", "features",
                                                     "vectors of features", "canaries", "acts of canaries"};
    for (unsigned s = 0; s < SECTION_COUNT; s++)
        if (section_hash(file, &h->sections[s]) != h->sections[s].hash)
            return fault_set(why, ERR_DAMAGED, "", "generation file: the checksum of section %s is wrong", names[s]);
    return h->id == content_id(h) ? ERR_OK : damaged(why, "the id is not that of the content");
}

static void bind(struct generation *g, const uint8_t *file) {
    const struct section_place *at = ((const struct generation_header *)(const void *)file)->sections;
    g->header = (const void *)file;
    g->products = (const void *)(file + at[SECTION_PRODUCTS].offset);
    g->row_of = (const void *)(file + at[SECTION_ROW_OF].offset);
    g->vectors = (const void *)(file + at[SECTION_VECTORS].offset);
    g->norms = (const void *)(file + at[SECTION_NORMS].offset);
    g->popularity = (const void *)(file + at[SECTION_POPULARITY].offset);
    g->trend = (const void *)(file + at[SECTION_TREND].offset);
    g->types = (const void *)(file + at[SECTION_TYPES].offset);
    g->contents = (const void *)(file + at[SECTION_CONTENT].offset);
    g->means = (const void *)(file + at[SECTION_MEANS].offset);
    g->gram = (const void *)(file + at[SECTION_GRAM].offset);
    g->similar_start = (const void *)(file + at[SECTION_SIMILAR_START].offset);
    g->similar = (const void *)(file + at[SECTION_SIMILAR].offset);
    g->next_start = (const void *)(file + at[SECTION_NEXT_START].offset);
    g->next = (const void *)(file + at[SECTION_NEXT].offset);
    g->bought_start = (const void *)(file + at[SECTION_BOUGHT_START].offset);
    g->bought = (const void *)(file + at[SECTION_BOUGHT].offset);
    g->type_bought_start = (const void *)(file + at[SECTION_TYPE_BOUGHT_START].offset);
    g->type_bought = (const void *)(file + at[SECTION_TYPE_BOUGHT].offset);
    g->users = (const void *)(file + at[SECTION_USERS].offset);
    g->user_sequences = (const void *)(file + at[SECTION_USER_SEQUENCES].offset);
    g->user_vectors = (const void *)(file + at[SECTION_USER_VECTORS].offset);
    g->features = (const void *)(file + at[SECTION_FEATURES].offset);
    g->feature_vectors = (const void *)(file + at[SECTION_FEATURE_VECTORS].offset);
    g->canaries = (const void *)(file + at[SECTION_CANARIES].offset);
    g->canary_acts = (const void *)(file + at[SECTION_CANARY_ACTS].offset);
}

// Rows and products point at each other.
static enum err check_rows(const struct generation *g, struct fault *why) {
    uint32_t known = 0;
    for (uint32_t p = 0; p <= g->header->products_max; p++) {
        if (g->row_of[p] == 0) continue;
        known++;
        if (g->row_of[p] > g->header->rows || g->products[g->row_of[p] - 1] != p)
            return damaged(why, "a product's row is wrong");
    }
    return known == g->header->rows ? ERR_OK : damaged(why, "a row belongs to no product");
}

static enum err check_types(const struct generation *g, struct fault *why) {
    uint32_t row = 0;
    for (uint32_t i = 0; i < g->header->types; i++) {
        const struct generation_type *t = &g->types[i];
        if (i > 0 && t->type <= g->types[i - 1].type) return damaged(why, "types do not ascend");
        if (t->first_row != row || t->rows > g->header->rows - row) return damaged(why, "a type's rows are wrong");
        row += t->rows;
    }
    return row == g->header->rows ? ERR_OK : damaged(why, "rows without a type");
}

static enum err check_contents(const struct generation *g, struct fault *why) {
    for (uint32_t i = 1; i < g->header->contents; i++)
        if (generation_content_key(&g->contents[i]) <= generation_content_key(&g->contents[i - 1]))
            return damaged(why, "content means do not ascend");
    return ERR_OK;
}

// Lists of `count` entries in all, of rows one after the other.
static bool starts_ascend(const uint32_t *start, uint32_t rows, uint32_t count) {
    if (start[0] != 0 || start[rows] != count) return false;
    for (uint32_t row = 0; row < rows; row++)
        if (start[row + 1] < start[row] || start[row + 1] > count) return false;
    return true;
}

static enum err check_neighbours(uint32_t rows, const uint32_t *start, const struct generation_neighbour *list,
                                 uint32_t count, struct fault *why) {
    if (!starts_ascend(start, rows, count)) return damaged(why, "neighbours' places do not ascend");
    for (uint32_t row = 0; row < rows; row++) {
        for (uint32_t i = start[row]; i < start[row + 1]; i++) {
            bool ascends = i == start[row] || list[i].row > list[i - 1].row;
            if (!ascends || list[i].row >= rows || !(list[i].weight > 0.0f && list[i].weight < INFINITY))
                return damaged(why, "a neighbour is wrong");
        }
    }
    return ERR_OK;
}

static bool pair_good(float lift, float support) {
    return lift > 0.0f && lift < INFINITY && support > 0.0f && support < INFINITY;
}

static enum err check_bought(const struct generation *g, struct fault *why) {
    const struct generation_header *h = g->header;
    if (!starts_ascend(g->bought_start, h->rows, h->bought)) return damaged(why, "places of what is bought together do not ascend");
    if (!starts_ascend(g->type_bought_start, h->types, h->type_bought)) return damaged(why, "places of types bought together do not ascend");
    for (uint32_t i = 0; i < h->bought; i++)
        if (g->bought[i].row >= h->rows || !pair_good(g->bought[i].lift, g->bought[i].support))
            return damaged(why, "a pair bought together is wrong");
    for (uint32_t i = 0; i < h->type_bought; i++)
        if (!pair_good(g->type_bought[i].lift, g->type_bought[i].support)) return damaged(why, "a pair of types is wrong");
    return ERR_OK;
}

static enum err check_keys(const struct generation *g, struct fault *why) {
    const struct generation_header *h = g->header;
    for (uint32_t i = 1; i < h->users; i++)
        if (g->users[i] <= g->users[i - 1]) return damaged(why, "users do not ascend");
    for (uint32_t i = 1; i < h->features; i++)
        if (g->features[i] <= g->features[i - 1]) return damaged(why, "features do not ascend");
    return ERR_OK;
}

static enum err check_canaries(const struct generation *g, struct fault *why) {
    const struct generation_header *h = g->header;
    uint32_t next = 0;
    for (uint32_t i = 0; i < h->canaries; i++) {
        const struct generation_canary *c = &g->canaries[i];
        if (i > 0 && c->user <= g->canaries[i - 1].user) return damaged(why, "canaries do not ascend");
        if (c->first != next || c->count > h->canary_acts - next) return damaged(why, "a canary's acts are wrong");
        next += c->count;
    }
    if (next != h->canary_acts) return damaged(why, "acts of no canary");
    for (uint32_t i = 0; i < h->canary_acts; i++)
        if (!(g->canary_acts[i].weight > 0.0f && g->canary_acts[i].weight < INFINITY)) return damaged(why, "a canary's act weighs nothing");
    return ERR_OK;
}

enum err generation_check(struct generation *g, const uint8_t *file, size_t size, struct fault *why) {
    TRY(check_header(file, size, why));
    TRY(check_sections(file, (const void *)file, why));
    bind(g, file);
    TRY(check_rows(g, why));
    TRY(check_types(g, why));
    TRY(check_neighbours(g->header->rows, g->similar_start, g->similar, g->header->similar, why));
    TRY(check_neighbours(g->header->rows, g->next_start, g->next, g->header->next, why));
    TRY(check_contents(g, why));
    TRY(check_bought(g, why));
    TRY(check_keys(g, why));
    return check_canaries(g, why);
}

#include "generation.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generation_format.h"
#include "index/base/hash.h"

struct generation {
    const uint8_t *file;
    size_t size;
    bool mapped; // ours to unmap
    const struct generation_header *header;
    const uint32_t *products, *row_of;
    const float *vectors, *norms, *popularity, *trend, *means, *gram;
    const uint32_t *similar_start, *next_start;
    const struct generation_neighbour *similar, *next;
    const struct generation_type *types;
    const struct generation_content *contents;
};

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
                                                     "starts of similar", "similar", "starts of next", "next"};
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

static uint64_t content_key(const struct generation_content *c) {
    return (uint64_t)c->type << 32 | c->brand;
}

static enum err check_contents(const struct generation *g, struct fault *why) {
    for (uint32_t i = 1; i < g->header->contents; i++)
        if (content_key(&g->contents[i]) <= content_key(&g->contents[i - 1]))
            return damaged(why, "content means do not ascend");
    return ERR_OK;
}

static enum err check_neighbours(uint32_t rows, const uint32_t *start, const struct generation_neighbour *list,
                                 uint32_t count, struct fault *why) {
    if (start[0] != 0 || start[rows] != count) return damaged(why, "neighbours' places are wrong");
    for (uint32_t row = 0; row < rows; row++) {
        if (start[row + 1] < start[row] || start[row + 1] > count) return damaged(why, "neighbours' places do not ascend");
        for (uint32_t i = start[row]; i < start[row + 1]; i++) {
            bool ascends = i == start[row] || list[i].row > list[i - 1].row;
            if (!ascends || list[i].row >= rows || !(list[i].weight > 0.0f && list[i].weight < INFINITY))
                return damaged(why, "a neighbour is wrong");
        }
    }
    return ERR_OK;
}

static enum err load(struct generation *g, const uint8_t *file, size_t size, struct fault *why) {
    TRY(check_header(file, size, why));
    TRY(check_sections(file, (const void *)file, why));
    bind(g, file);
    TRY(check_rows(g, why));
    TRY(check_types(g, why));
    TRY(check_neighbours(g->header->rows, g->similar_start, g->similar, g->header->similar, why));
    TRY(check_neighbours(g->header->rows, g->next_start, g->next, g->header->next, why));
    return check_contents(g, why);
}

enum err generation_load(const void *bytes, size_t size, struct generation **out, struct fault *why) {
    struct generation *g = calloc(1, sizeof *g);
    *out = NULL;
    if (g == NULL) return ERR_NO_MEMORY;
    *g = (struct generation){.file = bytes, .size = size};
    enum err e = load(g, bytes, size, why);
    if (e != ERR_OK) {
        free(g);
        return e;
    }
    *out = g;
    return ERR_OK;
}

// ---- files --------------------------------------------------------------------------------------------------------

static enum err map_file(const char *path, void **bytes, size_t *size, struct fault *why) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fault_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "", "%s: %s", path, strerror(errno));
    enum err e = ERR_OK;
    if (fstat(fd, &st) != 0) e = fault_set(why, ERR_IO, "", "%s: %s", path, strerror(errno));
    else if (st.st_size < HEADER_BYTES) e = damaged(why, "shorter than a header");
    if (e == ERR_OK) {
        *size = (size_t)st.st_size;
        *bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (*bytes == MAP_FAILED) e = fault_set(why, ERR_IO, "", "%s: %s", path, strerror(errno));
    }
    close(fd);
    return e;
}

enum err generation_open(const char *path, struct generation **out, struct fault *why) {
    void *bytes = NULL;
    size_t size = 0;
    *out = NULL;
    TRY(map_file(path, &bytes, &size, why));
    enum err e = generation_load(bytes, size, out, why);
    if (e == ERR_OK) (*out)->mapped = true;
    else munmap(bytes, size);
    return e;
}

void generation_close(struct generation *g) {
    if (g == NULL) return;
    if (g->mapped) munmap((void *)(uintptr_t)g->file, g->size);
    free(g);
}

enum err generation_path(const char *data_dir, uint64_t id, char *out) {
    int n = snprintf(out, GENERATION_PATH_MAX, "%s/generations/%016llx.gen", data_dir, (unsigned long long)id);
    return n > 0 && n < GENERATION_PATH_MAX ? ERR_OK : ERR_TOO_LARGE;
}

// ---- reading ------------------------------------------------------------------------------------------------------

uint64_t generation_id(const struct generation *g) {
    return g->header->id;
}

int64_t generation_created_ms(const struct generation *g) {
    return g->header->created_ms;
}

uint64_t generation_last_sequence(const struct generation *g) {
    return g->header->last_sequence;
}

unsigned generation_dimension(const struct generation *g) {
    return g->header->dimension;
}

unsigned generation_stride(const struct generation *g) {
    return g->header->stride;
}

uint32_t generation_rows(const struct generation *g) {
    return g->header->rows;
}

uint32_t generation_row(const struct generation *g, uint32_t product) {
    return product <= g->header->products_max ? g->row_of[product] - 1 : UINT32_MAX;
}

uint32_t generation_product(const struct generation *g, uint32_t row) {
    return g->products[row];
}

const float *generation_row_vector(const struct generation *g, uint32_t row) {
    return g->vectors + (size_t)row * g->header->stride;
}

const float *generation_vector(const struct generation *g, uint32_t product) {
    uint32_t row = generation_row(g, product);
    return row == UINT32_MAX ? NULL : generation_row_vector(g, row);
}

float generation_inverse_norm(const struct generation *g, uint32_t row) {
    return g->norms[row];
}

float generation_row_popularity(const struct generation *g, uint32_t row) {
    return g->popularity[row];
}

void generation_row_expect(const struct generation *g, uint32_t row, bool vector) {
    __builtin_prefetch(&g->popularity[row]);
    const char *first = (const char *)generation_row_vector(g, row);
    for (size_t at = 0; vector && at < g->header->stride * sizeof(float); at += 64) __builtin_prefetch(first + at);
}

float generation_popularity(const struct generation *g, uint32_t product) {
    uint32_t row = generation_row(g, product);
    return row == UINT32_MAX ? 0.0f : g->popularity[row];
}

float generation_trend(const struct generation *g, uint32_t product) {
    uint32_t row = generation_row(g, product);
    return row == UINT32_MAX ? 0.0f : g->trend[row];
}

const struct generation_neighbour *generation_similar(const struct generation *g, uint32_t row, uint32_t *count) {
    *count = g->similar_start[row + 1] - g->similar_start[row];
    return g->similar + g->similar_start[row];
}

const struct generation_neighbour *generation_next(const struct generation *g, uint32_t row, uint32_t *count) {
    *count = g->next_start[row + 1] - g->next_start[row];
    return g->next + g->next_start[row];
}

const float *generation_gram(const struct generation *g) {
    return g->gram;
}

float generation_lambda(const struct generation *g) {
    return g->header->lambda;
}

struct foldin_space generation_space(const struct generation *g) {
    const struct generation_header *h = g->header;
    return (struct foldin_space){h->dimension, g->gram, h->alpha0 * (float)h->trained_products, h->lambda, h->nu};
}

static const float *find_content(const struct generation *g, uint32_t type, uint32_t brand) {
    uint64_t wanted = content_key(&(struct generation_content){type, brand});
    uint32_t low = 0, high = g->header->contents;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (content_key(&g->contents[middle]) < wanted) low = middle + 1;
        else high = middle;
    }
    if (low == g->header->contents || content_key(&g->contents[low]) != wanted) return NULL;
    return g->means + (size_t)low * g->header->stride;
}

const float *generation_vector_for(const struct generation *g, uint32_t type, uint32_t brand) {
    const float *own = find_content(g, type, brand);
    return own ? own : find_content(g, type, 0);
}

const struct generation_type *generation_type(const struct generation *g, uint32_t type) {
    uint32_t low = 0, high = g->header->types;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g->types[middle].type < type) low = middle + 1;
        else high = middle;
    }
    return low < g->header->types && g->types[low].type == type ? &g->types[low] : NULL;
}

const struct generation_type *generation_types(const struct generation *g, unsigned *count) {
    *count = g->header->types;
    return g->types;
}

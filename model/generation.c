#include "generation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generation_format.h"
#include "newer.h"

enum err generation_load(const void *bytes, size_t size, struct generation **out, struct fault *why) {
    struct generation *g = calloc(1, sizeof *g);
    *out = NULL;
    if (g == NULL) return ERR_NO_MEMORY;
    *g = (struct generation){.file = bytes, .size = size};
    enum err e = generation_check(g, bytes, size, why);
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
    else if (st.st_size < HEADER_BYTES) e = fault_set(why, ERR_DAMAGED, "", "generation file: shorter than a header");
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
    newer_free(g->newer);
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

const float *generation_trends(const struct generation *g, enum market market) {
    return g->trend + (size_t)market * g->header->rows;
}

float generation_trend(const struct generation *g, uint32_t product, enum market market) {
    uint32_t row = generation_row(g, product);
    return row == UINT32_MAX ? 0.0f : generation_trends(g, market)[row];
}

const struct generation_neighbour *generation_similar(const struct generation *g, uint32_t row, uint32_t *count) {
    *count = g->similar_start[row + 1] - g->similar_start[row];
    return g->similar + g->similar_start[row];
}

const struct generation_neighbour *generation_next(const struct generation *g, uint32_t row, uint32_t *count) {
    *count = g->next_start[row + 1] - g->next_start[row];
    return g->next + g->next_start[row];
}

const struct generation_pair *generation_bought(const struct generation *g, uint32_t row, uint32_t *count) {
    *count = g->bought_start[row + 1] - g->bought_start[row];
    return g->bought + g->bought_start[row];
}

const struct generation_type_pair *generation_type_bought(const struct generation *g, uint32_t type, uint32_t *count) {
    const struct generation_type *t = generation_type(g, type);
    *count = 0;
    if (t == NULL) return NULL;
    size_t at = (size_t)(t - g->types);
    *count = g->type_bought_start[at + 1] - g->type_bought_start[at];
    return g->type_bought + g->type_bought_start[at];
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
    uint64_t wanted = generation_content_key(&(struct generation_content){type, brand});
    uint32_t low = 0, high = g->header->contents;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (generation_content_key(&g->contents[middle]) < wanted) low = middle + 1;
        else high = middle;
    }
    if (low == g->header->contents || generation_content_key(&g->contents[low]) != wanted) return NULL;
    return g->means + (size_t)low * g->header->stride;
}

const float *generation_vector_for(const struct generation *g, uint32_t type, uint32_t brand) {
    const float *own = find_content(g, type, brand);
    return own ? own : find_content(g, type, 0);
}

uint32_t generation_newer(const struct generation *g) {
    return g->newer ? newer_count(g->newer) : 0;
}

uint32_t generation_newer_find(const struct generation *g, uint32_t product) {
    return g->newer ? newer_find(g->newer, product) : NEWER_NONE;
}

const float *generation_newer_vector(const struct generation *g, uint32_t number) {
    return newer_vector(g->newer, number);
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

// ---- people, content, what was learnt -----------------------------------------------------------------------------

const float *generation_user(const struct generation *g, uint32_t user, uint64_t *last_sequence) {
    uint32_t low = 0, high = g->header->users;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g->users[middle] < user) low = middle + 1;
        else high = middle;
    }
    if (low == g->header->users || g->users[low] != user) return NULL;
    *last_sequence = g->user_sequences[low];
    return g->user_vectors + (size_t)low * g->header->stride;
}

uint32_t generation_users(const struct generation *g) {
    return g->header->users;
}

bool generation_mix(const struct generation *g, struct mix_weights *w, struct mix_shape *s) {
    const struct generation_learnt *l = &g->header->learnt;
    if (!l->mixed) return false;
    *w = l->weights;
    *s = l->shape;
    return true;
}

struct generation_figures generation_figures(const struct generation *g) {
    return g->header->learnt.figures;
}

uint64_t generation_events(const struct generation *g) {
    return g->header->events;
}

struct generation_canaries generation_canaries(const struct generation *g) {
    return (struct generation_canaries){g->header->canaries, g->canaries, g->canary_acts};
}

const float *generation_feature(const struct generation *g, uint64_t hash) {
    uint32_t low = 0, high = g->header->features;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g->features[middle] < hash) low = middle + 1;
        else high = middle;
    }
    if (low == g->header->features || g->features[low] != hash) return NULL;
    return g->feature_vectors + (size_t)low * g->header->stride;
}

bool generation_has_content(const struct generation *g) {
    return g->header->features > 0;
}

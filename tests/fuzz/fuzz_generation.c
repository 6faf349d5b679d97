// fuzz_generation.c: bytes from outside as a generation file. Twice: as they are, and as the sections of a file whose
// places and checksums are right, so that what lies behind the checksums is reached. What loads must be readable
// everywhere.
#include <stdlib.h>

#include "model/generation_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_everywhere(const struct generation *g) {
    float sum = 0;
    for (uint32_t row = 0; row < generation_rows(g); row++) {
        uint32_t product = generation_product(g, row);
        if (generation_row(g, product) != row) abort();
        sum += generation_vector(g, product)[generation_dimension(g) - 1] + generation_inverse_norm(g, row);
        uint32_t similar, next;
        const struct generation_neighbour *s = generation_similar(g, row, &similar), *n = generation_next(g, row, &next);
        for (uint32_t i = 0; i < similar; i++) sum += generation_row_vector(g, s[i].row)[0] + s[i].weight;
        for (uint32_t i = 0; i < next; i++) sum += generation_row_vector(g, n[i].row)[0] + n[i].weight;
        sum += generation_popularity(g, product) + generation_trend(g, product, MARKET_CN);
    }
    for (uint32_t type = 0; type < 8; type++) {
        const struct generation_type *t = generation_type(g, type);
        if (t && t->rows > generation_rows(g)) abort();
        const float *mean = generation_vector_for(g, type, type);
        if (mean) sum += mean[generation_stride(g) - 1];
    }
    sum += generation_gram(g)[0];
    volatile float sink = sum;
    (void)sink;
}

static void read_learnt(const struct generation *g) {
    float sum = 0;
    uint32_t count, types;
    const struct generation_type *list = generation_types(g, &types);
    for (uint32_t row = 0; row < generation_rows(g); row++) {
        const struct generation_pair *p = generation_bought(g, row, &count);
        for (uint32_t i = 0; i < count; i++) sum += generation_row_vector(g, p[i].row)[0] + p[i].lift + p[i].support;
    }
    for (uint32_t t = 0; t < types; t++) {
        const struct generation_type_pair *p = generation_type_bought(g, list[t].type, &count);
        for (uint32_t i = 0; i < count; i++) sum += (float)p[i].type + p[i].lift;
    }
    for (uint32_t user = 0; user < 300; user++) {
        uint64_t sequence;
        const float *vector = generation_user(g, user, &sequence);
        if (vector) sum += vector[generation_stride(g) - 1] + (float)sequence;
        const float *feature = generation_feature(g, user);
        if (feature) sum += feature[generation_stride(g) - 1];
    }
    struct generation_canaries c = generation_canaries(g);
    for (uint32_t i = 0; i < c.count; i++)
        for (uint32_t k = 0; k < c.list[i].count; k++) sum += c.acts[c.list[i].first + k].weight;
    volatile float sink = sum;
    (void)sink;
}

static void load(const void *file, size_t size) {
    struct generation *g;
    struct fault why;
    if (generation_load(file, size, &g, &why) != ERR_OK) return;
    read_everywhere(g);
    read_learnt(g);
    generation_close(g);
}

static void load_as_it_is(const uint8_t *data, size_t size) {
    void *file = aligned_alloc(64, (size + 64) / 64 * 64);
    memcpy(file, data, size);
    load(file, size);
    free(file);
}

static void load_sealed(const uint8_t *data, size_t size) {
    struct reader r = {data, data + size, false};
    struct generation_header h = {.magic = GENERATION_MAGIC, .version = GENERATION_VERSION};
    h.dimension = 1 + reader_u8(&r) % 16;
    h.stride = 16;
    h.rows = reader_u8(&r) % 8;
    h.products_max = reader_u8(&r) % 16;
    h.types = reader_u8(&r) % 4;
    h.contents = reader_u8(&r) % 4;
    h.similar = reader_u8(&r) % 8;
    h.next = reader_u8(&r) % 8;
    h.bought = reader_u8(&r) % 8;
    h.type_bought = reader_u8(&r) % 8;
    h.users = reader_u8(&r) % 8;
    h.features = reader_u8(&r) % 4;
    h.canaries = reader_u8(&r) % 4;
    h.canary_acts = reader_u8(&r) % 8;
    h.alpha0 = h.lambda = h.nu = 1.0f;
    size_t total = generation_place(&h), left = reader_left(&r);
    uint8_t *file = aligned_alloc(64, total);
    memset(file, 0, total);
    memcpy(file, &h, sizeof h);
    reader_take(&r, file + HEADER_BYTES, left < total - HEADER_BYTES ? left : total - HEADER_BYTES);
    generation_seal(file);
    load(file, total);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    load_as_it_is(data, size);
    load_sealed(data, size);
    return 0;
}

#include "newer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define PRODUCTS_CHUNK 65536u
#define PRODUCTS_CHUNKS 1024u // 64 M products, as in columns.c
#define NOTHING_KNOWN UINT32_MAX

struct newer {
    unsigned stride;
    atomic_uint count;
    _Atomic(float *) vectors[NEWER_MAX / NEWER_CHUNK];
    _Atomic(_Atomic uint32_t *) numbers[PRODUCTS_CHUNKS]; // number + 1 by product; 0: not seen
};

struct newer *newer_new(unsigned stride) {
    struct newer *n = calloc(1, sizeof *n);
    if (n) n->stride = stride;
    return n;
}

void newer_free(struct newer *n) {
    if (!n) return;
    for (unsigned i = 0; i < NEWER_MAX / NEWER_CHUNK; i++) free(atomic_load(&n->vectors[i]));
    for (unsigned i = 0; i < PRODUCTS_CHUNKS; i++) free(atomic_load(&n->numbers[i]));
    free(n);
}

static uint32_t number_1(const struct newer *n, uint32_t product) {
    if (product / PRODUCTS_CHUNK >= PRODUCTS_CHUNKS) return 0;
    _Atomic uint32_t *chunk = atomic_load_explicit(&n->numbers[product / PRODUCTS_CHUNK], memory_order_acquire);
    return chunk ? atomic_load_explicit(&chunk[product % PRODUCTS_CHUNK], memory_order_acquire) : 0;
}

bool newer_seen(const struct newer *n, uint32_t product) { return number_1(n, product) != 0; }
uint32_t newer_count(const struct newer *n) { return atomic_load_explicit(&n->count, memory_order_acquire); }

uint32_t newer_find(const struct newer *n, uint32_t product) {
    uint32_t number = number_1(n, product);
    return number == 0 || number == NOTHING_KNOWN ? NEWER_NONE : number - 1;
}

const float *newer_vector(const struct newer *n, uint32_t number) {
    const float *chunk = atomic_load_explicit(&n->vectors[number / NEWER_CHUNK], memory_order_acquire);
    return chunk + (size_t)(number % NEWER_CHUNK) * n->stride;
}

static _Atomic uint32_t *place_of(struct newer *n, uint32_t product) {
    if (product / PRODUCTS_CHUNK >= PRODUCTS_CHUNKS) return NULL;
    _Atomic(_Atomic uint32_t *) *at = &n->numbers[product / PRODUCTS_CHUNK];
    _Atomic uint32_t *chunk = atomic_load(at);
    if (!chunk && (chunk = calloc(PRODUCTS_CHUNK, sizeof *chunk))) atomic_store_explicit(at, chunk, memory_order_release);
    return chunk ? &chunk[product % PRODUCTS_CHUNK] : NULL;
}

static float *room_for(struct newer *n, uint32_t number) {
    if (number >= NEWER_MAX) return NULL;
    _Atomic(float *) *at = &n->vectors[number / NEWER_CHUNK];
    float *chunk = atomic_load(at);
    if (!chunk) {
        size_t bytes = NEWER_CHUNK * (size_t)n->stride * sizeof *chunk;
        chunk = aligned_alloc(64, bytes);
        if (!chunk) return NULL;
        memset(chunk, 0, bytes);
        atomic_store_explicit(at, chunk, memory_order_release);
    }
    return chunk + (size_t)(number % NEWER_CHUNK) * n->stride;
}

bool newer_add(struct newer *n, uint32_t product, const float *vector, unsigned dimension) {
    _Atomic uint32_t *place = place_of(n, product);
    uint32_t number = atomic_load(&n->count);
    float *row = place && vector ? room_for(n, number) : NULL;
    if (!place || (vector && !row)) return false;
    if (row) memcpy(row, vector, dimension * sizeof *row);
    atomic_store_explicit(place, row ? number + 1 : NOTHING_KNOWN, memory_order_release); // whoever sees the number sees the vector
    if (row) atomic_store_explicit(&n->count, number + 1, memory_order_release);
    return true;
}

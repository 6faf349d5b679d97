#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// Chunks are a stack; space is only ever taken from the newest.
struct arena_chunk {
    struct arena_chunk *older;
    size_t capacity_bytes;
    _Alignas(16) uint8_t space[];
};

static size_t padded_size(size_t size_bytes) { return (size_bytes + 15) & ~(size_t)15; }

static void chunks_free(struct arena *a) {
    for (struct arena_chunk *c = a->newest, *older; c; c = older) {
        older = c->older;
        ARENA_UNPOISON(c->space, c->capacity_bytes);
        free(c);
    }
    a->newest = NULL;
    a->at = a->end = NULL;
    a->held_bytes = 0;
}

void arena_init(struct arena *a, size_t first_bytes, size_t limit_bytes) {
    *a = (struct arena){.limit_bytes = limit_bytes & ~(size_t)15, .next_bytes = padded_size(first_bytes)};
}

void arena_destroy(struct arena *a) {
    chunks_free(a);
    *a = (struct arena){.full = true};
}

void arena_reset(struct arena *a) {
    // Several chunks become one of the same capacity, made at the next allocation: from then on nothing is allocated.
    if (a->newest && a->newest->older) {
        a->next_bytes = a->held_bytes;
        chunks_free(a);
    } else if (a->newest) {
        a->at = a->newest->space;
        a->end = a->at + a->newest->capacity_bytes;
        ARENA_POISON(a->at, a->newest->capacity_bytes);
    }
    a->used_bytes = 0;
    a->full = false;
}

static bool chunk_push(struct arena *a, size_t least_bytes) {
    size_t may_bytes = a->limit_bytes - a->held_bytes;
    if (least_bytes > may_bytes) return false;
    size_t capacity = a->next_bytes > least_bytes ? a->next_bytes : least_bytes;
    if (capacity > may_bytes) capacity = may_bytes;
    struct arena_chunk *c = malloc(sizeof *c + capacity);
    if (!c) return false;
    *c = (struct arena_chunk){.older = a->newest, .capacity_bytes = capacity};
    a->newest = c;
    a->at = c->space;
    a->end = c->space + capacity;
    a->held_bytes += capacity;
    a->next_bytes = capacity <= SIZE_MAX / 4 ? capacity * 2 : capacity;
    ARENA_POISON(a->at, capacity);
    return true;
}

void *arena_alloc_slow(struct arena *a, size_t size_bytes) {
    if (size_bytes == 0 && a->at != a->end) return arena_alloc(a, 1); // every allocation has an address of its own
    size_t asked = size_bytes ? size_bytes : 1;
    if (a->full || asked > SIZE_MAX / 2 || !chunk_push(a, padded_size(asked))) {
        a->full = true;
        a->at = a->end; // nothing smaller may slip in after a refusal
        return NULL;
    }
    return arena_alloc(a, asked);
}

void *arena_zalloc(struct arena *a, size_t size_bytes) {
    void *p = arena_alloc(a, size_bytes);
    if (p && size_bytes) memset(p, 0, size_bytes);
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size_bytes) {
    size_t total;
    if (__builtin_mul_overflow(count, size_bytes, &total)) total = SIZE_MAX;
    return arena_zalloc(a, total);
}

bool arena_extend(struct arena *a, void *p, size_t old_bytes, size_t new_bytes) {
    size_t had = padded_size(old_bytes), want = padded_size(new_bytes);
    if (!p || !a->newest || a->full || (uint8_t *)p + had != a->at) return false;
    if (want < had || want - had > (size_t)(a->end - a->at)) return false;
    a->at += want - had;
    a->used_bytes += want - had;
    ARENA_UNPOISON(p, new_bytes);
    return true;
}

struct slice arena_copy(struct arena *a, struct slice s) {
    char *p = s.n < SIZE_MAX ? arena_alloc(a, s.n + 1) : NULL;
    if (!p) return SLICE_NONE;
    slice_copy(s, p, s.n + 1);
    return slice_of(p, s.n);
}

struct slice arena_printf(struct arena *a, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = n >= 0 ? arena_alloc(a, (size_t)n + 1) : NULL;
    if (!p) return SLICE_NONE;
    va_start(args, format);
    vsnprintf(p, (size_t)n + 1, format, args);
    va_end(args);
    return slice_of(p, (size_t)n);
}

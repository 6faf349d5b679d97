#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_LEAST_BYTES 64

void buf_init(struct buf *b, struct arena *arena, size_t capacity_bytes) {
    *b = (struct buf){.arena = arena};
    if (capacity_bytes) buf_grow(b, capacity_bytes);
}

void buf_free(struct buf *b) {
    if (!b->arena) free(b->p);
    *b = (struct buf){.arena = b->arena};
}

static char *moved_in_arena(struct buf *b, size_t capacity_bytes) {
    if (arena_extend(b->arena, b->p, b->capacity, capacity_bytes)) return b->p;
    char *p = arena_alloc(b->arena, capacity_bytes);
    if (p && b->n) memcpy(p, b->p, b->n);
    return p;
}

bool buf_grow(struct buf *b, size_t more_bytes) {
    size_t need;
    if (b->bad || __builtin_add_overflow(b->n, more_bytes, &need) || need > SIZE_MAX / 4) {
        b->bad = true;
        return false;
    }
    size_t capacity = b->capacity * 2 > need ? b->capacity * 2 : need;
    if (capacity < BUF_LEAST_BYTES) capacity = BUF_LEAST_BYTES;
    char *p = b->arena ? moved_in_arena(b, capacity) : realloc(b->p, capacity);
    if (!p) {
        b->bad = true;
        return false;
    }
    b->p = p;
    b->capacity = capacity;
    return true;
}

void buf_varint(struct buf *b, uint64_t v) {
    uint8_t bytes[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7) bytes[n++] = (uint8_t)(v | 0x80);
    bytes[n++] = (uint8_t)v;
    buf_put(b, bytes, n);
}

void buf_string(struct buf *b, struct slice s) {
    buf_varint(b, s.n);
    buf_slice_put(b, s);
}

void buf_printf(struct buf *b, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        b->bad = true;
    } else if (buf_room(b, (size_t)n + 1)) {
        vsnprintf(b->p + b->n, (size_t)n + 1, format, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

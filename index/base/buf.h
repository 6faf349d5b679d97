// buf.h: a byte buffer that grows, for records and for JSON.
//
// With an arena the bytes live there (the last allocation of the arena grows in place, any other is copied and its old
// space stays used until the arena's reset); without one they are on the heap and buf_free() gives them back. A failed
// growth sets `bad` and later puts are ignored, so writers check once at the end.
#ifndef RF_BASE_BUF_H
#define RF_BASE_BUF_H

#include "arena.h"

struct buf {
    char *p;
    size_t n, capacity;
    struct arena *arena; // NULL: heap
    bool bad;
};

void buf_init(struct buf *b, struct arena *arena, size_t capacity_bytes);
void buf_free(struct buf *b);                  // heap buffers only; a no-op for arena buffers
static inline void buf_clear(struct buf *b) { b->n = 0; b->bad = false; }
static inline struct slice buf_slice(const struct buf *b) { return slice_of(b->p, b->n); }
bool buf_grow(struct buf *b, size_t more_bytes); // makes room for that many more; false: `bad` is set

static inline bool buf_room(struct buf *b, size_t more) {
    return (b->capacity - b->n >= more && !b->bad) || buf_grow(b, more);
}
static inline void buf_put(struct buf *b, const void *p, size_t n) {
    if (n == 0 || !buf_room(b, n)) return;
    memcpy(b->p + b->n, p, n);
    b->n += n;
}
static inline void buf_slice_put(struct buf *b, struct slice s) { buf_put(b, s.p, s.n); }
static inline void buf_char(struct buf *b, char c) { buf_put(b, &c, 1); }
static inline void buf_u8(struct buf *b, uint8_t v) { buf_put(b, &v, sizeof v); }
static inline void buf_u16(struct buf *b, uint16_t v) { buf_put(b, &v, sizeof v); }
static inline void buf_u32(struct buf *b, uint32_t v) { buf_put(b, &v, sizeof v); }
static inline void buf_u64(struct buf *b, uint64_t v) { buf_put(b, &v, sizeof v); }
static inline void buf_f32(struct buf *b, float v) { buf_put(b, &v, sizeof v); }
static inline void buf_u16be(struct buf *b, uint16_t v) { buf_u16(b, __builtin_bswap16(v)); }
static inline void buf_u32be(struct buf *b, uint32_t v) { buf_u32(b, __builtin_bswap32(v)); }
static inline void buf_u64be(struct buf *b, uint64_t v) { buf_u64(b, __builtin_bswap64(v)); }
void buf_varint(struct buf *b, uint64_t v);
void buf_string(struct buf *b, struct slice s); // varint length, then the bytes
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

// slice.h: bytes with a length, owned by somebody else; and `struct reader`, a cursor over them that cannot overrun.
//
// Numbers in stored records are little-endian and unaligned; big-endian appears in keys only, where byte order must
// be numeric order. A reader that would overrun sets `bad` and returns zeros from then on, so a decoder checks once
// at its end instead of after every field.
#ifndef RF_BASE_SLICE_H
#define RF_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *p;
    size_t n;
};

#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})
#define SLICE_NONE ((struct slice){NULL, 0})
#define SLICE_ARGS(s) (int)(s).n, (s).p // for "%.*s"

static inline struct slice slice_of(const void *p, size_t n) { return (struct slice){(const char *)p, n}; }
static inline struct slice slice_str(const char *text) { return (struct slice){text, text ? strlen(text) : 0}; }
static inline bool slice_eq(struct slice a, struct slice b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool slice_is(struct slice a, const char *text) { return slice_eq(a, slice_str(text)); }
static inline const char *slice_end(struct slice s) { return s.n ? s.p + s.n : s.p; } // defined for SLICE_NONE too
static inline struct slice slice_from(struct slice s, size_t at) {
    return at >= s.n ? (struct slice){slice_end(s), 0} : (struct slice){s.p + at, s.n - at};
}

int slice_cmp(struct slice a, struct slice b);              // bytewise order, shorter first on a common prefix
bool slice_starts(struct slice s, struct slice prefix);
bool slice_ends(struct slice s, struct slice suffix);
bool slice_has_digit(struct slice s);                       // an ASCII digit stands somewhere in it
struct slice slice_trim(struct slice s);                    // ASCII white space off both ends
// Cuts at the first `separator`: returns what precedes it and leaves the rest in *rest; the last piece leaves
// rest->p == NULL. Start with *rest = whole.
struct slice slice_cut(struct slice *rest, char separator);
bool slice_u64(struct slice s, uint64_t *out);              // decimal digits only, no sign, overflow refused
bool slice_i64(struct slice s, int64_t *out);               // one leading '-' allowed
bool slice_f64(struct slice s, double *out);                // plain decimal, optional fraction and '-', no exponent
size_t slice_copy(struct slice s, char *out, size_t size);  // always terminates; returns bytes copied without the 0

struct reader {
    const uint8_t *p;
    const uint8_t *end;
    bool bad;
};

static inline struct reader reader_of(struct slice s) {
    return (struct reader){(const uint8_t *)s.p, (const uint8_t *)slice_end(s), false};
}
static inline size_t reader_left(const struct reader *r) { return (size_t)(r->end - r->p); }
static inline bool reader_take(struct reader *r, void *out, size_t n) {
    if (r->bad || reader_left(r) < n) {
        r->bad = true;
        memset(out, 0, n);
        return false;
    }
    memcpy(out, r->p, n);
    r->p += n;
    return true;
}
static inline uint8_t reader_u8(struct reader *r) { uint8_t v; reader_take(r, &v, sizeof v); return v; }
static inline uint16_t reader_u16(struct reader *r) { uint16_t v; reader_take(r, &v, sizeof v); return v; }
static inline uint32_t reader_u32(struct reader *r) { uint32_t v; reader_take(r, &v, sizeof v); return v; }
static inline uint64_t reader_u64(struct reader *r) { uint64_t v; reader_take(r, &v, sizeof v); return v; }
static inline float reader_f32(struct reader *r) { float v; reader_take(r, &v, sizeof v); return v; }
static inline uint32_t reader_u32be(struct reader *r) { return __builtin_bswap32(reader_u32(r)); }
static inline uint64_t reader_u64be(struct reader *r) { return __builtin_bswap64(reader_u64(r)); }
static inline uint64_t reader_varint(struct reader *r) { // LEB128, at most 10 bytes and 64 bits
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (r->bad || r->p == r->end) break;
        uint8_t byte = *r->p++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (shift == 63 && byte > 1) break;
        if (byte < 0x80) return value;
    }
    r->bad = true;
    return 0;
}
static inline struct slice reader_bytes(struct reader *r, size_t n) { // points into the source
    if (r->bad || reader_left(r) < n) {
        r->bad = true;
        return SLICE_NONE;
    }
    struct slice s = slice_of(r->p, n);
    r->p += n;
    return s;
}
// A string written by buf_string(): varint length, then the bytes.
static inline struct slice reader_string(struct reader *r) { return reader_bytes(r, (size_t)reader_varint(r)); }

#endif

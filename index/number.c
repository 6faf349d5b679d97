#include "number.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/limits.h"

const char *number_relation_name(enum number_relation r) {
    static const char *const names[] = {"", "own", "oe", "competitor", "supersedes", "superseded_by", "component", "variant"};
    return r <= NUMBER_VARIANT ? names[r] : "";
}

// Full-width ASCII (U+FF01..U+FF5E) is EF BC 81 .. EF BD 9E.
static unsigned full_width(const char *p, size_t left) {
    const uint8_t *u = (const uint8_t *)p;
    if (left < 3 || u[0] != 0xEF || (u[1] != 0xBC && u[1] != 0xBD)) return 0;
    unsigned code = ((unsigned)(u[1] & 0x3F) << 6) | (u[2] & 0x3F); // low 12 bits of the code point, 0xF01..0xF5E
    return code >= 0xF01 && code <= 0xF5E ? code - 0xF00 + 0x20 : 0;
}

size_t number_canonical(struct slice text, char out[], size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned c = (uint8_t)text.p[i];
        unsigned wide = full_width(text.p + i, text.n - i);
        if (wide) {
            c = wide;
            i += 2;
        }
        if (c >= 0x80 || !isalnum((int)c)) continue;
        if (n + 1 >= size) return 0;
        out[n++] = (char)toupper((int)c);
    }
    if (size > 0) out[n] = 0;
    return n;
}

bool number_plausible(struct slice text) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    size_t n = number_canonical(text, canonical, sizeof canonical);
    return n >= 3 && slice_has_digit(slice_of(canonical, n));
}

#define NUMBER_KEY_TAIL 10 // 0, relation u8, brand u32, product u32

static struct slice number_key(struct buf *b, struct slice canonical, enum number_relation r, uint32_t brand, uint32_t product) {
    buf_clear(b);
    buf_slice_put(b, canonical);
    buf_u8(b, 0);
    buf_u8(b, (uint8_t)r);
    buf_u32be(b, brand);
    buf_u32be(b, product);
    return buf_slice(b);
}

bool number_record_read(struct slice key, struct slice value, struct slice *canonical, struct number_hit *out) {
    if (key.n <= NUMBER_KEY_TAIL || key.p[key.n - NUMBER_KEY_TAIL] != 0) return false;
    *canonical = slice_of(key.p, key.n - NUMBER_KEY_TAIL);
    struct reader r = reader_of(slice_from(key, canonical->n + 1)), q = reader_of(value);
    out->relation = reader_u8(&r);
    out->brand = reader_u32be(&r);
    out->product = reader_u32be(&r);
    out->quantity = reader_u16(&q);
    return !r.bad && !q.bad;
}

enum err number_lookup(struct view *v, struct slice canonical, unsigned max, struct number_hit *out, unsigned *count) {
    *count = 0;
    if (canonical.n == 0 || canonical.n > LIMIT_PART_NUMBER_BYTES) return ERR_OK;
    struct slice number, key, value;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_NUMBER);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, canonical, &key, &value);
    while (e == ERR_OK && *count < max && number_record_read(key, value, &number, &out[*count]) && slice_eq(number, canonical)) {
        if (out[*count].relation > NUMBER_SUPERSEDED_BY) break;
        ++*count;
        e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

// Appends to out[*count, max).
static enum err related(struct view *v, struct slice canonical, uint32_t brand, enum number_relation relation, unsigned max,
                        struct number_hit *out, unsigned *count) {
    char space[LIMIT_PART_NUMBER_BYTES + NUMBER_KEY_TAIL + 1];
    struct buf b = {.p = space, .capacity = sizeof space};
    struct slice key, value;
    if (canonical.n == 0 || canonical.n > LIMIT_PART_NUMBER_BYTES) return ERR_OK;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_NUMBER);
    if (!c) return ERR_NO_MEMORY;
    struct slice from = number_key(&b, canonical, relation, brand, 0), same = slice_of(from.p, from.n - sizeof(uint32_t));
    enum err e = db_cursor_seek(c, from, &key, &value);
    while (e == ERR_OK && *count < max && key.n == from.n && slice_starts(key, same)) {
        struct reader tail = reader_of(slice_from(key, same.n)), q = reader_of(value);
        out[(*count)++] = (struct number_hit){reader_u32be(&tail), brand, reader_u16(&q), (uint8_t)relation};
        e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

enum err number_of_brand(struct view *v, struct slice canonical, uint32_t brand, unsigned max, struct number_hit *out,
                         unsigned *count) {
    *count = 0;
    for (unsigned r = NUMBER_OWN; r <= NUMBER_SUPERSEDED_BY; r++) TRY(related(v, canonical, brand, r, max, out, count));
    return ERR_OK;
}

enum err number_related(struct view *v, struct slice canonical, uint32_t brand, enum number_relation relation, unsigned max,
                        struct number_hit *out, unsigned *count) {
    *count = 0;
    return related(v, canonical, brand, relation, max, out, count);
}

enum err number_own(struct view *v, struct slice text, uint32_t brand, unsigned max, struct number_hit *out, unsigned *count) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    size_t n = number_canonical(text, canonical, sizeof canonical);
    return number_related(v, slice_of(canonical, n), brand, NUMBER_OWN, max, out, count);
}

enum err number_put(struct txn *t, struct slice canonical, enum number_relation r, uint32_t brand, uint32_t product,
                    uint16_t quantity) {
    char space[LIMIT_PART_NUMBER_BYTES + NUMBER_KEY_TAIL + 1];
    struct buf b = {.p = space, .capacity = sizeof space};
    if (canonical.n == 0 || canonical.n > LIMIT_PART_NUMBER_BYTES) return ERR_BAD_REQUEST;
    uint16_t stored = quantity ? quantity : 1;
    return txn_put(t, TABLE_NUMBER, number_key(&b, canonical, r, brand, product), slice_of(&stored, sizeof stored));
}

enum err number_delete(struct txn *t, struct slice canonical, enum number_relation r, uint32_t brand, uint32_t product) {
    char space[LIMIT_PART_NUMBER_BYTES + NUMBER_KEY_TAIL + 1];
    struct buf b = {.p = space, .capacity = sizeof space};
    if (canonical.n == 0 || canonical.n > LIMIT_PART_NUMBER_BYTES) return ERR_NOT_FOUND;
    return txn_delete(t, TABLE_NUMBER, number_key(&b, canonical, r, brand, product));
}

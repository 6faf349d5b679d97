#include "posting.h"

#include "base/buf.h"

#define CHUNK_PRODUCTS 1000
#define VARINT_BYTES 5 // of a u32 at most
#define KEY_BYTES (POSTING_TOKEN_BYTES + 1 + 1 + sizeof(uint32_t))

// ---- tokens ----------------------------------------------------------------------------------------------------------------
static struct slice token_make(struct arena *a, char field, const void *p, size_t n) {
    size_t kept = n < POSTING_TOKEN_BYTES ? n : POSTING_TOKEN_BYTES;
    char *token = arena_alloc(a, kept + 1);
    if (!token) return SLICE_NONE;
    token[0] = field;
    if (kept) memcpy(token + 1, p, kept);
    return slice_of(token, kept + 1);
}

struct slice posting_word(struct arena *a, struct slice folded_word) {
    return token_make(a, 'w', folded_word.p, folded_word.n);
}

struct slice posting_beginning(struct arena *a, struct slice folded) { return token_make(a, 'v', folded.p, folded.n); }
struct slice posting_joined(struct arena *a, struct slice folded) { return token_make(a, 'j', folded.p, folded.n); }
struct slice posting_crossing(struct arena *a, struct slice folded) { return token_make(a, 'h', folded.p, folded.n); }

struct slice posting_type(struct arena *a, uint32_t type) {
    uint32_t id = __builtin_bswap32(type);
    return token_make(a, 't', &id, sizeof id);
}

struct slice posting_brand(struct arena *a, uint32_t brand) {
    uint32_t id = __builtin_bswap32(brand);
    return token_make(a, 'b', &id, sizeof id);
}

struct slice posting_number_gram(struct arena *a, struct slice gram) {
    return token_make(a, 'n', gram.p, gram.n);
}

struct slice posting_number_lookalike(struct arena *a, struct slice folded) {
    return token_make(a, 'o', folded.p, folded.n);
}

struct slice posting_spec(struct arena *a, uint8_t class, struct slice canonical) {
    char text[POSTING_TOKEN_BYTES];
    struct buf b = {.p = text, .capacity = sizeof text};
    buf_u8(&b, class);
    buf_put(&b, canonical.p, canonical.n < sizeof text - 1 ? canonical.n : sizeof text - 1);
    return token_make(a, 's', b.p, b.n);
}

// Field 't' and 'b' tokens hold zeros, so the token's end is found from the key's end, never by searching for the 0.
static struct slice chunk_key(char space[KEY_BYTES], struct slice token, uint32_t first) {
    struct buf b = {.p = space, .capacity = KEY_BYTES};
    buf_slice_put(&b, token);
    buf_u8(&b, 0);
    buf_u32be(&b, first);
    return buf_slice(&b);
}

static bool key_is_of(struct slice key, struct slice token, uint32_t *first) {
    if (key.n != token.n + 1 + sizeof(uint32_t) || memcmp(key.p, token.p, token.n) != 0 || key.p[token.n] != 0) return false;
    struct reader r = reader_of(slice_from(key, token.n + 1));
    *first = reader_u32be(&r);
    return true;
}

// ---- reading -----------------------------------------------------------------------------------------------------------------
static void enter_chunk(struct posting *p, enum err e, struct slice key, struct slice value) {
    uint32_t first;
    if (e == ERR_OK && key_is_of(key, p->token, &first)) {
        p->rest = reader_of(value);
        p->product = first;
        return;
    }
    p->failed |= e != ERR_OK && e != ERR_END;
    p->product = UINT32_MAX;
}

void posting_next(struct posting *p) {
    if (p->product == UINT32_MAX) return;
    if (reader_left(&p->rest)) {
        p->product += (uint32_t)reader_varint(&p->rest);
        if (!p->rest.bad) return;
        p->failed = true;
        p->product = UINT32_MAX;
        return;
    }
    struct slice key, value;
    enum err e = db_cursor_next(p->cursor, &key, &value);
    enter_chunk(p, e, key, value);
}

// The chunk that may hold `product`: the last one that starts at or before it, else the first one after.
static void chunk_seek(struct posting *p, uint32_t product) {
    char space[KEY_BYTES];
    struct slice key, value;
    uint32_t first;
    enum err e = db_cursor_seek(p->cursor, chunk_key(space, p->token, product), &key, &value);
    if (e == ERR_OK && key_is_of(key, p->token, &first) && first == product) {
        enter_chunk(p, e, key, value);
        return;
    }
    enum err before = e == ERR_OK ? db_cursor_prev(p->cursor, &key, &value)
                                  : e == ERR_END ? db_cursor_last(p->cursor, &key, &value) : e;
    if (before == ERR_OK && key_is_of(key, p->token, &first)) {
        enter_chunk(p, before, key, value);
        return;
    }
    e = db_cursor_seek(p->cursor, chunk_key(space, p->token, product), &key, &value);
    enter_chunk(p, e, key, value);
}

void posting_seek(struct posting *p, uint32_t at_least) {
    if (p->product >= at_least) return;
    for (unsigned i = 0; i < 32 && p->product < at_least && reader_left(&p->rest); i++) posting_next(p);
    if (p->product >= at_least) return;
    chunk_seek(p, at_least);
    while (p->product < at_least) posting_next(p);
}

enum err posting_open(struct view *v, struct slice token, struct posting *out) {
    *out = (struct posting){.token = token, .product = UINT32_MAX};
    out->cursor = db_cursor_begin(v->snapshot, TABLE_POSTING);
    if (!out->cursor) return ERR_NO_MEMORY;
    char space[KEY_BYTES];
    struct slice key, value;
    enum err e = db_cursor_seek(out->cursor, chunk_key(space, token, 0), &key, &value);
    enter_chunk(out, e, key, value);
    return ERR_OK;
}

enum err posting_close(struct posting *p) {
    if (p->cursor) db_cursor_end(p->cursor);
    p->cursor = NULL;
    return p->failed ? ERR_DAMAGED : ERR_OK;
}

size_t posting_take(struct posting *p, uint32_t *out, size_t max) {
    size_t n = 0;
    while (n < max && p->product != UINT32_MAX) {
        uint32_t product = p->product;
        struct reader rest = p->rest; // in registers for a chunk's length
        out[n++] = product;
        while (n < max && reader_left(&rest)) out[n++] = product += (uint32_t)reader_varint(&rest);
        p->rest = rest;
        p->product = product;
        if (rest.bad) {
            p->failed = true;
            p->product = UINT32_MAX;
            return n - 1;
        }
        posting_next(p);
    }
    return n;
}

enum err posting_estimate(struct view *v, struct slice token, uint32_t *out) {
    struct posting p;
    struct slice key, value;
    uint32_t first;
    *out = 0;
    TRY(posting_open(v, token, &p));
    if (p.product != UINT32_MAX) *out = 1 + (uint32_t)reader_left(&p.rest); // a delta is a byte or two
    for (unsigned chunks = 1; *out >= CHUNK_PRODUCTS / 4 && chunks < 8; chunks++) {
        enum err e = db_cursor_next(p.cursor, &key, &value);
        if (e != ERR_OK || !key_is_of(key, token, &first)) break;
        *out += 1 + (uint32_t)value.n;
    }
    return posting_close(&p);
}

// ---- writing -------------------------------------------------------------------------------------------------------------------
// Chunks are packed and unpacked on the stack: a product of many numbers has thousands of tokens in one transaction.
static enum err chunk_put(struct txn *t, struct slice token, const uint32_t *products, size_t count, bool append) {
    char space[KEY_BYTES], packed[CHUNK_PRODUCTS * VARINT_BYTES];
    struct buf b = {.p = packed, .capacity = sizeof packed};
    for (size_t i = 1; i < count; i++) buf_varint(&b, products[i] - products[i - 1]);
    struct slice key = chunk_key(space, token, products[0]);
    return append ? txn_append(t, TABLE_POSTING, key, buf_slice(&b)) : txn_put(t, TABLE_POSTING, key, buf_slice(&b));
}

enum err posting_append(struct txn *t, struct slice token, const uint32_t *products, size_t count) {
    for (size_t at = 0; at < count; at += CHUNK_PRODUCTS) {
        size_t n = count - at < CHUNK_PRODUCTS ? count - at : CHUNK_PRODUCTS;
        TRY(chunk_put(t, token, products + at, n, true));
    }
    return ERR_OK;
}

// The chunk a product belongs to, unpacked; *count 0 when the token has none.
static enum err chunk_unpack(struct txn *t, struct slice token, uint32_t product, uint32_t out[CHUNK_PRODUCTS + 1], size_t *count) {
    struct posting p = {.token = token, .product = UINT32_MAX};
    p.cursor = db_cursor_begin(txn_snapshot(t), TABLE_POSTING);
    if (!p.cursor) return ERR_NO_MEMORY;
    chunk_seek(&p, product);
    *count = 0;
    while (p.product != UINT32_MAX && *count <= CHUNK_PRODUCTS) {
        out[(*count)++] = p.product;
        if (!reader_left(&p.rest)) break;
        posting_next(&p);
    }
    p.failed |= *count > CHUNK_PRODUCTS; // no chunk is written larger
    return posting_close(&p);
}

static enum err chunk_replace(struct txn *t, struct slice token, uint32_t old_first, bool had,
                              const uint32_t *products, size_t count) {
    char space[KEY_BYTES];
    if (had && (count == 0 || products[0] != old_first)) TRY(txn_delete(t, TABLE_POSTING, chunk_key(space, token, old_first)));
    if (count == 0) return ERR_OK;
    size_t half = count > CHUNK_PRODUCTS ? count / 2 : count;
    TRY(chunk_put(t, token, products, half, false));
    return half < count ? chunk_put(t, token, products + half, count - half, false) : ERR_OK;
}

enum err posting_add(struct txn *t, struct slice token, uint32_t product) {
    uint32_t list[CHUNK_PRODUCTS + 1];
    size_t count, at = 0;
    TRY(chunk_unpack(t, token, product, list, &count));
    uint32_t old_first = count ? list[0] : 0;
    while (at < count && list[at] < product) at++;
    if (at < count && list[at] == product) return ERR_OK;
    memmove(list + at + 1, list + at, (count - at) * sizeof *list);
    list[at] = product;
    return chunk_replace(t, token, old_first, count > 0, list, count + 1);
}

enum err posting_remove(struct txn *t, struct slice token, uint32_t product) {
    uint32_t list[CHUNK_PRODUCTS + 1];
    size_t count, at = 0;
    TRY(chunk_unpack(t, token, product, list, &count));
    while (at < count && list[at] != product) at++;
    if (at == count) return ERR_OK;
    uint32_t old_first = list[0];
    memmove(list + at, list + at + 1, (count - at - 1) * sizeof *list);
    return chunk_replace(t, token, old_first, true, list, count - 1);
}

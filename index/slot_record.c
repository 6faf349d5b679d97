#include "slot_record.h"

#include "base/hash.h"

#define MINUTE_MS INT64_C(60000)

static struct slice key_of(char space[SLOT_KEY_BYTES], char of, uint32_t first, uint32_t second) {
    uint32_t be[2] = {__builtin_bswap32(first), __builtin_bswap32(second)};
    space[0] = of;
    memcpy(space + 1, be, sizeof be);
    return slice_of(space, SLOT_KEY_BYTES);
}

struct slice slot_key(char space[SLOT_KEY_BYTES], uint32_t workshop, int64_t start_ms) {
    return key_of(space, 's', workshop, (uint32_t)(start_ms / MINUTE_MS));
}

struct slice reservation_key(char space[SLOT_KEY_BYTES], uint32_t place, uint32_t product) { return key_of(space, 'r', place, product); }

struct slice hold_user_key(char space[USER_KEY_BYTES], struct slice user, uint32_t workshop, int64_t start_ms) {
    struct buf b = {.p = space, .capacity = USER_KEY_BYTES};
    buf_char(&b, 'u');
    buf_u64be(&b, hash64(user));
    buf_u32be(&b, workshop);
    buf_u32be(&b, (uint32_t)(start_ms / MINUTE_MS));
    return buf_slice(&b);
}

bool hold_user_key_read(struct slice key, uint32_t *workshop, int64_t *start_ms) {
    struct reader r = reader_of(slice_from(key, USER_PREFIX_BYTES));
    *workshop = reader_u32be(&r);
    *start_ms = (int64_t)reader_u32be(&r) * MINUTE_MS;
    return !r.bad && reader_left(&r) == 0;
}

static enum err open_record(struct snapshot *s, struct slice key, struct reader *out) {
    struct slice value = SLICE_NONE;
    enum err e = db_get(s, TABLE_HOLD, key, &value);
    *out = reader_of(value);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err slot_holds_open(struct snapshot *s, uint32_t workshop, int64_t start_ms, struct slot_holds *out) {
    char bytes[SLOT_KEY_BYTES];
    out->start_ms = start_ms / MINUTE_MS * MINUTE_MS;
    return open_record(s, slot_key(bytes, workshop, start_ms), &out->rest);
}

bool slot_holds_next(struct slot_holds *h, struct hold *out) {
    struct reader *r = &h->rest;
    if (r->bad || reader_left(r) == 0) return false;
    *out = (struct hold){.start_ms = h->start_ms};
    out->sequence = reader_u32(r);
    out->state = (enum hold_state)reader_u8(r);
    out->taken_ms = (int64_t)reader_u64(r);
    out->expires_ms = (int64_t)reader_u64(r);
    out->service = reader_u32(r);
    out->product = reader_u32(r);
    out->quantity = reader_u32(r);
    out->source = (enum part_source)reader_u8(r);
    out->depot = reader_u32(r);
    out->user = reader_string(r);
    out->client_id = reader_string(r);
    return !r->bad;
}

void hold_encode(struct buf *out, const struct hold *h) {
    buf_u32(out, h->sequence);
    buf_u8(out, (uint8_t)h->state);
    buf_u64(out, (uint64_t)h->taken_ms);
    buf_u64(out, (uint64_t)h->expires_ms);
    buf_u32(out, h->service);
    buf_u32(out, h->product);
    buf_u32(out, h->quantity);
    buf_u8(out, (uint8_t)h->source);
    buf_u32(out, h->depot);
    buf_string(out, h->user);
    buf_string(out, h->client_id);
}

enum err reservations_open(struct snapshot *s, uint32_t place, uint32_t product, struct reservations *out) {
    char bytes[SLOT_KEY_BYTES];
    return open_record(s, reservation_key(bytes, place, product), &out->rest);
}

bool reservations_next(struct reservations *r, struct reservation *out) {
    if (r->rest.bad || reader_left(&r->rest) == 0) return false;
    out->sequence = reader_u32(&r->rest);
    out->pieces = reader_u32(&r->rest);
    out->expires_ms = (int64_t)reader_u64(&r->rest);
    return !r->rest.bad;
}

void reservation_encode(struct buf *out, const struct reservation *r) {
    buf_u32(out, r->sequence);
    buf_u32(out, r->pieces);
    buf_u64(out, (uint64_t)r->expires_ms);
}

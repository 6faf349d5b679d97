#include "vin_build.h"

#include <stdlib.h>

// ---- one schema ------------------------------------------------------------------------------------------------------------
static int by_masks(const void *a, const void *b) {
    const struct vin_pattern *x = a, *y = b;
    int order = memcmp(x->mask, y->mask, sizeof x->mask);
    return order ? order : (int)x->field - (int)y->field;
}

enum { MASKS_MAX = 255 };
struct masks { uint64_t at[VIN_POSITIONS][MASKS_MAX]; unsigned count[VIN_POSITIONS]; };

static unsigned mask_index(struct masks *m, unsigned position, uint64_t mask) { // MASKS_MAX: full
    unsigned i = 0;
    while (i < m->count[position] && m->at[position][i] != mask) i++;
    if (i == m->count[position] && i < MASKS_MAX) m->at[position][m->count[position]++] = mask;
    return i;
}

static enum err masks_collect(struct masks *m, const struct vin_pattern *patterns, size_t count) {
    memset(m->count, 0, sizeof m->count);
    for (size_t i = 0; i < count; i++)
        for (unsigned p = 0; p < VIN_POSITIONS; p++)
            if (patterns[i].mask[p] != VIN_MASK_ANY && mask_index(m, p, patterns[i].mask[p]) == MASKS_MAX) return ERR_TOO_LARGE;
    return ERR_OK;
}

static void masks_write(struct buf *out, const struct masks *m) {
    for (unsigned p = 0; p < VIN_POSITIONS; p++) buf_u8(out, (uint8_t)m->count[p]);
    for (unsigned p = 0; p < VIN_POSITIONS; p++)
        for (unsigned i = 0; i < m->count[p]; i++) buf_put(out, &m->at[p][i], VIN_MASK_BYTES); // little-endian
}

static void value_write(struct buf *out, enum vin_field field, const struct vin_value *v) {
    bool engine = field == VIN_ENGINE, more = engine || v->hints;
    buf_u8(out, (uint8_t)((unsigned)field | (more ? VIN_MORE : 0u)));
    buf_u16(out, v->value);
    if (more) buf_u16(out, v->hints);
    if (!engine) return;
    buf_u16(out, v->tenths);
    buf_u8(out, v->cylinders);
    buf_u8(out, v->fuel);
    buf_u8(out, v->aspiration);
}

static void place_u16(struct buf *out, size_t at, size_t value) {
    uint16_t little = (uint16_t)value;
    if (!out->bad) memcpy(out->p + at, &little, sizeof little);
}

// One key with the values of all patterns that share it; returns how many those are.
static size_t key_write(struct buf *out, struct masks *m, const struct vin_pattern *first, const struct vin_pattern *end) {
    unsigned positions = 0;
    for (unsigned p = 0; p < VIN_POSITIONS; p++)
        if (first->mask[p] != VIN_MASK_ANY) positions |= 1u << p;
    buf_u8(out, (uint8_t)positions);
    for (unsigned p = 0; p < VIN_POSITIONS; p++)
        if (positions >> p & 1) buf_u8(out, (uint8_t)mask_index(m, p, first->mask[p]));
    size_t length_at = out->n, n = 0;
    buf_u16(out, 0);
    for (; first + n < end && memcmp(first[n].mask, first->mask, sizeof first->mask) == 0; n++)
        value_write(out, first[n].field, &first[n].value);
    size_t bytes = out->n - length_at - sizeof(uint16_t);
    if (bytes > UINT16_MAX) out->bad = true;
    place_u16(out, length_at, bytes);
    return n;
}

static enum err block_write(struct buf *out, struct masks *m, const struct vin_pattern *patterns, size_t count, const uint16_t *makes,
                            unsigned make_count) {
    unsigned defined = 0;
    size_t keys = 0, start = out->n;
    for (size_t i = 0; i < count; i++) defined |= 1u << patterns[i].field;
    buf_u32(out, 0);
    buf_u16(out, (uint16_t)defined);
    buf_u8(out, (uint8_t)make_count);
    for (unsigned i = 0; i < make_count; i++) buf_u16(out, makes[i]);
    masks_write(out, m);
    size_t keys_at = out->n;
    buf_u16(out, 0);
    for (size_t i = 0; i < count && !out->bad; keys++) i += key_write(out, m, patterns + i, patterns + count);
    if (out->bad || keys > UINT16_MAX) return ERR_TOO_LARGE;
    place_u16(out, keys_at, keys);
    uint32_t bytes = (uint32_t)(out->n - start - sizeof bytes);
    memcpy(out->p + start, &bytes, sizeof bytes);
    return ERR_OK;
}

enum err vin_block_add(struct buf *out, struct vin_pattern *patterns, size_t count, const uint16_t *makes, unsigned make_count) {
    struct masks *m = malloc(sizeof *m);
    if (!m) return ERR_NO_MEMORY;
    if (count) qsort(patterns, count, sizeof *patterns, by_masks);
    enum err e = make_count > UINT8_MAX ? ERR_TOO_LARGE : masks_collect(m, patterns, count);
    if (e == ERR_OK) e = block_write(out, m, patterns, count, makes, make_count);
    free(m);
    return e;
}

// ---- records -----------------------------------------------------------------------------------------------------------------
struct vin_key { char bytes[1 + 6 + 2]; size_t n; };

static void key_add(struct vin_key *k, const void *p, size_t n) {
    memcpy(k->bytes + k->n, p, n);
    k->n += n;
}

static enum err put(struct txn *t, const struct vin_key *k, const struct buf *value) {
    return value->bad ? ERR_NO_MEMORY : txn_put(t, TABLE_VIN, slice_of(k->bytes, k->n), buf_slice(value));
}

enum err vin_patterns_put(struct txn *t, struct buf *scratch, struct slice maker, unsigned from, unsigned to, const struct slice *blocks,
                          unsigned block_count) {
    struct vin_key key = {"p", 1};
    uint16_t before = __builtin_bswap16((uint16_t)(UINT16_MAX - from));
    if (maker.n != 3 && maker.n != 6) return ERR_BAD_REQUEST;
    if (block_count > VIN_BLOCKS_MAX) return ERR_TOO_LARGE;
    key_add(&key, maker.p, maker.n);
    key_add(&key, &before, sizeof before);
    buf_clear(scratch);
    buf_u16(scratch, (uint16_t)to);
    buf_u16(scratch, (uint16_t)block_count);
    for (unsigned i = 0; i < block_count; i++) buf_slice_put(scratch, blocks[i]);
    return put(t, &key, scratch);
}

enum err vin_model_put(struct txn *t, struct buf *scratch, uint16_t id, const struct vin_model *model) {
    struct vin_key key = {"m", 1};
    uint16_t big = __builtin_bswap16(id);
    key_add(&key, &big, sizeof big);
    buf_clear(scratch);
    buf_u32(scratch, model->make);
    buf_u32(scratch, model->model);
    buf_string(scratch, model->make_name);
    buf_string(scratch, model->model_name);
    buf_u8(scratch, (uint8_t)model->rename_count);
    for (unsigned i = 0; i < model->rename_count; i++) {
        buf_u16(scratch, model->renames[i].series);
        buf_u16(scratch, model->renames[i].becomes);
        buf_u32(scratch, model->renames[i].make);
        buf_u32(scratch, model->renames[i].model);
    }
    return put(t, &key, scratch);
}

enum err vin_text_put(struct txn *t, uint16_t id, struct slice text) {
    struct vin_key key = {"t", 1};
    uint16_t big = __builtin_bswap16(id);
    key_add(&key, &big, sizeof big);
    return txn_put(t, TABLE_VIN, slice_of(key.bytes, key.n), text);
}

enum err vin_wmi_put(struct txn *t, struct buf *scratch, bool own, struct slice maker, const struct vin_wmi *wmi) {
    struct vin_key key = {"w", 1};
    if (own) key.bytes[0] = 'f';
    if (maker.n != 3 && maker.n != 6) return ERR_BAD_REQUEST;
    key_add(&key, maker.p, maker.n);
    buf_clear(scratch);
    buf_u8(scratch, wmi->kind);
    buf_string(scratch, wmi->maker);
    buf_string(scratch, wmi->maker_zh);
    buf_string(scratch, wmi->country);
    buf_string(scratch, wmi->makes);
    buf_string(scratch, wmi->plants);
    return put(t, &key, scratch);
}

enum err vin_clear(struct txn *t, const char *letters) {
    struct slice key, value;
    char copy[16];
    for (; *letters; letters++)
        for (;;) {
            struct db_cursor *c = db_cursor_begin(txn_snapshot(t), TABLE_VIN);
            if (!c) return ERR_NO_MEMORY;
            enum err e = db_cursor_seek(c, slice_of(letters, 1), &key, &value);
            bool ours = e == ERR_OK && key.p[0] == *letters;
            size_t n = ours ? key.n : 0;
            if (ours && n <= sizeof copy) memcpy(copy, key.p, n);
            db_cursor_end(c);
            if (e != ERR_OK && e != ERR_END) return e;
            if (!ours) break;
            if (n > sizeof copy) return ERR_DAMAGED;
            TRY(txn_delete(t, TABLE_VIN, slice_of(copy, n)));
        }
    return ERR_OK;
}

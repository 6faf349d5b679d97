#include "stock.h"

#include <stdlib.h>

#include "base/buf.h"

#define KEY_BYTES 8

static struct slice key_of(char space[KEY_BYTES], uint32_t place, uint32_t chunk) {
    uint32_t be[2] = {__builtin_bswap32(place), __builtin_bswap32(chunk)};
    memcpy(space, be, sizeof be);
    return slice_of(space, KEY_BYTES);
}

static enum err block_of(struct slice value, struct stock_block *out) {
    *out = (struct stock_block){value.p, (unsigned)(value.n / sizeof(struct stock_item))};
    return value.n % sizeof(struct stock_item) ? ERR_DAMAGED : ERR_OK;
}

enum err stock_load(struct snapshot *s, uint32_t place, uint32_t product, struct stock_block *out) {
    char bytes[KEY_BYTES];
    struct slice value;
    *out = (struct stock_block){NULL, 0};
    enum err e = db_get(s, TABLE_STOCK, key_of(bytes, place, stock_chunk(place, product)), &value);
    if (e == ERR_OK) return block_of(value, out);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

struct stock_item stock_item_at(const struct stock_block *b, unsigned i) {
    struct stock_item item;
    memcpy(&item, b->items + i * sizeof item, sizeof item);
    return item;
}

uint32_t stock_find(const struct stock_block *b, uint32_t product) {
    unsigned low = 0, high = b->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (stock_item_at(b, middle).product < product) low = middle + 1;
        else high = middle;
    }
    if (low == b->count) return 0;
    struct stock_item found = stock_item_at(b, low);
    return found.product == product ? found.pieces : 0;
}

enum err stock_get(struct snapshot *s, uint32_t place, uint32_t product, uint32_t *pieces) {
    struct stock_block b;
    TRY(stock_load(s, place, product, &b));
    *pieces = stock_find(&b, product);
    return ERR_OK;
}

// ---- writing ----------------------------------------------------------------------------------------------------------------
struct ordered { struct stock_item item; unsigned given; };

static int by_product(const void *a, const void *b) {
    const struct ordered *x = a, *y = b;
    if (x->item.product != y->item.product) return x->item.product < y->item.product ? -1 : 1;
    return x->given < y->given ? -1 : 1;
}

static enum err sort(struct arena *scratch, struct stock_item *items, unsigned *count) {
    struct ordered *list = ARENA_ARRAY(scratch, struct ordered, *count + 1u);
    unsigned kept = 0;
    if (!list) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < *count; i++) list[i] = (struct ordered){items[i], i};
    if (*count) qsort(list, *count, sizeof *list, by_product);
    for (unsigned i = 0; i < *count; i++)
        if (i + 1 == *count || list[i + 1].item.product != list[i].item.product) items[kept++] = list[i].item;
    *count = kept;
    return ERR_OK;
}

static void keep(struct buf *out, struct stock_item item) {
    if (item.pieces) buf_put(out, &item, sizeof item);
}

// One block with the changes merged into it.
static enum err block_change(struct txn *t, struct arena *scratch, uint32_t place, uint32_t chunk, const struct stock_item *items, unsigned count) {
    char bytes[KEY_BYTES];
    struct slice value;
    struct stock_block old = {NULL, 0};
    struct buf merged;
    enum err e = db_get(txn_snapshot(t), TABLE_STOCK, key_of(bytes, place, chunk), &value);
    if (e == ERR_OK) TRY(block_of(value, &old));
    else if (e != ERR_NOT_FOUND) return e;
    buf_init(&merged, scratch, (old.count + (size_t)count) * sizeof *items + 1);
    for (unsigned i = 0, k = 0; i < old.count || k < count;) {
        struct stock_item stored = i < old.count ? stock_item_at(&old, i) : (struct stock_item){UINT32_MAX, 0};
        bool changed = k < count && items[k].product <= stored.product;
        if (changed) {
            i += stored.product == items[k].product && i < old.count;
            keep(&merged, items[k++]);
        } else {
            keep(&merged, stored);
            i++;
        }
    }
    if (merged.bad) return ERR_NO_MEMORY;
    if (!(place & 1) && merged.n / sizeof *items > STOCK_PRODUCTS_MAX) return ERR_TOO_LARGE;
    if (merged.n) return txn_put(t, TABLE_STOCK, key_of(bytes, place, chunk), buf_slice(&merged));
    return old.count ? txn_delete(t, TABLE_STOCK, key_of(bytes, place, chunk)) : ERR_OK;
}

enum err stock_set(struct txn *t, struct arena *scratch, uint32_t place, struct stock_item *items, unsigned count) {
    TRY(sort(scratch, items, &count));
    for (unsigned first = 0, last; first < count; first = last) {
        uint32_t chunk = stock_chunk(place, items[first].product);
        for (last = first + 1; last < count && stock_chunk(place, items[last].product) == chunk;) last++;
        TRY(block_change(t, scratch, place, chunk, items + first, last - first));
    }
    return ERR_OK;
}

static enum err first_key(struct snapshot *s, uint32_t place, char bytes[KEY_BYTES], bool *found) {
    struct slice key, value;
    struct db_cursor *c = db_cursor_begin(s, TABLE_STOCK);
    if (!c) return ERR_NO_MEMORY;
    struct slice from = key_of(bytes, place, 0);
    enum err e = db_cursor_seek(c, from, &key, &value);
    *found = e == ERR_OK && key.n == KEY_BYTES && slice_starts(key, slice_of(from.p, 4));
    if (*found) memcpy(bytes, key.p, KEY_BYTES);
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

enum err stock_clear(struct txn *t, uint32_t place) {
    for (bool found = true; found;) {
        char bytes[KEY_BYTES];
        TRY(first_key(txn_snapshot(t), place, bytes, &found));
        if (found) TRY(txn_delete(t, TABLE_STOCK, slice_of(bytes, KEY_BYTES)));
    }
    return ERR_OK;
}

enum err stock_each(struct snapshot *s, uint32_t place, bool (*each)(void *arg, const struct stock_item *items, unsigned count), void *arg,
                    struct arena *scratch) {
    char bytes[KEY_BYTES];
    struct slice from = key_of(bytes, place, 0), key, value;
    struct db_cursor *c = db_cursor_begin(s, TABLE_STOCK);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, from, &key, &value);
    while (e == ERR_OK && slice_starts(key, slice_of(from.p, 4))) {
        struct stock_block b;
        e = block_of(value, &b);
        struct stock_item *list = ARENA_ARRAY(scratch, struct stock_item, b.count + 1u);
        if (e == ERR_OK && !list) e = ERR_NO_MEMORY;
        if (e != ERR_OK) break;
        for (unsigned i = 0; i < b.count; i++) list[i] = stock_item_at(&b, i);
        if (!each(arg, list, b.count)) break;
        e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

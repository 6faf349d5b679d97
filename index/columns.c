#include "columns.h"

#include <stdlib.h>

#include "assortment.h"
#include "base/limits.h"
#include "product_values.h"

#define CHUNK_LIMIT 262144u // chunks: 64 M products and more

enum { COLUMN_FACTS, COLUMN_OFFER, COLUMN_VALUES, COLUMN_COUNT };
static const enum table tables[COLUMN_COUNT] = {TABLE_FACTS, TABLE_OFFER, TABLE_VALUE};
static const size_t row_bytes[] = {sizeof(struct product_facts), sizeof(struct product_offer)};

struct column {
    const void **chunks; // NULL: not looked up under this snapshot yet
    uint32_t count;
};

struct columns_cache {
    uint64_t snapshot; // the snapshot id the pointers belong to
    uint64_t version;  // 0: not asked for under this snapshot yet, or unknown
    uint32_t products;
    bool counted;
    struct column columns[COLUMN_COUNT];
};

static const struct product_facts no_facts = {.flags = FACT_DELETED};
static const struct product_offer no_offer;
static const char no_values[PRODUCT_VALUES_EMPTY_BYTES];

struct columns_cache *columns_cache_new(void) {
    return calloc(1, sizeof(struct columns_cache));
}

void columns_cache_free(struct columns_cache *c) {
    if (!c) return;
    for (unsigned i = 0; i < COLUMN_COUNT; i++) free((void *)c->columns[i].chunks);
    free(c);
}

static void cache_follow(struct view *v) {
    struct columns_cache *c = v->columns;
    uint64_t id = snapshot_id(v->snapshot);
    if (c->snapshot == id) return;
    columns_cache_forget(v);
    c->snapshot = id;
}

void columns_cache_forget(struct view *v) {
    struct columns_cache *c = v->columns;
    c->counted = false;
    c->version = 0;
    for (unsigned i = 0; i < COLUMN_COUNT; i++)
        if (c->columns[i].chunks) memset((void *)c->columns[i].chunks, 0, c->columns[i].count * sizeof(void *));
}

static bool column_reserve(struct column *column, uint32_t chunk) {
    if (chunk < column->count) return true;
    if (chunk >= CHUNK_LIMIT) return false;
    uint32_t count = chunk + 64;
    const void **grown = realloc((void *)column->chunks, count * sizeof(void *));
    if (!grown) return false;
    memset((void *)(grown + column->count), 0, (count - column->count) * sizeof(void *));
    column->chunks = grown;
    column->count = count;
    return true;
}

static enum err chunk_read(struct snapshot *s, unsigned which, uint32_t chunk, struct slice *out) {
    uint32_t key = __builtin_bswap32(chunk);
    TRY(db_get(s, tables[which], slice_of(&key, sizeof key), out));
    bool sound = which == COLUMN_VALUES ? product_values_sound(*out) : out->n == row_bytes[which] * COLUMNS_CHUNK;
    return sound ? ERR_OK : ERR_DAMAGED;
}

// A chunk fills whole pages, so LMDB hands it out aligned; NULL when it is not there.
static const void *chunk_find(struct view *v, unsigned which, uint32_t chunk) {
    cache_follow(v);
    struct column *column = &v->columns->columns[which];
    if (chunk < column->count && column->chunks[chunk]) return column->chunks[chunk];
    struct slice value;
    if (!column_reserve(column, chunk) || chunk_read(v->snapshot, which, chunk, &value) != ERR_OK) return NULL;
    if ((uintptr_t)value.p % _Alignof(struct product_facts) != 0) return NULL;
    column->chunks[chunk] = value.p;
    return value.p;
}

const struct product_facts *columns_facts(struct view *v, uint32_t product) {
    const struct product_facts *rows = chunk_find(v, COLUMN_FACTS, product / COLUMNS_CHUNK);
    return rows && product && !assortment_hides(v, product) ? &rows[product % COLUMNS_CHUNK] : &no_facts;
}

const struct product_offer *columns_offer(struct view *v, uint32_t product) {
    const struct product_offer *rows = chunk_find(v, COLUMN_OFFER, product / COLUMNS_CHUNK);
    const struct product_offer *row = rows && product ? &rows[product % COLUMNS_CHUNK] : &no_offer;
    return v->assortment ? assortment_offer(v, product, row) : row;
}

void columns_facts_of(struct view *v, const uint32_t *products, unsigned count, const struct product_facts **out) {
    const struct product_facts *rows = NULL;
    uint32_t chunk = UINT32_MAX;
    for (unsigned i = 0; i < count; i++) {
        if (products[i] / COLUMNS_CHUNK != chunk) rows = chunk_find(v, COLUMN_FACTS, chunk = products[i] / COLUMNS_CHUNK);
        out[i] = rows && products[i] ? &rows[products[i] % COLUMNS_CHUNK] : &no_facts;
    }
    for (unsigned i = 0; v->assortment && i < count; i++)
        if (!assortment_shows(v, products[i])) out[i] = &no_facts;
}

void columns_offers_of(struct view *v, const uint32_t *products, unsigned count, const struct product_offer **out) {
    const struct product_offer *rows = NULL;
    uint32_t chunk = UINT32_MAX;
    for (unsigned i = 0; i < count; i++) {
        if (products[i] / COLUMNS_CHUNK != chunk) rows = chunk_find(v, COLUMN_OFFER, chunk = products[i] / COLUMNS_CHUNK);
        out[i] = rows && products[i] ? &rows[products[i] % COLUMNS_CHUNK] : &no_offer;
    }
    for (unsigned i = 0; v->assortment && i < count; i++) out[i] = assortment_offer(v, products[i], out[i]);
}

// Read by bytes, so aligned or not; that there is none is remembered like the rest.
const char *columns_values(struct view *v, uint32_t chunk) {
    cache_follow(v);
    struct column *column = &v->columns->columns[COLUMN_VALUES];
    if (chunk < column->count && column->chunks[chunk]) return column->chunks[chunk];
    struct slice value;
    if (!column_reserve(column, chunk)) return no_values;
    bool found = chunk_read(v->snapshot, COLUMN_VALUES, chunk, &value) == ERR_OK;
    return column->chunks[chunk] = found ? value.p : no_values;
}

uint64_t columns_version(struct view *v) {
    uint64_t facts, offers;
    if (!v->db || v->assortment) return 0; // of a transaction, which changes them as it goes; of a part of them
    cache_follow(v);
    struct columns_cache *c = v->columns;
    if (c->version == 0 && snapshot_version(v->snapshot, TABLE_FACTS, &facts) == ERR_OK &&
        snapshot_version(v->snapshot, TABLE_OFFER, &offers) == ERR_OK)
        c->version = facts + offers + 1; // neither ever goes back
    return c->version;
}

// TABLE_META is one for both slots of the catalogue.
static const char *count_name(unsigned slot) { return slot ? "products.2" : "products"; }

uint32_t columns_products(struct view *v) {
    cache_follow(v);
    struct columns_cache *c = v->columns;
    if (!c->counted) {
        uint64_t highest = 0;
        (void)db_meta_u64(v->snapshot, count_name(snapshot_slot(v->snapshot)), &highest);
        c->products = (uint32_t)highest;
        c->counted = true;
    }
    return c->products;
}

static enum err set_row(struct txn *t, unsigned which, uint32_t product, const void *row) {
    uint32_t chunk = product / COLUMNS_CHUNK, key = __builtin_bswap32(chunk);
    size_t size = row_bytes[which] * COLUMNS_CHUNK;
    char *copy = malloc(size);
    if (!copy) return ERR_NO_MEMORY;
    struct slice old;
    enum err e = chunk_read(txn_snapshot(t), which, chunk, &old);
    if (e == ERR_OK) {
        memcpy(copy, old.p, size);
    } else if (e == ERR_NOT_FOUND) {
        memset(copy, 0, size);
        if (which == COLUMN_FACTS)
            for (unsigned i = 0; i < COLUMNS_CHUNK; i++) ((struct product_facts *)copy)[i].flags = FACT_DELETED;
        e = ERR_OK;
    }
    if (e == ERR_OK) {
        memcpy(copy + row_bytes[which] * (product % COLUMNS_CHUNK), row, row_bytes[which]);
        e = txn_put(t, tables[which], slice_of(&key, sizeof key), slice_of(copy, size));
    }
    free(copy);
    return e;
}

enum err columns_set_facts(struct txn *t, uint32_t product, const struct product_facts *row) {
    return set_row(t, COLUMN_FACTS, product, row);
}

enum err columns_set_offer(struct txn *t, uint32_t product, const struct product_offer *row) {
    return set_row(t, COLUMN_OFFER, product, row);
}

enum err columns_set_chunk(struct txn *t, uint32_t chunk, const struct product_facts *facts,
                           const struct product_offer *offers) {
    uint32_t key = __builtin_bswap32(chunk);
    struct slice k = slice_of(&key, sizeof key);
    TRY(txn_put(t, TABLE_FACTS, k, slice_of(facts, sizeof *facts * COLUMNS_CHUNK)));
    return txn_put(t, TABLE_OFFER, k, slice_of(offers, sizeof *offers * COLUMNS_CHUNK));
}

enum err columns_set_products(struct txn *t, uint32_t highest_id) {
    return txn_set_meta_u64(t, count_name(snapshot_slot(txn_snapshot(t))), highest_id);
}

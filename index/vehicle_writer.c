#include "vehicle_writer.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "names.h"

#define COUNTER_VEHICLE "vehicles"

// Configurations of the base vehicle being put together: a matrix whose columns are all attributes any of them knows.
struct table_of {
    struct view *view;
    struct arena *a;
    uint8_t attrs[LIMIT_ATTRIBUTES];
    uint8_t column_of[LIMIT_ATTRIBUTES]; // by attribute id; valid when it is among attrs
    unsigned columns, count;
    uint16_t *values;
    uint8_t *sources;
    uint32_t *hashes;
    uint32_t *slots;     // open addressing over rows, index + 1
    uint32_t slot_mask;
    uint16_t flags;
};

static bool source_is_replaced(const struct vehicle_tuple *tuples, unsigned count, uint8_t source) {
    for (unsigned i = 0; i < count; i++)
        if (tuples[i].source == source) return true;
    return false;
}

// ---- columns --------------------------------------------------------------------------------------------------------
static void mark_columns(struct table_of *t, const struct vehicle *old, const struct vehicle_tuple *tuples,
                         unsigned count) {
    bool seen[LIMIT_ATTRIBUTES] = {false};
    for (unsigned i = 0; old != NULL && i < old->attr_count; i++) seen[old->attrs[i] % LIMIT_ATTRIBUTES] = true;
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < tuples[i].count; k++) seen[tuples[i].cells[k].attr % LIMIT_ATTRIBUTES] = true;
    for (unsigned attr = 1; attr < LIMIT_ATTRIBUTES; attr++) {
        if (!seen[attr]) continue;
        t->column_of[attr] = (uint8_t)t->columns;
        t->attrs[t->columns++] = (uint8_t)attr;
    }
}

static enum err make_room(struct table_of *t, unsigned rows) {
    uint32_t slots = 16;
    while (slots < rows * 2) slots *= 2;
    t->values = ARENA_ARRAY(t->a, uint16_t, (size_t)(rows + 1) * (t->columns + 1)); // a spare row to build in
    t->sources = ARENA_ARRAY(t->a, uint8_t, rows + 1);
    t->hashes = ARENA_ARRAY(t->a, uint32_t, rows + 1);
    t->slots = ARENA_ARRAY(t->a, uint32_t, slots);
    t->slot_mask = slots - 1;
    return t->values && t->sources && t->hashes && t->slots ? ERR_OK : ERR_NO_MEMORY;
}

// ---- rows -----------------------------------------------------------------------------------------------------------
static uint16_t *row_at(const struct table_of *t, unsigned row) { return t->values + (size_t)row * t->columns; }

// Keeps the spare row unless an equal one is there.
static void commit_row(struct table_of *t, uint8_t source) {
    const uint16_t *row = row_at(t, t->count);
    size_t bytes = t->columns * sizeof *row;
    uint32_t at = (uint32_t)hash64(slice_of(row, bytes)) & t->slot_mask;
    for (; t->slots[at] != 0; at = (at + 1) & t->slot_mask)
        if (memcmp(row_at(t, t->slots[at] - 1), row, bytes) == 0) return;
    t->sources[t->count] = source;
    t->slots[at] = ++t->count;
}

static void add_old(struct table_of *t, const struct vehicle *old, const struct vehicle_tuple *tuples, unsigned count) {
    for (unsigned i = 0; i < old->count; i++) {
        if (source_is_replaced(tuples, count, old->sources[i])) continue;
        t->flags &= old->flags;
        uint16_t *row = row_at(t, t->count);
        memset(row, 0, t->columns * sizeof *row);
        for (unsigned k = 0; k < old->attr_count; k++)
            row[t->column_of[old->attrs[k] % LIMIT_ATTRIBUTES]] = old->values[(size_t)i * old->attr_count + k];
        commit_row(t, old->sources[i]);
    }
}

static void add_tuples(struct table_of *t, const struct vehicle_tuple *tuples, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        t->flags &= tuples[i].flags;
        uint16_t *row = row_at(t, t->count);
        memset(row, 0, t->columns * sizeof *row);
        for (unsigned k = 0; k < tuples[i].count; k++)
            row[t->column_of[tuples[i].cells[k].attr % LIMIT_ATTRIBUTES]] = tuples[i].cells[k].value;
        commit_row(t, tuples[i].source);
    }
}

// Columns that only configurations now gone knew.
static void drop_empty_columns(struct table_of *t) {
    unsigned kept[LIMIT_ATTRIBUTES], columns = 0;
    for (unsigned column = 0; column < t->columns; column++) {
        unsigned row = 0;
        while (row < t->count && row_at(t, row)[column] == 0) row++;
        if (row < t->count) kept[columns++] = column;
    }
    if (columns == t->columns) return;
    uint16_t *out = t->values; // behind what is still to be read
    for (unsigned row = 0; row < t->count; row++)
        for (unsigned i = 0; i < columns; i++) *out++ = row_at(t, row)[kept[i]];
    for (unsigned i = 0; i < columns; i++) t->attrs[i] = t->attrs[kept[i]];
    t->columns = columns;
}

// ---- ids that survive recompiling -----------------------------------------------------------------------------------
// A tuple's hash is the sum of the hashes of its "name=value", so it depends on neither ids nor column order.
static enum err tuple_hash(struct table_of *t, unsigned row, uint64_t *out) {
    char pair[2 * LIMIT_TEXT_BYTES];
    *out = 0;
    for (unsigned column = 0; column < t->columns; column++) {
        uint16_t value = row_at(t, row)[column];
        if (value == 0) continue;
        struct slice name = names_text(t->view, NAMES_ATTRIBUTE, t->attrs[column]);
        struct slice text = names_text(t->view, NAMES_VALUE + t->attrs[column], value);
        if (name.n + text.n + 1 > sizeof pair || name.n == 0 || text.n == 0) return ERR_DAMAGED;
        memcpy(pair, name.p, name.n);
        pair[name.n] = '=';
        memcpy(pair + name.n + 1, text.p, text.n);
        *out += hash64(slice_of(pair, name.n + 1 + text.n));
    }
    return ERR_OK;
}

static bool hash_is_taken(const struct table_of *t, uint32_t hash, unsigned rows) {
    for (uint32_t at = hash & t->slot_mask; t->slots[at] != 0; at = (at + 1) & t->slot_mask)
        if (t->slots[at] <= rows && t->hashes[t->slots[at] - 1] == hash) return true;
    return false;
}

static enum err hash_rows(struct table_of *t) {
    memset(t->slots, 0, ((size_t)t->slot_mask + 1) * sizeof *t->slots);
    for (unsigned row = 0; row < t->count; row++) {
        uint64_t wide;
        TRY(tuple_hash(t, row, &wide));
        uint32_t hash = (uint32_t)wide;
        if (hash_is_taken(t, hash, row)) hash = (uint32_t)(wide >> 32); // one vehicle in five hundred of the largest
        while (hash == 0 || hash_is_taken(t, hash, row)) hash++; // 0 is that of no configuration, where a whole car is meant
        uint32_t at = hash & t->slot_mask;
        while (t->slots[at] != 0) at = (at + 1) & t->slot_mask;
        t->slots[at] = row + 1;
        t->hashes[row] = hash;
    }
    return ERR_OK;
}

// ---- records --------------------------------------------------------------------------------------------------------
static struct slice encode(struct table_of *t, uint32_t make, uint32_t model, unsigned year, struct slice slug) {
    struct buf record;
    buf_init(&record, t->a, 64 + t->count * (5 + 2 * (size_t)t->columns));
    buf_u16(&record, (uint16_t)year);
    buf_u32(&record, make);
    buf_u32(&record, model);
    buf_u16(&record, t->flags);
    buf_string(&record, slug);
    buf_u8(&record, (uint8_t)t->columns);
    buf_put(&record, t->attrs, t->columns);
    buf_varint(&record, t->count);
    buf_put(&record, t->hashes, t->count * sizeof *t->hashes);
    buf_put(&record, t->sources, t->count);
    buf_put(&record, t->values, (size_t)t->count * t->columns * sizeof *t->values);
    return record.bad ? SLICE_NONE : buf_slice(&record);
}

static uint8_t markets_of(const struct table_of *t) {
    uint8_t markets = 0;
    for (unsigned column = 0; column < t->columns; column++) {
        if (!slice_is(names_text(t->view, NAMES_ATTRIBUTE, t->attrs[column]), "market")) continue;
        for (unsigned row = 0; row < t->count; row++) {
            uint16_t value = row_at(t, row)[column];
            if (value != 0) markets |= vehicle_market_bit(names_text(t->view, NAMES_VALUE + t->attrs[column], value));
        }
    }
    return markets;
}

static struct slice picker_key(struct arena *a, uint32_t make, uint32_t model, unsigned year) {
    struct buf key;
    buf_init(&key, a, 10);
    buf_u32be(&key, make);
    buf_u32be(&key, model);
    buf_u16be(&key, (uint16_t)year);
    return buf_slice(&key);
}

static enum err find_old(struct view *v, struct slice key, struct vehicle **old) {
    struct picker_value is;
    struct slice value;
    *old = NULL;
    enum err err = db_get(v->snapshot, TABLE_PICKER, key, &value);
    if (err == ERR_NOT_FOUND) return ERR_OK;
    struct reader r = reader_of(value);
    if (err != ERR_OK || !reader_take(&r, &is, sizeof is)) return err != ERR_OK ? err : ERR_DAMAGED;
    return vehicle_load(v, is.vehicle, old);
}

static enum err write_records(struct txn *t, struct table_of *table, struct slice picker, uint32_t id,
                              struct slice slug, struct slice record) {
    uint32_t key = __builtin_bswap32(id);
    struct picker_value is = {
        .vehicle = id, .flags = table->flags, .markets = markets_of(table), .configurations = table->count};
    TRY(txn_put(t, TABLE_VEHICLE, slice_of(&key, sizeof key), record));
    TRY(txn_put(t, TABLE_VEHICLE_ID, slug, slice_of(&id, sizeof id)));
    return txn_put(t, TABLE_PICKER, picker, slice_of(&is, sizeof is));
}

static enum err build_table(struct table_of *table, const struct vehicle *old, const struct vehicle_tuple *tuples,
                            unsigned count) {
    mark_columns(table, old, tuples, count);
    TRY(make_room(table, count + (old != NULL ? old->count : 0)));
    if (old != NULL) add_old(table, old, tuples, count);
    add_tuples(table, tuples, count);
    if (table->count > LIMIT_CONFIGURATIONS) return ERR_TOO_LARGE;
    drop_empty_columns(table);
    return hash_rows(table);
}

// Make "a-b" with model "c" and make "a" with model "b-c" would share a slug: the later one gets a "-2".
static struct slice new_slug(struct view *v, uint32_t make, uint32_t model, unsigned year) {
    struct slice path = names_text(v, NAMES_MODEL, model), make_slug = names_text(v, NAMES_MAKE, make);
    uint32_t other;
    slice_cut(&path, '/');
    struct slice slug = arena_printf(v->arena, "%u-%.*s-%.*s", year, SLICE_ARGS(make_slug), SLICE_ARGS(path));
    while (slug.p != NULL && vehicle_find(v, slug, &other) == ERR_OK)
        slug = arena_printf(v->arena, "%.*s-2", SLICE_ARGS(slug));
    return slug;
}

// `old` NULL: there is no such base vehicle yet.
static enum err write_table(struct txn *t, struct table_of *table, struct slice picker, const struct vehicle *old, struct slice slug,
                            struct slice record, struct vehicle_write *out) {
    struct slice before;
    uint32_t id = 0;
    if (record.p == NULL || slug.p == NULL) return ERR_NO_MEMORY;
    *out = (struct vehicle_write){.is_new = old == NULL, .configurations = table->count};
    if (old != NULL) {
        id = out->id = old->id;
        uint32_t key = __builtin_bswap32(id);
        TRY(db_get(table->view->snapshot, TABLE_VEHICLE, slice_of(&key, sizeof key), &before));
        if (slice_eq(before, record)) return ERR_OK;
    } else {
        TRY(txn_next_id(t, COUNTER_VEHICLE, 1, &id));
        id++; // 0 is "none"
    }
    out->id = id;
    out->changed = true;
    return write_records(t, table, picker, id, slug, record);
}

enum err vehicle_write(struct txn *t, struct view *v, uint32_t make, uint32_t model, unsigned year,
                       const struct vehicle_tuple *tuples, unsigned count, struct vehicle_write *out) {
    struct table_of table = {.view = v, .a = v->arena, .flags = UINT16_MAX};
    struct vehicle *old;
    struct slice picker = picker_key(v->arena, make, model, year);
    TRY(find_old(v, picker, &old));
    TRY(build_table(&table, old, tuples, count));
    struct slice slug = old != NULL ? arena_copy(v->arena, old->slug) : new_slug(v, make, model, year);
    return write_table(t, &table, picker, old, slug, encode(&table, make, model, year, slug), out);
}

enum err vehicle_rewrite(struct txn *t, struct view *v, const struct vehicle *vehicle, const struct vehicle_tuple *tuples, unsigned count,
                         struct vehicle_write *out) {
    struct table_of table = {.view = v, .a = v->arena, .flags = UINT16_MAX};
    struct slice picker = picker_key(v->arena, vehicle->make, vehicle->model, vehicle->year);
    struct slice slug = arena_copy(v->arena, vehicle->slug);
    TRY(build_table(&table, NULL, tuples, count));
    return write_table(t, &table, picker, vehicle, slug, encode(&table, vehicle->make, vehicle->model, vehicle->year, slug), out);
}

#include "batch.h"

#include "base/json.h"
#include "fragment.h"

#define CHANGES_COUNTER "catalogue_changes"
#define BATCH_COUNTER "batches"
#define SLOT_BEFORE "slot_before_batch"

struct undo_key { uint32_t batch, product; }; // big-endian

static struct undo_key undo_key(uint32_t batch, uint32_t product) {
    return (struct undo_key){__builtin_bswap32(batch), __builtin_bswap32(product)};
}

static struct slice batch_key(uint32_t *space, uint32_t id) {
    *space = __builtin_bswap32(id);
    return slice_of(space, sizeof *space);
}

// ---- writing ----------------------------------------------------------------------------------------------------------------
static enum err undo_forget(struct txn *t, uint32_t batch) {
    struct snapshot *s = txn_snapshot(t);
    struct undo_key from = undo_key(batch, 0), at;
    for (;;) {
        struct db_cursor *c = db_cursor_begin(s, TABLE_UNDO);
        if (!c) return ERR_NO_MEMORY;
        struct slice key, value;
        enum err e = db_cursor_seek(c, slice_of(&from, sizeof from), &key, &value);
        bool ours = e == ERR_OK && key.n == sizeof at && memcmp(key.p, &from.batch, sizeof from.batch) == 0;
        if (ours) memcpy(&at, key.p, sizeof at);
        db_cursor_end(c);
        if (e != ERR_OK && e != ERR_END) return e;
        if (!ours) return ERR_OK;
        TRY(txn_delete(t, TABLE_UNDO, slice_of(&at, sizeof at)));
    }
}

enum err batch_begin(struct txn *t, uint32_t *id) {
    uint32_t before;
    TRY(txn_next_id(t, BATCH_COUNTER, 1, &before));
    *id = before + 1;
    return *id > BATCHES_KEPT ? undo_forget(t, *id - BATCHES_KEPT) : ERR_OK;
}

enum err batch_put(struct txn *t, struct arena *scratch, const struct batch *b) {
    struct buf out;
    uint32_t space;
    buf_init(&out, scratch, 128 + b->sources.n);
    buf_u8(&out, (uint8_t)b->state);
    buf_u8(&out, (uint8_t)b->kind);
    buf_u64(&out, (uint64_t)b->at_ms);
    buf_u64(&out, b->changes);
    buf_u32(&out, b->products_new);
    buf_u32(&out, b->products_changed);
    buf_u32(&out, b->products_removed);
    buf_u32(&out, b->applications);
    buf_string(&out, b->sources);
    if (out.bad) return ERR_NO_MEMORY;
    return txn_put(t, TABLE_BATCH, batch_key(&space, b->id), buf_slice(&out));
}

enum err batch_slot_before(struct txn *t, uint32_t batch) { return txn_set_meta_u64(t, SLOT_BEFORE, batch); }

enum err batch_changes(struct snapshot *s, uint64_t *out) {
    *out = 0;
    enum err e = db_meta_u64(s, CHANGES_COUNTER, out);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err change_of(struct view *v, uint32_t kind, uint32_t product, uint64_t *out) {
    struct undo_key mark = undo_key(kind, product);
    struct slice value;
    *out = 0;
    enum err e = db_get(v->snapshot, TABLE_UNDO, slice_of(&mark, sizeof mark), &value);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    struct reader r = reader_of(value);
    *out = reader_u64(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

static enum err change_set(struct txn *t, uint32_t kind, uint32_t product, uint64_t changes) {
    struct undo_key mark = undo_key(kind, product);
    return txn_put(t, TABLE_UNDO, slice_of(&mark, sizeof mark), slice_of(&changes, sizeof changes));
}

static enum err change_next(struct txn *t, uint32_t kind, uint32_t product) {
    uint64_t changes;
    TRY(batch_changes(txn_snapshot(t), &changes));
    TRY(txn_set_meta_u64(t, CHANGES_COUNTER, changes + 1));
    return change_set(t, kind, product, changes + 1);
}

enum err batch_note_offer(struct txn *t, uint32_t product) {
    return change_next(t, BATCH_OFFERS, product);
}

enum err batch_note(struct txn *t, struct view *v, uint32_t batch, uint32_t product, const struct product_version *before) {
    uint64_t last;
    TRY(change_of(v, BATCH_NONE, product, &last));
    TRY(change_next(t, BATCH_NONE, product));
    struct undo_key key = undo_key(batch, product);
    struct slice kept;
    if (batch == BATCH_NONE || db_get(v->snapshot, TABLE_UNDO, slice_of(&key, sizeof key), &kept) == ERR_OK) return ERR_OK;
    struct buf out;
    buf_init(&out, v->arena, before->record.n + before->applications.n + 64);
    buf_u64(&out, last);
    catalog_version_encode(&out, before);
    return out.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_UNDO, slice_of(&key, sizeof key), buf_slice(&out));
}

// The products under a batch, ascending; under BATCH_NONE and _OFFERS those whose change is newer than `changes`.
static enum err undo_products(struct view *v, uint32_t batch, uint64_t changes, uint32_t **out, unsigned *count) {
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_UNDO);
    if (!c) return ERR_NO_MEMORY;
    struct undo_key from = undo_key(batch, 0);
    struct slice key, value;
    struct buf list;
    buf_init(&list, v->arena, 256);
    enum err e = db_cursor_seek(c, slice_of(&from, sizeof from), &key, &value);
    for (; e == ERR_OK; e = db_cursor_next(c, &key, &value)) {
        struct reader k = reader_of(key), r = reader_of(value);
        if (reader_u32be(&k) != batch) break;
        if ((batch == BATCH_NONE || batch == BATCH_OFFERS) && reader_u64(&r) <= changes) continue;
        buf_u32(&list, reader_u32be(&k));
    }
    db_cursor_end(c);
    if (e != ERR_OK && e != ERR_END) return e;
    *out = (uint32_t *)(void *)list.p;
    *count = (unsigned)(list.n / sizeof(uint32_t));
    return list.bad ? ERR_NO_MEMORY : ERR_OK;
}

enum err batch_changed_since(struct view *v, uint64_t changes, uint32_t **out, unsigned *count) {
    return undo_products(v, BATCH_NONE, changes, out, count);
}

enum err batch_offers_since(struct view *v, uint64_t changes, uint32_t **out, unsigned *count) {
    return undo_products(v, BATCH_OFFERS, changes, out, count);
}

#define VEHICLES_NAME "vehicles_changed" // TABLE_META: the sequence of changes when vehicles last came

enum err batch_note_vehicles(struct txn *t) {
    uint64_t changes;
    TRY(batch_changes(txn_snapshot(t), &changes));
    TRY(txn_set_meta_u64(t, CHANGES_COUNTER, changes + 1));
    return txn_set_meta_u64(t, VEHICLES_NAME, changes + 1);
}

// ---- reading -----------------------------------------------------------------------------------------------------------------
static enum err batch_decode(uint32_t id, struct slice value, struct batch *out) {
    struct reader r = reader_of(value);
    *out = (struct batch){.id = id};
    out->state = reader_u8(&r);
    out->kind = reader_u8(&r);
    out->at_ms = (int64_t)reader_u64(&r);
    out->changes = reader_u64(&r);
    out->products_new = reader_u32(&r);
    out->products_changed = reader_u32(&r);
    out->products_removed = reader_u32(&r);
    out->applications = reader_u32(&r);
    out->sources = reader_string(&r);
    return r.bad ? ERR_DAMAGED : ERR_OK;
}

enum err batch_each(struct view *v, bool (*each)(void *arg, const struct batch *b), void *arg) {
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_BATCH);
    if (!c) return ERR_NO_MEMORY;
    struct slice key, value;
    enum err e = db_cursor_last(c, &key, &value);
    while (e == ERR_OK) {
        struct reader k = reader_of(key);
        struct batch b;
        e = batch_decode(reader_u32be(&k), value, &b);
        if (e != ERR_OK || !each(arg, &b)) break;
        e = db_cursor_prev(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

void batch_json(struct json_writer *w, const struct batch *b) {
    json_open(w, '{');
    json_key_int(w, "id", b->id);
    json_key_str(w, "state", b->state == BATCH_DONE ? "done" : "taken_back");
    json_key_str(w, "kind", b->kind == BATCH_SWITCHED ? "switched" : "in_place");
    json_key_int(w, "at", b->at_ms);
    json_key_string(w, "sources", b->sources);
    json_key_int(w, "products_new", b->products_new);
    json_key_int(w, "products_changed", b->products_changed);
    json_key_int(w, "products_removed", b->products_removed);
    json_key_int(w, "applications", b->applications);
    json_close(w, '}');
}

// ---- the way back --------------------------------------------------------------------------------------------------------------
static enum err restore_each(struct txn *t, struct view *v, const struct batch *b, struct batch_undo_report *out) {
    uint32_t *products;
    unsigned count;
    TRY(undo_products(v, b->id, 0, &products, &count));
    for (unsigned i = 0; i < count; i++) {
        struct undo_key key = undo_key(b->id, products[i]);
        struct product_version version;
        struct slice value;
        uint64_t changed;
        TRY(change_of(v, BATCH_NONE, products[i], &changed));
        out->kept += changed > b->changes;
        if (changed > b->changes) continue;
        TRY(db_get(v->snapshot, TABLE_UNDO, slice_of(&key, sizeof key), &value));
        value = arena_copy(v->arena, value);
        if (!value.p) return ERR_NO_MEMORY;
        struct reader r = reader_of(value);
        changed = reader_u64(&r);
        TRY(catalog_version_decode(slice_from(value, sizeof changed), &version));
        TRY(catalog_version_put(t, v, BATCH_NONE, &version, &products[i]));
        TRY(change_set(t, BATCH_NONE, products[i], changed)); // as if it had not been
        out->restored++;
    }
    return ERR_OK;
}

// The slot of before, with what has changed since carried over.
static enum err switch_back(struct txn *t, struct view *v, const struct batch *b, struct batch_undo_report *out) {
    uint32_t *products;
    unsigned count, now = snapshot_slot(v->snapshot);
    TRY(batch_changed_since(v, b->changes, &products, &count));
    struct product_version *versions = ARENA_ARRAY(v->arena, struct product_version, count);
    if (!versions && count) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) TRY(catalog_version_load(v, products[i], &versions[i]));
    txn_use_slot(t, !now);
    columns_cache_forget(v);
    for (unsigned i = 0; i < count; i++) TRY(catalog_version_put(t, v, BATCH_NONE, &versions[i], &products[i]));
    out->kept = count;
    out->restored = b->products_new + b->products_changed + b->products_removed;
    TRY(fragment_epoch_advance(t));
    TRY(batch_slot_before(t, BATCH_NONE)); // it holds what came after, not what was before
    return txn_switch_slot(t);
}

static enum err newest_done(struct view *v, struct batch *out, uint32_t wanted) {
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_BATCH);
    if (!c) return ERR_NO_MEMORY;
    struct slice key, value;
    enum err e = db_cursor_last(c, &key, &value);
    while (e == ERR_OK) {
        struct reader k = reader_of(key);
        e = batch_decode(reader_u32be(&k), value, out);
        if (e != ERR_OK || out->state == BATCH_DONE || out->id < wanted) break;
        e = db_cursor_prev(c, &key, &value);
    }
    out->sources = arena_copy(v->arena, out->sources);
    db_cursor_end(c);
    return e;
}

static enum err take_back(struct txn *t, struct view *v, uint32_t id, struct batch_undo_report *out, struct fault *why) {
    struct batch b = {0};
    uint64_t before = BATCH_NONE;
    enum err e = newest_done(v, &b, id);
    if (e == ERR_END || (e == ERR_OK && b.id < id)) return fault_set(why, ERR_NOT_FOUND, "id", "there is no import %u to take back", id);
    TRY(e);
    if (b.id != id) return fault_set(why, ERR_CONFLICT, "id", "import %u is not the newest: %u has to be taken back before it", id, b.id);
    (void)db_meta_u64(v->snapshot, SLOT_BEFORE, &before);
    if (b.kind == BATCH_SWITCHED && before != id)
        return fault_set(why, ERR_CONFLICT, "id", "import %u can no longer be taken back: a later one used its place", id);
    uint64_t batches = 0, vehicles = 0;
    (void)db_meta_u64(v->snapshot, VEHICLES_NAME, &vehicles);
    if (b.kind == BATCH_SWITCHED && vehicles > b.changes)
        return fault_set(why, ERR_CONFLICT, "id", "import %u can no longer be taken back: vehicles have come since", id);
    (void)db_meta_u64(v->snapshot, BATCH_COUNTER, &batches);
    if (b.kind == BATCH_IN_PLACE && batches >= (uint64_t)id + BATCHES_KEPT)
        return fault_set(why, ERR_CONFLICT, "id", "import %u is too old: the last %u are kept", id, BATCHES_KEPT);
    TRY(b.kind == BATCH_SWITCHED ? switch_back(t, v, &b, out) : restore_each(t, v, &b, out));
    b.state = BATCH_TAKEN_BACK;
    return batch_put(t, v->arena, &b);
}

enum err batch_take_back(struct txn *t, struct arena *scratch, uint32_t id, struct batch_undo_report *out, struct fault *why) {
    struct view v;
    *out = (struct batch_undo_report){0};
    TRY(view_of_txn(t, scratch, &clock_system, &v));
    enum err e = take_back(t, &v, id, out, why);
    view_of_txn_end(&v);
    return e;
}

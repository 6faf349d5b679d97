// Folding dirty products into groups: for every vehicle the old or the new applications cover, the group is read, the
// product's rows are taken out, the new ones put in, and the group written back.
#include <stdlib.h>

#include "catalog.h"
#include "fitment_match.h"
#include "vehicle.h"

#define PRODUCTS_PER_TXN 64
#define GROUPS_PER_TXN 4000

struct merge {
    struct view *view;
    struct txn *txn;
    uint32_t product, type;
    struct application *now; // applications to be in the groups of `type`; none when the product left the type
    unsigned now_count;
    bool universal;          // it is in the group of vehicle 0 whatever its applications say
    uint32_t *vehicles;      // touched ones, ascending, distinct
    unsigned vehicle_count, vehicle_capacity;
    unsigned groups;
    enum err failed;
};

// ---- which vehicles ---------------------------------------------------------------------------------------------------------
static bool vehicle_add(struct merge *m, uint32_t vehicle) {
    if (m->vehicle_count == m->vehicle_capacity) {
        unsigned capacity = m->vehicle_capacity ? m->vehicle_capacity * 2 : 256;
        uint32_t *grown = ARENA_ARRAY(m->view->arena, uint32_t, capacity);
        if (!grown) {
            m->failed = ERR_NO_MEMORY;
            return false;
        }
        if (m->vehicle_count) memcpy(grown, m->vehicles, m->vehicle_count * sizeof *grown);
        m->vehicles = grown;
        m->vehicle_capacity = capacity;
    }
    m->vehicles[m->vehicle_count++] = vehicle;
    return true;
}

static bool picked(void *arg, const struct picker_row *row) {
    return vehicle_add(arg, row->is.vehicle);
}

static enum err applications_vehicles(struct merge *m, const struct application *list, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (list[i].flags & APPLICATION_UNRESOLVED || list[i].make == 0) continue; // those for every make are with vehicle 0
        TRY(vehicle_each(m->view, list[i].make, list[i].model, list[i].year_from, list[i].year_to, picked, m));
        TRY(m->failed);
    }
    return ERR_OK;
}

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void vehicles_distinct(struct merge *m) {
    if (m->vehicle_count) qsort(m->vehicles, m->vehicle_count, sizeof *m->vehicles, compare_u32);
    unsigned kept = 0;
    for (unsigned i = 0; i < m->vehicle_count; i++)
        if (kept == 0 || m->vehicles[i] != m->vehicles[kept - 1]) m->vehicles[kept++] = m->vehicles[i];
    m->vehicle_count = kept;
}

// ---- one group ------------------------------------------------------------------------------------------------------------------
static enum err rows_of_product(struct merge *m, uint32_t vehicle, struct group_row *rows, unsigned *count) {
    if (vehicle == 0 && m->universal) {
        rows[(*count)++] = (struct group_row){m->product, 0, &application_universal};
        return ERR_OK;
    }
    for (unsigned i = 0; vehicle == 0 && i < m->now_count; i++)
        if (m->now[i].make == 0 && !(m->now[i].flags & APPLICATION_UNRESOLVED))
            rows[(*count)++] = (struct group_row){m->product, i, &m->now[i]};
    if (vehicle == 0) return ERR_OK;
    struct vehicle *car;
    TRY(vehicle_load(m->view, vehicle, &car));
    for (unsigned i = 0; i < m->now_count; i++)
        if (m->now[i].make && application_covers(&m->now[i], car->make, car->model, car->year))
            rows[(*count)++] = (struct group_row){m->product, i, &m->now[i]};
    return ERR_OK;
}

static enum err group_decode(struct merge *m, struct slice value, unsigned spare, struct group_row **out, unsigned *count) {
    struct group_reader g;
    struct packed_row row;
    TRY(group_open(m->view->arena, value, &g));
    struct group_row *rows = ARENA_ARRAY(m->view->arena, struct group_row, (size_t)g.row_count + spare);
    if (!rows) return ERR_NO_MEMORY;
    *count = 0;
    while (group_next(&g, &row)) {
        if (row.entry >= g.entry_count) return ERR_DAMAGED;
        if (row.product != m->product)
            rows[(*count)++] = (struct group_row){row.product, row.application, &g.entries[row.entry]};
    }
    *out = rows;
    return ERR_OK;
}

static int compare_rows(const void *a, const void *b) {
    const struct group_row *x = a, *y = b;
    if (x->product != y->product) return x->product > y->product ? 1 : -1;
    return (x->application > y->application) - (x->application < y->application);
}

static enum err group_change(struct merge *m, uint32_t vehicle, bool insert) {
    uint32_t key[2] = {__builtin_bswap32(vehicle), __builtin_bswap32(m->type)};
    struct slice value = SLICE("\0"); // no rows
    enum err e = db_get(m->view->snapshot, TABLE_GROUP, slice_of(key, sizeof key), &value);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    struct group_row *rows;
    unsigned count;
    TRY(group_decode(m, value, m->now_count + 1, &rows, &count));
    if (insert) TRY(rows_of_product(m, vehicle, rows, &count));
    if (count) qsort(rows, count, sizeof *rows, compare_rows);
    if (count == 0) return e == ERR_OK ? txn_delete(m->txn, TABLE_GROUP, slice_of(key, sizeof key)) : ERR_OK;
    struct buf bytes;
    buf_init(&bytes, m->view->arena, value.n + 64);
    group_encode(&bytes, rows, count, m->view->arena);
    m->groups++;
    return bytes.bad ? ERR_NO_MEMORY : txn_put(m->txn, TABLE_GROUP, slice_of(key, sizeof key), buf_slice(&bytes));
}

// ---- one product -----------------------------------------------------------------------------------------------------------------
static enum err product_merge(struct merge *m, struct slice old_record) {
    const struct product_facts facts = *columns_facts(m->view, m->product);
    struct application *old = NULL;
    unsigned old_count = 0;
    bool here = !(facts.flags & FACT_DELETED) && facts.type == m->type;
    m->universal = here && facts.flags & FACT_UNIVERSAL;
    m->vehicle_count = m->now_count = 0;
    m->failed = ERR_OK;
    if (old_record.n) TRY(applications_decode(m->view->arena, old_record, &old, &old_count));
    if (here && !m->universal) TRY(applications_load(m->view, m->product, &m->now, &m->now_count));
    TRY(applications_vehicles(m, old, old_count));
    TRY(applications_vehicles(m, m->now, m->now_count));
    vehicles_distinct(m);
    TRY(group_change(m, 0, here));
    for (unsigned i = 0; i < m->vehicle_count; i++) TRY(group_change(m, m->vehicles[i], here && !m->universal));
    return ERR_OK;
}

static enum err next_dirty(struct view *v, uint32_t *type, uint32_t *product, struct slice *record) {
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_DIRTY);
    if (!c) return ERR_NO_MEMORY;
    struct slice key, value;
    enum err e = db_cursor_seek(c, SLICE_NONE, &key, &value);
    if (e == ERR_OK) {
        struct reader r = reader_of(key);
        *type = reader_u32be(&r);
        *product = reader_u32be(&r);
        *record = arena_copy(v->arena, value);
    }
    db_cursor_end(c);
    return e;
}

static enum err merge_some(struct txn *t, struct arena *scratch, bool *more) {
    unsigned groups = 0;
    for (unsigned i = 0; i < PRODUCTS_PER_TXN && groups < GROUPS_PER_TXN; i++) {
        arena_reset(scratch);
        struct view v;
        TRY(view_of_txn(t, scratch, &clock_system, &v));
        struct merge m = {.view = &v, .txn = t};
        struct slice record;
        enum err e = next_dirty(&v, &m.type, &m.product, &record);
        *more = e == ERR_OK;
        if (e == ERR_OK) e = product_merge(&m, record);
        uint32_t key[2] = {__builtin_bswap32(m.type), __builtin_bswap32(m.product)};
        if (e == ERR_OK) e = txn_delete(t, TABLE_DIRTY, slice_of(key, sizeof key));
        groups += m.groups;
        view_of_txn_end(&v);
        if (e != ERR_OK) return e == ERR_END ? ERR_OK : e;
    }
    return ERR_OK;
}

enum err catalog_merge(struct db *db, struct arena *scratch, bool *more) {
    struct txn *t;
    *more = false;
    TRY(txn_begin(db, &t, NULL));
    enum err e = merge_some(t, scratch, more);
    if (e != ERR_OK || txn_writes(t) == 0) {
        txn_abort(t);
        *more = false;
        return e;
    }
    return txn_commit(t, NULL);
}

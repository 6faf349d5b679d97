// What becomes of a load: its items are settled (catalog_settle.c), then all is written in place in one transaction, or, when it is
// much, a whole catalogue is built in the other slot and switched to.
#include <stdlib.h>

#include "batch.h"
#include "catalog_loader_rows.h"
#include "fragment.h"
#include "names.h"

#define IN_PLACE_BYTES (2u << 20) // of records and applications: about a tenth of a second of one transaction
#define IN_PLACE_ITEMS 2000u

// ---- the batch's record ------------------------------------------------------------------------------------------------------------------
static enum err batch_record(struct catalog_loader *l, struct txn *t, struct arena *scratch, uint32_t id, enum batch_kind kind) {
    struct batch b = {.id = id, .state = BATCH_DONE, .kind = kind, .at_ms = clock_unix_ms(&clock_system),
                      .products_new = (uint32_t)l->report.products_new, .products_changed = (uint32_t)l->report.products_changed,
                      .products_removed = (uint32_t)l->report.products_removed, .applications = (uint32_t)l->report.applications,
                      .sources = l->options.sources};
    TRY(batch_changes(txn_snapshot(t), &b.changes));
    l->report.batch = id;
    return batch_put(t, scratch, &b);
}

// ---- in place ------------------------------------------------------------------------------------------------------------------------------
static enum err put_one(struct catalog_loader *l, struct txn *t, uint32_t batch, struct loaded *item) {
    struct view v;
    struct product_version version;
    arena_reset(&l->scratch);
    TRY(view_of_txn(t, &l->scratch, &clock_system, &v));
    enum err e = apply_version(l, &l->scratch, item, &version);
    if (e == ERR_OK) e = catalog_version_put(t, &v, batch, &version, &item->live);
    view_of_txn_end(&v);
    return e;
}

static enum err put_all(struct apply *a, struct txn *t) {
    struct catalog_loader *l = a->l;
    uint32_t batch;
    if (a->touched == 0) return ERR_OK;
    TRY(batch_begin(t, &batch));
    for (uint32_t i = 0; i < l->item_count; i++)
        if (!loader_item_void(&l->items[i])) TRY(put_one(l, t, batch, &l->items[i]));
    arena_reset(&l->scratch);
    return batch_record(l, t, &l->scratch, batch, BATCH_IN_PLACE);
}

static void counts_forget(struct apply *a) {
    struct catalog_report *r = &a->l->report;
    r->products_new = r->products_changed = r->products_removed = 0; // what is the same stays void
    r->applications_added = r->applications_removed = r->removals_missed = 0;
    free(a->item_of);
    a->item_of = NULL;
    a->touched = 0;
    a->bytes = 0;
}

// Compared and written in one transaction, so that nothing can change in between. *done is false when it turns out to be too much.
static enum err in_place_try(struct apply *a, struct txn *t, bool *done) {
    struct view v;
    struct catalog_loader *l = a->l;
    TRY(view_of_txn(t, &l->scratch, &clock_system, &v));
    a->view = &v;
    enum err e = apply_attach(a);
    if (e == ERR_OK && l->item_count <= IN_PLACE_ITEMS) e = apply_settle(a);
    *done = a->stored && l->item_count <= IN_PLACE_ITEMS && a->bytes <= IN_PLACE_BYTES;
    view_of_txn_end(&v);
    a->view = NULL;
    return e == ERR_OK && *done ? put_all(a, t) : e;
}

static enum err apply_in_place(struct apply *a, bool *done) {
    struct txn *t;
    arena_reset(&a->l->scratch);
    TRY(txn_begin(a->l->db, &t, a->why));
    enum err e = in_place_try(a, t, done);
    if (e == ERR_OK && *done && a->touched) return txn_commit(t, a->why);
    txn_abort(t);
    if (!*done) counts_forget(a);
    return e;
}

// ---- the other slot --------------------------------------------------------------------------------------------------------------------------
static const struct catalog_loader *sorting; // qsort has no argument; loads run one at a time

static int compare_items(const void *a, const void *b) {
    const struct loaded *x = &sorting->items[*(const uint32_t *)a], *y = &sorting->items[*(const uint32_t *)b];
    if (x->type != y->type) return x->type > y->type ? 1 : -1;
    if (x->brand != y->brand) return x->brand > y->brand ? 1 : -1;
    struct reader rx = reader_of(slice_from(loader_record(sorting, x), 1)), ry = reader_of(slice_from(loader_record(sorting, y), 1));
    return slice_cmp(reader_string(&rx), reader_string(&ry));
}

// A stored product no document has touched goes over as it is. Deleted ones keep their id.
static enum err carry(struct apply *a, uint32_t product) {
    struct catalog_loader *l = a->l;
    uint32_t index, space = __builtin_bswap32(product);
    struct slice key = slice_of(&space, sizeof space), record, applications = SLICE_NONE, list;
    unsigned count = 0;
    enum err e = db_get(a->view->snapshot, TABLE_PRODUCT, key, &record);
    if (e == ERR_NOT_FOUND) return ERR_OK; // an id that was reserved and never used
    TRY(e);
    TRY(loader_item_new(l, &index));
    struct loaded *item = &l->items[index];
    item->live = product;
    item->facts = *columns_facts(a->view, product);
    item->type = item->facts.type;
    item->brand = item->facts.brand;
    item->offer = *columns_offer(a->view, product);
    item->record_at = l->records.n;
    item->record_n = (uint32_t)record.n;
    buf_slice_put(&l->records, record);
    a->item_of[product] = index;
    if (item->facts.flags & FACT_DELETED) return ERR_OK;
    e = db_get(a->view->snapshot, TABLE_APPLICATION, key, &applications);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    TRY(applications_list(a->view->arena, applications, &list, &count));
    TRY(applications_list_unresolved(list, &item->unresolved));
    uint64_t at = l->applications.n;
    buf_slice_put(&l->applications, list);
    return loader_piece_add(l, index, at, count, CATALOG_ADD);
}

static enum err carry_all(struct apply *a) {
    for (uint32_t product = 1; product <= a->stored; product++) {
        if (a->item_of[product] != NONE) continue;
        arena_reset(&a->l->scratch);
        TRY(carry(a, product));
        apply_told(a, "carrying over", product, a->stored);
    }
    return a->l->records.bad || a->l->applications.bad ? ERR_NO_MEMORY : ERR_OK;
}

// New products get the ids behind all others, in the order of type, brand and external id, so that what is scored together lies
// together; those ids are taken in the live slot too, since others add products meanwhile.
static enum err order_ids(struct apply *a, uint32_t **out, uint32_t *highest) {
    struct catalog_loader *l = a->l;
    struct txn *t;
    struct view v;
    uint32_t *fresh = malloc(((size_t)l->item_count + 1) * sizeof *fresh), count = 0, first = 0;
    if (!fresh) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < l->item_count; i++)
        if (!l->items[i].live) fresh[count++] = i;
    sorting = l;
    qsort(fresh, count, sizeof *fresh, compare_items);
    arena_reset(&l->scratch);
    enum err e = txn_begin(l->db, &t, a->why);
    if (e == ERR_OK) {
        e = view_of_txn(t, &l->scratch, &clock_system, &v);
        if (e == ERR_OK) first = columns_products(&v);
        view_of_txn_end(&v);
        if (e == ERR_OK) e = columns_set_products(t, first + count);
        if (e == ERR_OK) e = txn_commit(t, a->why);
        else txn_abort(t);
    }
    uint32_t *order = e == ERR_OK ? malloc(((size_t)first + count + 1) * sizeof *order) : NULL;
    if (e == ERR_OK && !order) e = ERR_NO_MEMORY;
    if (e == ERR_OK) {
        memset(order, 0xFF, ((size_t)first + count) * sizeof *order);
        for (uint32_t p = 1; p <= a->stored; p++) order[p - 1] = a->item_of[p];
        for (uint32_t i = 0; i < count; i++) order[first + i] = fresh[i];
        *out = order;
        *highest = first + count;
    }
    free(fresh);
    return e;
}

static enum err slot_spent(struct txn *t) { return batch_slot_before(t, BATCH_NONE); }

static enum err slot_empty(struct txn *t) { return columns_set_products(t, 0); }

static enum err in_txn(struct db *staged, enum err (*write)(struct txn *t), struct fault *why) {
    struct txn *t;
    TRY(txn_begin(staged, &t, why));
    enum err e = write(t);
    if (e == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return e;
}

static enum err table_clear(struct db *staged, enum table table, struct fault *why) {
    struct txn *t;
    TRY(txn_begin(staged, &t, why));
    enum err e = txn_clear(t, table);
    if (e == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return e;
}

// Table by table, as a large one takes its time. The catalogue of before is lost from the first on, and no batch must lead back to it.
static enum err slot_clear(struct apply *a, struct db *staged) {
    TRY(in_txn(staged, slot_spent, a->why));
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        if (!db_table_of_catalogue(table)) continue;
        TRY(table_clear(staged, table, a->why));
        if (a->l->options.polite) loader_give_way();
    }
    return in_txn(staged, slot_empty, a->why);
}

// What others changed while the slot was built goes over, then it is live: in one transaction.
static enum err switch_over(struct apply *a, struct txn *t, struct view *v) {
    uint32_t *products, *offered, batch;
    unsigned count, offer_count, live = snapshot_slot(v->snapshot);
    TRY(batch_begin(t, &batch));
    TRY(batch_changed_since(v, a->changes, &products, &count));
    struct product_version *versions = ARENA_ARRAY(v->arena, struct product_version, count);
    if (!versions && count) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) TRY(catalog_version_load(v, products[i], &versions[i]));
    TRY(batch_offers_since(v, a->changes, &offered, &offer_count));
    struct product_offer *offers = ARENA_ARRAY(v->arena, struct product_offer, offer_count);
    if (!offers && offer_count) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < offer_count; i++) offers[i] = *columns_offer(v, offered[i]);
    txn_use_slot(t, !live);
    columns_cache_forget(v);
    for (unsigned i = 0; i < count; i++) TRY(catalog_version_put(t, v, BATCH_NONE, &versions[i], &products[i]));
    for (unsigned i = 0; i < offer_count; i++) TRY(columns_set_offer(t, offered[i], &offers[i]));
    TRY(fragment_epoch_advance(t));
    TRY(batch_record(a->l, t, v->arena, batch, BATCH_SWITCHED));
    TRY(batch_slot_before(t, batch));
    if (a->l->options.vehicles_changed) TRY(batch_note_vehicles(t));
    return txn_switch_slot(t);
}

static enum err apply_switch(struct apply *a) {
    struct txn *t;
    struct view v;
    arena_reset(&a->l->scratch);
    TRY(txn_begin(a->l->db, &t, a->why));
    enum err e = view_of_txn(t, &a->l->scratch, &clock_system, &v);
    if (e == ERR_OK) e = switch_over(a, t, &v);
    view_of_txn_end(&v);
    if (e == ERR_OK) return txn_commit(t, a->why);
    txn_abort(t);
    return e;
}

static enum err apply_staged(struct apply *a) {
    struct catalog_loader *l = a->l;
    struct db *staged;
    uint32_t *order = NULL, highest = 0;
    TRY(carry_all(a));
    enum err e = order_ids(a, &order, &highest);
    view_end(a->view); // the long part must not hold on to old pages
    if (e == ERR_OK) e = db_staged(l->db, &staged);
    if (e == ERR_OK) {
        e = slot_clear(a, staged);
        if (e == ERR_OK) e = catalog_finish(l, staged, order, highest, a->progress, a->arg, a->why);
        db_close(staged);
    }
    free(order);
    l->report.switched = true;
    return e == ERR_OK ? apply_switch(a) : e;
}

// ---- the whole -------------------------------------------------------------------------------------------------------------------------------
static enum err compare_only(struct apply *a) {
    a->view = &a->l->resolver.view; // sees the names this load would add
    TRY(apply_attach(a));
    return apply_settle(a);
}

static bool must_rebuild(const struct catalog_loader *l) { return l->options.rebuild || l->options.vehicles_changed; }

static enum err staged_run(struct apply *a) {
    TRY(batch_changes(a->view->snapshot, &a->changes));
    TRY(apply_attach(a));
    TRY(apply_settle(a));
    return a->touched || must_rebuild(a->l) ? apply_staged(a) : ERR_OK; // nothing changed: no batch
}

static enum err staged_open(struct apply *a) {
    TRY(view_open(a->l->db, &clock_system, &a->view));
    enum err e = view_begin(a->view, &a->l->scratch);
    if (e == ERR_OK) e = staged_run(a);
    view_end(a->view);
    view_close(a->view);
    return e;
}

enum err catalog_apply(struct catalog_loader *l, void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg, struct fault *why) {
    struct apply a = {.l = l, .progress = progress, .arg = arg, .why = why};
    l->report.conditions = names_count(l->resolver.view.snapshot, NAMES_CONDITION);
    if (l->options.dry_run) {
        enum err e = compare_only(&a);
        free(a.item_of);
        return e;
    }
    TRY(loader_resolving_end(l, true, why));
    bool done = false;
    enum err e = l->item_count <= IN_PLACE_ITEMS && !must_rebuild(l) ? apply_in_place(&a, &done) : ERR_OK;
    if (e == ERR_OK && !done) e = staged_open(&a);
    free(a.item_of);
    return e;
}

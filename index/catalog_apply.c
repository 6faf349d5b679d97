// What becomes of a load: each item is settled against what is stored, then all is written in place in one transaction, or, when it is
// much, a whole catalogue is built in the other slot and switched to.
#include <stdlib.h>

#include "base/limits.h"
#include "batch.h"
#include "application_set.h"
#include "catalog_loader_rows.h"
#include "fragment.h"
#include "names.h"
#include "product_class.h"

#define IN_PLACE_BYTES (2u << 20) // of records and applications: about a tenth of a second of one transaction
#define IN_PLACE_ITEMS 2000u

// ---- which stored product an item is about -----------------------------------------------------------------------------------------
static enum err by_number(struct view *v, const struct product *p, uint32_t brand, uint32_t *product) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    struct number_hit hits[64];
    unsigned count;
    size_t n = number_canonical(p->number, canonical, sizeof canonical);
    if (n == 0) return ERR_NOT_FOUND;
    TRY(number_lookup(v, slice_of(canonical, n), 64, hits, &count));
    for (unsigned i = 0; i < count; i++)
        if (hits[i].relation == NUMBER_OWN && hits[i].brand == brand) {
            *product = hits[i].product;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

// By its id, which a deleted product keeps; else, where only applications have come, by brand and number: a shop may give its products
// ids of its own.
static enum err attach(struct catalog_loader *l, struct view *v, struct loaded *item) {
    struct product p;
    struct slice value;
    if (item->live) return ERR_OK;
    TRY(product_decode(v->arena, loader_record(l, item), &p));
    enum err e = db_get(v->snapshot, TABLE_PRODUCT_ID, p.external_id, &value);
    struct reader r = reader_of(value);
    if (e == ERR_OK) item->live = reader_u32(&r);
    if (e == ERR_NOT_FOUND && !item->described) e = by_number(v, &p, item->brand, &item->live);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

// ---- settling ------------------------------------------------------------------------------------------------------------------------
static void missed(struct catalog_loader *l, struct view *v, struct slice encoded) {
    struct application a;
    char source[LIMIT_TEXT_BYTES];
    l->report.removals_missed++;
    if (!l->options.reject || application_decode(v->arena, encoded, &a) != ERR_OK) return;
    slice_copy(names_text(v, NAMES_SOURCE, a.source), source, sizeof source);
    l->options.reject(l->options.arg, source, a.line, "there is no such application to delete");
}

static enum err pieces_apply(struct catalog_loader *l, struct view *v, const struct loaded *item, struct application_set *set) {
    for (uint32_t p = item->first; p != NONE; p = l->pieces[p].next) {
        struct slice list = slice_of(l->applications.p + l->pieces[p].at, l->pieces[p].n), encoded;
        if (l->pieces[p].change == CATALOG_ADD) {
            TRY(application_set_add(set, list));
            continue;
        }
        struct reader r = reader_of(list);
        uint64_t content;
        uint16_t from, to;
        while (reader_left(&r)) {
            TRY(application_content(&r, &encoded, &content, &from, &to));
            enum err e = application_set_remove(set, encoded);
            if (e == ERR_NOT_FOUND) missed(l, v, encoded);
            else if (e != ERR_OK) return e;
        }
    }
    return ERR_OK;
}

// The applications an item shall have, as one piece.
static enum err applications_settle(struct catalog_loader *l, struct view *v, struct loaded *item, const struct product_version *old) {
    struct application_set set;
    struct buf list;
    struct slice stored;
    unsigned count, unresolved, old_count = 0;
    application_set_init(&set, v->arena);
    TRY(applications_list(v->arena, old->applications, &stored, &old_count));
    bool keeps = old->exists && !item->replaces && !loader_brand_full(l, item->brand);
    if (keeps) TRY(application_set_add(&set, stored));
    TRY(pieces_apply(l, v, item, &set));
    buf_init(&list, v->arena, stored.n + 1024);
    TRY(application_set_list(&set, &list, &count, &unresolved));
    if (count > LIMIT_APPLICATIONS) return ERR_TOO_LARGE;
    uint64_t at = l->applications.n;
    buf_slice_put(&l->applications, buf_slice(&list));
    item->first = item->last = NONE;
    item->application_count = 0;
    item->unresolved = unresolved > 0;
    l->report.applications_added += count > old_count ? count - old_count : 0;
    l->report.applications_removed += count < old_count ? old_count - count : 0;
    return loader_piece_add(l, (uint32_t)(item - l->items), at, count, CATALOG_ADD);
}

// A product that is loaded for the first time and only gains applications: nothing to compare, no second copy.
static bool plain(const struct catalog_loader *l, const struct loaded *item) {
    if (item->live || item->removed) return false;
    for (uint32_t p = item->first; p != NONE; p = l->pieces[p].next)
        if (l->pieces[p].change != CATALOG_ADD || l->pieces[p].next != NONE) return false;
    return true;
}

static enum err class_settle(struct catalog_loader *l, struct arena *a, struct loaded *item) {
    struct buf pieces, record;
    buf_init(&pieces, a, 256);
    buf_init(&record, a, 256);
    loader_applications_join(l, item, &pieces, &record);
    if (record.bad) return ERR_NO_MEMORY;
    return product_class_count(a, item->application_count ? buf_slice(&record) : SLICE_NONE, &item->facts);
}

static enum err settle(struct catalog_loader *l, struct view *v, uint32_t index, struct product_version *old) {
    struct loaded *item = &l->items[index];
    *old = (struct product_version){0};
    if (item->live) TRY(catalog_version_load(v, item->live, old));
    if (!item->described && old->exists) {
        item->record_at = l->records.n;
        item->record_n = (uint32_t)old->record.n;
        buf_slice_put(&l->records, old->record);
        item->facts = old->facts;
        item->type = old->facts.type;
        item->brand = old->facts.brand;
        item->offer = old->offer;
    }
    if (old->exists && item->described && !item->cny_given) item->offer.cny_fen = old->offer.cny_fen;
    if (old->exists && item->described && !item->usd_given) item->offer.usd_cents = old->offer.usd_cents;
    if (old->exists && item->described && !item->stock_given) item->offer.stock = old->offer.stock;
    if (plain(l, item)) {
        uint32_t p = item->first;
        struct slice list = p == NONE ? SLICE_NONE : slice_of(l->applications.p + l->pieces[p].at, l->pieces[p].n);
        TRY(applications_list_unresolved(list, &item->unresolved));
    } else {
        TRY(applications_settle(l, v, item, old));
    }
    TRY(class_settle(l, v->arena, item));
    if (item->removed) item->facts.flags |= FACT_DELETED;
    item->replaces = true; // settled: what it brings now is the whole
    return l->records.bad || l->applications.bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err version_of(const struct catalog_loader *l, struct arena *a, const struct loaded *item, struct product_version *out) {
    struct buf pieces, record;
    buf_init(&pieces, a, 256);
    buf_init(&record, a, 256);
    *out = (struct product_version){.exists = !item->removed, .facts = item->facts, .offer = item->offer};
    loader_applications_join(l, item, &pieces, &record);
    out->applications = item->application_count ? buf_slice(&record) : SLICE_NONE;
    out->record = loader_record(l, item);
    return record.bad ? ERR_NO_MEMORY : ERR_OK;
}

static bool same_version(struct arena *arena, const struct product_version *a, const struct product_version *b) {
    if (!a->exists || !b->exists) return a->exists == b->exists;
    struct slice x, y;
    unsigned n, m;
    if (applications_list(arena, a->applications, &x, &n) != ERR_OK || applications_list(arena, b->applications, &y, &m) != ERR_OK) return false;
    return slice_eq(a->record, b->record) && n == m && slice_eq(x, y) && memcmp(&a->facts, &b->facts, sizeof a->facts) == 0 &&
           memcmp(&a->offer, &b->offer, sizeof a->offer) == 0;
}

// ---- what a FULL document leaves out ---------------------------------------------------------------------------------------------------
static enum err full_brands(struct catalog_loader *l, struct view *v, const uint32_t *item_of) {
    for (uint32_t product = 1; l->full.count && product <= columns_products(v); product++) {
        const struct product_facts *facts = columns_facts(v, product);
        if (facts->flags & FACT_DELETED || item_of[product] != NONE || !loader_brand_full(l, facts->brand)) continue;
        uint32_t index;
        TRY(loader_item_new(l, &index));
        l->items[index].live = product;
        l->items[index].brand = facts->brand;
    }
    return ERR_OK;
}

struct apply {
    struct catalog_loader *l;
    struct view *view;
    uint32_t *item_of;          // by stored product, NONE: not touched
    uint32_t stored;            // highest stored product
    uint32_t touched;           // items that are about something a document said
    uint64_t bytes;             // of their records and applications
    uint64_t changes;           // the sequence of changes this has seen
    void (*progress)(void *, const char *, uint64_t, uint64_t);
    void *arg;
    struct fault *why;
};

static void told(const struct apply *a, const char *what, uint64_t done, uint64_t total) {
    if (a->progress && (done % 4096 == 0 || done == total)) a->progress(a->arg, what, done, total);
}

static enum err attach_all(struct apply *a) {
    struct catalog_loader *l = a->l;
    a->stored = columns_products(a->view);
    a->item_of = malloc(((size_t)a->stored + 1) * sizeof *a->item_of);
    if (!a->item_of) return ERR_NO_MEMORY;
    memset(a->item_of, 0xFF, ((size_t)a->stored + 1) * sizeof *a->item_of);
    for (uint32_t i = 0; i < l->item_count; i++) {
        struct loaded *item = &l->items[i];
        arena_reset(&l->scratch);
        if (a->stored) TRY(attach(l, a->view, item));
        if (!item->live) continue;
        uint32_t other = a->item_of[item->live];
        a->item_of[item->live] = i;
        if (other == NONE) continue;
        // Two documents named one product, by its id and by its number: what the second brings goes to the first.
        struct loaded *first = &l->items[other];
        struct loaded *keep = first->described ? first : item, *gone = keep == first ? item : first;
        if (keep->last == NONE) keep->first = gone->first;
        else l->pieces[keep->last].next = gone->first;
        if (gone->last != NONE) keep->last = gone->last;
        keep->application_count += gone->application_count;
        gone->first = gone->last = NONE;
        gone->live = NONE; // nothing of it is left
        a->item_of[keep->live] = (uint32_t)(keep - l->items);
    }
    return full_brands(l, a->view, a->item_of);
}

static bool is_void(const struct loaded *item) { return item->live == NONE; }

static enum err settle_all(struct apply *a) {
    struct catalog_loader *l = a->l;
    uint32_t count = l->item_count;
    for (uint32_t i = 0; i < count; i++) {
        struct product_version old, new;
        if (is_void(&l->items[i])) continue;
        arena_reset(&l->scratch);
        TRY(settle(l, a->view, i, &old));
        told(a, "comparing", i + 1, count);
        struct loaded *item = &l->items[i];
        if (!item->live) {
            l->report.products_new++;
            a->touched++;
            a->bytes += item->record_n;
            for (uint32_t p = item->first; p != NONE; p = l->pieces[p].next) a->bytes += l->pieces[p].n;
            if (!l->options.compare) continue;
        }
        TRY(version_of(l, &l->scratch, item, &new));
        bool same = item->live && same_version(&l->scratch, &old, &new);
        if (!same && l->options.compare) l->options.compare(l->options.arg, a->view, item->live, &old, &new);
        if (!item->live) continue;
        a->item_of[item->live] = same ? NONE : i;
        l->report.products_same += same;
        l->report.products_removed += !same && !new.exists;
        l->report.products_changed += !same && old.exists && new.exists;
        l->report.products_new += !same && !old.exists && new.exists;
        if (same) item->live = NONE;
        a->touched += !same;
        a->bytes += same ? 0 : new.record.n + new.applications.n;
    }
    return ERR_OK;
}

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
    enum err e = version_of(l, &l->scratch, item, &version);
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
        if (!is_void(&l->items[i])) TRY(put_one(l, t, batch, &l->items[i]));
    arena_reset(&l->scratch);
    return batch_record(l, t, &l->scratch, batch, BATCH_IN_PLACE);
}

static void counts_forget(struct apply *a) {
    struct catalog_report *r = &a->l->report;
    r->products_new = r->products_changed = r->products_removed = r->products_same = 0;
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
    enum err e = attach_all(a);
    if (e == ERR_OK && l->item_count <= IN_PLACE_ITEMS) e = settle_all(a);
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
        told(a, "carrying over", product, a->stored);
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
    TRY(attach_all(a));
    return settle_all(a);
}

static bool must_rebuild(const struct catalog_loader *l) { return l->options.rebuild || l->options.vehicles_changed; }

static enum err staged_run(struct apply *a) {
    TRY(batch_changes(a->view->snapshot, &a->changes));
    TRY(attach_all(a));
    TRY(settle_all(a));
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

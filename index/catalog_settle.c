// What a load's items come to: each is compared with what is stored, and becomes what shall be written.
#include <stdlib.h>

#include "application_set.h"
#include "base/limits.h"
#include "catalog_loader_rows.h"
#include "names.h"
#include "product_class.h"

// ---- which stored product an item is about -----------------------------------------------------------------------------------------
static enum err by_number(struct view *v, const struct product *p, uint32_t brand, uint32_t *product) {
    struct number_hit hit;
    unsigned count;
    TRY(number_own(v, p->number, brand, 1, &hit, &count));
    if (count == 0) return ERR_NOT_FOUND;
    *product = hit.product;
    return ERR_OK;
}

// By its id, which a deleted product keeps; else, where only applications have come, by brand and number: a shop may give its products
// ids of its own.
static enum err attach(struct catalog_loader *l, struct view *v, struct loaded *item) {
    struct product p;
    struct slice value;
    if (item->live) return ERR_OK; // or nothing is left to do for it
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

enum err apply_version(const struct catalog_loader *l, struct arena *a, const struct loaded *item, struct product_version *out) {
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

void apply_told(const struct apply *a, const char *what, uint64_t done, uint64_t total) {
    if (a->progress && (done % 4096 == 0 || done == total)) a->progress(a->arg, what, done, total);
}

enum err apply_attach(struct apply *a) {
    struct catalog_loader *l = a->l;
    a->stored = columns_products(a->view);
    a->item_of = malloc(((size_t)a->stored + 1) * sizeof *a->item_of);
    if (!a->item_of) return ERR_NO_MEMORY;
    memset(a->item_of, 0xFF, ((size_t)a->stored + 1) * sizeof *a->item_of);
    for (uint32_t i = 0; i < l->item_count; i++) {
        struct loaded *item = &l->items[i];
        arena_reset(&l->scratch);
        if (a->stored) TRY(attach(l, a->view, item));
        if (!item->live || loader_item_void(item)) continue;
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

enum err apply_settle(struct apply *a) {
    struct catalog_loader *l = a->l;
    uint32_t count = l->item_count;
    for (uint32_t i = 0; i < count; i++) {
        struct product_version old, new;
        if (loader_item_void(&l->items[i])) continue;
        arena_reset(&l->scratch);
        TRY(settle(l, a->view, i, &old));
        apply_told(a, "comparing", i + 1, count);
        struct loaded *item = &l->items[i];
        if (!item->live) {
            l->report.products_new++;
            a->touched++;
            a->bytes += item->record_n;
            for (uint32_t p = item->first; p != NONE; p = l->pieces[p].next) a->bytes += l->pieces[p].n;
            if (!l->options.compare) continue;
        }
        TRY(apply_version(l, &l->scratch, item, &new));
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

// Bulk load. Into an empty catalogue: products are kept encoded in memory, get their dense ids in the order of type, brand and
// external id (so that what is scored together lies together), and every table is written in key order. Into one that
// has products already: each product is put on its own, many to a transaction, and merged at the end.
#include <stdlib.h>

#include "base/limits.h"
#include "catalog_loader_rows.h"
#include "fragment.h"
#include "names.h"

#define PUTS_PER_TXN 1000u

// ---- the transaction names are added in -----------------------------------------------------------------------------------------
static enum err resolving_begin(struct catalog_loader *l) {
    struct txn *t;
    TRY(txn_begin(l->db, &t, NULL));
    enum err e = resolver_init(&l->resolver, t, &l->scratch);
    l->resolving = e == ERR_OK;
    if (e != ERR_OK) {
        resolver_destroy(&l->resolver);
        txn_abort(t);
    }
    return e;
}

enum err loader_resolving_end(struct catalog_loader *l, bool commit, struct fault *why) {
    if (!l->resolving) return ERR_OK;
    struct txn *t = l->resolver.txn;
    resolver_destroy(&l->resolver);
    l->resolving = false;
    if (commit) return txn_commit(t, why);
    txn_abort(t);
    return ERR_OK;
}

// ---- a bulk load that was cut short -----------------------------------------------------------------------------------------------
// Bulk loads take many transactions; TABLE_META says while one is under way. What a dead one left is cleared by the next, and
// nobody serves it in between.
enum err loader_mark(struct db *db, bool loading, struct fault *why) {
    struct txn *t;
    TRY(txn_begin(db, &t, why));
    enum err e = txn_set_meta_u64(t, CATALOG_LOADING, loading);
    if (e == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return e;
}

static enum err remains_clear(struct catalog_loader *l) {
    static const enum table tables[] = {TABLE_PRODUCT_ID, TABLE_PRODUCT, TABLE_FACTS, TABLE_OFFER, TABLE_APPLICATION,
                                        TABLE_GROUP, TABLE_DIRTY, TABLE_NUMBER, TABLE_POSTING};
    uint64_t loading = 0;
    (void)db_meta_u64(l->resolver.view.snapshot, CATALOG_LOADING, &loading);
    if (!loading) return ERR_OK;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) TRY(txn_clear(l->resolver.txn, tables[i]));
    columns_cache_forget(&l->resolver.view);
    return columns_set_products(l->resolver.txn, 0);
}

enum err catalog_loader_new(struct db *db, struct catalog_loader **out) {
    struct catalog_loader *l = calloc(1, sizeof *l);
    if (!l) return ERR_NO_MEMORY;
    l->db = db;
    arena_init(&l->scratch, 1 << 20, 256u << 20);
    buf_init(&l->records, NULL, 1 << 20);
    buf_init(&l->applications, NULL, 1 << 20);
    enum err e = resolving_begin(l);
    if (e != ERR_OK) {
        catalog_loader_free(l);
        return e;
    }
    e = remains_clear(l);
    l->empty = columns_products(&l->resolver.view) == 0;
    *out = e == ERR_OK ? l : NULL;
    if (e != ERR_OK) catalog_loader_free(l);
    return e;
}

void catalog_loader_free(struct catalog_loader *l) {
    if (!l) return;
    (void)loader_resolving_end(l, false, NULL);
    map_destroy(&l->by_number);
    map_destroy(&l->by_id);
    buf_free(&l->records);
    buf_free(&l->applications);
    arena_destroy(&l->scratch);
    free(l->items);
    free(l->pieces);
    free(l);
}

// ---- collecting -------------------------------------------------------------------------------------------------------------------
bool loader_array_room(void **list, uint32_t count, uint32_t *capacity, size_t size) {
    if (count < *capacity) return true;
    uint32_t more = *capacity ? *capacity * 2 : 4096;
    void *grown = realloc(*list, more * size);
    if (!grown) return false;
    *list = grown;
    *capacity = more;
    return true;
}

static enum err item_new(struct catalog_loader *l, uint32_t *index) {
    void *items = l->items;
    if (!loader_array_room(&items, l->item_count, &l->item_capacity, sizeof *l->items)) return ERR_NO_MEMORY;
    l->items = items;
    *index = l->item_count++;
    l->items[*index] = (struct loaded){.first = NONE, .last = NONE};
    return ERR_OK;
}

static struct hash128 number_hash(uint32_t brand, struct slice number, bool *has) {
    char space[LIMIT_PART_NUMBER_BYTES + 8];
    memcpy(space, &brand, sizeof brand);
    size_t n = number_canonical(number, space + sizeof brand, sizeof space - sizeof brand);
    *has = n > 0;
    return hash128(slice_of(space, n + sizeof brand));
}

// The item a product's number or id stands for, made when there is none.
static enum err item_of(struct catalog_loader *l, struct slice id, uint32_t brand, struct slice number, uint32_t *index) {
    bool has_number;
    struct hash128 by_number = number_hash(brand, number, &has_number), by_id = hash128(id);
    uint64_t *found = id.n ? map_find(&l->by_id, by_id) : NULL;
    if (!found && has_number) {
        found = map_find(&l->by_number, by_number);
        // Two products may share brand and number (pack sizes); an id of its own makes it another one.
        if (found && id.n && l->items[*found].record_n) found = NULL;
    }
    if (found) *index = (uint32_t)*found;
    else TRY(item_new(l, index));
    if (has_number && !map_find(&l->by_number, by_number) && !map_put(&l->by_number, by_number, *index)) return ERR_NO_MEMORY;
    return id.n && !map_put(&l->by_id, by_id, *index) ? ERR_NO_MEMORY : ERR_OK;
}

static enum err pieces_add(struct catalog_loader *l, uint32_t index, const struct application_doc *docs, unsigned doc_count,
                           struct fault *why) {
    uint64_t at = l->applications.n;
    unsigned count = 0, unresolved = 0;
    for (unsigned i = 0; i < doc_count; i++) {
        enum err e = resolve_application(&l->resolver, &docs[i], &l->applications, &count, &unresolved, why);
        if (e != ERR_OK) {
            l->applications.n = at;
            return e;
        }
    }
    struct loaded *item = &l->items[index];
    void *pieces = l->pieces;
    if (count == 0) return ERR_OK;
    if (!loader_array_room(&pieces, l->piece_count, &l->piece_capacity, sizeof *l->pieces)) return ERR_NO_MEMORY;
    l->pieces = pieces;
    l->pieces[l->piece_count] = (struct piece){at, (uint32_t)(l->applications.n - at), NONE};
    if (item->last == NONE) item->first = l->piece_count;
    else l->pieces[item->last].next = l->piece_count;
    item->last = l->piece_count++;
    item->application_count += count;
    l->report.applications += count;
    l->report.applications_unresolved += unresolved;
    return ERR_OK;
}

static enum err collect_product(struct catalog_loader *l, const struct product_doc *doc, struct fault *why) {
    struct resolved n;
    uint32_t index;
    TRY(resolve_product(&l->resolver, doc, &n, why));
    TRY(item_of(l, n.record.external_id, n.facts.brand, doc->number, &index));
    if (l->items[index].record_n && doc->application_count) {
        l->items[index].first = l->items[index].last = NONE; // the later document replaces the earlier one
        l->report.applications -= l->items[index].application_count;
        l->items[index].application_count = 0;
    }
    TRY(pieces_add(l, index, doc->applications, doc->application_count, why));
    struct loaded *item = &l->items[index];
    item->record_at = l->records.n;
    product_encode(&l->records, &n.record);
    item->record_n = (uint32_t)(l->records.n - item->record_at);
    item->type = n.facts.type;
    item->brand = n.facts.brand;
    item->facts = n.facts;
    item->offer = n.offer;
    return l->records.bad ? ERR_NO_MEMORY : ERR_OK;
}

// Puts go into the resolver's transaction, a bounded number of them; then it is committed and a new one begun.
static enum err puts_commit(struct catalog_loader *l, struct fault *why) {
    if (++l->puts % PUTS_PER_TXN) return ERR_OK;
    TRY(loader_resolving_end(l, true, why));
    return resolving_begin(l);
}

enum err catalog_loader_product(struct catalog_loader *l, const struct product_doc *doc, struct fault *why) {
    arena_reset(&l->scratch);
    l->report.products++;
    if (l->empty) return collect_product(l, doc, why);
    uint32_t id;
    columns_cache_forget(&l->resolver.view);
    TRY(catalog_put_with(&l->resolver, doc, true, &id, why));
    l->report.applications += doc->application_count;
    return puts_commit(l, why);
}

enum err catalog_loader_application(struct catalog_loader *l, enum catalog_change change, struct slice brand, struct slice number,
                                    struct slice type, const struct application_doc *doc, struct fault *why) {
    if (change == CATALOG_REMOVE) return fault_set(why, ERR_NOT_FOUND, "", "there is no such application");
    arena_reset(&l->scratch);
    uint32_t brand_id, type_id, index;
    struct slice name;
    TRY(resolve_brand(&l->resolver, brand, &brand_id, &name));
    TRY(resolve_type(&l->resolver, type, &type_id));
    TRY(item_of(l, SLICE_NONE, brand_id, number, &index));
    if (!l->items[index].record_n && l->items[index].type == 0) {
        struct product_doc bare = {.brand = brand, .number = number, .type = type, .cny_fen = -1, .usd_cents = -1};
        struct resolved n;
        TRY(resolve_product(&l->resolver, &bare, &n, why));
        l->items[index].facts = n.facts;
        l->items[index].type = type_id;
        l->items[index].brand = brand_id;
        l->items[index].record_at = l->records.n;
        product_encode(&l->records, &n.record); // stands until the product's own document comes
    }
    return pieces_add(l, index, doc, 1, why);
}

enum err catalog_loader_offer(struct catalog_loader *l, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock,
                              struct fault *why) {
    arena_reset(&l->scratch);
    uint64_t *found = l->empty ? map_find(&l->by_id, hash128(id)) : NULL;
    uint32_t product = 0;
    struct product_offer offer = {0};
    columns_cache_forget(&l->resolver.view);
    if (found) offer = l->items[*found].offer;
    else if (!l->empty && product_find(&l->resolver.view, id, &product) == ERR_OK) offer = *columns_offer(&l->resolver.view, product);
    else return fault_set(why, ERR_BAD_REQUEST, "id", "no product is called '%.*s'", SLICE_ARGS(id));
    if (cny_fen >= 0) offer.cny_fen = (uint32_t)cny_fen;
    if (usd_cents >= 0) offer.usd_cents = (uint32_t)usd_cents;
    if (stock >= 0) offer.stock = (uint32_t)stock;
    if (found) {
        l->items[*found].offer = offer;
        return ERR_OK;
    }
    TRY(columns_set_offer(l->resolver.txn, product, &offer));
    TRY(fragment_epoch_advance(l->resolver.txn));
    return puts_commit(l, why);
}

// ---- what the finish reads of an item ---------------------------------------------------------------------------------------------
struct slice loader_record(const struct catalog_loader *l, const struct loaded *i) {
    size_t n = i->record_n ? i->record_n : l->records.n - i->record_at;
    return slice_of(l->records.p + i->record_at, n);
}

void loader_applications_join(const struct catalog_loader *l, const struct loaded *item, struct buf *pieces, struct buf *out) {
    buf_clear(pieces);
    for (uint32_t p = item->first; p != NONE; p = l->pieces[p].next)
        buf_put(pieces, l->applications.p + l->pieces[p].at, l->pieces[p].n);
    buf_clear(out);
    applications_frame(out, buf_slice(pieces), item->application_count);
    out->bad |= pieces->bad;
}

// ---- finishing into one that has products -----------------------------------------------------------------------------------------
// By its id, else by brand and number: a shop may give its products ids of its own.
static enum err stored_product(struct catalog_loader *l, const struct product *p, uint32_t brand, uint32_t *product) {
    enum err e = product_find(&l->resolver.view, p->external_id, product);
    if (e != ERR_NOT_FOUND) return e;
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    struct number_hit hits[64];
    unsigned count;
    size_t n = number_canonical(p->number, canonical, sizeof canonical);
    TRY(number_lookup(&l->resolver.view, slice_of(canonical, n), 64, hits, &count));
    for (unsigned i = 0; i < count; i++)
        if (hits[i].relation == NUMBER_OWN && hits[i].brand == brand) {
            *product = hits[i].product;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

static enum err item_applications(struct catalog_loader *l, const struct loaded *item, struct buf *pieces, struct buf *b) {
    loader_applications_join(l, item, pieces, b);
    struct product p;
    uint32_t product;
    TRY(product_decode(&l->scratch, loader_record(l, item), &p));
    columns_cache_forget(&l->resolver.view);
    enum err e = stored_product(l, &p, item->brand, &product);
    if (e == ERR_NOT_FOUND) {
        struct product_doc bare = {.id = p.external_id, .brand = p.brand, .number = p.number, .type = p.type,
                                   .title = p.title, .cny_fen = -1, .usd_cents = -1};
        e = catalog_put_with(&l->resolver, &bare, false, &product, NULL);
        l->report.products_new++;
        columns_cache_forget(&l->resolver.view);
    }
    TRY(e);
    return catalog_put_applications(&l->resolver, product, buf_slice(b));
}

static enum err finish_update(struct catalog_loader *l, struct fault *why) {
    struct buf b, pieces;
    buf_init(&b, NULL, 4096);
    buf_init(&pieces, NULL, 4096);
    enum err e = ERR_OK;
    for (uint32_t i = 0; e == ERR_OK && i < l->item_count; i++) {
        arena_reset(&l->scratch);
        if (l->items[i].application_count) e = item_applications(l, &l->items[i], &pieces, &b);
        if (e == ERR_OK) e = puts_commit(l, why);
    }
    buf_free(&pieces);
    buf_free(&b);
    if (e == ERR_OK) e = loader_resolving_end(l, true, why);
    bool more = e == ERR_OK;
    while (e == ERR_OK && more) e = catalog_merge(l->db, &l->scratch, &more);
    return e;
}

enum err catalog_loader_finish(struct catalog_loader *l, struct catalog_report *out,
                               void (*progress)(void *, const char *what, uint64_t, uint64_t), void *arg, struct fault *why) {
    enum err e = l->empty ? catalog_finish_empty(l, progress, arg, why) : finish_update(l, why);
    *out = l->report;
    return e != ERR_OK && why && !why->code ? fault_set(why, e, "", "the catalogue could not be written (%s)", err_name(e)) : e;
}

enum err catalog_loader_full(struct catalog_loader *l, struct slice brand, struct fault *why) {
    (void)l, (void)brand, (void)why;
    return ERR_OK;
}

enum err catalog_loader_remove(struct catalog_loader *l, struct slice brand, struct slice number, struct fault *why) {
    (void)l, (void)brand, (void)number;
    return fault_set(why, ERR_NOT_FOUND, "", "there is no such product");
}

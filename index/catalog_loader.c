// Collecting a load: documents become items, encoded as they will be stored. What is done with them is catalog_apply.c's business.
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "catalog_loader_rows.h"
#include "fragment.h"
#include "batch.h"
#include "names.h"

#define DOCUMENTS_PER_TXN 1000u  // while others write; names are added in that transaction
#define GIVE_WAY_NS 200000

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

enum err catalog_loader_new(struct db *db, const struct catalog_load_options *options, struct catalog_loader **out) {
    struct catalog_loader *l = calloc(1, sizeof *l);
    if (!l) return ERR_NO_MEMORY;
    l->db = db;
    if (options) l->options = *options;
    arena_init(&l->scratch, 1 << 20, 256u << 20);
    buf_init(&l->records, NULL, 1 << 20);
    buf_init(&l->applications, NULL, 1 << 20);
    enum err e = resolving_begin(l);
    *out = e == ERR_OK ? l : NULL;
    if (e != ERR_OK) catalog_loader_free(l);
    return e;
}

void catalog_loader_free(struct catalog_loader *l) {
    if (!l) return;
    (void)loader_resolving_end(l, false, NULL);
    map_destroy(&l->by_number);
    map_destroy(&l->by_id);
    map_destroy(&l->full);
    buf_free(&l->records);
    buf_free(&l->applications);
    arena_destroy(&l->scratch);
    free(l->items);
    free(l->pieces);
    free(l);
}

void loader_give_way(void) {
    const struct timespec t = {0, GIVE_WAY_NS};
    (void)nanosleep(&t, NULL);
}

// Before each document: those who wait to write get their turn now and then. Of an import in a dry run nothing may stay.
static enum err document_begin(struct catalog_loader *l, struct fault *why) {
    arena_reset(&l->scratch);
    if (!l->options.polite || l->options.dry_run || ++l->documents % DOCUMENTS_PER_TXN) return ERR_OK;
    TRY(loader_resolving_end(l, true, why));
    loader_give_way();
    return resolving_begin(l);
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

enum err loader_item_new(struct catalog_loader *l, uint32_t *index) {
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
        if (found && id.n && l->items[*found].described) found = NULL;
    }
    if (found) *index = (uint32_t)*found;
    else TRY(loader_item_new(l, index));
    if (has_number && !map_find(&l->by_number, by_number) && !map_put(&l->by_number, by_number, *index)) return ERR_NO_MEMORY;
    return id.n && !map_put(&l->by_id, by_id, *index) ? ERR_NO_MEMORY : ERR_OK;
}

static void pieces_forget(struct loaded *item) {
    item->first = item->last = NONE;
    item->application_count = 0;
}

enum err loader_piece_add(struct catalog_loader *l, uint32_t index, uint64_t at, unsigned count, enum catalog_change change) {
    struct loaded *item = &l->items[index];
    void *pieces = l->pieces;
    if (count == 0) return ERR_OK;
    if (!loader_array_room(&pieces, l->piece_count, &l->piece_capacity, sizeof *l->pieces)) return ERR_NO_MEMORY;
    l->pieces = pieces;
    l->pieces[l->piece_count] = (struct piece){at, (uint32_t)(l->applications.n - at), NONE, change};
    if (item->last == NONE) item->first = l->piece_count;
    else l->pieces[item->last].next = l->piece_count;
    item->last = l->piece_count++;
    item->application_count += count;
    return l->applications.bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err documents_add(struct catalog_loader *l, uint32_t index, const struct application_doc *docs, unsigned doc_count,
                              enum catalog_change change, struct fault *why) {
    uint64_t at = l->applications.n;
    unsigned count = 0, unresolved = 0;
    for (unsigned i = 0; i < doc_count; i++) {
        enum err e = resolve_application(&l->resolver, &docs[i], &l->applications, &count, &unresolved, why);
        if (e != ERR_OK) {
            l->applications.n = at;
            return e;
        }
    }
    l->report.applications += count;
    l->report.applications_unresolved += unresolved;
    return loader_piece_add(l, index, at, count, change);
}

static void record_keep(struct catalog_loader *l, uint32_t index, const struct resolved *n, bool described) {
    struct loaded *item = &l->items[index];
    item->record_at = l->records.n;
    product_encode(&l->records, &n->record);
    item->record_n = (uint32_t)(l->records.n - item->record_at);
    item->type = n->facts.type;
    item->brand = n->facts.brand;
    item->facts = n->facts;
    item->offer = n->offer;
    item->described = described;
}

enum err catalog_loader_product(struct catalog_loader *l, const struct product_doc *doc, struct fault *why) {
    struct resolved n;
    uint32_t index;
    TRY(document_begin(l, why));
    TRY(resolve_product(&l->resolver, doc, &n, why));
    TRY(item_of(l, n.record.external_id, n.facts.brand, doc->number, &index));
    if (l->items[index].replaces && doc->application_count) pieces_forget(&l->items[index]); // the later document replaces the earlier
    TRY(documents_add(l, index, doc->applications, doc->application_count, CATALOG_ADD, why));
    record_keep(l, index, &n, true);
    struct loaded *item = &l->items[index];
    item->replaces |= doc->application_count > 0;
    item->cny_given = doc->cny_fen >= 0;
    item->usd_given = doc->usd_cents >= 0;
    item->stock_given = !doc->keeps_stock;
    item->removed = false;
    l->report.products++;
    return l->records.bad ? ERR_NO_MEMORY : ERR_OK;
}

enum err catalog_loader_application(struct catalog_loader *l, enum catalog_change change, struct slice brand, struct slice number,
                                    struct slice type, const struct application_doc *doc, struct fault *why) {
    uint32_t brand_id, index;
    struct slice name;
    TRY(document_begin(l, why));
    TRY(resolve_brand(&l->resolver, brand, &brand_id, &name));
    TRY(item_of(l, SLICE_NONE, brand_id, number, &index));
    if (l->items[index].record_n == 0) {
        struct product_doc bare = {.brand = brand, .number = number, .type = type, .cny_fen = -1, .usd_cents = -1};
        struct resolved n;
        TRY(resolve_product(&l->resolver, &bare, &n, why));
        record_keep(l, index, &n, false);
    }
    return documents_add(l, index, doc, 1, change, why);
}

enum err catalog_loader_full(struct catalog_loader *l, struct slice brand, struct fault *why) {
    uint32_t id;
    TRY(document_begin(l, why));
    TRY(resolve_brand(&l->resolver, brand, &id, NULL));
    return map_put(&l->full, hash128(slice_of(&id, sizeof id)), 1) ? ERR_OK : ERR_NO_MEMORY;
}

bool loader_brand_full(const struct catalog_loader *l, uint32_t brand) {
    return l->full.count && map_find(&l->full, hash128(slice_of(&brand, sizeof brand)));
}

// ---- products that are there ------------------------------------------------------------------------------------------------------
// An item for a stored product that no document has named.
static enum err item_of_stored(struct catalog_loader *l, uint32_t product, uint32_t *index) {
    struct product p;
    struct resolved n = {.facts = *columns_facts(&l->resolver.view, product)};
    TRY(product_load(&l->resolver.view, product, &p));
    uint64_t *found = map_find(&l->by_id, hash128(p.external_id));
    if (found) {
        *index = (uint32_t)*found;
        return ERR_OK;
    }
    TRY(loader_item_new(l, index));
    n.record = p;
    record_keep(l, *index, &n, false);
    l->items[*index].live = product;
    return map_put(&l->by_id, hash128(p.external_id), *index) ? ERR_OK : ERR_NO_MEMORY;
}

enum err catalog_loader_remove(struct catalog_loader *l, struct slice brand, struct slice number, struct fault *why) {
    struct number_hit hits[LIMIT_SAME_NUMBER];
    unsigned count, removed = 0;
    uint32_t id, index;
    bool has_number;
    TRY(document_begin(l, why));
    columns_cache_forget(&l->resolver.view);
    TRY(resolve_brand(&l->resolver, brand, &id, NULL));
    uint64_t *found = map_find(&l->by_number, number_hash(id, number, &has_number));
    if (found && l->items[*found].described) removed += l->items[*found].removed = true;
    TRY(number_own(&l->resolver.view, number, id, LIMIT_SAME_NUMBER, hits, &count));
    for (unsigned i = 0; i < count; i++) {
        TRY(item_of_stored(l, hits[i].product, &index));
        removed += l->items[index].removed = true;
    }
    return removed ? ERR_OK : fault_set(why, ERR_NOT_FOUND, "", "there is no such product");
}

// Of a product of this load, or of one that is there.
enum err catalog_loader_offer(struct catalog_loader *l, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock,
                              struct fault *why) {
    TRY(document_begin(l, why));
    uint64_t *found = map_find(&l->by_id, hash128(id));
    uint32_t product = 0;
    struct product_offer offer;
    columns_cache_forget(&l->resolver.view);
    if (found && l->items[*found].described) offer = l->items[*found].offer;
    else if (product_find(&l->resolver.view, id, &product) == ERR_OK) offer = *columns_offer(&l->resolver.view, product);
    else return fault_set(why, ERR_BAD_REQUEST, "id", "no product is called '%.*s'", SLICE_ARGS(id));
    if (cny_fen >= 0) offer.cny_fen = (uint32_t)cny_fen;
    if (usd_cents >= 0) offer.usd_cents = (uint32_t)usd_cents;
    if (stock >= 0) offer.stock = (uint32_t)stock;
    if (!product) {
        struct loaded *item = &l->items[*found];
        item->offer = offer;
        item->cny_given |= cny_fen >= 0;
        item->usd_given |= usd_cents >= 0;
        item->stock_given |= stock >= 0;
        return ERR_OK;
    }
    const struct product_offer *stored = columns_offer(&l->resolver.view, product);
    l->report.offers_changed += memcmp(stored, &offer, sizeof offer) != 0;
    if (l->options.dry_run) return ERR_OK;
    TRY(columns_set_offer(l->resolver.txn, product, &offer));
    TRY(fragment_epoch_advance(l->resolver.txn));
    return batch_note_offer(l->resolver.txn, product);
}

// ---- applications whose vehicle was not known -----------------------------------------------------------------------------------------
static enum err parked_again(struct catalog_loader *l, const struct application *a, struct slice encoded, unsigned *count,
                             unsigned *unresolved, struct fault *why) {
    if (!(a->flags & APPLICATION_UNRESOLVED)) {
        buf_slice_put(&l->applications, encoded);
        ++*count;
        return ERR_OK;
    }
    return resolve_parked(&l->resolver, a, &l->applications, count, unresolved, why);
}

static enum err product_parked(struct catalog_loader *l, uint32_t product, struct fault *why) {
    struct product_version version;
    struct slice list, encoded;
    unsigned stored, count = 0, unresolved = 0;
    uint64_t content, at = l->applications.n;
    uint16_t from, to;
    uint32_t index;
    TRY(catalog_version_load(&l->resolver.view, product, &version));
    TRY(applications_list(&l->scratch, version.applications, &list, &stored));
    struct reader r = reader_of(list);
    for (unsigned i = 0; i < stored; i++) {
        struct application a;
        TRY(application_content(&r, &encoded, &content, &from, &to));
        TRY(application_decode(&l->scratch, encoded, &a));
        TRY(parked_again(l, &a, encoded, &count, &unresolved, why));
    }
    TRY(item_of_stored(l, product, &index));
    if (l->items[index].replaces) return ERR_OK; // a document has just said what it fits
    l->items[index].replaces = true;
    l->report.applications_unresolved += unresolved;
    return loader_piece_add(l, index, at, count, CATALOG_ADD);
}

enum err catalog_loader_parked(struct catalog_loader *l, struct fault *why) {
    struct buf list; // the cursor must not stay open while documents write
    struct slice key, value;
    buf_init(&list, NULL, 4096);
    struct db_cursor *c = db_cursor_begin(l->resolver.view.snapshot, TABLE_UNRESOLVED);
    if (!c) return ERR_NO_MEMORY;
    enum err e;
    while ((e = db_cursor_next(c, &key, &value)) == ERR_OK) {
        struct reader r = reader_of(key);
        buf_u32(&list, reader_u32be(&r));
    }
    db_cursor_end(c);
    if (e == ERR_END) e = list.bad ? ERR_NO_MEMORY : ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < list.n; i += sizeof(uint32_t)) {
        uint32_t product;
        memcpy(&product, list.p + i, sizeof product);
        e = document_begin(l, why);
        columns_cache_forget(&l->resolver.view);
        if (e == ERR_OK) e = product_parked(l, product, why);
    }
    buf_free(&list);
    return e;
}

// ---- what was collected -----------------------------------------------------------------------------------------------------------
struct slice loader_record(const struct catalog_loader *l, const struct loaded *i) {
    return slice_of(l->records.p + i->record_at, i->record_n);
}

void loader_applications_join(const struct catalog_loader *l, const struct loaded *item, struct buf *pieces, struct buf *out) {
    buf_clear(pieces);
    for (uint32_t p = item->first; p != NONE; p = l->pieces[p].next)
        buf_put(pieces, l->applications.p + l->pieces[p].at, l->pieces[p].n);
    buf_clear(out);
    applications_frame(out, buf_slice(pieces), item->application_count);
    out->bad |= pieces->bad;
}

enum err catalog_loader_finish(struct catalog_loader *l, struct catalog_report *out,
                               void (*progress)(void *, const char *what, uint64_t, uint64_t), void *arg, struct fault *why) {
    enum err e = catalog_apply(l, progress, arg, why);
    *out = l->report;
    return e != ERR_OK && why && !why->code ? fault_set(why, e, "", "the catalogue could not be written (%s)", err_name(e)) : e;
}

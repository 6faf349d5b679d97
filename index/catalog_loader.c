// Bulk load. Into an empty catalogue: products are kept encoded in memory, get their dense ids in the order of type, brand and
// external id (so that what is scored together lies together), and every table is written in key order. Into one that
// has products already: each product is put on its own, many to a transaction, and merged at the end.
#include <stdlib.h>

#include "base/limits.h"
#include "catalog_resolve.h"
#include "fragment.h"
#include "group_build.h"
#include "names.h"
#include "posting.h"
#include "product_class.h"
#include "product_variants.h"

#define NONE UINT32_MAX
#define PUTS_PER_TXN 1000u
#define BYTES_PER_TXN (64u << 20)

struct loaded {
    uint64_t record_at;          // in records; record_n 0: only applications have come so far
    uint32_t record_n, application_count;
    uint32_t first, last;        // chain of pieces
    uint32_t type, brand;
    struct product_facts facts;
    struct product_offer offer;
};
struct piece { uint64_t at; uint32_t n, next; }; // encoded applications of one document

struct catalog_loader {
    struct db *db;
    struct resolver resolver;
    bool resolving, empty;
    struct arena scratch;
    struct loaded *items;
    struct piece *pieces;
    uint32_t item_count, item_capacity, piece_count, piece_capacity, puts;
    struct buf records, applications; // heap
    struct map by_number, by_id;
    struct catalog_report report;
};

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

static enum err resolving_end(struct catalog_loader *l, bool commit, struct fault *why) {
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
static enum err mark_loading(struct db *db, bool loading, struct fault *why) {
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
    (void)resolving_end(l, false, NULL);
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
static bool array_room(void **list, uint32_t count, uint32_t *capacity, size_t size) {
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
    if (!array_room(&items, l->item_count, &l->item_capacity, sizeof *l->items)) return ERR_NO_MEMORY;
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
    if (!array_room(&pieces, l->piece_count, &l->piece_capacity, sizeof *l->pieces)) return ERR_NO_MEMORY;
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
    TRY(resolving_end(l, true, why));
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

// ---- finishing into an empty catalogue ----------------------------------------------------------------------------------------
static const struct catalog_loader *sorting; // qsort has no argument; loads run one at a time, on the importing thread

static struct slice record_of(const struct catalog_loader *l, const struct loaded *i) {
    size_t n = i->record_n ? i->record_n : l->records.n - i->record_at;
    return slice_of(l->records.p + i->record_at, n);
}

static int compare_items(const void *a, const void *b) {
    const struct loaded *x = &sorting->items[*(const uint32_t *)a], *y = &sorting->items[*(const uint32_t *)b];
    if (x->type != y->type) return x->type > y->type ? 1 : -1;
    if (x->brand != y->brand) return x->brand > y->brand ? 1 : -1;
    struct reader rx = reader_of(slice_from(record_of(sorting, x), 1)), ry = reader_of(slice_from(record_of(sorting, y), 1));
    return slice_cmp(reader_string(&rx), reader_string(&ry));
}

struct token_pair { uint32_t token, product; };
struct finish {
    struct catalog_loader *l;
    struct txn *txn;
    uint64_t bytes;             // written in this transaction
    uint32_t *order;            // item of product id - 1
    struct map tokens;          // token -> its number
    struct buf token_bytes;     // of all tokens
    uint64_t *token_at;         // offset; n + 1 entries
    uint32_t token_count, token_capacity;
    struct token_pair *pairs;
    size_t pair_count, pair_capacity;
    struct buf number_bytes;    // encoded keys: length u8, key, quantity u16
    uint32_t *number_at, number_count, number_capacity;
    void (*progress)(void *, const char *, uint64_t, uint64_t);
    void *arg;
    struct fault *why;
};

static enum err room(struct finish *f, size_t bytes) {
    f->bytes += bytes;
    if (f->txn && f->bytes < BYTES_PER_TXN) return ERR_OK;
    f->bytes = bytes;
    if (f->txn) {
        struct txn *t = f->txn;
        f->txn = NULL;
        TRY(txn_commit(t, f->why));
    }
    return txn_begin(f->l->db, &f->txn, f->why);
}

static struct slice id_bytes(uint32_t *space, uint32_t id) {
    *space = __builtin_bswap32(id);
    return slice_of(space, sizeof *space);
}

static void told(const struct finish *f, const char *what, uint64_t done, uint64_t total) {
    if (f->progress && (done % 4096 == 0 || done == total)) f->progress(f->arg, what, done, total);
}

static enum err write_records(struct finish *f) {
    for (uint32_t id = 1; id <= f->l->item_count; id++) {
        struct slice record = record_of(f->l, &f->l->items[f->order[id - 1]]);
        uint32_t space;
        TRY(room(f, record.n + 32));
        TRY(txn_append(f->txn, TABLE_PRODUCT, id_bytes(&space, id), record));
        told(f, "writing products", id, f->l->item_count);
    }
    return ERR_OK;
}

// The record of an item, out of the pieces its documents came in; `pieces` is scratch.
static void applications_join(const struct catalog_loader *l, const struct loaded *item, struct buf *pieces, struct buf *out) {
    buf_clear(pieces);
    for (uint32_t p = item->first; p != NONE; p = l->pieces[p].next)
        buf_put(pieces, l->applications.p + l->pieces[p].at, l->pieces[p].n);
    buf_clear(out);
    applications_frame(out, buf_slice(pieces), item->application_count);
    out->bad |= pieces->bad;
}

static enum err write_applications(struct finish *f) {
    struct catalog_loader *l = f->l;
    struct buf b, pieces;
    buf_init(&b, NULL, 4096);
    buf_init(&pieces, NULL, 4096);
    enum err e = ERR_OK;
    for (uint32_t id = 1; id <= l->item_count && e == ERR_OK; id++) {
        struct loaded *item = &l->items[f->order[id - 1]];
        uint32_t space;
        arena_reset(&l->scratch);
        if (item->application_count == 0) {
            e = product_class_count(&l->scratch, SLICE_NONE, &item->facts);
            continue;
        }
        applications_join(l, item, &pieces, &b);
        e = b.bad ? ERR_NO_MEMORY : room(f, b.n + 32);
        if (e == ERR_OK) e = product_class_count(&l->scratch, buf_slice(&b), &item->facts);
        if (e == ERR_OK) e = txn_append(f->txn, TABLE_APPLICATION, id_bytes(&space, id), buf_slice(&b));
    }
    buf_free(&pieces);
    buf_free(&b);
    return e;
}

static enum err write_columns(struct finish *f) {
    struct product_facts facts[COLUMNS_CHUNK];
    struct product_offer offers[COLUMNS_CHUNK];
    uint32_t products = f->l->item_count;
    for (uint32_t chunk = 0; chunk * COLUMNS_CHUNK <= products; chunk++) {
        for (uint32_t i = 0; i < COLUMNS_CHUNK; i++) {
            uint32_t id = chunk * COLUMNS_CHUNK + i;
            bool there = id >= 1 && id <= products;
            const struct loaded *item = there ? &f->l->items[f->order[id - 1]] : NULL;
            facts[i] = there ? item->facts : (struct product_facts){.flags = FACT_DELETED};
            offers[i] = there ? item->offer : (struct product_offer){0};
        }
        TRY(room(f, sizeof facts + sizeof offers));
        TRY(columns_set_chunk(f->txn, chunk, facts, offers));
    }
    return columns_set_products(f->txn, products);
}

// ---- tables sorted by text -----------------------------------------------------------------------------------------------------
static enum err token_number(struct finish *f, struct slice token, uint32_t *out) {
    struct hash128 h = hash128(token);
    uint64_t *found = map_find(&f->tokens, h);
    if (found) {
        *out = (uint32_t)*found;
        return ERR_OK;
    }
    void *at = f->token_at;
    if (!array_room(&at, f->token_count + 1, &f->token_capacity, sizeof *f->token_at)) return ERR_NO_MEMORY;
    f->token_at = at;
    f->token_at[f->token_count] = f->token_bytes.n;
    buf_slice_put(&f->token_bytes, token);
    f->token_at[f->token_count + 1] = f->token_bytes.n;
    *out = f->token_count++;
    return f->token_bytes.bad || !map_put(&f->tokens, h, *out) ? ERR_NO_MEMORY : ERR_OK;
}

static enum err pair_add(struct finish *f, uint32_t token, uint32_t product) {
    if (f->pair_count == f->pair_capacity) {
        size_t capacity = f->pair_capacity ? f->pair_capacity * 2 : 1 << 20;
        struct token_pair *grown = realloc(f->pairs, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        f->pairs = grown;
        f->pair_capacity = capacity;
    }
    f->pairs[f->pair_count++] = (struct token_pair){token, product};
    return ERR_OK;
}

static enum err number_add(struct finish *f, struct slice number, enum number_relation r, uint32_t brand, uint32_t product,
                           uint16_t quantity) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    size_t n = number_canonical(number, canonical, sizeof canonical);
    if (n == 0) return ERR_OK;
    void *at = f->number_at;
    if (!array_room(&at, f->number_count, &f->number_capacity, sizeof *f->number_at)) return ERR_NO_MEMORY;
    f->number_at = at;
    if (f->number_bytes.n > UINT32_MAX) return ERR_TOO_LARGE;
    f->number_at[f->number_count++] = (uint32_t)f->number_bytes.n;
    buf_u8(&f->number_bytes, (uint8_t)(n + 10));
    buf_put(&f->number_bytes, canonical, n);
    buf_u8(&f->number_bytes, 0);
    buf_u8(&f->number_bytes, (uint8_t)r);
    buf_u32be(&f->number_bytes, brand);
    buf_u32be(&f->number_bytes, product);
    buf_u16(&f->number_bytes, quantity ? quantity : 1);
    return f->number_bytes.bad ? ERR_NO_MEMORY : ERR_OK;
}

static enum err product_index(struct finish *f, struct view *v, uint32_t id) {
    const struct loaded *item = &f->l->items[f->order[id - 1]];
    struct product p;
    struct slice *tokens;
    unsigned count;
    TRY(product_decode(v->arena, record_of(f->l, item), &p));
    TRY(product_tokens(v, &p, item->type, item->brand, &tokens, &count));
    for (unsigned i = 0; i < count; i++) {
        uint32_t token;
        TRY(token_number(f, tokens[i], &token));
        TRY(pair_add(f, token, id));
    }
    TRY(number_add(f, p.number, NUMBER_OWN, item->brand, id, 1));
    for (unsigned i = 0; i < p.number_count; i++)
        TRY(number_add(f, p.numbers[i].number, p.numbers[i].relation, p.numbers[i].brand, id, p.numbers[i].quantity));
    for (unsigned i = 0; i < p.component_count; i++)
        TRY(number_add(f, p.components[i].number, NUMBER_COMPONENT, p.components[i].brand_id, id, p.components[i].quantity));
    return number_add(f, product_variant_of(&p), NUMBER_VARIANT, item->brand, id, 1);
}

static enum err index_products(struct finish *f) {
    struct view v = {.arena = &f->l->scratch, .clock = &clock_system};
    for (uint32_t id = 1; id <= f->l->item_count; id++) {
        arena_reset(&f->l->scratch);
        TRY(product_index(f, &v, id));
        told(f, "reading words", id, f->l->item_count);
    }
    return ERR_OK;
}

static const struct finish *ordering; // as `sorting`

static struct slice token_text(const struct finish *f, uint32_t token) {
    return slice_of(f->token_bytes.p + f->token_at[token], (size_t)(f->token_at[token + 1] - f->token_at[token]));
}

static int compare_tokens(const void *a, const void *b) {
    return slice_cmp(token_text(ordering, *(const uint32_t *)a), token_text(ordering, *(const uint32_t *)b));
}

static int compare_numbers(const void *a, const void *b) {
    const char *x = ordering->number_bytes.p + *(const uint32_t *)a, *y = ordering->number_bytes.p + *(const uint32_t *)b;
    return slice_cmp(slice_of(x + 1, (uint8_t)*x), slice_of(y + 1, (uint8_t)*y));
}

// Pairs are in product order; a counting sort by token keeps that order inside every token.
static enum err write_postings(struct finish *f) {
    uint32_t *rank = malloc((f->token_count + 1) * sizeof *rank), *lists = malloc((f->pair_count + 1) * sizeof *lists);
    size_t *at = calloc((size_t)f->token_count + 2, sizeof *at);
    enum err e = rank && lists && at ? ERR_OK : ERR_NO_MEMORY;
    for (uint32_t i = 0; e == ERR_OK && i < f->token_count; i++) rank[i] = i;
    for (size_t i = 0; e == ERR_OK && i < f->pair_count; i++) at[f->pairs[i].token + 1]++;
    for (uint32_t i = 0; e == ERR_OK && i < f->token_count; i++) at[i + 1] += at[i];
    for (size_t i = 0; e == ERR_OK && i < f->pair_count; i++) lists[at[f->pairs[i].token]++] = f->pairs[i].product;
    // at[t] is now the end of token t, which is the start of token t + 1
    ordering = f;
    if (e == ERR_OK) qsort(rank, f->token_count, sizeof *rank, compare_tokens);
    for (uint32_t i = 0; e == ERR_OK && i < f->token_count; i++) {
        uint32_t t = rank[i];
        size_t from = t ? at[t - 1] : 0;
        arena_reset(&f->l->scratch);
        e = room(f, (at[t] - from) * 3 + 64);
        if (e == ERR_OK) e = posting_append(f->txn, &f->l->scratch, token_text(f, t), lists + from, at[t] - from);
        told(f, "writing words", i, f->token_count);
    }
    f->l->report.postings = f->token_count;
    free(rank);
    free(lists);
    free(at);
    return e;
}

static enum err write_numbers(struct finish *f) {
    ordering = f;
    qsort(f->number_at, f->number_count, sizeof *f->number_at, compare_numbers);
    struct slice last = SLICE_NONE;
    for (uint32_t i = 0; i < f->number_count; i++) {
        const char *entry = f->number_bytes.p + f->number_at[i];
        struct slice key = slice_of(entry + 1, (uint8_t)*entry);
        if (slice_eq(key, last)) continue;
        last = key;
        TRY(room(f, key.n + 32));
        TRY(txn_append(f->txn, TABLE_NUMBER, key, slice_of(entry + 1 + key.n, sizeof(uint16_t))));
        f->l->report.numbers++;
    }
    return ERR_OK;
}

static enum err write_ids(struct finish *f) {
    for (uint32_t id = 1; id <= f->l->item_count; id++) {
        struct reader r = reader_of(slice_from(record_of(f->l, &f->l->items[f->order[id - 1]]), 1));
        struct slice external = reader_string(&r);
        TRY(room(f, external.n + 32));
        TRY(txn_put(f->txn, TABLE_PRODUCT_ID, external, slice_of(&id, sizeof id)));
    }
    return ERR_OK;
}

static enum err write_all(struct finish *f) {
    struct catalog_loader *l = f->l;
    f->order = malloc((l->item_count + 1) * sizeof *f->order);
    if (!f->order) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < l->item_count; i++) f->order[i] = i;
    sorting = l;
    qsort(f->order, l->item_count, sizeof *f->order, compare_items);
    TRY(write_records(f));
    TRY(write_applications(f));
    TRY(write_columns(f));
    TRY(write_ids(f));
    TRY(index_products(f));
    TRY(write_postings(f));
    TRY(write_numbers(f));
    struct txn *t = f->txn;
    f->txn = NULL;
    return t ? txn_commit(t, f->why) : ERR_OK;
}

static enum err finish_empty(struct catalog_loader *l, void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg,
                             struct fault *why) {
    l->report.conditions = names_count(l->resolver.view.snapshot, NAMES_CONDITION);
    TRY(resolving_end(l, true, why));
    TRY(mark_loading(l->db, true, why));
    struct finish f = {.l = l, .progress = progress, .arg = arg, .why = why};
    map_init(&f.tokens);
    buf_init(&f.token_bytes, NULL, 1 << 20);
    buf_init(&f.number_bytes, NULL, 1 << 20);
    enum err e = write_all(&f);
    if (f.txn) txn_abort(f.txn);
    map_destroy(&f.tokens);
    buf_free(&f.token_bytes);
    buf_free(&f.number_bytes);
    free(f.order);
    free(f.token_at);
    free(f.pairs);
    free(f.number_at);
    l->report.products_new = l->item_count;
    struct group_report groups;
    if (e == ERR_OK) e = groups_rebuild(l->db, &groups, progress, arg, why);
    if (e == ERR_OK) {
        l->report.rows = groups.rows;
        l->report.groups = groups.groups;
        e = mark_loading(l->db, false, why);
    }
    return e;
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
    applications_join(l, item, pieces, b);
    struct product p;
    uint32_t product;
    TRY(product_decode(&l->scratch, record_of(l, item), &p));
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
    if (e == ERR_OK) e = resolving_end(l, true, why);
    bool more = e == ERR_OK;
    while (e == ERR_OK && more) e = catalog_merge(l->db, &l->scratch, &more);
    return e;
}

enum err catalog_loader_finish(struct catalog_loader *l, struct catalog_report *out,
                               void (*progress)(void *, const char *what, uint64_t, uint64_t), void *arg, struct fault *why) {
    enum err e = l->empty ? finish_empty(l, progress, arg, why) : finish_update(l, why);
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

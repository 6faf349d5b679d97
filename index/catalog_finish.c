// A whole catalogue into an empty slot: every table is written in key order, in transactions of bounded size; the groups come last.
#include <stdlib.h>

#include "base/limits.h"
#include "catalog_loader_rows.h"
#include "group_build.h"
#include "names.h"
#include "posting.h"
#include "product_tokens.h"
#include "product_values.h"
#include "product_variants.h"
#include "spec_tokens.h"
#include "spell.h"

#define BYTES_PER_TXN (8u << 20) // others write in between

struct token_pair { uint32_t token, product; };
struct finish {
    struct catalog_loader *l;
    struct txn *txn;
    uint64_t bytes;             // written in this transaction
    struct db *db;              // the slot
    const uint32_t *order;      // item of product id - 1, NONE: there is none
    uint32_t highest;
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

// Lets those in who wait to write; before long work that writes nothing, and between full transactions.
static enum err let_others(struct finish *f) {
    struct txn *t = f->txn;
    f->txn = NULL;
    if (!t) return ERR_OK;
    TRY(txn_commit(t, f->why));
    if (f->l->options.polite) loader_give_way();
    return ERR_OK;
}

static enum err room(struct finish *f, size_t bytes) {
    f->bytes += bytes;
    if (f->txn && f->bytes < BYTES_PER_TXN) return ERR_OK;
    f->bytes = bytes;
    TRY(let_others(f));
    return txn_begin(f->db, &f->txn, f->why);
}

static struct slice id_bytes(uint32_t *space, uint32_t id) {
    *space = __builtin_bswap32(id);
    return slice_of(space, sizeof *space);
}

static void told(const struct finish *f, const char *what, uint64_t done, uint64_t total) {
    if (f->progress && (done % 4096 == 0 || done == total)) f->progress(f->arg, what, done, total);
}

static const struct loaded *item_of_id(const struct finish *f, uint32_t id) {
    return f->order[id - 1] == NONE ? NULL : &f->l->items[f->order[id - 1]];
}

static bool is_there(const struct loaded *item) { return item && !(item->facts.flags & FACT_DELETED); }

static enum err write_records(struct finish *f) {
    for (uint32_t id = 1; id <= f->highest; id++) {
        if (!item_of_id(f, id)) continue;
        struct slice record = loader_record(f->l, item_of_id(f, id));
        uint32_t space;
        TRY(room(f, record.n + 32));
        TRY(txn_append(f->txn, TABLE_PRODUCT, id_bytes(&space, id), record));
        told(f, "writing products", id, f->highest);
    }
    return ERR_OK;
}

static enum err write_applications(struct finish *f) {
    struct catalog_loader *l = f->l;
    struct buf b, pieces;
    buf_init(&b, NULL, 4096);
    buf_init(&pieces, NULL, 4096);
    enum err e = ERR_OK;
    for (uint32_t id = 1; id <= f->highest && e == ERR_OK; id++) {
        const struct loaded *item = item_of_id(f, id);
        uint32_t space;
        if (!is_there(item) || item->application_count == 0) continue;
        loader_applications_join(l, item, &pieces, &b);
        e = b.bad ? ERR_NO_MEMORY : room(f, b.n + 32);
        if (e == ERR_OK) e = txn_append(f->txn, TABLE_APPLICATION, id_bytes(&space, id), buf_slice(&b));
    }
    buf_free(&pieces);
    buf_free(&b);
    return e;
}

static enum err write_columns(struct finish *f) {
    struct product_facts facts[COLUMNS_CHUNK];
    struct product_offer offers[COLUMNS_CHUNK];
    uint32_t products = f->highest;
    for (uint32_t chunk = 0; chunk * COLUMNS_CHUNK <= products; chunk++) {
        for (uint32_t i = 0; i < COLUMNS_CHUNK; i++) {
            uint32_t id = chunk * COLUMNS_CHUNK + i;
            bool there = id >= 1 && id <= products;
            const struct loaded *item = there ? item_of_id(f, id) : NULL;
            facts[i] = item ? item->facts : (struct product_facts){.flags = FACT_DELETED};
            offers[i] = item ? item->offer : (struct product_offer){0};
        }
        TRY(room(f, sizeof facts + sizeof offers));
        TRY(columns_set_chunk(f->txn, chunk, facts, offers));
    }
    return columns_set_products(f->txn, products);
}

static enum err values_of_all(struct finish *f, struct product_values_loader *l) {
    for (uint32_t id = 1; id <= f->highest; id++) {
        struct product p;
        if (!is_there(item_of_id(f, id))) continue;
        arena_reset(&f->l->scratch);
        TRY(product_decode(&f->l->scratch, loader_record(f->l, item_of_id(f, id)), &p));
        TRY(room(f, p.attributes.n + 32));
        TRY(product_values_loader_add(l, f->txn, &f->l->scratch, id, p.attributes));
        told(f, "writing attributes", id, f->highest);
    }
    TRY(room(f, 32));
    return product_values_loader_finish(l, f->txn);
}

static enum err write_values(struct finish *f) {
    struct product_values_loader l;
    product_values_loader_init(&l);
    enum err e = values_of_all(f, &l);
    product_values_loader_destroy(&l);
    return e;
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
    if (!loader_array_room(&at, f->token_count + 1, &f->token_capacity, sizeof *f->token_at)) return ERR_NO_MEMORY;
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
    if (!loader_array_room(&at, f->number_count, &f->number_capacity, sizeof *f->number_at)) return ERR_NO_MEMORY;
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

static enum err applications_of(struct view *v, const struct product *p, uint32_t id, struct slice *out) {
    uint32_t space;
    *out = SLICE_NONE;
    if (!spec_type_bears(p->type)) return ERR_OK;
    enum err e = db_get(v->snapshot, TABLE_APPLICATION, id_bytes(&space, id), out);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err product_index(struct finish *f, struct view *v, uint32_t id) {
    const struct loaded *item = item_of_id(f, id);
    if (!is_there(item)) return ERR_OK;
    struct product p;
    struct slice *tokens, applications;
    unsigned count;
    TRY(product_decode(v->arena, loader_record(f->l, item), &p));
    TRY(applications_of(v, &p, id, &applications));
    TRY(product_tokens(v, &p, item->type, item->brand, applications, &tokens, &count));
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
    struct view *v;
    TRY(view_open(f->db, &clock_system, &v));
    view_keep(v);
    enum err e = ERR_OK;
    for (uint32_t id = 1; id <= f->highest && e == ERR_OK; id++) {
        arena_reset(&f->l->scratch);
        e = view_begin(v, &f->l->scratch);
        if (e != ERR_OK) break;
        e = product_index(f, v, id);
        view_end(v);
        if (id % COLUMNS_CHUNK == 0) view_rest(v); // a long run must not hold on to old pages
        told(f, "reading words", id, f->highest);
    }
    view_close(v);
    return e;
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
        e = room(f, (at[t] - from) * 3 + 64);
        if (e == ERR_OK) e = posting_append(f->txn, token_text(f, t), lists + from, at[t] - from);
        told(f, "writing words", i, f->token_count);
    }
    f->l->report.postings = f->token_count;
    free(rank);
    free(lists);
    free(at);
    return e;
}

// The speller's keys of every word, sorted, into the empty table.
static enum err spell_append(struct finish *f, struct spell_keys *keys) {
    struct slice last = SLICE_NONE;
    for (uint32_t t = 0; t < f->token_count; t++)
        if (token_text(f, t).p[0] == 'w') TRY(spell_keys_add(keys, slice_from(token_text(f, t), 1)));
    spell_keys_sort(keys);
    for (size_t i = 0; i < keys->count; i++) {
        struct slice key = spell_key(keys, i);
        if (slice_eq(key, last)) continue;
        last = key;
        TRY(room(f, key.n + 32));
        TRY(txn_append(f->txn, TABLE_WORD_SPELL, key, SLICE("")));
    }
    return ERR_OK;
}

static enum err write_spell(struct finish *f) {
    struct spell_keys keys = {0};
    enum err e = spell_append(f, &keys);
    spell_keys_free(&keys);
    return e;
}

static enum err write_numbers(struct finish *f) {
    ordering = f;
    if (f->number_count) qsort(f->number_at, f->number_count, sizeof *f->number_at, compare_numbers);
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
    for (uint32_t id = 1; id <= f->highest; id++) {
        if (!item_of_id(f, id)) continue;
        struct reader r = reader_of(slice_from(loader_record(f->l, item_of_id(f, id)), 1));
        struct slice external = reader_string(&r);
        TRY(room(f, external.n + 32));
        TRY(txn_put(f->txn, TABLE_PRODUCT_ID, external, slice_of(&id, sizeof id)));
    }
    return ERR_OK;
}

static enum err write_unresolved(struct finish *f) {
    for (uint32_t id = 1; id <= f->highest; id++) {
        const struct loaded *item = item_of_id(f, id);
        uint32_t space;
        if (!is_there(item) || !item->unresolved) continue;
        TRY(room(f, 32));
        TRY(txn_append(f->txn, TABLE_UNRESOLVED, id_bytes(&space, id), SLICE("")));
    }
    return ERR_OK;
}

// Memory that has been written out is given back at once: the groups still to be built need some of their own.
static void applications_free(struct catalog_loader *l) {
    buf_free(&l->applications);
    free(l->pieces);
    l->pieces = NULL;
}

static void collected_free(struct catalog_loader *l) {
    buf_free(&l->records);
    map_destroy(&l->by_number);
    map_destroy(&l->by_id);
    free(l->items);
    l->items = NULL;
}

static void postings_free(struct finish *f) {
    map_destroy(&f->tokens);
    buf_free(&f->token_bytes);
    free(f->token_at);
    free(f->pairs);
    f->token_at = NULL;
    f->pairs = NULL;
}

static void numbers_free(struct finish *f) {
    buf_free(&f->number_bytes);
    free(f->number_at);
    f->number_at = NULL;
}

static enum err write_all(struct finish *f) {
    TRY(write_applications(f));
    applications_free(f->l);
    TRY(write_records(f));
    TRY(write_columns(f));
    TRY(write_values(f));
    TRY(write_ids(f));
    TRY(write_unresolved(f));
    TRY(let_others(f));
    TRY(index_products(f));
    collected_free(f->l);
    TRY(write_postings(f));
    TRY(write_spell(f));
    postings_free(f);
    TRY(let_others(f));
    TRY(write_numbers(f));
    numbers_free(f);
    return let_others(f);
}

enum err catalog_finish(struct catalog_loader *l, struct db *db, const uint32_t *order, uint32_t highest,
                        void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg, struct fault *why) {
    struct finish f = {.l = l, .db = db, .order = order, .highest = highest, .progress = progress, .arg = arg, .why = why};
    map_init(&f.tokens);
    buf_init(&f.token_bytes, NULL, 1 << 20);
    buf_init(&f.number_bytes, NULL, 1 << 20);
    enum err e = write_all(&f);
    if (f.txn) txn_abort(f.txn);
    postings_free(&f);
    numbers_free(&f);
    struct group_report groups;
    if (e == ERR_OK) e = groups_rebuild(db, &groups, progress, arg, why);
    if (e == ERR_OK) {
        l->report.rows = groups.rows;
        l->report.groups = groups.groups;
    }
    return e;
}

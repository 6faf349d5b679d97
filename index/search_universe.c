// search_universe.c: candidates: room for them, where they come from (what fits a car, or what the words name), and which of them
// meet the demands (search_internal.h).
#include <stdlib.h>

#include "posting.h"
#include "search_internal.h"

// ---- room ----------------------------------------------------------------------------------------------------------------------------
// Makes room for `more`.
static enum err universe_room(struct arena *a, struct universe *u, unsigned more) {
    if (u->capacity - u->count >= more) return ERR_OK;
    unsigned capacity = u->capacity ? u->capacity * 2 : 256;
    while (capacity - u->count < more) capacity *= 2;
    if (!u->list || !arena_extend(a, u->list, u->capacity * sizeof *u->list, capacity * sizeof *u->list)) {
        struct match *grown = arena_alloc(a, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        if (u->count) memcpy(grown, u->list, u->count * sizeof *grown);
        u->list = grown;
    }
    u->capacity = capacity;
    return ERR_OK;
}

enum err universe_add(struct arena *a, struct universe *u, const struct match *m) {
    TRY(universe_room(a, u, 1));
    u->list[u->count++] = *m;
    return ERR_OK;
}

enum err universe_add_matches(struct arena *a, struct universe *u, const struct match *list, unsigned count) {
    TRY(universe_room(a, u, count));
    if (count) memcpy(u->list + u->count, list, count * sizeof *list);
    u->count += count;
    return ERR_OK;
}

// Products of which nothing more is known yet.
static enum err universe_add_products(struct arena *a, struct universe *u, const uint32_t *products, size_t count) {
    TRY(universe_room(a, u, (unsigned)count));
    for (size_t i = 0; i < count; i++) u->list[u->count++] = (struct match){.product = products[i], .quantity = 1};
    return ERR_OK;
}

static enum err universe_tiers(struct arena *a, struct universe *u) {
    if (u->met_capacity < u->count || !u->tiers) {
        u->met_capacity = u->capacity;
        u->tiers = arena_alloc(a, (size_t)u->capacity + 1);
        u->found = arena_alloc(a, (size_t)u->capacity + 1);
        u->products = arena_alloc(a, ((size_t)u->capacity + 1) * sizeof *u->products);
        if (!u->tiers || !u->found || !u->products) return ERR_NO_MEMORY;
    }
    memset(u->tiers, 0, u->count);
    return ERR_OK;
}

static bool listed(const uint32_t *list, unsigned count, uint32_t id) {
    for (unsigned i = 0; i < count; i++)
        if (list[i] == id) return true;
    return count == 0;
}

// ---- where they come from ----------------------------------------------------------------------------------------------------------------
// Leaves those that `keeps` says so of; it may write what it learns of them.
typedef bool keep_fn(const void *arg, const struct product_facts *facts, struct match *m);

static inline void keep(struct view *v, struct universe *u, keep_fn *keeps, const void *arg) {
    struct product_block block;
    unsigned kept = 0;
    for (unsigned from = 0, n; from < u->count; from += n) {
        n = u->count - from < BLOCK_PRODUCTS ? u->count - from : BLOCK_PRODUCTS;
        product_block_read(v, u->list + from, n, BLOCK_FACTS, &block);
        for (unsigned i = 0; i < n; i++) {
            struct match m = u->list[from + i];
            if (keeps(arg, block.facts[i], &m)) u->list[kept++] = m;
        }
    }
    u->count = kept;
}

static bool of_vehicle(const void *arg, const struct product_facts *facts, struct match *m) {
    (void)arg, (void)m;
    return !(facts->flags & FACT_NON_VEHICLE);
}

// A phone holder fits any car and is not what someone who has just picked one wants to see; asked for, it stays.
enum err universe_fitting(struct view *v, const struct search_query *q, struct search_result *r, struct universe *out) {
    const struct understood *u = &r->understood;
    bool asked = u->type_count || u->word_count || u->brand_count || u->spec_count || q->type || q->filter->term_count;
    if (r->fitment.k != r->k) // else found already, when more was demanded
        TRY(fitment_find_types(v, r->k, q->type ? &q->type : u->types, q->type ? 1 : u->type_count, true, &r->fitment));
    TRY(universe_add_matches(v->arena, out, r->fitment.matches, r->fitment.count));
    if (!asked) keep(v, out, of_vehicle, NULL);
    return ERR_OK;
}

#define LIST_PRODUCTS 512 // read from a list at a time

static enum err add_list(struct view *v, struct slice token, struct universe *out) {
    struct posting p;
    uint32_t products[LIST_PRODUCTS];
    TRY(posting_open(v, token, &p));
    enum err e = ERR_OK;
    for (size_t n; e == ERR_OK && (n = posting_take(&p, products, LIST_PRODUCTS)) > 0;) e = universe_add_products(v->arena, out, products, n);
    enum err closed = posting_close(&p);
    return e != ERR_OK ? e : closed;
}

static enum err everything(struct view *v, struct universe *out) {
    uint32_t products = columns_products(v);
    TRY(universe_room(v->arena, out, products));
    for (uint32_t id = 1; id <= products; id++) out->list[out->count++] = (struct match){.product = id, .quantity = 1};
    return ERR_OK;
}

static enum err named_by_words(struct view *v, const struct demands *d, struct universe *out) {
    uint32_t *products;
    uint8_t *tiers;
    unsigned count;
    TRY(words_find(v, d->word_query, &products, &tiers, &count));
    return universe_add_products(v->arena, out, products, count);
}

// Lists of alternatives are joined; every product is in one of a kind only.
struct alternatives { struct slice tokens[QUERY_MEANINGS_MAX]; unsigned count; uint64_t estimate; };

static enum err alternative_add(struct view *v, struct alternatives *l, struct slice token) {
    uint32_t products;
    if (!token.p) return ERR_NO_MEMORY;
    TRY(posting_estimate(v, token, &products));
    l->tokens[l->count++] = token;
    l->estimate += products;
    return ERR_OK;
}

static int compare_matches(const void *a, const void *b) {
    const struct match *x = a, *y = b;
    return (x->product > y->product) - (x->product < y->product);
}

static enum err alternatives_read(struct view *v, const struct alternatives *l, struct universe *out) {
    for (unsigned i = 0; i < l->count; i++) TRY(add_list(v, l->tokens[i], out));
    if (l->count > 1 && out->count) qsort(out->list, out->count, sizeof *out->list, compare_matches);
    return ERR_OK;
}

// A list that no other demand takes from need not be read to know that it is too long.
static bool list_beyond(const struct search_query *q, const struct demands *d, const struct alternatives *types, const struct alternatives *brands) {
    bool alone = !d->word_query && !(types->count && brands->count);
    return alone && q->work_max && types->estimate + brands->estimate > 2 * (uint64_t)q->work_max; // an estimate may be twice as many
}

// Without a car, from the demand that names fewest: a specification, or types or brands, else words.
enum err universe_named(struct view *v, const struct search_query *q, const struct demands *d, struct search_result *r, struct universe *out) {
    const struct understood *u = &r->understood;
    struct alternatives types = {.count = 0}, brands = {.count = 0};
    if (d->spec_count) return add_list(v, posting_spec(v->arena, (uint8_t)d->specs[0].class, slice_str(d->specs[0].text)), out);
    if (q->type) TRY(alternative_add(v, &types, posting_type(v->arena, q->type)));
    for (unsigned i = 0; !q->type && i < u->type_count; i++) TRY(alternative_add(v, &types, posting_type(v->arena, u->types[i])));
    for (unsigned i = 0; d->brands && i < u->brand_count; i++) TRY(alternative_add(v, &brands, posting_brand(v->arena, u->brands[i])));
    r->beyond = list_beyond(q, d, &types, &brands);
    if (r->beyond) return ERR_OK;
    if (types.count && (!brands.count || types.estimate <= brands.estimate)) return alternatives_read(v, &types, out);
    if (brands.count) return alternatives_read(v, &brands, out);
    return d->word_query ? named_by_words(v, d, out) : q->q.n ? ERR_OK : everything(v, out);
}

struct unfitted { const struct search_query *query; const struct search_result *result; };

static bool verdict_without_car(const void *arg, const struct product_facts *facts, struct match *m) {
    const struct unfitted *of = arg;
    const struct understood *meant = &of->result->understood;
    bool other_type = of->query->type ? facts->type != of->query->type : !listed(meant->types, meant->type_count, facts->type);
    if (facts->flags & FACT_DELETED || other_type) return false;
    m->type = facts->type;
    m->verdict = of->result->k->given && facts->flags & FACT_UNIVERSAL ? VERDICT_UNIVERSAL : VERDICT_UNKNOWN;
    return true;
}

void universe_verdicts(struct view *v, const struct search_query *q, const struct search_result *r, struct universe *u) {
    keep(v, u, verdict_without_car, &(struct unfitted){q, r});
}

// ---- meeting the demands -------------------------------------------------------------------------------------------------------------
static enum err keep_listed(struct view *v, struct slice token, struct universe *u) {
    struct posting p;
    TRY(posting_open(v, token, &p));
    unsigned kept = 0;
    for (unsigned i = 0; i < u->count; i++) {
        posting_seek(&p, u->list[i].product);
        if (p.product == u->list[i].product) u->list[kept++] = u->list[i];
    }
    u->count = kept;
    return posting_close(&p);
}

static bool of_brands(const void *arg, const struct product_facts *facts, struct match *m) {
    const struct understood *meant = arg;
    (void)m;
    return listed(meant->brands, meant->brand_count, facts->brand);
}

static void keep_types(const struct understood *u, struct universe *list) {
    unsigned kept = 0;
    for (unsigned i = 0; i < list->count; i++)
        if (listed(u->types, u->type_count, list->list[i].type)) list->list[kept++] = list->list[i];
    list->count = kept;
}

static enum err keep_words(struct view *v, const struct demands *d, struct universe *u) {
    for (unsigned i = 0; i < u->count; i++) u->products[i] = u->list[i].product;
    TRY(words_filter(v, d->word_query, u->products, u->count, u->found));
    unsigned kept = 0;
    for (unsigned i = 0; i < u->count; i++) {
        if (u->found[i] == WORD_MISSED) continue;
        u->list[kept] = u->list[i];
        u->tiers[kept++] = (uint8_t)(u->tiers[i] + u->found[i]);
    }
    u->count = kept;
    return ERR_OK;
}

enum err universe_meet(struct view *v, const struct understood *u, const struct demands *d, struct universe *list) {
    if (d->brands && u->brand_count) keep(v, list, of_brands, u);
    if (d->by_number) keep_types(u, list);
    for (unsigned i = 0; i < d->spec_count; i++) TRY(keep_listed(v, posting_spec(v->arena, (uint8_t)d->specs[i].class, slice_str(d->specs[i].text)), list));
    TRY(universe_tiers(v->arena, list));
    for (unsigned i = 0; d->by_number && i < list->count; i++)
        list->tiers[i] = search_number_tier(d, list->list[i].product);
    return d->word_query && list->count ? keep_words(v, d, list) : ERR_OK;
}

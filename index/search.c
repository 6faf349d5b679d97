#include "search.h"

#include <stdlib.h>

#include "base/limits.h"
#include "names.h"
#include "posting.h"

struct universe {
    struct match *list; // ascending by product
    unsigned count, capacity;
};

static enum err universe_add(struct arena *a, struct universe *u, const struct match *m) {
    if (u->count == u->capacity) {
        unsigned capacity = u->capacity ? u->capacity * 2 : 256;
        struct match *grown = arena_alloc(a, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        if (u->count) memcpy(grown, u->list, u->count * sizeof *grown);
        u->list = grown;
        u->capacity = capacity;
    }
    u->list[u->count++] = *m;
    return ERR_OK;
}

static int compare_matches(const void *a, const void *b) {
    const struct match *x = a, *y = b;
    return (x->product > y->product) - (x->product < y->product);
}

static bool listed(const uint32_t *list, unsigned count, uint32_t id) {
    for (unsigned i = 0; i < count; i++)
        if (list[i] == id) return true;
    return count == 0;
}

// ---- the universe of a car ------------------------------------------------------------------------------------------------------
// A phone holder fits any car and is not what someone who has just picked one wants to see; asked for, it stays.
static bool wanted(struct view *v, const struct search_query *q, const struct understood *u, uint32_t product) {
    const struct product_facts *facts = columns_facts(v, product);
    bool asked = u->type_count || u->word_count || u->brand_count || q->type || q->filter->term_count;
    return listed(u->brands, u->brand_count, facts->brand) && (asked || !(facts->flags & FACT_NON_VEHICLE));
}

static enum err fitting(struct view *v, const struct search_query *q, struct search_result *r, struct universe *out) {
    const struct understood *u = &r->understood;
    uint32_t one = q->type ? q->type : u->type_count == 1 ? u->types[0] : 0;
    TRY(fitment_find(v, q->k, one, true, &r->fitment));
    for (unsigned i = 0; i < r->fitment.count; i++) {
        const struct match *m = &r->fitment.matches[i];
        if (listed(u->types, u->type_count, m->type) && wanted(v, q, u, m->product)) TRY(universe_add(v->arena, out, m));
    }
    return ERR_OK;
}

// ---- the universe of words ------------------------------------------------------------------------------------------------------
static enum err add_list(struct view *v, struct slice token, struct universe *out) {
    struct posting p;
    TRY(posting_open(v, token, &p));
    enum err e = ERR_OK;
    while (p.product != UINT32_MAX && e == ERR_OK) {
        struct match m = {.product = p.product, .quantity = 1};
        e = universe_add(v->arena, out, &m);
        posting_next(&p);
    }
    enum err closed = posting_close(&p);
    return e != ERR_OK ? e : closed;
}

static enum err everything(struct view *v, struct universe *out) {
    uint32_t products = columns_products(v);
    for (uint32_t id = 1; id <= products; id++) {
        struct match m = {.product = id, .quantity = 1};
        if (!(columns_facts(v, id)->flags & FACT_DELETED)) TRY(universe_add(v->arena, out, &m));
    }
    return ERR_OK;
}

// Types are alternatives, so their lists are joined; every product is in one of them only.
static enum err named(struct view *v, const struct search_query *q, const struct understood *u, struct universe *out) {
    if (q->type) return add_list(v, posting_type(v->arena, q->type), out);
    for (unsigned i = 0; i < u->type_count; i++) TRY(add_list(v, posting_type(v->arena, u->types[i]), out));
    if (u->type_count > 1) qsort(out->list, out->count, sizeof *out->list, compare_matches);
    if (u->type_count) return ERR_OK;
    for (unsigned i = 0; i < u->brand_count; i++) TRY(add_list(v, posting_brand(v->arena, u->brands[i]), out));
    if (u->brand_count > 1) qsort(out->list, out->count, sizeof *out->list, compare_matches);
    if (u->brand_count) return ERR_OK;
    return u->word_count ? add_list(v, posting_word(v->arena, u->words[0]), out) : everything(v, out);
}

// A universal product is so without a car as well; the rest has no verdict yet.
static void verdicts_without_car(struct view *v, const struct search_query *q, struct universe *u) {
    unsigned kept = 0;
    for (unsigned i = 0; i < u->count; i++) {
        const struct product_facts *facts = columns_facts(v, u->list[i].product);
        if (facts->flags & FACT_DELETED) continue;
        u->list[i].type = facts->type;
        u->list[i].verdict = q->k->given && facts->flags & FACT_UNIVERSAL ? VERDICT_UNIVERSAL : VERDICT_UNKNOWN;
        u->list[kept++] = u->list[i];
    }
    u->count = kept;
}

static enum err keep_with_word(struct view *v, struct slice word, struct universe *u) {
    struct posting p;
    TRY(posting_open(v, posting_word(v->arena, word), &p));
    unsigned kept = 0;
    for (unsigned i = 0; i < u->count; i++) {
        posting_seek(&p, u->list[i].product);
        if (p.product == u->list[i].product) u->list[kept++] = u->list[i];
    }
    u->count = kept;
    return posting_close(&p);
}

// ---- numbers ----------------------------------------------------------------------------------------------------------------------
static uint8_t tier_of(uint8_t relation) {
    return relation == NUMBER_OWN ? 0 : relation == NUMBER_OE ? 1 : 2;
}

struct tiers { uint32_t *products; uint8_t *tiers; unsigned count; };

static uint8_t tier_find(const struct tiers *t, uint32_t product) {
    for (unsigned i = 0; i < t->count; i++)
        if (t->products[i] == product) return t->tiers[i];
    return 0;
}

static enum err by_number(struct view *v, const struct search_query *q, struct search_result *r, struct universe *out,
                          struct tiers *tiers) {
    const struct understood *u = &r->understood;
    r->number_matches = ARENA_ARRAY(v->arena, struct match, u->number_count);
    tiers->products = ARENA_ARRAY(v->arena, uint32_t, u->number_count);
    tiers->tiers = ARENA_ARRAY(v->arena, uint8_t, u->number_count);
    if (!r->number_matches || !tiers->products || !tiers->tiers) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < u->number_count; i++) {
        uint32_t product = u->numbers[i].product;
        bool seen = false;
        for (unsigned j = 0; j < tiers->count && !seen; j++) seen = tiers->products[j] == product;
        if (seen) continue;
        tiers->products[tiers->count] = product;
        tiers->tiers[tiers->count++] = tier_of(u->numbers[i].relation);
        struct match m = {.product = product, .quantity = 1, .type = columns_facts(v, product)->type};
        enum err e = q->k->given ? fitment_verdict(v, q->k, product, &m)
                                 : columns_facts(v, product)->flags & FACT_DELETED ? ERR_NOT_FOUND : ERR_OK;
        if (e == ERR_NOT_FOUND) continue;
        TRY(e);
        bool beside = q->k->resolved && m.verdict < VERDICT_CONDITIONAL;
        if (beside) r->number_matches[r->number_match_count++] = m;
        else TRY(universe_add(v->arena, out, &m));
    }
    if (out->count) qsort(out->list, out->count, sizeof *out->list, compare_matches);
    return ERR_OK;
}

// ---- filters, facets ----------------------------------------------------------------------------------------------------------------
static void mark_kept(struct search_result *r, uint32_t product, unsigned *at) {
    while (*at < r->fitment.count && r->fitment.matches[*at].product < product) ++*at;
    if (*at < r->fitment.count && r->fitment.matches[*at].product == product) r->kept[*at] = 1;
}

static enum err settle(struct view *v, const struct search_query *q, const struct universe *u, const struct tiers *tiers,
                       struct search_result *r) {
    unsigned at = 0, needs = q->filter->needs;
    r->hits = arena_alloc(v->arena, (u->count + 1) * sizeof *r->hits);
    r->kept = ARENA_ARRAY(v->arena, uint8_t, r->fitment.count + 1);
    if (!r->hits || !r->kept) return ERR_NO_MEMORY;
    for (unsigned f = 0; f < q->facet_count; f++) needs |= q->facets[f].needs;
    for (unsigned from = 0; from < u->count; from += BLOCK_PRODUCTS) {
        const struct match *list = u->list + from;
        struct product_block block;
        uint64_t terms[FILTER_TERMS_MAX];
        product_block_read(v, list, u->count - from < BLOCK_PRODUCTS ? u->count - from : BLOCK_PRODUCTS, needs, &block);
        filter_test(v, q->filter, &block, terms);
        for (unsigned f = 0; f < q->facet_count; f++)
            TRY(facet_add(v, &q->facets[f], &block, filter_passed(&block, terms, q->facets[f].mask)));
        for (uint64_t passed = filter_passed(&block, terms, filter_all(q->filter)); passed; passed &= passed - 1) {
            const struct match *m = &list[__builtin_ctzll(passed)];
            r->hits[r->count++] = (struct candidate_hit){*m, tier_find(tiers, m->product)};
            mark_kept(r, m->product, &at);
        }
    }
    for (unsigned f = 0; f < q->facet_count; f++) TRY(facet_finish(v, &q->facets[f]));
    return ERR_OK;
}

enum err search_run(struct view *v, const struct search_query *q, struct search_result *r) {
    struct universe u = {0};
    struct tiers tiers = {0};
    *r = (struct search_result){.fitment = {.k = q->k}};
    if (q->q.n) TRY(query_understand(v, q->q, &r->understood));
    const struct understood *meant = &r->understood;
    if (meant->number_count) {
        TRY(by_number(v, q, r, &u, &tiers));
    } else if (q->k->resolved) {
        TRY(fitting(v, q, r, &u));
        for (unsigned i = 0; i < meant->word_count; i++) TRY(keep_with_word(v, meant->words[i], &u));
    } else if (!(q->q.n && !meant->type_count && !meant->brand_count && !meant->word_count && !meant->car.n)) {
        TRY(named(v, q, meant, &u));
        for (unsigned i = 0; i < meant->word_count; i++) TRY(keep_with_word(v, meant->words[i], &u));
        verdicts_without_car(v, q, &u);
        unsigned kept = 0;
        for (unsigned i = 0; i < u.count; i++)
            if (listed(meant->brands, meant->brand_count, columns_facts(v, u.list[i].product)->brand)) u.list[kept++] = u.list[i];
        u.count = kept;
    }
    return settle(v, q, &u, &tiers, r);
}

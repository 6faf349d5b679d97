#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lanes.h"
#include "recommend_internal.h"

// ---- maximal marginal relevance -------------------------------------------------------------------------------------

struct entry {
    struct recommendation is;
    float scaled;          // 0..1
    float nearest;         // the greatest cosine to the first `compared` that were chosen; 0 before anything is
    uint32_t compared;
    float inverse_norm;
    uint32_t type, brand;
    bool uncertain, taken, full; // full: its type or its brand has all it may have
};

struct choosing {
    const struct recommend_variety *variety;
    unsigned dimension;
    struct entry *entries;
    const float **vectors;
    float *values;    // of those of the highest rank there is, else -INFINITY: of these the first greatest is next
    int rank;         // that rank
    bool values_stale;
    size_t count;
    uint32_t *chosen; // in order
    size_t chosen_count;
};

static void scale_scores(struct entry *entries, size_t from, size_t to) { // best first
    float high = from < to ? entries[from].is.score : 0.0f, low = from < to ? entries[to - 1].is.score : 0.0f;
    for (size_t i = from; i < to; i++) entries[i].scaled = high > low ? (entries[i].is.score - low) / (high - low) : 1.0f;
}

static float inverse_norm(const float *vector, unsigned d) {
    float square = 0.0f;
    for (unsigned k = 0; vector && k < d; k++) square += vector[k] * vector[k];
    return square > 0.0f ? 1.0f / sqrtf(square) : 0.0f;
}

static enum err begin(const struct recommend_query *q, struct choosing *c, const struct recommendation *list, size_t certain) {
    const struct generation *g = rank_pinned(q->ranker);
    struct arena *a = q->view->arena;
    c->entries = ARENA_ARRAY(a, struct entry, c->count + 1);
    c->vectors = ARENA_ARRAY(a, const float *, c->count + 1);
    c->chosen = ARENA_ARRAY(a, uint32_t, c->count + 1);
    c->values = ARENA_ARRAY(a, float, c->count + LANES);
    if (!c->entries || !c->vectors || !c->chosen || !c->values) return ERR_NO_MEMORY;
    for (size_t i = c->count; i < c->count + LANES; i++) c->values[i] = -INFINITY;
    c->dimension = g ? generation_dimension(g) : 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct product_facts *facts = columns_facts(q->view, list[i].product);
        c->vectors[i] = g ? person_vector_of(g, q->view, list[i].product) : NULL;
        c->entries[i] = (struct entry){.is = list[i], .type = facts->type, .brand = facts->brand, .uncertain = i >= certain,
                                       .inverse_norm = inverse_norm(c->vectors[i], c->dimension)};
    }
    scale_scores(c->entries, 0, certain);
    scale_scores(c->entries, certain, c->count);
    return ERR_OK;
}

static float value_of(const struct choosing *c, const struct entry *e) {
    return (1.0f - c->variety->lambda) * e->scaled - c->variety->lambda * e->nearest;
}

// What certainly fits before the rest, what is below its caps before what is not, then by relevance and novelty, as far as compared.
static int rank_of(const struct entry *e) { return (e->uncertain ? 0 : 2) + (e->full ? 0 : 1); }

static void value_entry(struct choosing *c, size_t i) {
    const struct entry *e = &c->entries[i];
    float value = value_of(c, e);
    if (!(value >= -FLT_MAX)) value = -FLT_MAX; // NaN too: the last of its rank
    c->values[i] = !e->taken && rank_of(e) == c->rank ? value : -INFINITY;
}

// The first of the greatest; the count: none of the rank is left.
static size_t greatest(const struct choosing *c) {
    lanes_f most = lanes_all(-INFINITY);
    for (size_t i = 0; i < c->count; i += LANES) {
        lanes_f values = lanes_load(c->values + i);
        lanes_i more = values > most;
        most = (lanes_f)(((lanes_i)values & more) | ((lanes_i)most & ~more));
    }
    float best = most[0];
    for (unsigned i = 1; i < LANES; i++) best = most[i] > best ? most[i] : best;
    size_t at = 0;
    while (at < c->count && !(c->values[at] > -INFINITY && c->values[at] == best)) at++;
    return at;
}

static size_t next_best(struct choosing *c) {
    for (;; c->rank--) {
        for (size_t i = 0; c->values_stale && i < c->count; i++) value_entry(c, i);
        c->values_stale = false;
        size_t best = greatest(c);
        if (best < c->count || c->rank == 0) return best;
        c->values_stale = true;
    }
}

// Compares an entry with what was chosen since it was last looked at; false: it had been compared with all.
static bool compare_more(const struct choosing *c, size_t at) {
    struct entry *e = &c->entries[at];
    if (e->compared == c->chosen_count || c->variety->lambda <= 0.0f || !c->vectors[at]) return false;
    for (; e->compared < c->chosen_count; e->compared++) {
        uint32_t other = c->chosen[e->compared];
        float dot;
        if (!c->vectors[other]) continue;
        score_rows(&c->vectors[other], 1, c->dimension, c->vectors[at], &dot);
        dot *= e->inverse_norm * c->entries[other].inverse_norm;
        if (dot > e->nearest) e->nearest = dot;
    }
    return true;
}

// Those of the same type or brand as what was chosen may have reached their cap.
static void fill_caps(struct choosing *c, const struct entry *chosen) {
    unsigned types = 0, brands = 0;
    for (size_t i = 0; i < c->chosen_count; i++) {
        types += c->entries[c->chosen[i]].type == chosen->type;
        brands += c->entries[c->chosen[i]].brand == chosen->brand;
    }
    bool type_full = types >= c->variety->per_type, brand_full = brands >= c->variety->per_brand;
    for (size_t i = 0; (type_full || brand_full) && i < c->count; i++) {
        struct entry *e = &c->entries[i];
        if (e->full || !((type_full && e->type == chosen->type) || (brand_full && e->brand == chosen->brand))) continue;
        e->full = true;
        value_entry(c, i);
    }
}

// Comparing only lowers an entry's value, so one that leads when it has been compared with all chosen leads for good (lazy greedy).
static void choose_next(struct choosing *c) {
    size_t best;
    for (;;) {
        best = next_best(c);
        if (!compare_more(c, best)) break;
        value_entry(c, best);
    }
    c->entries[best].taken = true;
    c->values[best] = -INFINITY;
    c->chosen[c->chosen_count++] = (uint32_t)best;
    fill_caps(c, &c->entries[best]);
}

enum err recommend_vary(const struct recommend_query *q, const struct recommend_variety *variety, struct recommendation *list,
                        size_t count, size_t certain, size_t wanted) {
    struct choosing c = {.variety = variety, .count = count};
    bool any = variety->lambda > 0.0f || variety->per_type < UINT32_MAX || variety->per_brand < UINT32_MAX;
    if (!any || count == 0) return ERR_OK;
    TRY(begin(q, &c, list, certain < count ? certain : count));
    c.rank = 3;
    c.values_stale = true;
    while (c.chosen_count < wanted && c.chosen_count < count) choose_next(&c);
    size_t n = 0;
    for (size_t i = 0; i < c.chosen_count; i++) list[n++] = c.entries[c.chosen[i]].is;
    for (size_t i = 0; i < count; i++)
        if (!c.entries[i].taken) list[n++] = c.entries[i].is;
    return ERR_OK;
}

// ---- tiers ----------------------------------------------------------------------------------------------------------

#define PRICE_SHARE 0.7f
#define TIER_LEAST 3 // products of a type that can be told apart

struct priced {
    uint32_t at, type; // at: in the list
    float price, rating, value;
};

const char *recommend_tier_name(enum recommend_tier tier) {
    static const char *const names[] = {[RECOMMEND_GOOD] = "good", [RECOMMEND_BETTER] = "better", [RECOMMEND_BEST] = "best"};
    return tier > RECOMMEND_NO_TIER && tier <= RECOMMEND_BEST ? names[tier] : NULL;
}

static int compare(float x, float y, uint32_t a, uint32_t b) { return x != y ? (x < y ? -1 : 1) : a < b ? -1 : a > b; }
static int by_price(const void *a, const void *b) {
    const struct priced *x = a, *y = b;
    return x->type != y->type ? (x->type < y->type ? -1 : 1) : compare(x->price, y->price, x->at, y->at);
}
static int by_rating(const void *a, const void *b) {
    const struct priced *x = a, *y = b;
    return compare(x->rating, y->rating, x->at, y->at);
}
static int by_value(const void *a, const void *b) {
    const struct priced *x = a, *y = b;
    return compare(x->value, y->value, x->at, y->at);
}

static void tiers_of_type(struct priced *list, size_t n, uint8_t *tiers) { // by price already
    if (n < TIER_LEAST) return;
    for (size_t i = 0; i < n; i++) list[i].value = PRICE_SHARE * (float)i;
    qsort(list, n, sizeof *list, by_rating);
    for (size_t i = 0; i < n; i++) list[i].value += (1.0f - PRICE_SHARE) * (float)i;
    qsort(list, n, sizeof *list, by_value);
    for (size_t i = 0; i < n; i++) tiers[list[i].at] = (uint8_t)(RECOMMEND_GOOD + 3 * i / n);
}

enum err recommend_tiers(const struct recommend_query *q, const struct recommendation *products, size_t n, uint8_t *tiers) {
    const struct generation *g = rank_pinned(q->ranker);
    struct priced *list = ARENA_ARRAY(q->view->arena, struct priced, n + 1);
    size_t count = 0;
    memset(tiers, RECOMMEND_NO_TIER, n);
    if (!list) return ERR_NO_MEMORY;
    for (size_t i = 0; g && i < n; i++) {
        const struct product_facts *facts = columns_facts(q->view, products[i].product);
        struct priced p = {.at = (uint32_t)i, .type = facts->type, .rating = rank_rating(facts)};
        if (price_position(generation_type(g, facts->type), columns_offer(q->view, products[i].product), &p.price)) list[count++] = p;
    }
    qsort(list, count, sizeof *list, by_price);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && list[to].type == list[from].type; to++) {}
        tiers_of_type(list + from, to - from, tiers);
    }
    return ERR_OK;
}

void recommend_tiers_lead(struct recommendation *list, uint8_t *tiers, size_t n) {
    bool there[RECOMMEND_BEST + 1] = {[RECOMMEND_NO_TIER] = true};
    size_t placed = 0;
    for (size_t i = 0; i < n && placed < RECOMMEND_BEST; i++) {
        if (there[tiers[i]]) continue;
        there[tiers[i]] = true;
        struct recommendation first = list[i];
        uint8_t tier = tiers[i];
        memmove(list + placed + 1, list + placed, (i - placed) * sizeof *list);
        memmove(tiers + placed + 1, tiers + placed, i - placed);
        list[placed] = first;
        tiers[placed++] = tier;
    }
}

#include <stdlib.h>

#include "recommend_internal.h"

#define SAMPLE 64u // candidates whose mean the features of a product are compared with

const char *recommend_reason_name(enum recommend_reason reason) {
    static const char *const names[RECOMMEND_REASONS] = {
        [RECOMMEND_TASTE] = "your_taste",      [RECOMMEND_BRAND] = "your_brand",       [RECOMMEND_POPULAR] = "popular",
        [RECOMMEND_RATED] = "well_rated",      [RECOMMEND_IN_STOCK] = "in_stock",      [RECOMMEND_PRICE] = "your_price",
        [RECOMMEND_NEW] = "new",               [RECOMMEND_PROMOTED] = "promoted",      [RECOMMEND_GOES_WITH] = "goes_with",
        [RECOMMEND_SAME_TYPE] = "same_type",   [RECOMMEND_ALIKE] = "alike",            [RECOMMEND_BOUGHT_WITH] = "bought_with",
        [RECOMMEND_COMPLEMENT] = "complement", [RECOMMEND_RISING] = "trending",
    };
    return reason < RECOMMEND_REASONS ? names[reason] : "";
}

const char *recommend_part_name(enum recommend_part part) {
    static const char *const names[RECOMMEND_PARTS] = {
        [RECOMMEND_PART_COSINE] = "about_cosine", [RECOMMEND_PART_SIMILAR] = "about_similar", [RECOMMEND_PART_NEXT] = "about_next",
        [RECOMMEND_PART_BOUGHT] = "about_bought", [RECOMMEND_PART_TYPE_BOUGHT] = "about_type_bought", [RECOMMEND_PART_TREND] = "trend",
    };
    return part < RECOMMEND_PARTS ? names[part] : "";
}

// ---- the average candidate ------------------------------------------------------------------------------------------

static size_t sample(const struct recommend_query *q, uint32_t *products) {
    const struct generation *g = rank_pinned(q->ranker);
    size_t all = !q->whole_catalogue ? q->count : g ? generation_rows(g) : 0, n = all < SAMPLE ? all : SAMPLE;
    for (size_t i = 0; i < n; i++) products[i] = q->whole_catalogue ? generation_product(g, (uint32_t)(i * all / n)) : q->products[i * all / n];
    return n;
}

static enum err average(const struct recommend_query *q, double *means) {
    uint32_t products[SAMPLE];
    float scores[SAMPLE], *features = ARENA_ARRAY(q->view->arena, float, SAMPLE * RANK_FEATURES);
    size_t n = sample(q, products);
    const float *weights = rank_weights(q->ranker, q->surface);
    memset(means, 0, RANK_FEATURES * sizeof *means);
    if (!features) return ERR_NO_MEMORY;
    if (n == 0) return ERR_OK;
    TRY(rank_score(q->ranker, q->view, q->person, q->surface, products, n, scores, features));
    for (size_t i = 0; i < n; i++)
        for (unsigned f = 0; f < RANK_FEATURES; f++) means[f] += (double)features[i * RANK_FEATURES + f];
    for (unsigned f = 0; f < RANK_FEATURES; f++)
        means[f] *= (double)weights[f] * (double)q->context->factors->person / (double)n;
    return ERR_OK;
}

// ---- the reason -----------------------------------------------------------------------------------------------------

struct lift { enum recommend_reason reason; double by; };

static void consider(struct lift *best, enum recommend_reason reason, double by) {
    if (by > best->by) *best = (struct lift){reason, by};
}

static enum recommend_reason reason_of(const struct recommend_query *q, uint32_t product, const struct recommend_why *why, const double *means) {
    static const enum recommend_reason reasons[RANK_FEATURES] = {
        [RANK_POPULARITY] = RECOMMEND_POPULAR, [RANK_RATING] = RECOMMEND_RATED,     [RANK_AVAILABILITY] = RECOMMEND_IN_STOCK,
        [RANK_PRICE] = RECOMMEND_PRICE,        [RANK_FRESHNESS] = RECOMMEND_NEW,    [RANK_BRAND_TASTE] = RECOMMEND_BRAND,
        [RANK_BOOST] = RECOMMEND_PROMOTED,     [RANK_NEARBY] = RECOMMEND_IN_STOCK,
    };
    struct lift best = {RECOMMEND_POPULAR, 1e-6}; // nothing above average: it is simply there
    double taste = 0;
    if (q->model == RECOMMEND_SIMILAR)
        return columns_facts(q->view, product)->type == q->context->types[0] ? RECOMMEND_SAME_TYPE : RECOMMEND_ALIKE;
    for (unsigned f = 0; f < RANK_FEATURES; f++) {
        double by = (double)why->features[f] - means[f];
        if (f == RANK_AFFINITY || f == RANK_SIMILAR || f == RANK_NEXT) taste += by;
        else consider(&best, reasons[f], by);
    }
    consider(&best, RECOMMEND_TASTE, taste);
    consider(&best, RECOMMEND_GOES_WITH, (double)(why->parts[RECOMMEND_PART_COSINE] + why->parts[RECOMMEND_PART_SIMILAR] + why->parts[RECOMMEND_PART_NEXT]));
    consider(&best, RECOMMEND_BOUGHT_WITH, (double)why->parts[RECOMMEND_PART_BOUGHT]);
    consider(&best, RECOMMEND_COMPLEMENT, (double)why->parts[RECOMMEND_PART_TYPE_BOUGHT]);
    consider(&best, RECOMMEND_RISING, (double)why->parts[RECOMMEND_PART_TREND]);
    return best.reason;
}

// ---- evidence -------------------------------------------------------------------------------------------------------

static int by_share(const void *a, const void *b) {
    const struct recommend_evidence *x = a, *y = b;
    if (x->share != y->share) return x->share > y->share ? -1 : 1;
    return x->product < y->product ? -1 : x->product > y->product;
}

// Most have shares of their own, so that how many are larger is their place.
static bool order_by_places(const struct recommend_evidence *list, const float *shares, size_t n, struct recommend_evidence *out) {
    for (size_t i = 0; i < n; i++) out[i].share = 0.0f; // no share of the list's: free
    for (size_t i = 0; i < n; i++) {
        int larger = 0;
        for (size_t j = 0; j < n; j++) larger += shares[j] > shares[i];
        if (out[larger].share != 0.0f) return false;
        out[larger] = list[i];
    }
    return true;
}

static enum err evidence_of(const struct recommend_query *q, uint32_t product, const struct rank_parts *parts, size_t i,
                            struct recommend_why *why) {
    float person = q->context->factors->person;
    size_t room = parts->event_count + q->context->about_count + 1;
    struct recommend_evidence *list = ARENA_ARRAY(q->view->arena, struct recommend_evidence, room);
    struct recommend_evidence *ordered = ARENA_ARRAY(q->view->arena, struct recommend_evidence, room);
    float *shares = ARENA_ARRAY(q->view->arena, float, room);
    if (!list || !ordered || !shares) return ERR_NO_MEMORY;
    for (unsigned e = 0; e < parts->event_count; e++) {
        float share = person * parts->shares[i * parts->event_count + e];
        if (share != 0.0f) list[why->evidence_count++] = (struct recommend_evidence){parts->events[e].product, false, parts->events[e].type, share};
    }
    for (unsigned a = 0; a < q->context->about_count; a++) {
        float share = recommend_about_share(q, a, product);
        if (share != 0.0f) list[why->evidence_count++] = (struct recommend_evidence){q->about[a], true, 0, share};
    }
    for (unsigned k = 0; k < why->evidence_count; k++) shares[k] = list[k].share;
    bool placed = order_by_places(list, shares, why->evidence_count, ordered);
    if (!placed) qsort(list, why->evidence_count, sizeof *list, by_share);
    why->evidence = placed ? ordered : list;
    return ERR_OK;
}

static enum err explain_block(const struct recommend_query *q, const struct recommendation *list, size_t n, const double *means,
                              struct recommend_why *out) {
    uint32_t products[SCORE_BLOCK];
    float parts[SCORE_BLOCK][RECOMMEND_PARTS];
    struct rank_parts person = {0};
    for (size_t i = 0; i < n; i++) products[i] = list[i].product;
    recommend_parts(q, &(struct recommend_block){products, n, RECOMMEND_NO_ROW}, parts);
    if (q->person) TRY(rank_explain(q->ranker, q->view, q->person, q->surface, products, n, &person));
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct recommend_why){0};
        for (unsigned f = 0; q->person && f < RANK_FEATURES; f++)
            out[i].features[f] = q->context->factors->person * person.features[i * RANK_FEATURES + f];
        memcpy(out[i].parts, parts[i], sizeof parts[i]);
        TRY(evidence_of(q, products[i], &person, i, &out[i]));
        out[i].reason = reason_of(q, products[i], &out[i], means);
    }
    return ERR_OK;
}

enum err recommend_explain(const struct recommend_query *q, const struct recommendation *list, size_t n, struct recommend_why *out) {
    double means[RANK_FEATURES] = {0};
    if (q->person && n > 0) TRY(average(q, means));
    for (size_t at = 0; at < n; at += SCORE_BLOCK)
        TRY(explain_block(q, list + at, n - at < SCORE_BLOCK ? n - at : SCORE_BLOCK, means, out + at));
    return ERR_OK;
}

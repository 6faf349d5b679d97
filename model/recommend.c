#include "recommend.h"

#include <assert.h>

#include "blas.h"
#include "score.h"
#include "topk.h"

const char *recommend_reason_name(enum recommend_reason reason) {
    static const char *const names[RECOMMEND_REASONS] = {
        [RECOMMEND_TASTE] = "your_taste",    [RECOMMEND_BRAND] = "your_brand", [RECOMMEND_POPULAR] = "popular",
        [RECOMMEND_RATED] = "well_rated",    [RECOMMEND_IN_STOCK] = "in_stock", [RECOMMEND_PRICE] = "your_price",
        [RECOMMEND_NEW] = "new",             [RECOMMEND_PROMOTED] = "promoted", [RECOMMEND_SIMILAR] = "similar",
        [RECOMMEND_SAME_TYPE] = "same_type", [RECOMMEND_TRENDING] = "trending",
    };
    return reason < RECOMMEND_REASONS ? names[reason] : "";
}

// ---- one pass over the candidates ---------------------------------------------------------------------------------

#define NO_ROW UINT32_MAX

struct block {
    const uint32_t *products;
    size_t count;
    uint32_t first_row; // NO_ROW: products scattered over the generation
};
typedef enum err score_fn(void *arg, const struct recommend_query *q, const struct block *b, float *scores);

static bool is_wanted(const struct recommend_query *q, uint32_t product) {
    if (columns_facts(q->view, product)->flags & FACT_DELETED) return false;
    return q->keep == NULL || q->keep(q->keep_arg, product);
}

static enum err score_block(const struct recommend_query *q, const struct block *b, score_fn *score, void *arg,
                            struct topk *top) {
    float scores[SCORE_BLOCK];
    TRY(score(arg, q, b, scores));
    for (size_t i = 0; i < b->count; i++)
        if (topk_takes(top, scores[i], b->products[i]) && is_wanted(q, b->products[i]))
            topk_push(top, scores[i], b->products[i]);
    return ERR_OK;
}

static enum err scan_list(const struct recommend_query *q, score_fn *score, void *arg, struct topk *top) {
    for (size_t at = 0; at < q->count; at += SCORE_BLOCK) {
        size_t n = q->count - at < SCORE_BLOCK ? q->count - at : SCORE_BLOCK;
        TRY(score_block(q, &(struct block){q->products + at, n, NO_ROW}, score, arg, top));
    }
    return ERR_OK;
}

static enum err scan_all(const struct recommend_query *q, score_fn *score, void *arg, struct topk *top) {
    const struct generation *g = rank_pinned(q->ranker);
    uint32_t products[SCORE_BLOCK], rows = g ? generation_rows(g) : 0;
    for (uint32_t at = 0; at < rows; at += SCORE_BLOCK) {
        uint32_t n = rows - at < SCORE_BLOCK ? rows - at : SCORE_BLOCK;
        for (uint32_t i = 0; i < n; i++) products[i] = generation_product(g, at + i);
        TRY(score_block(q, &(struct block){products, n, at}, score, arg, top));
    }
    return ERR_OK;
}

static enum err best(const struct recommend_query *q, score_fn *score, void *arg, struct topk_entry *entries,
                     struct topk *top) {
    assert(q->limit <= RECOMMEND_MAX);
    topk_init(top, entries, q->limit);
    TRY(q->whole_catalogue ? scan_all(q, score, arg, top) : scan_list(q, score, arg, top));
    topk_sort(top);
    return ERR_OK;
}

// ---- for you ------------------------------------------------------------------------------------------------------

struct averages { // of the candidates' features
    double sums[RANK_FEATURES];
    double count;
};

static enum err score_for_you(void *arg, const struct recommend_query *q, const struct block *b, float *scores) {
    struct averages *a = arg;
    float features[SCORE_BLOCK * RANK_FEATURES];
    if (b->first_row == NO_ROW)
        TRY(rank_score(q->ranker, q->view, q->person, q->surface, b->products, b->count, scores, features));
    else TRY(rank_score_rows(q->ranker, q->view, q->person, q->surface, b->first_row, b->count, scores, features));
    float sums[RANK_FEATURES] = {0};
    for (size_t i = 0; i < b->count; i++)
        for (unsigned f = 0; f < RANK_FEATURES; f++) sums[f] += features[i * RANK_FEATURES + f];
    for (unsigned f = 0; f < RANK_FEATURES; f++) a->sums[f] += (double)sums[f];
    a->count += (double)b->count;
    return ERR_OK;
}

static enum recommend_reason reason_of(const float *features, const float *weights, const struct averages *a) {
    static const enum recommend_reason reasons[RANK_FEATURES] = {
        [RANK_AFFINITY] = RECOMMEND_TASTE,    [RANK_POPULARITY] = RECOMMEND_POPULAR,
        [RANK_RATING] = RECOMMEND_RATED,      [RANK_AVAILABILITY] = RECOMMEND_IN_STOCK,
        [RANK_PRICE] = RECOMMEND_PRICE,       [RANK_FRESHNESS] = RECOMMEND_NEW,
        [RANK_BRAND_TASTE] = RECOMMEND_BRAND, [RANK_BOOST] = RECOMMEND_PROMOTED,
    };
    enum recommend_reason reason = RECOMMEND_POPULAR;
    double most = 1e-6; // no feature above average: it is simply there
    for (unsigned f = 0; f < RANK_FEATURES; f++) {
        double lift = (double)weights[f] * ((double)features[f] - a->sums[f] / a->count);
        if (lift <= most) continue;
        most = lift;
        reason = reasons[f];
    }
    return reason;
}

static enum err explain(const struct recommend_query *q, const struct topk *top, const struct averages *a,
                        struct recommendation *out) {
    const float *weights = rank_weights(q->ranker, q->surface);
    for (size_t i = 0; i < top->count; i++) {
        float score, features[RANK_FEATURES];
        struct topk_entry e = top->entries[i];
        TRY(rank_score(q->ranker, q->view, q->person, q->surface, &e.id, 1, &score, features));
        out[i] = (struct recommendation){e.id, e.score, reason_of(features, weights, a)};
    }
    return ERR_OK;
}

enum err recommend_for_you(const struct recommend_query *q, struct recommendation *out, size_t *count) {
    struct topk_entry entries[RECOMMEND_MAX];
    struct topk top;
    struct averages averages = {0};
    *count = 0;
    TRY(best(q, score_for_you, &averages, entries, &top));
    TRY(explain(q, &top, &averages, out));
    *count = top.count;
    return ERR_OK;
}

// ---- similar ------------------------------------------------------------------------------------------------------

#define SAME_TYPE 4.0f // more than cosines differ by, so that the same type comes first

struct original { // what the others are compared with
    uint32_t type;
    const float *vector;
    float inverse_norm;
    uint32_t first_row, last_row; // of its type in the generation
};

static const float *vector_of(const struct recommend_query *q, uint32_t product) {
    const struct generation *g = rank_pinned(q->ranker);
    const float *own = generation_vector(g, product);
    if (own) return own;
    const struct product_facts *facts = columns_facts(q->view, product);
    return generation_vector_for(g, facts->type, facts->brand);
}

static float inverse_norm(const float *vector, unsigned d) {
    float square;
    blas_dots(vector, 1, d, d, vector, &square);
    return square > 0.0f ? 1.0f / __builtin_sqrtf(square) : 0.0f;
}

// Turns the dot product of one candidate into its score.
static float similarity(const struct original *o, const struct recommend_query *q, uint32_t product, uint32_t row,
                        const float *vector, float dot) {
    const struct generation *g = rank_pinned(q->ranker);
    bool known = row != NO_ROW, same_type;
    float norm = known ? generation_inverse_norm(g, row) : vector ? inverse_norm(vector, generation_dimension(g)) : 0.0f;
    if (known) same_type = row >= o->first_row && row < o->last_row;
    else same_type = columns_facts(q->view, product)->type == o->type;
    return dot * o->inverse_norm * norm + (same_type ? SAME_TYPE : 0.0f);
}

static void score_similar_rows(const struct original *o, const struct recommend_query *q, const struct block *b,
                               float *scores) {
    const struct generation *g = rank_pinned(q->ranker);
    const float *vectors = generation_row_vector(g, b->first_row);
    blas_dots(vectors, b->count, generation_stride(g), generation_dimension(g), o->vector, scores);
    for (uint32_t i = 0; i < b->count; i++)
        scores[i] = similarity(o, q, b->products[i], b->first_row + i, NULL, scores[i]);
}

static void score_similar_list(const struct original *o, const struct recommend_query *q, const struct block *b,
                               float *scores) {
    const struct generation *g = rank_pinned(q->ranker);
    const float *vectors[SCORE_BLOCK];
    for (size_t i = 0; i < b->count; i++) vectors[i] = vector_of(q, b->products[i]);
    score_rows(vectors, b->count, generation_dimension(g), o->vector, scores);
    for (size_t i = 0; i < b->count; i++)
        scores[i] = similarity(o, q, b->products[i], generation_row(g, b->products[i]), vectors[i], scores[i]);
}

static enum err score_similar(void *arg, const struct recommend_query *q, const struct block *b, float *scores) {
    if (b->first_row == NO_ROW) score_similar_list(arg, q, b, scores);
    else score_similar_rows(arg, q, b, scores);
    return ERR_OK;
}

static bool find_original(const struct recommend_query *q, uint32_t product, struct original *out) {
    const struct generation *g = rank_pinned(q->ranker);
    *out = (struct original){.type = columns_facts(q->view, product)->type};
    if (g == NULL) return false;
    out->vector = vector_of(q, product);
    if (out->vector == NULL) return false;
    out->inverse_norm = inverse_norm(out->vector, generation_dimension(g));
    const struct generation_type *type = generation_type(g, out->type);
    if (type) {
        out->first_row = type->first_row;
        out->last_row = type->first_row + type->rows;
    }
    return true;
}

enum err recommend_similar(const struct recommend_query *q, uint32_t product, struct recommendation *out, size_t *count) {
    struct topk_entry entries[RECOMMEND_MAX + 1]; // one more, as the product itself may be among them
    struct topk top;
    struct original original;
    *count = 0;
    if (!find_original(q, product, &original)) return ERR_OK;
    struct recommend_query more = *q;
    more.limit = q->limit < RECOMMEND_MAX ? q->limit + 1 : q->limit;
    TRY(best(&more, score_similar, &original, entries, &top));
    for (size_t i = 0; i < top.count && *count < q->limit; i++) {
        if (entries[i].id == product) continue;
        bool same_type = entries[i].score > SAME_TYPE / 2;
        out[(*count)++] = (struct recommendation){entries[i].id, entries[i].score - (same_type ? SAME_TYPE : 0.0f),
                                                  same_type ? RECOMMEND_SAME_TYPE : RECOMMEND_SIMILAR};
    }
    return ERR_OK;
}

// ---- trending -----------------------------------------------------------------------------------------------------

static enum err score_trending(void *arg, const struct recommend_query *q, const struct block *b, float *scores) {
    (void)arg;
    const struct generation *g = rank_pinned(q->ranker);
    for (size_t i = 0; i < b->count; i++)
        scores[i] = g ? generation_trend(g, b->products[i]) + 1e-3f * generation_popularity(g, b->products[i]) : 0.0f;
    return ERR_OK;
}

enum err recommend_trending(const struct recommend_query *q, struct recommendation *out, size_t *count) {
    struct topk_entry entries[RECOMMEND_MAX];
    struct topk top;
    const struct generation *g = rank_pinned(q->ranker);
    *count = 0;
    TRY(best(q, score_trending, NULL, entries, &top));
    for (size_t i = 0; i < top.count; i++) {
        bool rising = g && generation_trend(g, entries[i].id) > 0.0f;
        out[i] =
            (struct recommendation){entries[i].id, entries[i].score, rising ? RECOMMEND_TRENDING : RECOMMEND_POPULAR};
    }
    *count = top.count;
    return ERR_OK;
}

#include "recommend_internal.h"

#include <assert.h>
#include <math.h>

#include "topk.h"

static const char *const model_names[RECOMMEND_MODELS] = {
    [RECOMMEND_FOR_YOU] = "for_you", [RECOMMEND_RELATED] = "related", [RECOMMEND_SIMILAR] = "similar",
    [RECOMMEND_BOUGHT_TOGETHER] = "bought_together", [RECOMMEND_TRENDING] = "trending",
};

const char *recommend_model_name(enum recommend_model model) {
    return model < RECOMMEND_MODELS ? model_names[model] : "";
}

bool recommend_model_parse(struct slice text, enum recommend_model *out) {
    for (unsigned m = 0; m < RECOMMEND_MODELS; m++) {
        *out = m;
        if (slice_is(text, model_names[m])) return true;
    }
    return false;
}

// ---- which candidates a model is for --------------------------------------------------------------------------------

#define SAME_TYPE 16.0f // more than scores of `similar` differ by, so that the same type comes first

static bool of_their_types(const struct recommend_context *c, uint32_t type) {
    for (unsigned i = 0; i < c->about_count; i++)
        if (c->types[i] == type) return true;
    return false;
}

static bool is_about(const struct recommend_query *q, uint32_t product) {
    for (unsigned i = 0; i < q->about_count; i++)
        if (q->about[i] == product) return true;
    return false;
}

static bool is_wanted(const struct recommend_query *q, uint32_t product) {
    const struct product_facts *facts = columns_facts(q->view, product);
    if ((facts->flags & FACT_DELETED) || is_about(q, product)) return false;
    if (q->model == RECOMMEND_RELATED && of_their_types(q->context, facts->type)) return false;
    if (q->model == RECOMMEND_SIMILAR && facts->kind != q->context->kind) return false;
    for (size_t i = 0; i < q->refused_count; i++)
        if (q->refused[i] == product) return false;
    return q->keep == NULL || q->keep(q->keep_arg, product);
}

// ---- one pass over the candidates -----------------------------------------------------------------------------------

static void add_parts(const struct recommend_query *q, const struct recommend_block *b, float *scores) {
    float parts[SCORE_BLOCK][RECOMMEND_PARTS];
    recommend_parts(q, b, parts);
    for (size_t i = 0; i < b->count; i++) {
        for (unsigned p = 0; p < RECOMMEND_PARTS; p++) scores[i] += parts[i][p];
        bool bought = parts[i][RECOMMEND_PART_BOUGHT] > 0.0f || parts[i][RECOMMEND_PART_TYPE_BOUGHT] > 0.0f;
        if (q->model == RECOMMEND_BOUGHT_TOGETHER && !bought) scores[i] = -INFINITY;
        if (q->model == RECOMMEND_SIMILAR && columns_facts(q->view, b->products[i])->type == q->context->types[0]) scores[i] += SAME_TYPE;
    }
}

static enum err score_block(const struct recommend_query *q, const struct recommend_block *b, struct topk *top) {
    float scores[SCORE_BLOCK] = {0};
    float person = q->context->factors->person;
    if (q->person && b->first_row == RECOMMEND_NO_ROW)
        TRY(rank_score(q->ranker, q->view, q->person, q->surface, b->products, b->count, scores, NULL));
    else if (q->person) TRY(rank_score_rows(q->ranker, q->view, q->person, q->surface, b->first_row, b->count, scores, NULL));
    if (q->model != RECOMMEND_FOR_YOU) {
        for (size_t i = 0; i < b->count; i++) scores[i] *= person;
        add_parts(q, b, scores);
    }
    for (size_t i = 0; i < b->count; i++)
        if (scores[i] > -INFINITY && topk_takes(top, scores[i], b->products[i]) && is_wanted(q, b->products[i]))
            topk_push(top, scores[i], b->products[i]);
    return ERR_OK;
}

static enum err scan_list(const struct recommend_query *q, struct topk *top) {
    for (size_t at = 0; at < q->count; at += SCORE_BLOCK) {
        size_t n = q->count - at < SCORE_BLOCK ? q->count - at : SCORE_BLOCK;
        TRY(score_block(q, &(struct recommend_block){q->products + at, n, RECOMMEND_NO_ROW}, top));
    }
    return ERR_OK;
}

static enum err scan_all(const struct recommend_query *q, struct topk *top) {
    const struct generation *g = rank_pinned(q->ranker);
    uint32_t products[SCORE_BLOCK], rows = g ? generation_rows(g) : 0;
    for (uint32_t at = 0; at < rows; at += SCORE_BLOCK) {
        uint32_t n = rows - at < SCORE_BLOCK ? rows - at : SCORE_BLOCK;
        for (uint32_t i = 0; i < n; i++) products[i] = generation_product(g, at + i);
        TRY(score_block(q, &(struct recommend_block){products, n, at}, top));
    }
    return ERR_OK;
}

// Products nothing is known of cannot be compared with anything.
static bool has_an_answer(const struct recommend_query *q) {
    const struct recommend_context *c = q->context;
    switch (q->model) {
    case RECOMMEND_RELATED: return c->has_vector || (c->goes && c->goes->count > 0);
    case RECOMMEND_SIMILAR: return c->has_vector;
    case RECOMMEND_BOUGHT_TOGETHER: return c->bought != NULL;
    default: return true;
    }
}

// What the person's score alone orders is found without scoring everything.
static enum err best_of_list(const struct recommend_query *q, struct topk *top) {
    struct rank_best_query best = {.person = q->person, .surface = q->surface, .products = q->products, .n = q->count, .keep = q->keep,
                                   .keep_arg = q->keep_arg, .k = top->capacity};
    if (q->common.id) {
        best.common = q->common;
        best.products = q->beside;
        best.n = q->beside_count;
    }
    return rank_best(q->ranker, q->view, &best, top->entries, &top->count);
}

// ---- the whole catalogue, together ----------------------------------------------------------------------------------

bool recommend_can_join(const struct recommend_query *q) {
    return (q->model == RECOMMEND_FOR_YOU || q->model == RECOMMEND_TRENDING) && q->whole_catalogue && !q->keep && q->about_count == 0 &&
           q->person && rank_pinned(q->ranker) && !q->view->assortment; // the pass is over what everybody sees
}

void recommend_join_begin(struct ranker *r) { rank_whole_begin(r); }

enum err recommend_join(const struct recommend_query *q) {
    assert(recommend_can_join(q) && q->limit <= RECOMMEND_MAX);
    const struct recommend_factors *f = &recommend_factors[q->model];
    struct rank_whole_query whole = {.person = q->person, .surface = q->surface, .share = f->person, .trend = f->of[RECOMMEND_PART_TREND], .market = q->market,
                                     .refused = q->refused, .refused_count = q->refused_count, .k = q->limit};
    return rank_whole_add(q->ranker, q->view, &whole);
}

void recommend_join_run(struct ranker *r) { rank_whole_run(r); }

void recommend_joined(const struct ranker *r, unsigned i, struct recommendation *out, size_t *count) {
    const struct topk_entry *best = rank_whole_best(r, i, count);
    for (size_t k = 0; k < *count; k++) out[k] = (struct recommendation){best[k].id, best[k].score};
}

static enum err best_of_all(const struct recommend_query *q, struct topk *top) {
    size_t count;
    rank_whole_begin(q->ranker);
    TRY(recommend_join(q));
    rank_whole_run(q->ranker);
    const struct topk_entry *best = rank_whole_best(q->ranker, 0, &count);
    memcpy(top->entries, best, count * sizeof *best);
    top->count = count;
    return ERR_OK;
}

static enum err find_best(const struct recommend_query *q, struct topk *top) {
    bool alone = q->model == RECOMMEND_FOR_YOU && !q->whole_catalogue && q->about_count == 0;
    if (alone) return best_of_list(q, top);
    if (recommend_can_join(q)) return best_of_all(q, top);
    TRY(q->whole_catalogue ? scan_all(q, top) : scan_list(q, top));
    topk_sort(top);
    return ERR_OK;
}

enum err recommend_list(const struct recommend_query *q, struct recommendation *out, size_t *count) {
    struct topk_entry entries[RECOMMEND_MAX];
    struct topk top;
    assert(q->limit <= RECOMMEND_MAX && q->context && (q->person || q->model != RECOMMEND_FOR_YOU));
    *count = 0;
    if (!has_an_answer(q)) return ERR_OK;
    topk_init(&top, entries, q->limit);
    TRY(find_best(q, &top));
    for (size_t i = 0; i < top.count; i++) {
        bool lifted = q->model == RECOMMEND_SIMILAR && columns_facts(q->view, entries[i].id)->type == q->context->types[0];
        out[i] = (struct recommendation){entries[i].id, entries[i].score - (lifted ? SAME_TYPE : 0.0f)};
    }
    *count = top.count;
    return ERR_OK;
}

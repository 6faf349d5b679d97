#include "recommend_internal.h"

#include <math.h>

#include "blas.h"

#define PLACE_DECAY 0.7f // of the products a list is about

// Units: the person's score is about 1 to 2, a cosine up to 1, similar and next those of the affinity, a pair's strength up to some 5,
// the trend in standard deviations. A person's taste decides among what the products in view leave nearly equal.
const struct recommend_factors recommend_factors[RECOMMEND_MODELS] = {
    [RECOMMEND_FOR_YOU] = {.person = 1.0f},
    [RECOMMEND_RELATED] = {.person = 0.25f, .of = {[RECOMMEND_PART_COSINE] = 1.0f, [RECOMMEND_PART_SIMILAR] = 1.0f, [RECOMMEND_PART_NEXT] = 1.0f}},
    [RECOMMEND_SIMILAR] = {.person = 0.1f, .of = {[RECOMMEND_PART_COSINE] = 1.0f}},
    [RECOMMEND_BOUGHT_TOGETHER] = {.person = 0.1f, .of = {[RECOMMEND_PART_BOUGHT] = 1.0f, [RECOMMEND_PART_TYPE_BOUGHT] = 0.5f}},
    [RECOMMEND_TRENDING] = {.person = 0.1f, .of = {[RECOMMEND_PART_TREND] = 1.0f}},
};

float recommend_strength(float lift, float support) {
    return lift > 1.0f ? logf(lift) * support / (support + 2.0f) : 0.0f;
}

// ---- what the list is about ---------------------------------------------------------------------------------------

static float length(const float *vector, unsigned d) {
    float square;
    blas_dots(vector, 1, d, d, vector, &square);
    return sqrtf(square);
}

static void add_vector(struct recommend_context *c, const float *vector, unsigned d, float weight) {
    float norm = vector ? length(vector, d) : 0.0f;
    if (!(norm > 0.0f)) return;
    for (unsigned k = 0; k < d; k++) c->vector[k] += weight / norm * vector[k];
    c->has_vector = true;
}

static struct covisit_scale scale_of(const struct recommend_query *q) {
    struct covisit_scale scale = *rank_scale(q->ranker);
    scale.shape = (struct mix_shape){.similar_decay = PLACE_DECAY, .next_decay = PLACE_DECAY, .length = 0.0f};
    return scale;
}

static void add_pairs(const struct generation *g, const struct recommend_context *c, struct covisit *table) {
    uint32_t n;
    covisit_clear(table, c->about_count * GENERATION_BOUGHT_MAX);
    for (unsigned i = 0; i < c->about_count; i++) {
        if (c->rows[i] == RECOMMEND_NO_ROW) continue;
        const struct generation_pair *pairs = generation_bought(g, c->rows[i], &n);
        for (uint32_t k = 0; k < n; k++) {
            struct covisit_slot *slot = covisit_slot_of(table, pairs[k].row);
            if (slot) slot->similar += recommend_strength(pairs[k].lift, pairs[k].support);
        }
    }
}

static void add_type_pairs(const struct generation *g, struct recommend_context *c) {
    uint32_t n;
    for (unsigned i = 0; i < c->about_count; i++) {
        const struct generation_type_pair *pairs = generation_type_bought(g, c->types[i], &n);
        for (uint32_t k = 0; k < n; k++)
            if (pairs[k].type <= LIMIT_TYPES) c->type_bought[pairs[k].type] += recommend_strength(pairs[k].lift, pairs[k].support);
    }
}

static void learn_about(const struct recommend_query *q, struct recommend_context *c) {
    const struct generation *g = rank_pinned(q->ranker);
    const float *f = c->factors->of;
    c->about_count = q->about_count < RECOMMEND_ABOUT_MAX ? q->about_count : RECOMMEND_ABOUT_MAX;
    if (q->model == RECOMMEND_SIMILAR && c->about_count > 1) c->about_count = 1;
    for (unsigned i = 0; i < c->about_count; i++) {
        const struct product_facts *facts = columns_facts(q->view, q->about[i]);
        c->rows[i] = g ? generation_row(g, q->about[i]) : RECOMMEND_NO_ROW;
        c->types[i] = facts->type;
        c->weights[i] = i ? c->weights[i - 1] * PLACE_DECAY : 1.0f;
        if (i == 0) c->kind = facts->kind;
        if (g && f[RECOMMEND_PART_COSINE] > 0.0f)
            add_vector(c, person_vector_of(g, q->view, q->about[i]), generation_dimension(g), c->weights[i]);
    }
    if (!g || c->about_count == 0) return;
    if (f[RECOMMEND_PART_SIMILAR] > 0.0f) {
        struct covisit_scale scale = scale_of(q);
        covisit_fill(rank_scratch(q->ranker, 0), g, &scale, c->rows, c->about_count);
        c->goes = rank_scratch(q->ranker, 0);
    }
    if (f[RECOMMEND_PART_BOUGHT] > 0.0f) {
        add_pairs(g, c, rank_scratch(q->ranker, 1));
        c->bought = rank_scratch(q->ranker, 1);
        add_type_pairs(g, c);
    }
}

enum err recommend_prepare(struct recommend_query *q) {
    struct recommend_context *c = arena_zalloc(q->view->arena, sizeof *c);
    if (!c) return ERR_NO_MEMORY;
    c->factors = &recommend_factors[q->model];
    if (q->model == RECOMMEND_RELATED || q->model == RECOMMEND_SIMILAR || q->model == RECOMMEND_BOUGHT_TOGETHER) learn_about(q, c);
    q->context = c;
    return ERR_OK;
}

// ---- parts of candidates ------------------------------------------------------------------------------------------

static float inverse_norm(const struct generation *g, uint32_t row, const float *vector) {
    if (row != RECOMMEND_NO_ROW) return generation_inverse_norm(g, row);
    float norm = vector ? length(vector, generation_dimension(g)) : 0.0f;
    return norm > 0.0f ? 1.0f / norm : 0.0f;
}

static void cosines(const struct recommend_query *q, const struct recommend_block *b, const uint32_t *rows, float factor,
                    float (*parts)[RECOMMEND_PARTS]) {
    const struct generation *g = rank_pinned(q->ranker);
    const float *vectors[SCORE_BLOCK];
    float dots[SCORE_BLOCK];
    unsigned d = generation_dimension(g);
    for (size_t i = 0; i < b->count; i++)
        vectors[i] = rows[i] != RECOMMEND_NO_ROW ? generation_row_vector(g, rows[i]) : person_vector_of(g, q->view, b->products[i]);
    if (b->first_row != RECOMMEND_NO_ROW) blas_dots(vectors[0], b->count, generation_stride(g), d, q->context->vector, dots);
    else score_rows(vectors, b->count, d, q->context->vector, dots);
    for (size_t i = 0; i < b->count; i++) parts[i][RECOMMEND_PART_COSINE] = factor * dots[i] * inverse_norm(g, rows[i], vectors[i]);
}

void recommend_parts(const struct recommend_query *q, const struct recommend_block *b, float (*parts)[RECOMMEND_PARTS]) {
    const struct generation *g = rank_pinned(q->ranker);
    const struct recommend_context *c = q->context;
    const float *f = c->factors->of;
    uint32_t rows[SCORE_BLOCK];
    memset(parts, 0, b->count * sizeof *parts);
    if (!g) return;
    for (size_t i = 0; i < b->count; i++)
        rows[i] = b->first_row == RECOMMEND_NO_ROW ? generation_row(g, b->products[i]) : b->first_row + (uint32_t)i;
    if (c->has_vector) cosines(q, b, rows, f[RECOMMEND_PART_COSINE], parts);
    for (size_t i = 0; i < b->count; i++) {
        const struct covisit_slot *goes = c->goes && rows[i] != RECOMMEND_NO_ROW ? covisit_find(c->goes, rows[i]) : NULL;
        const struct covisit_slot *bought = c->bought && rows[i] != RECOMMEND_NO_ROW ? covisit_find(c->bought, rows[i]) : NULL;
        if (goes) parts[i][RECOMMEND_PART_SIMILAR] = f[RECOMMEND_PART_SIMILAR] * goes->similar;
        if (goes) parts[i][RECOMMEND_PART_NEXT] = f[RECOMMEND_PART_NEXT] * goes->next;
        if (bought) parts[i][RECOMMEND_PART_BOUGHT] = f[RECOMMEND_PART_BOUGHT] * bought->similar;
        if (c->bought) {
            uint32_t type = columns_facts(q->view, b->products[i])->type;
            parts[i][RECOMMEND_PART_TYPE_BOUGHT] = type <= LIMIT_TYPES ? f[RECOMMEND_PART_TYPE_BOUGHT] * c->type_bought[type] : 0.0f;
        }
        if (f[RECOMMEND_PART_TREND] > 0.0f) parts[i][RECOMMEND_PART_TREND] = f[RECOMMEND_PART_TREND] * generation_trend(g, b->products[i], q->market);
    }
}

// ---- one product's share ------------------------------------------------------------------------------------------

static float cosine_share(const struct recommend_query *q, unsigned i, uint32_t product) {
    const struct generation *g = rank_pinned(q->ranker);
    const float *from = person_vector_of(g, q->view, q->about[i]), *to = person_vector_of(g, q->view, product);
    unsigned d = generation_dimension(g);
    float dot, norm = from && to ? length(from, d) : 0.0f;
    if (!(norm > 0.0f)) return 0.0f;
    score_rows(&to, 1, d, from, &dot);
    return q->context->weights[i] * dot / norm * inverse_norm(g, generation_row(g, product), to);
}

static float bought_share(const struct recommend_query *q, unsigned i, uint32_t row) {
    const struct generation *g = rank_pinned(q->ranker);
    uint32_t n = 0;
    const struct generation_pair *pairs = q->context->rows[i] == RECOMMEND_NO_ROW ? NULL : generation_bought(g, q->context->rows[i], &n);
    for (uint32_t k = 0; k < n; k++)
        if (pairs[k].row == row) return recommend_strength(pairs[k].lift, pairs[k].support);
    return 0.0f;
}

static float type_bought_share(const struct recommend_query *q, unsigned i, uint32_t type) {
    uint32_t n;
    const struct generation_type_pair *pairs = generation_type_bought(rank_pinned(q->ranker), q->context->types[i], &n);
    for (uint32_t k = 0; k < n; k++)
        if (pairs[k].type == type) return recommend_strength(pairs[k].lift, pairs[k].support);
    return 0.0f;
}

float recommend_about_share(const struct recommend_query *q, unsigned i, uint32_t product) {
    const struct generation *g = rank_pinned(q->ranker);
    const struct recommend_context *c = q->context;
    const float *f = c->factors->of;
    float share = 0.0f;
    if (!g) return share;
    uint32_t row = generation_row(g, product);
    if (c->has_vector) share += f[RECOMMEND_PART_COSINE] * cosine_share(q, i, product);
    if (c->goes) {
        struct covisit_share goes = covisit_share_of(c->goes, g, i, c->rows[i], row);
        share += f[RECOMMEND_PART_SIMILAR] * goes.similar + f[RECOMMEND_PART_NEXT] * goes.next;
    }
    if (c->bought) {
        share += f[RECOMMEND_PART_BOUGHT] * bought_share(q, i, row);
        share += f[RECOMMEND_PART_TYPE_BOUGHT] * type_bought_share(q, i, columns_facts(q->view, product)->type);
    }
    return share;
}

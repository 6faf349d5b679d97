#include "gather.h"

#include "lanes.h"

#define PREFETCH_AHEAD 64 // rows of bytes: a cache line or a few each

size_t gather_top(const struct vectors *v, const struct score_query *q, size_t k, struct topk_entry *out) {
    uint32_t positions[SCORE_BLOCK], ids[SCORE_BLOCK];
    float scores[SCORE_BLOCK];
    struct topk top;
    topk_init(&top, out, k);
    size_t at = 0, n;
    while ((n = score_candidates(v, q, &at, positions, SCORE_BLOCK)) > 0) {
        score_at(v, q, positions, n, scores);
        for (size_t i = 0; i < n; i++) ids[i] = score_id(q, positions[i]);
        topk_push_block(&top, scores, ids, 0, n);
    }
    topk_sort(&top);
    return top.count;
}

// ---- rounded rows -------------------------------------------------------------------------------------------------

struct bytes_query {
    const struct quantised *bytes;
    const struct score_query *query;
    struct quantised_user user;
    int8_t x[QUANTISED_STRIDE_MAX] __attribute__((aligned(64)));
};

static void prefetch_row(const struct quantised *b, uint32_t row) {
    if (row == SCORE_NO_ROW) return;
    __builtin_prefetch(&b->bounds[row]);
    for (size_t i = 0; i < b->stride; i += 64) __builtin_prefetch(b->rows + row * b->stride + i);
}

LANES_INLINE lanes_i sums_of(const uint8_t *row, const int8_t *x, size_t stride) {
    lanes_i sum = {0};
    for (size_t i = 0; i < stride; i += 64) sum = lanes_dot_bytes(sum, lanes_load_words(row + i), lanes_load_words(x + i));
    return sum;
}

// Sixteen rows; those without a vector are taken for row 0 and corrected afterwards.
static void score_sixteen(const struct bytes_query *b, const uint32_t *rows, float *scores, float *errors) {
    lanes_i sums[LANES];
    struct quantised_bound bounds[LANES];
    for (unsigned i = 0; i < LANES; i++) {
        size_t row = rows[i] == SCORE_NO_ROW ? 0 : rows[i];
        bounds[i] = b->bytes->bounds[row];
        sums[i] = sums_of(b->bytes->rows + row * b->bytes->stride, b->x, b->bytes->stride);
    }
    lanes_f sum = lanes_float(lanes_add_up_words(sums) - b->user.bias);
    float dots[LANES];
    lanes_store(dots, sum);
    for (unsigned i = 0; i < LANES; i++) {
        scores[i] = dots[i] * bounds[i].scale * b->user.scale;
        errors[i] = quantised_error(bounds[i]) * b->user.length + quantised_length(bounds[i]) * b->user.rest;
    }
    for (unsigned i = 0; i < LANES; i++)
        if (rows[i] == SCORE_NO_ROW) scores[i] = errors[i] = 0.0f;
}

static void add_parts(const struct score_query *q, const uint32_t *positions, const uint32_t *rows, size_t n, float *scores) {
    for (size_t i = 0; q->fixed && i < n; i++)
        if (rows[i] != SCORE_NO_ROW) scores[i] += q->fixed[rows[i]];
    for (size_t i = 0; q->extra && i < n; i++) scores[i] += q->extra[positions[i]];
}

static void offer_block(const struct bytes_query *b, const uint32_t *positions, size_t n, struct shortlist *list) {
    uint32_t rows[SCORE_BLOCK];
    float scores[SCORE_BLOCK], errors[SCORE_BLOCK];
    for (size_t i = 0; i < n; i++) rows[i] = score_row(b->query, positions[i]);
    for (size_t i = n; i % LANES; i++) rows[i] = SCORE_NO_ROW;
    for (size_t i = 0; i < n && i < PREFETCH_AHEAD; i++) prefetch_row(b->bytes, rows[i]);
    for (size_t i = 0; i < n; i += LANES) {
        for (size_t ahead = i + PREFETCH_AHEAD; ahead < i + PREFETCH_AHEAD + LANES && ahead < n; ahead++) prefetch_row(b->bytes, rows[ahead]);
        score_sixteen(b, rows + i, scores + i, errors + i);
    }
    add_parts(b->query, positions, rows, n, scores);
    for (size_t i = 0; i < n; i += LANES) {
        lanes_f above = lanes_load(scores + i) + lanes_load(errors + i);
        uint32_t mask = lanes_not_below(above, lanes_all(shortlist_cut(list)));
        if (n - i < LANES) mask &= (1u << (n - i)) - 1;
        for (; mask; mask &= mask - 1) {
            size_t at = i + (size_t)__builtin_ctz(mask);
            shortlist_offer(list, positions[at], scores[at], errors[at]);
        }
    }
}

size_t gather_top_bytes(const struct vectors *v, const struct quantised *bytes, const struct score_query *q, size_t k, struct shortlist *list,
                        struct topk_entry *out) {
    struct bytes_query b;
    uint32_t positions[SCORE_BLOCK];
    size_t at = 0, n;
    if (k == 0) return 0;
    if (!quantised_user(bytes, q, b.x, &b.user)) return gather_top(v, q, k, out);
    b.bytes = bytes;
    b.query = q;
    shortlist_begin(list, v, q, k, out);
    while ((n = score_candidates(v, q, &at, positions, SCORE_BLOCK)) > 0) offer_block(&b, positions, n, list);
    return shortlist_finish(list);
}

// rank_common_best.c: the best of the common candidates for one person, in one pass over their bytes.
//
// The rounded rows of the list lie turned, so that sixteen of them are multiplied at a time as they come: 64 bytes a row at d = 64 and no
// jumps. Of every score a lower and an upper bound is known then (quantised.h). k candidates reach the k-th best lower bound, so whoever's upper
// bound is below it is out; the others, hardly more than k, are scored by score.h, as in every other way.
#include "rank_internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lanes.h"
#include "pages.h"
#include "shortlist.h"

#define WORD 4u           // bytes multiplied at a time
#define SAMPLED 24u       // lower bounds that tell how high the best are
#define SURPLUS(k) ((k) * 2 + 64)

void rank_tiles_free(struct rank_tiles *t) {
    pages_free(t->words, t->bytes);
    free(t->scales);
    free(t->errors);
    free(t->lengths);
    *t = (struct rank_tiles){0};
}

static bool tiles_take(struct rank_tiles *t, size_t n, size_t stride) {
    size_t padded = (n + LANES - 1) / LANES * LANES;
    *t = (struct rank_tiles){.bytes = padded * stride, .word_count = stride / WORD};
    t->words = pages_new(t->bytes);
    t->scales = calloc(padded + 1, sizeof *t->scales);
    t->errors = calloc(padded + 1, sizeof *t->errors);
    t->lengths = calloc(padded + 1, sizeof *t->lengths);
    if (t->words && t->scales && t->errors && t->lengths) return true;
    rank_tiles_free(t);
    return false;
}

// Tiles of sixteen rows: for each word in turn that of all sixteen.
static void turn_row(const struct quantised *b, uint32_t row, struct rank_tiles *t, size_t i) {
    const uint8_t *from = b->rows + row * b->stride;
    uint8_t *to = t->words + i / LANES * LANES * b->stride + i % LANES * WORD;
    for (size_t w = 0; w < t->word_count; w++) memcpy(to + w * LANES * WORD, from + w * WORD, WORD);
    t->scales[i] = b->bounds[row].scale;
    t->errors[i] = quantised_error(b->bounds[row]);
    t->lengths[i] = quantised_length(b->bounds[row]);
}

enum err rank_tiles_ready(struct ranker *r) {
    struct rank_common_list *c = r->common;
    const struct quantised *b = r->matrix.bytes;
    if (!b || (c->tiles.words && c->tiles.of == b && c->tiles.generation == c->generation)) return ERR_OK;
    rank_tiles_free(&c->tiles);
    if (!tiles_take(&c->tiles, c->n, b->stride)) return ERR_NO_MEMORY;
    for (size_t i = 0; i < c->n; i++)
        if (c->rows[i] != SCORE_NO_ROW) turn_row(b, c->rows[i], &c->tiles, i);
    c->tiles.of = b;
    c->tiles.generation = c->generation;
    return ERR_OK;
}

// ---- bounds ---------------------------------------------------------------------------------------------------------

// The bounds of all scores, as shortlist_offer has them; of who is no candidate both are -INFINITY.
static void bounds_of(const struct rank_tiles *t, const struct quantised_user *user, const int8_t *x, const float *sums, size_t n, float *low, float *high) {
    const lanes_f none = lanes_all(-INFINITY), rounding = lanes_all(SHORTLIST_ROUNDING), smallest = lanes_all(SHORTLIST_SMALLEST);
    const uint8_t *words = t->words;
    for (size_t i = 0; i < n; i += LANES) {
        lanes_i even = {0}, odd = {0}; // two sums that do not wait for each other; the stride is a multiple of 64 bytes
        for (size_t w = 0; w < t->word_count; w += 2, words += 2 * LANES * WORD) {
            int32_t four[2];
            memcpy(four, x + w * WORD, sizeof four);
            even = lanes_dot_bytes(even, lanes_load_words(words), lanes_all_words(four[0]));
            odd = lanes_dot_bytes(odd, lanes_load_words(words + LANES * WORD), lanes_all_words(four[1]));
        }
        lanes_f sum = n - i < LANES ? lanes_load_some(sums + i, (unsigned)(n - i)) : lanes_load(sums + i);
        lanes_f score = lanes_float(even + odd - user->bias) * lanes_load(t->scales + i) * lanes_all(user->scale) + sum;
        lanes_f size = (lanes_f)((lanes_i)score & lanes_all_words(INT32_MAX));
        lanes_f slack = lanes_load(t->errors + i) * lanes_all(user->length) + lanes_load(t->lengths + i) * lanes_all(user->rest) + rounding * size + smallest;
        lanes_i out = sum < lanes_all(-FLT_MAX);
        lanes_f below = score - slack, above = score + slack;
        below = (lanes_f)(((lanes_i)none & out) | ((lanes_i)below & ~out));
        above = (lanes_f)(((lanes_i)none & out) | ((lanes_i)above & ~out));
        size_t bytes = (n - i < LANES ? n - i : LANES) * sizeof(float); // others' are behind
        memcpy(low + i, &below, bytes);
        memcpy(high + i, &above, bytes);
    }
}

// The places whose value is not below `least`; NaN is one of them.
static size_t not_below(const float *values, size_t n, float least, uint32_t *places) {
    lanes_f bound = lanes_all(least < -FLT_MAX ? -FLT_MAX : least);
    size_t count = 0;
    for (size_t i = 0; i < n; i += LANES) {
        uint32_t mask = lanes_not_below(lanes_load(values + i), bound);
        if (n - i < LANES) mask &= (1u << (n - i)) - 1;
        for (; mask; mask &= mask - 1) places[count++] = (uint32_t)i + (uint32_t)__builtin_ctz(mask);
    }
    return count;
}

// What about `wanted` of all lower bounds are above, by a sample.
static float high_bound(const float *low, size_t n, size_t wanted) {
    struct topk_entry entries[SAMPLED];
    struct topk top;
    size_t step = wanted / SAMPLED + 1;
    if (n <= wanted * 2) return -INFINITY;
    topk_init(&top, entries, wanted / step);
    for (size_t i = 0; i < n; i += step) topk_push(&top, low[i], (uint32_t)i);
    return top.entries[0].score;
}

// The k-th largest of n, k from 1 to n; the values are moved about. Hoare's way: parts around a value out of the middle.
static float kth_largest(float *values, size_t n, size_t k) {
    size_t low = 0, high = n - 1, wanted = k - 1;
    while (low < high) {
        float middle = values[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (values[i] > middle) i++;
            while (values[j] < middle) j--;
            if (i >= j) break;
            float t = values[i];
            values[i++] = values[j];
            values[j--] = t;
        }
        if (wanted <= j) high = j;
        else low = j + 1;
    }
    return values[wanted];
}

// The k-th best lower bound; -INFINITY: fewer than k are known to be anything. Few are looked at, unless the sample was a bad one.
static float reached_by(const float *low, size_t n, size_t k, uint32_t *places, float *values) {
    float least = high_bound(low, n, SURPLUS(k));
    for (;; least = -INFINITY) {
        size_t count = not_below(low, n, least, places), known = 0;
        for (size_t i = 0; i < count; i++)
            if (!isnan(low[places[i]])) values[known++] = low[places[i]];
        if (known >= k) return kth_largest(values, known, k);
        if (!(least > -INFINITY)) return -INFINITY;
    }
}

// ---- the best -------------------------------------------------------------------------------------------------------

static void score_places(const struct ranker *r, const struct score_query *question, const uint32_t *places, size_t n, struct topk *top) {
    float scores[SCORE_BLOCK];
    for (size_t at = 0; at < n; at += SCORE_BLOCK) {
        size_t block = n - at < SCORE_BLOCK ? n - at : SCORE_BLOCK;
        score_at(r->matrix.vectors, question, places + at, block, scores);
        for (size_t i = 0; i < block; i++) topk_push(top, scores[i], score_id(question, places[at + i]));
    }
}

bool rank_common_best(struct ranker *r, const struct rank_best_query *q, struct topk_entry *out, size_t *count) {
    int8_t x[QUANTISED_STRIDE_MAX] __attribute__((aligned(64)));
    const struct rank_common_list *c = r->common;
    struct rank_scores *s = &r->list;
    struct quantised_user user;
    struct topk top;
    struct score_query question = {.x = q->person->vector, .weight = r->weights.of[q->surface][RANK_AFFINITY], .rows = c->rows,
                                   .count = c->n, .ids = c->products, .extra = s->sums};
    if (!c->tiles.words || !r->matrix.bytes || !quantised_user(r->matrix.bytes, &question, x, &user)) return false;
    bounds_of(&c->tiles, &user, x, s->sums, c->n, s->low, s->reach);
    float floor = reached_by(s->low, c->n, q->k, s->chosen, s->chosen_sums);
    size_t left = not_below(s->reach, c->n, floor, s->chosen);
    topk_init(&top, out, q->k);
    score_places(r, &question, s->chosen, left, &top);
    topk_sort(&top);
    *count = top.count;
    return true;
}

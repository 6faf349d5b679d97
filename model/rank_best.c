// rank_best.c: the best of a list for one person, reading few vectors.
//
// Everything but the affinity is summed for all first, from 32 bytes each. The affinity is at most the lengths of both vectors (Cauchy,
// Schwarz), so a score has a ceiling. Those with the best sums are scored wholly: k of them reach some floor, and whoever's
// ceiling is below it is out. The others, a few hundred of thousands, are a question for the plan.
//
// The common candidates come first (rank_common.c), then the list's own, then those of the common ones that have no row. Where there are bytes,
// the best of the common ones are found by them (rank_common_best.c) and give the floor.
#include "rank_internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lanes.h"

#define SAMPLE_MIN 24     // sums that tell how high the best are
#define FIRST_EXTRA 64    // how many are scored at first beside twice k
#define ROUNDING 1.0001f  // beyond any

void rank_scores_free(struct rank_scores *s) {
    free(s->sums);
    free(s->reach);
    free(s->low);
    free(s->rows);
    free(s->chosen);
    free(s->chosen_rows);
    free(s->chosen_ids);
    free(s->chosen_sums);
    *s = (struct rank_scores){0};
}

static bool room_for(struct rank_scores *s, size_t n) {
    if (n <= s->capacity) return true;
    rank_scores_free(s);
    n += LANES; // whole lanes are read from anywhere
    s->sums = malloc(n * sizeof *s->sums);
    s->reach = malloc(n * sizeof *s->reach);
    s->low = malloc(n * sizeof *s->low);
    s->rows = malloc(n * sizeof *s->rows);
    s->chosen = malloc(n * sizeof *s->chosen);
    s->chosen_rows = malloc(n * sizeof *s->chosen_rows);
    s->chosen_ids = malloc(n * sizeof *s->chosen_ids);
    s->chosen_sums = malloc(n * sizeof *s->chosen_sums);
    bool all = s->sums && s->reach && s->low && s->rows && s->chosen && s->chosen_rows && s->chosen_ids && s->chosen_sums;
    s->capacity = n - LANES;
    if (!all) rank_scores_free(s);
    return all;
}

static enum err ready_plan(struct ranker *r) {
    unsigned d = generation_dimension(r->pinned);
    if (r->plan && r->plan_dimension == d) return ERR_OK;
    plan_free(r->plan);
    r->plan = plan_new(1, RANK_BEST_MAX, d);
    r->plan_dimension = d;
    return r->plan ? ERR_OK : ERR_NO_MEMORY;
}

// ---- sums and ceilings ----------------------------------------------------------------------------------------------

// Vectors that are no rows of the matrix stand in for products without one: few, and scored on the spot. `at`: the block's first place.
static void score_stand_ins(struct ranker *r, const struct rank_best_query *q, size_t at, size_t n) {
    uint16_t without[SCORE_BLOCK];
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        without[count] = (uint16_t)i;
        count += r->list.rows[at + i] == SCORE_NO_ROW;
    }
    if (count == 0) return;
    rank_affinities(r, q->person, without, count);
    for (size_t i = 0; i < count; i++) {
        float *sum = &r->list.sums[at + without[i]];
        *sum += r->affinity[i] * r->weights.of[q->surface][RANK_AFFINITY];
        r->list.reach[at + without[i]] = *sum;
    }
}

// How far the affinity of a vector of length 1 reaches; 0: nothing is known of the person.
static float reach_of(const struct ranker *r, const struct rank_best_query *q) {
    bool personal = q->person->vector && r->pinned;
    return personal ? fabsf(r->weights.of[q->surface][RANK_AFFINITY]) * q->person->length * ROUNDING : 0.0f;
}

// The sums of `count` products into the places from `first` on.
static void sum_up_list(struct ranker *r, struct view *v, const struct rank_best_query *q, struct rank_day today, const uint32_t *products,
                        size_t count, size_t first) {
    struct rank_scores *s = &r->list;
    bool personal = q->person->vector && r->pinned;
    float most = reach_of(r, q);
    for (size_t done = 0; done < count; done += SCORE_BLOCK) {
        size_t n = count - done < SCORE_BLOCK ? count - done : SCORE_BLOCK, left = count - done - n, at = first + done;
        rank_rows_expect(r, products + done + n, left < SCORE_BLOCK ? left : SCORE_BLOCK);
        rank_rows_look_up(r, v, today, products + done, n);
        rank_sum_up(r, q->person, q->surface, products + done, n, s->sums + at);
        bool without = false;
        for (size_t i = 0; i < n; i++) {
            const struct rank_row *row = r->rows[i];
            s->sums[at + i] = row->deleted ? -INFINITY : s->sums[at + i];
            s->reach[at + i] = s->sums[at + i] + (personal ? most * rank_row_length(row) : 0.0f);
            s->rows[at + i] = row->row;
            without |= row->row == SCORE_NO_ROW;
        }
        if (personal && without) score_stand_ins(r, q, at, n);
    }
}

static void refuse_apart(struct ranker *r, const struct rank_best_query *q) {
    for (size_t i = 0; i < q->common.refused_count; i++) {
        size_t apart = rank_common_apart_at(r->common, q->common.refused[i]);
        if (apart == SIZE_MAX) continue;
        r->list.sums[r->list.common + q->n + apart] = -INFINITY;
        r->list.reach[r->list.common + q->n + apart] = -INFINITY;
    }
}

static enum err sum_up_all(struct ranker *r, struct view *v, const struct rank_best_query *q) {
    struct rank_day today = rank_rows_ready(r, v);
    struct rank_scores *s = &r->list;
    size_t common = 0, apart = 0;
    if (q->common.id) {
        TRY(rank_common_ready(r, v, today, &q->common));
        common = r->common->n;
        apart = r->common->apart_count;
    }
    if (!room_for(s, common + q->n + apart)) return ERR_NO_MEMORY;
    s->n = common + q->n + apart;
    s->common = common;
    if (s->common) rank_common_sum_up(r, q, s->chosen, s->sums);
    sum_up_list(r, v, q, today, q->products, q->n, s->common);
    if (apart == 0) return ERR_OK;
    sum_up_list(r, v, q, today, r->common->apart, apart, s->common + q->n);
    refuse_apart(r, q);
    return ERR_OK;
}

static uint32_t product_at(const struct ranker *r, const struct rank_best_query *q, uint32_t at) {
    size_t common = r->list.common;
    if (at < common) return r->common->products[at];
    return at - common < q->n ? q->products[at - common] : r->common->apart[at - common - q->n];
}

// ---- who is looked at -----------------------------------------------------------------------------------------------

// The places from `first` on whose value is not below `least`, nor that of a deleted product; NaN is looked at.
static size_t choose(const struct ranker *r, const struct rank_best_query *q, const float *values, size_t first, float least) {
    uint32_t *chosen = r->list.chosen;
    size_t count = 0, kept = 0;
    lanes_f bound = lanes_all(least < -FLT_MAX ? -FLT_MAX : least);
    for (size_t i = first, n = r->list.n; i < n; i += LANES) { // there is room for whole lanes, see room_for
        uint32_t mask = lanes_not_below(lanes_load(values + i), bound);
        if (n - i < LANES) mask &= (1u << (n - i)) - 1;
        for (; mask; mask &= mask - 1) chosen[count++] = (uint32_t)i + (uint32_t)__builtin_ctz(mask);
    }
    if (!q->keep) return count;
    for (size_t i = 0; i < count; i++)
        if (q->keep(q->keep_arg, product_at(r, q, chosen[i]))) chosen[kept++] = chosen[i];
    return kept;
}

// A sum that about `wanted` of all are above, by a sample.
static float high_sum(const struct ranker *r, size_t wanted) {
    struct topk_entry entries[SAMPLE_MIN];
    struct topk top;
    size_t step = wanted / SAMPLE_MIN + 1;
    if (r->list.n <= wanted * 2) return -INFINITY;
    topk_init(&top, entries, wanted / step);
    for (size_t i = 0; i < r->list.n; i += step) topk_push(&top, r->list.sums[i], (uint32_t)i);
    return top.entries[0].score;
}

static size_t ask(struct ranker *r, const struct rank_best_query *q, size_t chosen, const float *floor, struct topk_entry *out) {
    struct rank_scores *s = &r->list;
    size_t count;
    for (size_t i = 0; i < chosen; i++) {
        uint32_t at = s->chosen[i];
        s->chosen_rows[i] = at < s->common ? r->common->rows[at] : s->rows[at];
        s->chosen_ids[i] = product_at(r, q, at);
        s->chosen_sums[i] = s->sums[at];
    }
    struct score_query question = {.x = q->person->vector, .weight = r->weights.of[q->surface][RANK_AFFINITY], .rows = s->chosen_rows,
                                   .count = chosen, .ids = s->chosen_ids, .extra = s->chosen_sums, .floor = floor};
    plan_run(r->plan, r->matrix.vectors, r->matrix.bytes, &question, 1, q->k, out, &count);
    return count;
}

static size_t best_sums(struct ranker *r, const struct rank_best_query *q, struct topk_entry *out) {
    struct topk top;
    size_t chosen = choose(r, q, r->list.sums, 0, high_sum(r, q->k * 2 + FIRST_EXTRA));
    if (chosen < q->k) chosen = choose(r, q, r->list.sums, 0, -INFINITY);
    topk_init(&top, out, q->k);
    for (size_t i = 0; i < chosen; i++) topk_push(&top, r->list.sums[r->list.chosen[i]], product_at(r, q, r->list.chosen[i]));
    topk_sort(&top);
    return top.count;
}

// Of all, by the lengths of vectors.
static size_t best_by_lengths(struct ranker *r, const struct rank_best_query *q, struct topk_entry *out) {
    struct rank_scores *s = &r->list;
    float most = reach_of(r, q);
    for (size_t i = 0; i < s->common; i++) s->reach[i] = s->sums[i] + most * r->common->lengths[i];
    size_t first = ask(r, q, choose(r, q, s->sums, 0, high_sum(r, q->k * 2 + FIRST_EXTRA)), NULL, out);
    float floor = first == q->k ? out[first - 1].score : -INFINITY;
    return ask(r, q, choose(r, q, s->reach, 0, floor), &floor, out);
}

static size_t merge(const struct topk_entry *a, size_t a_count, const struct topk_entry *b, size_t b_count, size_t k, struct topk_entry *out) {
    size_t n = 0, i = 0, j = 0;
    while (n < k && (i < a_count || j < b_count)) out[n++] = j == b_count || (i < a_count && topk_better(a[i], b[j])) ? a[i++] : b[j++];
    return n;
}

enum err rank_best(struct ranker *r, struct view *v, const struct rank_best_query *q, struct topk_entry *out, size_t *count) {
    struct topk_entry common[RANK_BEST_MAX], beside[RANK_BEST_MAX];
    size_t common_count;
    *count = 0;
    if (q->k == 0 || (q->n == 0 && !q->common.id)) return ERR_OK;
    TRY(sum_up_all(r, v, q));
    if (!q->person->vector || !r->pinned) {
        *count = best_sums(r, q, out);
        return ERR_OK;
    }
    TRY(ready_plan(r));
    if (r->list.common) TRY(rank_tiles_ready(r));
    if (!r->list.common || q->keep || !rank_common_best(r, q, common, &common_count)) {
        *count = best_by_lengths(r, q, out);
        return ERR_OK;
    }
    float floor = common_count == q->k ? common[common_count - 1].score : -INFINITY;
    size_t beside_count = ask(r, q, choose(r, q, r->list.reach, r->list.common, floor), NULL, beside);
    *count = merge(common, common_count, beside, beside_count, q->k, out);
    return ERR_OK;
}

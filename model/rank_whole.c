// rank_whole.c: the best of the whole catalogue for several persons in one pass over the matrix.
//
// What does not depend on a person stands in arrays by row, for one state of the data; a question adds its own part to a copy. Neighbours
// are added from the person's table, so that no row is looked up in it.
#include "rank_internal.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lanes.h"

struct question {
    struct score_query score;
    bool personal;      // else it is the sums alone, and not part of the pass
    size_t k;
    size_t room;        // rows that `sums` has room for
    float *sums;        // by row; -INFINITY: refused
    uint64_t *left;     // the bits of those that are not
    float x[GENERATION_DIMENSION_MAX];
    struct topk_entry best[RANK_BEST_MAX]; // the answer
    size_t best_count;
};

struct rank_whole {
    uint16_t stamp;     // of the ranker's rows that the arrays were made of, and
    uint64_t generation;
    const struct generation *of;
    size_t rows, room;
    float *fixed[RANK_SURFACES], *prices; // by row; -INFINITY for deleted products in `fixed`
    uint32_t *brands, *products;
    unsigned count;
    struct plan *plan;
    unsigned dimension;
    struct question questions[RANK_WHOLE_MAX];
    struct topk_entry joined[RANK_WHOLE_MAX * RANK_BEST_MAX];
};

static void arrays_free(struct rank_whole *w) {
    for (unsigned s = 0; s < RANK_SURFACES; s++) {
        free(w->fixed[s]);
        w->fixed[s] = NULL;
    }
    free(w->prices);
    free(w->brands);
    free(w->products);
    w->prices = NULL;
    w->brands = w->products = NULL;
    w->room = 0;
    w->of = NULL;
}

static void question_free(struct question *q) {
    free(q->sums);
    free(q->left);
    q->sums = NULL;
    q->left = NULL;
    q->room = 0;
}

void rank_whole_free(struct rank_whole *w) {
    if (!w) return;
    arrays_free(w);
    for (unsigned i = 0; i < RANK_WHOLE_MAX; i++) question_free(&w->questions[i]);
    plan_free(w->plan);
    free(w);
}

static bool room_for(struct rank_whole *w, size_t rows) {
    if (rows <= w->room) return true;
    arrays_free(w);
    bool all = true;
    for (unsigned s = 0; s < RANK_SURFACES; s++) all = (w->fixed[s] = malloc(rows * sizeof(float))) && all;
    w->prices = malloc(rows * sizeof *w->prices);
    w->brands = malloc(rows * sizeof *w->brands);
    w->products = malloc(rows * sizeof *w->products);
    all = all && w->prices && w->brands && w->products;
    if (!all) arrays_free(w);
    else w->room = rows;
    return all;
}

static void fill_block(struct ranker *r, struct rank_whole *w, size_t at, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const struct rank_row *row = r->rows[i];
        for (unsigned s = 0; s < RANK_SURFACES; s++) w->fixed[s][at + i] = row->deleted ? -INFINITY : row->fixed[s];
        w->prices[at + i] = row->price;
        w->brands[at + i] = row->brand;
    }
}

// The arrays for the data as the view shows them.
static enum err ready_arrays(struct ranker *r, struct view *v, struct rank_whole *w) {
    struct rank_day today = rank_rows_ready(r, v);
    const struct generation *g = r->pinned;
    size_t rows = generation_rows(g);
    if (today.stamp && w->stamp == today.stamp && w->of == g && w->generation == generation_id(g)) return ERR_OK;
    if (!room_for(w, rows)) return ERR_NO_MEMORY;
    for (size_t at = 0; at < rows; at += SCORE_BLOCK) {
        size_t n = rows - at < SCORE_BLOCK ? rows - at : SCORE_BLOCK;
        for (size_t i = at; i < at + n; i++) w->products[i] = generation_product(g, (uint32_t)i);
        rank_rows_look_up(r, v, today, w->products + at, n);
        fill_block(r, w, at, n);
    }
    w->rows = rows;
    w->of = g;
    w->generation = generation_id(g);
    w->stamp = today.stamp;
    return ERR_OK;
}

static enum err ready(struct ranker *r, struct view *v) {
    if (!r->whole) r->whole = calloc(1, sizeof *r->whole);
    struct rank_whole *w = r->whole;
    if (!w) return ERR_NO_MEMORY;
    TRY(ready_arrays(r, v, w));
    unsigned d = generation_dimension(r->pinned);
    if (w->plan && w->dimension == d) return ERR_OK;
    plan_free(w->plan);
    w->plan = plan_new(RANK_WHOLE_MAX, RANK_BEST_MAX, d);
    w->dimension = d;
    return w->plan ? ERR_OK : ERR_NO_MEMORY;
}

void rank_whole_begin(struct ranker *r) {
    assert(r->magic == RANKER_MAGIC);
    if (r->whole) r->whole->count = 0;
}

// ---- one question ---------------------------------------------------------------------------------------------------

static void add_person(struct ranker *r, const struct rank_whole *w, const struct rank_whole_query *q, float *sums) {
    const struct rank_person *person = q->person;
    const float *weights = r->weights.of[q->surface], *fixed = w->fixed[q->surface];
    size_t n = w->rows;
    for (size_t i = 0; i < n; i++) sums[i] = fixed[i];
    rank_add_prices(person->tastes, w->prices, n, weights[RANK_PRICE], sums);
    uint64_t brands = rank_brands_of(person->tastes);
    for (size_t i = 0; brands && i < n; i++)
        if (brands >> (w->brands[i] % 64) & 1) sums[i] += rank_tastes_brand(person->tastes, w->brands[i]) * weights[RANK_BRAND_TASTE];
    const struct covisit *c = person->covisit;
    for (uint32_t i = 0; c && i <= c->mask; i++)
        if (c->slots[i].row_1) sums[c->slots[i].row_1 - 1] += c->slots[i].similar * weights[RANK_SIMILAR] + c->slots[i].next * weights[RANK_NEXT];
    for (size_t i = 0; r->boost && i < n; i++)
        sums[i] += r->boost(r->boost_arg, w->products[i]) * weights[RANK_BOOST];
    for (size_t i = 0; r->nearby && i < n; i++) sums[i] += r->nearby(r->nearby_arg, w->products[i]) * weights[RANK_NEARBY];
}

static void add_trend(const struct rank_whole *w, const struct rank_whole_query *q, float *sums) {
    const float *trends = generation_trends(w->of, q->market);
    for (size_t i = 0; i < w->rows; i++) sums[i] = sums[i] * q->share + trends[i] * q->trend;
}

static void mark_left(const struct rank_whole *w, const float *sums, uint64_t *left) {
    memset(left, 0, (w->rows / 64 + 1) * sizeof *left);
    for (size_t i = 0; i < w->rows; i += LANES) {
        uint64_t mask = lanes_not_below(lanes_load(sums + i), lanes_all(-FLT_MAX));
        left[i / 64] |= mask << (i % 64);
    }
}

enum err rank_whole_add(struct ranker *r, struct view *v, const struct rank_whole_query *q) {
    assert(r->pinned && q->person && q->share > 0.0f && q->k <= RANK_BEST_MAX);
    TRY(ready(r, v));
    struct rank_whole *w = r->whole;
    assert(w->count < RANK_WHOLE_MAX);
    struct question *own = &w->questions[w->count];
    if (own->room < w->rows) {
        question_free(own);
        own->sums = malloc((w->rows + LANES) * sizeof *own->sums);
        own->left = malloc((w->rows / 64 + 1) * sizeof *own->left);
        if (!own->sums || !own->left) {
            question_free(own);
            return ERR_NO_MEMORY;
        }
        own->room = w->rows;
    }
    add_person(r, w, q, own->sums);
    if (q->share != 1.0f || q->trend != 0.0f) add_trend(w, q, own->sums);
    for (size_t i = 0; i < q->refused_count; i++) {
        uint32_t row = generation_row(r->pinned, q->refused[i]);
        if (row != UINT32_MAX) own->sums[row] = -INFINITY;
    }
    for (size_t i = w->rows; i < w->rows + LANES; i++) own->sums[i] = -INFINITY;
    own->k = q->k;
    own->personal = q->person->vector != NULL;
    if (own->personal) memcpy(own->x, q->person->vector, w->dimension * sizeof *own->x);
    mark_left(w, own->sums, own->left);
    own->score = (struct score_query){.x = own->x, .weight = r->weights.of[q->surface][RANK_AFFINITY] * q->share, .fixed = own->sums,
                                      .eligible = own->left, .ids = w->products};
    w->count++;
    return ERR_OK;
}

// ---- the pass -------------------------------------------------------------------------------------------------------

static size_t best_sums(const struct rank_whole *w, const struct question *q, struct topk_entry *out) {
    struct topk top;
    topk_init(&top, out, q->k);
    topk_push_block(&top, q->sums, w->products, 0, w->rows);
    topk_sort(&top);
    while (top.count > 0 && !(out[top.count - 1].score > -INFINITY)) top.count--;
    return top.count;
}

void rank_whole_run(struct ranker *r) {
    struct rank_whole *w = r->whole;
    struct score_query joined[RANK_WHOLE_MAX];
    struct question *joined_by[RANK_WHOLE_MAX];
    size_t counts[RANK_WHOLE_MAX], most = 0, joining = 0;
    for (unsigned i = 0; w && i < w->count; i++) {
        struct question *q = &w->questions[i];
        if (!q->personal) {
            q->best_count = best_sums(w, q, q->best);
            continue;
        }
        most = q->k > most ? q->k : most;
        joined[joining] = q->score;
        joined_by[joining++] = q;
    }
    if (joining == 0) return;
    plan_run(w->plan, r->matrix.vectors, r->matrix.bytes, joined, joining, most, w->joined, counts);
    for (size_t j = 0; j < joining; j++) {
        struct question *q = joined_by[j];
        q->best_count = counts[j] < q->k ? counts[j] : q->k;
        memcpy(q->best, w->joined + j * most, q->best_count * sizeof *q->best);
    }
}

const struct topk_entry *rank_whole_best(const struct ranker *r, unsigned i, size_t *count) {
    assert(r->whole && i < r->whole->count);
    *count = r->whole->questions[i].best_count;
    return r->whole->questions[i].best;
}

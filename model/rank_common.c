// rank_common.c: candidates that list after list has, such as the universal goods, which go with every car.
//
// What does not depend on a person stands in arrays by place, for one state of the data, so that a list reads them in passing instead of
// looking up each of its products. Products without a row of the generation are few and scored with the others of a list.
#include "rank_internal.h"

#include <math.h>
#include <stdlib.h>

struct brand_of { uint32_t brand, place; };

static void arrays_free(struct rank_common_list *c) {
    for (unsigned s = 0; s < RANK_SURFACES; s++) free(c->fixed[s]);
    free(c->products);
    free(c->rows);
    free(c->prices);
    free(c->lengths);
    free(c->brand_at);
    free(c->brands);
    free(c->tastes);
    free(c->apart);
    free(c->apart_at);
    rank_tiles_free(&c->tiles);
    *c = (struct rank_common_list){0};
}

void rank_common_free(struct rank_common_list *c) {
    if (!c) return;
    arrays_free(c);
    free(c);
}

static bool arrays_take(struct rank_common_list *c, size_t n) {
    bool all = true;
    for (unsigned s = 0; s < RANK_SURFACES; s++) all = (c->fixed[s] = malloc((n + 1) * sizeof(float))) && all;
    c->products = malloc((n + 1) * sizeof *c->products);
    c->rows = malloc((n + 1) * sizeof *c->rows);
    c->prices = malloc((n + 1) * sizeof *c->prices);
    c->lengths = malloc((n + 1) * sizeof *c->lengths);
    c->brand_at = malloc((n + 1) * sizeof *c->brand_at);
    c->brands = malloc((n + 1) * sizeof *c->brands);
    c->tastes = calloc(n + 1, sizeof *c->tastes);
    c->apart = malloc((n + 1) * sizeof *c->apart);
    c->apart_at = malloc((n + 1) * sizeof *c->apart_at);
    return all && c->apart_at && c->products && c->rows && c->prices && c->lengths && c->brand_at && c->brands && c->tastes && c->apart;
}

static int by_brand(const void *a, const void *b) {
    const struct brand_of *x = a, *y = b;
    return x->brand != y->brand ? (x->brand < y->brand ? -1 : 1) : x->place < y->place ? -1 : x->place > y->place;
}

// Brands are numbered, so that what a person thinks of each is a table. `of` has those of all places.
static void number_brands(struct rank_common_list *c, struct brand_of *of) {
    qsort(of, c->n, sizeof *of, by_brand);
    c->brand_count = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (i == 0 || of[i].brand != of[i - 1].brand) c->brands[c->brand_count++] = of[i].brand;
        c->brand_at[of[i].place] = c->brand_count - 1;
    }
}

static void fill_block(const struct ranker *r, struct rank_common_list *c, size_t at, size_t n, struct brand_of *of) {
    for (size_t i = 0; i < n; i++) {
        const struct rank_row *row = r->rows[i];
        bool apart = row->row == SCORE_NO_ROW;
        for (unsigned s = 0; s < RANK_SURFACES; s++) c->fixed[s][at + i] = row->deleted || apart ? -INFINITY : row->fixed[s];
        if (apart) {
            c->apart_at[c->apart_count] = (uint32_t)(at + i);
            c->apart[c->apart_count++] = c->products[at + i];
        }
        c->rows[at + i] = row->row;
        c->prices[at + i] = row->price;
        c->lengths[at + i] = rank_row_length(row);
        of[at + i] = (struct brand_of){row->brand, (uint32_t)(at + i)};
    }
}

static enum err fill(struct ranker *r, struct view *v, struct rank_day today, struct rank_common_list *c) {
    struct brand_of *of = malloc((c->n + 1) * sizeof *of);
    if (!of) return ERR_NO_MEMORY;
    c->apart_count = 0;
    for (size_t at = 0; at < c->n; at += SCORE_BLOCK) {
        size_t n = c->n - at < SCORE_BLOCK ? c->n - at : SCORE_BLOCK;
        rank_rows_look_up(r, v, today, c->products + at, n);
        fill_block(r, c, at, n, of);
    }
    number_brands(c, of);
    free(of);
    c->stamp = today.stamp;
    c->generation = rank_generation(r);
    return ERR_OK;
}

static enum err take_list(struct ranker *r, const struct rank_common *q) {
    struct rank_common_list *c = r->common;
    arrays_free(c);
    if (!arrays_take(c, q->n)) {
        arrays_free(c);
        return ERR_NO_MEMORY;
    }
    if (q->n) memcpy(c->products, q->products, q->n * sizeof *c->products);
    c->n = q->n;
    c->id = q->id;
    return ERR_OK;
}

enum err rank_common_ready(struct ranker *r, struct view *v, struct rank_day today, const struct rank_common *q) {
    if (!r->common) r->common = calloc(1, sizeof *r->common);
    struct rank_common_list *c = r->common;
    if (!c) return ERR_NO_MEMORY;
    if (c->id != q->id) TRY(take_list(r, q));
    if (today.stamp && c->stamp == today.stamp && c->generation == rank_generation(r)) return ERR_OK;
    return fill(r, v, today, c);
}

// ---- a person's sums ------------------------------------------------------------------------------------------------

static uint32_t number_of(const struct rank_common_list *c, uint32_t brand) { // brand_count: it has none of that brand
    uint32_t low = 0, high = c->brand_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->brands[middle] < brand) low = middle + 1;
        else high = middle;
    }
    return low < c->brand_count && c->brands[low] == brand ? low : c->brand_count;
}

static void add_brands(struct rank_common_list *c, const struct rank_tastes *tastes, float weight, float *sums) {
    uint32_t numbers[PERSON_BRANDS];
    if (!tastes || tastes->brand_count == 0) return;
    for (unsigned i = 0; i < tastes->brand_count; i++) {
        numbers[i] = number_of(c, tastes->brands[i].brand);
        c->tastes[numbers[i]] = tastes->brands[i].share * weight; // there is room for the one past all
    }
    for (size_t i = 0; i < c->n; i++) sums[i] += c->tastes[c->brand_at[i]];
    for (unsigned i = 0; i < tastes->brand_count; i++) c->tastes[numbers[i]] = 0.0f;
}

static void add_covisits(const struct rank_common_list *c, const struct covisit *table, const float *weights, uint32_t *going, float *sums) {
    size_t count = 0;
    for (size_t i = 0; i < c->n; i++) {
        going[count] = (uint32_t)i;
        count += covisit_may_have(table, c->rows[i]);
    }
    for (size_t i = 0; i < count; i++) {
        const struct covisit_slot *slot = covisit_find(table, c->rows[going[i]]);
        if (slot) sums[going[i]] += slot->similar * weights[RANK_SIMILAR] + slot->next * weights[RANK_NEXT];
    }
}

// The additions are those of rank_sum_up, in its order.
void rank_common_sum_up(struct ranker *r, const struct rank_best_query *q, uint32_t *going, float *sums) {
    struct rank_common_list *c = r->common;
    const struct rank_person *person = q->person;
    const float *weights = r->weights.of[q->surface];
    memcpy(sums, c->fixed[q->surface], c->n * sizeof *sums);
    rank_add_prices(person->tastes, c->prices, c->n, weights[RANK_PRICE], sums);
    add_brands(c, person->tastes, weights[RANK_BRAND_TASTE], sums);
    if (person->covisit) add_covisits(c, person->covisit, weights, going, sums);
    for (size_t i = 0; r->boost && i < c->n; i++) sums[i] += r->boost(r->boost_arg, c->products[i]) * weights[RANK_BOOST];
    for (size_t i = 0; r->nearby && i < c->n; i++) sums[i] += r->nearby(r->nearby_arg, c->products[i]) * weights[RANK_NEARBY];
    for (size_t i = 0; i < q->common.refused_count; i++) sums[q->common.refused[i]] = -INFINITY;
}

size_t rank_common_apart_at(const struct rank_common_list *c, uint32_t place) {
    size_t low = 0, high = c->apart_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->apart_at[middle] < place) low = middle + 1;
        else high = middle;
    }
    return low < c->apart_count && c->apart_at[low] == place ? low : SIZE_MAX;
}

#include "rank_batch_internal.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "index/base/limits.h"

#define HUGE_PAGE (2u << 20)
#define AHEAD 16          // rows on their way; measured flat between 12 and 24
#define LIFT_AHEAD 6      // candidates whose heads have arrived by now, and may want a lift
#define FILL 256          // products computed at a time while the table is made

struct row_head { // the first cache line of a row; the vector follows
    float fixed;        // all features that do not depend on the person, weighted and summed
    float price;        // price_position(), 0 where it cannot be said,
    float price_weight; // and then this is 0 as well
    uint32_t brand;
    uint32_t row_1;     // of the generation, + 1; 0: it does not know the product
    uint32_t there;     // 0: no such product, or deleted
    uint32_t none[10];
};
_Static_assert(sizeof(struct row_head) == LANES * sizeof(float), "one cache line");

// ---- the table ----------------------------------------------------------------------------------------------------

static struct row_head *head_of(const struct rank_batch *b, uint32_t product) {
    return (struct row_head *)(void *)(b->rows + (product <= b->products ? product : 0) * b->row_floats);
}

struct filling {
    struct rank_batch *batch;
    const struct generation *generation;
    struct view *view;
};

static bool is_personal(enum rank_feature f) {
    return f == RANK_AFFINITY || f == RANK_PRICE || f == RANK_BRAND_TASTE || f == RANK_SIMILAR || f == RANK_NEXT;
}

static void fill_row(const struct filling *f, uint32_t product, const float *features) {
    struct rank_batch *b = f->batch;
    const struct product_facts *facts = columns_facts(f->view, product);
    struct row_head *head = head_of(b, product);
    const struct generation_type *type = f->generation ? generation_type(f->generation, facts->type) : NULL;
    for (unsigned i = 0; i < RANK_FEATURES; i++)
        if (!is_personal(i)) head->fixed += features[i] * b->weights[i];
    if (price_position(type, columns_offer(f->view, product), &head->price)) head->price_weight = b->weights[RANK_PRICE];
    else head->price = 0.0f;
    head->brand = facts->brand;
    head->there = product != 0 && !(facts->flags & FACT_DELETED);
    if (b->brands < facts->brand) b->brands = facts->brand;
    uint32_t row = f->generation ? generation_row(f->generation, product) : UINT32_MAX;
    const float *vector = f->generation ? person_vector_of(f->generation, f->view, product) : NULL;
    head->row_1 = row + 1;
    if (vector) memcpy((float *)(void *)head + LANES, vector, b->dimension * sizeof *vector);
}

static enum err fill(struct filling *f, struct ranker *r, enum rank_surface surface) {
    static const struct rank_person nobody;
    uint32_t products[FILL];
    float scores[FILL], features[FILL * RANK_FEATURES];
    for (uint64_t first = 0; first <= f->batch->products; first += FILL) {
        uint32_t n = 0;
        for (; n < FILL && first + n <= f->batch->products; n++) products[n] = (uint32_t)first + n;
        TRY(rank_score(r, f->view, &nobody, surface, products, n, scores, features));
        for (uint32_t i = 0; i < n; i++) fill_row(f, products[i], features + (size_t)i * RANK_FEATURES);
    }
    return ERR_OK;
}

static float *huge_zeros(size_t bytes) { // rows are read here and there: finding the page would cost as much as reading it
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return NULL;
    (void)madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}

static size_t table_bytes(const struct rank_batch *b) {
    size_t bytes = ((size_t)b->products + 1) * b->row_floats * sizeof(float);
    return (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

enum err rank_batch_open(struct ranker *r, struct view *v, enum rank_surface surface, struct rank_batch **out) {
    const struct generation *g = rank_pinned(r);
    struct rank_batch *b = calloc(1, sizeof *b);
    *out = NULL;
    if (!b) return ERR_NO_MEMORY;
    b->dimension = g ? generation_dimension(g) : 0;
    b->row_floats = LANES + (b->dimension + LANES - 1) / LANES * LANES;
    b->products = columns_products(v);
    b->generation = rank_generation(r);
    memcpy(b->weights, rank_weights(r, surface), sizeof b->weights);
    b->rows = huge_zeros(table_bytes(b));
    struct filling f = {b, g, v};
    enum err e = b->rows ? fill(&f, r, surface) : ERR_NO_MEMORY;
    if (e == ERR_OK) *out = b;
    else rank_batch_close(b);
    return e;
}

void rank_batch_close(struct rank_batch *b) {
    if (!b) return;
    if (b->rows) munmap(b->rows, table_bytes(b));
    free(b);
}

uint64_t rank_batch_generation(const struct rank_batch *b) {
    return b->generation;
}

uint32_t rank_batch_products(const struct rank_batch *b) {
    return b->products;
}

bool rank_batch_has(const struct rank_batch *b, uint32_t product) {
    return head_of(b, product)->there != 0;
}

// ---- scoring ------------------------------------------------------------------------------------------------------

struct rank_batch_scratch *rank_batch_scratch_new(const struct rank_batch *b) {
    struct rank_batch_scratch *t = calloc(1, sizeof *t + ((size_t)b->brands + 1) * sizeof t->shares[0]);
    if (!t) return NULL;
    t->batch = b;
    t->person = aligned_alloc(64, batch_person_bytes_max(b));
    t->known = calloc(1, sizeof *t->known);
    t->covisit = covisit_tables(1);
    if (t->person && t->known && t->covisit) return t;
    rank_batch_scratch_free(t);
    return NULL;
}

void rank_batch_scratch_free(struct rank_batch_scratch *t) {
    if (!t) return;
    free(t->person);
    free(t->known);
    covisit_tables_free(t->covisit, 1);
    free(t);
}

static void set_shares(struct rank_batch_scratch *t, const struct rank_tastes *tastes, bool on) {
    for (unsigned i = 0; i < tastes->brand_count; i++)
        if (tastes->brands[i].brand <= t->batch->brands) t->shares[tastes->brands[i].brand] = on ? tastes->brands[i].share : 0.0f;
}

static inline float dot(const float *a, const float *b, unsigned d) { // d a multiple of LANES
    float lanes[LANES] = {0};
    for (unsigned k = 0; k < d; k += LANES)
        for (unsigned l = 0; l < LANES; l++) lanes[l] += a[k + l] * b[k + l];
    for (unsigned half = LANES / 2; half; half /= 2)
        for (unsigned l = 0; l < half; l++) lanes[l] += lanes[l + half];
    return lanes[0];
}

struct asked { // of one list
    const float *shares, *vector;
    const struct batch_person *person;
    const uint64_t *filter;
    const struct rank_lift *lifts;
    uint32_t filter_mask;
    float price; // what they usually pay; NAN: not known
    float affinity, brand_taste;
};

static float lift_of(const struct asked *a, uint32_t row_1, uint32_t hash) {
    for (uint32_t at = lift_home(a->person, hash); a->lifts[at].row_1; at = at + 1 < a->person->lift_slots ? at + 1 : 0)
        if (a->lifts[at].row_1 == row_1) return a->lifts[at].lift;
    return 0.0f;
}

static inline bool may_lift(const struct asked *a, uint32_t hash) {
    uint32_t bit = hash & a->filter_mask;
    return a->filter[bit / 64] >> (bit % 64) & 1;
}

static inline void expect_lift(const struct asked *a, const struct row_head *head) {
    uint32_t hash = lift_hash(head->row_1);
    if (may_lift(a, hash)) __builtin_prefetch(&a->lifts[lift_home(a->person, hash)]);
}

static inline float score_row(const struct asked *a, const float *row, unsigned d) {
    const struct row_head *head = (const struct row_head *)(const void *)row;
    uint32_t hash = lift_hash(head->row_1);
    float price = isnan(a->price) ? -head->price / 3.0f : 1.0f - fabsf(head->price - a->price) / 3.0f;
    float score = head->fixed + price * head->price_weight + a->shares[head->brand] * a->brand_taste;
    if (d) score += dot(row + LANES, a->vector, d) * a->affinity;
    return may_lift(a, hash) ? score + lift_of(a, head->row_1, hash) : score;
}

static inline void expect(const struct rank_batch *b, uint32_t product, unsigned d) {
    const float *row = (const float *)(const void *)head_of(b, product);
    for (unsigned k = 0; k <= d; k += LANES) __builtin_prefetch(row + k);
}

static inline void score_all(const struct rank_batch *b, const struct asked *a, const uint32_t *products, size_t n, size_t ahead, unsigned d,
                             float *scores) {
    size_t last = n + ahead;
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < last) expect(b, products[i + AHEAD], d);
        if (i + LIFT_AHEAD < n) expect_lift(a, head_of(b, products[i + LIFT_AHEAD]));
        scores[i] = score_row(a, (const float *)(const void *)head_of(b, products[i]), d);
    }
}

void rank_batch_score(const struct rank_batch *b, struct rank_batch_scratch *t, const struct batch_person *person, const uint32_t *products,
                      size_t n, size_t ahead, float *scores) {
    const struct rank_tastes *tastes = &person->tastes;
    unsigned d = b->dimension && person->has_vector ? (unsigned)(b->row_floats - LANES) : 0;
    struct asked a = {.person = person, .shares = t->shares, .vector = person->vector, .filter = lift_filter(person), .lifts = lift_slots(person),
                      .filter_mask = person->filter_bits - 1, .price = tastes->price_known ? tastes->price : NAN,
                      .affinity = b->weights[RANK_AFFINITY], .brand_taste = b->weights[RANK_BRAND_TASTE]};
    for (uint32_t bit = 0; bit < person->filter_bits; bit += 512) __builtin_prefetch(&a.filter[bit / 64]);
    set_shares(t, tastes, true);
    if (d == 64) score_all(b, &a, products, n, ahead, 64, scores); // the usual one, with its loop unrolled
    else score_all(b, &a, products, n, ahead, d, scores);
    set_shares(t, tastes, false);
}

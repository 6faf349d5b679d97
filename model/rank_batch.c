#include "rank_batch_internal.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "index/base/limits.h"

#define HUGE_PAGE (2u << 20)
#define AHEAD 32          // rows on their way
#define BLOCK 512         // candidates scored before their lifts are looked up
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
    t->person = aligned_alloc(64, batch_person_bytes(b, COVISIT_ROWS_MAX));
    t->known = calloc(1, sizeof *t->known);
    t->sums = malloc(sizeof *t->sums);
    if (t->person && t->known && t->sums) return t;
    rank_batch_scratch_free(t);
    return NULL;
}

void rank_batch_scratch_free(struct rank_batch_scratch *t) {
    if (!t) return;
    free(t->person);
    free(t->known);
    free(t->sums);
    free(t);
}

static void set_shares(struct rank_batch_scratch *t, const struct rank_tastes *tastes, bool on) {
    for (unsigned i = 0; i < tastes->brand_count; i++)
        if (tastes->brands[i].brand <= t->batch->brands) t->shares[tastes->brands[i].brand] = on ? tastes->brands[i].share : 0.0f;
}

struct asked { // of one list
    const float *shares, *vector;
    const struct covisit_lifts *lifts;
    float affinity, brand_taste;
    // The feature of a price is price_base + price_slope x its position + price_far x how far it is from price_usual: for those whose price is
    // known 1 - |position - usual| / 3, for others -position / 3.
    float price_base, price_slope, price_far, price_usual;
};

static struct asked ask(const struct rank_batch *b, const struct rank_batch_scratch *t, const struct batch_person *person) {
    struct asked a = {.shares = t->shares, .vector = person->vector, .lifts = &person->lifts, .affinity = b->weights[RANK_AFFINITY],
                      .brand_taste = b->weights[RANK_BRAND_TASTE]};
    const struct rank_tastes *tastes = &person->tastes;
    if (!tastes->price_known) {
        a.price_slope = -1.0f / 3.0f;
        return a;
    }
    a.price_base = 1.0f;
    a.price_far = -1.0f / 3.0f;
    a.price_usual = tastes->price;
    return a;
}

LANES_INLINE void expect(const struct rank_batch *b, uint32_t product, unsigned d) {
    const float *row = (const float *)(const void *)head_of(b, product);
    for (unsigned k = 0; k <= d; k += LANES) __builtin_prefetch(row + k);
}

LANES_INLINE lanes_f products_of(const float *vector, const float *x, unsigned d) {
    lanes_f sum = {0};
    for (unsigned k = 0; k < d; k += LANES) sum = lanes_fma(lanes_load(vector + k), lanes_load(x + k), sum);
    return sum;
}

// Scores of n <= LANES candidates, a lane each, without their lifts; a bit for each that may have one.
LANES_INLINE uint32_t score_lanes(const struct rank_batch *b, const struct asked *a, const uint32_t *products, size_t n, size_t ahead,
                                  unsigned d, float *scores) {
    lanes_f sums[LANES];
    float fixed[LANES], price[LANES], price_weight[LANES], share[LANES];
    uint32_t lifted = 0;
    for (size_t i = 0; i < LANES; i++) {
        const struct row_head *head = head_of(b, products[i < n ? i : n - 1]);
        if (i + AHEAD < n + ahead) expect(b, products[i + AHEAD], d);
        fixed[i] = head->fixed;
        price[i] = head->price;
        price_weight[i] = head->price_weight;
        share[i] = a->shares[head->brand];
        sums[i] = products_of((const float *)(const void *)head + LANES, a->vector, d);
        lifted |= (uint32_t)covisit_lifts_may_have(a->lifts, covisit_hash(head->row_1 - 1)) << i;
    }
    lanes_f far = (lanes_f)((lanes_i)(lanes_load(price) - a->price_usual) & INT32_MAX); // without its sign
    lanes_f all = lanes_load(fixed) + (a->price_base + lanes_load(price) * a->price_slope + far * a->price_far) * lanes_load(price_weight) +
                  lanes_load(share) * a->brand_taste;
    if (d) all += lanes_add_up(sums) * a->affinity;
    memcpy(scores, &all, n * sizeof *scores);
    return lifted & (uint32_t)((UINT64_C(1) << n) - 1);
}

static void add_lifts(const struct rank_batch *b, const struct covisit_lifts *lifts, const uint32_t *products, const uint16_t *at, size_t n,
                      float *scores) {
    for (size_t i = 0; i < n; i++) __builtin_prefetch(covisit_lifts_home(lifts, covisit_hash(head_of(b, products[at[i]])->row_1 - 1)));
    for (size_t i = 0; i < n; i++) scores[at[i]] += covisit_lifts_find(lifts, head_of(b, products[at[i]])->row_1);
}

// Of n <= BLOCK candidates.
LANES_INLINE void score_block(const struct rank_batch *b, const struct asked *a, const uint32_t *products, size_t n, size_t ahead, unsigned d,
                              float *scores) {
    uint16_t at[BLOCK];
    size_t lifted = 0, i = 0;
    for (; i + LANES <= n; i += LANES)
        for (uint32_t some = score_lanes(b, a, products + i, LANES, n + ahead - i - LANES, d, scores + i); some; some &= some - 1)
            at[lifted++] = (uint16_t)(i + (unsigned)__builtin_ctz(some));
    if (i < n)
        for (uint32_t some = score_lanes(b, a, products + i, n - i, ahead, d, scores + i); some; some &= some - 1)
            at[lifted++] = (uint16_t)(i + (unsigned)__builtin_ctz(some));
    add_lifts(b, a->lifts, products, at, lifted, scores);
}

LANES_INLINE void score_all(const struct rank_batch *b, const struct asked *a, const uint32_t *products, size_t n, size_t ahead, unsigned d,
                            float *scores) {
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t block = n - i < BLOCK ? n - i : BLOCK;
        score_block(b, a, products + i, block, n + ahead - i - block, d, scores + i);
    }
}

void rank_batch_score(const struct rank_batch *b, struct rank_batch_scratch *t, const struct batch_person *person, const uint32_t *products,
                      size_t n, size_t ahead, float *scores) {
    unsigned d = b->dimension && person->has_vector ? (unsigned)(b->row_floats - LANES) : 0;
    struct asked a = ask(b, t, person);
    for (size_t word = 0; word >> a.lifts->filter_bits == 0; word += 8) __builtin_prefetch(&a.lifts->filter[word]);
    set_shares(t, &person->tastes, true);
    if (d == 64) score_all(b, &a, products, n, ahead, 64, scores); // the usual one, with its loop unrolled
    else score_all(b, &a, products, n, ahead, d, scores);
    set_shares(t, &person->tastes, false);
}

#include "rank_internal.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "blas.h"
#include "index/assortment.h"

enum err ranker_open(struct generations *generations, struct ranker **out) {
    *out = NULL;
    struct ranker *r = calloc(1, sizeof *r);
    if (r == NULL) return ERR_NO_MEMORY;
    *r = (struct ranker){.magic = RANKER_MAGIC, .generations = generations, .weights = rank_weights_default()};
    r->cache = person_cache_new();
    r->kept = rank_rows_new();
    r->covisits = covisit_cache_new();
    r->scratch = covisit_tables(RANK_SCRATCH);
    if (r->cache == NULL || r->kept == NULL || r->covisits == NULL || r->scratch == NULL) {
        ranker_close(r);
        return ERR_NO_MEMORY;
    }
    blas_one_thread();
    *out = r;
    return ERR_OK;
}

void ranker_close(struct ranker *r) {
    if (r == NULL) return;
    assert(r->magic == RANKER_MAGIC && r->pinned == NULL);
    person_cache_free(r->cache);
    rank_rows_free(r->kept);
    covisit_cache_free(r->covisits);
    covisit_tables_free(r->scratch, RANK_SCRATCH);
    foldin_free(r->foldin);
    plan_free(r->plan);
    rank_scores_free(&r->list);
    rank_whole_free(r->whole);
    rank_common_free(r->common);
    free(r);
}

void ranker_set_weights(struct ranker *r, const struct rank_weights *weights) {
    assert(r->magic == RANKER_MAGIC);
    r->weights = *weights;
    r->weights_set++;
}

void ranker_set_boost(struct ranker *r, float (*boost)(void *arg, uint32_t product), void *arg) {
    assert(r->magic == RANKER_MAGIC);
    r->boost = boost;
    r->boost_arg = arg;
}

void ranker_set_nearby(struct ranker *r, float (*nearby)(void *arg, uint32_t product), void *arg) {
    assert(r->magic == RANKER_MAGIC);
    r->nearby = nearby;
    r->nearby_arg = arg;
}

struct covisit *rank_scratch(struct ranker *r, unsigned which) {
    assert(r->magic == RANKER_MAGIC && which < RANK_SCRATCH);
    return &r->scratch[which];
}

const struct covisit_scale *rank_scale(const struct ranker *r) {
    return &r->scale;
}

const float *rank_weights(const struct ranker *r, enum rank_surface surface) {
    assert(r->magic == RANKER_MAGIC && surface < RANK_SURFACES);
    return r->weights.of[surface];
}

// The same id may be mapped elsewhere later, and another id at the same place: both are compared.
static void index_types(struct ranker *r) {
    unsigned count = 0;
    const struct generation_type *types = r->pinned ? generation_types(r->pinned, &count) : NULL;
    if (r->types_of == types && r->types_generation == rank_generation(r)) return;
    memset(r->types, 0, sizeof r->types);
    for (unsigned i = 0; i < count; i++)
        if (types[i].type <= LIMIT_TYPES) r->types[types[i].type] = &types[i];
    r->types_of = types;
    r->types_generation = rank_generation(r);
}

// What the parts of the mix count beside the vector. Where too few people were there to learn it: cautious weights and the usual shape.
static struct covisit_scale scale_of(const struct generation *g) {
    struct covisit_scale scale = {.similar = 1.0f, .next = 2.0f, .shape = {.similar_decay = 1.0f, .next_decay = 0.5f, .length = 0.0f}};
    struct mix_weights learnt;
    struct mix_shape shape;
    if (g == NULL || !generation_mix(g, &learnt, &shape) || !(learnt.of[MIX_VECTOR] > 0.0f)) return scale;
    scale.similar = learnt.of[MIX_SIMILAR] / learnt.of[MIX_VECTOR];
    scale.next = learnt.of[MIX_NEXT] / learnt.of[MIX_VECTOR];
    scale.shape = shape;
    return scale;
}

void rank_begin(struct ranker *r) {
    assert(r->magic == RANKER_MAGIC && r->pinned == NULL);
    r->pinned = r->generations ? generations_acquire(r->generations) : NULL;
    r->matrix = r->pinned ? generations_matrix(r->generations, r->pinned) : (struct generation_matrix){0};
    r->scale = scale_of(r->pinned);
    index_types(r);
}

void rank_end(struct ranker *r) {
    assert(r->magic == RANKER_MAGIC);
    if (r->pinned) generations_release(r->generations, r->pinned);
    r->pinned = NULL;
    r->matrix = (struct generation_matrix){0};
}

const struct generation *rank_pinned(const struct ranker *r) {
    return r->pinned;
}

uint64_t rank_generation(const struct ranker *r) {
    return r->pinned ? generation_id(r->pinned) : 0;
}

// ---- features -----------------------------------------------------------------------------------------------------

// A block is looked up in tight loops before anything is computed from it: the loads of one loop do not depend on
// each other, so their cache misses overlap, which is most of the cost of scattered candidates.
// Rows are kept for every request, so they are made of what is stored, not of what this one sees.
static void look_up_products(struct ranker *r, struct view *v, const uint32_t *products, size_t n) {
    struct assortment *was = assortment_lift(v);
    for (size_t i = 0; i < n; i++) {
        r->facts[i] = columns_facts(v, products[i]);
        r->offers[i] = columns_offer(v, products[i]);
        __builtin_prefetch(r->facts[i]);
        __builtin_prefetch(r->offers[i]);
    }
    assortment_put_back(v, was);
    for (size_t i = 0; i < n; i++) {
        r->generation_rows[i] = r->pinned ? generation_row(r->pinned, products[i]) : UINT32_MAX;
        if (r->generation_rows[i] != UINT32_MAX) generation_row_expect(r->pinned, r->generation_rows[i], false);
    }
}

float rank_rating(const struct product_facts *facts) {
    const float prior = 4.0f, prior_count = 20.0f;
    float count = (float)facts->rating_count, value = (float)facts->rating_x100 / 100.0f;
    if (facts->rating_x100 == 0) count = 0.0f;
    return ((prior_count * prior + count * value) / (prior_count + count) - 1.0f) / 4.0f;
}

static float availability_feature(const struct product_offer *offer) {
    return offer->stock == 0 ? 0.0f : offer->stock < 5 ? 0.7f : 1.0f;
}

static float freshness_feature(uint32_t today, uint32_t created_day) {
    float age = today > created_day ? (float)(today - created_day) : 0.0f;
    return created_day ? 1.0f / (1.0f + age / 90.0f) : 0.0f;
}

#define VECTOR_UNIT 16 // floats in 64 bytes: where vectors and what stands in for them begin (generation_format.h)

// What depends on the product alone, of the i-th that was looked up.
static void fixed_features(const struct ranker *r, uint32_t today, size_t i, float *x) {
    const struct product_facts *facts = r->facts[i];
    uint32_t row = r->generation_rows[i];
    x[RANK_POPULARITY] = row != UINT32_MAX ? generation_row_popularity(r->pinned, row) : facts->popularity;
    x[RANK_RATING] = rank_rating(facts);
    x[RANK_AVAILABILITY] = availability_feature(r->offers[i]);
    x[RANK_FRESHNESS] = freshness_feature(today, facts->created_day);
}

static void row_compute(const struct ranker *r, uint32_t today, size_t i, uint32_t product, struct rank_row *out) {
    const struct product_facts *facts = r->facts[i];
    const struct generation *g = r->pinned;
    uint32_t row = r->generation_rows[i];
    float x[RANK_FEATURES];
    fixed_features(r, today, i, x);
    for (unsigned s = 0; s < RANK_SURFACES; s++) {
        const float *w = r->weights.of[s];
        out->fixed[s] = x[RANK_POPULARITY] * w[RANK_POPULARITY] + x[RANK_RATING] * w[RANK_RATING] +
                        x[RANK_AVAILABILITY] * w[RANK_AVAILABILITY] + x[RANK_FRESHNESS] * w[RANK_FRESHNESS];
    }
    if (facts->type > LIMIT_TYPES || !price_position(r->types[facts->type], r->offers[i], &out->price)) out->price = NAN;
    out->brand = facts->brand & INT32_MAX;
    out->deleted = (facts->flags & FACT_DELETED) != 0;
    out->row = row;
    const float *vector = row != UINT32_MAX ? generation_row_vector(g, row) : NULL;
    uint32_t newer = g && !vector ? generation_newer_find(g, product) : NEWER_NONE;
    if (g && !vector && newer == NEWER_NONE) vector = generation_vector_for(g, facts->type, facts->brand);
    out->vector_at = vector ? (uint32_t)((vector - generation_row_vector(g, 0)) / VECTOR_UNIT) : UINT32_MAX;
    if (newer != NEWER_NONE) {
        vector = generation_newer_vector(g, newer);
        out->vector_at = RANK_ROW_NEWER | newer;
    }
    float square = 0.0f;
    if (vector) blas_dots(vector, 1, generation_dimension(g), generation_dimension(g), vector, &square);
    out->length = rank_row_length_up(sqrtf(square));
}

struct rank_day rank_rows_ready(struct ranker *r, struct view *v) {
    uint32_t day = (uint32_t)(rank_today_ms(v) / RANK_DAY_MS);
    struct assortment *was = assortment_lift(v); // rows are the catalogue's, whoever asks
    struct rank_rows_key key = {.view = v, .columns = columns_version(v), .generation = r->pinned, .generation_id = rank_generation(r),
                                .newer = r->pinned ? generation_newer(r->pinned) : 0, .day = day, .weights = r->weights_set};
    assortment_put_back(v, was);
    return (struct rank_day){day, rank_rows_begin(r->kept, &key)};
}

void rank_rows_expect(struct ranker *r, const uint32_t *products, size_t n) {
    for (size_t i = 0; i < n; i++) __builtin_prefetch(rank_rows_at(r->kept, products[i]));
}

// Kept ones or computed.
void rank_rows_look_up(struct ranker *r, struct view *v, struct rank_day today, const uint32_t *products, size_t n) {
    uint16_t stamp = today.stamp;
    size_t missing = 0;
    for (size_t i = 0; i < n; i++) {
        struct rank_row *row = stamp ? rank_rows_at(r->kept, products[i]) : NULL;
        r->rows[i] = row ? row : &r->own[i];
        if (row) __builtin_prefetch(row);
        else r->own[i].stamp = 0;
    }
    for (size_t i = 0; i < n; i++) {
        r->missing[missing] = (struct rank_row *)(uintptr_t)r->rows[i];
        r->missing_products[missing] = products[i];
        missing += !stamp || r->rows[i]->stamp != stamp;
    }
    if (missing == 0) return;
    look_up_products(r, v, r->missing_products, missing);
    for (size_t i = 0; i < missing; i++) {
        row_compute(r, today.day, i, r->missing_products[i], r->missing[i]);
        r->missing[i]->stamp = stamp;
    }
}

// ---- the person's part ----------------------------------------------------------------------------------------------

// `usual` of somebody whose price is known. Without branches on `position`, so that loops of it become lanes.
static inline float price_feature(bool known, float usual, float position) {
    float feature = known ? 1.0f - fabsf(position - usual) / 3.0f : -position / 3.0f;
    return isnan(position) ? 0.0f : feature;
}
static bool price_is_known(const struct rank_tastes *tastes) { return tastes && tastes->price_known; }

static float boost_feature(const struct ranker *r, uint32_t product) {
    return r->boost ? r->boost(r->boost_arg, product) : 0.0f;
}

static float nearby_feature(const struct ranker *r, uint32_t product) {
    return r->nearby ? r->nearby(r->nearby_arg, product) : 0.0f;
}

static const float *vector_of(const struct ranker *r, const struct rank_row *row) {
    if (row->vector_at == UINT32_MAX) return NULL;
    if (row->vector_at & RANK_ROW_NEWER) return generation_newer_vector(r->pinned, row->vector_at & ~RANK_ROW_NEWER);
    return generation_row_vector(r->pinned, 0) + (size_t)row->vector_at * VECTOR_UNIT;
}

static const struct covisit_slot *covisit_of(const struct rank_person *person, const struct rank_row *row) {
    return person->covisit && row->row != UINT32_MAX ? covisit_find(person->covisit, row->row) : NULL;
}

// X of the block, for those who want to see it; r->affinity is filled when `personal`.
static void write_features(struct ranker *r, struct view *v, const struct rank_person *person, uint32_t today, const uint32_t *products,
                           size_t n, bool personal, float *x) {
    look_up_products(r, v, products, n);
    for (size_t i = 0; i < n; i++, x += RANK_FEATURES) {
        const struct covisit_slot *slot = covisit_of(person, r->rows[i]);
        fixed_features(r, today, i, x);
        x[RANK_AFFINITY] = personal ? r->affinity[i] : 0.0f;
        x[RANK_SIMILAR] = slot ? slot->similar : 0.0f;
        x[RANK_NEXT] = slot ? slot->next : 0.0f;
        x[RANK_PRICE] = price_feature(price_is_known(person->tastes), person->tastes ? person->tastes->price : 0.0f, r->rows[i]->price);
        x[RANK_BRAND_TASTE] = person->tastes ? rank_tastes_brand(person->tastes, r->rows[i]->brand) : 0.0f;
        x[RANK_BOOST] = boost_feature(r, products[i]);
        x[RANK_NEARBY] = nearby_feature(r, products[i]);
    }
}

// A bit for each brand of the tastes, by its lowest bits: most candidates are of none of them.
uint64_t rank_brands_of(const struct rank_tastes *tastes) {
    uint64_t bits = 0;
    for (unsigned i = 0; tastes && i < tastes->brand_count; i++) bits |= (uint64_t)1 << (tastes->brands[i].brand % 64);
    return bits;
}

void rank_add_prices(const struct rank_tastes *tastes, const float *prices, size_t n, float weight, float *sums) {
    if (price_is_known(tastes)) {
        float usual = tastes->price;
        for (size_t i = 0; i < n; i++) sums[i] += price_feature(true, usual, prices[i]) * weight;
    } else {
        for (size_t i = 0; i < n; i++) sums[i] += price_feature(false, 0.0f, prices[i]) * weight;
    }
}

// What is the same for all is a loop that the compiler makes sixteen at a time of; the few that have a brand of theirs, or that go with
// something of theirs, are listed first.
void rank_sum_up(struct ranker *r, const struct rank_person *person, enum rank_surface surface, const uint32_t *products, size_t n,
                 float *scores) {
    const float *w = r->weights.of[surface];
    const struct rank_tastes *tastes = person->tastes;
    uint64_t brands = rank_brands_of(tastes);
    float prices[SCORE_BLOCK];
    uint16_t of_brand[SCORE_BLOCK], going[SCORE_BLOCK];
    size_t brand_count = 0, going_count = 0;
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) {
        scores[i] = r->rows[i]->fixed[surface];
        prices[i] = r->rows[i]->price;
        of_brand[brand_count] = (uint16_t)i;
        brand_count += brands >> (r->rows[i]->brand % 64) & 1;
    }
    rank_add_prices(tastes, prices, n, w[RANK_PRICE], scores);
    for (size_t i = 0; i < brand_count; i++)
        scores[of_brand[i]] += rank_tastes_brand(tastes, r->rows[of_brand[i]]->brand) * w[RANK_BRAND_TASTE];
    for (size_t i = 0; person->covisit && i < n; i++) {
        going[going_count] = (uint16_t)i;
        going_count += covisit_may_have(person->covisit, r->rows[i]->row);
    }
    for (size_t i = 0; i < going_count; i++) {
        const struct covisit_slot *slot = covisit_of(person, r->rows[going[i]]);
        if (slot) scores[going[i]] += slot->similar * w[RANK_SIMILAR] + slot->next * w[RANK_NEXT];
    }
    for (size_t i = 0; r->boost && i < n; i++) scores[i] += boost_feature(r, products[i]) * w[RANK_BOOST];
    for (size_t i = 0; r->nearby && i < n; i++) scores[i] += nearby_feature(r, products[i]) * w[RANK_NEARBY];
}

void rank_affinities(struct ranker *r, const struct rank_person *person, const uint16_t *at, size_t n) {
    for (size_t i = 0; i < n; i++) r->vectors[i] = vector_of(r, r->rows[at ? at[i] : i]);
    score_rows(r->vectors, n, r->dimension, person->vector, r->affinity);
}

// ---- scores ---------------------------------------------------------------------------------------------------------

enum err rank_score(struct ranker *r, struct view *v, const struct rank_person *person, enum rank_surface surface,
                    const uint32_t *products, size_t n, float *scores, float *features) {
    assert(r->magic == RANKER_MAGIC && surface < RANK_SURFACES);
    struct rank_day today = rank_rows_ready(r, v);
    bool personal = r->pinned && person->vector;
    for (size_t done = 0; done < n; done += SCORE_BLOCK) {
        size_t block = n - done < SCORE_BLOCK ? n - done : SCORE_BLOCK;
        rank_rows_look_up(r, v, today, products + done, block);
        rank_sum_up(r, person, surface, products + done, block, scores + done);
        if (personal) rank_affinities(r, person, NULL, block);
        for (size_t i = 0; personal && i < block; i++) scores[done + i] += r->affinity[i] * r->weights.of[surface][RANK_AFFINITY];
        if (features) write_features(r, v, person, today.day, products + done, block, personal, features + done * RANK_FEATURES);
    }
    return ERR_OK;
}

enum err rank_score_rows(struct ranker *r, struct view *v, const struct rank_person *person, enum rank_surface surface,
                         uint32_t first_row, size_t n, float *scores, float *features) {
    assert(r->magic == RANKER_MAGIC && surface < RANK_SURFACES && r->pinned && first_row + n <= generation_rows(r->pinned));
    const struct generation *g = r->pinned;
    bool personal = person->vector != NULL;
    uint32_t products[SCORE_BLOCK];
    struct rank_day today = rank_rows_ready(r, v);
    for (size_t done = 0; done < n; done += SCORE_BLOCK) {
        size_t block = n - done < SCORE_BLOCK ? n - done : SCORE_BLOCK;
        uint32_t row = first_row + (uint32_t)done;
        for (uint32_t i = 0; i < block; i++) products[i] = generation_product(g, row + i);
        rank_rows_look_up(r, v, today, products, block);
        if (personal)
            blas_dots(generation_row_vector(g, row), block, generation_stride(g), r->dimension, person->vector, r->affinity);
        rank_sum_up(r, person, surface, products, block, scores + done);
        for (size_t i = 0; personal && i < block; i++) scores[done + i] += r->affinity[i] * r->weights.of[surface][RANK_AFFINITY];
        if (features) write_features(r, v, person, today.day, products, block, personal, features + done * RANK_FEATURES);
    }
    return ERR_OK;
}

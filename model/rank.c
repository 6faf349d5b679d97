#include "rank.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "blas.h"
#include "index/assortment.h"
#include "index/base/limits.h"
#include "index/user.h"
#include "person.h"
#include "rank_rows.h"
#include "score.h"

#define MAGIC 0x52414E4B // "RANK"
#define DAY_MS (24 * 3600 * INT64_C(1000))

struct ranker {
    uint32_t magic;
    struct generations *generations;
    struct generation *pinned;   // between rank_begin and rank_end, when anything is trained
    struct rank_weights weights;
    float (*boost)(void *arg, uint32_t product);
    void *boost_arg;
    struct foldin *foldin;       // for the dimension below; made anew when a generation brings another
    unsigned dimension;
    struct person_cache *cache;
    struct person session;       // a person with session products is not cached
    struct interaction wishes[LIMIT_USER_EVENTS + RANK_SESSION_MAX];
    const struct generation_type *types_of; // what `types` points into, and of which generation
    uint64_t types_generation;
    const struct generation_type *types[LIMIT_TYPES + 1]; // by type id
    struct rank_rows *kept;
    uint64_t weights_set;                                 // how often
    const struct rank_row *rows[SCORE_BLOCK];             // of the block being scored, as are all below
    struct rank_row own[SCORE_BLOCK];                     // those that are not kept
    struct rank_row *missing[SCORE_BLOCK];                // those to be computed, and of which product:
    uint32_t missing_products[SCORE_BLOCK];
    const struct product_facts *facts[SCORE_BLOCK];
    const struct product_offer *offers[SCORE_BLOCK];
    const float *vectors[SCORE_BLOCK];
    uint32_t generation_rows[SCORE_BLOCK];
    float affinity[SCORE_BLOCK];
};

enum err ranker_open(struct generations *generations, struct ranker **out) {
    *out = NULL;
    struct ranker *r = calloc(1, sizeof *r);
    if (r == NULL) return ERR_NO_MEMORY;
    *r = (struct ranker){.magic = MAGIC, .generations = generations, .weights = rank_weights_default()};
    r->cache = person_cache_new();
    r->kept = rank_rows_new();
    if (r->cache == NULL || r->kept == NULL) {
        ranker_close(r);
        return ERR_NO_MEMORY;
    }
    blas_one_thread();
    *out = r;
    return ERR_OK;
}

void ranker_close(struct ranker *r) {
    if (r == NULL) return;
    assert(r->magic == MAGIC && r->pinned == NULL);
    person_cache_free(r->cache);
    rank_rows_free(r->kept);
    foldin_free(r->foldin);
    free(r);
}

void ranker_set_weights(struct ranker *r, const struct rank_weights *weights) {
    assert(r->magic == MAGIC);
    r->weights = *weights;
    r->weights_set++;
}

void ranker_set_boost(struct ranker *r, float (*boost)(void *arg, uint32_t product), void *arg) {
    assert(r->magic == MAGIC);
    r->boost = boost;
    r->boost_arg = arg;
}

const float *rank_weights(const struct ranker *r, enum rank_surface surface) {
    assert(r->magic == MAGIC && surface < RANK_SURFACES);
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

void rank_begin(struct ranker *r) {
    assert(r->magic == MAGIC && r->pinned == NULL);
    r->pinned = r->generations ? generations_acquire(r->generations) : NULL;
    index_types(r);
}

void rank_end(struct ranker *r) {
    assert(r->magic == MAGIC);
    if (r->pinned) generations_release(r->generations, r->pinned);
    r->pinned = NULL;
}

const struct generation *rank_pinned(const struct ranker *r) {
    return r->pinned;
}

uint64_t rank_generation(const struct ranker *r) {
    return r->pinned ? generation_id(r->pinned) : 0;
}

// ---- persons ------------------------------------------------------------------------------------------------------

static int64_t today_ms(const struct view *v) {
    return clock_unix_ms(v->clock) / DAY_MS * DAY_MS;
}

static enum err wishes_of_user(struct ranker *r, struct view *v, uint32_t user, size_t *count) {
    struct event *events;
    unsigned n;
    int64_t now_ms = today_ms(v);
    TRY(event_recent(v, user, LIMIT_USER_EVENTS, &events, &n));
    for (unsigned i = 0; i < n; i++) {
        float weight = interaction_weight(events[i].type, events[i].value);
        if (weight == 0.0f || events[i].product == 0) continue;
        r->wishes[(*count)++] =
            (struct interaction){events[i].product, weight * interaction_decay(now_ms - events[i].unix_ms)};
    }
    return ERR_OK;
}

static void wishes_of_session(struct ranker *r, const uint32_t *session, unsigned n, size_t *count) {
    unsigned skipped = n > RANK_SESSION_MAX ? n - RANK_SESSION_MAX : 0;
    float click = interaction_weight(EVENT_CLICK, NAN);
    for (unsigned i = skipped; i < n; i++) r->wishes[(*count)++] = (struct interaction){session[i], click};
}

static enum err ready_foldin(struct ranker *r) {
    if (r->pinned == NULL || r->dimension == generation_dimension(r->pinned)) return ERR_OK;
    foldin_free(r->foldin);
    r->dimension = 0;
    r->foldin = foldin_new(generation_dimension(r->pinned));
    if (r->foldin == NULL) return ERR_NO_MEMORY;
    r->dimension = generation_dimension(r->pinned);
    return ERR_OK;
}

static enum err compute_person(struct ranker *r, struct view *v, uint32_t user, const uint32_t *session,
                               unsigned session_count, struct person *out) {
    size_t count = 0;
    TRY(ready_foldin(r));
    if (user != 0) TRY(wishes_of_user(r, v, user, &count));
    wishes_of_session(r, session, session_count, &count);
    count = interaction_merge(r->wishes, count);
    struct assortment *was = assortment_lift(v); // kept for every request of this person
    person_compute(r->pinned, r->foldin, v, r->wishes, count, out);
    assortment_put_back(v, was);
    return ERR_OK;
}

static enum err cached_person(struct ranker *r, struct view *v, uint32_t user, struct person **out) {
    bool found;
    uint64_t snapshot = snapshot_id(v->snapshot);
    struct person_key key = {0, rank_generation(r), user, (uint32_t)(today_ms(v) / DAY_MS)};
    *out = person_cache_again(r->cache, snapshot, &key);
    if (*out) return ERR_OK;
    key.sequence = user_last_sequence(v, user);
    *out = person_cache_entry(r->cache, &key, &found);
    enum err e = found ? ERR_OK : compute_person(r, v, user, NULL, 0, *out);
    if (e == ERR_OK) person_cache_seen(r->cache, snapshot, *out);
    else person_cache_forget(r->cache, user);
    return e;
}

enum err rank_person_load(struct ranker *r, struct view *v, uint32_t user, const uint32_t *session,
                          unsigned session_count, struct rank_person *out) {
    assert(r->magic == MAGIC);
    struct person *person = &r->session;
    *out = (struct rank_person){.user = user};
    if (user == 0 && session_count == 0) return ERR_OK;
    if (session_count > 0) TRY(compute_person(r, v, user, session, session_count, person));
    else TRY(cached_person(r, v, user, &person));
    if (person->has_vector) out->vector = person->vector;
    if (person->has_tastes) out->tastes = &person->tastes;
    return ERR_OK;
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

static float rating_feature(const struct product_facts *facts) {
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

// What depends on the product alone, of the i-th that was looked up.
static void fixed_features(const struct ranker *r, uint32_t today, size_t i, float *x) {
    const struct product_facts *facts = r->facts[i];
    uint32_t row = r->generation_rows[i];
    x[RANK_POPULARITY] = row != UINT32_MAX ? generation_row_popularity(r->pinned, row) : facts->popularity;
    x[RANK_RATING] = rating_feature(facts);
    x[RANK_AVAILABILITY] = availability_feature(r->offers[i]);
    x[RANK_FRESHNESS] = freshness_feature(today, facts->created_day);
}

static void row_compute(const struct ranker *r, uint32_t today, size_t i, struct rank_row *out) {
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
    out->brand = facts->brand;
    out->vector = row != UINT32_MAX ? generation_row_vector(g, row) : g ? generation_vector_for(g, facts->type, facts->brand) : NULL;
}

// r->rows of the block, kept ones or computed.
static void look_up_rows(struct ranker *r, struct view *v, uint32_t today, uint32_t stamp, const uint32_t *products, size_t n) {
    size_t missing = 0;
    for (size_t i = 0; i < n; i++) {
        struct rank_row *row = stamp ? rank_rows_at(r->kept, products[i]) : NULL;
        r->rows[i] = row ? row : &r->own[i];
        if (row) __builtin_prefetch(row);
        else r->own[i].stamp = 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (stamp && r->rows[i]->stamp == stamp) continue;
        r->missing[missing] = (struct rank_row *)(uintptr_t)r->rows[i];
        r->missing_products[missing++] = products[i];
    }
    if (missing == 0) return;
    look_up_products(r, v, r->missing_products, missing);
    for (size_t i = 0; i < missing; i++) {
        row_compute(r, today, i, r->missing[i]);
        r->missing[i]->stamp = stamp;
    }
}

static float price_feature(const struct rank_tastes *tastes, float position) {
    if (isnan(position)) return 0.0f;
    return tastes && tastes->price_known ? 1.0f - fabsf(position - tastes->price) / 3.0f : -position / 3.0f;
}

static float boost_feature(const struct ranker *r, uint32_t product) {
    return r->boost ? r->boost(r->boost_arg, product) : 0.0f;
}

// X of the block, for those who want to see it; r->affinity is filled when `personal`.
static void write_features(struct ranker *r, struct view *v, const struct rank_person *person, uint32_t today, const uint32_t *products,
                           size_t n, bool personal, float *x) {
    look_up_products(r, v, products, n);
    for (size_t i = 0; i < n; i++, x += RANK_FEATURES) {
        fixed_features(r, today, i, x);
        x[RANK_AFFINITY] = personal ? r->affinity[i] : 0.0f;
        x[RANK_PRICE] = price_feature(person->tastes, r->rows[i]->price);
        x[RANK_BRAND_TASTE] = person->tastes ? rank_tastes_brand(person->tastes, r->rows[i]->brand) : 0.0f;
        x[RANK_BOOST] = boost_feature(r, products[i]);
    }
}

// X . w, from the rows and what depends on the person.
static void sum_up(struct ranker *r, const struct rank_person *person, enum rank_surface surface, const uint32_t *products, size_t n,
                   bool personal, float *scores) {
    const float *w = r->weights.of[surface];
    for (size_t i = 0; i < n; i++) {
        const struct rank_row *row = r->rows[i];
        float sum = row->fixed[surface] + price_feature(person->tastes, row->price) * w[RANK_PRICE];
        if (person->tastes) sum += rank_tastes_brand(person->tastes, row->brand) * w[RANK_BRAND_TASTE];
        if (personal) sum += r->affinity[i] * w[RANK_AFFINITY];
        scores[i] = r->boost ? sum + boost_feature(r, products[i]) * w[RANK_BOOST] : sum;
    }
}

static uint32_t rows_begin(struct ranker *r, struct view *v, uint32_t today) {
    struct assortment *was = assortment_lift(v);
    struct rank_rows_key key = {.view = v, .columns = columns_version(v), .generation = r->pinned, .generation_id = rank_generation(r),
                                .day = today, .weights = r->weights_set};
    assortment_put_back(v, was);
    return rank_rows_begin(r->kept, &key);
}

enum err rank_score(struct ranker *r, struct view *v, const struct rank_person *person, enum rank_surface surface,
                    const uint32_t *products, size_t n, float *scores, float *features) {
    assert(r->magic == MAGIC && surface < RANK_SURFACES);
    uint32_t today = (uint32_t)(today_ms(v) / DAY_MS), stamp = rows_begin(r, v, today);
    bool personal = r->pinned && person->vector;
    for (size_t done = 0; done < n; done += SCORE_BLOCK) {
        size_t block = n - done < SCORE_BLOCK ? n - done : SCORE_BLOCK;
        look_up_rows(r, v, today, stamp, products + done, block);
        if (personal) {
            for (size_t i = 0; i < block; i++) r->vectors[i] = r->rows[i]->vector;
            score_rows(r->vectors, block, r->dimension, person->vector, r->affinity);
        }
        sum_up(r, person, surface, products + done, block, personal, scores + done);
        if (features) write_features(r, v, person, today, products + done, block, personal, features + done * RANK_FEATURES);
    }
    return ERR_OK;
}

enum err rank_score_rows(struct ranker *r, struct view *v, const struct rank_person *person, enum rank_surface surface,
                         uint32_t first_row, size_t n, float *scores, float *features) {
    assert(r->magic == MAGIC && surface < RANK_SURFACES && r->pinned && first_row + n <= generation_rows(r->pinned));
    const struct generation *g = r->pinned;
    bool personal = person->vector != NULL;
    uint32_t today = (uint32_t)(today_ms(v) / DAY_MS), stamp = rows_begin(r, v, today), products[SCORE_BLOCK];
    for (size_t done = 0; done < n; done += SCORE_BLOCK) {
        size_t block = n - done < SCORE_BLOCK ? n - done : SCORE_BLOCK;
        uint32_t row = first_row + (uint32_t)done;
        for (uint32_t i = 0; i < block; i++) products[i] = generation_product(g, row + i);
        look_up_rows(r, v, today, stamp, products, block);
        if (personal)
            blas_dots(generation_row_vector(g, row), block, generation_stride(g), r->dimension, person->vector, r->affinity);
        sum_up(r, person, surface, products, block, personal, scores + done);
        if (features) write_features(r, v, person, today, products, block, personal, features + done * RANK_FEATURES);
    }
    return ERR_OK;
}

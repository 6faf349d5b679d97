#include "rank_internal.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

// What is asked for: n products of one person.
struct asking {
    struct ranker *r;
    struct view *v;
    const struct rank_person *person;
    const float *weights;
    const uint32_t *products;
    size_t n;
    unsigned event_count;
    struct rank_event *events;
    float *event_weights; // merged, of each; 0: not in the vector
    float *shares;        // n x event_count
};

static int by_product(const void *a, const void *b) {
    uint32_t x = ((const struct interaction *)a)->product, y = ((const struct interaction *)b)->product;
    return x < y ? -1 : x > y;
}

// What one person did with a product at most: a purchase says more than the clicks before it.
static void describe(const struct ranker *r, uint32_t product, struct rank_event *out) {
    float most = -INFINITY;
    for (unsigned i = 0; i < r->event_count; i++) {
        const struct person_event *e = &r->events[i];
        if (e->product != product || e->weight <= most) continue;
        most = e->weight;
        *out = (struct rank_event){product, e->type, e->unix_ms};
    }
}

static enum err list_events(struct asking *a) {
    struct ranker *r = a->r;
    uint32_t products[PERSON_EVENTS_MAX];
    unsigned count = person_products(r->events, r->event_count, products);
    a->events = ARENA_ARRAY(a->v->arena, struct rank_event, count + 1);
    a->event_weights = ARENA_ARRAY(a->v->arena, float, count + 1);
    a->shares = ARENA_ARRAY(a->v->arena, float, (size_t)(count + 1) * a->n);
    if (!a->events || !a->event_weights || !a->shares) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) {
        const struct interaction *wish = r->wish_count ? bsearch(&(struct interaction){.product = products[i]}, r->wishes, r->wish_count,
                                                                 sizeof *wish, by_product) : NULL;
        describe(r, products[i], &a->events[i]);
        a->event_weights[i] = wish ? wish->weight : 0.0f;
    }
    a->event_count = count;
    return ERR_OK;
}

static double dot(const float *a, const float *b, unsigned d) {
    double sum = 0;
    for (unsigned k = 0; k < d; k++) sum += (double)a[k] * (double)b[k];
    return sum;
}

// A^-1 y of each product, in one solve with the factor of the person's own system.
static void share_vector(struct asking *a, float *solved) {
    struct ranker *r = a->r;
    const struct generation *g = r->pinned;
    unsigned d = r->dimension;
    const float *vectors[PERSON_EVENTS_MAX];
    for (unsigned e = 0; e < a->event_count; e++) vectors[e] = person_vector_of(g, a->v, a->events[e].product);
    for (size_t i = 0; i < a->n; i++) {
        const float *y = person_vector_of(g, a->v, a->products[i]);
        if (y) memcpy(solved + i * d, y, d * sizeof *y);
        else memset(solved + i * d, 0, d * sizeof *solved);
    }
    foldin_apply(r->foldin, solved, a->n);
    for (size_t i = 0; i < a->n; i++) {
        for (unsigned e = 0; e < a->event_count; e++) {
            if (!vectors[e] || a->event_weights[e] <= 0.0f) continue;
            double share = (double)a->event_weights[e] * dot(solved + i * d, vectors[e], d);
            a->shares[i * a->event_count + e] += (float)(share * (double)a->weights[RANK_AFFINITY]);
        }
    }
}

static void share_covisits(struct asking *a) {
    const struct generation *g = a->r->pinned;
    for (size_t i = 0; i < a->n; i++) {
        uint32_t row = generation_row(g, a->products[i]);
        for (unsigned e = 0; e < a->event_count; e++) {
            struct covisit_share share = covisit_share_of(a->person->covisit, g, e, generation_row(g, a->events[e].product), row);
            a->shares[i * a->event_count + e] += a->weights[RANK_SIMILAR] * share.similar + a->weights[RANK_NEXT] * share.next;
        }
    }
}

enum err rank_explain(struct ranker *r, struct view *v, const struct rank_person *person, enum rank_surface surface,
                      const uint32_t *products, size_t n, struct rank_parts *out) {
    assert(r->magic == RANKER_MAGIC && surface < RANK_SURFACES);
    struct asking a = {.r = r, .v = v, .person = person, .weights = r->weights.of[surface], .products = products, .n = n};
    float *features = ARENA_ARRAY(v->arena, float, n * RANK_FEATURES + 1), *scores = ARENA_ARRAY(v->arena, float, n + 1);
    float *solved = ARENA_ARRAY(v->arena, float, n * (r->dimension + 1) + 1), x[GENERATION_DIMENSION_MAX];
    *out = (struct rank_parts){0};
    if (!features || !scores || !solved) return ERR_NO_MEMORY;
    TRY(rank_score(r, v, person, surface, products, n, scores, features));
    TRY(rank_events_load(r, v, person->user, person->session, person->session_count));
    TRY(list_events(&a));
    if (person->vector && person_fold(r->pinned, r->foldin, v, r->wishes, r->wish_count, x)) share_vector(&a, solved);
    if (person->covisit) share_covisits(&a);
    for (size_t i = 0; i < n; i++)
        for (unsigned f = 0; f < RANK_FEATURES; f++) features[i * RANK_FEATURES + f] *= a.weights[f];
    *out = (struct rank_parts){a.event_count, a.events, features, a.shares};
    return ERR_OK;
}

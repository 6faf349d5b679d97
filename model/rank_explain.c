#include "rank_internal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

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

#define PLACES 1024 // more than twice the events
_Static_assert(PLACES >= 2 * PERSON_EVENTS_MAX, "there is always an empty one near");

// Where a product stands among those of the events: a slot for each, of 0 when it is none of them.
static uint16_t *place_of(uint16_t *places, const uint32_t *products, uint32_t product) {
    uint32_t at = product * 2654435769u >> 22;
    while (places[at] && products[places[at] - 1] != product) at = (at + 1) % PLACES;
    return &places[at];
}

// What one person did with a product at most: a purchase says more than the clicks before it.
static void describe(struct asking *a, const uint32_t *products, uint16_t *places, float *most) {
    for (unsigned i = 0; i < a->r->event_count; i++) {
        const struct person_event *e = &a->r->events[i];
        uint16_t place = *place_of(places, products, e->product);
        if (place == 0 || e->weight <= most[place - 1]) continue;
        most[place - 1] = e->weight;
        a->events[place - 1] = (struct rank_event){e->product, e->type, e->unix_ms};
    }
}

static enum err list_events(struct asking *a) {
    struct ranker *r = a->r;
    uint32_t products[PERSON_EVENTS_MAX];
    float most[PERSON_EVENTS_MAX];
    uint16_t places[PLACES] = {0};
    unsigned count = person_products(r->events, r->event_count, products);
    a->events = ARENA_ARRAY(a->v->arena, struct rank_event, count + 1);
    a->event_weights = ARENA_ARRAY(a->v->arena, float, count + 1);
    a->shares = ARENA_ARRAY(a->v->arena, float, (size_t)(count + 1) * a->n);
    if (!a->events || !a->event_weights || !a->shares) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) {
        *place_of(places, products, products[i]) = (uint16_t)(i + 1);
        most[i] = -INFINITY;
    }
    for (unsigned i = 0; i < r->wish_count; i++) {
        uint16_t place = *place_of(places, products, r->wishes[i].product);
        if (place) a->event_weights[place - 1] = r->wishes[i].weight;
    }
    describe(a, products, places, most);
    a->event_count = count;
    return ERR_OK;
}

// ---- the vector ---------------------------------------------------------------------------------------------------

#define LANES_D 8u
typedef double doubles __attribute__((vector_size(LANES_D * sizeof(double))));

static void widen(const float *from, unsigned d, double *to) {
    for (unsigned k = 0; k < d; k++) to[k] = (double)from[k];
}

static double dot(const double *a, const double *b, unsigned d) { // in eight sums, which are one register
    doubles sums = {0}, x, y;
    double sum = 0;
    unsigned k = 0;
    for (; k + LANES_D <= d; k += LANES_D) {
        memcpy(&x, a + k, sizeof x);
        memcpy(&y, b + k, sizeof y);
        sums += x * y;
    }
    for (; k < d; k++) sum += a[k] * b[k];
    for (unsigned i = 0; i < LANES_D; i++) sum += sums[i];
    return sum;
}

// A^-1 y of each product, in one solve with the factor of the person's own system; in double precision afterwards.
static enum err share_vector(struct asking *a) {
    struct ranker *r = a->r;
    const struct generation *g = r->pinned;
    unsigned d = r->dimension;
    float *solved = ARENA_ARRAY(a->v->arena, float, a->n * d + 1);
    double *wide = ARENA_ARRAY(a->v->arena, double, a->n * d + 1), event[GENERATION_DIMENSION_MAX];
    if (!solved || !wide) return ERR_NO_MEMORY;
    for (size_t i = 0; i < a->n; i++) {
        const float *y = person_vector_of(g, a->v, a->products[i]);
        if (y) memcpy(solved + i * d, y, d * sizeof *y);
    }
    foldin_apply(r->foldin, solved, a->n);
    widen(solved, (unsigned)(a->n * d), wide);
    for (unsigned e = 0; e < a->event_count; e++) {
        const float *vector = a->event_weights[e] > 0.0f ? person_vector_of(g, a->v, a->events[e].product) : NULL;
        if (!vector) continue;
        widen(vector, d, event);
        for (size_t i = 0; i < a->n; i++) {
            double share = (double)a->event_weights[e] * dot(wide + i * d, event, d);
            a->shares[i * a->event_count + e] += (float)(share * (double)a->weights[RANK_AFFINITY]);
        }
    }
    return ERR_OK;
}

// ---- similar and next ---------------------------------------------------------------------------------------------

static void share_covisits(struct asking *a) {
    const struct generation *g = a->r->pinned;
    uint32_t rows[PERSON_EVENTS_MAX];
    struct covisit_share shares[PERSON_EVENTS_MAX];
    for (unsigned e = 0; e < a->event_count; e++) rows[e] = generation_row(g, a->events[e].product);
    for (size_t i = 0; i < a->n; i++) {
        covisit_shares_of(a->person->covisit, g, rows, a->event_count, generation_row(g, a->products[i]), shares);
        for (unsigned e = 0; e < a->event_count; e++)
            a->shares[i * a->event_count + e] += a->weights[RANK_SIMILAR] * shares[e].similar + a->weights[RANK_NEXT] * shares[e].next;
    }
}

enum err rank_explain(struct ranker *r, struct view *v, const struct rank_person *person, enum rank_surface surface,
                      const uint32_t *products, size_t n, struct rank_parts *out) {
    assert(r->magic == RANKER_MAGIC && surface < RANK_SURFACES);
    struct asking a = {.r = r, .v = v, .person = person, .weights = r->weights.of[surface], .products = products, .n = n};
    float *features = ARENA_ARRAY(v->arena, float, n * RANK_FEATURES + 1), *scores = ARENA_ARRAY(v->arena, float, n + 1);
    float x[GENERATION_DIMENSION_MAX];
    *out = (struct rank_parts){0};
    if (!features || !scores) return ERR_NO_MEMORY;
    TRY(rank_score(r, v, person, surface, products, n, scores, features));
    TRY(rank_events_load(r, v, person));
    TRY(list_events(&a));
    if (person->vector && person_fold(r->pinned, r->foldin, v, r->wishes, r->wish_count, x)) TRY(share_vector(&a));
    if (person->covisit) share_covisits(&a);
    for (size_t i = 0; i < n; i++)
        for (unsigned f = 0; f < RANK_FEATURES; f++) features[i * RANK_FEATURES + f] *= a.weights[f];
    *out = (struct rank_parts){a.event_count, a.events, features, a.shares};
    return ERR_OK;
}

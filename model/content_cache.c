#include "content_cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "content.h"
#include "index/assortment.h"
#include "index/fragment.h"

struct slot {
    uint64_t generation, epoch;
    uint32_t product; // 0: empty
    bool known;
    float *vector;    // [dimension] of that generation
    unsigned dimension;
};

struct content_cache {
    pthread_mutex_t lock;
    struct slot slots[CONTENT_CACHE_SLOTS];
};

struct content_cache *content_cache_new(void) {
    struct content_cache *c = calloc(1, sizeof *c);
    if (c) pthread_mutex_init(&c->lock, NULL);
    return c;
}

void content_cache_free(struct content_cache *c) {
    if (c == NULL) return;
    for (unsigned i = 0; i < CONTENT_CACHE_SLOTS; i++) free(c->slots[i].vector);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static bool find(struct content_cache *c, const struct slot *wanted, bool *known, float *out) {
    struct slot *s = &c->slots[wanted->product % CONTENT_CACHE_SLOTS];
    pthread_mutex_lock(&c->lock);
    bool found = s->product == wanted->product && s->generation == wanted->generation && s->epoch == wanted->epoch;
    if (found) {
        *known = s->known;
        memcpy(out, s->vector, s->dimension * sizeof *out);
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

static bool room(struct slot *s, unsigned dimension) {
    if (s->vector && s->dimension == dimension) return true;
    free(s->vector);
    s->product = 0;
    s->vector = malloc(dimension * sizeof *s->vector);
    s->dimension = dimension;
    return s->vector != NULL;
}

static void keep(struct content_cache *c, const struct slot *new, const float *vector) {
    struct slot *s = &c->slots[new->product % CONTENT_CACHE_SLOTS];
    pthread_mutex_lock(&c->lock);
    if (room(s, new->dimension)) {
        memcpy(s->vector, vector, new->dimension * sizeof *vector);
        s->generation = new->generation;
        s->epoch = new->epoch;
        s->product = new->product;
        s->known = new->known;
    }
    pthread_mutex_unlock(&c->lock);
}

bool content_cache_vector(struct content_cache *c, const struct generation *g, struct view *v, uint32_t product, float *out) {
    struct slot wanted = {generation_id(g), fragment_epoch(v), product, false, NULL, generation_dimension(g)};
    bool known;
    if (product != 0 && find(c, &wanted, &known, out)) return known;
    struct assortment *was = assortment_lift(v); // kept for every request
    wanted.known = content_vector(g, v, product, out);
    assortment_put_back(v, was);
    if (product != 0) keep(c, &wanted, out);
    return wanted.known;
}

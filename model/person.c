#include "person.h"

#include <math.h>
#include <stdlib.h>

#include "index/base/hash.h"

// ---- tastes -------------------------------------------------------------------------------------------------------

static bool position_in(const struct generation_price *usual, uint32_t amount, float *out) {
    if (amount == 0 || usual->deviation <= 0.0f) return false;
    float z = (logf((float)amount) - usual->mean) / usual->deviation;
    *out = z < -3.0f ? -3.0f : z > 3.0f ? 3.0f : z;
    return true;
}

bool price_position(const struct generation_type *type, const struct product_offer *offer, float *out) {
    if (type == NULL) return false;
    return position_in(&type->cny, offer->cny_fen, out) || position_in(&type->usd, offer->usd_cents, out);
}

float rank_tastes_brand(const struct rank_tastes *tastes, uint32_t brand) {
    for (unsigned i = 0; i < tastes->brand_count; i++)
        if (tastes->brands[i].brand == brand) return tastes->brands[i].share;
    return 0.0f;
}

// Adds weight to a brand. The list stays ordered, most first; when it is full the least of it gives way to a heavier one.
static void add_brand(struct rank_tastes *t, uint32_t brand, float weight) {
    unsigned at = 0;
    while (at < t->brand_count && t->brands[at].brand != brand) at++;
    if (at == PERSON_BRANDS) {
        at--;
        if (t->brands[at].share >= weight) return;
        t->brands[at] = (struct rank_taste_brand){brand, 0.0f};
    } else if (at == t->brand_count) {
        t->brands[t->brand_count++] = (struct rank_taste_brand){brand, 0.0f};
    }
    struct rank_taste_brand entry = {brand, t->brands[at].share + weight};
    for (; at > 0 && t->brands[at - 1].share < entry.share; at--) t->brands[at] = t->brands[at - 1];
    t->brands[at] = entry;
}

static void compute_tastes(const struct generation *g, struct view *v, const struct interaction *list, size_t count,
                           struct rank_tastes *out) {
    float sum = 0.0f, price_sum = 0.0f, price_weight = 0.0f, z;
    *out = (struct rank_tastes){0};
    for (size_t i = 0; i < count; i++) { // they lie anywhere: so they come at the same time
        __builtin_prefetch(columns_facts(v, list[i].product));
        __builtin_prefetch(columns_offer(v, list[i].product));
    }
    for (size_t i = 0; i < count; i++) {
        const struct product_facts *facts = columns_facts(v, list[i].product);
        sum += list[i].weight;
        if (facts->brand != 0) add_brand(out, facts->brand, list[i].weight);
        if (!g || !price_position(generation_type(g, facts->type), columns_offer(v, list[i].product), &z)) continue;
        price_sum += list[i].weight * z;
        price_weight += list[i].weight;
    }
    for (unsigned i = 0; i < out->brand_count; i++) out->brands[i].share /= sum + 1.0f;
    out->price_known = price_weight > 0.0f;
    if (out->price_known) out->price = price_sum / price_weight;
}

// ---- vector -------------------------------------------------------------------------------------------------------

const float *person_vector_of(const struct generation *g, struct view *v, uint32_t product) {
    const float *own = generation_vector(g, product);
    uint32_t number = own ? NEWER_NONE : generation_newer_find(g, product);
    if (own) return own;
    if (number != NEWER_NONE) return generation_newer_vector(g, number);
    const struct product_facts *facts = columns_facts(v, product);
    return generation_vector_for(g, facts->type, facts->brand);
}

static void expect_vector(const struct generation *g, uint32_t product) {
    uint32_t row = generation_row(g, product);
    if (row != UINT32_MAX) generation_row_expect(g, row, true);
}

bool person_fold(const struct generation *g, struct foldin *f, struct view *v, const struct interaction *list, size_t count, float *x) {
    struct foldin_space space = generation_space(g);
    for (size_t i = 0; i < count; i++) expect_vector(g, list[i].product);
    foldin_begin(f, &space);
    for (size_t i = 0; i < count; i++) {
        const float *vector = person_vector_of(g, v, list[i].product);
        if (vector) foldin_add(f, vector, list[i].weight);
    }
    return foldin_solve(f, x);
}

// ---- events -------------------------------------------------------------------------------------------------------

#define SEEN_SLOTS 1024 // more than twice the events

unsigned person_products(const struct person_event *events, unsigned count, uint32_t *products) {
    uint32_t seen[SEEN_SLOTS] = {0};
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        if (events[i].weight <= 0.0f) continue;
        uint32_t at = events[i].product * 2654435769u >> 22;
        while (seen[at] && seen[at] != events[i].product) at = (at + 1) % SEEN_SLOTS;
        if (seen[at]) continue;
        seen[at] = products[n++] = events[i].product;
    }
    return n;
}

void person_compute(const struct generation *g, struct foldin *f, struct view *v, const struct interaction *list, size_t count,
                    const struct person_event *events, unsigned event_count, struct person *out) {
    out->has_tastes = count > 0;
    out->has_vector = g && count > 0 && person_fold(g, f, v, list, count, out->vector);
    out->length = 0.0f;
    for (unsigned k = 0; out->has_vector && k < generation_dimension(g); k++) out->length += out->vector[k] * out->vector[k];
    out->length = sqrtf(out->length);
    out->row_count = g ? person_products(events, event_count, out->rows) : 0;
    for (unsigned i = 0; i < out->row_count; i++) out->rows[i] = generation_row(g, out->rows[i]);
    compute_tastes(g, v, list, count, &out->tastes);
}
_Static_assert(SEEN_SLOTS >= 2 * PERSON_EVENTS_MAX, "there is always an empty slot near");

// ---- cache --------------------------------------------------------------------------------------------------------

#define WAYS 16
#define SETS (PERSON_CACHE_ENTRIES / WAYS)
#define EXPECT_LINES 7 // of a person: the tastes, and a vector of 64

struct place { // user and persons apart, so that a set is looked through in one cache line
    struct person_key key;
    uint64_t used;     // when, in calls
    uint64_t snapshot; // the snapshot id its sequence was read under
};

struct person_cache {
    uint64_t calls;
    uint32_t users[SETS][WAYS] __attribute__((aligned(64))); // 0: empty
    struct place places[PERSON_CACHE_ENTRIES]; // set * WAYS + way
    struct person persons[PERSON_CACHE_ENTRIES];
};

struct person_cache *person_cache_new(void) {
    struct person_cache *c = aligned_alloc(64, sizeof *c); // its pages come as they are used
    if (!c) return NULL;
    c->calls = 0;
    memset(c->users, 0, sizeof c->users);
    return c;
}

void person_cache_free(struct person_cache *c) {
    free(c);
}

static bool same_key(const struct person_key *a, const struct person_key *b) {
    return a->user == b->user && a->sequence == b->sequence && a->generation == b->generation && a->day == b->day;
}

static unsigned set_of(uint32_t user) { return (unsigned)(hash64(slice_of(&user, sizeof user)) % SETS); }

static unsigned way_of(const struct person_cache *c, unsigned set, uint32_t user) { // WAYS: in none
    unsigned way = 0;
    while (way < WAYS && c->users[set][way] != user) way++;
    return way;
}

// A user's outdated entry is the first to go: it is never asked for again.
static unsigned way_for(const struct person_cache *c, unsigned set, uint32_t user) {
    unsigned own = way_of(c, set, user), oldest = 0;
    if (own == WAYS) own = way_of(c, set, 0);
    if (own < WAYS) return own;
    for (unsigned i = 1; i < WAYS; i++)
        if (c->places[set * WAYS + i].used < c->places[set * WAYS + oldest].used) oldest = i;
    return oldest;
}

struct person *person_cache_entry(struct person_cache *c, const struct person_key *key, bool *found) {
    unsigned set = set_of(key->user), way = way_for(c, set, key->user);
    struct place *place = &c->places[set * WAYS + way];
    *found = c->users[set][way] == key->user && same_key(&place->key, key);
    c->users[set][way] = key->user;
    *place = (struct place){.key = *key, .used = ++c->calls};
    return &c->persons[set * WAYS + way];
}

struct person *person_cache_again(struct person_cache *c, uint64_t snapshot, const struct person_key *key) {
    unsigned set = set_of(key->user), way = way_of(c, set, key->user);
    if (way == WAYS) return NULL;
    struct place *place = &c->places[set * WAYS + way];
    struct person *person = &c->persons[set * WAYS + way];
    for (unsigned line = 0; line < EXPECT_LINES; line++) __builtin_prefetch((const char *)person + (size_t)line * 64);
    if (place->snapshot != snapshot || place->key.generation != key->generation || place->key.day != key->day) return NULL;
    place->used = ++c->calls;
    return person;
}

void person_cache_seen(struct person_cache *c, uint64_t snapshot, const struct person *person) {
    c->places[person - c->persons].snapshot = snapshot;
}

void person_cache_forget(struct person_cache *c, uint32_t user) {
    unsigned set = set_of(user), way = way_of(c, set, user);
    if (way < WAYS) c->users[set][way] = 0;
}

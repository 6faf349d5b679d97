// person.h: what we know of one person for ranking, computed from their newest events: a vector and direct tastes.
#ifndef RF_MODEL_PERSON_H
#define RF_MODEL_PERSON_H

#include "generation.h"
#include "index/base/limits.h"
#include "index/columns.h"
#include "interactions.h"

#define PERSON_BRANDS 16 // brands remembered: those with the most weight

struct rank_taste_brand {
    uint32_t brand;
    float share; // weight on this brand / (sum of weights + 1)
};
struct rank_tastes {
    unsigned brand_count;
    struct rank_taste_brand brands[PERSON_BRANDS]; // most first
    float price;                                   // mean price_position() of what they wanted
    bool price_known;
};
#define PERSON_EVENTS_MAX (LIMIT_USER_EVENTS + 100) // stored ones and a session's

struct person_event {
    uint32_t product;
    float weight;     // decayed; below 0: not wanted
    enum event_type type;
    int64_t unix_ms;
};
struct person {
    bool has_vector, has_tastes;
    unsigned row_count;
    uint64_t stamp;   // of this state of this person, the ranker's count; 0: none
    struct rank_tastes tastes;
    float length; // of the vector
    float vector[GENERATION_DIMENSION_MAX];
    uint32_t rows[PERSON_EVENTS_MAX]; // the products they wanted, each where it was last wanted, newest first; UINT32_MAX: not known
};

// The distinct products wanted among the events (newest first), in that order; returns how many. For rows and for reasons alike.
unsigned person_products(const struct person_event *events, unsigned count, uint32_t *products);

// How a price compares within its type, in standard deviations of its logarithm, -3..3; false when that cannot be said.
bool price_position(const struct generation_type *type, const struct product_offer *offer, float *out);
float rank_tastes_brand(const struct rank_tastes *tastes, uint32_t brand); // share, 0 for others

// From merged interactions (interactions.h) and the events they came from, newest first. `g` may be NULL (nothing trained yet): tastes
// only. `f` has g's dimension. Fills all but the stamp.
void person_compute(const struct generation *g, struct foldin *f, struct view *v, const struct interaction *list, size_t count,
                    const struct person_event *events, unsigned event_count, struct person *out);
// The vectors of the list are put into `f` for a solve; false when there is nothing to solve.
bool person_fold(const struct generation *g, struct foldin *f, struct view *v, const struct interaction *list, size_t count, float *x);
// A product's vector, or what stands in for it; NULL: none.
const float *person_vector_of(const struct generation *g, struct view *v, uint32_t product);

// ---- cache --------------------------------------------------------------------------------------------------------
// At most PERSON_CACHE_ENTRIES persons, sixteen places for each, the longest unused of the sixteen gives way.
#define PERSON_CACHE_ENTRIES 32768 // of 5.5 KB, of which a vector of 64 and 40 events touch 0.8
struct person_key {
    uint64_t sequence, generation; // generation: one number for its id and the products taken in since
    uint32_t user, day; // the day ages are counted to
};
struct person_cache;
struct person_cache *person_cache_new(void); // NULL: out of memory
void person_cache_free(struct person_cache *c);
// The entry of `key`; *found tells whether it is filled. If not, the caller fills it. Valid until the next call.
struct person *person_cache_entry(struct person_cache *c, const struct person_key *key, bool *found);
// The same without its sequence: the entry that was last asked for under this snapshot id (equal ids show equal events). NULL: none.
struct person *person_cache_again(struct person_cache *c, uint64_t snapshot, const struct person_key *key);
void person_cache_seen(struct person_cache *c, uint64_t snapshot, const struct person *person); // of the last person_cache_entry
void person_cache_forget(struct person_cache *c, uint32_t user); // an entry that could not be filled

#endif

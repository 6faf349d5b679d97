// person.h: what we know of one person for ranking, computed from their newest events: a vector and direct tastes.
#ifndef RF_MODEL_PERSON_H
#define RF_MODEL_PERSON_H

#include "generation.h"
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
struct person {
    bool has_vector, has_tastes;
    struct rank_tastes tastes;
    float vector[GENERATION_DIMENSION_MAX];
};

// How a price compares within its type, in standard deviations of its logarithm, -3..3; false when that cannot be said.
bool price_position(const struct generation_type *type, const struct product_offer *offer, float *out);
float rank_tastes_brand(const struct rank_tastes *tastes, uint32_t brand); // share, 0 for others

// From merged interactions (interactions.h). `g` may be NULL (nothing trained yet): tastes only. `f` has g's dimension.
void person_compute(const struct generation *g, struct foldin *f, struct view *v, const struct interaction *list,
                    size_t count, struct person *out);

// ---- cache --------------------------------------------------------------------------------------------------------
// At most PERSON_CACHE_ENTRIES persons, sixteen places for each, the longest unused of the sixteen gives way.
#define PERSON_CACHE_ENTRIES 32768 // of 4.3 KB, of which a vector of 64 touches 0.6
struct person_key {
    uint64_t sequence, generation;
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

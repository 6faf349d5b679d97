// bought.h: what is bought together: pairs of products, or of types, that are in the same shopping trips more often than chance
// would have it.
//
// A trip is what one person bought within BOUGHT_WINDOW_DAYS from its first purchase; the next purchase begins another.
// Two purchases of a trip that are known to be for different cars are not a pair. With N trips, n(a) of them with a, n(ab)
// with a pair of both:
//
//     lift(a, b) = n(ab) N / (n(a) n(b))
//     kept when n(ab) >= 2, lift > 1 and the log-likelihood ratio (Dunning 1993) is at least 10.83 (p = 0.001)
//     best first: the lower bound of lift at one standard error, lift exp(-n(ab)^-0.5); ties to the lower label
//     support = sum over the trips of 2^(-days apart / 7)
#ifndef RF_MODEL_BOUGHT_H
#define RF_MODEL_BOUGHT_H

#include <stddef.h>
#include <stdint.h>

#include "index/base/err.h"

#define BOUGHT_WINDOW_DAYS 14
#define BOUGHT_TRIP_MAX 64 // purchases of a trip that are looked at: more cost the square of it and are no shopping trip

struct purchase {
    uint32_t user, label; // of a product or a type; people's purchases one after the other, each in the order of time
    uint32_t car;         // any number that tells one person's cars apart; 0: not known
    int64_t unix_ms;
};
struct bought_pair { uint32_t label; float lift, support; };
struct bought {
    uint32_t labels;   // 0 .. labels - 1
    uint32_t *start;   // [labels + 1]
    struct bought_pair *pair;
};
// At most `keep` per label. ERR_NO_MEMORY.
enum err bought_learn(const struct purchase *purchases, size_t count, uint32_t labels, unsigned keep, struct bought *out);
void bought_free(struct bought *b);

// By the formulas over all pairs of labels, for tests on small data.
enum err bought_reference(const struct purchase *purchases, size_t count, uint32_t labels, unsigned keep, struct bought *out);

#endif

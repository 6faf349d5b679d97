// synth_random.h: random numbers of the sample generator: splitmix64 through a handle, so that everything follows from the
// seed and nothing from the order in which parts of the sample are written.
#ifndef RF_TOOLS_SYNTH_RANDOM_H
#define RF_TOOLS_SYNTH_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct rng { uint64_t state; };

static inline uint64_t rng_next(struct rng *r) {
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}
// A stream of its own for each (seed, purpose, number).
static inline struct rng rng_of(uint64_t seed, uint64_t purpose, uint64_t number) {
    struct rng r = {seed ^ (purpose * 0xD1B54A32D192ED03u)};
    r.state = rng_next(&r) + number * 0xA0761D6478BD642Fu;
    rng_next(&r);
    return r;
}
static inline uint32_t rng_below(struct rng *r, uint32_t n) { return (uint32_t)(((rng_next(r) >> 32) * n) >> 32); } // n > 0
static inline double rng_unit(struct rng *r) { return (double)(rng_next(r) >> 11) * 0x1p-53; }                     // [0, 1)
static inline bool rng_chance(struct rng *r, double p) { return rng_unit(r) < p; }
static inline double rng_normal(struct rng *r) { // Box-Muller, one of the pair
    double u = 1 - rng_unit(r), v = rng_unit(r);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

#endif

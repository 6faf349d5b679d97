#include "hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash64(struct slice s) { return XXH3_64bits(s.p, s.n); }
uint64_t hash64_seed(struct slice s, uint64_t seed) { return XXH3_64bits_withSeed(s.p, s.n, seed); }

struct hash128 hash128(struct slice s) {
    XXH128_hash_t h = XXH3_128bits(s.p, s.n);
    return (struct hash128){h.low64, h.high64};
}

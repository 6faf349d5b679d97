// hash.h: XXH3 for keys, checksums and sharding. Never for secrets.
#ifndef RF_BASE_HASH_H
#define RF_BASE_HASH_H

#include "slice.h"

struct hash128 { uint64_t low, high; };

uint64_t hash64(struct slice s);
uint64_t hash64_seed(struct slice s, uint64_t seed);
struct hash128 hash128(struct slice s);

#endif

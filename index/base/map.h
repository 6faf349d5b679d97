// map.h: a heap-backed hash map from XXH3-128 of a key to a 64-bit value, for importers that meet the same words millions
// of times. The 128-bit hash stands for the key; entries are never removed.
#ifndef RF_BASE_MAP_H
#define RF_BASE_MAP_H

#include "hash.h"

struct map {
    struct map_entry *entries;
    size_t capacity, count; // capacity is a power of two
};

void map_init(struct map *m);
void map_destroy(struct map *m);
// The value's place, or NULL. Valid until the next map_put.
uint64_t *map_find(const struct map *m, struct hash128 key);
bool map_put(struct map *m, struct hash128 key, uint64_t value); // replaces; false: out of memory

#endif

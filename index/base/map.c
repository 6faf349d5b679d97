#include "map.h"

#include <stdlib.h>

struct map_entry {
    struct hash128 key; // both halves 0: free
    uint64_t value;
};

void map_init(struct map *m) {
    *m = (struct map){0};
}

void map_destroy(struct map *m) {
    free(m->entries);
    map_init(m);
}

static struct hash128 usable(struct hash128 key) {
    if (key.low == 0 && key.high == 0) key.low = 1;
    return key;
}

static struct map_entry *place(const struct map *m, struct hash128 key) {
    size_t i = key.low & (m->capacity - 1);
    for (;; i = (i + 1) & (m->capacity - 1)) {
        struct map_entry *e = &m->entries[i];
        if ((e->key.low == key.low && e->key.high == key.high) || (e->key.low == 0 && e->key.high == 0)) return e;
    }
}

uint64_t *map_find(const struct map *m, struct hash128 key) {
    if (m->capacity == 0) return NULL;
    struct map_entry *e = place(m, usable(key));
    return e->key.low || e->key.high ? &e->value : NULL;
}

static bool grow(struct map *m) {
    struct map old = *m;
    m->capacity = old.capacity ? old.capacity * 2 : 1024;
    m->entries = calloc(m->capacity, sizeof *m->entries);
    if (!m->entries) {
        *m = old;
        return false;
    }
    for (size_t i = 0; i < old.capacity; i++)
        if (old.entries[i].key.low || old.entries[i].key.high) *place(m, old.entries[i].key) = old.entries[i];
    free(old.entries);
    return true;
}

bool map_put(struct map *m, struct hash128 key, uint64_t value) {
    if (m->count * 4 >= m->capacity * 3 && !grow(m)) return false;
    struct map_entry *e = place(m, usable(key));
    if (e->key.low == 0 && e->key.high == 0) m->count++;
    e->key = usable(key);
    e->value = value;
    return true;
}

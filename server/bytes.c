#include "server/bytes.h"

#include <stdlib.h>

static size_t class_bytes(unsigned class) { return (size_t)BYTES_SMALLEST << (2 * class); }

static unsigned class_of(size_t capacity) {
    unsigned class = 0;
    while (class < BYTES_CLASSES && class_bytes(class) < capacity) class++;
    return class;
}

static char *take(struct bytes_pool *pool, unsigned class, size_t capacity) {
    if (class == BYTES_CLASSES || !pool->free[class]) return malloc(capacity);
    void *p = pool->free[class];
    memcpy(&pool->free[class], p, sizeof(void *)); // a free buffer starts with the pointer to the next one
    pool->count[class]--;
    return p;
}

static void give(struct bytes_pool *pool, char *p, size_t capacity) {
    unsigned class = class_of(capacity);
    if (class == BYTES_CLASSES || (pool->count[class] + 1) * class_bytes(class) > BYTES_KEPT) {
        free(p);
        return;
    }
    // cppcheck-suppress pointerSize ; the free list runs through the free blocks themselves
    memcpy(p, &pool->free[class], sizeof(void *));
    pool->free[class] = p;
    pool->count[class]++;
}

void bytes_pool_destroy(struct bytes_pool *pool) {
    for (unsigned class = 0; class < BYTES_CLASSES; class++)
        while (pool->free[class]) free(take(pool, class, 0));
}

bool bytes_reserve(struct bytes_pool *pool, struct bytes *b, size_t capacity) {
    if (capacity <= b->capacity) return true;
    unsigned class = class_of(capacity);
    // Above the classes grow by halves, so that appending stays linear.
    size_t rounded = class < BYTES_CLASSES ? class_bytes(class) : capacity + capacity / 2;
    char *p = take(pool, class, rounded);
    if (!p) return false;
    if (b->n > 0) memcpy(p, b->p, b->n);
    if (b->p) give(pool, b->p, b->capacity);
    b->p = p;
    b->capacity = rounded;
    return true;
}

bool bytes_append(struct bytes_pool *pool, struct bytes *b, struct slice s) {
    if (s.n == 0) return true;
    if (!bytes_reserve(pool, b, b->n + s.n)) return false;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
    return true;
}

void bytes_release(struct bytes_pool *pool, struct bytes *b) {
    if (b->p) give(pool, b->p, b->capacity);
    *b = (struct bytes){NULL, 0, 0};
}

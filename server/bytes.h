// bytes.h: byte buffers of connections, from per-worker free lists of a few sizes, so that waiting and writing take
// nothing from the heap once warm and an idle connection holds no buffer at all. One thread.
#ifndef RF_SERVER_BYTES_H
#define RF_SERVER_BYTES_H

#include "index/base/slice.h"

#define BYTES_CLASSES 5           // 1, 4, 16, 64, 256 KiB; larger ones come from the heap
#define BYTES_SMALLEST 1024
#define BYTES_KEPT (1024 * 1024)  // of each class at most

struct bytes {
    char *p;
    size_t n, capacity;
};

struct bytes_pool {
    void *free[BYTES_CLASSES];
    size_t count[BYTES_CLASSES];
};

void bytes_pool_destroy(struct bytes_pool *pool);
// Makes room for `capacity` bytes in all, contents kept. False: no memory, *b as before.
bool bytes_reserve(struct bytes_pool *pool, struct bytes *b, size_t capacity);
bool bytes_append(struct bytes_pool *pool, struct bytes *b, struct slice s);
void bytes_release(struct bytes_pool *pool, struct bytes *b); // *b is empty afterwards

#endif

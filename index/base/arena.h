// arena.h: one bump allocator per request or per import row, reset instead of freed.
//
// Not thread-safe: an arena belongs to one thread. Memory is zeroed only by arena_zalloc. When the limit is reached
// the arena answers NULL from then on and stays `full` until reset, so callers may check once at the end (ERR_NO_MEMORY).
// A reset keeps the capacity that was needed, as one chunk, so a steady request allocates nothing from the heap.
// Under AddressSanitizer the space that is not handed out is poisoned, so overruns are seen as on the heap.
#ifndef RF_BASE_ARENA_H
#define RF_BASE_ARENA_H

#include "slice.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS
#endif
#ifdef ARENA_POISONS
// Declared here without the `const` of sanitizer/asan_interface.h, which gcc takes for a read of unwritten memory.
void __asan_poison_memory_region(void volatile *p, size_t n);
void __asan_unpoison_memory_region(void volatile *p, size_t n);
#define ARENA_POISON(p, n) __asan_poison_memory_region((p), (n))
#define ARENA_UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define ARENA_POISON(p, n) ((void)(p), (void)(n))
#define ARENA_UNPOISON(p, n) ((void)(p), (void)(n))
#endif

struct arena_chunk;

struct arena {
    struct arena_chunk *newest;
    uint8_t *at, *end;       // free space of the newest chunk
    size_t used_bytes;       // handed out since the last reset, padding included
    size_t limit_bytes;      // never holds more than this
    size_t held_bytes;       // capacity of all chunks
    size_t next_bytes;       // capacity of the chunk to make next, unless an allocation needs more
    bool full;
};

void arena_init(struct arena *a, size_t first_bytes, size_t limit_bytes); // takes no memory before the first allocation
void arena_destroy(struct arena *a);
void arena_reset(struct arena *a);

void *arena_alloc_slow(struct arena *a, size_t size_bytes); // not for callers
static inline void *arena_alloc(struct arena *a, size_t size_bytes) { // 16-byte aligned; NULL when full
    size_t padded = (size_bytes + 15) & ~(size_t)15;
    // One comparison for three cases: no room, and the sizes 0 and near SIZE_MAX, which both give padded == 0.
    if (padded - 1 >= (size_t)(a->end - a->at)) return arena_alloc_slow(a, size_bytes);
    void *p = a->at;
    a->at += padded;
    a->used_bytes += padded;
    ARENA_UNPOISON(p, size_bytes);
    return p;
}
// Grows the newest allocation, of old_bytes, where it stands. False: p is not the newest or the chunk has no room.
bool arena_extend(struct arena *a, void *p, size_t old_bytes, size_t new_bytes);
void *arena_zalloc(struct arena *a, size_t size_bytes);
void *arena_array(struct arena *a, size_t count, size_t size_bytes); // overflow-checked count * size, zeroed
struct slice arena_copy(struct arena *a, struct slice s); // adds a 0 that is not counted; SLICE_NONE when full
struct slice arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(a, type) ((type *)arena_zalloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_array((a), (count), sizeof(type)))

#endif

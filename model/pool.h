// pool.h: a few threads that share the rows of a loop. For training and evaluation; requests never use it.
//
// The caller's thread works too, so a pool of one starts no thread. Pieces are handed out as threads become free, so
// which thread does a piece is not determined; a result that must not depend on it is written per piece.
#ifndef RF_MODEL_POOL_H
#define RF_MODEL_POOL_H

#include <stddef.h>

struct pool;

// [from, to) of the loop, on thread 0 .. threads-1 (an index for per-thread scratch).
typedef void pool_work(void *arg, unsigned thread, size_t from, size_t to);

struct pool *pool_new(unsigned threads); // NULL: out of memory or no thread to be had
void pool_free(struct pool *p);
unsigned pool_threads(const struct pool *p);
// Runs the loop 0..count in pieces of `grain` and returns when all are done.
void pool_run(struct pool *p, size_t count, size_t grain, pool_work *work, void *arg);

#endif

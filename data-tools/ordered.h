// ordered.h: a long file in pieces: read one after the other, worked on by all threads, written in the order they were read.
//
// At most `slots` pieces are in hand, so memory is constant and a slow writer slows the reader. Reading and writing are done by
// whichever thread is free, one at a time each, so a thread waits only when there is nothing to do.
#ifndef RF_TOOLS_ORDERED_H
#define RF_TOOLS_ORDERED_H

#include "index/base/err.h"
#include "index/base/slice.h"

struct ordered {
    enum err (*read)(void *arg, void *piece, bool *more, struct fault *why); // *more false: there was none left
    enum err (*work)(void *arg, unsigned thread, void *piece, struct fault *why);
    enum err (*write)(void *arg, void *piece, struct fault *why);
    void *arg;
    unsigned threads;
    void *pieces; // the caller's: an array of `slots`, of `piece_bytes` each, used again and again
    size_t piece_bytes;
    unsigned slots;
};

// On the caller's thread and threads - 1 others. The first failure ends it; what was read before it is written if it can be.
enum err ordered_run(const struct ordered *o, struct fault *why);

#endif

// gzip.h: gzip in memory: request bodies in, static files out.
#ifndef RF_SERVER_GZIP_H
#define RF_SERVER_GZIP_H

#include "index/base/arena.h"
#include "index/base/err.h"

// Inflates one gzip member into the arena. ERR_BAD_REQUEST when damaged or followed by something,
// ERR_TOO_LARGE when the text is over limit_bytes, ERR_NO_MEMORY.
enum err gzip_inflate(struct slice in, size_t limit_bytes, struct arena *arena, struct slice *out, struct fault *why);
// Compresses at the highest level into the arena. ERR_NO_MEMORY.
enum err gzip_deflate(struct slice in, struct arena *arena, struct slice *out);

#endif

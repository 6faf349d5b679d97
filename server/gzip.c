#include "server/gzip.h"

#include <zlib.h>

#define GZIP_WINDOW (MAX_WBITS + 16) // zlib: 16 more asks for the gzip wrapper

static void *arena_of_zlib(void *arena, unsigned count, unsigned size) { return arena_alloc(arena, (size_t)count * size); }
static void keep(void *arena, void *p) { (void)arena, (void)p; }

static enum err no_memory(struct fault *why) {
    return fault_set(why, ERR_NO_MEMORY, "", "the request needs too much memory");
}

enum err gzip_inflate(struct slice in, size_t limit_bytes, struct arena *arena, struct slice *out, struct fault *why) {
    z_stream z = {.zalloc = arena_of_zlib, .zfree = keep, .opaque = arena};
    z.next_in = (z_const Bytef *)in.p;
    z.avail_in = (uInt)in.n;
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK) return no_memory(why);
    // One byte more than allowed tells "exactly the limit" from "more". gzip's best ratio is 1032.
    size_t room = in.n < limit_bytes / 1032 ? in.n * 1032 + 1 : limit_bytes + 1;
    char *to = arena_alloc(arena, room);
    if (!to) return no_memory(why);
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)room;
    int rc = inflate(&z, Z_FINISH);
    if (rc != Z_STREAM_END && z.avail_out == 0)
        return fault_set(why, ERR_TOO_LARGE, "", "the inflated body is over %zu bytes", limit_bytes);
    if (rc != Z_STREAM_END || z.avail_in > 0)
        return fault_set(why, ERR_BAD_REQUEST, "", "the body is not one complete gzip member");
    if (z.total_out > limit_bytes)
        return fault_set(why, ERR_TOO_LARGE, "", "the inflated body is over %zu bytes", limit_bytes);
    *out = slice_of(to, z.total_out);
    return ERR_OK;
}

enum err gzip_deflate(struct slice in, struct arena *arena, struct slice *out) {
    z_stream z = {.zalloc = arena_of_zlib, .zfree = keep, .opaque = arena};
    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return ERR_NO_MEMORY;
    size_t room = deflateBound(&z, in.n);
    char *to = arena_alloc(arena, room);
    if (!to) return ERR_NO_MEMORY;
    z.next_in = (z_const Bytef *)in.p;
    z.avail_in = (uInt)in.n;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END) return ERR_NO_MEMORY;
    *out = slice_of(to, z.total_out);
    return ERR_OK;
}

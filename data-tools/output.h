// output.h: a file written in order through a buffer, compressed with zstd when its name ends in .zst. Errors stick: puts after
// one are ignored and output_close() reports it. The file appears under its name only when it is complete.
#ifndef RF_TOOLS_OUTPUT_H
#define RF_TOOLS_OUTPUT_H

#include "index/base/buf.h"
#include "index/base/err.h"

struct output {
    struct buf buf; // put with buf_*; then output_flush() now and then
    struct output_file *file;
};

// "-" is standard output.
enum err output_open(const char *path, struct output *out, struct fault *why);
void output_flush_slow(struct output *o);
static inline void output_flush(struct output *o) { // cheap: writes only when enough has come together
    if (o->buf.n >= 256 * 1024) output_flush_slow(o);
}
enum err output_close(struct output *o, struct fault *why); // writes the rest; frees everything either way
void output_abandon(struct output *o);                      // in place of closing: the file does not appear

#endif

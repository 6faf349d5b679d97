// input.h: a file to import, decompressed on the way: plain, .gz, .zst and .zip (its first entry), by content, not by name.
//
// Bytes come in order and only once; memory does not grow with the file. `-` is standard input. Lines longer than
// LIMIT_BULK_BODY_BYTES are reported as too large and skipped, never cut.
#ifndef RF_TOOLS_INPUT_H
#define RF_TOOLS_INPUT_H

#include "index/base/err.h"
#include "index/base/slice.h"

struct input;

enum err input_open(const char *path, struct input **out, struct fault *why);
struct input *input_of_memory(struct slice bytes); // borrowed; NULL: out of memory
void input_close(struct input *in);
const char *input_name(const struct input *in); // last part of the path

// Up to `size` bytes; *n is 0 at the end. ERR_DAMAGED for a broken archive, ERR_IO otherwise.
enum err input_read(struct input *in, void *to, size_t size, size_t *n, struct fault *why);
// The next line without its end; valid until the next call. ERR_END; ERR_TOO_LARGE for one line that was skipped.
enum err input_line(struct input *in, struct slice *line, uint64_t *number, struct fault *why);
// The first bytes of the content, without consuming them; at most 4096.
enum err input_peek(struct input *in, struct slice *out, struct fault *why);
// How far: bytes of the (compressed) file read and its size; total is 0 for a pipe.
void input_position(const struct input *in, uint64_t *done, uint64_t *total);

#endif

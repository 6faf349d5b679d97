#include "input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "index/base/limits.h"

#define BLOCK_BYTES (256 * 1024)
#define PEEK_BYTES 4096

struct input {
    struct archive *archive; // NULL: `memory` is the source
    struct slice memory;
    char name[256];
    uint64_t total_bytes, line;
    char *buffer; // LIMIT_BULK_BODY_BYTES + a block: room for the longest line
    size_t at, end;
};

static enum err archive_fault(struct input *in, struct fault *why) {
    int code = archive_errno(in->archive);
    const char *text = archive_error_string(in->archive);
    enum err err = code == ENOENT || code == EACCES || code == EIO ? ERR_IO : ERR_DAMAGED;
    return fault_set(why, err, "", "%s: %s", in->name, text ? text : "cannot be read");
}

static enum err archive_start(struct input *in, const char *path, struct fault *why) {
    in->archive = archive_read_new();
    if (!in->archive) return ERR_NO_MEMORY;
    archive_read_support_filter_all(in->archive);
    archive_read_support_format_zip(in->archive);
    archive_read_support_format_raw(in->archive);
    archive_read_support_format_empty(in->archive);
    bool pipe = strcmp(path, "-") == 0;
    if (archive_read_open_filename(in->archive, pipe ? NULL : path, BLOCK_BYTES) != ARCHIVE_OK) return archive_fault(in, why);
    struct archive_entry *entry;
    int rc = archive_read_next_header(in->archive, &entry);
    if (rc != ARCHIVE_OK && rc != ARCHIVE_EOF) return archive_fault(in, why);
    struct stat st;
    if (!pipe && stat(path, &st) == 0) in->total_bytes = (uint64_t)st.st_size;
    return ERR_OK;
}

static struct input *input_new(const char *path) {
    struct input *in = calloc(1, sizeof *in);
    if (!in) return NULL;
    const char *slash = strrchr(path, '/');
    slice_copy(slice_str(slash ? slash + 1 : path), in->name, sizeof in->name);
    in->buffer = malloc(LIMIT_BULK_BODY_BYTES + BLOCK_BYTES);
    if (in->buffer) return in;
    free(in);
    return NULL;
}

enum err input_open(const char *path, struct input **out, struct fault *why) {
    struct input *in = input_new(path);
    if (!in) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    enum err err = archive_start(in, path, why);
    if (err != ERR_OK) {
        input_close(in);
        return err;
    }
    *out = in;
    return ERR_OK;
}

struct input *input_of_memory(struct slice bytes) {
    struct input *in = input_new("memory");
    if (in) in->memory = bytes;
    return in;
}

void input_close(struct input *in) {
    if (!in) return;
    if (in->archive) archive_read_free(in->archive);
    free(in->buffer);
    free(in);
}

const char *input_name(const struct input *in) { return in->name; }

void input_position(const struct input *in, uint64_t *done, uint64_t *total) {
    *done = in->archive ? (uint64_t)archive_filter_bytes(in->archive, -1) : 0;
    *total = in->total_bytes;
}

// Bytes straight from the source, past the buffer.
static enum err source_read(struct input *in, void *to, size_t size, size_t *n, struct fault *why) {
    if (!in->archive) {
        *n = size < in->memory.n ? size : in->memory.n;
        if (*n) memcpy(to, in->memory.p, *n);
        in->memory = slice_from(in->memory, *n);
        return ERR_OK;
    }
    ssize_t got = archive_read_data(in->archive, to, size);
    if (got < 0) return archive_fault(in, why);
    *n = (size_t)got;
    return ERR_OK;
}

enum err input_read(struct input *in, void *to, size_t size, size_t *n, struct fault *why) {
    if (in->at == in->end) return source_read(in, to, size, n, why);
    *n = in->end - in->at < size ? in->end - in->at : size;
    memcpy(to, in->buffer + in->at, *n);
    in->at += *n;
    return ERR_OK;
}

// Moves what is left to the front and adds a block. *n is 0 at the end of the source.
static enum err buffer_fill(struct input *in, size_t *n, struct fault *why) {
    memmove(in->buffer, in->buffer + in->at, in->end - in->at);
    in->end -= in->at;
    in->at = 0;
    TRY(source_read(in, in->buffer + in->end, BLOCK_BYTES, n, why));
    in->end += *n;
    return ERR_OK;
}

enum err input_peek(struct input *in, struct slice *out, struct fault *why) {
    size_t n = 1;
    while (in->end - in->at < PEEK_BYTES && n) TRY(buffer_fill(in, &n, why));
    size_t left = in->end - in->at;
    *out = slice_of(in->buffer + in->at, left < PEEK_BYTES ? left : PEEK_BYTES);
    return ERR_OK;
}

// Drops bytes up to the next line end.
static enum err line_skip(struct input *in, struct fault *why) {
    for (;;) {
        in->at = in->end;
        size_t n = 0;
        TRY(buffer_fill(in, &n, why));
        if (n == 0) break;
        char *end = memchr(in->buffer, '\n', in->end);
        if (!end) continue;
        in->at = (size_t)(end - in->buffer) + 1;
        break;
    }
    return fault_set(why, ERR_TOO_LARGE, "", "line is longer than %d bytes", LIMIT_BULK_BODY_BYTES);
}

enum err input_line(struct input *in, struct slice *line, uint64_t *number, struct fault *why) {
    size_t seen = 0, n = 1;
    *number = ++in->line;
    for (;;) {
        char *from = in->buffer + in->at, *end = memchr(from + seen, '\n', in->end - in->at - seen);
        if (end) {
            *line = slice_of(from, (size_t)(end - from));
            in->at += line->n + 1;
            break;
        }
        seen = in->end - in->at;
        if (seen > LIMIT_BULK_BODY_BYTES) return line_skip(in, why);
        TRY(buffer_fill(in, &n, why));
        if (n) continue;
        if (seen == 0) return ERR_END;
        *line = slice_of(in->buffer + in->at, seen);
        in->at = in->end;
        break;
    }
    if (line->n && line->p[line->n - 1] == '\r') line->n--;
    return ERR_OK;
}

#include "server/line_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define READ_BYTES (256u * 1024)

enum err line_file_open(struct line_file *f, const char *path, struct fault *why) {
    *f = (struct line_file){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    buf_init(&f->in, NULL, 0);
    return f->fd >= 0 ? ERR_OK : fault_set(why, ERR_IO, "path", "%.180s: %s", path, strerror(errno));
}

void line_file_close(struct line_file *f) {
    if (f->fd >= 0) close(f->fd);
    buf_free(&f->in);
}

// Reads more behind what is there.
static enum err fill(struct line_file *f) {
    size_t left = f->in.n - f->at;
    if (f->at > 0) memmove(f->in.p, f->in.p + f->at, left);
    f->in.n = left;
    f->at = 0;
    if (!buf_room(&f->in, READ_BYTES)) return ERR_NO_MEMORY;
    ssize_t n;
    do n = read(f->fd, f->in.p + f->in.n, READ_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0) return ERR_IO;
    f->eof = n == 0;
    f->in.n += (size_t)n;
    return ERR_OK;
}

static void take(struct line_file *f, size_t bytes, size_t end, struct slice *line) {
    *line = slice_of(f->in.p + f->at, bytes);
    if (slice_ends(*line, SLICE("\r"))) line->n--;
    f->at += bytes + end;
    f->offset += bytes + end;
    f->number++;
}

enum err line_file_next(struct line_file *f, struct slice *line) {
    bool skipping = false;
    for (size_t searched = 0;;) {
        size_t left = f->in.n - f->at;
        const char *end = left > searched ? memchr(f->in.p + f->at + searched, '\n', left - searched) : NULL;
        if (end || (f->eof && (left > 0 || skipping))) {
            take(f, end ? (size_t)(end - (f->in.p + f->at)) : left, end != NULL, line);
            return skipping ? ERR_TOO_LARGE : ERR_OK;
        }
        if (f->eof) return ERR_END;
        searched = left;
        if (left > LINE_FILE_MAX_BYTES) {
            skipping = true;
            f->offset += left;
            f->at = f->in.n;
            searched = 0;
        }
        TRY(fill(f));
    }
}

#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

enum { ZSTD_LEVEL = 1 }; // samples are written more often than kept

struct output_file {
    FILE *stream;
    ZSTD_CCtx *zstd; // NULL: plain
    char path[4096], temporary[4096 + 8];
    char *packed;
    size_t packed_size;
    int failed; // errno of the first failure
};

static void file_free(struct output_file *f) {
    if (f->stream) fclose(f->stream);
    ZSTD_freeCCtx(f->zstd);
    free(f->packed);
    free(f);
}

static enum err zstd_start(struct output_file *f) {
    f->zstd = ZSTD_createCCtx();
    f->packed_size = ZSTD_CStreamOutSize();
    f->packed = malloc(f->packed_size);
    if (!f->zstd || !f->packed) return ERR_NO_MEMORY;
    ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_checksumFlag, 1);
    return ERR_OK;
}

enum err output_open(const char *path, struct output *out, struct fault *why) {
    struct output_file *f = calloc(1, sizeof *f);
    if (!f) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    if (slice_copy(slice_str(path), f->path, sizeof f->path) < strlen(path)) {
        free(f);
        return fault_set(why, ERR_BAD_REQUEST, "out", "the path is too long");
    }
    bool standard = strcmp(path, "-") == 0;
    if (!standard) snprintf(f->temporary, sizeof f->temporary, "%s.part", f->path);
    int copy = standard ? dup(STDOUT_FILENO) : -1;
    f->stream = standard ? copy >= 0 ? fdopen(copy, "wb") : NULL : fopen(f->temporary, "wb");
    enum err err = f->stream ? ERR_OK : fault_set(why, ERR_IO, "", "%s: %s", standard ? "standard output" : f->temporary, strerror(errno));
    if (err == ERR_OK && slice_ends(slice_str(path), SLICE(".zst"))) err = zstd_start(f);
    if (err != ERR_OK) {
        file_free(f);
        return err;
    }
    out->file = f;
    buf_init(&out->buf, NULL, 512 * 1024);
    return ERR_OK;
}

static void bytes_write(struct output_file *f, const void *p, size_t n) {
    if (!f->failed && n && fwrite(p, 1, n, f->stream) != n) f->failed = errno ? errno : EIO;
}

static void packed_write(struct output_file *f, struct slice bytes, ZSTD_EndDirective end) {
    ZSTD_inBuffer in = {bytes.p, bytes.n, 0};
    for (size_t left = 1; left && !f->failed;) {
        ZSTD_outBuffer out = {f->packed, f->packed_size, 0};
        left = ZSTD_compressStream2(f->zstd, &out, &in, end);
        if (ZSTD_isError(left)) f->failed = EIO;
        bytes_write(f, f->packed, out.pos);
        if (end == ZSTD_e_continue && in.pos == in.size) break;
    }
}

static void flush(struct output *o, ZSTD_EndDirective end) {
    struct output_file *f = o->file;
    if (o->buf.bad && !f->failed) f->failed = ENOMEM;
    if (f->zstd) packed_write(f, buf_slice(&o->buf), end);
    else bytes_write(f, o->buf.p, o->buf.n);
    buf_clear(&o->buf);
}

void output_flush_slow(struct output *o) { flush(o, ZSTD_e_continue); }

enum err output_close(struct output *o, struct fault *why) {
    struct output_file *f = o->file;
    enum err err = ERR_OK;
    flush(o, ZSTD_e_end);
    if (fclose(f->stream) && !f->failed) f->failed = errno;
    f->stream = NULL;
    if (!f->failed && f->temporary[0] && rename(f->temporary, f->path)) f->failed = errno;
    if (f->failed) {
        if (f->temporary[0]) unlink(f->temporary);
        err = fault_set(why, f->failed == ENOSPC ? ERR_STORAGE_FULL : ERR_IO, "", "%s: %s", f->path, strerror(f->failed));
    }
    buf_free(&o->buf);
    file_free(f);
    o->file = NULL;
    return err;
}

void output_abandon(struct output *o) {
    if (o->file->temporary[0]) unlink(o->file->temporary);
    buf_free(&o->buf);
    file_free(o->file);
    o->file = NULL;
}

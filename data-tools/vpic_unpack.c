// vpic_unpack.c: the SQLite file out of its .gz, once (vpic.h).
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "vpic.h"

enum { CHUNK_BYTES = 1 << 18 };

static bool is_newer(const char *path, const char *than) {
    struct stat a, b;
    return stat(path, &a) == 0 && stat(than, &b) == 0 && a.st_mtime >= b.st_mtime;
}

static enum err copy(gzFile in, FILE *out, const char *from, const char *to, struct fault *why) {
    char *chunk = malloc(CHUNK_BYTES);
    if (chunk == NULL) return ERR_NO_MEMORY;
    int n;
    enum err err = ERR_OK;
    while (err == ERR_OK && (n = gzread(in, chunk, CHUNK_BYTES)) != 0) {
        if (n < 0) err = fault_set(why, ERR_DAMAGED, "", "%s is damaged", from);
        else if (fwrite(chunk, 1, (size_t)n, out) != (size_t)n)
            err = fault_set(why, errno == ENOSPC ? ERR_STORAGE_FULL : ERR_IO, "", "%s: %s", to, strerror(errno));
    }
    free(chunk);
    return err;
}

static enum err unpack_to(const char *from, const char *to, struct fault *why) {
    gzFile in = gzopen(from, "rb");
    FILE *out = in == NULL ? NULL : fopen(to, "wb");
    if (out == NULL) {
        int number = errno;
        if (in != NULL) gzclose(in);
        return fault_set(why, number == ENOENT ? ERR_NOT_FOUND : ERR_IO, "", "%s: %s", in == NULL ? from : to,
                         strerror(number));
    }
    enum err err = copy(in, out, from, to, why);
    gzclose(in);
    if (fclose(out) != 0 && err == ERR_OK) err = fault_set(why, ERR_IO, "", "%s: %s", to, strerror(errno));
    return err;
}

enum err vpic_unpack(const struct vpic_options *options, char *out, size_t size, struct fault *why) {
    char part[4096];
    size_t n = strlen(options->path);
    if (n < 3 || strcmp(options->path + n - 3, ".gz") != 0) {
        snprintf(out, size, "%s", options->path);
        return ERR_OK;
    }
    if ((size_t)snprintf(out, size, "%s/vpic.lite.db", options->cache_dir) >= size)
        return fault_set(why, ERR_TOO_LARGE, "", "the path of the cache is too long");
    if (is_newer(out, options->path)) return ERR_OK;
    if ((size_t)snprintf(part, sizeof part, "%s.part", out) >= sizeof part)
        return fault_set(why, ERR_TOO_LARGE, "", "the path of the cache is too long");
    enum err err = unpack_to(options->path, part, why); // a name of its own until it is whole
    if (err == ERR_OK && rename(part, out) != 0) err = fault_set(why, ERR_IO, "", "%s: %s", out, strerror(errno));
    if (err != ERR_OK) unlink(part);
    return err;
}

#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES (4096 + 32)

static enum err io_fault(struct fault *why, const char *path) {
    enum err e = errno == ENOSPC || errno == EDQUOT ? ERR_STORAGE_FULL : ERR_IO;
    return fault_set(why, e, "", "%s: %s", path, strerror(errno));
}

static enum err write_all(int fd, struct slice piece, const char *path, struct fault *why) {
    const char *bytes = piece.p;
    size_t size = piece.n;
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return io_fault(why, path);
        bytes += n;
        size -= (size_t)n;
    }
    return ERR_OK;
}

static enum err write_file(const char *path, const struct slice *pieces, size_t count, struct fault *why) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return io_fault(why, path);
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < count; i++) e = write_all(fd, pieces[i], path, why);
    if (e == ERR_OK && fsync(fd) != 0) e = io_fault(why, path);
    if (close(fd) != 0 && e == ERR_OK) e = io_fault(why, path);
    return e;
}

static enum err sync_folder(const char *path, struct fault *why) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return io_fault(why, path);
    enum err e = fsync(fd) == 0 ? ERR_OK : io_fault(why, path);
    close(fd);
    return e;
}

enum err whole_file_folder(const char *folder, struct fault *why) {
    return mkdir(folder, 0755) == 0 || errno == EEXIST ? ERR_OK : io_fault(why, folder);
}

enum err whole_file_write(const char *folder, const char *path, const struct slice *pieces, size_t count, struct fault *why) {
    char temporary[PATH_BYTES];
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid()) >= sizeof temporary)
        return fault_set(why, ERR_TOO_LARGE, "", "%s: the path is too long", path);
    enum err e = write_file(temporary, pieces, count, why);
    if (e == ERR_OK && rename(temporary, path) != 0) e = io_fault(why, path);
    if (e != ERR_OK) {
        unlink(temporary);
        return e;
    }
    return sync_folder(folder, why);
}

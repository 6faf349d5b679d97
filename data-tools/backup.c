#include "backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/base/hash.h"
#include "index/delimited.h"
#include "model/generation.h"

enum { PATH_BYTES = 4096, BLOCK_BYTES = 1 << 20 };
#define DATA_FILE "data.mdb"
#define GENERATIONS "generations"

static enum err io_fault(struct fault *why, const char *path) {
    return fault_set(why, errno == ENOSPC ? ERR_STORAGE_FULL : ERR_IO, "", "%s: %s", path, strerror(errno));
}

static enum err join(char out[PATH_BYTES], const char *dir, const char *name, struct fault *why) {
    int n = snprintf(out, PATH_BYTES, "%s/%s", dir, name);
    return n > 0 && n < PATH_BYTES ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, "", "%s: the path is too long", dir);
}

static enum err dir_make(const char *path, struct fault *why) {
    return mkdir(path, 0777) == 0 || errno == EEXIST ? ERR_OK : io_fault(why, path);
}

static enum err file_sum(const char *path, uint64_t *size, uint64_t *sum, struct fault *why) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        enum err err = errno == ENOENT ? fault_set(why, ERR_NOT_FOUND, "", "%s is missing", path) : io_fault(why, path);
        if (fd >= 0) close(fd);
        return err;
    }
    *size = (uint64_t)st.st_size;
    void *bytes = *size ? mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    close(fd);
    if (bytes == MAP_FAILED) return io_fault(why, path);
    *sum = hash64(slice_of(bytes, *size));
    if (bytes) munmap(bytes, *size);
    return ERR_OK;
}

static enum err bytes_copy(FILE *in, FILE *out, const char *to, struct fault *why) {
    char *block = malloc(BLOCK_BYTES);
    size_t n = 1;
    bool ok = block != NULL;
    while (ok && (n = fread(block, 1, BLOCK_BYTES, in)) > 0) ok = fwrite(block, 1, n, out) == n;
    free(block);
    ok = ok && !ferror(in) && fflush(out) == 0 && fsync(fileno(out)) == 0;
    return ok ? ERR_OK : io_fault(why, to);
}

static enum err file_copy(const char *from, const char *to, struct fault *why) {
    FILE *in = fopen(from, "rb");
    if (!in) return io_fault(why, from);
    FILE *out = fopen(to, "wb");
    enum err err = out ? bytes_copy(in, out, to, why) : io_fault(why, to);
    if (out && fclose(out) != 0 && err == ERR_OK) err = io_fault(why, to);
    fclose(in);
    return err;
}

// ---- the manifest ---------------------------------------------------------------------------------------------------------
static enum err manifest_line(FILE *f, const char *dir, const char *name, struct backup_report *out, struct fault *why) {
    char path[PATH_BYTES];
    uint64_t size, sum;
    TRY(join(path, dir, name, why));
    TRY(file_sum(path, &size, &sum, why));
    fprintf(f, "%s\t%llu\t%016llx\n", name, (unsigned long long)size, (unsigned long long)sum);
    out->files++;
    out->bytes += size;
    return ERR_OK;
}

static enum err manifest_write(const char *dir, const char *generation, struct backup_report *out, struct fault *why) {
    char path[PATH_BYTES];
    TRY(join(path, dir, BACKUP_MANIFEST, why));
    FILE *f = fopen(path, "w");
    if (!f) return io_fault(why, path);
    fputs("file\tsize_bytes\txxh3\n", f);
    enum err err = manifest_line(f, dir, DATA_FILE, out, why);
    if (err == ERR_OK && generation[0]) err = manifest_line(f, dir, generation, out, why);
    bool ok = fflush(f) == 0 && fsync(fileno(f)) == 0;
    ok = fclose(f) == 0 && ok;
    return err != ERR_OK || ok ? err : io_fault(why, path);
}

static bool hex_parse(struct slice text, uint64_t *out) {
    char copy[24], *end;
    slice_copy(text, copy, sizeof copy);
    *out = strtoull(copy, &end, 16);
    return text.n == 16 && *end == 0;
}

// Calls `each` with every file of a manifest, its size and sum.
static enum err manifest_each(const char *dir, enum err (*each)(void *arg, const char *name, uint64_t size, uint64_t sum, struct fault *why),
                              void *arg, struct fault *why) {
    char path[PATH_BYTES], name[512];
    struct delimited *rows;
    TRY(join(path, dir, BACKUP_MANIFEST, why));
    TRY(delimited_open(path, &rows, why));
    int columns[3] = {delimited_column(rows, "file"), delimited_column(rows, "size_bytes"), delimited_column(rows, "xxh3")};
    enum err err = ERR_OK;
    while (err == ERR_OK && delimited_next(rows)) {
        uint64_t size, sum;
        struct slice file = delimited_cell(rows, columns[0]);
        bool good = slice_u64(delimited_cell(rows, columns[1]), &size) && hex_parse(delimited_cell(rows, columns[2]), &sum) &&
                    file.n && file.p[0] != '/' && !memmem(file.p, file.n, "..", 2) && file.n < sizeof name;
        slice_copy(file, name, sizeof name);
        err = good ? each(arg, name, size, sum, why) : fault_set(why, ERR_DAMAGED, "", "%s has a line that is none of its own", path);
    }
    delimited_close(rows);
    return err;
}

// ---- making one -----------------------------------------------------------------------------------------------------------
// The name, inside the data folder, of the vectors in use; empty when nothing has been trained.
static enum err generation_name(struct db *db, char out[64]) {
    uint64_t id = 0;
    struct snapshot *s;
    out[0] = 0;
    TRY(snapshot_open(db, &s));
    enum err err = db_meta_u64(s, GENERATION_POINTER, &id);
    snapshot_close(s);
    if (err == ERR_OK) snprintf(out, 64, GENERATIONS "/%016llx.gen", (unsigned long long)id);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err empty_dir_make(const char *path, struct fault *why) {
    if (mkdir(path, 0777) == 0) return ERR_OK;
    if (errno != EEXIST) return io_fault(why, path);
    if (rmdir(path) != 0) return fault_set(why, ERR_CONFLICT, "", "%s is there and not empty", path); // rmdir tells without a race
    return mkdir(path, 0777) == 0 ? ERR_OK : io_fault(why, path);
}

static enum err generation_copy(struct db *db, const char *name, const char *to_dir, struct fault *why) {
    char from[PATH_BYTES], to[PATH_BYTES];
    TRY(join(to, to_dir, GENERATIONS, why));
    TRY(dir_make(to, why));
    TRY(join(from, db_dir(db), name, why));
    TRY(join(to, to_dir, name, why));
    return file_copy(from, to, why);
}

enum err backup_make(struct db *db, const char *to_dir, struct backup_report *out, struct fault *why) {
    char generation[64];
    *out = (struct backup_report){0};
    TRY(empty_dir_make(to_dir, why));
    TRY(generation_name(db, generation));
    if (generation[0]) TRY(generation_copy(db, generation, to_dir, why));
    TRY(db_copy(db, to_dir, why));
    return manifest_write(to_dir, generation, out, why);
}

// ---- verifying and restoring ----------------------------------------------------------------------------------------------
struct walk { const char *dir, *to_dir; struct backup_report *report; };

static enum err verify_one(void *arg, const char *name, uint64_t size, uint64_t sum, struct fault *why) {
    struct walk *w = arg;
    char path[PATH_BYTES];
    uint64_t real_size, real_sum;
    TRY(join(path, w->dir, name, why));
    TRY(file_sum(path, &real_size, &real_sum, why));
    if (real_size != size || real_sum != sum) return fault_set(why, ERR_DAMAGED, "", "%s is not what the manifest says", path);
    w->report->files++;
    w->report->bytes += size;
    return ERR_OK;
}

enum err backup_verify(const char *dir, struct backup_report *out, struct fault *why) {
    struct walk w = {dir, NULL, out};
    *out = (struct backup_report){0};
    TRY(manifest_each(dir, verify_one, &w, why));
    return out->files ? ERR_OK : fault_set(why, ERR_DAMAGED, "", "%s lists no files", dir);
}

static enum err temporary_name(char out[PATH_BYTES], const char *dir, const char *name, struct fault *why) {
    char restored[600];
    snprintf(restored, sizeof restored, "%s.restored", name);
    return join(out, dir, restored, why);
}

static enum err copy_one(void *arg, const char *name, uint64_t size, uint64_t sum, struct fault *why) {
    struct walk *w = arg;
    char from[PATH_BYTES], to[PATH_BYTES];
    uint64_t copied_size, copied_sum;
    TRY(join(from, w->dir, name, why));
    TRY(temporary_name(to, w->to_dir, name, why));
    TRY(file_copy(from, to, why));
    TRY(file_sum(to, &copied_size, &copied_sum, why));
    return copied_size == size && copied_sum == sum ? ERR_OK : fault_set(why, ERR_DAMAGED, "", "%s changed while it was copied", from);
}

static enum err rename_one(void *arg, const char *name, uint64_t size, uint64_t sum, struct fault *why) {
    struct walk *w = arg;
    char from[PATH_BYTES], to[PATH_BYTES];
    (void)size, (void)sum;
    TRY(temporary_name(from, w->to_dir, name, why));
    TRY(join(to, w->to_dir, name, why));
    return rename(from, to) == 0 ? ERR_OK : io_fault(why, to);
}

static enum err replace(const char *dir, const char *data_dir, struct backup_report *out, struct fault *why) {
    char generations[PATH_BYTES];
    struct walk w = {dir, data_dir, out};
    TRY(join(generations, data_dir, GENERATIONS, why));
    TRY(dir_make(generations, why));
    TRY(manifest_each(dir, copy_one, &w, why));
    return manifest_each(dir, rename_one, &w, why);
}

// The lock is held through an open database; one too damaged to open has nobody in it.
enum err backup_restore(const char *dir, const char *data_dir, struct backup_report *out, struct fault *why) {
    struct db *held = NULL;
    struct fault reason = {0};
    TRY(backup_verify(dir, out, why));
    TRY(dir_make(data_dir, why));
    enum err err = db_open(data_dir, DB_CREATE, &held, &reason);
    if (err == ERR_LOCKED) return fault_set(why, err, "data", "%s is in use: %s", data_dir, reason.message);
    if (err != ERR_OK && err != ERR_DAMAGED && err != ERR_NEWER) return fault_set(why, err, "data", "%s", reason.message);
    err = replace(dir, data_dir, out, why);
    if (held) db_close(held);
    return err;
}

#include "server/static.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "index/base/hash.h"
#include "server/app.h"
#include "server/gzip.h"

#define DEPTH_MAX 8
#define ARENA_FIRST_BYTES (256 * 1024)

struct entry {
    struct slice path; // below the folder, '/' between parts
    struct static_file file;
};

struct static_files {
    struct arena arena; // everything the entries point to
    unsigned count;
    size_t total_bytes;
    struct entry entries[STATIC_FILES_MAX];
};

// ---- one file -----------------------------------------------------------------------------------------------------------------

static const struct { const char *ending, *type; bool text; } types[] = {
    {".html", "text/html; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".mjs", "text/javascript; charset=utf-8", true},
    {".json", "application/json", true},
    {".map", "application/json", true},
    {".webmanifest", "application/manifest+json", true},
    {".svg", "image/svg+xml", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".png", "image/png", false},
    {".jpg", "image/jpeg", false},
    {".webp", "image/webp", false},
    {".ico", "image/x-icon", false},
    {".woff2", "font/woff2", false},
};

static enum err describe(struct static_files *f, struct entry *e) {
    bool text = false;
    e->file.content_type = "application/octet-stream";
    e->file.cache_control = "no-cache";
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!slice_ends(e->path, slice_str(types[i].ending))) continue;
        e->file.content_type = types[i].type;
        text = types[i].text;
    }
    struct slice etag = arena_printf(&f->arena, "\"%016llx\"", (unsigned long long)hash64(e->file.bytes));
    e->file.etag = etag.p;
    if (text && e->file.bytes.n > 256) {
        TRY(gzip_deflate(e->file.bytes, &f->arena, &e->file.gzip));
        if (e->file.gzip.n >= e->file.bytes.n) e->file.gzip = SLICE_NONE;
    }
    return f->arena.full ? ERR_NO_MEMORY : ERR_OK;
}

static enum err read_bytes(struct static_files *f, const char *path, size_t size, struct slice *out, struct fault *why) {
    FILE *file = fopen(path, "re");
    if (!file) return fault_set(why, ERR_IO, "", "cannot open %s: %s", path, strerror(errno));
    char *bytes = arena_alloc(&f->arena, size + 1);
    size_t n = bytes ? fread(bytes, 1, size, file) : 0;
    fclose(file);
    *out = slice_of(bytes, n);
    return n == size ? ERR_OK : fault_set(why, ERR_IO, "", "cannot read %s", path);
}

static enum err add_file(struct static_files *f, const char *path, struct slice name, size_t size, struct fault *why) {
    f->total_bytes += size;
    if (f->count == STATIC_FILES_MAX || f->total_bytes > STATIC_TOTAL_BYTES)
        return fault_set(why, ERR_TOO_LARGE, "", "the page's folder has more than %d files or %u bytes", STATIC_FILES_MAX,
                         STATIC_TOTAL_BYTES);
    struct entry *e = &f->entries[f->count];
    e->path = arena_copy(&f->arena, name);
    TRY(read_bytes(f, path, size, &e->file.bytes, why));
    if (describe(f, e) != ERR_OK) return fault_set(why, ERR_NO_MEMORY, "", "no memory for the page's files");
    f->count++;
    return ERR_OK;
}

// ---- the tree -----------------------------------------------------------------------------------------------------------------

static enum err add_tree(struct static_files *f, const char *root, const char *below, unsigned depth, struct fault *why);

static enum err add_entry(struct static_files *f, const char *root, const char *name, unsigned depth, struct fault *why) {
    char path[PATH_MAX];
    struct stat s;
    if (snprintf(path, sizeof path, "%s/%s", root, name) >= (int)sizeof path)
        return fault_set(why, ERR_TOO_LARGE, "", "a path in the page's folder is too long");
    if (stat(path, &s) != 0) return fault_set(why, ERR_IO, "", "cannot read %s: %s", path, strerror(errno));
    if (S_ISDIR(s.st_mode)) return add_tree(f, root, name, depth + 1, why);
    return S_ISREG(s.st_mode) ? add_file(f, path, slice_str(name), (size_t)s.st_size, why) : ERR_OK;
}

static enum err add_tree(struct static_files *f, const char *root, const char *below, unsigned depth, struct fault *why) {
    char path[PATH_MAX];
    if (depth > DEPTH_MAX) return fault_set(why, ERR_TOO_LARGE, "", "the page's folder is nested too deeply");
    (void)snprintf(path, sizeof path, "%s/%s", root, below);
    DIR *dir = opendir(path);
    if (!dir) return fault_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "", "cannot open %s: %s", path, strerror(errno));
    enum err code = ERR_OK;
    for (struct dirent *d; code == ERR_OK && (d = readdir(dir)) != NULL;) {
        if (d->d_name[0] == '.' || strcmp(d->d_name, "node_modules") == 0) continue;
        char name[PATH_MAX];
        (void)snprintf(name, sizeof name, "%s%s%s", below, below[0] ? "/" : "", d->d_name);
        code = add_entry(f, root, name, depth, why);
    }
    closedir(dir);
    return code;
}

enum err static_files_load(const char *dir, struct static_files **out, struct fault *why) {
    struct static_files *f = calloc(1, sizeof *f);
    *out = NULL;
    if (!f) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    arena_init(&f->arena, ARENA_FIRST_BYTES, 3 * (size_t)STATIC_TOTAL_BYTES);
    enum err code = add_tree(f, dir, "", 0, why);
    if (code != ERR_OK) {
        static_files_free(f);
        return code;
    }
    *out = f;
    return ERR_OK;
}

void static_files_free(struct static_files *f) {
    if (!f) return;
    arena_destroy(&f->arena);
    free(f);
}

const struct static_file *static_files_find(const struct static_files *f, struct slice path) {
    for (unsigned i = 0; f && i < f->count; i++)
        if (slice_eq(f->entries[i].path, path)) return &f->entries[i].file;
    return NULL;
}

// ---- handlers -----------------------------------------------------------------------------------------------------------------

// What the page may load: only what this server has, so that no text of a product can ever become a script.
#define POLICY SLICE("default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'")

static enum err serve(struct request *rq, struct slice path, struct fault *why) {
    const struct static_file *file = static_files_find(app_of(rq)->files, path);
    if (!file) return fault_set(why, ERR_NOT_FOUND, "", "there is nothing at this path");
    respond_header(rq, "Content-Security-Policy", POLICY);
    return respond_file(rq, file);
}

enum err static_index(struct request *rq, struct fault *why) { return serve(rq, SLICE("index.html"), why); }
enum err static_file_get(struct request *rq, struct fault *why) { return serve(rq, rq->captures[0], why); }

enum err static_js_get(struct request *rq, struct fault *why) {
    return serve(rq, arena_printf(&rq->arena, "js/%.*s", SLICE_ARGS(rq->captures[0])), why);
}

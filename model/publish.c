#include "publish.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "canary.h"

// ---- one file -----------------------------------------------------------------------------------------------------

static enum err open_by_id(const char *data_dir, uint64_t id, struct generation **out, struct fault *why) {
    char path[GENERATION_PATH_MAX];
    *out = NULL;
    if (generation_path(data_dir, id, path) != ERR_OK)
        return fault_set(why, ERR_TOO_LARGE, "", "the data folder's path is too long");
    TRY(generation_open(path, out, why));
    if (generation_id(*out) == id) return ERR_OK;
    generation_close(*out);
    *out = NULL;
    return fault_set(why, ERR_DAMAGED, "", "%s holds another generation", path);
}

enum err publish_verify(const char *data_dir, uint64_t id, struct fault *why) {
    struct generation *g;
    TRY(open_by_id(data_dir, id, &g, why));
    generation_close(g);
    return ERR_OK;
}

enum err publish_check(const char *data_dir, uint64_t current, uint64_t id, unsigned threads, struct fault *why) {
    struct generation *old = NULL, *new;
    TRY(open_by_id(data_dir, id, &new, why));
    if (current != 0 && current != id) (void)open_by_id(data_dir, current, &old, NULL);
    enum err e = canary_check(old, new, CANARY_SHARE_DEFAULT, threads, why);
    generation_close(old);
    generation_close(new);
    return e;
}

// ---- the pointer --------------------------------------------------------------------------------------------------

static enum err read_id(struct snapshot *s, const char *key, uint64_t *out) {
    *out = 0;
    enum err e = db_meta_u64(s, key, out);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err publish_current(struct snapshot *s, uint64_t *current, uint64_t *previous) {
    TRY(read_id(s, GENERATION_POINTER, current));
    return read_id(s, GENERATION_PREVIOUS, previous);
}

enum err publish_switch(struct txn *t, uint64_t id) {
    uint64_t current;
    TRY(read_id(txn_snapshot(t), GENERATION_POINTER, &current));
    if (current == id) return ERR_OK;
    if (current != 0) TRY(txn_set_meta_u64(t, GENERATION_PREVIOUS, current));
    return txn_set_meta_u64(t, GENERATION_POINTER, id);
}

// ---- the folder ---------------------------------------------------------------------------------------------------

static bool id_of_name(const char *name, uint64_t *id) {
    char *end;
    if (strlen(name) != 20 || strcmp(name + 16, ".gen") != 0 || name[strspn(name, "0123456789abcdef")] != '.') return false;
    *id = strtoull(name, &end, 16);
    return end == name + 16;
}

static bool folder_of(const char *data_dir, char out[GENERATION_PATH_MAX]) {
    int n = snprintf(out, GENERATION_PATH_MAX, "%s/generations", data_dir);
    return n > 0 && n < GENERATION_PATH_MAX;
}

static struct publish_entry entry_of(const char *data_dir, uint64_t id) {
    struct publish_entry out = {.id = id};
    struct generation *g;
    struct stat stat_of;
    char path[GENERATION_PATH_MAX];
    if (generation_path(data_dir, id, path) == ERR_OK && stat(path, &stat_of) == 0) out.bytes = (uint64_t)stat_of.st_size;
    out.state = open_by_id(data_dir, id, &g, NULL);
    if (out.state != ERR_OK) return out;
    out.events = generation_events(g);
    out.created_ms = generation_created_ms(g);
    out.dimension = generation_dimension(g);
    out.rows = generation_rows(g);
    out.users = generation_users(g);
    out.learnt.figures = generation_figures(g);
    out.learnt.mixed = generation_mix(g, &out.learnt.weights, &out.learnt.shape);
    generation_close(g);
    return out;
}

static int newest_first(const void *a, const void *b) {
    const struct publish_entry *x = a, *y = b;
    if ((x->state == ERR_OK) != (y->state == ERR_OK)) return x->state == ERR_OK ? -1 : 1;
    if (x->created_ms != y->created_ms) return x->created_ms > y->created_ms ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

enum err publish_list(const char *data_dir, struct publish_entry **list, unsigned *count, struct fault *why) {
    char folder[GENERATION_PATH_MAX];
    *list = NULL;
    *count = 0;
    if (!folder_of(data_dir, folder)) return fault_set(why, ERR_TOO_LARGE, "", "the data folder's path is too long");
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return errno == ENOENT ? ERR_OK : fault_set(why, ERR_IO, "", "%s: %s", folder, strerror(errno));
    enum err e = ERR_OK;
    for (const struct dirent *d; e == ERR_OK && (d = readdir(entries)) != NULL;) {
        uint64_t id;
        if (!id_of_name(d->d_name, &id)) continue;
        struct publish_entry *more = realloc(*list, ((size_t)*count + 1) * sizeof *more);
        if (more == NULL) {
            e = fault_set(why, ERR_NO_MEMORY, "", "no memory for the list of generations");
            continue;
        }
        *list = more;
        more[(*count)++] = entry_of(data_dir, id);
    }
    closedir(entries);
    if (*count) qsort(*list, *count, sizeof **list, newest_first);
    return e;
}

static enum err remove_unfinished(const char *folder, struct fault *why) {
    char path[GENERATION_PATH_MAX];
    DIR *entries = opendir(folder);
    if (entries == NULL) return fault_set(why, ERR_IO, "", "%s: %s", folder, strerror(errno));
    for (const struct dirent *d; (d = readdir(entries)) != NULL;) {
        int n = snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
        if (n > 0 && (size_t)n < sizeof path && slice_ends(slice_str(d->d_name), SLICE(".tmp"))) unlink(path);
    }
    closedir(entries);
    return ERR_OK;
}

enum err publish_prune(const char *data_dir, uint64_t current, uint64_t previous, unsigned keep, struct fault *why) {
    char path[GENERATION_PATH_MAX];
    struct publish_entry *list;
    unsigned count;
    if (!folder_of(data_dir, path)) return fault_set(why, ERR_TOO_LARGE, "", "the data folder's path is too long");
    TRY(remove_unfinished(path, why));
    enum err e = publish_list(data_dir, &list, &count, why);
    for (unsigned i = 0; e == ERR_OK && i < count; i++) {
        bool kept = (i < keep && list[i].state == ERR_OK) || list[i].id == current || list[i].id == previous ||
                    list[i].state == ERR_NEWER; // a newer program made it
        if (!kept && generation_path(data_dir, list[i].id, path) == ERR_OK) unlink(path);
    }
    free(list);
    return e;
}

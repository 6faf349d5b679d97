#include "ratings.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/base/map.h"

struct rating { uint32_t user, item; int64_t unix_ms; uint64_t line; };

struct reading {
    struct map users, items;
    struct rating *list;
    size_t count, held;
    bool timed;
};

// ---- lines --------------------------------------------------------------------------------------------------------

static bool is_separator(char c) { return c == '\t' || c == ',' || c == ':' || c == ' ' || c == ';'; }

static struct slice next_field(struct slice *line) {
    size_t from = 0, to;
    while (from < line->n && is_separator(line->p[from])) from++;
    for (to = from; to < line->n && !is_separator(line->p[to]);) to++;
    struct slice field = slice_of(line->p + from, to - from);
    *line = slice_from(*line, to);
    return field;
}

static bool number(struct slice text, double *out) {
    char copy[48], *end;
    if (text.n == 0 || text.n >= sizeof copy) return false;
    slice_copy(text, copy, sizeof copy);
    *out = strtod(copy, &end);
    return *end == 0 && isfinite(*out);
}

static bool number_id(struct map *ids, struct slice text, uint32_t *out) {
    struct hash128 key = hash128(text);
    const uint64_t *known = map_find(ids, key);
    if (known == NULL && !map_put(ids, key, ids->count)) return false;
    *out = (uint32_t)(known ? *known : ids->count - 1);
    return ids->count < SEQUENCES_NUMBER_MAX;
}

static bool room(struct reading *r) {
    if (r->count < r->held) return true;
    size_t held = r->held ? r->held * 2 : 4096;
    struct rating *list = realloc(r->list, held * sizeof *list);
    if (list == NULL) return false;
    r->list = list;
    r->held = held;
    return true;
}

static enum err read_line(struct reading *r, struct slice line, uint64_t at, double least, const char *name, struct fault *why) {
    struct slice user = next_field(&line), item = next_field(&line), rating = next_field(&line), when = next_field(&line);
    double value = 0, seconds = 0;
    bool good = number(rating, &value) && (when.n == 0 || number(when, &seconds)) && fabs(seconds) < 1e12;
    if (!good && at == 1) return ERR_OK; // a header
    if (!good) return fault_set(why, ERR_BAD_REQUEST, "", "%s:%llu: not \"user item rating timestamp\"", name, (unsigned long long)at);
    r->timed = r->timed || when.n > 0;
    if (value < least) return ERR_OK;
    struct rating to = {.unix_ms = (int64_t)(seconds * 1000), .line = at};
    if (!room(r) || !number_id(&r->users, user, &to.user) || !number_id(&r->items, item, &to.item))
        return fault_set(why, ERR_NO_MEMORY, "", "%s:%llu: no memory, or too many ids", name, (unsigned long long)at);
    r->list[r->count++] = to;
    return ERR_OK;
}

// ---- sequences ----------------------------------------------------------------------------------------------------

static int by_user_and_time(const void *a, const void *b) {
    const struct rating *x = a, *y = b;
    if (x->user != y->user) return x->user < y->user ? -1 : 1;
    if (x->unix_ms != y->unix_ms) return x->unix_ms < y->unix_ms ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static enum err into_sequences(struct reading *r, struct sequences *out) {
    if (!sequences_take(out, (uint32_t)r->users.count, (uint32_t)r->items.count, r->count, r->timed)) return ERR_NO_MEMORY;
    if (r->count) qsort(r->list, r->count, sizeof *r->list, by_user_and_time);
    for (size_t i = 0; i < r->count; i++) {
        out->item[i] = r->list[i].item;
        if (r->timed) out->unix_ms[i] = r->list[i].unix_ms;
        out->start[r->list[i].user + 1] = i + 1;
    }
    return ERR_OK; // every user has a line, so no row is left at 0
}

enum err ratings_parse(struct slice text, const char *name, double least, struct sequences *out, struct fault *why) {
    struct reading r = {0};
    enum err e = ERR_OK;
    *out = (struct sequences){0};
    map_init(&r.users);
    map_init(&r.items);
    for (uint64_t at = 1; e == ERR_OK && text.p != NULL; at++) {
        struct slice line = slice_trim(slice_cut(&text, '\n'));
        if (line.n > 0) e = read_line(&r, line, at, least, name, why);
        if (at >= RATINGS_LINES_MAX) e = fault_set(why, ERR_TOO_LARGE, "", "%s: too many lines", name);
    }
    if (e == ERR_OK && into_sequences(&r, out) != ERR_OK) e = fault_set(why, ERR_NO_MEMORY, "", "%s: no memory", name);
    map_destroy(&r.users);
    map_destroy(&r.items);
    free(r.list);
    return e;
}

enum err ratings_read(const char *path, double least, struct sequences *out, struct fault *why) {
    struct stat stat;
    *out = (struct sequences){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fault_set(why, ERR_NOT_FOUND, "", "cannot open %s: %s", path, strerror(errno));
    void *bytes = MAP_FAILED;
    if (fstat(fd, &stat) == 0 && stat.st_size > 0) bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED) return fault_set(why, ERR_IO, "", "cannot read %s, or it is empty", path);
    enum err e = ratings_parse(slice_of(bytes, (size_t)stat.st_size), path, least, out, why);
    munmap(bytes, (size_t)stat.st_size);
    return e;
}

// ---- by time ------------------------------------------------------------------------------------------------------

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static bool had_before(const struct sequences *older, uint32_t row, uint64_t end, uint32_t item) {
    for (uint64_t i = older->start[row]; i < end; i++)
        if (older->item[i] == item) return true;
    return false;
}

enum err ratings_split(const struct sequences *all, double share, struct sequences *older, struct sequences *newer) {
    uint64_t count = sequences_count(all), kept[2] = {0};
    *older = *newer = (struct sequences){0};
    if (all->unix_ms == NULL || count == 0 || !(share > 0 && share < 1)) return ERR_BAD_REQUEST;
    int64_t *times = malloc(count * sizeof *times);
    if (times == NULL) return ERR_NO_MEMORY;
    memcpy(times, all->unix_ms, count * sizeof *times);
    qsort(times, count, sizeof *times, ascending);
    int64_t from = times[(uint64_t)((double)count * (1 - share))];
    free(times);
    if (!sequences_take(older, all->rows, all->columns, count, true)) return ERR_NO_MEMORY;
    if (!sequences_take(newer, all->rows, all->columns, count, true)) {
        sequences_free(older);
        return ERR_NO_MEMORY;
    }
    for (uint32_t row = 0; row < all->rows; row++) {
        for (uint64_t i = all->start[row]; i < all->start[row + 1]; i++) {
            bool new = all->unix_ms[i] >= from;
            struct sequences *to = new ? newer : older;
            if (new && had_before(older, row, kept[0], all->item[i])) continue;
            to->item[kept[new]] = all->item[i];
            to->unix_ms[kept[new]++] = all->unix_ms[i];
        }
        older->start[row + 1] = kept[0];
        newer->start[row + 1] = kept[1];
    }
    return ERR_OK;
}

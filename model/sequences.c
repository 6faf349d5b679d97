#include "sequences.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void sequences_free(struct sequences *s) {
    free(s->start);
    free(s->item);
    free(s->unix_ms);
    *s = (struct sequences){0};
}

bool sequences_take(struct sequences *s, uint32_t rows, uint32_t columns, uint64_t count, bool timed) {
    *s = (struct sequences){.rows = rows, .columns = columns};
    s->start = calloc((size_t)rows + 1, sizeof *s->start);
    s->item = malloc((count + 1) * sizeof *s->item); // + 1: none is not a failure
    s->unix_ms = timed ? malloc((count + 1) * sizeof *s->unix_ms) : NULL;
    if (s->start && s->item && (s->unix_ms || !timed)) return true;
    sequences_free(s);
    return false;
}

// ---- text ---------------------------------------------------------------------------------------------------------

struct shape { // of a text, from a first reading
    uint64_t items, rows;
};

static enum err bad_line(const char *name, uint64_t line, struct fault *why) {
    return fault_set(why, ERR_BAD_REQUEST, "", "%s:%llu: not \"user item item ...\" with numbers below %u and users ascending",
                     name, (unsigned long long)line, SEQUENCES_NUMBER_MAX);
}

// The next number of the line; false at its end or for anything else, told apart by `bad`.
static bool next_number(struct slice *line, uint32_t *out, bool *bad) {
    struct slice word = {0};
    uint64_t number;
    while (line->p != NULL && word.n == 0) word = slice_cut(line, ' '); // several blanks are one
    if (word.n == 0) return false;
    *bad = !slice_u64(word, &number) || number >= SEQUENCES_NUMBER_MAX;
    *out = *bad ? 0 : (uint32_t)number;
    return !*bad;
}

// Reads all lines; with `out` fills it, else only counts.
static enum err read_text(struct slice text, const char *name, struct sequences *out, struct shape *shape,
                          struct fault *why) {
    int64_t last_user = -1;
    uint64_t number = 0, count = 0;
    uint32_t columns = 0;
    while (text.p != NULL) {
        struct slice line = slice_trim(slice_cut(&text, '\n'));
        uint32_t user, item;
        bool bad = false;
        number++;
        if (line.n == 0) continue;
        if (!next_number(&line, &user, &bad) || (int64_t)user <= last_user) return bad_line(name, number, why);
        for (; next_number(&line, &item, &bad); count++) {
            if (out) out->item[count] = item;
            if (item >= columns) columns = item + 1;
        }
        if (bad) return bad_line(name, number, why);
        if (out) out->start[user + 1] = count;
        last_user = user;
    }
    *shape = (struct shape){count, (uint64_t)(last_user + 1)};
    if (out) out->columns = columns;
    return ERR_OK;
}

enum err sequences_parse(struct slice text, const char *name, struct sequences *out, struct fault *why) {
    struct shape shape = {0};
    *out = (struct sequences){0};
    TRY(read_text(text, name, NULL, &shape, why));
    if (!sequences_take(out, (uint32_t)shape.rows, 0, shape.items, false))
        return fault_set(why, ERR_NO_MEMORY, "", "%s: no memory for %llu items", name, (unsigned long long)shape.items);
    TRY(read_text(text, name, out, &shape, why));
    for (uint32_t row = 0; row < out->rows; row++) // rows nobody wrote are empty
        if (out->start[row + 1] < out->start[row]) out->start[row + 1] = out->start[row];
    return ERR_OK;
}

enum err sequences_read(const char *path, struct sequences *out, struct fault *why) {
    struct stat stat;
    *out = (struct sequences){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fault_set(why, ERR_NOT_FOUND, "", "cannot open %s: %s", path, strerror(errno));
    void *bytes = MAP_FAILED;
    if (fstat(fd, &stat) == 0 && stat.st_size > 0)
        bytes = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED) return fault_set(why, ERR_IO, "", "cannot read %s, or it is empty", path);
    enum err e = sequences_parse(slice_of(bytes, (size_t)stat.st_size), path, out, why);
    munmap(bytes, (size_t)stat.st_size);
    return e;
}

// ---- parts --------------------------------------------------------------------------------------------------------

enum err sequences_before(const struct sequences *s, uint64_t last, uint64_t keep, struct sequences *out) {
    if (!sequences_take(out, s->rows, s->columns, sequences_count(s), false)) return ERR_NO_MEMORY;
    for (uint32_t row = 0; row < s->rows; row++) {
        uint64_t n = sequences_length(s, row), left = n > last ? n - last : 0;
        if (left < keep) left = n < keep ? n : keep;
        if (left) memcpy(out->item + out->start[row], s->item + s->start[row], left * sizeof *s->item);
        out->start[row + 1] = out->start[row] + left;
    }
    return ERR_OK;
}

enum err sequences_from_end(const struct sequences *s, uint64_t nth, uint64_t keep, struct sequences *out) {
    if (!sequences_take(out, s->rows, s->columns, s->rows, false)) return ERR_NO_MEMORY;
    for (uint32_t row = 0; row < s->rows; row++) {
        uint64_t n = sequences_length(s, row), at = out->start[row];
        bool some = n >= nth && n - nth >= keep;
        if (some) out->item[at] = s->item[s->start[row + 1] - nth];
        out->start[row + 1] = at + (some ? 1 : 0);
    }
    return ERR_OK;
}

static void append_row(struct sequences *out, uint32_t row, const struct sequences *from) {
    uint64_t n = row < from->rows ? sequences_length(from, row) : 0;
    if (n) memcpy(out->item + out->start[row + 1], from->item + from->start[row], n * sizeof *out->item);
    out->start[row + 1] += n;
}

enum err sequences_append(const struct sequences *a, const struct sequences *b, struct sequences *out) {
    uint32_t rows = a->rows > b->rows ? a->rows : b->rows, columns = a->columns > b->columns ? a->columns : b->columns;
    if (!sequences_take(out, rows, columns, sequences_count(a) + sequences_count(b), false)) return ERR_NO_MEMORY;
    for (uint32_t row = 0; row < rows; row++) {
        out->start[row + 1] = out->start[row];
        append_row(out, row, a);
        append_row(out, row, b);
    }
    return ERR_OK;
}

// ---- matrix -------------------------------------------------------------------------------------------------------

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static size_t sort_unique(uint32_t *list, size_t n) {
    size_t kept = 0;
    qsort(list, n, sizeof *list, ascending);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || list[kept - 1] != list[i]) list[kept++] = list[i];
    return kept;
}

enum err sequences_interactions(const struct sequences *s, uint32_t columns, struct interactions *out) {
    struct sparse *m = &out->by_user;
    *out = (struct interactions){0};
    if (!sparse_take(m, s->rows, columns, sequences_count(s))) return ERR_NO_MEMORY;
    for (uint32_t row = 0; row < s->rows; row++) {
        uint64_t n = sequences_length(s, row);
        if (n) memcpy(m->column + m->start[row], s->item + s->start[row], n * sizeof *m->column);
        m->start[row + 1] = m->start[row] + sort_unique(m->column + m->start[row], (size_t)n);
    }
    for (uint64_t i = 0; i < m->start[m->rows]; i++) m->weight[i] = 1.0f;
    if (sparse_transpose(m, &out->by_product) == ERR_OK) return ERR_OK;
    interactions_free(out);
    return ERR_NO_MEMORY;
}

#include "delimited.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "text.h"

struct delimited {
    char *bytes;          // the file as read
    struct arena arena;   // its UTF-8 form, when it was something else
    char *at, *end;
    char separator;
    bool of_a_shop;       // see delimited_of_bytes()
    bool unclosed;        // the row's last quote
    uint64_t line, next_line;
    unsigned columns, cells;
    struct slice names[DELIMITED_COLUMNS_MAX];
    struct slice row[DELIMITED_COLUMNS_MAX + 1]; // one more to see that a row is too long
};

static enum err read_all(FILE *f, const char *path, char **bytes, size_t *size, struct fault *why) {
    size_t capacity = 1 << 16, n = 0;
    char *p = malloc(capacity);
    while (p != NULL) {
        n += fread(p + n, 1, capacity - n, f);
        if (n < capacity) break;
        if (capacity >= DELIMITED_FILE_BYTES_MAX) {
            free(p);
            return fault_set(why, ERR_TOO_LARGE, "", "%s is larger than %llu bytes", path, DELIMITED_FILE_BYTES_MAX);
        }
        char *grown = realloc(p, capacity *= 2);
        if (grown == NULL) free(p);
        p = grown;
    }
    if (p == NULL) return ERR_NO_MEMORY;
    *bytes = p;
    *size = n;
    return ferror(f) ? fault_set(why, ERR_IO, "", "%s: %s", path, strerror(errno)) : ERR_OK;
}

// The bytes as UTF-8, and where reading starts.
static enum err decode_text(struct delimited *d, const char *name, size_t n, struct fault *why) {
    struct slice text = SLICE_NONE;
    enum err err = text_to_utf8(&d->arena, slice_of(d->bytes, n), &text);
    if (err == ERR_BAD_REQUEST) return fault_set(why, err, "", "%s is neither UTF-8 nor GBK text", name);
    if (err != ERR_OK) return err;
    d->at = d->bytes; // both sources are ours to write: quotes are taken out in place
    if (text.p < d->bytes || text.p > d->bytes + n) d->at = (char *)(uintptr_t)text.p;
    else d->at += text.p - d->bytes;
    d->end = d->at + text.n;
    return ERR_OK;
}

static enum err load_file(struct delimited *d, const char *path, struct fault *why) {
    size_t n = 0;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return fault_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "", "%s: %s", path, strerror(errno));
    enum err err = read_all(f, path, &d->bytes, &n, why);
    fclose(f);
    return err == ERR_OK ? decode_text(d, path, n, why) : err;
}

static enum err load_bytes(struct delimited *d, struct slice bytes, const char *name, struct fault *why) {
    if (bytes.n >= DELIMITED_FILE_BYTES_MAX)
        return fault_set(why, ERR_TOO_LARGE, "", "%s is larger than %llu bytes", name, DELIMITED_FILE_BYTES_MAX);
    d->bytes = malloc(bytes.n + 1);
    if (d->bytes == NULL) return ERR_NO_MEMORY;
    if (bytes.n > 0) memcpy(d->bytes, bytes.p, bytes.n);
    return decode_text(d, name, bytes.n, why);
}

// Of the first line that is no comment.
static char header_separator(const struct delimited *d) {
    struct slice rest = slice_of(d->at, (size_t)(d->end - d->at)), line = slice_cut(&rest, '\n');
    while (rest.n > 0 && (slice_trim(line).n == 0 || slice_starts(slice_trim(line), SLICE("#")))) line = slice_cut(&rest, '\n');
    if (line.n == 0 || memchr(line.p, '\t', line.n) != NULL) return '\t';
    return memchr(line.p, ';', line.n) != NULL && memchr(line.p, ',', line.n) == NULL ? ';' : ',';
}

static void put_cell(struct delimited *d, struct slice cell) {
    if (d->cells <= DELIMITED_COLUMNS_MAX) d->row[d->cells++] = slice_trim(cell);
}

// A quoted cell, read in place; leaves `at` behind the closing quote.
static struct slice quoted_cell(struct delimited *d) {
    char *start = ++d->at, *out = start;
    while (d->at < d->end) {
        if (*d->at == '"') {
            if (d->at + 1 == d->end || d->at[1] != '"') break;
            d->at++;
        }
        d->next_line += *d->at == '\n';
        *out++ = *d->at++;
    }
    d->unclosed = d->at == d->end;
    while (d->at < d->end && *d->at != d->separator && *d->at != '\n') d->at++;
    return slice_of(start, (size_t)(out - start));
}

static struct slice plain_cell(struct delimited *d) {
    char *start = d->at;
    while (d->at < d->end && *d->at != d->separator && *d->at != '\n') d->at++;
    return slice_of(start, (size_t)(d->at - start));
}

static void read_row(struct delimited *d) {
    d->line = d->next_line;
    d->cells = 0;
    d->unclosed = false;
    for (;;) {
        bool quoted = (d->separator != '\t' || d->of_a_shop) && d->at < d->end && *d->at == '"';
        put_cell(d, quoted ? quoted_cell(d) : plain_cell(d));
        if (d->at == d->end) return;
        if (*d->at++ == '\n') break;
    }
    d->next_line++;
}

bool delimited_next(struct delimited *d) {
    while (d->at < d->end) {
        read_row(d);
        bool blank = d->cells == 1 && d->row[0].n == 0;
        bool comment = slice_starts(d->row[0], SLICE("#")) && !(d->of_a_shop && d->columns > 0);
        if (!blank && !comment) return true;
    }
    d->cells = 0;
    return false;
}

static struct delimited *delimited_new(void) {
    struct delimited *d = text_init() == ERR_OK ? calloc(1, sizeof *d) : NULL;
    if (d != NULL) arena_init(&d->arena, 4096, DELIMITED_FILE_BYTES_MAX * 3);
    return d;
}

static enum err header_read(struct delimited *d, const char *name, struct fault *why) {
    d->separator = header_separator(d);
    d->next_line = 1;
    if (!delimited_next(d)) return fault_set(why, ERR_BAD_REQUEST, "", "%s has no header line", name);
    if (d->cells > DELIMITED_COLUMNS_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "", "%s has more than %d columns", name, DELIMITED_COLUMNS_MAX);
    d->columns = d->cells;
    memcpy(d->names, d->row, d->columns * sizeof *d->names);
    return ERR_OK;
}

enum err delimited_open(const char *path, struct delimited **out, struct fault *why) {
    struct delimited *d = *out = delimited_new();
    if (d == NULL) return ERR_NO_MEMORY;
    enum err err = load_file(d, path, why);
    if (err == ERR_OK) err = header_read(d, path, why);
    if (err == ERR_OK) return ERR_OK;
    *out = NULL;
    delimited_close(d);
    return err;
}

enum err delimited_of_bytes(struct slice bytes, const char *name, struct delimited **out, struct fault *why) {
    struct delimited *d = *out = delimited_new();
    if (d == NULL) return ERR_NO_MEMORY;
    d->of_a_shop = true;
    enum err err = load_bytes(d, bytes, name, why);
    if (err == ERR_OK) err = header_read(d, name, why);
    if (err == ERR_OK) return ERR_OK;
    *out = NULL;
    delimited_close(d);
    return err;
}

void delimited_close(struct delimited *d) {
    if (d == NULL) return;
    free(d->bytes);
    arena_destroy(&d->arena);
    free(d);
}

unsigned delimited_columns(const struct delimited *d) { return d->columns; }
bool delimited_unclosed(const struct delimited *d) { return d->unclosed; }
uint64_t delimited_line(const struct delimited *d) { return d->line; }
struct slice delimited_column_name(const struct delimited *d, unsigned column) { return d->names[column]; }

int delimited_column(const struct delimited *d, const char *name) {
    for (unsigned i = 0; i < d->columns; i++)
        if (slice_is(d->names[i], name)) return (int)i;
    return -1;
}

struct slice delimited_cell(const struct delimited *d, int column) {
    return column < 0 || (unsigned)column >= d->cells ? SLICE_NONE : d->row[column];
}

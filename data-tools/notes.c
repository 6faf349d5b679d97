#include "notes.h"

#include <ctype.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "input.h"

struct notes {
    struct arena arena;
    struct slice *lines; // squeezed; a last '*' marks a prefix
    size_t count, capacity;
};

struct slice notes_squeeze(struct slice text, char *out, size_t size) {
    size_t n = 0;
    text = slice_trim(text);
    for (size_t i = 0; i < text.n && n < size; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (isspace(c) && n && out[n - 1] == ' ') continue;
        out[n++] = isspace(c) ? ' ' : (char)tolower(c);
    }
    if (n && out[n - 1] == '.') n--;
    return slice_of(out, n);
}

static enum err notes_add(struct notes *n, struct slice text) {
    char squeezed[LIMIT_TEXT_BYTES];
    if (n->count == n->capacity) {
        size_t capacity = n->capacity ? n->capacity * 2 : 64;
        struct slice *lines = realloc(n->lines, capacity * sizeof *lines);
        if (!lines) return ERR_NO_MEMORY;
        n->lines = lines;
        n->capacity = capacity;
    }
    n->lines[n->count++] = arena_copy(&n->arena, notes_squeeze(text, squeezed, sizeof squeezed));
    return n->arena.full ? ERR_NO_MEMORY : ERR_OK;
}

static enum err notes_read(struct notes *n, const char *path, struct fault *why) {
    struct input *in;
    struct slice line;
    uint64_t number;
    if (input_open(path, &in, NULL) != ERR_OK) return ERR_OK;
    enum err err;
    while ((err = input_line(in, &line, &number, why)) == ERR_OK) {
        line = slice_trim(line);
        if (line.n && line.p[0] != '#' && (err = notes_add(n, line)) != ERR_OK) break;
    }
    input_close(in);
    return err == ERR_END ? ERR_OK : err;
}

enum err notes_open(const char *path, struct notes **out, struct fault *why) {
    struct notes *n = calloc(1, sizeof *n);
    if (!n) return ERR_NO_MEMORY;
    arena_init(&n->arena, 16 * 1024, 64u << 20);
    enum err err = path ? notes_read(n, path, why) : ERR_OK;
    if (err == ERR_OK) *out = n;
    else notes_close(n);
    return err;
}

void notes_close(struct notes *n) {
    if (!n) return;
    arena_destroy(&n->arena);
    free(n->lines);
    free(n);
}

bool notes_informational(const struct notes *n, struct slice text) {
    char buffer[LIMIT_TEXT_BYTES];
    struct slice wanted = notes_squeeze(text, buffer, sizeof buffer);
    for (size_t i = 0; n && i < n->count; i++) {
        struct slice line = n->lines[i];
        bool prefix = line.n && line.p[line.n - 1] == '*';
        if (prefix ? slice_starts(wanted, slice_of(line.p, line.n - 1)) : slice_eq(wanted, line)) return true;
    }
    return false;
}

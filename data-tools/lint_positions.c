#include "lint_positions.h"

#include <stdio.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "index/delimited.h"

struct lint_positions {
    struct delimited *table; // owns the bytes
    unsigned count;
    struct { struct slice slug, positions; } types[LIMIT_TYPES];
};

static enum err table_read(struct lint_positions *p, const char *path, struct fault *why) {
    enum err err = delimited_open(path, &p->table, why);
    if (err != ERR_OK) return err == ERR_NOT_FOUND ? ERR_OK : err;
    int id = delimited_column(p->table, "id"), positions = delimited_column(p->table, "positions");
    while (p->count < LIMIT_TYPES && delimited_next(p->table)) {
        p->types[p->count].slug = delimited_cell(p->table, id);
        p->types[p->count++].positions = delimited_cell(p->table, positions);
    }
    return ERR_OK;
}

enum err lint_positions_open(const char *facts_dir, struct lint_positions **out, struct fault *why) {
    char path[4096];
    struct lint_positions *p = calloc(1, sizeof *p);
    if (!p) return ERR_NO_MEMORY;
    int n = snprintf(path, sizeof path, "%s/types.tsv", facts_dir);
    bool fits = n > 0 && (size_t)n < sizeof path;
    enum err err = fits ? table_read(p, path, why) : fault_set(why, ERR_TOO_LARGE, "facts", "the path is too long");
    if (err == ERR_OK) *out = p;
    else lint_positions_close(p);
    return err;
}

void lint_positions_close(struct lint_positions *p) {
    if (!p) return;
    delimited_close(p->table);
    free(p);
}

static bool has_word(struct slice words, struct slice word) {
    for (struct slice rest = words; rest.p;)
        if (slice_eq(slice_cut(&rest, '_'), word)) return true;
    return false;
}
// "front" is part of "front_left".
static bool within(struct slice some, struct slice all) {
    for (struct slice rest = some; rest.p;)
        if (!has_word(all, slice_cut(&rest, '_'))) return false;
    return true;
}

static enum lint_position_verdict verdict(struct slice allowed, struct slice position) {
    if (allowed.n == 0) return POSITION_NEEDLESS;
    for (struct slice rest = allowed; rest.p;) {
        struct slice one = slice_trim(slice_cut(&rest, '|'));
        if (within(one, position) || within(position, one)) return POSITION_FINE;
    }
    return POSITION_IMPOSSIBLE;
}

enum lint_position_verdict lint_position(const struct lint_positions *p, struct slice type, struct slice position, struct slice *allowed) {
    *allowed = SLICE_NONE;
    for (unsigned i = 0; i < p->count; i++) {
        if (!slice_eq(p->types[i].slug, type)) continue;
        *allowed = p->types[i].positions;
        return position.n ? verdict(*allowed, position) : POSITION_FINE;
    }
    return POSITION_UNKNOWN;
}

#include "lint_group.h"

#include <stdlib.h>

void lint_groups_destroy(struct lint_groups *g) {
    free(g->findings);
    free(g->members);
    *g = (struct lint_groups){0};
}

enum err lint_groups_open(struct lint_groups *g, enum lint_check check, uint32_t subject) {
    if (g->count == g->capacity) {
        size_t capacity = g->capacity ? g->capacity + g->capacity / 2 : 256;
        struct lint_finding *grown = realloc(g->findings, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        g->findings = grown;
        g->capacity = capacity;
    }
    g->findings[g->count++] = (struct lint_finding){.check = check, .subject = subject, .first = (uint32_t)g->member_count};
    return ERR_OK;
}

enum err lint_groups_put(struct lint_groups *g, uint32_t member) {
    if (g->member_count == g->member_capacity) {
        size_t capacity = g->member_capacity ? g->member_capacity + g->member_capacity / 2 : 1024;
        uint32_t *grown = capacity > UINT32_MAX ? NULL : realloc(g->members, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        g->members = grown;
        g->member_capacity = capacity;
    }
    g->members[g->member_count++] = member;
    g->findings[g->count - 1].count++;
    return ERR_OK;
}

// ---- the order ------------------------------------------------------------------------------------------------------
// What the checks go by, from the widest group to the narrowest, is a prefix of one order.
enum { KEY_PLACE = 5, KEY_NARROWED = 7, KEY_PART = 8, KEY_QUANTITY = 9 };

static uint32_t key_of(const struct lint_kept *k, unsigned i) {
    switch (i) {
    case 0: return k->deletion;
    case 1: return k->vehicle;
    case 2: return k->type;
    case 3: return k->position;
    case 4: return k->label;
    case 5: return k->attributes;
    case 6: return k->qualifiers;
    case 7: return k->part;
    default: return k->quantity;
    }
}

static int compare_prefix(const struct lint_kept *a, const struct lint_kept *b, unsigned length) {
    for (unsigned i = 0; i < length; i++) {
        uint32_t x = key_of(a, i), y = key_of(b, i);
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

static int compare_rows(const void *a, const void *b) {
    const struct lint_kept *x = a, *y = b;
    int order = compare_prefix(x, y, KEY_QUANTITY);
    return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

// ---- one check ------------------------------------------------------------------------------------------------------
// A group is a finding when its rows do not all have the same colour.
struct rule {
    enum lint_check check;
    unsigned prefix;
    bool deletions;
    uint32_t (*colour)(const struct lint_kept *k);
};
static uint32_t colour_part(const struct lint_kept *k) { return k->part; }
static uint32_t colour_quantity(const struct lint_kept *k) { return k->quantity; }
static uint32_t colour_bare(const struct lint_kept *k) { return lint_kept_bare(k); }

static const struct rule RULES[] = {
    {LINT_DUPLICATE, KEY_QUANTITY, true, NULL}, // two rows are enough
    {LINT_OVERLAP, KEY_NARROWED, false, colour_part},
    {LINT_COMMENT_NO_COMMENT, KEY_PLACE, false, colour_bare},
    {LINT_QUANTITY_CONFLICT, KEY_PART, false, colour_quantity},
};

struct run {
    const struct lint_kept *rows;
    uint32_t *at; // indices of the rows of the run being looked at
    size_t count;
};

static bool coloured(const struct run *r, const struct rule *rule) {
    if (!rule->colour) return r->count > 1;
    for (size_t i = 1; i < r->count; i++)
        if (rule->colour(&r->rows[r->at[i]]) != rule->colour(&r->rows[r->at[0]])) return true;
    return false;
}

static int compare_years(const void *a, const void *b, void *arg) {
    const struct lint_kept *rows = arg, *x = &rows[*(const uint32_t *)a], *y = &rows[*(const uint32_t *)b];
    return x->year_from != y->year_from ? (x->year_from < y->year_from ? -1 : 1) : 0;
}
static int compare_lines(const void *a, const void *b, void *arg) {
    const struct lint_kept *rows = arg, *x = &rows[*(const uint32_t *)a], *y = &rows[*(const uint32_t *)b];
    return x->line != y->line ? (x->line < y->line ? -1 : 1) : x < y ? -1 : x > y;
}

static enum err group_put(const struct run *r, const struct rule *rule, struct lint_groups *out) {
    if (r->count < 2 || !coloured(r, rule)) return ERR_OK;
    qsort_r(r->at, r->count, sizeof *r->at, compare_lines, (void *)r->rows);
    TRY(lint_groups_open(out, rule->check, 0));
    for (size_t i = 0; i < r->count; i++) TRY(lint_groups_put(out, r->at[i]));
    return ERR_OK;
}

// Cuts a run where the years leave a gap. Rows that meet in a chain stay together: where two neighbours of a chain must differ in
// colour if any two rows of it do, some two that differ do meet.
static enum err run_cut(const struct run *r, const struct rule *rule, struct lint_groups *out) {
    if (r->count < 2 || !coloured(r, rule)) return ERR_OK;
    qsort_r(r->at, r->count, sizeof *r->at, compare_years, (void *)r->rows);
    for (size_t i = 0, end; i < r->count; i = end) {
        unsigned last = r->rows[r->at[i]].year_to;
        for (end = i + 1; end < r->count && r->rows[r->at[end]].year_from <= last; end++)
            if (r->rows[r->at[end]].year_to > last) last = r->rows[r->at[end]].year_to;
        struct run part = {r->rows, r->at + i, end - i};
        TRY(group_put(&part, rule, out));
    }
    return ERR_OK;
}

static enum err rule_apply(const struct rule *rule, const struct lint_kept *rows, size_t count, uint32_t *scratch,
                           struct lint_groups *out) {
    for (size_t i = 0, end; i < count; i = end) {
        struct run run = {rows, scratch, 0};
        for (end = i; end < count && compare_prefix(&rows[i], &rows[end], rule->prefix) == 0; end++)
            scratch[run.count++] = (uint32_t)end;
        if (rule->deletions || !rows[i].deletion) TRY(run_cut(&run, rule, out));
    }
    return ERR_OK;
}

enum err lint_group_rows(struct lint_kept *rows, size_t count, struct lint_groups *out) {
    if (count < 2) return ERR_OK;
    qsort(rows, count, sizeof *rows, compare_rows);
    uint32_t *scratch = malloc(count * sizeof *scratch);
    if (!scratch) return ERR_NO_MEMORY;
    enum err err = ERR_OK;
    for (unsigned i = 0; i < sizeof RULES / sizeof *RULES && err == ERR_OK; i++) err = rule_apply(&RULES[i], rows, count, scratch, out);
    free(scratch);
    return err;
}

#include "attribute_words.h"

#include <stdio.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "index/delimited.h"
#include "index/text.h"

enum { VALUES_MAX = 256, PATH_BYTES = 4096 };

struct attribute {
    struct slice name, label, folded_label, folded_label_zh, unit; // name and unit folded too
    char kind;
    struct slice *values; // folded values and labels of an enum
    unsigned value_count;
};
struct attribute_words {
    struct arena arena;
    struct attribute list[LIMIT_ATTRIBUTES];
    unsigned count;
};

static enum err values_read(struct attribute_words *w, struct attribute *at, struct slice list) {
    at->values = ARENA_ARRAY(&w->arena, struct slice, VALUES_MAX);
    if (!at->values) return ERR_NO_MEMORY;
    while (list.n)
        for (struct slice triple = slice_cut(&list, '|'); triple.n;) {
            struct slice one = slice_cut(&triple, '=');
            if (one.n && at->value_count < VALUES_MAX) TRY(text_fold(&w->arena, one, &at->values[at->value_count++]));
        }
    return ERR_OK;
}

static enum err attribute_read(struct attribute_words *w, const struct delimited *d) {
    struct slice kind = delimited_cell(d, delimited_column(d, "kind"));
    struct attribute *at = &w->list[w->count];
    at->name = arena_copy(&w->arena, delimited_cell(d, delimited_column(d, "name")));
    at->label = arena_copy(&w->arena, delimited_cell(d, delimited_column(d, "label")));
    at->kind = kind.n ? kind.p[0] : 't';
    TRY(text_fold(&w->arena, at->label, &at->folded_label));
    TRY(text_fold(&w->arena, delimited_cell(d, delimited_column(d, "label_zh")), &at->folded_label_zh));
    TRY(text_fold(&w->arena, delimited_cell(d, delimited_column(d, "unit")), &at->unit));
    if (at->name.n) w->count++;
    return at->kind == 'e' ? values_read(w, at, delimited_cell(d, delimited_column(d, "values"))) : ERR_OK;
}

static enum err table_read(struct attribute_words *w, const char *facts_dir, struct fault *why) {
    char path[PATH_BYTES];
    struct delimited *d;
    snprintf(path, sizeof path, "%s/attributes.tsv", facts_dir);
    enum err err = delimited_open(path, &d, why);
    if (err != ERR_OK) return err == ERR_NOT_FOUND ? ERR_OK : err;
    while (err == ERR_OK && w->count < LIMIT_ATTRIBUTES && delimited_next(d)) err = attribute_read(w, d);
    delimited_close(d);
    return err;
}

enum err attribute_words_open(const char *facts_dir, struct attribute_words **out, struct fault *why) {
    struct attribute_words *w = calloc(1, sizeof *w);
    if (!w) return ERR_NO_MEMORY;
    arena_init(&w->arena, 64 * 1024, 16u << 20);
    enum err err = text_init();
    if (err == ERR_OK && facts_dir) err = table_read(w, facts_dir, why);
    if (err == ERR_OK) *out = w;
    else attribute_words_close(w);
    return err;
}

void attribute_words_close(struct attribute_words *w) {
    if (!w) return;
    arena_destroy(&w->arena);
    free(w);
}

struct slice attribute_words_find(const struct attribute_words *w, struct slice folded) {
    for (unsigned i = 0; w && folded.n && i < w->count; i++) {
        const struct attribute *at = &w->list[i];
        if (slice_eq(folded, at->name) || slice_eq(folded, at->folded_label) || slice_eq(folded, at->folded_label_zh)) return at->name;
    }
    return SLICE_NONE;
}

static const struct attribute *by_name(const struct attribute_words *w, struct slice name) {
    for (unsigned i = 0; w && i < w->count; i++)
        if (slice_eq(name, w->list[i].name)) return &w->list[i];
    return NULL;
}

struct slice attribute_words_label(const struct attribute_words *w, struct slice name) {
    const struct attribute *at = by_name(w, name);
    return at && at->label.n ? at->label : name;
}

static bool is_number(struct slice folded, struct slice unit) {
    double number;
    if (unit.n && slice_ends(folded, unit)) folded.n -= unit.n;
    return slice_f64(slice_trim(folded), &number) && number >= 0;
}

bool attribute_words_value(const struct attribute_words *w, struct arena *a, struct slice name, struct slice text) {
    const struct attribute *at = by_name(w, name);
    struct slice folded;
    if (text.n > LIMIT_TEXT_BYTES) return false;
    if (!at || (at->kind != 'e' && at->kind != 'n')) return text.n > 0;
    if (text_fold(a, text, &folded) != ERR_OK || folded.n == 0) return false;
    if (at->kind == 'n') return is_number(folded, at->unit);
    for (unsigned i = 0; i < at->value_count; i++)
        if (slice_eq(folded, at->values[i])) return true;
    return at->value_count == 0;
}

// vehicle_suggest_build.c: the names of TABLE_VEHICLE_NAME and the lists of short prefixes (vehicle_suggest.h).
#include <stdlib.h>

#include "interner.h"
#include "text.h"
#include "vehicle_suggest.h"

enum { FORMS_MAX = 16, ALIASES_MAX = 6, MARKET_LIST_MAX = SUGGEST_LIST_MAX / 2 };
enum { PENALTY_WITH_MAKE = 2, PENALTY_ALIAS = 4, PENALTY_PINYIN = 6, PENALTY_INITIALS = 12, WEIGHT_BASE = 40 };

struct name_entry { struct slice text; struct suggest_listed what; };

struct suggest_builder {
    struct interner texts;
    struct name_entry *entries;
    size_t count, capacity;
};

struct suggest_builder *suggest_builder_new(void) {
    struct suggest_builder *b = calloc(1, sizeof *b);
    if (b != NULL) interner_init(&b->texts);
    return b;
}

void suggest_builder_free(struct suggest_builder *b) {
    if (b == NULL) return;
    interner_destroy(&b->texts);
    free(b->entries);
    free(b);
}

// ---- the forms of one name ------------------------------------------------------------------------------------------
struct form { struct slice text; uint16_t penalty; };
struct forms { struct form at[FORMS_MAX]; unsigned count; struct slice initials; };

static void add_form(struct forms *f, struct slice text, uint16_t penalty) {
    for (unsigned i = 0; i < f->count; i++)
        if (slice_eq(f->at[i].text, text)) return;
    if (text.n > 0 && f->count < FORMS_MAX) f->at[f->count++] = (struct form){text, penalty};
}

static enum err squeezed(struct arena *a, struct slice text, struct slice *out) {
    struct slice folded;
    TRY(text_fold(a, text, &folded));
    return text_squeeze(a, folded, out);
}

static enum err forms_of(struct arena *a, struct slice name, struct slice name_zh, struct slice aliases,
                         struct forms *f) {
    struct slice text, chinese, full;
    *f = (struct forms){.count = 0};
    TRY(squeezed(a, name, &text));
    TRY(squeezed(a, name_zh, &chinese));
    TRY(text_pinyin(a, chinese, &full, &f->initials));
    add_form(f, text, 0);
    add_form(f, chinese, 0);
    add_form(f, full, PENALTY_PINYIN);
    for (unsigned i = 0; aliases.n > 0 && i < ALIASES_MAX; i++) {
        TRY(squeezed(a, slice_cut(&aliases, '|'), &text));
        add_form(f, text, PENALTY_ALIAS);
    }
    return ERR_OK;
}

// ---- entries --------------------------------------------------------------------------------------------------------
static enum err add_entry(struct suggest_builder *b, struct slice text, struct suggest_listed what, unsigned penalty) {
    if (text.n == 0 || text.n > SUGGEST_KEY_MAX) return ERR_OK; // nobody types that much
    if (b->count == b->capacity) {
        size_t capacity = b->capacity == 0 ? 4096 : b->capacity * 2;
        struct name_entry *grown = realloc(b->entries, capacity * sizeof *grown);
        if (grown == NULL) return ERR_NO_MEMORY;
        b->entries = grown;
        b->capacity = capacity;
    }
    uint32_t id = interner_id(&b->texts, text);
    if (id == INTERNER_FULL) return ERR_NO_MEMORY;
    what.is.weight = (uint16_t)(what.is.weight - penalty);
    b->entries[b->count++] = (struct name_entry){interner_text(&b->texts, id), what};
    return ERR_OK;
}

// How likely a model is meant: long-running, still made, sold in both markets, of a make that sells in China.
static uint16_t popularity(const struct make *make, const struct model *model, unsigned last_year) {
    unsigned weight = WEIGHT_BASE + (model->vehicles < 40 ? model->vehicles : 40);
    if (model->vehicles == 0) return WEIGHT_BASE;
    if (model->year_max + 2u >= last_year) weight += 10;
    if ((model->markets & VEHICLE_MARKET_US) && (model->markets & VEHICLE_MARKET_CN)) weight += 15;
    if (model->name_zh.n > 0) weight += 10; // somebody found it worth a translation
    if (make->cn_order > 0 && make->cn_order < 60) weight += (60 - make->cn_order) / 4u;
    return (uint16_t)weight;
}

static enum err join(struct suggest_builder *b, struct arena *a, struct slice make, struct slice model,
                     struct suggest_listed what, unsigned penalty) {
    if (make.n == 0 || model.n == 0) return ERR_OK;
    struct slice both = arena_printf(a, "%.*s%.*s", SLICE_ARGS(make), SLICE_ARGS(model));
    return both.p == NULL ? ERR_NO_MEMORY : add_entry(b, both, what, penalty + PENALTY_WITH_MAKE);
}

enum err suggest_builder_add(struct suggest_builder *b, struct arena *a, const struct make *make,
                             const struct model *model, unsigned last_year) {
    struct forms makes, models;
    struct suggest_listed what = {make->id, model->id, {popularity(make, model, last_year), model->markets, 0}};
    if (model->vehicles == 0) what.is.flags = SUGGEST_SECOND_LIST;
    TRY(forms_of(a, make->name, make->name_zh, make->aliases, &makes));
    TRY(forms_of(a, model->name, model->name_zh, model->aliases, &models));
    for (unsigned j = 0; j < models.count; j++) {
        TRY(add_entry(b, models.at[j].text, what, models.at[j].penalty));
        for (unsigned i = 0; i < makes.count; i++) {
            // Aliases of the make go with the names of the model only, or the table would double for pairs nobody
            // types.
            if (makes.at[i].penalty == PENALTY_ALIAS && models.at[j].penalty != 0) continue;
            TRY(join(b, a, makes.at[i].text, models.at[j].text, what, makes.at[i].penalty + models.at[j].penalty));
        }
    }
    TRY(add_entry(b, models.initials, what, PENALTY_INITIALS));
    return join(b, a, makes.initials, models.initials, what, PENALTY_INITIALS);
}

// ---- writing --------------------------------------------------------------------------------------------------------
static int by_text(const void *a, const void *b) {
    const struct name_entry *x = a, *y = b;
    int order = slice_cmp(x->text, y->text);
    if (order != 0) return order;
    if (x->what.make != y->what.make) return x->what.make < y->what.make ? -1 : 1;
    if (x->what.model != y->what.model) return x->what.model < y->what.model ? -1 : 1;
    return (int)y->what.is.weight - (int)x->what.is.weight;
}

static int by_weight(const void *a, const void *b) {
    const struct suggest_listed *x = a, *y = b;
    int exact = (y->is.flags & SUGGEST_EXACT) - (x->is.flags & SUGGEST_EXACT);
    if (exact != 0) return exact;
    if (x->is.weight != y->is.weight) return (int)y->is.weight - (int)x->is.weight;
    return x->model < y->model ? -1 : x->model > y->model;
}

struct lists { struct suggest_builder *b; struct txn *txn; struct suggest_listed *scratch; };

static bool listed_already(const struct suggest_listed *list, unsigned count, const struct suggest_listed *one) {
    for (unsigned i = 0; i < count; i++)
        if (list[i].model == one->model) return true;
    return false;
}

// The best models of a market among `n` sorted by weight, added to the list.
static unsigned take_best(const struct suggest_listed *sorted, size_t n, uint8_t market, struct suggest_listed *list,
                          unsigned count) {
    unsigned taken = 0;
    for (size_t i = 0; i < n && taken < MARKET_LIST_MAX && count < SUGGEST_LIST_MAX; i++) {
        if (!(sorted[i].is.markets & market) || listed_already(list, count, &sorted[i])) continue;
        list[count++] = sorted[i];
        taken++;
    }
    return count;
}

static enum err write_list(struct lists *l, size_t from, size_t end, size_t prefix) {
    struct suggest_listed list[SUGGEST_LIST_MAX] = {{0}};
    char key[SUGGEST_KEY_MAX + 1] = {SUGGEST_LISTED_KEY};
    for (size_t i = from; i < end; i++) {
        l->scratch[i - from] = l->b->entries[i].what;
        if (l->b->entries[i].text.n == prefix) l->scratch[i - from].is.flags |= SUGGEST_EXACT;
    }
    qsort(l->scratch, end - from, sizeof *l->scratch, by_weight);
    unsigned count = take_best(l->scratch, end - from, VEHICLE_MARKET_US, list, 0);
    count = take_best(l->scratch, end - from, VEHICLE_MARKET_CN | VEHICLE_MARKET_OTHER, list, count);
    memcpy(key + 1, l->b->entries[from].text.p, prefix);
    return txn_put(l->txn, TABLE_VEHICLE_NAME, slice_of(key, prefix + 1), slice_of(list, count * sizeof *list));
}

static size_t next_prefix(struct slice text, size_t prefix) {
    return prefix < text.n ? prefix + text_char_bytes((uint8_t)text.p[prefix]) : text.n;
}

// Lists every prefix one character longer than `prefix` that more than SUGGEST_SCAN_MAX of the entries share, and so on
// down; the depth is bounded by the length of names.
static enum err write_lists(struct lists *l, size_t from, size_t end, size_t prefix) {
    while (from < end) {
        const struct slice text = l->b->entries[from].text;
        size_t longer = next_prefix(text, prefix), to = from + 1;
        struct slice start = slice_of(text.p, longer);
        while (to < end && slice_starts(l->b->entries[to].text, start)) to++;
        if (longer > prefix && to - from > SUGGEST_SCAN_MAX) {
            TRY(write_list(l, from, to, longer));
            TRY(write_lists(l, from, to, longer));
        }
        from = to;
    }
    return ERR_OK;
}

// ---- windows of names, for typing errors ----------------------------------------------------------------------------------
struct window_keys { struct interner keys; };

static enum err add_window(void *arg, const struct suggest_form *form, struct slice whole) {
    struct window_keys *w = arg;
    char key[2 * sizeof form->bytes];
    if (form->n + whole.n > sizeof key) return ERR_OK;
    memcpy(key, form->bytes, form->n);
    memcpy(key + form->n, whole.p, whole.n);
    return interner_id(&w->keys, slice_of(key, form->n + whole.n)) == INTERNER_FULL ? ERR_NO_MEMORY : ERR_OK;
}

static int by_bytes(const void *a, const void *b) { return slice_cmp(*(const struct slice *)a, *(const struct slice *)b); }

static bool same_window(struct slice a, struct slice b, unsigned window) {
    unsigned characters = 0;
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n]) n += 1;
    for (size_t i = 0; i < n; i += text_char_bytes((uint8_t)a.p[i])) characters += i + text_char_bytes((uint8_t)a.p[i]) <= n;
    return characters >= window;
}

static enum err write_windows(struct suggest_builder *b, struct txn *t) {
    static const unsigned windows[] = {SUGGEST_WINDOW_SHORT, SUGGEST_WINDOW_LONG};
    struct window_keys w;
    enum err err = ERR_OK;
    interner_init(&w.keys);
    for (size_t i = 0; i < b->count && err == ERR_OK; i++)
        for (unsigned k = 0; k < 2 && err == ERR_OK; k++)
            if (i == 0 || !same_window(b->entries[i - 1].text, b->entries[i].text, windows[k]))
                err = suggest_forms(b->entries[i].text, windows[k], add_window, &w);
    uint32_t count = w.keys.count;
    struct slice *keys = err == ERR_OK ? malloc((count + 1) * sizeof *keys) : NULL;
    if (err == ERR_OK && !keys) err = ERR_NO_MEMORY;
    for (uint32_t i = 0; err == ERR_OK && i < count; i++) keys[i] = interner_text(&w.keys, i);
    if (err == ERR_OK) qsort(keys, count, sizeof *keys, by_bytes);
    for (uint32_t i = 0; err == ERR_OK && i < count; i++) err = txn_append(t, TABLE_VEHICLE_NAME, keys[i], SLICE_NONE);
    free(keys);
    interner_destroy(&w.keys);
    return err;
}

static enum err write_names(struct suggest_builder *b, struct txn *t) {
    for (size_t i = 0; i < b->count; i++) {
        const struct name_entry *e = &b->entries[i], *before = e - 1;
        if (i > 0 && slice_eq(before->text, e->text) && before->what.make == e->what.make &&
            before->what.model == e->what.model)
            continue; // the one with the greater weight stands first
        uint8_t key[SUGGEST_KEY_MAX + 9];
        uint32_t ids[2] = {__builtin_bswap32(e->what.make), __builtin_bswap32(e->what.model)};
        memcpy(key, e->text.p, e->text.n);
        key[e->text.n] = 0;
        memcpy(key + e->text.n + 1, ids, sizeof ids);
        TRY(txn_append(t, TABLE_VEHICLE_NAME, slice_of(key, e->text.n + 9), slice_of(&e->what.is, sizeof e->what.is)));
    }
    return ERR_OK;
}

enum err suggest_builder_write(struct suggest_builder *b, struct txn *t) {
    TRY(txn_clear(t, TABLE_VEHICLE_NAME));
    if (b->count == 0) return ERR_OK;
    qsort(b->entries, b->count, sizeof *b->entries, by_text);
    struct lists lists = {b, t, malloc(b->count * sizeof *lists.scratch)};
    if (lists.scratch == NULL) return ERR_NO_MEMORY;
    enum err err = write_lists(&lists, 0, b->count, 0);
    free(lists.scratch);
    if (err == ERR_OK) err = write_windows(b, t); // in the order of keys: 1, 2, names
    return err == ERR_OK ? write_names(b, t) : err;
}

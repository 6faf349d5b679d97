#include "export.h"

#include <stdlib.h>

#include "index/base/limits.h"
#include "index/lexicon.h"
#include "index/names.h"
#include "index/text.h"
#include "index/vehicle.h"

// ---- products -----------------------------------------------------------------------------------------------------------------------
struct walk {
    struct view *view;
    uint32_t brand, type; // 0: any
    export_each_fn *each;
    void *arg;
    struct progress progress;
    uint64_t seen, total;
};

// A brand or type by what people call it.
static enum err word_find(struct view *v, const char *text, unsigned dictionary, enum lexicon_kind kind, const char *field, uint32_t *out,
                          struct fault *why) {
    struct lexicon_entry found[16];
    struct slice folded;
    unsigned count;
    bool longer;
    *out = 0;
    if (!text) return ERR_OK;
    enum err err = names_find(v->snapshot, dictionary, slice_str(text), out);
    if (err != ERR_NOT_FOUND) return err;
    TRY(text_fold(v->arena, slice_str(text), &folded));
    TRY(lexicon_lookup(v, folded, found, 16, &count, &longer));
    for (unsigned i = 0; i < count && *out == 0; i++)
        if (found[i].kind == kind) *out = found[i].id;
    return *out ? ERR_OK : fault_set(why, ERR_BAD_REQUEST, field, "no %s is called %s", field, text);
}

static enum err product_take(struct walk *w, uint32_t id) {
    struct product p;
    const struct product_facts *facts = columns_facts(w->view, id);
    if (facts->flags & FACT_DELETED || (w->brand && facts->brand != w->brand) || (w->type && facts->type != w->type)) return ERR_OK;
    TRY(product_load(w->view, id, &p));
    return w->each(w->arg, &p);
}

static enum err products_walk(struct walk *w, bool quiet) {
    struct db_cursor *c = db_cursor_begin(w->view->snapshot, TABLE_PRODUCT_ID);
    struct slice key, value;
    enum err err;
    if (!c) return ERR_NO_MEMORY;
    while ((err = db_cursor_next(c, &key, &value)) == ERR_OK) {
        struct reader r = reader_of(value);
        uint32_t id = reader_u32(&r);
        arena_reset(w->view->arena);
        if (r.bad) err = ERR_DAMAGED;
        if (err == ERR_OK) err = product_take(w, id);
        if (err != ERR_OK) break;
        if (++w->seen % 512 == 0 && !quiet) progress_update(&w->progress, w->seen, w->total);
    }
    db_cursor_end(c);
    return err == ERR_END ? ERR_OK : err;
}

enum err export_each(struct view *v, const struct export_options *o, const char *what, export_each_fn *each, void *arg, struct fault *why) {
    struct walk w = {.view = v, .each = each, .arg = arg, .total = columns_products(v)};
    TRY(text_init());
    TRY(word_find(v, o->brand, NAMES_BRAND, LEXICON_BRAND, "brand", &w.brand, why));
    TRY(word_find(v, o->type, NAMES_TYPE, LEXICON_TYPE, "type", &w.type, why));
    progress_start(&w.progress, what);
    enum err err = products_walk(&w, o->quiet);
    progress_finish(&w.progress);
    return err;
}

// ---- words ----------------------------------------------------------------------------------------------------------------------------
struct slice export_make(struct view *v, uint32_t id) {
    struct make make;
    uint32_t found = 0;
    if (id == 0) return SLICE_NONE;
    if (make_load(v, id, &make) != ERR_OK) return names_text(v, NAMES_MAKE, id);
    return make_find(v, make.name, &found) == ERR_OK && found == id ? make.name : make.slug;
}

struct slice export_model(struct view *v, uint32_t make, uint32_t id) {
    struct model model;
    uint32_t found = 0;
    struct slice path = names_text(v, NAMES_MODEL, id);
    if (id == 0) return SLICE_NONE;
    slice_cut(&path, '/');
    if (model_load(v, make, id, &model) != ERR_OK) return path;
    return model_find(v, make, model.name, &found) == ERR_OK && found == id ? model.name : path;
}

static int by_condition(const void *a, const void *b) {
    const struct condition *x = a, *y = b;
    int order = slice_cmp(x->text, y->text);
    if (!order) order = (int)x->type - (int)y->type;
    if (!order) order = slice_cmp(x->from, y->from);
    return order ? order : slice_cmp(x->to, y->to);
}

enum err export_conditions(struct view *v, const struct application *a, struct condition **out, unsigned *count) {
    *count = a->condition_count;
    *out = ARENA_ARRAY(v->arena, struct condition, a->condition_count + 1u);
    if (!*out) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < *count; i++) TRY(condition_load(v, a->conditions[i], &(*out)[i]));
    if (*count) qsort(*out, *count, sizeof **out, by_condition);
    return ERR_OK;
}

enum err export_terms(struct view *v, const struct application *a, unsigned **order) {
    *order = ARENA_ARRAY(v->arena, unsigned, a->term_count + 1u);
    if (!*order) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < a->term_count; i++) {
        unsigned at = i;
        struct slice name = names_text(v, NAMES_ATTRIBUTE, a->terms[i].attr);
        for (; at > 0 && slice_cmp(names_text(v, NAMES_ATTRIBUTE, a->terms[(*order)[at - 1]].attr),
                                   name) > 0; at--) (*order)[at] = (*order)[at - 1];
        (*order)[at] = i;
    }
    return ERR_OK;
}

static int by_bytes(const void *a, const void *b) { return slice_cmp(*(const struct slice *)a, *(const struct slice *)b); }

enum err export_values(struct view *v, const struct term *t, struct slice **out) {
    *out = ARENA_ARRAY(v->arena, struct slice, t->count + 1u);
    if (!*out) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < t->count; i++) (*out)[i] = names_text(v, NAMES_VALUE + t->attr, t->values[i]);
    if (t->count) qsort(*out, t->count, sizeof **out, by_bytes);
    return ERR_OK;
}

// vehicle_resolve.c: the texts of a load become ids of the database (vehicle_loader_rows.h).
#include <stdlib.h>

#include "base/limits.h"
#include "lexicon.h"
#include "names.h"
#include "text.h"
#include "vehicle_loader_rows.h"

// ---- makes and models -----------------------------------------------------------------------------------------------
struct resolver {
    struct vehicle_loader *l;
    struct txn *txn;
    struct view view;
    struct interner pairs; // (make id, local text) or (dictionary, local text) -> index into ids
    uint32_t *ids;
    size_t id_capacity;
};

// The id remembered for a pair of numbers, or a place to remember it.
static enum err remembered(struct resolver *r, uint32_t a, uint32_t b, uint32_t **id) {
    uint32_t pair[2] = {a, b}, known = r->pairs.count;
    uint32_t at = interner_id(&r->pairs, slice_of(pair, sizeof pair));
    if (at == INTERNER_FULL || !loader_grow((void **)&r->ids, &r->id_capacity, (size_t)at + 1, sizeof *r->ids))
        return ERR_NO_MEMORY;
    if (at == known) r->ids[at] = 0;
    *id = &r->ids[at];
    return ERR_OK;
}

static char initial_of(struct view *v, struct slice name) {
    struct slice folded, full, initials;
    if (text_fold(v->arena, name, &folded) != ERR_OK || folded.n == 0) return 0;
    if (text_pinyin(v->arena, folded, &full, &initials) != ERR_OK) return 0;
    char c = initials.n > 0 ? initials.p[0] : folded.p[0];
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : '#';
}

static enum err new_make(struct resolver *r, struct slice text, uint32_t *id) {
    struct make make = {.name = text, .slug = names_slug(r->view.arena, text), .initial = initial_of(&r->view, text)};
    if (make.slug.n == 0) return ERR_BAD_REQUEST;
    TRY(make_put(r->txn, r->view.arena, &make));
    *id = make.id;
    return lexicon_put(r->txn, r->view.arena, text, LEXICON_MAKE, make.id, LEXICON_NAME);
}

static enum err resolve_make(struct resolver *r, uint32_t text, uint32_t *make) {
    uint32_t *id;
    TRY(remembered(r, 0, text, &id));
    if (*id == 0) {
        struct slice name = interner_text(&r->l->texts, text);
        enum err err = make_find(&r->view, name, id);
        if (err == ERR_NOT_FOUND) err = new_make(r, name, id);
        TRY(err);
    }
    *make = *id;
    return ERR_OK;
}

static enum err new_model(struct resolver *r, uint32_t make, struct slice text, uint32_t *id) {
    struct model model = {.make = make, .name = text, .slug = names_slug(r->view.arena, text)};
    if (model.slug.n == 0) return ERR_BAD_REQUEST;
    TRY(model_put(r->txn, r->view.arena, &model));
    *id = model.id;
    return lexicon_put(r->txn, r->view.arena, text, LEXICON_MODEL, model.id, LEXICON_NAME);
}

static enum err resolve_model(struct resolver *r, uint32_t make, uint32_t text, uint32_t *model) {
    uint32_t *id;
    TRY(remembered(r, make, text, &id));
    if (*id == 0) {
        struct slice name = interner_text(&r->l->texts, text);
        enum err err = model_find_named(&r->view, make, name, id);
        if (err == ERR_NOT_FOUND) err = new_model(r, make, name, id);
        TRY(err);
    }
    *model = *id;
    return ERR_OK;
}

// A name that comes second is an alias, unless it is there in some form.
static enum err add_chinese(struct arena *a, struct slice given, struct slice *name_zh, struct slice *aliases) {
    if (name_zh->n == 0) *name_zh = given;
    if (slice_eq(*name_zh, given)) return ERR_OK;
    for (struct slice rest = *aliases; rest.n > 0;)
        if (slice_eq(slice_cut(&rest, '|'), given)) return ERR_OK;
    *aliases = arena_printf(a, "%.*s%s%.*s", SLICE_ARGS(*aliases), aliases->n > 0 ? "|" : "", SLICE_ARGS(given));
    return aliases->p == NULL ? ERR_NO_MEMORY : ERR_OK;
}

static enum err apply_name(struct resolver *r, const struct loader_name *name) {
    struct slice given = interner_text(&r->l->texts, name->name_zh),
                 model_name = interner_text(&r->l->texts, name->model);
    struct make make;
    struct model model;
    uint32_t make_id, model_id;
    TRY(resolve_make(r, name->make, &make_id));
    if (model_name.n == 0) {
        TRY(make_load(&r->view, make_id, &make));
        if (make.name_zh.n == 0) make.initial = initial_of(&r->view, given);
        TRY(add_chinese(r->view.arena, given, &make.name_zh, &make.aliases));
        return make_put(r->txn, r->view.arena, &make);
    }
    TRY(resolve_model(r, make_id, name->model, &model_id));
    TRY(model_load(&r->view, make_id, model_id, &model));
    TRY(add_chinese(r->view.arena, given, &model.name_zh, &model.aliases));
    return model_put(r->txn, r->view.arena, &model);
}

// ---- texts to ids ---------------------------------------------------------------------------------------------------
enum { PAIRS_DICTIONARY = 0x80000000u }; // keeps dictionary numbers apart from make ids

static enum err resolve_text(struct resolver *r, unsigned dictionary, uint32_t text, uint32_t *out) {
    uint32_t *id;
    TRY(remembered(r, PAIRS_DICTIONARY | dictionary, text, &id));
    if (*id == 0) TRY(names_intern(r->txn, dictionary, interner_text(&r->l->texts, text), id));
    *out = *id;
    return ERR_OK;
}

static int by_attribute(const void *a, const void *b) {
    return (int)((const struct vehicle_cell *)a)->attr - (int)((const struct vehicle_cell *)b)->attr;
}

static enum err resolve_row(struct resolver *r, struct loader_row *row) {
    struct vehicle_cell *cells = r->l->resolved + row->cells_at;
    TRY(resolve_make(r, row->make, &row->make));
    TRY(resolve_model(r, row->make, row->model, &row->model));
    TRY(resolve_text(r, NAMES_CONFIG_SOURCE, row->source, &row->source));
    for (uint32_t i = 0; i < row->cell_count; i++) {
        const struct loader_cell *cell = &r->l->cells[row->cells_at + i];
        uint32_t attr, value;
        TRY(resolve_text(r, NAMES_ATTRIBUTE, cell->name, &attr));
        TRY(resolve_text(r, NAMES_VALUE + attr, cell->value, &value));
        cells[i] = (struct vehicle_cell){(uint8_t)attr, (uint16_t)value};
    }
    qsort(cells, row->cell_count, sizeof *cells, by_attribute);
    return ERR_OK;
}

static enum err resolve_all(struct resolver *r) {
    for (size_t i = 0; i < r->l->row_count; i++) TRY(resolve_row(r, &r->l->rows[i]));
    for (size_t i = 0; i < r->l->name_count; i++) TRY(apply_name(r, &r->l->names[i]));
    return ERR_OK;
}

enum err loader_resolve(struct vehicle_loader *l, struct arena *scratch, struct fault *why) {
    struct resolver r = {.l = l};
    l->resolved = calloc(l->cell_count + 1, sizeof *l->resolved);
    if (l->resolved == NULL) return ERR_NO_MEMORY;
    TRY(txn_begin(l->db, &r.txn, why));
    interner_init(&r.pairs);
    enum err err = view_of_txn(r.txn, scratch, &clock_system, &r.view);
    if (err == ERR_OK) {
        err = resolve_all(&r);
        view_of_txn_end(&r.view);
    }
    interner_destroy(&r.pairs);
    free(r.ids);
    if (err == ERR_OK) return txn_commit(r.txn, why);
    txn_abort(r.txn);
    return err;
}

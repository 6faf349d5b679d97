// vehicle_loader.c: collecting configurations and writing them per base vehicle (vehicle.h).
//
// A row is kept as local ids of its texts. finish() turns texts into database ids in one transaction (makes, models,
// attributes, values: thousands, whatever the number of rows), sorts the rows by make, model and year, and
// writes base vehicles in transactions of VEHICLES_PER_TXN so that other writers are not held up for long.
#include <stdlib.h>

#include "base/limits.h"
#include "interner.h"
#include "lexicon.h"
#include "names.h"
#include "text.h"
#include "vehicle.h"
#include "vehicle_writer.h"

enum { VEHICLES_PER_TXN = 4000, SCRATCH_BYTES = 256 * 1024 * 1024, MEANINGS_MAX = 64 };

struct row {
    uint32_t make, model;   // local text ids, then the database's ids
    uint32_t source;
    uint16_t year, flags;
    uint32_t cells_at, cell_count;
};
struct cell { uint32_t name, value; }; // local text ids
struct given_name { uint32_t make, model; uint32_t name_zh; };

struct vehicle_loader {
    struct db *db;
    struct interner texts;
    struct row *rows;
    size_t row_count, row_capacity;
    struct cell *cells;
    size_t cell_count, cell_capacity;
    struct given_name *names;
    size_t name_count, name_capacity;
    struct vehicle_cell *resolved; // parallel to cells once resolved
};

struct vehicle_loader *vehicle_loader_new(struct db *db) {
    if (text_init() != ERR_OK) return NULL;
    struct vehicle_loader *l = calloc(1, sizeof *l);
    if (l == NULL) return NULL;
    l->db = db;
    interner_init(&l->texts);
    return l;
}

void vehicle_loader_free(struct vehicle_loader *l) {
    if (l == NULL) return;
    interner_destroy(&l->texts);
    free(l->rows);
    free(l->cells);
    free(l->names);
    free(l->resolved);
    free(l);
}

// ---- collecting --------------------------------------------------------------------------------------------------------
static bool grow(void **array, size_t *capacity, size_t wanted, size_t item_bytes) {
    if (wanted <= *capacity) return true;
    size_t more = *capacity < 512 ? 1024 : *capacity * 2;
    if (more < wanted) more = wanted;
    void *grown = realloc(*array, more * item_bytes);
    if (grown == NULL) return false;
    *array = grown;
    *capacity = more;
    return true;
}

static enum err check_row(const struct vehicle_configuration *c, struct fault *why) {
    if (c->make.n == 0) return fault_set(why, ERR_BAD_REQUEST, "make", "a configuration needs a make");
    if (c->model.n == 0) return fault_set(why, ERR_BAD_REQUEST, "model", "a configuration needs a model");
    if (c->source.n == 0) return fault_set(why, ERR_BAD_REQUEST, "source", "a configuration needs a source");
    if (c->year < LIMIT_YEAR_MIN || c->year > LIMIT_YEAR_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "year", "the year must be %d to %d", LIMIT_YEAR_MIN, LIMIT_YEAR_MAX);
    if (c->attribute_count >= LIMIT_ATTRIBUTES)
        return fault_set(why, ERR_BAD_REQUEST, "attributes", "at most %d attributes", LIMIT_ATTRIBUTES - 1);
    if (c->make.n > LIMIT_EXTERNAL_ID_BYTES || c->model.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "model", "names of makes and models have at most %d bytes", LIMIT_EXTERNAL_ID_BYTES);
    return ERR_OK;
}

enum err vehicle_loader_add(struct vehicle_loader *l, const struct vehicle_configuration *c, struct fault *why) {
    TRY(check_row(c, why));
    if (!grow((void **)&l->rows, &l->row_capacity, l->row_count + 1, sizeof *l->rows) ||
        !grow((void **)&l->cells, &l->cell_capacity, l->cell_count + c->attribute_count, sizeof *l->cells) ||
        l->cell_count + c->attribute_count > UINT32_MAX)
        return ERR_NO_MEMORY;
    struct row *row = &l->rows[l->row_count];
    *row = (struct row){.make = interner_id(&l->texts, c->make), .model = interner_id(&l->texts, c->model),
                        .source = interner_id(&l->texts, c->source), .year = (uint16_t)c->year, .flags = c->flags,
                        .cells_at = (uint32_t)l->cell_count};
    bool full = row->make == INTERNER_FULL || row->model == INTERNER_FULL || row->source == INTERNER_FULL;
    for (unsigned i = 0; i < c->attribute_count; i++) {
        if (c->attributes[i].value.n == 0) continue;
        struct cell *cell = &l->cells[row->cells_at + row->cell_count];
        *cell = (struct cell){interner_id(&l->texts, c->attributes[i].name), interner_id(&l->texts, c->attributes[i].value)};
        full |= cell->name == INTERNER_FULL || cell->value == INTERNER_FULL;
        row->cell_count++;
    }
    if (full) return ERR_NO_MEMORY;
    l->cell_count += row->cell_count;
    l->row_count++;
    return ERR_OK;
}

enum err vehicle_loader_name(struct vehicle_loader *l, struct slice make, struct slice model, struct slice name_zh) {
    if (make.n == 0 || name_zh.n == 0) return ERR_OK;
    if (!grow((void **)&l->names, &l->name_capacity, l->name_count + 1, sizeof *l->names)) return ERR_NO_MEMORY;
    struct given_name name = {interner_id(&l->texts, make), interner_id(&l->texts, model), interner_id(&l->texts, name_zh)};
    if (name.make == INTERNER_FULL || name.model == INTERNER_FULL || name.name_zh == INTERNER_FULL) return ERR_NO_MEMORY;
    l->names[l->name_count++] = name;
    return ERR_OK;
}

// ---- makes and models ----------------------------------------------------------------------------------------------------
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
    if (at == INTERNER_FULL || !grow((void **)&r->ids, &r->id_capacity, (size_t)at + 1, sizeof *r->ids)) return ERR_NO_MEMORY;
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

// A model by its names in any spelling; an alias is too weak a reason to merge two models.
static enum err find_model(struct view *v, uint32_t make, struct slice text, uint32_t *model) {
    struct lexicon_entry found[MEANINGS_MAX];
    struct slice folded, squeezed;
    unsigned count;
    bool longer;
    struct slice path = arena_printf(v->arena, "%.*s/%.*s", SLICE_ARGS(names_text(v, NAMES_MAKE, make)),
                                     SLICE_ARGS(names_slug(v->arena, text)));
    enum err err = names_find(v->snapshot, NAMES_MODEL, path, model);
    if (err != ERR_NOT_FOUND) return err;
    TRY(text_fold(v->arena, text, &folded));
    TRY(text_squeeze(v->arena, folded, &squeezed));
    TRY(lexicon_lookup(v, squeezed, found, MEANINGS_MAX, &count, &longer));
    for (unsigned i = 0; i < count; i++) {
        uint32_t owner;
        if (found[i].kind != LEXICON_MODEL || found[i].weight < LEXICON_NAME - LEXICON_VARIANT) continue;
        if (model_make(v, found[i].id, &owner) != ERR_OK || owner != make) continue;
        *model = found[i].id;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
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
        enum err err = find_model(&r->view, make, name, id);
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

static enum err apply_name(struct resolver *r, const struct given_name *name) {
    struct slice given = interner_text(&r->l->texts, name->name_zh), model_name = interner_text(&r->l->texts, name->model);
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

// ---- texts to ids --------------------------------------------------------------------------------------------------------
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

static enum err resolve_row(struct resolver *r, struct row *row) {
    struct vehicle_cell *cells = r->l->resolved + row->cells_at;
    TRY(resolve_make(r, row->make, &row->make));
    TRY(resolve_model(r, row->make, row->model, &row->model));
    TRY(resolve_text(r, NAMES_CONFIG_SOURCE, row->source, &row->source));
    for (uint32_t i = 0; i < row->cell_count; i++) {
        const struct cell *cell = &r->l->cells[row->cells_at + i];
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

static enum err resolve(struct vehicle_loader *l, struct arena *scratch, struct fault *why) {
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

// ---- writing -----------------------------------------------------------------------------------------------------------
static int by_vehicle(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    if (x->make != y->make) return x->make < y->make ? -1 : 1;
    if (x->model != y->model) return x->model < y->model ? -1 : 1;
    if (x->year != y->year) return x->year < y->year ? -1 : 1;
    return x->cells_at < y->cells_at ? -1 : x->cells_at > y->cells_at; // input order, so that results do not depend on qsort
}

static size_t vehicle_end(const struct vehicle_loader *l, size_t from) {
    const struct row *first = &l->rows[from];
    size_t end = from + 1;
    while (end < l->row_count && l->rows[end].make == first->make && l->rows[end].model == first->model &&
           l->rows[end].year == first->year)
        end++;
    return end;
}

static enum err write_one(struct vehicle_loader *l, struct txn *t, struct view *v, size_t from, size_t end,
                          struct vehicle_load_report *report, struct fault *why) {
    const struct row *first = &l->rows[from];
    unsigned count = (unsigned)(end - from);
    struct vehicle_tuple *tuples = ARENA_ARRAY(v->arena, struct vehicle_tuple, count);
    struct vehicle_write done;
    if (tuples == NULL) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) {
        const struct row *row = &first[i];
        tuples[i] = (struct vehicle_tuple){(uint8_t)row->source, row->flags, row->cell_count, l->resolved + row->cells_at};
    }
    enum err err = vehicle_write(t, v, first->make, first->model, first->year, tuples, count, &done);
    if (err == ERR_TOO_LARGE)
        return fault_set(why, err, "", "%u %.*s has more than %d configurations", first->year,
                         SLICE_ARGS(names_text(v, NAMES_MODEL, first->model)), LIMIT_CONFIGURATIONS);
    TRY(err);
    report->vehicles_new += done.is_new;
    report->vehicles_changed += done.changed && !done.is_new;
    report->configurations += done.configurations;
    return ERR_OK;
}

// One transaction's worth of base vehicles; *from moves on.
static enum err write_some(struct vehicle_loader *l, struct arena *scratch, size_t *from, struct vehicle_load_report *report,
                           struct fault *why) {
    struct txn *t;
    struct view view;
    TRY(txn_begin(l->db, &t, why));
    enum err err = view_of_txn(t, scratch, &clock_system, &view);
    if (err == ERR_OK) {
        for (unsigned i = 0; err == ERR_OK && i < VEHICLES_PER_TXN && *from < l->row_count; i++) {
            size_t end = vehicle_end(l, *from);
            arena_reset(scratch);
            err = write_one(l, t, &view, *from, end, report, why);
            *from = end;
        }
        view_of_txn_end(&view);
    }
    if (err == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return err;
}

static enum err write_all(struct vehicle_loader *l, struct arena *scratch, struct vehicle_load_report *report,
                          void (*progress)(void *, uint64_t, uint64_t), void *arg, struct fault *why) {
    size_t from = 0;
    if (l->row_count > 0) qsort(l->rows, l->row_count, sizeof *l->rows, by_vehicle);
    while (from < l->row_count) {
        TRY(write_some(l, scratch, &from, report, why));
        if (progress != NULL) progress(arg, from, l->row_count);
    }
    return ERR_OK;
}

enum err vehicle_loader_finish(struct vehicle_loader *l, struct vehicle_load_report *out,
                               void (*progress)(void *, uint64_t, uint64_t), void *arg, struct fault *why) {
    struct arena scratch;
    *out = (struct vehicle_load_report){.rows = l->row_count};
    arena_init(&scratch, 1024 * 1024, SCRATCH_BYTES);
    enum err err = resolve(l, &scratch, why);
    if (err == ERR_OK) err = write_all(l, &scratch, out, progress, arg, why);
    arena_destroy(&scratch);
    return err == ERR_OK ? vehicle_names_rebuild(l->db, why) : err;
}

// vehicle_loader.c: collecting configurations and writing them per base vehicle (vehicle.h).
//
// A row is kept as local ids of its texts. finish() turns texts into database ids in one transaction (makes, models,
// attributes, values: thousands, whatever the number of rows), sorts the rows by make, model and year, and
// writes base vehicles in transactions of VEHICLES_PER_TXN so that other writers are not held up for long.
#include <stdlib.h>

#include "base/limits.h"
#include "names.h"
#include "text.h"
#include "vehicle_external.h"
#include "vehicle_loader_rows.h"

enum { VEHICLES_PER_TXN = 4000, SCRATCH_BYTES = 256 * 1024 * 1024 };

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
    free(l->externals);
    free(l);
}

// ---- collecting -----------------------------------------------------------------------------------------------------
bool loader_grow(void **array, size_t *capacity, size_t wanted, size_t item_bytes) {
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
    for (unsigned i = 0; i < c->external_count; i++)
        if (c->externals[i].n == 0 || c->externals[i].n > LIMIT_EXTERNAL_ID_BYTES)
            return fault_set(why, ERR_BAD_REQUEST, "external", "an id of another catalogue has 1 to %d bytes", LIMIT_EXTERNAL_ID_BYTES);
    if (c->make.n > LIMIT_EXTERNAL_ID_BYTES || c->model.n > LIMIT_EXTERNAL_ID_BYTES)
        return fault_set(why, ERR_BAD_REQUEST, "model", "names of makes and models have at most %d bytes",
                         LIMIT_EXTERNAL_ID_BYTES);
    return ERR_OK;
}

static enum err add_externals(struct vehicle_loader *l, struct loader_row *row, const struct vehicle_configuration *c) {
    size_t wanted = l->external_count + c->external_count;
    if (wanted > UINT32_MAX || !loader_grow((void **)&l->externals, &l->external_capacity, wanted, sizeof *l->externals))
        return ERR_NO_MEMORY;
    row->externals_at = (uint32_t)l->external_count;
    row->external_count = c->external_count;
    for (unsigned i = 0; i < c->external_count; i++) {
        uint32_t id = interner_id(&l->texts, c->externals[i]);
        if (id == INTERNER_FULL) return ERR_NO_MEMORY;
        l->externals[l->external_count++] = id;
    }
    return ERR_OK;
}

enum err vehicle_loader_add(struct vehicle_loader *l, const struct vehicle_configuration *c, struct fault *why) {
    TRY(check_row(c, why));
    if (!loader_grow((void **)&l->rows, &l->row_capacity, l->row_count + 1, sizeof *l->rows) ||
        !loader_grow((void **)&l->cells, &l->cell_capacity, l->cell_count + c->attribute_count, sizeof *l->cells) ||
        l->cell_count + c->attribute_count > UINT32_MAX)
        return ERR_NO_MEMORY;
    struct loader_row *row = &l->rows[l->row_count];
    *row = (struct loader_row){.make = interner_id(&l->texts, c->make), .model = interner_id(&l->texts, c->model),
                        .source = interner_id(&l->texts, c->source), .year = (uint16_t)c->year, .flags = c->flags,
                        .cells_at = (uint32_t)l->cell_count};
    bool full = row->make == INTERNER_FULL || row->model == INTERNER_FULL || row->source == INTERNER_FULL;
    for (unsigned i = 0; i < c->attribute_count; i++) {
        if (c->attributes[i].value.n == 0) continue;
        struct loader_cell *cell = &l->cells[row->cells_at + row->cell_count];
        *cell = (struct loader_cell){interner_id(&l->texts, c->attributes[i].name),
                                     interner_id(&l->texts, c->attributes[i].value)};
        full |= cell->name == INTERNER_FULL || cell->value == INTERNER_FULL;
        row->cell_count++;
    }
    if (full) return ERR_NO_MEMORY;
    TRY(add_externals(l, row, c));
    l->cell_count += row->cell_count;
    l->row_count++;
    return ERR_OK;
}

enum err vehicle_loader_name(struct vehicle_loader *l, struct slice make, struct slice model, struct slice name_zh) {
    if (make.n == 0 || name_zh.n == 0) return ERR_OK;
    if (!loader_grow((void **)&l->names, &l->name_capacity, l->name_count + 1, sizeof *l->names)) return ERR_NO_MEMORY;
    struct loader_name name = {interner_id(&l->texts, make), interner_id(&l->texts, model),
                               interner_id(&l->texts, name_zh)};
    if (name.make == INTERNER_FULL || name.model == INTERNER_FULL || name.name_zh == INTERNER_FULL)
        return ERR_NO_MEMORY;
    l->names[l->name_count++] = name;
    return ERR_OK;
}

// ---- writing --------------------------------------------------------------------------------------------------------
static int by_vehicle(const void *a, const void *b) {
    const struct loader_row *x = a, *y = b;
    if (x->make != y->make) return x->make < y->make ? -1 : 1;
    if (x->model != y->model) return x->model < y->model ? -1 : 1;
    if (x->year != y->year) return x->year < y->year ? -1 : 1;
    return x->cells_at < y->cells_at ? -1
                                     : x->cells_at > y->cells_at; // input order, so that results do not depend on qsort
}

static size_t vehicle_end(const struct vehicle_loader *l, size_t from) {
    const struct loader_row *first = &l->rows[from];
    size_t end = from + 1;
    while (end < l->row_count && l->rows[end].make == first->make && l->rows[end].model == first->model &&
           l->rows[end].year == first->year)
        end++;
    return end;
}

// What other catalogues call this base vehicle, out of all its rows.
static enum err write_externals(struct vehicle_loader *l, struct txn *t, struct arena *scratch, size_t from, size_t end, uint32_t vehicle,
                                struct vehicle_load_report *report) {
    for (size_t i = from; i < end; i++)
        for (uint32_t k = 0; k < l->rows[i].external_count; k++) {
            struct slice id = interner_text(&l->texts, l->externals[l->rows[i].externals_at + k]);
            enum err err = vehicle_external_add(t, scratch, id, vehicle);
            if (err == ERR_TOO_LARGE) report->externals_full++;
            else TRY(err);
        }
    return ERR_OK;
}

static enum err write_one(struct vehicle_loader *l, struct txn *t, struct view *v, size_t from, size_t end,
                          struct vehicle_load_report *report, struct fault *why) {
    const struct loader_row *first = &l->rows[from];
    unsigned count = (unsigned)(end - from);
    struct vehicle_tuple *tuples = ARENA_ARRAY(v->arena, struct vehicle_tuple, count);
    struct vehicle_write done;
    if (tuples == NULL) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) {
        const struct loader_row *row = &first[i];
        tuples[i] =
            (struct vehicle_tuple){(uint8_t)row->source, row->flags, row->cell_count, l->resolved + row->cells_at};
    }
    enum err err = vehicle_write(t, v, first->make, first->model, first->year, tuples, count, &done);
    if (err == ERR_TOO_LARGE)
        return fault_set(why, err, "", "%u %.*s has more than %d configurations", first->year,
                         SLICE_ARGS(names_text(v, NAMES_MODEL, first->model)), LIMIT_CONFIGURATIONS);
    TRY(err);
    TRY(write_externals(l, t, v->arena, from, end, done.id, report));
    report->vehicles_new += done.is_new;
    report->vehicles_changed += done.changed && !done.is_new;
    report->configurations += done.configurations;
    return ERR_OK;
}

// One transaction's worth of base vehicles; *from moves on.
static enum err write_some(struct vehicle_loader *l, struct arena *scratch, size_t *from,
                           struct vehicle_load_report *report, struct fault *why) {
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
    enum err err = loader_resolve(l, &scratch, why);
    if (err == ERR_OK) err = write_all(l, &scratch, out, progress, arg, why);
    arena_destroy(&scratch);
    return err == ERR_OK ? vehicle_names_rebuild(l->db, why) : err;
}

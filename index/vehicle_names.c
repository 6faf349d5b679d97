// vehicle_names.c: what is derived from makes, models and the picker (vehicle.h): counts, phrases, typeahead names.
#include <stdlib.h>

#include "car_word.h"
#include "lexicon.h"
#include "names.h"
#include "text.h"
#include "vehicle.h"
#include "vehicle_put.h"
#include "vehicle_suggest.h"
#include "vocabulary.h"

enum { SCRATCH_BYTES = 256 * 1024 * 1024 };

struct model_counts {
    uint32_t make, model;
    uint16_t year_min, year_max;
    uint32_t vehicles, vehicles_second;
    uint8_t markets;
};
struct counting { struct model_counts *models; size_t count, capacity; bool no_memory; unsigned last_year; };

// ---- counts ---------------------------------------------------------------------------------------------------------
static bool count_row(void *arg, const struct picker_row *row) {
    struct counting *c = arg;
    if (c->count == 0 || c->models[c->count - 1].model != row->model) {
        if (c->count == c->capacity) {
            size_t capacity = c->capacity == 0 ? 1024 : c->capacity * 2;
            struct model_counts *grown = realloc(c->models, capacity * sizeof *grown);
            c->no_memory = grown == NULL;
            if (grown == NULL) return false;
            c->models = grown;
            c->capacity = capacity;
        }
        c->models[c->count++] =
            (struct model_counts){.make = row->make, .model = row->model, .year_min = (uint16_t)row->year};
    }
    struct model_counts *m = &c->models[c->count - 1];
    m->year_max = (uint16_t)row->year;
    m->vehicles_second++;
    m->vehicles += !(row->is.flags & VEHICLE_SECOND_LIST);
    m->markets |= row->is.markets;
    if (row->year > c->last_year && !(row->is.flags & VEHICLE_OPEN_YEARS)) c->last_year = row->year;
    return true;
}

static enum err write_model_counts(struct txn *t, struct view *v, const struct model_counts *c) {
    struct model model;
    TRY(model_load(v, c->make, c->model, &model));
    model.year_min = c->year_min;
    model.year_max = c->year_max;
    model.vehicles = c->vehicles;
    model.vehicles_second = c->vehicles_second;
    model.markets = c->markets;
    return model_put(t, v->arena, &model);
}

// Models come in the order of their makes.
static enum err write_make_counts(struct txn *t, struct view *v, const struct model_counts *first,
                                  const struct model_counts *end) {
    struct make make;
    TRY(make_load(v, first->make, &make));
    make.models = make.vehicles = make.models_second = make.vehicles_second = 0;
    make.markets = 0;
    for (const struct model_counts *c = first; c < end; c++) {
        make.models += c->vehicles > 0;
        make.models_second++;
        make.vehicles += c->vehicles;
        make.vehicles_second += c->vehicles_second;
        make.markets |= c->markets;
    }
    return make_put(t, v->arena, &make);
}

static enum err write_counts(struct txn *t, struct view *v, const struct counting *c) {
    const struct model_counts *end = c->models + c->count;
    for (const struct model_counts *first = c->models; first < end;) {
        const struct model_counts *next = first;
        for (; next < end && next->make == first->make; next++) TRY(write_model_counts(t, v, next));
        TRY(write_make_counts(t, v, first, next));
        first = next;
    }
    return ERR_OK;
}

// ---- phrases --------------------------------------------------------------------------------------------------------
static enum err name_phrases(struct txn *t, struct arena *a, enum lexicon_kind kind, uint32_t id, struct slice name,
                             struct slice name_zh, struct slice aliases) {
    struct slice folded, full, initials;
    TRY(lexicon_put(t, a, name, kind, id, LEXICON_NAME));
    TRY(lexicon_put(t, a, name_zh, kind, id, LEXICON_NAME));
    TRY(lexicon_put_list(t, a, aliases, kind, id, LEXICON_SYNONYM));
    TRY(text_fold(a, name_zh, &folded));
    TRY(text_pinyin(a, folded, &full, &initials));
    return full.n > 0 ? lexicon_put(t, a, full, kind, id, LEXICON_SOUND) : ERR_OK;
}

static enum err make_phrases(struct txn *t, struct view *v) {
    uint32_t count = names_count(v->snapshot, NAMES_MAKE);
    for (uint32_t id = 1; id <= count; id++) {
        struct make make;
        if (make_load(v, id, &make) != ERR_OK) continue;
        TRY(name_phrases(t, v->arena, LEXICON_MAKE, id, make.name, make.name_zh, make.aliases));
    }
    return ERR_OK;
}

static enum err model_phrases(struct txn *t, struct view *v, struct suggest_builder *b, unsigned last_year) {
    uint32_t count = names_count(v->snapshot, NAMES_MODEL), make_id;
    for (uint32_t id = 1; id <= count; id++) {
        struct model model;
        struct make make;
        if (model_make(v, id, &make_id) != ERR_OK || model_load(v, make_id, id, &model) != ERR_OK) continue;
        if (make_load(v, make_id, &make) != ERR_OK) continue;
        if (model.vehicles_second > 0) TRY(suggest_builder_add(b, v->arena, &make, &model, last_year));
        TRY(name_phrases(t, v->arena, LEXICON_MODEL, id, model.name, model.name_zh, model.aliases));
    }
    return ERR_OK;
}

// ---- all of it ------------------------------------------------------------------------------------------------------
static enum err rebuild(struct txn *t, struct view *v, struct counting *c, struct suggest_builder *b) {
    TRY(vehicle_each(v, 0, 0, 0, 0, count_row, c));
    if (c->no_memory) return ERR_NO_MEMORY;
    TRY(write_counts(t, v, c));
    TRY(lexicon_clear(t));
    TRY(vocabulary_phrases(t, v));
    TRY(car_word_phrases(t, v));
    TRY(make_phrases(t, v));
    TRY(model_phrases(t, v, b, c->last_year));
    return suggest_builder_write(b, t);
}

static enum err rebuild_in_txn(struct txn *t, struct arena *scratch) {
    struct view view;
    struct counting counting = {0};
    struct suggest_builder *b = suggest_builder_new();
    if (b == NULL) return ERR_NO_MEMORY;
    enum err err = view_of_txn(t, scratch, &clock_system, &view);
    if (err == ERR_OK) {
        err = rebuild(t, &view, &counting, b);
        view_of_txn_end(&view);
    }
    free(counting.models);
    suggest_builder_free(b);
    return err;
}

enum err vehicle_names_rebuild(struct db *db, struct fault *why) {
    struct arena scratch;
    struct txn *t;
    TRY(text_init());
    TRY(txn_begin(db, &t, why));
    arena_init(&scratch, 1024 * 1024, SCRATCH_BYTES);
    enum err err = rebuild_in_txn(t, &scratch);
    if (err == ERR_OK) err = vehicle_names_settle(t);
    arena_destroy(&scratch);
    if (err == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return err;
}

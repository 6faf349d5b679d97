#include "vehicles_import.h"

#include "index/attribute.h"
#include "index/base/limits.h"
#include "index/vehicle_external.h"
#include "progress.h"
#include "vehicles_columns.h"

enum { ALTERNATIVES_MAX = 32, EXTERNALS_MAX = 64, ROW_ARENA_BYTES = 16 * 1024 * 1024, YEARS_MAX = 60 };

struct import {
    const struct vehicles_options *options;
    struct import_report *report;
    struct vehicle_loader *loader;
    struct view *view;
    struct arena names; // columns' names outlive the rows
    struct delimited *rows;
    struct vehicles_columns columns;
    const char *path;
};

// One attribute of a row: its alternatives, usually one.
struct choice { struct slice name; struct slice values[ALTERNATIVES_MAX]; unsigned count; };
struct row {
    struct slice make, model;
    unsigned from, to;
    struct choice choices[VEHICLES_ATTRIBUTES_MAX + VEHICLES_EXTERNALS_MAX + 2];
    unsigned choice_count, external_count;
    struct slice externals[EXTERNALS_MAX];
};

static struct slice cell(const struct import *im, int column) { return delimited_cell(im->rows, column); }

// ---- years ----------------------------------------------------------------------------------------------------------
// "2018", "2018款", "2012-2018"; two digits as people write them ("18款").
static bool parse_years(struct slice text, unsigned *from, unsigned *to) {
    unsigned found[2] = {0, 0}, count = 0;
    for (size_t i = 0; i < text.n && count < 2;) {
        unsigned value = 0, digits = 0;
        for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && digits < 5; i++, digits++)
            value = value * 10 + (unsigned)(text.p[i] - '0');
        if (digits == 2) value += value < 60 ? 2000 : 1900;
        else if (digits != 0 && digits != 4) return false;
        if (digits != 0) found[count++] = value;
        else i++;
    }
    *from = found[0];
    *to = count == 2 ? found[1] : found[0];
    return count > 0;
}

static const char *read_years(const struct import *im, struct row *row) {
    unsigned ignored;
    struct slice year = cell(im, im->columns.year), from = cell(im, im->columns.from), to = cell(im, im->columns.to);
    if (year.n > 0) {
        if (!parse_years(year, &row->from, &row->to)) return "the year is not understood";
    } else {
        if (!parse_years(from, &row->from, &ignored)) return "no year";
        row->to = row->from;
        if (to.n > 0 && !parse_years(to, &row->to, &ignored)) return "the last year is not understood";
    }
    if (row->from < LIMIT_YEAR_MIN || row->to > LIMIT_YEAR_MAX) return "the year is out of range";
    if (row->to < row->from) return "the last year is before the first";
    return row->to - row->from >= YEARS_MAX ? "more than sixty years" : NULL;
}

// ---- attributes -----------------------------------------------------------------------------------------------------
static struct choice *add_choice(struct row *row, struct slice name) {
    for (unsigned i = 0; i < row->choice_count; i++)
        if (slice_eq(row->choices[i].name, name)) return NULL; // the first column of a name wins
    struct choice *c = &row->choices[row->choice_count++];
    c->name = name;
    c->count = 0;
    return c;
}

static bool lists_alternatives(struct slice name) {
    return slice_is(name, "transmission") || slice_is(name, "drive") || slice_is(name, "trim");
}

// A 排量 of "1.4T" says that there is a turbocharger as well.
static bool says_turbo(struct slice text) {
    return text.n > 1 && (text.p[text.n - 1] == 'T' || text.p[text.n - 1] == 't');
}

static enum err read_attribute(struct import *im, struct row *row, struct slice name, struct slice text,
                               struct fault *why) {
    struct choice *c = text.n > 0 ? add_choice(row, name) : NULL;
    if (c == NULL) return ERR_OK;
    bool list = lists_alternatives(name);
    for (struct slice rest = text; rest.n > 0;) {
        struct slice one = list ? slice_trim(slice_cut(&rest, '|')) : rest;
        if (!list) rest = SLICE_NONE;
        if (one.n == 0) continue;
        if (c->count == ALTERNATIVES_MAX)
            return fault_set(why, ERR_BAD_REQUEST, "", "more than %d alternatives of %.*s", ALTERNATIVES_MAX,
                             SLICE_ARGS(name));
        enum err err = attribute_normalise(im->view, name, one, &c->values[c->count]);
        if (err == ERR_BAD_REQUEST)
            return fault_set(why, err, "", "\"%.*s\" is no %.*s", SLICE_ARGS(one), SLICE_ARGS(name));
        if (err != ERR_OK) return err;
        c->count++;
    }
    if (c->count == 0) row->choice_count--;
    return ERR_OK;
}

static enum err read_attributes(struct import *im, struct row *row, struct fault *why) {
    row->choice_count = 0;
    for (unsigned i = 0; i < im->columns.attribute_count; i++) {
        enum err err =
            read_attribute(im, row, im->columns.attributes[i].name, cell(im, im->columns.attributes[i].column), why);
        if (err != ERR_OK) return err;
    }
    for (unsigned i = 0; i < im->columns.attribute_count; i++) {
        bool displacement = slice_is(im->columns.attributes[i].name, "displacement");
        if (!displacement || !says_turbo(cell(im, im->columns.attributes[i].column))) continue;
        enum err err = read_attribute(im, row, SLICE("aspiration"), SLICE("turbo"), why);
        if (err != ERR_OK) return err;
    }
    return im->options->market == NULL ? ERR_OK
                                       : read_attribute(im, row, SLICE("market"), slice_str(im->options->market), why);
}

// ---- ids of other catalogues ----------------------------------------------------------------------------------------
static size_t id_end(struct slice text) {
    size_t n = 0;
    while (n < text.n && !strchr("|,; ", text.p[n])) n++;
    return n;
}

// One id of a cell, and where the scheme stands for configurations the attribute of that name.
static enum err read_external(struct import *im, struct row *row, const char *scheme, struct slice text, struct choice **choice,
                              struct fault *why) {
    struct slice id;
    enum err err = vehicles_external_id(im->view->arena, scheme, text, &id);
    if (err == ERR_BAD_REQUEST) return fault_set(why, err, "", "\"%.*s\" is no %s id", SLICE_ARGS(text), scheme);
    if (err != ERR_OK) return err;
    if (row->external_count == EXTERNALS_MAX) return fault_set(why, ERR_BAD_REQUEST, "", "more than %d ids of other catalogues", EXTERNALS_MAX);
    row->externals[row->external_count++] = id;
    struct slice attribute = vehicle_external_attribute(id);
    if (attribute.n == 0) return ERR_OK;
    if (*choice == NULL) *choice = add_choice(row, attribute);
    if (*choice == NULL || (*choice)->count == ALTERNATIVES_MAX)
        return fault_set(why, ERR_BAD_REQUEST, "", "too many %s ids", scheme);
    (*choice)->values[(*choice)->count++] = slice_from(id, strlen(scheme) + 1);
    return ERR_OK;
}

static enum err read_externals(struct import *im, struct row *row, struct fault *why) {
    row->external_count = 0;
    for (unsigned i = 0; i < im->columns.external_count; i++) {
        struct choice *choice = NULL;
        for (struct slice rest = cell(im, im->columns.externals[i].column); rest.n > 0;) {
            struct slice one = slice_of(rest.p, id_end(rest));
            rest = slice_from(rest, one.n + 1);
            if (one.n > 0) TRY(read_external(im, row, im->columns.externals[i].scheme, one, &choice, why));
        }
    }
    return ERR_OK;
}

// ---- rows to configurations -----------------------------------------------------------------------------------------
static enum err load_combination(struct import *im, const struct row *row, const unsigned *pick, struct fault *why) {
    struct vehicle_attribute attributes[VEHICLES_ATTRIBUTES_MAX + VEHICLES_EXTERNALS_MAX + 2];
    for (unsigned i = 0; i < row->choice_count; i++)
        attributes[i] = (struct vehicle_attribute){row->choices[i].name, row->choices[i].values[pick[i]]};
    for (unsigned year = row->from; year <= row->to; year++) {
        const struct vehicle_configuration c = {.make = row->make,
                                                .model = row->model,
                                                .source = slice_str(im->options->source),
                                                .year = year,
                                                .attribute_count = row->choice_count,
                                                .attributes = attributes,
                                                .external_count = row->external_count,
                                                .externals = row->externals};
        enum err err = vehicle_loader_add(im->loader, &c, why);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

// Counts through all combinations like an odometer.
static enum err load_row(struct import *im, const struct row *row, struct fault *why) {
    unsigned pick[VEHICLES_ATTRIBUTES_MAX + VEHICLES_EXTERNALS_MAX + 2] = {0}, wheel;
    do {
        enum err err = load_combination(im, row, pick, why);
        if (err != ERR_OK) return err;
        for (wheel = 0; wheel < row->choice_count && ++pick[wheel] == row->choices[wheel].count; wheel++)
            pick[wheel] = 0;
    } while (wheel < row->choice_count);
    return ERR_OK;
}

static enum err name_row(struct import *im, const struct row *row) {
    struct slice make_zh = cell(im, im->columns.make_zh), model_zh = cell(im, im->columns.model_zh);
    enum err err = vehicle_loader_name(im->loader, row->make, SLICE_NONE, make_zh);
    return err != ERR_OK ? err : vehicle_loader_name(im->loader, row->make, row->model, model_zh);
}

static enum err read_row(struct import *im, struct row *row, struct fault *why) {
    row->make = cell(im, im->columns.make);
    row->model = cell(im, im->columns.model);
    if (row->make.n == 0) row->make = cell(im, im->columns.make_zh);
    if (row->model.n == 0) row->model = cell(im, im->columns.model_zh);
    if (row->make.n == 0 || row->model.n == 0) return fault_set(why, ERR_BAD_REQUEST, "", "no make or no model");
    const char *problem = read_years(im, row);
    if (problem != NULL) return fault_set(why, ERR_BAD_REQUEST, "", "%s", problem);
    TRY(read_attributes(im, row, why));
    return read_externals(im, row, why);
}

static enum err import_rows(struct import *im, struct fault *why) {
    struct arena arena, *before = im->view->arena;
    static const struct row empty;
    struct row row = empty;
    enum err err = ERR_OK;
    arena_init(&arena, 64 * 1024, ROW_ARENA_BYTES);
    im->view->arena = &arena;
    while (err == ERR_OK && delimited_next(im->rows)) {
        struct fault reason = {0};
        arena_reset(&arena);
        im->report->rows++;
        err = read_row(im, &row, &reason);
        if (err == ERR_OK) err = load_row(im, &row, &reason);
        if (err == ERR_OK) err = name_row(im, &row);
        if (err != ERR_BAD_REQUEST && err != ERR_TOO_LARGE) continue;
        report_reject(im->report, im->path, delimited_line(im->rows), "%s",
                      reason.message[0] ? reason.message : "too long");
        err = ERR_OK;
    }
    im->view->arena = before;
    arena_destroy(&arena);
    return err == ERR_NO_MEMORY ? fault_set(why, err, "", "out of memory while reading %s", im->path) : err;
}

static enum err import_file(struct import *im, const char *path, struct fault *why) {
    enum err err = delimited_open(path, &im->rows, why);
    if (err != ERR_OK) return err;
    im->path = path;
    err = vehicles_columns_read(im->view, im->rows, path, im->report, &im->columns, why);
    if (err == ERR_OK) err = import_rows(im, why);
    delimited_close(im->rows);
    return err;
}

static enum err finish(struct import *im, struct fault *why) {
    struct progress progress;
    struct vehicle_load_report done;
    progress_start(&progress, "vehicles");
    enum err err = vehicle_loader_finish(im->loader, &done, progress_callback, &progress, why);
    progress_finish(&progress);
    im->report->vehicles_new += done.vehicles_new;
    im->report->vehicles_changed += done.vehicles_changed;
    im->report->configurations += done.configurations;
    if (done.externals_full)
        report_notice(im->report, "", "%llu ids of other catalogues stand for more than %d base vehicles and were not kept for all",
                      (unsigned long long)done.externals_full, LIMIT_EXTERNAL_VEHICLES);
    return err;
}

enum err vehicles_import(struct db *db, const char *const *paths, unsigned path_count,
                         const struct vehicles_options *options, struct import_report *report, struct fault *why) {
    struct import im = {.options = options, .report = report, .loader = vehicle_loader_new(db)};
    if (im.loader == NULL) return ERR_NO_MEMORY;
    enum err err = view_open(db, &clock_system, &im.view);
    if (err == ERR_OK) {
        arena_init(&im.names, 16 * 1024, ROW_ARENA_BYTES);
        err = view_begin(im.view, &im.names);
        for (unsigned i = 0; err == ERR_OK && i < path_count; i++) err = import_file(&im, paths[i], why);
        view_end(im.view);
        view_close(im.view);
        arena_destroy(&im.names);
    }
    if (err == ERR_OK) err = finish(&im, why);
    vehicle_loader_free(im.loader);
    return err;
}

#include "vpic_facts.h"

#include <stdlib.h>

#include "index/delimited.h"

enum { PAIRS_MAX = 24 };
enum op { OP_REMOVE, OP_KEEP, OP_REPLACE, OP_ADD, OP_RENAME, OP_COUNT };
static const char *const op_names[OP_COUNT] = {"remove", "keep", "replace", "add", "rename"};

enum column { COLUMN_BODY, COLUMN_FUEL, COLUMN_ASPIRATION, COLUMN_DRIVE, COLUMN_CYLINDERS, COLUMN_TENTHS, COLUMN_ENGINE,
              COLUMN_TRIM, COLUMN_SERIES, COLUMN_MODEL, COLUMN_MAKE, COLUMN_COUNT };
static const char *const column_names[COLUMN_COUNT] = {"body",      "fuel",         "aspiration",  "drive",
                                                       "cylinders", "displacement", "engine_code", "trim",
                                                       "submodel",  "model",        "make"};

struct pair { enum column column; uint32_t value; };
struct correction {
    enum op op;
    uint32_t make, model; // model 0: any
    unsigned from, to;
    unsigned match_count, set_count;
    struct pair match[PAIRS_MAX], set[PAIRS_MAX];
};
struct second { uint32_t make, model; };

struct vpic_facts {
    struct correction *corrections;
    size_t correction_count;
    struct second *seconds;
    size_t second_count;
};

// ---- reading --------------------------------------------------------------------------------------------------------
static uint32_t name_id(struct vpic *v, struct slice text) {
    uint32_t id = text.n == 0 ? INTERNER_FULL : interner_id(&v->strings, text);
    return id == INTERNER_FULL ? 0 : id + 1;
}

static uint32_t text_id(struct interner *in, struct slice text) {
    uint32_t id = in->count >= UINT16_MAX - 1 ? INTERNER_FULL : interner_id(in, text);
    return id == INTERNER_FULL ? 0 : id + 1;
}

static uint32_t named_value(const char *const *names, unsigned count, struct slice text) {
    for (unsigned i = 1; i < count; i++)
        if (names[i][0] != 0 && slice_is(text, names[i])) return i;
    return 0;
}

// The value of a column from its text; "?" is unknown. false: no such value.
static bool column_value(struct vpic *v, enum column column, struct slice text, uint32_t *out) {
    double number;
    *out = 0;
    if (slice_is(text, "?")) return true;
    switch (column) {
    case COLUMN_BODY: *out = named_value(vpic_body_names, BODY_COUNT, text); break;
    case COLUMN_FUEL: *out = named_value(vpic_fuel_names, FUEL_COUNT, text); break;
    case COLUMN_ASPIRATION: *out = named_value(vpic_aspiration_names, ASPIRATION_COUNT, text); break;
    case COLUMN_DRIVE: *out = named_value(vpic_drive_names, DRIVE_COUNT, text); break;
    case COLUMN_CYLINDERS: *out = slice_f64(text, &number) && number >= 1 && number < 20 ? (uint32_t)number : 0; break;
    case COLUMN_TENTHS:
        *out = slice_f64(text, &number) && number > 0 && number < 30 ? (uint32_t)(number * 10 + 0.5) : 0;
        break;
    case COLUMN_ENGINE: *out = text_id(&v->values.engines, text); break;
    case COLUMN_TRIM: *out = text_id(&v->values.trims, text); break;
    case COLUMN_SERIES: *out = text_id(&v->values.series, text); break;
    case COLUMN_MODEL:
    case COLUMN_MAKE: *out = name_id(v, text); break;
    case COLUMN_COUNT: break;
    }
    return *out != 0;
}

// "displacement=2.7,3.5|fuel=gasoline": values after a comma are alternatives, a pair each.
static bool parse_pairs(struct vpic *v, struct slice text, struct pair *pairs, unsigned *count) {
    *count = 0;
    while (text.n > 0) {
        struct slice alternatives = slice_cut(&text, '|'), name = slice_cut(&alternatives, '=');
        unsigned column = 0;
        while (column < COLUMN_COUNT && !slice_is(slice_trim(name), column_names[column])) column++;
        if (column == COLUMN_COUNT || alternatives.n == 0) return false;
        while (alternatives.n > 0) {
            if (*count == PAIRS_MAX) return false;
            pairs[*count].column = (enum column)column;
            if (!column_value(v, (enum column)column, slice_trim(slice_cut(&alternatives, ',')), &pairs[*count].value))
                return false;
            ++*count;
        }
    }
    return true;
}

static bool parse_year(struct slice text, unsigned fallback, unsigned *out) {
    uint64_t year;
    *out = fallback;
    if (text.n == 0) return true;
    if (!slice_u64(text, &year) || year < 1900 || year > 2100) return false;
    *out = (unsigned)year;
    return true;
}

static const char *parse_correction(struct vpic *v, const struct delimited *d, struct correction *c) {
    struct slice op = delimited_cell(d, delimited_column(d, "op"));
    unsigned i = 0;
    while (i < OP_COUNT && !slice_is(op, op_names[i])) i++;
    if (i == OP_COUNT) return "op is none of remove, keep, replace, add, rename";
    c->op = (enum op)i;
    c->make = name_id(v, delimited_cell(d, delimited_column(d, "make")));
    c->model = name_id(v, delimited_cell(d, delimited_column(d, "model")));
    if (c->make == 0) return "a correction needs a make";
    if (!parse_year(delimited_cell(d, delimited_column(d, "from")), 0, &c->from) ||
        !parse_year(delimited_cell(d, delimited_column(d, "to")), 9999, &c->to))
        return "from and to are years";
    if (!parse_pairs(v, delimited_cell(d, delimited_column(d, "match")), c->match, &c->match_count))
        return "match is not understood";
    if (!parse_pairs(v, delimited_cell(d, delimited_column(d, "set")), c->set, &c->set_count))
        return "set is not understood";
    if (c->op >= OP_REPLACE && c->set_count == 0) return "nothing to set";
    if (c->op == OP_ADD && (c->model == 0 || c->from == 0 || c->to == 9999)) return "add needs a model and both years";
    return NULL;
}

static void *grown(void *array, size_t count, size_t item_bytes) { // doubles at powers of two
    return (count & (count - 1)) == 0 ? realloc(array, (count == 0 ? 1 : count * 2) * item_bytes) : array;
}

static enum err read_corrections(struct vpic_facts *f, struct vpic *v, const char *path, struct import_report *report,
                                 struct fault *why) {
    struct delimited *d;
    enum err err = delimited_open(path, &d, why);
    if (err != ERR_OK) return err == ERR_NOT_FOUND ? ERR_OK : err;
    while (err == ERR_OK && delimited_next(d)) {
        struct correction c = {0};
        const char *problem = parse_correction(v, d, &c);
        if (problem != NULL) {
            report_reject(report, path, delimited_line(d), "%s", problem);
            continue;
        }
        struct correction *room = grown(f->corrections, f->correction_count, sizeof *room);
        if (room == NULL) err = ERR_NO_MEMORY;
        else (f->corrections = room)[f->correction_count++] = c;
    }
    delimited_close(d);
    return err;
}

static enum err read_seconds(struct vpic_facts *f, struct vpic *v, const char *path, struct import_report *report,
                             struct fault *why) {
    struct delimited *d;
    enum err err = delimited_open(path, &d, why);
    if (err != ERR_OK) return err == ERR_NOT_FOUND ? ERR_OK : err;
    int make = delimited_column(d, "make"), model = delimited_column(d, "model");
    while (err == ERR_OK && delimited_next(d)) {
        struct second s = {name_id(v, delimited_cell(d, make)), name_id(v, delimited_cell(d, model))};
        if (s.make == 0) {
            report_reject(report, path, delimited_line(d), "no make");
            continue;
        }
        struct second *room = grown(f->seconds, f->second_count, sizeof *room);
        if (room == NULL) err = ERR_NO_MEMORY;
        else (f->seconds = room)[f->second_count++] = s;
    }
    delimited_close(d);
    return err;
}

enum err vpic_facts_open(const char *dir, struct vpic *v, struct import_report *report, struct vpic_facts **out,
                         struct fault *why) {
    char path[4096];
    struct vpic_facts *f = calloc(1, sizeof *f);
    *out = NULL;
    if (f == NULL) return ERR_NO_MEMORY;
    snprintf(path, sizeof path, "%s/second_list_makes.tsv", dir);
    enum err err = read_seconds(f, v, path, report, why);
    snprintf(path, sizeof path, "%s/us_engines.tsv", dir);
    if (err == ERR_OK) err = read_corrections(f, v, path, report, why);
    snprintf(path, sizeof path, "%s/corrections.tsv", dir);
    if (err == ERR_OK) err = read_corrections(f, v, path, report, why);
    if (err == ERR_OK) *out = f;
    else vpic_facts_close(f);
    return err;
}

void vpic_facts_close(struct vpic_facts *f) {
    if (f == NULL) return;
    free(f->corrections);
    free(f->seconds);
    free(f);
}

// ---- applying -------------------------------------------------------------------------------------------------------
bool vpic_facts_second_list(const struct vpic_facts *f, uint32_t make, uint32_t model) {
    for (size_t i = 0; i < f->second_count; i++)
        if (f->seconds[i].make == make && (f->seconds[i].model == 0 || f->seconds[i].model == model)) return true;
    return false;
}

static uint32_t column_get(const struct vpic_core *c, enum column column) {
    switch (column) {
    case COLUMN_BODY: return c->body;
    case COLUMN_FUEL: return c->fuel;
    case COLUMN_ASPIRATION: return c->aspiration;
    case COLUMN_DRIVE: return c->drive;
    case COLUMN_CYLINDERS: return c->cylinders;
    case COLUMN_TENTHS: return c->tenths;
    case COLUMN_ENGINE: return c->engine;
    case COLUMN_TRIM: return c->trim;
    case COLUMN_SERIES: return c->series;
    case COLUMN_MODEL: return c->model;
    case COLUMN_MAKE: return c->make;
    case COLUMN_COUNT: break;
    }
    return 0;
}

static void column_set(struct vpic_core *c, enum column column, uint32_t value) {
    switch (column) {
    case COLUMN_BODY: c->body = (uint8_t)value; break;
    case COLUMN_FUEL: c->fuel = (uint8_t)value; break;
    case COLUMN_ASPIRATION: c->aspiration = (uint8_t)value; break;
    case COLUMN_DRIVE: c->drive = (uint8_t)value; break;
    case COLUMN_CYLINDERS: c->cylinders = (uint8_t)value; break;
    case COLUMN_TENTHS: c->tenths = (uint16_t)value; break;
    case COLUMN_ENGINE: c->engine = (uint16_t)value; break;
    case COLUMN_TRIM: c->trim = (uint16_t)value; break;
    case COLUMN_SERIES: c->series = (uint16_t)value; break;
    case COLUMN_MODEL: c->model = value; break;
    case COLUMN_MAKE: c->make = value; break;
    case COLUMN_COUNT: break;
    }
}

// Every column that is named must have one of its alternatives.
static bool matches(const struct correction *c, const struct vpic_core *core) {
    for (unsigned i = 0; i < c->match_count; i++) {
        bool one = false;
        for (unsigned k = 0; k < c->match_count; k++)
            one |=
                c->match[k].column == c->match[i].column && column_get(core, c->match[k].column) == c->match[k].value;
        if (!one) return false;
    }
    return true;
}

static void set_values(const struct correction *c, struct vpic_core *core) {
    for (unsigned i = 0; i < c->set_count; i++) column_set(core, c->set[i].column, c->set[i].value);
}

void vpic_facts_rename(const struct vpic_facts *f, struct vpic_core *core) {
    for (size_t i = 0; i < f->correction_count; i++) {
        const struct correction *c = &f->corrections[i];
        if (c->op != OP_RENAME || c->make != core->make || (c->model != 0 && c->model != core->model) ||
            !matches(c, core))
            continue;
        set_values(c, core);
        return;
    }
}

bool vpic_facts_renames(const struct vpic_facts *f, uint32_t make, uint32_t model) {
    for (size_t i = 0; i < f->correction_count; i++) {
        const struct correction *c = &f->corrections[i];
        if (c->op == OP_RENAME && c->make == make && (c->model == 0 || c->model == model)) return true;
    }
    return false;
}

// Keeps those that match, or those that do not. A `keep` that would leave nothing is wrong and does nothing.
static size_t select_matching(const struct correction *c, bool matching, struct vpic_core *cores, size_t count) {
    size_t wanted = 0, kept = 0;
    for (size_t i = 0; i < count; i++) wanted += matches(c, &cores[i]) == matching;
    if (wanted == 0 && matching) return count;
    for (size_t i = 0; i < count; i++)
        if (matches(c, &cores[i]) == matching) cores[kept++] = cores[i];
    return kept;
}

size_t vpic_facts_correct(const struct vpic_facts *f, unsigned year, uint32_t make, uint32_t model,
                          struct vpic_core *cores, size_t count, size_t capacity) {
    for (size_t i = 0; i < f->correction_count; i++) {
        const struct correction *c = &f->corrections[i];
        if (c->make != make || (c->model != 0 && c->model != model) || year < c->from || year > c->to) continue;
        if (c->op == OP_REMOVE || c->op == OP_KEEP) count = select_matching(c, c->op == OP_KEEP, cores, count);
        for (size_t k = 0; c->op == OP_REPLACE && k < count; k++)
            if (matches(c, &cores[k])) set_values(c, &cores[k]);
        if (c->op == OP_ADD && count < capacity) {
            cores[count] = (struct vpic_core){.make = make, .model = model};
            set_values(c, &cores[count++]);
        }
    }
    return count;
}

void vpic_facts_each_added(const struct vpic_facts *f,
                           void (*each)(void *arg, uint32_t make, uint32_t model, unsigned from, unsigned to),
                           void *arg) {
    for (size_t i = 0; i < f->correction_count; i++) {
        const struct correction *c = &f->corrections[i];
        if (c->op == OP_ADD) each(arg, c->make, c->model, c->from, c->to);
    }
}

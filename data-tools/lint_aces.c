#include "lint_aces.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "index/interner.h"
#include "lint_aces_row.h"
#include "lint_ids.h"

enum {
    TICK_APPS = 4096,
    QUANTITY_MAX = 100,          // of one part in one vehicle
    TEXT_CHARACTERS_MAX = 255,   // what shops and printed catalogues have room for
    NUMBER_CHARACTERS_MAX = 45, NUMBER_CHARACTERS_MAX_5 = 48,
    QUOTED_BYTES_MAX = 60,
};

struct numbered { uint64_t id; uint32_t line; };

struct lint_aces {
    struct lint_aces_options options;
    struct lint *lint;
    struct lint_ids *ids;
    struct interner parts;
    struct buf message;
    struct lint_aces_texts texts;
    struct numbered *numbers;
    size_t number_count, number_capacity;
    struct lint_aces_result result;
    uint64_t record_count;
    char brand[32];
    bool version_5, full, footer;
};

struct lint_aces *lint_aces_new(const struct lint_aces_options *options, struct lint *l) {
    struct lint_aces *a = calloc(1, sizeof *a);
    if (!a) return NULL;
    a->options = *options;
    a->lint = l;
    interner_init(&a->parts);
    buf_init(&a->message, NULL, 128);
    lint_aces_texts_init(&a->texts);
    a->ids = lint_ids_new();
    if (a->ids) return a;
    lint_aces_free(a);
    return NULL;
}

void lint_aces_free(struct lint_aces *a) {
    if (!a) return;
    buf_free(&a->message);
    lint_aces_texts_destroy(&a->texts);
    lint_ids_free(a->ids);
    interner_destroy(&a->parts);
    free(a->numbers);
    free(a);
}

// ---- small helpers --------------------------------------------------------------------------------------------------
static enum err note(struct lint_aces *a, enum lint_check check, uint64_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static enum err note(struct lint_aces *a, enum lint_check check, uint64_t line, const char *format, ...) {
    char text[FAULT_MESSAGE_MAX];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return lint_note(a->lint, check, slice_of(text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1), line);
}

static size_t characters(struct slice s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}
// The beginning of a text, whole characters only.
static struct slice quoted(struct slice s) {
    if (s.n <= QUOTED_BYTES_MAX) return s;
    size_t n = QUOTED_BYTES_MAX;
    while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80) n--;
    return slice_of(s.p, n);
}

static bool same_word(struct slice s, const char *word) {
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] | 0x20) != (word[i] | 0x20)) return false; // ends at the word's 0 at the latest
    return word[s.n] == 0;
}

// ---- header and footer ----------------------------------------------------------------------------------------------
static enum err header_check(struct lint_aces *a, const struct aces_header *h) {
    if (h->version.n == 0) TRY(note(a, LINT_MISSING_HEADER, 1, "the document says no version"));
    if (h->title.n == 0) TRY(note(a, LINT_MISSING_HEADER, 1, "DocumentTitle is missing"));
    if (h->submission.n == 0)
        return note(a, LINT_MISSING_HEADER, 1, "SubmissionType is missing: does the file replace or change what is there?");
    bool known = a->full || same_word(h->submission, "UPDATE") || same_word(h->submission, "TEST");
    if (known) return ERR_OK;
    return note(a, LINT_MISSING_HEADER, 1, "SubmissionType \"%.*s\" is none of FULL, UPDATE, TEST", SLICE_ARGS(quoted(h->submission)));
}

// Four capitals, some vowels left out by place, as the schema has it.
static bool brand_possible(struct slice brand) {
    static const char *const NEVER[] = {"AEIOU", "AEIO", "AOU", ""};
    if (brand.n != 4) return false;
    for (unsigned i = 0; i < 4; i++)
        if (brand.p[i] < 'A' || brand.p[i] > 'Z' || strchr(NEVER[i], brand.p[i])) return false;
    return true;
}

static enum err brand_code_check(struct lint_aces *a, struct slice brand, uint64_t line) {
    return brand_possible(brand) ? ERR_OK : note(a, LINT_INVALID_BRAND, line, "no brand has the code \"%.*s\"", SLICE_ARGS(quoted(brand)));
}

static enum err on_header(void *arg, const struct aces_header *h, struct fault *why) {
    struct lint_aces *a = arg;
    (void)why;
    a->version_5 = slice_starts(h->version, SLICE("5"));
    a->full = same_word(h->submission, "FULL");
    slice_copy(h->brand, a->brand, sizeof a->brand);
    if (a->version_5) lint_set_severity(a->lint, LINT_PART_NUMBER_CHARSET, LINT_ERROR);
    if (h->brand.n) TRY(brand_code_check(a, h->brand, 1));
    return header_check(a, h);
}

static enum err on_footer(void *arg, const struct aces_header *h, struct fault *why) {
    struct lint_aces *a = arg;
    (void)why;
    a->footer = true;
    a->record_count = h->record_count;
    return ERR_OK;
}

// ---- ids ------------------------------------------------------------------------------------------------------------
static enum err id_state(struct lint_aces *a, const char *element, struct slice id, enum lint_id_state *state) {
    bool vehicle = strcmp(element, "BaseVehicle") == 0, ours = vehicle && a->options.vehicles && lint_vehicles_has_ids(a->options.vehicles);
    bool known = idmap_find(a->options.map, slice_str(element), id) != NULL;
    bool told = (a->options.map_is_whole && strcmp(element, "PartType") != 0) || ours; // a part type without a name keeps its number
    if (!known && ours) TRY(lint_vehicles_id(a->options.vehicles, id, &known));
    *state = known ? LINT_ID_KNOWN : told ? LINT_ID_UNKNOWN : LINT_ID_OPEN;
    return ERR_OK;
}

static enum err id_check(struct lint_aces *a, struct slice element, struct slice id, uint64_t line) {
    enum lint_id_state *state;
    char name[64];
    if (id.n == 0) return ERR_OK;
    TRY(lint_ids_use(a->ids, element, id, line, &state));
    if (*state == LINT_ID_OPEN || *state == LINT_ID_KNOWN) return ERR_OK;
    slice_copy(element, name, sizeof name);
    if (*state == LINT_ID_UNSEEN) TRY(id_state(a, name, id, state));
    if (*state == LINT_ID_UNKNOWN) return note(a, LINT_UNKNOWN_ID, line, "nobody knows %s %.*s", name, SLICE_ARGS(quoted(id)));
    if (*state != LINT_ID_INVALID) return ERR_OK;
    return note(a, LINT_INVALID_ID, line, "%s \"%.*s\" is not a positive number", name, SLICE_ARGS(quoted(id)));
}

static enum err ids_check(struct lint_aces *a, const struct aces_app *app) {
    TRY(id_check(a, SLICE("BaseVehicle"), app->base_vehicle, app->line));
    TRY(id_check(a, SLICE("Make"), app->make, app->line));
    TRY(id_check(a, SLICE("Model"), app->model, app->line));
    TRY(id_check(a, SLICE("PartType"), app->part_type, app->line));
    TRY(id_check(a, SLICE("Position"), app->position, app->line));
    for (unsigned i = 0; i < app->id_count; i++) {
        if (app->ids[i].id.n == 0) TRY(note(a, LINT_INVALID_ID, app->line, "%.*s has no id", SLICE_ARGS(app->ids[i].element)));
        TRY(id_check(a, app->ids[i].element, app->ids[i].id, app->line));
    }
    return ERR_OK;
}

// ---- what one App lacks or cannot say -------------------------------------------------------------------------------
static bool has_years(const struct aces_app *app) { return app->year_from || app->year_to; }
static bool years_bad(const struct lint_aces *a, const struct aces_app *app) {
    return has_years(app) && (app->year_from < LIMIT_YEAR_MIN || app->year_to > a->options.year_max || app->year_from > app->year_to);
}

// Years the reader could not use are not handed over; the row says so.
static bool years_missing(const struct aces_app *app) { return app->identity == ACES_YEARS && !has_years(app); }

static enum err vehicle_check(struct lint_aces *a, const struct aces_app *app) {
    if (years_bad(a, app)) return note(a, LINT_BAD_YEAR, app->line, "years %u to %u", app->year_from, app->year_to);
    if (years_missing(app)) return note(a, LINT_BAD_YEAR, app->line, "%s", app->broken ? app->broken : "Years wants from and to");
    if (app->identity != ACES_NO_IDENTITY) return ERR_OK;
    return note(a, LINT_MISSING_VEHICLE, app->line, "BaseVehicle, or Years and Make, are missing");
}

static enum err brand_check(struct lint_aces *a, const struct aces_app *app) {
    if (!app->brand.n) return a->brand[0] ? ERR_OK : note(a, LINT_MISSING_BRAND, app->line, "neither Part nor Header names a brand");
    return brand_code_check(a, app->brand, app->line);
}

static enum err number_check(struct lint_aces *a, const struct aces_app *app) {
    size_t n = characters(app->part), max = a->version_5 ? NUMBER_CHARACTERS_MAX_5 : NUMBER_CHARACTERS_MAX;
    if (n > max) TRY(note(a, LINT_PART_NUMBER_LENGTH, app->line, "part number \"%.*s...\" has %zu characters, %zu are allowed",
                          SLICE_ARGS(quoted(app->part)), n, max));
    for (size_t i = 0; i < app->part.n; i++) {
        unsigned char c = (unsigned char)app->part.p[i];
        if (c >= ' ' && !strchr(";][}{~|,%!$*^\\?'\"", c)) continue;
        return note(a, LINT_PART_NUMBER_CHARSET, app->line, c < ' ' ? "part number \"%.*s\" has a control character"
                    : a->version_5 ? "part number \"%.*s\" has a %c, which is not allowed"
                    : "part number \"%.*s\" has a %c, which ACES 5.0 does not allow",
                    SLICE_ARGS(quoted(app->part)), c);
    }
    return ERR_OK;
}

static enum err texts_check(struct lint_aces *a, const struct aces_app *app) {
    for (unsigned i = 0; i < app->text_count; i++) {
        size_t n = characters(app->texts[i].text);
        if (n > TEXT_CHARACTERS_MAX)
            TRY(note(a, LINT_LONG_TEXT, app->line, "a note of %zu characters: \"%.*s...\"", n, SLICE_ARGS(quoted(app->texts[i].text))));
    }
    return ERR_OK;
}

static enum err part_check(struct lint_aces *a, const struct aces_app *app) {
    if (!app->part_type.n) TRY(note(a, LINT_MISSING_PART_TYPE, app->line, "PartType is missing"));
    if (!app->part.n) return note(a, LINT_MISSING_PART, app->line, "Part is missing");
    TRY(brand_check(a, app));
    TRY(number_check(a, app));
    if (app->broken || (app->quantity > 0 && app->quantity <= QUANTITY_MAX)) return ERR_OK;
    return note(a, LINT_ODD_QUANTITY, app->line, "%" PRIu64 " pieces of a part in one vehicle", app->quantity);
}

static enum err broken_check(struct lint_aces *a, const struct aces_app *app) {
    bool said = years_bad(a, app) || app->part.n > LIMIT_PART_NUMBER_BYTES || years_missing(app) || app->identity == ACES_NO_IDENTITY ||
                (!app->asset && !(app->part.n && app->part_type.n));
    return app->broken && !said ? note(a, LINT_BROKEN_ROW, app->line, "%s", app->broken) : ERR_OK;
}

static enum err action_check(struct lint_aces *a, const struct aces_app *app) {
    if (!app->deletion || !a->full) return ERR_OK;
    return note(a, LINT_DELETION_IN_FULL, app->line, "action=\"D\": a FULL file replaces everything, there is nothing to delete from");
}

// ---- positions ------------------------------------------------------------------------------------------------------
static enum err position_check(struct lint_aces *a, const struct aces_app *app) {
    const struct idmap_value *type = idmap_find(a->options.map, SLICE("PartType"), app->part_type);
    const struct idmap_value *position = app->position.n ? idmap_find(a->options.map, SLICE("Position"), app->position) : NULL;
    struct slice allowed;
    if (!a->options.positions || !type || !position) return ERR_OK;
    switch (lint_position(a->options.positions, type->text, position->text, &allowed)) {
    case POSITION_NEEDLESS:
        return note(a, LINT_NEEDLESS_POSITION, app->line, "%.*s at position %.*s: there is only one of it", SLICE_ARGS(type->text),
                    SLICE_ARGS(position->text));
    case POSITION_IMPOSSIBLE:
        return note(a, LINT_IMPOSSIBLE_POSITION, app->line, "%.*s cannot be at position %.*s, only %.*s", SLICE_ARGS(type->text),
                    SLICE_ARGS(position->text), SLICE_ARGS(allowed));
    case POSITION_UNKNOWN: case POSITION_FINE: break;
    }
    return ERR_OK;
}

// ---- combinations nobody built --------------------------------------------------------------------------------------
static enum err mapping_check(struct lint_aces *a, const struct aces_app *app) {
    struct lint_aces_vehicle vehicle;
    struct slice complaint;
    if (!a->options.vehicles || app->id_count == 0 || app->not_validated || years_bad(a, app)) return ERR_OK;
    if (!lint_aces_vehicle(app, a->options.map, &vehicle)) return ERR_OK;
    TRY(lint_vehicles_check(a->options.vehicles, &vehicle.doc, &complaint));
    return complaint.n ? lint_note(a->lint, LINT_OVER_MAPPING, complaint, app->line) : ERR_OK;
}

// ---- the row to compare ---------------------------------------------------------------------------------------------
// Numbers are counted by brand.
static enum err part_count(struct lint_aces *a, const struct aces_app *app) {
    if (app->part.n == 0) return ERR_OK;
    buf_clear(&a->message);
    buf_printf(&a->message, "%.*s %.*s", SLICE_ARGS(app->brand.n ? app->brand : slice_str(a->brand)), SLICE_ARGS(app->part));
    return !a->message.bad && interner_id(&a->parts, buf_slice(&a->message)) != INTERNER_FULL ? ERR_OK : ERR_NO_MEMORY;
}

static enum err row_compare(struct lint_aces *a, const struct aces_app *app) {
    struct lint_row row;
    TRY(part_count(a, app));
    if (app->broken || years_bad(a, app)) return ERR_OK;
    TRY(lint_aces_row(&a->texts, app, a->options.map, slice_str(a->brand), &row));
    return lint_add(a->lint, &row);
}

// ---- an App ---------------------------------------------------------------------------------------------------------
static enum err number_keep(struct lint_aces *a, const struct aces_app *app) {
    if (app->id == 0) return ERR_OK;
    if (a->number_count == a->number_capacity) {
        size_t capacity = a->number_capacity ? a->number_capacity + a->number_capacity / 2 : 1024;
        struct numbered *grown = realloc(a->numbers, capacity * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        a->numbers = grown;
        a->number_capacity = capacity;
    }
    a->numbers[a->number_count++] = (struct numbered){app->id, app->line > UINT32_MAX ? UINT32_MAX : (uint32_t)app->line};
    return ERR_OK;
}

static enum err app_check(struct lint_aces *a, const struct aces_app *app) {
    TRY(number_keep(a, app));
    TRY(action_check(a, app));
    TRY(part_check(a, app));
    TRY(texts_check(a, app));
    TRY(position_check(a, app));
    return row_compare(a, app);
}

static enum err on_app(void *arg, const struct aces_app *app, struct fault *why) {
    struct lint_aces *a = arg;
    enum err err = ids_check(a, app);
    if (err == ERR_OK) err = vehicle_check(a, app);
    if (err == ERR_OK) err = broken_check(a, app);
    if (err == ERR_OK) err = mapping_check(a, app);
    if (err == ERR_OK && !app->asset) err = app_check(a, app);
    *(app->asset ? &a->result.assets : &a->result.applications) += 1;
    if (a->options.tick && (a->result.applications + a->result.assets) % TICK_APPS == 0) a->options.tick(a->options.arg);
    return err == ERR_OK ? ERR_OK : fault_set(why, err, "", "line %" PRIu64 ": %s", app->line, err_name(err));
}

struct aces_handlers lint_aces_handlers(struct lint_aces *a) {
    return (struct aces_handlers){.header = on_header, .app = on_app, .footer = on_footer, .arg = a};
}

// ---- the end --------------------------------------------------------------------------------------------------------
static int compare_numbers(const void *a, const void *b) {
    const struct numbered *x = a, *y = b;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static enum err numbers_check(struct lint_aces *a) {
    if (a->number_count > 1) qsort(a->numbers, a->number_count, sizeof *a->numbers, compare_numbers);
    for (size_t i = 0; i < a->number_count; i++) {
        bool before = i > 0 && a->numbers[i - 1].id == a->numbers[i].id;
        bool after = i + 1 < a->number_count && a->numbers[i + 1].id == a->numbers[i].id;
        if (!before && !after) continue;
        TRY(note(a, LINT_DUPLICATE_ID, a->numbers[i].line, "App id %" PRIu64 " is there more than once", a->numbers[i].id));
    }
    return ERR_OK;
}

// The footer counts Apps; some writers count Assets with them.
static enum err count_check(struct lint_aces *a) {
    uint64_t apps = a->result.applications;
    if (!a->footer) return note(a, LINT_RECORD_COUNT, 1, "Footer says no RecordCount; there are %" PRIu64 " applications", apps);
    if (a->record_count == apps || a->record_count == apps + a->result.assets) return ERR_OK;
    return note(a, LINT_RECORD_COUNT, 1, "RecordCount is %" PRIu64 ", but there are %" PRIu64 " applications", a->record_count, apps);
}

enum err lint_aces_end(struct lint_aces *a, struct lint_aces_result *out) {
    TRY(numbers_check(a));
    TRY(lint_ids_judge(a->ids, a->lint));
    a->result.parts = a->parts.count;
    *out = a->result;
    return count_check(a);
}

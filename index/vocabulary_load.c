#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "car_word.h"
#include "delimited.h"
#include "fitting.h"
#include "fragment.h"
#include "names.h"
#include "service.h"
#include "text.h"
#include "trouble_code.h"
#include "tyre_scene.h"
#include "vehicle.h"
#include "vocabulary.h"

enum { SCRATCH_BYTES = 64 * 1024 * 1024 };

struct load {
    struct txn *txn;
    struct view *view;
    struct arena *scratch;
    const char *dir, *file;
    const char *path; // one file instead of a folder's; NULL: the folder
    struct delimited *rows;
    reject_fn *reject;
    void *arg;
    unsigned files; // that were there
};

// One file of the folder: its columns in the order row() wants them, and what a row becomes. row() answers
// ERR_BAD_REQUEST with a message for a line that cannot be used; any other failure ends the load.
enum { COLUMNS_MAX = 24 };
struct source {
    const char *file;
    const char *columns[COLUMNS_MAX + 1]; // the first one must not be empty
    enum err (*row)(struct load *l, const struct slice *cells, struct fault *why);
    enum err (*begin)(struct load *l); // NULL, or what makes room for the file's rows
};

static enum err number_cell(struct slice cell, uint64_t max, uint64_t *out, struct fault *why) {
    *out = 0;
    if (cell.n == 0 || (slice_u64(cell, out) && *out <= max)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "", "\"%.*s\" is not a number from 0 to %llu", SLICE_ARGS(cell),
                     (unsigned long long)max);
}

// id kind name name_zh synonyms synonyms_zh pcdb interval_km interval_months positions attributes parent
static enum err type_row(struct load *l, const struct slice *cells, struct fault *why) {
    struct type_info type = {.slug = cells[0],
                             .name = cells[2],
                             .name_zh = cells[3],
                             .synonyms = cells[4],
                             .synonyms_zh = cells[5],
                             .positions = cells[9],
                             .attributes = cells[10],
                             .group = cells[11]};
    uint64_t pcdb, km, months;
    if (!product_kind_parse(cells[1], &type.kind))
        return fault_set(why, ERR_BAD_REQUEST, "kind", "\"%.*s\" is no kind of product", SLICE_ARGS(cells[1]));
    TRY(number_cell(cells[6], UINT32_MAX, &pcdb, why));
    TRY(number_cell(cells[7], UINT32_MAX, &km, why));
    TRY(number_cell(cells[8], UINT16_MAX, &months, why));
    type.pcdb = (uint32_t)pcdb;
    type.interval_km = (uint32_t)km;
    type.interval_months = (uint16_t)months;
    return type_put(l->txn, l->scratch, &type);
}

// id name name_zh order
static enum err group_row(struct load *l, const struct slice *cells, struct fault *why) {
    uint32_t id;
    uint64_t order;
    struct buf record;
    TRY(number_cell(cells[3], UINT16_MAX, &order, why));
    TRY(names_intern(l->txn, NAMES_GROUP, cells[0], &id));
    buf_init(&record, l->scratch, 128);
    buf_u16(&record, (uint16_t)order);
    buf_string(&record, cells[1]);
    buf_string(&record, cells[2]);
    return record.bad ? ERR_NO_MEMORY
                      : txn_put(l->txn, TABLE_META, arena_printf(l->scratch, "group.%u", id), buf_slice(&record));
}

// id name name_zh description description_zh
static enum err segment_row(struct load *l, const struct slice *cells, struct fault *why) {
    uint32_t id;
    struct buf record;
    (void)why;
    TRY(names_intern(l->txn, NAMES_SEGMENT, cells[0], &id));
    buf_init(&record, l->scratch, 512);
    for (unsigned i = 1; i < 5; i++) buf_string(&record, cells[i]);
    return record.bad ? ERR_NO_MEMORY
                      : txn_put(l->txn, TABLE_META, arena_printf(l->scratch, "segment.%u", id), buf_slice(&record));
}

// id name name_zh aliases types tier country
static enum err brand_row(struct load *l, const struct slice *cells, struct fault *why) {
    struct brand_info brand = {.slug = cells[0], .name = cells[1], .name_zh = cells[2], .aliases = cells[3],
                               .types = cells[4], .tier = cells[5], .country = cells[6]};
    (void)why;
    return brand_put(l->txn, l->scratch, &brand);
}

// make name_zh aliases pinyin_sort cn_order
static enum err make_row(struct load *l, const struct slice *cells, struct fault *why) {
    struct make make = {0};
    uint64_t order;
    uint32_t id;
    struct slice slug = names_slug(l->scratch, cells[0]);
    TRY(number_cell(cells[4], UINT16_MAX, &order, why));
    if (slug.n == 0) return fault_set(why, ERR_BAD_REQUEST, "make", "a make needs letters or digits");
    if (names_find(txn_snapshot(l->txn), NAMES_MAKE, slug, &id) == ERR_OK)
        (void)make_load(l->view, id, &make); // keeps counts
    make.slug = slug;
    make.name = cells[0];
    make.name_zh = cells[1];
    make.aliases = cells[2];
    make.initial = cells[3].n > 0 ? cells[3].p[0] : 0;
    make.cn_order = (uint16_t)order;
    return make_put(l->txn, l->scratch, &make);
}

// make model name_zh aliases
static enum err model_row(struct load *l, const struct slice *cells, struct fault *why) {
    struct model model = {0};
    uint32_t make, id;
    struct slice slug = names_slug(l->scratch, cells[1]), make_slug = names_slug(l->scratch, cells[0]);
    if (slug.n == 0 || names_find(txn_snapshot(l->txn), NAMES_MAKE, make_slug, &make) != ERR_OK)
        return fault_set(why, ERR_BAD_REQUEST, "make", "\"%.*s\" is not in makes.tsv", SLICE_ARGS(cells[0]));
    struct slice path = arena_printf(l->scratch, "%.*s/%.*s", SLICE_ARGS(make_slug), SLICE_ARGS(slug));
    if (names_find(txn_snapshot(l->txn), NAMES_MODEL, path, &id) == ERR_OK) (void)model_load(l->view, make, id, &model);
    model.make = make;
    model.slug = slug;
    model.name = cells[1];
    model.name_zh = cells[2];
    model.aliases = cells[3];
    return model_put(l->txn, l->scratch, &model);
}

static char attribute_kind(struct slice kind) {
    return slice_starts(kind, SLICE("e"))   ? 'e'
           : slice_starts(kind, SLICE("n")) ? 'n'
           : slice_starts(kind, SLICE("t")) ? 't'
           : slice_is(kind, "id")           ? 'i'
                                            : 0;
}

// name label label_zh unit order kind values
static enum err attribute_row(struct load *l, const struct slice *cells, struct fault *why) {
    struct attribute_info info = {.name = cells[0], .label = cells[1], .label_zh = cells[2], .unit = cells[3],
                                  .kind = attribute_kind(cells[5]), .values = cells[6]};
    uint64_t order;
    TRY(number_cell(cells[4], UINT16_MAX, &order, why));
    if (info.kind == 0)
        return fault_set(why, ERR_BAD_REQUEST, "kind", "\"%.*s\" is not enum, number, text or id", SLICE_ARGS(cells[5]));
    info.order = (uint16_t)order;
    enum err err = attribute_put(l->txn, l->scratch, &info);
    if (err == ERR_TOO_LARGE)
        return fault_set(why, ERR_BAD_REQUEST, "name", "at most %d attributes", LIMIT_ATTRIBUTES - 1);
    return err;
}

static enum err car_word(struct load *l, struct car_word_row *row, struct slice from, struct slice to, struct fault *why) {
    uint64_t first, last;
    TRY(number_cell(from, LIMIT_YEAR_MAX, &first, why));
    TRY(number_cell(to, LIMIT_YEAR_MAX, &last, why));
    row->from = (uint16_t)first;
    row->to = (uint16_t)last;
    return car_word_put(l->txn, l->view, row, why);
}

// phrases make models from to attrs role market
static enum err car_word_row(struct load *l, const struct slice *cells, struct fault *why) {
    struct car_word_row row = {.phrases = cells[0], .make = cells[1], .models = cells[2], .attrs = cells[5], .market = cells[7]};
    if (!car_word_role_parse(cells[6], &row.role) || car_word_kind(row.role) != LEXICON_CAR)
        return fault_set(why, ERR_BAD_REQUEST, "role", "\"%.*s\" is not generation, badge or attribute", SLICE_ARGS(cells[6]));
    return car_word(l, &row, cells[3], cells[4], why);
}

// positions phrases
static enum err position_row(struct load *l, const struct slice *cells, struct fault *why) {
    struct car_word_row row = {.role = CAR_WORD_POSITION, .phrases = cells[1]};
    row.attrs = arena_printf(l->scratch, "position:%.*s", SLICE_ARGS(cells[0]));
    return row.attrs.p == NULL ? ERR_NO_MEMORY : car_word(l, &row, SLICE_NONE, SLICE_NONE, why);
}

// phrases
static enum err filler_row(struct load *l, const struct slice *cells, struct fault *why) {
    struct car_word_row row = {.role = CAR_WORD_FILLER, .phrases = cells[0]};
    return car_word(l, &row, SLICE_NONE, SLICE_NONE, why);
}

// code urgency types text text_zh
static enum err trouble_code_row(struct load *l, const struct slice *cells, struct fault *why) {
    enum trouble_urgency urgency;
    if (!trouble_urgency_parse(cells[1], &urgency))
        return fault_set(why, ERR_BAD_REQUEST, "urgency", "\"%.*s\" is not stop, soon or routine", SLICE_ARGS(cells[1]));
    return trouble_code_put(l->txn, l->scratch, cells[0], urgency, cells[3], cells[4], cells[2], why);
}

// type services
static enum err fitting_row(struct load *l, const struct slice *cells, struct fault *why) {
    return fitting_put(l->txn, l->scratch, cells[0], cells[1], why);
}

static enum err service_file_row(struct load *l, const struct slice *cells, struct fault *why) {
    return service_row(l->txn, l->scratch, cells, why);
}

static enum err service_rule_file_row(struct load *l, const struct slice *cells, struct fault *why) {
    return service_rule_row(l->txn, l->view, cells, why);
}

// scene name name_zh attribute value weight reason reason_zh
static enum err scene_row(struct load *l, const struct slice *cells, struct fault *why) { return tyre_scene_row(l->txn, l->view, cells, why); }

// These files are the whole of their kind: what an earlier one said goes first.
static enum err car_words_begin(struct load *l) {
    return car_words_clear(l->txn, 1 << CAR_WORD_GENERATION | 1 << CAR_WORD_BADGE | 1 << CAR_WORD_ATTRIBUTE);
}
static enum err positions_begin(struct load *l) { return car_words_clear(l->txn, 1 << CAR_WORD_POSITION); }
static enum err fillers_begin(struct load *l) { return car_words_clear(l->txn, 1 << CAR_WORD_FILLER); }
static enum err scenes_begin(struct load *l) { return tyre_scenes_clear(l->txn, l->scratch); }

static const struct source sources[] = {
    {"type_groups.tsv", {"id", "name", "name_zh", "order"}, group_row, NULL},
    {"types.tsv",
     {"id", "kind", "name", "name_zh", "synonyms", "synonyms_zh", "pcdb", "interval_km", "interval_months", "positions",
      "attributes", "parent"},
     type_row, NULL},
    {"brands.tsv", {"id", "name", "name_zh", "aliases", "types", "tier", "country"}, brand_row, NULL},
    {"attributes.tsv", {"name", "label", "label_zh", "unit", "order", "kind", "values"}, attribute_row, NULL},
    {"segments.tsv", {"id", "name", "name_zh", "description", "description_zh"}, segment_row, NULL},
    {"makes.tsv", {"make", "name_zh", "aliases", "pinyin_sort", "cn_order"}, make_row, NULL},
    {"models_zh.tsv", {"make", "model", "name_zh", "aliases"}, model_row, NULL},
    {"car_words.tsv", {"phrases", "make", "models", "from", "to", "attrs", "role", "market"}, car_word_row, car_words_begin},
    {"positions.tsv", {"positions", "phrases"}, position_row, positions_begin},
    {"fillers.tsv", {"phrases"}, filler_row, fillers_begin},
    {"trouble_codes.tsv", {"code", "urgency", "types", "text", "text_zh"}, trouble_code_row, NULL},
    {"tyre_scenes.tsv", {"scene", "name", "name_zh", "attribute", "value", "weight", "reason", "reason_zh"}, scene_row, scenes_begin},
    {"fitting_services.tsv", {"type", "services"}, fitting_row, NULL},
    {"services.tsv",
     {"service", "name", "name_zh", "labour", "types", "items", "reading", "fresh", "soon", "due", "overdue", "harm", "advice", "advice_zh"},
     service_file_row, NULL},
    {"service_rules.tsv",
     {"id", "service", "source", "vehicle", "make", "model", "from", "to", "attrs", "first_km", "km", "first_months", "months", "severe", "highway",
      "amount", "unit", "fluid", "types", "labour", "note", "note_zh"},
     service_rule_file_row, NULL},
};

static void report(const struct load *l, const char *message) {
    if (l->reject != NULL) l->reject(l->arg, l->file, delimited_line(l->rows), message);
}

static enum err load_rows(struct load *l, const struct source *source, struct fault *why) {
    int at[COLUMNS_MAX] = {-1};
    struct slice cells[COLUMNS_MAX];
    unsigned columns = 0;
    for (; columns < COLUMNS_MAX && source->columns[columns] != NULL; columns++)
        at[columns] = delimited_column(l->rows, source->columns[columns]);
    if (at[0] < 0)
        return fault_set(why, ERR_BAD_REQUEST, "", "%s/%s has no column \"%s\"", l->dir, source->file,
                         source->columns[0]);
    while (delimited_next(l->rows)) {
        struct fault reason = {0};
        for (unsigned i = 0; i < columns; i++) cells[i] = delimited_cell(l->rows, at[i]);
        enum err err = cells[0].n == 0 ? fault_set(&reason, ERR_BAD_REQUEST, "", "the first column is empty")
                                       : source->row(l, cells, &reason);
        if (err == ERR_BAD_REQUEST) report(l, reason.message);
        else if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

static enum err load_file(struct load *l, const struct source *source, struct fault *why) {
    struct slice path = l->path ? slice_str(l->path) : arena_printf(l->scratch, "%s/%s", l->dir, source->file);
    if (path.p == NULL) return ERR_NO_MEMORY;
    l->file = source->file;
    enum err err = delimited_open(path.p, &l->rows, why);
    if (err == ERR_NOT_FOUND && !l->path) return ERR_OK;
    if (err != ERR_OK) return err;
    l->files++;
    err = source->begin ? source->begin(l) : ERR_OK;
    if (err == ERR_OK) err = load_rows(l, source, why);
    delimited_close(l->rows);
    return err;
}

static enum err load_alone(struct load *l, struct fault *why) {
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (strcmp(sources[i].file, l->file) == 0) return load_file(l, &sources[i], why);
    return fault_set(why, ERR_BAD_REQUEST, "", "%s is no file of the vocabulary", l->file);
}

static enum err load_files(struct load *l, struct fault *why) {
    if (l->path) return load_alone(l, why);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) TRY(load_file(l, &sources[i], why));
    if (l->files > 0) return ERR_OK;
    return fault_set(why, ERR_NOT_FOUND, "", "%s holds none of the vocabulary's files", l->dir);
}

static enum err load_in_txn(struct load *l, struct db *db, struct fault *why) {
    struct view view;
    TRY(txn_begin(db, &l->txn, why));
    enum err err = view_of_txn(l->txn, l->scratch, &clock_system, &view);
    if (err == ERR_OK) {
        l->view = &view;
        err = load_files(l, why);
        view_of_txn_end(&view);
    }
    if (err == ERR_OK) err = fragment_epoch_advance(l->txn); // brands and types may have other names
    if (err == ERR_OK) return txn_commit(l->txn, why);
    txn_abort(l->txn);
    return err;
}

enum err vocabulary_load_file(struct db *db, const char *path, const char *name, reject_fn *reject, void *arg, struct fault *why) {
    struct arena scratch;
    TRY(text_init());
    arena_init(&scratch, 1024 * 1024, SCRATCH_BYTES);
    struct load load = {.scratch = &scratch, .dir = "", .path = path, .file = name, .reject = reject, .arg = arg};
    enum err err = load_in_txn(&load, db, why);
    arena_destroy(&scratch);
    return err;
}

enum err vocabulary_load(struct db *db, const char *facts_dir, reject_fn *reject, void *arg, struct fault *why) {
    struct arena scratch;
    TRY(text_init());
    arena_init(&scratch, 1024 * 1024, SCRATCH_BYTES);
    struct load load = {.scratch = &scratch, .dir = facts_dir, .reject = reject, .arg = arg};
    enum err err = load_in_txn(&load, db, why);
    arena_destroy(&scratch);
    return err == ERR_OK ? vehicle_names_rebuild(db, why) : err;
}

#include "epa.h"

#include <inttypes.h>
#include <stdlib.h>

#include "epa_rows.h"
#include "fitment_csv.h"
#include "index/base/limits.h"
#include "index/names.h"
#include "index/vehicle_complete.h"
#include "progress.h"

enum { VEHICLES_PER_TXN = 2000, WORDS_MAX = 16, JOINTS_MAX = 64, SCRATCH_BYTES = 256 << 20 };

struct joint { const char *drive, *transmission; }; // NULL: open
struct line { // a row that has found its model
    uint32_t make, model;
    bool exact;     // its name is the model's
    uint64_t order; // in the file
    struct epa_row row;
};
struct epa {
    struct db *db;
    struct view view;   // of the transaction
    struct txn *txn;
    struct arena arena; // the rows' texts
    struct arena scratch;
    struct line *lines;
    size_t count, capacity;
    uint32_t displacement, cylinders, fuel, aspiration, drive, transmission, market; // attribute ids, 0: none has it
    uint64_t rows, unmatched, vehicles, joined, alternatives, too_many;
};

bool epa_header(struct slice header) {
    static const char *const NEEDED[] = {"year", "make", "model", "displ", "drive", NULL};
    unsigned found = 0, gearbox = 0;
    while (header.n) {
        struct slice one = slice_trim(slice_cut(&header, ','));
        if (one.n > 2 && one.p[0] == '"' && one.p[one.n - 1] == '"') one = slice_of(one.p + 1, one.n - 2);
        for (unsigned i = 0; NEEDED[i]; i++) found += slice_is(one, NEEDED[i]);
        gearbox += slice_is(one, "trany") || slice_is(one, "trans");
    }
    return found == 5 && gearbox == 1;
}

// ---- models -------------------------------------------------------------------------------------------------------------------------
static unsigned words_cut(struct slice text, struct slice words[WORDS_MAX]) {
    unsigned n = 0;
    while (text.n && n < WORDS_MAX) {
        struct slice one = slice_trim(slice_cut(&text, ' '));
        if (one.n) words[n++] = one;
    }
    return text.n ? 0 : n;
}

// The longest beginning of EPA's name that is a model; the words behind it are suffixes, or the row is not of exactly that model.
static enum err model_match(struct epa *e, struct line *l) {
    struct slice words[WORDS_MAX];
    unsigned n = words_cut(l->row.model, words), keep = n;
    enum err err = make_find(&e->view, l->row.make, &l->make);
    if (err != ERR_OK || n == 0) return n ? err : ERR_NOT_FOUND;
    for (err = ERR_NOT_FOUND; keep > 0; keep--) {
        struct slice name = slice_of(words[0].p, (size_t)(slice_end(words[keep - 1]) - words[0].p));
        err = model_find(&e->view, l->make, name, &l->model);
        if (err != ERR_NOT_FOUND) break;
    }
    l->exact = true;
    for (unsigned i = keep; err == ERR_OK && i < n; i++) l->exact &= epa_suffix(words[i], &l->row);
    return err;
}

static enum err line_add(struct epa *e, const struct epa_row *row) {
    if (e->count == e->capacity) {
        size_t more = e->capacity ? e->capacity * 2 : 4096;
        struct line *grown = realloc(e->lines, more * sizeof *grown);
        if (!grown) return ERR_NO_MEMORY;
        e->lines = grown;
        e->capacity = more;
    }
    struct line *l = &e->lines[e->count];
    *l = (struct line){.order = e->rows, .row = *row};
    arena_reset(&e->scratch);
    enum err err = model_match(e, l);
    if (err == ERR_NOT_FOUND) e->unmatched++;
    else if (err == ERR_OK) e->count++;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err lines_read(struct epa *e, const char *path, struct import_report *report, struct fault *why) {
    struct input *in;
    struct delimited *d = NULL;
    struct epa_columns columns;
    char *bytes;
    size_t n;
    TRY(input_open(path, &in, why));
    enum err err = fitment_input_all(in, &bytes, &n, why);
    input_close(in);
    if (err != ERR_OK) return err;
    err = delimited_of_bytes(slice_of(bytes, n), path, &d, why);
    free(bytes);
    if (err == ERR_OK) err = epa_columns_read(d, &columns, why);
    while (err == ERR_OK && delimited_next(d)) {
        struct epa_row row;
        e->rows++;
        report->rows++;
        if (epa_row_read(&e->arena, d, &columns, &row)) err = line_add(e, &row);
        else report_reject(report, path, delimited_line(d), "no year, make or model");
    }
    delimited_close(d); // the texts of make and model are not needed any more
    return err;
}

static int by_vehicle(const void *a, const void *b) {
    const struct line *x = a, *y = b;
    if (x->make != y->make) return x->make < y->make ? -1 : 1;
    if (x->model != y->model) return x->model < y->model ? -1 : 1;
    if (x->row.year != y->row.year) return x->row.year < y->row.year ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

// ---- one configuration ----------------------------------------------------------------------------------------------------------------
static struct slice known(struct epa *e, const struct vehicle *vehicle, unsigned i, uint32_t attr) {
    return attr ? names_text(&e->view, NAMES_VALUE + attr, vehicle_value(vehicle, i, (uint8_t)attr)) : SLICE_NONE;
}

static bool same_engine(struct epa *e, const struct vehicle *vehicle, unsigned i, const struct epa_row *row) {
    struct slice litres = known(e, vehicle, i, e->displacement), fuel = known(e, vehicle, i, e->fuel),
        air = known(e, vehicle, i, e->aspiration);
    uint64_t cylinders = 0;
    bool electric = slice_is(fuel, "electric");
    if (!electric && (litres.n == 0 || !slice_eq(litres, row->displacement))) return false;
    if (!electric && (!slice_u64(known(e, vehicle, i, e->cylinders), &cylinders) || cylinders != row->cylinders)) return false;
    if (slice_is(air, "na") && (row->turbo || row->supercharged)) return false;
    return epa_fuel_matches(row->fuels, fuel) && (!electric || row->fuels == EPA_ELECTRIC);
}

// Our tables say "2wd" where EPA says which, and "4wd" where EPA says "awd".
static bool drive_agrees(struct slice ours, const char *epa) {
    bool two = slice_is(ours, "2wd"), four = slice_is(ours, "4wd") || slice_is(ours, "awd");
    if (ours.n == 0 || !epa || slice_is(ours, epa)) return true;
    if (two) return strcmp(epa, "fwd") == 0 || strcmp(epa, "rwd") == 0;
    return four && (strcmp(epa, "awd") == 0 || strcmp(epa, "4wd") == 0);
}

static bool joint_add(struct joint *list, unsigned *count, struct joint one) {
    for (unsigned i = 0; i < *count; i++)
        if (list[i].drive == one.drive && list[i].transmission == one.transmission) return true;
        else if (one.drive && list[i].drive && one.transmission && list[i].transmission && strcmp(list[i].drive, one.drive) == 0 &&
                 strcmp(list[i].transmission, one.transmission) == 0) return true;
    if (*count == JOINTS_MAX) return false;
    list[(*count)++] = one;
    return true;
}

// What a row adds to a configuration that knows these; nothing where the two contradict. False: too many.
static bool row_joints(const struct epa_row *row, struct slice drive, struct slice transmission, struct joint *list, unsigned *count) {
    for (unsigned d = 0; d < row->drive_count || d == 0; d++) {
        const char *wheels = d < row->drive_count ? row->drives[d] : NULL;
        if (!drive_agrees(drive, wheels)) continue;
        for (unsigned g = 0; g < row->transmission_count || g == 0; g++) {
            const char *gearbox = g < row->transmission_count ? row->transmissions[g] : NULL;
            if (transmission.n && gearbox && !slice_is(transmission, gearbox)) continue;
            struct joint one = {drive.n ? NULL : wheels, transmission.n ? NULL : gearbox};
            if (!joint_add(list, count, one)) return false;
        }
    }
    return true;
}

// The joint alternatives of a configuration; none when there is nothing to tell. False: too many to be believed.
static bool configuration_joints(struct epa *e, const struct vehicle *vehicle, unsigned i, const struct line *lines, size_t n,
                                 struct joint *list,
                                 unsigned *count) {
    struct slice drive = known(e, vehicle, i, e->drive), transmission = known(e, vehicle, i, e->transmission),
        market = known(e, vehicle, i, e->market);
    bool exact = false, told = false;
    *count = 0;
    if ((drive.n && transmission.n) || (market.n && !slice_is(market, "US"))) return true;
    for (size_t k = 0; k < n; k++) {
        if (!same_engine(e, vehicle, i, &lines[k].row)) continue;
        exact |= lines[k].exact;
        if (!row_joints(&lines[k].row, drive, transmission, list, count)) return false;
    }
    for (unsigned k = 0; k < *count; k++) told |= list[k].drive || list[k].transmission;
    if (!exact || !told) *count = 0;
    return true;
}

// ---- one base vehicle -------------------------------------------------------------------------------------------------------------------
static enum err completion_add(struct epa *e, unsigned configuration, const struct joint *j, struct vehicle_completion *out) {
    struct vehicle_attribute *attributes = ARENA_ARRAY(&e->scratch, struct vehicle_attribute, 2);
    if (!attributes) return ERR_NO_MEMORY;
    attributes[0] = (struct vehicle_attribute){SLICE("drive"), slice_str(j->drive)};
    attributes[1] = (struct vehicle_attribute){SLICE("transmission"), slice_str(j->transmission)};
    *out = (struct vehicle_completion){configuration, 2, attributes};
    return ERR_OK;
}

static enum err vehicle_join(struct epa *e, uint32_t id, const struct line *lines, size_t n) {
    struct vehicle *vehicle;
    struct joint joints[JOINTS_MAX];
    unsigned count = 0, joined = 0, more;
    bool changed;
    TRY(vehicle_load(&e->view, id, &vehicle));
    struct vehicle_completion *list = ARENA_ARRAY(&e->scratch, struct vehicle_completion, LIMIT_CONFIGURATIONS + JOINTS_MAX);
    if (!list) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < vehicle->count; i++) {
        if (!configuration_joints(e, vehicle, i, lines, n, joints, &more)) more = 0;
        if (count + more + vehicle->count > LIMIT_CONFIGURATIONS + joined) return e->too_many++, ERR_OK;
        for (unsigned k = 0; k < more; k++) TRY(completion_add(e, i, &joints[k], &list[count++]));
        joined += more > 0;
    }
    if (count == 0) return ERR_OK;
    enum err err = vehicle_complete(e->txn, &e->view, vehicle, SLICE("epa"), list, count, &changed);
    if (err == ERR_TOO_LARGE) return e->too_many++, ERR_OK;
    TRY(err);
    if (!changed) return ERR_OK;
    e->vehicles++;
    e->joined += joined;
    e->alternatives += count;
    return ERR_OK;
}

static bool take_vehicle(void *arg, const struct picker_row *row) {
    *(uint32_t *)arg = row->is.vehicle;
    return false;
}

// ---- transactions -----------------------------------------------------------------------------------------------------------------------
static enum err begin(struct epa *e, struct fault *why) {
    TRY(txn_begin(e->db, &e->txn, why));
    arena_reset(&e->scratch);
    enum err err = view_of_txn(e->txn, &e->scratch, &clock_system, &e->view);
    if (err == ERR_OK) return ERR_OK;
    txn_abort(e->txn);
    e->txn = NULL;
    return err;
}

static enum err end(struct epa *e, enum err err, struct fault *why) {
    struct txn *t = e->txn;
    e->txn = NULL;
    if (!t) return err;
    view_of_txn_end(&e->view);
    if (err == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return err;
}

static void attributes_find(struct epa *e) {
    struct { const char *name; uint32_t *id; } list[] = {
        {"displacement", &e->displacement}, {"cylinders", &e->cylinders}, {"fuel", &e->fuel}, {"aspiration", &e->aspiration},
        {"drive", &e->drive}, {"transmission", &e->transmission}, {"market", &e->market}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (names_find(e->view.snapshot, NAMES_ATTRIBUTE, slice_str(list[i].name), list[i].id) != ERR_OK) *list[i].id = 0;
}

static size_t group_end(const struct epa *e, size_t from) {
    size_t to = from + 1;
    while (to < e->count && e->lines[to].make == e->lines[from].make && e->lines[to].model == e->lines[from].model &&
           e->lines[to].row.year == e->lines[from].row.year)
        to++;
    return to;
}

static enum err some_join(struct epa *e, size_t *from, struct fault *why) {
    TRY(begin(e, why));
    attributes_find(e);
    enum err err = ERR_OK;
    for (unsigned i = 0; err == ERR_OK && i < VEHICLES_PER_TXN && *from < e->count; i++) {
        const struct line *first = &e->lines[*from];
        size_t to = group_end(e, *from);
        uint32_t id = 0;
        arena_reset(&e->scratch);
        err = vehicle_each(&e->view, first->make, first->model, first->row.year, first->row.year, take_vehicle, &id);
        if (err == ERR_OK && id) err = vehicle_join(e, id, first, to - *from);
        *from = to;
    }
    return end(e, err, why);
}

static enum err all_join(struct epa *e, bool quiet, struct fault *why) {
    struct progress progress;
    enum err err = ERR_OK;
    if (e->count) qsort(e->lines, e->count, sizeof *e->lines, by_vehicle);
    progress_start(&progress, "epa");
    for (size_t from = 0; err == ERR_OK && from < e->count;) {
        err = some_join(e, &from, why);
        if (!quiet) progress_update(&progress, from, e->count);
    }
    progress_finish(&progress);
    return err;
}

enum err epa_import(struct db *db, const char *path, bool quiet, struct import_report *report, struct fault *why) {
    struct epa e = {.db = db};
    arena_init(&e.arena, 1 << 20, (size_t)1 << 30);
    arena_init(&e.scratch, 1 << 20, SCRATCH_BYTES);
    enum err err = begin(&e, why);
    if (err == ERR_OK) err = end(&e, lines_read(&e, path, report, why), why);
    if (err == ERR_OK) err = all_join(&e, quiet, why);
    free(e.lines);
    arena_destroy(&e.scratch);
    arena_destroy(&e.arena);
    if (err != ERR_OK) return err;
    report->vehicles_changed += e.vehicles;
    printf("epa: %" PRIu64 " rows, %zu of known models; %" PRIu64 " configurations of %" PRIu64 " base vehicles became %" PRIu64
           " with drive and transmission; %" PRIu64 " base vehicles left alone for their size\n",
           e.rows, e.count, e.joined, e.vehicles, e.alternatives, e.too_many);
    return ERR_OK;
}

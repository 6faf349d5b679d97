#include "code_list.h"
#include "import.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "aces.h"
#include "cn_vehicles.h"
#include "ebay.h"
#include "epa.h"
#include "fitment_csv.h"
#include "index/base/limits.h"
#include "jsonl.h"
#include "people.h"
#include "pies.h"
#include "progress.h"
#include "staged.h"
#include "vehicle_counts.h"
#include "vehicles_import.h"
#include "vpic.h"
#include "wmi_facts.h"

enum { PATH_BYTES = 4096, FILES_MAX = 4096 };

static const char *const FORMAT_NAMES[IMPORT_FORMATS] = {"unknown", "facts", "vpic", "vehicles", "epa", "services", "service_rules", "codes", "pies", "aces", "csv", "ebay", "jsonl"};
const char *import_format_name(enum import_format format) { return FORMAT_NAMES[format]; }

bool import_format_parse(const char *text, enum import_format *out) {
    for (unsigned i = IMPORT_FACTS; i < IMPORT_FORMATS; i++)
        if (strcmp(text, FORMAT_NAMES[i]) == 0) {
            *out = (enum import_format)i;
            return true;
        }
    return false;
}

// ---- what a file is -------------------------------------------------------------------------------------------------------
static bool contains(struct slice text, const char *what) { return memmem(text.p, text.n, what, strlen(what)) != NULL; }

// Tables tell themselves by their header.
static enum import_format format_of_table(struct slice header) {
    struct delimited *d;
    struct arena scratch;
    if (epa_header(header)) return IMPORT_EPA;
    if (contains(header, "first_km\t") && contains(header, "service\t")) return IMPORT_SERVICE_RULES;
    if (slice_starts(header, SLICE("service\t")) && contains(header, "labour")) return IMPORT_SERVICES;
    if (ebay_header(header)) return IMPORT_EBAY;
    if (delimited_of_bytes(header, "", &d, NULL) != ERR_OK) return IMPORT_UNKNOWN;
    arena_init(&scratch, 4096, 1 << 20);
    bool fitment = fitment_columns_header(&scratch, d);
    arena_destroy(&scratch);
    delimited_close(d);
    return fitment ? IMPORT_CSV : IMPORT_VEHICLES;
}

static enum import_format format_of_bytes(struct slice bytes) {
    if (slice_starts(bytes, SLICE("\xEF\xBB\xBF"))) bytes = slice_from(bytes, 3);
    if (slice_starts(bytes, SLICE("SQLite format 3"))) return IMPORT_VPIC;
    struct slice text = slice_trim(bytes), rest = text, header = slice_cut(&rest, '\n');
    if (slice_starts(text, SLICE("<"))) return contains(text, "<PIES") || contains(text, ":PIES") ? IMPORT_PIES : contains(text, "ACES") ? IMPORT_ACES : IMPORT_UNKNOWN;
    if (slice_starts(text, SLICE("{"))) return IMPORT_JSONL;
    while (rest.n && (slice_starts(header, SLICE("#")) || slice_trim(header).n == 0)) header = slice_cut(&rest, '\n');
    if (code_list_begins(header)) return IMPORT_CODES;
    bool table = contains(header, "\t") || contains(header, ",") || contains(header, ";");
    enum import_format format = table ? format_of_table(header) : IMPORT_UNKNOWN;
    return format != IMPORT_VEHICLES || contains(header, "make") || contains(header, "品牌") ? format : IMPORT_UNKNOWN;
}

enum err import_detect(const char *path, enum import_format *out, struct fault *why) {
    struct input *in;
    struct slice bytes;
    *out = IMPORT_UNKNOWN;
    if (slice_ends(slice_str(path), SLICE("map.tsv"))) return ERR_OK;
    TRY(input_open(path, &in, why));
    enum err err = input_peek(in, &bytes, why);
    if (err == ERR_OK) *out = format_of_bytes(bytes);
    input_close(in);
    return err;
}

// ---- the list of files ------------------------------------------------------------------------------------------------------
struct file { char path[PATH_BYTES]; enum import_format format; };
struct import {
    struct db *db;
    const struct import_options *options;
    struct import_report *report;
    struct import_counts *counts;
    struct file *files;
    unsigned count;
    struct catalog_loader *loader; // NULL in a dry run without a database
    struct people_writer *people;  // NULL in every dry run
    struct notes *notes;
    struct input *input;           // being read
    struct progress progress;
    const char *file;              // its path, for reports
    char sources[LIMIT_TEXT_BYTES];
};

static enum err file_add(struct import *im, const char *path, enum import_format format, struct fault *why) {
    if (im->count == FILES_MAX) return fault_set(why, ERR_TOO_LARGE, "", "more than %d files", FILES_MAX);
    struct file *f = &im->files[im->count++];
    if (slice_copy(slice_str(path), f->path, sizeof f->path) < strlen(path)) return fault_set(why, ERR_BAD_REQUEST, "", "%s: the path is too long", path);
    f->format = format;
    return ERR_OK;
}

static int visible(const struct dirent *e) { return e->d_name[0] != '.'; }

static enum err folder_add(struct import *im, const char *dir, struct fault *why) {
    char path[PATH_BYTES];
    struct stat st;
    snprintf(path, sizeof path, "%s/types.tsv", dir);
    if (stat(path, &st) == 0) return file_add(im, dir, IMPORT_FACTS, why);
    struct dirent **entries;
    int n = scandir(dir, &entries, visible, alphasort);
    if (n < 0) return fault_set(why, ERR_IO, "", "%s: cannot be read", dir);
    enum err err = ERR_OK;
    for (int i = 0; i < n; i++) {
        enum import_format format;
        snprintf(path, sizeof path, "%s/%s", dir, entries[i]->d_name);
        bool file = err == ERR_OK && stat(path, &st) == 0 && S_ISREG(st.st_mode);
        if (file) err = import_detect(path, &format, why);
        if (file && err == ERR_OK && format != IMPORT_UNKNOWN) err = file_add(im, path, format, why);
        free(entries[i]);
    }
    free(entries);
    return err;
}

static enum err files_collect(struct import *im, struct fault *why) {
    for (unsigned i = 0; i < im->options->path_count; i++) {
        const char *path = im->options->paths[i];
        struct stat st;
        enum import_format format = im->options->format;
        if (stat(path, &st) != 0) return fault_set(why, ERR_NOT_FOUND, "", "%s: no such file", path);
        if (S_ISDIR(st.st_mode)) {
            TRY(folder_add(im, path, why));
            continue;
        }
        if (format == IMPORT_UNKNOWN) TRY(import_detect(path, &format, why));
        if (format == IMPORT_UNKNOWN) return fault_set(why, ERR_BAD_REQUEST, "", "%s: not a format rightfit knows; see --format", path);
        TRY(file_add(im, path, format, why));
    }
    return ERR_OK;
}

static bool has_format(const struct import *im, enum import_format from, enum import_format to) {
    for (unsigned i = 0; i < im->count; i++)
        if (im->files[i].format >= from && im->files[i].format <= to) return true;
    return false;
}

// ---- sinks --------------------------------------------------------------------------------------------------------------------
static enum err take_product(void *arg, const struct product_doc *doc, struct fault *why) {
    struct import *im = arg;
    return im->loader ? catalog_loader_product(im->loader, doc, why) : ERR_OK;
}
static enum err take_application(void *arg, enum catalog_change change, struct slice brand, struct slice number, struct slice type,
                                 const struct application_doc *doc, struct fault *why) {
    struct import *im = arg;
    return im->loader ? catalog_loader_application(im->loader, change, brand, number, type, doc, why) : ERR_OK;
}
static enum err take_full(void *arg, struct slice brand, struct fault *why) {
    struct import *im = arg;
    return im->loader ? catalog_loader_full(im->loader, brand, why) : ERR_OK;
}
static enum err take_remove(void *arg, struct slice brand, struct slice number, struct fault *why) {
    struct import *im = arg;
    return im->loader ? catalog_loader_remove(im->loader, brand, number, why) : ERR_OK;
}
static enum err take_offer(void *arg, struct slice id, int64_t cny_fen, int64_t usd_cents, int64_t stock, struct fault *why) {
    struct import *im = arg;
    return im->loader ? catalog_loader_offer(im->loader, id, cny_fen, usd_cents, stock, why) : ERR_OK;
}
static enum err take_supply(void *arg, enum supply_kind kind, const struct json *body, struct fault *why) {
    struct import *im = arg;
    return im->people ? people_supply(im->people, kind, body, why) : ERR_OK;
}
static enum err take_entry(void *arg, const char *kind, const struct json *body, struct fault *why) {
    struct import *im = arg;
    return im->people ? people_entry(im->people, kind, body, why) : ERR_OK;
}
static enum err take_user(void *arg, struct slice id, const struct json *body, struct fault *why) {
    struct import *im = arg;
    return im->people ? people_user(im->people, id, body, why) : ERR_OK;
}
static enum err take_event(void *arg, const struct json *body, struct fault *why) {
    struct import *im = arg;
    return im->people ? people_event(im->people, body, why) : ERR_OK;
}
static void take_report(void *arg, enum sink_report what, uint64_t line, const char *message) {
    struct import *im = arg;
    if (what == SINK_REJECTED) report_reject(im->report, im->file, line, "%s", message);
    else if (what == SINK_WARNING) report_notice(im->report, im->file, "%s", message);
    else if (im->report->notices < REPORT_SHOWN_MAX) report_notice(im->report, im->file, "line %llu: parked: %s", (unsigned long long)line, message);
}
static void take_tick(void *arg) {
    struct import *im = arg;
    uint64_t done, total;
    input_position(im->input, &done, &total);
    if (!im->options->quiet) progress_update(&im->progress, done, total);
}

static struct sink sink_of(struct import *im) {
    const struct sink sink = {im, take_product, take_application, take_full, take_remove, take_offer, take_supply, take_entry, take_user, take_event, take_report, take_tick};
    return im->options->staged ? staged_sink(im->options->staged, &sink) : sink;
}

// ---- one file of the catalogue ----------------------------------------------------------------------------------------------------
static enum err map_open(struct import *im, const char *path, struct idmap **out, struct fault *why) {
    char beside[IDMAP_PATH_BYTES];
    const char *map_path = im->options->map_path ? im->options->map_path : idmap_beside(path, beside) ? beside : NULL;
    struct idmap *map = idmap_new();
    if (!map) return ERR_NO_MEMORY;
    enum err err = idmap_load_types(map, im->options->facts_dir, why);
    if (err == ERR_OK && map_path) err = idmap_load(map, map_path, report_callback, im->report, why);
    if (err == ERR_OK) *out = map;
    else idmap_free(map);
    return err;
}

static enum err xml_import(struct import *im, const struct file *f, struct fault *why) {
    struct sink sink = sink_of(im);
    struct idmap *map;
    TRY(map_open(im, f->path, &map, why));
    enum err err;
    if (f->format == IMPORT_ACES) {
        struct aces_result r;
        err = aces_read(im->input, map, im->notes, &sink, &r, why);
        im->counts->aces_applications += r.applications;
        im->counts->aces_parked += r.parked;
        im->report->rows += r.applications + r.rejected;
    } else {
        struct pies_result r;
        err = pies_read(im->input, map, &sink, &r, why);
        im->counts->pies_items += r.items;
        im->report->rows += r.items + r.rejected;
    }
    idmap_free(map);
    return err;
}

static enum err jsonl_import(struct import *im, unsigned kinds, struct fault *why) {
    struct sink sink = sink_of(im);
    struct jsonl_result r;
    enum err err = jsonl_read(im->input, kinds, &sink, &r, why);
    im->counts->products += r.products;
    im->counts->offers += r.offers + r.entries;
    im->counts->supplies += r.supplies;
    im->counts->users += r.users;
    im->counts->events += r.events;
    im->report->rows += r.products + r.offers + r.supplies + r.entries + r.users + r.events + r.rejected;
    return err;
}

static enum err table_import(struct import *im, enum import_format format, struct fault *why) {
    const struct fitment_options options = {.brand = im->options->brand, .type = im->options->type, .sku = im->options->sku};
    struct sink sink = sink_of(im);
    struct fitment_result r = {0};
    struct attribute_words *words;
    TRY(attribute_words_open(im->options->facts_dir, &words, why));
    enum err err = format == IMPORT_EBAY ? ebay_read(im->input, words, im->notes, &options, &sink, &r, why)
                                         : fitment_csv_read(im->input, words, im->notes, &options, &sink, &r, why);
    attribute_words_close(words);
    im->counts->products += r.products;
    im->counts->table_rows += r.rows;
    im->counts->table_applications += r.applications;
    im->report->rows += r.rows;
    return err;
}

static enum err file_import(struct import *im, const struct file *f, unsigned jsonl_kinds, struct fault *why) {
    im->file = f->path;
    TRY(input_open(f->path, &im->input, why));
    progress_start(&im->progress, input_name(im->input));
    bool table = f->format == IMPORT_CSV || f->format == IMPORT_EBAY;
    enum err err = f->format == IMPORT_JSONL ? jsonl_import(im, jsonl_kinds, why)
                   : table                   ? table_import(im, f->format, why)
                                             : xml_import(im, f, why);
    progress_finish(&im->progress);
    input_close(im->input);
    return err;
}

// ---- the stages -----------------------------------------------------------------------------------------------------------------------
static enum err facts_import(struct import *im, const char *dir, struct fault *why) {
    if (im->options->dry_run) return ERR_OK;
    TRY(vocabulary_load(im->db, dir, report_callback, im->report, why));
    enum err err = wmi_facts_import(im->db, dir, im->report, why);
    if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
    err = cn_vehicles_import(im->db, dir, im->report, why);
    return err == ERR_NOT_FOUND ? ERR_OK : err; // a vocabulary need not bring vehicles
}

static enum err vpic_file_import(struct import *im, const struct file *f, struct fault *why) {
    struct vpic_options vpic = {.path = f->path, .cache_dir = im->options->cache_dir, .facts_dir = im->options->facts_dir};
    return vpic_import(im->db, &vpic, im->report, why);
}

// All tables together, because they replace together what owners said before.
static enum err tables_import(struct import *im, struct fault *why) {
    static const struct vehicles_options OWNER = {.source = "owner"};
    const char **paths = calloc(im->count + 1, sizeof *paths);
    unsigned n = 0;
    if (!paths) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < im->count; i++)
        if (im->files[i].format == IMPORT_VEHICLES) paths[n++] = im->files[i].path;
    enum err err = n ? vehicles_import(im->db, paths, n, &OWNER, im->report, why) : ERR_OK;
    free(paths);
    return err;
}

// What stands beside the vehicles: services first, as rules name them.
static enum err beside_import(struct import *im, struct fault *why) {
    static const struct { enum import_format format; const char *name; } FILES[] = {{IMPORT_SERVICES, "services.tsv"},
                                                                                    {IMPORT_SERVICE_RULES, "service_rules.tsv"}};
    for (unsigned f = 0; f < sizeof FILES / sizeof *FILES; f++)
        for (unsigned i = 0; i < im->count; i++)
            if (im->files[i].format == FILES[f].format)
                TRY(vocabulary_load_file(im->db, im->files[i].path, FILES[f].name, report_callback, im->report, why));
    for (unsigned i = 0; i < im->count; i++)
        if (im->files[i].format == IMPORT_CODES) TRY(code_list_import(im->db, im->files[i].path, im->report, why));
    return ERR_OK;
}

static enum err vehicles_stage(struct import *im, struct fault *why) {
    if (im->options->dry_run) return ERR_OK;
    for (unsigned i = 0; i < im->count; i++)
        if (im->files[i].format == IMPORT_VPIC) TRY(vpic_file_import(im, &im->files[i], why));
    TRY(tables_import(im, why));
    TRY(beside_import(im, why));
    for (unsigned i = 0; i < im->count; i++)
        if (im->files[i].format == IMPORT_EPA) TRY(epa_import(im->db, im->files[i].path, im->options->quiet, im->report, why));
    return ERR_OK;
}

struct finish { struct progress progress; const char *what; bool quiet; };

static void finish_progress(void *arg, const char *what, uint64_t done, uint64_t total) {
    struct finish *f = arg;
    if (f->quiet) return;
    if (f->what != what) {
        if (f->what) progress_finish(&f->progress);
        progress_start(&f->progress, what);
        f->what = what;
    }
    progress_update(&f->progress, done, total);
}

static enum err catalogue_import(struct import *im, struct fault *why) {
    static const enum import_format ORDER[] = {IMPORT_PIES, IMPORT_JSONL, IMPORT_ACES, IMPORT_CSV, IMPORT_EBAY}; // products before what refers to them
    struct finish finish = {.quiet = im->options->quiet};
    for (unsigned o = 0; o < sizeof ORDER / sizeof *ORDER; o++)
        for (unsigned i = 0; i < im->count; i++)
            if (im->files[i].format == ORDER[o]) TRY(file_import(im, &im->files[i], JSONL_CATALOGUE, why));
    if (!im->loader) return ERR_OK;
    TRY(catalog_loader_finish(im->loader, &im->counts->catalogue, finish_progress, &finish, why));
    if (finish.what) progress_finish(&finish.progress);
    return ERR_OK;
}

// The names of the files, for the batch's record.
static struct slice sources_of(const struct import *im, char *space, size_t size) {
    size_t n = 0;
    for (unsigned i = 0; i < im->count && n + 1 < size; i++) {
        const char *slash = strrchr(im->files[i].path, '/');
        int put = snprintf(space + n, size - n, "%s%s", n ? ", " : "", slash ? slash + 1 : im->files[i].path);
        n = put > 0 && n + (size_t)put < size ? n + (size_t)put : size - 1;
    }
    return slice_of(space, n);
}

static void removal_missed(void *arg, const char *source, uint64_t line, const char *message) {
    struct import *im = arg;
    report_reject(im->report, source, line, "%s", message);
}

static void product_compare(void *arg, struct view *v, uint32_t product, const struct product_version *before,
                            const struct product_version *after) {
    struct import *im = arg;
    diff_compare(im->options->diff, v, product, before, after);
}

static enum err loader_open(struct import *im) {
    struct catalog_load_options options = {.sources = sources_of(im, im->sources, sizeof im->sources), .reject = removal_missed, .arg = im,
                                           .dry_run = im->options->dry_run, .compare = im->options->diff ? product_compare : NULL};
    return catalog_loader_new(im->db, &options, &im->loader);
}

static enum err catalogue_stage(struct import *im, struct fault *why) {
    if (!has_format(im, IMPORT_PIES, IMPORT_JSONL)) return ERR_OK;
    if (im->db && !im->options->staged) TRY(loader_open(im));
    enum err err = catalogue_import(im, why);
    catalog_loader_free(im->loader);
    im->loader = NULL;
    return err;
}

// What fits what is derived from the vehicles too: a catalogue that was there before them is matched anew, and applications whose
// vehicle was not known are tried again.
static enum err rematch(struct import *im, struct fault *why) {
    struct catalog_load_options options = {.sources = sources_of(im, im->sources, sizeof im->sources), .vehicles_changed = true};
    struct finish finish = {.quiet = im->options->quiet};
    struct catalog_loader *loader;
    TRY(catalog_loader_new(im->db, &options, &loader));
    enum err err = catalog_loader_parked(loader, why);
    if (err == ERR_OK) err = catalog_loader_finish(loader, &im->counts->catalogue, finish_progress, &finish, why);
    if (finish.what) progress_finish(&finish.progress);
    catalog_loader_free(loader);
    return err;
}

static enum err vehicles_changed(struct import *im, struct fault *why) {
    struct snapshot *s;
    struct vehicle_stats stats;
    struct slice key, value;
    TRY(vehicle_counts_refresh(im->db, &stats, why));
    vehicle_counts_print(&stats, stdout);
    TRY(snapshot_open(im->db, &s));
    struct db_cursor *c = db_cursor_begin(s, TABLE_PRODUCT);
    enum err err = c ? db_cursor_next(c, &key, &value) : ERR_NO_MEMORY;
    if (c) db_cursor_end(c);
    snapshot_close(s);
    return err == ERR_OK ? rematch(im, why) : err == ERR_END ? ERR_OK : err;
}

static enum err people_stage(struct import *im, struct fault *why) {
    if (!has_format(im, IMPORT_JSONL, IMPORT_JSONL)) return ERR_OK;
    if (!im->options->dry_run && !im->options->staged) TRY(people_writer_new(im->db, &im->people));
    enum err err = ERR_OK;
    for (unsigned i = 0; i < im->count && err == ERR_OK; i++)
        if (im->files[i].format == IMPORT_JSONL) err = file_import(im, &im->files[i], JSONL_PEOPLE, why);
    if (im->people && err == ERR_OK) err = people_finish(im->people, why);
    if (im->people) im->counts->duplicate_events = people_duplicates(im->people);
    people_writer_free(im->people);
    im->people = NULL;
    return err;
}

// What a running server does not take: it would have to be closed to others for seconds, or replaces what its threads have read.
static enum err staged_check(const struct import *im, struct fault *why) {
    if (!im->options->staged) return ERR_OK;
    for (unsigned i = 0; i < im->count; i++)
        if (im->files[i].format >= IMPORT_FACTS && im->files[i].format < IMPORT_PIES)
            return fault_set(why, ERR_LOCKED, "", "%.120s: %s cannot be imported while a server runs; stop it first%s", im->files[i].path,
                             import_format_name(im->files[i].format),
                             im->files[i].format == IMPORT_VEHICLES ? ", or send single vehicles to PUT /v1/vehicles/{id}" : "");
    return ERR_OK;
}

static enum err stages_run(struct import *im, struct fault *why) {
    TRY(staged_check(im, why));
    (void)sources_of(im, im->counts->sources, sizeof im->counts->sources);
    for (unsigned i = 0; i < im->count; i++)
        if (im->files[i].format == IMPORT_FACTS) TRY(facts_import(im, im->files[i].path, why));
    TRY(vehicles_stage(im, why));
    bool vehicles = has_format(im, IMPORT_FACTS, IMPORT_EPA);
    if (vehicles && im->options->diff)
        report_notice(im->report, "dry run", "vocabulary and vehicles are not part of the comparison; what fits is judged by those in the database");
    if (vehicles && !im->options->dry_run) TRY(vehicles_changed(im, why));
    TRY(catalogue_stage(im, why));
    return people_stage(im, why);
}

enum err import_run(struct db *db, const struct import_options *options, struct import_report *report, struct import_counts *out,
                    struct fault *why) {
    char notes_path[PATH_BYTES];
    struct import im = {.db = db, .options = options, .report = report, .counts = out};
    *out = (struct import_counts){0};
    snprintf(notes_path, sizeof notes_path, "%s/informational_notes.txt", options->facts_dir);
    im.files = malloc(FILES_MAX * sizeof *im.files);
    if (!im.files) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    enum err err = notes_open(notes_path, &im.notes, why);
    if (err == ERR_OK) err = files_collect(&im, why);
    if (err == ERR_OK) err = stages_run(&im, why);
    if (err == ERR_OK && options->diff) err = diff_finish(options->diff, &out->catalogue, why);
    notes_close(im.notes);
    free(im.files);
    return err;
}

#include "command.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "index/base/limits.h"
#include "ebay.h"
#include "fitment_csv.h"
#include "import.h"
#include "jsonl.h"
#include "lint_aces.h"
#include "lint_print.h"
#include "lint_sink.h"
#include "progress.h"
#include "report.h"

static const char HELP[] =
    "usage: rightfit lint [OPTION...] FILE...\n\n"
    "Tells what is wrong with files of fitment (ACES 3.0 to 5.0, fitment tables, eBay's lists, products in JSON lines; .gz, .zst and\n"
    ".zip are unpacked) without importing them: rows that contradict or repeat each other, ids that cannot be, rows that lack\n"
    "something. Writes FILE:LINE: severity: check: message, then a table.\n"
    "Exit status: 0 no finding of severity error; 1 some; 2 a file could not be read.\n\n"
    "  --map FILE     what the ids mean and which there are (see `rightfit import`); else NAME.map.tsv or map.tsv beside the file\n"
    "  --facts DIR    which positions a part type can have (RIGHTFIT_FACTS, else ./data-tools/facts)\n"
    "  --data DIR     a database: are there cars with these attributes, does it know the ids\n"
    "  --max N        findings shown of each check (20)\n"
    "  --all          all of them\n"
    "  --json         one JSON object a file instead\n"
    "  --quiet, -q    no progress\n"
    "  --help, -h     this text and the checks\n";

enum { YEARS_AHEAD = 2, SHOWN = 20 }; // model years are announced ahead

struct arguments {
    struct common common;
    const char *map;
    bool data, json;
    uint64_t max;
};
// Opened once for all files.
struct sources {
    struct db *db;
    struct lint_vehicles *vehicles;
    struct lint_positions *positions;
};
struct reading { struct input *input; struct progress progress; bool quiet; };

static void help_print(void) {
    fputs(HELP, stdout);
    fputs("\nChecks:\n", stdout);
    for (enum lint_check c = 0; c < LINT_CHECKS; c++)
        printf("  %-20s %-8s %s\n", lint_check_name(c), lint_severity_name(lint_check_severity(c)), lint_check_meaning(c));
}

static void tick(void *arg) {
    struct reading *r = arg;
    uint64_t done, total;
    input_position(r->input, &done, &total);
    if (!r->quiet) progress_update(&r->progress, done, total);
}

static unsigned year_now(void) {
    time_t now = time(NULL);
    struct tm tm;
    return gmtime_r(&now, &tm) ? (unsigned)tm.tm_year + 1900 : LIMIT_YEAR_MAX;
}

// ---- one file -------------------------------------------------------------------------------------------------------
// *whole: an owner's map was there, not only the part types of the vocabulary.
static enum err map_open(const struct arguments *a, const char *path, struct idmap **out, bool *whole, struct fault *why) {
    char beside[IDMAP_PATH_BYTES];
    const char *file = a->map ? a->map : idmap_beside(path, beside) ? beside : NULL;
    struct import_report report;
    struct idmap *map = idmap_new();
    if (!map) return ERR_NO_MEMORY;
    report_init(&report, stderr);
    *whole = file != NULL;
    enum err err = idmap_load_types(map, a->common.facts, why);
    if (err == ERR_OK && file) err = idmap_load(map, file, report_callback, &report, why);
    if (err == ERR_OK) *out = map;
    else idmap_free(map);
    return err;
}

static enum err aces_lint(const struct lint_aces_options *options, struct reading *r, struct lint *l, struct lint_subject *s,
                          struct fault *why) {
    struct lint_aces_result result = {0};
    struct lint_aces *a = lint_aces_new(options, l);
    if (!a) return ERR_NO_MEMORY;
    struct aces_handlers handlers = lint_aces_handlers(a);
    progress_start(&r->progress, input_name(r->input));
    enum err err = aces_parse(r->input, &handlers, why);
    progress_finish(&r->progress);
    if (err == ERR_OK) err = lint_aces_end(a, &result);
    lint_aces_free(a);
    s->format = "aces";
    s->applications = result.applications;
    s->parts = result.parts;
    return err == ERR_OK ? lint_finish(l) : err;
}

static enum err table_read(const struct arguments *a, enum import_format format, struct input *in, const struct sink *sink,
                           struct fault *why) {
    const struct fitment_options options = {0};
    struct fitment_result r = {0};
    struct attribute_words *words;
    TRY(attribute_words_open(a->common.facts, &words, why));
    enum err err = format == IMPORT_EBAY ? ebay_read(in, words, NULL, &options, sink, &r, why)
                                         : fitment_csv_read(in, words, NULL, &options, sink, &r, why);
    attribute_words_close(words);
    return err;
}

// What the readers hand over in words.
static enum err sink_lint(const struct arguments *a, enum import_format format, const struct lint_sink_options *options, struct reading *r,
                          struct lint *l, struct lint_subject *s, struct fault *why) {
    struct jsonl_result read;
    struct lint_sink_result result = {0};
    struct lint_sink *judge = lint_sink_new(options, l);
    if (!judge) return ERR_NO_MEMORY;
    struct sink sink = lint_sink_of(judge);
    progress_start(&r->progress, input_name(r->input));
    enum err err = format == IMPORT_JSONL ? jsonl_read(r->input, JSONL_PRODUCT, &sink, &read, why)
                                          : table_read(a, format, r->input, &sink, why);
    progress_finish(&r->progress);
    enum err failed = lint_sink_end(judge, &result);
    if (err == ERR_OK) err = failed;
    lint_sink_free(judge);
    s->format = import_format_name(format);
    s->applications = result.applications;
    s->parts = result.parts;
    return err == ERR_OK ? lint_finish(l) : err;
}

static enum err format_lint(const struct arguments *a, const struct sources *from, const char *path, enum import_format format,
                            struct reading *r,
                            struct lint *l, struct lint_subject *s, struct fault *why) {
    struct idmap *map = NULL;
    bool whole;
    if (format == IMPORT_JSONL || format == IMPORT_CSV || format == IMPORT_EBAY) {
        struct lint_sink_options sink = {.positions = from->positions, .vehicles = from->vehicles, .tick = tick, .arg = r};
        return sink_lint(a, format, &sink, r, l, s, why);
    }
    if (format != IMPORT_ACES)
        return fault_set(why, ERR_BAD_REQUEST, "", "%s is neither ACES nor a fitment table nor JSON lines of products", path);
    TRY(map_open(a, path, &map, &whole, why));
    struct lint_aces_options options = {.map = map, .map_is_whole = whole, .positions = from->positions, .vehicles = from->vehicles,
                                        .year_max = year_now() + YEARS_AHEAD, .tick = tick, .arg = r};
    enum err err = aces_lint(&options, r, l, s, why);
    idmap_free(map);
    return err;
}

static enum err file_read(const struct arguments *a, const struct sources *from, const char *path, struct lint *l, struct lint_subject *s,
                          struct fault *why) {
    struct reading r = {.quiet = a->common.quiet};
    enum import_format format;
    if (strcmp(path, "-") == 0) return fault_set(why, ERR_BAD_REQUEST, "", "lint wants files, not standard input");
    TRY(import_detect(path, &format, why));
    TRY(input_open(path, &r.input, why));
    enum err err = format_lint(a, from, path, format, &r, l, s, why);
    input_close(r.input);
    return err;
}

static int file_lint(const struct arguments *a, const struct sources *from, const char *path) {
    struct fault why = {0};
    struct lint_subject subject = {.file = path, .max = a->max};
    struct lint *l = lint_new();
    if (!l) return command_failed(&why, ERR_NO_MEMORY);
    enum err err = file_read(a, from, path, l, &subject, &why);
    if (err == ERR_OK) err = (a->json ? lint_print_json : lint_print_text)(l, &subject, stdout);
    bool errors = lint_count(l, LINT_ERROR) > 0;
    lint_free(l);
    if (err != ERR_OK) return command_failed(&why, err);
    return errors ? EXIT_LOOK : EXIT_DONE;
}

// ---- all of them ----------------------------------------------------------------------------------------------------
static enum err sources_open(const struct arguments *a, struct sources *s, struct fault *why) {
    TRY(lint_positions_open(a->common.facts, &s->positions, why));
    if (!a->data) return ERR_OK;
    TRY(command_open(a->common.data, DB_READ, &s->db, why));
    return lint_vehicles_open(s->db, &s->vehicles, why);
}

static void sources_close(struct sources *s) {
    lint_positions_close(s->positions);
    lint_vehicles_close(s->vehicles);
    if (s->db) db_close(s->db);
}

static int files_lint(const struct arguments *a, char **paths, int count) {
    struct sources sources = {0};
    struct fault why = {0};
    int status = EXIT_DONE;
    enum err err = sources_open(a, &sources, &why);
    if (err != ERR_OK) status = command_failed(&why, err);
    for (int i = 0; i < count && err == ERR_OK; i++) {
        int one = file_lint(a, &sources, paths[i]);
        if (one > status) status = one;
    }
    sources_close(&sources);
    return status;
}

int command_lint(int argc, char **argv) {
    enum { MAP = OPTION_OWN, MAX, ALL, JSON };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"map", required_argument, NULL, MAP}, {"max", required_argument, NULL, MAX},
                                            {"all", no_argument, NULL, ALL}, {"json", no_argument, NULL, JSON}, {0}};
    struct arguments a = {.common = common_defaults(), .max = SHOWN};
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return help_print(), EXIT_DONE;
        if (o == OPTION_DATA) a.data = true;
        if (o == MAP) a.map = optarg;
        else if (o == ALL) a.max = LINT_PRINT_ALL;
        else if (o == JSON) a.json = true;
        else if (o == MAX && !command_number(optarg, 0, 1000000000, &a.max)) return command_usage("lint");
        else if (o != MAX && !common_take(&a.common, o)) return command_usage("lint");
    }
    if (optind == argc) return command_usage("lint");
    return files_lint(&a, argv + optind, argc - optind);
}

#include "command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diff_print.h"
#include "handover.h"
#include "import.h"
#include "staged.h"

static const char HELP[] =
    "usage: rightfit import [OPTION...] [FILE|FOLDER]...\n\n"
    "Reads files into the database, in the order they depend on each other. Formats are told by content, .gz, .zst and .zip are\n"
    "unpacked on the way; without a file, or with -, JSON lines come from standard input. A folder stands for its files; one with\n"
    "types.tsv is the vocabulary (types, brands, attributes, names). Rejected rows are reported with file and line and counted.\n\n"
    "  --format NAME  facts, vpic, vehicles, epa, services, service_rules, codes, pies, aces, csv, ebay or\n"
    "                 jsonl, where the content does not tell\n"
    "  --brand NAME   csv, ebay: brand of the products whose rows name none\n"
    "  --type SLUG    csv, ebay: type of the products whose rows name none\n"
    "  --sku NUMBER   csv: the product of rows that name none\n"
    "  --map FILE     what the ids of ACES and PIES mean: lines of element, id, value; else NAME.map.tsv or map.tsv beside the file\n"
    "  --facts DIR    vocabulary and informational notes (RIGHTFIT_FACTS, else ./data-tools/facts)\n"
    "  --dry-run      write nothing: report rejected rows and what the import would change, verdicts on the most common cars too;\n"
    "                 without a database the files are only read; beside a server it compares, without the verdicts\n"
    "  --cars N       dry run: that many cars, those in most garages, else with most products (200; at most 10000)\n"
    "  --cars-file F  dry run: these cars instead, one base vehicle id per line\n"
    "  --changes N    dry run: list that many products whose verdicts change, what is lost first (50)\n"
    "  --json         dry run: all of it as one JSON object\n"
    "  --server URL   hand what was read to this server, which imports it while it serves; so it is done with the server that holds the\n"
    "                 database, found by RIGHTFIT_LISTEN or DIR/server.addr; its key in RIGHTFIT_KEY\n" COMMON_HELP;

struct arguments {
    struct common common;
    struct import_options options;
    struct diff_options diff;
    bool json;
    char stdin_path[64];
    const char *server; // NULL: only where the database is locked
    const char *paths[1];
};

// A pipe can be read once, the stages read twice: what comes in is kept beside the database until the end.
static enum err stdin_keep(char path[64], struct fault *why) {
    char block[65536];
    size_t n;
    snprintf(path, 64, "/tmp/rightfit-import-XXXXXX");
    int fd = mkstemp(path);
    FILE *out = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!out) return fault_set(why, ERR_IO, "", "cannot make a temporary file");
    bool ok = true;
    while (ok && (n = fread(block, 1, sizeof block, stdin)) > 0) ok = fwrite(block, 1, n, out) == n;
    ok = fclose(out) == 0 && ok && !ferror(stdin);
    return ok ? ERR_OK : fault_set(why, ERR_IO, "", "standard input cannot be kept in %s", path);
}

static void catalogue_print(const struct catalog_report *k) {
    if (k->products || k->applications)
        printf("catalogue: %" PRIu64 " products (%" PRIu64 " new), %" PRIu64 " applications (%" PRIu64 " unresolved), %" PRIu64
               " conditions, %" PRIu64 " fitment rows in %" PRIu64 " groups, %" PRIu64 " numbers, %" PRIu64 " postings\n",
               k->products, k->products_new, k->applications, k->applications_unresolved, k->conditions, k->rows, k->groups, k->numbers,
               k->postings);
}

static void counts_print(const struct import_counts *c, const struct import_report *r) {
    printf("read: %" PRIu64 " PIES items, %" PRIu64 " ACES applications (%" PRIu64 " parked), %" PRIu64 " products, %" PRIu64 " offers, %" PRIu64
           " workshops and lines of their supply, %" PRIu64 " users, %" PRIu64 " events (%" PRIu64 " duplicates)\n",
           c->pies_items, c->aces_applications, c->aces_parked, c->products, c->offers, c->supplies, c->users, c->events,
           c->duplicate_events);
    if (c->table_rows) printf("tables: %" PRIu64 " rows, %" PRIu64 " applications\n", c->table_rows, c->table_applications);
    report_print(r, stdout);
}

// Before the files are read: is there a server, and may we?
static enum err server_reach(const struct arguments *a, const char *address, struct fault *why) {
    struct buf answer;
    struct fault reason = {0};
    buf_init(&answer, NULL, 0);
    enum err err = handover_call(address, getenv("RIGHTFIT_KEY"), "/v1/imports", NULL, &answer, &reason);
    buf_free(&answer);
    if (err == ERR_OK) return ERR_OK;
    return fault_set(why, err, "server", "%.60s is in use and no server takes the files over: %.150s", a->common.data, reason.message);
}

// A server serves from the database: what was read is written beside it as lines and handed over.
static enum err hand_over(struct arguments *a, struct import_report *report, struct import_counts *counts, uint64_t *rejected, struct fault *why) {
    char address[HANDOVER_ADDRESS_BYTES];
    struct staged *s = NULL;
    handover_address(a->server, a->common.data, address);
    TRY(server_reach(a, address, why));
    enum err err = staged_open(a->common.data, a->options.dry_run, &s, why);
    struct import_options options = a->options;
    options.staged = s;
    if (err == ERR_OK) err = import_run(NULL, &options, report, counts, why);
    if (err == ERR_OK) err = staged_finish(s, why);
    struct handover_import h = {.server = address, .key = getenv("RIGHTFIT_KEY"), .file = err == ERR_OK ? staged_name(s) : "",
                                .sources = counts->sources, .dry_run = a->options.dry_run, .quiet = a->options.quiet};
    if (err == ERR_OK && staged_lines(s) > 0) err = handover_import(&h, why);
    *rejected = h.rejected;
    staged_close(s, h.taken);
    return err;
}

// ---- a dry run ----------------------------------------------------------------------------------------------------------------
static void read_json(struct json_writer *w, const struct import_counts *c, const struct import_report *r) {
    json_key_open(w, "read", '{');
    json_key_int(w, "rows", (int64_t)r->rows);
    json_key_int(w, "rejected", (int64_t)r->rejected);
    json_key_int(w, "notices", (int64_t)r->notices);
    json_key_int(w, "products", (int64_t)c->products);
    json_key_int(w, "pies_items", (int64_t)c->pies_items);
    json_key_int(w, "aces_applications", (int64_t)c->aces_applications);
    json_key_int(w, "table_rows", (int64_t)c->table_rows);
    json_key_int(w, "offers", (int64_t)c->offers);
    json_key_int(w, "supply", (int64_t)c->supplies);
    json_key_int(w, "users", (int64_t)c->users);
    json_key_int(w, "events", (int64_t)c->events);
    json_key_open(w, "rejected_by_file", '{');
    for (unsigned i = 0; i < r->files; i++) {
        json_key_slice(w, slice_str(r->by_file[i].name));
        json_int(w, (int64_t)r->by_file[i].rejected);
    }
    json_close(w, '}');
    json_close(w, '}');
}

static enum err dry_run_json(const struct arguments *a, const struct import_counts *c, const struct import_report *r) {
    struct buf b;
    buf_init(&b, NULL, 64 * 1024);
    struct json_writer w = json_writer_of(&b);
    json_open(&w, '{');
    json_key_bool(&w, "compared", a->options.diff != NULL);
    read_json(&w, c, r);
    if (a->options.diff) diff_json_members(a->options.diff, &w);
    json_close(&w, '}');
    buf_char(&b, '\n');
    enum err err = b.bad ? ERR_NO_MEMORY : fwrite(b.p, 1, b.n, stdout) == b.n ? ERR_OK : ERR_IO;
    buf_free(&b);
    return err;
}

// The database to compare with; *db stays NULL when there is none. ERR_LOCKED: a server has it.
static enum err dry_run_open(struct arguments *a, struct db **db, struct fault *why) {
    enum err err = db_open(a->common.data, DB_WRITE, db, why);
    if (err == ERR_NOT_FOUND) {
        fprintf(stderr, "import: %s: no database to compare with; the files are only read\n", a->common.data);
        *why = (struct fault){0};
        return ERR_OK;
    }
    TRY(err);
    return diff_new(*db, &a->diff, &a->options.diff, why);
}

static enum err result_print(const struct arguments *a, const struct import_counts *counts, const struct import_report *report, bool whole, bool handed) {
    if (a->json) return whole ? dry_run_json(a, counts, report) : ERR_OK;
    if (a->options.diff && whole) TRY(diff_print_text(a->options.diff, stdout));
    else if (!handed) catalogue_print(&counts->catalogue); // a server has printed its own
    counts_print(counts, report);
    return ERR_OK;
}

static int run(struct arguments *a) {
    struct fault why = {0};
    struct import_report report;
    struct import_counts counts = {0};
    struct db *db = NULL;
    uint64_t rejected = 0; // by a server
    report_init(&report, stderr);
    enum err err = a->server ? ERR_LOCKED : a->options.dry_run ? dry_run_open(a, &db, &why) : db_open(a->common.data, DB_CREATE, &db, &why);
    bool handed = err == ERR_LOCKED;
    if (err == ERR_OK) err = import_run(db, &a->options, &report, &counts, &why);
    else if (handed) err = hand_over(a, &report, &counts, &rejected, &why);
    enum err printed = result_print(a, &counts, &report, err == ERR_OK, handed);
    if (err == ERR_OK && printed != ERR_OK) err = fault_set(&why, printed, "", "the comparison cannot be printed");
    diff_free(a->options.diff);
    if (db) db_close(db);
    if (a->stdin_path[0]) unlink(a->stdin_path);
    if (err != ERR_OK) return command_failed(&why, err);
    return report.rejected + rejected ? EXIT_LOOK : EXIT_DONE;
}

// ---- options --------------------------------------------------------------------------------------------------------------------
enum { FORMAT = OPTION_OWN, MAP, DRY_RUN, BRAND, TYPE, SKU, CARS, CARS_FILE, CHANGES, JSON, SERVER };

static bool option_take(struct arguments *a, int o) {
    uint64_t n;
    switch (o) {
    case FORMAT: return import_format_parse(optarg, &a->options.format);
    case MAP: a->options.map_path = optarg; return true;
    case DRY_RUN: a->options.dry_run = true; return true;
    case BRAND: a->options.brand = optarg; return true;
    case TYPE: a->options.type = optarg; return true;
    case SKU: a->options.sku = optarg; return true;
    case SERVER: a->server = optarg; return true;
    case JSON: a->json = true; return true;
    case CARS_FILE: a->diff.cars_path = optarg; return true;
    case CARS:
        if (!command_number(optarg, 1, COMMON_CARS_MAX, &n)) return false;
        a->diff.cars = (unsigned)n;
        return true;
    case CHANGES:
        if (!command_number(optarg, 0, DIFF_SHOWN_MAX, &n)) return false;
        a->diff.shown = (unsigned)n;
        return true;
    default: return common_take(&a->common, o);
    }
}

int command_import(int argc, char **argv) {
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"format", required_argument, NULL, FORMAT}, {"map", required_argument, NULL, MAP},
                                            {"dry-run", no_argument, NULL, DRY_RUN}, {"brand", required_argument, NULL, BRAND},
                                            {"type", required_argument, NULL, TYPE}, {"sku", required_argument, NULL, SKU},
                                            {"cars", required_argument, NULL, CARS}, {"cars-file", required_argument, NULL, CARS_FILE},
                                            {"changes", required_argument, NULL, CHANGES}, {"json", no_argument, NULL, JSON},
                                            {"server", required_argument, NULL, SERVER}, {0}};
    struct arguments a = {.common = common_defaults(), .diff = {.cars = COMMON_CARS_DEFAULT, .shown = DIFF_SHOWN_DEFAULT}};
    struct fault why = {0};
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        if (!option_take(&a, o)) return command_usage("import");
    }
    if (a.json && !a.options.dry_run) return command_usage("import");
    a.options.facts_dir = a.common.facts;
    a.options.cache_dir = a.common.data;
    a.options.quiet = a.common.quiet;
    a.options.paths = (const char *const *)argv + optind;
    a.options.path_count = (unsigned)(argc - optind);
    bool piped = argc == optind || (argc == optind + 1 && strcmp(argv[optind], "-") == 0);
    if (!piped) return run(&a);
    enum err err = stdin_keep(a.stdin_path, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    a.paths[0] = a.stdin_path;
    a.options.paths = a.paths;
    a.options.path_count = 1;
    return run(&a);
}

#include "command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import.h"

static const char HELP[] =
    "usage: rightfit import [OPTION...] [FILE|FOLDER]...\n\n"
    "Reads files into the database, in the order they depend on each other. Formats are told by content, .gz, .zst and .zip are\n"
    "unpacked on the way; without a file, or with -, JSON lines come from standard input. A folder stands for its files; one with\n"
    "types.tsv is the vocabulary (types, brands, attributes, names). Rejected rows are reported with file and line and counted.\n\n"
    "  --format NAME  facts, vpic, vehicles, epa, pies, aces, csv, ebay or jsonl, where the content does not tell\n"
    "  --brand NAME   csv, ebay: brand of the products whose rows name none\n"
    "  --type SLUG    csv, ebay: type of the products whose rows name none\n"
    "  --sku NUMBER   csv: the product of rows that name none\n"
    "  --map FILE     what the ids of ACES and PIES mean: lines of element, id, value; else NAME.map.tsv or map.tsv beside the file\n"
    "  --facts DIR    vocabulary and informational notes (RIGHTFIT_FACTS, else ./data-tools/facts)\n"
    "  --dry-run      read and report, write nothing\n" COMMON_HELP;

struct arguments {
    struct common common;
    struct import_options options;
    char stdin_path[64];
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

static void counts_print(const struct import_counts *c, const struct import_report *r) {
    const struct catalog_report *k = &c->catalogue;
    if (k->products || k->applications)
        printf("catalogue: %" PRIu64 " products (%" PRIu64 " new), %" PRIu64 " applications (%" PRIu64 " unresolved), %" PRIu64
               " conditions, %" PRIu64 " fitment rows in %" PRIu64 " groups, %" PRIu64 " numbers, %" PRIu64 " postings\n",
               k->products, k->products_new, k->applications, k->applications_unresolved, k->conditions, k->rows, k->groups, k->numbers,
               k->postings);
    printf("read: %" PRIu64 " PIES items, %" PRIu64 " ACES applications (%" PRIu64 " parked), %" PRIu64 " products, %" PRIu64 " offers, %" PRIu64
           " workshops, %" PRIu64 " users, %" PRIu64 " events (%" PRIu64 " duplicates)\n",
           c->pies_items, c->aces_applications, c->aces_parked, c->products, c->offers, c->workshops, c->users, c->events,
           c->duplicate_events);
    if (c->table_rows) printf("tables: %" PRIu64 " rows, %" PRIu64 " applications\n", c->table_rows, c->table_applications);
    report_print(r, stdout);
}

static int run(struct arguments *a) {
    struct fault why = {0};
    struct import_report report;
    struct import_counts counts = {0};
    struct db *db = NULL;
    enum err err = ERR_OK;
    report_init(&report, stderr);
    if (!a->options.dry_run) err = command_open(a->common.data, DB_CREATE, &db, &why);
    if (err == ERR_OK) err = import_run(db, &a->options, &report, &counts, &why);
    if (db) db_close(db);
    if (a->stdin_path[0]) unlink(a->stdin_path);
    counts_print(&counts, &report);
    if (err != ERR_OK) return command_failed(&why, err);
    return report.rejected ? EXIT_LOOK : EXIT_DONE;
}

int command_import(int argc, char **argv) {
    enum { FORMAT = OPTION_OWN, MAP, DRY_RUN, BRAND, TYPE, SKU };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"format", required_argument, NULL, FORMAT}, {"map", required_argument, NULL, MAP},
                                            {"dry-run", no_argument, NULL, DRY_RUN}, {"brand", required_argument, NULL, BRAND},
                                            {"type", required_argument, NULL, TYPE}, {"sku", required_argument, NULL, SKU}, {0}};
    struct arguments a = {.common = common_defaults()};
    struct fault why = {0};
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == FORMAT && !import_format_parse(optarg, &a.options.format)) return command_usage("import");
        else if (o == MAP) a.options.map_path = optarg;
        else if (o == DRY_RUN) a.options.dry_run = true;
        else if (o == BRAND) a.options.brand = optarg;
        else if (o == TYPE) a.options.type = optarg;
        else if (o == SKU) a.options.sku = optarg;
        else if (o != FORMAT && !common_take(&a.common, o)) return command_usage("import");
    }
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

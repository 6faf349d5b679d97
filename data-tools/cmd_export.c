#include "command.h"

#include <inttypes.h>
#include <string.h>

#include "export.h"

static const char HELP[] =
    "usage: rightfit export --format NAME [OPTION...]\n\n"
    "Writes products and what they fit; safe beside a running server. Of the formats, jsonl holds everything and can be imported again,\n"
    "supply is workshops, depots, dealers, price bands and local stock as JSON lines, which can be imported again too,\n"
    "csv is a fitment table with a row per application, aces an ACES document with the side map of its ids\n"
    "(rightfit export --format aces --help).\n\n"
    "  --format NAME  jsonl, csv, supply or aces\n"
    "  --out FILE     where to (else standard output); compressed when the name ends in .zst\n"
    "  --brand NAME   only products of this brand\n"
    "  --type NAME    only products of this type\n" COMMON_HELP;

typedef enum err export_fn(struct view *v, const struct export_options *o, struct output *out, struct export_report *report,
                           struct fault *why);
static const struct { const char *name; export_fn *run; } FORMATS[] = {{"jsonl", export_jsonl}, {"csv", export_csv}, {"supply", export_supply}};

static export_fn *format_find(const char *name) {
    for (size_t i = 0; name && i < sizeof FORMATS / sizeof *FORMATS; i++)
        if (strcmp(FORMATS[i].name, name) == 0) return FORMATS[i].run;
    return NULL;
}

struct arguments { struct common common; struct export_options options; export_fn *format; const char *out; };

static enum err written(struct view *v, const struct arguments *a, struct export_report *report, struct fault *why) {
    struct output out;
    TRY(output_open(a->out, &out, why));
    enum err err = a->format(v, &a->options, &out, report, why);
    if (err == ERR_OK) return output_close(&out, why);
    output_abandon(&out);
    return err;
}

static enum err with_view(struct db *db, const struct arguments *a, struct export_report *report, struct fault *why) {
    struct arena arena;
    struct view *view;
    TRY(view_open(db, &clock_system, &view));
    arena_init(&arena, 1 << 20, (size_t)1 << 30);
    enum err err = view_begin(view, &arena);
    if (err == ERR_OK) {
        err = written(view, a, report, why);
        view_end(view);
    }
    view_close(view);
    arena_destroy(&arena);
    return err;
}

static int run(const struct arguments *a) {
    struct fault why = {0};
    struct export_report report = {0};
    struct db *db;
    enum err err = command_open(a->common.data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    err = with_view(db, a, &report, &why);
    db_close(db);
    if (err != ERR_OK) return command_failed(&why, err);
    if (report.lines) fprintf(stderr, "exported %" PRIu64 " lines of supply\n", report.lines);
    else fprintf(stderr, "exported %" PRIu64 " products, %" PRIu64 " applications\n", report.products, report.applications);
    if (report.left_out) fprintf(stderr, "%" PRIu64 " applications have no words a table could say; jsonl has them\n", report.left_out);
    if (report.too_long) fprintf(stderr, "%" PRIu64 " lines are longer than an import takes\n", report.too_long);
    return report.left_out || report.too_long ? EXIT_LOOK : EXIT_DONE;
}

// ACES has options of its own.
static bool asks_for_aces(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--format=aces") == 0) return true;
        if (strcmp(argv[i], "--format") == 0 && i + 1 < argc && strcmp(argv[i + 1], "aces") == 0) return true;
    }
    return false;
}

int command_export(int argc, char **argv) {
    if (asks_for_aces(argc, argv)) return command_export_aces(argc, argv);
    enum { FORMAT = OPTION_OWN, OUT, BRAND, TYPE };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"format", required_argument, NULL, FORMAT},
                                            {"out", required_argument, NULL, OUT}, {"brand", required_argument, NULL, BRAND}, {"type", required_argument, NULL, TYPE}, {0}};
    struct arguments a = {.common = common_defaults(), .out = "-"};
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == FORMAT) a.format = format_find(optarg);
        else if (o == OUT) a.out = optarg;
        else if (o == BRAND) a.options.brand = optarg;
        else if (o == TYPE) a.options.type = optarg;
        else if (!common_take(&a.common, o)) return command_usage("export");
    }
    if (optind != argc || !a.format) return command_usage("export");
    a.options.quiet = a.common.quiet;
    return run(&a);
}

#include "command.h"

#include <inttypes.h>
#include <string.h>

#include "export_aces.h"

static const char HELP[] =
    "usage: rightfit export --format aces --out FILE.xml[.zst] [OPTION...]\n\n"
    "Writes what fits what as an ACES 4.2 document (FULL, brands by Part), and FILE.map.tsv beside it, which says what its ids\n"
    "mean. `rightfit import FILE.xml` reads the pair back. Safe beside a running server.\n\n"
    "  --out FILE     the document; .zst compresses it\n"
    "  --map FILE     side map of your own: its ids are used where it knows the meaning\n"
    "  --brand NAME   only this brand's products\n"
    "  --facts DIR    where informational_notes.txt is\n" COMMON_HELP;

enum { OPTION_FORMAT = OPTION_OWN, OPTION_OUT, OPTION_MAP, OPTION_BRAND };

static int aces_report(const struct export_aces_report *r) {
    printf("%" PRIu64 " applications of %" PRIu64 " products, %" PRIu64 " of them unresolved; %" PRIu64 " ids explained\n", r->applications,
           r->products, r->unresolved, r->map_lines);
    if (r->left_out_products == 0 && r->left_out_applications == 0) return EXIT_DONE;
    fprintf(stderr, "left out: %" PRIu64 " products without a part number, %" PRIu64 " applications\n", r->left_out_products, r->left_out_applications);
    return EXIT_LOOK;
}

int command_export_aces(int argc, char **argv) {
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"format", required_argument, NULL, OPTION_FORMAT}, {"out", required_argument, NULL, OPTION_OUT},
                                            {"map", required_argument, NULL, OPTION_MAP}, {"brand", required_argument, NULL, OPTION_BRAND}, {0}};
    struct common common = common_defaults();
    struct export_aces_options options = {.clock = &clock_system};
    struct export_aces_report report;
    struct fault why = {0};
    struct db *db;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        if (o == OPTION_OUT) options.path = optarg;
        else if (o == OPTION_MAP) options.map_path = optarg;
        else if (o == OPTION_BRAND) options.brand = slice_str(optarg);
        else if (o == OPTION_FORMAT ? strcmp(optarg, "aces") != 0 : !common_take(&common, o)) return command_usage("export");
    }
    if (optind != argc || !options.path) return command_usage("export");
    options.facts_dir = common.facts;
    options.quiet = common.quiet;
    enum err err = command_open(common.data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    err = export_aces(db, &options, &report, &why);
    db_close(db);
    return err == ERR_OK ? aces_report(&report) : command_failed(&why, err);
}

#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "index/base/clock.h"
#include "progress.h"
#include "synth.h"

static const char HELP[] =
    "usage: rightfit synth [OPTION...] --out DIR\n\n"
    "Writes a sample around the vehicles of the database: ACES and PIES, JSON lines for universal goods, services, offers, workshops,\n"
    "users and 90 days of events. Vehicles are real; everything else is made up, says so, and is the same for the same seed.\n"
    "Load it with `rightfit import DIR`.\n\n"
    "  --out DIR      where the files go; made when missing\n"
    "  --scale NAME   tiny (1,000 vehicles, 5,000 products), S (all vehicles, 200,000 products; the default) or M (1 million products)\n"
    "  --seed N       1 unless said\n"
    "  --until DATE   last day of the events (2026-11-01 unless said)\n"
    "  --facts DIR    types, brands, cities (RIGHTFIT_FACTS, else ./data-tools/facts)\n" COMMON_HELP;

static void counts_print(const struct synth_counts *c) {
    double apps = c->applications ? (double)c->applications / 100 : 1;
    printf("%" PRIu64 " products: %" PRIu64 " by vehicle, %" PRIu64 " universal goods and services\n", c->products, c->items, c->goods);
    printf("%" PRIu64 " applications, %" PRIu64 " rows; %.1f %% with a condition, %.1f %% with engine, %.1f %% with trim, %.1f %% with body or drive\n",
           c->applications, c->rows, (double)c->conditional / apps, (double)c->engine_terms / apps, (double)c->trim_terms / apps, (double)c->body_terms / apps);
    printf("%" PRIu64 " workshops, %" PRIu64 " users, %" PRIu64 " events\n", c->workshops, c->users, c->events);
}

static int run(const struct common *common, struct synth_options *options) {
    struct fault why = {0};
    struct synth_counts counts;
    struct progress progress;
    struct db *db;
    if (mkdir(options->out_dir, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "rightfit: %s: %s\n", options->out_dir, strerror(errno));
        return EXIT_NOT_DONE;
    }
    enum err err = command_open(common->data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    progress_start(&progress, "synth");
    options->progress = common->quiet ? NULL : progress_callback;
    options->arg = &progress;
    err = synth_run(db, options, &counts, &why);
    progress_finish(&progress);
    db_close(db);
    if (err != ERR_OK) return command_failed(&why, err);
    counts_print(&counts);
    return EXIT_DONE;
}

static bool date_take(const char *text, uint32_t *day) {
    int64_t ms;
    if (!clock_parse_ms(slice_str(text), &ms) || ms < 0) return false;
    *day = (uint32_t)(ms / 86400000);
    return true;
}

int command_synth(int argc, char **argv) {
    enum { OUT = OPTION_OWN, SCALE, SEED, UNTIL };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"out", required_argument, NULL, OUT}, {"scale", required_argument, NULL, SCALE},
                                            {"seed", required_argument, NULL, SEED}, {"until", required_argument, NULL, UNTIL}, {0}};
    struct common common = common_defaults();
    struct synth_options options = {.scale = synth_scale_find("S"), .seed = 1};
    date_take("2026-11-01", &options.today);
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        bool good = true;
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == OUT) options.out_dir = optarg;
        else if (o == SCALE) good = (options.scale = synth_scale_find(optarg)) != NULL;
        else if (o == SEED) good = command_number(optarg, 0, UINT64_MAX, &options.seed);
        else if (o == UNTIL) good = date_take(optarg, &options.today);
        else good = common_take(&common, o);
        if (!good) return command_usage("synth");
    }
    options.facts_dir = common.facts;
    if (!options.out_dir || optind != argc) return command_usage("synth");
    return run(&common, &options);
}

#include "command.h"

#include <inttypes.h>
#include <stdlib.h>

#include "generation_switch.h"
#include "handover.h"
#include "model/publish.h"
#include "model/train.h"

static const char HELP[] =
    "usage: rightfit train [OPTION...]\n\n"
    "Learns vectors of users and products from the events, writes a new generation file and switches to it: at once when the\n"
    "database is free, through the running server otherwise. A training of minutes that was stopped goes on where it was when\n"
    "started again on the same events.\n\n"
    "  --dimension N  a multiple of 16, 16 to 1024 (64)\n"
    "  --epochs N     1 to 100\n"
    "  --threads N    2 unless said\n"
    "  --seed N       1 unless said\n"
    "  --server URL   the running server (RIGHTFIT_LISTEN, else the one that holds the database); its key in RIGHTFIT_KEY\n"
    "  --no-switch    write the file only\n"
    "  --force        switch even when it is worse than the current one on people both were not fitted on\n"
    "  --keep N       how many of the newest files stay, beside the current and the previous one (5)\n" COMMON_HELP;

struct arguments {
    struct common common;
    struct train_options options;
    const char *server;
    bool no_switch, force;
    unsigned keep;
};

static void epoch_done(void *arg, unsigned epoch, double loss, double seconds) {
    const struct arguments *a = arg;
    if (seconds > 1.0 || epoch == a->options.als.epochs) // short trainings say how they ended only
        fprintf(stderr, "train: epoch %u of %u, loss %.6g, %.1f s\n", epoch, a->options.als.epochs, loss, seconds);
}

static void report_print(const struct train_report *r) {
    printf("generation %016" PRIx64 ": %" PRIu64 " acts, %" PRIu64 " pairs, %u users, %u of %u products touched, %" PRIu64 " neighbours; load %.1f s, train %.1f s, write %.1f s\n",
           r->id, r->acts, r->pairs, r->users, r->products_touched, r->products, r->neighbours, r->load_seconds, r->train_seconds, r->write_seconds);
    const struct generation_figures *f = &r->learnt.figures;
    if (f->people == 0) return;
    printf("on %u canaries: recall@%d / ndcg@%d of the mix %.4f / %.4f, of vectors alone %.4f / %.4f, of popularity %.4f / %.4f\n", f->people,
           GENERATION_FIGURES_K, GENERATION_FIGURES_K, (double)f->mix_recall, (double)f->mix_ndcg, (double)f->vectors_recall,
           (double)f->vectors_ndcg, (double)f->popularity_recall, (double)f->popularity_ndcg);
}

// A database somebody else writes to is read beside them.
static enum err open_either(const char *data, struct db **db, bool *ours, struct fault *why) {
    enum err err = db_open(data, DB_WRITE, db, why);
    *ours = err == ERR_OK;
    return err == ERR_LOCKED ? db_open(data, DB_READ, db, why) : err;
}

static enum err switch_to(const struct arguments *a, struct db *db, const char *address, uint64_t id, struct fault *why) {
    TRY(generation_switch(a->common.data, db, address, id, a->force, why));
    return generation_collect(a->common.data, db, a->keep, why);
}

static int run(struct arguments *a) {
    struct fault why = {0};
    struct train_report report = {0};
    struct db *db;
    char address[HANDOVER_ADDRESS_BYTES];
    bool ours;
    handover_address(a->server, a->common.data, address);
    enum err err = open_either(a->common.data, &db, &ours, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    if (!a->common.quiet) a->options.als.progress = epoch_done, a->options.als.arg = a;
    err = train_run(db, &a->options, &report, &why);
    if (report.id) report_print(&report);
    if (err == ERR_OK && report.id && !a->no_switch) err = switch_to(a, db, ours ? NULL : address, report.id, &why);
    db_close(db);
    if (err != ERR_OK) return command_failed(&why, err);
    if (report.id) return EXIT_DONE;
    fputs("rightfit: there are no events to learn from\n", stderr);
    return EXIT_LOOK;
}

int command_train(int argc, char **argv) {
    enum { DIMENSION = OPTION_OWN, EPOCHS, THREADS, SEED, SERVER, NO_SWITCH, FORCE, KEEP };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"dimension", required_argument, NULL, DIMENSION},
                                            {"epochs", required_argument, NULL, EPOCHS}, {"threads", required_argument, NULL, THREADS},
                                            {"seed", required_argument, NULL, SEED}, {"server", required_argument, NULL, SERVER},
                                            {"no-switch", no_argument, NULL, NO_SWITCH}, {"force", no_argument, NULL, FORCE},
                                            {"keep", required_argument, NULL, KEEP}, {0}};
    struct arguments a = {.common = common_defaults(), .options = train_defaults(), .keep = PUBLISH_KEEP};
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        uint64_t n = 0;
        bool good = true;
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == DIMENSION) good = command_number(optarg, ALS_DIMENSION_MIN, ALS_DIMENSION_MAX, &n), a.options.als.dimension = (unsigned)n;
        else if (o == EPOCHS) good = command_number(optarg, 1, 100, &n), a.options.als.epochs = (unsigned)n;
        else if (o == THREADS) good = command_number(optarg, 1, 256, &n), a.options.als.threads = (unsigned)n;
        else if (o == SEED) good = command_number(optarg, 0, UINT64_MAX, &n), a.options.als.seed = n;
        else if (o == SERVER) a.server = optarg;
        else if (o == NO_SWITCH) a.no_switch = true;
        else if (o == FORCE) a.force = true;
        else if (o == KEEP) good = command_number(optarg, 0, 1000, &n), a.keep = (unsigned)n;
        else good = common_take(&a.common, o);
        if (!good) return command_usage("train");
    }
    return optind == argc ? run(&a) : command_usage("train");
}

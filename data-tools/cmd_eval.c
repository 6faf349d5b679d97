#include "command.h"

#include "eval_files.h"
#include "eval_policy.h"
#include "model/eval.h"
#include "model/train.h"

static const char HELP[] =
    "usage: rightfit eval [OPTION...]\n"
    "       rightfit eval --train FILE [--valid FILE] --test FILE [OPTION...]\n"
    "       rightfit eval --sequences FILE [OPTION...]\n"
    "       rightfit eval --ratings FILE [--least X] [--time-split SHARE] [OPTION...]\n"
    "       rightfit eval --off-policy LOG [--as LOG|uniform] [--clip X]\n\n"
    "Holds out each person's newest product, trains on the rest and asks how often it is among the first k of the whole\n"
    "catalogue (recall) and how high (NDCG). Popularity, one list for everybody, is measured on the same people. Only reads.\n"
    "With files (\"user item item ...\", numbers) no database is needed: vectors, item-to-item and their mix are fitted on one\n"
    "part, the mix's weights on the validation part, and measured on the last. Every product competes, ties are lost.\n\n"
    "  --k N[,N...]   20 unless said; the first is also that of coverage, novelty and intervals; the database takes one\n"
    "  --users N      at most that many people are measured (database: 5000; files and 0: all)\n"
    "  --threads N    2 unless said\n"
    "  --seed N       1 unless said\n"
    "  --mix          database: the files' measurement on the events, every product a person wanted weighing one\n"
    "  --set NAME=X   files and mix, a hyper-parameter, repeatable; after `validation` there is no going back, so choose by it\n"
    "  --names        prints those names\n"
    "  --validation   files only: stop before the test part\n"
    "  --ratings FILE lines \"user item rating timestamp\", as MovieLens has them; each person's last is held out\n"
    "  --least X      the least rating that counts (0)\n"
    "  --time-split S ratings: the newest share S of all is held out instead, train before, test after\n"
    "  --off-policy LOG  what another policy would have earned, from a log with item_id, position, click and propensity_score:\n"
    "                 IPS, SNIPS, doubly robust, with 95 % intervals and the effective number of rows\n"
    "  --as WHAT      that policy: how another log chose, whose own mean is printed beside, or `uniform` (unless said)\n"
    "  --clip X       largest weight of a row, 0 for none (100)\n"
    "  --train-only   files only: the given split's train part alone makes the vectors, as some published tables have it\n" COMMON_HELP;

struct arguments {
    struct common common;
    struct als_options als;
    struct eval_options options;
    struct eval_files files;
    bool mix;
    struct eval_policy policy;
};

static void report_print(const struct eval_report *r) {
    printf("%u users, %u products competing, %.1f s training, %.1f s measuring\n", r->users, r->products, r->train_seconds, r->eval_seconds);
    printf("             recall@%-4u     ndcg@%u\n", r->k, r->k);
    printf("  personal   %.4f +-%.4f  %.4f\n", r->model.recall, r->model.recall_error, r->model.ndcg);
    printf("  popularity %.4f +-%.4f  %.4f\n", r->popularity.recall, r->popularity.recall_error, r->popularity.ndcg);
}

static enum err measure_mix(const struct arguments *a, const struct history *history, struct fault *why) {
    struct protocol_options o = a->files.options;
    struct protocol_report report;
    o.ordered = true;
    o.similar.threads = o.next.threads = o.als.threads = o.measure.threads;
    TRY(eval_mix(history, &o, &report, why));
    eval_files_print(&o, &report);
    return ERR_OK;
}

static enum err measure_served(const struct arguments *a, const struct history *history, struct fault *why) {
    struct eval_report report;
    TRY(eval_leave_last_out(history, &a->als, &a->options, &report, why));
    report_print(&report);
    return ERR_OK;
}

static int run(const struct arguments *a) {
    struct fault why = {0};
    struct history history = {0};
    struct db *db;
    enum err err = command_open(a->common.data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    err = history_read(db, &history, &why);
    db_close(db);
    if (err == ERR_OK && history.users == 0) {
        fputs("rightfit: there are no events to measure on\n", stderr);
        return EXIT_LOOK;
    }
    if (err == ERR_OK) err = a->mix ? measure_mix(a, &history, &why) : measure_served(a, &history, &why);
    history_free(&history);
    return err == ERR_OK ? EXIT_DONE : command_failed(&why, err);
}

static int run_files(struct arguments *a) {
    struct fault why = {0};
    enum err err = eval_files_run(&a->files, a->common.quiet, &why);
    return err == ERR_OK ? EXIT_DONE : command_failed(&why, err);
}

static int run_policy(const struct arguments *a) {
    struct fault why = {0};
    enum err err = eval_policy_run(&a->policy, &why);
    return err == ERR_OK ? EXIT_DONE : command_failed(&why, err);
}

static bool take_cutoffs(struct arguments *a, const char *text) {
    struct slice rest = slice_of(text, strlen(text));
    unsigned *cutoffs = a->files.options.measure.cutoffs;
    memset(cutoffs, 0, sizeof a->files.options.measure.cutoffs);
    for (unsigned i = 0; rest.p != NULL; i++) {
        uint64_t n;
        if (i == MEASURE_CUTOFFS || !slice_u64(slice_cut(&rest, ','), &n) || n < 1 || n > MEASURE_K_MAX) return false;
        cutoffs[i] = (unsigned)n;
    }
    a->options.k = cutoffs[0];
    return true;
}

static bool files_make_sense(const struct eval_files *f) {
    if (f->ratings) return !f->sequences && !f->train && !f->valid && !f->test;
    return f->sequences ? !f->train && !f->valid && !f->test : f->train && f->test;
}

int command_eval(int argc, char **argv) {
    enum { K = OPTION_OWN, USERS, THREADS, SEED, TRAIN, VALID, TEST, SEQUENCES, SET, NAMES, VALIDATION, TRAIN_ONLY, MIX, OFF_POLICY, AS, CLIP, RATINGS, LEAST, TIME_SPLIT };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"k", required_argument, NULL, K}, {"users", required_argument, NULL, USERS},
                                            {"threads", required_argument, NULL, THREADS}, {"seed", required_argument, NULL, SEED},
                                            {"train", required_argument, NULL, TRAIN}, {"valid", required_argument, NULL, VALID},
                                            {"test", required_argument, NULL, TEST}, {"sequences", required_argument, NULL, SEQUENCES},
                                            {"set", required_argument, NULL, SET}, {"names", no_argument, NULL, NAMES},
                                            {"validation", no_argument, NULL, VALIDATION}, {"train-only", no_argument, NULL, TRAIN_ONLY},
                                            {"mix", no_argument, NULL, MIX}, {"off-policy", required_argument, NULL, OFF_POLICY},
                                            {"as", required_argument, NULL, AS}, {"clip", required_argument, NULL, CLIP},
                                            {"ratings", required_argument, NULL, RATINGS}, {"least", required_argument, NULL, LEAST},
                                            {"time-split", required_argument, NULL, TIME_SPLIT}, {0}};
    struct arguments a = {.common = common_defaults(), .als = train_defaults().als, .options = {.k = 20, .threads = 2, .max_users = 5000},
                          .files = {.options = protocol_defaults()}, .policy = {.as = "uniform", .options = off_policy_defaults()}};
    struct protocol_options *p = &a.files.options;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        uint64_t n = 0;
        bool good = true;
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == NAMES) return printf("                 %s", EVAL_FILES_NAMES), EXIT_DONE;
        else if (o == K) good = take_cutoffs(&a, optarg);
        else if (o == USERS) good = command_number(optarg, 0, UINT32_MAX, &n), a.options.max_users = p->measure.max_users = (uint32_t)n;
        else if (o == THREADS) good = command_number(optarg, 1, 64, &n), a.options.threads = a.als.threads = p->measure.threads = (unsigned)n;
        else if (o == SEED) good = command_number(optarg, 0, UINT64_MAX, &n), a.als.seed = p->als.seed = p->measure.seed = n;
        else if (o == TRAIN) a.files.train = optarg;
        else if (o == VALID) a.files.valid = optarg;
        else if (o == TEST) a.files.test = optarg;
        else if (o == SEQUENCES) a.files.sequences = optarg;
        else if (o == SET) good = eval_files_set(p, optarg);
        else if (o == VALIDATION) p->validation_only = true;
        else if (o == MIX) a.mix = true;
        else if (o == RATINGS) a.files.ratings = optarg;
        else if (o == LEAST) good = slice_f64(slice_str(optarg), &a.files.least);
        else if (o == TIME_SPLIT) good = slice_f64(slice_str(optarg), &a.files.time_split) && a.files.time_split > 0 && a.files.time_split < 1;
        else if (o == OFF_POLICY) a.policy.log = optarg;
        else if (o == AS) a.policy.as = optarg;
        else if (o == CLIP) good = slice_f64(slice_str(optarg), &a.policy.options.clip) && a.policy.options.clip >= 0;
        else if (o == TRAIN_ONLY) p->no_refit = true;
        else good = common_take(&a.common, o);
        if (!good) return command_usage("eval");
    }
    if (optind != argc || (a.mix && (a.files.train || a.files.sequences || a.files.ratings))) return command_usage("eval");
    if (a.policy.log) return run_policy(&a);
    if (!a.files.train && !a.files.valid && !a.files.test && !a.files.sequences && !a.files.ratings) return run(&a);
    return files_make_sense(&a.files) ? run_files(&a) : command_usage("eval");
}

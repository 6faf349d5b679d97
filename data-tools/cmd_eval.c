#include "command.h"

#include "model/eval.h"
#include "model/train.h"

static const char HELP[] =
    "usage: rightfit eval [OPTION...]\n\n"
    "Holds out each person's newest product, trains on the rest and asks how often it is among the first k of the whole\n"
    "catalogue (recall) and how high (NDCG). Popularity, one list for everybody, is measured on the same people. Only reads.\n\n"
    "  --k N          20 unless said\n"
    "  --users N      at most that many people are measured (5000; 0 = all)\n"
    "  --threads N    2 unless said\n"
    "  --seed N       1 unless said\n" COMMON_HELP;

struct arguments {
    struct common common;
    struct als_options als;
    struct eval_options options;
};

static void report_print(const struct eval_report *r) {
    printf("%u users, %u products competing, %.1f s training, %.1f s measuring\n", r->users, r->products, r->train_seconds, r->eval_seconds);
    printf("             recall@%-4u     ndcg@%u\n", r->k, r->k);
    printf("  personal   %.4f +-%.4f  %.4f\n", r->model.recall, r->model.recall_error, r->model.ndcg);
    printf("  popularity %.4f +-%.4f  %.4f\n", r->popularity.recall, r->popularity.recall_error, r->popularity.ndcg);
}

static int run(const struct arguments *a) {
    struct fault why = {0};
    struct history history = {0};
    struct eval_report report;
    struct db *db;
    enum err err = command_open(a->common.data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    err = history_read(db, &history, &why);
    db_close(db);
    if (err == ERR_OK && history.users == 0) {
        fputs("rightfit: there are no events to measure on\n", stderr);
        return EXIT_LOOK;
    }
    if (err == ERR_OK) err = eval_leave_last_out(&history, &a->als, &a->options, &report, &why);
    history_free(&history);
    if (err != ERR_OK) return command_failed(&why, err);
    report_print(&report);
    return EXIT_DONE;
}

int command_eval(int argc, char **argv) {
    enum { K = OPTION_OWN, USERS, THREADS, SEED };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"k", required_argument, NULL, K}, {"users", required_argument, NULL, USERS},
                                            {"threads", required_argument, NULL, THREADS}, {"seed", required_argument, NULL, SEED}, {0}};
    struct arguments a = {.common = common_defaults(), .als = train_defaults().als, .options = {.k = 20, .threads = 2, .max_users = 5000}};
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        uint64_t n = 0;
        bool good = true;
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == K) good = command_number(optarg, 1, 1000, &n), a.options.k = (unsigned)n;
        else if (o == USERS) good = command_number(optarg, 0, UINT32_MAX, &n), a.options.max_users = (uint32_t)n;
        else if (o == THREADS) good = command_number(optarg, 1, 256, &n), a.options.threads = a.als.threads = (unsigned)n;
        else if (o == SEED) good = command_number(optarg, 0, UINT64_MAX, &n), a.als.seed = n;
        else good = common_take(&a.common, o);
        if (!good) return command_usage("eval");
    }
    return optind == argc ? run(&a) : command_usage("eval");
}

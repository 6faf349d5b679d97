#include "command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "generation_switch.h"
#include "handover.h"
#include "model/publish.h"

static const char HELP[] =
    "usage: rightfit generations [OPTION...]\n"
    "       rightfit generations rollback [OPTION...]\n"
    "       rightfit generations use ID [OPTION...]\n"
    "       rightfit generations collect [OPTION...]\n\n"
    "Lists what was trained, newest first, with its figures on people it was not fitted on. `rollback` goes back to the generation\n"
    "before the current one, and to this one when asked again; `use` goes to any. Both work beside a running server, through it,\n"
    "and without one. `collect` removes old files, as `rightfit train` does.\n\n"
    "  --server URL   the running server (RIGHTFIT_LISTEN, else the one that holds the database); its key in RIGHTFIT_KEY\n"
    "  --force        `use`: also one that is worse than the current one\n"
    "  --keep N       `collect`: how many of the newest files stay, beside the current and the previous one (5)\n" COMMON_HELP;

struct arguments {
    struct common common;
    const char *server;
    bool force;
    unsigned keep;
};

// ---- listing ------------------------------------------------------------------------------------------------------

static void entry_print(const struct publish_entry *e, uint64_t current, uint64_t previous) {
    const char *role = e->id == current ? "current" : e->id == previous ? "previous" : "";
    char made[32] = "";
    time_t seconds = (time_t)(e->created_ms / 1000);
    struct tm utc;
    if (e->state != ERR_OK) {
        printf("%016" PRIx64 "  cannot be used: %s  %s\n", e->id, err_name(e->state), role);
        return;
    }
    if (gmtime_r(&seconds, &utc)) strftime(made, sizeof made, "%Y-%m-%dT%H:%M:%SZ", &utc);
    printf("%016" PRIx64 "  %s  d %-4u %9" PRIu64 " events %8u people %8u products %6.1f MB", e->id, made, e->dimension, e->events,
           e->users, e->rows, (double)e->bytes / 1e6);
    const struct generation_figures *f = &e->learnt.figures;
    if (f->people)
        printf("  ndcg@%d mix %.4f vectors %.4f popularity %.4f (%u canaries)", GENERATION_FIGURES_K, (double)f->mix_ndcg,
               (double)f->vectors_ndcg, (double)f->popularity_ndcg, f->people);
    printf("%s%s\n", role[0] ? "  " : "", role);
}

static int list(const struct arguments *a) {
    struct publish_entry *entries;
    struct fault why = {0};
    struct db *db;
    uint64_t current = 0, previous = 0;
    unsigned count = 0;
    enum err err = command_open(a->common.data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    err = generation_pointers(db, &current, &previous, &why);
    db_close(db);
    if (err == ERR_OK) err = publish_list(a->common.data, &entries, &count, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    for (unsigned i = 0; i < count; i++) entry_print(&entries[i], current, previous);
    free(entries);
    if (count > 0) return EXIT_DONE;
    fputs("rightfit: nothing was trained yet\n", stderr);
    return EXIT_LOOK;
}

// ---- switching ----------------------------------------------------------------------------------------------------

static enum err go_to(const struct arguments *a, struct db *db, const char *address, uint64_t wanted, struct fault *why) {
    uint64_t current, previous;
    bool back = wanted == 0;
    TRY(generation_pointers(db, &current, &previous, why));
    if (back && previous == 0) return fault_set(why, ERR_NOT_FOUND, "", "there is no generation to go back to");
    if (back) wanted = previous;
    TRY(generation_switch(a->common.data, db, address, wanted, a->force || back, why)); // who goes back has seen enough
    printf("generation %016" PRIx64 " is the current one, %016" PRIx64 " was\n", wanted, current);
    return ERR_OK;
}

static int with_database(const struct arguments *a, uint64_t wanted, bool collect) {
    char address[HANDOVER_ADDRESS_BYTES];
    struct fault why = {0};
    struct db *db;
    handover_address(a->server, a->common.data, address);
    enum err err = db_open(a->common.data, DB_WRITE, &db, &why);
    bool ours = err == ERR_OK;
    if (err == ERR_LOCKED) err = db_open(a->common.data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    err = collect ? generation_collect(a->common.data, db, a->keep, &why) : go_to(a, db, ours ? NULL : address, wanted, &why);
    db_close(db);
    return err == ERR_OK ? EXIT_DONE : command_failed(&why, err);
}

static bool id_parse(const char *text, uint64_t *out) {
    char *end;
    *out = strtoull(text, &end, 16);
    return strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16 && *out != 0;
}

static int act(const struct arguments *a, int count, char **words) {
    uint64_t id;
    if (count == 0) return list(a);
    if (count == 1 && strcmp(words[0], "rollback") == 0) return with_database(a, 0, false);
    if (count == 1 && strcmp(words[0], "collect") == 0) return with_database(a, 0, true);
    if (count == 2 && strcmp(words[0], "use") == 0 && id_parse(words[1], &id)) return with_database(a, id, false);
    return command_usage("generations");
}

int command_generations(int argc, char **argv) {
    enum { SERVER = OPTION_OWN, FORCE, KEEP };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"server", required_argument, NULL, SERVER}, {"force", no_argument, NULL, FORCE},
                                            {"keep", required_argument, NULL, KEEP}, {0}};
    struct arguments a = {.common = common_defaults(), .keep = PUBLISH_KEEP};
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        uint64_t n = 0;
        bool good = true;
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == SERVER) a.server = optarg;
        else if (o == FORCE) a.force = true;
        else if (o == KEEP) good = command_number(optarg, 0, 1000, &n), a.keep = (unsigned)n;
        else good = common_take(&a.common, o);
        if (!good) return command_usage("generations");
    }
    return act(&a, argc - optind, argv + optind);
}

#include "command.h"

#include <stdlib.h>

#include "handover.h"
#include "imports.h"
#include "index/batch.h"

static const char HELP[] =
    "usage: rightfit imports [OPTION...]\n\n"
    "Lists the imports that changed the catalogue, newest first: number, time, products new, changed and removed, files. Safe beside a\n"
    "running server; with --server also the files it is importing now.\n\n"
    "  --server URL   ask this server; its key in RIGHTFIT_KEY\n" COMMON_HELP;

enum { SHOWN_MAX = 100 };

static bool show(void *arg, const struct batch *b) {
    imports_line(b->id, b->at_ms, b->state == BATCH_DONE, b->products_new, b->products_changed, b->products_removed, b->sources);
    return ++*(unsigned *)arg < SHOWN_MAX;
}

static enum err list(struct db *db, struct fault *why) {
    struct view *v = NULL;
    struct arena arena;
    unsigned shown = 0;
    arena_init(&arena, 64 * 1024, 16 << 20);
    enum err err = view_open(db, &clock_system, &v);
    if (err == ERR_OK) err = view_begin(v, &arena);
    if (err == ERR_OK) {
        err = batch_each(v, show, &shown);
        view_end(v);
    }
    view_close(v);
    arena_destroy(&arena);
    return err == ERR_OK ? err : fault_set(why, err, "", "the list of imports cannot be read (%s)", err_name(err));
}

int command_imports(int argc, char **argv) {
    enum { SERVER = OPTION_OWN };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"server", required_argument, NULL, SERVER}, {0}};
    struct common common = common_defaults();
    struct fault why = {0};
    const char *server = NULL;
    struct db *db;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == SERVER) server = optarg;
        else if (!common_take(&common, o)) return command_usage("imports");
    }
    if (optind != argc) return command_usage("imports");
    if (server) {
        enum err err = handover_imports_print(server, getenv("RIGHTFIT_KEY"), &why);
        return err == ERR_OK ? EXIT_DONE : command_failed(&why, err);
    }
    enum err err = command_open(common.data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    err = list(db, &why);
    db_close(db);
    return err == ERR_OK ? EXIT_DONE : command_failed(&why, err);
}

#include "command.h"

#include <stdlib.h>

#include "handover.h"
#include "imports.h"
#include "index/batch.h"
#include "index/text.h"

static const char HELP[] =
    "usage: rightfit rollback [OPTION...] ID\n\n"
    "Takes the newest import back: every product it changed is as it was before, but those that have changed since. `rightfit imports`\n"
    "tells the numbers. Through the running server where one holds the database.\n\n"
    "  --server URL   the running server (RIGHTFIT_LISTEN, else the one that holds the database); its key in RIGHTFIT_KEY\n" COMMON_HELP;

enum { SCRATCH_BYTES = 256 << 20 };

static enum err take_back(struct db *db, uint32_t id, struct batch_undo_report *report, struct fault *why) {
    struct arena scratch;
    struct txn *t;
    TRY(text_init());
    TRY(txn_begin(db, &t, why));
    arena_init(&scratch, 1 << 20, SCRATCH_BYTES);
    enum err err = batch_take_back(t, &scratch, id, report, why);
    arena_destroy(&scratch);
    if (err == ERR_OK) return txn_commit(t, why);
    txn_abort(t);
    return err;
}

static int run_here(struct db *db, uint32_t id) {
    struct batch_undo_report report;
    struct fault why = {0};
    enum err err = take_back(db, id, &report, &why);
    db_close(db);
    if (err != ERR_OK) return command_failed(&why, err);
    imports_taken_back(id, report.restored, report.kept);
    return EXIT_DONE;
}

static int run(const struct common *common, const char *server, uint32_t id) {
    char address[HANDOVER_ADDRESS_BYTES];
    struct fault why = {0};
    struct db *db;
    enum err err = server ? ERR_LOCKED : db_open(common->data, DB_WRITE, &db, &why);
    if (err == ERR_OK) return run_here(db, id);
    if (err != ERR_LOCKED) return command_failed(&why, err);
    handover_address(server, common->data, address);
    err = handover_rollback(address, getenv("RIGHTFIT_KEY"), id, &why);
    return err == ERR_OK ? EXIT_DONE : command_failed(&why, err);
}

int command_rollback(int argc, char **argv) {
    enum { SERVER = OPTION_OWN };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"server", required_argument, NULL, SERVER}, {0}};
    struct common common = common_defaults();
    const char *server = NULL;
    uint64_t id;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        else if (o == SERVER) server = optarg;
        else if (!common_take(&common, o)) return command_usage("rollback");
    }
    if (argc - optind != 1 || !command_number(argv[optind], 1, UINT32_MAX, &id)) return command_usage("rollback");
    return run(&common, server, (uint32_t)id);
}

#include "command.h"

#include <inttypes.h>

#include "backup.h"

static const char SNAPSHOT_HELP[] =
    "usage: rightfit snapshot [OPTION...] DIR\n\n"
    "Copies the database, consistent and compacted, with the current vectors and a manifest of sizes and XXH3 sums. DIR is made\n"
    "or must be empty. Safe beside a running server.\n\n" COMMON_HELP;
static const char RESTORE_HELP[] =
    "usage: rightfit restore [OPTION...] DIR\n\n"
    "Verifies a snapshot against its manifest, copies it beside the database, verifies the copy and renames it into place. Refuses\n"
    "while a server or another command has the database open.\n\n"
    "  --verify       only verify the snapshot\n" COMMON_HELP;

static int report_print(const char *what, const struct backup_report *r) {
    printf("%s: %u files, %" PRIu64 " bytes\n", what, r->files, r->bytes);
    return EXIT_DONE;
}

static int snapshot_make(const char *data, const char *dir) {
    struct fault why = {0};
    struct backup_report report;
    struct db *db;
    enum err err = command_open(data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    err = backup_make(db, dir, &report, &why);
    db_close(db);
    return err == ERR_OK ? report_print("snapshot", &report) : command_failed(&why, err);
}

int command_snapshot(int argc, char **argv) {
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {0}};
    struct common common = common_defaults();
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(SNAPSHOT_HELP, stdout), EXIT_DONE;
        if (!common_take(&common, o)) return command_usage("snapshot");
    }
    return argc - optind == 1 ? snapshot_make(common.data, argv[optind]) : command_usage("snapshot");
}

int command_restore(int argc, char **argv) {
    enum { VERIFY = OPTION_OWN };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"verify", no_argument, NULL, VERIFY}, {0}};
    struct common common = common_defaults();
    struct fault why = {0};
    struct backup_report report;
    bool verify = false;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(RESTORE_HELP, stdout), EXIT_DONE;
        else if (o == VERIFY) verify = true;
        else if (!common_take(&common, o)) return command_usage("restore");
    }
    if (argc - optind != 1) return command_usage("restore");
    enum err err = verify ? backup_verify(argv[optind], &report, &why) : backup_restore(argv[optind], common.data, &report, &why);
    return err == ERR_OK ? report_print(verify ? "sound" : "restored", &report) : command_failed(&why, err);
}

#include "command.h"

#include <inttypes.h>

#include "model/generation.h"
#include "model/publish.h"
#include "model/train.h"
#include "progress.h"

static const char HELP[] =
    "usage: rightfit check [OPTION...]\n\n"
    "Reads every record of every table and the current vectors and verifies their checksums. Safe beside a running server.\n\n" COMMON_HELP;

static enum err generation_check(struct db *db, const char *data, struct fault *why) {
    uint64_t id = 0;
    struct snapshot *s;
    TRY(snapshot_open(db, &s));
    enum err err = db_meta_u64(s, GENERATION_POINTER, &id);
    snapshot_close(s);
    if (err == ERR_NOT_FOUND) return ERR_OK; // nothing trained yet
    TRY(err);
    if (id == 0) return ERR_OK; // a damaged one was dropped
    TRY(publish_verify(data, id, why));
    printf("generation %016" PRIx64 ": sound\n", id);
    return ERR_OK;
}

static int damage_print(const struct db_check_report *r) {
    if (r->damaged == 0) return EXIT_DONE;
    printf("%" PRIu64 " damaged, the first in table %s at key %.64s\n", r->damaged, db_table_name(r->first_table), r->first_key);
    return EXIT_LOOK;
}

int command_check(int argc, char **argv) {
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {0}};
    struct common common = common_defaults();
    struct db_check_report report = {0};
    struct progress progress;
    struct fault why = {0};
    struct db *db;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        if (!common_take(&common, o)) return command_usage("check");
    }
    if (optind != argc) return command_usage("check");
    enum err err = command_open(common.data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    progress_start(&progress, "check");
    err = db_check(db, &report, common.quiet ? NULL : progress_callback, &progress);
    progress_finish(&progress);
    printf("%" PRIu64 " records read\n", report.records);
    int status = damage_print(&report);
    if (err == ERR_OK) err = generation_check(db, common.data, &why);
    db_close(db);
    if (err == ERR_OK || (err == ERR_DAMAGED && report.damaged)) return status;
    command_failed(&why, err);
    return err == ERR_DAMAGED ? EXIT_LOOK : EXIT_NOT_DONE;
}

#include "command.h"

#include <inttypes.h>

#include "index/group_build.h"
#include "vehicle_counts.h"

static const char HELP[] =
    "usage: rightfit stats [OPTION...]\n\n"
    "Shows size, free pages, records and bytes per table and how many vehicles of which certainty. Safe beside a running server.\n\n"
    "      --fitment     count fitment rows and what one takes; reads all of them\n" COMMON_HELP;

static void stats_print(const struct db_stats *s) {
    printf("%-20s %12.1f MB of %.0f GB reserved\n", "used", (double)s->used_bytes / 1e6, (double)s->map_bytes / 1e9);
    printf("%-20s %12" PRIu64 "\n", "free pages", s->free_pages);
    printf("%-20s %12u\n", "readers", s->readers);
    for (unsigned i = 0; i < TABLE_COUNT; i++)
        printf("%-20s %12" PRIu64 " %12" PRIu64 " bytes\n", db_table_name((enum table)i), s->entries[i], s->pages[i] * s->page_bytes);
}

// A row is one (product, base vehicle, position); what it takes are all pages of the groups and of the applications behind them.
static void fitment_print(const struct db_stats *s, const struct group_report *groups) {
    uint64_t bytes = (s->pages[TABLE_GROUP] + s->pages[TABLE_APPLICATION]) * s->page_bytes;
    printf("%-20s %12" PRIu64 "\n", "fitment rows", groups->rows);
    printf("%-20s %12.2f\n", "bytes a row", groups->rows ? (double)bytes / (double)groups->rows : 0);
}

int command_stats(int argc, char **argv) {
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"fitment", no_argument, NULL, 'f'}, {0}};
    struct common common = common_defaults();
    struct fault why = {0};
    struct db_stats stats;
    struct group_report groups;
    struct db *db;
    bool fitment = false;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        if (o == 'f') fitment = true;
        else if (!common_take(&common, o)) return command_usage("stats");
    }
    if (optind != argc) return command_usage("stats");
    enum err err = command_open(common.data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    struct vehicle_stats vehicles;
    err = db_stats(db, &stats);
    if (err == ERR_OK && fitment) err = groups_count(db, &groups);
    bool counted = err == ERR_OK && vehicle_counts_read(db, &vehicles) == ERR_OK;
    db_close(db);
    if (err != ERR_OK) return command_failed(&why, err);
    stats_print(&stats);
    if (fitment) fitment_print(&stats, &groups);
    if (counted) vehicle_counts_print(&vehicles, stdout);
    return EXIT_DONE;
}

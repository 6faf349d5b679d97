#include "command.h"

#include <inttypes.h>
#include <stdlib.h>

#include "index/group_build.h"
#include "index/interchange.h"
#include "index/names.h"
#include "plan_counts.h"
#include "progress.h"
#include "vehicle_counts.h"

static const char HELP[] =
    "usage: rightfit stats [OPTION...]\n\n"
    "Shows size, free pages, records and bytes per table and how many vehicles of which certainty. Safe beside a running server.\n\n"
    "  --fitment      count fitment rows and what one takes; reads all of them\n"
    "  --interchange  instead: how part numbers hang together, and the entries that join what may not belong together\n"
    "  --plans        instead: how many base vehicles have a service plan\n" COMMON_HELP;

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

// ---- interchange --------------------------------------------------------------------------------------------------------------------
static void number_print(struct view *v, const struct interchange_number *n) {
    struct slice brand = names_text(v, NAMES_BRAND, n->brand);
    printf("%.*s %s", SLICE_ARGS(brand), n->text);
}

static void component_print(struct view *v, const struct interchange_component *c) {
    printf("  %u numbers, %u edges, among them ", c->numbers, c->edges);
    number_print(v, &c->one);
    puts("");
    for (unsigned i = 0; i < c->bridge_count; i++) {
        struct product p;
        const struct interchange_bridge *b = &c->bridges[i];
        if (product_load(v, b->product, &p) != ERR_OK) continue;
        printf("    %u | %u held together by ", b->parts[0], b->parts[1]);
        number_print(v, &b->from);
        fputs(" = ", stdout);
        number_print(v, &b->to);
        printf(" (product %.*s)\n", SLICE_ARGS(p.external_id));
    }
}

static void interchange_print(struct view *v, const struct interchange_report *r) {
    printf("%-20s %12" PRIu64 "\n%-20s %12" PRIu64 "\n%-20s %12" PRIu64 "\n", "numbers", r->numbers, "equivalences", r->edges,
           "components", r->components);
    for (unsigned i = 0; i < INTERCHANGE_SIZES; i++)
        if (r->sizes[i]) printf("  of %u to %u numbers %*s%12" PRIu64 "\n", 1u << i, (2u << i) - 1, 2, "", r->sizes[i]);
    printf("%" PRIu64 " of more than %d numbers, which look-ups do not follow beyond neighbours\n", r->too_large, INTERCHANGE_NODES_MAX);
    if (r->largest_count) puts("the largest, with the entries that hold them together:");
    for (unsigned i = 0; i < r->largest_count; i++) component_print(v, &r->largest[i]);
}

static enum err interchange_stats(struct db *db, bool quiet) {
    struct interchange_report *report = calloc(1, sizeof *report);
    struct progress progress;
    struct arena arena;
    struct view *v;
    if (!report) return ERR_NO_MEMORY;
    arena_init(&arena, 1 << 16, 64 << 20);
    enum err err = view_open(db, &clock_system, &v);
    if (err == ERR_OK) {
        err = view_begin(v, &arena);
        if (!quiet) progress_start(&progress, "numbers");
        if (err == ERR_OK) err = interchange_report(v, report, quiet ? NULL : progress_callback, &progress);
        if (!quiet) progress_finish(&progress);
        if (err == ERR_OK) interchange_print(v, report);
        view_end(v);
        view_close(v);
    }
    arena_destroy(&arena);
    free(report);
    return err;
}

static enum err plan_stats(struct db *db) {
    struct plan_counts counts;
    TRY(plan_counts_read(db, &counts));
    plan_counts_print(&counts, stdout);
    return ERR_OK;
}

int command_stats(int argc, char **argv) {
    enum { FITMENT = OPTION_OWN, INTERCHANGE, PLANS };
    static const struct option OPTIONS[] = {COMMON_OPTIONS, {"fitment", no_argument, NULL, FITMENT},
                                            {"interchange", no_argument, NULL, INTERCHANGE}, {"plans", no_argument, NULL, PLANS}, {0}};
    struct common common = common_defaults();
    struct fault why = {0};
    struct db_stats stats;
    struct group_report groups;
    struct db *db;
    bool fitment = false, interchange = false, plans = false;
    for (int o; (o = getopt_long(argc, argv, "hq", OPTIONS, NULL)) != -1;) {
        if (o == 'h') return fputs(HELP, stdout), EXIT_DONE;
        if (o == FITMENT) fitment = true;
        else if (o == INTERCHANGE) interchange = true;
        else if (o == PLANS) plans = true;
        else if (!common_take(&common, o)) return command_usage("stats");
    }
    if (optind != argc) return command_usage("stats");
    enum err err = command_open(common.data, DB_READ, &db, &why);
    if (err != ERR_OK) return command_failed(&why, err);
    if (interchange || plans) {
        err = interchange ? interchange_stats(db, common.quiet) : plan_stats(db);
        db_close(db);
        return err == ERR_OK ? EXIT_DONE : command_failed(&why, err);
    }
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

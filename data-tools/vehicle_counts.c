#include "vehicle_counts.h"

#include <inttypes.h>

typedef enum err (*view_fn)(struct view *v, struct vehicle_stats *out);

static enum err with_view(struct db *db, view_fn fn, struct vehicle_stats *out) {
    struct arena arena;
    struct view *view;
    TRY(view_open(db, &clock_system, &view));
    arena_init(&arena, 1 << 20, (size_t)1 << 30);
    enum err err = view_begin(view, &arena);
    if (err == ERR_OK) {
        err = fn(view, out);
        view_end(view);
    }
    view_close(view);
    arena_destroy(&arena);
    return err;
}

enum err vehicle_counts_refresh(struct db *db, struct vehicle_stats *out, struct fault *why) {
    enum err err = with_view(db, vehicle_stats_count, out);
    return err == ERR_OK ? vehicle_stats_store(db, out, why) : fault_set(why, err, "", "vehicles could not be counted");
}

enum err vehicle_counts_read(struct db *db, struct vehicle_stats *out) {
    return with_view(db, vehicle_stats_load, out);
}

static void row_print(FILE *out, const char *what, const struct vehicle_stats *s, unsigned open, unsigned second) {
    fprintf(out, "  %-44s", what);
    for (unsigned market = 0; market < STATS_MARKETS; market++)
        fprintf(out, " %9" PRIu64 " %10" PRIu64, s->counts[market][open][second].vehicles, s->counts[market][open][second].configurations);
    fputc('\n', out);
}

void vehicle_counts_print(const struct vehicle_stats *s, FILE *out) {
    fprintf(out, "vehicles: %u makes, %u models (first list: %u, %u)\n  %-44s", s->makes, s->models, s->makes_first_list, s->models_first_list,
            "base vehicles and configurations of");
    for (unsigned market = 0; market < STATS_MARKETS; market++) fprintf(out, " %20s", stats_market_names[market]);
    fputc('\n', out);
    row_print(out, "years closed or evidenced", s, 0, 0);
    row_print(out, "years only from an open-ended range", s, 1, 0);
    row_print(out, "heavy trucks, buses, upfitters: evidenced", s, 0, 1);
    row_print(out, "heavy trucks, buses, upfitters: open-ended", s, 1, 1);
}

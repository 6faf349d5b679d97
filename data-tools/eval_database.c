#include "eval_database.h"

#include <stdio.h>

#include "eval_files.h"
#include "index/base/limits.h"
#include "index/text.h"
#include "model/eval_cold.h"

// ---- as served ----------------------------------------------------------------------------------------------------

static enum err measure_served(const struct eval_database *e, const struct history *history, struct fault *why) {
    struct eval_report r;
    TRY(eval_leave_last_out(history, &e->als, &e->served, &r, why));
    printf("%u users, %u products competing, %.1f s training, %.1f s measuring\n", r.users, r.products, r.train_seconds, r.eval_seconds);
    printf("             recall@%-4u     ndcg@%u\n", r.k, r.k);
    printf("  personal   %.4f +-%.4f  %.4f\n", r.model.recall, r.model.recall_error, r.model.ndcg);
    printf("  popularity %.4f +-%.4f  %.4f\n", r.popularity.recall, r.popularity.recall_error, r.popularity.ndcg);
    return ERR_OK;
}

// ---- as a mix -----------------------------------------------------------------------------------------------------

static enum err measure_mix(const struct eval_database *e, const struct eval_people *people, const struct history *history,
                            struct fault *why) {
    struct protocol_options o = e->mix;
    struct protocol_report report;
    o.ordered = true;
    o.similar.threads = o.next.threads = o.als.threads = o.measure.threads;
    TRY(eval_mix(history, o.segments ? people : NULL, &o, &report, why));
    eval_files_print(&o, &report);
    return ERR_OK;
}

// ---- for new products ---------------------------------------------------------------------------------------------

static void print_cold(const struct eval_cold_options *o, const struct eval_cold_report *r) {
    static const char *const names[EVAL_COLD_WAYS] = {"by content, ridge", "mean of type, brand", "mean of type"};
    unsigned k = o->measure.cutoffs[0];
    printf("%u of %u products held out with all their events, wanted by %u people; cosine on the %u that %u people or more wanted\n",
           r->held_out, r->products, r->people, r->judged, EVAL_COLD_PEOPLE_LEAST);
    printf("ridge by ndcg@%u on another tenth:", k);
    for (unsigned i = 0; i < EVAL_COLD_RIDGES; i++) printf(" %g: %.4f%s", (double)r->ridges[i], r->tried[i], i + 1 < EVAL_COLD_RIDGES ? "," : "");
    printf("; taken %g\n                       cosine   among new: recall@%-3u (95 %%)           ndcg@%-3u  among all: recall@%-3u ndcg@%u\n",
           (double)r->ridge, k, k, k, k);
    for (unsigned way = 0; way < EVAL_COLD_WAYS; way++) {
        const struct measure_scores *new = &r->among_new[way], *all = &r->among_all[way];
        printf("  %-20s %.3f    %.4f (%.4f to %.4f)  %.4f     %.4f     %.4f\n", names[way], r->cosine[way], new->mean[0][MEASURE_RECALL],
               new->low[MEASURE_RECALL], new->high[MEASURE_RECALL], new->mean[0][MEASURE_NDCG], all->mean[0][MEASURE_RECALL],
               all->mean[0][MEASURE_NDCG]);
    }
    printf("  anything %.4f among new\n", (double)k / (r->held_out ? r->held_out : 1));
}

static enum err measure_cold(const struct eval_database *e, const struct eval_cold_catalogue *catalogue,
                             const struct history *history, struct fault *why) {
    struct eval_cold_options o = {.als = e->als, .content = content_defaults(), .measure = e->mix.measure};
    struct eval_cold_report report;
    o.content.threads = o.als.threads;
    TRY(eval_cold(history, catalogue, &o, &report, why));
    print_cold(&o, &report);
    return ERR_OK;
}

// ---- all of it ----------------------------------------------------------------------------------------------------

struct loaded { // beside the events; the snapshot is let go before anything is fitted
    struct eval_people people;
    struct eval_cold_catalogue catalogue;
};

static enum err load_from(struct view *v, const struct eval_database *e, const struct history *h, struct loaded *out) {
    struct arena arena;
    arena_init(&arena, 64 * 1024, LIMIT_REQUEST_ARENA_BYTES);
    enum err err = view_begin(v, &arena);
    if (err == ERR_OK) {
        if (e->what == EVAL_DATABASE_MIX && e->mix.segments) err = eval_people_load(v, h, &out->people);
        if (e->what == EVAL_DATABASE_COLD) err = eval_cold_load(v, &out->catalogue);
        view_end(v);
    }
    arena_destroy(&arena);
    return err;
}

static int64_t newest_event(void *state) { return ((const struct history *)state)->newest_ms; }
static uint64_t no_time(void *state) {
    (void)state;
    return 0;
}

// Ages count from the newest event, as in training: last year's copy measures the same.
static enum err load(struct db *db, const struct eval_database *e, struct history *h, struct loaded *out, struct fault *why) {
    struct clock clock = {newest_event, no_time, h};
    struct view *v;
    enum err err = text_init(); // garages are read by their words
    if (err == ERR_OK) err = view_open(db, &clock, &v);
    if (err == ERR_OK) {
        err = load_from(v, e, h, out);
        view_close(v);
    }
    return err == ERR_OK ? err : fault_set(why, err, "", "cannot read what people and products are: %s", err_name(err));
}

static enum err run(struct db *db, const struct eval_database *e, struct history *h, struct loaded *loaded, struct fault *why) {
    TRY(load(db, e, h, loaded, why));
    switch (e->what) {
    case EVAL_DATABASE_MIX: return measure_mix(e, &loaded->people, h, why);
    case EVAL_DATABASE_COLD: return measure_cold(e, &loaded->catalogue, h, why);
    default: return measure_served(e, h, why);
    }
}

enum err eval_database_run(struct db *db, const struct eval_database *e, bool *nothing, struct fault *why) {
    struct history h;
    struct loaded loaded = {0};
    TRY(history_read(db, &h, why));
    *nothing = h.users == 0;
    enum err err = *nothing ? ERR_OK : run(db, e, &h, &loaded, why);
    eval_people_free(&loaded.people);
    eval_cold_free(&loaded.catalogue);
    history_free(&h);
    return err;
}

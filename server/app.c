#include "server/app.h"

#include <assert.h>
#include <stdlib.h>

#include "index/base/limits.h"
#include "index/catalog.h"
#include "index/text.h"
#include "server/api.h"
#include "server/jobs.h"
#include "server/fleet.h"
#include "server/misses.h"

#define APP_MAGIC 0x41707021u
#define WORKER_MAGIC 0x41707057u
#define IDLE_MS 20 // how long a changed product waits, at most, until the writer starts to fold it in
#define MERGE_US 10000 // no further transaction of it is begun after that: commands wait
#define PACK_AFTER_COMMITS 2000
#define READERS_CHECK_US (60 * 1000000ull)
#define TAKEN_IN_AT_ONCE 256 // products, some 30 us each
#define MERGE_FIRST_BYTES (1024 * 1024)
#define MERGE_LIMIT_BYTES (256u * 1024 * 1024) // one product of LIMIT_APPLICATIONS over its groups

// ---- the writer's idle time -----------------------------------------------------------------------------------------------

static bool merge(struct app *a, struct db *db) { // true: there is more
    bool more = false;
    enum err e = catalog_merge(db, &a->merge_arena, &more);
    arena_reset(&a->merge_arena);
    if (e != ERR_OK) log_error("app", "changed products could not be folded in: %s", err_name(e));
    return e == ERR_OK && more;
}

static bool take_up_generation(struct app *a) { // true: requests still hold too many older ones
    struct fault why = {ERR_OK, "", ""};
    enum err e = app_refresh_generation(a, &why);
    if (e != ERR_OK && e != ERR_RATE_LIMITED) log_error("app", "the old generation stays: %s", why.message);
    return e == ERR_RATE_LIMITED;
}

static bool take_in_products(struct app *a) { // true: there are more
    struct fault why = {ERR_OK, "", ""};
    bool more = false;
    enum err e = generations_take_in(a->generations, TAKEN_IN_AT_ONCE, &more, &why);
    if (e != ERR_OK) log_error("app", "%s", why.message);
    return e == ERR_OK && more;
}

// A round over the tables after every so many commits: what random changes left half empty is filled again.
static void pack(struct app *a, struct db *db, uint64_t commits) {
    if (!a->pack_round && commits < a->packed_commits + PACK_AFTER_COMMITS) return;
    if (!a->pack_round) a->packed_commits = commits;
    enum err e = db_pack_some(db, &a->packing, &a->pack_round);
    if (e == ERR_OK) return;
    a->pack_round = false;
    log_error("app", "half-empty pages could not be filled again: %s", err_name(e));
}

// A process that died while it read (a training, an export) would keep old pages from being used again.
static void check_readers(struct app *a, struct db *db) {
    uint64_t now_us = clock_monotonic_us(a->clock);
    if (now_us - a->readers_checked_us < READERS_CHECK_US) return;
    a->readers_checked_us = now_us;
    int dead = db_reader_check(db);
    if (dead > 0) log_info("app", "freed the snapshots of %d dead readers", dead);
}

static void write_misses(struct app *a, struct db *db) {
    uint64_t now_us = clock_monotonic_us(a->clock);
    if (now_us - a->misses_written_us < MISSES_EVERY_US) return;
    a->misses_written_us = now_us;
    enum err e = misses_flush(a->misses, db, &a->merge_arena);
    arena_reset(&a->merge_arena);
    if (e != ERR_OK) log_error("app", "searches that found nothing could not be recorded: %s", err_name(e));
}

// What failed is tried again after the next commit, so that a lasting failure is neither hidden nor repeated endlessly.
static void idle(void *arg, struct db *db) {
    struct app *a = arg;
    struct writer_stats stats;
    check_readers(a, db);
    write_misses(a, db);
    writer_stats(a->writer, &stats);
    uint64_t commits = stats.commits + atomic_load(&a->other_commits) + 1; // never 0, so that what an earlier process left is looked at once
    if (commits == a->settled_commits) {
        pack(a, db, commits);
        return;
    }
    bool more, waits = take_up_generation(a), unseen;
    uint64_t until_us = clock_monotonic_us(a->clock) + MERGE_US;
    do more = merge(a, db);
    while (more && clock_monotonic_us(a->clock) < until_us);
    do unseen = take_in_products(a);
    while (unseen && clock_monotonic_us(a->clock) < until_us);
    if (!more) pack(a, db, commits);
    if (!more && !waits && !unseen) a->settled_commits = commits;
}

enum err app_refresh_generation(struct app *a, struct fault *why) {
    pthread_mutex_lock(&a->refreshing);
    enum err e = generations_refresh(a->generations, why);
    pthread_mutex_unlock(&a->refreshing);
    return e;
}

// ---- opening ----------------------------------------------------------------------------------------------------------------

static enum err read_weights(struct app *a, struct fault *why) {
    char path[OPTIONS_TEXT_MAX + 16];
    snprintf(path, sizeof path, "%s/weights.tsv", a->options->data);
    enum err e = rank_weights_read(path, &a->weights, why);
    if (e != ERR_NOT_FOUND) return e;
    a->weights = rank_weights_default();
    return ERR_OK;
}

// A generation that cannot be used costs the personal order, not the service.
static enum err open_generations(struct app *a, struct fault *why) {
    enum err e = generations_open(a->db, &a->generations, why);
    if (e != ERR_DAMAGED && e != ERR_NOT_FOUND) return e;
    log_error("app", "%s; going on without, until the next training", why->message);
    struct txn *t;
    TRY(txn_begin(a->db, &t, why));
    e = txn_set_meta_u64(t, GENERATION_POINTER, 0);
    if (e != ERR_OK) {
        txn_abort(t);
        return fault_set(why, e, "", "cannot let go of the damaged generation");
    }
    TRY(txn_commit(t, why));
    return generations_open(a->db, &a->generations, why);
}

static enum err open_files(struct app *a, const char *web_dir, struct fault *why) {
    return web_dir && web_dir[0] ? static_files_load(web_dir, &a->files, why) : ERR_OK;
}

static enum err open_parts(struct app *a, const char *web_dir, struct fault *why) {
    if (text_init() != ERR_OK) return fault_set(why, ERR_NO_MEMORY, "", "cannot load the tables of Unicode");
    TRY(db_open(a->options->data, DB_WRITE, &a->db, why));
    TRY(read_weights(a, why));
    TRY(open_generations(a, why));
    TRY(open_files(a, web_dir, why));
    if (!(a->fleet = fleet_new(a->clock))) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    if (!(a->misses = misses_new())) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    if (view_open(a->db, a->clock, &a->stats_view) != ERR_OK || writer_start(a->db, &a->writer) != ERR_OK)
        return fault_set(why, ERR_NO_MEMORY, "", "cannot start the writer: out of memory");
    if (jobs_start(a, &a->jobs) != ERR_OK) return fault_set(why, ERR_NO_MEMORY, "", "cannot start the background thread: out of memory");
    writer_set_idle(a->writer, idle, a, IDLE_MS);
    return ERR_OK;
}

enum err app_open(const struct options *options, const char *web_dir, struct app **out, struct fault *why) {
    struct app *a = calloc(1, sizeof *a);
    *out = NULL;
    if (!a) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    a->magic = APP_MAGIC;
    a->options = options;
    a->clock = options->clock;
    pthread_mutex_init(&a->refreshing, NULL);
    pthread_mutex_init(&a->measuring, NULL);
    arena_init(&a->merge_arena, MERGE_FIRST_BYTES, MERGE_LIMIT_BYTES);
    enum err e = open_parts(a, web_dir, why);
    if (e != ERR_OK) {
        app_close(a);
        return e;
    }
    *out = a;
    return ERR_OK;
}

void app_drain(struct app *a) { jobs_ask_stop(a->jobs); }

bool app_close(struct app *a) {
    if (!a) return true;
    assert(a->magic == APP_MAGIC);
    bool given_up = !jobs_stop(a->jobs);
    writer_stop(a->writer);
    if (given_up) {
        log_warn("app", "an import is given up; nothing of it shows");
        return false;
    }
    if (a->writer && misses_flush(a->misses, a->db, &a->merge_arena) != ERR_OK)
        log_warn("app", "the last searches that found nothing could not be recorded");
    misses_free(a->misses);
    fleet_free(a->fleet);
    view_close(a->stats_view);
    generations_close(a->generations);
    db_close(a->db);
    static_files_free(a->files);
    arena_destroy(&a->merge_arena);
    pthread_mutex_destroy(&a->refreshing);
    pthread_mutex_destroy(&a->measuring);
    free(a);
    return true;
}

// ---- one thread's -------------------------------------------------------------------------------------------------------------

static struct app_worker *thread_new(struct app *a) {
    struct app_worker *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->magic = WORKER_MAGIC;
    w->app = a;
    bool open = view_open(a->db, a->clock, &w->view) == ERR_OK && ranker_open(a->generations, &w->ranker) == ERR_OK;
    if (open) {
        view_keep(w->view);
        return w;
    }
    view_close(w->view);
    free(w);
    return NULL;
}

static void *worker_open(void *app) {
    struct app *a = app;
    struct app_worker *w = thread_new(a);
    if (!w) {
        log_error("app", "a thread could not open the database: out of memory or of readers (%d)", LIMIT_READERS);
        atomic_fetch_add(&a->threads_failed, 1);
        return NULL;
    }
    ranker_set_weights(w->ranker, &a->weights);
    pthread_mutex_lock(&a->measuring);
    w->next = a->threads;
    a->threads = w;
    pthread_mutex_unlock(&a->measuring);
    return w;
}

static void worker_close(void *state) {
    struct app_worker *w = app_worker_of(state), **at = &w->app->threads;
    pthread_mutex_lock(&w->app->measuring);
    while (*at != w) at = &(*at)->next;
    *at = w->next;
    pthread_mutex_unlock(&w->app->measuring);
    view_close(w->view);
    ranker_close(w->ranker);
    free(w);
}

static void worker_rest(void *state) { view_rest(app_worker_of(state)->view); }

static bool ready(void *app, struct fault *why) {
    struct app *a = app;
    if (atomic_load(&a->threads_failed) == 0) return true;
    fault_set(why, ERR_INTERNAL, "", "not every thread could open the database; see the log");
    return false;
}

struct server_app app_callbacks(struct app *a) {
    return (struct server_app){.app = a, .worker_open = worker_open, .worker_close = worker_close, .worker_rest = worker_rest, .admit = api_admit,
                               .ready = ready};
}

struct app *app_of(const struct request *rq) {
    struct app *a = rq->app;
    assert(a && a->magic == APP_MAGIC);
    return a;
}

struct app_worker *app_worker_of(void *thread_state) {
    struct app_worker *w = thread_state;
    assert(!w || w->magic == WORKER_MAGIC);
    return w;
}

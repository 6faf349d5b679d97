// app.h: what the whole server shares, and what each of its threads has for itself.
//
// One `struct app` a process: the database, its writer, the trained generations and the page's files. Everything in it is
// either immutable after app_open() or safe to use from any thread. One `struct app_worker` a thread (event loops and
// compute threads alike): the view and the ranker, which are not shared. Handlers reach them through api.h.
//
// The writer thread changes data, and beside it the background thread of jobs.h. In its idle time the writer folds changed products into their groups (catalog_merge), takes
// up a newly published generation, and frees the reader slots of processes that died.
#ifndef RF_SERVER_APP_H
#define RF_SERVER_APP_H

#include <pthread.h>

#include "index/vehicle_stats.h"
#include "index/view.h"
#include "index/writer.h"
#include "model/rank.h"
#include "server/metrics.h"
#include "server/server.h"
#include "server/static.h"

struct app_stats { // figures for /metrics, gathered at most once a second
    uint64_t at_us; // monotonic; 0 = never
    struct db_stats db;
    struct writer_stats writer;
    struct vehicle_stats vehicles; // zeros before the first import
};

struct jobs;   // jobs.h
struct misses; // misses.h
struct fleet;  // fleet.h

struct app {
    uint32_t magic;
    const struct options *options;
    const struct clock *clock;
    struct db *db;
    struct writer *writer;
    struct jobs *jobs;
    struct fleet *fleet;         // who listens to which cars
    struct misses *misses;       // searches that found nothing
    _Atomic uint64_t other_commits; // of the background thread, besides the writer's
    struct generations *generations;
    struct rank_weights weights; // <data>/weights.tsv when there is one, else the defaults
    struct static_files *files;
    atomic_uint threads_failed;  // worker_open that could not get its state: the server is not ready

    pthread_mutex_t refreshing;  // generations_refresh is for one thread at a time
    pthread_mutex_t measuring;   // guards the next three
    struct app_stats stats;
    struct view *stats_view;
    struct app_worker *threads;  // all that are open

    struct arena merge_arena;    // the writer thread's, like what follows
    uint64_t misses_written_us;
    uint64_t readers_checked_us; // when slots of dead processes were last looked for
    struct db_pack packing;      // how far the round over the tables is
    bool pack_round;             // one is going on
    uint64_t packed_commits;     // commits there were when the last one began
    uint64_t settled_commits;    // commits there were when nothing was left to fold in or take up
};

#define APP_VERDICTS 5

struct app_worker {
    uint32_t magic;
    struct app *app;
    struct view *view;     // between view_begin and view_end only inside api_read()
    struct ranker *ranker; // rank_begin and rank_end are the handler's
    _Atomic uint64_t verdicts[APP_VERDICTS]; // given in answers, by enum verdict; this thread alone adds
    struct app_worker *next;
};

// Opens the database in options->data and starts the writer. ERR_NOT_FOUND says how to make a database. `web_dir`: where the
// page's files are; NULL or empty serves none. `options` must outlive the app.
enum err app_open(const struct options *options, const char *web_dir, struct app **out, struct fault *why);
void app_drain(struct app *a); // when the server's drain begins: an import under way would keep writes, and with them the drain, waiting
// After server_stop(); NULL is fine. False: an import could not be given up in time; it is lost with the process, which has to end at once.
bool app_close(struct app *a);

struct server_app app_callbacks(struct app *a);                  // for server_start()
enum err app_register_metrics(struct app *a, struct metrics *m); // once, after server_start()

// Takes up the generation the database points to. Any thread; maps and verifies a file, so not on an event loop.
enum err app_refresh_generation(struct app *a, struct fault *why);

// The whole table, routes.c.
extern const struct route routes[];
extern const size_t routes_count;

struct app *app_of(const struct request *rq);
struct app_worker *app_worker_of(void *thread_state); // checks what it is; NULL for NULL

#endif

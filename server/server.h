// server.h: the whole server in one handle, so that a test can run it in-process on an ephemeral port.
#ifndef RF_SERVER_SERVER_H
#define RF_SERVER_SERVER_H

#include "server/options.h"
#include "server/router.h"

struct metrics;
struct server;

// What the application gives the transport. All may be NULL.
struct server_app {
    void *app;
    // State of one thread: called on each worker and compute thread at its start and end. NULL from open is taken as
    // "none needed".
    void *(*worker_open)(void *app);
    void (*worker_close)(void *state);
    // Now and then, several times a second, also when nothing is asked; never within a request. On a compute thread after each piece of work.
    void (*worker_rest)(void *state);
    // A key with a view (rq->view) makes a call it may make: whether there is such a view. On the request's worker.
    enum err (*admit)(struct request *rq, struct fault *why);
    bool (*ready)(void *app, struct fault *why); // for /readyz; any worker
};

// Binds, starts all threads and answers requests when it returns. `options` and `routes` must outlive the server.
// Every failure is in *why; then nothing runs.
enum err server_start(const struct options *options, const struct route *routes, size_t route_count,
                      const struct server_app *app, struct server **out, struct fault *why);
// Waits for SIGTERM or SIGINT (then drains and returns) and serves SIGHUP. Call server_block_signals() first thing in
// main, before any thread exists.
void server_block_signals(void);
void server_run(struct server *s);
// Begins to drain: no new connections, `Connection: close` on answers. Any thread.
void server_drain(struct server *s);
// Drains, waits for all threads and frees. Requests with other threads must be completed by them: it waits for those.
void server_stop(struct server *s);

unsigned server_port(const struct server *s);
struct metrics *server_metrics(struct server *s);
bool server_ready(struct server *s, struct fault *why); // not draining, and the application is ready
enum err server_reload(struct server *s, struct fault *why); // keys and request log

#endif

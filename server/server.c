#include "server/server.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/listener.h"
#include "server/worker.h"

struct server {
    struct shared shared;
    struct router *router;
    unsigned worker_count;
    struct worker **workers;
    pthread_t *threads;
    unsigned threads_started;
    unsigned port;
};

// ---- gauges -------------------------------------------------------------------------------------------------------

static double gauge_compute_waiting(void *arg) { return compute_waiting(((struct server *)arg)->shared.compute); }
static double gauge_draining(void *arg) { return atomic_load(&((struct server *)arg)->shared.draining); }

static enum err add_gauges(struct server *s) {
    struct metrics *m = s->shared.metrics;
    TRY(metrics_add_gauge(m, "rightfit_compute_waiting", "Jobs waiting for a compute thread.", gauge_compute_waiting, s));
    return metrics_add_gauge(m, "rightfit_draining", "1 while the server shuts down.", gauge_draining, s);
}

// ---- start --------------------------------------------------------------------------------------------------------

static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); // EMFILE is handled where it happens
}

static enum err open_listener(struct server *s, struct fault *why) {
    struct listener_address address;
    TRY(listener_address_parse(slice_str(s->shared.options->listen), &address, why));
    TRY(listener_open(&address, &s->shared.listen_fd, why));
    s->port = listener_port(s->shared.listen_fd);
    return ERR_OK;
}

static enum err open_parts(struct server *s, struct fault *why) {
    struct shared *shared = &s->shared;
    const struct options *o = shared->options;
    TRY(options_check(o, why));
    TRY(router_new(shared->routes, shared->route_count, &s->router, why));
    shared->router = s->router;
    TRY(cors_init(&shared->cors, slice_str(o->cors), why));
    TRY(keys_open(o->keys, &shared->keys, why));
    shared->metrics = metrics_new(shared->routes, shared->route_count, o->workers);
    if (!shared->metrics || add_gauges(s) != ERR_OK) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    TRY(access_log_open(o->request_log, o->workers, &shared->log, why));
    TRY(compute_start(o->compute_threads, o->compute_queue, &shared->app, o->clock, &shared->compute, why));
    return open_listener(s, why);
}

static void *run_worker(void *arg) {
    worker_run(arg);
    return NULL;
}

static enum err start_workers(struct server *s, struct fault *why) {
    unsigned count = s->shared.options->workers;
    s->workers = calloc(count, sizeof *s->workers);
    s->threads = calloc(count, sizeof *s->threads);
    if (!s->workers || !s->threads) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    for (; s->worker_count < count; s->worker_count++)
        TRY(worker_new(&s->shared, s->worker_count, &s->workers[s->worker_count], why));
    for (; s->threads_started < count; s->threads_started++)
        if (pthread_create(&s->threads[s->threads_started], NULL, run_worker, s->workers[s->threads_started]) != 0)
            return fault_set(why, ERR_IO, "", "cannot start a worker thread");
    return ERR_OK;
}

enum err server_start(const struct options *options, const struct route *routes, size_t route_count,
                      const struct server_app *app, struct server **out, struct fault *why) {
    struct server *s = calloc(1, sizeof *s);
    if (!s) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    s->shared = (struct shared){.server = s, .options = options, .clock = options->clock, .routes = routes,
                                .route_count = route_count, .listen_fd = -1};
    if (app) s->shared.app = *app;
    raise_descriptor_limit();
    enum err code = open_parts(s, why);
    if (code == ERR_OK) code = start_workers(s, why);
    if (code != ERR_OK) {
        server_stop(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

// ---- running and stopping -----------------------------------------------------------------------------------------

static sigset_t handled_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

void server_block_signals(void) {
    sigset_t set = handled_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); // the request log may be a pipe
}

void server_run(struct server *s) {
    sigset_t set = handled_signals();
    int number = 0;
    while (sigwait(&set, &number) == 0 && number == SIGHUP) {
        struct fault why;
        if (server_reload(s, &why) == ERR_OK) log_info("server", "keys and request log read again");
        else log_error("server", "%s", why.message);
    }
    server_drain(s);
}

enum err server_reload(struct server *s, struct fault *why) {
    if (keys_required(s->shared.keys)) TRY(keys_reload(s->shared.keys, why));
    return s->shared.log ? access_log_reopen(s->shared.log, why) : ERR_OK;
}

void server_drain(struct server *s) {
    atomic_store(&s->shared.draining, true);
    for (unsigned i = 0; i < s->threads_started; i++) worker_wake(s->workers[i]);
}

void server_stop(struct server *s) {
    server_drain(s);
    for (unsigned i = 0; i < s->threads_started; i++) pthread_join(s->threads[i], NULL);
    compute_stop(s->shared.compute);
    for (unsigned i = 0; i < s->worker_count; i++) worker_free(s->workers[i]);
    access_log_close(s->shared.log);
    if (s->shared.listen_fd >= 0) close(s->shared.listen_fd);
    metrics_free(s->shared.metrics);
    keys_close(s->shared.keys);
    router_free(s->router);
    free(s->workers);
    free(s->threads);
    free(s);
}

unsigned server_port(const struct server *s) { return s->port; }
struct metrics *server_metrics(struct server *s) { return s->shared.metrics; }

bool server_ready(struct server *s, struct fault *why) {
    if (atomic_load(&s->shared.draining)) {
        fault_set(why, ERR_INTERNAL, "", "the server is shutting down");
        return false;
    }
    return !s->shared.app.ready || s->shared.app.ready(s->shared.app.app, why);
}

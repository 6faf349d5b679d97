#include "server/worker.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/conn.h"
#include "server/push.h"

#define WORKER_MAGIC 0x576F726Bu
#define ACCEPTS_PER_TURN 8 // the others get their share of a burst
#define DRAIN_ACCEPTS_MAX 16384 // however fast new ones come
#define TICK_MS_MIN 5
#define TICK_MS_MAX 100
#define FREE_REQUESTS_MAX 64
#define FREE_CONNS_MAX 1024

static const char refused[] = "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
                              "Connection: close\r\nContent-Length: 85\r\n\r\n"
                              "{\"error\":{\"code\":\"rate_limited\",\"message\":\"too many open connections\",\"field\":null}}\n";

// ---- pools --------------------------------------------------------------------------------------------------------

struct request *worker_take_request(struct worker *w) {
    struct request *rq = w->free_requests;
    if (rq) {
        w->free_requests = rq->next;
        w->free_request_count--;
        return rq;
    }
    rq = request_new();
    if (!rq) return NULL;
    rq->worker = w;
    rq->worker_state = w->app_state;
    rq->app = w->shared->app.app;
    rq->server = w->shared->server;
    rq->clock = w->shared->clock;
    rq->parser = w->parser;
    return rq;
}

void worker_put_request(struct worker *w, struct request *rq) {
    if (w->free_request_count == FREE_REQUESTS_MAX) {
        request_free(rq);
        return;
    }
    request_reset(rq);
    rq->next = w->free_requests;
    w->free_requests = rq;
    w->free_request_count++;
}

struct conn *worker_take_conn(struct worker *w) {
    struct conn *c = w->free_conns;
    if (!c) return calloc(1, sizeof *c);
    w->free_conns = c->next;
    w->free_conn_count--;
    memset(c, 0, sizeof *c);
    return c;
}

void worker_put_conn(struct worker *w, struct conn *c) {
    if (w->free_conn_count == FREE_CONNS_MAX) {
        free(c);
    } else {
        c->next = w->free_conns;
        w->free_conns = c;
        w->free_conn_count++;
    }
    if (w->draining && w->conn_count == 0) event_base_loopbreak(w->base);
}

void worker_again(struct worker *w, struct conn *c) {
    static const struct timeval at_once = {0, 0};
    if (c->again) return;
    c->again = true;
    c->again_next = NULL;
    *w->again_last = c;
    w->again_last = &c->again_next;
    event_add(&w->again_timer, &at_once);
}

// ---- requests with other threads ----------------------------------------------------------------------------------

void request_complete(struct request *rq) { inbox_push(&rq->worker->inbox, rq); }

static enum err compute(struct request *rq, request_fn resume, struct fault *why) {
    request_defer(rq, resume); // before it is handed over: the other thread may be quicker than this one
    enum err code = compute_submit(rq->worker->shared->compute, rq);
    if (code == ERR_OK) return ERR_OK;
    rq->deferred = false;
    return fault_set(why, code, "", "the server is busy, try again later");
}

enum err request_compute(struct request *rq, request_work_fn work, request_fn resume, struct fault *why) {
    rq->work = work;
    rq->work_many = NULL;
    return compute(rq, resume, why);
}

enum err request_compute_together(struct request *rq, request_work_many_fn work, request_fn resume, struct fault *why) {
    rq->work_many = work;
    return compute(rq, resume, why);
}

void worker_wake(struct worker *w) { inbox_wake(&w->inbox); }

// ---- accepting ----------------------------------------------------------------------------------------------------

static void accepting(struct worker *w, bool wanted) {
    if (wanted == w->accepting) return;
    if (wanted) event_add(&w->accept_event, NULL);
    else event_del(&w->accept_event);
    w->accepting = wanted;
}

static void refuse(struct worker *w, int fd) {
    // A courtesy: what the client has sent is read first, as closing over unread bytes would take the answer back.
    ssize_t n = recv(fd, w->scratch_in, WORKER_SCRATCH_BYTES, 0);
    n = send(fd, refused, sizeof refused - 1, MSG_NOSIGNAL);
    (void)n;
    close(fd);
    metrics_add(w->metrics, METRIC_REFUSED, 1);
}

// False: nothing waits, or no descriptor is to be had.
static bool accept_one(struct worker *w) {
    int fd = accept4(w->shared->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (exhausted) accepting(w, false); // the tick tries again; a ready event would spin
        return errno == ECONNABORTED || errno == EINTR;
    }
    if (atomic_fetch_add(&w->shared->connections, 1) >= w->options->connections) {
        atomic_fetch_sub(&w->shared->connections, 1);
        refuse(w, fd);
        return true;
    }
    conn_open(w, fd);
    return true;
}

static void on_accept(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct worker *w = arg;
    worker_clock(w);
    for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++)
        if (!accept_one(w)) return;
}

// ---- draining -----------------------------------------------------------------------------------------------------

static void begin_drain(struct worker *w) {
    for (unsigned i = 0; i < DRAIN_ACCEPTS_MAX && accept_one(w); i++) continue; // who has connected already is served
    accepting(w, false);
    w->draining = true;
    w->drain_until_us = w->now_us + (uint64_t)w->options->drain_time_ms * 1000;
    for (struct conn *c = w->conns, *next; c; c = next) {
        next = c->next;
        conn_drain(c);
    }
    if (w->conn_count == 0) event_base_loopbreak(w->base);
}

static void end_drain(struct worker *w) {
    for (struct conn *c = w->conns, *next; c; c = next) {
        next = c->next;
        conn_kill(c);
        conn_settle(c);
    }
}

// ---- timers and the inbox -----------------------------------------------------------------------------------------

static void on_tick(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct worker *w = arg;
    worker_clock(w);
    w->date_bytes = encode_date_line(clock_unix_ms(w->shared->clock), w->date_line);
    keys_checker_refresh(w->keys);
    wheel_advance(&w->wheel, w->now_us, conn_expired, w);
    if (w->shared->log) access_log_nudge(w->shared->log);
    if (w->app_state && w->shared->app.worker_rest) w->shared->app.worker_rest(w->app_state);
    if (!w->draining) accepting(w, true);
    else if (w->now_us > w->drain_until_us) end_drain(w);
}

static void on_inbox(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct worker *w = arg;
    inbox_clear_wake(&w->inbox);
    worker_clock(w);
    if (!w->draining && atomic_load(&w->shared->draining)) begin_drain(w);
    push_poked(w);
    struct request *rq = inbox_take(&w->inbox);
    while (rq) {
        struct request *next = rq->next;
        conn_completed(rq);
        rq = next;
    }
}

static void on_again(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct worker *w = arg;
    struct conn *c = w->again_first;
    w->again_first = NULL;
    w->again_last = &w->again_first;
    while (c) {
        struct conn *next = c->again_next;
        conn_again(c);
        c = next;
    }
}

// ---- life ---------------------------------------------------------------------------------------------------------

static unsigned tick_ms(const struct options *o) {
    unsigned least = o->header_time_ms;
    if (o->idle_time_ms < least) least = o->idle_time_ms;
    if (o->progress_time_ms < least) least = o->progress_time_ms;
    if (o->drain_time_ms < least) least = o->drain_time_ms;
    unsigned ms = least / 4;
    return ms < TICK_MS_MIN ? TICK_MS_MIN : ms > TICK_MS_MAX ? TICK_MS_MAX : ms;
}

static struct event_base *make_base(void) {
    struct event_config *config = event_config_new();
    if (!config) return NULL;
    // Not EPOLL_USE_CHANGELIST: it speaks of descriptors after they are closed, when another worker may own the number.
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static void add_events(struct worker *w) {
    event_assign(&w->accept_event, w->base, w->shared->listen_fd, EV_READ | EV_PERSIST, on_accept, w);
    event_assign(&w->inbox_event, w->base, w->inbox.event_fd, EV_READ | EV_PERSIST, on_inbox, w);
    event_assign(&w->tick_timer, w->base, -1, EV_PERSIST, on_tick, w);
    evtimer_assign(&w->again_timer, w->base, on_again, w);
    unsigned ms = tick_ms(w->options);
    struct timeval tick = {ms / 1000, (suseconds_t)(ms % 1000) * 1000};
    event_add(&w->inbox_event, NULL);
    event_add(&w->tick_timer, &tick);
    wheel_init(&w->wheel, ms * 1000, w->now_us);
    accepting(w, true);
}

static bool make_parts(struct worker *w) {
    w->base = make_base();
    w->keys = keys_checker_new(w->shared->keys);
    w->parser = json_parser_new();
    w->scratch_in = malloc(WORKER_SCRATCH_BYTES);
    w->scratch_out = malloc(WORKER_SCRATCH_BYTES);
    return w->base && w->keys && w->parser && w->scratch_in && w->scratch_out &&
           getrandom(&w->id_next, sizeof w->id_next, 0) == (ssize_t)sizeof w->id_next;
}

enum err worker_new(struct shared *shared, unsigned index, struct worker **out, struct fault *why) {
    struct worker *w = calloc(1, sizeof *w);
    if (!w) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    w->magic = WORKER_MAGIC;
    w->index = index;
    w->shared = shared;
    w->options = shared->options;
    w->metrics = metrics_worker(shared->metrics, index);
    w->again_last = &w->again_first;
    w->inbox.event_fd = -1;
    enum err code = inbox_init(&w->inbox, why);
    if (code == ERR_OK && !make_parts(w)) code = fault_set(why, ERR_NO_MEMORY, "", "cannot make an event loop");
    if (code != ERR_OK) {
        worker_free(w);
        return code;
    }
    worker_clock(w);
    w->date_bytes = encode_date_line(clock_unix_ms(shared->clock), w->date_line);
    add_events(w);
    *out = w;
    return ERR_OK;
}

void worker_run(struct worker *w) {
    assert(w->magic == WORKER_MAGIC);
    const struct server_app *app = &w->shared->app;
    w->app_state = app->worker_open ? app->worker_open(app->app) : NULL;
    event_base_loop(w->base, EVLOOP_NO_EXIT_ON_EMPTY);
    assert(w->conn_count == 0 && w->deferred == 0); // what is with other threads keeps its connection
    if (w->app_state && app->worker_close) app->worker_close(w->app_state);
}

void worker_free(struct worker *w) {
    if (!w) return;
    assert(w->magic == WORKER_MAGIC && w->conn_count == 0);
    for (struct request *rq = w->free_requests, *next; rq; rq = next) {
        next = rq->next;
        request_free(rq);
    }
    for (struct conn *c = w->free_conns, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    bytes_pool_destroy(&w->pool);
    inbox_destroy(&w->inbox);
    keys_checker_free(w->keys);
    json_parser_free(w->parser);
    free(w->scratch_in);
    free(w->scratch_out);
    if (w->base) event_base_free(w->base);
    w->magic = 0;
    free(w);
}

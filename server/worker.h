// worker.h: one event loop on one thread, with everything its connections need and nothing another thread writes.
//
// Other threads reach a worker only through its inbox (request_complete, and worker_wake when a drain begins).
// Two scratch buffers serve all connections in turn: input is received into one and answered from there when requests
// arrive whole; output of one callback is gathered in the other and sent once. Both are empty between callbacks.
#ifndef RF_SERVER_WORKER_H
#define RF_SERVER_WORKER_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "server/access_log.h"
#include "server/bytes.h"
#include "server/compute.h"
#include "server/cors.h"
#include "server/encode.h"
#include "server/inbox.h"
#include "server/keys.h"
#include "server/metrics.h"
#include "server/options.h"
#include "server/server.h"
#include "server/wheel.h"

#define WORKER_SCRATCH_BYTES (64 * 1024)

struct conn;

// What all workers read; written before they start, but for the two atomics.
struct shared {
    struct server *server;
    const struct options *options;
    const struct clock *clock;
    struct server_app app;
    const struct route *routes;
    size_t route_count;
    const struct router *router;
    struct cors cors;
    struct keys *keys;
    struct metrics *metrics;
    struct access_log *log; // NULL: none
    struct compute *compute;
    int listen_fd;
    _Atomic unsigned connections; // open, all workers
    atomic_bool draining;
};

struct worker {
    uint32_t magic;
    unsigned index;
    struct shared *shared;
    const struct options *options;
    struct event_base *base;
    struct event accept_event, inbox_event, tick_timer, again_timer;
    bool accepting; // accept_event is added
    bool draining;
    uint64_t drain_until_us;
    uint64_t now_us; // taken once a callback

    struct metrics_worker *metrics;
    struct keys_checker *keys;
    struct json_parser *parser;
    void *app_state;
    struct inbox inbox;
    struct wheel wheel;
    struct bytes_pool pool;

    struct conn *conns; // all open ones, for the drain
    struct conn *pushes;     // in CONN_PUSH
    atomic_bool poked;       // one of them has something to say
    struct conn *free_conns;
    struct conn *again_first, **again_last; // connections that used up their turn
    struct request *free_requests;
    unsigned conn_count, free_conn_count, free_request_count, deferred;

    uint64_t id_next;
    char date_line[ENCODE_DATE_BYTES];
    size_t date_bytes;
    char *scratch_in;
    char *scratch_out;
    size_t out_n; // gathered in scratch_out
};

enum err worker_new(struct shared *shared, unsigned index, struct worker **out, struct fault *why);
void worker_free(struct worker *w);
void worker_run(struct worker *w);  // on its thread, until the drain is complete
void worker_wake(struct worker *w); // any thread: look at shared->draining

// For connections, on the worker's thread.
struct request *worker_take_request(struct worker *w); // NULL: no memory
void worker_put_request(struct worker *w, struct request *rq);
struct conn *worker_take_conn(struct worker *w); // zeroed; NULL: no memory
void worker_put_conn(struct worker *w, struct conn *c);
void worker_again(struct worker *w, struct conn *c); // conn_again() on the loop's next turn
static inline void worker_clock(struct worker *w) { w->now_us = clock_monotonic_us(w->shared->clock); }

#endif

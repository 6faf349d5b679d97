// metrics.h: counters and latencies for Prometheus.
//
// Each worker writes its own counters without sharing; a scrape sums them. Other modules register a function that is
// called at each scrape. Latency buckets are in seconds, from 25 us to 10 s.
#ifndef RF_SERVER_METRICS_H
#define RF_SERVER_METRICS_H

#include <stdatomic.h>

#include "index/base/buf.h"
#include "index/base/err.h"
#include "server/router.h"

enum metric {
    METRIC_ACCEPTED,       // connections
    METRIC_CLOSED,
    METRIC_REFUSED,        // connections over the limit
    METRIC_MALFORMED,      // requests refused by http.c
    METRIC_TIMEOUTS,       // connections closed by a deadline other than idle
    METRIC_STARTED,        // requests given to a handler
    METRIC_FINISHED,
    METRIC_GONE,           // clients that left before their answer
    METRIC_SHED,           // requests answered 429 because a queue was full or too slow
    METRIC_BYTES_IN,
    METRIC_BYTES_OUT,
    METRIC_LOG_DROPPED,    // request log lines that found the ring full
    METRIC_PUSH_OPENED,    // answers that stay open, push.h
    METRIC_PUSH_CLOSED,
    METRIC_COUNT
};

struct metrics;
struct metrics_worker { // padded by its allocation, written by one thread
    _Atomic uint64_t counters[METRIC_COUNT];
    unsigned routes;
    struct metrics_route *by_route;
};

struct metrics *metrics_new(const struct route *routes, size_t route_count, unsigned workers); // NULL: no memory
void metrics_free(struct metrics *m);
struct metrics_worker *metrics_worker(struct metrics *m, unsigned index);

// Only the owner adds, so a plain load and store are enough: no locked instruction.
static inline void metrics_bump(_Atomic uint64_t *counter, uint64_t by) {
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + by, memory_order_relaxed);
}
static inline void metrics_add(struct metrics_worker *w, enum metric metric, uint64_t by) {
    metrics_bump(&w->counters[metric], by);
}
void metrics_status(struct metrics_worker *w, unsigned route_index, int status); // one more answer
// took_us: from its arrival to its answer; of that it waited for other requests, or a commit, waited_us.
void metrics_latency(struct metrics_worker *w, unsigned route_index, uint64_t took_us, uint64_t waited_us);
uint64_t metrics_sum(const struct metrics *m, enum metric metric);

// Any thread, at any time. `name` may carry labels: rightfit_entries{table="product"}; name, help and arg must outlive
// the server. `fn` is called on a worker during a scrape and must be quick and thread-safe. ERR_NO_MEMORY.
enum err metrics_add_gauge(struct metrics *m, const char *name, const char *help, double (*fn)(void *arg), void *arg);
enum err metrics_add_counter(struct metrics *m, const char *name, const char *help, double (*fn)(void *arg), void *arg);
void metrics_write(struct metrics *m, struct buf *out); // the whole page

#endif

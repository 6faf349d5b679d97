#include "server/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#define STATUS_CLASSES 5 // 1xx to 5xx
#define CACHE_LINE 64

static const uint32_t bucket_us[] = {25,    50,    100,    250,    500,    1000,    2500,    5000,     10000,
                                     25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000};
static const char *const bucket_names[] = {"0.000025", "0.00005", "0.0001", "0.00025", "0.0005", "0.001",
                                           "0.0025",   "0.005",   "0.01",   "0.025",   "0.05",   "0.1",
                                           "0.25",     "0.5",     "1",      "2.5",     "10"};
#define BUCKETS (sizeof bucket_us / sizeof *bucket_us)

struct metrics_route {
    _Atomic uint64_t by_class[STATUS_CLASSES];
    _Atomic uint64_t buckets[BUCKETS + 1]; // not cumulative; the last is above all
    _Atomic uint64_t sum_us, waited_us;
};

struct registered {
    const char *name, *help, *type;
    double (*fn)(void *arg);
    void *arg;
};

struct metrics {
    const struct route *routes;
    unsigned route_count; // without the one for requests that match none
    unsigned workers;
    struct metrics_worker **by_worker;
    pthread_mutex_t lock; // guards what follows
    struct registered *registered;
    size_t registered_count;
};

static struct metrics_worker *worker_new(unsigned routes) {
    size_t head = (sizeof(struct metrics_worker) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    size_t size = head + routes * sizeof(struct metrics_route);
    char *p = aligned_alloc(CACHE_LINE, (size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
    if (!p) return NULL;
    memset(p, 0, size);
    struct metrics_worker *w = (struct metrics_worker *)(void *)p;
    w->routes = routes;
    w->by_route = (struct metrics_route *)(void *)(p + head);
    return w;
}

struct metrics *metrics_new(const struct route *routes, size_t route_count, unsigned workers) {
    struct metrics *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    pthread_mutex_init(&m->lock, NULL);
    m->routes = routes;
    m->route_count = (unsigned)route_count;
    m->by_worker = calloc(workers, sizeof *m->by_worker);
    for (; m->by_worker && m->workers < workers; m->workers++) {
        m->by_worker[m->workers] = worker_new(m->route_count + 1);
        if (!m->by_worker[m->workers]) break;
    }
    if (m->workers == workers) return m;
    metrics_free(m);
    return NULL;
}

void metrics_free(struct metrics *m) {
    if (!m) return;
    for (unsigned i = 0; i < m->workers; i++) free(m->by_worker[i]);
    free(m->by_worker);
    free(m->registered);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

struct metrics_worker *metrics_worker(struct metrics *m, unsigned index) { return m->by_worker[index]; }

void metrics_status(struct metrics_worker *w, unsigned route_index, int status) {
    unsigned class = status >= 100 && status < 600 ? (unsigned)status / 100 - 1 : STATUS_CLASSES - 1;
    metrics_bump(&w->by_route[route_index].by_class[class], 1);
}

void metrics_latency(struct metrics_worker *w, unsigned route_index, uint64_t took_us, uint64_t waited_us) {
    struct metrics_route *route = &w->by_route[route_index];
    metrics_bump(&route->sum_us, took_us);
    metrics_bump(&route->waited_us, waited_us);
    unsigned bucket = 0;
    while (bucket < BUCKETS && took_us > bucket_us[bucket]) bucket++;
    metrics_bump(&route->buckets[bucket], 1);
}

uint64_t metrics_sum(const struct metrics *m, enum metric metric) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < m->workers; i++)
        sum += atomic_load_explicit(&m->by_worker[i]->counters[metric], memory_order_relaxed);
    return sum;
}

// ---- registration -------------------------------------------------------------------------------------------------

static enum err add(struct metrics *m, struct registered r) {
    pthread_mutex_lock(&m->lock);
    struct registered *grown = realloc(m->registered, (m->registered_count + 1) * sizeof *grown);
    if (grown) {
        m->registered = grown;
        m->registered[m->registered_count++] = r;
    }
    pthread_mutex_unlock(&m->lock);
    return grown ? ERR_OK : ERR_NO_MEMORY;
}

enum err metrics_add_gauge(struct metrics *m, const char *name, const char *help, double (*fn)(void *arg), void *arg) {
    return add(m, (struct registered){name, help, "gauge", fn, arg});
}

enum err metrics_add_counter(struct metrics *m, const char *name, const char *help, double (*fn)(void *arg),
                             void *arg) {
    return add(m, (struct registered){name, help, "counter", fn, arg});
}

// ---- the page -----------------------------------------------------------------------------------------------------

static void write_counter(struct buf *out, const char *name, const char *type, const char *help, uint64_t value) {
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name, help, name, type, name, value);
}

// The counters of one pair are read one after the other, so a difference may come out below zero for a moment.
static uint64_t now_open(const struct metrics *m, enum metric began, enum metric ended) {
    uint64_t gone = metrics_sum(m, ended), came = metrics_sum(m, began);
    return came > gone ? came - gone : 0;
}

static void write_counters(const struct metrics *m, struct buf *out) {
    static const struct { enum metric metric; const char *name, *help; } rows[] = {
        {METRIC_ACCEPTED, "rightfit_connections_accepted_total", "Connections accepted."},
        {METRIC_REFUSED, "rightfit_connections_refused_total", "Connections over the limit."},
        {METRIC_MALFORMED, "rightfit_requests_malformed_total", "Requests refused as malformed HTTP or over a limit."},
        {METRIC_TIMEOUTS, "rightfit_connections_timed_out_total", "Connections closed by a deadline, idle ones not counted."},
        {METRIC_GONE, "rightfit_clients_gone_total", "Clients that left before their answer."},
        {METRIC_SHED, "rightfit_requests_shed_total", "Requests answered 429 by an overloaded queue."},
        {METRIC_BYTES_IN, "rightfit_received_bytes_total", "Bytes received."},
        {METRIC_BYTES_OUT, "rightfit_sent_bytes_total", "Bytes sent."},
        {METRIC_LOG_DROPPED, "rightfit_request_log_dropped_total", "Request log lines dropped."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        write_counter(out, rows[i].name, "counter", rows[i].help, metrics_sum(m, rows[i].metric));
    write_counter(out, "rightfit_connections", "gauge", "Connections open.", now_open(m, METRIC_ACCEPTED, METRIC_CLOSED));
    write_counter(out, "rightfit_requests_in_flight", "gauge", "Requests being answered.", now_open(m, METRIC_STARTED, METRIC_FINISHED));
    write_counter(out, "rightfit_streams", "gauge", "Answers that stay open (server-sent events).", now_open(m, METRIC_PUSH_OPENED, METRIC_PUSH_CLOSED));
}

struct route_sums { uint64_t by_class[STATUS_CLASSES], buckets[BUCKETS + 1], sum_us, waited_us; };

static void sum_route(const struct metrics *m, unsigned index, struct route_sums *out) {
    for (unsigned i = 0; i < m->workers; i++) {
        const struct metrics_route *route = &m->by_worker[i]->by_route[index];
        for (unsigned c = 0; c < STATUS_CLASSES; c++)
            out->by_class[c] += atomic_load_explicit(&route->by_class[c], memory_order_relaxed);
        for (unsigned b = 0; b <= BUCKETS; b++)
            out->buckets[b] += atomic_load_explicit(&route->buckets[b], memory_order_relaxed);
        out->sum_us += atomic_load_explicit(&route->sum_us, memory_order_relaxed);
        out->waited_us += atomic_load_explicit(&route->waited_us, memory_order_relaxed);
    }
}

static void write_route(const struct metrics *m, unsigned index, struct buf *counts, struct buf *latencies, struct buf *waits) {
    struct route_sums sums = {0};
    uint64_t total = 0;
    sum_route(m, index, &sums);
    bool none = index == m->route_count;
    const char *method = none ? "" : method_name(m->routes[index].method);
    const char *pattern = none ? "none" : m->routes[index].pattern;
    for (unsigned c = 0; c < STATUS_CLASSES; c++)
        if (sums.by_class[c] > 0)
            buf_printf(counts, "rightfit_requests_total{method=\"%s\",route=\"%s\",status=\"%uxx\"} %" PRIu64 "\n",
                       method, pattern, c + 1, sums.by_class[c]);
    for (unsigned b = 0; b <= BUCKETS; b++) total += sums.buckets[b];
    if (total == 0) return;
    uint64_t below = 0;
    for (unsigned b = 0; b <= BUCKETS; b++) {
        below += sums.buckets[b];
        buf_printf(latencies, "rightfit_request_seconds_bucket{method=\"%s\",route=\"%s\",le=\"%s\"} %" PRIu64 "\n",
                   method, pattern, b < BUCKETS ? bucket_names[b] : "+Inf", below);
    }
    buf_printf(latencies, "rightfit_request_seconds_sum{method=\"%s\",route=\"%s\"} %.6f\n", method, pattern,
               (double)sums.sum_us / 1e6);
    buf_printf(latencies, "rightfit_request_seconds_count{method=\"%s\",route=\"%s\"} %" PRIu64 "\n", method, pattern,
               total);
    buf_printf(waits, "rightfit_request_wait_seconds_total{method=\"%s\",route=\"%s\"} %.6f\n", method, pattern, (double)sums.waited_us / 1e6);
}

static void write_routes(const struct metrics *m, struct buf *out) {
    struct buf latencies, waits;
    buf_init(&latencies, out->arena, 0);
    buf_init(&waits, out->arena, 0);
    buf_printf(out, "# HELP rightfit_requests_total Requests answered.\n# TYPE rightfit_requests_total counter\n");
    buf_printf(&latencies, "# HELP rightfit_request_seconds From the end of the request to its answer.\n"
                           "# TYPE rightfit_request_seconds histogram\n");
    for (unsigned i = 0; i <= m->route_count; i++) write_route(m, i, out, &latencies, &waits);
    buf_slice_put(out, buf_slice(&latencies));
    buf_printf(out, "# HELP rightfit_request_wait_seconds_total Of that, time in which no thread worked on it.\n"
                    "# TYPE rightfit_request_wait_seconds_total counter\n");
    buf_slice_put(out, buf_slice(&waits));
    buf_free(&latencies);
    buf_free(&waits);
}

static size_t bare_name(const char *name) { return strcspn(name, "{"); }

// One HELP and TYPE for all that share a name; they are registered one after the other.
static void write_registered(struct metrics *m, struct buf *out) {
    pthread_mutex_lock(&m->lock);
    const char *before = "";
    for (size_t i = 0; i < m->registered_count; i++) {
        const struct registered *r = &m->registered[i];
        int n = (int)bare_name(r->name);
        if ((size_t)n != bare_name(before) || strncmp(before, r->name, (size_t)n) != 0)
            buf_printf(out, "# HELP %.*s %s\n# TYPE %.*s %s\n", n, r->name, r->help, n, r->name, r->type);
        buf_printf(out, "%s %.17g\n", r->name, r->fn(r->arg));
        before = r->name;
    }
    pthread_mutex_unlock(&m->lock);
}

void metrics_write(struct metrics *m, struct buf *out) {
    write_counters(m, out);
    write_routes(m, out);
    write_registered(m, out);
}

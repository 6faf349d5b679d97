#include "server/conn.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/exchange.h"
#include "server/output.h"
#include "server/push.h"
#include "server/stream.h"

#define LINGER_TIME_MS 1000
#define LINGER_TURNS 4 // receives in a row while discarding
#define DRAIN_IDLE_MS 250 // for a request that is on its way when the drain begins

// ---- life ---------------------------------------------------------------------------------------------------------

static void on_readable(evutil_socket_t fd, short what, void *arg);
static void on_writable(evutil_socket_t fd, short what, void *arg);

void conn_open(struct worker *w, int fd) {
    struct conn *c = worker_take_conn(w);
    if (!c) {
        close(fd);
        atomic_fetch_sub(&w->shared->connections, 1);
        return;
    }
    c->magic = CONN_MAGIC;
    c->fd = fd;
    c->worker = w;
    c->state = CONN_READING;
    http_next(&c->http);
    event_assign(&c->read_event, w->base, fd, EV_READ | EV_PERSIST, on_readable, c);
    event_assign(&c->write_event, w->base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
    c->next = w->conns;
    if (c->next) c->next->prev = c;
    w->conns = c;
    w->conn_count++;
    metrics_add(w->metrics, METRIC_ACCEPTED, 1);
    conn_settle(c);
}

void conn_kill(struct conn *c) {
    if (c->state == CONN_GONE) return;
    if (c->reading) event_del(&c->read_event);
    if (c->writing) event_del(&c->write_event);
    c->reading = c->writing = false;
    close(c->fd);
    c->fd = -1;
    c->state = CONN_GONE;
    if (c->rq) atomic_store_explicit(&c->rq->gone, true, memory_order_relaxed);
    metrics_add(c->worker->metrics, METRIC_CLOSED, 1);
    atomic_fetch_sub(&c->worker->shared->connections, 1);
}

static void free_gone(struct conn *c) {
    struct worker *w = c->worker;
    output_drop(c);
    if (c->again || (c->rq && c->rq->deferred)) return; // somebody still holds it, and will settle it again
    if (c->rq && c->rq->push) push_abandon(c);
    else if (c->rq) stream_abandon(c);
    wheel_remove(&c->deadline);
    bytes_release(&w->pool, &c->in);
    if (c->next) c->next->prev = c->prev;
    if (c->prev) c->prev->next = c->next;
    else w->conns = c->next;
    w->conn_count--;
    c->magic = 0;
    worker_put_conn(w, c);
}

// ---- input --------------------------------------------------------------------------------------------------------

bool conn_receive(struct conn *c, char *to, size_t room, size_t *got) {
    ssize_t n = recv(c->fd, to, room, 0);
    if (n > 0) {
        *got = (size_t)n;
        c->progress = true;
        metrics_add(c->worker->metrics, METRIC_BYTES_IN, (uint64_t)n);
        return true;
    }
    if (n == 0) c->eof = true;
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) conn_kill(c);
    return false;
}

// Answers what is complete in p[0..n) and keeps the rest. p is the worker's scratch or c->in itself.
static void process(struct conn *c, char *p, size_t n) {
    size_t at = 0;
    enum http_step step = HTTP_READY;
    c->backlog = false;
    while (step == HTTP_READY && at < n && c->state == CONN_READING && !c->closing && !output_blocked(c)) {
        size_t left = n - at, used = 0;
        step = exchange_take(c, p + at, &left, &used);
        n = at + left;
        at += step == HTTP_READY ? used : 0;
        assert(at <= n);
    }
    c->backlog = step == HTTP_READY && at < n;
    if (p == c->in.p) {
        memmove(p, p + at, n - at);
        c->in.n = n - at;
        if (c->in.n == 0) bytes_release(&c->worker->pool, &c->in);
    } else if (!c->closing && !bytes_append(&c->worker->pool, &c->in, slice_of(p + at, n - at))) {
        conn_kill(c);
    }
    if (c->state == CONN_STREAM) stream_run(c);
}

static void receive(struct conn *c) {
    struct worker *w = c->worker;
    size_t got;
    if (c->in.n == 0 && c->state == CONN_READING) {
        if (conn_receive(c, w->scratch_in, WORKER_SCRATCH_BYTES, &got)) process(c, w->scratch_in, got);
        return;
    }
    if (!bytes_reserve(&w->pool, &c->in, c->in.n + BYTES_SMALLEST)) {
        conn_kill(c);
        return;
    }
    if (!conn_receive(c, c->in.p + c->in.n, c->in.capacity - c->in.n, &got)) return;
    c->in.n += got;
    if (c->state == CONN_READING) process(c, c->in.p, c->in.n);
    else c->backlog = true;
}

static void discard(struct conn *c) {
    size_t got;
    for (unsigned i = 0; i < LINGER_TURNS; i++)
        if (!conn_receive(c, c->worker->scratch_in, WORKER_SCRATCH_BYTES, &got)) break;
    if (c->eof) conn_kill(c);
}

// ---- events -------------------------------------------------------------------------------------------------------

static void on_readable(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct conn *c = arg;
    assert(c->magic == CONN_MAGIC);
    worker_clock(c->worker);
    if (c->state == CONN_LINGER) discard(c);
    else if (c->state == CONN_PUSH) push_receive(c);
    else if (c->state == CONN_STREAM) stream_receive(c);
    else receive(c);
    conn_settle(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct conn *c = arg;
    assert(c->magic == CONN_MAGIC);
    worker_clock(c->worker);
    output_flush(c);
    if (c->state == CONN_STREAM) stream_run(c);
    if (c->state == CONN_PUSH) push_run(c);
    conn_settle(c);
}

void conn_completed(struct request *rq) {
    struct conn *c = rq->conn;
    assert(c->magic == CONN_MAGIC && c->rq == rq && rq->deferred);
    rq->deferred = false;
    c->worker->deferred--;
    worker_clock(c->worker);
    exchange_resumed(c, rq);
    conn_settle(c);
}

void conn_again(struct conn *c) {
    assert(c->magic == CONN_MAGIC);
    c->again = false;
    worker_clock(c->worker);
    if (c->state == CONN_STREAM) stream_run(c);
    if (c->state == CONN_PUSH) push_run(c);
    conn_settle(c);
}

void conn_expired(struct wheel_entry *e, void *worker) {
    struct conn *c = (struct conn *)(void *)((char *)e - offsetof(struct conn, deadline));
    struct worker *w = worker;
    assert(c->magic == CONN_MAGIC && c->worker == w);
    if (c->wait == WAIT_PUSH) {
        push_beat(c);
        conn_settle(c);
        return;
    }
    if (c->wait != WAIT_IDLE && c->wait != WAIT_LINGER) metrics_add(w->metrics, METRIC_TIMEOUTS, 1);
    bool can_say_so = c->state == CONN_READING && (c->wait == WAIT_HEADER || c->wait == WAIT_BODY);
    if (can_say_so) exchange_refuse(c, 408, ERR_BAD_REQUEST, "the request did not arrive in time");
    else conn_kill(c);
    conn_settle(c);
}

void conn_drain(struct conn *c) {
    if (c->wait == WAIT_IDLE) wheel_set(&c->worker->wheel, &c->deadline, c->worker->now_us + DRAIN_IDLE_MS * 1000);
    if (c->state != CONN_PUSH) return;
    push_drain(c);
    conn_settle(c);
}

// ---- what to wait for ---------------------------------------------------------------------------------------------

static void want(struct event *e, bool *added, bool wanted) {
    if (wanted == *added) return;
    if (wanted) event_add(e, NULL);
    else event_del(e);
    *added = wanted;
}

static bool wants_input(const struct conn *c) {
    if (c->eof) return false;
    switch (c->state) {
    case CONN_READING: return !output_blocked(c) && !c->closing;
    case CONN_DEFERRED: return c->in.n < CONN_WAITING_BYTES; // to notice a client that goes away
    case CONN_STREAM: return stream_wants_input(c);
    case CONN_PUSH: return true; // to notice a client that goes away
    case CONN_LINGER: return true;
    case CONN_GONE: break;
    }
    return false;
}

static enum conn_wait waits_for(const struct conn *c) {
    if (c->state == CONN_LINGER) return WAIT_LINGER;
    if (output_blocked(c)) return WAIT_WRITE;
    if (c->state == CONN_STREAM) return stream_wants_input(c) ? WAIT_BODY : WAIT_NOTHING;
    if (c->state == CONN_DEFERRED) return WAIT_NOTHING;
    if (c->state == CONN_PUSH) return WAIT_PUSH;
    if (c->in.n == 0) return WAIT_IDLE;
    return c->http.head_bytes == 0 ? WAIT_HEADER : WAIT_BODY;
}

static uint64_t time_for(const struct conn *c, enum conn_wait wait) {
    const struct options *o = c->worker->options;
    switch (wait) {
    case WAIT_IDLE: return c->worker->draining ? DRAIN_IDLE_MS : o->idle_time_ms;
    case WAIT_HEADER: return o->header_time_ms;
    case WAIT_BODY: return o->progress_time_ms;
    case WAIT_WRITE: return o->progress_time_ms;
    case WAIT_PUSH: return PUSH_BEAT_MS;
    case WAIT_LINGER: return LINGER_TIME_MS;
    case WAIT_NOTHING: break;
    }
    return 0;
}

// A header has one deadline from its first byte on; bodies and responses get a new one with every step forward.
static void set_deadline(struct conn *c) {
    enum conn_wait wait = waits_for(c);
    bool moved = c->progress && (wait == WAIT_BODY || wait == WAIT_WRITE);
    if (wait != c->wait || moved || c->served) {
        uint64_t at = wait == WAIT_NOTHING ? WHEEL_NEVER : c->worker->now_us + time_for(c, wait) * 1000;
        wheel_set(&c->worker->wheel, &c->deadline, at);
    } else if (!c->deadline.next) {
        wheel_set(&c->worker->wheel, &c->deadline, c->deadline.deadline_us);
    }
    c->wait = wait;
    c->progress = c->served = false;
}

static void finish(struct conn *c) {
    bool unread = c->linger && !c->eof;
    if (!unread || shutdown(c->fd, SHUT_WR) != 0) {
        conn_kill(c);
        return;
    }
    bytes_release(&c->worker->pool, &c->in);
    c->state = CONN_LINGER;
}

// Output that has left may free input that had to wait, and streams that had to wait with what they have to say: no other event would come.
static void pump(struct conn *c) {
    bool held = output_blocked(c);
    output_flush(c);
    if (held && !output_blocked(c) && (c->state == CONN_STREAM || c->state == CONN_PUSH)) worker_again(c->worker, c);
    while (c->state == CONN_READING && c->backlog && !c->closing && !output_blocked(c)) {
        process(c, c->in.p, c->in.n);
        output_flush(c);
    }
}

void conn_settle(struct conn *c) {
    pump(c);
    bool done = c->state == CONN_READING && !output_blocked(c);
    if (done && c->closing) finish(c);
    else if (done && c->eof) conn_kill(c);
    if (c->state == CONN_GONE) {
        free_gone(c);
        return;
    }
    want(&c->read_event, &c->reading, wants_input(c));
    want(&c->write_event, &c->writing, output_blocked(c));
    set_deadline(c);
}

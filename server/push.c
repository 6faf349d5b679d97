#include "server/push.h"

#include <sys/socket.h>

#include "server/auth.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "server/output.h"
#include "server/respond.h"
#include "server/stream.h"

#define EVENT_TYPE "text/event-stream"
#define STRING_(x) #x
#define STRING(x) STRING_(x)

void request_push(struct request *rq, const struct push *push) { rq->push = push; }

void request_poke(struct request *rq) {
    atomic_store(&rq->poked, true);
    if (!atomic_exchange(&rq->worker->poked, true)) worker_wake(rq->worker);
}

static void emit(struct conn *c, struct slice body) {
    char size[20];
    size_t digits = encode_hex(body.n, size);
    memcpy(size + digits, "\r\n", 2);
    if (body.n == 0) return;
    if (c->stream.chunked) output_put(c, slice_of(size, digits + 2));
    output_put(c, body);
    if (c->stream.chunked) output_put(c, SLICE("\r\n"));
    c->stream.sent_bytes += body.n;
    output_flush(c);
}

static void emit_out(struct conn *c, struct request *rq) {
    if (!rq->out.bad) emit(c, buf_slice(&rq->out));
    buf_clear(&rq->out);
    arena_reset(&rq->arena);
}

// ---- the end ----------------------------------------------------------------------------------------------------------------------------

static void leave(struct conn *c) {
    struct request *rq = c->rq;
    struct conn **at = &c->worker->pushes;
    while (*at != c) at = &(*at)->push_next;
    *at = c->push_next;
    rq->push->close(rq);
    stream_join_memory(rq);
    exchange_log(c, rq, c->stream.sent_bytes);
    metrics_add(c->worker->metrics, METRIC_PUSH_CLOSED, 1);
    c->rq = NULL;
    worker_put_request(c->worker, rq);
}

void push_abandon(struct conn *c) { leave(c); }

static void end(struct conn *c) {
    if (c->stream.chunked) output_put(c, SLICE("0\r\n\r\n"));
    leave(c);
    c->closing = true;
    if (c->state != CONN_GONE) c->state = CONN_READING;
}

void push_drain(struct conn *c) {
    if (output_blocked(c)) conn_kill(c);
    else end(c);
}

// ---- running ----------------------------------------------------------------------------------------------------------------------------

static void begin_head(struct conn *c, struct request *rq) {
    static const int send_bytes = PUSH_SEND_BYTES;
    (void)setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes);
    rq->response.status = 200;
    rq->response.content_type = EVENT_TYPE;
    respond_header(rq, "Cache-Control", SLICE("no-store, no-transform"));
    respond_header(rq, "X-Accel-Buffering", SLICE("no")); // nginx would gather it
    cors_add_headers(&c->worker->shared->cors, rq);
    exchange_head(c, rq, c->stream.chunked ? ENCODE_CHUNKED : ENCODE_UNTIL_CLOSE, 0, false);
    exchange_count(c, rq);
    metrics_add(c->worker->metrics, METRIC_FINISHED, 1); // as a request it is answered
    metrics_add(c->worker->metrics, METRIC_PUSH_OPENED, 1);
}

void push_begin(struct conn *c, struct request *rq) {
    memset(&c->stream, 0, sizeof c->stream);
    c->stream.chunked = rq->head.minor_1;
    begin_head(c, rq);
    stream_split_memory(rq);
    c->rq = rq;
    c->push_next = c->worker->pushes;
    c->worker->pushes = c;
    if (c->state == CONN_GONE) return;
    c->state = CONN_PUSH;
    emit(c, SLICE("retry: " STRING(PUSH_RETRY_MS) "\n\n"));
    if (c->worker->draining) push_drain(c);
    else push_run(c);
}

void push_run(struct conn *c) {
    struct request *rq = c->rq;
    uint64_t until_us = c->worker->now_us + PUSH_TURN_US;
    while (c->state == CONN_PUSH && !output_blocked(c)) {
        atomic_store(&rq->poked, false);
        enum push_step step = rq->push->take(rq);
        emit_out(c, rq);
        if (step == PUSH_END) end(c);
        if (step != PUSH_MORE) return;
        worker_clock(c->worker);
        if (c->worker->now_us < until_us) continue;
        worker_again(c->worker, c);
        return;
    }
}

void push_receive(struct conn *c) {
    size_t got;
    (void)conn_receive(c, c->worker->scratch_in, WORKER_SCRATCH_BYTES, &got); // it has nothing to say any more
    if (c->eof) conn_kill(c);
}

void push_beat(struct conn *c) {
    struct request *rq = c->rq;
    c->served = true; // a new deadline
    if (!auth_holds(rq, c->worker->keys)) {
        end(c);
        return;
    }
    if (rq->push->beat) rq->push->beat(rq);
    if (rq->out.n == 0) buf_slice_put(&rq->out, SLICE(":\n\n"));
    emit_out(c, rq);
}

void push_poked(struct worker *w) {
    if (!atomic_exchange(&w->poked, false)) return;
    for (struct conn *c = w->pushes; c; c = c->push_next)
        if (atomic_load(&c->rq->poked)) worker_again(w, c);
}

#include "server/exchange.h"

#include <assert.h>

#include "server/auth.h"
#include "server/output.h"
#include "server/push.h"
#include "server/respond.h"
#include "server/stream.h"

#define HEAD_BYTES 4096
#define CONTINUE SLICE("HTTP/1.1 100 Continue\r\n\r\n")

// ---- answering ----------------------------------------------------------------------------------------------------

bool exchange_keeps_alive(const struct conn *c, const struct request *rq) {
    return rq->head.keep_alive && !c->closing && !c->worker->draining && !rq->response.close &&
           c->requests < c->worker->options->requests_per_connection;
}

void exchange_head(struct conn *c, struct request *rq, enum encode_framing framing, size_t length, bool keep_alive) {
    char small[HEAD_BYTES], *to = small;
    size_t most = ENCODE_FIXED_BYTES + rq->response.headers.n;
    if (most > sizeof small) to = arena_alloc(&rq->arena, most);
    if (!to) {
        conn_kill(c);
        return;
    }
    struct slice date = slice_of(c->worker->date_line, c->worker->date_bytes);
    output_put(c, slice_of(to, encode_head(rq, framing, length, keep_alive, date, to)));
}

static void log_request(struct conn *c, const struct request *rq, uint64_t body_bytes, uint64_t took_us) {
    struct worker *w = c->worker;
    if (!w->shared->log || (rq->route && rq->route->flags & ROUTE_QUIET)) return;
    struct access_record record = {.unix_ms = clock_unix_ms(w->shared->clock),
                                   .took_us = took_us,
                                   .bytes = body_bytes,
                                   .status = rq->response.status,
                                   .method = rq->method};
    memcpy(record.id, rq->id, sizeof record.id);
    memcpy(record.key_id, rq->key_id, sizeof record.key_id);
    size_t n = rq->path.n < ACCESS_PATH_BYTES ? rq->path.n : ACCESS_PATH_BYTES;
    if (n > 0) memcpy(record.path, rq->path.p, n);
    record.path_bytes = (uint8_t)n;
    record.path_cut = n < rq->path.n;
    if (!access_log_put(w->shared->log, w->index, &record)) metrics_add(w->metrics, METRIC_LOG_DROPPED, 1);
}

static unsigned route_index(const struct worker *w, const struct request *rq) {
    return rq->route ? (unsigned)(rq->route - w->shared->routes) : (unsigned)w->shared->route_count;
}

void exchange_count(struct conn *c, const struct request *rq) {
    struct worker *w = c->worker;
    metrics_status(w->metrics, route_index(w, rq), rq->response.status);
    if (rq->response.status == 429) metrics_add(w->metrics, METRIC_SHED, 1);
}

void exchange_log(struct conn *c, const struct request *rq, uint64_t body_bytes) {
    worker_clock(c->worker);
    log_request(c, rq, body_bytes, c->worker->now_us - rq->start_us);
}

void exchange_account(struct conn *c, const struct request *rq, uint64_t body_bytes) {
    struct worker *w = c->worker;
    worker_clock(w);
    uint64_t took_us = w->now_us - rq->start_us;
    exchange_count(c, rq);
    metrics_latency(w->metrics, route_index(w, rq), took_us, took_us - (rq->worked_us + w->now_us - rq->begun_us));
    log_request(c, rq, body_bytes, took_us);
}

// Sends the response and lets go of the request.
static void answer(struct conn *c, struct request *rq) {
    struct response *response = &rq->response;
    assert(response->status != 0); // a handler answers, fails or defers
    cors_add_headers(&c->worker->shared->cors, rq);
    c->requests++;
    bool keep_alive = exchange_keeps_alive(c, rq);
    // A client that asked to close sends nothing more; any other may be sending already, and must not lose this answer.
    c->linger = c->linger || (!keep_alive && rq->head.keep_alive);
    c->closing = c->closing || !keep_alive;
    struct slice body = response->body.p ? response->body : buf_slice(&rq->out);
    if (response->head_only) body = SLICE_NONE;
    exchange_head(c, rq, ENCODE_LENGTH, body.n, keep_alive);
    exchange_account(c, rq, body.n);
    if (rq->method == METHOD_HEAD) body = SLICE_NONE;
    c->rq = NULL;
    if (c->state != CONN_GONE) c->state = CONN_READING;
    c->served = true;
    struct request *owner = response->body_is_static ? NULL : rq;
    if (!output_body(c, body, owner)) worker_put_request(c->worker, rq);
}

void exchange_gone(struct conn *c, struct request *rq) {
    metrics_add(c->worker->metrics, METRIC_GONE, 1);
    metrics_add(c->worker->metrics, METRIC_FINISHED, 1);
    c->rq = NULL;
    worker_put_request(c->worker, rq);
}

void exchange_wait(struct conn *c, struct request *rq) {
    c->rq = rq;
    c->worker->deferred++;
    if (c->state == CONN_READING) c->state = CONN_DEFERRED;
}

void exchange_handled(struct conn *c, struct request *rq, enum err code, const struct fault *why) {
    if (rq->deferred) {
        exchange_wait(c, rq);
        return;
    }
    if (c->state == CONN_GONE) {
        exchange_gone(c, rq);
        return;
    }
    if (code == ERR_OK && rq->push) {
        push_begin(c, rq);
        return;
    }
    if (code != ERR_OK) {
        struct fault said = respond_said(code, why);
        respond_fault(rq, &said);
    } else if (rq->out.bad || rq->response.headers.bad) {
        struct fault fault;
        fault_set(&fault, ERR_NO_MEMORY, "", "the answer needs too much memory");
        respond_fault(rq, &fault);
    }
    metrics_add(c->worker->metrics, METRIC_FINISHED, 1);
    answer(c, rq);
}

void exchange_resumed(struct conn *c, struct request *rq) {
    struct fault why = rq->fault;
    request_work_begin(rq);
    enum err code = rq->resume(rq, &why);
    if (rq->streaming) stream_resumed(c, rq, code, &why);
    else exchange_handled(c, rq, code, &why);
}

// ---- admission ----------------------------------------------------------------------------------------------------

static void make_id(struct worker *w, char to[REQUEST_ID_CHARS + 1]) {
    uint64_t x = w->id_next++; // a bijection of a counter: unique within the worker, and not to be guessed from another
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    x ^= x >> 31;
    for (unsigned i = REQUEST_ID_CHARS; i-- > 0; x >>= 4) to[i] = "0123456789abcdef"[x & 15];
    to[REQUEST_ID_CHARS] = 0;
}

static struct request *new_request(struct conn *c) {
    struct worker *w = c->worker;
    struct request *rq = worker_take_request(w);
    if (!rq) {
        conn_kill(c);
        return NULL;
    }
    rq->conn = c;
    rq->start_us = rq->begun_us = w->now_us;
    rq->worked_us = 0;
    rq->deadline_us = w->now_us + (uint64_t)w->options->request_time_ms * 1000;
    rq->method = METHOD_GET;
    rq->head.minor_1 = true;
    rq->head.keep_alive = false;
    rq->head.count = 0;
    memset(rq->head.known, 0, sizeof rq->head.known);
    make_id(w, rq->id);
    return rq;
}

static void close_after(struct conn *c) { c->closing = c->linger = true; }

static void refuse(struct conn *c, struct request *rq, int status, enum err as, const char *message) {
    close_after(c);
    respond_problem(rq, status, as, message);
    answer(c, rq);
}

void exchange_refuse(struct conn *c, int status, enum err as, const char *message) {
    struct request *rq = new_request(c);
    if (rq) refuse(c, rq, status, as, message);
}

static void refuse_problem(struct conn *c, struct request *rq, const struct http_problem *problem) {
    metrics_add(c->worker->metrics, METRIC_MALFORMED, 1);
    bool large = problem->status == 413 || problem->status == 414 || problem->status == 431;
    refuse(c, rq, problem->status, large ? ERR_TOO_LARGE : ERR_BAD_REQUEST, problem->why);
}

// The head into the request's own memory: what a handler sees must outlive the connection's buffers.
static bool read_head(struct conn *c, struct request *rq, const char *p) {
    struct slice head = arena_copy(&rq->arena, slice_of(p, c->http.head_bytes));
    assert(head.p); // a fresh arena holds any head
    if (!http_parse(head, &rq->head, &c->http.problem)) return false;
    rq->method = rq->head.method;
    rq->path = rq->head.path;
    return true;
}

static enum err find_route(struct conn *c, struct request *rq, struct fault *why) {
    struct shared *shared = c->worker->shared;
    if (rq->method == METHOD_OPTIONS && slice_is(rq->path, "*"))
        return cors_preflight(&shared->cors, rq, "GET, HEAD, POST, PUT, DELETE, OPTIONS");
    struct router_match match;
    switch (router_find(shared->router, rq->method, rq->path, &rq->arena, &match, why)) {
    case ROUTER_FOUND:
        rq->route = match.route;
        memcpy(rq->captures, match.captures, sizeof rq->captures);
        return ERR_OK;
    case ROUTER_NO_PATH: return fault_set(why, ERR_NOT_FOUND, "", "there is nothing at this path");
    case ROUTER_BAD_PATH: return why->code;
    case ROUTER_NO_METHOD: break;
    }
    if (rq->method == METHOD_OPTIONS) return cors_preflight(&shared->cors, rq, match.allow);
    respond_problem(rq, 405, ERR_BAD_REQUEST, "this path does not take this method");
    respond_header(rq, "Allow", slice_str(match.allow));
    return ERR_OK;
}

// All that can be said without the body. Either a response has been made, or rq->route is set and may be called.
static void admit(struct conn *c, struct request *rq) {
    struct worker *w = c->worker;
    struct fault why = {ERR_OK, "", ""};
    enum err code = find_route(c, rq, &why);
    if (code == ERR_OK && rq->route) code = request_prepare(rq, &why);
    if (code == ERR_OK && rq->route)
        code = auth_check(rq, w->keys, keys_required(w->shared->keys), &w->shared->cors, &why);
    if (code == ERR_OK && rq->view[0] && w->shared->app.admit) code = w->shared->app.admit(rq, &why);
    if (code == ERR_OK) return;
    why = respond_said(code, &why);
    respond_fault(rq, &why);
}

static uint64_t body_limit(const struct request *rq) {
    if (!rq->route) return LIMIT_BODY_BYTES;
    return rq->route->stream ? UINT64_MAX : router_body_limit(rq->route);
}

// ---- taking one up ------------------------------------------------------------------------------------------------

static void dispatch(struct conn *c, struct request *rq) {
    struct fault why = {ERR_OK, "", ""};
    metrics_add(c->worker->metrics, METRIC_STARTED, 1);
    exchange_handled(c, rq, rq->route->handler(rq, &why), &why);
}

static void begin_stream(struct conn *c, struct request *rq) {
    if (rq->head.expect_continue && !c->http.body_bytes) output_put(c, CONTINUE);
    metrics_add(c->worker->metrics, METRIC_STARTED, 1);
    stream_begin(c, rq);
}

// The whole request is there: p[head_bytes .. head_bytes + body_bytes).
static void complete(struct conn *c, struct request *rq, const char *p, size_t *used) {
    struct http *h = &c->http;
    struct slice body = slice_of(p + h->head_bytes, (size_t)h->body_bytes);
    *used = http_end(h);
    http_next(h);
    if (rq->response.status != 0) {
        answer(c, rq);
        return;
    }
    rq->body = body.n > 0 ? arena_copy(&rq->arena, body) : SLICE("");
    assert(rq->body.p); // the arena's limit is above any body's
    dispatch(c, rq);
}

static bool is_stream(const struct request *rq) { return rq->response.status == 0 && rq->route->stream; }

// The head has just been read. What is refused without its body being there ends the connection.
static enum http_step begin(struct conn *c, struct request *rq, char *p, size_t *n) {
    struct http *h = &c->http;
    admit(c, rq);
    if (!http_body_begin(h, &rq->head, body_limit(rq))) return HTTP_BAD;
    if (is_stream(rq)) return HTTP_READY; // reads its body itself
    enum http_step step = http_body(h, p, n);
    if (step == HTTP_MORE && rq->response.status != 0) close_after(c);
    return step;
}

enum http_step exchange_take(struct conn *c, char *p, size_t *n, size_t *used) {
    struct http *h = &c->http;
    enum http_step step = http_scan(h, p, *n);
    if (step == HTTP_MORE) return HTTP_MORE;
    bool begun = http_body_begun(h);
    if (begun) {
        step = http_body(h, p, n);
        if (step == HTTP_MORE) return HTTP_MORE;
    }
    struct request *rq = new_request(c);
    if (!rq) return HTTP_READY;
    if (step == HTTP_READY && !read_head(c, rq, p)) step = HTTP_BAD;
    if (step == HTTP_READY && begun) admit(c, rq);
    if (step == HTTP_READY && !begun) step = begin(c, rq, p, n);
    if (step == HTTP_READY && is_stream(rq)) {
        *used = h->head_bytes;
        begin_stream(c, rq);
        return HTTP_READY;
    }
    if (step == HTTP_READY) {
        complete(c, rq, p, used);
        return HTTP_READY;
    }
    *used = *n; // whatever follows is not looked at
    if (step == HTTP_MORE && !c->closing) {
        if (rq->head.expect_continue && h->body_bytes == 0) output_put(c, CONTINUE);
        worker_put_request(c->worker, rq);
        return HTTP_MORE;
    }
    if (step == HTTP_BAD) refuse_problem(c, rq, &h->problem);
    else answer(c, rq);
    return HTTP_READY;
}

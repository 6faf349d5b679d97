#include "server/stream.h"

#include <assert.h>

#include "server/exchange.h"
#include "server/output.h"
#include "server/respond.h"

#define ARENA_FIRST_BYTES (16u * 1024)
#define RECEIVE_BYTES (64 * 1024)
#define INPUT_MAX (LIMIT_STREAM_LINE_BYTES + RECEIVE_BYTES)
#define EMIT_BYTES (32 * 1024)
#define NDJSON_TYPE "application/x-ndjson"

// ---- two arenas: one for the stream, one for a line ----------------------------------------------------------------

void stream_split_memory(struct request *rq) {
    rq->streaming = true;
    rq->kept = rq->arena;
    arena_init(&rq->arena, ARENA_FIRST_BYTES, LIMIT_REQUEST_ARENA_BYTES);
    rq->response.headers.arena = &rq->kept;
    buf_init(&rq->out, NULL, 0);
}

void stream_join_memory(struct request *rq) {
    arena_destroy(&rq->arena);
    buf_free(&rq->out);
    rq->arena = rq->kept;
    rq->streaming = false;
    rq->response.headers.arena = &rq->arena;
    buf_init(&rq->out, &rq->arena, 0);
}

// ---- output ---------------------------------------------------------------------------------------------------------

static void emit(struct conn *c, struct request *rq) {
    struct slice body = buf_slice(&rq->out);
    if (body.n == 0) return;
    char size[20];
    size_t digits = encode_hex(body.n, size);
    memcpy(size + digits, "\r\n", 2);
    if (c->stream.chunked) output_put(c, slice_of(size, digits + 2));
    output_put(c, body);
    if (c->stream.chunked) output_put(c, SLICE("\r\n"));
    c->stream.sent_bytes += body.n;
    buf_clear(&rq->out);
}

static void error_line(struct request *rq, const struct fault *fault) {
    struct json_writer w = json_writer_of(&rq->out);
    json_open(&w, '{');
    json_key_int(&w, "line", (int64_t)rq->line_number);
    respond_error_object(&w, fault);
    json_close(&w, '}');
    buf_char(&rq->out, '\n');
}

static bool may_produce(struct conn *c) {
    if (output_pending(c) <= STREAM_HIGH_WATER_BYTES) return true;
    output_flush(c);
    return c->state != CONN_GONE && output_pending(c) <= STREAM_HIGH_WATER_BYTES;
}

// ---- lines ----------------------------------------------------------------------------------------------------------

static void handled(struct conn *c, struct request *rq, enum err code, const struct fault *why) {
    if (rq->deferred) {
        exchange_wait(c, rq);
        return;
    }
    if (code != ERR_OK) {
        rq->out.n = c->stream.out_before < rq->out.n ? c->stream.out_before : rq->out.n; // half a line would follow
        struct fault said = respond_said(code, why);
        error_line(rq, &said);
    }
    if (rq->out.bad) conn_kill(c); // the heap is exhausted
    rq->json = NULL;
    rq->result = rq->fault.code = ERR_OK;
    rq->fault.field[0] = rq->fault.message[0] = 0;
    arena_reset(&rq->arena);
    if (rq->out.n >= EMIT_BYTES) emit(c, rq);
}

static enum err refuse_line(struct request *rq, struct fault *why) {
    enum err code = fault_set(why, ERR_TOO_LARGE, "", "the line is longer than %d bytes", LIMIT_STREAM_LINE_BYTES);
    return rq->route->stream->refused ? rq->route->stream->refused(rq, why) : code;
}

static void give_line(struct conn *c, struct request *rq, struct slice line) {
    if (slice_ends(line, SLICE("\r"))) line.n--;
    rq->line_number++;
    if (line.n == 0) return;
    struct fault why = {ERR_OK, "", ""};
    enum err code;
    c->stream.out_before = rq->out.n;
    c->stream.unflushed = true;
    if (line.n > LIMIT_STREAM_LINE_BYTES)
        code = refuse_line(rq, &why);
    else code = rq->route->stream->line(rq, line, &why);
    handled(c, rq, code, &why);
}

static void give_flush(struct conn *c, struct request *rq, bool last) {
    c->stream.unflushed = false;
    c->stream.ended = last;
    if (!rq->route->stream->flush) return;
    struct fault why = {ERR_OK, "", ""};
    c->stream.out_before = rq->out.n;
    handled(c, rq, rq->route->stream->flush(rq, last, &why), &why);
}

static struct slice cut_line(struct conn *c, size_t end, size_t next) {
    struct slice line = slice_of(c->in.p + c->stream.line_at, end - c->stream.line_at);
    c->stream.line_at = c->stream.search_at = next;
    return line;
}

// No line end in sight: what is there is too long already, or more must come.
static void hold_partial(struct conn *c, struct request *rq, size_t body_end) {
    c->stream.search_at = body_end;
    if (body_end - c->stream.line_at <= LIMIT_STREAM_LINE_BYTES) return;
    struct slice part = cut_line(c, body_end, body_end);
    if (!c->stream.skipping) give_line(c, rq, part);
    c->stream.skipping = true;
}

// ---- the end --------------------------------------------------------------------------------------------------------

static void leave(struct request *rq) {
    if (rq->route->stream->close) rq->route->stream->close(rq);
    stream_join_memory(rq);
}

static void finish(struct conn *c, struct request *rq) {
    emit(c, rq);
    if (c->stream.chunked) output_put(c, SLICE("0\r\n\r\n"));
    leave(rq);
    c->requests++;
    c->linger = c->linger || (!c->stream.keep_alive && rq->head.keep_alive);
    c->closing = c->closing || !c->stream.keep_alive;
    metrics_add(c->worker->metrics, METRIC_FINISHED, 1);
    exchange_account(c, rq, c->stream.sent_bytes);
    c->rq = NULL;
    c->served = true;
    if (c->state != CONN_GONE) c->state = CONN_READING;
    worker_put_request(c->worker, rq);
}

void stream_abandon(struct conn *c) {
    struct request *rq = c->rq;
    leave(rq);
    exchange_account(c, rq, c->stream.sent_bytes);
    exchange_gone(c, rq);
}

// The framing is broken: the answer so far is good, the rest of the input is not to be trusted.
static void broken(struct conn *c, struct request *rq) {
    struct fault why;
    fault_set(&why, ERR_BAD_REQUEST, "", "%s", c->http.problem.why);
    rq->line_number++;
    error_line(rq, &why);
    c->closing = c->linger = true;
    c->stream.ended = true;
}

// ---- running --------------------------------------------------------------------------------------------------------

// One line, or one flush. False: it takes more input, or all is done.
static bool step(struct conn *c, struct request *rq) {
    enum http_step body = http_body(&c->http, c->in.p, &c->in.n);
    size_t body_end = (size_t)c->http.body_bytes, from = c->stream.search_at;
    const char *end = body_end > from ? memchr(c->in.p + from, '\n', body_end - from) : NULL;
    if (end) {
        size_t at = (size_t)(end - c->in.p);
        struct slice line = cut_line(c, at, at + 1);
        if (!c->stream.skipping) give_line(c, rq, line);
        c->stream.skipping = false;
        return true;
    }
    hold_partial(c, rq, body_end);
    if (rq->deferred) return true;
    if (body == HTTP_BAD) {
        broken(c, rq);
        return false;
    }
    if (body == HTTP_MORE) {
        bool more = c->stream.unflushed;
        if (more) give_flush(c, rq, false);
        return more && rq->deferred;
    }
    if (c->stream.line_at < body_end && !c->stream.skipping) { // the last line may lack its end
        give_line(c, rq, cut_line(c, body_end, body_end));
        return true;
    }
    if (!c->stream.ended) give_flush(c, rq, true);
    return false;
}

// Cuts used bytes off the front, unless a deferred line still lies there.
static void compact(struct conn *c) {
    size_t used = c->stream.line_at;
    if (used == 0) return;
    memmove(c->in.p, c->in.p + used, c->in.n - used);
    c->in.n -= used;
    http_body_removed(&c->http, used);
    c->stream.search_at -= used;
    c->stream.line_at = 0;
}

static void run_turn(struct conn *c, struct request *rq) {
    uint64_t until_us = c->worker->now_us + STREAM_TURN_US;
    while (c->state == CONN_STREAM && !rq->deferred && !c->stream.ended) {
        if (!may_produce(c)) return;
        if (!step(c, rq)) return;
        worker_clock(c->worker);
        if (c->worker->now_us < until_us) continue;
        worker_again(c->worker, c);
        return;
    }
}

void stream_run(struct conn *c) {
    struct request *rq = c->rq;
    if (c->state != CONN_STREAM || rq->deferred || c->again) return;
    if (!bytes_reserve(&c->worker->pool, &c->in, RECEIVE_BYTES)) {
        conn_kill(c);
        return;
    }
    run_turn(c, rq);
    if (rq->deferred || c->state == CONN_GONE) return;
    compact(c);
    if (c->stream.ended) {
        finish(c, rq);
        http_next(&c->http);
        c->backlog = c->in.n > 0;
        if (c->in.n == 0) bytes_release(&c->worker->pool, &c->in);
        return;
    }
    emit(c, rq);
    bool complete = http_body_done(&c->http);
    if (c->eof && !complete && !c->again && !output_blocked(c)) conn_kill(c);
}

void stream_resumed(struct conn *c, struct request *rq, enum err code, const struct fault *why) {
    handled(c, rq, code, why);
    stream_run(c);
}

bool stream_wants_input(const struct conn *c) {
    return !c->rq->deferred && !c->again && c->in.n < INPUT_MAX && !http_body_done(&c->http) &&
           output_pending(c) <= STREAM_HIGH_WATER_BYTES;
}

void stream_receive(struct conn *c) {
    size_t got;
    if (!bytes_reserve(&c->worker->pool, &c->in, c->in.n + RECEIVE_BYTES / 4)) {
        conn_kill(c);
        return;
    }
    if (conn_receive(c, c->in.p + c->in.n, c->in.capacity - c->in.n, &got)) c->in.n += got;
    stream_run(c);
}

void stream_begin(struct conn *c, struct request *rq) {
    struct fault why = {ERR_OK, "", ""};
    stream_split_memory(rq);
    enum err code = rq->route->stream->open ? rq->route->stream->open(rq, &why) : ERR_OK;
    assert(!rq->deferred); // an open has nothing to wait for yet
    if (code != ERR_OK) {
        stream_join_memory(rq);
        c->closing = c->linger = true;
        exchange_handled(c, rq, code, &why);
        return;
    }
    rq->response.status = 200;
    rq->response.content_type = NDJSON_TYPE;
    cors_add_headers(&c->worker->shared->cors, rq);
    memset(&c->stream, 0, sizeof c->stream);
    c->stream.chunked = rq->head.minor_1;
    c->stream.keep_alive = c->stream.chunked && exchange_keeps_alive(c, rq);
    exchange_head(c, rq, c->stream.chunked ? ENCODE_CHUNKED : ENCODE_UNTIL_CLOSE, 0, c->stream.keep_alive);
    http_head_removed(&c->http);
    c->rq = rq;
    if (c->state != CONN_GONE) c->state = CONN_STREAM;
}

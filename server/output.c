#include "server/output.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define COPY_BYTES (16 * 1024) // below this a copy is cheaper than keeping the request until the bytes are out

static void hold_scratch(struct conn *c, size_t sent) {
    struct worker *w = c->worker;
    struct slice rest = slice_of(w->scratch_out + sent, w->out_n - sent);
    w->out_n = 0;
    if (!bytes_append(&w->pool, &c->out, rest)) conn_kill(c);
}

void output_put(struct conn *c, struct slice s) {
    struct worker *w = c->worker;
    assert(c->tail.n == 0);
    if (c->state == CONN_GONE) return;
    if (w->out_n + s.n > WORKER_SCRATCH_BYTES) output_flush(c);
    if (c->state == CONN_GONE) return;
    if (c->out.n == 0 && s.n <= WORKER_SCRATCH_BYTES) {
        memcpy(w->scratch_out + w->out_n, s.p, s.n);
        w->out_n += s.n;
    } else if (!bytes_append(&w->pool, &c->out, s)) {
        conn_kill(c);
    }
}

bool output_body(struct conn *c, struct slice body, struct request *owner) {
    if (body.n == 0 || c->state == CONN_GONE) return false;
    if (body.n <= COPY_BYTES) {
        output_put(c, body);
        return false;
    }
    c->tail = body;
    c->tail_rq = owner;
    return owner != NULL;
}

static void finish(struct conn *c) {
    bytes_release(&c->worker->pool, &c->out);
    c->out_at = 0;
    if (c->tail_rq) worker_put_request(c->worker, c->tail_rq);
    c->tail_rq = NULL;
}

void output_drop(struct conn *c) {
    c->worker->out_n = 0;
    c->tail = SLICE_NONE;
    finish(c);
}

static ssize_t send_two(int fd, struct slice first, struct slice second) {
    if (second.n == 0) return send(fd, first.p, first.n, MSG_NOSIGNAL);
    if (first.n == 0) return send(fd, second.p, second.n, MSG_NOSIGNAL);
    struct iovec parts[2] = {{(void *)(uintptr_t)first.p, first.n}, {(void *)(uintptr_t)second.p, second.n}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

// Either `out` holds bytes or the scratch does, never both: output_put sees to it.
void output_flush(struct conn *c) {
    struct worker *w = c->worker;
    size_t scratch_sent = 0;
    while (c->state != CONN_GONE) {
        struct slice first = c->out.n > 0 ? slice_of(c->out.p + c->out_at, c->out.n - c->out_at)
                                          : slice_of(w->scratch_out + scratch_sent, w->out_n - scratch_sent);
        if (first.n + c->tail.n == 0) break;
        ssize_t n = send_two(c->fd, first, c->tail);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (w->out_n > 0) hold_scratch(c, scratch_sent);
            return;
        }
        if (n < 0) {
            conn_kill(c);
            return;
        }
        size_t of_first = (size_t)n < first.n ? (size_t)n : first.n;
        if (c->out.n > 0) c->out_at += of_first;
        else scratch_sent += of_first;
        c->tail = slice_from(c->tail, (size_t)n - of_first);
        c->progress = true;
        metrics_add(w->metrics, METRIC_BYTES_OUT, (uint64_t)n);
    }
    w->out_n = 0;
    if (c->state != CONN_GONE) finish(c);
}

// The whole server in-process: scenarios of one connection and of several, each with a server of its own.
#include "tests/unit/server/client.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "server/compute.h"
#include "server/health.h"
#include "server/metrics.h"
#include "server/respond.h"
#include "server/server.h"

#define FILE_BYTES (16 * 1024 * 1024) // more than two sockets hold

// ---- handlers and what tests see of them --------------------------------------------------------------------------

static struct {
    sem_t arrived;            // a request was deferred to the test
    struct request *deferred; // it
    sem_t resumed;            // a resume has run
    sem_t started, release;   // compute work
    sem_t closed;             // a stream was closed
    atomic_int gone_seen;
    _Atomic int64_t ahead_us; // of the clock
    char file[FILE_BYTES];
} world;

static uint64_t test_monotonic_us(void *state) {
    (void)state;
    return clock_monotonic_us(&clock_system) + (uint64_t)atomic_load(&world.ahead_us);
}
static int64_t test_unix_ms(void *state) {
    (void)state;
    return clock_unix_ms(&clock_system);
}
static const struct clock test_clock = {test_unix_ms, test_monotonic_us, NULL};

static enum err echo(struct request *rq, struct fault *why) {
    (void)why;
    buf_slice_put(&rq->out, request_param(rq, "q"));
    return respond_text(rq, 200, "text/plain");
}

static enum err echo_body(struct request *rq, struct fault *why) {
    struct slice body;
    TRY(request_body(rq, &body, why));
    buf_slice_put(&rq->out, body);
    return respond_text(rq, 200, "text/plain");
}

static enum err big(struct request *rq, struct fault *why) {
    int64_t n = 0;
    TRY(request_param_int(rq, "n", 0, 1 << 26, &n, why));
    for (int64_t i = 0; i < n; i++) buf_char(&rq->out, (char)('a' + i % 26));
    return respond_text(rq, 200, "text/plain");
}

static enum err silent(struct request *rq, struct fault *why) { // fails without a word
    (void)rq;
    (void)why;
    return ERR_NO_MEMORY;
}

static enum err file(struct request *rq, struct fault *why) {
    (void)why;
    static const struct static_file it = {.content_type = "text/plain", .bytes = {world.file, FILE_BYTES}};
    return respond_file(rq, &it);
}

static enum err resume(struct request *rq, struct fault *why) {
    (void)why;
    if (request_is_gone(rq)) atomic_fetch_add(&world.gone_seen, 1);
    sem_post(&world.resumed);
    if (rq->result != ERR_OK) return rq->result;
    buf_put(&rq->out, "resumed", 7);
    return respond_text(rq, 200, "text/plain");
}

static enum err defer(struct request *rq, struct fault *why) {
    (void)why;
    request_defer(rq, resume);
    world.deferred = rq;
    sem_post(&world.arrived);
    return ERR_OK;
}

static enum err work(struct request *rq, void *state, struct fault *why) {
    (void)rq, (void)state, (void)why;
    sem_post(&world.started);
    sem_wait(&world.release);
    return ERR_OK;
}
static enum err compute(struct request *rq, struct fault *why) { return request_compute(rq, work, resume, why); }

static enum err stream_line(struct request *rq, struct slice line, struct fault *why) {
    if (slice_is(line, "fail")) {
        buf_put(&rq->out, "half", 4);
        return fault_set(why, ERR_BAD_REQUEST, "x", "asked to fail");
    }
    char *scratch = arena_alloc(&rq->arena, line.n); // what a line allocates must not add up over the stream
    if (!scratch) return fault_set(why, ERR_NO_MEMORY, "", "arena full");
    memcpy(scratch, line.p, line.n);
    buf_put(&rq->out, scratch, line.n);
    buf_char(&rq->out, '\n');
    return ERR_OK;
}
static void stream_close(struct request *rq) {
    (void)rq;
    sem_post(&world.closed);
}

// Gathers lines and hands them over as batches, as bulk writes do.
static enum err batch_open(struct request *rq, struct fault *why) {
    if (request_param(rq, "q").p) return fault_set(why, ERR_FORBIDDEN, "q", "not today");
    rq->stream_state = ARENA_NEW(&rq->kept, unsigned);
    return ERR_OK;
}
static enum err batch_done(struct request *rq, struct fault *why) {
    (void)why;
    buf_printf(&rq->out, "batch of %u\n", *(unsigned *)rq->stream_state);
    *(unsigned *)rq->stream_state = 0;
    return ERR_OK;
}
static enum err batch_work(struct request *rq, void *state, struct fault *why) {
    (void)rq, (void)state, (void)why;
    return ERR_OK;
}
static enum err batch_line(struct request *rq, struct slice line, struct fault *why) {
    (void)line;
    unsigned *count = rq->stream_state;
    return ++*count < 3 ? ERR_OK : request_compute(rq, batch_work, batch_done, why);
}
static enum err batch_flush(struct request *rq, bool last, struct fault *why) {
    if (!last || *(unsigned *)rq->stream_state == 0) return ERR_OK;
    return request_compute(rq, batch_work, batch_done, why);
}

static const char *const q[] = {"q", "n", NULL};
static const struct stream lines = {.line = stream_line, .close = stream_close};
static const struct stream batches = {.open = batch_open, .line = batch_line, .flush = batch_flush, .close = stream_close};
static const struct route table[] = {
    {METHOD_GET, "/echo", .handler = echo, .params = q},
    {METHOD_GET, "/big", .handler = big, .params = q},
    {METHOD_GET, "/file", .handler = file},
    {METHOD_GET, "/silent", .handler = silent},
    {METHOD_POST, "/body", .handler = echo_body},
    {METHOD_POST, "/bulk", .flags = ROUTE_BULK, .handler = echo_body},
    {METHOD_GET, "/defer", .handler = defer},
    {METHOD_GET, "/compute", .handler = compute},
    {METHOD_POST, "/lines", .stream = &lines},
    {METHOD_POST, "/batches", .stream = &batches, .params = q},
    {METHOD_GET, "/search", SCOPE_SEARCH, .handler = echo},
    {METHOD_POST, "/write", SCOPE_WRITE, .handler = echo_body},
    {METHOD_GET, "/1/search", SCOPE_SEARCH, ROUTE_ANY_PARAMS, .handler = echo},
    {METHOD_GET, "/metrics", .handler = health_metrics},
    {METHOD_GET, "/readyz", .flags = ROUTE_QUIET, .handler = health_ready},
};

// ---- fixture ------------------------------------------------------------------------------------------------------

struct fixture {
    struct options options;
    struct server *server;
    struct client client;
    struct answer answer;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    options_init(&f->options);
    strcpy(f->options.listen, "127.0.0.1:0");
    f->options.workers = 1;
    f->options.clock = &test_clock;
    f->client.fd = -1;
    sem_init(&world.arrived, 0, 0);
    sem_init(&world.resumed, 0, 0);
    sem_init(&world.started, 0, 0);
    sem_init(&world.release, 0, 0);
    sem_init(&world.closed, 0, 0);
    atomic_store(&world.gone_seen, 0);
    atomic_store(&world.ahead_us, 0);
    if (world.file[0] == 0) memset(world.file, 'f', FILE_BYTES);
    *state = f;
    return 0;
}

static void start(struct fixture *f) {
    struct fault why = {ERR_OK, "", ""};
    if (server_start(&f->options, table, sizeof table / sizeof *table, NULL, &f->server, &why) != ERR_OK)
        fail_msg("server_start: %s", why.message);
    f->client = client_open(server_port(f->server));
}

static struct client another(struct fixture *f) { return client_open(server_port(f->server)); }

static void stop(struct fixture *f) {
    if (f->server) server_stop(f->server);
    f->server = NULL;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    if (f->client.fd >= 0) client_close(&f->client);
    stop(f);
    free(f->answer.body);
    free(f);
    return 0;
}

static void wait_for(sem_t *sem) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    while (sem_timedwait(sem, &until) != 0) assert_int_equal(errno, EINTR);
}

static void get(struct fixture *f, struct client *c, const char *path, int status, const char *body) {
    char text[512];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    client_say(c, text);
    client_answer(c, &f->answer, false);
    if (f->answer.status != status) fail_msg("%s: %d, not %d: %s", path, f->answer.status, status, f->answer.body);
    if (body) assert_string_equal(f->answer.body, body);
}

static void exchange(struct fixture *f, const char *text, int status) {
    client_say(&f->client, text);
    client_answer(&f->client, &f->answer, false);
    if (f->answer.status != status) fail_msg("%s: %d: %s", text, f->answer.status, f->answer.body);
}

// ---- one connection -----------------------------------------------------------------------------------------------

static void test_keep_alive(void **state) {
    struct fixture *f = *state;
    start(f);
    get(f, &f->client, "/echo?q=one", 200, "one");
    char id[32];
    strcpy(id, answer_header(&f->answer, "X-Request-Id"));
    assert_non_null(answer_header(&f->answer, "Date"));
    assert_null(answer_header(&f->answer, "Connection"));
    get(f, &f->client, "/echo?q=two", 200, "two");
    assert_string_not_equal(id, answer_header(&f->answer, "X-Request-Id"));
    exchange(f, "GET /echo?q=3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200);
    assert_string_equal(answer_header(&f->answer, "Connection"), "keep-alive");
    exchange(f, "GET /echo?q=4 HTTP/1.0\r\n\r\n", 200);
    assert_string_equal(answer_header(&f->answer, "Connection"), "close");
    client_expect_end(&f->client);
}

static void test_status_codes(void **state) {
    struct fixture *f = *state;
    start(f);
    get(f, &f->client, "/nothing", 404, NULL);
    get(f, &f->client, "/body", 405, NULL);
    assert_string_equal(answer_header(&f->answer, "Allow"), "POST, OPTIONS");
    get(f, &f->client, "/echo?typo=1", 400, NULL);
    assert_non_null(strstr(f->answer.body, "\"field\":\"typo\""));
    get(f, &f->client, "/%zz", 400, NULL);
    get(f, &f->client, "/readyz", 200, "{\"status\":\"ready\"}");
    // refused requests with a body that is there leave the connection usable
    exchange(f, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405);
    exchange(f, "POST /nothing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 404);
    client_say(&f->client, "HEAD /echo?q=abc HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(&f->client, &f->answer, true);
    assert_int_equal(f->answer.status, 200);
    assert_string_equal(answer_header(&f->answer, "Content-Length"), "3");
    get(f, &f->client, "/echo?q=alive", 200, "alive");
    // a body that is not there is not waited for
    exchange(f, "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", 404);
    assert_string_equal(answer_header(&f->answer, "Connection"), "close");
    client_expect_end(&f->client);
}

static void test_malformed_closes(void **state) {
    struct fixture *f = *state;
    start(f);
    exchange(f, "GET / HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    assert_non_null(strstr(f->answer.body, "\"code\":\"bad_request\""));
    assert_string_equal(answer_header(&f->answer, "Content-Type"), "application/json");
    client_expect_end(&f->client);
    client_close(&f->client);

    // A broken chunk behind a good one, whose framing was squeezed out of the connection's own buffer by then.
    f->client = another(f);
    client_say(&f->client, "POST /body HTTP/1.1\r\nHost");
    struct client other = another(f); // the first piece has been read once a later connection was answered
    get(f, &other, "/echo?q=x", 200, "x");
    client_close(&other);
    exchange(f, ": a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhello\r\nzz\r\n", 400);
    client_expect_end(&f->client);
}

static void test_pipelining(void **state) {
    struct fixture *f = *state;
    start(f);
    char text[4096] = "";
    for (int i = 0; i < 16; i++)
        sprintf(text + strlen(text), i % 2 ? "GET /echo?q=%d HTTP/1.1\r\nHost: a\r\n\r\n"
                                           : "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n%02d\r\n0\r\n\r\n", i);
    client_say(&f->client, text);
    for (int i = 0; i < 16; i++) {
        client_answer(&f->client, &f->answer, false);
        assert_int_equal(f->answer.status, 200);
        assert_int_equal(atoi(f->answer.body), i);
    }
    // large answers in between must not change the order, nor stall what follows
    client_say(&f->client, "GET /big?n=3000000 HTTP/1.1\r\nHost: a\r\n\r\nGET /file HTTP/1.1\r\nHost: a\r\n\r\n"
                           "GET /big?n=100000 HTTP/1.1\r\nHost: a\r\n\r\nGET /echo?q=end HTTP/1.1\r\nHost: a\r\n\r\n");
    static const size_t sizes[] = {3000000, FILE_BYTES, 100000, 3};
    for (int i = 0; i < 4; i++) {
        client_answer(&f->client, &f->answer, false);
        assert_int_equal(f->answer.n, sizes[i]);
    }
    assert_string_equal(f->answer.body, "end");
}

static void test_byte_by_byte(void **state) {
    struct fixture *f = *state;
    start(f);
    static const char text[] = "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                               "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (size_t i = 0; i < sizeof text - 1; i++) client_send(&f->client, text + i, 1);
    client_answer(&f->client, &f->answer, false);
    assert_string_equal(f->answer.body, "hello");
    client_answer(&f->client, &f->answer, false);
    assert_string_equal(f->answer.body, "abcde");
}

static void test_failure_without_a_word(void **state) {
    struct fixture *f = *state;
    start(f);
    client_say(&f->client, "GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(f->answer.status, 413);
    assert_non_null(strstr(f->answer.body, "the request needs too much memory"));
}

static void test_half_closed(void **state) {
    struct fixture *f = *state;
    start(f);
    client_say(&f->client, "GET /echo?q=a HTTP/1.1\r\nHost: a\r\n\r\nGET /big?n=2000000 HTTP/1.1\r\nHost: a\r\n\r\nGET /ec");
    shutdown(f->client.fd, SHUT_WR);
    client_answer(&f->client, &f->answer, false);
    assert_string_equal(f->answer.body, "a");
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(f->answer.n, 2000000);
    client_expect_end(&f->client);
}

static void test_requests_per_connection(void **state) {
    struct fixture *f = *state;
    f->options.requests_per_connection = 2;
    start(f);
    get(f, &f->client, "/echo?q=1", 200, "1");
    client_say(&f->client, "GET /echo?q=2 HTTP/1.1\r\nHost: a\r\n\r\nGET /echo?q=3 HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(&f->client, &f->answer, false);
    assert_string_equal(answer_header(&f->answer, "Connection"), "close");
    client_expect_end(&f->client);
}

// ---- limits and deadlines -----------------------------------------------------------------------------------------

static void test_oversized(void **state) {
    struct fixture *f = *state;
    start(f);
    // The client sends all of a body that is too large before it reads: the answer must still reach it.
    char *body = calloc(1, 2 * LIMIT_BODY_BYTES);
    memset(body, 'x', 2 * LIMIT_BODY_BYTES);
    char head[256];
    snprintf(head, sizeof head, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", 2 * LIMIT_BODY_BYTES);
    client_say(&f->client, head);
    client_send(&f->client, body, 2 * LIMIT_BODY_BYTES);
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(f->answer.status, 413);
    client_expect_end(&f->client);
    client_close(&f->client);

    f->client = another(f);
    client_say(&f->client, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    client_send(&f->client, body, LIMIT_HEADER_BYTES);
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(f->answer.status, 431);
    client_expect_end(&f->client);
    client_close(&f->client);

    // exactly at the limits
    f->client = another(f);
    snprintf(head, sizeof head, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", LIMIT_BODY_BYTES);
    client_say(&f->client, head);
    client_send(&f->client, body, LIMIT_BODY_BYTES);
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(f->answer.status, 200);
    assert_int_equal(f->answer.n, LIMIT_BODY_BYTES);
    client_say(&f->client, "POST /bulk HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (unsigned sent = 0; sent < LIMIT_BULK_BODY_BYTES; sent += 4096) {
        client_say(&f->client, "1000\r\n");
        client_send(&f->client, body, 4096);
        client_say(&f->client, "\r\n");
    }
    client_say(&f->client, "0\r\n\r\n");
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(f->answer.status, 200);
    assert_int_equal(f->answer.n, LIMIT_BULK_BODY_BYTES);
    free(body);
}

static void test_expect_continue(void **state) {
    struct fixture *f = *state;
    start(f);
    client_say(&f->client, "POST /body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    client_answer(&f->client, &f->answer, true);
    assert_int_equal(f->answer.status, 100);
    exchange(f, "abc", 200);
    exchange(f, "POST /lines HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", 100);
    exchange(f, "a\n", 200);
    exchange(f, "POST /body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100000000\r\n\r\n", 413);
    client_expect_end(&f->client);
}

// A trickle does not help: the header has one deadline, however many bytes arrive.
static void test_slow_header(void **state) {
    struct fixture *f = *state;
    f->options.header_time_ms = 50;
    start(f);
    client_say(&f->client, "GET /echo HTTP/1.1\r\nX: ");
    struct pollfd readable = {f->client.fd, POLLIN, 0};
    unsigned trickled = 0;
    while (poll(&readable, 1, 5) == 0) {
        assert_true(++trickled < 2000);
        client_say(&f->client, "x");
    }
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(f->answer.status, 408);
    client_expect_end(&f->client);
}

static void test_idle_and_stalled_body(void **state) {
    struct fixture *f = *state;
    f->options.idle_time_ms = 40;
    f->options.progress_time_ms = 40;
    start(f);
    struct client idle = another(f);
    client_expect_end(&idle); // closed without a word
    client_close(&idle);
    client_close(&f->client);
    f->client = another(f);
    exchange(f, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na", 408);
    client_expect_end(&f->client);
}

// A client that does not read its answer is let go, and does not hold its memory.
static void test_stalled_reader(void **state) {
    struct fixture *f = *state;
    f->options.progress_time_ms = 40;
    start(f);
    client_say(&f->client, "GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    struct client other = another(f);
    do get(f, &other, "/metrics", 200, NULL);
    while (!strstr(f->answer.body, "rightfit_connections_timed_out_total 1\n"));
    client_close(&other);
    size_t got = 0;
    while (client_more(&f->client)) got = f->client.n;
    assert_true(got < FILE_BYTES);
}

static void test_connection_limit(void **state) {
    struct fixture *f = *state;
    f->options.connections = 1;
    start(f);
    get(f, &f->client, "/echo?q=1", 200, "1");
    struct client second = another(f);
    client_answer(&second, &f->answer, false);
    assert_int_equal(f->answer.status, 429);
    assert_string_equal(answer_header(&f->answer, "Retry-After"), "1");
    client_close(&second);
    get(f, &f->client, "/echo?q=2", 200, "2");
}

// ---- deferral -----------------------------------------------------------------------------------------------------

static void test_deferral(void **state) {
    struct fixture *f = *state;
    start(f);
    client_say(&f->client, "GET /defer HTTP/1.1\r\nHost: a\r\n\r\nGET /echo?q=behind HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&world.arrived);
    struct client other = another(f);
    get(f, &other, "/echo?q=meanwhile", 200, "meanwhile"); // nobody else waits
    client_close(&other);
    request_complete(world.deferred);
    client_answer(&f->client, &f->answer, false);
    assert_string_equal(f->answer.body, "resumed");
    client_answer(&f->client, &f->answer, false);
    assert_string_equal(f->answer.body, "behind");
}

static void test_deferral_half_closed(void **state) {
    struct fixture *f = *state;
    start(f);
    client_say(&f->client, "GET /defer HTTP/1.1\r\nHost: a\r\n\r\n");
    shutdown(f->client.fd, SHUT_WR);
    wait_for(&world.arrived);
    request_complete(world.deferred);
    client_answer(&f->client, &f->answer, false);
    assert_string_equal(f->answer.body, "resumed");
    client_expect_end(&f->client);
}

static void test_deferral_client_gone(void **state) {
    struct fixture *f = *state;
    start(f);
    client_say(&f->client, "GET /defer HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&world.arrived);
    client_reset(&f->client);
    while (!request_is_gone(world.deferred)) sched_yield(); // the reset arrives when it arrives
    request_complete(world.deferred);
    wait_for(&world.resumed); // also then, so that the handler can clean up
    assert_int_equal(atomic_load(&world.gone_seen), 1);
    f->client = another(f);
    get(f, &f->client, "/metrics", 200, NULL);
    assert_non_null(strstr(f->answer.body, "rightfit_clients_gone_total 1\n"));
    assert_non_null(strstr(f->answer.body, "rightfit_requests_in_flight 1\n")); // this one
    assert_non_null(strstr(f->answer.body, "rightfit_connections 1\n"));
}

static void test_compute_queue(void **state) {
    struct fixture *f = *state;
    f->options.compute_threads = 1;
    f->options.compute_queue = 1;
    start(f);
    struct client second = another(f), third = another(f);
    client_say(&f->client, "GET /compute HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&world.started);
    // The second fills the queue; it has been queued once a request behind it on the same worker was answered.
    client_say(&second, "GET /compute HTTP/1.1\r\nHost: a\r\n\r\n");
    do get(f, &third, "/metrics", 200, NULL);
    while (!strstr(f->answer.body, "rightfit_compute_waiting 1\n"));
    get(f, &third, "/compute", 429, NULL);
    assert_string_equal(answer_header(&f->answer, "Retry-After"), "1");
    sem_post(&world.release);
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(f->answer.status, 200);
    wait_for(&world.started);
    sem_post(&world.release);
    client_answer(&second, &f->answer, false);
    assert_int_equal(f->answer.status, 200);
    get(f, &third, "/metrics", 200, NULL);
    assert_non_null(strstr(f->answer.body, "rightfit_requests_shed_total 1\n"));
    client_close(&second);
    client_close(&third);
}

// Work that has waited past its request's deadline is not started.
static void test_compute_deadline(void **state) {
    struct fixture *f = *state;
    f->options.compute_threads = 1;
    start(f);
    struct client second = another(f), third = another(f);
    client_say(&f->client, "GET /compute HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&world.started);
    client_say(&second, "GET /compute HTTP/1.1\r\nHost: a\r\n\r\n");
    do get(f, &third, "/metrics", 200, NULL);
    while (!strstr(f->answer.body, "rightfit_compute_waiting 1\n"));
    atomic_store(&world.ahead_us, 3000000);
    sem_post(&world.release);
    client_answer(&second, &f->answer, false);
    assert_int_equal(f->answer.status, 429);
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(f->answer.status, 200);
    client_close(&second);
    client_close(&third);
}

// ---- streams ------------------------------------------------------------------------------------------------------

static void test_stream(void **state) {
    struct fixture *f = *state;
    start(f);
    exchange(f, "POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\n\r\na\n\nfail\r\nb b\r\nccc\nddd", 200);
    assert_string_equal(answer_header(&f->answer, "Content-Type"), "application/x-ndjson");
    assert_string_equal(f->answer.body,
                        "a\n{\"line\":3,\"error\":{\"code\":\"bad_request\",\"message\":\"asked to fail\",\"field\":\"x\"}}\n"
                        "b b\nccc\nddd\n");
    wait_for(&world.closed);
    // chunked, one byte at a time, with a request behind it
    static const char text[] = "POST /lines HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab\n\r\n2\r\nc\n\r\n0\r\n\r\n"
                               "GET /echo?q=next HTTP/1.1\r\nHost: a\r\n\r\n";
    for (size_t i = 0; i < sizeof text - 1; i++) client_send(&f->client, text + i, 1);
    client_answer(&f->client, &f->answer, false);
    assert_string_equal(f->answer.body, "ab\nc\n");
    client_answer(&f->client, &f->answer, false);
    assert_string_equal(f->answer.body, "next");
    exchange(f, "POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 200);
    assert_string_equal(f->answer.body, "");
    exchange(f, "POST /lines HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na\n\r\nzz\r\n", 200);
    assert_string_equal(f->answer.body, "a\n{\"line\":2,\"error\":{\"code\":\"bad_request\",\"message\":\"a chunk size is "
                                        "not a hexadecimal number\",\"field\":null}}\n");
    client_expect_end(&f->client);
}

static void test_stream_answers_before_the_end(void **state) {
    struct fixture *f = *state;
    start(f);
    client_say(&f->client, "POST /lines HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab\n\r\n");
    client_until(&f->client, "ab\n");
    client_say(&f->client, "3\r\ncd\n\r\n");
    client_until(&f->client, "cd\n");
    client_say(&f->client, "0\r\n\r\n");
    client_until(&f->client, "0\r\n\r\n");
}

static void test_stream_http10(void **state) {
    struct fixture *f = *state;
    start(f);
    client_say(&f->client, "POST /lines HTTP/1.0\r\nContent-Length: 4\r\n\r\na\nb\n");
    client_head(&f->client, &f->answer);
    assert_null(answer_header(&f->answer, "Transfer-Encoding"));
    while (client_more(&f->client)) continue;
    assert_string_equal(f->client.p, "a\nb\n");
}

static void test_stream_overlong_line(void **state) {
    struct fixture *f = *state;
    start(f);
    size_t n = LIMIT_STREAM_LINE_BYTES * 3;
    char *line = malloc(n), head[128];
    memset(line, 'x', n);
    snprintf(head, sizeof head, "POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\nfirst\n", n + 11);
    client_say(&f->client, head);
    client_send(&f->client, line, n);
    client_say(&f->client, "\nlast");
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(strncmp(f->answer.body, "first\n{\"line\":2,\"error\":{\"code\":\"too_large\"", 43), 0);
    assert_string_equal(strchr(f->answer.body + 10, '\n'), "\nlast\n");
    free(line);
    // exactly at the limit it is a line
    n = LIMIT_STREAM_LINE_BYTES;
    line = malloc(n);
    memset(line, 'y', n);
    snprintf(head, sizeof head, "POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", n + 1);
    client_say(&f->client, head);
    client_send(&f->client, line, n);
    client_say(&f->client, "\n");
    client_answer(&f->client, &f->answer, false);
    assert_int_equal(f->answer.n, n + 1);
    free(line);
}

static void test_stream_batches(void **state) {
    struct fixture *f = *state;
    start(f);
    exchange(f, "POST /batches HTTP/1.1\r\nHost: a\r\nContent-Length: 16\r\n\r\n1\n2\n3\n4\n5\n6\n7\n8\n", 200);
    assert_string_equal(f->answer.body, "batch of 3\nbatch of 3\nbatch of 2\n");
    wait_for(&world.closed);
    exchange(f, "POST /batches?q=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1\n", 403);
    client_expect_end(&f->client);
}

struct upload {
    struct client *client;
    size_t bytes;
};

static void *send_lines(void *arg) {
    struct upload *u = arg;
    char line[101];
    for (size_t sent = 0; sent < u->bytes; sent += 100) {
        snprintf(line, sizeof line, "%099zu\n", sent);
        client_send(u->client, line, 100);
    }
    return NULL;
}

// A reader that does not read stops its own sender, not others; when it reads on, every line comes, in order.
static void test_stream_slow_reader(void **state) {
    struct fixture *f = *state;
    start(f);
    struct upload upload = {&f->client, 32u * 1024 * 1024 / 100 * 100};
    char head[128];
    snprintf(head, sizeof head, "POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", upload.bytes);
    client_say(&f->client, head);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, send_lines, &upload), 0);
    struct client other = another(f);
    uint64_t received = 0, before;
    do { // until the server reads no more
        before = received;
        for (unsigned i = 0; i < 50; i++) get(f, &other, "/echo?q=x", 200, "x");
        struct pollfd never = {other.fd, POLLIN, 0};
        assert_int_equal(poll(&never, 1, 50), 0);
        received = metrics_sum(server_metrics(f->server), METRIC_BYTES_IN);
    } while (received - before > 4096);
    assert_true(received < upload.bytes);
    client_close(&other);
    client_answer(&f->client, &f->answer, false);
    pthread_join(thread, NULL);
    assert_int_equal(f->answer.n, upload.bytes);
    for (size_t at = 0; at < upload.bytes; at += 100) assert_int_equal(strtoul(f->answer.body + at, NULL, 10), at);
}

static void test_stream_client_gone(void **state) {
    struct fixture *f = *state;
    start(f);
    client_say(&f->client, "POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc\n");
    client_until(&f->client, "abc\n");
    client_reset(&f->client);
    wait_for(&world.closed);
    f->client = another(f);
    client_say(&f->client, "POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc\n");
    shutdown(f->client.fd, SHUT_WR); // the body will never be complete
    wait_for(&world.closed);
    client_close(&f->client);
    f->client = another(f);
    get(f, &f->client, "/echo?q=fine", 200, "fine");
}

// ---- the server as a whole ----------------------------------------------------------------------------------------

static void test_drain(void **state) {
    struct fixture *f = *state;
    start(f);
    struct client idle = another(f), busy = another(f);
    get(f, &idle, "/echo?q=1", 200, "1");
    client_say(&busy, "GET /defer HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&world.arrived);
    server_drain(f->server);
    client_expect_end(&idle);
    client_expect_end(&f->client);
    request_complete(world.deferred);
    client_answer(&busy, &f->answer, false);
    assert_string_equal(f->answer.body, "resumed");
    assert_string_equal(answer_header(&f->answer, "Connection"), "close");
    client_expect_end(&busy);
    client_close(&idle);
    client_close(&busy);
    stop(f); // and it ends
}

// Who does not finish within the drain's time is cut off.
static void test_drain_deadline(void **state) {
    struct fixture *f = *state;
    f->options.drain_time_ms = 50;
    start(f);
    client_say(&f->client, "POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc\n");
    client_until(&f->client, "abc\n");
    stop(f);
    wait_for(&world.closed);
}

static void write_keys(const char *path, char text[KEY_TEXT_BYTES]) {
    struct fault why;
    struct key key;
    assert_int_equal(key_generate(SCOPE_SEARCH, &key, text, &why), ERR_OK);
    assert_int_equal(keyfile_add(path, &key, &why), ERR_OK);
}

static void test_keys(void **state) {
    struct fixture *f = *state;
    char dir[] = "/tmp/rightfit-server-XXXXXX", key[KEY_TEXT_BYTES], text[512];
    assert_non_null(mkdtemp(dir));
    snprintf(f->options.keys, sizeof f->options.keys, "%s/keys", dir);
    write_keys(f->options.keys, key);
    start(f);
    get(f, &f->client, "/search", 401, NULL);
    assert_string_equal(answer_header(&f->answer, "WWW-Authenticate"), "Bearer");
    exchange(f, "GET /search HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer abcdefgh.wrong\r\n\r\n", 401);
    snprintf(text, sizeof text, "GET /search HTTP/1.1\r\nHost: a\r\nAuthorization: bearer %s\r\n\r\n", key);
    exchange(f, text, 200);
    snprintf(text, sizeof text, "POST /write HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Length: 0\r\n\r\n", key);
    exchange(f, text, 403);
    get(f, &f->client, "/1/search", 403, "{\"message\":\"Invalid Application-Id or API-Key\",\"status\":403}");
    snprintf(text, sizeof text, "/1/search?X-Algolia-API-Key=%s", key);
    get(f, &f->client, text, 200, NULL);
    snprintf(text, sizeof text, "GET /1/search HTTP/1.1\r\nHost: a\r\nx-algolia-api-key: %s\r\n\r\n", key);
    exchange(f, text, 200);
    get(f, &f->client, "/echo?q=public", 200, "public");
    // unauthorised bodies are not read
    exchange(f, "POST /write HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n", 401);
    client_expect_end(&f->client);
    unlink(f->options.keys);
    rmdir(dir);
}

static void test_cors(void **state) {
    struct fixture *f = *state;
    strcpy(f->options.cors, "https://shop.example, http://b.example");
    start(f);
    exchange(f, "GET /nothing HTTP/1.1\r\nHost: a\r\nOrigin: http://b.example\r\n\r\n", 404);
    assert_string_equal(answer_header(&f->answer, "Access-Control-Allow-Origin"), "http://b.example");
    assert_string_equal(answer_header(&f->answer, "Vary"), "Origin");
    exchange(f, "GET /echo?q= HTTP/1.1\r\nHost: a\r\nOrigin: http://c.example\r\n\r\n", 200);
    assert_null(answer_header(&f->answer, "Access-Control-Allow-Origin"));
    exchange(f, "OPTIONS /body HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.example\r\nAccess-Control-Request-Method: POST\r\n"
                "Access-Control-Request-Headers: content-type\r\nAccess-Control-Request-Private-Network: true\r\n\r\n", 204);
    assert_string_equal(answer_header(&f->answer, "Access-Control-Allow-Methods"), "POST, OPTIONS");
    assert_string_equal(answer_header(&f->answer, "Access-Control-Allow-Headers"), "content-type");
    assert_string_equal(answer_header(&f->answer, "Access-Control-Allow-Private-Network"), "true");
    assert_null(answer_header(&f->answer, "Content-Length"));
    exchange(f, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204);
    // without keys a foreign page must not write with the browser of whoever runs the server
    exchange(f, "POST /body HTTP/1.1\r\nHost: a\r\nOrigin: http://evil.example\r\nContent-Length: 1\r\n\r\nx", 403);
    exchange(f, "POST /body HTTP/1.1\r\nHost: a:7700\r\nOrigin: http://a:7700\r\nContent-Length: 1\r\n\r\nx", 200);
    exchange(f, "POST /body HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.example\r\nContent-Length: 1\r\n\r\nx", 200);
}

static void test_metrics_and_log(void **state) {
    struct fixture *f = *state;
    char dir[] = "/tmp/rightfit-server-XXXXXX";
    assert_non_null(mkdtemp(dir));
    snprintf(f->options.request_log, sizeof f->options.request_log, "%s/log", dir);
    start(f);
    get(f, &f->client, "/echo?q=secret", 200, NULL);
    char id[32];
    strcpy(id, answer_header(&f->answer, "X-Request-Id"));
    get(f, &f->client, "/nothing", 404, NULL);
    get(f, &f->client, "/readyz", 200, NULL);
    get(f, &f->client, "/metrics", 200, NULL);
    assert_non_null(strstr(f->answer.body, "rightfit_requests_total{method=\"GET\",route=\"/echo\",status=\"2xx\"} 1\n"));
    assert_non_null(strstr(f->answer.body, "rightfit_requests_total{method=\"\",route=\"none\",status=\"4xx\"} 1\n"));
    assert_non_null(strstr(f->answer.body, "rightfit_request_seconds_bucket{method=\"GET\",route=\"/echo\",le=\"+Inf\"} 1\n"));
    assert_non_null(strstr(f->answer.body, "rightfit_request_wait_seconds_total{method=\"GET\",route=\"/echo\"} 0.000000\n"));
    stop(f);
    FILE *log = fopen(f->options.request_log, "r");
    assert_non_null(log);
    char text[4096];
    size_t n = fread(text, 1, sizeof text - 1, log);
    text[n] = 0;
    fclose(log);
    assert_non_null(strstr(text, id));
    assert_non_null(strstr(text, "\"method\":\"GET\",\"path\":\"/echo\",\"status\":200,"));
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "/readyz"));
    unlink(f->options.request_log);
    rmdir(dir);
}

struct load {
    unsigned port;
    unsigned errors;
};

static void *hammer(void *arg) {
    struct load *load = arg;
    struct client c = client_open(load->port);
    struct answer a = {.body = NULL};
    for (unsigned i = 0; i < 300; i++) {
        client_say(&c, i % 3 ? "GET /echo?q=x HTTP/1.1\r\nHost: a\r\n\r\n"
                             : "POST /batches HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n1\n2\n3\n4\n");
        client_answer(&c, &a, false);
        load->errors += a.status != 200;
    }
    free(a.body);
    client_close(&c);
    return NULL;
}

// Several workers and compute threads at once; what there is to race should show here under ThreadSanitizer.
static void test_many_threads(void **state) {
    struct fixture *f = *state;
    f->options.workers = 3;
    f->options.compute_threads = 2;
    strcpy(f->options.request_log, "/dev/null");
    start(f);
    pthread_t threads[8];
    struct load loads[8];
    for (unsigned i = 0; i < 8; i++) {
        loads[i] = (struct load){server_port(f->server), 0};
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, &loads[i]), 0);
    }
    for (unsigned i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(loads[i].errors, 0);
    }
    get(f, &f->client, "/metrics", 200, NULL);
    assert_non_null(strstr(f->answer.body, "rightfit_requests_total{method=\"GET\",route=\"/echo\",status=\"2xx\"} 1600\n"));
}

static void test_refuses_to_start(void **state) {
    struct fixture *f = *state;
    struct fault why;
    strcpy(f->options.listen, "0.0.0.0:0");
    assert_int_equal(server_start(&f->options, table, 1, NULL, &f->server, &why), ERR_BAD_REQUEST);
    strcpy(f->options.keys, "/nowhere/keys");
    assert_int_equal(server_start(&f->options, table, 1, NULL, &f->server, &why), ERR_IO);
    assert_null(f->server);
    f->options.keys[0] = 0;
    strcpy(f->options.listen, "127.0.0.1:0");
    start(f);
    struct server *second = NULL;
    struct options taken = f->options;
    snprintf(taken.listen, sizeof taken.listen, "127.0.0.1:%u", server_port(f->server));
    assert_int_equal(server_start(&taken, table, 1, NULL, &second, &why), ERR_IO);
    assert_string_equal(why.field, "listen");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_keep_alive), T(test_status_codes), T(test_malformed_closes), T(test_pipelining), T(test_byte_by_byte),
        T(test_failure_without_a_word), T(test_half_closed), T(test_requests_per_connection),
        T(test_oversized), T(test_expect_continue), T(test_slow_header), T(test_idle_and_stalled_body),
        T(test_stalled_reader), T(test_connection_limit),
        T(test_deferral), T(test_deferral_half_closed), T(test_deferral_client_gone), T(test_compute_queue),
        T(test_compute_deadline),
        T(test_stream), T(test_stream_answers_before_the_end), T(test_stream_http10), T(test_stream_overlong_line),
        T(test_stream_batches), T(test_stream_slow_reader), T(test_stream_client_gone),
        T(test_drain), T(test_drain_deadline), T(test_keys), T(test_cors), T(test_metrics_and_log), T(test_many_threads),
        T(test_refuses_to_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

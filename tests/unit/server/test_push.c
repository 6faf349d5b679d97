// Answers that stay open, over real sockets with the real queue of a fleet behind them: order, slow and gone readers, two threads, the end.
#include "tests/unit/server/client.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "server/fleet.h"
#include "server/health.h"
#include "server/metrics.h"
#include "server/push.h"
#include "server/respond.h"
#include "server/server.h"

#define KEY "aaaaaaaa"
#define PADDING 4000 // a message's, so that few fill the sockets
#define USERS 50
#define ROUNDS 200
#define PUBLISHERS 2
#define READERS 3

// ---- the application: a stream tells each note with the number of what was published for its user ------------------------------------------

static struct {
    _Atomic int64_t ahead_us; // of the clock
    _Atomic unsigned numbers[USERS * PUBLISHERS];
    sem_t closed;
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

static enum push_step take(struct request *rq) {
    struct fleet_note n;
    switch (fleet_next(rq->app, rq->stream_state, &n)) {
    case FLEET_NOTHING: return PUSH_WAIT;
    case FLEET_GAP: buf_slice_put(&rq->out, SLICE("event: gap\n\n")); return PUSH_MORE;
    case FLEET_REPLACED: buf_slice_put(&rq->out, SLICE("event: replaced\n\n")); return PUSH_END;
    case FLEET_NOTE: break;
    }
    unsigned number = n.user[0] == 'n' ? atomic_load(&world.numbers[strtoul(n.user + 1, NULL, 10)]) : 0;
    buf_printf(&rq->out, "id: %llu\ndata: %s %u ", (unsigned long long)n.id, n.user, number);
    for (unsigned i = 0; n.user[0] == 'x' && i < PADDING; i++) buf_char(&rq->out, '.');
    buf_slice_put(&rq->out, SLICE("\n\n"));
    return PUSH_MORE;
}

static void closed(struct request *rq) {
    fleet_close(rq->app, rq->stream_state);
    sem_post(&world.closed);
}

static enum err open_stream(struct request *rq, struct fault *why) {
    static const struct push push = {.take = take, .close = closed};
    struct fleet_stream *s;
    if (request_param(rq, "key").p) memcpy(rq->key_id, KEY, sizeof KEY);
    TRY(fleet_open(rq->app, rq, request_param(rq, "users"), false, 0, &s, why));
    rq->stream_state = s;
    request_push(rq, &push);
    return ERR_OK;
}

static const char *const params[] = {"users", "key", NULL};
static const struct route table[] = {
    {METHOD_GET, "/stream", .handler = open_stream, .params = params},
    {METHOD_GET, "/keyed", SCOPE_SEARCH, .handler = open_stream, .params = params},
    {METHOD_GET, "/metrics", .handler = health_metrics},
};

// ---- fixture ------------------------------------------------------------------------------------------------------------------------------

struct fixture {
    struct options options;
    struct fleet *fleet;
    struct server *server;
    struct client client;
    struct answer answer;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    options_init(&f->options);
    strcpy(f->options.listen, "127.0.0.1:0");
    f->options.workers = 2;
    f->options.clock = &test_clock;
    f->client.fd = -1;
    f->fleet = fleet_new(&clock_system);
    sem_init(&world.closed, 0, 0);
    atomic_store(&world.ahead_us, 0);
    *state = f;
    return f->fleet ? 0 : -1;
}

static void start(struct fixture *f) {
    struct fault why = {ERR_OK, "", ""};
    const struct server_app app = {.app = f->fleet};
    if (server_start(&f->options, table, sizeof table / sizeof *table, &app, &f->server, &why) != ERR_OK) fail_msg("server_start: %s", why.message);
    f->client = client_open(server_port(f->server));
}

static void stop(struct fixture *f) {
    if (f->server) server_stop(f->server);
    f->server = NULL;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    if (f->client.fd >= 0) client_close(&f->client);
    stop(f);
    fleet_free(f->fleet);
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

static void publish(struct fixture *f, const char *key, const char *user) {
    char id[KEY_ID_CHARS + 1] = "";
    memcpy(id, key, strlen(key));
    struct event e = {.type = EVENT_TELEMETRY, .user = slice_str(user)};
    fleet_publish(f->fleet, id, &e, 1);
}

static void ask(struct client *c, const char *path, const char *more) {
    char text[1024];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", path, more);
    client_say(c, text);
}

static struct client open_client(struct fixture *f, const char *path) {
    struct client c = client_open(server_port(f->server));
    ask(&c, path, "");
    client_until(&c, "retry: 2000\n\n");
    return c;
}

// What metrics say, read until `line` is there.
static void wait_metric(struct fixture *f, const char *line) {
    struct client c = client_open(server_port(f->server));
    do {
        ask(&c, "/metrics", "");
        client_answer(&c, &f->answer, false);
    } while (!strstr(f->answer.body, line));
    client_close(&c);
}

// ---- one stream ----------------------------------------------------------------------------------------------------------------------------

static void test_head_and_order(void **state) {
    struct fixture *f = *state;
    start(f);
    struct client c = open_client(f, "/stream?users=b,a");
    const char *headers[] = {"Content-Type: text/event-stream\r\n", "Cache-Control: no-store, no-transform\r\n", "X-Accel-Buffering: no\r\n"};
    for (unsigned i = 0; i < 3; i++) assert_non_null(strstr(c.p, headers[i]));
    publish(f, "", "a");
    publish(f, "", "other");
    publish(f, "", "b");
    const char *b = client_until(&c, "data: b 0 \n\n"), *a = strstr(c.p, "data: a 0 \n\n");
    assert_true(a && a < b);
    assert_null(strstr(c.p, "other"));
    client_close(&c);
    wait_for(&world.closed);
}

static void test_http10(void **state) {
    struct fixture *f = *state;
    start(f);
    client_say(&f->client, "GET /stream?users=a HTTP/1.0\r\n\r\n");
    client_until(&f->client, "\r\n\r\nretry: 2000\n\n"); // no chunks
    publish(f, "", "a");
    client_until(&f->client, "\n\nid: ");
    stop(f);
    while (client_more(&f->client)) continue;
}

static void test_beat(void **state) {
    struct fixture *f = *state;
    start(f);
    struct client c = open_client(f, "/stream?users=a");
    for (unsigned i = 0; i < 3; i++) {
        atomic_fetch_add(&world.ahead_us, PUSH_BEAT_MS * INT64_C(1000) + 1000);
        client_until(&c, "\n:\n\n");
        client_drop(&c, c.n);
    }
    client_close(&c);
}

// It is an answered request in the counts, but for its time, which is a stream's.
static void test_metrics(void **state) {
    struct fixture *f = *state;
    start(f);
    struct client c = open_client(f, "/stream?users=a");
    wait_metric(f, "rightfit_streams 1\n");
    assert_non_null(strstr(f->answer.body, "rightfit_requests_total{method=\"GET\",route=\"/stream\",status=\"2xx\"} 1\n"));
    assert_non_null(strstr(f->answer.body, "rightfit_requests_in_flight 1\n")); // the scrape itself
    client_close(&c);
    wait_metric(f, "rightfit_streams 0\n");
    assert_null(strstr(f->answer.body, "rightfit_request_seconds_count{method=\"GET\",route=\"/stream\"}"));
    assert_non_null(strstr(f->answer.body, "rightfit_clients_gone_total 0\n"));
    wait_for(&world.closed);
}

// ---- who does not read -----------------------------------------------------------------------------------------------------------------------

// Publishes for `count` people of the key, and waits until the one reader that reads has heard of them all.
static void publish_many(struct fixture *f, struct client *reader, unsigned from, unsigned count) {
    char user[16], mark[32];
    for (unsigned i = from; i < from + count; i++) {
        snprintf(user, sizeof user, "x%u", i);
        publish(f, KEY, user);
        if (i % 50 && i + 1 < from + count) continue;
        publish(f, "", "mark");
        snprintf(mark, sizeof mark, "data: mark");
        client_until(reader, mark);
        client_drop(reader, reader->n);
    }
}

// More than the sockets and the queue hold: told of the gap as soon as it reads on, then what waited, then news again.
static void test_overflow(void **state) {
    struct fixture *f = *state;
    start(f);
    struct client slow = open_client(f, "/stream?key=1"), reader = open_client(f, "/stream?users=mark");
    struct fleet_stats stats = {0};
    unsigned published = 0;
    for (; stats.gaps == 0; fleet_stats(f->fleet, &stats), published += 50) {
        assert_true(published < 100000);
        publish_many(f, &reader, published, 50);
    }
    client_until(&slow, "event: gap\n\n");
    client_until(&slow, "data: x255 "); // it waited
    for (publish(f, KEY, "last"); !strstr(slow.p, "data: last "); publish(f, KEY, "last")) assert_true(client_more(&slow)); // when there is room
    client_close(&slow);
    client_close(&reader);
}

static void test_stalled_reader_is_closed(void **state) {
    struct fixture *f = *state;
    f->options.progress_time_ms = 40;
    start(f);
    struct client slow = open_client(f, "/stream?key=1"), reader = open_client(f, "/stream?users=mark");
    struct fleet_stats stats = {0};
    for (unsigned n = 0; n < 5000 && sem_trywait(&world.closed) != 0; n += 50) publish_many(f, &reader, n, 50);
    wait_metric(f, "rightfit_connections_timed_out_total 1\n");
    wait_metric(f, "rightfit_streams 1\n");
    fleet_stats(f->fleet, &stats);
    assert_int_equal(stats.streams, 1); // the one that reads
    client_close(&slow);
    client_close(&reader);
}

static void test_client_gone(void **state) {
    struct fixture *f = *state;
    start(f);
    struct client c = open_client(f, "/stream?users=a"), d = open_client(f, "/stream?users=a");
    client_reset(&c);
    client_close(&d);
    wait_for(&world.closed);
    wait_for(&world.closed);
    publish(f, "", "a");
}

// ---- the end ---------------------------------------------------------------------------------------------------------------------------------

static void expect_clean_end(struct client *c) {
    while (client_more(c)) continue;
    assert_true(slice_ends(slice_of(c->p, c->n), SLICE("0\r\n\r\n")));
    client_close(c);
}

static void test_replaced(void **state) {
    struct fixture *f = *state;
    start(f);
    struct client old = open_client(f, "/stream?key=1");
    for (unsigned i = 0; i < 20; i++) { // on this worker and on the other
        struct client new = open_client(f, "/stream?key=1");
        client_until(&old, "event: replaced\n\n");
        expect_clean_end(&old);
        old = new;
    }
    publish(f, KEY, "a");
    client_until(&old, "data: a 0 ");
    client_close(&old);
}

static void test_drain_ends_streams_at_once(void **state) {
    struct fixture *f = *state;
    f->options.drain_time_ms = 3600000; // not by that
    start(f);
    struct client c = open_client(f, "/stream?users=a"), slow = open_client(f, "/stream?key=1"), reader = open_client(f, "/stream?users=mark");
    struct fleet_stats stats = {0};
    for (unsigned n = 0; stats.gaps == 0; fleet_stats(f->fleet, &stats), n += 50) publish_many(f, &reader, n, 50);
    stop(f);
    expect_clean_end(&c);
    expect_clean_end(&reader);
    while (client_more(&slow)) continue; // it was cut, and is let go
    client_close(&slow);
}

// A key that is taken away ends its streams with the next beat.
static void test_revoked_key(void **state) {
    struct fixture *f = *state;
    char dir[] = "/tmp/rightfit-push-XXXXXX", text[KEY_TEXT_BYTES], other[KEY_TEXT_BYTES], header[128];
    struct fault why;
    struct key key, stays;
    assert_non_null(mkdtemp(dir));
    snprintf(f->options.keys, sizeof f->options.keys, "%s/keys", dir);
    assert_int_equal(key_generate(SCOPE_SEARCH, &key, text, &why), ERR_OK);
    assert_int_equal(key_generate(SCOPE_SEARCH, &stays, other, &why), ERR_OK);
    assert_int_equal(keyfile_add(f->options.keys, &key, &why), ERR_OK);
    assert_int_equal(keyfile_add(f->options.keys, &stays, &why), ERR_OK);
    start(f);
    struct client c = client_open(server_port(f->server));
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", other);
    ask(&c, "/keyed", header);
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", text);
    ask(&f->client, "/keyed", header);
    client_until(&c, "retry: 2000\n\n");
    client_until(&f->client, "retry: 2000\n\n");
    atomic_fetch_add(&world.ahead_us, PUSH_BEAT_MS * INT64_C(1000) + 1000);
    client_until(&f->client, "\n:\n\n"); // in force
    assert_int_equal(unlink(f->options.keys), 0);
    assert_int_equal(keyfile_add(f->options.keys, &stays, &why), ERR_OK);
    assert_int_equal(server_reload(f->server, &why), ERR_OK);
    client_until(&c, "\n:\n\n");
    client_drop(&c, c.n);
    do atomic_fetch_add(&world.ahead_us, PUSH_BEAT_MS * INT64_C(1000) + 1000); // the worker takes the new keys up with a tick
    while (client_more(&f->client) && !strstr(f->client.p, "\r\n0\r\n\r\n"));
    expect_clean_end(&f->client);
    f->client.fd = -1;
    client_until(&c, "\n:\n\n"); // the other goes on
    client_close(&c);
    unlink(f->options.keys);
    rmdir(dir);
}

// ---- two threads -------------------------------------------------------------------------------------------------------------------------------

struct publisher { struct fixture *f; unsigned first; };

static void *publish_all(void *arg) {
    const struct publisher *p = arg;
    char user[16];
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = p->first; i < p->first + USERS; i++) {
            snprintf(user, sizeof user, "n%u", i);
            atomic_fetch_add(&world.numbers[i], 1); // as the commit, before the publishing
            publish(p->f, "", user);
        }
    }
    return NULL;
}

struct reading { struct client *c; unsigned numbers[USERS * PUBLISHERS]; uint64_t last_id; unsigned first, told; };

static void read_all(struct reading *r) {
    unsigned done = 0;
    while (done < USERS) {
        const char *end = client_until(r->c, "\n\n"), *id = strstr(r->c->p, "id: "), *data = strstr(r->c->p, "data: n");
        if (id && id < end && data && data < end) {
            unsigned user = (unsigned)strtoul(data + 7, NULL, 10), number = (unsigned)strtoul(strchr(data + 7, ' '), NULL, 10);
            uint64_t now = strtoull(id + 4, NULL, 10);
            assert_true(now > r->last_id);
            assert_true(number >= r->numbers[user]);
            assert_true(user - r->first < USERS);
            done += number == ROUNDS && r->numbers[user] < ROUNDS;
            r->last_id = now;
            r->numbers[user] = number;
            r->told++;
        }
        client_drop(r->c, (size_t)(end - r->c->p) + 2);
    }
}

static void test_two_publishers(void **state) {
    struct fixture *f = *state;
    pthread_t threads[PUBLISHERS];
    struct publisher publishers[PUBLISHERS];
    struct client clients[READERS];
    struct reading readings[READERS] = {0};
    start(f);
    for (unsigned i = 0; i < USERS * PUBLISHERS; i++) atomic_store(&world.numbers[i], 0);
    for (unsigned i = 0; i < READERS; i++) {
        char path[512];
        unsigned first = i % PUBLISHERS * USERS;
        int n = snprintf(path, sizeof path, "/stream?users=");
        for (unsigned u = first; u < first + USERS; u++) n += snprintf(path + n, sizeof path - (size_t)n, "%sn%u", u > first ? "," : "", u);
        clients[i] = open_client(f, path);
        readings[i].c = &clients[i];
        readings[i].first = first;
    }
    for (unsigned i = 0; i < PUBLISHERS; i++) {
        publishers[i] = (struct publisher){f, i * USERS};
        assert_int_equal(pthread_create(&threads[i], NULL, publish_all, &publishers[i]), 0);
    }
    for (unsigned i = 0; i < READERS; i++) read_all(&readings[i]); // everybody's last news arrive at every stream
    for (unsigned i = 0; i < PUBLISHERS; i++) pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < READERS; i++) {
        assert_true(readings[i].told >= USERS && readings[i].told <= USERS * ROUNDS);
        client_close(&clients[i]);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(test_head_and_order), T(test_http10), T(test_beat), T(test_metrics), T(test_overflow), T(test_stalled_reader_is_closed), T(test_client_gone),
        T(test_replaced), T(test_drain_ends_streams_at_once), T(test_revoked_key), T(test_two_publishers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

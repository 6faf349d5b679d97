// Each server over its own protocol: rightfitd over HTTP, PostgreSQL through libpq with prepared statements, Redis through hiredis.
//
// The client holds CONNECTIONS of them, keeps each busy with one batch of 1 or DEPTH questions, and reads the answers in turn; so
// the server always has work. What counts is the CPU time of the server's process for a question, which other work on the machine does
// not change; questions a second say the same where the server's core was its own and the client was quick enough.
#include <hiredis/hiredis.h>
#include <postgresql/libpq-fe.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/peers/peers.h"
#include "index/base/limits.h"
#include "index/names.h"

#define CONNECTIONS 8
#define DEPTH 16
#define ROUNDS 3
#define SECONDS_EACH 1.5
#define SAMPLE 600
#define RECEIVE_BYTES (1 << 18)

enum kind { HTTP, POSTGRES_COVERING, POSTGRES_TYPED, POSTGRES_NORMALISED, REDIS };
struct contender {
    const char *name;
    enum kind kind;
    unsigned depth;
    double per_s[PEERS_ORDERS][ROUNDS], cpu_us[PEERS_ORDERS][ROUNDS], load[PEERS_ORDERS][ROUNDS];
};
static struct contender contenders[] = {
    {.name = "rightfitd, HTTP, one at a time", .kind = HTTP, .depth = 1},
    {.name = "rightfitd, HTTP, 16 pipelined", .kind = HTTP, .depth = DEPTH},
    {.name = "PostgreSQL, normalised join, one at a time", .kind = POSTGRES_NORMALISED, .depth = 1},
    {.name = "PostgreSQL, normalised join, 16 pipelined", .kind = POSTGRES_NORMALISED, .depth = DEPTH},
    {.name = "PostgreSQL, join, type repeated, one at a time", .kind = POSTGRES_TYPED, .depth = 1},
    {.name = "PostgreSQL, join, type repeated, 16 pipelined", .kind = POSTGRES_TYPED, .depth = DEPTH},
    {.name = "PostgreSQL, covering index, one at a time", .kind = POSTGRES_COVERING, .depth = 1},
    {.name = "PostgreSQL, covering index, 16 pipelined", .kind = POSTGRES_COVERING, .depth = DEPTH},
    {.name = "Redis, sorted set, one at a time", .kind = REDIS, .depth = 1},
    {.name = "Redis, sorted set, 16 pipelined", .kind = REDIS, .depth = DEPTH},
};
#define CONTENDERS (sizeof contenders / sizeof *contenders)

struct connection {
    PGconn *postgres;
    redisContext *redis;
    int fd;
    size_t have; // bytes received and not yet read
    char in[RECEIVE_BYTES];
};

struct load {
    struct peers *p;
    struct connection connections[CONNECTIONS];
    struct slice types[LIMIT_TYPES];
    pid_t http_pid, redis_pid;
    struct buf out;
    uint64_t products; // in the answers
};

// ---- rightfitd -----------------------------------------------------------------------------------------------------------------
static int http_connect(const char *port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtol(port, NULL, 10)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) peers_fail("rightfitd", "cannot connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

// The leanest form of the question: ids and scores, in the order of this person.
static void http_send(struct load *l, struct connection *c, const struct peers_ask *asks, unsigned first, unsigned n, unsigned limit) {
    buf_clear(&l->out);
    for (unsigned i = 0; i < n; i++) {
        const struct peers_ask *ask = &asks[(first + i) % PEERS_ASKS];
        buf_printf(&l->out, "GET /v1/search?vehicle=%.*s&type=%.*s&user=%.*s&fields=id,score&limit=%u HTTP/1.1\r\nHost: b\r\n\r\n",
                   SLICE_ARGS(ask->id), SLICE_ARGS(l->types[ask->type]),
                   SLICE_ARGS(l->p->user_ids[(first + i) % PEERS_ASKS]), limit);
    }
    for (size_t at = 0; at < l->out.n;) {
        ssize_t sent = send(c->fd, l->out.p + at, l->out.n - at, MSG_NOSIGNAL);
        if (sent <= 0) peers_fail("rightfitd", "the connection broke");
        at += (size_t)sent;
    }
}

static const char *find(const char *text, const char *end, const char *what) {
    return end > text ? memmem(text, (size_t)(end - text), what, strlen(what)) : NULL;
}

// The bytes of the first answer that has arrived whole; 0: not yet.
static size_t http_whole(const struct connection *c, struct slice *body) {
    const char *end = c->in + c->have, *blank = find(c->in, end, "\r\n\r\n");
    if (!blank) return 0;
    const char *length = find(c->in, blank, "Content-Length: ");
    if (strncmp(c->in, "HTTP/1.1 200", 12) != 0 || !length) {
        fprintf(stderr, "%.*s\n", (int)c->have, c->in);
        peers_fail("rightfitd", "an answer is not 200");
    }
    *body = slice_of(blank + 4, strtoul(length + 16, NULL, 10));
    size_t all = (size_t)(blank + 4 - c->in) + body->n;
    return all <= c->have ? all : 0;
}

typedef void id_fn(void *arg, struct slice id);

// The ids of an answer's products that fit; the members come as id, score, verdict.
static unsigned http_ids(struct slice body, id_fn *each, void *arg) {
    const char *at = body.p, *end = body.p + body.n;
    unsigned n = 0;
    while ((at = find(at, end, "{\"id\":\""))) {
        const char *id = at + 7, *close = memchr(id, '"', (size_t)(end - id)), *after = find(id, end, "}");
        if (!close || !after) peers_fail("rightfitd", "an answer is cut short");
        if (each && find(id, after, "\"verdict\":\"fits\"")) each(arg, slice_of(id, (size_t)(close - id)));
        at = after;
        n++;
    }
    return n;
}

static void http_receive(struct load *l, struct connection *c, unsigned n, id_fn *each, void *arg) {
    while (n) {
        struct slice body;
        size_t whole = http_whole(c, &body);
        if (whole) {
            l->products += http_ids(body, each, arg);
            memmove(c->in, c->in + whole, c->have - whole);
            c->have -= whole;
            n--;
            continue;
        }
        ssize_t got = recv(c->fd, c->in + c->have, sizeof c->in - c->have, 0);
        if (got <= 0) peers_fail("rightfitd", "the connection broke");
        c->have += (size_t)got;
    }
}

// ---- PostgreSQL ----------------------------------------------------------------------------------------------------------------
static void postgres_prepare(PGconn *c, const char *name, const char *sql) {
    static const Oid types[2] = {23, 23}; // int4
    PGresult *r = PQprepare(c, name, sql, 2, types);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) peers_fail("PostgreSQL", PQerrorMessage(c));
    PQclear(r);
}

static PGconn *postgres_connect(const char *where) {
    PGconn *c = PQconnectdb(where);
    if (PQstatus(c) != CONNECTION_OK) peers_fail("PostgreSQL", PQerrorMessage(c));
    PQclear(PQexec(c, "SET plan_cache_mode = force_generic_plan")); // spares it planning the same again
    PQclear(PQexec(c, "SET jit = off"));
    postgres_prepare(c, "normalised", peers_names.normalised);
    postgres_prepare(c, "covering", peers_names.covering);
    postgres_prepare(c, "typed", peers_names.typed);
    postgres_prepare(c, "normalised_all", peers_names_all.normalised);
    postgres_prepare(c, "typed_all", peers_names_all.typed);
    postgres_prepare(c, "covering_all", peers_names_all.covering);
    return c;
}

static void postgres_send(PGconn *c, const char *statement, const struct peers_ask *asks, unsigned first, unsigned n) {
    if (n > 1) PQenterPipelineMode(c);
    for (unsigned i = 0; i < n; i++) {
        const struct peers_ask *ask = &asks[(first + i) % PEERS_ASKS];
        uint32_t car = htonl(ask->configuration), type = htonl(ask->type);
        const char *values[2] = {(const char *)&car, (const char *)&type};
        static const int lengths[2] = {4, 4}, formats[2] = {1, 1};
        if (!PQsendQueryPrepared(c, statement, 2, values, lengths, formats, 1)) peers_fail("PostgreSQL", PQerrorMessage(c));
    }
    if (n > 1 && !PQpipelineSync(c)) peers_fail("PostgreSQL", PQerrorMessage(c));
}

static void postgres_receive(struct load *l, PGconn *c, unsigned n, id_fn *each, void *arg) {
    for (unsigned i = 0; i < n; i++)
        for (PGresult *r; (r = PQgetResult(c)); PQclear(r)) {
            if (PQresultStatus(r) != PGRES_TUPLES_OK) peers_fail("PostgreSQL", PQerrorMessage(c));
            l->products += (uint64_t)PQntuples(r);
            for (int k = 0; each && k < PQntuples(r); k++) each(arg, slice_of(PQgetvalue(r, k, 0), (size_t)PQgetlength(r, k, 0)));
        }
    if (n == 1) return;
    PGresult *sync = PQgetResult(c);
    if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC) peers_fail("PostgreSQL", "the pipeline is out of step");
    PQclear(sync);
    PQexitPipelineMode(c);
}

// ---- Redis ---------------------------------------------------------------------------------------------------------------------
static void redis_send(redisContext *c, const struct peers_ask *asks, unsigned first, unsigned n, int last) {
    int done = 0;
    for (unsigned i = 0; i < n; i++) {
        const struct peers_ask *ask = &asks[(first + i) % PEERS_ASKS];
        redisAppendCommand(c, "ZREVRANGE f:%d:%d 0 %d WITHSCORES", (int)ask->configuration, (int)ask->type, last);
    }
    while (!done)
        if (redisBufferWrite(c, &done) != REDIS_OK) peers_fail("Redis", c->errstr);
}

static void redis_receive(struct load *l, redisContext *c, unsigned n, id_fn *each, void *arg) {
    for (unsigned i = 0; i < n; i++) {
        redisReply *r;
        if (redisGetReply(c, (void **)&r) != REDIS_OK || r->type != REDIS_REPLY_ARRAY) peers_fail("Redis", c->errstr);
        l->products += r->elements / 2;
        for (size_t k = 0; each && k < r->elements; k += 2) each(arg, slice_of(r->element[k]->str, r->element[k]->len));
        freeReplyObject(r);
    }
}

// ---- the same answers ------------------------------------------------------------------------------------------------------------
struct set { uint64_t hash, count; }; // order does not matter

static void set_add(void *arg, struct slice id) {
    struct set *s = arg;
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < id.n; i++) h = (h ^ (uint8_t)id.p[i]) * 1099511628211u;
    s->hash += h ^ h >> 29;
    s->count++;
}

static void compare(struct load *l) {
    struct connection *c = &l->connections[0];
    unsigned compared = 0;
    for (unsigned i = 0; i < SAMPLE; i++) {
        const struct peers_ask *asks = l->p->asks[PEERS_UNIFORM];
        struct set sets[5] = {{0, 0}};
        uint64_t before = l->products;
        http_send(l, c, asks, i, 1, 100);
        http_receive(l, c, 1, set_add, &sets[0]);
        if (l->products - before >= 100) continue; // the rest would be on the next page
        postgres_send(c->postgres, "normalised_all", asks, i, 1);
        postgres_receive(l, c->postgres, 1, set_add, &sets[1]);
        postgres_send(c->postgres, "covering_all", asks, i, 1);
        postgres_receive(l, c->postgres, 1, set_add, &sets[2]);
        postgres_send(c->postgres, "typed_all", asks, i, 1);
        postgres_receive(l, c->postgres, 1, set_add, &sets[3]);
        redis_send(c->redis, asks, i, 1, -1);
        redis_receive(l, c->redis, 1, set_add, &sets[4]);
        for (unsigned s = 1; s < 5; s++)
            if (sets[s].hash != sets[0].hash || sets[s].count != sets[0].count) {
                fprintf(stderr, "%.*s type %u: %llu and %llu products\n", SLICE_ARGS(asks[i].id), asks[i].type,
                        (unsigned long long)sets[0].count, (unsigned long long)sets[s].count);
                peers_fail(s == 4 ? "Redis" : s == 2 ? "PostgreSQL, covering" : "PostgreSQL, joined", "not the same products");
            }
        compared += sets[0].count > 0;
    }
    printf("same products from all servers in %u questions\n\n", compared);
    if (compared < SAMPLE / 2) peers_fail("the questions", "too few have an answer");
}

// ---- one measurement ---------------------------------------------------------------------------------------------------------------
static double seconds(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) peers_fail("clock", "the server is gone");
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double process_seconds(pid_t pid) {
    clockid_t clock;
    if (clock_getcpuclockid(pid, &clock) != 0) peers_fail("clock", "the server is gone");
    return seconds(clock);
}

static double server_seconds(struct load *l, enum kind kind) {
    double sum = 0;
    if (kind == HTTP) return process_seconds(l->http_pid);
    if (kind == REDIS) return process_seconds(l->redis_pid);
    for (unsigned i = 0; i < CONNECTIONS; i++) sum += process_seconds(PQbackendPID(l->connections[i].postgres));
    return sum;
}

static const char *const statements[] = {
    [POSTGRES_COVERING] = "covering", [POSTGRES_TYPED] = "typed", [POSTGRES_NORMALISED] = "normalised"};

static void questions_send(struct load *l, struct connection *c, const struct contender *who, const struct peers_ask *asks, unsigned at) {
    if (who->kind == HTTP) http_send(l, c, asks, at, who->depth, PEERS_TOP);
    else if (who->kind == REDIS) redis_send(c->redis, asks, at, who->depth, PEERS_TOP - 1);
    else postgres_send(c->postgres, statements[who->kind], asks, at, who->depth);
}

static void answers_receive(struct load *l, struct connection *c, const struct contender *who) {
    if (who->kind == HTTP) http_receive(l, c, who->depth, NULL, NULL);
    else if (who->kind == REDIS) redis_receive(l, c->redis, who->depth, NULL, NULL);
    else postgres_receive(l, c->postgres, who->depth, NULL, NULL);
}

static void measure(struct load *l, struct contender *who, enum peers_order order, int round) {
    static unsigned next;
    const struct peers_ask *asks = l->p->asks[order];
    uint64_t asked = 0, before = l->products;
    double cpu = server_seconds(l, who->kind), began = seconds(CLOCK_MONOTONIC), took = 0;
    for (unsigned i = 0; i < CONNECTIONS; i++, next += who->depth) questions_send(l, &l->connections[i], who, asks, next);
    bool more = true;
    while (more) {
        took = seconds(CLOCK_MONOTONIC) - began;
        more = took < SECONDS_EACH;
        for (unsigned i = 0; i < CONNECTIONS; i++) {
            answers_receive(l, &l->connections[i], who);
            asked += who->depth;
            if (!more) continue;
            questions_send(l, &l->connections[i], who, asks, next);
            next += who->depth;
        }
    }
    took = seconds(CLOCK_MONOTONIC) - began;
    cpu = server_seconds(l, who->kind) - cpu;
    if (l->products == before) peers_fail(who->name, "nothing was found");
    if (round < 0) return;
    who->per_s[order][round] = (double)asked / took;
    who->cpu_us[order][round] = cpu * 1e6 / (double)asked;
    who->load[order][round] = cpu / took;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values) {
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2];
}

// Ratios compare like with like: one at a time with one at a time, pipelined with pipelined.
static void print(enum peers_order order) {
    printf("%s cars\n%-48s %11s %9s %9s %9s\n", peers_order_names[order], "", "questions/s", "CPU us", "of a core", "x our CPU");
    for (unsigned i = 0; i < CONTENDERS; i++) {
        struct contender *c = &contenders[i];
        double cpu = median(c->cpu_us[order]), own = median(contenders[c->depth == 1 ? 0 : 1].cpu_us[order]);
        printf("%-48s %11.0f %9.2f %9.2f %9.2f\n", c->name, median(c->per_s[order]), cpu, median(c->load[order]), cpu / own);
    }
    printf("\n");
}

static void type_names(struct load *l) {
    peers_request(l->p);
    for (unsigned o = 0; o < PEERS_ORDERS; o++)
        for (unsigned i = 0; i < PEERS_ASKS; i++) {
            uint32_t type = l->p->asks[o][i].type;
            if (type >= LIMIT_TYPES) peers_fail("types", "too many");
            if (!l->types[type].p) l->types[type] = arena_copy(&l->p->keep, names_text(l->p->view, NAMES_TYPE, type));
        }
}

int peers_load(struct peers *p, const char *postgres, const char *redis_port, const char *redis_pid, const char *http_port,
               const char *http_pid, const char *only) {
    static struct load l;
    if (!postgres || !redis_port || !redis_pid || !http_port || !http_pid) peers_fail("load", "a server is missing");
    l.p = p;
    l.http_pid = (pid_t)strtol(http_pid, NULL, 10);
    l.redis_pid = (pid_t)strtol(redis_pid, NULL, 10);
    buf_init(&l.out, NULL, 1 << 14);
    type_names(&l);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        l.connections[i].fd = http_connect(http_port);
        l.connections[i].postgres = postgres_connect(postgres);
        l.connections[i].redis = redisConnect("127.0.0.1", (int)strtol(redis_port, NULL, 10));
        if (!l.connections[i].redis || l.connections[i].redis->err) peers_fail("Redis", "cannot connect");
    }
    if (!only) compare(&l);
    for (unsigned o = 0; o < PEERS_ORDERS; o++)
        for (int r = -1; r < ROUNDS; r++) // the first warms up
            for (unsigned i = 0; i < CONTENDERS; i++)
                if (!only || strstr(contenders[i].name, only)) measure(&l, &contenders[i], (enum peers_order)o, r);
    printf("one server core each, %d connections, medians of %d rounds of %.1f s in turns; CPU us: of the server's process, for one "
           "question\n",
           CONNECTIONS, ROUNDS, SECONDS_EACH);
    for (unsigned o = 0; o < PEERS_ORDERS; o++) print((enum peers_order)o);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        close(l.connections[i].fd);
        PQfinish(l.connections[i].postgres);
        redisFree(l.connections[i].redis);
    }
    buf_free(&l.out);
    return 0;
}

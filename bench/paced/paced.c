// An open loop: requests begin at moments drawn beforehand, whether the server has kept up or not, and each is timed from the moment it was
// meant to begin. A closed loop (wrk) waits for the last answer instead, so it cannot say what latency a rate has.
//
//   rightfit-paced PORT FILE RATE SECONDS [CONNECTIONS]
//
// FILE: a request a line, a path, or a path, a tab and a JSON body; taken in turn. RATE: requests a second in all, at random moments as of clients
// that know nothing of each other (exponential gaps, fixed seed). One that finds all connections (64) busy waits for the first to be free, and its
// waiting counts. The first fifth warms up and is not counted. Prints "rate p50 p90 p99 p99.9 largest bad": requests a second answered, microseconds,
// answers that were not 200. Sleeps until shortly before the next request is due and then looks at the clock, so that it wants a core of its own; above
// other work (chrt -f 1) its own waiting is not measured either.
#include <arpa/inet.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096, ANSWER_BYTES = 1 << 20, EVENTS = 64 };
#define AWAKE_S 50e-6 // no sleeping for less

struct text { char *p; size_t n; };
struct connection {
    int fd;
    double meant_s; // when its request was meant to begin
    char *answer;
    size_t got;
};
struct load {
    struct text *requests;
    size_t request_count, at;
    double *meant_s, *took_us; // of each request
    size_t planned, begun, done, bad, warm;
    struct connection connections[CONNECTIONS_MAX];
    unsigned connection_count, idle_count;
    unsigned idle[CONNECTIONS_MAX];
    int epoll;
};

static void fail(const char *what) {
    perror(what);
    exit(2);
}

static void *space(size_t bytes) {
    void *p = malloc(bytes ? bytes : 1);
    if (!p) fail("rightfit-paced");
    return p;
}

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// ---- requests ---------------------------------------------------------------------------------------------------------------
static struct text request_of(char *line) {
    struct text out;
    char *body = strchr(line, '\t');
    if (body) *body++ = 0;
    size_t room = strlen(line) + (body ? strlen(body) : 0) + 256;
    out.p = space(room);
    out.n = (size_t)(body ? snprintf(out.p, room, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                                     line, strlen(body), body)
                          : snprintf(out.p, room, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", line));
    return out;
}

static void requests_read(struct load *l, const char *path) {
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0, capacity = 0;
    if (!f) fail(path);
    for (ssize_t n; (n = getline(&line, &room, f)) > 0;) {
        if (line[n - 1] == '\n') line[n - 1] = 0;
        if (l->request_count == capacity) {
            capacity = capacity ? capacity * 2 : 1024;
            l->requests = realloc(l->requests, capacity * sizeof *l->requests);
            if (!l->requests) fail("rightfit-paced");
        }
        l->requests[l->request_count++] = request_of(line);
    }
    free(line);
    fclose(f);
    if (l->request_count == 0) fail(path);
}

static double random_share(uint64_t *state) { // xorshift64*, above 0 and at most 1
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return ((double)((*state * UINT64_C(2685821657736338717)) >> 11) + 1) / 9007199254740992.0;
}

static void moments_draw(struct load *l, double rate, double seconds) {
    uint64_t state = 20261122;
    double at = 0;
    l->planned = (size_t)(rate * seconds);
    l->warm = l->planned / 5;
    l->meant_s = space(l->planned * sizeof *l->meant_s);
    l->took_us = space(l->planned * sizeof *l->took_us);
    for (size_t i = 0; i < l->planned; i++) l->meant_s[i] = at -= log(random_share(&state)) / rate;
}

// ---- connections ---------------------------------------------------------------------------------------------------------------
static void connections_open(struct load *l, unsigned port, unsigned count) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    l->epoll = epoll_create1(0);
    for (unsigned i = 0; i < count; i++) {
        struct connection *c = &l->connections[i];
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        *c = (struct connection){.fd = socket(AF_INET, SOCK_STREAM, 0), .answer = space(ANSWER_BYTES + 1)};
        if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to)) fail("connect");
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &event)) fail("epoll_ctl");
        l->idle[l->idle_count++] = i;
    }
    l->connection_count = count;
}

static void begin(struct load *l) {
    struct connection *c = &l->connections[l->idle[--l->idle_count]];
    struct text *request = &l->requests[l->at++ % l->request_count];
    c->meant_s = l->meant_s[l->begun++];
    c->got = 0;
    if (write(c->fd, request->p, request->n) != (ssize_t)request->n) fail("write"); // far smaller than a socket's buffer
}

// Whether the answer is there in whole; all of ours tell their length.
static bool whole(struct connection *c) {
    c->answer[c->got] = 0;
    char *end = strstr(c->answer, "\r\n\r\n"), *length = end ? strcasestr(c->answer, "\r\ncontent-length:") : NULL;
    if (!end) return false;
    if (!length || length > end) {
        fprintf(stderr, "rightfit-paced: an answer without its length\n");
        exit(2);
    }
    return c->got >= (size_t)(end + 4 - c->answer) + strtoul(length + 17, NULL, 10);
}

static void readable(struct load *l, unsigned i, double start_s) {
    struct connection *c = &l->connections[i];
    ssize_t n = recv(c->fd, c->answer + c->got, ANSWER_BYTES - c->got, 0);
    if (n <= 0) fail("recv");
    c->got += (size_t)n;
    if (!whole(c)) return;
    l->bad += strncmp(c->answer, "HTTP/1.1 200", 12) != 0;
    l->took_us[l->done++] = (now_s() - start_s - c->meant_s) * 1e6;
    l->idle[l->idle_count++] = i;
}

// Until an answer comes or the next request is due.
static int wait_for(struct load *l, struct epoll_event *events, double start_s) {
    bool can_begin = l->begun < l->planned && l->idle_count;
    double left_s = can_begin ? l->meant_s[l->begun] - (now_s() - start_s) - AWAKE_S : 1;
    struct timespec until = {0, left_s > 0 ? (long)((left_s < 1 ? left_s : 0.999) * 1e9) : 0};
    return epoll_pwait2(l->epoll, events, EVENTS, &until, NULL);
}

static double run(struct load *l) {
    double start_s = now_s() + 0.01;
    prctl(PR_SET_TIMERSLACK, 1UL);
    while (l->done < l->planned) {
        struct epoll_event events[EVENTS];
        while (l->begun < l->planned && l->idle_count && now_s() - start_s >= l->meant_s[l->begun]) begin(l);
        int n = wait_for(l, events, start_s);
        for (int i = 0; i < n; i++) readable(l, events[i].data.u32, start_s);
    }
    return now_s() - start_s;
}

static int ascending(const void *a, const void *b) { return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b); }

int main(int argc, char **argv) {
    static struct load l;
    unsigned long connections = argc > 5 ? strtoul(argv[5], NULL, 10) : 64, port = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    double rate = argc > 4 ? strtod(argv[3], NULL) : 0, length_s = argc > 4 ? strtod(argv[4], NULL) : 0;
    if (connections == 0 || connections > CONNECTIONS_MAX || port == 0 || port > UINT16_MAX || !(rate * length_s >= 1)) {
        fprintf(stderr, "usage: rightfit-paced PORT FILE RATE SECONDS [CONNECTIONS]\n");
        return 2;
    }
    requests_read(&l, argv[2]);
    moments_draw(&l, rate, length_s);
    connections_open(&l, (unsigned)port, (unsigned)connections);
    double seconds = run(&l);
    double *took = l.took_us + l.warm; // in the order of the answers
    size_t n = l.done - l.warm;
    qsort(took, n, sizeof *took, ascending);
    printf("%.0f", (double)l.done / seconds);
    for (unsigned i = 0; i < 4; i++) printf(" %.0f", took[(size_t)((double)n * (double[]){0.5, 0.9, 0.99, 0.999}[i])]);
    printf(" %.0f %zu\n", took[n - 1], l.bad);
    return 0;
}

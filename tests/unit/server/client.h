// client.h: a blocking HTTP client for tests, strict about what it reads. Every wait has a deadline of ten seconds.
#ifndef RF_TESTS_SERVER_CLIENT_H
#define RF_TESTS_SERVER_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/base/slice.h"

struct client {
    int fd;
    char *p; // received and not used
    size_t n, capacity;
};

struct answer {
    int status;
    char head[4096];
    char *body; // 0-terminated, of the client's own memory until the next answer
    size_t n;
};

static inline struct client client_open(unsigned port) {
    struct client c = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct timeval patience = {10, 0};
    assert_int_equal(setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(setsockopt(c.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(c.fd, (struct sockaddr *)&to, sizeof to), 0);
    return c;
}

static inline void client_close(struct client *c) {
    close(c->fd);
    free(c->p);
    c->p = NULL;
}

static inline void client_reset(struct client *c) { // RST instead of FIN
    struct linger now = {1, 0};
    assert_int_equal(setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    client_close(c);
}

static inline void client_send(struct client *c, const char *text, size_t n) {
    for (size_t at = 0; at < n;) {
        ssize_t sent = send(c->fd, text + at, n - at, MSG_NOSIGNAL);
        assert_true(sent > 0);
        at += (size_t)sent;
    }
}

static inline void client_say(struct client *c, const char *text) { client_send(c, text, strlen(text)); }

static inline bool client_more(struct client *c) { // false: the end
    if (c->capacity - c->n < 65536) {
        c->capacity = c->capacity * 2 + 65536;
        c->p = realloc(c->p, c->capacity);
        assert_non_null(c->p);
    }
    ssize_t n = recv(c->fd, c->p + c->n, c->capacity - c->n - 1, 0);
    if (n < 0) assert_int_equal(errno, ECONNRESET); // not a timeout
    if (n > 0) c->n += (size_t)n;
    c->p[c->n] = 0;
    return n > 0;
}

static inline void client_drop(struct client *c, size_t n) {
    memmove(c->p, c->p + n, c->n - n + 1);
    c->n -= n;
}

static inline const char *client_until(struct client *c, const char *mark) { // reads until it is there
    while (!c->p || !strstr(c->p, mark)) assert_true(client_more(c));
    return strstr(c->p, mark);
}

static inline const char *answer_header(const struct answer *a, const char *name) { // the value up to CR, or NULL
    static _Thread_local char value[1024];
    char line[128];
    snprintf(line, sizeof line, "\r\n%s: ", name);
    const char *at = strcasestr(a->head, line);
    if (!at) return NULL;
    at += strlen(line);
    size_t n = strcspn(at, "\r");
    assert_true(n < sizeof value);
    memcpy(value, at, n);
    value[n] = 0;
    return value;
}

static inline void client_chunks(struct client *c, struct answer *a) {
    free(a->body);
    a->body = calloc(1, 1);
    a->n = 0;
    for (;;) {
        const char *end = client_until(c, "\r\n");
        size_t line = (size_t)(end - c->p) + 2, size = strtoul(c->p, NULL, 16);
        while (c->n < line + size + 2) assert_true(client_more(c));
        a->body = realloc(a->body, a->n + size + 1);
        memcpy(a->body + a->n, c->p + line, size);
        a->n += size;
        a->body[a->n] = 0;
        assert_memory_equal(c->p + line + size, "\r\n", 2);
        client_drop(c, line + size + 2);
        if (size == 0) return;
    }
}

static inline void client_head(struct client *c, struct answer *a) {
    const char *end = client_until(c, "\r\n\r\n");
    size_t n = (size_t)(end - c->p) + 4;
    assert_true(n < sizeof a->head);
    memcpy(a->head, c->p, n);
    a->head[n] = 0;
    client_drop(c, n);
    assert_int_equal(strncmp(a->head, "HTTP/1.1 ", 9), 0);
    a->status = atoi(a->head + 9);
}

// One whole answer. `head_only`: to a HEAD request.
static inline void client_answer(struct client *c, struct answer *a, bool head_only) {
    client_head(c, a);
    const char *length = answer_header(a, "Content-Length");
    if (!length && answer_header(a, "Transfer-Encoding")) {
        client_chunks(c, a);
        return;
    }
    a->n = length && !head_only ? strtoul(length, NULL, 10) : 0;
    while (c->n < a->n) assert_true(client_more(c));
    free(a->body);
    a->body = malloc(a->n + 1);
    if (a->n > 0) memcpy(a->body, c->p, a->n);
    a->body[a->n] = 0;
    if (a->n > 0) client_drop(c, a->n);
}

static inline void client_expect_end(struct client *c) {
    assert_int_equal(c->n, 0);
    assert_false(client_more(c));
}

#endif

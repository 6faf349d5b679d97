// Requests as bytes: what is accepted, and a suite of what is refused, each fed whole and one byte at a time.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/http.h"

#define BODY_LIMIT 64

struct outcome {
    int status; // 0: accepted
    const char *why;
    size_t end;
    struct http_head head;
    char buffer[64 * 1024];
    size_t n;
    struct slice body;
};

// Feeds `text` in pieces as a connection would: scan, parse, body, on a buffer that may shrink.
static void feed(struct slice text, size_t piece, struct outcome *out) {
    struct http h;
    http_next(&h);
    memset(out, 0, offsetof(struct outcome, buffer));
    out->n = 0;
    out->status = -1; // incomplete
    for (size_t at = 0; at < text.n; at += piece) {
        size_t take = text.n - at < piece ? text.n - at : piece;
        memcpy(out->buffer + out->n, text.p + at, take);
        out->n += take;
        enum http_step step = http_scan(&h, out->buffer, out->n);
        if (step == HTTP_READY && !http_body_begun(&h)) {
            if (!http_parse(slice_of(out->buffer, h.head_bytes), &out->head, &h.problem)) step = HTTP_BAD;
            else if (!http_body_begin(&h, &out->head, BODY_LIMIT)) step = HTTP_BAD;
        }
        if (step == HTTP_READY) step = http_body(&h, out->buffer, &out->n);
        if (step == HTTP_MORE) continue;
        out->status = step == HTTP_BAD ? h.problem.status : 0;
        out->why = h.problem.why;
        out->end = http_end(&h);
        out->body = slice_of(out->buffer + h.head_bytes, (size_t)h.body_bytes);
        if (step == HTTP_BAD) assert_non_null(out->why);
        return;
    }
}

#define GET "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define CASE(status, bytes) {status, #bytes, {bytes, sizeof(bytes) - 1}}

static const struct rejected {
    int status;
    const char *name;
    struct slice bytes;
} rejected[] = {
    // framing: Content-Length and Transfer-Encoding
    CASE(400, POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n"),
    CASE(501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: gzip\r\n\r\nabc"),
    CASE(400, POST "Transfer-Encoding: identity\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding:\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding: chun\vked\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    CASE(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    CASE(400, POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
    CASE(400, POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
    CASE(400, POST "Content-Length: 3, 3\r\n\r\nabc"),
    CASE(400, POST "Content-Length: +3\r\n\r\nabc"),
    CASE(400, POST "Content-Length: -3\r\n\r\nabc"),
    CASE(400, POST "Content-Length: 0x3\r\n\r\nabc"),
    CASE(400, POST "Content-Length: 3 3\r\n\r\nabc"),
    CASE(400, POST "Content-Length: 3.0\r\n\r\nabc"),
    CASE(400, POST "Content-Length: three\r\n\r\nabc"),
    CASE(400, POST "Content-Length:\r\n\r\nabc"),
    CASE(400, POST "Content-Length: 99999999999999999999\r\n\r\n"),
    CASE(400, POST "Content-Length: 18446744073709551616\r\n\r\n"),
    CASE(413, POST "Content-Length: 65\r\n\r\n"),
    CASE(413, POST "Content-Length: 18446744073709551615\r\n\r\n"),
    // chunk framing
    CASE(400, CHUNKED "0x5\r\nhello\r\n0\r\n\r\n"),
    CASE(400, CHUNKED "+5\r\nhello\r\n0\r\n\r\n"),
    CASE(400, CHUNKED "-5\r\nhello\r\n0\r\n\r\n"),
    CASE(400, CHUNKED " 5\r\nhello\r\n0\r\n\r\n"),
    CASE(400, CHUNKED "5 \r\nhello\r\n0\r\n\r\n"),
    CASE(400, CHUNKED "5\nhello\r\n0\r\n\r\n"),
    CASE(400, CHUNKED "5\r\r\nhello\r\n0\r\n\r\n"),
    CASE(400, CHUNKED "\r\nhello\r\n0\r\n\r\n"),
    CASE(400, CHUNKED "g\r\nhello\r\n0\r\n\r\n"),
    CASE(400, CHUNKED "5\r\nhelloX\r\n0\r\n\r\n"),
    CASE(400, CHUNKED "5\r\nhello\n0\r\n\r\n"),
    CASE(400, CHUNKED "5\r\nhello0\r\n\r\n"),
    CASE(400, CHUNKED "5;a=\0\r\nhello\r\n0\r\n\r\n"),
    CASE(400, CHUNKED "5;a=b\rc\r\nhello\r\n0\r\n\r\n"),
    CASE(413, CHUNKED "ffffffffffffffff\r\nhello"),
    CASE(413, CHUNKED "100000000\r\nhello"),
    CASE(413, CHUNKED "000000005\r\nhello"),
    CASE(413, CHUNKED "41\r\n"),
    CASE(413, CHUNKED "20\r\n01234567890123456789012345678901\r\n21\r\n"),
    CASE(400, CHUNKED "0\r\n folded\r\n\r\n"),
    CASE(400, CHUNKED "0\r\nno colon\r\n\r\n"),
    CASE(400, CHUNKED "0\r\nX: 1\n\r\n"),
    CASE(400, CHUNKED "0\r\n: 1\r\n\r\n"),
    CASE(400, CHUNKED "0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    CASE(400, CHUNKED "0\r\ncontent-length: 5\r\n\r\n"),
    CASE(400, CHUNKED "0\r\nHost: b\r\n\r\n"),
    // lines
    CASE(400, "GET / HTTP/1.1\nHost: a\n\n"),
    CASE(400, GET "Host: a\n\r\n"),
    CASE(400, GET "Host: a\r\nX: 1\n\r\n"),
    CASE(400, GET "Host: a\r\nX: 1\r\n\n"),
    CASE(400, GET "Host: a\r\nX: 1\rY: 2\r\n\r\n"),
    CASE(400, GET "Host: a\r\n\rX: 1\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX: 1\r\n folded\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX: 1\r\n\tfolded\r\n\r\n"),
    CASE(400, GET " Host: a\r\n\r\n"),
    CASE(400, "\r\n\r\n\r\n" GET "Host: a\r\n\r\n"),
    // header names and values
    CASE(400, GET "Host: a\r\n: empty name\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX : 1\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX\t: 1\r\n\r\n"),
    CASE(400, GET "Host : a\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX Y: 1\r\n\r\n"),
    CASE(400, GET "Host: a\r\nno colon\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX\x80: 1\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX(: 1\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX\0: 1\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX: a\0b\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX: a\001b\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX: a\x7f\r\n\r\n"),
    CASE(400, GET "Host: a\r\nX: a\x1b[0m\r\n\r\n"),
    // Host
    CASE(400, GET "\r\n"),
    CASE(400, GET "Accept: */*\r\n\r\n"),
    CASE(400, GET "Host: a\r\nHost: a\r\n\r\n"),
    CASE(400, GET "Host: a\r\nhost: b\r\n\r\n"),
    CASE(400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    CASE(400, GET "Host:\r\n\r\n"),
    CASE(400, GET "Host: a b\r\n\r\n"),
    CASE(400, GET "Host: a,b\r\n\r\n"),
    CASE(400, GET "Host: user@a\r\n\r\n"),
    CASE(400, GET "Host: a/b\r\n\r\n"),
    CASE(400, GET "Host: \xe4\xb8\xad\r\n\r\n"),
    // request line
    CASE(505, "GET / HTTP/1.9\r\nHost: a\r\n\r\n"),
    CASE(505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    CASE(505, "GET / HTTP/0.9\r\n\r\n"),
    CASE(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    CASE(400, "GET / HTTP/4294967297.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET / HTTP/1.1x\r\nHost: a\r\n\r\n"),
    CASE(400, "GET / HTTP/1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET / http/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET / HTTP/+1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET / ICE/1.0\r\nHost: a\r\n\r\n"),
    CASE(400, "GET / RTSP/1.0\r\nHost: a\r\n\r\n"),
    CASE(400, "GET /\r\n\r\n"),
    CASE(400, "GET\r\n\r\n"),
    CASE(400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
    CASE(400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    CASE(400, "\0\0\0\0"),
    CASE(501, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(501, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
    CASE(501, "get / HTTP/1.1\r\nHost: a\r\n\r\n"),
    // Expect
    CASE(417, POST "Expect: 200-ok\r\nContent-Length: 3\r\n\r\n"),
    CASE(413, POST "Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n"),
};

static void assert_refused(const struct rejected *r, size_t piece) {
    static struct outcome out;
    feed(r->bytes, piece, &out);
    if (out.status != r->status)
        fail_msg("%s in pieces of %zu: expected %d, got %d (%s)", r->name, piece, r->status, out.status,
                 out.why ? out.why : "-");
}

static void test_rejected(void **state) {
    (void)state;
    size_t count = sizeof rejected / sizeof *rejected;
    assert_true(count >= 60);
    for (size_t i = 0; i < count; i++) {
        assert_refused(&rejected[i], rejected[i].bytes.n);
        assert_refused(&rejected[i], 1);
        assert_refused(&rejected[i], 3);
    }
}

// A request built by repeating a header line.
static struct slice with_headers(char *to, size_t size, unsigned count, unsigned value_bytes) {
    size_t n = (size_t)snprintf(to, size, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (unsigned i = 0; i < count; i++) n += (size_t)snprintf(to + n, size - n, "X: %0*d\r\n", (int)value_bytes, 1);
    n += (size_t)snprintf(to + n, size - n, "\r\n");
    return slice_of(to, n);
}

static void assert_status(struct slice text, int status) {
    static struct outcome out;
    feed(text, text.n, &out);
    assert_int_equal(out.status, status);
    feed(text, 1, &out);
    assert_int_equal(out.status, status);
}

static void test_limits(void **state) {
    (void)state;
    static char text[48 * 1024];
    assert_status(with_headers(text, sizeof text, LIMIT_HEADER_COUNT - 1, 1), 0);
    assert_status(with_headers(text, sizeof text, LIMIT_HEADER_COUNT, 1), 431);
    assert_status(with_headers(text, sizeof text, 10, 1024), 0);
    assert_status(with_headers(text, sizeof text, 10, 2048), 431);
    assert_status(with_headers(text, sizeof text, 1, 20000), 431);
    memset(text, 'a', sizeof text);
    memcpy(text, "GET /", 5);
    assert_status(slice_of(text, 20000), 414);
    // chunk extensions and trailers, many small ones
    size_t n = (size_t)snprintf(text, sizeof text, CHUNKED);
    for (unsigned i = 0; i < 40; i++) n += (size_t)snprintf(text + n, sizeof text - n, "1;e=%0200d\r\na\r\n", 1);
    assert_status(slice_of(text, n), 431);
    n = (size_t)snprintf(text, sizeof text, CHUNKED "1;e=%0300d\r\n", 1);
    assert_status(slice_of(text, n), 400);
    n = (size_t)snprintf(text, sizeof text, CHUNKED "0\r\n");
    for (unsigned i = 0; i < 17; i++) n += (size_t)snprintf(text + n, sizeof text - n, "X: 1\r\n");
    assert_status(slice_of(text, n), 431);
}

static const struct accepted {
    struct slice bytes;
    const char *path, *query, *body; // query NULL: none
    enum method method;
    bool keep_alive;
} accepted[] = {
#define OK(bytes, path, query, body, method, keep) {{bytes, sizeof(bytes) - 1}, path, query, body, method, keep}
    OK("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "/", NULL, "", METHOD_GET, true),
    OK("GET / HTTP/1.0\r\n\r\n", "/", NULL, "", METHOD_GET, false),
    OK("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "/", NULL, "", METHOD_GET, true),
    OK("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "/", NULL, "", METHOD_GET, false),
    OK("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n", "/", NULL, "", METHOD_GET, false),
    OK("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "/", NULL, "", METHOD_GET, true),
    OK("GET /a%20b?x=1&y HTTP/1.1\r\nHost: a:80\r\n\r\n", "/a%20b", "x=1&y", "", METHOD_GET, true),
    OK("GET /? HTTP/1.1\r\nHost: a\r\n\r\n", "/", "", "", METHOD_GET, true),
    OK("GET /\xe6\x9c\xba HTTP/1.1\r\nHost: a\r\n\r\n", "/\xe6\x9c\xba", NULL, "", METHOD_GET, true),
    OK("GET http://a/b?c HTTP/1.1\r\nHost: x\r\n\r\n", "/b", "c", "", METHOD_GET, true),
    OK("GET HTTP://a HTTP/1.1\r\nHost: x\r\n\r\n", "/", NULL, "", METHOD_GET, true),
    OK("GET http://a?q HTTP/1.1\r\nHost: x\r\n\r\n", "/", "q", "", METHOD_GET, true),
    OK("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "*", NULL, "", METHOD_OPTIONS, true),
    OK("HEAD / HTTP/1.1\r\nHost: [::1]:7700\r\n\r\n", "/", NULL, "", METHOD_HEAD, true),
    OK("DELETE /x HTTP/1.1\r\nHost: a\r\nX:\r\nY: \t v \t\r\n\r\n", "/x", NULL, "", METHOD_DELETE, true),
    OK("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "/", NULL, "", METHOD_GET, true),
    OK(POST "Content-Length: 3\r\n\r\nabc", "/", NULL, "abc", METHOD_POST, true),
    OK(POST "Content-Length: 003\r\n\r\nabcGET", "/", NULL, "abc", METHOD_POST, true),
    OK(POST "Content-Length: 0\r\n\r\n", "/", NULL, "", METHOD_POST, true),
    OK(POST "content-length:3 \r\n\r\nabc", "/", NULL, "abc", METHOD_POST, true),
    OK(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na", "/", NULL, "a", METHOD_POST, true),
    OK(CHUNKED "5\r\nhello\r\n0\r\n\r\n", "/", NULL, "hello", METHOD_POST, true),
    OK(CHUNKED "0\r\n\r\nGET", "/", NULL, "", METHOD_POST, true),
    OK(CHUNKED "00000005;x=y;z\r\nhello\r\n06\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n", "/", NULL, "hello world", METHOD_POST, true),
    OK("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", "/", NULL,
       "0123456789", METHOD_POST, true),
#undef OK
};

static void assert_accepted(const struct accepted *a, size_t piece) {
    static struct outcome out;
    feed(a->bytes, piece, &out);
    if (out.status != 0) fail_msg("%.40s: got %d (%s)", a->bytes.p, out.status, out.why ? out.why : "incomplete");
    assert_true(slice_is(out.head.path, a->path));
    assert_int_equal(out.head.query.p != NULL, a->query != NULL);
    if (a->query) assert_true(slice_is(out.head.query, a->query));
    assert_true(slice_is(out.body, a->body));
    assert_int_equal(out.head.method, a->method);
    assert_int_equal(out.head.keep_alive, a->keep_alive);
}

static void test_accepted(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        assert_accepted(&accepted[i], accepted[i].bytes.n);
        assert_accepted(&accepted[i], 1);
        assert_accepted(&accepted[i], 7);
    }
}

// What follows a request stays where the next one can start, also when chunk framing was squeezed out.
static void test_next_request_follows(void **state) {
    (void)state;
    static struct outcome out;
    struct slice text = SLICE(CHUNKED "5\r\nhello\r\n3;x\r\nabc\r\n0\r\nT: 1\r\n\r\nGET /2 HTTP/1.1\r\n");
    feed(text, text.n, &out);
    assert_int_equal(out.status, 0);
    assert_true(slice_is(out.body, "helloabc"));
    assert_true(slice_eq(slice_of(out.buffer + out.end, out.n - out.end), SLICE("GET /2 HTTP/1.1\r\n")));
}

static void test_headers(void **state) {
    (void)state;
    static struct outcome out;
    struct slice text = SLICE(GET "Host: a\r\nAuthorization: Bearer x.y\r\nORIGIN: http://b\r\nX-Mine:  1\t\r\n\r\n");
    feed(text, text.n, &out);
    assert_int_equal(out.status, 0);
    assert_true(slice_is(out.head.known[HEADER_AUTHORIZATION], "Bearer x.y"));
    assert_true(slice_is(out.head.known[HEADER_ORIGIN], "http://b"));
    assert_null(out.head.known[HEADER_EXPECT].p);
    assert_true(slice_is(http_header(&out.head, "x-mine"), "1"));
    assert_null(http_header(&out.head, "x-min").p);
    assert_true(http_list_has(SLICE("deflate, GZIP;q=0.5"), "gzip"));
    assert_false(http_list_has(SLICE("deflate, xgzip"), "gzip"));
    assert_false(http_list_has(SLICE_NONE, "gzip"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rejected),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_next_request_follows),
        cmocka_unit_test(test_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "server/encode.h"

#include <time.h>

static char *put(char *to, struct slice s) {
    memcpy(to, s.p, s.n);
    return to + s.n;
}

static struct slice status_line(int status) {
    switch (status) {
    case 200: return SLICE("HTTP/1.1 200 OK\r\n");
    case 201: return SLICE("HTTP/1.1 201 Created\r\n");
    case 202: return SLICE("HTTP/1.1 202 Accepted\r\n");
    case 204: return SLICE("HTTP/1.1 204 No Content\r\n");
    case 304: return SLICE("HTTP/1.1 304 Not Modified\r\n");
    case 400: return SLICE("HTTP/1.1 400 Bad Request\r\n");
    case 401: return SLICE("HTTP/1.1 401 Unauthorized\r\n");
    case 403: return SLICE("HTTP/1.1 403 Forbidden\r\n");
    case 404: return SLICE("HTTP/1.1 404 Not Found\r\n");
    case 405: return SLICE("HTTP/1.1 405 Method Not Allowed\r\n");
    case 408: return SLICE("HTTP/1.1 408 Request Timeout\r\n");
    case 409: return SLICE("HTTP/1.1 409 Conflict\r\n");
    case 413: return SLICE("HTTP/1.1 413 Content Too Large\r\n");
    case 414: return SLICE("HTTP/1.1 414 URI Too Long\r\n");
    case 417: return SLICE("HTTP/1.1 417 Expectation Failed\r\n");
    case 422: return SLICE("HTTP/1.1 422 Unprocessable Content\r\n");
    case 429: return SLICE("HTTP/1.1 429 Too Many Requests\r\n");
    case 431: return SLICE("HTTP/1.1 431 Request Header Fields Too Large\r\n");
    case 500: return SLICE("HTTP/1.1 500 Internal Server Error\r\n");
    case 501: return SLICE("HTTP/1.1 501 Not Implemented\r\n");
    case 503: return SLICE("HTTP/1.1 503 Service Unavailable\r\n");
    case 505: return SLICE("HTTP/1.1 505 HTTP Version Not Supported\r\n");
    case 507: return SLICE("HTTP/1.1 507 Insufficient Storage\r\n");
    default: return SLICE_NONE;
    }
}

static char *put_status_line(char *to, int status) {
    struct slice known = status_line(status);
    if (known.p) return put(to, known);
    to = put(to, SLICE("HTTP/1.1 "));
    to += encode_decimal((uint64_t)status, to);
    return put(to, SLICE(" Status\r\n"));
}

size_t encode_decimal(uint64_t value, char *to) {
    char digits[20];
    size_t n = 0;
    do digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    for (size_t i = 0; i < n; i++) to[i] = digits[n - 1 - i];
    return n;
}

size_t encode_hex(uint64_t value, char *to) {
    size_t n = value == 0 ? 1 : (size_t)(67 - __builtin_clzll(value)) / 4;
    for (size_t i = n; i-- > 0; value >>= 4) to[i] = "0123456789abcdef"[value & 15];
    return n;
}

size_t encode_date_line(int64_t unix_ms, char to[ENCODE_DATE_BYTES]) {
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    return strftime(to, ENCODE_DATE_BYTES, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
}

size_t encode_head(const struct request *rq, enum encode_framing framing, size_t length, bool keep_alive,
                   struct slice date_line, char *to) {
    const struct response *response = &rq->response;
    char *at = put_status_line(to, response->status);
    at = put(at, date_line);
    if (response->content_type) {
        at = put(at, SLICE("Content-Type: "));
        at = put(at, slice_str(response->content_type));
        at = put(at, SLICE("\r\n"));
    }
    if (framing == ENCODE_CHUNKED) {
        at = put(at, SLICE("Transfer-Encoding: chunked\r\n"));
    } else if (framing == ENCODE_LENGTH && !response->head_only) {
        at = put(at, SLICE("Content-Length: "));
        at += encode_decimal(length, at);
        at = put(at, SLICE("\r\n"));
    }
    at = put(at, SLICE("X-Request-Id: "));
    at = put(at, slice_of(rq->id, REQUEST_ID_CHARS));
    at = put(at, SLICE("\r\nX-Content-Type-Options: nosniff\r\n"));
    if (!keep_alive) at = put(at, SLICE("Connection: close\r\n"));
    else if (!rq->head.minor_1) at = put(at, SLICE("Connection: keep-alive\r\n"));
    if (response->headers.n > 0) at = put(at, buf_slice(&response->headers));
    at = put(at, SLICE("\r\n"));
    return (size_t)(at - to);
}

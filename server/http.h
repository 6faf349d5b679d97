// http.h: HTTP/1.1 requests from bytes, without sockets.
//
// A request is found in three steps, all on one buffer that starts at the request's first byte:
//   http_scan   finds the end of the head, line by line, and refuses what llhttp lets through: bare LF, folded lines,
//               blanks in or before names, control bytes, versions other than 1.0 and 1.1, too many or too long lines.
//   http_parse  gives the whole head to llhttp and checks what the head says: Host, framing, Expect, the target.
//   http_body   finds the end of the body; a chunked body is decoded in place, so that afterwards the buffer reads
//               head, body, next request.
// `struct http` holds only what must survive between two reads (under 64 bytes a connection); a head is parsed again
// rather than kept while a slow body arrives.
//
// Every refusal carries the status to answer and one sentence; after a refusal the connection must be closed, as its
// framing can no longer be trusted.
#ifndef RF_SERVER_HTTP_H
#define RF_SERVER_HTTP_H

#include "index/base/limits.h"
#include "index/base/slice.h"

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_PATCH, METHOD_OPTIONS, METHOD_COUNT };
const char *method_name(enum method method);

// Headers the server acts on; http_head.known finds them without a search.
enum header {
    HEADER_HOST,
    HEADER_CONTENT_LENGTH,
    HEADER_TRANSFER_ENCODING,
    HEADER_CONTENT_ENCODING,
    HEADER_EXPECT,
    HEADER_AUTHORIZATION,
    HEADER_ORIGIN,
    HEADER_ACCEPT_ENCODING,
    HEADER_IF_NONE_MATCH,
    HEADER_CORS_METHOD,
    HEADER_CORS_HEADERS,
    HEADER_CORS_PRIVATE_NETWORK,
    HEADER_ALGOLIA_KEY,
    HEADER_ALGOLIA_APPLICATION,
    HEADER_KNOWN_COUNT
};

struct http_header {
    struct slice name, value; // value without blanks around it
};

struct http_head { // slices point into the bytes given to http_parse
    enum method method;
    struct slice path;  // as sent: still percent-encoded, starts with '/', or "*" for OPTIONS
    struct slice query; // as sent, without '?'; p is NULL when there is none
    bool minor_1;       // HTTP/1.1, else 1.0
    bool keep_alive;
    bool chunked;
    bool expect_continue;
    uint64_t length; // Content-Length, 0 without one
    unsigned count;
    struct http_header headers[LIMIT_HEADER_COUNT];
    struct slice known[HEADER_KNOWN_COUNT]; // p is NULL when absent
};

struct http_problem {
    int status;      // 400, 413, 414, 417, 431, 501, 505
    const char *why; // one sentence
};

enum http_step { HTTP_MORE, HTTP_READY, HTTP_BAD };

struct http {
    uint32_t head_bytes; // length of the head; 0 until http_scan is READY
    uint32_t line_at;    // http_scan: start of the first line not yet checked
    uint16_t lines;      // http_scan: lines seen, the request line included
    uint8_t blank_lines; // http_scan: empty lines before the request line
    uint8_t body_state;  // http_body: see http.c
    uint16_t trailers;
    uint16_t overhead_bytes;   // chunk extensions and trailers of this body
    uint64_t body_bytes;       // decoded so far, directly behind the head
    uint64_t body_left;        // of Content-Length, or of the current chunk
    uint64_t body_limit_bytes; // UINT64_MAX for streams
    struct http_problem problem;
};

void http_next(struct http *h); // forget the request: ready for the next one, also the initialiser

// READY: h->head_bytes is set. The same bytes, possibly moved and followed by more, are given again after MORE.
enum http_step http_scan(struct http *h, const char *p, size_t n);
// `head` is exactly what http_scan found. False: *problem is set.
bool http_parse(struct slice head, struct http_head *out, struct http_problem *problem);
// Call once between http_parse and the first http_body. False (413): the announced length is over the limit.
bool http_body_begin(struct http *h, const struct http_head *head, uint64_t limit_bytes);
bool http_body_begun(const struct http *h);
bool http_body_done(const struct http *h);
// Takes what has arrived of the body. *n may shrink, as the framing of chunks is squeezed out. READY: the body is
// p[head_bytes .. head_bytes + body_bytes), the next request starts at http_end(h). MORE may still have grown the body.
enum http_step http_body(struct http *h, char *p, size_t *n);
static inline size_t http_end(const struct http *h) { return h->head_bytes + (size_t)h->body_bytes; }
// For streams: the head, and later body bytes that were used, have been cut off the front of the buffer.
void http_head_removed(struct http *h);
void http_body_removed(struct http *h, size_t count);

struct slice http_header(const struct http_head *head, const char *name); // any header, first match; p NULL when absent
bool http_list_has(struct slice list, const char *token);                 // comma-separated, parameters ignored

#endif

#include "server/http.h"

#include <assert.h>
#include <strings.h>

#include <../share/include/llhttp/llhttp.h> // Debian installs it beside /usr/include, not in it

#define BLANK_LINES_MAX 2       // RFC 9112 2.2 wants at least one ignored before a request line
#define CHUNK_LINE_BYTES 256    // size and extensions
#define CHUNK_SIZE_DIGITS 8
#define CHUNK_OVERHEAD_BYTES 4096
#define TRAILERS_MAX 16

enum body_state { BODY_NONE, BODY_LENGTH, BODY_CHUNK_SIZE, BODY_CHUNK_DATA, BODY_CHUNK_END, BODY_TRAILER, BODY_DONE, BODY_BROKEN };

static const char *const method_names[METHOD_COUNT] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};

const char *method_name(enum method method) {
    return method < METHOD_COUNT ? method_names[method] : "?";
}

static const struct slice known_names[HEADER_KNOWN_COUNT] = {
    [HEADER_HOST] = {"host", 4},
    [HEADER_CONTENT_LENGTH] = {"content-length", 14},
    [HEADER_TRANSFER_ENCODING] = {"transfer-encoding", 17},
    [HEADER_CONTENT_ENCODING] = {"content-encoding", 16},
    [HEADER_EXPECT] = {"expect", 6},
    [HEADER_AUTHORIZATION] = {"authorization", 13},
    [HEADER_ORIGIN] = {"origin", 6},
    [HEADER_ACCEPT_ENCODING] = {"accept-encoding", 15},
    [HEADER_IF_NONE_MATCH] = {"if-none-match", 13},
    [HEADER_CORS_METHOD] = {"access-control-request-method", 29},
    [HEADER_CORS_HEADERS] = {"access-control-request-headers", 30},
    [HEADER_CORS_PRIVATE_NETWORK] = {"access-control-request-private-network", 38},
    [HEADER_ALGOLIA_KEY] = {"x-algolia-api-key", 17},
    [HEADER_ALGOLIA_APPLICATION] = {"x-algolia-application-id", 24},
};

void http_next(struct http *h) { memset(h, 0, sizeof *h); }

static enum http_step bad(struct http *h, int status, const char *why) {
    h->problem = (struct http_problem){status, why};
    return HTTP_BAD;
}

static bool refuse(struct http_problem *problem, int status, const char *why) {
    *problem = (struct http_problem){status, why};
    return false;
}

static bool equal_fold(struct slice s, const char *lower) {
    return s.n == strlen(lower) && strncasecmp(s.p, lower, s.n) == 0;
}

// ---- the head, line by line ---------------------------------------------------------------------------------------

static bool is_token_byte(unsigned char c) { // tchar of RFC 9110 5.6.2
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool has_control(const char *p, size_t n) { // anything below a blank but HT, and DEL
    unsigned found = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        found |= (unsigned)((c < 0x20) & (c != '\t')) | (unsigned)(c == 0x7F);
    }
    return found != 0;
}

// One header or trailer line without its CRLF. Answers the reason for refusing it, or NULL.
static const char *header_line_problem(const char *line, size_t n) {
    if (line[0] == ' ' || line[0] == '\t') return "a header line is folded";
    if (line[0] == ':') return "a header has no name";
    size_t colon = 0;
    while (colon < n && is_token_byte((unsigned char)line[colon])) colon++;
    if (colon == n) return "a header line has no colon";
    if (line[colon] != ':') return "a header name contains a byte that is not allowed there";
    if (has_control(line + colon, n - colon)) return "a header value contains a control byte";
    return NULL;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static enum http_step check_version(struct http *h, struct slice version) {
    if (slice_is(version, "HTTP/1.1") || slice_is(version, "HTTP/1.0")) return HTTP_READY;
    bool well_formed = version.n == 8 && slice_starts(version, SLICE("HTTP/")) && is_digit(version.p[5]) &&
                       version.p[6] == '.' && is_digit(version.p[7]);
    if (well_formed) return bad(h, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    return bad(h, 400, "the request line has no valid HTTP version");
}

static enum http_step check_request_line(struct http *h, struct slice line) {
    if (has_control(line.p, line.n) || memchr(line.p, '\t', line.n))
        return bad(h, 400, "the request line contains a control byte");
    struct slice rest = line;
    struct slice method = slice_cut(&rest, ' ');
    if (!rest.p) return bad(h, 400, "the request line has no target");
    struct slice target = slice_cut(&rest, ' ');
    if (!rest.p) return bad(h, 400, "the request line has no HTTP version");
    if (method.n == 0 || target.n == 0) return bad(h, 400, "the request line has a blank too many");
    for (size_t i = 0; i < method.n; i++)
        if (!is_token_byte((unsigned char)method.p[i])) return bad(h, 400, "the method is not a token");
    if (check_version(h, rest) == HTTP_BAD) return HTTP_BAD;
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (slice_is(method, method_names[i])) return HTTP_READY;
    return bad(h, 501, "this method is not implemented");
}

// `line` without CRLF. READY: it was the empty line that ends the head.
static enum http_step check_line(struct http *h, struct slice line) {
    if (line.n == 0) {
        if (h->lines > 0) return HTTP_READY;
        if (++h->blank_lines > BLANK_LINES_MAX) return bad(h, 400, "empty lines where a request should start");
        return HTTP_MORE;
    }
    h->lines++;
    if (h->lines == 1) return check_request_line(h, line) == HTTP_BAD ? HTTP_BAD : HTTP_MORE;
    if (h->lines > 1 + LIMIT_HEADER_COUNT) return bad(h, 431, "too many headers");
    const char *why = header_line_problem(line.p, line.n);
    return why ? bad(h, 400, why) : HTTP_MORE;
}

enum http_step http_scan(struct http *h, const char *p, size_t n) {
    if (h->head_bytes > 0) return HTTP_READY;
    while (h->line_at < n) {
        const char *line = p + h->line_at;
        if (h->lines == 0 && *line != '\r' && !is_token_byte((unsigned char)*line))
            return bad(h, 400, "this is not an HTTP request"); // TLS, say: its lines need not be waited for
        const char *end = memchr(line, '\n', n - h->line_at);
        size_t upto = end ? (size_t)(end - p) + 1 : n;
        if (upto > LIMIT_HEADER_BYTES)
            return h->lines == 0 ? bad(h, 414, "the request line is too long") : bad(h, 431, "the header is too large");
        if (!end) return HTTP_MORE;
        if (end == line || end[-1] != '\r') return bad(h, 400, "a line ends in LF without CR");
        struct slice content = slice_of(line, (size_t)(end - line) - 1);
        if (content.n > 0 && memchr(content.p, '\r', content.n)) return bad(h, 400, "CR without LF in the header");
        h->line_at = (uint32_t)upto;
        enum http_step step = check_line(h, content);
        if (step == HTTP_READY) h->head_bytes = h->line_at;
        if (step != HTTP_MORE) return step;
    }
    return HTTP_MORE;
}

// ---- what the head says -------------------------------------------------------------------------------------------

struct parse {
    struct http_head *head;
    struct slice target;
    unsigned hosts, lengths, codings;
};

static int on_url(llhttp_t *parser, const char *at, size_t n) {
    ((struct parse *)parser->data)->target = slice_of(at, n);
    return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t n) {
    struct http_head *head = ((struct parse *)parser->data)->head;
    if (head->count == LIMIT_HEADER_COUNT) return HPE_USER;
    head->headers[head->count++] = (struct http_header){slice_of(at, n), slice_of(at, 0)};
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t n) {
    struct http_head *head = ((struct parse *)parser->data)->head;
    if (head->count == 0) return HPE_USER;
    head->headers[head->count - 1].value = slice_trim(slice_of(at, n));
    return 0;
}

static const llhttp_settings_t settings = {
    .on_url = on_url, .on_header_field = on_header_field, .on_header_value = on_header_value};

static void find_known(struct parse *parse) {
    struct http_head *head = parse->head;
    for (unsigned i = 0; i < head->count; i++) {
        const struct http_header *header = &head->headers[i];
        for (unsigned k = 0; k < HEADER_KNOWN_COUNT; k++) {
            if (known_names[k].n != header->name.n || strncasecmp(known_names[k].p, header->name.p, header->name.n) != 0)
                continue;
            if (!head->known[k].p) head->known[k] = header->value;
            parse->hosts += k == HEADER_HOST;
            parse->lengths += k == HEADER_CONTENT_LENGTH;
            parse->codings += k == HEADER_TRANSFER_ENCODING;
            break;
        }
    }
}

static bool check_host(const struct parse *parse, struct http_problem *problem) {
    struct slice host = parse->head->known[HEADER_HOST];
    if (parse->hosts > 1) return refuse(problem, 400, "more than one Host header");
    if (parse->hosts == 0) return !parse->head->minor_1 || refuse(problem, 400, "the Host header is missing");
    if (host.n == 0) return refuse(problem, 400, "the Host header is empty");
    for (size_t i = 0; i < host.n; i++)
        if ((unsigned char)host.p[i] <= ' ' || (unsigned char)host.p[i] >= 0x7F || strchr(",/?#@\\\"<>", host.p[i]))
            return refuse(problem, 400, "the Host header is not a host");
    return true;
}

static bool check_framing(const struct parse *parse, bool final_chunked, struct http_problem *problem) {
    struct http_head *head = parse->head;
    if (parse->codings > 0 && parse->lengths > 0)
        return refuse(problem, 400, "Content-Length together with Transfer-Encoding");
    if (parse->codings > 1) return refuse(problem, 400, "more than one Transfer-Encoding header");
    if (parse->lengths > 1) return refuse(problem, 400, "more than one Content-Length header");
    if (parse->codings == 1) {
        if (!head->minor_1) return refuse(problem, 400, "Transfer-Encoding in an HTTP/1.0 request");
        head->chunked = equal_fold(head->known[HEADER_TRANSFER_ENCODING], "chunked");
        if (!head->chunked)
            return refuse(problem, final_chunked ? 501 : 400, "the only Transfer-Encoding understood is chunked");
    }
    if (parse->lengths == 1 && !slice_u64(head->known[HEADER_CONTENT_LENGTH], &head->length))
        return refuse(problem, 400, "Content-Length is not a plain number");
    return true;
}

static bool check_expect(struct http_head *head, struct http_problem *problem) {
    struct slice expect = head->known[HEADER_EXPECT];
    if (!expect.p) return true;
    if (!equal_fold(expect, "100-continue")) return refuse(problem, 417, "the only Expect understood is 100-continue");
    head->expect_continue = head->minor_1; // an HTTP/1.0 client cannot read the interim answer
    return true;
}

// origin-form, absolute-form (any authority: Host names the same server), and "*" for OPTIONS.
static bool split_target(struct http_head *head, struct slice target, struct http_problem *problem) {
    if (memchr(target.p, '#', target.n)) return refuse(problem, 400, "the target has a fragment");
    if (target.p[0] != '/' && target.n > 7 && strncasecmp(target.p, "http://", 7) == 0) {
        struct slice rest = slice_from(target, 7);
        size_t authority = 0;
        while (authority < rest.n && rest.p[authority] != '/' && rest.p[authority] != '?') authority++;
        if (authority == 0) return refuse(problem, 400, "the target has no host");
        target = slice_from(rest, authority);
    } else if (target.p[0] != '/' && !(head->method == METHOD_OPTIONS && slice_is(target, "*"))) {
        return refuse(problem, 400, "the target is not a path");
    }
    head->query = target;
    head->path = slice_cut(&head->query, '?');
    if (head->path.n == 0) head->path = SLICE("/");
    return true;
}

static enum method method_of(llhttp_t *parser) {
    switch (llhttp_get_method(parser)) {
    case HTTP_GET: return METHOD_GET;
    case HTTP_HEAD: return METHOD_HEAD;
    case HTTP_POST: return METHOD_POST;
    case HTTP_PUT: return METHOD_PUT;
    case HTTP_DELETE: return METHOD_DELETE;
    case HTTP_PATCH: return METHOD_PATCH;
    case HTTP_OPTIONS: return METHOD_OPTIONS;
    default: return METHOD_COUNT;
    }
}

bool http_parse(struct slice head, struct http_head *out, struct http_problem *problem) {
    struct parse parse = {.head = out};
    out->count = 0;
    out->length = 0;
    out->chunked = out->expect_continue = false;
    memset(out->known, 0, sizeof out->known);

    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = &parse;
    bool bad_head = llhttp_execute(&parser, head.p, head.n) != HPE_OK;
    // An upgrade or CONNECT would pause; the first is ignored, the second http_scan does not let through.
    if (bad_head && llhttp_get_errno(&parser) != HPE_PAUSED_UPGRADE)
        return refuse(problem, 400, llhttp_get_error_reason(&parser));
    out->method = method_of(&parser);
    if (out->method == METHOD_COUNT) return refuse(problem, 501, "this method is not implemented");
    if (parse.target.n == 0) return refuse(problem, 400, "the request has no target");

    out->minor_1 = llhttp_get_http_minor(&parser) == 1;
    find_known(&parse);
    if (!check_host(&parse, problem)) return false;
    if (!check_framing(&parse, parser.flags & F_CHUNKED, problem)) return false;
    if (!check_expect(out, problem)) return false;
    struct slice connection = http_header(out, "connection");
    out->keep_alive = out->minor_1 ? !http_list_has(connection, "close") : http_list_has(connection, "keep-alive");
    return split_target(out, parse.target, problem);
}

struct slice http_header(const struct http_head *head, const char *name) {
    size_t n = strlen(name);
    for (unsigned i = 0; i < head->count; i++)
        if (head->headers[i].name.n == n && strncasecmp(head->headers[i].name.p, name, n) == 0)
            return head->headers[i].value;
    return SLICE_NONE;
}

bool http_list_has(struct slice list, const char *token) {
    while (list.p) {
        struct slice item = slice_cut(&list, ',');
        if (equal_fold(slice_trim(slice_cut(&item, ';')), token)) return true;
    }
    return false;
}

// ---- the body -----------------------------------------------------------------------------------------------------

bool http_body_begin(struct http *h, const struct http_head *head, uint64_t limit_bytes) {
    h->body_limit_bytes = limit_bytes;
    h->body_left = head->length;
    h->body_state = head->chunked ? BODY_CHUNK_SIZE : head->length > 0 ? BODY_LENGTH : BODY_DONE;
    if (head->length <= limit_bytes) return true;
    return refuse(&h->problem, 413, "the body is larger than this call allows");
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// A line of chunk framing at p: its length with CRLF, 0 when it has not arrived whole, or BAD through *step.
static size_t framing_line(struct http *h, const char *p, size_t n, enum http_step *step) {
    const char *end = memchr(p, '\n', n < CHUNK_LINE_BYTES ? n : CHUNK_LINE_BYTES);
    *step = HTTP_MORE;
    if (!end && n >= CHUNK_LINE_BYTES) *step = bad(h, 400, "a line of chunk framing is too long");
    if (!end) return 0;
    size_t length = (size_t)(end - p) + 1;
    if (length < 2 || end[-1] != '\r' || memchr(p, '\r', length - 2) || has_control(p, length - 2))
        *step = bad(h, 400, "a line of chunk framing is malformed");
    return *step == HTTP_BAD ? 0 : length;
}

static enum http_step spend_overhead(struct http *h, size_t bytes) {
    if (h->overhead_bytes + bytes > CHUNK_OVERHEAD_BYTES) return bad(h, 431, "chunk extensions or trailers too large");
    h->overhead_bytes = (uint16_t)(h->overhead_bytes + bytes);
    return HTTP_READY;
}

static enum http_step chunk_size(struct http *h, const char *line, size_t length) {
    uint64_t size = 0;
    size_t digits = 0, content = length - 2;
    for (; digits < content && hex_value(line[digits]) >= 0; digits++) {
        if (digits == CHUNK_SIZE_DIGITS) return bad(h, 413, "a chunk is larger than any body may be");
        size = size << 4 | (uint64_t)hex_value(line[digits]);
    }
    if (digits == 0) return bad(h, 400, "a chunk size is not a hexadecimal number");
    if (digits < content && line[digits] != ';') return bad(h, 400, "a chunk size is followed by something else");
    if (spend_overhead(h, content - digits) == HTTP_BAD) return HTTP_BAD;
    if (size > h->body_limit_bytes - h->body_bytes)
        return bad(h, 413, "the body is larger than this call allows");
    h->body_left = size;
    h->body_state = size == 0 ? BODY_TRAILER : BODY_CHUNK_DATA;
    return HTTP_READY;
}

// Fields that frame or route a message mean nothing behind it but trouble.
static bool trailer_is_framing(const char *line, size_t n) {
    const char *colon = memchr(line, ':', n);
    struct slice name = slice_of(line, (size_t)(colon - line));
    return equal_fold(name, "transfer-encoding") || equal_fold(name, "content-length") || equal_fold(name, "host");
}

static enum http_step trailer(struct http *h, const char *line, size_t length) {
    if (length == 2) {
        h->body_state = BODY_DONE;
        return HTTP_READY;
    }
    const char *why = header_line_problem(line, length - 2);
    if (why) return bad(h, 400, why);
    if (trailer_is_framing(line, length - 2)) return bad(h, 400, "a trailer carries a field that belongs in the header");
    if (++h->trailers > TRAILERS_MAX) return bad(h, 431, "too many trailers");
    return spend_overhead(h, length);
}

// One piece of chunk framing or data at p[*raw]; the decoded body ends at p[http_end(h)], which never passes *raw.
static enum http_step chunk_piece(struct http *h, char *p, size_t n, size_t *raw) {
    char *at = p + *raw;
    size_t left = n - *raw;
    if (h->body_state == BODY_CHUNK_DATA) {
        size_t take = left < h->body_left ? left : (size_t)h->body_left;
        if (take == 0) return HTTP_MORE;
        memmove(p + http_end(h), at, take);
        h->body_bytes += take;
        h->body_left -= take;
        *raw += take;
        if (h->body_left == 0) h->body_state = BODY_CHUNK_END;
        return HTTP_READY;
    }
    if (h->body_state == BODY_CHUNK_END) {
        if ((left > 0 && at[0] != '\r') || (left > 1 && at[1] != '\n'))
            return bad(h, 400, "chunk data is not followed by CRLF");
        if (left < 2) return HTTP_MORE;
        h->body_state = BODY_CHUNK_SIZE;
        *raw += 2;
        return HTTP_READY;
    }
    enum http_step step;
    size_t length = framing_line(h, at, left, &step);
    if (length == 0) return step;
    *raw += length;
    return h->body_state == BODY_CHUNK_SIZE ? chunk_size(h, at, length) : trailer(h, at, length);
}

static enum http_step chunked_body(struct http *h, char *p, size_t *n) {
    size_t raw = http_end(h);
    enum http_step step = HTTP_READY;
    while (step == HTTP_READY && h->body_state != BODY_DONE) step = chunk_piece(h, p, *n, &raw);
    size_t end = http_end(h);
    if (raw > end) {
        memmove(p + end, p + raw, *n - raw);
        *n -= raw - end;
    }
    if (step == HTTP_BAD) h->body_state = BODY_BROKEN;
    return step;
}

enum http_step http_body(struct http *h, char *p, size_t *n) {
    assert(h->body_state != BODY_NONE); // http_body_begin comes first
    if (h->body_state == BODY_DONE) return HTTP_READY;
    if (h->body_state == BODY_BROKEN) return HTTP_BAD; // a stream uses what came before and asks again
    if (h->body_state != BODY_LENGTH) return chunked_body(h, p, n);
    size_t here = *n - http_end(h);
    size_t take = here < h->body_left ? here : (size_t)h->body_left;
    h->body_bytes += take;
    h->body_left -= take;
    if (h->body_left == 0) h->body_state = BODY_DONE;
    return h->body_left == 0 ? HTTP_READY : HTTP_MORE;
}

bool http_body_begun(const struct http *h) { return h->body_state != BODY_NONE; }
bool http_body_done(const struct http *h) { return h->body_state == BODY_DONE; }

void http_head_removed(struct http *h) { h->head_bytes = 0; }

void http_body_removed(struct http *h, size_t count) {
    assert(h->head_bytes == 0 && count <= h->body_bytes);
    h->body_bytes -= count;
}

#include "server/respond.h"

#include <assert.h>

#define JSON_TYPE "application/json"
#define NO_ROOM "{\"error\":{\"code\":\"too_large\",\"message\":\"the request needs too much memory\",\"field\":null}}"

// The one place where an error becomes a status. Clients take 5xx for a dead host, so only our own failures are that.
static const struct { int status; enum err shown_as; } table[] = {
    [ERR_OK] = {500, ERR_INTERNAL},
    [ERR_BAD_REQUEST] = {400, ERR_BAD_REQUEST},
    [ERR_UNAUTHORIZED] = {401, ERR_UNAUTHORIZED},
    [ERR_FORBIDDEN] = {403, ERR_FORBIDDEN},
    [ERR_NOT_FOUND] = {404, ERR_NOT_FOUND},
    [ERR_CONFLICT] = {409, ERR_CONFLICT},
    [ERR_TOO_LARGE] = {413, ERR_TOO_LARGE},
    [ERR_RATE_LIMITED] = {429, ERR_RATE_LIMITED},
    [ERR_INTERNAL] = {500, ERR_INTERNAL},
    [ERR_STORAGE_FULL] = {507, ERR_STORAGE_FULL},
    [ERR_NO_MEMORY] = {413, ERR_TOO_LARGE}, // the request asked for more than its arena may hold
    [ERR_IO] = {500, ERR_INTERNAL},
    [ERR_DAMAGED] = {500, ERR_INTERNAL},
    [ERR_NEWER] = {500, ERR_INTERNAL},
    [ERR_LOCKED] = {500, ERR_INTERNAL},
    [ERR_END] = {500, ERR_INTERNAL},
};

static size_t row(enum err code) {
    size_t i = (size_t)code;
    return i < sizeof table / sizeof *table ? i : (size_t)ERR_INTERNAL;
}

int respond_status(enum err code, bool algolia) {
    int status = table[row(code)].status;
    return algolia && status == 507 ? 429 : status; // Algolia's clients would drop the host for two minutes
}

enum err respond_text(struct request *rq, int status, const char *content_type) {
    assert(rq->response.status == 0); // one response a request
    rq->response.status = status;
    rq->response.content_type = content_type;
    return ERR_OK;
}

enum err respond_json(struct request *rq, int status) { return respond_text(rq, status, JSON_TYPE); }

enum err respond_empty(struct request *rq, int status) {
    rq->response.head_only = true;
    return respond_text(rq, status, NULL);
}

static bool under_algolia(const struct request *rq) { return slice_starts(rq->path, SLICE("/1/")); }

void respond_error_object(struct json_writer *w, const struct fault *fault) {
    json_key_open(w, "error", '{');
    json_key_str(w, "code", err_name(table[row(fault->code)].shown_as));
    json_key_str(w, "message", fault->message[0] ? fault->message : "the server failed");
    json_key_str(w, "field", fault->field[0] ? fault->field : NULL);
    json_close(w, '}');
}

static const struct slice no_room = {NO_ROOM, sizeof NO_ROOM - 1};

static enum err respond_error(struct request *rq, int status, const struct fault *fault) {
    rq->response.status = 0;
    rq->response.body = SLICE_NONE;
    rq->response.body_is_static = rq->response.head_only = false;
    buf_clear(&rq->out);
    buf_clear(&rq->response.headers);
    struct json_writer w = json_writer_of(&rq->out);
    json_open(&w, '{');
    if (under_algolia(rq)) {
        json_key_str(&w, "message", fault->message);
        json_key_int(&w, "status", status);
    } else {
        respond_error_object(&w, fault);
    }
    json_close(&w, '}');
    if (rq->out.bad) rq->response.body = no_room; // the arena is full, which may be the very error
    if (status == 429) respond_header(rq, "Retry-After", SLICE("1"));
    if (status == 401) respond_header(rq, "WWW-Authenticate", SLICE("Bearer"));
    return respond_json(rq, status);
}

static const char *sentence(enum err code) {
    switch (code) {
    case ERR_NOT_FOUND: return "there is no such thing";
    case ERR_NO_MEMORY: return "the request needs too much memory";
    case ERR_RATE_LIMITED: return "the server is busy, try again later";
    case ERR_DAMAGED: return "a stored record is damaged; `rightfit check` tells which";
    case ERR_STORAGE_FULL: return "there is no space left for data";
    case ERR_BAD_REQUEST: return "the request cannot be understood";
    default: return "the server failed";
    }
}

struct fault respond_said(enum err code, const struct fault *why) {
    struct fault plain;
    if (why->code == code) return *why;
    fault_set(&plain, code, "", "%s", sentence(code));
    return plain;
}

enum err respond_fault(struct request *rq, const struct fault *fault) {
    return respond_error(rq, respond_status(fault->code, under_algolia(rq)), fault);
}

enum err respond_problem(struct request *rq, int status, enum err as, const char *message) {
    struct fault fault;
    fault_set(&fault, as, "", "%s", message);
    return respond_error(rq, status, &fault);
}

void respond_header(struct request *rq, const char *name, struct slice value) {
    assert(value.n == 0 || (!memchr(value.p, '\r', value.n) && !memchr(value.p, '\n', value.n)));
    struct buf *b = &rq->response.headers;
    buf_slice_put(b, slice_str(name));
    buf_put(b, ": ", 2);
    buf_slice_put(b, value);
    buf_put(b, "\r\n", 2);
}

static bool matches_etag(struct slice wanted, const char *etag) {
    while (wanted.p) {
        struct slice one = slice_trim(slice_cut(&wanted, ','));
        if (slice_starts(one, SLICE("W/"))) one = slice_from(one, 2);
        if (slice_is(one, etag) || slice_is(one, "*")) return true;
    }
    return false;
}

enum err respond_file(struct request *rq, const struct static_file *file) {
    if (file->etag) respond_header(rq, "ETag", slice_str(file->etag));
    if (file->cache_control) respond_header(rq, "Cache-Control", slice_str(file->cache_control));
    if (file->gzip.p) respond_header(rq, "Vary", SLICE("Accept-Encoding"));
    if (file->etag && matches_etag(rq->head.known[HEADER_IF_NONE_MATCH], file->etag)) return respond_empty(rq, 304);
    bool gzip = file->gzip.p && http_list_has(rq->head.known[HEADER_ACCEPT_ENCODING], "gzip");
    if (gzip) respond_header(rq, "Content-Encoding", SLICE("gzip"));
    rq->response.body = gzip ? file->gzip : file->bytes;
    rq->response.body_is_static = true;
    return respond_text(rq, 200, file->content_type);
}

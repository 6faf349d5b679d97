#include "server/request.h"

#include <assert.h>
#include <stdlib.h>

#include "index/base/clock.h"
#include "server/gzip.h"
#include "server/router.h"

#define REQUEST_MAGIC 0x52657175u
#define ARENA_FIRST_BYTES (16u * 1024)
#define ARENA_KEEP_BYTES (4u * 1024 * 1024) // an arena that has grown above this is given back
#define OUT_BYTES 4096

struct request *request_new(void) {
    struct request *rq = calloc(1, sizeof *rq);
    if (!rq) return NULL;
    rq->magic = REQUEST_MAGIC;
    arena_init(&rq->arena, ARENA_FIRST_BYTES, LIMIT_REQUEST_ARENA_BYTES);
    request_reset(rq);
    return rq;
}

void request_free(struct request *rq) {
    if (!rq) return;
    assert(rq->magic == REQUEST_MAGIC);
    arena_destroy(&rq->arena);
    rq->magic = 0;
    free(rq);
}

void request_reset(struct request *rq) {
    assert(rq->magic == REQUEST_MAGIC);
    if (rq->arena.held_bytes > ARENA_KEEP_BYTES) {
        arena_destroy(&rq->arena);
        arena_init(&rq->arena, ARENA_FIRST_BYTES, LIMIT_REQUEST_ARENA_BYTES);
    }
    arena_reset(&rq->arena);
    buf_init(&rq->out, &rq->arena, OUT_BYTES);
    rq->response = (struct response){.content_type = NULL};
    buf_init(&rq->response.headers, &rq->arena, 0);
    rq->route = NULL;
    rq->lang = LANG_EN;
    rq->path = rq->body = SLICE_NONE;
    memset(rq->captures, 0, sizeof rq->captures);
    rq->query.count = 0;
    rq->key_id[0] = rq->view[0] = 0;
    rq->scopes = 0;
    rq->stream_state = NULL;
    rq->line_number = 0;
    rq->json = NULL;
    rq->resume = NULL;
    rq->work = NULL;
    rq->result = rq->fault.code = ERR_OK;
    rq->fault.field[0] = rq->fault.message[0] = 0;
    rq->push = NULL;
    rq->deferred = rq->streaming = false;
    atomic_store_explicit(&rq->gone, false, memory_order_relaxed);
}

// ---- query parameters ---------------------------------------------------------------------------------------------

struct slice request_param(const struct request *rq, const char *name) { return query_get(&rq->query, name, false); }
struct slice request_param_fold(const struct request *rq, const char *name) { return query_get(&rq->query, name, true); }

enum err request_param_int(const struct request *rq, const char *name, int64_t min, int64_t max, int64_t *out,
                           struct fault *why) {
    struct slice text = request_param(rq, name);
    if (!text.p) return ERR_OK;
    int64_t value;
    if (!slice_i64(text, &value) || value < min || value > max)
        return fault_set(why, ERR_BAD_REQUEST, name, "%s must be a whole number from %lld to %lld", name,
                         (long long)min, (long long)max);
    *out = value;
    return ERR_OK;
}

enum err request_param_number(const struct request *rq, const char *name, double *out, struct fault *why) {
    struct slice text = request_param(rq, name);
    if (!text.p) return ERR_OK;
    if (!slice_f64(text, out)) return fault_set(why, ERR_BAD_REQUEST, name, "%s must be a decimal number", name);
    return ERR_OK;
}

static bool listed(const char *const *allowed, struct slice name) {
    for (; allowed && *allowed; allowed++)
        if (slice_is(name, *allowed)) return true;
    return false;
}

enum err request_only_params(const struct request *rq, const char *const *allowed, struct fault *why) {
    for (unsigned i = 0; i < rq->query.count; i++) {
        struct slice name = rq->query.params[i].name;
        if (listed(allowed, name)) continue;
        char field[FAULT_FIELD_MAX];
        slice_copy(name, field, sizeof field);
        return fault_set(why, ERR_BAD_REQUEST, field, "there is no parameter %s here", field);
    }
    return ERR_OK;
}

static enum err take_lang(struct request *rq, struct fault *why) {
    if (!listed(rq->route->params, SLICE("lang"))) return ERR_OK;
    struct slice lang = request_param(rq, "lang");
    if (!lang.p || slice_is(lang, "en")) return ERR_OK;
    if (!slice_is(lang, "zh")) return fault_set(why, ERR_BAD_REQUEST, "lang", "lang must be en or zh");
    rq->lang = LANG_ZH;
    return ERR_OK;
}

enum err request_prepare(struct request *rq, struct fault *why) {
    TRY(query_parse(rq->head.query, &rq->arena, &rq->query, why));
    if (rq->route->flags & ROUTE_ANY_PARAMS) return ERR_OK;
    TRY(request_only_params(rq, rq->route->params, why));
    return take_lang(rq, why);
}

// ---- the body -----------------------------------------------------------------------------------------------------

enum err request_body(struct request *rq, struct slice *out, struct fault *why) {
    struct slice coding = rq->head.known[HEADER_CONTENT_ENCODING];
    *out = rq->body;
    if (!coding.p || slice_is(coding, "identity")) return ERR_OK;
    if (!slice_is(coding, "gzip"))
        return fault_set(why, ERR_BAD_REQUEST, "content-encoding", "the only Content-Encoding understood is gzip");
    return gzip_inflate(rq->body, router_body_limit(rq->route), &rq->arena, out, why);
}

enum err request_json(struct request *rq, const struct json **out, struct fault *why) {
    if (!rq->json) {
        struct slice text;
        TRY(request_body(rq, &text, why));
        if (slice_trim(text).n == 0) return fault_set(why, ERR_BAD_REQUEST, "", "the body must be JSON, it is empty");
        TRY(json_parse(rq->parser, text, &rq->arena, &rq->json, why));
    }
    *out = rq->json;
    return ERR_OK;
}

// ---- deferral -----------------------------------------------------------------------------------------------------

void request_defer(struct request *rq, request_fn resume) {
    assert(!rq->deferred && (rq->streaming || rq->response.status == 0));
    rq->deferred = true;
    request_work_end(rq);
    rq->resume = resume;
}

bool request_is_gone(const struct request *rq) { return atomic_load_explicit(&rq->gone, memory_order_relaxed); }

uint64_t request_took_us(const struct request *rq) { return rq->worked_us + clock_monotonic_us(rq->clock) - rq->begun_us; }

void request_work_begin(struct request *rq) { rq->begun_us = clock_monotonic_us(rq->clock); }

void request_work_end(struct request *rq) {
    rq->worked_us = request_took_us(rq);
    request_work_begin(rq); // where the deferral fails, the same thread goes on
}

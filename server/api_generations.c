// api_generations.c: `rightfit train` hands a new generation over to the running server.
//
// The file is already in the data folder. A compute thread verifies all of it and, unless forced, that it is not worse than the
// current one on people neither was fitted on (409); the writer makes it the current one, and when the answer leaves, requests that begin from then on are ranked by it.
#include "model/publish.h"
#include "server/api.h"
#include "server/api_routes.h"

struct publish {
    struct api_write write;
    uint64_t id, current;
    bool force;
};

static enum err apply(struct command *self, struct txn *t, struct arena *scratch) {
    (void)scratch;
    return publish_switch(t, ((struct publish *)(void *)self)->id);
}

static enum err answer(struct request *rq, struct fault *why) {
    (void)why;
    if (rq->result != ERR_OK) return rq->result;
    const struct publish *p = rq->stream_state;
    struct json_writer out = api_begin(rq);
    json_key_string(&out, "id", arena_printf(&rq->arena, "%016llx", (unsigned long long)p->id));
    return api_end(rq, &out);
}

static enum err refresh(struct request *rq, void *thread_state, struct fault *why) {
    (void)thread_state;
    return app_refresh_generation(app_of(rq), why);
}

static enum err published(struct request *rq, struct fault *why) {
    if (rq->result != ERR_OK) return rq->result;
    return request_compute(rq, refresh, answer, why);
}

static enum err verify(struct request *rq, void *thread_state, struct fault *why) {
    (void)thread_state;
    const struct publish *p = rq->stream_state;
    const char *data = app_of(rq)->options->data;
    enum err e = p->force ? publish_verify(data, p->id, why) : publish_check(data, p->current, p->id, 1, why);
    if (e == ERR_NOT_FOUND || e == ERR_DAMAGED || e == ERR_NEWER) {
        struct fault inner = *why;
        return fault_set(why, ERR_BAD_REQUEST, "id", "%s", inner.message);
    }
    return e;
}

static enum err verified(struct request *rq, struct fault *why) {
    (void)why;
    if (rq->result != ERR_OK) return rq->result;
    struct publish *p = rq->stream_state;
    return api_submit(rq, &p->write, apply, published);
}

static bool parse_id(struct slice text, uint64_t *out) {
    static const char digits[] = "0123456789abcdef";
    *out = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char *digit = memchr(digits, text.p[i], 16);
        if (!digit) return false;
        *out = *out << 4 | (uint64_t)(digit - digits);
    }
    return text.n == 16;
}

enum err api_generations_post(struct request *rq, struct fault *why) {
    static const char *const keys[] = {"id", "force", NULL};
    const struct json *body;
    struct slice id = SLICE_NONE;
    struct publish *p = ARENA_NEW(&rq->arena, struct publish);
    if (!p) return ERR_NO_MEMORY;
    TRY(request_json(rq, &body, why));
    TRY(json_only_keys(body, keys, why));
    TRY(json_get_string(body, "id", &id, why));
    if (!parse_id(id, &p->id)) return fault_set(why, ERR_BAD_REQUEST, "id", "id must be 16 hex digits, as `rightfit train` says them");
    TRY(json_get_bool(body, "force", &p->force, why));
    struct generation *current = generations_acquire(app_of(rq)->generations);
    p->current = current ? generation_id(current) : 0;
    generations_release(app_of(rq)->generations, current);
    rq->stream_state = p;
    return request_compute(rq, verify, verified, why);
}

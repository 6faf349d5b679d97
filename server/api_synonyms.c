// api_synonyms.c: an owner's rules which phrase of a query also means which (index/synonym.h): put, listed, taken back.
//
// The list may be long and is walked on a compute thread.
#include "index/synonym.h"

#include "index/base/limits.h"
#include "server/api.h"
#include "server/api_routes.h"

// ---- listing ------------------------------------------------------------------------------------------------------------------

struct listing {
    struct json_writer *out;
    struct api_page page;
    unsigned total;
};

static bool list_one(void *arg, const struct synonym_rule *rule) {
    struct listing *l = arg;
    unsigned at = l->total++;
    if (at >= l->page.offset && at - l->page.offset < l->page.limit) synonym_json(l->out, rule);
    return true;
}

static enum err list_id(struct app_worker *w, struct slice id, struct listing *l) {
    struct synonym_rule rule;
    enum err e = synonym_get(w->view, id, &rule);
    if (e == ERR_OK) list_one(l, &rule);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err list(struct request *rq, struct app_worker *w, struct fault *why) {
    struct json_writer out = api_begin(rq);
    struct listing l = {.out = &out};
    struct slice id = request_param(rq, "id");
    TRY(api_page(rq, &l.page, why));
    json_key_open(&out, "synonyms", '[');
    TRY(id.n ? list_id(w, id, &l) : synonym_each(w->view, list_one, &l));
    json_close(&out, ']');
    json_key_int(&out, "total", l.total);
    json_close(&out, '}');
    return ERR_OK;
}

static enum err on_compute(struct request *rq, void *thread_state, struct fault *why) { return api_read_on(thread_state, rq, why, list); }

enum err api_synonyms_get(struct request *rq, struct fault *why) { return request_compute(rq, on_compute, api_answered, why); }

// ---- changes --------------------------------------------------------------------------------------------------------------------

struct change {
    struct api_write write;
    struct synonym_rule rule;
};

static enum err apply_put(struct command *self, struct txn *t, struct arena *scratch) {
    const struct change *c = (struct change *)(void *)self;
    return synonym_put(t, scratch, &c->rule, &self->why);
}

static enum err put_done(struct request *rq, struct fault *why) {
    (void)why;
    if (rq->result != ERR_OK) return rq->result;
    struct json_writer out = json_writer_of(&rq->out);
    synonym_json(&out, &((const struct change *)rq->stream_state)->rule);
    return respond_json(rq, 200);
}

enum err api_synonyms_put(struct request *rq, struct fault *why) {
    const struct json *body;
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    if (!c) return ERR_NO_MEMORY;
    TRY(request_json(rq, &body, why));
    TRY(synonym_from_json(&rq->arena, body, &c->rule, why));
    rq->stream_state = c;
    return api_submit(rq, &c->write, apply_put, put_done);
}

static enum err apply_delete(struct command *self, struct txn *t, struct arena *scratch) {
    const struct change *c = (struct change *)(void *)self;
    return synonym_delete(t, scratch, c->rule.id, &self->why);
}

enum err api_synonyms_delete(struct request *rq, struct fault *why) {
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    if (!c) return ERR_NO_MEMORY;
    c->rule.id = request_param(rq, "id");
    if (c->rule.id.n == 0) return fault_set(why, ERR_BAD_REQUEST, "id", "id is missing");
    return api_submit(rq, &c->write, apply_delete, api_written);
}

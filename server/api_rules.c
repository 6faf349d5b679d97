// api_rules.c: /v1/rules: rules when which service is due on which cars (index/service.h): listed, put, taken back.
//
// The list may be long and is walked on a compute thread. `kind` says which rules are meant; "service" is the one there is.
#include "index/base/limits.h"
#include "index/service.h"
#include "server/api.h"
#include "server/api_routes.h"

static enum err kind_check(struct slice kind, bool needed, struct fault *why) {
    if (slice_is(kind, "service") || (!needed && !kind.p)) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, "kind", "kind is service");
}

// ---- listing ----------------------------------------------------------------------------------------------------------------------------
struct listing {
    struct json_writer *out;
    struct arena *arena;
    struct slice service; // p NULL: all
    struct api_page page;
    unsigned total;
};

static bool list_one(void *arg, const struct service_rule *rule) {
    struct listing *l = arg;
    if (l->service.p && !slice_eq(l->service, rule->service)) return true;
    unsigned at = l->total++;
    if (at >= l->page.offset && at - l->page.offset < l->page.limit) service_rule_json(l->out, l->arena, rule);
    return true;
}

static enum err list_id(struct app_worker *w, struct slice id, struct listing *l) {
    struct service_rule rule;
    enum err e = service_rule_get(w->view, id, &rule);
    if (e == ERR_OK) list_one(l, &rule);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err list(struct request *rq, struct app_worker *w, struct fault *why) {
    struct slice id = request_param(rq, "id");
    TRY(kind_check(request_param(rq, "kind"), false, why));
    struct listing l = {.arena = &rq->arena, .service = request_param(rq, "service")};
    TRY(api_page(rq, &l.page, why));
    struct json_writer out = api_begin(rq);
    l.out = &out;
    json_key_open(&out, "rules", '[');
    TRY(id.n ? list_id(w, id, &l) : service_rule_each(w->view, list_one, &l));
    json_close(&out, ']');
    json_key_int(&out, "total", l.total);
    json_key_int(&out, "version", (int64_t)service_rules_version(w->view));
    json_close(&out, '}');
    return ERR_OK;
}

static enum err on_compute(struct request *rq, void *thread_state, struct fault *why) { return api_read_on(thread_state, rq, why, list); }

enum err api_rules_get(struct request *rq, struct fault *why) { return request_compute(rq, on_compute, api_answered, why); }

// ---- changes ------------------------------------------------------------------------------------------------------------------------------
struct change {
    struct api_write write;
    struct service_rule rule;
};

static enum err apply_put(struct command *self, struct txn *t, struct arena *scratch) {
    const struct change *c = (struct change *)(void *)self;
    return service_rule_apply(t, scratch, &c->rule, &self->why);
}

static enum err put_read(struct request *rq, struct app_worker *w, struct fault *why) {
    (void)why;
    struct service_rule rule;
    TRY(service_rule_get(w->view, ((const struct change *)rq->stream_state)->rule.id, &rule));
    struct json_writer out = json_writer_of(&rq->out);
    service_rule_json(&out, &rq->arena, &rule);
    return respond_json(rq, 200);
}

static enum err put_done(struct request *rq, struct fault *why) { return rq->result != ERR_OK ? rq->result : api_read(rq, why, put_read); }

enum err api_rules_put(struct request *rq, struct fault *why) {
    const struct json *body;
    struct slice kind = SLICE_NONE;
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    if (!c) return ERR_NO_MEMORY;
    TRY(request_json(rq, &body, why));
    TRY(service_rule_from_json(&rq->arena, body, &c->rule, why));
    TRY(json_get_string(body, "kind", &kind, why));
    TRY(kind_check(kind, true, why));
    rq->stream_state = c;
    return api_submit(rq, &c->write, apply_put, put_done);
}

static enum err apply_delete(struct command *self, struct txn *t, struct arena *scratch) {
    const struct change *c = (struct change *)(void *)self;
    (void)scratch;
    return service_rule_delete(t, c->rule.id, &self->why);
}

enum err api_rules_delete(struct request *rq, struct fault *why) {
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    if (!c) return ERR_NO_MEMORY;
    TRY(kind_check(request_param(rq, "kind"), false, why));
    c->rule.id = request_param(rq, "id");
    if (c->rule.id.n == 0) return fault_set(why, ERR_BAD_REQUEST, "id", "id is missing");
    return api_submit(rq, &c->write, apply_delete, api_written);
}

// api_users.c: a person: garage, consent and identities as stored; stage, segment and value as computed on reading.
#include "index/base/limits.h"
#include "index/user.h"
#include "model/lifecycle.h"
#include "server/api.h"
#include "server/api_routes.h"

#define RECENT_SHOWN 20

// ---- reading ------------------------------------------------------------------------------------------------------------------

static void identities_json(struct json_writer *w, const struct user *user) {
    json_key_open(w, "identities", '[');
    for (unsigned i = 0; i < user->identity_count; i++) {
        json_open(w, '{');
        json_key_string(w, "kind", user->identities[i].kind);
        json_key_string(w, "value", user->identities[i].value);
        json_close(w, '}');
    }
    json_close(w, ']');
}

// "displacement:1.4|2.0,fuel:gasoline" -> {"displacement":["1.4","2.0"],"fuel":"gasoline"}: what PUT takes.
static void attrs_json(struct json_writer *w, struct arena *a, struct slice attrs) {
    json_key_open(w, "attrs", '{');
    while (attrs.p && attrs.n) {
        struct slice values = slice_cut(&attrs, ','), name = slice_cut(&values, ':');
        if (name.n == 0 || !values.p) continue;
        bool several = memchr(values.p, '|', values.n) != NULL;
        json_key_slice(w, name);
        if (several) json_open(w, '[');
        while (values.p) json_string(w, knowledge_unescape(a, slice_cut(&values, '|')));
        if (several) json_close(w, ']');
    }
    json_close(w, '}');
}

static void garage_json(struct json_writer *w, struct arena *a, const struct user *user) {
    json_key_open(w, "garage", '[');
    for (unsigned i = 0; i < user->garage_count; i++) {
        const struct garage_entry *g = &user->garage[i];
        json_open(w, '{');
        json_key_string(w, "vehicle", g->vehicle);
        attrs_json(w, a, g->attrs);
        json_key_int(w, "odometer_km", g->odometer_km);
        json_key(w, "since");
        if (g->since_ms) json_int(w, g->since_ms);
        else json_null(w);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void consent_json(struct json_writer *w, const struct user *user) {
    json_key_open(w, "consent", '{');
    for (unsigned i = 0; i < user->consent_count; i++) {
        json_key_slice(w, user->consents[i].purpose);
        json_boolean(w, user->consents[i].granted);
    }
    json_close(w, '}');
}

static void home_json(struct json_writer *w, const struct user *user) {
    if (!user->has_home) {
        json_key_null(w, "home");
        return;
    }
    json_key_open(w, "home", '{');
    geo_json(w, "near", user->home);
    json_close(w, '}');
}

static void lifecycle_json(struct json_writer *w, const struct lifecycle *l) {
    json_key_open(w, "stage", '{');
    json_key_str(w, "value", lifecycle_stage_name(l->stage));
    json_key_string(w, "why", l->stage_why);
    json_key(w, "since");
    if (l->stage_since_ms) json_int(w, l->stage_since_ms);
    else json_null(w);
    json_close(w, '}');
    json_key_open(w, "segment", '{');
    api_key_text(w, "value", l->segment);
    json_key_string(w, "why", l->segment_why);
    json_close(w, '}');
    json_key_double(w, "value_score", l->value_score);
}

// A product is told by the id merchants know, also when it is deleted or was never known.
static struct slice product_of(struct view *v, const struct event *e) {
    struct product p;
    if (e->product_id.n || !e->product || product_load(v, e->product, &p) != ERR_OK) return e->product_id;
    return p.external_id;
}

static void event_json(struct view *v, struct json_writer *w, const struct event *e) {
    json_open(w, '{');
    json_key_string(w, "id", e->id);
    json_key_int(w, "ts", e->unix_ms);
    json_key_str(w, "type", event_type_name(e->type));
    api_key_text(w, "product", product_of(v, e));
    api_key_text(w, "service", e->service);
    api_key_text(w, "query", e->query);
    api_key_text(w, "vehicle", e->vehicle);
    json_key_double(w, "value", (double)e->value); // not given is NaN, which is written as null
    json_close(w, '}');
}

static enum err get(struct request *rq, struct app_worker *w, struct fault *why) {
    struct user *user;
    struct event *events;
    struct lifecycle life;
    unsigned count;
    uint32_t id;
    enum err e = user_find(w->view, rq->captures[0], &id);
    if (e == ERR_NOT_FOUND) return fault_set(why, e, "id", "no user is called '%.*s'", SLICE_ARGS(rq->captures[0]));
    TRY(e);
    TRY(user_load(w->view, id, &user));
    TRY(event_recent(w->view, id, LIMIT_USER_EVENTS, &events, &count));
    TRY(lifecycle_compute(w->view, user, events, count, api_zh(rq), &life));
    struct json_writer out = api_begin(rq);
    json_key_string(&out, "id", user->external_id);
    identities_json(&out, user);
    garage_json(&out, &rq->arena, user);
    consent_json(&out, user);
    home_json(&out, user);
    lifecycle_json(&out, &life);
    json_key_open(&out, "recent", '[');
    for (unsigned i = 0; i < count && i < RECENT_SHOWN; i++) event_json(w->view, &out, &events[i]);
    json_close(&out, ']');
    return api_end(rq, &out);
}
enum err api_user_get(struct request *rq, struct fault *why) { return api_read(rq, why, get); }

// ---- writing ------------------------------------------------------------------------------------------------------------------

struct put {
    struct api_write write;
    struct user user;
};

static enum err apply_put(struct command *self, struct txn *t, struct arena *scratch) {
    uint32_t id;
    return user_put(t, scratch, &((struct put *)(void *)self)->user, &id);
}

static enum err put_done(struct request *rq, struct fault *why) {
    return rq->result != ERR_OK ? rq->result : api_read(rq, why, get);
}

static enum err put(struct request *rq, struct app_worker *w, struct fault *why) {
    const struct json *body;
    struct put *p = ARENA_NEW(&rq->arena, struct put);
    if (!p) return ERR_NO_MEMORY;
    TRY(request_json(rq, &body, why));
    TRY(user_from_json(w->view, rq->captures[0], body, &p->user, why));
    return api_submit(rq, &p->write, apply_put, put_done);
}
enum err api_user_put(struct request *rq, struct fault *why) { return api_read(rq, why, put); }

static enum err apply_delete(struct command *self, struct txn *t, struct arena *scratch) {
    const struct request *rq = ((struct api_write *)(void *)self)->rq;
    enum err e = user_delete(t, scratch, rq->captures[0]);
    if (e != ERR_NOT_FOUND) return e;
    return fault_set(&self->why, e, "id", "no user is called '%.*s'", SLICE_ARGS(rq->captures[0]));
}

enum err api_user_delete(struct request *rq, struct fault *why) {
    struct api_write *write = ARENA_NEW(&rq->arena, struct api_write);
    (void)why;
    if (!write) return ERR_NO_MEMORY;
    return api_submit(rq, write, apply_delete, api_written);
}

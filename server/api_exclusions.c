// api_exclusions.c: "this product does not fit this car, whatever the files say" (index/exclusion.h): said, listed, taken back.
//
// The list may be long and is walked on a compute thread.
#include "index/exclusion.h"

#include "index/base/limits.h"
#include "server/api.h"
#include "server/api_routes.h"

// ---- listing ------------------------------------------------------------------------------------------------------------------

struct listing {
    struct view *view;
    struct json_writer *out;
    struct api_page page;
    uint32_t vehicle, configuration; // 0: any
    unsigned total;
};

static bool list_one(void *arg, const struct exclusion *e) {
    struct listing *l = arg;
    if (l->vehicle && e->vehicle != l->vehicle) return true;
    if (l->configuration && e->configuration && e->configuration != l->configuration) return true;
    unsigned at = l->total++;
    if (at >= l->page.offset && at - l->page.offset < l->page.limit) exclusion_json(l->view, l->out, e);
    return true;
}

// A base vehicle, or one configuration with what is said of its whole base vehicle.
static enum err vehicle_of(struct app_worker *w, struct slice id, struct listing *l, struct fault *why) {
    struct vehicle *car;
    unsigned configuration;
    if (id.n == 0) return ERR_OK;
    enum err e = id.n > LIMIT_EXTERNAL_ID_BYTES ? ERR_NOT_FOUND : vehicle_find(w->view, id, &l->vehicle);
    if (e == ERR_NOT_FOUND && id.n <= LIMIT_EXTERNAL_ID_BYTES) {
        e = vehicle_find_configuration(w->view, id, &car, &configuration);
        if (e == ERR_OK) {
            l->vehicle = car->id;
            l->configuration = car->hashes[configuration];
        }
    }
    return e == ERR_NOT_FOUND ? fault_set(why, ERR_BAD_REQUEST, "vehicle", "no vehicle is called '%.*s'", SLICE_ARGS(id)) : e;
}

static enum err list(struct request *rq, struct app_worker *w, struct fault *why) {
    struct json_writer out = api_begin(rq);
    struct listing l = {.view = w->view, .out = &out};
    uint32_t product = 0;
    TRY(api_page(rq, &l.page, why));
    TRY(vehicle_of(w, request_param(rq, "vehicle"), &l, why));
    if (request_param(rq, "product").n) TRY(api_product(w, "product", request_param(rq, "product"), &product, why));
    json_key_open(&out, "exclusions", '[');
    TRY(exclusion_each(w->view, product, list_one, &l));
    json_close(&out, ']');
    json_key_int(&out, "total", l.total);
    json_close(&out, '}');
    return ERR_OK;
}

static enum err on_compute(struct request *rq, void *thread_state, struct fault *why) { return api_read_on(thread_state, rq, why, list); }

enum err api_exclusions_get(struct request *rq, struct fault *why) { return request_compute(rq, on_compute, api_answered, why); }

// ---- saying it, taking it back ------------------------------------------------------------------------------------------------

struct change {
    struct api_write write;
    struct slice product, vehicle, who, why;
    int64_t at_ms;
};

static enum err required(struct slice value, const char *field, struct fault *why) {
    if (value.n > 0 && value.n <= LIMIT_EXTERNAL_ID_BYTES) return ERR_OK;
    return fault_set(why, ERR_BAD_REQUEST, field, "%s must be 1 to %d bytes", field, LIMIT_EXTERNAL_ID_BYTES);
}

static enum err apply_put(struct command *self, struct txn *t, struct arena *scratch) {
    const struct change *c = (struct change *)(void *)self;
    return exclusion_put(t, scratch, c->product, c->vehicle, c->at_ms, c->who, c->why, &self->why);
}

static enum err put_done(struct request *rq, struct fault *why) {
    (void)why;
    if (rq->result != ERR_OK) return rq->result;
    const struct change *c = rq->stream_state;
    struct json_writer out = api_begin(rq);
    json_key_string(&out, "product", c->product);
    json_key_string(&out, "vehicle", c->vehicle);
    json_key_string(&out, "who", c->who);
    json_key_string(&out, "why", c->why);
    return api_end(rq, &out);
}

static enum err change_from_json(const struct json *body, struct change *c, struct fault *why) {
    static const char *const KEYS[] = {"product", "vehicle", "who", "why", NULL};
    if (body->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "an exclusion is an object");
    TRY(json_only_keys(body, KEYS, why));
    TRY(json_get_string(body, "product", &c->product, why));
    TRY(json_get_string(body, "vehicle", &c->vehicle, why));
    TRY(json_get_string(body, "who", &c->who, why));
    TRY(json_get_string(body, "why", &c->why, why));
    TRY(required(c->product, "product", why));
    TRY(required(c->vehicle, "vehicle", why));
    if (c->who.n + c->why.n > LIMIT_TEXT_BYTES) return fault_set(why, ERR_BAD_REQUEST, "why", "who and why are too long");
    return ERR_OK;
}

enum err api_exclusions_put(struct request *rq, struct fault *why) {
    const struct json *body;
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    if (!c) return ERR_NO_MEMORY;
    TRY(request_json(rq, &body, why));
    TRY(change_from_json(body, c, why));
    if (c->who.n == 0) c->who = slice_str(rq->key_id);
    c->at_ms = clock_unix_ms(rq->clock);
    rq->stream_state = c;
    return api_submit(rq, &c->write, apply_put, put_done);
}

static enum err apply_delete(struct command *self, struct txn *t, struct arena *scratch) {
    const struct change *c = (struct change *)(void *)self;
    return exclusion_delete(t, scratch, c->product, c->vehicle, &self->why);
}

enum err api_exclusions_delete(struct request *rq, struct fault *why) {
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    if (!c) return ERR_NO_MEMORY;
    c->product = request_param(rq, "product");
    c->vehicle = request_param(rq, "vehicle");
    TRY(required(c->product, "product", why));
    TRY(required(c->vehicle, "vehicle", why));
    return api_submit(rq, &c->write, apply_delete, api_written);
}

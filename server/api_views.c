// api_views.c: what API keys with a view may see (index/key_view.h): put, listed, deleted. Which key has which view stands in the key
// file (rightfit keys).
#include "index/key_view.h"

#include "server/api.h"
#include "server/api_routes.h"

static enum err list_one(void *arg, const struct key_view *view) {
    key_view_json(arg, view);
    return ERR_OK;
}

static enum err list_id(struct app_worker *w, struct slice id, struct json_writer *out) {
    struct key_view view;
    enum err e = key_view_load(w->view, id, &view);
    if (e == ERR_OK) key_view_json(out, &view);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err list(struct request *rq, struct app_worker *w, struct fault *why) {
    struct json_writer out = api_begin(rq);
    struct slice id = request_param(rq, "id");
    (void)why;
    json_key_open(&out, "views", '[');
    TRY(id.n ? list_id(w, id, &out) : key_view_each(w->view, list_one, &out));
    json_close(&out, ']');
    return api_end(rq, &out);
}
enum err api_views_get(struct request *rq, struct fault *why) { return api_read(rq, why, list); }

struct change {
    struct api_write write;
    struct key_view view;
};

static enum err apply_put(struct command *self, struct txn *t, struct arena *scratch) {
    return key_view_put(t, scratch, &((const struct change *)(void *)self)->view, &self->why);
}

static enum err put_done(struct request *rq, struct fault *why) {
    (void)why;
    if (rq->result != ERR_OK) return rq->result;
    struct json_writer out = json_writer_of(&rq->out);
    key_view_json(&out, &((const struct change *)rq->stream_state)->view);
    return respond_json(rq, 200);
}

enum err api_views_put(struct request *rq, struct fault *why) {
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    const struct json *body;
    if (!c) return ERR_NO_MEMORY;
    TRY(request_json(rq, &body, why));
    TRY(key_view_from_json(body, &c->view, why));
    rq->stream_state = c;
    return api_submit(rq, &c->write, apply_put, put_done);
}

static enum err apply_delete(struct command *self, struct txn *t, struct arena *scratch) {
    (void)scratch;
    return key_view_delete(t, ((const struct change *)(void *)self)->view.id, &self->why);
}

enum err api_views_delete(struct request *rq, struct fault *why) {
    struct change *c = ARENA_NEW(&rq->arena, struct change);
    if (!c) return ERR_NO_MEMORY;
    c->view.id = request_param(rq, "id");
    if (c->view.id.n == 0) return fault_set(why, ERR_BAD_REQUEST, "id", "id is missing");
    return api_submit(rq, &c->write, apply_delete, api_written);
}

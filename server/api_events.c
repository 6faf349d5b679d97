// api_events.c: what people did, one event or an array: all or nothing, acknowledged when it is on disk, idempotent by id.
#include "index/event.h"
#include "server/api.h"
#include "server/api_routes.h"
#include "server/fleet.h"

struct events {
    struct api_write write;
    struct event *list;
    size_t count;
    unsigned duplicates; // of the last attempt
};

static enum err apply(struct command *self, struct txn *t, struct arena *scratch) {
    struct events *e = (struct events *)(void *)self;
    e->duplicates = 0;
    for (size_t i = 0; i < e->count; i++) {
        bool duplicate;
        TRY(event_put(t, scratch, &e->list[i], &duplicate));
        e->duplicates += duplicate;
    }
    return ERR_OK;
}

static enum err done(struct request *rq, struct fault *why) {
    (void)why;
    if (rq->result != ERR_OK) return rq->result;
    const struct events *e = rq->stream_state;
    if (e->count > e->duplicates) fleet_publish(app_of(rq)->fleet, rq->key_id, e->list, e->count);
    struct json_writer out = api_begin(rq);
    json_key_int(&out, "accepted", (int64_t)(e->count - e->duplicates));
    json_key_int(&out, "duplicates", e->duplicates);
    return api_end(rq, &out);
}

static enum err read_one(const struct json *object, int64_t now_ms, size_t at, bool listed, struct event *out, struct fault *why) {
    if (object->type != JSON_OBJECT) return fault_set(why, ERR_BAD_REQUEST, "", "event %zu is not an object", at);
    enum err e = event_from_json(object, now_ms, out, why);
    if (e != ERR_BAD_REQUEST || !listed) return e;
    struct fault inner = *why;
    return fault_set(why, e, inner.field, "event %zu: %.200s", at, inner.message);
}

enum err api_events_post(struct request *rq, struct fault *why) {
    const struct json *body;
    TRY(request_json(rq, &body, why));
    bool listed = body->type == JSON_ARRAY;
    struct events *e = ARENA_NEW(&rq->arena, struct events);
    size_t count = listed ? body->count : 1;
    struct event *list = ARENA_ARRAY(&rq->arena, struct event, count + 1);
    if (!e || !list) return ERR_NO_MEMORY;
    int64_t now_ms = clock_unix_ms(rq->clock);
    for (size_t i = 0; i < count; i++) TRY(read_one(listed ? &body->items[i] : body, now_ms, i, listed, &list[i], why));
    e->list = list;
    e->count = count;
    rq->stream_state = e;
    return api_submit(rq, &e->write, apply, done);
}

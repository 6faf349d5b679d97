// api_vehicle_put.c: PUT /v1/vehicles/{id}: one base vehicle with the configurations its owner knows of, and what fits it, visible
// when the answer arrives. Applications that waited for such a vehicle, and counts, follow in the background (jobs.h).
#include "index/base/limits.h"
#include "server/api.h"
#include "server/api_routes.h"
#include "server/bulk_group.h"
#include "server/jobs.h"

struct put {
    struct api_write write;
    struct vehicle_put doc;
    uint64_t placed;
};

static enum err apply(struct command *self, struct txn *t, struct arena *scratch) {
    const struct put *p = (struct put *)(void *)self;
    return bulk_vehicle_apply(t, scratch, app_of(p->write.rq)->jobs, p->placed, &p->doc, &self->why);
}

static enum err done(struct request *rq, struct fault *why) {
    (void)why;
    if (rq->result != ERR_OK) return rq->result;
    jobs_vehicles_changed(app_of(rq)->jobs);
    struct json_writer out = api_begin(rq);
    json_key_string(&out, "id", rq->captures[0]);
    json_key_int(&out, "configurations", ((const struct put *)rq->stream_state)->doc.configuration_count);
    return api_end(rq, &out);
}

static enum err look_up(struct request *rq, struct app_worker *w, struct fault *why) {
    return vehicle_put_prepare(w->view, &((struct put *)rq->stream_state)->doc, why);
}

static enum err prepare(struct request *rq, void *thread_state, struct fault *why) {
    struct put *p = rq->stream_state;
    p->placed = jobs_placed(app_of(rq)->jobs); // before the snapshot: what is placed anew afterwards is noticed
    return api_read_on(thread_state, rq, why, look_up);
}

static enum err prepared(struct request *rq, struct fault *why) {
    struct put *p = rq->stream_state;
    (void)why;
    return rq->result != ERR_OK ? rq->result : api_submit(rq, &p->write, apply, done);
}

enum err api_vehicle_put(struct request *rq, struct fault *why) {
    const struct json *body;
    struct slice id = rq->captures[0];
    struct put *p = ARENA_NEW(&rq->arena, struct put);
    if (!p) return ERR_NO_MEMORY;
    if (id.n > LIMIT_EXTERNAL_ID_BYTES) return fault_set(why, ERR_BAD_REQUEST, "id", "id must be at most %d bytes", LIMIT_EXTERNAL_ID_BYTES);
    TRY(request_json(rq, &body, why));
    TRY(vehicle_put_from_json(&rq->arena, id, body, &p->doc, why));
    rq->stream_state = p;
    return request_compute(rq, prepare, prepared, why);
}

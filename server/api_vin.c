// api_vin.c: GET /v1/vin/{vin} and POST /v1/vin: what VINs stand for (index/vin.h).
#include "index/base/limits.h"
#include "index/vin.h"
#include "server/api.h"
#include "server/api_routes.h"

static enum err one(struct request *rq, struct app_worker *w, struct fault *why) {
    (void)why;
    struct json_writer out = json_writer_of(&rq->out);
    TRY(vin_json(w->view, &out, rq->captures[0]));
    return respond_json(rq, 200);
}
enum err api_vin_get(struct request *rq, struct fault *why) { return api_read(rq, why, one); }

// ---- many ---------------------------------------------------------------------------------------------------------------------

// A failing VIN's repair tries fifty others, so a thousand take longer than a loop may be held: they go to a compute thread.
static enum err write_list(struct request *rq, struct app_worker *w, struct fault *why) {
    const struct json *vins = rq->stream_state;
    (void)why;
    struct json_writer out = api_begin(rq);
    json_key_open(&out, "results", '[');
    for (size_t i = 0; i < vins->count; i++) TRY(vin_json(w->view, &out, vins->items[i].string));
    json_close(&out, ']');
    json_close(&out, '}');
    return ERR_OK;
}

static enum err list_work(struct request *rq, void *thread_state, struct fault *why) {
    return api_read_on(thread_state, rq, why, write_list);
}

static enum err list_resume(struct request *rq, struct fault *why) {
    rq->stream_state = NULL;
    return api_answered(rq, why);
}

enum err api_vin_post(struct request *rq, struct fault *why) {
    static const char *const KEYS[] = {"vins", NULL};
    const struct json *body, *vins = NULL;
    TRY(request_json(rq, &body, why));
    TRY(json_only_keys(body, KEYS, why));
    TRY(json_get_array(body, "vins", &vins, why));
    if (!vins) return fault_set(why, ERR_BAD_REQUEST, "vins", "vins is required: a list of VINs");
    if (vins->count > LIMIT_VINS) return fault_set(why, ERR_BAD_REQUEST, "vins", "at most %d VINs at a time", LIMIT_VINS);
    for (size_t i = 0; i < vins->count; i++)
        if (vins->items[i].type != JSON_STRING || vins->items[i].string.n > LIMIT_EXTERNAL_ID_BYTES)
            return fault_set(why, ERR_BAD_REQUEST, "vins", "vins[%zu] is not a VIN", i);
    rq->stream_state = (void *)vins;
    return request_compute(rq, list_work, list_resume, why);
}

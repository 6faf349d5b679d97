// api_imports.c: files handed over to the running server, what has been imported, and the way back (jobs.h, index/batch.h).
#include "index/batch.h"

#include "index/base/limits.h"
#include "server/api.h"
#include "server/api_routes.h"
#include "server/jobs.h"

#define BATCHES_SHOWN 100u

// ---- handing over ---------------------------------------------------------------------------------------------------------------

enum err api_imports_post(struct request *rq, struct fault *why) {
    static const char *const KEYS[] = {"path", "sources", "dry_run", NULL};
    const struct json *body;
    struct slice path = SLICE_NONE, sources = SLICE_NONE;
    bool dry_run = false;
    uint64_t id = 0;
    TRY(request_json(rq, &body, why));
    TRY(json_only_keys(body, KEYS, why));
    TRY(json_get_string(body, "path", &path, why));
    TRY(json_get_string(body, "sources", &sources, why));
    TRY(json_get_bool(body, "dry_run", &dry_run, why));
    if (sources.n > LIMIT_TEXT_BYTES) return fault_set(why, ERR_BAD_REQUEST, "sources", "sources must be at most %d bytes", LIMIT_TEXT_BYTES);
    TRY(jobs_import(app_of(rq)->jobs, path, sources, dry_run, &id, why));
    struct json_writer out = api_begin(rq);
    json_key_int(&out, "job", (int64_t)id);
    json_close(&out, '}');
    return respond_json(rq, 202);
}

// ---- listing --------------------------------------------------------------------------------------------------------------------

struct listing { struct json_writer *out; unsigned count; };

static bool list_one(void *arg, const struct batch *b) {
    struct listing *l = arg;
    batch_json(l->out, b);
    return ++l->count < BATCHES_SHOWN;
}

static enum err list(struct request *rq, struct app_worker *w, struct fault *why) {
    int64_t job = 0;
    struct json_writer out = api_begin(rq);
    struct listing l = {.out = &out};
    TRY(request_param_int(rq, "job", 1, INT64_MAX, &job, why));
    json_key_open(&out, "batches", '[');
    TRY(batch_each(w->view, list_one, &l));
    json_close(&out, ']');
    json_key_open(&out, "jobs", '[');
    jobs_json(w->app->jobs, (uint64_t)job, &out);
    json_close(&out, ']');
    return api_end(rq, &out);
}
enum err api_imports_get(struct request *rq, struct fault *why) { return api_read(rq, why, list); }

// ---- the way back -----------------------------------------------------------------------------------------------------------------

struct rollback {
    struct api_write write;
    uint32_t id;
    struct batch_undo_report report;
};

static enum err busy(struct jobs *j, struct fault *why) {
    if (!jobs_running(j)) return ERR_OK;
    return fault_set(why, ERR_CONFLICT, "", "an import is running; take one back when it is done");
}

static enum err apply(struct command *self, struct txn *t, struct arena *scratch) {
    struct rollback *r = (struct rollback *)(void *)self;
    struct jobs *j = app_of(r->write.rq)->jobs;
    TRY(busy(j, &self->why));
    TRY(batch_take_back(t, scratch, r->id, &r->report, &self->why));
    jobs_catalogue_moved(j);
    return ERR_OK;
}

static enum err done(struct request *rq, struct fault *why) {
    (void)why;
    if (rq->result != ERR_OK) return rq->result;
    const struct rollback *r = rq->stream_state;
    struct json_writer out = api_begin(rq);
    json_key_int(&out, "id", r->id);
    json_key_int(&out, "restored", r->report.restored);
    json_key_int(&out, "kept", r->report.kept);
    return api_end(rq, &out);
}

enum err api_imports_rollback(struct request *rq, struct fault *why) {
    uint64_t id;
    struct rollback *r = ARENA_NEW(&rq->arena, struct rollback);
    if (!r) return ERR_NO_MEMORY;
    if (!slice_u64(rq->captures[0], &id) || id == 0 || id > UINT32_MAX) return fault_set(why, ERR_NOT_FOUND, "id", "id is an import's number");
    TRY(busy(app_of(rq)->jobs, why));
    r->id = (uint32_t)id;
    rq->stream_state = r;
    return api_submit(rq, &r->write, apply, done);
}

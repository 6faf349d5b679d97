// api_bulk.c: POST /v1/bulk: changes of the data, one a line (index/bulk.h), any number of them, answered line by line in their order
// when they are on disk.
//
// Lines are gathered and handed to the writer together (bulk_group.h). Meanwhile no further line is taken, so the memory is a group's.
#include "server/bulk_group.h"

#include "server/api.h"
#include "server/api_routes.h"
#include "server/jobs.h"

static enum err bulk_open(struct request *rq, struct fault *why) {
    struct app *a = app_of(rq);
    struct bulk_group *g = bulk_group_new(a->writer, a->jobs);
    rq->stream_state = g;
    return g ? ERR_OK : fault_set(why, ERR_NO_MEMORY, "", "no memory for a group of lines");
}

static void bulk_close(struct request *rq) {
    bulk_group_free(rq->stream_state);
    rq->stream_state = NULL;
}

// ---- answers ----------------------------------------------------------------------------------------------------------------------

static void line_answer(struct request *rq, const struct bulk_line *line) {
    struct json_writer w = json_writer_of(&rq->out);
    json_open(&w, '{');
    json_key_int(&w, "line", (int64_t)line->number);
    if (line->command.result == ERR_OK) json_key_bool(&w, "ok", true);
    else respond_error_object(&w, &line->command.why);
    json_close(&w, '}');
    buf_char(&rq->out, '\n');
}

static enum err answers(struct request *rq, struct fault *why) {
    struct bulk_group *g = rq->stream_state;
    (void)why;
    for (unsigned i = 0; i < g->count; i++) line_answer(rq, &g->lines[i]);
    bulk_group_clear(g);
    return ERR_OK;
}

// ---- handing on -------------------------------------------------------------------------------------------------------------------

static void written(void *rq) { request_complete(rq); }

static enum err submit(struct request *rq) {
    struct bulk_group *g = rq->stream_state;
    rq->result = ERR_OK;
    g->done = written;
    g->arg = rq;
    g->at_ms = clock_unix_ms(rq->clock);
    request_defer(rq, answers);
    bulk_group_submit(g);
    return ERR_OK;
}

static enum err prepare(struct request *rq, void *thread_state, struct fault *why) {
    (void)thread_state, (void)why;
    bulk_group_prepare(rq->stream_state, app_of(rq)->db, rq->clock);
    return ERR_OK;
}

static enum err prepared(struct request *rq, struct fault *why) {
    if (rq->result != ERR_OK) bulk_group_fail_vehicles(rq->stream_state, why); // the compute threads' queue is full
    return submit(rq);
}

static enum err hand_on(struct request *rq) {
    struct bulk_group *g = rq->stream_state;
    struct fault why = {ERR_OK, "", ""};
    if (g->vehicles == 0) return submit(rq);
    rq->deadline_us = clock_monotonic_us(rq->clock) + (uint64_t)app_of(rq)->options->request_time_ms * 1000; // each group's own
    if (request_compute(rq, prepare, prepared, &why) == ERR_OK) return ERR_OK;
    bulk_group_fail_vehicles(g, &why);
    return submit(rq);
}

static enum err bulk_one(struct request *rq, struct slice line, struct fault *why) {
    (void)why; // what is wrong with a line is told in its turn
    bool full = bulk_group_add(rq->stream_state, line, SLICE("bulk"), rq->line_number, slice_str(rq->key_id));
    return full ? hand_on(rq) : ERR_OK;
}

static enum err bulk_refused(struct request *rq, struct fault *why) {
    struct bulk_group *g = rq->stream_state;
    bulk_group_refuse(g, rq->line_number, why);
    return g->count == BULK_GROUP_LINES ? hand_on(rq) : ERR_OK;
}

static enum err bulk_flush(struct request *rq, bool last, struct fault *why) {
    const struct bulk_group *g = rq->stream_state;
    (void)last, (void)why;
    return g->count > 0 ? hand_on(rq) : ERR_OK;
}

const struct stream api_bulk = {.open = bulk_open, .line = bulk_one, .refused = bulk_refused, .flush = bulk_flush, .close = bulk_close};

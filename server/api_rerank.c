// POST /v1/rerank: NDJSON in, NDJSON out, in order, any length. What a line means is model/rerank_line.h's.
//
// A line is answered on the loop when that takes well under a millisecond; one that may take longer (the whole catalogue, long lists,
// cars of which little is known) goes to the compute threads, and no further line is taken meanwhile. Each line sees the snapshot and
// the generation of its own moment.
#include "model/rerank_line.h"

#include "index/assortment.h"
#include "server/api.h"
#include "server/api_search.h"

#define LOOP_US 800 // what a line may take at most on the loop

const char *const api_rerank_params[] = {"market", "lang", NULL};

struct rerank_stream { // in rq->kept
    struct json_parser *parser;
    struct rerank_line line; // being answered
};

static enum err rerank_open(struct request *rq, struct fault *why) {
    struct rerank_stream *s = ARENA_NEW(&rq->kept, struct rerank_stream);
    if (s) s->parser = json_parser_new();
    rq->stream_state = s;
    return s && s->parser ? ERR_OK : fault_set(why, ERR_NO_MEMORY, "", "no memory for a parser");
}

static void rerank_close(struct request *rq) {
    struct rerank_stream *s = rq->stream_state;
    json_parser_free(s->parser);
    rq->stream_state = NULL;
}

static enum err answer(struct request *rq, struct app_worker *w, struct fault *why) {
    struct rerank_stream *s = rq->stream_state;
    struct rerank r = {.view = w->view, .ranker = w->ranker};
    rank_begin(w->ranker);
    enum err e = rerank_line_answer(&r, &s->line, &rq->out, why);
    rank_end(w->ranker);
    return e;
}

static enum err answer_elsewhere(struct request *rq, void *thread_state, struct fault *why) { return api_read_on(thread_state, rq, why, answer); }

static enum err answered(struct request *rq, struct fault *why) {
    (void)why; // filled already
    return rq->result;
}

static enum err read_line(struct request *rq, struct app_worker *w, struct slice text, unsigned *us, struct fault *why) {
    struct rerank_stream *s = rq->stream_state;
    struct rerank r = {.view = w->view, .ranker = w->ranker};
    const struct key_view *only = assortment_view(w->view);
    struct slice market;
    TRY(api_market(rq, w, &market, why));
    market = arena_copy(&rq->arena, market); // the line may outlive the snapshot
    TRY(rerank_line_read(s->parser, &rq->arena, text, market, &s->line, why));
    if (only && only->market.n) s->line.market = market; // whatever the line says
    return rerank_line_us(&r, &s->line, us, why);
}

static enum err rerank_one(struct request *rq, struct slice text, struct fault *why) {
    struct app_worker *w = app_worker_of(rq->worker_state);
    unsigned us = 0;
    TRY(api_view_begin(rq, w, why));
    enum err e = read_line(rq, w, text, &us, why);
    bool here = e == ERR_OK && us <= LOOP_US;
    if (here) e = answer(rq, w, why);
    view_end(w->view);
    if (e != ERR_OK || here) return e;
    rq->deadline_us = clock_monotonic_us(rq->clock) + (uint64_t)app_of(rq)->options->request_time_ms * 1000; // each line's own
    return request_compute(rq, answer_elsewhere, answered, why);
}

const struct stream api_rerank = {.open = rerank_open, .line = rerank_one, .close = rerank_close};

// POST /v1/rerank: NDJSON in, NDJSON out, in order, any length. The work of a line is model/rerank.h's.
#include "model/rerank.h"

#include "server/api.h"
#include "server/api_search.h"

const char *const api_rerank_params[] = {"market", "lang", NULL};

static enum err rerank_open(struct request *rq, struct fault *why) {
    struct json_parser *parser = json_parser_new();
    rq->stream_state = parser;
    return parser ? ERR_OK : fault_set(why, ERR_NO_MEMORY, "", "no memory for a parser");
}

static void rerank_close(struct request *rq) {
    json_parser_free(rq->stream_state);
    rq->stream_state = NULL;
}

static enum err line_answer(struct request *rq, struct app_worker *w, struct slice line, struct fault *why) {
    struct rerank r = {.view = w->view, .ranker = w->ranker, .parser = rq->stream_state};
    TRY(api_market(rq, w, &r.market, why));
    return rerank_line(&r, line, &rq->out, why);
}

static enum err rerank_one(struct request *rq, struct slice line, struct fault *why) {
    struct app_worker *w = app_worker_of(rq->worker_state);
    TRY(api_view_begin(rq, w, why));
    enum err e = line_answer(rq, w, line, why);
    view_end(w->view);
    return e;
}

const struct stream api_rerank = {.open = rerank_open, .line = rerank_one, .close = rerank_close};

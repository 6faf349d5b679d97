// api_reports.c: what operators want to know of the shop's searches.
#include "index/query_log.h"
#include "server/api.h"
#include "server/api_routes.h"
#include "server/misses.h"

struct zero_results {
    struct api_write write;
    struct query_miss *waiting;
    unsigned count;
};

static enum err apply(struct command *self, struct txn *t, struct arena *scratch) {
    struct zero_results *z = (struct zero_results *)(void *)self;
    return misses_write(t, scratch, z->waiting, z->count);
}

static enum err list_json(struct request *rq, struct app_worker *w, struct fault *why) {
    struct api_page page;
    struct query_miss *list;
    unsigned count;
    TRY(api_page(rq, &page, why));
    TRY(query_misses(w->view, page.limit, &list, &count));
    struct json_writer j = api_begin(rq);
    json_key_open(&j, "queries", '[');
    for (unsigned i = 0; i < count; i++) {
        json_open(&j, '{');
        json_key_string(&j, "query", list[i].query);
        json_key_int(&j, "count", list[i].count);
        json_key_int(&j, "last", list[i].last_ms);
        api_list(&j, "dropped", list[i].dropped);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    return api_end(rq, &j);
}

static enum err done(struct request *rq, struct fault *why) {
    if (rq->result != ERR_OK) return rq->result;
    return api_read(rq, why, list_json);
}

// What still waits in memory is written first, so that the report is complete; also when nothing waits, as the writer may be about to commit what
// it took in its idle time.
enum err api_zero_results(struct request *rq, struct fault *why) {
    struct zero_results *z = ARENA_NEW(&rq->arena, struct zero_results);
    struct api_page page;
    TRY(api_page(rq, &page, why));
    if (!z || misses_take(app_of(rq)->misses, &rq->arena, &z->waiting, &z->count) != ERR_OK)
        return ERR_NO_MEMORY;
    return api_submit(rq, &z->write, apply, done);
}

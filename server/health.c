#include "server/health.h"

#include "server/metrics.h"
#include "server/respond.h"
#include "server/server.h"

static enum err say(struct request *rq, int status, const char *text) {
    struct json_writer w = json_writer_of(&rq->out);
    json_open(&w, '{');
    json_key_str(&w, "status", text);
    json_close(&w, '}');
    return respond_json(rq, status);
}

enum err health_alive(struct request *rq, struct fault *why) {
    (void)why;
    return say(rq, 200, "ok");
}

enum err health_ready(struct request *rq, struct fault *why) {
    if (server_ready(rq->server, why)) return say(rq, 200, "ready");
    return respond_problem(rq, 503, ERR_INTERNAL, why->message); // read by balancers, which must take the node out
}

enum err health_metrics(struct request *rq, struct fault *why) {
    (void)why;
    metrics_write(server_metrics(rq->server), &rq->out);
    return respond_text(rq, 200, "text/plain; version=0.0.4; charset=utf-8");
}

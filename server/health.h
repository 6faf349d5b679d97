// health.h: is it alive, is it ready, how is it doing.
#ifndef RF_SERVER_HEALTH_H
#define RF_SERVER_HEALTH_H

#include "server/request.h"

enum err health_alive(struct request *rq, struct fault *why);   // GET /healthz: 200 as long as a worker answers
enum err health_ready(struct request *rq, struct fault *why);   // GET /readyz: 503 while starting or draining
enum err health_metrics(struct request *rq, struct fault *why); // GET /metrics: Prometheus text

#endif

// compute.h: threads for work over a millisecond, so that no event loop ever waits for it. Used through
// request_compute(). The queue is bounded, and what has waited past its request's deadline or lost its client is not
// started: it comes back as ERR_RATE_LIMITED.
#ifndef RF_SERVER_COMPUTE_H
#define RF_SERVER_COMPUTE_H

#include "server/request.h"
#include "server/server.h"

struct compute;

// Each thread opens its own state with app->worker_open. ERR_IO, ERR_NO_MEMORY.
enum err compute_start(unsigned threads, unsigned queue_max, const struct server_app *app, const struct clock *clock,
                       struct compute **out, struct fault *why);
void compute_stop(struct compute *c); // finishes what waits, ends the threads; NULL is fine
enum err compute_submit(struct compute *c, struct request *rq); // ERR_RATE_LIMITED; ends in request_complete(rq)
unsigned compute_waiting(struct compute *c); // any thread

#endif

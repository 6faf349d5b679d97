// output.h: bytes on their way to the client. See conn.h, invariant 3: callers look at output_blocked() first.
#ifndef RF_SERVER_OUTPUT_H
#define RF_SERVER_OUTPUT_H

#include "server/conn.h"

void output_put(struct conn *c, struct slice s); // copies
// A response body: copied when small, else sent from where it lies. Returns true when it took over `owner`, which is
// then given back to the worker once all is sent; `owner` is NULL for static bytes.
bool output_body(struct conn *c, struct slice body, struct request *owner);
void output_flush(struct conn *c); // sends what the socket takes; may kill the connection
void output_drop(struct conn *c);  // forgets everything
static inline bool output_blocked(const struct conn *c) { return c->out.n > 0 || c->tail.n > 0; }
static inline size_t output_pending(const struct conn *c) { return c->out.n - c->out_at + c->tail.n + c->worker->out_n; }

#endif

// stream.h: NDJSON requests of any length, answered line by line in constant memory. The contract for handlers is
// `struct stream` in router.h.
//
// Backpressure: while more than STREAM_HIGH_WATER_BYTES of answers wait for the client nothing is read from it, so a
// slow reader slows its own sender. A turn is short (STREAM_TURN_US), so other connections are not kept waiting.
#ifndef RF_SERVER_STREAM_H
#define RF_SERVER_STREAM_H

#include "server/conn.h"

#define STREAM_HIGH_WATER_BYTES (256 * 1024)
#define STREAM_TURN_US 1000

void stream_begin(struct conn *c, struct request *rq); // rq->route is a stream; answers a failing open itself
void stream_receive(struct conn *c);
void stream_run(struct conn *c); // goes on as far as input, output and time allow
void stream_resumed(struct conn *c, struct request *rq, enum err code, const struct fault *why);
void stream_abandon(struct conn *c); // the client has gone
// Two arenas, rq->kept for as long as it is open and rq->arena for a line, and back.
void stream_split_memory(struct request *rq);
void stream_join_memory(struct request *rq);
bool stream_wants_input(const struct conn *c);

#endif

// exchange.h: one request of a connection, from its bytes to its answer.
#ifndef RF_SERVER_EXCHANGE_H
#define RF_SERVER_EXCHANGE_H

#include "server/conn.h"

// Takes up the request that starts at p. MORE: it is not complete. READY: it was answered, deferred or became a stream;
// *used bytes of the buffer are done with. *n may shrink, see http_body(). Never BAD: a refusal is an answer too, and
// sets c->closing.
enum http_step exchange_take(struct conn *c, char *p, size_t *n, size_t *used);
void exchange_refuse(struct conn *c, int status, enum err as, const char *message); // answers outside a request; closes
// What a handler left behind: sends its response, its fault, or waits for its deferral.
void exchange_handled(struct conn *c, struct request *rq, enum err code, const struct fault *why);
void exchange_resumed(struct conn *c, struct request *rq); // runs the resume of a request that came back

// For streams.
void exchange_head(struct conn *c, struct request *rq, enum encode_framing framing, size_t length, bool keep_alive);
bool exchange_keeps_alive(const struct conn *c, const struct request *rq);
void exchange_account(struct conn *c, const struct request *rq, uint64_t body_bytes); // metrics and request log
void exchange_count(struct conn *c, const struct request *rq);                        // for an answer that stays open: its status when it begins,
void exchange_log(struct conn *c, const struct request *rq, uint64_t body_bytes);     // its line when it ends
void exchange_wait(struct conn *c, struct request *rq); // rq is deferred: nothing happens until it comes back
void exchange_gone(struct conn *c, struct request *rq); // the client left: count it and let go

#endif

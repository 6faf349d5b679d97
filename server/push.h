// push.h: answers that stay open and say something when there is something to say: server-sent events over GET.
//
// A handler registers itself where its news come from, calls request_push() and returns ERR_OK. From then on `take` is asked for one message
// after the other whenever request_poke() was called and the client has read all that was sent before: what waits meanwhile is the
// handler's to bound. A client that reads nothing for the time of a response is closed; silence is broken every PUSH_BEAT_MS, also to find out
// that the key is not in force any more. Little waits in the socket (PUSH_SEND_BYTES): what is told to a slow reader shall not be old.
//
// A drain ends them at once: with the last chunk, or cut where the client has not read what was sent before. Clients are told to come back
// after PUSH_RETRY_MS. They are no requests in flight and not in rightfit_request_seconds; the gauge rightfit_streams counts them.
#ifndef RF_SERVER_PUSH_H
#define RF_SERVER_PUSH_H

#include "server/request.h"

#define PUSH_BEAT_MS 15000
#define PUSH_TURN_US 1000
#define PUSH_RETRY_MS 2000
#define PUSH_SEND_BYTES (64 * 1024)

enum push_step { PUSH_WAIT, PUSH_MORE, PUSH_END }; // until a poke; there may be more; what was written is the last

struct push {
    // Writes one message, or nothing, to rq->out. rq->arena is reset behind it. On the request's worker, as the others.
    enum push_step (*take)(struct request *rq);
    void (*beat)(struct request *rq); // breaks the silence; may write nothing, then it is a comment. NULL: always that
    void (*close)(struct request *rq); // once; nobody may poke it afterwards
};
void request_push(struct request *rq, const struct push *push); // rq->stream_state is kept; it lives in rq->kept from now on
// Any thread, until close: the caller holds a lock that close takes as well.
void request_poke(struct request *rq);

// For the transport.
void push_begin(struct conn *c, struct request *rq);
void push_run(struct conn *c);
void push_receive(struct conn *c);
void push_beat(struct conn *c);  // the deadline has come
void push_drain(struct conn *c); // the end
void push_abandon(struct conn *c);
void push_poked(struct worker *w); // those that were poked get a turn

#endif

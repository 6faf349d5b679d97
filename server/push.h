// push.h: answers that stay open and say something when there is something to say: server-sent events over GET.
//
// A handler registers itself where its news come from, calls request_push() and returns ERR_OK. From then on `take` is asked for one message
// after the other whenever request_poke() was called and the client has read all that was sent before: what waits meanwhile is the
// handler's to bound. A client that reads nothing for the time of a response is closed; silence is broken by a comment every PUSH_BEAT_MS.
#ifndef RF_SERVER_PUSH_H
#define RF_SERVER_PUSH_H

#include "server/request.h"

#define PUSH_BEAT_MS 15000
#define PUSH_TURN_US 1000

struct push {
    // Writes one message, or nothing, to rq->out; false: there is nothing more. rq->arena is reset behind it. On the request's worker.
    bool (*take)(struct request *rq);
    void (*close)(struct request *rq); // once; nobody may poke it afterwards
};
void request_push(struct request *rq, const struct push *push); // rq->stream_state is kept; it lives in rq->kept from now on
// Any thread, until close: the caller holds a lock that close takes as well.
void request_poke(struct request *rq);

// For the transport.
void push_begin(struct conn *c, struct request *rq);
void push_run(struct conn *c);
void push_receive(struct conn *c);
void push_beat(struct conn *c); // the deadline has come: a comment, or in a drain the end
void push_abandon(struct conn *c);
void push_poked(struct worker *w); // those that were poked get a turn

#endif

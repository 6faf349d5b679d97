// conn.h: one client connection: bytes in, requests to handlers one at a time and in order, bytes out.
//
// Invariants
//  1. A connection has at most one request in flight; further pipelined bytes wait in `in`.
//  2. Input that is complete on arrival is answered from the worker's scratch; only a remainder is kept in `in`.
//  3. While output is pending no further request is taken up: a client that does not read is not served.
//  4. conn_kill() closes the socket at once, the struct lives until conn_settle() at the end of the callback, and longer
//     while a deferred request refers to it.
//  5. Every callback ends in conn_settle(), the only place that decides what to wait for and until when.
#ifndef RF_SERVER_CONN_H
#define RF_SERVER_CONN_H

#include "server/worker.h"

#define CONN_MAGIC 0x436F6E6Eu
#define CONN_WAITING_BYTES (64 * 1024) // pipelined input kept while a request is deferred

enum conn_state {
    CONN_READING,  // between requests or amid one
    CONN_DEFERRED, // a request is with another thread
    CONN_STREAM,   // an NDJSON request, stream.c
    CONN_PUSH,     // an answer that stays open, push.c
    CONN_LINGER,   // all is said; the client's bytes are discarded so that it can read our last answer
    CONN_GONE,     // the socket is closed
};

enum conn_wait { WAIT_NOTHING, WAIT_IDLE, WAIT_HEADER, WAIT_BODY, WAIT_WRITE, WAIT_PUSH, WAIT_LINGER };

struct conn {
    uint32_t magic;
    int fd;
    enum conn_state state;
    enum conn_wait wait;
    bool eof;      // the client will send no more
    bool closing;  // close when output is out
    bool linger;   // then read on for a while first
    bool backlog;  // `in` may hold a whole request
    bool progress; // bytes moved since the deadline was set
    bool served;   // a request ended since the deadline was set
    bool reading, writing; // events added
    bool again;    // in the worker's list
    unsigned requests;
    struct worker *worker;
    struct request *rq; // in flight: deferred or streaming
    struct http http;
    struct bytes in;
    struct bytes out; // what the socket did not take; sent from out_at
    size_t out_at;
    struct slice tail;       // a large body behind `out`, not copied
    struct request *tail_rq; // owns the tail, NULL for static bytes

    struct { // amid CONN_STREAM; offsets into `in`
        size_t line_at;   // first byte not given to the handler
        size_t search_at; // no line end before here
        bool skipping;    // amid an overlong line
        bool unflushed;   // lines were given since the last flush
        bool ended;       // the last flush was made
        bool chunked;     // the response is
        bool keep_alive;
        size_t out_before;   // length of rq->out before the line at hand
        uint64_t sent_bytes; // of response body
    } stream;

    struct wheel_entry deadline;
    struct conn *prev, *next; // the worker's, or its free list's
    struct conn *again_next;
    struct conn *push_next; // the worker's, of those in CONN_PUSH
    struct event read_event, write_event;
};

void conn_open(struct worker *w, int fd); // takes the descriptor
void conn_kill(struct conn *c);
void conn_settle(struct conn *c); // c may be freed
void conn_completed(struct request *rq); // back from another thread
void conn_again(struct conn *c);
void conn_expired(struct wheel_entry *e, void *worker);
void conn_drain(struct conn *c); // the worker drains: idle connections end soon, streams at once; c may be freed

// One recv into `to`. False: there is nothing to look at (no bytes, the end, or an error, which kills).
bool conn_receive(struct conn *c, char *to, size_t room, size_t *got);

#endif

// inbox.h: requests coming back to their worker from other threads: a lock-free stack and an eventfd.
//
// Any number of threads push; the worker alone takes. Only the push that finds the inbox empty wakes the worker, so a
// batch of completions costs one system call.
#ifndef RF_SERVER_INBOX_H
#define RF_SERVER_INBOX_H

#include <stdatomic.h>

#include "index/base/err.h"

struct request;

struct inbox {
    _Atomic(struct request *) newest;
    int event_fd;
};

enum err inbox_init(struct inbox *in, struct fault *why);
void inbox_destroy(struct inbox *in);
void inbox_push(struct inbox *in, struct request *rq); // any thread
void inbox_wake(struct inbox *in);                     // any thread: makes event_fd readable without a request
struct request *inbox_take(struct inbox *in);          // all that waits, oldest first, linked by ->next
void inbox_clear_wake(struct inbox *in);               // before inbox_take

#endif

#include "server/inbox.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/request.h"

enum err inbox_init(struct inbox *in, struct fault *why) {
    atomic_init(&in->newest, NULL);
    in->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (in->event_fd < 0) return fault_set(why, ERR_IO, "", "cannot make an eventfd: %s", strerror(errno));
    return ERR_OK;
}

void inbox_destroy(struct inbox *in) {
    if (in->event_fd >= 0) close(in->event_fd);
    in->event_fd = -1;
}

void inbox_wake(struct inbox *in) {
    uint64_t one = 1;
    ssize_t wrote = write(in->event_fd, &one, sizeof one);
    (void)wrote; // the only failure is a counter at its top, and then the reader is awake
}

void inbox_push(struct inbox *in, struct request *rq) {
    struct request *old = atomic_load_explicit(&in->newest, memory_order_relaxed);
    do rq->next = old;
    while (!atomic_compare_exchange_weak_explicit(&in->newest, &old, rq, memory_order_release, memory_order_relaxed));
    if (!old) inbox_wake(in);
}

void inbox_clear_wake(struct inbox *in) {
    uint64_t count;
    ssize_t n = read(in->event_fd, &count, sizeof count);
    (void)n; // EAGAIN: somebody else's wake-up was taken already
}

struct request *inbox_take(struct inbox *in) {
    struct request *newest = atomic_exchange_explicit(&in->newest, NULL, memory_order_acquire);
    struct request *oldest = NULL;
    while (newest) {
        struct request *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

#include "server/compute.h"

#include <pthread.h>
#include <stdlib.h>

struct compute {
    pthread_mutex_t lock; // guards the queue
    pthread_cond_t work;
    struct request *first, **last;
    unsigned waiting, queue_max;
    bool stop;
    unsigned thread_count;
    pthread_t *threads;
    const struct server_app *app;
    const struct clock *clock;
};

static struct request *take(struct compute *c, struct request **at) { // with the lock held
    struct request *rq = *at;
    *at = rq->next;
    if (!*at) c->last = at;
    c->waiting--;
    return rq;
}

// The first that waits, and those behind it that may be worked on together with it, in their order. 0: there is an end.
static unsigned next_jobs(struct compute *c, struct request **out) {
    unsigned n = 0;
    pthread_mutex_lock(&c->lock);
    while (!c->first && !c->stop) pthread_cond_wait(&c->work, &c->lock);
    if (c->first) out[n++] = take(c, &c->first);
    request_work_many_fn together = n ? out[0]->work_many : NULL;
    for (struct request **at = &c->first; together && *at && n < REQUEST_TOGETHER_MAX;) {
        if ((*at)->work_many == together) out[n++] = take(c, at);
        else at = &(*at)->next;
    }
    pthread_mutex_unlock(&c->lock);
    return n;
}

// Those nobody waits for any more are answered at once; how many are left.
static unsigned leave_out_late(const struct compute *c, struct request **rqs, unsigned n) {
    unsigned left = 0;
    for (unsigned i = 0; i < n; i++) {
        struct request *rq = rqs[i];
        if (!request_is_gone(rq) && clock_monotonic_us(c->clock) <= rq->deadline_us) {
            rqs[left++] = rq;
            continue;
        }
        rq->result = fault_set(&rq->fault, ERR_RATE_LIMITED, "", "the server is busy, try again later");
        request_complete(rq);
    }
    return left;
}

static void work_on(const struct compute *c, struct request **rqs, unsigned n, void *state) {
    n = leave_out_late(c, rqs, n);
    if (n == 0) return;
    for (unsigned i = 0; i < n; i++) request_work_begin(rqs[i]);
    if (rqs[0]->work_many) rqs[0]->work_many(rqs, n, state);
    else rqs[0]->result = rqs[0]->work(rqs[0], state, &rqs[0]->fault);
    for (unsigned i = 0; i < n; i++) {
        request_work_end(rqs[i]);
        request_complete(rqs[i]);
    }
}

static void *run(void *arg) {
    struct compute *c = arg;
    void *state = c->app->worker_open ? c->app->worker_open(c->app->app) : NULL;
    struct request *rqs[REQUEST_TOGETHER_MAX];
    for (unsigned n = next_jobs(c, rqs); n > 0; n = next_jobs(c, rqs)) {
        work_on(c, rqs, n, state);
        if (state && c->app->worker_rest) c->app->worker_rest(state);
    }
    if (state && c->app->worker_close) c->app->worker_close(state);
    return NULL;
}

enum err compute_start(unsigned threads, unsigned queue_max, const struct server_app *app, const struct clock *clock,
                       struct compute **out, struct fault *why) {
    struct compute *c = calloc(1, sizeof *c);
    pthread_t *ids = calloc(threads, sizeof *ids);
    if (!c || !ids) {
        free(c);
        free(ids);
        return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    }
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->work, NULL);
    c->last = &c->first;
    c->queue_max = queue_max;
    c->app = app;
    c->clock = clock;
    c->threads = ids;
    for (; c->thread_count < threads; c->thread_count++) {
        if (pthread_create(&ids[c->thread_count], NULL, run, c) == 0) continue;
        compute_stop(c);
        return fault_set(why, ERR_IO, "", "cannot start a compute thread");
    }
    *out = c;
    return ERR_OK;
}

void compute_stop(struct compute *c) {
    if (!c) return;
    pthread_mutex_lock(&c->lock);
    c->stop = true;
    pthread_cond_broadcast(&c->work);
    pthread_mutex_unlock(&c->lock);
    for (unsigned i = 0; i < c->thread_count; i++) pthread_join(c->threads[i], NULL);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->work);
    free(c->threads);
    free(c);
}

enum err compute_submit(struct compute *c, struct request *rq) {
    pthread_mutex_lock(&c->lock);
    bool room = c->waiting < c->queue_max && !c->stop;
    if (room) {
        rq->next = NULL;
        *c->last = rq;
        c->last = &rq->next;
        c->waiting++;
        pthread_cond_signal(&c->work);
    }
    pthread_mutex_unlock(&c->lock);
    return room ? ERR_OK : ERR_RATE_LIMITED;
}

unsigned compute_waiting(struct compute *c) {
    pthread_mutex_lock(&c->lock);
    unsigned waiting = c->waiting;
    pthread_mutex_unlock(&c->lock);
    return waiting;
}

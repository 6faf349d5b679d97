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

static struct request *next_job(struct compute *c) {
    pthread_mutex_lock(&c->lock);
    while (!c->first && !c->stop) pthread_cond_wait(&c->work, &c->lock);
    struct request *rq = c->first;
    if (rq) {
        c->first = rq->next;
        if (!c->first) c->last = &c->first;
        c->waiting--;
    }
    pthread_mutex_unlock(&c->lock);
    return rq;
}

static void work_on(struct compute *c, struct request *rq, void *state) {
    if (request_is_gone(rq) || clock_monotonic_us(c->clock) > rq->deadline_us) {
        rq->result = fault_set(&rq->fault, ERR_RATE_LIMITED, "", "the server is busy, try again later");
    } else {
        request_work_begin(rq);
        rq->result = rq->work(rq, state, &rq->fault);
        request_work_end(rq);
    }
    request_complete(rq);
}

static void *run(void *arg) {
    struct compute *c = arg;
    void *state = c->app->worker_open ? c->app->worker_open(c->app->app) : NULL;
    for (struct request *rq = next_job(c); rq; rq = next_job(c)) {
        work_on(c, rq, state);
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

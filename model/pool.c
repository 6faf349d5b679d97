#include "pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct pool_thread {
    struct pool *pool;
    pthread_t handle;
    unsigned index;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t start, finished;
    unsigned threads, running;
    unsigned long round; // counts pool_run calls, so that a thread sees that there is new work
    bool stop;
    pool_work *work;
    void *arg;
    size_t count, grain;
    atomic_size_t next; // first row nobody has taken
    struct pool_thread others[];
};

static void take_pieces(struct pool *p, unsigned thread) {
    for (;;) {
        size_t from = atomic_fetch_add(&p->next, p->grain);
        if (from >= p->count) return;
        size_t left = p->count - from;
        p->work(p->arg, thread, from, from + (left < p->grain ? left : p->grain));
    }
}

static void *thread_main(void *arg) {
    struct pool_thread *self = arg;
    struct pool *p = self->pool;
    unsigned long seen = 0;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->round == seen && !p->stop) pthread_cond_wait(&p->start, &p->lock);
        if (p->stop) break;
        seen = p->round;
        pthread_mutex_unlock(&p->lock);
        take_pieces(p, self->index);
        pthread_mutex_lock(&p->lock);
        if (--p->running == 0) pthread_cond_signal(&p->finished);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct pool *pool_new(unsigned threads) {
    assert(threads > 0);
    struct pool *p = calloc(1, sizeof *p + (threads - 1) * sizeof p->others[0]);
    if (p == NULL) return NULL;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->start, NULL);
    pthread_cond_init(&p->finished, NULL);
    p->threads = 1;
    while (p->threads < threads) {
        struct pool_thread *t = &p->others[p->threads - 1];
        *t = (struct pool_thread){.pool = p, .index = p->threads};
        if (pthread_create(&t->handle, NULL, thread_main, t) != 0) {
            pool_free(p);
            return NULL;
        }
        p->threads++;
    }
    return p;
}

void pool_free(struct pool *p) {
    if (p == NULL) return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i + 1 < p->threads; i++) pthread_join(p->others[i].handle, NULL);
    pthread_cond_destroy(&p->finished);
    pthread_cond_destroy(&p->start);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

unsigned pool_threads(const struct pool *p) {
    return p->threads;
}

void pool_run(struct pool *p, size_t count, size_t grain, pool_work *work, void *arg) {
    assert(grain > 0);
    pthread_mutex_lock(&p->lock);
    p->work = work;
    p->arg = arg;
    p->count = count;
    p->grain = grain;
    atomic_store(&p->next, 0);
    p->running = p->threads - 1;
    p->round++;
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
    take_pieces(p, 0);
    pthread_mutex_lock(&p->lock);
    while (p->running > 0) pthread_cond_wait(&p->finished, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

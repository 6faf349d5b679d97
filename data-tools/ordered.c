#include "ordered.h"

#include <pthread.h>
#include <stdlib.h>

enum state { FREE, BUSY, DONE };

struct run {
    const struct ordered *o;
    pthread_mutex_t lock; // guards all below
    pthread_cond_t changed;
    enum state *states;   // by slot
    uint64_t read, written; // pieces
    bool reading, writing, end, broken; // broken: a piece could not be written, so none that follows may be
    enum err result;
    struct fault why;
};

struct worker {
    struct run *run;
    unsigned thread;
    pthread_t handle;
};

static void *piece_at(const struct ordered *o, unsigned slot) { return (char *)o->pieces + slot * o->piece_bytes; }

static void failed(struct run *r, enum err e, const struct fault *why) {
    if (e == ERR_OK || r->result != ERR_OK) return;
    r->result = e;
    r->why = *why;
}

static void change(struct run *r, bool *flag, bool value) {
    *flag = value;
    pthread_cond_broadcast(&r->changed);
}

static void write_next(struct run *r) {
    unsigned slot = (unsigned)(r->written % r->o->slots);
    struct fault why = {0};
    r->writing = true;
    pthread_mutex_unlock(&r->lock);
    enum err e = r->o->write(r->o->arg, piece_at(r->o, slot), &why);
    pthread_mutex_lock(&r->lock);
    failed(r, e, &why);
    r->broken = e != ERR_OK;
    r->end = r->end || r->broken;
    r->states[slot] = FREE;
    r->written++;
    change(r, &r->writing, false);
}

static void read_and_work(struct run *r, unsigned thread) {
    unsigned slot = (unsigned)(r->read % r->o->slots);
    struct fault why = {0};
    bool more = true;
    r->reading = true;
    pthread_mutex_unlock(&r->lock);
    enum err e = r->o->read(r->o->arg, piece_at(r->o, slot), &more, &why);
    pthread_mutex_lock(&r->lock);
    failed(r, e, &why);
    r->end = r->end || !more || e != ERR_OK;
    if (!r->end) {
        r->read++;
        r->states[slot] = BUSY;
    }
    change(r, &r->reading, false);
    if (r->end) return;
    pthread_mutex_unlock(&r->lock);
    e = r->o->work(r->o->arg, thread, piece_at(r->o, slot), &why);
    pthread_mutex_lock(&r->lock);
    failed(r, e, &why);
    r->end = r->end || e != ERR_OK;
    r->states[slot] = e == ERR_OK ? DONE : BUSY; // what failed is not written, nor what follows it
    pthread_cond_broadcast(&r->changed);
}

static bool over(const struct run *r) {
    bool stuck = r->result != ERR_OK && r->written < r->read && r->states[r->written % r->o->slots] != DONE;
    return r->end && !r->reading && !r->writing && (r->written == r->read || r->broken || stuck);
}

static void *work_on(void *arg) {
    struct worker *w = arg;
    struct run *r = w->run;
    pthread_mutex_lock(&r->lock);
    while (!over(r)) {
        if (!r->writing && !r->broken && r->written < r->read && r->states[r->written % r->o->slots] == DONE) write_next(r);
        else if (!r->end && !r->reading && r->read - r->written < r->o->slots) read_and_work(r, w->thread);
        else pthread_cond_wait(&r->changed, &r->lock);
    }
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

enum err ordered_run(const struct ordered *o, struct fault *why) {
    struct run r = {.o = o, .states = calloc(o->slots, sizeof *r.states)};
    struct worker *workers = calloc(o->threads, sizeof *workers);
    unsigned started = 1;
    if (!r.states || !workers) {
        free(r.states);
        free(workers);
        return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    }
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.changed, NULL);
    for (unsigned i = 0; i < o->threads; i++) workers[i] = (struct worker){.run = &r, .thread = i};
    while (started < o->threads && pthread_create(&workers[started].handle, NULL, work_on, &workers[started]) == 0) started++;
    (void)work_on(&workers[0]); // with fewer threads than asked for, if there are no more to be had
    for (unsigned i = 1; i < started; i++) pthread_join(workers[i].handle, NULL);
    pthread_cond_destroy(&r.changed);
    pthread_mutex_destroy(&r.lock);
    free(r.states);
    free(workers);
    if (r.result != ERR_OK && why) *why = r.why;
    return r.result;
}

// The writer thread.
//
//  1. The queue is a list under one mutex; a batch is moved out of it and is the thread's alone.
//  2. Commands are committed in the order they were submitted.
//  3. A command that fails after it has written ("torn") ends its batch: the transaction is aborted, the commands
//     before it are applied again and committed, it alone fails, and those behind it start the next batch. A torn
//     command thus costs one commit more, and no run of them makes the work grow faster than their number.
#include "writer.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#define SCRATCH_FIRST_BYTES (64 * 1024)
#define OVERDUE_TIMES 4 // the hook comes that many idle times late, at most, however busy the queue is

struct writer {
    struct db *db;
    pthread_t thread;
    pthread_mutex_t mutex; // guards what follows, down to the blank line
    pthread_cond_t wake;
    struct command *first, **end; // the queue
    bool stopping;
    void (*idle)(void *arg, struct db *db);
    void *idle_arg;
    unsigned idle_ms;
    uint64_t idle_at_us; // not before then

    struct command *batch[LIMIT_WRITE_BATCH]; // the thread's
    size_t batch_count;
    struct arena scratch;
    bool failing; // the last commit failed; only the first failure of a row is logged

    _Atomic uint64_t commands, commits, failed_commits, queue_length, commit_us_last, commit_us_max;
};

// ---- one batch ------------------------------------------------------------------------------------------------------

// Applies batch[0, count) and returns the index of the first torn command, or count.
static size_t apply_all(struct writer *w, struct txn *t, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct command *c = w->batch[i];
        uint64_t before = txn_writes(t);
        c->why = (struct fault){0};
        c->result = c->apply(c, t, &w->scratch);
        arena_reset(&w->scratch);
        if (c->result != ERR_OK && txn_writes(t) != before) return i;
    }
    return count;
}

static void fail_all(struct writer *w, size_t count, enum err err, const struct fault *why) {
    for (size_t i = 0; i < count; i++) {
        struct command *c = w->batch[i];
        if (c->result != ERR_OK) continue; // it has a reason of its own
        c->result = err;
        c->why = *why;
    }
}

static enum err commit(struct writer *w, struct txn *t, struct fault *why) {
    uint64_t started_us = clock_monotonic_us(&clock_system);
    if (txn_writes(t) == 0) { // every command failed alone or had nothing to do: no need to touch the disk
        txn_abort(t);
        return ERR_OK;
    }
    enum err err = txn_commit(t, why);
    uint64_t took_us = clock_monotonic_us(&clock_system) - started_us;
    if (err) {
        if (!w->failing) log_error("writer", "%s", why->message);
        w->failing = true;
        atomic_fetch_add(&w->failed_commits, 1);
        return err;
    }
    w->failing = false;
    atomic_fetch_add(&w->commits, 1);
    atomic_store(&w->commit_us_last, took_us);
    if (took_us > atomic_load(&w->commit_us_max)) atomic_store(&w->commit_us_max, took_us);
    return ERR_OK;
}

// One transaction for batch[0, *good). When a command is torn nothing is kept, and *good becomes its index.
static enum err attempt(struct writer *w, size_t *good, struct fault *why) {
    struct txn *t;
    TRY(txn_begin(w->db, &t, why));
    size_t torn = apply_all(w, t, *good);
    if (torn == *good) return commit(w, t, why);
    txn_abort(t);
    *good = torn;
    return ERR_OK;
}

// Gives the first commands of the batch their result and returns how many; the others stay for the next batch.
static size_t run_batch(struct writer *w) {
    struct fault why = {0};
    size_t good = w->batch_count, tried;
    enum err err;
    for (size_t i = 0; i < w->batch_count; i++) w->batch[i]->result = ERR_OK;
    do {
        tried = good;
        err = attempt(w, &good, &why);
    } while (good < tried);
    if (err) fail_all(w, good, err, &why);
    return good < w->batch_count ? good + 1 : good;
}

static void finish(struct writer *w, size_t settled) {
    atomic_fetch_add(&w->commands, settled);
    for (size_t i = 0; i < settled; i++) w->batch[i]->done(w->batch[i]);
    w->batch_count -= settled;
    memmove(w->batch, w->batch + settled, w->batch_count * sizeof w->batch[0]);
}

// ---- the thread -----------------------------------------------------------------------------------------------------

static bool queue_empty(const struct writer *w) { return w->first == NULL; }

static void take_batch(struct writer *w) { // with the mutex held
    while (w->first && w->batch_count < LIMIT_WRITE_BATCH) {
        struct command *c = w->first;
        w->first = c->next;
        c->next = NULL;
        w->batch[w->batch_count++] = c;
        atomic_fetch_sub(&w->queue_length, 1);
    }
    if (!w->first) w->end = &w->first;
}

static void wait_until(struct writer *w, uint64_t at_us) {
    struct timespec at = {(time_t)(at_us / 1000000), (long)(at_us % 1000000) * 1000};
    pthread_cond_timedwait(&w->wake, &w->mutex, &at);
}

// Waits for commands, the time of the idle hook or the end. Returns true when it is time for the hook: the queue is empty, or has
// not been for so long that the work behind it would pile up.
static bool wait_for_work(struct writer *w) {
    uint64_t overdue_us = w->idle_at_us + (uint64_t)w->idle_ms * 1000 * OVERDUE_TIMES;
    if (w->idle && !w->stopping && clock_monotonic_us(&clock_system) >= overdue_us) return true;
    while (queue_empty(w) && !w->stopping) {
        if (!w->idle) pthread_cond_wait(&w->wake, &w->mutex);
        else if (clock_monotonic_us(&clock_system) < w->idle_at_us) wait_until(w, w->idle_at_us);
        else return true;
    }
    return false;
}

static void run_idle(struct writer *w) { // without the mutex: it may take long, and commands may come meanwhile
    w->idle(w->idle_arg, w->db);
    pthread_mutex_lock(&w->mutex);
    w->idle_at_us = clock_monotonic_us(&clock_system) + (uint64_t)w->idle_ms * 1000;
    pthread_mutex_unlock(&w->mutex);
}

static void *writer_main(void *arg) {
    struct writer *w = arg;
    for (;;) {
        pthread_mutex_lock(&w->mutex);
        bool idle = w->batch_count == 0 && wait_for_work(w);
        if (!idle) take_batch(w);
        bool ended = !idle && w->batch_count == 0 && w->stopping;
        pthread_mutex_unlock(&w->mutex);
        if (ended) return NULL;
        if (idle) run_idle(w);
        else finish(w, run_batch(w));
    }
}

// ---- the handle -----------------------------------------------------------------------------------------------------

static void cond_init_monotonic(pthread_cond_t *cond) {
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

static void writer_free(struct writer *w) {
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->mutex);
    arena_destroy(&w->scratch);
    free(w);
}

enum err writer_start(struct db *db, struct writer **out) {
    struct writer *w = calloc(1, sizeof *w);
    if (!w) return ERR_NO_MEMORY;
    w->db = db;
    w->end = &w->first;
    pthread_mutex_init(&w->mutex, NULL);
    cond_init_monotonic(&w->wake);
    arena_init(&w->scratch, SCRATCH_FIRST_BYTES, LIMIT_REQUEST_ARENA_BYTES);
    if (pthread_create(&w->thread, NULL, writer_main, w)) {
        writer_free(w);
        return ERR_NO_MEMORY;
    }
    *out = w;
    return ERR_OK;
}

void writer_stop(struct writer *w) {
    if (!w) return;
    pthread_mutex_lock(&w->mutex);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
    pthread_join(w->thread, NULL);
    writer_free(w);
}

enum err writer_submit(struct writer *w, struct command *c) {
    pthread_mutex_lock(&w->mutex);
    bool accepted = !w->stopping && atomic_load(&w->queue_length) < LIMIT_WRITE_QUEUE;
    if (accepted) {
        bool wakes = queue_empty(w);
        c->next = NULL;
        *w->end = c;
        w->end = &c->next;
        atomic_fetch_add(&w->queue_length, 1);
        if (wakes) pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&w->mutex);
    return accepted ? ERR_OK : ERR_RATE_LIMITED;
}

void writer_stats(const struct writer *w, struct writer_stats *out) {
    *out = (struct writer_stats){
        .commands = atomic_load(&w->commands),
        .commits = atomic_load(&w->commits),
        .failed_commits = atomic_load(&w->failed_commits),
        .queue_length = atomic_load(&w->queue_length),
        .commit_us_last = atomic_load(&w->commit_us_last),
        .commit_us_max = atomic_load(&w->commit_us_max),
    };
}

void writer_set_idle(struct writer *w, void (*idle)(void *arg, struct db *db), void *arg, unsigned idle_ms) {
    pthread_mutex_lock(&w->mutex);
    w->idle = idle;
    w->idle_arg = arg;
    w->idle_ms = idle_ms;
    w->idle_at_us = clock_monotonic_us(&clock_system) + (uint64_t)idle_ms * 1000;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
}

// writer.h: the one thread that writes, with group commit.
//
// Any thread submits commands; the writer takes all that wait (at most LIMIT_WRITE_BATCH), applies them in order inside
// one transaction, commits once, and then calls every `done`. A command that fails without having written anything
// fails alone. One that fails after it has written makes the writer abort, apply what stood before it again and go on
// behind it in a transaction of its own, so a batch neither loses nor half-writes anything. If the commit fails, every
// command of the batch that had not failed by itself gets that error. `done` runs on the writer thread after the commit
// is on disk: it must only hand the result on.
#ifndef RF_INDEX_WRITER_H
#define RF_INDEX_WRITER_H

#include "db.h"

struct command {
    // Applies to the transaction; may be called again after an abort, so it must not keep state of the first attempt.
    // It may fill `why`. `scratch` is empty at every call and reset after it.
    enum err (*apply)(struct command *self, struct txn *t, struct arena *scratch);
    void (*done)(struct command *self); // result is in `result` and `why`; frees or forwards the command
    enum err result;
    struct fault why;
    struct command *next; // the queue's
};

struct writer;
struct writer_stats { uint64_t commands, commits, failed_commits, queue_length, commit_us_last, commit_us_max; };

enum err writer_start(struct db *db, struct writer **out);
void writer_stop(struct writer *w); // applies what is queued, then ends the thread; NULL is ignored
// ERR_RATE_LIMITED when LIMIT_WRITE_QUEUE commands wait or the writer is stopping; then `done` is not called and the
// command stays the caller's.
enum err writer_submit(struct writer *w, struct command *c);
void writer_stats(const struct writer *w, struct writer_stats *out); // any thread
// Called by the writer thread when the queue is empty, at most every idle_ms, for background work in short
// transactions of its own; commands wait while it runs. A queue that is never empty puts it off by four times idle_ms, not for
// ever. One hook; set before the first submit.
void writer_set_idle(struct writer *w, void (*idle)(void *arg, struct db *db), void *arg, unsigned idle_ms);

#endif

// misses.h: searches that found nothing, or nothing before words were given up, on their way to the database.
//
// A search leaves a note in memory and never waits for it: while the notes are being taken, or when MISSES_WAITING different queries
// wait already, the note is dropped and counted. The writer takes them in its idle time, every MISSES_EVERY_US, and on closing.
#ifndef RF_SERVER_MISSES_H
#define RF_SERVER_MISSES_H

#include "index/query_log.h"

#define MISSES_WAITING 256
#define MISSES_EVERY_US 5000000

struct misses;
struct misses_stats { uint64_t nothing, rescued, dropped_notes; }; // since the start

struct misses *misses_new(void); // NULL: out of memory
void misses_free(struct misses *m);
// Any thread. `words`: what was given up; none where nothing was found at all.
void misses_note(struct misses *m, struct slice query, const struct slice *words, unsigned count, int64_t now_ms);
void misses_stats(const struct misses *m, struct misses_stats *out);
// Takes all that wait, copied to the arena; what is not written then is lost.
enum err misses_take(struct misses *m, struct arena *a, struct query_miss **out, unsigned *count);
enum err misses_write(struct txn *t, struct arena *scratch, const struct query_miss *list, unsigned count);
// Takes and writes in a transaction of its own, if any wait. The thread that writes.
enum err misses_flush(struct misses *m, struct db *db, struct arena *scratch);

#endif

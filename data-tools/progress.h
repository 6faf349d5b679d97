// progress.h: how far a long piece of work is: a bar that overwrites itself on a terminal, with the time that is left when it goes on
// like this; elsewhere a line every few seconds.
//
// Goes to stderr, so that stdout stays data. Work of less than a second shows nothing.
#ifndef RF_TOOLS_PROGRESS_H
#define RF_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; // "vehicles", printed in front
    bool terminal, shown;
    uint64_t started_us, next_us;
    char note[48]; // shown behind the bar: a rate; empty: nothing
};

void progress_start(struct progress *p, const char *what);
void progress_update(struct progress *p, uint64_t done, uint64_t total); // total 0: not known
void progress_finish(struct progress *p);                                // ends the bar's line
// The same as a callback of index/: `arg` is a struct progress.
void progress_callback(void *arg, uint64_t done, uint64_t total);

#endif

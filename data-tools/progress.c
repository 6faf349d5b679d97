#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "index/base/clock.h"

enum { BAR_WIDTH = 32, FIRST_US = 1000000, BAR_EVERY_US = 100000, LINE_EVERY_US = 5000000 };

static uint64_t now_us(void) { return clock_monotonic_us(&clock_system); }

void progress_start(struct progress *p, const char *what) {
    *p = (struct progress){.what = what, .terminal = isatty(STDERR_FILENO) == 1, .started_us = now_us()};
    p->next_us = p->started_us + (p->terminal ? FIRST_US : LINE_EVERY_US);
}

static void print_rest(const struct progress *p, uint64_t now, uint64_t done, uint64_t total) {
    uint64_t left_s = done && done < total ? (uint64_t)((double)(now - p->started_us) / 1e6 * (double)(total - done) / (double)done) : 0;
    if (p->note[0]) fprintf(stderr, "  %s", p->note);
    if (total) fprintf(stderr, "  %" PRIu64 ":%02" PRIu64 " left", left_s / 60, left_s % 60);
    fputs("\033[K", stderr);
}

static void print_bar(const struct progress *p, uint64_t done, uint64_t total) {
    char bar[BAR_WIDTH + 1];
    unsigned filled = total ? (unsigned)(done >= total ? BAR_WIDTH : (unsigned __int128)done * BAR_WIDTH / total) : 0;
    for (unsigned i = 0; i < BAR_WIDTH; i++) bar[i] = i < filled ? '#' : '.';
    bar[BAR_WIDTH] = 0;
    if (total) fprintf(stderr, "\r%-12s [%s] %3u%%", p->what, bar, (unsigned)((unsigned __int128)done * 100 / total));
    else fprintf(stderr, "\r%-12s %" PRIu64, p->what, done);
}

void progress_update(struct progress *p, uint64_t done, uint64_t total) {
    uint64_t now = now_us();
    if (now < p->next_us) return;
    p->next_us = now + (p->terminal ? BAR_EVERY_US : LINE_EVERY_US);
    p->shown = true;
    if (p->terminal) {
        print_bar(p, done, total);
        print_rest(p, now, done, total);
    } else {
        fprintf(stderr, "%s: %" PRIu64 " of %" PRIu64 "%s%s\n", p->what, done, total, p->note[0] ? ", " : "", p->note);
    }
}

void progress_finish(struct progress *p) {
    if (p->terminal && p->shown) fprintf(stderr, "\r\033[K");
    p->shown = false;
}

void progress_callback(void *arg, uint64_t done, uint64_t total) { progress_update(arg, done, total); }

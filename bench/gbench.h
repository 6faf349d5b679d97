// gbench.h: Google Benchmark for C. gbench.cc is the only C++ file of bench/ and the only one that knows the library.
//
// A benchmark is a function that prepares what it needs, loops `while (gbench_next(s))` over the work to be timed, and says
// how much that was. Everything runs on one thread; functions run when their row is chosen (--benchmark_filter), so
// preparation belongs inside them or behind a first-use guard.
#ifndef RF_BENCH_GBENCH_H
#define RF_BENCH_GBENCH_H

#ifdef __cplusplus
extern "C" {
#else
#include <stdbool.h>
#endif

struct gbench; // one run of one row

// `arg` tells the function which variant to run. The name is "group/what" and is copied.
typedef void gbench_fn(struct gbench *g, long arg);
void gbench_add(const char *name, gbench_fn *fn, long arg);

bool gbench_next(struct gbench *g);       // false: enough
void gbench_pause(struct gbench *g);      // what follows is not timed, until
void gbench_resume(struct gbench *g);     // (each costs about 0.2 us: not inside short loops)
void gbench_items(struct gbench *g, double items); // done in all; printed per second
void gbench_bytes(struct gbench *g, double bytes);
void gbench_average(struct gbench *g, const char *name, double total); // a counter: total / iterations
void gbench_label(struct gbench *g, const char *text);
void gbench_skip(struct gbench *g, const char *why); // the row shows `why`; return at once after it

// Runs the rows the command line asks for. Returns main's exit status.
int gbench_run(int argc, char **argv);

// Keeps the compiler from dropping a result.
static inline void gbench_use(const void *result) { __asm__ volatile("" : : "g"(result) : "memory"); }

#ifdef __cplusplus
}
#endif

#endif

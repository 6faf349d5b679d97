#include "bench/gbench.h"

#include <benchmark/benchmark.h>

struct gbench {
    benchmark::State &state;
};

extern "C" {

void gbench_add(const char *name, gbench_fn *fn, long arg) {
    benchmark::RegisterBenchmark(name, [fn, arg](benchmark::State &state) {
        gbench g{state};
        fn(&g, arg);
    })->Unit(benchmark::kMicrosecond);
}

bool gbench_next(gbench *g) { return g->state.KeepRunning(); }
void gbench_pause(gbench *g) { g->state.PauseTiming(); }
void gbench_resume(gbench *g) { g->state.ResumeTiming(); }
void gbench_items(gbench *g, double items) { g->state.SetItemsProcessed(static_cast<int64_t>(items)); }
void gbench_bytes(gbench *g, double bytes) { g->state.SetBytesProcessed(static_cast<int64_t>(bytes)); }
void gbench_label(gbench *g, const char *text) { g->state.SetLabel(text); }
void gbench_skip(gbench *g, const char *why) { g->state.SkipWithError(why); }

void gbench_average(gbench *g, const char *name, double total) {
    g->state.counters[name] = benchmark::Counter(total, benchmark::Counter::kAvgIterations);
}

int gbench_run(int argc, char **argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
}

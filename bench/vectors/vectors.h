// vectors.h: what the files of rightfit-vectors share: the made-up matrix, users and candidates, and how rows are timed.
#ifndef RF_BENCH_VECTORS_H
#define RF_BENCH_VECTORS_H

#include "bench/vectors/peer.h"
#include "model/gather.h"
#include "model/scan.h"

#ifndef ROWS
#define ROWS 1000000u // make CFLAGS_ROWS=-DROWS=4000000u for more
#endif
#define D 64u
#define TOP 20u
#define USERS 8192u
#define CENTRES (ROWS / 500)
#define DRAWN (1u << 20)
#define BATCH_MAX 256u

struct vectors_data {
    uint64_t random;
    float *rows, *x, *scores;   // scores: [32 x ROWS], what sgemm writes
    uint32_t *list;             // rows drawn uniformly, used in turn
    int64_t *list64;
    uint8_t *bits;              // for the peer
    uint64_t *eligible;
    struct vectors vectors;
    struct quantised *bytes;
    struct scan *scan;
    struct shortlist list_memory;
    struct topk_entry *top;     // [BATCH_MAX x TOP]
    float *peer_scores;
    int64_t *peer_ids;
    struct peer *peer;
    size_t user, drawn;         // where we are in turn
    const char *only;           // questions whose title has this; NULL: all
};

typedef void vectors_fn(struct vectors_data *d, size_t arg);
struct vectors_row {
    const char *name;
    vectors_fn *run;
    size_t arg;
    unsigned repeat;  // times per round
    double work;      // of one run, in `unit` / 1e9
    const char *unit;
};

double vectors_seconds(void); // of this thread
void vectors_open(struct vectors_data *d);
const float *vectors_users(struct vectors_data *d, size_t n); // the next n vectors
size_t vectors_candidates(struct vectors_data *d, size_t n);  // where the next n begin in list and list64
// Runs the rows of one question in turn; the first is what the others are compared with.
void vectors_run(struct vectors_data *d, const char *title, const struct vectors_row *rows, size_t count, unsigned rounds);

void vectors_exact(struct vectors_data *d, unsigned rounds);
void vectors_plan(struct vectors_data *d, unsigned rounds);
void vectors_approximate(struct vectors_data *d, unsigned rounds);

#endif

// bench.h: what the benchmarks share: the database they run on, cars to ask about, numbers drawn the same way every time.
#ifndef RF_BENCH_BENCH_H
#define RF_BENCH_BENCH_H

#include "bench/gbench.h"
#include "index/fitment.h"

// ---- random numbers: splitmix64, seeded, so that every run asks the same -------------------------------------------------
struct bench_random { uint64_t state; };
uint64_t bench_draw(struct bench_random *r);
static inline uint32_t bench_below(struct bench_random *r, uint32_t n) { return (uint32_t)((bench_draw(r) >> 32) * n >> 32); }

// ---- the database ----------------------------------------------------------------------------------------------------------
#define BENCH_CARS 65536 // asks of one order; cars of a smaller database repeat

struct bench_ask { // one question: products of this type for this car
    struct slice slug;
    uint32_t vehicle, type;
};
enum bench_order { BENCH_UNIFORM, BENCH_ZIPF, BENCH_ORDERS }; // Zipf: the car of rank r comes with weight 1 / r
extern const char *const bench_order_names[BENCH_ORDERS];

struct bench_data {
    struct db *db;
    struct view *view;       // begun, on `arena`
    struct arena arena;      // a request's: reset between questions
    struct arena keep;       // lives as long as the program
    uint32_t car_count;      // base vehicles that have products
    struct bench_ask *asks[BENCH_ORDERS]; // [BENCH_CARS]
};

// The database of RIGHTFIT_DATA (default ./data), opened for reading at the first call. NULL: skips the row with the reason.
struct bench_data *bench_data(struct gbench *g);
// Between two questions: what a request does with its view and arena.
void bench_new_request(struct bench_data *d);
// The ask's car as K; false skips the row.
bool bench_knowledge(struct gbench *g, struct bench_data *d, const struct bench_ask *ask, struct knowledge *k);
void bench_failed(struct gbench *g, const char *what, enum err e);
void bench_data_close(void);

// ---- the files' rows ---------------------------------------------------------------------------------------------------------
void bench_fitment_add(void);
void bench_wide_add(void);
void bench_lookup_add(void);
void bench_score_add(void);
void bench_words_add(void);
void bench_number_add(void);
void bench_facet_add(void);
void bench_vin_add(void);
void bench_suggest_add(void);
void bench_workshop_add(void);
void bench_sqlite_add(void); // peers/sqlite.c
void bench_sqlite_close(void);

#endif

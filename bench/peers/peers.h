// peers.h: the same question put to us, SQLite, PostgreSQL and Redis: the best 20 products of a type for a car, ids and scores.
//
// "A car" is a base vehicle with one configuration known, so that attribute predicates decide. One configuration of every base vehicle
// that has products is drawn, the same in every run on the same data. Only what `fits` counts: the peers know no other verdict.
#ifndef RF_BENCH_PEERS_PEERS_H
#define RF_BENCH_PEERS_PEERS_H

#include "index/fitment.h"
#include "model/rank.h"

#define PEERS_TOP 20
#define PEERS_ASKS 65536

struct peers_car {
    uint32_t vehicle, configuration; // dense ids: of the base vehicle, and of the drawn configuration among those of all cars
    struct slice id;                 // as a request names it: "2018-volkswagen-golf~1a2b3c4d"
};
struct peers_ask {
    uint32_t type, configuration; // for those who are asked with dense ids
    struct slice id;              // for those who are asked by name: its own copy, as a request brings it
};
enum peers_order { PEERS_ZIPF, PEERS_UNIFORM, PEERS_ORDERS };
extern const char *const peers_order_names[PEERS_ORDERS];

struct peers {
    struct db *db;
    struct view *view;  // begun, on `arena`
    struct arena arena; // a request's
    struct arena keep;
    struct generations *generations;
    struct ranker *ranker;
    uint32_t car_count;
    struct peers_car *cars;
    struct peers_ask *asks[PEERS_ORDERS]; // [PEERS_ASKS], of types without universal products
    uint32_t users[PEERS_ASKS];           // dense ids of persons, Zipf-like; 0 where the data has none
    struct slice user_ids[PEERS_ASKS];
};

// Ends the program with a message when it cannot; so do all functions of the bench.
void peers_open(struct peers *p);
void peers_close(struct peers *p);
void peers_request(struct peers *p); // between two questions: what a request does with its view and arena
void peers_fail(const char *what, const char *why) __attribute__((noreturn));
void peers_check(enum err e, const char *what);
uint64_t peers_cpu_ns(void); // of this thread
int peers_compare_u32(const void *a, const void *b);

// What fits the car, of one type (0: of all), without universal products.
void peers_fitting(struct peers *p, struct slice car, uint32_t type, struct fitment *out);
// The order the peers store: our own score for nobody in particular, one for each product id; heap.
float *peers_scores(struct peers *p);

// The SQL both relational peers are given; $1 car, $2 type. `_all` without the limit of 20, for comparing answers.
extern const char peers_sql_schema[], peers_sql_indexes[];
struct peers_sql { const char *normalised, *typed, *covering; };
extern const struct peers_sql peers_ids, peers_ids_all;     // dense ids come out
extern const struct peers_sql peers_names, peers_names_all; // external ids come out

// Gives out the rows of all tables: columns in the schema's order, then the score and the external id where the table has them.
typedef void peers_row_fn(void *arg, const char *table, const int64_t *columns, unsigned count, const float *score, struct slice text);
void peers_export(struct peers *p, const float *scores, peers_row_fn *row, void *arg);

int peers_fill(struct peers *p, const char *sqlite, const char *postgres, const char *redis_port); // NULL leaves one out
// `only`: the contenders whose names contain it, their answers not compared: for a profiler. NULL: all of them.
int peers_inprocess(struct peers *p, const char *sqlite, const char *only);
int peers_load(struct peers *p, const char *postgres, const char *redis_port, const char *redis_pid, const char *http_port,
               const char *http_pid, const char *only);

#endif

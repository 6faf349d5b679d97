// In process: ours beside SQLite over the normalised tables and over the covering one, in turns, on one thread, by CPU time.
//
// SQLite is spared what ours does: it gets dense ids instead of a car's name, statements prepared once, one read transaction
// throughout over an immutable mapped file, and an order that was stored, where ours scores for the person who asks.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/peers/peers.h"
#include "index/decoded.h"
#include "model/topk.h"

#define ROUNDS 5
#define SAMPLE 3000

static sqlite3 *db;
static sqlite3_stmt *normalised, *typed, *covering;

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK) peers_fail("SQLite", sqlite3_errmsg(db));
    return s;
}

static void sqlite_ready(const char *path) {
    char uri[512];
    snprintf(uri, sizeof uri, "file:%s?immutable=1", path);
    if (sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        peers_fail("SQLite", sqlite3_errmsg(db));
    if (sqlite3_exec(db, "PRAGMA mmap_size=8000000000; PRAGMA cache_size=-1000000; BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        peers_fail("SQLite", sqlite3_errmsg(db));
    normalised = prepare(peers_ids.normalised);
    typed = prepare(peers_ids.typed);
    covering = prepare(peers_ids.covering);
}

static unsigned sqlite_ask(sqlite3_stmt *s, const struct peers_ask *ask, uint32_t *out, unsigned room) {
    unsigned n = 0;
    double scores = 0;
    sqlite3_bind_int64(s, sqlite3_bind_parameter_index(s, "$1"), ask->configuration);
    sqlite3_bind_int64(s, sqlite3_bind_parameter_index(s, "$2"), ask->type);
    while (sqlite3_step(s) == SQLITE_ROW) {
        if (n < room) out[n] = (uint32_t)sqlite3_column_int64(s, 0);
        scores += sqlite3_column_double(s, 1);
        n++;
    }
    sqlite3_reset(s);
    __asm__ volatile("" : : "g"(&scores) : "memory");
    return n;
}

// ---- ours ----------------------------------------------------------------------------------------------------------------------
static unsigned ours(struct peers *p, const struct peers_ask *ask, uint32_t user, struct topk_entry top[PEERS_TOP]) {
    struct fitment found;
    struct rank_person person;
    peers_request(p);
    peers_fitting(p, ask->id, ask->type, &found);
    uint32_t *products = arena_alloc(&p->arena, (found.count + 1) * sizeof *products);
    float *scores = arena_alloc(&p->arena, (found.count + 1) * sizeof *scores);
    if (!products || !scores) peers_fail("ours", "out of memory");
    for (unsigned i = 0; i < found.count; i++) products[i] = found.matches[i].product;
    rank_begin(p->ranker);
    peers_check(rank_person_load(p->ranker, p->view, user, NULL, 0, &person), "a person");
    peers_check(rank_score(p->ranker, p->view, &person, RANK_STOREFRONT, products, found.count, scores, NULL), "scores");
    rank_end(p->ranker);
    return (unsigned)topk_select(scores, products, found.count, PEERS_TOP, top);
}

// The peers' own question: the order is a stored number of each product.
static unsigned ours_stored(struct peers *p, const struct peers_ask *ask, struct topk_entry top[PEERS_TOP]) {
    struct fitment found;
    struct topk best;
    peers_request(p);
    peers_fitting(p, ask->id, ask->type, &found);
    topk_init(&best, top, PEERS_TOP);
    for (unsigned i = 0; i < found.count; i++) __builtin_prefetch(columns_facts(p->view, found.matches[i].product));
    for (unsigned i = 0; i < found.count; i++)
        topk_push(&best, columns_facts(p->view, found.matches[i].product)->popularity, found.matches[i].product);
    topk_sort(&best);
    return (unsigned)best.count;
}

// ---- the same answers --------------------------------------------------------------------------------------------------------------
static void compare(struct peers *p) {
    static uint32_t a[4096], b[4096];
    sqlite3_stmt *statements[] = {prepare(peers_ids_all.normalised), prepare(peers_ids_all.typed), prepare(peers_ids_all.covering)};
    unsigned products = 0;
    for (unsigned i = 0; i < SAMPLE; i++) {
        const struct peers_ask *ask = &p->asks[PEERS_UNIFORM][i];
        struct fitment found;
        peers_request(p);
        peers_fitting(p, ask->id, ask->type, &found);
        for (unsigned k = 0; k < found.count && k < 4096; k++) a[k] = found.matches[k].product;
        for (unsigned s = 0; s < 3; s++) {
            unsigned n = sqlite_ask(statements[s], ask, b, 4096);
            qsort(b, n < 4096 ? n : 4096, sizeof *b, peers_compare_u32);
            if (n != found.count || n > 4096 || memcmp(a, b, n * sizeof *a) != 0) {
                fprintf(stderr, "%.*s type %u: %u and %u products\n", SLICE_ARGS(ask->id), ask->type, found.count, n);
                peers_fail(s == 2 ? "the covering index" : "the normalised join", "does not find the same products");
            }
        }
        products += found.count;
    }
    for (unsigned s = 0; s < 3; s++) sqlite3_finalize(statements[s]);
    printf("same products in %d of %d questions, %.1f a question\n\n", SAMPLE, SAMPLE, (double)products / SAMPLE);
    if (products == 0) peers_fail("the questions", "nothing fits");
}

// ---- the run -----------------------------------------------------------------------------------------------------------------------
enum contender { OURS_STORED, OURS_NOBODY, OURS, OURS_FIRST, COVERING, TYPED, NORMALISED, CONTENDERS };
static const struct { const char *name; unsigned asks; } contenders[CONTENDERS] = {
    {"rightfit, stored order", PEERS_ASKS},
    {"rightfit, scored for anybody", PEERS_ASKS},
    {"rightfit, scored for the person who asks", PEERS_ASKS},
    {"rightfit, for the person, nothing decoded before", PEERS_ASKS},
    {"SQLite, covering index, stored order", PEERS_ASKS},
    {"SQLite, join, applications with type, stored order", PEERS_ASKS / 8},
    {"SQLite, normalised join, stored order", PEERS_ASKS / 32},
};

static double ns_each(struct peers *p, enum contender who, const struct peers_ask *asks) {
    struct topk_entry top[PEERS_TOP];
    uint32_t ids[PEERS_TOP];
    uint64_t began = peers_cpu_ns(), sum = 0;
    struct decoded *kept = p->view->decoded;
    if (who == OURS_FIRST) p->view->decoded = NULL;
    for (unsigned i = 0; i < contenders[who].asks; i++) {
        if (who == OURS_STORED) sum += ours_stored(p, &asks[i], top);
        else if (who <= OURS_FIRST) sum += ours(p, &asks[i], who == OURS_NOBODY ? 0 : p->users[i], top);
        else sum += sqlite_ask(who == COVERING ? covering : who == TYPED ? typed : normalised, &asks[i], ids, PEERS_TOP);
        __asm__ volatile("" : : "g"(top), "g"(ids) : "memory");
    }
    p->view->decoded = kept;
    if (sum == 0) peers_fail(contenders[who].name, "found nothing");
    return (double)(peers_cpu_ns() - began) / contenders[who].asks;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int peers_inprocess(struct peers *p, const char *sqlite, const char *only) {
    static double ns[PEERS_ORDERS][CONTENDERS][ROUNDS];
    if (!sqlite) peers_fail("inprocess", "--sqlite is missing");
    sqlite_ready(sqlite);
    if (!only) compare(p);
    for (unsigned o = 0; o < PEERS_ORDERS; o++)
        for (unsigned r = 0; r <= ROUNDS; r++) // the first round warms up
            for (unsigned c = 0; c < CONTENDERS; c++) {
                if (only && !strstr(contenders[c].name, only)) continue;
                double one = ns_each(p, (enum contender)c, p->asks[o]);
                if (r) ns[o][c][r - 1] = one;
            }
    printf("in process, medians of %d rounds in turns: ns of CPU a question, and how many times ours (stored order, as theirs) that is\n",
           ROUNDS);
    printf("%-54s %10s %7s %10s %7s\n", "", peers_order_names[0], "times", peers_order_names[1], "times");
    for (unsigned c = 0; c < CONTENDERS; c++) {
        printf("%-54s", contenders[c].name);
        for (unsigned o = 0; o < PEERS_ORDERS; o++) {
            qsort(ns[o][c], ROUNDS, sizeof(double), by_value);
            printf(" %10.0f %7.2f", ns[o][c][ROUNDS / 2], ns[o][c][ROUNDS / 2] / ns[o][OURS_STORED][ROUNDS / 2]);
        }
        printf("\n");
    }
    printf("\n");
    sqlite3_finalize(normalised);
    sqlite3_finalize(typed);
    sqlite3_finalize(covering);
    sqlite3_close(db);
    return 0;
}

// What fits: one product, one type, everything, and the question, for cars drawn uniformly and Zipf-like. A question starts
// from the car's slug, as a request does, with a fresh view and an empty arena; ids and verdicts come out, no JSON.
#include <stdio.h>

#include "bench/bench.h"
#include "index/columns.h"
#include "model/rank.h"
#include "model/topk.h"

#define TOP 20

static bool find(struct gbench *g, struct bench_data *d, const struct bench_ask *ask, uint32_t type, struct knowledge *k,
                 struct fitment *found) {
    bench_new_request(d);
    if (!bench_knowledge(g, d, ask, k)) return false;
    enum err e = fitment_find(d->view, k, type, true, found);
    if (e != ERR_OK) bench_failed(g, "fitment_find", e);
    return e == ERR_OK;
}

static void of_type(struct gbench *g, long order) {
    struct bench_data *d = bench_data(g);
    double matches = 0;
    struct knowledge k;
    struct fitment found;
    for (unsigned i = 0; d && gbench_next(g); i++) {
        const struct bench_ask *ask = &d->asks[order][i % BENCH_CARS];
        if (!find(g, d, ask, ask->type, &k, &found)) return;
        gbench_use(found.matches);
        matches += found.count;
    }
    gbench_average(g, "products", matches);
}

static void all_types(struct gbench *g, long order) {
    struct bench_data *d = bench_data(g);
    double matches = 0;
    struct knowledge k;
    struct fitment found;
    for (unsigned i = 0; d && gbench_next(g); i++) {
        if (!find(g, d, &d->asks[order][i % BENCH_CARS], 0, &k, &found)) return;
        gbench_use(found.matches);
        matches += found.count;
    }
    gbench_average(g, "products", matches);
}

// ---- with an order ---------------------------------------------------------------------------------------------------------
static struct ranker *ranker_ready(struct gbench *g, struct bench_data *d) {
    static struct generations *generations;
    static struct ranker *ranker;
    struct fault why = {ERR_OK, "", ""};
    if (ranker) return ranker;
    if (generations_open(d->db, &generations, &why) != ERR_OK || ranker_open(generations, &ranker) != ERR_OK) {
        gbench_skip(g, why.message[0] ? why.message : "no memory for a ranker");
        return NULL;
    }
    return ranker;
}

static enum err order(struct ranker *r, struct bench_data *d, const struct fitment *found, struct topk_entry *top) {
    struct rank_person nobody = {0};
    uint32_t *products = arena_alloc(&d->arena, (found->count + 1) * sizeof *products);
    float *scores = arena_alloc(&d->arena, (found->count + 1) * sizeof *scores);
    if (!products || !scores) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < found->count; i++) products[i] = found->matches[i].product;
    rank_begin(r);
    enum err e = rank_score(r, d->view, &nobody, RANK_STOREFRONT, products, found->count, scores, NULL);
    rank_end(r);
    if (e == ERR_OK) topk_select(scores, products, found->count, TOP, top);
    return e;
}

static void of_type_ordered(struct gbench *g, long drawn) {
    struct bench_data *d = bench_data(g);
    struct ranker *r = d ? ranker_ready(g, d) : NULL;
    struct topk_entry top[TOP];
    struct knowledge k;
    struct fitment found;
    for (unsigned i = 0; r && gbench_next(g); i++) {
        const struct bench_ask *ask = &d->asks[drawn][i % BENCH_CARS];
        if (!find(g, d, ask, ask->type, &k, &found)) return;
        enum err e = order(r, d, &found, top);
        if (e != ERR_OK) {
            bench_failed(g, "rank_score", e);
            return;
        }
        gbench_use(top);
    }
}

// ---- one product -------------------------------------------------------------------------------------------------------------
static void verdict(struct gbench *g, long drawn) {
    struct bench_data *d = bench_data(g);
    struct bench_random r = {7};
    uint32_t products = d ? columns_products(d->view) : 0;
    double fits = 0;
    struct knowledge k;
    struct match m;
    for (unsigned i = 0; d && gbench_next(g); i++) {
        bench_new_request(d);
        if (!bench_knowledge(g, d, &d->asks[drawn][i % BENCH_CARS], &k)) return;
        enum err e = fitment_verdict(d->view, &k, 1 + bench_below(&r, products), &m);
        if (e != ERR_OK && e != ERR_NOT_FOUND) {
            bench_failed(g, "fitment_verdict", e);
            return;
        }
        fits += e == ERR_OK && m.verdict == VERDICT_FITS;
    }
    gbench_average(g, "fits", fits);
}

// ---- the question --------------------------------------------------------------------------------------------------------------
static void question(struct gbench *g, long drawn) {
    struct bench_data *d = bench_data(g);
    double asked = 0, rows = 0;
    struct knowledge k;
    struct fitment found;
    struct question *q;
    for (unsigned i = 0; d && gbench_next(g); i++) {
        const struct bench_ask *ask = &d->asks[drawn][i % BENCH_CARS];
        if (!find(g, d, ask, ask->type, &k, &found)) return;
        enum err e = fitment_question(d->view, &found, NULL, &q);
        if (e != ERR_OK) {
            bench_failed(g, "fitment_question", e);
            return;
        }
        asked += q != NULL;
        rows += found.open_count;
    }
    gbench_average(g, "asked", asked);
    gbench_average(g, "open_rows", rows);
}

void bench_fitment_add(void) {
    static const struct { const char *name; gbench_fn *fn; } rows[] = {
        {"of_type", of_type}, {"of_type_top20", of_type_ordered}, {"of_type_and_question", question},
        {"all_types", all_types}, {"verdict_of_one", verdict}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        for (long o = 0; o < BENCH_ORDERS; o++) {
            char name[64];
            snprintf(name, sizeof name, "fitment/%s/%s", rows[i].name, bench_order_names[o]);
            gbench_add(name, rows[i].fn, o);
        }
}

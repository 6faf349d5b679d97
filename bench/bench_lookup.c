// Point look-ups: what a request reads before anything is computed. Ids are drawn uniformly over the whole database.
#include "bench/bench.h"
#include "index/base/limits.h"
#include "index/number.h"
#include "index/product.h"

#define POOL 65536

// Texts to look up, drawn once.
struct pool { struct slice *ids, *numbers; };

static bool draw(struct bench_data *d, struct pool *p) {
    struct bench_random r = {11};
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    struct product product;
    uint32_t products = columns_products(d->view);
    p->ids = ARENA_ARRAY(&d->keep, struct slice, POOL);
    p->numbers = ARENA_ARRAY(&d->keep, struct slice, POOL);
    for (unsigned i = 0, tries = 0; p->ids && p->numbers && products && i < POOL && tries < 64 * POOL; tries++) {
        arena_reset(&d->arena);
        if (product_load(d->view, 1 + bench_below(&r, products), &product) != ERR_OK) continue;
        size_t n = number_canonical(product.number, canonical, sizeof canonical);
        p->ids[i] = arena_copy(&d->keep, product.external_id);
        p->numbers[i] = arena_copy(&d->keep, slice_of(canonical, n));
        if (n && p->ids[i].n && p->numbers[i].n) i++;
    }
    return p->numbers && p->numbers[POOL - 1].n > 0;
}

static struct pool *pool(struct gbench *g, struct bench_data *d) {
    static struct pool texts;
    static bool drawn;
    if (d && !drawn) drawn = draw(d, &texts);
    if (d && !drawn) gbench_skip(g, "the database has too few products with numbers");
    return drawn ? &texts : NULL;
}

static void product_by_id(struct gbench *g, long unused) {
    (void)unused;
    struct bench_data *d = bench_data(g);
    struct pool *p = pool(g, d);
    for (unsigned i = 0; p && gbench_next(g); i++) {
        uint32_t id;
        struct product product;
        bench_new_request(d);
        enum err e = product_find(d->view, p->ids[i % POOL], &id);
        if (e == ERR_OK) e = product_load(d->view, id, &product);
        if (e != ERR_OK && e != ERR_NOT_FOUND) {
            bench_failed(g, "product_load", e);
            return;
        }
        gbench_use(&product);
    }
}

static void by_number(struct gbench *g, long unused) {
    (void)unused;
    struct bench_data *d = bench_data(g);
    struct pool *p = pool(g, d);
    double hits = 0;
    for (unsigned i = 0; p && gbench_next(g); i++) {
        struct number_hit found[32];
        unsigned count;
        bench_new_request(d);
        enum err e = number_lookup(d->view, p->numbers[i % POOL], 32, found, &count);
        if (e != ERR_OK) {
            bench_failed(g, "number_lookup", e);
            return;
        }
        hits += count;
    }
    gbench_average(g, "products", hits);
}

static void vehicle(struct gbench *g, long unused) {
    (void)unused;
    struct bench_data *d = bench_data(g);
    double configurations = 0;
    for (unsigned i = 0; d && gbench_next(g); i++) {
        struct vehicle *car;
        bench_new_request(d);
        enum err e = vehicle_load(d->view, d->asks[BENCH_UNIFORM][i % BENCH_CARS].vehicle, &car);
        if (e != ERR_OK) {
            bench_failed(g, "vehicle_load", e);
            return;
        }
        configurations += car->count;
    }
    gbench_average(g, "configurations", configurations);
}

static void knowledge(struct gbench *g, long unused) {
    (void)unused;
    struct bench_data *d = bench_data(g);
    for (unsigned i = 0; d && gbench_next(g); i++) {
        struct knowledge k;
        bench_new_request(d);
        if (!bench_knowledge(g, d, &d->asks[BENCH_UNIFORM][i % BENCH_CARS], &k)) return;
        gbench_use(&k);
    }
}

static void request_only(struct gbench *g, long unused) {
    (void)unused;
    struct bench_data *d = bench_data(g);
    while (d && gbench_next(g)) bench_new_request(d);
}

void bench_lookup_add(void) {
    gbench_add("lookup/nothing", request_only, 0);
    gbench_add("lookup/product_by_id", product_by_id, 0);
    gbench_add("lookup/number", by_number, 0);
    gbench_add("lookup/vehicle", vehicle, 0);
    gbench_add("lookup/knowledge_parse", knowledge, 0);
}

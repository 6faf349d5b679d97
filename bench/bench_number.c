// Part numbers: whole ones, beginnings and pieces, drawn uniformly from the numbers of the catalogue, own and OE alike.
#include <stdio.h>

#include "index/base/limits.h"
#include "bench/bench.h"
#include "index/columns.h"
#include "index/number_search.h"
#include "index/product.h"

#define QUERIES 4096

enum piece { WHOLE, BEGINNING, END };

static struct slice number_drawn(struct bench_data *d, struct bench_random *r) {
    char canonical[LIMIT_PART_NUMBER_BYTES + 1];
    struct product p;
    uint32_t products = columns_products(d->view);
    if (!products || product_load(d->view, 1 + bench_below(r, products), &p) != ERR_OK) return SLICE_NONE;
    unsigned at = bench_below(r, p.number_count + 1);
    size_t n = number_canonical(at ? p.numbers[at - 1].number : p.number, canonical, sizeof canonical);
    return n ? arena_copy(&d->keep, slice_of(canonical, n)) : SLICE_NONE;
}

static struct slice piece_of(struct slice number, enum piece piece, size_t bytes) {
    size_t n = number.n < bytes ? number.n : bytes;
    return piece == END ? slice_from(number, number.n - n) : slice_of(number.p, piece == WHOLE ? number.n : n);
}

static void find(struct gbench *g, enum piece piece, size_t bytes, bool partial) {
    struct bench_data *d = bench_data(g);
    struct bench_random r = {11};
    struct slice *list = d ? ARENA_ARRAY(&d->keep, struct slice, QUERIES) : NULL;
    double products = 0;
    for (unsigned made = 0, tries = 0; list && made < QUERIES; tries++) {
        arena_reset(&d->arena);
        list[made] = number_drawn(d, &r);
        made += list[made].n > 0;
        if (tries < 64 * QUERIES) continue;
        gbench_skip(g, "the database has too few numbers");
        return;
    }
    for (unsigned i = 0; list && gbench_next(g); i++) {
        struct number_found *found;
        unsigned count;
        bench_new_request(d);
        enum err e = number_search(d->view, piece_of(list[i % QUERIES], piece, bytes), partial, &found, &count);
        if (e != ERR_OK) {
            bench_failed(g, "number_search", e);
            return;
        }
        products += count;
    }
    gbench_average(g, "products", products);
}

static void whole(struct gbench *g, long partial) { find(g, WHOLE, 0, partial != 0); }
static void beginning(struct gbench *g, long bytes) { find(g, BEGINNING, (size_t)bytes, true); }
static void end(struct gbench *g, long bytes) { find(g, END, (size_t)bytes, true); }

void bench_number_add(void) {
    char name[64];
    gbench_add("number/whole", whole, 0);
    gbench_add("number/whole_or_piece", whole, 1);
    for (long n = 3; n <= 7; n++) {
        snprintf(name, sizeof name, "number/beginning_of_bytes/%ld", n);
        gbench_add(name, beginning, n);
    }
    for (long n = 4; n <= 6; n++) {
        snprintf(name, sizeof name, "number/end_of_bytes/%ld", n);
        gbench_add(name, end, n);
    }
}

// Facets: what a list of filters with counts costs beside the same search without. A question starts at the car's slug and the texts
// of filters and facets, and ends at hits and named counts; ranking and JSON are not in it.
#include <stdio.h>

#include "bench/bench.h"
#include "index/names.h"
#include "index/search.h"

#define FACETS 5
static const char *const fields[FACETS] = {"brand", "attributes.tier", "attributes.source", "price", "in_stock"};
static const char refinement[] = "(brand:Michelin OR brand:Bridgestone OR brand:Linglong OR brand:Bosch) AND "
                                 "(attributes.tier:good OR attributes.tier:better OR attributes.tier:best) AND "
                                 "attributes.source:sample AND price:100 TO 900000 AND in_stock:true";

enum shape { PLAIN, COUNTED, REFINED, SHAPES };
static const char *const shape_names[SHAPES] = {"plain", "counted", "refined"};

static enum err ask(struct bench_data *d, const struct knowledge *k, uint32_t type, enum shape shape, struct search_result *out) {
    struct filter filter = {0};
    struct facet facets[FACETS];
    if (shape == REFINED) TRY(filter_parse(d->view, slice_str(refinement), CURRENCY_CNY, &filter, NULL));
    for (unsigned i = 0; shape != PLAIN && i < FACETS; i++) {
        struct slice field = slice_str(fields[i]);
        TRY(facet_begin(d->view, field, filter_without(&filter, field), &facets[i], NULL));
    }
    struct search_query query = {.type = type, .k = k, .filter = &filter, .facets = facets, .facet_count = shape == PLAIN ? 0 : FACETS};
    struct fault why = {0};
    return search_run(d->view, &query, out, &why);
}

static void of_car(struct gbench *g, long shape) {
    struct bench_data *d = bench_data(g);
    double hits = 0;
    uint32_t type = 0;
    if (d && names_find(d->view->snapshot, NAMES_TYPE, SLICE("tyre"), &type) != ERR_OK) type = 0;
    for (unsigned i = 0; d && gbench_next(g); i++) {
        const struct bench_ask *asked = &d->asks[BENCH_ZIPF][i % BENCH_CARS];
        struct knowledge k;
        struct search_result result;
        bench_new_request(d);
        if (!bench_knowledge(g, d, asked, &k)) return;
        enum err e = ask(d, &k, type ? type : asked->type, (enum shape)shape, &result);
        if (e != ERR_OK) {
            bench_failed(g, "search_run", e);
            return;
        }
        hits += result.count;
    }
    gbench_average(g, "hits", hits);
}

static void of_everything(struct gbench *g, long shape) {
    struct bench_data *d = bench_data(g);
    struct knowledge nothing = {0};
    double hits = 0;
    while (d && gbench_next(g)) {
        struct search_result result;
        bench_new_request(d);
        enum err e = ask(d, &nothing, 0, (enum shape)shape, &result);
        if (e != ERR_OK) {
            bench_failed(g, "search_run", e);
            return;
        }
        hits += result.count;
    }
    gbench_average(g, "hits", hits);
}

void bench_facet_add(void) {
    for (long s = 0; s < SHAPES; s++) {
        char name[64];
        snprintf(name, sizeof name, "facet/of_car/%s", shape_names[s]);
        gbench_add(name, of_car, s);
        snprintf(name, sizeof name, "facet/of_everything/%s", shape_names[s]);
        gbench_add(name, of_everything, s);
    }
}

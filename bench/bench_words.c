// Words: search over titles without a car, and typeahead over vehicles. Queries are made from the data itself: words of
// titles drawn uniformly, beginnings of model names.
#include <stdio.h>

#include "bench/bench.h"
#include "index/columns.h"
#include "index/product.h"
#include "index/search.h"
#include "index/text.h"
#include "index/vehicle_suggest.h"

#define QUERIES 4096
#define SUGGESTIONS 10

// ---- search --------------------------------------------------------------------------------------------------------------------
// `wanted` words of one title, the first of them drawn, the rest following it.
static struct slice words_of_title(struct bench_data *d, struct bench_random *r, unsigned wanted) {
    struct product product;
    struct slice folded;
    struct text_word *words;
    unsigned count;
    uint32_t products = columns_products(d->view);
    if (!products || product_load(d->view, 1 + bench_below(r, products), &product) != ERR_OK) return SLICE_NONE;
    if (text_fold(d->view->arena, product.title, &folded) != ERR_OK) return SLICE_NONE;
    if (text_words(d->view->arena, folded, &words, &count) != ERR_OK || count < wanted) return SLICE_NONE;
    const struct text_word *first = &words[bench_below(r, count - wanted + 1)], *last = first + wanted - 1;
    return arena_copy(&d->keep, slice_of(first->word.p, (size_t)(last->word.p + last->word.n - first->word.p)));
}

static struct slice *queries(struct gbench *g, struct bench_data *d, unsigned words) {
    struct bench_random r = {words};
    struct slice *list = ARENA_ARRAY(&d->keep, struct slice, QUERIES);
    unsigned made = 0;
    for (unsigned tries = 0; list && made < QUERIES && tries < 64 * QUERIES; tries++) {
        arena_reset(&d->arena);
        list[made] = words_of_title(d, &r, words);
        made += list[made].n > 0;
    }
    if (made == QUERIES) return list;
    gbench_skip(g, "the database has too few titles");
    return NULL;
}

static void search(struct gbench *g, long words) {
    struct bench_data *d = bench_data(g);
    struct slice *list = d ? queries(g, d, (unsigned)words) : NULL;
    struct knowledge nothing = {0};
    struct filter none = {0};
    double hits = 0;
    for (unsigned i = 0; list && gbench_next(g); i++) {
        struct search_query query = {.q = list[i % QUERIES], .k = &nothing, .filter = &none};
        struct search_result result;
        bench_new_request(d);
        struct fault why = {0};
        enum err e = search_run(d->view, &query, &result, &why);
        if (e != ERR_OK) {
            bench_failed(g, "search_run", e);
            return;
        }
        hits += result.count;
    }
    gbench_average(g, "hits", hits);
}

// ---- typeahead -----------------------------------------------------------------------------------------------------------------
// The first `bytes` bytes of the model's part of a slug such as "2018-volkswagen-golf", or the make's when that is short.
static struct slice beginning(const struct bench_ask *ask, size_t bytes) {
    struct slice name = slice_from(ask->slug, 5), rest = name;
    (void)slice_cut(&rest, '-');
    if (rest.p && rest.n >= bytes) name = rest;
    return slice_of(name.p, name.n < bytes ? name.n : bytes);
}

static void typeahead(struct gbench *g, long bytes) {
    struct bench_data *d = bench_data(g);
    double found = 0;
    for (unsigned i = 0; d && gbench_next(g); i++) {
        struct vehicle_suggestion list[SUGGESTIONS];
        unsigned count;
        bench_new_request(d);
        enum err e = vehicle_suggest(d->view, beginning(&d->asks[BENCH_UNIFORM][i % BENCH_CARS], (size_t)bytes), 0, SUGGESTIONS,
                                     list, &count);
        if (e != ERR_OK) {
            bench_failed(g, "vehicle_suggest", e);
            return;
        }
        found += count;
    }
    gbench_average(g, "vehicles", found);
}

void bench_words_add(void) {
    for (long n = 1; n <= 3; n++) {
        char name[64];
        snprintf(name, sizeof name, "words/search_of_words/%ld", n);
        gbench_add(name, search, n);
    }
    for (long n = 2; n <= 6; n += 2) {
        char name[64];
        snprintf(name, sizeof name, "words/typeahead_of_bytes/%ld", n);
        gbench_add(name, typeahead, n);
    }
}

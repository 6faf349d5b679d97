// search.c: the order of business of a search, then filters and facets (search_internal.h has the steps).
#include "search_internal.h"

// ---- candidates -----------------------------------------------------------------------------------------------------------------------
// What finding the universe costs, in candidates: the groups of every car, a verdict of every number for every car. Lists of words and
// types cost little against what is done with those who stay.
enum { WORK_CAR_ALL_TYPES = 2048, WORK_CAR_TYPE = 16, WORK_VERDICT = 128 };

static uint64_t work_of(const struct search_query *q, const struct demands *d, const struct search_result *r) {
    uint64_t cars = r->k->resolved ? r->k->vehicle_count : 0, types = q->type ? 1 : r->understood.type_count;
    if (!d->by_number) return cars * (types ? types * WORK_CAR_TYPE : WORK_CAR_ALL_TYPES);
    if (d->number_count > search_number_matches_max(r->k)) return cars * WORK_CAR_ALL_TYPES + d->number_count;
    return cars * d->number_count * WORK_VERDICT;
}

// What has the words' meanings, before any other demand.
static enum err universe_find(struct view *v, const struct search_query *q, struct demands *d, struct search_result *r, struct universe *out) {
    if (!d->by_number && r->k->resolved) return universe_fitting(v, q, r, out);
    r->fitment = (struct fitment){.k = r->k};
    if (d->by_number) return search_numbered(v, d, r, out);
    TRY(universe_named(v, q, d, r, out));
    universe_verdicts(v, q, r, out);
    return ERR_OK;
}

static enum err candidates(struct view *v, const struct search_query *q, struct demands *d, struct search_result *r,
                           struct universe *out) {
    out->count = 0;
    r->beyond = q->work_max && work_of(q, d, r) > q->work_max;
    if (r->beyond) return ERR_OK;
    TRY(universe_find(v, q, d, r, out));
    if (r->beyond) return ERR_OK;
    TRY(universe_meet(v, &r->understood, d, out));
    r->beyond = q->work_max && out->count > q->work_max;
    return ERR_OK;
}

// ---- filters, facets ----------------------------------------------------------------------------------------------------------------
static void mark_kept(struct search_result *r, uint32_t product, unsigned *at) {
    while (*at < r->fitment.count && r->fitment.matches[*at].product < product) ++*at;
    if (*at < r->fitment.count && r->fitment.matches[*at].product == product) r->kept[*at] = 1;
}

static enum err settle(struct view *v, const struct search_query *q, const struct universe *u, struct search_result *r) {
    unsigned at = 0, needs = q->filter->needs;
    r->hits = arena_alloc(v->arena, (u->count + 1) * sizeof *r->hits);
    r->kept = ARENA_ARRAY(v->arena, uint8_t, r->fitment.count + 1);
    if (!r->hits || !r->kept) return ERR_NO_MEMORY;
    for (unsigned f = 0; f < q->facet_count; f++) needs |= q->facets[f].needs;
    for (unsigned from = 0; from < u->count; from += BLOCK_PRODUCTS) {
        const struct match *list = u->list + from;
        struct product_block block;
        uint64_t terms[FILTER_TERMS_MAX];
        product_block_read(v, list, u->count - from < BLOCK_PRODUCTS ? u->count - from : BLOCK_PRODUCTS, needs, &block);
        filter_test(v, q->filter, &block, terms);
        for (unsigned f = 0; f < q->facet_count; f++)
            TRY(facet_add(v, &q->facets[f], &block, filter_passed(&block, terms, q->facets[f].mask)));
        for (uint64_t passed = filter_passed(&block, terms, filter_all(q->filter)); passed; passed &= passed - 1) {
            const struct match *m = &list[__builtin_ctzll(passed)];
            r->hits[r->count++] = (struct candidate_hit){*m, u->tiers[m - u->list]};
            mark_kept(r, m->product, &at);
        }
    }
    for (unsigned f = 0; f < q->facet_count; f++) TRY(facet_finish(v, &q->facets[f]));
    return ERR_OK;
}

enum err search_run(struct view *v, const struct search_query *q, struct search_result *r, struct fault *why) {
    struct universe u = {0};
    struct demands d = {.brands = true, .position = true};
    *r = (struct search_result){.k = q->k};
    if (q->q.n) TRY(query_understand(v, q->q, q->k->given, &r->understood));
    TRY(search_car(v, q, true, r, why));
    d.word_count = r->understood.word_count;
    memcpy(d.words, r->understood.words, sizeof d.words);
    for (unsigned i = 0; i < r->understood.spec_count; i++)
        d.spec_count += pattern_specs(&r->understood.specs[i], &d.specs[d.spec_count]);
    TRY(search_numbers(v, &r->understood, &d));
    TRY(demands_words(v, r, &d));
    TRY(candidates(v, q, &d, r, &u));
    for (bool again = q->q.n > 0; u.count == 0 && again && !r->beyond;) {
        TRY(demands_relax(v, q, r, &d, &again, why));
        if (again) TRY(candidates(v, q, &d, r, &u));
    }
    r->words = d.word_query;
    r->by_number = d.by_number;
    if (r->beyond) return ERR_OK;
    return settle(v, q, &u, r);
}

#include "rerank.h"

#include "index/base/limits.h"
#include "index/product.h"
#include "topk.h"

#define MANY 16        // products of a list from which on finding all that fit the car is quicker than asking one by one
#define BLOCK 1024     // products of the catalogue scored at a time
#define TYPES_MAX 16   // different types of a list that are looked for one by one

static const char *const why_names[RERANK_WHYS] = {"no", "unknown_product", "unknown"};

const char *rerank_why_name(enum rerank_why why) {
    return why < RERANK_WHYS ? why_names[why] : "";
}

static bool has_car(const struct rerank_list *l) { return l->k && l->k->given; }
static bool is_filtered(const struct rerank_list *l) { return has_car(l) && l->k->resolved; }

// ---- time ---------------------------------------------------------------------------------------------------------

static uint64_t begin_stage(const struct rerank *r) {
    return r->batch && r->batch->spent_us ? clock_monotonic_us(r->view->clock) : 0;
}

static void end_stage(const struct rerank *r, enum rerank_stage stage, uint64_t began_us) {
    if (r->batch && r->batch->spent_us) r->batch->spent_us[stage] += clock_monotonic_us(r->view->clock) - began_us;
}

// ---- what fits ----------------------------------------------------------------------------------------------------

// All that fits the car, of the list's types; not for short lists.
static enum err find_fitting(const struct rerank *r, const struct rerank_list *l, struct fitment *out) {
    uint32_t types[TYPES_MAX];
    unsigned count = 0;
    for (size_t i = 0; i < l->count && count <= TYPES_MAX; i++) {
        unsigned at = 0;
        uint32_t type = columns_facts(r->view, l->products[i])->type;
        if (l->products[i] == 0) continue;
        while (at < count && types[at] != type) at++;
        if (at == TYPES_MAX) count = TYPES_MAX + 1;
        else if (at == count) types[count++] = type;
    }
    if (count == 0) return ERR_OK;
    return fitment_find_types(r->view, l->k, types, count > TYPES_MAX ? 0 : count, true, out);
}

static const struct match *match_of(const struct fitment *f, uint32_t product) {
    unsigned low = 0, high = f->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (f->matches[middle].product < product) low = middle + 1;
        else high = middle;
    }
    return low < f->count && f->matches[low].product == product ? &f->matches[low] : NULL;
}

static void drop(struct rerank_list *l, size_t at, enum rerank_why why) {
    l->dropped[l->dropped_count++] = (struct rerank_drop){(uint32_t)at, why};
}

static void keep(struct rerank_list *l, size_t at, enum verdict verdict) {
    l->hits[l->hit_count++] = (struct rerank_hit){.product = l->products[at], .at = (uint32_t)at, .verdict = verdict};
}

static enum err judge(const struct rerank *r, struct rerank_list *l, const struct fitment *fitting, size_t at) {
    uint32_t product = l->products[at];
    struct match asked = {.verdict = VERDICT_UNKNOWN};
    const struct match *m = match_of(fitting, product);
    if (!m) {
        TRY(fitment_verdict(r->view, l->k, product, &asked)); // it may be one that does not fit, or the list is short
        m = &asked;
    }
    if (m->verdict == VERDICT_NO) drop(l, at, RERANK_NO);
    else if (m->verdict == VERDICT_UNKNOWN && !(columns_facts(r->view, product)->flags & FACT_NON_VEHICLE)) drop(l, at, RERANK_UNKNOWN);
    else keep(l, at, m->verdict);
    return ERR_OK;
}

static enum err judge_list(const struct rerank *r, struct rerank_list *l) {
    struct fitment fitting = {0};
    if (is_filtered(l) && l->count >= MANY) TRY(find_fitting(r, l, &fitting));
    for (size_t i = 0; i < l->count; i++) {
        if (l->products[i] == 0) drop(l, i, RERANK_UNKNOWN_PRODUCT);
        else if (is_filtered(l)) TRY(judge(r, l, &fitting, i));
        else keep(l, i, VERDICT_UNKNOWN);
    }
    return ERR_OK;
}

// ---- scores -------------------------------------------------------------------------------------------------------

struct scorer { // of one person, by what the run has
    struct rank_person person;
    const struct batch_person *prepared;
};

static enum err load_person(const struct rerank *r, uint32_t user, struct scorer *out) {
    const struct rerank_batch *b = r->batch;
    uint64_t began_us = begin_stage(r);
    if (b) {
        enum err e = batch_person(b->persons, b->scratch, r->ranker, r->view, user, &out->prepared);
        end_stage(r, RERANK_PERSON, began_us);
        return e;
    }
    return rank_person_load(r->ranker, r->view, user, NULL, 0, &out->person);
}

static enum err score(const struct rerank *r, const struct scorer *s, const uint32_t *products, size_t n, size_t ahead, float *scores) {
    if (!r->batch) return rank_score(r->ranker, r->view, &s->person, RANK_BATCH, products, n, scores, NULL);
    uint64_t began_us = begin_stage(r);
    rank_batch_score(r->batch->table, r->batch->scratch, s->prepared, products, n, ahead, scores);
    end_stage(r, RERANK_SCORES, began_us);
    return ERR_OK;
}

static enum err score_hits(const struct rerank *r, struct rerank_list *l) {
    struct scorer person;
    const uint32_t *products = l->products;
    size_t ahead = l->ahead;
    float *scores = arena_alloc(r->view->arena, (l->hit_count + 1) * sizeof *scores);
    if (!scores) return ERR_NO_MEMORY;
    TRY(load_person(r, l->user, &person));
    if (l->whole || l->hit_count != l->count) { // some of the list are left out
        uint32_t *kept = arena_alloc(r->view->arena, (l->hit_count + 1) * sizeof *kept);
        if (!kept) return ERR_NO_MEMORY;
        for (unsigned i = 0; i < l->hit_count; i++) kept[i] = l->hits[i].product;
        products = kept;
        ahead = 0;
    }
    TRY(score(r, &person, products, l->hit_count, ahead, scores));
    for (unsigned i = 0; i < l->hit_count; i++) l->hits[i].score = scores[i];
    return ERR_OK;
}

// ---- the whole catalogue ------------------------------------------------------------------------------------------

static enum err gather_fitting(const struct rerank *r, struct rerank_list *l) {
    struct fitment f = {0};
    TRY(fitment_find(r->view, l->k, 0, true, &f));
    l->hits = ARENA_ARRAY(r->view->arena, struct rerank_hit, f.count + 1);
    if (!l->hits) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < f.count; i++) {
        const struct match *m = &f.matches[i];
        if (columns_facts(r->view, m->product)->flags & (FACT_NON_VEHICLE | FACT_DELETED)) continue;
        l->hits[l->hit_count++] = (struct rerank_hit){.product = m->product, .verdict = m->verdict};
    }
    return score_hits(r, l);
}

static bool is_there(const struct rerank *r, uint32_t product) {
    if (r->batch) return rank_batch_has(r->batch->table, product);
    return !(columns_facts(r->view, product)->flags & FACT_DELETED);
}

static enum err gather_best(const struct rerank *r, struct rerank_list *l) {
    uint32_t products[BLOCK], last = r->batch ? rank_batch_products(r->batch->table) : columns_products(r->view);
    float scores[BLOCK];
    struct scorer person;
    struct topk best;
    struct topk_entry *entries = ARENA_ARRAY(r->view->arena, struct topk_entry, l->limit + 1);
    l->hits = ARENA_ARRAY(r->view->arena, struct rerank_hit, l->limit + 1);
    if (!entries || !l->hits) return ERR_NO_MEMORY;
    topk_init(&best, entries, l->limit);
    TRY(load_person(r, l->user, &person));
    for (uint64_t first = 1; first <= last; first += BLOCK) {
        uint32_t n = 0;
        for (; n < BLOCK && first + n <= last; n++) products[n] = (uint32_t)first + n;
        TRY(score(r, &person, products, n, 0, scores));
        for (uint32_t i = 0; i < n; i++)
            if (topk_takes(&best, scores[i], products[i]) && is_there(r, products[i])) topk_push(&best, scores[i], products[i]);
    }
    for (size_t i = 0; i < best.count; i++)
        l->hits[l->hit_count++] = (struct rerank_hit){.product = entries[i].id, .score = entries[i].score};
    return ERR_OK;
}

// ---- lists --------------------------------------------------------------------------------------------------------

static enum err gather_list(const struct rerank *r, struct rerank_list *l) {
    l->hits = arena_alloc(r->view->arena, (l->count + 1) * sizeof *l->hits);
    l->dropped = arena_alloc(r->view->arena, (l->count + 1) * sizeof *l->dropped);
    if (!l->hits || !l->dropped) return ERR_NO_MEMORY;
    TRY(judge_list(r, l));
    return score_hits(r, l);
}

enum err rerank_list(const struct rerank *r, struct rerank_list *l) {
    l->hit_count = l->dropped_count = 0;
    if (!l->whole) TRY(gather_list(r, l));
    else if (has_car(l)) TRY(gather_fitting(r, l));
    else TRY(gather_best(r, l));
    uint64_t began_us = begin_stage(r);
    enum err e = rerank_sort(r, l);
    end_stage(r, RERANK_ORDER, began_us);
    TRY(e);
    if (l->limit && l->hit_count > l->limit) l->hit_count = l->limit;
    return ERR_OK;
}

enum err rerank_id(const struct rerank *r, const struct rerank_list *l, const struct rerank_hit *hit, struct slice *out) {
    if (l->ids && !l->whole) *out = l->ids[hit->at];
    else if (r->batch) *out = product_ids_text(r->batch->ids, hit->product);
    else {
        struct product p;
        TRY(product_load(r->view, hit->product, &p));
        *out = p.external_id;
    }
    return ERR_OK;
}

// Of one product: its score 0.1 us, its verdict 4 us and more with every further base vehicle the car can be. Of a car: what fits it,
// per base vehicle (bench/README.md has the figures).
unsigned rerank_list_us(const struct rerank_list *l, uint32_t products_of_catalogue) {
    uint64_t vehicles = has_car(l) ? l->k->vehicle_count : 0, us;
    if (l->whole) us = vehicles ? 2000 + vehicles * 100 : products_of_catalogue / 10;
    else us = l->count / 10 + (vehicles ? l->count * (4 + vehicles / 4) : 0);
    return us > 60000000 ? 60000000 : (unsigned)us;
}

// The order of hits: a radix sort by score and verdict, which costs the same for every list; ties, which are rare, by external id.
#include <math.h>
#include <stdlib.h>

#include "index/product.h"
#include "rerank.h"

#define FEW 16 // up to here an insertion is quicker

struct entry { // ascending is best first
    uint32_t key;
    uint32_t hit;
};

// The bits of a float so that greater ones come first; -0 as 0, NaN last with -infinity.
static uint32_t descending(float score) {
    uint32_t bits;
    if (isnan(score)) score = -INFINITY;
    score += 0.0f;
    memcpy(&bits, &score, sizeof bits);
    return bits & 0x80000000u ? bits : ~bits & 0x7FFFFFFFu;
}

static void insertion(struct entry *list, unsigned n) {
    for (unsigned i = 1; i < n; i++) {
        struct entry e = list[i];
        unsigned at = i;
        for (; at > 0 && list[at - 1].key > e.key; at--) list[at] = list[at - 1];
        list[at] = e;
    }
}

// Stable, by one byte; whether anything had to move.
static bool pass(const struct entry *from, struct entry *to, unsigned n, unsigned *counts, unsigned shift) {
    unsigned sum = 0;
    if (counts[(from[0].key >> shift) & 0xFF] == n) return false;
    for (unsigned b = 0; b < 256; b++) {
        unsigned count = counts[b];
        counts[b] = sum;
        sum += count;
    }
    for (unsigned i = 0; i < n; i++) to[counts[(from[i].key >> shift) & 0xFF]++] = from[i];
    return true;
}

static struct entry *radix(struct entry *list, struct entry *other, unsigned n) {
    unsigned counts[4][256] = {0};
    for (unsigned i = 0; i < n; i++)
        for (unsigned b = 0; b < 4; b++) counts[b][(list[i].key >> (8 * b)) & 0xFF]++;
    for (unsigned b = 0; b < 4; b++) {
        if (!pass(list, other, n, counts[b], 8 * b)) continue;
        struct entry *swap = list;
        list = other;
        other = swap;
    }
    return list;
}

// The hits in the order of `sorted`, verdicts apart, best verdict first.
static void place(const struct rerank_hit *hits, const struct entry *sorted, unsigned n, struct rerank_hit *out) {
    unsigned starts[VERDICT_FITS + 2] = {0};
    for (unsigned i = 0; i < n; i++) starts[VERDICT_FITS - hits[i].verdict + 1]++;
    for (unsigned v = 1; v <= VERDICT_FITS; v++) starts[v] += starts[v - 1];
    for (unsigned i = 0; i < n; i++) {
        const struct rerank_hit *hit = &hits[sorted[i].hit];
        out[starts[VERDICT_FITS - hit->verdict]++] = *hit;
    }
}

// ---- ties ---------------------------------------------------------------------------------------------------------

struct tie {
    struct slice id;
    struct rerank_hit hit;
};

static enum err id_of(const struct rerank *r, const struct rerank_list *l, const struct rerank_hit *hit, struct slice *out) {
    if (l->ids && !l->whole) *out = l->ids[hit->at];
    else if (r->batch) *out = product_ids_text(r->batch->ids, hit->product);
    else {
        struct product p;
        TRY(product_load(r->view, hit->product, &p));
        *out = p.external_id;
    }
    return ERR_OK;
}

static int compare_ties(const void *a, const void *b) {
    const struct tie *x = a, *y = b;
    int c = slice_cmp(x->id, y->id);
    return c ? c : x->hit.at < y->hit.at ? -1 : x->hit.at > y->hit.at;
}

static enum err order_tie(const struct rerank *r, const struct rerank_list *l, struct rerank_hit *hits, unsigned n) {
    struct tie *ties = ARENA_ARRAY(r->view->arena, struct tie, n);
    if (!ties) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < n; i++) {
        ties[i].hit = hits[i];
        TRY(id_of(r, l, &hits[i], &ties[i].id));
    }
    qsort(ties, n, sizeof *ties, compare_ties);
    for (unsigned i = 0; i < n; i++) hits[i] = ties[i].hit;
    return ERR_OK;
}

static bool tied(const struct rerank_hit *a, const struct rerank_hit *b) {
    return a->verdict == b->verdict && descending(a->score) == descending(b->score);
}

static enum err order_ties(const struct rerank *r, const struct rerank_list *l, struct rerank_hit *hits, unsigned n) {
    for (unsigned from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && tied(&hits[from], &hits[to]); to++) {}
        if (to - from > 1) TRY(order_tie(r, l, hits + from, to - from));
    }
    return ERR_OK;
}

// ---- sorting ------------------------------------------------------------------------------------------------------

enum err rerank_sort(const struct rerank *r, const struct rerank_list *l, struct rerank_hit *hits, unsigned count) {
    if (count < 2) return ERR_OK;
    struct entry *entries = arena_alloc(r->view->arena, 2 * (size_t)count * sizeof *entries);
    struct rerank_hit *copy = arena_alloc(r->view->arena, (size_t)count * sizeof *copy);
    if (!entries || !copy) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < count; i++) entries[i] = (struct entry){descending(hits[i].score), i};
    if (count <= FEW) insertion(entries, count);
    else entries = radix(entries, entries + count, count);
    memcpy(copy, hits, (size_t)count * sizeof *copy);
    place(copy, entries, count, hits);
    return order_ties(r, l, hits, count);
}

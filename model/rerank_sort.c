// The order of hits: by score and verdict in a radix sort, which costs the same for every list; ties, which are rare, by external id.
//
// Lists of usual length are sorted by sixteen bits of their scores, laid evenly over the range they take, in two passes instead of four;
// what shares all sixteen bits is set right by an insertion, which then has next to nothing to move.
#include <math.h>
#include <stdlib.h>

#include "rerank.h"

#define FEW 16       // up to here an insertion is quicker
#define USUAL 512    // up to here two passes and an insertion: even if all scores but one are alike that is bounded by 65,000 moves

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

static struct entry *swap_if(bool moved, struct entry *list, struct entry **other) {
    if (!moved) return list;
    struct entry *sorted = *other;
    *other = list;
    return sorted;
}

static struct entry *radix(struct entry *list, struct entry *other, unsigned n) {
    unsigned counts[4][256] = {0};
    for (unsigned i = 0; i < n; i++)
        for (unsigned b = 0; b < 4; b++) counts[b][(list[i].key >> (8 * b)) & 0xFF]++;
    for (unsigned b = 0; b < 4; b++) list = swap_if(pass(list, other, n, counts[b], 8 * b), list, &other);
    return list;
}

// The same for finite scores within least .. most, by coarse keys first.
static struct entry *radix_usual(const struct rerank_hit *hits, float least, float most, struct entry *list, struct entry *other, unsigned n) {
    unsigned counts[2][256] = {0};
    float scale = 65535.0f / (most - least);
    for (unsigned i = 0; i < n; i++) {
        uint32_t key = (uint32_t)((most - hits[i].score) * scale);
        key = key > 65535 ? 65535 : key;
        list[i] = (struct entry){key, i};
        counts[0][key & 0xFF]++;
        counts[1][key >> 8]++;
    }
    for (unsigned b = 0; b < 2; b++) list = swap_if(pass(list, other, n, counts[b], 8 * b), list, &other);
    for (unsigned i = 0; i < n; i++) list[i].key = descending(hits[list[i].hit].score);
    insertion(list, n);
    return list;
}

static struct entry *sorted_entries(const struct rerank_hit *hits, struct entry *entries, unsigned n) {
    float least = INFINITY, most = -INFINITY;
    bool finite = true;
    for (unsigned i = 0; i < n; i++) {
        float score = hits[i].score;
        finite &= fabsf(score) < 1e30f; // so that no range overflows
        least = score < least ? score : least;
        most = score > most ? score : most;
    }
    if (n > FEW && n <= USUAL && finite && most - least > 1e-30f) return radix_usual(hits, least, most, entries, entries + n, n);
    for (unsigned i = 0; i < n; i++) entries[i] = (struct entry){descending(hits[i].score), i};
    if (n > FEW) return radix(entries, entries + n, n);
    insertion(entries, n);
    return entries;
}

// The hits in the order of `sorted`, verdicts apart, best verdict first.
static void place(const struct rerank_hit *hits, const struct entry *sorted, unsigned n, struct rerank_hit *out) {
    unsigned starts[VERDICT_FITS + 2] = {0};
    bool one = true;
    for (unsigned i = 1; i < n; i++) one &= hits[i].verdict == hits[0].verdict;
    for (unsigned i = 0; one && i < n; i++) out[i] = hits[sorted[i].hit];
    if (one) return;
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
        TRY(rerank_id(r, l, &hits[i], &ties[i].id));
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

enum err rerank_sort(const struct rerank *r, struct rerank_list *l) {
    unsigned n = l->hit_count;
    if (n < 2) return ERR_OK;
    struct entry *entries = arena_alloc(r->view->arena, 2 * (size_t)n * sizeof *entries);
    struct rerank_hit *hits = arena_alloc(r->view->arena, (size_t)n * sizeof *hits);
    if (!entries || !hits) return ERR_NO_MEMORY;
    place(l->hits, sorted_entries(l->hits, entries, n), n, hits);
    l->hits = hits;
    return order_ties(r, l, hits, n);
}

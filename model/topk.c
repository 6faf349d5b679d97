#include "topk.h"

#include <string.h>

#include "lanes.h"

#define COUNTED_MAX 512 // entries that are sorted by counting: it grows with the square

static void sift_down(struct topk_entry *heap, size_t count, size_t at, struct topk_entry e) {
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count) break;
        if (child + 1 < count && topk_better(heap[child], heap[child + 1])) child++;
        if (!topk_better(e, heap[child])) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = e;
}

static void sift_up(struct topk_entry *heap, size_t at, struct topk_entry e) {
    while (at > 0 && topk_better(heap[(at - 1) / 2], e)) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = e;
}

void topk_insert(struct topk *t, struct topk_entry e) {
    if (t->count < t->capacity) sift_up(t->entries, t->count++, e);
    else sift_down(t->entries, t->count, 0, e);
}

static void push_some(struct topk *t, const float *scores, const uint32_t *ids, uint32_t first_id, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) topk_push(t, scores[i], ids ? ids[i] : first_id + (uint32_t)i);
}

void topk_push_block(struct topk *t, const float *scores, const uint32_t *ids, uint32_t first_id, size_t n) {
    size_t i = t->capacity - t->count < n ? t->capacity - t->count : n;
    push_some(t, scores, ids, first_id, 0, i);
    if (t->capacity == 0) return;
    for (; i + LANES <= n; i += LANES) {
        uint32_t mask = lanes_not_below(lanes_load(scores + i), lanes_all(t->entries[0].score));
        for (; mask; mask &= mask - 1) {
            size_t at = i + (size_t)__builtin_ctz(mask);
            topk_push(t, scores[at], ids ? ids[at] : first_id + (uint32_t)at);
        }
    }
    push_some(t, scores, ids, first_id, i, n);
}

// By counting who is better, sixteen at a time, where all scores differ: no branch to guess wrong. false: some do not.
static bool sort_by_counting(struct topk *t) {
    float scores[COUNTED_MAX];
    struct topk_entry sorted[COUNTED_MAX];
    bool taken[COUNTED_MAX] = {false};
    size_t n = t->count;
    if (n < 2) return true;
    for (size_t i = 0; i < n; i++) scores[i] = t->entries[i].score;
    for (size_t i = 0; i < n; i++) {
        int better = 0;
        for (size_t j = 0; j < n; j++) better += scores[j] > scores[i];
        if (taken[better]) return false;
        taken[better] = true;
        sorted[better] = t->entries[i];
    }
    memcpy(t->entries, sorted, n * sizeof *sorted);
    return true;
}

void topk_sort(struct topk *t) {
    if (t->count <= COUNTED_MAX && sort_by_counting(t)) return;
    for (size_t left = t->count; left > 1; left--) {
        struct topk_entry worst = t->entries[0];
        sift_down(t->entries, left - 1, 0, t->entries[left - 1]);
        t->entries[left - 1] = worst;
    }
}

size_t topk_select(const float *scores, const uint32_t *ids, size_t n, size_t k, struct topk_entry *out) {
    struct topk t;
    topk_init(&t, out, k);
    topk_push_block(&t, scores, ids, 0, n);
    topk_sort(&t);
    return t.count;
}

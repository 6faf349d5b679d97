#include "topk.h"

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

void topk_sort(struct topk *t) {
    for (size_t left = t->count; left > 1; left--) {
        struct topk_entry worst = t->entries[0];
        sift_down(t->entries, left - 1, 0, t->entries[left - 1]);
        t->entries[left - 1] = worst;
    }
}

size_t topk_select(const float *scores, const uint32_t *ids, size_t n, size_t k, struct topk_entry *out) {
    struct topk t;
    topk_init(&t, out, k);
    for (size_t i = 0; i < n; i++) topk_push(&t, scores[i], ids ? ids[i] : (uint32_t)i);
    topk_sort(&t);
    return t.count;
}

// topk.h: the k best of many scored ids, always in the same order: score descending, then id ascending.
//
// A bounded heap whose root is the worst entry kept, so most candidates cost one comparison. Entries live in the caller's
// memory; nothing is allocated. NaN counts as the lowest score. -0 equals 0.
#ifndef RF_MODEL_TOPK_H
#define RF_MODEL_TOPK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct topk_entry {
    float score;
    uint32_t id;
};

struct topk {
    struct topk_entry *entries; // a heap while collecting, the result after topk_sort
    size_t count, capacity;
};

static inline bool topk_better(struct topk_entry a, struct topk_entry b) {
    return a.score > b.score || (a.score == b.score && a.id < b.id);
}

static inline void topk_init(struct topk *t, struct topk_entry *entries, size_t k) {
    *t = (struct topk){entries, 0, k};
}
static inline struct topk_entry topk_entry_of(float score, uint32_t id) {
    return (struct topk_entry){score == score ? score : -__builtin_inff(), id};
}
// Whether topk_push would keep it: for callers whose own test of a candidate costs more than this one.
static inline bool topk_takes(const struct topk *t, float score, uint32_t id) {
    return t->count < t->capacity || (t->count > 0 && topk_better(topk_entry_of(score, id), t->entries[0]));
}
void topk_insert(struct topk *t, struct topk_entry e); // not for callers: topk_push filters first
static inline void topk_push(struct topk *t, float score, uint32_t id) {
    if (topk_takes(t, score, id)) topk_insert(t, topk_entry_of(score, id));
}
// topk_push for n of them; ids NULL: first_id, first_id + 1, ... Looks at sixteen at a time once the heap is full.
void topk_push_block(struct topk *t, const float *scores, const uint32_t *ids, uint32_t first_id, size_t n);
void topk_sort(struct topk *t); // best first; the heap is gone

// The whole of it: the best min(k, n) of scores[n], ids[n] into out, best first; returns how many. ids NULL: 0..n-1.
size_t topk_select(const float *scores, const uint32_t *ids, size_t n, size_t k, struct topk_entry *out);

#endif

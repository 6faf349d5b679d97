#include "shortlist.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define WAITING_EXTRA 256

bool shortlist_init(struct shortlist *s, size_t k) {
    *s = (struct shortlist){.capacity = k, .waiting_capacity = 2 * k + WAITING_EXTRA};
    s->bounds.entries = malloc((k + 1) * sizeof *s->bounds.entries);
    s->waiting = malloc(s->waiting_capacity * sizeof *s->waiting);
    if (s->bounds.entries && s->waiting) return true;
    shortlist_destroy(s);
    return false;
}

void shortlist_destroy(struct shortlist *s) {
    free(s->bounds.entries);
    free(s->waiting);
    *s = (struct shortlist){0};
}

void shortlist_begin(struct shortlist *s, const struct vectors *v, const struct score_query *q, size_t k, struct topk_entry *out) {
    assert(k <= s->capacity);
    s->vectors = v;
    s->query = q;
    topk_init(&s->bounds, s->bounds.entries, k);
    topk_init(&s->exact, out, k);
    s->waiting_count = 0;
    s->at_least = k ? -INFINITY : INFINITY;
}

static void raise_bound(struct shortlist *s, const struct topk *t) {
    if (t->count == t->capacity && t->count > 0 && t->entries[0].score > s->at_least) s->at_least = t->entries[0].score;
}

static void drop_beaten(struct shortlist *s) {
    size_t kept = 0;
    for (size_t i = 0; i < s->waiting_count; i++)
        if (!(s->waiting[i].score < s->at_least)) s->waiting[kept++] = s->waiting[i];
    s->waiting_count = kept;
}

static void score_waiting(struct shortlist *s) {
    uint32_t positions[SCORE_BLOCK];
    float scores[SCORE_BLOCK];
    for (size_t at = 0; at < s->waiting_count; at += SCORE_BLOCK) {
        size_t n = s->waiting_count - at < SCORE_BLOCK ? s->waiting_count - at : SCORE_BLOCK;
        for (size_t i = 0; i < n; i++) positions[i] = s->waiting[at + i].id;
        score_at(s->vectors, s->query, positions, n, scores);
        for (size_t i = 0; i < n; i++) topk_push(&s->exact, scores[i], score_id(s->query, positions[i]));
    }
    s->waiting_count = 0;
    raise_bound(s, &s->exact);
}

void shortlist_offer(struct shortlist *s, uint32_t position, float score, float error) {
    float slack = error + SHORTLIST_ROUNDING * fabsf(score) + SHORTLIST_SMALLEST, upper = score + slack;
    if (upper < s->at_least) return;
    topk_push(&s->bounds, score - slack, position);
    raise_bound(s, &s->bounds);
    s->waiting[s->waiting_count++] = (struct topk_entry){upper, position};
    if (s->waiting_count < s->waiting_capacity) return;
    drop_beaten(s);
    if (s->waiting_count > s->waiting_capacity / 2) score_waiting(s);
}

size_t shortlist_finish(struct shortlist *s) {
    drop_beaten(s);
    score_waiting(s);
    topk_sort(&s->exact);
    return s->exact.count;
}

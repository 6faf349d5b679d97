#include "plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gather.h"
#include "scan.h"

// What a row costs, in hundredths of reading one in passing: read here or there, and multiplied with one more user.
#define COST_GATHERED 400
#define COST_PASSED 100
#define COST_JOINED 10
#define FEW 512 // candidates whose floats are read as fast as their bytes, which would only say whose floats to read

struct plan {
    size_t users_max;
    struct scan *scan;
    struct shortlist list;
    struct score_query *joined; // [users_max], as are all below
    size_t *joined_at, *joined_counts, *candidates;
    bool *joins;
    struct topk_entry *joined_out; // [users_max x k]
};

struct plan *plan_new(size_t users, size_t k, unsigned d) {
    struct plan *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->users_max = users;
    p->scan = scan_new(users, k, d);
    p->joined = calloc(users, sizeof *p->joined);
    p->joined_at = calloc(users, sizeof *p->joined_at);
    p->joined_counts = calloc(users, sizeof *p->joined_counts);
    p->candidates = calloc(users, sizeof *p->candidates);
    p->joins = calloc(users, sizeof *p->joins);
    p->joined_out = calloc(users * k + 1, sizeof *p->joined_out);
    if (shortlist_init(&p->list, k) && p->scan && p->joined && p->joined_at && p->joined_counts && p->candidates && p->joins && p->joined_out)
        return p;
    plan_free(p);
    return NULL;
}

void plan_free(struct plan *p) {
    if (!p) return;
    scan_free(p->scan);
    shortlist_destroy(&p->list);
    free(p->joined);
    free(p->joined_at);
    free(p->joined_counts);
    free(p->candidates);
    free(p->joins);
    free(p->joined_out);
    free(p);
}

void plan_choose(size_t rows, const size_t *candidates, size_t users, bool *joins) {
    size_t joining = 0, gathered = 0;
    for (size_t u = 0; u < users; u++) {
        joins[u] = candidates[u] * COST_GATHERED > rows * COST_JOINED;
        joining += joins[u];
        gathered += joins[u] ? candidates[u] : 0;
    }
    if (joining > 0 && gathered * COST_GATHERED > rows * (COST_PASSED + COST_JOINED * joining)) return;
    for (size_t u = 0; u < users; u++) joins[u] = false;
}

static size_t count_candidates(const struct vectors *v, const struct score_query *q) {
    if (q->rows) return q->count;
    if (!q->eligible) return v->n;
    size_t count = 0;
    for (size_t i = 0; i < (v->n + 63) / 64; i++) count += (size_t)__builtin_popcountll(q->eligible[i]);
    return count;
}

static size_t gather(struct plan *p, const struct vectors *v, const struct quantised *bytes, const struct score_query *q, size_t candidates,
                     size_t k, struct topk_entry *out) {
    if (bytes && candidates > FEW + k) return gather_top_bytes(v, bytes, q, k, &p->list, out);
    return gather_top(v, q, k, out);
}

void plan_run(struct plan *p, const struct vectors *v, const struct quantised *bytes, const struct score_query *queries, size_t users,
              size_t k, struct topk_entry *out, size_t *counts) {
    size_t joined = 0;
    assert(users <= p->users_max);
    for (size_t u = 0; u < users; u++) p->candidates[u] = count_candidates(v, &queries[u]);
    for (size_t u = 0; u < users; u++) counts[u] = queries[u].rows ? 0 : p->candidates[u];
    plan_choose(v->n, counts, users, p->joins);
    for (size_t u = 0; u < users; u++) {
        if (!p->joins[u]) {
            counts[u] = gather(p, v, bytes, &queries[u], p->candidates[u], k, out + u * k);
            continue;
        }
        p->joined[joined] = queries[u];
        p->joined_at[joined++] = u;
    }
    scan_top(p->scan, v, bytes, p->joined, joined, k, p->joined_out, p->joined_counts);
    for (size_t j = 0; j < joined; j++) {
        size_t u = p->joined_at[j];
        counts[u] = p->joined_counts[j];
        memcpy(out + u * k, p->joined_out + j * k, counts[u] * sizeof *out);
    }
}

// Whether an index that may miss something pays: FAISS's inverted files and graph beside the exact pass by bytes, at the recall they reach.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/vectors/vectors.h"

#define SAMPLE 200u // users whose exact answers are known

static void exact_scan(struct vectors_data *d, const float *x, size_t users, struct topk_entry *out) {
    struct score_query q[BATCH_MAX];
    size_t counts[BATCH_MAX];
    for (size_t u = 0; u < users; u++) q[u] = (struct score_query){.x = x + u * D, .weight = 1.0f};
    scan_top(d->scan, &d->vectors, d->bytes, q, users, TOP, out, counts);
}

static double recall(struct vectors_data *d, const struct topk_entry *exact) {
    size_t found = 0;
    for (size_t u = 0; u < SAMPLE; u++) {
        peer_search(d->peer, d->x + u * D, 1, TOP, d->peer_scores, d->peer_ids);
        for (unsigned i = 0; i < TOP; i++)
            for (unsigned j = 0; j < TOP; j++) found += d->peer_ids[j] == (int64_t)exact[u * TOP + i].id;
    }
    return (double)found / (SAMPLE * TOP);
}

static void ours(struct vectors_data *d, size_t users) { exact_scan(d, vectors_users(d, users), users, d->top); }
static void theirs(struct vectors_data *d, size_t users) {
    peer_search(d->peer, vectors_users(d, users), users, TOP, d->peer_scores, d->peer_ids);
}

static void compare_index(struct vectors_data *d, const char *kind, const unsigned *efforts, const struct topk_entry *exact, unsigned rounds) {
    if (d->only && !strstr(kind, d->only)) return;
    double began = vectors_seconds();
    d->peer = peer_new(kind, d->rows, ROWS, D);
    printf("\n%s: built in %.0f s\n", kind, vectors_seconds() - began);
    for (; *efforts; efforts++) {
        char title[96];
        peer_effort(d->peer, *efforts);
        snprintf(title, sizeof title, "%s, effort %u: recall@%u %.3f", kind, *efforts, TOP, recall(d, exact));
        const struct vectors_row rows[] = {{"exact by bytes, a batch of 256", ours, BATCH_MAX, 1, 0, ""},
                                           {"FAISS, a batch of 256", theirs, BATCH_MAX, 1, 0, ""}};
        const struct vectors_row single[] = {{"exact by bytes, one user", ours, 1, 10, 0, ""}, {"FAISS, one user", theirs, 1, 10, 0, ""}};
        vectors_run(d, title, rows, 2, rounds);
        vectors_run(d, title, single, 2, rounds);
    }
    peer_free(d->peer);
}

void vectors_approximate(struct vectors_data *d, unsigned rounds) {
    static const unsigned probes[] = {4, 8, 16, 32, 64, 0}, widths[] = {32, 64, 128, 256, 0};
    struct topk_entry *exact = malloc(SAMPLE * TOP * sizeof *exact);
    if (!exact) exit(1);
    exact_scan(d, d->x, SAMPLE, exact);
    compare_index(d, "IVF1024,Flat", probes, exact, rounds);
    compare_index(d, "IVF1024,SQ8", probes, exact, rounds);
    compare_index(d, "IVF4096,Flat", probes, exact, rounds);
    compare_index(d, "HNSW32", widths, exact, rounds);
    free(exact);
}

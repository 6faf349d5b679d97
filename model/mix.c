#include "mix.h"

#include "blas.h"

#include <math.h>

// Adds the rows of `m` for the events, newest first, each weighing `decay` of the one after it. Returns the decays' sum.
static float add_rows(const struct sparse *m, const struct mix_events *e, float decay, float *out) {
    float weight = 1.0f, sum = 0.0f;
    uint64_t count = e->count < MIX_EVENTS_MAX ? e->count : MIX_EVENTS_MAX;
    for (uint64_t age = 0; age < count && weight > 1e-6f; age++, weight *= decay) {
        uint32_t item = e->item[e->count - 1 - age];
        sum += weight;
        if (item >= m->rows) continue;
        for (uint64_t i = m->start[item]; i < m->start[item + 1]; i++) out[m->column[i]] += weight * m->weight[i];
    }
    return sum;
}

static void similar_part(const struct mix_model *m, const struct mix_events *e, float *out) {
    float sum = add_rows(m->similar, e, m->shape.similar_decay, out);
    if (m->shape.length == 0.0f || sum <= 0.0f) return;
    float scale = powf(sum, -m->shape.length);
    for (uint32_t j = 0; j < m->products; j++) out[j] *= scale;
}

void mix_parts(const struct mix_model *m, const struct mix_events *events, const float *users, size_t batch,
               float *const parts[MIX_PARTS]) {
    size_t n = m->products;
    for (unsigned p = 0; p < MIX_PARTS; p++)
        if (p != MIX_VECTOR || m->vectors == NULL) memset(parts[p], 0, sizeof(float) * n * batch);
    if (m->vectors) blas_dots_batch(m->vectors, n, m->stride, m->dimension, users, batch, parts[MIX_VECTOR]);
    for (size_t b = 0; b < batch; b++) {
        if (m->similar) similar_part(m, &events[b], parts[MIX_SIMILAR] + b * n);
        if (m->next) add_rows(m->next, &events[b], m->shape.next_decay, parts[MIX_NEXT] + b * n);
        if (m->popularity) memcpy(parts[MIX_POPULARITY] + b * n, m->popularity, sizeof(float) * n);
    }
}

void mix_sum(const struct mix_weights *w, const float *const parts[MIX_PARTS], size_t products, float *out) {
    bool first = true;
    for (unsigned p = 0; p < MIX_PARTS; p++) {
        const float *restrict part = parts[p];
        float *restrict to = out;
        float weight = w->of[p];
        if (weight == 0.0f) continue;
        for (size_t j = 0; j < products; j++) to[j] = (first ? 0.0f : to[j]) + weight * part[j];
        first = false;
    }
    if (first) memset(out, 0, sizeof(float) * products);
}

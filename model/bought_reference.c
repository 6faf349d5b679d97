// bought_reference.c: the same by its formulas: every pair of labels counted by looking at every trip.
#include "bought.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))

static size_t trip_end(const struct purchase *p, size_t count, size_t first) {
    size_t end = first;
    while (end < count && p[end].user == p[first].user && p[end].unix_ms <= p[first].unix_ms + BOUGHT_WINDOW_DAYS * DAY_MS) end++;
    return end;
}

static bool trip_has(const struct purchase *p, size_t first, size_t end, uint32_t label) {
    for (size_t i = first; i < end; i++)
        if (p[i].label == label) return true;
    return false;
}

// 0 when the trip has no pair of the two.
static double closeness(const struct purchase *p, size_t first, size_t end, uint32_t a, uint32_t b) {
    double best = 0;
    for (size_t i = first; i < end; i++) {
        for (size_t k = first; k < end; k++) {
            if (p[i].label != a || p[k].label != b || (p[i].car && p[k].car && p[i].car != p[k].car)) continue;
            double close = pow(2, -fabs((double)(p[i].unix_ms - p[k].unix_ms)) / (7.0 * DAY_MS));
            if (close > best) best = close;
        }
    }
    return best;
}

struct entry { struct bought_pair pair; double worth; };

static int best_first(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if ((float)x->worth != (float)y->worth) return x->worth > y->worth ? -1 : 1;
    return x->pair.label < y->pair.label ? -1 : x->pair.label > y->pair.label;
}

static bool entry_of(const struct purchase *p, size_t count, uint32_t a, uint32_t b, struct entry *out) {
    double n[2][2] = {{0}}, support = 0, all = 0;
    for (size_t first = 0; first < count; first = trip_end(p, count, first)) {
        size_t end = trip_end(p, count, first);
        double close = closeness(p, first, end, a, b);
        all++;
        support += close;
        if (close > 0) n[1][1]++;
        if (trip_has(p, first, end, a)) n[1][0]++;
        if (trip_has(p, first, end, b)) n[0][1]++;
    }
    double both = n[1][1], with_a = n[1][0], with_b = n[0][1], lift = both * all / (with_a * with_b), ratio = 0;
    double cells[4] = {both, with_a - both, with_b - both, all - with_a - with_b + both};
    double expected[4] = {with_a * with_b / all, with_a * (all - with_b) / all, (all - with_a) * with_b / all,
                          (all - with_a) * (all - with_b) / all};
    for (unsigned i = 0; i < 4; i++)
        if (cells[i] > 0) ratio += 2 * cells[i] * log(cells[i] / expected[i]);
    *out = (struct entry){{b, (float)lift, (float)support}, (float)lift * (float)exp(-1 / sqrt(both))};
    return both >= 2 && lift > 1 && ratio >= 10.83;
}

enum err bought_reference(const struct purchase *purchases, size_t count, uint32_t labels, unsigned keep, struct bought *out) {
    struct entry *row = malloc(((size_t)labels + 1) * sizeof *row);
    uint32_t n = 0;
    *out = (struct bought){labels, calloc((size_t)labels + 1, sizeof *out->start),
                           malloc(((size_t)labels * keep + 1) * sizeof *out->pair)};
    if (!row || !out->start || !out->pair) {
        free(row);
        bought_free(out);
        return ERR_NO_MEMORY;
    }
    for (uint32_t a = 0; a < labels; a++) {
        uint32_t found = 0;
        for (uint32_t b = 0; b < labels; b++)
            if (a != b && entry_of(purchases, count, a, b, &row[found])) found++;
        qsort(row, found, sizeof *row, best_first);
        for (uint32_t i = 0; i < found && i < keep; i++) out->pair[n++] = row[i].pair;
        out->start[a + 1] = n;
    }
    free(row);
    return ERR_OK;
}

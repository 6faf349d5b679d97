#include "bought.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define CLOSENESS_HALF_DAYS 7.0
#define SIGNIFICANT 10.83 // chi squared of one degree of freedom at p = 0.001
#define TRIPS_MIN 2

void bought_free(struct bought *b) {
    free(b->start);
    free(b->pair);
    *b = (struct bought){0};
}

// ---- trips --------------------------------------------------------------------------------------------------------

struct together { uint64_t key; float support; uint32_t count; }; // of labels a < b: a << 32 | b

struct counting {
    struct together *list;
    size_t count, held;
    uint32_t *trips_with; // [labels]
    uint32_t trips;
    bool failed;
};

static int by_key_and_support(const void *a, const void *b) {
    const struct together *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->support > y->support ? -1 : x->support < y->support;
}

static void note(struct counting *c, const struct purchase *p, const struct purchase *q) {
    if (c->count == c->held) {
        size_t held = c->held ? c->held * 2 : 4096;
        struct together *list = realloc(c->list, held * sizeof *list);
        if (list == NULL) {
            c->failed = true;
            return;
        }
        c->list = list;
        c->held = held;
    }
    uint32_t low = p->label < q->label ? p->label : q->label, high = p->label < q->label ? q->label : p->label;
    double days = fabs((double)(p->unix_ms - q->unix_ms)) / (double)DAY_MS;
    c->list[c->count++] = (struct together){(uint64_t)low << 32 | high, (float)exp2(-days / CLOSENESS_HALF_DAYS), 1};
}

// The first of the trip, those told apart by nothing once.
static size_t distinct_of(const struct purchase *trip, size_t n, struct purchase *out) {
    size_t kept = 0;
    for (size_t i = 0; i < n && kept < BOUGHT_TRIP_MAX; i++) {
        bool seen = false;
        for (size_t k = 0; k < kept && !seen; k++)
            seen = out[k].label == trip[i].label && out[k].car == trip[i].car && out[k].unix_ms == trip[i].unix_ms;
        if (!seen) out[kept++] = trip[i];
    }
    return kept;
}

static bool label_before(const struct purchase *list, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (list[k].label == list[i].label) return true;
    return false;
}

// A pair counts once in a trip, with what was bought closest together.
static void keep_closest(struct counting *c, size_t first) {
    size_t kept = first;
    if (c->count > first) qsort(c->list + first, c->count - first, sizeof *c->list, by_key_and_support);
    for (size_t i = first; i < c->count; i++)
        if (kept == first || c->list[kept - 1].key != c->list[i].key) c->list[kept++] = c->list[i];
    c->count = kept;
}

static void count_trip(struct counting *c, const struct purchase *trip, size_t n) {
    struct purchase list[BOUGHT_TRIP_MAX];
    size_t kept = distinct_of(trip, n, list), first = c->count;
    c->trips++;
    for (size_t i = 0; i < kept; i++) {
        if (!label_before(list, i)) c->trips_with[list[i].label]++;
        for (size_t k = 0; k < i; k++) {
            bool other_car = list[i].car != 0 && list[k].car != 0 && list[i].car != list[k].car;
            if (list[i].label != list[k].label && !other_car) note(c, &list[k], &list[i]);
        }
    }
    keep_closest(c, first);
}

static void count_trips(struct counting *c, const struct purchase *p, size_t count) {
    for (size_t first = 0, i = 1; first < count && !c->failed; i++) {
        bool same = i < count && p[i].user == p[first].user &&
                    p[i].unix_ms - p[first].unix_ms <= BOUGHT_WINDOW_DAYS * DAY_MS;
        if (same) continue;
        count_trip(c, p + first, i - first);
        first = i;
    }
}

// ---- what is more than chance -------------------------------------------------------------------------------------

static double part(double count, double rows, double columns, double all) {
    return count > 0 ? count * log(count * all / (rows * columns)) : 0;
}

static double log_likelihood_ratio(double both, double a, double b, double all) {
    return 2 * (part(both, a, b, all) + part(a - both, a, all - b, all) + part(b - both, all - a, b, all) +
                part(all - a - b + both, all - a, all - b, all));
}

static bool significant(double both, double a, double b, double all, float *lift) {
    *lift = (float)(both * all / (a * b));
    return both >= TRIPS_MIN && *lift > 1.0f && log_likelihood_ratio(both, a, b, all) >= SIGNIFICANT;
}

static size_t merge(struct counting *c) {
    size_t kept = 0;
    if (c->count) qsort(c->list, c->count, sizeof *c->list, by_key_and_support);
    for (size_t i = 0; i < c->count;) {
        struct together sum = {c->list[i].key, 0, 0};
        for (; i < c->count && c->list[i].key == sum.key; i++) {
            sum.support += c->list[i].support;
            sum.count++;
        }
        float lift;
        if (!significant(sum.count, c->trips_with[sum.key >> 32], c->trips_with[(uint32_t)sum.key], c->trips, &lift)) continue;
        c->list[kept++] = sum;
    }
    return kept;
}

struct candidate { float worth; struct bought_pair pair; };

static int best_first(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    if (x->worth != y->worth) return x->worth > y->worth ? -1 : 1;
    return x->pair.label < y->pair.label ? -1 : x->pair.label > y->pair.label;
}

static struct candidate candidate_of(const struct counting *c, const struct together *t, uint32_t other) {
    float lift;
    significant(t->count, c->trips_with[t->key >> 32], c->trips_with[(uint32_t)t->key], c->trips, &lift);
    return (struct candidate){lift * (float)exp(-1.0 / sqrt(t->count)), {other, lift, t->support}};
}

// Both directions of `count` pairs into rows, the best `keep` of each.
static enum err into_rows(const struct counting *c, size_t count, uint32_t labels, unsigned keep, struct bought *out) {
    size_t *at = calloc((size_t)labels + 2, sizeof *at);
    struct candidate *all = malloc((2 * count + 1) * sizeof *all);
    *out = (struct bought){labels, calloc((size_t)labels + 1, sizeof *out->start), malloc((2 * count + 1) * sizeof *out->pair)};
    if (!at || !all || !out->start || !out->pair) {
        bought_free(out);
        free(at);
        free(all);
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) at[(c->list[i].key >> 32) + 2]++, at[(uint32_t)c->list[i].key + (size_t)2]++;
    for (size_t l = 2; l < (size_t)labels + 2; l++) at[l] += at[l - 1]; // at[l + 1]: where label l's begin, then end
    for (size_t i = 0; i < count; i++) {
        uint32_t a = (uint32_t)(c->list[i].key >> 32), b = (uint32_t)c->list[i].key;
        all[at[(size_t)a + 1]++] = candidate_of(c, &c->list[i], b);
        all[at[(size_t)b + 1]++] = candidate_of(c, &c->list[i], a);
    }
    uint32_t n = 0;
    for (size_t l = 0; l < labels; l++) {
        size_t first = at[l], found = at[l + 1] - first;
        if (found) qsort(all + first, found, sizeof *all, best_first);
        for (size_t i = 0; i < found && i < keep; i++) out->pair[n++] = all[first + i].pair;
        out->start[l + 1] = n;
    }
    free(at);
    free(all);
    return ERR_OK;
}

enum err bought_learn(const struct purchase *purchases, size_t count, uint32_t labels, unsigned keep, struct bought *out) {
    struct counting c = {.trips_with = calloc((size_t)labels + 1, sizeof *c.trips_with)};
    *out = (struct bought){0};
    if (c.trips_with) count_trips(&c, purchases, count);
    enum err e = c.trips_with && !c.failed ? into_rows(&c, merge(&c), labels, keep, out) : ERR_NO_MEMORY;
    free(c.trips_with);
    free(c.list);
    return e;
}

#include "off_policy.h"

#include <math.h>
#include <stdlib.h>

#define DRAWN_TOWARDS 10.0 // rows of a place's own mean that an action's mean is mixed with

struct off_policy_options off_policy_defaults(void) {
    return (struct off_policy_options){.clip = 100, .resamples = 1000, .seed = 1};
}

// ---- tables -------------------------------------------------------------------------------------------------------

void off_policy_table_free(struct off_policy_table *t) {
    free(t->probability);
    *t = (struct off_policy_table){0};
}

static enum err table_take(uint32_t places, uint32_t actions, struct off_policy_table *out) {
    *out = (struct off_policy_table){actions, places, NULL};
    if ((uint64_t)places * actions > OFF_POLICY_CELLS_MAX || actions == 0) return ERR_BAD_REQUEST;
    out->probability = calloc((size_t)places * actions + 1, sizeof *out->probability);
    return out->probability ? ERR_OK : ERR_NO_MEMORY;
}

enum err off_policy_uniform(uint32_t places, uint32_t actions, struct off_policy_table *out) {
    TRY(table_take(places, actions, out));
    for (size_t i = 0; i < (size_t)places * actions; i++) out->probability[i] = 1.0f / (float)actions;
    return ERR_OK;
}

enum err off_policy_shares(const struct off_policy_log *log, uint32_t places, uint32_t actions, struct off_policy_table *out) {
    TRY(table_take(places, actions, out));
    for (size_t i = 0; i < log->count; i++)
        if (log->rows[i].place < places && log->rows[i].action < actions)
            out->probability[(size_t)log->rows[i].place * actions + log->rows[i].action] += 1.0f;
    for (uint32_t p = 0; p < places; p++) {
        float *row = out->probability + (size_t)p * actions;
        double sum = 0;
        for (uint32_t a = 0; a < actions; a++) sum += (double)row[a];
        for (uint32_t a = 0; a < actions; a++) row[a] = sum > 0 ? (float)((double)row[a] / sum) : 1.0f / (float)actions;
    }
    return ERR_OK;
}

// ---- the prediction of rewards ------------------------------------------------------------------------------------

struct sums { double reward, rows; };

struct estimating {
    const struct off_policy_log *log;
    const struct off_policy_table *policy;
    double *q[2];       // [places x actions], each learnt on the other half
    double *expected[2]; // [places]: sum of t q
    double *weight, *robust, *direct; // of each row
};

static unsigned half_of(size_t row) {
    return (unsigned)(((uint64_t)row * 0x9E3779B97F4A7C15u) >> 63);
}

static double mean_of(const struct sums *s, double towards) {
    return (s->reward + DRAWN_TOWARDS * towards) / (s->rows + DRAWN_TOWARDS);
}

static enum err learn_half(const struct estimating *e, unsigned half) {
    uint32_t actions = e->policy->actions, places = e->policy->places;
    struct sums *cells = calloc((size_t)places * actions + 1, sizeof *cells), *own = calloc((size_t)places + 1, sizeof *own), all = {0};
    enum err result = cells && own ? ERR_OK : ERR_NO_MEMORY;
    for (size_t i = 0; result == ERR_OK && i < e->log->count; i++) {
        const struct off_policy_row *r = &e->log->rows[i];
        if (half_of(i) == half) continue;
        struct sums *to[] = {&cells[(size_t)r->place * actions + r->action], &own[r->place], &all};
        for (unsigned k = 0; k < 3; k++) to[k]->reward += (double)r->reward, to[k]->rows++;
    }
    double overall = all.rows > 0 ? all.reward / all.rows : 0;
    for (uint32_t p = 0; result == ERR_OK && p < places; p++) {
        double towards = mean_of(&own[p], overall);
        for (size_t at = (size_t)p * actions; at < ((size_t)p + 1) * actions; at++) {
            e->q[half][at] = mean_of(&cells[at], towards);
            e->expected[half][p] += (double)e->policy->probability[at] * e->q[half][at];
        }
    }
    free(cells);
    free(own);
    return result;
}

static void weigh_rows(const struct estimating *e, double clip, struct off_policy_report *out) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < e->log->count; i++) {
        const struct off_policy_row *r = &e->log->rows[i];
        size_t at = (size_t)r->place * e->policy->actions + r->action;
        unsigned half = half_of(i);
        double w = (double)e->policy->probability[at] / (double)r->probability;
        if (w > out->largest_weight) out->largest_weight = w;
        if (clip > 0 && w > clip) {
            w = clip;
            out->clipped += 1.0 / (double)e->log->count;
        }
        sum += w;
        squares += w * w;
        e->weight[i] = w;
        e->direct[i] = e->expected[half][r->place];
        e->robust[i] = e->direct[i] + w * ((double)r->reward - e->q[half][at]);
    }
    out->effective_rows = squares > 0 ? sum * sum / squares : 0;
}

// ---- estimates and their intervals --------------------------------------------------------------------------------

enum { IPS, SNIPS, ROBUST, DIRECT, LOGGED, ESTIMATES };

static uint64_t random_next(uint64_t *state) { // splitmix64
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

// Of the rows as they are (state NULL), or drawn with replacement.
static void estimate(const struct estimating *e, uint64_t *state, double out[ESTIMATES]) {
    double n = (double)e->log->count, weights = 0, gained = 0;
    memset(out, 0, ESTIMATES * sizeof *out);
    for (size_t k = 0; k < e->log->count; k++) {
        size_t i = state ? (size_t)(((random_next(state) >> 32) * e->log->count) >> 32) : k;
        gained += e->weight[i] * (double)e->log->rows[i].reward;
        weights += e->weight[i];
        out[ROBUST] += e->robust[i] / n;
        out[DIRECT] += e->direct[i] / n;
        out[LOGGED] += (double)e->log->rows[i].reward / n;
    }
    out[IPS] = gained / n;
    out[SNIPS] = weights > 0 ? gained / weights : 0;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static enum err estimate_all(const struct estimating *e, const struct off_policy_options *o, struct off_policy_report *out) {
    struct off_policy_value *to[ESTIMATES] = {&out->ips, &out->snips, &out->doubly_robust, &out->direct, &out->logged};
    double values[ESTIMATES], *draws = malloc(((size_t)ESTIMATES * o->resamples + 1) * sizeof *draws);
    uint64_t state = o->seed;
    if (draws == NULL) return ERR_NO_MEMORY;
    estimate(e, NULL, values);
    for (unsigned k = 0; k < ESTIMATES; k++) *to[k] = (struct off_policy_value){values[k], values[k], values[k]};
    for (unsigned r = 0; r < o->resamples; r++) {
        estimate(e, &state, values);
        for (unsigned k = 0; k < ESTIMATES; k++) draws[(size_t)k * o->resamples + r] = values[k];
    }
    for (unsigned k = 0; k < ESTIMATES && o->resamples > 0; k++) {
        double *own = draws + (size_t)k * o->resamples;
        qsort(own, o->resamples, sizeof *own, ascending);
        to[k]->low = own[o->resamples / 40];
        to[k]->high = own[o->resamples - 1 - o->resamples / 40];
    }
    free(draws);
    return ERR_OK;
}

static enum err run(struct estimating *e, const struct off_policy_options *o, struct off_policy_report *out) {
    size_t cells = (size_t)e->policy->places * e->policy->actions + 1, n = e->log->count + 1;
    for (unsigned half = 0; half < 2; half++) {
        e->q[half] = calloc(cells, sizeof *e->q[half]);
        e->expected[half] = calloc((size_t)e->policy->places + 1, sizeof *e->expected[half]);
        if (!e->q[half] || !e->expected[half]) return ERR_NO_MEMORY;
        TRY(learn_half(e, half));
    }
    e->weight = malloc(n * sizeof *e->weight);
    e->robust = malloc(n * sizeof *e->robust);
    e->direct = malloc(n * sizeof *e->direct);
    if (!e->weight || !e->robust || !e->direct) return ERR_NO_MEMORY;
    weigh_rows(e, o->clip, out);
    return estimate_all(e, o, out);
}

enum err off_policy_estimate(const struct off_policy_log *log, const struct off_policy_table *policy,
                             const struct off_policy_options *o, struct off_policy_report *out, struct fault *why) {
    struct estimating e = {.log = log, .policy = policy};
    *out = (struct off_policy_report){.rows = log->count};
    if (log->count == 0) return fault_set(why, ERR_BAD_REQUEST, "", "the log is empty");
    if (policy->places < log->places || policy->actions < log->actions)
        return fault_set(why, ERR_BAD_REQUEST, "", "the policy does not know all places and actions of the log");
    enum err result = run(&e, o, out);
    for (unsigned half = 0; half < 2; half++) {
        free(e.q[half]);
        free(e.expected[half]);
    }
    free(e.weight);
    free(e.robust);
    free(e.direct);
    return result == ERR_OK ? result : fault_set(why, result, "", "no memory for %zu rows", log->count);
}

#include "measure.h"

#include "blas.h"
#include "pool.h"
#include "topk.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BATCH 8

struct gains { float of[MEASURE_CUTOFFS][MEASURE_METRICS]; };

struct tally { // of one piece of people, added in order so that threads do not matter
    double novelty, popularity, places;
};

struct job {
    const struct measure_task *task;
    const struct measure_options *options;
    const struct mix_weights *weights;
    size_t count, users_count;
    unsigned cutoffs, k; // how many, and the largest
    const uint32_t *users;
    struct gains *gains;          // [count][users_count]
    struct tally *tallies;        // [count][pieces]
    atomic_uchar *shown;          // [count][products]
    float **scratch;              // per thread: (MIX_PARTS x BATCH + 1) x products, then BATCH x dimension
};

// ---- one person ---------------------------------------------------------------------------------------------------

struct wanted { // the held-out products of a person, those a list can hold and all
    const uint32_t *item;
    uint64_t count;
};

static bool wants(const struct wanted *w, uint32_t item) {
    for (uint64_t i = 0; i < w->count; i++)
        if (w->item[i] == item) return true;
    return false;
}

static struct gains gains_of(const struct job *job, const struct wanted *w, const struct topk_entry *list, size_t n) {
    struct gains g = {0};
    for (unsigned c = 0; c < job->cutoffs; c++) {
        unsigned k = job->options->cutoffs[c];
        double hits = 0, found = 0, ideal = 0, first = 0;
        for (size_t i = 0; i < n && i < k; i++) {
            if (!wants(w, list[i].id)) continue;
            if (hits == 0) first = 1.0 / (double)(i + 1);
            hits++;
            found += 1.0 / log2((double)i + 2.0);
        }
        for (uint64_t i = 0; i < w->count && i < k; i++) ideal += 1.0 / log2((double)i + 2.0);
        g.of[c][MEASURE_RECALL] = (float)(hits / (double)w->count);
        g.of[c][MEASURE_NDCG] = (float)(found / ideal);
        g.of[c][MEASURE_HIT] = hits > 0 ? 1.0f : 0.0f;
        g.of[c][MEASURE_MRR] = (float)first;
    }
    return g;
}

// Known products leave; wanted ones sink to just below their score, so that they lose ties and nothing else.
static void handicap(const struct measure_task *t, uint32_t user, const struct wanted *w, float *scores) {
    uint32_t products = t->model->products;
    for (uint64_t i = 0; i < w->count; i++)
        if (w->item[i] < products) scores[w->item[i]] = nextafterf(scores[w->item[i]], -INFINITY);
    for (uint64_t i = t->history->start[user]; i < t->history->start[user + 1]; i++)
        if (t->history->item[i] < products) scores[t->history->item[i]] = -INFINITY;
}

static void tally_list(const struct job *job, size_t row, const struct topk_entry *list, size_t n, struct tally *tally) {
    const struct measure_task *t = job->task;
    for (size_t i = 0; i < n && i < job->options->cutoffs[0]; i++) {
        double taken = (double)t->taken[list[i].id];
        tally->novelty -= log2((taken > 0.5 ? taken : 0.5) / (double)t->people); // never taken: half a person
        tally->popularity += taken;
        tally->places++;
        atomic_store_explicit(&job->shown[row * t->model->products + list[i].id], 1, memory_order_relaxed);
    }
}

static void measure_user(const struct job *job, size_t at, size_t row, float *scores, struct tally *tally) {
    const struct measure_task *t = job->task;
    uint32_t user = job->users[at];
    struct wanted w = {t->held_out->item + t->held_out->start[user], sequences_length(t->held_out, user)};
    struct topk_entry list[MEASURE_K_MAX];
    handicap(t, user, &w, scores);
    size_t n = topk_select(scores, NULL, t->model->products, job->k, list);
    while (n > 0 && list[n - 1].score == -INFINITY) n--;
    job->gains[row * job->users_count + at] = gains_of(job, &w, list, n);
    tally_list(job, row, list, n, tally);
}

static void measure_piece(void *arg, unsigned thread, size_t from, size_t to) {
    const struct job *job = arg;
    const struct mix_model *m = job->task->model;
    size_t products = m->products, pieces = (job->users_count + BATCH - 1) / BATCH;
    float *parts[MIX_PARTS], *scores = job->scratch[thread], *vectors = scores + products * (1 + MIX_PARTS * BATCH);
    struct mix_events events[BATCH] = {0};
    for (unsigned p = 0; p < MIX_PARTS; p++) parts[p] = scores + products * (1 + p * BATCH);
    for (size_t at = from; at < to; at++) {
        uint64_t start = job->task->history->start[job->users[at]];
        events[at - from] = (struct mix_events){job->task->history->item + start,
                                                sequences_length(job->task->history, job->users[at])};
        if (m->vectors)
            memcpy(vectors + (at - from) * m->dimension, job->task->users + (size_t)job->users[at] * m->dimension,
                   sizeof(float) * m->dimension);
    }
    mix_parts(m, events, vectors, to - from, parts);
    for (size_t at = from; at < to; at++) {
        const float *own[MIX_PARTS];
        for (unsigned p = 0; p < MIX_PARTS; p++) own[p] = parts[p] + (at - from) * products;
        for (size_t row = 0; row < job->count; row++) {
            mix_sum(&job->weights[row], own, products, scores);
            measure_user(job, at, row, scores, &job->tallies[row * pieces + from / BATCH]);
        }
    }
}

// ---- over all people ----------------------------------------------------------------------------------------------

static uint32_t pick_users(const struct measure_task *t, uint32_t max_users, uint32_t *users) {
    uint32_t rows = t->held_out->rows < t->history->rows ? t->held_out->rows : t->history->rows, n = 0;
    for (uint32_t u = 0; u < rows; u++)
        if (sequences_length(t->held_out, u) > 0) users[n++] = u;
    if (max_users == 0 || n <= max_users) return n;
    for (uint32_t i = 0; i < max_users; i++) users[i] = users[(uint64_t)i * n / max_users];
    return max_users;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static uint64_t random_next(uint64_t *state) { // splitmix64
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

// `draws` holds resamples means of each metric.
static void bootstrap(const struct job *job, const struct gains *gains, double *draws, struct measure_scores *out) {
    unsigned resamples = job->options->resamples;
    size_t n = job->users_count;
    uint64_t state = job->options->seed;
    for (unsigned r = 0; r < resamples; r++) {
        double sums[MEASURE_METRICS] = {0};
        for (size_t i = 0; i < n; i++) {
            const struct gains *g = &gains[(size_t)(((random_next(&state) >> 32) * n) >> 32)];
            for (unsigned m = 0; m < MEASURE_METRICS; m++) sums[m] += (double)g->of[0][m];
        }
        for (unsigned m = 0; m < MEASURE_METRICS; m++) draws[m * resamples + r] = sums[m] / (double)n;
    }
    for (unsigned m = 0; m < MEASURE_METRICS; m++) {
        qsort(draws + m * resamples, resamples, sizeof *draws, ascending);
        out->low[m] = draws[m * resamples + resamples / 40];
        out->high[m] = draws[m * resamples + resamples - 1 - resamples / 40];
    }
}

static double held_out_popularity(const struct job *job) {
    const struct measure_task *t = job->task;
    double sum = 0, count = 0;
    for (size_t at = 0; at < job->users_count; at++) {
        uint32_t user = job->users[at];
        for (uint64_t i = t->held_out->start[user]; i < t->held_out->start[user + 1]; i++, count++)
            if (t->held_out->item[i] < t->model->products) sum += (double)t->taken[t->held_out->item[i]];
    }
    return count > 0 ? sum / count : 0;
}

static void summarise(const struct job *job, size_t row, double *draws, struct measure_scores *out) {
    size_t n = job->users_count, pieces = (n + BATCH - 1) / BATCH, shown = 0;
    const struct gains *gains = job->gains + row * n;
    struct tally sum = {0};
    double usual = held_out_popularity(job);
    *out = (struct measure_scores){0};
    if (n == 0) return;
    for (unsigned c = 0; c < job->cutoffs; c++) {
        for (unsigned m = 0; m < MEASURE_METRICS; m++) {
            for (size_t i = 0; i < n; i++) out->mean[c][m] += (double)gains[i].of[c][m];
            out->mean[c][m] /= (double)n;
        }
    }
    for (size_t p = 0; p < pieces; p++) {
        sum.novelty += job->tallies[row * pieces + p].novelty;
        sum.popularity += job->tallies[row * pieces + p].popularity;
        sum.places += job->tallies[row * pieces + p].places;
    }
    for (uint32_t j = 0; j < job->task->model->products; j++) shown += job->shown[row * job->task->model->products + j];
    out->coverage = (double)shown / (double)job->task->model->products;
    out->novelty = sum.places > 0 ? sum.novelty / sum.places : 0;
    out->lift = sum.places > 0 && usual > 0 ? sum.popularity / sum.places / usual : 0;
    if (job->options->resamples) bootstrap(job, gains, draws, out);
}

// ---- memory -------------------------------------------------------------------------------------------------------

static bool take_scratch(struct job *job, unsigned threads) {
    size_t floats = (size_t)job->task->model->products * (1 + MIX_PARTS * BATCH) + (size_t)BATCH * job->task->model->dimension;
    job->scratch = calloc(threads, sizeof *job->scratch);
    if (job->scratch == NULL) return false;
    for (unsigned i = 0; i < threads; i++) {
        job->scratch[i] = aligned_alloc(64, (floats * sizeof(float) + 127) / 64 * 64);
        if (job->scratch[i] == NULL) return false;
    }
    return true;
}

static bool check_options(const struct measure_options *o, struct job *job) {
    for (job->cutoffs = 0; job->cutoffs < MEASURE_CUTOFFS && o->cutoffs[job->cutoffs]; job->cutoffs++)
        if (o->cutoffs[job->cutoffs] > job->k) job->k = o->cutoffs[job->cutoffs];
    return job->k > 0 && job->k <= MEASURE_K_MAX && o->threads > 0 && o->threads <= 64;
}

enum err measure(const struct measure_task *task, const struct mix_weights *weights, size_t count,
                 const struct measure_options *o, struct measure_scores *out, uint32_t *measured) {
    struct job job = {.task = task, .options = o, .weights = weights, .count = count};
    *measured = 0;
    if (!check_options(o, &job)) return ERR_BAD_REQUEST;
    uint32_t *users = malloc(((size_t)task->held_out->rows + 1) * sizeof *users);
    if (users == NULL) return ERR_NO_MEMORY;
    job.users = users;
    job.users_count = pick_users(task, o->max_users, users);
    size_t pieces = (job.users_count + BATCH - 1) / BATCH;
    struct pool *pool = pool_new(o->threads);
    double *draws = malloc(((size_t)o->resamples * MEASURE_METRICS + 1) * sizeof *draws);
    job.gains = calloc(count * job.users_count + 1, sizeof *job.gains);
    job.tallies = calloc(count * pieces + 1, sizeof *job.tallies);
    job.shown = calloc(count * task->model->products + 1, sizeof *job.shown);
    bool good = pool && draws && job.gains && job.tallies && job.shown && take_scratch(&job, o->threads);
    if (good) {
        blas_one_thread();
        pool_run(pool, job.users_count, BATCH, measure_piece, &job);
        for (size_t row = 0; row < count; row++) summarise(&job, row, draws, &out[row]);
        *measured = (uint32_t)job.users_count;
    }
    for (unsigned i = 0; job.scratch && i < o->threads; i++) free(job.scratch[i]);
    free(job.scratch);
    free(job.shown);
    free(job.tallies);
    free(job.gains);
    free(draws);
    free(users);
    pool_free(pool);
    return good ? ERR_OK : ERR_NO_MEMORY;
}

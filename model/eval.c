#include "eval.h"

#include "blas.h"
#include "lifecycle.h"
#include "pool.h"
#include "topk.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#define BATCH 32    // users scored together
#define TILE 2048   // products at a time: BATCH x TILE scores (256 KB) stay in a core's cache
#define K_MAX 100

// ---- one user -----------------------------------------------------------------------------------------------------

struct gain { double recall, ndcg; };

static bool row_has(const struct sparse *m, uint32_t row, uint32_t column) {
    uint64_t low = m->start[row], high = m->start[row + 1];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (m->column[middle] < column) low = middle + 1;
        else high = middle;
    }
    return low < m->start[row + 1] && m->column[low] == column;
}

static struct gain gain_of(const struct sparse *held_out, uint32_t user, const struct topk_entry *list, size_t n,
                           unsigned k) {
    uint64_t wanted = held_out->start[user + 1] - held_out->start[user];
    double hits = 0, found = 0, ideal = 0;
    for (size_t i = 0; i < n; i++) {
        if (!row_has(held_out, user, list[i].id)) continue;
        hits++;
        found += 1.0 / log2((double)i + 2.0);
    }
    for (uint64_t i = 0; i < wanted && i < k; i++) ideal += 1.0 / log2((double)i + 2.0);
    return (struct gain){hits / (double)wanted, found / ideal};
}

// ---- all users ----------------------------------------------------------------------------------------------------

struct job {
    const struct als_model *model;
    const struct sparse *train, *held_out;
    unsigned k;
    const uint32_t *users;        // [count] rows to measure
    const uint32_t *popular;      // columns, most popular first
    struct gain *model_gain, *popular_gain; // [count]
    float *scratch;               // per thread: BATCH x d vectors and BATCH x TILE scores
};

// Pushes a tile's scores, leaving out what the user has in training.
static void push_tile(struct topk *t, const struct sparse *train, uint32_t user, uint64_t *seen, const float *scores,
                      uint32_t first, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        bool known = *seen < train->start[user + 1] && train->column[*seen] == first + i;
        if (known) ++*seen;
        else topk_push(t, scores[i], first + i);
    }
}

static void rank_batch(const struct job *job, float *vectors, float *scores, size_t from, size_t n) {
    unsigned d = job->model->dimension;
    struct topk top[BATCH];
    struct topk_entry entries[BATCH][K_MAX];
    uint64_t seen[BATCH];
    for (size_t b = 0; b < n; b++) {
        topk_init(&top[b], entries[b], job->k);
        seen[b] = job->train->start[job->users[from + b]];
        memcpy(vectors + b * d, job->model->user + (size_t)job->users[from + b] * d, sizeof(float) * d);
    }
    for (uint32_t first = 0; first < job->model->products; first += TILE) {
        uint32_t tile = job->model->products - first < TILE ? job->model->products - first : TILE;
        blas_dots_batch(job->model->product + (size_t)first * d, tile, d, d, vectors, n, scores);
        for (size_t b = 0; b < n; b++)
            push_tile(&top[b], job->train, job->users[from + b], &seen[b], scores + b * tile, first, tile);
    }
    for (size_t b = 0; b < n; b++) {
        topk_sort(&top[b]);
        job->model_gain[from + b] = gain_of(job->held_out, job->users[from + b], entries[b], top[b].count, job->k);
    }
}

static struct gain rank_popular(const struct job *job, uint32_t user) {
    struct topk_entry list[K_MAX];
    size_t n = 0;
    for (uint32_t i = 0; i < job->train->columns && n < job->k; i++)
        if (!row_has(job->train, user, job->popular[i])) list[n++].id = job->popular[i];
    return gain_of(job->held_out, user, list, n, job->k);
}

static void eval_piece(void *arg, unsigned thread, size_t from, size_t to) {
    const struct job *job = arg;
    size_t floats = (size_t)BATCH * (job->model->dimension + TILE);
    float *vectors = job->scratch + thread * floats;
    rank_batch(job, vectors, vectors + (size_t)BATCH * job->model->dimension, from, to - from);
    for (size_t i = from; i < to; i++) job->popular_gain[i] = rank_popular(job, job->users[i]);
}

static struct eval_score average(const struct gain *gains, uint32_t n) {
    double recall = 0, squares = 0, ndcg = 0;
    for (uint32_t i = 0; i < n; i++) {
        recall += gains[i].recall;
        squares += gains[i].recall * gains[i].recall;
        ndcg += gains[i].ndcg;
    }
    if (n == 0) return (struct eval_score){0};
    double mean = recall / n, variance = squares / n - mean * mean;
    return (struct eval_score){mean, ndcg / n, sqrt(variance > 0 ? variance / n : 0)};
}

// ---- what to measure ----------------------------------------------------------------------------------------------

static uint32_t pick_users(const struct sparse *train, const struct sparse *held_out, uint32_t max_users,
                           uint32_t *users) {
    uint32_t rows = held_out->rows < train->rows ? held_out->rows : train->rows, n = 0;
    for (uint32_t u = 0; u < rows; u++)
        if (held_out->start[u + 1] > held_out->start[u]) users[n++] = u;
    if (max_users == 0 || n <= max_users) return n;
    for (uint32_t i = 0; i < max_users; i++) users[i] = users[(uint64_t)i * n / max_users];
    return max_users;
}

static void order_by_popularity(const struct sparse *train, float *sums, struct topk_entry *entries, uint32_t *popular) {
    memset(sums, 0, sizeof *sums * train->columns);
    for (uint64_t i = 0; i < sparse_count(train); i++) sums[train->column[i]] += train->weight[i];
    topk_select(sums, NULL, train->columns, train->columns, entries);
    for (uint32_t i = 0; i < train->columns; i++) popular[i] = entries[i].id;
}

static double now_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

struct memory { // everything one evaluation allocates
    uint32_t *users, *popular;
    float *sums, *scratch;
    struct topk_entry *entries;
    struct gain *gains;
    struct pool *pool;
};

static void memory_free(struct memory *m) {
    free(m->users);
    free(m->popular);
    free(m->sums);
    free(m->scratch);
    free(m->entries);
    free(m->gains);
    pool_free(m->pool);
}

static bool memory_take(struct memory *m, const struct als_model *model, const struct sparse *train, unsigned threads) {
    size_t users = (size_t)train->rows + 1, products = (size_t)train->columns + 1;
    *m = (struct memory){
        .users = calloc(users, sizeof *m->users), .popular = calloc(products, sizeof *m->popular),
        .sums = calloc(products, sizeof *m->sums), .entries = calloc(products, sizeof *m->entries),
        .scratch = calloc((size_t)threads * BATCH * (model->dimension + TILE), sizeof *m->scratch),
        .gains = calloc(2 * users, sizeof *m->gains), .pool = pool_new(threads),
    };
    if (m->users && m->popular && m->sums && m->entries && m->scratch && m->gains && m->pool) return true;
    memory_free(m);
    return false;
}

enum err eval_ranking(const struct als_model *model, const struct sparse *train, const struct sparse *held_out,
                      const struct eval_options *o, struct eval_report *out) {
    if (o->k < 1 || o->k > K_MAX || o->threads < 1 || train->columns != model->products) return ERR_BAD_REQUEST;
    struct memory m;
    if (!memory_take(&m, model, train, o->threads)) return ERR_NO_MEMORY;
    blas_one_thread();
    double began = now_seconds();
    uint32_t n = pick_users(train, held_out, o->max_users, m.users);
    order_by_popularity(train, m.sums, m.entries, m.popular);
    struct job job = {model, train, held_out, o->k, m.users, m.popular, m.gains, m.gains + n, m.scratch};
    pool_run(m.pool, n, BATCH, eval_piece, &job);
    out->k = o->k;
    out->users = n;
    out->products = train->columns;
    out->model = average(m.gains, n);
    out->popularity = average(m.gains + n, n);
    out->eval_seconds = now_seconds() - began;
    memory_free(&m);
    return ERR_OK;
}

static enum err train_and_measure(const struct interactions *train, const struct sparse *held_out,
                                  const struct als_options *als, const struct eval_options *o, struct eval_report *out,
                                  struct fault *why) {
    struct als_model model;
    double began = now_seconds();
    TRY(als_train(train, als, &model, why));
    out->train_seconds = now_seconds() - began;
    enum err e = eval_ranking(&model, &train->by_user, held_out, o, out);
    als_free(&model);
    return e == ERR_OK ? e : fault_set(why, e, "k", "evaluation takes 1 <= k <= %d, a thread and memory", K_MAX);
}

enum err eval_leave_last_out(const struct history *h, const struct als_options *als, const struct eval_options *o,
                             struct eval_report *out, struct fault *why) {
    struct interactions train;
    struct sparse held_out;
    enum err e = history_split(h, h->newest_ms, &train, &held_out);
    if (e != ERR_OK) return fault_set(why, e, "", "no memory to split the events");
    *out = (struct eval_report){0};
    e = train_and_measure(&train, &held_out, als, o, out, why);
    sparse_free(&held_out);
    interactions_free(&train);
    return e;
}

struct row_labels { // of a matrix' rows
    uint8_t *stage, *kind;
    const char *stages[EVAL_PEOPLE_STAGES], *kinds[EVAL_PEOPLE_KINDS_MAX];
    struct segment_labels list[2];
};

static bool label_rows(const struct history *h, const struct interactions *m, const struct eval_people *p, struct row_labels *l) {
    uint32_t rows = m->by_user.rows;
    l->stage = malloc((size_t)rows + 1);
    l->kind = malloc((size_t)rows + 1);
    if (!l->stage || !l->kind) return false;
    for (uint32_t row = 0, u = 0; row < rows; row++) {
        while (h->user_ids[u] != m->user_ids[row]) u++;
        l->stage[row] = p->stage[u];
        l->kind[row] = p->kind[u];
    }
    for (unsigned i = 0; i < EVAL_PEOPLE_STAGES; i++) l->stages[i] = lifecycle_stage_name((enum lifecycle_stage)i);
    for (unsigned i = 0; i < p->kinds; i++) l->kinds[i] = p->kind_name[i];
    l->list[0] = (struct segment_labels){.what = "stage", .count = EVAL_PEOPLE_STAGES, .names = l->stages, .of_person = l->stage};
    l->list[1] = (struct segment_labels){.what = "driver", .count = p->kinds, .names = l->kinds, .of_person = l->kind};
    return true;
}

enum err eval_mix(const struct history *h, const struct eval_people *people, const struct protocol_options *o,
                  struct protocol_report *out, struct fault *why) {
    struct interactions m = {0};
    struct sequences s = {0};
    struct row_labels labels = {0};
    struct protocol_options own = *o;
    enum err e = history_interactions(h, h->newest_ms, &m);
    if (e == ERR_OK) e = history_last_sequences(h, &m, &s);
    if (e == ERR_OK && people && !label_rows(h, &m, people, &labels)) e = ERR_NO_MEMORY;
    interactions_free(&m);
    if (people) own.labels = labels.list, own.labels_count = 2;
    if (e != ERR_OK) fault_set(why, e, "", "no memory for the sequences of %u users", h->users);
    else e = protocol_leave_last_out(&s, &own, out, why);
    sequences_free(&s);
    free(labels.stage);
    free(labels.kind);
    return e;
}

enum err eval_run(struct db *db, const struct als_options *als, const struct eval_options *o, struct eval_report *out,
                  struct fault *why) {
    struct history h;
    TRY(history_read(db, &h, why));
    enum err e = eval_leave_last_out(&h, als, o, out, why);
    history_free(&h);
    return e;
}

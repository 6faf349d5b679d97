#include "item_item.h"

#include "pool.h"
#include "topk.h"

#include <math.h>
#include <stdlib.h>

#define GRAIN 64 // rows of a piece

// ---- rows into a matrix -------------------------------------------------------------------------------------------

struct scratch { // of one thread
    float *sum;                 // [columns] zero between rows
    uint32_t *touched;          // columns of sum that are not zero
    struct topk_entry *best;    // [keep]
    struct topk_entry *collected; // [GRAIN x keep]
};

struct piece { // GRAIN rows, finished
    struct topk_entry *entries;
    uint32_t counts[GRAIN];
};

struct job {
    const struct item_item_options *options;
    const struct interactions *matrix; // similar
    const struct sequences *sequences; // next
    const uint64_t *places_start;      // [items + 1] into places: where in the sequences each item is
    const uint64_t *places;
    const uint32_t *owner;             // row of each place of the sequences
    const float *user_scale, *from_scale, *to_scale;
    uint32_t items;
    struct scratch *scratch;
    struct piece *pieces;
    void (*collect)(const struct job *job, struct scratch *s, uint32_t item, size_t *touched);
};

static void add(struct scratch *s, uint32_t column, float amount, size_t *touched) {
    if (s->sum[column] == 0.0f) s->touched[(*touched)++] = column;
    s->sum[column] += amount;
}

static void collect_similar(const struct job *job, struct scratch *s, uint32_t item, size_t *touched) {
    const struct sparse *users = &job->matrix->by_product, *products = &job->matrix->by_user;
    for (uint64_t i = users->start[item]; i < users->start[item + 1]; i++) {
        uint32_t user = users->column[i];
        float scale = users->weight[i] * job->user_scale[user];
        if (scale == 0.0f) continue;
        for (uint64_t k = products->start[user]; k < products->start[user + 1]; k++)
            add(s, products->column[k], scale * products->weight[k], touched);
    }
}

static float step_weight(const struct job *job, uint64_t place, uint64_t later) {
    const struct item_item_options *o = job->options;
    const int64_t *times = job->sequences->unix_ms;
    float weight = powf(o->step_decay, (float)(later - place - 1));
    if (times == NULL || o->half_life_ms == 0 || times[later] <= times[place]) return weight;
    return weight * (float)exp2(-(double)(times[later] - times[place]) / (double)o->half_life_ms);
}

static void collect_next(const struct job *job, struct scratch *s, uint32_t item, size_t *touched) {
    const struct sequences *q = job->sequences;
    for (uint64_t i = job->places_start[item]; i < job->places_start[item + 1]; i++) {
        uint64_t place = job->places[i], end = q->start[job->owner[place] + 1];
        if (end - place - 1 > job->options->window) end = place + 1 + job->options->window;
        for (uint64_t later = place + 1; later < end; later++) {
            float weight = step_weight(job, place, later);
            if (weight > 0.0f) add(s, q->item[later], weight, touched);
        }
    }
}

static int by_id(const void *a, const void *b) {
    uint32_t x = ((const struct topk_entry *)a)->id, y = ((const struct topk_entry *)b)->id;
    return x < y ? -1 : x > y;
}

static size_t finish_row(const struct job *job, struct scratch *s, uint32_t item, size_t touched,
                         struct topk_entry *out) {
    struct topk top;
    topk_init(&top, s->best, job->options->keep);
    for (size_t i = 0; i < touched; i++) {
        uint32_t column = s->touched[i];
        float score = s->sum[column] * job->from_scale[item] * job->to_scale[column];
        s->sum[column] = 0.0f;
        if (column != item && score > 0.0f) topk_push(&top, score, column);
    }
    qsort(s->best, top.count, sizeof *s->best, by_id);
    if (top.count) memcpy(out, s->best, top.count * sizeof *out);
    return top.count;
}

static void row_piece(void *arg, unsigned thread, size_t from, size_t to) {
    const struct job *job = arg;
    struct scratch *s = &job->scratch[thread];
    struct piece *piece = &job->pieces[from / GRAIN];
    size_t held = 0;
    for (size_t item = from; item < to; item++) {
        size_t touched = 0;
        job->collect(job, s, (uint32_t)item, &touched);
        piece->counts[item - from] = (uint32_t)finish_row(job, s, (uint32_t)item, touched, s->collected + held);
        held += piece->counts[item - from];
    }
    piece->entries = malloc((held + 1) * sizeof *piece->entries); // NULL is found when the pieces are put together
    if (piece->entries && held) memcpy(piece->entries, s->collected, held * sizeof *piece->entries);
}

static enum err put_together(const struct job *job, size_t pieces, struct sparse *out) {
    uint64_t count = 0;
    for (size_t p = 0; p < pieces; p++) {
        if (job->pieces[p].entries == NULL) return ERR_NO_MEMORY;
        for (unsigned i = 0; i < GRAIN; i++) count += job->pieces[p].counts[i];
    }
    if (!sparse_take(out, job->items, job->items, count)) return ERR_NO_MEMORY;
    uint64_t at = 0;
    for (uint32_t item = 0; item < job->items; item++) {
        const struct piece *piece = &job->pieces[item / GRAIN];
        uint64_t first = out->start[item / GRAIN * GRAIN];
        for (uint32_t i = 0; i < piece->counts[item % GRAIN]; i++, at++) {
            out->column[at] = piece->entries[at - first].id;
            out->weight[at] = piece->entries[at - first].score;
        }
        out->start[item + 1] = at;
    }
    return ERR_OK;
}

static bool scratch_take(struct scratch *s, uint32_t items, unsigned keep) {
    s->sum = calloc((size_t)items + 1, sizeof *s->sum);
    s->touched = malloc(((size_t)items + 1) * sizeof *s->touched);
    s->best = malloc(keep * sizeof *s->best);
    s->collected = malloc((size_t)GRAIN * keep * sizeof *s->collected);
    return s->sum && s->touched && s->best && s->collected;
}

static enum err run_rows(struct job *job, struct sparse *out) {
    unsigned threads = job->options->threads;
    size_t pieces = ((size_t)job->items + GRAIN - 1) / GRAIN;
    struct pool *pool = pool_new(threads);
    job->scratch = calloc(threads, sizeof *job->scratch);
    job->pieces = calloc(pieces + 1, sizeof *job->pieces);
    bool good = pool && job->scratch && job->pieces;
    for (unsigned i = 0; good && i < threads; i++) good = scratch_take(&job->scratch[i], job->items, job->options->keep);
    enum err e = good ? ERR_OK : ERR_NO_MEMORY;
    if (good) {
        pool_run(pool, job->items, GRAIN, row_piece, job);
        e = put_together(job, pieces, out);
    }
    for (unsigned i = 0; job->scratch && i < threads; i++) {
        free(job->scratch[i].sum);
        free(job->scratch[i].touched);
        free(job->scratch[i].best);
        free(job->scratch[i].collected);
    }
    for (size_t p = 0; job->pieces && p < pieces; p++) free(job->pieces[p].entries);
    free(job->scratch);
    free(job->pieces);
    pool_free(pool);
    return e;
}

// ---- scales -------------------------------------------------------------------------------------------------------

static float power_scale(float size, float exponent) {
    return size > 0.0f ? powf(size, -exponent) : 0.0f;
}

static float row_size(const struct sparse *m, uint32_t row) {
    float sum = 0.0f;
    for (uint64_t i = m->start[row]; i < m->start[row + 1]; i++) sum += m->weight[i];
    return sum;
}

static enum err check(const struct item_item_options *o, struct fault *why) {
    if (o->keep < 1 || o->keep > ITEM_ITEM_KEEP_MAX || o->threads < 1 || o->threads > 64)
        return fault_set(why, ERR_BAD_REQUEST, "keep", "keep must be 1 to %d, threads 1 to 64", ITEM_ITEM_KEEP_MAX);
    if (!(o->user >= 0.0f && o->from >= 0.0f && o->to >= 0.0f && o->user <= 4.0f && o->from <= 4.0f && o->to <= 4.0f))
        return fault_set(why, ERR_BAD_REQUEST, "to", "exponents must be 0 to 4");
    return ERR_OK;
}

static enum err no_memory(enum err e, struct fault *why) {
    return e == ERR_OK ? e : fault_set(why, e, "", "no memory for what goes with what");
}

enum err item_item_similar(const struct interactions *m, const struct item_item_options *o, struct sparse *out,
                           struct fault *why) {
    uint32_t users = m->by_user.rows, items = m->by_user.columns;
    *out = (struct sparse){0};
    TRY(check(o, why));
    float *scales = malloc(((size_t)users + 2 * (size_t)items + 1) * sizeof *scales);
    if (scales == NULL) return no_memory(ERR_NO_MEMORY, why);
    float *from = scales + users, *to = from + items;
    for (uint32_t u = 0; u < users; u++) {
        bool too_many = m->by_user.start[u + 1] - m->by_user.start[u] > ITEM_ITEM_USER_MAX;
        scales[u] = too_many ? 0.0f : power_scale(row_size(&m->by_user, u), o->user);
    }
    for (uint32_t i = 0; i < items; i++) {
        float size = row_size(&m->by_product, i);
        from[i] = power_scale(size, o->from);
        to[i] = power_scale(size, o->to);
    }
    struct job job = {.options = o, .matrix = m, .items = items, .user_scale = scales, .from_scale = from, .to_scale = to,
                      .collect = collect_similar};
    enum err e = run_rows(&job, out);
    free(scales);
    return no_memory(e, why);
}

// Where each item is, ascending, and whose place it is.
static bool index_places(const struct sequences *s, uint64_t *start, uint64_t *places, uint32_t *owner) {
    uint64_t count = sequences_count(s);
    uint64_t *at = malloc(((size_t)s->columns + 1) * sizeof *at);
    if (at == NULL) return false;
    for (uint64_t p = 0; p < count; p++) start[s->item[p] + 1]++;
    for (uint32_t i = 0; i < s->columns; i++) start[i + 1] += start[i];
    memcpy(at, start, s->columns * sizeof *at);
    for (uint64_t p = 0; p < count; p++) places[at[s->item[p]]++] = p;
    for (uint32_t row = 0; row < s->rows; row++)
        for (uint64_t p = s->start[row]; p < s->start[row + 1]; p++) owner[p] = row;
    free(at);
    return true;
}

enum err item_item_next(const struct sequences *s, const struct item_item_options *o, struct sparse *out,
                        struct fault *why) {
    uint64_t count = sequences_count(s);
    *out = (struct sparse){0};
    TRY(check(o, why));
    if (o->window < 1 || !(o->step_decay > 0.0f && o->step_decay <= 1.0f) || o->half_life_ms < 0)
        return fault_set(why, ERR_BAD_REQUEST, "window", "window must be 1 or more, the decay of a step in (0, 1]");
    uint64_t *start = calloc((size_t)s->columns + 1, sizeof *start), *places = malloc((count + 1) * sizeof *places);
    uint32_t *owner = malloc((count + 1) * sizeof *owner);
    float *from = malloc(2 * ((size_t)s->columns + 1) * sizeof *from);
    enum err e = start && places && owner && from && index_places(s, start, places, owner) ? ERR_OK : ERR_NO_MEMORY;
    for (uint32_t i = 0; e == ERR_OK && i < s->columns; i++) {
        from[i] = power_scale((float)(start[i + 1] - start[i]), o->from);
        from[s->columns + i] = power_scale((float)(start[i + 1] - start[i]), o->to);
    }
    struct job job = {.options = o, .sequences = s, .places_start = start, .places = places, .owner = owner,
                      .items = s->columns, .from_scale = from, .to_scale = from ? from + s->columns : NULL,
                      .collect = collect_next};
    if (e == ERR_OK) e = run_rows(&job, out);
    free(start);
    free(places);
    free(owner);
    free(from);
    return no_memory(e, why);
}

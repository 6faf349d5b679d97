#include "mix_learn.h"

#include <math.h>
#include <stdlib.h>

#include "pool.h"
#include "topk.h"

#define BATCH 8
#define ROUNDS 3
#define POOL_MOST (MIX_PARTS * MIX_LEARN_POOL)

struct pooled { uint32_t id; bool wanted; float part[MIX_PARTS]; };

struct person { struct pooled *list; uint32_t count, wanted; };

struct learning {
    const struct measure_task *task;
    const struct mix_learn_options *options;
    uint32_t people;
    uint32_t *users;          // [people]
    struct person *persons;   // [people]
    float **scratch;          // per thread: MIX_PARTS x BATCH x products, then BATCH x dimension
    struct mix_weights tried; // of the evaluation under way
    double *gains;            // [people]
};

// ---- what can be among the first ----------------------------------------------------------------------------------

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static const uint32_t *wanted_of(const struct measure_task *t, uint32_t user, uint64_t *count) {
    *count = sequences_length(t->held_out, user);
    return t->held_out->item + t->held_out->start[user];
}

static bool wants(const struct measure_task *t, uint32_t user, uint32_t id) {
    uint64_t count;
    const uint32_t *list = wanted_of(t, user, &count);
    for (uint64_t i = 0; i < count; i++)
        if (list[i] == id) return true;
    return false;
}

// Ids of the pool, ascending, each once, at most POOL_MOST and the wanted ones. Known products have -infinity in each part.
static size_t collect(const struct measure_task *t, uint32_t user, float *const parts[MIX_PARTS], uint32_t *ids) {
    struct topk_entry best[MIX_LEARN_POOL];
    uint64_t wanted;
    const uint32_t *list = wanted_of(t, user, &wanted);
    size_t n = 0, kept = 0;
    for (unsigned p = 0; p < MIX_PARTS; p++) {
        size_t found = topk_select(parts[p], NULL, t->model->products, MIX_LEARN_POOL, best);
        for (size_t i = 0; i < found; i++)
            if (best[i].score > -INFINITY) ids[n++] = best[i].id;
    }
    for (uint64_t i = 0; i < wanted; i++)
        if (list[i] < t->model->products && parts[0][list[i]] > -INFINITY) ids[n++] = list[i];
    if (n) qsort(ids, n, sizeof *ids, ascending);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || ids[kept - 1] != ids[i]) ids[kept++] = ids[i];
    return kept;
}

static void pool_person(struct learning *l, size_t at, float *const parts[MIX_PARTS]) {
    const struct measure_task *t = l->task;
    uint32_t user = l->users[at];
    uint64_t wanted = sequences_length(t->held_out, user);
    for (unsigned p = 0; p < MIX_PARTS; p++)
        for (uint64_t i = t->history->start[user]; i < t->history->start[user + 1]; i++)
            if (t->history->item[i] < t->model->products) parts[p][t->history->item[i]] = -INFINITY;
    uint32_t *ids = malloc((POOL_MOST + (size_t)wanted) * sizeof *ids);
    size_t n = ids ? collect(t, user, parts, ids) : 0;
    struct person *person = &l->persons[at];
    person->wanted = (uint32_t)wanted;
    person->list = malloc((n + 1) * sizeof *person->list); // NULL is found when all are done
    for (size_t i = 0; person->list && i < n; i++) {
        person->list[i] = (struct pooled){.id = ids[i], .wanted = wants(t, user, ids[i])};
        for (unsigned p = 0; p < MIX_PARTS; p++) person->list[i].part[p] = parts[p][ids[i]];
    }
    person->count = (uint32_t)n;
    if (ids == NULL) {
        free(person->list);
        person->list = NULL;
    }
    free(ids);
}

static void pool_piece(void *arg, unsigned thread, size_t from, size_t to) {
    struct learning *l = arg;
    const struct measure_task *t = l->task;
    size_t products = t->model->products, d = t->model->dimension;
    float *parts[MIX_PARTS], *vectors = l->scratch[thread] + products * MIX_PARTS * BATCH;
    struct mix_events events[BATCH] = {0};
    for (unsigned p = 0; p < MIX_PARTS; p++) parts[p] = l->scratch[thread] + products * p * BATCH;
    for (size_t at = from; at < to; at++) {
        uint32_t user = l->users[at];
        events[at - from] = (struct mix_events){t->history->item + t->history->start[user], sequences_length(t->history, user)};
        if (t->model->vectors) memcpy(vectors + (at - from) * d, t->users + (size_t)user * d, sizeof(float) * d);
    }
    mix_parts(t->model, events, vectors, to - from, parts);
    for (size_t at = from; at < to; at++) {
        float *own[MIX_PARTS];
        for (unsigned p = 0; p < MIX_PARTS; p++) own[p] = parts[p] + (at - from) * products;
        pool_person(l, at, own);
    }
}

// ---- how good weights are -----------------------------------------------------------------------------------------

static struct topk_entry score_of(const struct pooled *e, const struct mix_weights *w) {
    float score = 0.0f;
    for (unsigned p = 0; p < MIX_PARTS; p++) score += w->of[p] != 0.0f ? w->of[p] * e->part[p] : 0.0f;
    return (struct topk_entry){e->wanted ? nextafterf(score, -INFINITY) : score, e->id};
}

static double gain_of(const struct learning *l, const struct person *person) {
    double found = 0, ideal = 0;
    for (uint32_t i = 0; i < person->wanted && i < l->options->k; i++) ideal += 1.0 / log2((double)i + 2.0);
    for (uint32_t i = 0; i < person->count; i++) {
        if (!person->list[i].wanted) continue;
        struct topk_entry own = score_of(&person->list[i], &l->tried);
        unsigned before = 0;
        for (uint32_t k = 0; k < person->count && before < l->options->k; k++)
            before += topk_better(score_of(&person->list[k], &l->tried), own);
        if (before < l->options->k) found += 1.0 / log2((double)before + 2.0);
    }
    return ideal > 0 ? found / ideal : 0;
}

static void gain_piece(void *arg, unsigned thread, size_t from, size_t to) {
    struct learning *l = arg;
    (void)thread;
    for (size_t at = from; at < to; at++) l->gains[at] = gain_of(l, &l->persons[at]);
}

static double evaluate(struct learning *l, struct pool *pool, const struct mix_weights *w) {
    double sum = 0;
    l->tried = *w;
    pool_run(pool, l->people, BATCH, gain_piece, l);
    for (uint32_t i = 0; i < l->people; i++) sum += l->gains[i];
    return sum / l->people;
}

// ---- the search ---------------------------------------------------------------------------------------------------

// How large a part is where it is largest, in the mean: what makes a weight of 1 comparable between parts.
static double usual_best(const struct learning *l, unsigned part) {
    double sum = 0;
    for (uint32_t i = 0; i < l->people; i++) {
        float most = 0.0f;
        for (uint32_t k = 0; k < l->persons[i].count; k++)
            if (l->persons[i].list[k].part[part] > most) most = l->persons[i].list[k].part[part];
        sum += (double)most;
    }
    return sum / l->people;
}

static void try_weight(struct learning *l, struct pool *pool, unsigned part, float weight, struct mix_weights *best, double *found) {
    struct mix_weights tried = *best;
    tried.of[part] = weight;
    double gain = evaluate(l, pool, &tried);
    if (gain <= *found) return;
    *found = gain;
    *best = tried;
}

static void search(struct learning *l, struct pool *pool, struct mix_weights *best, double *found) {
    double scale[MIX_PARTS];
    unsigned last = l->options->popularity ? MIX_POPULARITY : MIX_NEXT;
    for (unsigned p = 0; p < MIX_PARTS; p++) scale[p] = usual_best(l, p);
    *found = evaluate(l, pool, best);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned part = MIX_SIMILAR; part <= last; part++) {
            if (!(scale[part] > 0)) continue;
            double unit = (scale[MIX_VECTOR] > 0 ? scale[MIX_VECTOR] : 1) / scale[part];
            float at = best->of[part];
            if (at == 0.0f)
                for (int power = -6; power <= 6; power++) try_weight(l, pool, part, (float)(unit * exp2(power)), best, found);
            else try_weight(l, pool, part, 0.0f, best, found);
            at = best->of[part];
            double width = round == 0 ? 0.5 : 0.5 / (2 << round); // of the exponent
            for (int i = -2; at > 0.0f && i <= 2; i++)
                if (i != 0) try_weight(l, pool, part, (float)((double)at * exp2(width * i)), best, found);
        }
    }
}

// ---- all of it ----------------------------------------------------------------------------------------------------

static bool take_room(struct learning *l) {
    const struct measure_task *t = l->task;
    uint32_t rows = t->held_out->rows < t->history->rows ? t->held_out->rows : t->history->rows, n = 0, most = l->options->max_users;
    l->users = malloc(((size_t)rows + 1) * sizeof *l->users);
    if (l->users == NULL) return false;
    for (uint32_t u = 0; u < rows; u++)
        if (sequences_length(t->held_out, u) > 0) l->users[n++] = u;
    if (most && n > most) {
        for (uint32_t i = 0; i < most; i++) l->users[i] = l->users[(uint64_t)i * n / most];
        n = most;
    }
    l->people = n;
    l->persons = calloc((size_t)n + 1, sizeof *l->persons);
    l->gains = calloc((size_t)n + 1, sizeof *l->gains);
    l->scratch = calloc(l->options->threads, sizeof *l->scratch);
    bool good = l->persons && l->gains && l->scratch;
    size_t floats = (size_t)t->model->products * MIX_PARTS * BATCH + (size_t)BATCH * t->model->dimension;
    for (unsigned i = 0; good && i < l->options->threads; i++)
        good = (l->scratch[i] = malloc((floats + 1) * sizeof **l->scratch)) != NULL;
    return good;
}

static bool run(struct learning *l, struct pool *pool, struct mix_weights *out, double *found) {
    if (l->people == 0) return true;
    pool_run(pool, l->people, BATCH, pool_piece, l);
    for (uint32_t i = 0; i < l->people; i++)
        if (l->persons[i].list == NULL) return false;
    search(l, pool, out, found);
    return true;
}

enum err mix_learn(const struct measure_task *task, const struct mix_learn_options *o, struct mix_weights *out, double *found) {
    struct learning l = {.task = task, .options = o};
    double ndcg = 0;
    *out = (struct mix_weights){.of = {[MIX_VECTOR] = 1.0f}};
    if (o->k < 1 || o->k > MEASURE_K_MAX || o->threads < 1 || o->threads > 64) return ERR_BAD_REQUEST;
    struct pool *pool = pool_new(o->threads);
    bool good = pool && take_room(&l) && run(&l, pool, out, &ndcg);
    for (uint32_t i = 0; l.persons && i < l.people; i++) free(l.persons[i].list);
    for (unsigned i = 0; l.scratch && i < o->threads; i++) free(l.scratch[i]);
    free(l.scratch);
    free(l.persons);
    free(l.gains);
    free(l.users);
    pool_free(pool);
    if (found) *found = ndcg;
    return good ? ERR_OK : ERR_NO_MEMORY;
}

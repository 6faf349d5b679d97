#include "canary.h"

#include <math.h>
#include <stdlib.h>

#include "index/base/hash.h"
#include "mix_learn.h"

#define SEED 0x43414E415259u // the sample is fixed for good
#define LENGTH_MAX 100.0f    // of a vector: observed pairs are fitted to dot products of 1

// ---- who ----------------------------------------------------------------------------------------------------------

enum canary_role canary_role(uint32_t user, uint32_t users) {
    double share = users > 0 ? (double)CANARY_PEOPLE / users : 0;
    uint64_t hash = hash64_seed(slice_of(&user, sizeof user), SEED);
    if (share > CANARY_SHARE_MAX) share = CANARY_SHARE_MAX;
    if (users < CANARY_USERS_LEAST || (double)(hash >> 11) * 0x1p-53 >= share) return CANARY_NONE;
    return hash & 1 ? CANARY_TEACHES : CANARY_MEASURES;
}

void canary_free(struct generation_canaries *c) {
    free((void *)(uintptr_t)c->list);
    free((void *)(uintptr_t)c->acts);
    *c = (struct generation_canaries){0};
}

struct collecting {
    struct generation_canary *list;
    struct interaction *acts;
    size_t people, count;
};

struct dated { struct interaction act; uint64_t last; }; // last: place of the newest act on it

static int oldest_first(const void *a, const void *b) {
    uint64_t x = ((const struct dated *)a)->last, y = ((const struct dated *)b)->last;
    return x < y ? -1 : x > y;
}

// What the person did but for the product held out, merged, each with the place of its newest act; returns how many.
static size_t merge_person(const struct history *h, uint32_t u, int64_t now_ms, uint32_t held_out, struct interaction *list,
                           struct dated *out) {
    size_t n = 0;
    for (uint64_t i = h->start[u]; i < h->start[u + 1]; i++)
        if (h->acts[i].product != held_out)
            list[n++] = (struct interaction){h->acts[i].product, h->acts[i].weight * interaction_decay(now_ms - h->acts[i].unix_ms)};
    n = interaction_merge(list, n);
    for (size_t k = 0; k < n; k++) out[k] = (struct dated){list[k], 0};
    for (uint64_t i = h->start[u]; i < h->start[u + 1]; i++) {
        size_t low = 0, high = n; // merged lists ascend by product
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (list[middle].product < h->acts[i].product) low = middle + 1;
            else high = middle;
        }
        if (low < n && list[low].product == h->acts[i].product && h->acts[i].weight > 0.0f) out[low].last = i + 1;
    }
    if (n) qsort(out, n, sizeof *out, oldest_first);
    return n;
}

static enum err collect_person(const struct history *h, uint32_t u, int64_t now_ms, struct collecting *c) {
    uint32_t wanted = history_newest_product(h, u);
    size_t most = (size_t)(h->start[u + 1] - h->start[u]);
    struct interaction *list = malloc((most + 1) * sizeof *list);
    struct dated *dated = malloc((most + 1) * sizeof *dated);
    enum err e = list && dated ? ERR_OK : ERR_NO_MEMORY;
    size_t n = e == ERR_OK && wanted ? merge_person(h, u, now_ms, wanted, list, dated) : 0;
    size_t skip = n > MIX_EVENTS_MAX ? n - MIX_EVENTS_MAX : 0;
    if (n > 0) c->list[c->people++] = (struct generation_canary){h->user_ids[u], wanted, (uint32_t)c->count, (uint32_t)(n - skip)};
    for (size_t k = skip; k < n; k++) c->acts[c->count++] = dated[k].act;
    free(list);
    free(dated);
    return e;
}

enum err canary_collect(const struct history *h, int64_t now_ms, enum canary_role role, struct generation_canaries *out) {
    size_t people = 0, acts = 0;
    enum err e = ERR_OK;
    *out = (struct generation_canaries){0};
    for (uint32_t u = 0; u < h->users; u++) {
        if (canary_role(h->user_ids[u], h->users) != role) continue;
        people++;
        acts += (size_t)(h->start[u + 1] - h->start[u]);
    }
    struct collecting c = {.list = malloc((people + 1) * sizeof *c.list), .acts = malloc((acts + 1) * sizeof *c.acts)};
    if (c.list == NULL || c.acts == NULL) e = ERR_NO_MEMORY;
    for (uint32_t u = 0; e == ERR_OK && u < h->users; u++)
        if (canary_role(h->user_ids[u], h->users) == role) e = collect_person(h, u, now_ms, &c);
    *out = (struct generation_canaries){(uint32_t)c.people, c.list, c.acts};
    if (e != ERR_OK) canary_free(out);
    return e;
}

// ---- a generation as a mix ----------------------------------------------------------------------------------------

struct asked { // everything that asking a generation about people takes
    struct sparse similar, next;
    struct mix_model model;
    struct sequences history, held_out;
    float *users, *taken;
    struct measure_task task;
};

static void asked_free(struct asked *a) {
    sparse_free(&a->similar);
    sparse_free(&a->next);
    sequences_free(&a->history);
    sequences_free(&a->held_out);
    free(a->users);
    free(a->taken);
}

typedef const struct generation_neighbour *neighbours_of(const struct generation *g, uint32_t row, uint32_t *count);

static bool copy_neighbours(const struct generation *g, neighbours_of *of, struct sparse *out) {
    uint32_t rows = generation_rows(g), count;
    uint64_t n = 0;
    for (uint32_t row = 0; row < rows; row++) of(g, row, &count), n += count;
    if (!sparse_take(out, rows, rows, n)) return false;
    n = 0;
    for (uint32_t row = 0; row < rows; row++) {
        const struct generation_neighbour *list = of(g, row, &count);
        for (uint32_t i = 0; i < count; i++, n++) {
            out->column[n] = list[i].row;
            out->weight[n] = list[i].weight;
        }
        out->start[row + 1] = n;
    }
    return true;
}

static bool take_people(const struct generation *g, const struct generation_canaries *people, struct asked *a) {
    size_t acts = people->count ? (size_t)people->list[people->count - 1].first + people->list[people->count - 1].count : 0;
    a->users = malloc(((size_t)people->count * generation_dimension(g) + 1) * sizeof *a->users);
    return a->users && sequences_take(&a->history, people->count, generation_rows(g), acts, false) &&
           sequences_take(&a->held_out, people->count, generation_rows(g), people->count, false);
}

// The people in the generation's rows. What it does not know of what they did is left out, what it does not know of what they
// wanted is a miss: a column beyond its own.
static enum err fill_people(const struct generation *g, const struct generation_canaries *people, struct asked *a) {
    struct foldin_space space = generation_space(g);
    struct foldin *f = foldin_new(space.dimension);
    uint64_t n = 0;
    if (f == NULL || !take_people(g, people, a)) {
        foldin_free(f);
        return ERR_NO_MEMORY;
    }
    for (uint32_t p = 0; p < people->count; p++) {
        const struct generation_canary *c = &people->list[p];
        foldin_begin(f, &space);
        for (uint32_t i = c->first; i < c->first + c->count; i++) {
            uint32_t row = generation_row(g, people->acts[i].product);
            if (row == UINT32_MAX) continue;
            foldin_add(f, generation_row_vector(g, row), people->acts[i].weight);
            a->history.item[n++] = row;
        }
        foldin_solve(f, a->users + (size_t)p * space.dimension);
        a->history.start[p + 1] = n;
        a->held_out.item[p] = generation_row(g, c->wanted);
        a->held_out.start[p + 1] = p + (uint64_t)1;
    }
    foldin_free(f);
    return ERR_OK;
}

static enum err ask(const struct generation *g, const struct generation_canaries *people, struct mix_shape shape, struct asked *a) {
    uint32_t rows = generation_rows(g);
    *a = (struct asked){.taken = malloc(((size_t)rows + 1) * sizeof *a->taken)};
    if (a->taken == NULL || !copy_neighbours(g, generation_similar, &a->similar) || !copy_neighbours(g, generation_next, &a->next))
        return ERR_NO_MEMORY;
    for (uint32_t row = 0; row < rows; row++) a->taken[row] = generation_row_popularity(g, row);
    TRY(fill_people(g, people, a));
    a->model = (struct mix_model){rows, generation_dimension(g), generation_stride(g), rows ? generation_row_vector(g, 0) : NULL,
                                  &a->similar, &a->next, a->taken, shape};
    a->task = (struct measure_task){&a->model, a->users, &a->history, &a->held_out, a->taken, people->count};
    return ERR_OK;
}

static enum err figures_of(const struct asked *a, const struct mix_weights *w, unsigned threads, struct generation_figures *out) {
    struct mix_weights rows[3] = {*w, {.of = {[MIX_VECTOR] = 1.0f}}, {.of = {[MIX_POPULARITY] = 1.0f}}};
    struct measure_options o = {.cutoffs = {GENERATION_FIGURES_K}, .threads = threads};
    struct measure_scores s[3];
    uint32_t people;
    TRY(measure(&a->task, rows, 3, &o, s, &people));
    *out = (struct generation_figures){
        .people = people,
        .mix_recall = (float)s[0].mean[0][MEASURE_RECALL], .mix_ndcg = (float)s[0].mean[0][MEASURE_NDCG],
        .vectors_recall = (float)s[1].mean[0][MEASURE_RECALL], .vectors_ndcg = (float)s[1].mean[0][MEASURE_NDCG],
        .popularity_recall = (float)s[2].mean[0][MEASURE_RECALL], .popularity_ndcg = (float)s[2].mean[0][MEASURE_NDCG]};
    return ERR_OK;
}

enum err canary_measure(const struct generation *g, const struct generation_canaries *people, unsigned threads,
                        struct generation_figures *out) {
    struct mix_weights w = {.of = {[MIX_VECTOR] = 1.0f}};
    struct mix_shape shape = {1.0f, 1.0f, 0.0f};
    struct asked a;
    *out = (struct generation_figures){0};
    if (people->count < CANARY_LEAST) return ERR_OK;
    generation_mix(g, &w, &shape);
    enum err e = ask(g, people, shape, &a);
    if (e == ERR_OK) e = figures_of(&a, &w, threads, out);
    asked_free(&a);
    return e;
}

enum err canary_learn(const struct generation *g, const struct generation_canaries *teachers, struct mix_shape shape,
                      unsigned threads, struct generation_learnt *out) {
    struct mix_learn_options o = {.k = GENERATION_FIGURES_K, .threads = threads, .popularity = true};
    struct generation_canaries canaries = generation_canaries(g);
    struct asked a;
    *out = (struct generation_learnt){.shape = shape};
    if (teachers->count < CANARY_LEAST || canaries.count < CANARY_LEAST) return ERR_OK;
    enum err e = ask(g, teachers, shape, &a);
    if (e == ERR_OK) e = mix_learn(&a.task, &o, &out->weights, NULL);
    asked_free(&a);
    if (e != ERR_OK) return e;
    out->mixed = 1;
    e = ask(g, &canaries, shape, &a);
    if (e == ERR_OK) e = figures_of(&a, &out->weights, threads, &out->figures);
    asked_free(&a);
    return e;
}

// ---- whether to switch --------------------------------------------------------------------------------------------

static bool ordinary(const float *vectors, uint32_t rows, size_t stride, unsigned d) {
    for (uint32_t row = 0; row < rows; row++) {
        float sum = 0.0f;
        for (unsigned k = 0; k < d; k++) sum += vectors[row * stride + k] * vectors[row * stride + k];
        if (!(sum <= LENGTH_MAX * LENGTH_MAX)) return false; // NaN as well
    }
    return true;
}

static enum err check_vectors(const struct generation *g, struct fault *why) {
    unsigned d = generation_dimension(g);
    uint32_t rows = generation_rows(g);
    bool some = rows == 0;
    if (rows > 0 && !ordinary(generation_row_vector(g, 0), rows, generation_stride(g), d))
        return fault_set(why, ERR_CONFLICT, "", "a product's vector is no number, or longer than %g", (double)LENGTH_MAX);
    for (size_t i = 0; i < (size_t)d * d; i++)
        if (!isfinite(generation_gram(g)[i])) return fault_set(why, ERR_CONFLICT, "", "the matrix people are folded in with is no number");
    for (uint32_t row = 0; row < rows && !some; row++) some = generation_inverse_norm(g, row) > 0.0f;
    return some ? ERR_OK : fault_set(why, ERR_CONFLICT, "", "every vector is zero");
}

enum err canary_check(const struct generation *current, const struct generation *next, double share, unsigned threads,
                      struct fault *why) {
    struct generation_canaries people = generation_canaries(next);
    struct generation_figures old, new;
    TRY(check_vectors(next, why));
    if (current == NULL || people.count < CANARY_LEAST) return ERR_OK;
    enum err e = canary_measure(next, &people, threads, &new);
    if (e == ERR_OK) e = canary_measure(current, &people, threads, &old);
    if (e != ERR_OK) return fault_set(why, e, "", "no memory to measure on %u canaries", people.count);
    if ((double)new.mix_ndcg >= share * (double)old.mix_ndcg) return ERR_OK;
    return fault_set(why, ERR_CONFLICT, "", "on %u canaries its NDCG@%d is %.4f, the current one's %.4f; it must not fall below %g of that",
                     people.count, GENERATION_FIGURES_K, (double)new.mix_ndcg, (double)old.mix_ndcg, share);
}

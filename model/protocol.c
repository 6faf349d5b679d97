#include "protocol.h"

#include "mix_learn.h"

#include <stdlib.h>
#include <time.h>

struct protocol_options protocol_defaults(void) {
    struct item_item_options items = {.user = 0.5f, .from = 0.5f, .to = 0.5f, .keep = 200, .threads = 2, .window = 5,
                                      .step_decay = 0.7f};
    return (struct protocol_options){
        .als = als_defaults(), .similar = items, .next = items, .shape = {.similar_decay = 1.0f, .next_decay = 0.5f},
        .measure = {.cutoffs = {20}, .threads = 2, .resamples = 1000, .seed = 1}, .learn_users = 15000,
    };
}

// ---- a fit --------------------------------------------------------------------------------------------------------

struct fit {
    struct interactions m;
    struct als_model als;
    struct sparse similar, next;
    float *taken;
    uint32_t people;
    struct mix_model mix;
};

static void fit_free(struct fit *f) {
    interactions_free(&f->m);
    als_free(&f->als);
    sparse_free(&f->similar);
    sparse_free(&f->next);
    free(f->taken);
    *f = (struct fit){0};
}

static double now_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static enum err count_taken(struct fit *f) {
    uint32_t columns = f->m.by_product.rows;
    f->taken = malloc(((size_t)columns + 1) * sizeof *f->taken);
    if (f->taken == NULL) return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < columns; i++) f->taken[i] = (float)(f->m.by_product.start[i + 1] - f->m.by_product.start[i]);
    for (uint32_t u = 0; u < f->m.by_user.rows; u++) f->people += f->m.by_user.start[u + 1] > f->m.by_user.start[u];
    return ERR_OK;
}

static enum err fit_on(const struct sequences *s, uint32_t columns, const struct protocol_options *o, struct fit *f,
                       struct protocol_report *out, struct fault *why) {
    struct sequences wide = *s;
    wide.columns = columns;
    *f = (struct fit){0};
    enum err e = sequences_interactions(s, columns, &f->m);
    if (e == ERR_OK) e = count_taken(f);
    if (e != ERR_OK) return fault_set(why, e, "", "no memory for the matrix of %u people", s->rows);
    double began = now_seconds();
    TRY(als_train(&f->m, &o->als, &f->als, why));
    out->train_seconds = now_seconds() - began;
    out->epochs = o->als.epochs;
    TRY(item_item_similar(&f->m, &o->similar, &f->similar, why));
    if (o->ordered) TRY(item_item_next(&wide, &o->next, &f->next, why));
    f->mix = (struct mix_model){columns, o->als.dimension, o->als.dimension, f->als.product, &f->similar, o->ordered ? &f->next : NULL,
                                f->taken, o->shape};
    return ERR_OK;
}

// ---- asking -------------------------------------------------------------------------------------------------------

static enum err fold_people(const struct fit *f, const struct sequences *history, const struct protocol_options *o, float **users) {
    struct interactions known = {0};
    *users = malloc(((size_t)history->rows * o->als.dimension + 1) * sizeof **users);
    enum err e = *users ? sequences_interactions(history, f->mix.products, &known) : ERR_NO_MEMORY;
    if (e == ERR_OK) e = als_fold(&f->als, &o->als, &known.by_user, *users);
    interactions_free(&known);
    return e;
}

// People's vectors from `history`, then one pass for all the weights.
static enum err ask(const struct fit *f, const struct sequences *history, const struct sequences *held_out,
                    const struct mix_weights *weights, size_t count, const struct protocol_options *o,
                    struct measure_scores *scores, uint32_t *people, struct fault *why) {
    float *users;
    enum err e = fold_people(f, history, o, &users);
    if (e == ERR_OK) {
        struct measure_task task = {&f->mix, users, history, held_out, f->taken, f->people};
        e = measure(&task, weights, count, &o->measure, scores, people);
    }
    free(users);
    return e == ERR_OK ? e : fault_set(why, e, "k", "measuring takes cut-offs up to %d and memory", MEASURE_K_MAX);
}

static enum err report_on(const struct fit *f, const struct sequences *history, const struct sequences *held_out,
                          const struct mix_weights *w, const struct protocol_options *o, struct protocol_result *out,
                          struct fault *why) {
    struct mix_weights rows[PROTOCOL_ROWS] = {
        [PROTOCOL_POPULARITY] = {.of = {[MIX_POPULARITY] = 1.0f}},
        [PROTOCOL_VECTORS] = {.of = {[MIX_VECTOR] = 1.0f}},
        [PROTOCOL_ITEMS] = {.of = {[MIX_SIMILAR] = w->of[MIX_SIMILAR], [MIX_NEXT] = w->of[MIX_NEXT]}},
        [PROTOCOL_MIX] = *w,
    };
    if (w->of[MIX_SIMILAR] == 0.0f && w->of[MIX_NEXT] == 0.0f) rows[PROTOCOL_ITEMS].of[MIX_SIMILAR] = 1.0f;
    out->products = f->mix.products;
    return ask(f, history, held_out, rows, PROTOCOL_ROWS, o, out->rows, &out->people, why);
}

// ---- learning the weights -----------------------------------------------------------------------------------------

static enum err learn(const struct fit *f, const struct sequences *history, const struct sequences *held_out,
                      const struct protocol_options *o, struct mix_weights *best, struct fault *why) {
    struct mix_learn_options quick = {.k = o->measure.cutoffs[0], .threads = o->measure.threads, .max_users = o->learn_users};
    float *users;
    enum err e = fold_people(f, history, o, &users);
    if (e == ERR_OK) {
        struct measure_task task = {&f->mix, users, history, held_out, f->taken, f->people};
        e = mix_learn(&task, &quick, best, NULL);
    }
    free(users);
    return e == ERR_OK ? e : fault_set(why, e, "k", "learning takes cut-offs up to %d and memory", MEASURE_K_MAX);
}

// ---- protocols ----------------------------------------------------------------------------------------------------

static uint32_t most_columns(const struct sequences *a, const struct sequences *b, const struct sequences *c) {
    uint32_t most = a->columns;
    if (b && b->columns > most) most = b->columns;
    return c && c->columns > most ? c->columns : most;
}

// Fits on `train` and learns on `valid`; the fit is the caller's to free, whatever comes back.
static enum err fit_and_learn(const struct sequences *train, const struct sequences *valid, uint32_t columns,
                              const struct protocol_options *o, struct fit *f, struct protocol_report *out,
                              struct fault *why) {
    TRY(fit_on(train, columns, o, f, out, why));
    if (valid == NULL) return ERR_OK;
    TRY(learn(f, train, valid, o, &out->weights, why));
    return report_on(f, train, valid, &out->weights, o, &out->validation, why);
}

static enum err fit_and_report(const struct sequences *train, const struct sequences *test, uint32_t columns,
                               const struct protocol_options *o, struct protocol_report *report,
                               struct protocol_result *out, struct fault *why) {
    struct fit f;
    enum err e = fit_on(train, columns, o, &f, report, why);
    if (e == ERR_OK) e = report_on(&f, train, test, &report->weights, o, out, why);
    fit_free(&f);
    return e;
}

static enum err no_memory(enum err e, struct fault *why) {
    return e == ERR_NO_MEMORY ? fault_set(why, e, "", "no memory for the parts of the data") : e;
}

enum err protocol_given_split(const struct sequences *train, const struct sequences *valid, const struct sequences *test,
                              const struct protocol_options *o, struct protocol_report *out, struct fault *why) {
    struct fit f = {0};
    struct sequences both = {0};
    uint32_t columns = most_columns(train, valid, test);
    *out = (struct protocol_report){.weights = {.of = {1.0f, 1.0f, 1.0f, 0.0f}}};
    bool again = valid && !o->no_refit;
    enum err e = fit_and_learn(train, valid, columns, o, &f, out, why);
    if (e == ERR_OK && !o->validation_only && !again) e = report_on(&f, train, test, &out->weights, o, &out->test, why);
    fit_free(&f);
    if (e != ERR_OK || o->validation_only || !again) return e;
    TRY(no_memory(sequences_append(train, valid, &both), why));
    e = fit_and_report(&both, test, columns, o, out, &out->test, why);
    sequences_free(&both);
    return e;
}

struct parts { // of sequences, when the last is left out
    struct sequences train, valid, known, test;
};

static enum err parts_of(const struct sequences *all, struct parts *p) {
    TRY(sequences_before(all, 2, 1, &p->train));
    TRY(sequences_from_end(all, 2, 1, &p->valid));
    TRY(sequences_before(all, 1, 2, &p->known));
    return sequences_from_end(all, 1, 2, &p->test);
}

static enum err leave_last_out(const struct parts *p, uint32_t columns, const struct protocol_options *o, struct fit *f,
                               struct protocol_report *out, struct fault *why) {
    TRY(fit_and_learn(&p->train, &p->valid, columns, o, f, out, why));
    if (o->validation_only) return ERR_OK;
    TRY(report_on(f, &p->train, &p->test, &out->weights, o, &out->strict, why));
    TRY(report_on(f, &p->known, &p->test, &out->weights, o, &out->as_published, why));
    return fit_and_report(&p->known, &p->test, columns, o, out, &out->as_served, why);
}

enum err protocol_leave_last_out(const struct sequences *all, const struct protocol_options *o,
                                 struct protocol_report *out, struct fault *why) {
    struct parts p = {0};
    struct fit f = {0};
    *out = (struct protocol_report){0};
    enum err e = no_memory(parts_of(all, &p), why);
    if (e == ERR_OK) e = leave_last_out(&p, all->columns, o, &f, out, why);
    fit_free(&f);
    sequences_free(&p.train);
    sequences_free(&p.valid);
    sequences_free(&p.known);
    sequences_free(&p.test);
    return e;
}

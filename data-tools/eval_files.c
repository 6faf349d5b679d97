#include "eval_files.h"

#include "model/ratings.h"

#include <stddef.h>
#include <stdio.h>

// ---- hyper-parameters by name -------------------------------------------------------------------------------------

enum kind { WHOLE, REAL };
static const struct parameter {
    const char *name;
    enum kind kind;
    size_t offset;
} PARAMETERS[] = {
#define WHERE(field) offsetof(struct protocol_options, field)
    {"dimension", WHOLE, WHERE(als.dimension)}, {"epochs", WHOLE, WHERE(als.epochs)},
    {"exact-max", WHOLE, WHERE(als.exact_max)}, {"block", WHOLE, WHERE(als.block)},
    {"alpha0", REAL, WHERE(als.alpha0)}, {"lambda", REAL, WHERE(als.lambda)},
    {"nu", REAL, WHERE(als.nu)}, {"init", REAL, WHERE(als.init)},
    {"similar-user", REAL, WHERE(similar.user)}, {"similar-from", REAL, WHERE(similar.from)},
    {"similar-to", REAL, WHERE(similar.to)}, {"similar-keep", WHOLE, WHERE(similar.keep)},
    {"similar-decay", REAL, WHERE(shape.similar_decay)}, {"length", REAL, WHERE(shape.length)},
    {"next-from", REAL, WHERE(next.from)}, {"next-to", REAL, WHERE(next.to)},
    {"next-keep", WHOLE, WHERE(next.keep)}, {"next-decay", REAL, WHERE(shape.next_decay)},
    {"window", WHOLE, WHERE(next.window)}, {"step-decay", REAL, WHERE(next.step_decay)},
#undef WHERE
};
const char EVAL_FILES_NAMES[] =
    "dimension epochs exact-max block alpha0 lambda nu init; similar-user similar-from similar-to\n"
    "                 similar-keep similar-decay length; next-from next-to next-keep next-decay window step-decay\n";

bool eval_files_set(struct protocol_options *o, const char *text) {
    struct slice rest = slice_of(text, strlen(text)), name = slice_cut(&rest, '=');
    double value;
    if (rest.p == NULL || !slice_f64(rest, &value) || !(value >= 0 && value < 1e6)) return false;
    for (size_t i = 0; i < sizeof PARAMETERS / sizeof PARAMETERS[0]; i++) {
        const struct parameter *p = &PARAMETERS[i];
        if (!slice_eq(name, slice_of(p->name, strlen(p->name)))) continue;
        void *field = (char *)o + p->offset;
        if (p->kind == REAL) *(float *)field = (float)value;
        else *(unsigned *)field = (unsigned)value;
        return p->kind == REAL || (double)(unsigned)value == value;
    }
    return false;
}

// ---- printing -----------------------------------------------------------------------------------------------------

static void print_row(const char *name, const struct measure_options *o, const struct measure_scores *s) {
    printf("  %-12s", name);
    for (unsigned c = 0; c < MEASURE_CUTOFFS && o->cutoffs[c]; c++) {
        for (unsigned m = 0; m < MEASURE_METRICS; m++) printf(" %7.4f", s->mean[c][m]);
        if (c + 1 < MEASURE_CUTOFFS && o->cutoffs[c + 1]) printf(" |");
    }
    printf(" | %7.4f %7.3f %6.2f\n", s->coverage, s->novelty, s->lift);
}

static void print_result(const char *title, const struct measure_options *o, const struct protocol_result *r) {
    static const char *const names[PROTOCOL_ROWS] = {"popularity", "vectors", "item-to-item", "mix"};
    if (r->people == 0) return;
    printf("%s: %u people, %u products competing, none sampled, ties lost\n              ", title, r->people, r->products);
    for (unsigned c = 0; c < MEASURE_CUTOFFS && o->cutoffs[c]; c++)
        printf(" %4s@%-2u %4s@%-2u %4s@%-2u %4s@%-2u%s", "rec", o->cutoffs[c], "ndcg", o->cutoffs[c], "hit", o->cutoffs[c],
               "mrr", o->cutoffs[c], c + 1 < MEASURE_CUTOFFS && o->cutoffs[c + 1] ? "  " : "");
    printf(" | coverage novelty lift\n");
    for (unsigned row = 0; row < PROTOCOL_ROWS; row++) print_row(names[row], o, &r->rows[row]);
    const struct measure_scores *mix = &r->rows[PROTOCOL_MIX];
    if (o->resamples)
        printf("  95 %% of the mix: recall@%u %.4f to %.4f, ndcg@%u %.4f to %.4f\n", o->cutoffs[0], mix->low[MEASURE_RECALL],
               mix->high[MEASURE_RECALL], o->cutoffs[0], mix->low[MEASURE_NDCG], mix->high[MEASURE_NDCG]);
}

void eval_files_print(const struct protocol_options *o, const struct protocol_report *r) {
    printf("vectors: d %u, %u epochs in %.1f s; weights learnt on validation: vector %.3g, similar %.3g, next %.3g\n",
           o->als.dimension, r->epochs, r->train_seconds, (double)r->weights.of[MIX_VECTOR],
           (double)r->weights.of[MIX_SIMILAR], (double)r->weights.of[MIX_NEXT]);
    print_result("validation", &o->measure, &r->validation);
    print_result("test", &o->measure, &r->test);
    print_result("test, strict (fit and known without the last two)", &o->measure, &r->strict);
    print_result("test, as published (fit without the last two, known by all but the last)", &o->measure, &r->as_published);
    print_result("test, as served (fit and known by all but the last)", &o->measure, &r->as_served);
}

static void epoch_done(void *arg, unsigned epoch, double loss, double seconds) {
    fprintf(stderr, "epoch %u of %u: loss %.6g, %.1f s\n", epoch, *(const unsigned *)arg, loss, seconds);
}

// ---- running ------------------------------------------------------------------------------------------------------

static enum err run_split(const struct eval_files *f, const struct protocol_options *o, struct protocol_report *report,
                          struct fault *why) {
    struct sequences train = {0}, valid = {0}, test = {0};
    enum err e = sequences_read(f->train, &train, why);
    if (e == ERR_OK && f->valid) e = sequences_read(f->valid, &valid, why);
    if (e == ERR_OK) e = sequences_read(f->test, &test, why);
    if (e == ERR_OK) e = protocol_given_split(&train, f->valid ? &valid : NULL, &test, o, report, why);
    sequences_free(&train);
    sequences_free(&valid);
    sequences_free(&test);
    return e;
}

static enum err run_sequences(const struct eval_files *f, const struct protocol_options *o, struct protocol_report *report,
                              struct fault *why) {
    struct sequences all;
    TRY(sequences_read(f->sequences, &all, why));
    enum err e = protocol_leave_last_out(&all, o, report, why);
    sequences_free(&all);
    return e;
}

// By time: the newest part is test, the newest of the rest validation. Otherwise each person's last.
static enum err run_ratings(const struct eval_files *f, const struct protocol_options *o, struct protocol_report *report,
                            struct fault *why) {
    struct sequences all, known = {0}, train = {0}, valid = {0}, test = {0};
    TRY(ratings_read(f->ratings, f->least, &all, why));
    if (f->time_split == 0) {
        enum err whole = protocol_leave_last_out(&all, o, report, why);
        sequences_free(&all);
        return whole;
    }
    enum err e = ratings_split(&all, f->time_split, &known, &test);
    if (e == ERR_OK) e = ratings_split(&known, f->time_split, &train, &valid);
    if (e != ERR_OK) fault_set(why, e, "", "%s: no times to split by, or no memory", f->ratings);
    else e = protocol_given_split(&train, &valid, &test, o, report, why);
    sequences_free(&all);
    sequences_free(&known);
    sequences_free(&train);
    sequences_free(&valid);
    sequences_free(&test);
    return e;
}

enum err eval_files_run(const struct eval_files *f, bool quiet, struct fault *why) {
    struct protocol_options o = f->options;
    struct protocol_report report;
    o.ordered = f->sequences != NULL || f->ratings != NULL;
    o.similar.threads = o.next.threads = o.als.threads = o.measure.threads;
    if (!quiet) {
        o.als.progress = epoch_done;
        o.als.arg = &o.als.epochs;
    }
    TRY(f->ratings ? run_ratings(f, &o, &report, why) : f->sequences ? run_sequences(f, &o, &report, why) : run_split(f, &o, &report, why));
    eval_files_print(&o, &report);
    return ERR_OK;
}

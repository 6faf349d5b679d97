#include "als.h"

#include "als_rows.h"
#include "blas.h"
#include "checkpoint.h"
#include "pool.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// Sums over rows are taken per piece of this many rows and the pieces added in order, so that they do not depend on the
// threads.
#define SUM_GRAIN 8192
#define TURN_GRAIN 512
#define SOLVE_GRAIN 64 // rows of very different length: small pieces keep both cores busy to the end

struct als_options als_defaults(void) {
    return (struct als_options){.dimension = 64, .epochs = 8, .threads = 2, .seed = 1, .alpha0 = 0.01f, .lambda = 0.001f,
                                .nu = 1.0f, .init = 0.1f, .exact_max = 256, .block = 128, .checkpoint_seconds = 60};
}

// ---- first values -------------------------------------------------------------------------------------------------

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static double uniform(uint64_t *state) { // (0, 1]
    return ((double)(splitmix(state) >> 11) + 1.0) * 0x1p-53;
}

static void draw_normal(float *out, size_t count, double deviation, uint64_t seed) {
    uint64_t state = seed;
    for (size_t i = 0; i < count; i += 2) { // Box-Muller gives two at a time
        double radius = deviation * sqrt(-2.0 * log(uniform(&state))), angle = 6.283185307179586 * uniform(&state);
        out[i] = (float)(radius * cos(angle));
        if (i + 1 < count) out[i + 1] = (float)(radius * sin(angle));
    }
}

static float *floats(size_t rows, size_t columns) {
    size_t bytes = (rows * columns * sizeof(float) + 127) / 64 * 64; // at least 64, so that none is not a failure
    return aligned_alloc(64, bytes);
}

static enum err check_options(const struct als_options *o, struct fault *why) {
    if (o->dimension < ALS_DIMENSION_MIN || o->dimension > ALS_DIMENSION_MAX || o->dimension % 16 != 0)
        return fault_set(why, ERR_BAD_REQUEST, "dimension", "dimension must be a multiple of 16 from %d to %d",
                         ALS_DIMENSION_MIN, ALS_DIMENSION_MAX);
    if (o->threads < 1 || o->threads > 64)
        return fault_set(why, ERR_BAD_REQUEST, "threads", "threads must be 1 to 64");
    if (o->epochs < 1 || o->epochs > 1000)
        return fault_set(why, ERR_BAD_REQUEST, "epochs", "epochs must be 1 to 1000");
    if (o->block < 16 || o->block > ALS_DIMENSION_MAX || o->block % 16 != 0)
        return fault_set(why, ERR_BAD_REQUEST, "block", "a block must be a multiple of 16 up to %d", ALS_DIMENSION_MAX);
    bool numbers = isfinite(o->alpha0) && isfinite(o->lambda) && isfinite(o->nu) && isfinite(o->init);
    if (!(numbers && o->alpha0 > 0.0f && o->lambda > 0.0f && o->nu >= 0.0f && o->init > 0.0f))
        return fault_set(why, ERR_BAD_REQUEST, "lambda", "alpha0, lambda and init must be positive, nu not negative");
    return ERR_OK;
}

enum err als_start(const struct interactions *m, const struct als_options *o, struct als_model *out, struct fault *why) {
    *out = (struct als_model){0};
    TRY(check_options(o, why));
    *out = (struct als_model){.dimension = o->dimension, .users = m->by_user.rows, .products = m->by_user.columns};
    out->user = floats(out->users, o->dimension);
    out->product = floats(out->products, o->dimension);
    out->gram = floats(o->dimension, o->dimension);
    if (!out->user || !out->product || !out->gram) {
        als_free(out);
        return fault_set(why, ERR_NO_MEMORY, "", "no memory for %u user and %u product vectors", m->by_user.rows,
                         m->by_user.columns);
    }
    double deviation = (double)o->init / sqrt(o->dimension);
    draw_normal(out->user, (size_t)out->users * o->dimension, deviation, o->seed);
    draw_normal(out->product, (size_t)out->products * o->dimension, deviation, ~o->seed);
    return ERR_OK;
}

void als_free(struct als_model *model) {
    free(model->user);
    free(model->product);
    free(model->gram);
    *model = (struct als_model){0};
}

// ---- threads ------------------------------------------------------------------------------------------------------

struct solver {
    struct pool *pool;
    struct als_rows **scratch; // [threads]
    unsigned dimension;
    float *partial;            // one d x d sum per piece of SUM_GRAIN rows, of the larger side
    float *turned;             // the fixed side in its frame, as many rows as the larger side
    float *turn, *diagonal;    // d x d each: the frame and alpha0 V'V in it
    double *losses;            // one per piece
};

static size_t pieces(size_t rows) {
    return (rows + SUM_GRAIN - 1) / SUM_GRAIN;
}

static void solver_close(struct solver *s) {
    for (unsigned i = 0; s->scratch && i < pool_threads(s->pool); i++) als_rows_free(s->scratch[i]);
    free(s->scratch);
    free(s->partial);
    free(s->turned);
    free(s->turn);
    free(s->diagonal);
    free(s->losses);
    pool_free(s->pool);
}

static bool solver_open(struct solver *s, unsigned dimension, unsigned block, unsigned threads, size_t most_rows) {
    *s = (struct solver){.dimension = dimension, .pool = pool_new(threads)};
    if (s->pool == NULL) return false;
    s->partial = floats(pieces(most_rows), (size_t)dimension * dimension);
    s->losses = calloc(pieces(most_rows) + 1, sizeof *s->losses);
    s->turned = floats(most_rows + 1, dimension);
    s->turn = floats(dimension, dimension);
    s->diagonal = floats(dimension, dimension);
    s->scratch = calloc(threads, sizeof *s->scratch);
    bool good = s->partial && s->losses && s->turned && s->turn && s->diagonal && s->scratch;
    for (unsigned i = 0; good && i < threads; i++) good = (s->scratch[i] = als_rows_new(dimension, block)) != NULL;
    if (!good) solver_close(s);
    return good;
}

// ---- sum of outer products ----------------------------------------------------------------------------------------

struct gram_job {
    const struct solver *solver;
    const float *rows;
};

static void gram_piece(void *arg, unsigned thread, size_t from, size_t to) {
    (void)thread;
    const struct gram_job *job = arg;
    unsigned d = job->solver->dimension;
    float *sum = job->solver->partial + from / SUM_GRAIN * d * d;
    memset(sum, 0, sizeof(float) * d * d);
    blas_add_outer(job->rows + from * d, to - from, d, d, 1.0f, sum);
}

// gram = scale * sum of v v' over the rows, both triangles.
static void gram_compute(const struct solver *s, const float *rows, size_t count, float scale, float *gram) {
    size_t d = s->dimension;
    pool_run(s->pool, count, SUM_GRAIN, gram_piece, &(struct gram_job){s, rows});
    memset(gram, 0, sizeof(float) * d * d);
    for (size_t piece = 0; piece < pieces(count); piece++)
        for (size_t i = 0; i < d * d; i++) gram[i] += scale * s->partial[piece * d * d + i];
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < i; j++) gram[j * d + i] = gram[i * d + j];
}

// ---- half an epoch ------------------------------------------------------------------------------------------------

struct half_job {
    const struct solver *solver;
    const struct sparse *matrix;
    const float *fixed;
    float *solved;
    struct als_frame frame;
};

static void turn_piece(void *arg, unsigned thread, size_t from, size_t to) {
    (void)thread;
    const struct half_job *job = arg;
    size_t d = job->solver->dimension;
    blas_dots_batch(job->frame.turn, d, d, (unsigned)d, job->fixed + from * d, to - from, job->solver->turned + from * d);
}

static void half_piece(void *arg, unsigned thread, size_t from, size_t to) {
    const struct half_job *job = arg;
    als_rows_solve(job->solver->scratch[thread], &job->frame, job->matrix, from, to, job->solved);
}

static struct foldin_space space_of(const struct als_options *o, const float *gram, size_t fixed_rows) {
    return (struct foldin_space){o->dimension, gram, o->alpha0 * (float)fixed_rows, o->lambda, o->nu};
}

static bool diagonalise(const struct solver *s, const float *gram) {
    size_t d = s->dimension;
    float *values = s->turned; // not yet in use
    memcpy(s->turn, gram, sizeof(float) * d * d);
    memset(s->diagonal, 0, sizeof(float) * d * d);
    if (!blas_eigen(s->turn, values, (unsigned)d)) return false;
    for (size_t k = 0; k < d; k++) s->diagonal[k * d + k] = values[k] > 0.0f ? values[k] : 0.0f; // rounding
    return true;
}

static bool solve_side(const struct solver *s, const struct als_options *o, const struct sparse *m, const float *fixed,
                       float *gram, float *solved) {
    gram_compute(s, fixed, m->columns, o->alpha0, gram);
    if (!diagonalise(s, gram)) return false;
    struct half_job job = {s, m, fixed, solved,
                           {space_of(o, s->diagonal, m->columns), s->turn, s->turned, o->exact_max, o->block}};
    pool_run(s->pool, m->columns, TURN_GRAIN, turn_piece, &job);
    pool_run(s->pool, m->rows, SOLVE_GRAIN, half_piece, &job);
    return true;
}

// ---- loss ---------------------------------------------------------------------------------------------------------

struct loss_job {
    const struct solver *solver;
    const struct sparse *matrix;
    const float *rows, *columns; // columns NULL: only the regulariser, for the other side
    struct foldin_space space;
};

static double dot(const float *a, const float *b, unsigned d) {
    float sums[16] = {0}; // independent sums, so that the compiler may use whole registers
    for (unsigned i = 0; i < d; i += 16)
        for (unsigned k = 0; k < 16; k++) sums[k] += a[i + k] * b[i + k];
    double sum = 0;
    for (unsigned k = 0; k < 16; k++) sum += (double)sums[k];
    return sum;
}

static double row_loss(const struct loss_job *job, size_t row) {
    const struct sparse *m = job->matrix;
    size_t d = job->space.dimension;
    const float *x = job->rows + row * d;
    double loss = 0, weights = 0;
    for (uint64_t i = m->start[row]; i < m->start[row + 1]; i++) {
        weights += (double)m->weight[i];
        if (job->columns == NULL) continue;
        double miss = 1.0 - dot(x, job->columns + m->column[i] * d, (unsigned)d);
        loss += (double)m->weight[i] * miss * miss;
    }
    return loss + (double)foldin_regulariser(&job->space, (float)weights) * dot(x, x, (unsigned)d);
}

static void loss_piece(void *arg, unsigned thread, size_t from, size_t to) {
    (void)thread;
    const struct loss_job *job = arg;
    double sum = 0;
    for (size_t row = from; row < to; row++) sum += row_loss(job, row);
    job->solver->losses[from / SUM_GRAIN] = sum;
}

static double loss_sum(const struct solver *s, struct loss_job job) {
    pool_run(s->pool, job.matrix->rows, SUM_GRAIN, loss_piece, &job);
    double sum = 0;
    for (size_t i = 0; i < pieces(job.matrix->rows); i++) sum += s->losses[i];
    return sum;
}

// alpha0 * sum over all pairs of (x.y)^2 = sum of the elementwise product of X'X and alpha0 Y'Y: no pair is visited.
static double all_pairs(const struct solver *s, const struct als_model *model, float alpha0, float *x_gram,
                        float *y_gram) {
    gram_compute(s, model->user, model->users, 1.0f, x_gram);
    gram_compute(s, model->product, model->products, alpha0, y_gram);
    double sum = 0;
    for (size_t i = 0; i < (size_t)model->dimension * model->dimension; i++) sum += (double)x_gram[i] * (double)y_gram[i];
    return sum;
}

static double loss_of(const struct solver *s, const struct interactions *m, const struct als_options *o,
                      const struct als_model *model) {
    float *grams = floats(2 * (size_t)o->dimension, o->dimension);
    if (grams == NULL) return NAN;
    double loss = all_pairs(s, model, o->alpha0, grams, grams + (size_t)o->dimension * o->dimension);
    free(grams);
    loss +=
        loss_sum(s, (struct loss_job){s, &m->by_user, model->user, model->product, space_of(o, NULL, model->products)});
    loss += loss_sum(s, (struct loss_job){s, &m->by_product, model->product, NULL, space_of(o, NULL, model->users)});
    return loss;
}

double als_loss(const struct interactions *m, const struct als_options *o, const struct als_model *model) {
    struct solver s;
    size_t rows = model->users > model->products ? model->users : model->products;
    if (!solver_open(&s, o->dimension, o->block, o->threads, rows)) return NAN;
    double loss = loss_of(&s, m, o, model);
    solver_close(&s);
    return loss;
}

// ---- training -----------------------------------------------------------------------------------------------------

static double seconds_since(const struct timespec *from) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) + 1e-9 * (double)(now.tv_nsec - from->tv_nsec);
}

struct progress_file {
    uint64_t key;
    double saved; // seconds since training began
};

static void save_progress(const struct als_options *o, struct progress_file *file, unsigned epoch, double seconds,
                          const struct als_model *model) {
    struct fault ignored;
    if (o->checkpoint == NULL || epoch == o->epochs || seconds - file->saved < o->checkpoint_seconds) return;
    (void)checkpoint_save(o->checkpoint, file->key, epoch, model, &ignored); // training is worth more than its insurance
    file->saved = seconds;
}

static bool run_epochs(const struct solver *s, const struct interactions *m, const struct als_options *o,
                       struct als_model *model) {
    struct timespec began;
    struct als_options exactly = *o;
    struct progress_file file = {0};
    unsigned done = 0;
    exactly.exact_max = ALS_DIMENSION_MAX;
    clock_gettime(CLOCK_MONOTONIC, &began);
    if (o->checkpoint) {
        file.key = checkpoint_key(m, o);
        done = checkpoint_load(o->checkpoint, file.key, model);
    }
    for (unsigned epoch = done + 1; epoch <= o->epochs; epoch++) {
        if (!solve_side(s, o, &m->by_user, model->product, model->gram, model->user) ||
            !solve_side(s, o, &m->by_product, model->user, model->gram, model->product))
            return false;
        if (o->progress) o->progress(o->arg, epoch, loss_of(s, m, o, model), seconds_since(&began));
        save_progress(o, &file, epoch, seconds_since(&began), model);
    }
    // Last, the users once more: the vectors kept are then exactly what folding in the same events gives.
    bool good = solve_side(s, &exactly, &m->by_user, model->product, model->gram, model->user);
    if (good && o->checkpoint) unlink(o->checkpoint);
    return good;
}

enum err als_train(const struct interactions *m, const struct als_options *o, struct als_model *out, struct fault *why) {
    TRY(als_start(m, o, out, why));
    blas_one_thread();
    struct solver s;
    size_t rows = out->users > out->products ? out->users : out->products;
    bool good = solver_open(&s, o->dimension, o->block, o->threads, rows);
    if (good) {
        good = run_epochs(&s, m, o, out);
        solver_close(&s);
    }
    if (good) return ERR_OK;
    als_free(out);
    return fault_set(why, ERR_NO_MEMORY, "", "no memory or threads for training, or numbers too large to solve");
}

enum err als_fold(const struct als_model *model, const struct als_options *o, const struct sparse *by_user, float *out) {
    struct solver s;
    struct als_options exactly = *o;
    exactly.exact_max = ALS_DIMENSION_MAX;
    float *gram = floats(o->dimension, o->dimension);
    bool good = gram && solver_open(&s, o->dimension, o->block, o->threads, by_user->columns);
    if (good) {
        blas_one_thread();
        good = solve_side(&s, &exactly, by_user, model->product, gram, out);
        solver_close(&s);
    }
    free(gram);
    return good ? ERR_OK : ERR_NO_MEMORY;
}

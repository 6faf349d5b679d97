// als.h: implicit-feedback matrix factorisation by alternating least squares: vectors for users and products whose dot
// product says how well they go together.
//
// The objective is over all pairs, observed or not (S: observed pairs with weight w):
//     sum_S w (1 - x.y)^2  +  alpha0 sum_all (x.y)^2  +  sum_users r(u) |x|^2  +  sum_products r(i) |y|^2
//     r(u) = lambda (sum w of u + alpha0 |products|)^nu,   r(i) likewise with |users|
// An observed pair has confidence w + alpha0, an unobserved one alpha0, as in Hu, Koren, Volinsky 2008 (their target of
// 1 becomes w / (w + alpha0): a pair whose weight has decayed to nothing is a pair that was not observed). The
// regulariser is that of Rendle et al. 2021 (arXiv 2110.14037), whose |I_u| is our sum of weights. Half an epoch solves
// every row of one side, exactly or by blocks (als_rows.h), so the objective never rises. The users come last and exactly,
// so the vectors kept are what folding in the same events gives (foldin.h).
//
// Same input, seed and CPU give the same bits, whatever the number of threads.
#ifndef RF_MODEL_ALS_H
#define RF_MODEL_ALS_H

#include "interactions.h"

#define ALS_DIMENSION_MIN 16
#define ALS_DIMENSION_MAX 1024

struct als_options {
    unsigned dimension, epochs, threads;
    uint64_t seed;
    float alpha0, lambda, nu;
    float init; // vectors start as N(0, init / sqrt(dimension))
    unsigned exact_max; // systems of more unknowns are stepped by blocks; what users x products take either way decides
    unsigned block;     // coordinates of a block, a multiple of 16
    // Where an interrupted run goes on from (checkpoint.h), written when `checkpoint_seconds` have passed since the last time,
    // removed when training is done; NULL: none. One that cannot be written does not stop the training.
    const char *checkpoint;
    double checkpoint_seconds;
    // After each epoch; the loss is computed only when this is set. `seconds` since training began.
    void (*progress)(void *arg, unsigned epoch, double loss, double seconds);
    void *arg;
};
struct als_options als_defaults(void); // d 64, 8 epochs, 2 threads, seed 1; see README.md for the others

struct als_model { // row-major, rows of `dimension` floats, 64-byte aligned as a whole
    unsigned dimension;
    uint32_t users, products;
    float *user, *product;
    float *gram; // alpha0 * sum over products of y y', d x d, both triangles
};

// ERR_BAD_REQUEST for options out of range (named in `why`), ERR_NO_MEMORY.
enum err als_train(const struct interactions *m, const struct als_options *options, struct als_model *out,
                   struct fault *why);
void als_free(struct als_model *model);
// The vectors of other rows of users in the model's space, exactly: rows x dimension. Only the product vectors are used;
// columns as in training. ERR_NO_MEMORY.
enum err als_fold(const struct als_model *model, const struct als_options *options, const struct sparse *by_user,
                  float *out);
double als_loss(const struct interactions *m, const struct als_options *options, const struct als_model *model);

// The same algorithm by its formulas: double precision, loops, no threads, no BLAS, dense systems. For tests on small
// data.
enum err als_train_reference(const struct interactions *m, const struct als_options *options, struct als_model *out,
                             struct fault *why);
// For both: checks the options, allocates the vectors and draws their first values.
enum err als_start(const struct interactions *m, const struct als_options *options, struct als_model *out,
                   struct fault *why);

#endif

#include "als.h"

#include <math.h>
#include <stdlib.h>

// Gaussian elimination with partial pivoting on the d x (d + 1) matrix (a | b); the solution ends up in x.
static void eliminate(double *a, unsigned d, float *x) {
    size_t width = (size_t)d + 1;
    for (size_t k = 0; k < d; k++) {
        size_t pivot = k;
        for (size_t r = k + 1; r < d; r++)
            if (fabs(a[r * width + k]) > fabs(a[pivot * width + k])) pivot = r;
        for (size_t c = 0; c < width; c++) {
            double keep = a[k * width + c];
            a[k * width + c] = a[pivot * width + c];
            a[pivot * width + c] = keep;
        }
        for (size_t r = 0; r < d; r++) {
            double factor = r == k ? 0.0 : a[r * width + k] / a[k * width + k];
            for (size_t c = k; factor != 0.0 && c < width; c++) a[r * width + c] -= factor * a[k * width + c];
        }
    }
    for (size_t k = 0; k < d; k++) x[k] = (float)(a[k * width + d] / a[k * width + k]);
}

static void add_outer(double *a, unsigned d, const float *v, double scale) {
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++) a[i * ((size_t)d + 1) + j] += scale * (double)v[i] * (double)v[j];
}

static void solve_row(const struct sparse *m, uint32_t row, const float *fixed, const struct als_options *o, double *a,
                      float *x) {
    size_t d = o->dimension, width = d + 1;
    memset(a, 0, sizeof(double) * d * width);
    for (uint32_t c = 0; c < m->columns; c++) add_outer(a, o->dimension, fixed + c * d, (double)o->alpha0);
    double weights = 0;
    for (uint64_t i = m->start[row]; i < m->start[row + 1]; i++) {
        const float *v = fixed + m->column[i] * d;
        double weight = (double)m->weight[i];
        add_outer(a, o->dimension, v, weight);
        for (size_t k = 0; k < d; k++) a[k * width + d] += weight * (double)v[k];
        weights += weight;
    }
    double regulariser = (double)o->lambda * pow(weights + (double)o->alpha0 * m->columns, (double)o->nu);
    for (size_t k = 0; k < d; k++) a[k * width + k] += regulariser;
    eliminate(a, o->dimension, x);
}

static void solve_side(const struct sparse *m, const float *fixed, const struct als_options *o, double *a,
                       float *solved) {
    for (uint32_t row = 0; row < m->rows; row++) solve_row(m, row, fixed, o, a, solved + (size_t)row * o->dimension);
}

static void fill_gram(struct als_model *model, double alpha0) {
    size_t d = model->dimension;
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < d; j++) {
            double sum = 0;
            for (size_t r = 0; r < model->products; r++)
                sum += (double)model->product[r * d + i] * (double)model->product[r * d + j];
            model->gram[i * d + j] = (float)(alpha0 * sum);
        }
    }
}

enum err als_train_reference(const struct interactions *m, const struct als_options *o, struct als_model *out,
                             struct fault *why) {
    TRY(als_start(m, o, out, why));
    double *a = malloc(sizeof *a * o->dimension * ((size_t)o->dimension + 1));
    if (a == NULL) {
        als_free(out);
        return fault_set(why, ERR_NO_MEMORY, "", "no memory for a dense system");
    }
    for (unsigned epoch = 0; epoch < o->epochs; epoch++) {
        solve_side(&m->by_user, out->product, o, a, out->user);
        solve_side(&m->by_product, out->user, o, a, out->product);
    }
    solve_side(&m->by_user, out->product, o, a, out->user);
    fill_gram(out, (double)o->alpha0);
    free(a);
    return ERR_OK;
}

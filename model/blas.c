#include "blas.h"

#include <cblas.h>
#include <lapacke.h>

void blas_one_thread(void) {
    openblas_set_num_threads(1);
}

void blas_dots(const float *rows, size_t n, size_t stride, unsigned d, const float *x, float *out) {
    if (n == 0) return;
    cblas_sgemv(CblasRowMajor, CblasNoTrans, (blasint)n, (blasint)d, 1.0f, rows, (blasint)stride, x, 1, 0.0f, out, 1);
}

void blas_dots_batch(const float *rows, size_t n, size_t stride, unsigned d, const float *x, size_t batch, float *out) {
    if (n == 0 || batch == 0) return;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)batch, (blasint)n, (blasint)d, 1.0f, x, (blasint)d,
                rows, (blasint)stride, 0.0f, out, (blasint)n);
}

void blas_add_outer(const float *rows, size_t n, size_t stride, unsigned d, float scale, float *a) {
    if (n == 0) return;
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, (blasint)d, (blasint)n, scale, rows, (blasint)stride, 1.0f, a,
                (blasint)d);
}

void blas_products(const float *rows, size_t n, size_t stride, unsigned d, float *out) {
    if (n == 0) return;
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, (blasint)n, (blasint)d, 1.0f, rows, (blasint)stride, 0.0f, out,
                (blasint)n);
}

void blas_combine(const float *x, size_t batch, size_t n, const float *rows, unsigned d, float *out) {
    if (batch == 1) {
        cblas_sgemv(CblasRowMajor, CblasTrans, (blasint)n, (blasint)d, 1.0f, rows, (blasint)d, x, 1, 0.0f, out, 1);
        return;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)batch, (blasint)d, (blasint)n, 1.0f, x, (blasint)n,
                rows, (blasint)d, 0.0f, out, (blasint)d);
}

bool blas_eigen(float *a, float *values, unsigned d) {
    // Eigenvectors are columns; a column of the column-major result is a row here.
    return LAPACKE_ssyevd(LAPACK_COL_MAJOR, 'V', 'U', (lapack_int)d, a, (lapack_int)d, values) == 0;
}

bool blas_solve(float *a, float *b, unsigned d) {
    // A row-major lower triangle is a column-major upper one. Said that way, LAPACKE neither transposes nor allocates;
    // the _work form also leaves out its scan for NaN (a NaN makes the factorisation fail by itself).
    return LAPACKE_sposv_work(LAPACK_COL_MAJOR, 'U', (lapack_int)d, 1, a, (lapack_int)d, b, (lapack_int)d) == 0;
}

void blas_solve_again(const float *a, float *b, size_t n, unsigned d) {
    if (n == 0) return;
    LAPACKE_spotrs_work(LAPACK_COL_MAJOR, 'U', (lapack_int)d, (lapack_int)n, a, (lapack_int)d, b, (lapack_int)d);
}

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

bool blas_solve(float *a, float *b, unsigned d) {
    // A row-major lower triangle is a column-major upper one. Said that way, LAPACKE neither transposes nor allocates;
    // the _work form also leaves out its scan for NaN (a NaN makes the factorisation fail by itself).
    return LAPACKE_sposv_work(LAPACK_COL_MAJOR, 'U', (lapack_int)d, 1, a, (lapack_int)d, b, (lapack_int)d) == 0;
}

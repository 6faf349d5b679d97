// blas.h: the dense operations model/ needs, on OpenBLAS and LAPACKE. The only module that includes their headers.
//
// All matrices are float32 and row-major; `stride` is the distance between rows in floats (>= d). Nothing here
// allocates, and every function may be called from any number of threads at once on different outputs. OpenBLAS itself
// runs on one thread: parallelism is ours, over requests or over rows. Summation order, and with it the last bits,
// depends on the shapes of a call and on the CPU, never on the number of our threads.
#ifndef RF_MODEL_BLAS_H
#define RF_MODEL_BLAS_H

#include <stdbool.h>
#include <stddef.h>

// Keeps OpenBLAS from starting threads of its own. Called by whoever opens a ranker or trains; repeating it is harmless.
void blas_one_thread(void);

// out[i] = rows[i] . x for n rows: sgemv.
void blas_dots(const float *rows, size_t n, size_t stride, unsigned d, const float *x, float *out);
// out[b][i] = x[b] . rows[i] for a batch of `batch` vectors (stride d): sgemm. out is batch x n.
void blas_dots_batch(const float *rows, size_t n, size_t stride, unsigned d, const float *x, size_t batch, float *out);
// Adds scale * sum over rows of v v' to the lower triangle of the d x d matrix `a`: ssyrk. The upper one is not touched.
void blas_add_outer(const float *rows, size_t n, size_t stride, unsigned d, float scale, float *a);
// out[i][j] = rows[i] . rows[j] into the lower triangle of the n x n `out`: ssyrk.
void blas_products(const float *rows, size_t n, size_t stride, unsigned d, float *out);
// out[b] = sum over n rows of x[b][i] rows[i], for `batch` rows of x (n floats each); stride d everywhere: sgemm.
void blas_combine(const float *x, size_t batch, size_t n, const float *rows, unsigned d, float *out);
// Replaces the symmetric d x d `a` (both triangles given) by its eigenvectors, one per row, values ascending: ssyevd. The one
// function here that allocates. false: no memory, or it did not converge.
bool blas_eigen(float *a, float *values, unsigned d);
// Solves a x = b for a symmetric positive definite d x d `a` given by its lower triangle: sposv (Cholesky). x replaces
// b and the factor replaces a. false when a is not positive definite.
bool blas_solve(float *a, float *b, unsigned d);
// Solves for n more right sides, the rows of b (stride d), with the factor blas_solve left in `a`: spotrs.
void blas_solve_again(const float *a, float *b, size_t n, unsigned d);

#endif

// foldin.h: one vector from weighted vectors of the other side: the row step of implicit ALS, and how a person's vector
// is computed while they wait.
//
// With all other-side vectors V (|V| of them) fixed, the row's part of the objective (als.h) is least at
//     x = (alpha0 V'V + sum w v v' + lambda (sum w + alpha0 |V|)^nu I)^-1  sum w v
// over the row's own (v, w). alpha0 V'V is computed once for all rows; a row costs n d^2 for the sum and d^3/3 for the
// Cholesky factorisation. Training and serving run this same code, so a folded-in vector is the one training would have
// found. Sources: Hu, Koren, Volinsky 2008 (the step); Rendle, Krichene, Zhang, Koren 2021, arXiv 2110.14037 (the
// regulariser).
#ifndef RF_MODEL_FOLDIN_H
#define RF_MODEL_FOLDIN_H

#include <stdbool.h>
#include <stddef.h>

struct foldin_space {   // what all rows of one side share
    unsigned dimension;
    const float *gram;  // d x d, alpha0 V'V; the lower triangle is read
    float unobserved;   // alpha0 |V|: the weight of all pairs that were not observed
    float lambda, nu;
};

// lambda (weights + alpha0 |V|)^nu: scaled by how much a row has been seen, so that one lambda suits rare and frequent.
float foldin_regulariser(const struct foldin_space *space, float weights);

struct foldin; // scratch of one thread
struct foldin *foldin_new(unsigned dimension); // NULL: out of memory
void foldin_free(struct foldin *f);

// One row: begin, add each vector with weight > 0, solve. Nothing is allocated. `space` stays the caller's.
void foldin_begin(struct foldin *f, const struct foldin_space *space);
void foldin_add(struct foldin *f, const float *vector, float weight);
// x gets d floats. false, with x zeroed, when nothing was added or the system is not positive definite (lambda of 0).
bool foldin_solve(struct foldin *f, float *x);
// After a foldin_solve that gave true: n more systems with the same matrix, each row of b (stride d) becomes its solution. x is linear
// in the row's own events, so v' A^-1 y, times w, is what the event (y, w) gives to the score x . v.
void foldin_apply(const struct foldin *f, float *b, size_t n);

#endif

// canary.h: people whose events training leaves out of the fit, so that a generation can be measured on them, fairly and again.
//
// One in many, by a hash of their id: the same people in every training, so that the generation in use and the one that would
// replace it are asked the same of people neither was fitted on. What such a person wanted last is held out; they are folded
// in from the rest, as any person is when served. One half teaches the weights of the mix (mix_learn.h), the other
// half are the canaries, kept in the file. As shops grow the share falls: CANARY_PEOPLE are enough for any.
#ifndef RF_MODEL_CANARY_H
#define RF_MODEL_CANARY_H

#include "generation.h"
#include "history.h"

#define CANARY_PEOPLE 1500      // about so many are left out, both halves
#define CANARY_SHARE_MAX 0.1    // of all
#define CANARY_LEAST 20         // fewer of a half say nothing: no weights are learnt, nothing is compared
#define CANARY_USERS_LEAST 500  // nobody is left out where too few would be

enum canary_role { CANARY_NONE, CANARY_TEACHES, CANARY_MEASURES };
enum canary_role canary_role(uint32_t user, uint32_t users); // users: how many there are

// Those of a role in `h` who wanted at least two products. The lists are the caller's to free(): canary_free().
enum err canary_collect(const struct history *h, int64_t now_ms, enum canary_role role, struct generation_canaries *out);
void canary_free(struct generation_canaries *c);

// Finds weights for `g` on people who are not its canaries, and measures them on its canaries. ERR_NO_MEMORY.
enum err canary_learn(const struct generation *g, const struct generation_canaries *teachers, struct mix_shape shape,
                      unsigned threads, struct generation_learnt *out);
// How good `g` is with its own weights on these people, who may be another generation's canaries.
enum err canary_measure(const struct generation *g, const struct generation_canaries *people, unsigned threads,
                        struct generation_figures *out);

// Whether `next` may take the place of `current` (NULL: there is none): its vectors are numbers of ordinary length, and on its
// canaries its mix has at least `share` of the NDCG that current's has on the same people. ERR_CONFLICT, `why` says what failed.
enum err canary_check(const struct generation *current, const struct generation *next, double share, unsigned threads,
                      struct fault *why);
#define CANARY_SHARE_DEFAULT 0.8

#endif

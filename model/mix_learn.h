// mix_learn.h: weights of a mix's parts (mix.h) that put what people took next highest: a search by coordinates for the best mean
// NDCG@k over people, with the rules of measure.h (every product competes that the person has not taken, ties are lost).
//
// Of each person only products are kept that can be among the first: the MIX_LEARN_POOL best by each part alone and those
// held out. With fewer products than that all of them are, and what is found is what measure() says. Same input, same weights.
#ifndef RF_MODEL_MIX_LEARN_H
#define RF_MODEL_MIX_LEARN_H

#include "measure.h"

#define MIX_LEARN_POOL 200

struct mix_learn_options {
    unsigned k, threads;   // 1 .. MEASURE_K_MAX
    uint32_t max_users;    // evenly spread over all; 0 = all
    bool popularity;       // its part may get a weight; otherwise 0
};
// The vector's weight is 1, the others in proportion; without anybody to learn from the vector's alone. `found`, unless NULL,
// gets the mean NDCG@k of the people. ERR_BAD_REQUEST for options out of range, ERR_NO_MEMORY.
enum err mix_learn(const struct measure_task *task, const struct mix_learn_options *o, struct mix_weights *out, double *found);

#endif

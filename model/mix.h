// mix.h: a person's score for every product as a weighted sum of parts: what kind of person they are (vectors), what goes
// with what they took (similar), what comes after it (next), and what everybody takes (popularity).
//
//     vector(j)  = x . y_j
//     similar(j) = sum over events p  similar_decay^age(p) S[i_p][j]  /  (sum of those decays)^length
//     next(j)    = sum over events p  next_decay^age(p) T[i_p][j]
//
// age 0 is the newest event. All but the vector are linear in the events as they are, the vector by its solve (foldin.h).
#ifndef RF_MODEL_MIX_H
#define RF_MODEL_MIX_H

#include "sequences.h"

enum mix_part { MIX_VECTOR, MIX_SIMILAR, MIX_NEXT, MIX_POPULARITY, MIX_PARTS };

struct mix_weights { float of[MIX_PARTS]; };
struct mix_shape { float similar_decay, next_decay, length; }; // 0 < decays <= 1, length >= 0
#define MIX_EVENTS_MAX 4096 // the newest of a person; older ones are not looked at

struct mix_model { // nothing here is owned
    uint32_t products;
    unsigned dimension, stride;       // stride: floats from one vector to the next
    const float *vectors;             // products x stride; NULL: the part is 0
    const struct sparse *similar, *next; // NULL: the part is 0
    const float *popularity;          // [products]; NULL: the part is 0
    struct mix_shape shape;
};

// `parts`: MIX_PARTS arrays of batch x products, row b for user b. `events[b]` oldest first; `users`: batch x dimension.
struct mix_events { const uint32_t *item; uint64_t count; };
void mix_parts(const struct mix_model *m, const struct mix_events *events, const float *users, size_t batch,
               float *const parts[MIX_PARTS]);
// out[j] = sum of weight x part over `products` entries.
void mix_sum(const struct mix_weights *w, const float *const parts[MIX_PARTS], size_t products, float *out);

#endif

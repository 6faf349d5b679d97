// content.h: what a product is, as a sparse list of features, and the linear map from features to the vectors of training: what a
// product nobody has touched looks like.
//
// Features of a product: one that all have, its type, its brand, both together, the makes and models of the cars it fits, the
// words of its title; each a hash with a value, several of a kind share a length of 1. The map is a ridge regression over
// the trained products, of which the often touched weigh more:
//
//     minimise  sum c_i |y_i - sum_f x_if w_f|^2  +  ridge sum_f |w_f|^2,      c_i = t_i / (t_i + CONTENT_TOUCHED)
//
// solved for all dimensions at once by conjugate gradients with the diagonal as preconditioner. Same input, same bits, for any
// number of threads.
#ifndef RF_MODEL_CONTENT_H
#define RF_MODEL_CONTENT_H

#include "generation.h"

#define CONTENT_FEATURES_MAX 96   // of one product
#define CONTENT_MODELS_MAX 48     // different models that are looked at; a product that fits more is like all of them
#define CONTENT_MAKES_MAX 16
#define CONTENT_WORDS_MAX 24
#define CONTENT_ALL 0u            // the hash of the feature that all have
#define CONTENT_TOUCHED 5.0f      // the weight of events at which a product's vector counts half

struct content_feature { uint64_t hash; float value; };
struct content_features { unsigned count; struct content_feature list[CONTENT_FEATURES_MAX]; };

// Features of a stored product; ascending by hash, each once. ERR_NOT_FOUND for a product that is not there, ERR_DAMAGED, ERR_NO_MEMORY.
enum err content_features(struct view *v, uint32_t product, struct content_features *out);
// The vector of a product of the catalogue by the generation's map: what it would be if nobody had touched it. false, with `out`
// zeroed, when the generation has no map, the product is not there, or nothing like it was trained on.
bool content_vector(const struct generation *g, struct view *v, uint32_t product, float *out);

// ---- learning the map ---------------------------------------------------------------------------------------------
struct content_rows { // features of many products, one after the other
    uint32_t rows;
    uint64_t *start;                // [rows + 1]
    struct content_feature *list;
    size_t rows_held, held;
};
enum err content_rows_add(struct content_rows *r, const struct content_features *f); // f NULL: a row without any; ERR_NO_MEMORY
void content_rows_free(struct content_rows *r);

struct content_options { float ridge; unsigned steps, threads, least; }; // least: products a feature must be seen on
struct content_options content_defaults(void);
struct content_map {
    uint32_t features;
    unsigned dimension;
    uint64_t *hashes;  // ascending
    float *vectors;    // features x dimension
};
// `row_of[i]`: the row of trained product i; `touched[i]`: its weight of events; 0 leaves it out. ERR_NO_MEMORY.
enum err content_fit(const struct content_rows *r, const uint32_t *row_of, const float *touched, const float *vectors,
                     uint32_t products, unsigned dimension, const struct content_options *o, struct content_map *out);
void content_map_free(struct content_map *m);
// The sum of a row's feature vectors; false, zeroed, when the map knows none but the one that all have.
bool content_apply(const struct content_map *m, const struct content_feature *list, size_t count, float *out);

#endif

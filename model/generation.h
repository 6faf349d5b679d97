// generation.h: what training learnt, as one immutable, checksummed, memory-mapped file: <data>/generations/<id>.gen.
//
// Written beside the old one (temporary name, fsync, rename; generation_write.h), validated when opened, switched by
// one pointer in the database (TABLE_META "generation"); a request pins the generation it started with. Vectors are
// float32 rows padded to 64 bytes, ordered by (product type, product) so that the gathers of one fitment query are
// near-sequential. The id is a hash of the content: the same training gives the same id.
#ifndef RF_MODEL_GENERATION_H
#define RF_MODEL_GENERATION_H

#include "foldin.h"
#include "index/view.h"
#include "interactions.h"
#include "market.h"
#include "mix.h"
#include "newer.h"

#define GENERATION_POINTER "generation" // in TABLE_META: the current id
#define GENERATION_PATH_MAX 4096
#define GENERATION_DIMENSION_MAX 1024

struct generation;

// Maps the file and verifies all of it: size, header, a checksum per section, every index in bounds. ERR_NOT_FOUND,
// ERR_DAMAGED, ERR_NEWER, ERR_IO, ERR_NO_MEMORY; `why` names the file and what is wrong.
enum err generation_open(const char *path, struct generation **out, struct fault *why);
// The same from memory (64-byte aligned, kept by the caller until close): what the fuzzer drives.
enum err generation_load(const void *bytes, size_t size, struct generation **out, struct fault *why);
void generation_close(struct generation *g);

uint64_t generation_id(const struct generation *g);
int64_t generation_created_ms(const struct generation *g);
uint64_t generation_last_sequence(const struct generation *g);       // the newest event training saw
unsigned generation_dimension(const struct generation *g);
unsigned generation_stride(const struct generation *g);              // floats from one row to the next
uint32_t generation_rows(const struct generation *g);
// Rows and products: a row holds one product. UINT32_MAX for products this generation does not know.
uint32_t generation_row(const struct generation *g, uint32_t product);
uint32_t generation_product(const struct generation *g, uint32_t row);
const float *generation_row_vector(const struct generation *g, uint32_t row);
// The product's vector, or NULL when this generation does not know it (newer than the training).
const float *generation_vector(const struct generation *g, uint32_t product);
// What a product looks like that nobody has touched: the mean of its type and brand, else of its type, else NULL.
const float *generation_vector_for(const struct generation *g, uint32_t type, uint32_t brand);
// Products after the training whose vectors by content were taken in (newer.h, generations_take_in): how many there are by now, the number of one,
// NEWER_NONE for all others, and the vector of a number, which stays for as long as the generation is held.
uint32_t generation_newer(const struct generation *g);
uint32_t generation_newer_find(const struct generation *g, uint32_t product);
const float *generation_newer_vector(const struct generation *g, uint32_t number);
// 1 / length of the row's vector, 0 for a zero vector: what turns a dot product into a cosine.
float generation_inverse_norm(const struct generation *g, uint32_t row);
float generation_row_popularity(const struct generation *g, uint32_t row);
void generation_row_expect(const struct generation *g, uint32_t row, bool vector); // starts to fetch them; only for speed
float generation_popularity(const struct generation *g, uint32_t product); // 0..1, time-decayed; 0 when not known
// Recent against usual in a market (history.h); 0 when not known. By row: all of them.
float generation_trend(const struct generation *g, uint32_t product, enum market market);
const float *generation_trends(const struct generation *g, enum market market);
const float *generation_gram(const struct generation *g);            // d x d: alpha0 * V'V, for fold-in
float generation_lambda(const struct generation *g);
struct foldin_space generation_space(const struct generation *g);    // all that folding in a person needs

// What goes with a row's product and what people take after it (item_item.h), ascending by row; weights above 0.
struct generation_neighbour {
    uint32_t row;
    float weight;
};
const struct generation_neighbour *generation_similar(const struct generation *g, uint32_t row, uint32_t *count);
const struct generation_neighbour *generation_next(const struct generation *g, uint32_t row, uint32_t *count);

// Bought together (bought.h): best first, at most GENERATION_BOUGHT_MAX each. `lift` is P(both) / (P(one) P(other)), above 1 and
// significant; `support` counts the shopping trips that had both, each weighing less the further apart they were bought.
#define GENERATION_BOUGHT_MAX 20
struct generation_pair { uint32_t row; float lift, support; };
struct generation_type_pair { uint32_t type; float lift, support; };
const struct generation_pair *generation_bought(const struct generation *g, uint32_t row, uint32_t *count);
const struct generation_type_pair *generation_type_bought(const struct generation *g, uint32_t type, uint32_t *count);

// The person's vector as training left it, and the sequence of their newest event that training saw, of any kind: when they have
// none since, it is theirs. `user` is the database's id. NULL: training did not know them.
const float *generation_user(const struct generation *g, uint32_t user, uint64_t *last_sequence);
uint32_t generation_users(const struct generation *g);

// What training found out about itself, on people it had left out of the fit (canary.h).
struct generation_figures { // of the first GENERATION_FIGURES_K of all products, ties lost
    uint32_t people;              // canaries; 0: there were too few people to leave any out, and all else is 0
    float mix_recall, mix_ndcg, vectors_recall, vectors_ndcg, popularity_recall, popularity_ndcg;
};
#define GENERATION_FIGURES_K 20
struct generation_learnt {
    uint32_t mixed;               // 1: weights were learnt
    struct mix_weights weights;
    struct mix_shape shape;
    struct generation_figures figures;
};
// How the parts of mix.h are weighed: vectors as generation_row_vector, similar and next as above, popularity as
// generation_row_popularity. false: none learnt (too few people), *w and *s are not touched.
bool generation_mix(const struct generation *g, struct mix_weights *w, struct mix_shape *s);
struct generation_figures generation_figures(const struct generation *g);
uint64_t generation_events(const struct generation *g); // how many events said something about a product

// People left out of the fit with what they did, but for the product they wanted last: what a new generation is measured on, and
// the one it would replace as well.
struct generation_canary { uint32_t user, wanted, first, count; }; // products by id; first: into the acts
struct generation_canaries {
    uint32_t count;
    const struct generation_canary *list;
    const struct interaction *acts; // merged and decayed (interactions.h), oldest first
};
struct generation_canaries generation_canaries(const struct generation *g);

// The vector of a content feature (content.h), NULL when no product with it was trained on.
const float *generation_feature(const struct generation *g, uint64_t hash);
bool generation_has_content(const struct generation *g);

// A type's rows are consecutive. `price` is of ln(amount in minor units): what is usual for the type, per currency.
struct generation_price { float mean, deviation; }; // deviation 0: too few prices to say
struct generation_type {
    uint32_t type, first_row, rows;
    struct generation_price cny, usd;
};
const struct generation_type *generation_type(const struct generation *g, uint32_t type); // NULL: none
const struct generation_type *generation_types(const struct generation *g, unsigned *count); // all, ascending

// "<data>/generations/<id in 16 hex digits>.gen" into out[GENERATION_PATH_MAX].
enum err generation_path(const char *data_dir, uint64_t id, char *out);

// The current generation, shared by all workers and switched while they run: acquire pins, release unpins, the last
// release of a replaced one closes it. Acquire and release are a few atomic operations and never wait; refresh is for
// one thread at a time. At most GENERATIONS_HELD are mapped at once.
#define GENERATIONS_HELD 4
struct generations;
enum err generations_open(struct db *db, struct generations **out, struct fault *why); // none yet is fine
void generations_close(struct generations *s); // all released before
struct generation *generations_acquire(struct generations *s); // NULL: nothing trained yet
void generations_release(struct generations *s, struct generation *g);
// The rows as the kernels read them (score.h, quantised.h), made when the generation was switched to, away from any request.
struct vectors;
struct quantised;
struct generation_matrix {
    const struct vectors *vectors;
    const struct quantised *bytes; // NULL: floats are as fast on this processor, or there was no memory
};
struct generation_matrix generations_matrix(struct generations *s, const struct generation *g); // g is held by the caller
// Takes in products of the catalogue that the current generation does not know: their vectors by content (content.h), some 30 us each, at most
// `limit` of them. *more: there are others. For one thread at a time, which may be another than that of generations_refresh. ERR_NO_MEMORY, ERR_IO.
enum err generations_take_in(struct generations *s, unsigned limit, bool *more, struct fault *why);
// Looks at the pointer, maps and switches. On any error the old generation stays. ERR_RATE_LIMITED when
// requests still hold all older ones.
enum err generations_refresh(struct generations *s, struct fault *why);

#endif

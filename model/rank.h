// rank.h: the order of candidates for one person: score = X . w over the features below, deterministic, explainable.
//
// X is n x RANK_FEATURES, row-major; w is per surface, stored as data (weights.tsv). Affinity is the dot product of the
// person's vector and the product's: scattered rows are read where they lie (score.h). A person's vector is folded in on
// read from their newest events (LIMIT_USER_EVENTS) and the generation's Gram matrix (foldin.h); cached by (user, last
// event sequence, generation), so the answer after an acknowledged event knows of it. Event ages are counted to the
// start of today.
//
// One ranker per worker thread. After its first calls it allocates nothing: candidates are worked off in blocks of
// fixed size.
#ifndef RF_MODEL_RANK_H
#define RF_MODEL_RANK_H

#include "generation.h"
#include "index/columns.h"

enum rank_feature {
    RANK_AFFINITY,     // person . product; 0 when either is unknown
    RANK_POPULARITY,   // 0..1, the generation's; the importer's for products it does not know. A learnt mix gives popularity no weight
                       // of its own (mix_learn.h): this feature is all of it, and its weight is in weights.tsv
    RANK_RATING,       // 0..1: (20 * 4.0 + count * value) / (20 + count), from 1..5 stars
    RANK_AVAILABILITY, // 0 out of stock, 0.7 under 5 pieces, 1
    RANK_PRICE,        // -1..1: how near it is to what the person usually pays; for strangers: how far below usual
    RANK_FRESHNESS,    // 1 / (1 + age in days / 90)
    RANK_BRAND_TASTE,  // 0..1: share of the person's weighted events on this brand, w / (sum + 1)
    RANK_BOOST,        // what ranker_set_boost's function says
    RANK_NEARBY,       // 0..1: how soon it can be fitted near the customer, by ranker_set_nearby's function; 0 without a position
    RANK_SIMILAR,      // what goes with the products of their events, in units of the affinity (rank_covisit.h)
    RANK_NEXT,         // what people take after them, likewise
    RANK_FEATURES
};
const char *rank_feature_name(enum rank_feature f);
float rank_rating(const struct product_facts *facts); // RANK_RATING of a product

enum rank_surface { RANK_STOREFRONT, RANK_COCKPIT, RANK_BATCH, RANK_SURFACES };
const char *rank_surface_name(enum rank_surface s);
bool rank_surface_parse(struct slice text, enum rank_surface *out);

// ---- weights ------------------------------------------------------------------------------------------------------
struct rank_weights { float of[RANK_SURFACES][RANK_FEATURES]; };
struct rank_weights rank_weights_default(void); // what model/weights.tsv says
// Lines of "surface <tab> feature <tab> weight", '#' starts a comment. Weights that are not named keep their default.
// ERR_NOT_FOUND, ERR_BAD_REQUEST with the line.
enum err rank_weights_read(const char *path, struct rank_weights *out, struct fault *why);

// ---- ranker -------------------------------------------------------------------------------------------------------
struct ranker; // one per worker: scratch matrices, vector cache, weights
enum err ranker_open(struct generations *generations, struct ranker **out);
void ranker_close(struct ranker *r);
void ranker_set_weights(struct ranker *r, const struct rank_weights *weights); // copied; the defaults until then
// Rule boosts of this request's surface and person; NULL = none. Stays until set again.
void ranker_set_boost(struct ranker *r, float (*boost)(void *arg, uint32_t product), void *arg);
// How near each product is to this request's customer (index/fulfilment.h); NULL = nobody asked. Stays until set again.
void ranker_set_nearby(struct ranker *r, float (*nearby)(void *arg, uint32_t product), void *arg);

#define RANK_SESSION_MAX 100 // session products that are looked at, newest last

struct rank_person {
    uint32_t user;          // 0 = anonymous
    const float *vector;    // NULL = nothing known
    float length;           // of the vector
    const struct rank_tastes *tastes; // what the events say directly (person.h), NULL = nothing
    const struct covisit *covisit;    // what goes with the products of their events and comes after them; NULL = nothing
    const uint32_t *session;          // as given to rank_person_load, the caller's
    unsigned session_count;
    const struct event *events;       // the user's newest stored ones, for callers who have read LIMIT_USER_EVENTS of them under this view:
    unsigned event_count;             // rank_explain does not read them again then; NULL: it does
};
// Session products count as clicks made just now, for people never seen before. What `out` points to lives until the
// ranker loads the next person or rank_end.
enum err rank_person_load(struct ranker *r, struct view *v, uint32_t user, const uint32_t *session,
                          unsigned session_count, struct rank_person *out);
// rank_begin pins the current generation; all calls of one request lie between it and rank_end.
void rank_begin(struct ranker *r);
void rank_end(struct ranker *r);
uint64_t rank_generation(const struct ranker *r); // id, 0 = none
const struct generation *rank_pinned(const struct ranker *r); // NULL = none
// scores[n] for n products. features (may be NULL) receives the n x RANK_FEATURES matrix for explain=1. Equal input
// gives equal scores up to the last bits of single precision; order ties by id (topk.h).
enum err rank_score(struct ranker *r, struct view *v, const struct rank_person *person, enum rank_surface surface,
                    const uint32_t *products, size_t n, float *scores, float *features);
// The best min(k, n) of them, best first: what rank_score and topk_select say, but for products that are deleted and those `keep` refuses
// (NULL: none), and up to the last bits. Reads the vectors of those only that may be among them. k is at most RANK_BEST_MAX.
#define RANK_BEST_MAX 1000
struct topk_entry;
// Candidates that list after list has, so that the ranker keeps what it needs of them in arrays. The last one asked for is kept.
struct rank_common {
    uint64_t id;              // equal ids are equal lists; 0: there are none
    const uint32_t *products; // in any order, each once
    size_t n;
    const uint32_t *refused;  // places in it of those that are no candidates this time
    size_t refused_count;
};
struct rank_best_query {
    const struct rank_person *person;
    enum rank_surface surface;
    struct rank_common common; // candidates beside
    const uint32_t *products;  // these
    size_t n;
    bool (*keep)(void *arg, uint32_t product);
    void *keep_arg;
    size_t k;
};
enum err rank_best(struct ranker *r, struct view *v, const struct rank_best_query *q, struct topk_entry *out, size_t *count);
// rank_score for n consecutive rows of the pinned generation, without a gather: for passes over the whole catalogue.
enum err rank_score_rows(struct ranker *r, struct view *v, const struct rank_person *person, enum rank_surface surface,
                         uint32_t first_row, size_t n, float *scores, float *features);
// ---- the whole catalogue ------------------------------------------------------------------------------------------
// The best of all rows of the pinned generation, for several persons in one pass over the matrix. Each is asked for by rank_whole_add,
// which takes what it needs of the person, so that the next may be loaded; rank_whole_run answers all. An answer does not depend, to the
// last bit, on who else asks. Deleted products are left out. 4 bytes a row for each question, 24 for all, kept with the ranker.
#define RANK_WHOLE_MAX 16
struct rank_whole_query {
    const struct rank_person *person;
    enum rank_surface surface;
    float share, trend;      // score = share x rank_score + trend x the generation's trend in the market; share is above 0
    enum market market;
    const uint32_t *refused; // products that are left out
    size_t refused_count;
    size_t k;                // at most RANK_BEST_MAX
};
void rank_whole_begin(struct ranker *r); // something is pinned, and is to the end
enum err rank_whole_add(struct ranker *r, struct view *v, const struct rank_whole_query *q); // ERR_NO_MEMORY: not added
void rank_whole_run(struct ranker *r);
const struct topk_entry *rank_whole_best(const struct ranker *r, unsigned i, size_t *count); // the answer of the i-th that was added

const float *rank_weights(const struct ranker *r, enum rank_surface surface);

// Tables of the ranker's for what a request is about, besides persons (recommend.h). Valid until it is closed.
#define RANK_SCRATCH 2
struct covisit *rank_scratch(struct ranker *r, unsigned which);
const struct covisit_scale *rank_scale(const struct ranker *r); // of the pinned generation, else a cautious one

// ---- why ----------------------------------------------------------------------------------------------------------
// A score taken apart exactly: what each feature gives to it, and of what affinity, similar and next give, what each event of the
// person's does. A folded-in vector is linear in the events, x = sum w_i A^-1 y_i (foldin.h), so event i gives w_i y_p' A^-1 y_i to
// product p; the other two are sums over events as they stand. Parts add up to the score within 1e-5 of its size and 1.
struct rank_event {         // one for each product; of several events the one that counts most
    uint32_t product;
    enum event_type type;
    int64_t unix_ms;
};
struct rank_parts {
    unsigned event_count;
    const struct rank_event *events; // newest first
    const float *features;           // n x RANK_FEATURES, weighted: they add up to the scores
    const float *shares;             // n x event_count: they add up to the features affinity, similar and next
};
// For n products, with the person as rank_person_load gave it. In the view's arena; ERR_NO_MEMORY.
enum err rank_explain(struct ranker *r, struct view *v, const struct rank_person *person, enum rank_surface surface,
                      const uint32_t *products, size_t n, struct rank_parts *out);

#endif

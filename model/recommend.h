// recommend.h: lists without a query: what this person might want, what goes with, is like or is bought with a product, what is on
// the rise.
//
// Candidates are what the caller found to fit, in any order; with `whole_catalogue` (no car is known) every row of the
// pinned generation is one, in one sequential pass: several milliseconds at 200,000 products, so not on an event loop.
// Deleted products and those `keep` refuses are left out, and so is what the request is about. Order: score descending, id ascending.
//
//     score = person x rank_score + what the model adds (recommend_context.c has the factors), for the products `about`, weighing 0.7^place:
//
//     for_you          nothing
//     related          their cosine, and what goes with them and comes after them; other types than theirs
//     similar          the cosine to the first of them; its kind, those of its type before all others
//     bought_together  log(lift) support / (support + 2) of pairs bought together, half as much of pairs of types; nothing else is listed
//     trending         the generation's trend in the market
//
// So each of them knows of the person's newest event and of a session. Memory is the view's arena; the ranker's scratch is used.
#ifndef RF_MODEL_RECOMMEND_H
#define RF_MODEL_RECOMMEND_H

#include "rank.h"

#define RECOMMEND_MAX 1000      // longest list
#define RECOMMEND_ABOUT_MAX 101 // products a list can be about: one in view and a cart

enum recommend_model {
    RECOMMEND_FOR_YOU, RECOMMEND_RELATED, RECOMMEND_SIMILAR, RECOMMEND_BOUGHT_TOGETHER, RECOMMEND_TRENDING, RECOMMEND_MODELS
};
const char *recommend_model_name(enum recommend_model model); // "for_you", ...
bool recommend_model_parse(struct slice text, enum recommend_model *out);

struct recommendation {
    uint32_t product;
    float score;
};

struct recommend_context; // what the products a list is about say of candidates
struct recommend_query {
    struct ranker *ranker;               // between rank_begin and rank_end
    struct view *view;
    const struct rank_person *person;    // NULL: their part is left out; not for for_you
    enum rank_surface surface;
    enum recommend_model model;
    enum market market;                  // whose trends are meant
    const uint32_t *about;               // for related, similar and bought_together: the most important first
    unsigned about_count;                // at most RECOMMEND_ABOUT_MAX
    const uint32_t *products;            // the candidates
    size_t count;
    struct rank_common common;           // of for_you: which of them are common ones; id 0: not known. For speed alone
    const uint32_t *beside;              // those that are not
    size_t beside_count;
    bool whole_catalogue; // all products of the pinned generation instead. Said in so many words, so that an
                          // empty list of fitting products never turns into everything
    bool (*keep)(void *arg, uint32_t product); // NULL: all
    void *keep_arg;
    const uint32_t *refused;             // products that are left out of the whole catalogue, so that nobody need be asked about each
    size_t refused_count;
    size_t limit;                        // at most RECOMMEND_MAX
    const struct recommend_context *context; // recommend_prepare's
};

// Before anything else: sets q->context. Good for several lists of one request. ERR_NO_MEMORY.
enum err recommend_prepare(struct recommend_query *q);
// out[limit] and how many. Without anything trained the lists of products `about` are empty.
enum err recommend_list(const struct recommend_query *q, struct recommendation *out, size_t *count);

// The same for several persons at once, in one pass over the matrix: at most RECOMMEND_TOGETHER_MAX lists for which recommend_can_join. What
// each gets is what recommend_list gives it. Between begin and run the ranker pins one generation; persons may be loaded in between.
#define RECOMMEND_TOGETHER_MAX RANK_WHOLE_MAX
bool recommend_can_join(const struct recommend_query *q); // for_you and trending of the whole catalogue, with nobody to ask who is kept
void recommend_join_begin(struct ranker *r);
enum err recommend_join(const struct recommend_query *q); // prepared; ERR_NO_MEMORY: it has not joined
void recommend_join_run(struct ranker *r);
void recommend_joined(const struct ranker *r, unsigned i, struct recommendation *out, size_t *count); // the list of the i-th that joined

// ---- why ----------------------------------------------------------------------------------------------------------
enum recommend_reason {
    RECOMMEND_TASTE,    // what they looked at and bought; the first evidence says which
    RECOMMEND_BRAND,    // a brand they chose before
    RECOMMEND_POPULAR, RECOMMEND_RATED, RECOMMEND_IN_STOCK, RECOMMEND_PRICE, RECOMMEND_NEW, RECOMMEND_PROMOTED,
    RECOMMEND_GOES_WITH,  // with the product in view or the cart
    RECOMMEND_SAME_TYPE, RECOMMEND_ALIKE, // like the product in view: of its type, of another one
    RECOMMEND_BOUGHT_WITH, // in the same trips as the product in view or the cart
    RECOMMEND_COMPLEMENT,  // its type is, as their types are
    RECOMMEND_RISING,
    RECOMMEND_REASONS
};
const char *recommend_reason_name(enum recommend_reason reason); // "your_taste", ...

enum recommend_part { // what a score has beside the person's features
    RECOMMEND_PART_COSINE, RECOMMEND_PART_SIMILAR, RECOMMEND_PART_NEXT, RECOMMEND_PART_BOUGHT, RECOMMEND_PART_TYPE_BOUGHT,
    RECOMMEND_PART_TREND, RECOMMEND_PARTS
};
const char *recommend_part_name(enum recommend_part part); // "about_cosine", ...

struct recommend_evidence {
    uint32_t product;
    bool about;           // one of the products the list is about; else the person's own event:
    enum event_type type; // what they did
    float share;          // of the score
};
struct recommend_why {
    enum recommend_reason reason;   // of the part that lifts the product most above the average candidate
    float features[RANK_FEATURES];  // weighted, and times the model's share of the person's score;
    float parts[RECOMMEND_PARTS];   // both together add up to the score within 1e-5
    unsigned evidence_count;
    const struct recommend_evidence *evidence; // largest share first; they add up to affinity, similar, next and the about_* parts
};
// out[n] for n products of a list. ERR_NO_MEMORY.
enum err recommend_explain(const struct recommend_query *q, const struct recommendation *list, size_t n, struct recommend_why *out);

// ---- variety ------------------------------------------------------------------------------------------------------
struct recommend_variety {
    float lambda;                 // 0: by score alone .. 1: as different as can be
    unsigned per_type, per_brand; // at most, while there are others; UINT32_MAX: any number
};
// Chooses the `wanted` first of a list by maximal marginal relevance: the best of (1 - lambda) score - lambda (greatest cosine to what
// was chosen), scores scaled to 0..1 over the list (Carbonell, Goldstein 1998). The first `certain` entries come before all others.
// Ties go to the earlier.
enum err recommend_vary(const struct recommend_query *q, const struct recommend_variety *variety, struct recommendation *list,
                        size_t count, size_t certain, size_t wanted);

// Good, better or best among the products of one type in the list: thirds by 0.7 x the place of its price, 0.3 x that of its rating.
enum recommend_tier { RECOMMEND_NO_TIER, RECOMMEND_GOOD, RECOMMEND_BETTER, RECOMMEND_BEST };
const char *recommend_tier_name(enum recommend_tier tier); // NULL for none
// tiers[n]; none for products without a price position, nor for all of a type with fewer than three that have one.
enum err recommend_tiers(const struct recommend_query *q, const struct recommendation *list, size_t n, uint8_t *tiers);
// Brings the first of each tier to the front, in the list's order, so that good, better and best are seen beside each other.
void recommend_tiers_lead(struct recommendation *list, uint8_t *tiers, size_t n);

#endif

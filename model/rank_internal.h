// rank_internal.h: the ranker itself, for rank*.c only.
#ifndef RF_MODEL_RANK_INTERNAL_H
#define RF_MODEL_RANK_INTERNAL_H

#include "index/base/limits.h"
#include "person.h"
#include "plan.h"
#include "rank.h"
#include "rank_covisit.h"
#include "rank_rows.h"
#include "score.h"

#define RANKER_MAGIC 0x52414E4B // "RANK"
#define RANK_DAY_MS (24 * 3600 * INT64_C(1000))

struct ranker {
    uint32_t magic;
    struct generations *generations;
    struct generation *pinned;   // between rank_begin and rank_end, when anything is trained
    struct rank_weights weights;
    float (*boost)(void *arg, uint32_t product);
    void *boost_arg;
    float (*nearby)(void *arg, uint32_t product);
    void *nearby_arg;
    struct rank_whole *whole;    // rank_whole.c; NULL: never needed
    struct rank_common_list *common; // rank_common.c; likewise
    struct generation_matrix matrix; // of the pinned one
    struct plan *plan;           // for `plan_dimension`, made when it is first needed
    unsigned plan_dimension;
    struct foldin *foldin;       // for the dimension below; made anew when a generation brings another
    unsigned dimension;
    struct person_cache *cache;
    struct person session;       // a person with session products is not cached
    struct covisit_scale scale;  // of the pinned generation
    struct covisit_cache *covisits;
    struct covisit *scratch;     // [RANK_SCRATCH]
    uint64_t stamps;             // given to persons so far
    struct person_event events[PERSON_EVENTS_MAX]; // of the person last computed or explained, newest first
    struct interaction wishes[PERSON_EVENTS_MAX];  // the same, merged
    unsigned event_count, wish_count;
    const struct generation_type *types_of; // what `types` points into, and of which generation
    uint64_t types_generation;
    const struct generation_type *types[LIMIT_TYPES + 1]; // by type id
    struct rank_rows *kept;
    uint64_t weights_set;                                 // how often
    const struct rank_row *rows[SCORE_BLOCK];             // of the block being scored, as are all below
    struct rank_row own[SCORE_BLOCK];                     // those that are not kept
    struct rank_row *missing[SCORE_BLOCK];                // those to be computed, and of which product:
    uint32_t missing_products[SCORE_BLOCK];
    const struct product_facts *facts[SCORE_BLOCK];
    const struct product_offer *offers[SCORE_BLOCK];
    const float *vectors[SCORE_BLOCK];
    uint32_t generation_rows[SCORE_BLOCK];
    float affinity[SCORE_BLOCK];
    struct rank_scores {         // of a whole list, by place; all have room for `capacity`
        size_t capacity;
        size_t n, common;        // how many there are now, of which so many at the front are the common ones
        float *sums, *reach;     // the score without the affinity; the most it can be with it
        float *low;              // the least, of the common ones
        uint32_t *rows;          // of the generation; SCORE_NO_ROW: the score is whole already
        uint32_t *chosen;        // the places of those that are looked at
        uint32_t *chosen_rows, *chosen_ids; // what a question of the plan is made of
        float *chosen_sums;
    } list;
};

static inline int64_t rank_today_ms(const struct view *v) {
    return clock_unix_ms(v->clock) / RANK_DAY_MS * RANK_DAY_MS;
}

// The events of its user and session into r->events and, merged, r->wishes; r->foldin is ready afterwards.
enum err rank_events_load(struct ranker *r, struct view *v, const struct rank_person *of);

// The rows of up to SCORE_BLOCK products into r->rows, and X . w without the affinity. rank_rows_ready first, once a list.
struct rank_day { uint32_t day; uint16_t stamp; };
struct rank_day rank_rows_ready(struct ranker *r, struct view *v);
void rank_rows_expect(struct ranker *r, const uint32_t *products, size_t n); // starts to fetch them; only for speed
void rank_rows_look_up(struct ranker *r, struct view *v, struct rank_day today, const uint32_t *products, size_t n);
void rank_sum_up(struct ranker *r, const struct rank_person *person, enum rank_surface surface, const uint32_t *products, size_t n,
                 float *scores);
// The dot products of the person's vector with n of the block's rows, `at` of them, into r->affinity.
void rank_affinities(struct ranker *r, const struct rank_person *person, const uint16_t *at, size_t n);
void rank_scores_free(struct rank_scores *s);

// The rounded rows of common candidates, sixteen side by side; empty without a matrix of bytes. Padded to sixteen.
struct rank_tiles {
    const struct quantised *of;
    uint64_t generation;
    size_t bytes, word_count;           // words of a row
    uint8_t *words;
    float *scales, *errors, *lengths;   // struct quantised_bound
};
// A list of common candidates, by place, for one state of the data.
struct rank_common_list {
    uint64_t id, generation;
    uint16_t stamp;           // of the ranker's rows that the arrays were made of
    size_t n;
    uint32_t *products, *rows;
    float *fixed[RANK_SURFACES]; // -INFINITY for deleted products and those without a row
    float *prices, *lengths;     // of the row's vector
    uint32_t *brand_at;          // into `brands`, which ascend
    uint32_t *brands, brand_count;
    float *tastes;               // by brand, what a person's taste adds; 0 between questions
    uint32_t *apart, *apart_at;  // products without a row, and their places, which ascend
    size_t apart_count;
    struct rank_tiles tiles;
};
enum err rank_common_ready(struct ranker *r, struct view *v, struct rank_day today, const struct rank_common *q); // ERR_NO_MEMORY
// X . w without the affinity, of all of them; -INFINITY for who is no candidate. `going` is scratch of as many.
void rank_common_sum_up(struct ranker *r, const struct rank_best_query *q, uint32_t *going, float *sums);
size_t rank_common_apart_at(const struct rank_common_list *c, uint32_t place); // which of `apart` it is; SIZE_MAX: none
void rank_common_free(struct rank_common_list *c); // NULL is fine
enum err rank_tiles_ready(struct ranker *r); // ERR_NO_MEMORY
void rank_tiles_free(struct rank_tiles *t);
// The best k of the common candidates, given their sums in r->list; false: by bytes nothing can be said.
bool rank_common_best(struct ranker *r, const struct rank_best_query *q, struct topk_entry *out, size_t *count);
void rank_whole_free(struct rank_whole *w); // NULL is fine
// Adds what prices say to the sums.
void rank_add_prices(const struct rank_tastes *tastes, const float *prices, size_t n, float weight, float *sums);
uint64_t rank_brands_of(const struct rank_tastes *tastes); // a bit for each of their brands, by its lowest bits

#endif

// rank_internal.h: the ranker itself, for rank*.c only.
#ifndef RF_MODEL_RANK_INTERNAL_H
#define RF_MODEL_RANK_INTERNAL_H

#include "index/base/limits.h"
#include "person.h"
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
};

static inline int64_t rank_today_ms(const struct view *v) {
    return clock_unix_ms(v->clock) / RANK_DAY_MS * RANK_DAY_MS;
}

// The events of a user and a session into r->events and, merged, r->wishes; r->foldin is ready afterwards.
enum err rank_events_load(struct ranker *r, struct view *v, uint32_t user, const uint32_t *session, unsigned session_count);

#endif

// rerank.h: batch re-ranking: one person, perhaps a car, and a list of products -> the list in this person's order.
//
// A pure function of the database, the generation and the list, used by POST /v1/rerank and by `rightfit rerank` alike, whose forms
// are in rerank_line.h (NDJSON) and rerank_file.h (binary). Invariants:
//  1. Fitment is a hard filter first. With a car that is known only products that fit, that fit under a condition or that fit anything
//     are answered; the rest is dropped, each with its reason. Goods that no vehicle needs stay where they are listed: nothing is claimed
//     of them. Without a car, or with one that leads to no vehicle we know, no fit is claimed: every verdict is `unknown`.
//  2. Order: fits before universal before conditional before unknown, then score, then external id, then place in the list. A score
//     that is not a number counts as the lowest. A product that stands twice is answered twice.
//  3. One list sees one snapshot and one generation.
#ifndef RF_MODEL_RERANK_H
#define RF_MODEL_RERANK_H

#include "index/fitment.h"
#include "index/product_ids.h"
#include "rank_batch.h"

// What the time of a list goes into, as far as it is told apart.
enum rerank_stage { RERANK_PERSON, RERANK_SCORES, RERANK_ORDER, RERANK_STAGES };

struct rerank_batch { // what a long run has prepared, instead of the ranker's own scoring
    const struct rank_batch *table;
    struct batch_persons *persons;
    struct rank_batch_scratch *scratch;
    const struct product_ids *ids;
    uint64_t *spent_us; // [RERANK_STAGES], added to; NULL: not measured
};

struct rerank {
    struct view *view;     // between view_begin and view_end; answers live in its arena
    struct ranker *ranker; // between rank_begin and rank_end
    const struct rerank_batch *batch; // NULL: by the ranker
};

enum rerank_why { RERANK_NO, RERANK_UNKNOWN_PRODUCT, RERANK_UNKNOWN, RERANK_WHYS };
const char *rerank_why_name(enum rerank_why why); // "no", "unknown_product", "unknown": nothing recorded that says whether it fits

struct rerank_hit {
    uint32_t product, at; // at: place in the list; of the whole catalogue: 0
    float score;
    uint32_t verdict;     // enum verdict
};
struct rerank_drop { uint32_t at, why; };

struct rerank_list {
    uint32_t user;               // 0: nobody, or somebody nobody knows
    const struct knowledge *k;   // NULL or not given: no car
    bool whole;                  // the whole catalogue instead of a list: with a car all that fits it, vehicle goods only
    unsigned limit;              // how many hits at most; 0: all (not with `whole`: 1 to LIMIT_RERANK_ITEMS)
    const uint32_t *products;    // the list; 0: nobody knows it
    const struct slice *ids;     // their external ids; NULL: to be found when a tie asks for them
    size_t count;
    size_t ahead;                // readable ids behind the list that are the next lists', for speed
    // The answer, in the view's arena.
    struct rerank_hit *hits;
    struct rerank_drop *dropped; // in the order of the list
    unsigned hit_count, dropped_count;
};

enum err rerank_list(const struct rerank *r, struct rerank_list *l);
// About how long that takes at most, in microseconds, for those who may not wait.
unsigned rerank_list_us(const struct rerank_list *l, uint32_t products_of_catalogue);

// The external id of one of the list's hits. Valid as long as the view and the run's ids.
enum err rerank_id(const struct rerank *r, const struct rerank_list *l, const struct rerank_hit *hit, struct slice *out);

// Puts l->hits in the order of invariant 2, in new memory. For rerank_list and its tests.
enum err rerank_sort(const struct rerank *r, struct rerank_list *l);

#endif

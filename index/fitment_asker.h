// fitment_asker.h: what choosing the next question works on. Private to fitment_question.c and fitment_candidate.c.
#ifndef RF_INDEX_FITMENT_ASKER_H
#define RF_INDEX_FITMENT_ASKER_H

#include "fitment_match.h"

#define CANDIDATES_MAX 24
#define OPTIONS_MAX 32
#define NOTHING_LEFT_OUT 1e30 // products undecided: more than there are
#define VALUE_OTHER 0xFFFF // none of those named: an answer wherever a configuration does not know, counted but not shown

struct candidate {
    uint8_t attr;
    uint32_t condition; // 0: the attribute
    unsigned count, shown; // VALUE_OTHER, when it is there, comes last and is not shown
    uint16_t values[OPTIONS_MAX + 1];
    uint32_t weights[OPTIONS_MAX + 1];   // configurations that have the value
    uint32_t possible[OPTIONS_MAX + 1];  // products left after this answer
    uint32_t undecided[OPTIONS_MAX + 1];
    bool decides;          // some answer settles some product
    double left;           // products undecided after the answer, on average
};

// Products of one type mostly share the entries of their group, so they are counted once for all that have the same rows.
struct pattern { unsigned from, to; uint32_t products; }; // rows [from, to), ascending by vehicle
#define PATTERNS_BACK 32 // how many patterns a product is compared with: the newest, which are of its own type

struct asker {
    struct view *view;
    const struct fitment *f;
    struct fitment_row *rows;       // of one product per pattern
    struct pattern *patterns;
    unsigned row_count, pattern_count;
    uint32_t decided;               // kept matches that fit already
    uint32_t conditional;
    uint64_t **narrowed;               // what an answer leaves of each vehicle of K, [vehicle_count][words]
    bool *left;                        // of each: anything
    unsigned left_count;               // vehicles that anything is left of
    uint64_t *united, *any;            // scratch words
    struct entry_match without;        // scratch: a row's match without one of its terms
    struct knowledge under;            // K with the answer at hand, for rows that compare specifications
    struct answer *under_answers;
    uint16_t under_value;
};

// The attributes and conditions worth asking, with their options; `list` has room for CANDIDATES_MAX.
void candidates_collect(const struct asker *q, struct candidate *list, unsigned *count);

#endif

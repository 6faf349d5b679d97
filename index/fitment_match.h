// fitment_match.h: one application against one vehicle of K, as bit sets over its configurations. Private to fitment*.c.
//
// yes and maybe are disjoint subsets of the vehicle's possible configurations; what is in neither is a no.
#ifndef RF_INDEX_FITMENT_MATCH_H
#define RF_INDEX_FITMENT_MATCH_H

#include "fitment.h"

#define MATCH_ALL_TERMS (-1)

enum row_state { ROW_LIVE, ROW_OPEN, ROW_DEAD }; // OPEN: a condition is not answered; DEAD: one is answered no

enum { GRADE_NONE, GRADE_MAYBE, GRADE_OPEN, GRADE_PART, GRADE_WHOLE }; // how well one application answers all of K's vehicle

struct entry_match {
    uint64_t *yes, *maybe; // [kv->words]
    enum row_state state;
    uint8_t grade;         // set by entry_match_run; entry_match_grade, after anyone else has changed the sets
};

struct fitment_row { // of a product that is not decided; with several vehicles in K, also for those of them that it fits wholly
    uint32_t product;
    uint32_t vehicle; // ordinal in K
    bool decided;     // it fits all of this vehicle
    const struct application *entry;
    struct entry_match match;
    const uint64_t *excluded; // configurations that an owner has ruled out, [kv->words], already taken from `match`; NULL: none
};

enum err entry_match_new(struct arena *a, const struct knowledge_vehicle *kv, struct entry_match *out);
// skip_term leaves one term out, as if it were satisfied; MATCH_ALL_TERMS for none.
void entry_match_run(const struct knowledge *k, const struct knowledge_vehicle *kv, const struct application *a, int skip_term,
                     struct entry_match *out);
void entry_match_grade(const struct knowledge_vehicle *kv, struct entry_match *m);
enum row_state entry_state(const struct knowledge *k, const struct application *a);

static inline bool entry_any(const struct entry_match *m, unsigned words) {
    uint64_t any = 0;
    for (unsigned i = 0; i < words; i++) any |= m->yes[i] | m->maybe[i];
    return any != 0;
}

// Values of `attr` for which configuration bits are set: 0 means unknown.
void column_equal(const uint16_t *column, unsigned count, uint16_t value, uint64_t *out);

// ---- a stored group, opened ------------------------------------------------------------------------------------------------
#define GROUP_WIDTH_MAX 24 // bits of an entry and of an application

struct group_reader {
    struct application *entries;
    unsigned entry_count;
    uint32_t row_count, next; // next: ordinal of the row to come
    uint32_t product;         // of the row read last
    const uint8_t *bits;      // of the rows; a word more is readable behind them
    size_t at;                // bit
    unsigned delta_width, entry_width, application_width, width;
    uint64_t delta_mask, entry_mask, application_mask;
};
struct packed_row { uint32_t product, entry, application; };

// Decodes the dictionary and stands before the first row; arena. A group without rows has row_count 0.
enum err group_open(struct arena *a, struct slice value, struct group_reader *out);

// The next row; false at the end. An entry may be entry_count or above in damaged bytes: the caller looks.
static inline bool group_next(struct group_reader *g, struct packed_row *out) {
    uint64_t delta, rest;
    if (g->next == g->row_count) return false;
    size_t behind = g->at + g->delta_width;
    memcpy(&delta, g->bits + g->at / 8, sizeof delta);
    memcpy(&rest, g->bits + behind / 8, sizeof rest);
    rest >>= behind % 8;
    g->product += (uint32_t)(delta >> g->at % 8 & g->delta_mask);
    *out = (struct packed_row){g->product, (uint32_t)(rest & g->entry_mask), (uint32_t)(rest >> g->entry_width & g->application_mask)};
    g->at += g->width;
    g->next++;
    return true;
}

// The group of rows ascending by product, then application, over a dictionary of encoded entries.
void group_entry_encode(struct buf *out, const struct application *a);
void group_put(struct buf *out, const struct slice *entries, unsigned entry_count, const struct packed_row *rows, unsigned count);

#endif

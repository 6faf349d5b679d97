// fitment_match.h: one application against one vehicle of K, as bit sets over its configurations. Private to fitment*.c.
//
// yes and maybe are disjoint subsets of the vehicle's possible configurations; what is in neither is a no.
#ifndef RF_INDEX_FITMENT_MATCH_H
#define RF_INDEX_FITMENT_MATCH_H

#include "fitment.h"

#define MATCH_ALL_TERMS (-1)

enum row_state { ROW_LIVE, ROW_OPEN, ROW_DEAD }; // OPEN: a condition is not answered; DEAD: one is answered no

struct entry_match {
    uint64_t *yes, *maybe; // [kv->words]
    enum row_state state;
};

struct fitment_row { // of a product that is not decided
    uint32_t product;
    uint32_t vehicle; // ordinal in K
    const struct application *entry;
    struct entry_match match;
};

enum err entry_match_new(struct arena *a, const struct knowledge_vehicle *kv, struct entry_match *out);
// skip_term leaves one term out, as if it were satisfied; MATCH_ALL_TERMS for none.
void entry_match_run(const struct knowledge *k, const struct knowledge_vehicle *kv, const struct application *a, int skip_term,
                     struct entry_match *out);
enum row_state entry_state(const struct knowledge *k, const struct application *a);

static inline bool entry_any(const struct entry_match *m, unsigned words) {
    uint64_t any = 0;
    for (unsigned i = 0; i < words; i++) any |= m->yes[i] | m->maybe[i];
    return any != 0;
}

// Values of `attr` for which configuration bits are set: 0 means unknown.
void column_equal(const uint16_t *column, unsigned count, uint16_t value, uint64_t *out);

// Decodes a group's dictionary and leaves `r` at its rows.
enum err group_entries(struct arena *a, struct reader *r, struct application **out, unsigned *count);

#endif

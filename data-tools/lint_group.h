// lint_group.h: which rows contradict each other. The comparing half of lint.c, and the list of findings both halves fill.
#ifndef RF_TOOLS_LINT_GROUP_H
#define RF_TOOLS_LINT_GROUP_H

#include "lint.h"

// A row as it is kept: ids of interned texts, 0 is the empty text.
struct lint_kept {
    uint32_t vehicle, type, position, label, attributes, qualifiers, part, quantity, line;
    uint16_t year_from, year_to; // 0: none
    bool deletion;
};
static inline bool lint_kept_bare(const struct lint_kept *k) { return k->attributes == 0 && k->qualifiers == 0; }

struct lint_groups {
    struct lint_finding *findings;
    uint32_t *members;
    size_t count, capacity, member_count, member_capacity;
};
void lint_groups_destroy(struct lint_groups *g);
enum err lint_groups_open(struct lint_groups *g, enum lint_check check, uint32_t subject); // begins a finding
enum err lint_groups_put(struct lint_groups *g, uint32_t member);                          // adds to the last one

// Sorts the rows, then appends the findings of the checks that compare rows; members are indices of `rows`, by ascending line.
enum err lint_group_rows(struct lint_kept *rows, size_t count, struct lint_groups *out);

#endif

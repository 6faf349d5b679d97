// vpic_keys.h: vPIC's key patterns as sets of characters per VIN position.
//
// A key runs over VIN positions 4 to 8, then after '|' over 10 to 17: '*' any, '#' a digit, "[A-C3]" a class, else
// itself; what a key does not mention is any. A set of VINs is a box: one set of characters per position; positions
// are independent, so boxes intersect position by position. Positions past 12 carry makers' serial numbers and are not
// looked at.
#ifndef RF_TOOLS_VPIC_KEYS_H
#define RF_TOOLS_VPIC_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "index/base/slice.h"

enum { VPIC_POSITIONS = 8, VPIC_YEAR_POSITION = 5 }; // 4 5 6 7 8, 10 11 12
#define VPIC_ANY ((1ull << 36) - 1)                  // digits, then letters

struct vpic_box { uint64_t at[VPIC_POSITIONS]; };

extern const struct vpic_box vpic_any;
bool vpic_key_compile(struct slice key, struct vpic_box *out); // false: not a key (unclosed class, strange character)
unsigned vpic_box_literals(const struct vpic_box *b);          // positions that are not any: how specific a key is
uint64_t vpic_year_mask(unsigned model_year);                  // the character of VIN position 10

static inline bool vpic_box_meet(const struct vpic_box *a, const struct vpic_box *b,
                                 struct vpic_box *out) { // false: empty
    bool all = true;
    for (unsigned i = 0; i < VPIC_POSITIONS; i++) all &= (out->at[i] = a->at[i] & b->at[i]) != 0;
    return all;
}
// What of `a` is outside `b`, exactly when they differ in one position and else `a` whole. false: nothing is left.
bool vpic_box_without(const struct vpic_box *a, const struct vpic_box *b, struct vpic_box *out);

#endif

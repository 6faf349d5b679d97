// vpic_join.h: the joint configurations of one schema and model: which body goes with which engine and trim.
//
// Every pattern is a box of VINs. Starting from the box of a model's key, one field after the other is joined: the box
// is cut into those of the field's values, more specific keys winning over general ones as they do when a VIN is
// decoded; what no key covers stays with an unknown value. A box that is not empty at the end is a configuration some
// VIN has. Positions that no later field looks at are forgotten on the way, so that equal boxes become one and the
// number stays small.
#ifndef RF_TOOLS_VPIC_JOIN_H
#define RF_TOOLS_VPIC_JOIN_H

#include "vpic_read.h"

// If this many boxes would be exceeded by joining trim or series, that field stays unknown.
enum { VPIC_BOXES_MAX = 6000 };

struct vpic_state { // one box with the values found so far; compared bytewise, so without padding
    struct vpic_box box;
    uint16_t values[16]; // by enum vpic_field
};
_Static_assert(VPIC_FIELDS <= 16 && sizeof(struct vpic_state) == sizeof(struct vpic_box) + 32, "no padding");
struct vpic_join { // reusable between schemas
    struct vpic_state *states, *next;
    size_t count, capacity;
    uint32_t *slots;
    size_t slot_count;
    const struct vpic_pattern **chosen; // patterns of one field that meet the model's box
    size_t chosen_capacity;
};

void vpic_join_init(struct vpic_join *j);
void vpic_join_destroy(struct vpic_join *j);
// Configurations of the model pattern `first` in j->states[0..count). Position 10 is kept: its set limits the years.
// Patterns of the companion schemas are joined as if they stood in the model's own.
enum err vpic_join_run(struct vpic_join *j, const struct vpic *v, const struct vpic_pattern *first,
                       const uint32_t *companions, size_t companion_count);

#endif

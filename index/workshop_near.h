// workshop_near.h: the nearest workshops that can do what is asked.
#ifndef RF_INDEX_WORKSHOP_NEAR_H
#define RF_INDEX_WORKSHOP_NEAR_H

#include "workshop.h"

enum { NEAR_EXAMINED_MAX = 4096 }; // records one query may read
#define NEAR_RADIUS_DEFAULT_M 50000.0
#define NEAR_RADIUS_MAX_M 20037508.0 // the other side of the earth

struct workshop_query {
    struct geo at;
    double within_m;
    struct fitting any;  // one of these services; none: whatever they do
    uint32_t make;       // 0: any
    int64_t open_at_ms;  // only those open then; 0: whenever
    uint32_t in_stock;   // only those that have this product on the shelf; 0: whatever
    unsigned limit;
};
struct workshop_near { struct workshop shop; double distance_m; };

// Nearest first, equal distances by number. The list is in the view's arena, its slices in the snapshot. *partial: NEAR_EXAMINED_MAX
// records were read and farther ones were not looked at.
enum err workshops_near(struct view *v, const struct workshop_query *q, struct workshop_near **out, unsigned *count, bool *partial);

#endif

// workshop_near.h: workshops around a position, nearest first, found and read as far as somebody asks.
//
// One search of the spatial index serves any number of walks, each of those that do one of some services. A point found is kept with its
// bits (workshop.h), which say without its record that a workshop cannot be meant; a record is read by the first walk that comes to it. So
// a service that few offer is looked for as far as it takes, while common ones cost no more than the nearest few.
#ifndef RF_INDEX_WORKSHOP_NEAR_H
#define RF_INDEX_WORKSHOP_NEAR_H

#include "workshop_kept.h"

enum { NEAR_EXAMINED_MAX = 4096 }; // points one search may come to
#define NEAR_RADIUS_DEFAULT_M 50000.0
#define NEAR_RADIUS_MAX_M 20037508.0 // the other side of the earth

struct workshop_query {
    struct geo at;
    double within_m;
    struct fitting any;  // all walks: only those that do one of these; none: whatever they do
    uint32_t make;       // 0: any
    int64_t open_at_ms;  // only those open then; 0: whenever
    uint32_t in_stock;   // only those that have this product on the shelf; 0: whatever
};
struct workshop_near {
    const struct workshop *shop;
    double distance_m;
    struct workshop_kept *kept; // what the shop is part of
    void *note;                 // the caller's; NULL at first
};

struct workshops_around; // in the view's arena
enum err workshops_around(struct view *v, const struct workshop_query *q, struct workshops_around **out);
// A walk came to NEAR_EXAMINED_MAX points; farther ones are not looked at.
bool workshops_partial(const struct workshops_around *a);

struct workshop_walk {
    struct fitting any;         // one of these services; none: whoever is there
    struct place_filter filter;
    unsigned at;                // of the points found
};
void workshop_walk_begin(const struct fitting *any, struct workshop_walk *out);
// Nearest first, equal distances by number. *out is the same for all walks and stays until view_end. ERR_END: no more.
enum err workshop_walk_next(struct workshops_around *a, struct workshop_walk *w, struct workshop_near **out);
// The nearest `limit`, in the view's arena.
enum err workshops_near(struct workshops_around *a, unsigned limit, struct workshop_near ***out, unsigned *count);

#endif

#include "odometer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int by_day(const void *x, const void *y) {
    const struct odometer_reading *a = x, *b = y;
    if (a->day != b->day) return a->day < b->day ? -1 : 1;
    return a->km < b->km ? -1 : a->km > b->km;
}

// The best chain that ends at a reading taken in one way: its worth, and which reading precedes it, taken how.
struct end { int worth, before; bool before_miles; };

static uint32_t taken(const struct odometer_reading *r, bool miles) { return miles ? odometer_miles(r->km) : r->km; }

// The latest reading goes first and as it stands goes before miles, so the first of the best is the preferred one.
static struct end best_before(const struct odometer_reading *list, unsigned i, struct end (*ends)[2], int32_t day, uint32_t km) {
    struct end best = {0, -1, false};
    for (unsigned j = i; j-- > 0;)
        for (unsigned miles = 0; miles < 2; miles++)
            if (ends[j][miles].worth > best.worth && odometer_follows(list[j].day, taken(&list[j], miles), day, km))
                best = (struct end){ends[j][miles].worth, (int)j, miles};
    return best;
}

void odometer_settle(struct odometer_reading *list, unsigned count, int32_t today, uint32_t now_km) {
    struct end ends[ODOMETER_READINGS_MAX][2];
    assert(count <= ODOMETER_READINGS_MAX);
    if (count) qsort(list, count, sizeof *list, by_day);
    for (unsigned i = 0; i < count; i++) {
        list[i].kept = list[i].miles = false;
        list[i].real_km = 0;
        for (unsigned miles = 0; miles < 2; miles++) {
            ends[i][miles] = best_before(list, i, ends, list[i].day, taken(&list[i], miles));
            ends[i][miles].worth += ODOMETER_KEPT - (miles ? ODOMETER_MILES : 0);
        }
    }
    struct end at = best_before(list, count, ends, today, now_km);
    while (at.before >= 0) {
        struct odometer_reading *r = &list[at.before];
        r->kept = true;
        r->miles = at.before_miles;
        r->real_km = taken(r, r->miles);
        at = ends[at.before][r->miles];
    }
}

uint32_t odometer_rate(const struct odometer_reading *list, unsigned count, int32_t today, uint32_t now_km) {
    const struct odometer_reading *since = NULL;
    for (unsigned i = 0; i < count; i++) {
        int64_t ago = (int64_t)today - list[i].day;
        if (!list[i].kept || ago < ODOMETER_RATE_DAYS_MIN) continue;
        since = &list[i];
        if (ago <= ODOMETER_RATE_DAYS_MAX) break; // the oldest of these
    }
    if (!since) return 0;
    return (uint32_t)(((uint64_t)(now_km - since->real_km) * 365) / (uint64_t)((int64_t)today - since->day));
}

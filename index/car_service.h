// car_service.h: the state of every service of one car: its plan (service_plan.h) against its past (service_past.h), and why, in words.
#ifndef RF_INDEX_CAR_SERVICE_H
#define RF_INDEX_CAR_SERVICE_H

#include "service_past.h"
#include "service_plan.h"

struct car_state {               // what a request tells of the car
    const struct knowledge *k;
    bool has_km, has_months;
    uint32_t km, months;         // months: since it came on the road
    enum due_use use;
    struct service_past *past;   // its readings are settled
    int64_t now_ms;
};
struct car_service {
    struct planned_service plan;
    struct due due;
    struct due_record last;
    double measured;             // the reading, where the state is by one
};

// Kilometres a year where a car's own are not known, by market. Typical figures, and said to be so.
uint32_t usage_typical(struct view *v, const struct knowledge *k);
// The car as service_due.h wants it: usage by its readings, else by odometer and age, else typical.
struct due_car car_of_state(struct view *v, const struct car_state *s);
// out[SERVICES_MAX], most urgent first; what hangs on something unknown comes last of its state. ERR_TOO_LARGE as service_plan_find.
enum err car_services(struct view *v, const struct service_book *book, const struct car_state *s, const struct due_car *car,
                      struct car_service *out, unsigned *count);
// One sentence or two, in the arena.
struct slice car_service_why(struct arena *a, const struct car_service *s, const struct due_car *car, bool chinese);
// "2026-03-01" of a day since 1970, in the arena.
struct slice day_text(struct arena *a, int32_t day);

#endif

// plan_counts.h: how many base vehicles have a service plan, and how much of it is sure.
#ifndef RF_TOOLS_PLAN_COUNTS_H
#define RF_TOOLS_PLAN_COUNTS_H

#include <stdio.h>

#include "index/service_plan.h"

struct plan_counts {
    uint64_t vehicles;      // base vehicles
    uint64_t planned;       // with services that surely apply to some configuration
    uint64_t whole;         // of these: nothing hangs on something unknown
    uint64_t engine_work_on_electric; // plans of cars that are electric and nothing else with oil, plugs, engine filters or timing: none
    uint64_t services;      // of all plans together
    char first_without[128];
};
enum err plan_counts_read(struct db *db, struct plan_counts *out); // walks all base vehicles: about 3 s for the default data
void plan_counts_print(const struct plan_counts *c, FILE *out);

#endif

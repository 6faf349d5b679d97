// coverage.h: how many people and districts have a workshop near that is shown and can do a service.
//
// A place is covered for a service when one stands within COVERAGE_RADIUS_M of it. People count by their homes, at most COVERAGE_PEOPLE
// of them, taken evenly over the users' numbers, so that the report costs the same for any number of people. A city is the area a
// district's path lies in ("CN/Shanghai"); people belong to the city of their district (district.h).
#ifndef RF_INDEX_COVERAGE_H
#define RF_INDEX_COVERAGE_H

#include "view.h"

#define COVERAGE_RADIUS_M 3000.0
enum { COVERAGE_PEOPLE = 20000, COVERAGE_SERVICES = 256, COVERAGE_CITIES = 4096 };

struct coverage_count { uint32_t people, districts; }; // covered
struct coverage_city {
    struct slice path; // "" for people who live in no district
    uint32_t people, districts;
    struct coverage_count any;                          // for one service at least
    struct coverage_count service[COVERAGE_SERVICES];   // by the order of `services`
};
struct coverage {
    uint32_t users, people, districts; // users there are; people looked at who have a home
    unsigned service_count, city_count;
    uint32_t services[COVERAGE_SERVICES]; // types of kind service and package
    struct coverage_city *cities;         // in the order of their first district; the last one is nowhere
};
// In the view's arena. Some 30 us for each person counted: for a compute thread.
enum err coverage_compute(struct view *v, struct coverage *out);

#endif

// application_diff.h: what one version of a product's applications has that another has not, by content and year.
//
// Content is all but years, source and line (application_set.h): the same vehicles in two ranges instead of one are no difference, and
// of a range that has grown only the years that came are one.
#ifndef RF_INDEX_APPLICATION_DIFF_H
#define RF_INDEX_APPLICATION_DIFF_H

#include "application.h"

struct application_difference { unsigned added, removed, parked_added, parked_removed; }; // parked ones are among the first two

// Called for every run of years that only one side has; `encoded` is the application it belongs to, for application_decode().
typedef void application_diff_fn(void *arg, bool added, struct slice encoded, unsigned year_from, unsigned year_to);

// Two records of TABLE_APPLICATION, either may be empty; each may be NULL. ERR_DAMAGED, ERR_NO_MEMORY.
enum err applications_compare(struct arena *a, struct slice before, struct slice after, application_diff_fn *each, void *arg,
                              struct application_difference *out);

#endif

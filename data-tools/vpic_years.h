// vpic_years.h: which model years a schema really stands for.
//
// Three links of four are closed (from, to) and believed. An open one, if taken at its word, makes a truck of 1981 new
// today. A year y of an open link is accepted as evidenced when
//   - it is the year the link starts, or
//   - the same WMI uses a later schema for the same model: the open one ends the year before, or
//   - a closed link of the same model, at any plant, covers it, or
//   - somebody entered patterns into the schema that year, after vPIC's first mass entry of 2015-2017;
// else it is kept up to VPIC_OPEN_YEARS after the start, marked VEHICLE_OPEN_YEARS, and left out beyond.
#ifndef RF_TOOLS_VPIC_YEARS_H
#define RF_TOOLS_VPIC_YEARS_H

#include "vpic_read.h"

enum { VPIC_YEAR_MIN = 1980, VPIC_OPEN_YEARS = 6 };

// Bit y - VPIC_YEAR_MIN for model year y.
struct vpic_years { uint64_t evidenced, open; };

// Makers like GM keep engines in a schema of their own, next to those that name models. Such companions of a plant
// belong to every model built there in their years, so each use comes with the set of companions that go with it.
struct vpic_use { uint32_t schema, model, set; struct vpic_years years; };

struct vpic_calendar;
enum err vpic_calendar_new(const struct vpic *v, struct vpic_calendar **out);
void vpic_calendar_free(struct vpic_calendar *c);
// The uses of a model under a schema, one per set of companions; *count may be 0.
const struct vpic_use *vpic_calendar_uses(const struct vpic_calendar *c, uint32_t schema, uint32_t model,
                                          size_t *count);
const uint32_t *vpic_calendar_set(const struct vpic_calendar *c, uint32_t set, size_t *count); // companion schemas

static inline uint64_t vpic_year_bit(unsigned year) { return 1ull << (year - VPIC_YEAR_MIN); }

#endif

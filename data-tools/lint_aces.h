// lint_aces.h: an ACES document as the lint sees it: every App as a row to compare, and what is wrong with a single one.
//
// Works on the ids of the file. A side map makes BaseVehicle and Years + Make + Model the same vehicles, and tells which ids exist;
// without one ids can only be too far off (lint_ids.h). Assets are looked through for ids, but they are no applications.
#ifndef RF_TOOLS_LINT_ACES_H
#define RF_TOOLS_LINT_ACES_H

#include "aces_app.h"
#include "idmap.h"
#include "lint.h"
#include "lint_positions.h"
#include "lint_vehicles.h"

struct lint_aces_options {
    const struct idmap *map;                // may be NULL
    bool map_is_whole;                      // the owner's map was given: what it does not know does not exist
    const struct lint_positions *positions; // may be NULL
    struct lint_vehicles *vehicles;         // NULL: no database
    unsigned year_max;                      // later years are none
    void (*tick)(void *arg);                // every few thousand rows; may be NULL
    void *arg;
};
struct lint_aces_result { uint64_t applications, assets, parts; }; // parts: different numbers

struct lint_aces;
struct lint_aces *lint_aces_new(const struct lint_aces_options *options, struct lint *l); // NULL: out of memory
void lint_aces_free(struct lint_aces *a);
struct aces_handlers lint_aces_handlers(struct lint_aces *a); // for aces_parse()
// After the last App: numbers given twice, suspicious ids, the record count. Then lint_finish().
enum err lint_aces_end(struct lint_aces *a, struct lint_aces_result *out);

#endif

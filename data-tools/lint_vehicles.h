// lint_vehicles.h: what the database can say about an application's vehicle: does anybody build that combination of attributes, and
// does it know the id.
//
// Reads one snapshot. Answers are remembered, so that the rows of a vehicle cost one look at it. Not thread-safe.
#ifndef RF_TOOLS_LINT_VEHICLES_H
#define RF_TOOLS_LINT_VEHICLES_H

#include "index/catalog.h"

struct lint_vehicles;
enum err lint_vehicles_open(struct db *db, struct lint_vehicles **out, struct fault *why);
void lint_vehicles_close(struct lint_vehicles *v);

// Is this one of the ids "vcdb:..." of the database? `has_ids`: does it know any, so that a no means something?
bool lint_vehicles_has_ids(const struct lint_vehicles *v);
enum err lint_vehicles_id(struct lint_vehicles *v, struct slice base_vehicle, bool *known);

// *complaint: empty, or why no configuration of any of these vehicles can have all attributes, with the nearest values one has. What a
// configuration does not know contradicts nothing, and neither does a vehicle or an attribute the database does not know. Lives as long
// as `v`.
enum err lint_vehicles_check(struct lint_vehicles *v, const struct vehicle_doc *doc, struct slice *complaint);

#endif

// vehicle_external.h: what other catalogues call our vehicles: "vcdb:588822" (a base vehicle there), "ktype:12345", "level:BMW0123".
//
// An id stands for one or more base vehicles. One that stands for certain configurations of them only (a K-type has one
// engine) is also an attribute of those configurations, named like the scheme ("ktype"), so that predicates and answers can use it.
//
// TABLE_VEHICLE_EXTERNAL value: base vehicle u32 each, ascending.
#ifndef RF_INDEX_VEHICLE_EXTERNAL_H
#define RF_INDEX_VEHICLE_EXTERNAL_H

#include "vehicle.h"

#define LIMIT_EXTERNAL_VEHICLES 256 // of one id

// The base vehicles of an id, ascending; arena. ERR_NOT_FOUND.
enum err vehicle_external_find(struct view *v, struct slice id, const uint32_t **vehicles, unsigned *count);
// Adds a base vehicle to an id. ERR_TOO_LARGE beyond LIMIT_EXTERNAL_VEHICLES.
enum err vehicle_external_add(struct txn *t, struct arena *scratch, struct slice id, uint32_t vehicle);
// The scheme when it is also an attribute of configurations ("ktype"); empty for those that name whole base vehicles ("vcdb").
struct slice vehicle_external_attribute(struct slice id);

#endif

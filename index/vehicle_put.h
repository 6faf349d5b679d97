// vehicle_put.h: one base vehicle with its configurations, put while others read and write.
//
// The vehicle and what fits it become visible in one transaction: of an existing base vehicle the groups stay right whatever its
// configurations are; for a new one the products that fit it are looked for before, in a snapshot (vehicle_put_prepare, not on a
// loop and not on the writer thread: it reads all applications), and those changed since are added when it is written. Counts in
// the picker and typeahead follow within the writer's idle time (vehicle_names_stale).
#ifndef RF_INDEX_VEHICLE_PUT_H
#define RF_INDEX_VEHICLE_PUT_H

#include "vehicle.h"

#define VEHICLE_PUT_SOURCE "owner" // NAMES_CONFIG_SOURCE: a put replaces what was put before, and keeps what other sources say

struct vehicle_put {
    struct slice id;                  // "2018-volkswagen-golf", or empty; must agree with make, model and year
    struct slice make, model, name_zh, market;
    unsigned year;
    unsigned configuration_count, external_count;
    const struct vehicle_configuration *configurations; // make, model, year and source are filled in; attributes as given
    const struct slice *externals;    // "vcdb:588822"
    // By vehicle_put_prepare:
    bool prepared;
    uint64_t changes;                 // of the catalogue, when it was
    uint32_t *candidates;             // products with an application on this make and model, ascending
    unsigned candidate_count;
};

// The body of PUT /v1/vehicles/{id}: {make, model, year, name_zh, market, configurations:[{attr:value, ...}], external:["vcdb:588822"]}.
enum err vehicle_put_from_json(struct arena *a, struct slice id, const struct json *body, struct vehicle_put *out, struct fault *why);
// Results in the view's arena... which must live until the put has been applied.
enum err vehicle_put_prepare(struct view *v, struct vehicle_put *put, struct fault *why);
enum err vehicle_put_apply(struct txn *t, struct arena *scratch, const struct vehicle_put *put, struct fault *why);
// Whether counts and suggestions lag behind; vehicle_names_rebuild() mends it.
bool vehicle_names_stale(struct snapshot *s);
enum err vehicle_names_settle(struct txn *t); // vehicle_names_rebuild() says that it has

#endif

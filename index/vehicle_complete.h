// vehicle_complete.h: a second source tells what a first one left unknown: a configuration whose drive and gearbox nobody knew becomes the
// joint alternatives that were really sold.
#ifndef RF_INDEX_VEHICLE_COMPLETE_H
#define RF_INDEX_VEHICLE_COMPLETE_H

#include "vehicle.h"

// One alternative of one configuration: what it says where the configuration says nothing. Values normalised (attribute.h).
struct vehicle_completion {
    unsigned configuration, attribute_count;
    const struct vehicle_attribute *attributes;
};

// Configurations named by completions (ascending by configuration) are replaced by one for each of them, of that source; the others stay as
// they are. The same again changes nothing. `v` is a view of the transaction. ERR_TOO_LARGE beyond LIMIT_CONFIGURATIONS: nothing is
// written.
enum err vehicle_complete(struct txn *t, struct view *v, const struct vehicle *vehicle, struct slice source,
                          const struct vehicle_completion *list, unsigned count, bool *changed);

#endif

// exclusion.h: "this product does not fit this car, whatever the files say": an owner's own word, kept apart from the sources.
//
// It survives every import of the product and of the vehicle, counts for the verdict at once and in both directions, and names who
// said it, why and when. It is about a base vehicle, or about one configuration of it.
//
// TABLE_EXCLUSION key: base vehicle u32, product u32, configuration hash u32 (0 = all of them); value: when i64 ms, who, why.
#ifndef RF_INDEX_EXCLUSION_H
#define RF_INDEX_EXCLUSION_H

#include "vehicle.h"

struct exclusion {
    uint32_t vehicle, product, configuration; // configuration: its hash, 0 = every one
    int64_t at_ms;
    struct slice who, why;
};

// `vehicle` is a base vehicle id or a configuration id. Puts again what is there: replaces who, why and when. ERR_NOT_FOUND with the
// field `product` or `vehicle` for names that lead nowhere.
enum err exclusion_put(struct txn *t, struct arena *scratch, struct slice product, struct slice vehicle, int64_t at_ms, struct slice who,
                       struct slice why_text, struct fault *why);
enum err exclusion_delete(struct txn *t, struct arena *scratch, struct slice product, struct slice vehicle, struct fault *why);
// Of one base vehicle, ascending by product, then configuration; arena. *count is 0 where there are none.
enum err exclusions_of_vehicle(struct view *v, uint32_t vehicle, const struct exclusion **out, unsigned *count);
// All, ascending by vehicle and product; product 0 = of every product. `each` returns false to stop.
enum err exclusion_each(struct view *v, uint32_t product, bool (*each)(void *arg, const struct exclusion *e), void *arg);
// {product, vehicle, name, who, why, at}
void exclusion_json(struct view *v, struct json_writer *w, const struct exclusion *e);

#endif

// knowledge_internal.h: how K is made, shared by the files knowledge*.c: answers read, base vehicles entered and narrowed. Private
// to them.
#ifndef RF_INDEX_KNOWLEDGE_INTERNAL_H
#define RF_INDEX_KNOWLEDGE_INTERNAL_H

#include "group_cache.h"
#include "knowledge.h"

// Sets what attrs= says in `out`; *answers are out->answers, with room for LIMIT_ATTRIBUTES + 1. The market counts as one more
// answer unless attrs has one.
enum err knowledge_answers_parse(struct view *v, struct slice attrs, struct slice market, struct knowledge *out, struct answer **answers,
                                 struct fault *why);

// ---- make, model and year -------------------------------------------------------------------------------------------------
bool knowledge_level(struct slice name, enum car_level *out);
enum err knowledge_level_parse(struct view *v, enum car_level level, struct slice values, struct car_answer *out, struct fault *why);
bool knowledge_levels_asked(const struct knowledge *k); // any of them narrows
// Leaves the base vehicles that the answers admit. When there is none, the error of the request lists what would be one.
enum err knowledge_levels_narrow(struct knowledge *k, struct fault *why);

// ---- a base vehicle -------------------------------------------------------------------------------------------------------
// With all its configurations, or `only` one; *possible are kv->possible, to be narrowed.
enum err knowledge_enter(struct view *v, const struct car *car, int only, struct knowledge_vehicle *kv, uint64_t **possible);
// Removes the configurations whose known value is not among the answers. Returns how many remain.
unsigned knowledge_narrow_vehicle(struct view *v, struct knowledge_vehicle *kv, uint64_t *possible, const struct answer *a);
// The values of an answer's attribute that configurations with a bit in `before` have; arena, shortened where there are many.
struct slice knowledge_values_left(struct view *v, const struct knowledge_vehicle *list, unsigned count, const uint64_t *const *before,
                                   uint8_t attr);
// The error of an answer that leaves nothing of `kv`.
enum err knowledge_no_value_left(struct view *v, const struct knowledge_vehicle *kv, const uint64_t *before, const struct answer *a,
                                 bool by_market, struct fault *why);

// ---- a VIN ----------------------------------------------------------------------------------------------------------------
struct vin_car;
// A VIN, unless a vehicle is called so. *car stays NULL for other names.
enum err knowledge_find_vin(struct view *v, struct slice vehicle, struct vin_car **car);
bool knowledge_vin_says(struct view *v, const struct vin_car *car, const char *name);
enum err knowledge_add_vin(struct view *v, const struct vin_car *car, struct answer *answers, struct slice market, struct knowledge *out,
                           struct fault *why);

#endif

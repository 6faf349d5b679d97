// idmap.h: what the numbers in an ACES or PIES file mean. The reference tables behind them are licensed and not part of
// rightfit, so an owner brings a side map: TSV lines `element<TAB>id<TAB>value`.
//
//   Make          47       Volkswagen
//   Model         1234     Golf
//   BaseVehicle   5911     2018|Volkswagen|Golf
//   EquipmentBase 77       2018|Kubota|L2501   (or Kubota|L2501, for any year)
//   Mfr           3        Kubota
//   EquipmentModel 12      L2501
//   PartType      5340     oil_filter
//   Position      22       front            (value empty: the position says nothing, as 1 does without a line)
//   Brand         BBBB     Mann-Filter
//   Maker         VWAG     Volkswagen       (a car maker as brand of interchange numbers: those are OE numbers)
//   SubModel      20       SE               (a plain value goes to the element's attribute, here trim)
//   Region        1        US               (1, 2 and 3 are US, CA and MX where no line says otherwise)
//   Country       USA      US               (of ApprovedFor; two capitals need no line)
//   EngineBase    311      displacement=1.4;cylinders=4;fuel=gasoline|hybrid     ('|' between alternatives)
//                                              (";", "=", "|" and "%" themselves: %3B, %3D, %7C, %25)
//
// Values are kept once; looking up is one hash probe and allocates nothing. Read-only after loading.
#ifndef RF_TOOLS_IDMAP_H
#define RF_TOOLS_IDMAP_H

#include "index/catalog.h"

struct idmap;

struct idmap_value {
    struct slice text;            // as written
    uint16_t year;                // of BaseVehicle, and EquipmentBase where it has one
    struct slice make, model;     // of BaseVehicle and EquipmentBase
    unsigned pair_count;          // vehicle attributes this id stands for
    const struct pair *pairs;
};

struct idmap *idmap_new(void); // NULL: out of memory
void idmap_free(struct idmap *m);
// Later lines win. ERR_BAD_REQUEST when `value` does not have the form its element needs.
enum err idmap_add(struct idmap *m, struct slice element, struct slice id, struct slice value, struct fault *why);
enum err idmap_load(struct idmap *m, const char *path, reject_fn *reject, void *arg, struct fault *why);
// The map of a file nobody named one for: "dir/name.xml.zst" -> "dir/name.map.tsv", else "dir/map.tsv"; false when neither is there.
enum { IDMAP_PATH_BYTES = 4096 };
bool idmap_beside(const char *path, char out[IDMAP_PATH_BYTES]);
// PartType ids from the `pcdb` column of a facts folder's types.tsv. A folder without one adds nothing.
enum err idmap_load_types(struct idmap *m, const char *facts_dir, struct fault *why);
const struct idmap_value *idmap_find(const struct idmap *m, struct slice element, struct slice id); // NULL: not known

// The vehicle attribute an ACES element speaks about ("SubModel" -> "trim"); empty when it is a composite.
struct slice idmap_attribute(struct slice element);

#endif

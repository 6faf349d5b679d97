// depot.h: warehouses that supply workshops within minutes. Which workshops and how fast is said by each workshop (workshop.h), what
// lies there by stock.h.
//
// Ids are those of NAMES_DEPOT. TABLE_SUPPLY 'p', depot u32 -> strings name, name_zh, city; lat, lon as f64 bits.
#ifndef RF_INDEX_DEPOT_H
#define RF_INDEX_DEPOT_H

#include "geo.h"
#include "view.h"

struct depot {
    uint32_t id;
    struct slice external_id, name, name_zh, city;
    struct geo at;
};
enum err depot_find(struct snapshot *s, struct slice external_id, uint32_t *id); // ERR_NOT_FOUND, also after its deletion
enum err depot_load(struct view *v, uint32_t id, struct depot *out);             // ERR_NOT_FOUND
// {id, name, name_zh, city, near:[lat,lon], datum}; id, name and near are required.
enum err depot_from_json(const struct json *body, struct depot *out, struct fault *why);
enum err depot_put(struct txn *t, struct arena *scratch, const struct depot *d, uint32_t *id);
enum err depot_delete(struct txn *t, struct slice external_id); // with its stock; ERR_NOT_FOUND
void depot_json_members(struct json_writer *w, const struct depot *d);

#endif

// workshop.h: workshops: where they are and what they can do. Nearest ones come from a scan over coordinates sorted
// by latitude band; tens of thousands need no more.
#ifndef RF_INDEX_WORKSHOP_H
#define RF_INDEX_WORKSHOP_H

#include "base/json.h"
#include "view.h"

struct workshop {
    uint32_t id;
    struct slice external_id, name, name_zh, city, country, services; // services: type slugs joined by '|'
    double lat, lon;
    uint16_t rating_x100;
    uint32_t rating_count;
};
enum err workshop_load(struct view *v, uint32_t id, struct workshop *out);
// {id, name, name_zh, city, country, near:[lat,lon], services:[], rating:{value,count}}; id, name and near are required. The
// list of services is joined in the arena. Unknown members and wrong values: ERR_BAD_REQUEST with the field's name.
enum err workshop_from_json(struct arena *a, const struct json *body, struct workshop *out, struct fault *why);
enum err workshop_put(struct txn *t, struct arena *scratch, const struct workshop *w, uint32_t *id);
uint32_t workshops_count(struct view *v);

#endif

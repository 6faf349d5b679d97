// district.h: districts of cities by the position of their middle: what territories and the coverage report speak of. A position
// belongs to the district whose middle is nearest, at most DISTRICT_REACH_M away.
//
// A district's id is its path, "CN/Shanghai/Pudong"; what stands before a '/' is the larger area it lies in. Such an area ("CN/Shanghai")
// may be put as well, without a middle, so that it has names: nobody belongs to it but by its districts. Dense ids are those of
// NAMES_DISTRICT. TABLE_SUPPLY 'd', district u32 -> strings name, name_zh; lat, lon as f64 bits (both NaN for an area). Middles are points of TABLE_PLACE.
#ifndef RF_INDEX_DISTRICT_H
#define RF_INDEX_DISTRICT_H

#include "geo.h"
#include "view.h"

#define DISTRICT_REACH_M 60000.0

struct district {
    uint32_t id;
    struct slice path, name, name_zh;
    bool area;     // a larger area, without a middle
    struct geo at; // its middle
};
enum err district_load(struct view *v, uint32_t id, struct district *out);              // ERR_NOT_FOUND
enum err district_of(struct view *v, struct geo at, struct district *out);              // ERR_NOT_FOUND: none is near enough
enum err district_each(struct view *v, enum err (*each)(void *arg, const struct district *d), void *arg); // by id, areas too
// "CN/Shanghai/Pudong" -> "CN/Shanghai" -> "CN" -> none. False at the end.
bool district_parent(struct slice *path);
bool district_lies_in(struct slice path, struct slice area); // `area` is the path or, by whole segments, its beginning; an empty path lies nowhere
// {id, name, name_zh, near:[lat,lon], datum}; id and name are required, without near it is an area.
enum err district_from_json(const struct json *body, struct district *out, struct fault *why);
enum err district_put(struct txn *t, struct arena *scratch, const struct district *d);
enum err district_delete(struct txn *t, struct arena *scratch, struct slice path); // ERR_NOT_FOUND
void district_json_members(struct json_writer *w, const struct district *d);

#endif

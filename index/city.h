// city.h: the cities that workshops stand in, for somebody who is to say where he is: counted from the workshops that are shown to the
// request at hand, so that none is named in which nobody could be found.
//
// A city is the area the workshop's district lies in ("CN/Shanghai"), else "country/city" of its own record. It is called as the area is
// (a district without a middle, district.h), else as the workshops call it. Its place is the middle of its workshops on the sphere.
#ifndef RF_INDEX_CITY_H
#define RF_INDEX_CITY_H

#include "geo.h"
#include "view.h"

enum { CITIES_MAX = 4096 };

struct city {
    struct slice path, name, name_zh, country; // name_zh and country may be empty
    struct geo at;
    uint32_t workshops;
};
// In the view's arena, most workshops first, equals by path; the workshops of more than CITIES_MAX are left out. Reads every workshop
// (under a microsecond each): for a compute thread.
enum err cities_of(struct view *v, struct city **out, unsigned *count);

#endif

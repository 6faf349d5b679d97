#include "city.h"

#include <math.h>
#include <stdlib.h>

#include "district.h"
#include "names.h"
#include "workshop.h"

struct found { struct city city; struct geo_vector sum; };
struct walk { struct view *v; struct found *list; unsigned count, last; };

static struct slice path_of(struct arena *a, const struct workshop *w) {
    struct slice path = w->district;
    if (path.n && district_parent(&path)) return path;
    if (w->city.n == 0) return SLICE_NONE;
    return w->country.n ? arena_printf(a, "%.*s/%.*s", SLICE_ARGS(w->country), SLICE_ARGS(w->city)) : w->city;
}

static struct slice first_part(struct slice path) { return slice_cut(&path, '/'); }

// As the area is called; a workshop's own word stays where nobody named it.
static enum err name(struct view *v, struct city *c) {
    struct district area;
    uint32_t id;
    enum err e = names_find(v->snapshot, NAMES_DISTRICT, c->path, &id);
    if (e == ERR_OK) e = district_load(v, id, &area);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    c->name = area.name;
    c->name_zh = area.name_zh;
    return ERR_OK;
}

static struct slice last_part(struct slice path) {
    struct slice part = SLICE_NONE;
    while (path.p) part = slice_cut(&path, '/');
    return part;
}

// The place in the list; NULL: no room.
static struct found *found_of(struct walk *w, struct slice path, const struct workshop *shop) {
    if (w->count && slice_eq(w->list[w->last].city.path, path)) return &w->list[w->last]; // those of a city come together, mostly
    for (w->last = 0; w->last < w->count; w->last++)
        if (slice_eq(w->list[w->last].city.path, path)) return &w->list[w->last];
    if (w->count == CITIES_MAX) {
        w->last = 0;
        return NULL;
    }
    struct found *f = &w->list[w->count++];
    *f = (struct found){.city = {.path = path, .name = shop->city.n ? shop->city : last_part(path),
                                 .country = shop->country.n ? shop->country : first_part(path)}};
    return f;
}

static enum err count_one(void *arg, const struct workshop *shop) {
    struct walk *w = arg;
    struct slice path = path_of(w->v->arena, shop);
    if (!workshop_shown(shop) || path.n == 0) return ERR_OK;
    struct found *f = found_of(w, path, shop);
    if (!f) return ERR_OK;
    struct geo_vector at = geo_vector_of(shop->at);
    f->sum = (struct geo_vector){f->sum.x + at.x, f->sum.y + at.y, f->sum.z + at.z};
    f->city.workshops++;
    return ERR_OK;
}

static struct geo middle(struct geo_vector sum) {
    const double degree = acos(-1) / 180;
    return (struct geo){atan2(sum.z, hypot(sum.x, sum.y)) / degree, atan2(sum.y, sum.x) / degree};
}

static int by_size(const void *x, const void *y) {
    const struct city *a = x, *b = y;
    if (a->workshops != b->workshops) return a->workshops > b->workshops ? -1 : 1;
    return slice_cmp(a->path, b->path);
}

enum err cities_of(struct view *v, struct city **out, unsigned *count) {
    struct walk w = {.v = v, .list = arena_alloc(v->arena, CITIES_MAX * sizeof *w.list)};
    if (!w.list) return ERR_NO_MEMORY;
    TRY(workshops_each(v, count_one, &w));
    *out = arena_alloc(v->arena, (w.count + 1) * sizeof **out);
    if (!*out || v->arena->full) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < w.count; i++) {
        (*out)[i] = w.list[i].city;
        (*out)[i].at = middle(w.list[i].sum);
        TRY(name(v, &(*out)[i]));
    }
    qsort(*out, w.count, sizeof **out, by_size);
    *count = w.count;
    return ERR_OK;
}

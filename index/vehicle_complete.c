#include "vehicle_complete.h"

#include <stdlib.h>

#include "base/limits.h"
#include "names.h"
#include "vehicle_writer.h"

static int by_attribute(const void *a, const void *b) {
    return (int)((const struct vehicle_cell *)a)->attr - (int)((const struct vehicle_cell *)b)->attr;
}

// What a configuration knows; `spare` more cells fit behind.
static enum err cells_of(struct arena *a, const struct vehicle *vehicle, unsigned configuration, unsigned spare, struct vehicle_cell **out,
                         unsigned *count) {
    *count = 0;
    *out = ARENA_ARRAY(a, struct vehicle_cell, vehicle->attr_count + spare + 1);
    if (!*out) return ERR_NO_MEMORY;
    for (unsigned i = 0; i < vehicle->attr_count; i++) {
        uint16_t value = vehicle->values[(size_t)configuration * vehicle->attr_count + i];
        if (value) (*out)[(*count)++] = (struct vehicle_cell){vehicle->attrs[i], value};
    }
    return ERR_OK;
}

static enum err completed(struct txn *t, struct view *v, const struct vehicle *vehicle, const struct vehicle_completion *c,
                          struct vehicle_cell **out, unsigned *count) {
    TRY(cells_of(v->arena, vehicle, c->configuration, c->attribute_count, out, count));
    unsigned known = *count;
    for (unsigned i = 0; i < c->attribute_count; i++) {
        uint32_t attr, value;
        bool has = c->attributes[i].value.n == 0;
        TRY(names_intern(t, NAMES_ATTRIBUTE, c->attributes[i].name, &attr));
        for (unsigned k = 0; k < known; k++) has |= (*out)[k].attr == attr;
        if (has) continue;
        TRY(names_intern(t, NAMES_VALUE + attr, c->attributes[i].value, &value));
        (*out)[(*count)++] = (struct vehicle_cell){(uint8_t)attr, (uint16_t)value};
    }
    qsort(*out, *count, sizeof **out, by_attribute);
    return ERR_OK;
}

// Its columns and sources point into the database's pages, which writing may move.
static enum err keep(struct arena *a, const struct vehicle *vehicle, struct vehicle *out) {
    *out = *vehicle;
    out->slug = arena_copy(a, vehicle->slug);
    out->attrs = (const uint8_t *)arena_copy(a, slice_of(vehicle->attrs, vehicle->attr_count)).p;
    out->sources = (const uint8_t *)arena_copy(a, slice_of(vehicle->sources, vehicle->count)).p;
    return out->slug.p && out->attrs && out->sources ? ERR_OK : ERR_NO_MEMORY;
}

enum err vehicle_complete(struct txn *t, struct view *v, const struct vehicle *given, struct slice source,
                          const struct vehicle_completion *list, unsigned count, bool *changed) {
    struct vehicle_tuple *tuples = ARENA_ARRAY(v->arena, struct vehicle_tuple, given->count + count);
    struct vehicle_cell *cells;
    struct vehicle_write done;
    struct vehicle kept, *vehicle = &kept;
    uint32_t source_id;
    unsigned n = 0, cell_count;
    *changed = false;
    if (!tuples) return ERR_NO_MEMORY;
    TRY(keep(v->arena, given, vehicle));
    TRY(names_intern(t, NAMES_CONFIG_SOURCE, source, &source_id));
    for (unsigned i = 0, k = 0; i < vehicle->count; i++) {
        bool replaced = false;
        for (; k < count && list[k].configuration == i; k++, replaced = true) {
            TRY(completed(t, v, vehicle, &list[k], &cells, &cell_count));
            tuples[n++] = (struct vehicle_tuple){(uint8_t)source_id, vehicle->flags, cell_count, cells};
        }
        if (replaced) continue;
        TRY(cells_of(v->arena, vehicle, i, 0, &cells, &cell_count));
        tuples[n++] = (struct vehicle_tuple){vehicle->sources[i], vehicle->flags, cell_count, cells};
    }
    TRY(vehicle_rewrite(t, v, vehicle, tuples, n, &done));
    *changed = done.changed;
    return ERR_OK;
}

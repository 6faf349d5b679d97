// group_cache.h: groups and vehicles in decoded form, kept per view (decoded.h): the first question about a car decodes, the next
// ones read. Kept or not, what comes out is the same, and the predicates are matched with K anew each time.
#ifndef RF_INDEX_GROUP_CACHE_H
#define RF_INDEX_GROUP_CACHE_H

#include "fitment.h"

// A group (TABLE_GROUP) decoded. Entries are distinct predicates; rows ascend by product, then application.
struct group_line { uint32_t product, application, entry; };
struct group {
    unsigned entry_count, row_count;
    const struct application *entries;
    const struct group_line *rows;
};

// The group of (vehicle, type), vehicle 0 for universal products; empty when there is none. Lives until view_end.
enum err group_of(struct view *v, uint32_t vehicle, uint32_t type, const struct group **out);
// From its stored bytes, into an arena.
enum err group_decode(struct arena *a, struct slice value, struct group *out);

// A base vehicle by slug, with its values by attribute as knowledge_vehicle wants them. Lives until view_end. ERR_NOT_FOUND.
struct car {
    struct vehicle vehicle;
    const uint16_t *columns; // [attr_count][count]
};
enum err car_of(struct view *v, struct slice slug, const struct car **out);
enum err car_of_id(struct view *v, uint32_t vehicle, const struct car **out); // the same by id

// The base vehicles of a model (0: of all of a make), ascending by model, then year. Lives until view_end.
struct car_line { uint32_t vehicle, model; uint16_t year, flags; };
struct car_lines { size_t count; struct car_line lines[]; };
enum err car_lines_of(struct view *v, uint32_t make, uint32_t model, const struct car_lines **out);

#endif

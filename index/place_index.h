// place_index.h: points on the earth in the database, and the nearest of them first.
//
// Latitude and longitude as 32-bit fractions of their ranges, interleaved, are a position's cell code (Morton order): a prefix of it is a
// rectangle of the quadtree. TABLE_PLACE holds the leaves of that tree, each one record of at most PLACE_LEAF points; together the
// leaves of a space tile all codes in key order, so the leaf of any code is the last one that does not begin above it.
//
// A search is best-first (Hjaltason and Samet, 1999): a heap holds rectangles by the least distance of anything in them, and points by
// their own. It begins with the leaf around the centre and the rectangles beside its ancestors, which tile the rest of the earth.
// What comes out is exact on the sphere: over the date line, over the poles, equal distances by id.
//
// TABLE_PLACE: space u8, first code u64 -> level u8, then points of PLACE_BYTES each.
#ifndef RF_INDEX_PLACE_INDEX_H
#define RF_INDEX_PLACE_INDEX_H

#include "geo.h"
#include "view.h"

enum place_space { PLACE_WORKSHOPS = 1, PLACE_DISTRICTS = 2 };
enum { PLACE_LEAF = 48, PLACE_WORDS = 6, PLACE_BYTES = 88 };

// `bits` is what a search may demand; its meaning is the caller's. A point that is there already must be removed first, with the position it was put with.
enum err place_put(struct txn *t, struct arena *scratch, enum place_space space, uint32_t id, struct geo at, const uint64_t bits[PLACE_WORDS]);
enum err place_remove(struct txn *t, struct arena *scratch, enum place_space space, uint32_t id, struct geo at); // ERR_NOT_FOUND

// Only points that have all of `all` and, where it is not empty, one of `any`.
struct place_filter { uint64_t all[PLACE_WORDS], any[PLACE_WORDS]; };
struct place_found { uint32_t id; double chord2; uint64_t bits[PLACE_WORDS]; };

struct place_heap_entry;
struct place_search {
    struct view *v;
    enum place_space space;
    struct place_filter filter;
    bool choosy; // filter.any is not empty
    double limit;
    struct geo_vector centre;
    double lat, lon, sin_lat, cos_lat; // of the centre, radians
    struct place_heap_entry *heap;
    size_t count, capacity;
};
// `within_m`: nothing farther is found; INFINITY is the whole earth. The heap lives in the view's arena. `filter` may be NULL.
enum err place_search_begin(struct view *v, enum place_space space, struct geo centre, double within_m, const struct place_filter *filter,
                            struct place_search *out);
// The next nearest; ERR_END when there is none left.
enum err place_search_next(struct place_search *s, struct place_found *out);

#endif

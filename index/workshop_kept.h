// workshop_kept.h: workshops and what lies on their shelves, decoded, kept from request to request for as long as the tables they come
// from stay the same (snapshot_version). A request near a city reads the same few dozen again and again; looking them up in the database
// costs more than all that is asked of them. Everything kept is a copy, so it does not depend on pages that may be written again.
//
// KEPT_SETS * KEPT_WAYS workshops for each view, the one asked for longest ago gives way; never one that this request has asked for. Where
// there is no room, and inside a transaction, it is read into the request's arena.
#ifndef RF_INDEX_WORKSHOP_KEPT_H
#define RF_INDEX_WORKSHOP_KEPT_H

#include "stock.h"
#include "workshop.h"

enum { KEPT_SETS = 1024, KEPT_WAYS = 4, SHELF_BITS = 512, SHELF_KEPT_MAX = 1024 }; // longer shelves are read for each request

struct workshop_kept {
    struct workshop shop;
    // of workshop_kept.c
    struct stock_block shelf;
    uint64_t may_have[SHELF_BITS / 64]; // a bit for each product by its lowest bits
    bool shelf_read;
    uint64_t request, shops_version, shelf_version;
    char *record, *items;
    size_t record_room, items_room;
};
struct workshop_cache *workshop_cache_new(void); // NULL: out of memory
void workshop_cache_free(struct workshop_cache *c);

// As workshop_load; *out stays until view_end.
enum err workshop_keep(struct view *v, uint32_t id, struct workshop_kept **out);
// Pieces on its shelf. A shelf that cannot be read has nothing, as one that is not there.
uint32_t workshop_shelf(struct view *v, struct workshop_kept *w, uint32_t product);

#endif

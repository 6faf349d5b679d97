// fitment_finder.h: the rows of one product against one vehicle of K, and what becomes of them. Private to fitment.c and fitment_rows.c.
#ifndef RF_INDEX_FITMENT_FINDER_H
#define RF_INDEX_FITMENT_FINDER_H

#include "exclusion.h"
#include "fitment_match.h"
#include "fitment_merge.h"
#include "group_cache.h"

struct row {
    uint32_t application;
    const struct application *entry;
    const struct entry_match *match;
};

struct excluded { const struct exclusion *list; unsigned count; }; // ascending by product

struct any_group { // what of one type is about every make: rows of vehicle 0's group that are not universal
    uint32_t type;
    const struct group *group;
    unsigned row_count;
    struct group_line *rows; // ascending by product
};

struct finder {
    struct view *view;
    const struct knowledge *k;
    struct fitment *out;
    struct arena *work;           // of a group at hand: the request's, or `scratch` where no row of it is kept
    struct arena scratch;
    struct merge merge;           // of a K of several vehicles
    bool keep_rows;               // of undecided products, for questions
    uint64_t *united;             // scratch, words of the largest vehicle
    const uint32_t *dirty;        // of the type at hand, ascending
    unsigned dirty_count;
    struct excluded *excluded;    // by vehicle of K; NULL: nothing is excluded from any of them
    bool universal;               // universal products are wanted
    struct any_group *any;        // ascending by type
    unsigned any_count, any_capacity, any_at; // any_at: the next type a vehicle has not met
    struct row *rows;             // of the product at hand
    unsigned row_count, row_capacity;
};

// Room for one more element of a list in the arena.
enum err finder_list_room(struct arena *a, void **list, unsigned count, unsigned *capacity, size_t size);

// ---- rows -----------------------------------------------------------------------------------------------------------------------
enum err finder_row_add(struct finder *f, uint32_t application, const struct application *entry, const struct entry_match *m);
// The rows at hand are all of the product's for this vehicle of K: its match, and, while it is undecided, its rows for questions.
enum err finder_product_close(struct finder *f, uint32_t ordinal, uint32_t product, uint32_t type);
enum err finder_match_add(struct arena *a, struct fitment *f, const struct match *m);
// What a product is to one vehicle of K.
enum err finder_vehicle_match(struct finder *f, uint32_t ordinal, const struct match *m);
enum err finder_open_row_add(struct finder *f, const struct fitment_row *row);
bool finder_is_dirty(const struct finder *f, uint32_t product); // its groups are not to be believed

// ---- what an owner has ruled out --------------------------------------------------------------------------------------------------
enum err finder_excluded_load(struct finder *f);
// How much of K a product is excluded from: 0 nothing, 1 some, 2 all of it.
int finder_excluded_from(const struct finder *f, uint32_t product);
// What fits anything but some configurations: a row for each vehicle, for the question that tells them apart.
enum err finder_universal_rows(struct finder *f, const struct match *m);
enum err finder_universal_exclude(struct finder *f); // among the matches so far

#endif

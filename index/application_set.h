// application_set.h: the applications of one product as a set that documents add to and take from.
//
// Two applications are of the same content when all but their years, source and line is equal. Adding one that is there already (same
// content, same years) replaces it, so that loading a file twice changes nothing. Removing takes the years away: of a
// range, one year may go, and what is left are the ranges before and behind it.
#ifndef RF_INDEX_APPLICATION_SET_H
#define RF_INDEX_APPLICATION_SET_H

#include "application.h"

struct application_set {
    struct arena *arena;
    struct application_member *members;
    uint32_t *slots;             // hash table over members of the same content, chained
    unsigned count, capacity, slot_count;
};

void application_set_init(struct application_set *s, struct arena *arena);
// Encoded applications, one behind the other; they must outlive the set. ERR_DAMAGED, ERR_NO_MEMORY.
enum err application_set_add(struct application_set *s, struct slice list);
// ERR_NOT_FOUND, and nothing is changed, when some year of it is in no member of the same content.
enum err application_set_remove(struct application_set *s, struct slice encoded);
// The members in the order they came, as a list; *unresolved counts those that name vehicles nobody knows.
enum err application_set_list(const struct application_set *s, struct buf *out, unsigned *count, unsigned *unresolved);

#endif

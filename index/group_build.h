// group_build.h: TABLE_GROUP from scratch, out of TABLE_APPLICATION and the picker. What an import ends with, and what makes
// groups right again after vehicles have changed.
//
// Rows are expanded in memory (12 bytes each), radix-sorted by (vehicle, type) and appended in key order in transactions of
// bounded size. Not for a database that serves requests: between the first and the last transaction groups are incomplete.
#ifndef RF_INDEX_GROUP_BUILD_H
#define RF_INDEX_GROUP_BUILD_H

#include "fitment.h"

struct group_report { uint64_t rows, groups, bytes; };
enum err groups_rebuild(struct db *db, struct group_report *out, void (*progress)(void *, const char *, uint64_t, uint64_t),
                        void *arg, struct fault *why);

#endif

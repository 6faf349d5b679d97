// group_build.h: TABLE_GROUP from scratch, out of TABLE_APPLICATION and the picker. What an import ends with, and what makes
// groups right again after vehicles have changed.
//
// Rows are expanded for a range of vehicles at a time, so that memory does not grow with their number (at most 0.4 GB of rows),
// radix-sorted by (vehicle, type) and appended in key order in transactions of bounded size. Not for a database that serves requests: between the first and the last transaction groups are incomplete.
#ifndef RF_INDEX_GROUP_BUILD_H
#define RF_INDEX_GROUP_BUILD_H

#include "fitment.h"

#define GROUP_ROWS_PER_PASS (12u << 20) // 32 bytes each

struct group_report { uint64_t rows, groups, bytes; };
enum err groups_rebuild(struct db *db, struct group_report *out, void (*progress)(void *, const char *, uint64_t, uint64_t),
                        void *arg, struct fault *why);
// The same with at most so many rows in memory, except that the rows of one vehicle always are.
enum err groups_rebuild_in(struct db *db, uint64_t rows_per_pass, struct group_report *out,
                           void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg, struct fault *why);

// What there is: `rows` counts (product, base vehicle, position) once, however many applications say so, and no universal ones;
// `bytes` are those of the values. Reads the whole table.
enum err groups_count(struct db *db, struct group_report *out);

#endif

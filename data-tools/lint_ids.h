// lint_ids.h: the reference ids a file uses, element by element, and which of them cannot be right.
//
// Reference tables number their entries one after the other, from 1. So a file whose ids of one element all lie at or below a, but for a
// few at b and beyond, says that the table reaches to b, and yet n other entries, of those it could have picked, all lie in the first
// a/b of it. Were they picked at random the chance of that is (a/b)^n; ids of one file are not independent of each other, so no more
// than SUSPECT_EVIDENCE of them count. Below one in 100,000 the few are suspicious, as long as they are few: together one in a hundred
// uses of the element, or a single use.
#ifndef RF_TOOLS_LINT_IDS_H
#define RF_TOOLS_LINT_IDS_H

#include "lint.h"

enum { SUSPECT_EVIDENCE = 10 };

struct lint_ids;
enum lint_id_state { LINT_ID_UNSEEN, LINT_ID_OPEN, LINT_ID_KNOWN, LINT_ID_UNKNOWN, LINT_ID_INVALID };

struct lint_ids *lint_ids_new(void); // NULL: out of memory
void lint_ids_free(struct lint_ids *ids);
// One use. *state is the id's, for the caller to set when it meets the id for the first time (LINT_ID_UNSEEN): KNOWN and UNKNOWN
// where there is somebody to ask, else OPEN; it stays put until the next use. ERR_NO_MEMORY.
enum err lint_ids_use(struct lint_ids *ids, struct slice element, struct slice id, uint64_t line, enum lint_id_state **state);
// Notes LINT_SUSPICIOUS_ID for every use of an OPEN id that is too far off. The last call: the ids are no table after it.
enum err lint_ids_judge(struct lint_ids *ids, struct lint *l);
// Of `others` distinct ids none lies above `greatest`: can `id` be one of the same table?
bool lint_id_suspicious(uint64_t greatest, size_t others, uint64_t id);

#endif

// fitment_kept.h: what fits a K of many cars, as it was found before: a make alone ("ford") is thousands of base vehicles and all their types.
// Private to fitment*.c.
//
// Kept beside the decoded groups (decoded.h), so it belongs to one version of vehicles and groups and makes room for what is asked later.
// It is found again for the same K, told by all of it that matters for what fits: cars with the configurations still possible, answers,
// positions, quantities, the version of the exclusions. Nothing is kept while products of the types wait to be folded into their groups, nor where
// rows are needed to ask for an attribute, nor for a restricted request (assortment.h).
#ifndef RF_INDEX_FITMENT_KEPT_H
#define RF_INDEX_FITMENT_KEPT_H

#include "base/hash.h"
#include "fitment.h"

struct fitment_key { struct hash128 hash; bool usable; };

// count 0: all types. Not usable for a K that is answered quickly anyway.
enum err fitment_key_of(struct view *v, const struct knowledge *k, const uint32_t *types, unsigned count, bool universal, struct fitment_key *out);
bool fitment_kept(struct view *v, const struct fitment_key *key, const struct knowledge *k, struct fitment *out); // until view_end
enum err fitment_keep(struct view *v, const struct fitment_key *key, const uint32_t *types, unsigned count, struct fitment *f);

#endif

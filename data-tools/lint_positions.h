// lint_positions.h: which positions a part type can have, as the vocabulary's types.tsv says. Read once, then read-only.
#ifndef RF_TOOLS_LINT_POSITIONS_H
#define RF_TOOLS_LINT_POSITIONS_H

#include "index/base/err.h"
#include "index/base/slice.h"

struct lint_positions;
enum lint_position_verdict { POSITION_UNKNOWN, POSITION_FINE, POSITION_NEEDLESS, POSITION_IMPOSSIBLE }; // UNKNOWN: no such type

// A folder without types.tsv knows no type.
enum err lint_positions_open(const char *facts_dir, struct lint_positions **out, struct fault *why);
void lint_positions_close(struct lint_positions *p);
// `type` is a slug. *allowed: the type's positions, joined by '|'. A position may say more ("front_left" where "front" is allowed) or
// less than the list; what is neither more nor less of anything there is impossible.
enum lint_position_verdict lint_position(const struct lint_positions *p, struct slice type, struct slice position, struct slice *allowed);

#endif

// generation_switch.h: making a generation the current one from the command line: in the database when it is ours to write, through
// the server that holds it otherwise.
#ifndef RF_TOOLS_GENERATION_SWITCH_H
#define RF_TOOLS_GENERATION_SWITCH_H

#include "index/db.h"

// `address` NULL: `db` is ours and written to. Otherwise the server there is asked, with RIGHTFIT_KEY; it looks at the file itself.
// Without `force` a generation that is worse than the current one (model/canary.h) is refused: ERR_CONFLICT.
enum err generation_switch(const char *data, struct db *db, const char *address, uint64_t id, bool force, struct fault *why);
// Removes old files; see model/publish.h.
enum err generation_collect(const char *data, struct db *db, unsigned keep, struct fault *why);
// What the database says, 0 for none.
enum err generation_pointers(struct db *db, uint64_t *current, uint64_t *previous, struct fault *why);

#endif

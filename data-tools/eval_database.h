// eval_database.h: `rightfit eval` on the events of a database, which may be live: as served, as a mix, or for new products.
#ifndef RF_DATA_TOOLS_EVAL_DATABASE_H
#define RF_DATA_TOOLS_EVAL_DATABASE_H

#include "model/eval.h"

enum eval_database_what { EVAL_DATABASE_SERVED, EVAL_DATABASE_MIX, EVAL_DATABASE_COLD };
struct eval_database {
    enum eval_database_what what;
    struct als_options als;
    struct eval_options served;
    struct protocol_options mix; // its measure and segments also for new products
};
// Prints; *nothing is true, and nothing printed, when there are no events.
enum err eval_database_run(struct db *db, const struct eval_database *e, bool *nothing, struct fault *why);

#endif

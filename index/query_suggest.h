// query_suggest.h: completed queries for a text that is being typed: the person's own recent ones, newest first, then what others
// searched for, best first (query_log.h). Never one that found nothing when it was last searched.
#ifndef RF_INDEX_QUERY_SUGGEST_H
#define RF_INDEX_QUERY_SUGGEST_H

#include "view.h"

enum { QUERY_SUGGEST_MAX = 16, QUERY_SUGGEST_OWN = 3, QUERY_SUGGEST_EVENTS = 64 }; // events: of a person, the newest looked at

struct query_suggestion {
    struct slice text;  // as it was typed
    uint32_t count;     // searches on record, 0 where it has left the log
    uint32_t type;      // of the product last chosen after it; 0: none
    bool own;
};

// user 0: nobody. `folded` itself is not offered, nothing to a restricted request (assortment.h). At most `max` (up to QUERY_SUGGEST_MAX), in the arena or the snapshot's pages.
enum err query_suggest(struct view *v, uint32_t user, struct slice folded, unsigned max, struct query_suggestion *out, unsigned *count);

#endif

// query_log.h: what people searched for and what came of it, learnt from events, so that a typeahead can complete a query.
//
// One small record for each distinct folded query. Its score is the sum of all that speaks for it (a search 1, a click after it 2, a
// cart 4, a purchase 8), each halved every QUERY_HALF_LIFE_DAYS; kept as a logarithm over a fixed origin, so that time changes no
// order and nothing ever has to be recomputed. A query is offered to others once two people searched for it and unless the last time it
// found nothing: what a single person types is nobody else's business.
//
// For beginnings of 1, 2, 3, 4, 6, 8, 12 and 16 characters that more than QUERY_LISTED queries share, the best QUERY_LISTED are listed,
// so that a look-up reads one list and its records however many begin so. A list is written when its members change, which is rare.
// There are at most QUERY_LOG_MAX records: a new one beyond that takes the place of the least of some that stand together anywhere.
//
// Beside them stand the queries that found nothing, or nothing before words of them were given up, as the server noticed itself.
//
// TABLE_QUERY: 'q' query -> f64 score, u32 searches, clicks, purchases, people, last user, results, product, i64 last, text as typed
//              'l' beginning -> f64 lower bound of the members' scores once the list is full, then counted strings
//              'z' query -> u32 count, i64 last, words given up joined by '|', text as typed
#ifndef RF_INDEX_QUERY_LOG_H
#define RF_INDEX_QUERY_LOG_H

#include "view.h"

enum {
    QUERY_LOG_BYTES = 120,      // longer queries are nobody's to complete
    QUERY_LOG_MAX = 100000,
    QUERY_MISSES_MAX = 20000,
    QUERY_LISTED = 24,
    QUERY_WALK = 64,            // records looked at behind a beginning that has no list
    QUERY_HALF_LIFE_DAYS = 30,
    QUERY_PEOPLE_MIN = 2,
};
#define QUERY_RESULTS_UNKNOWN UINT32_MAX

struct query_stat {
    double score;               // a logarithm to base 2: compare, never add
    uint32_t searches, clicks, purchases;
    uint32_t people;            // at least this many, at most one for each time another person than before searched
    uint32_t last_user;
    uint32_t results;           // when it was last searched, as the client told; QUERY_RESULTS_UNKNOWN
    uint32_t product;           // chosen last after it; 0: none
    int64_t last_ms;
    struct slice folded, text;  // text: as it was typed last
};
enum query_choice { QUERY_CLICK, QUERY_CART, QUERY_PURCHASE };

// ---- writing, part of an event's transaction --------------------------------------------------------------------------------------
enum err query_log_searched(struct txn *t, struct arena *scratch, uint32_t user, struct slice query, uint32_t results, int64_t at_ms);
// A choice after a query that is on record; another query is let go.
enum err query_log_chosen(struct txn *t, struct arena *scratch, struct slice query, enum query_choice choice, uint32_t product,
                          int64_t at_ms);
// A person is erased: what nobody else searched for goes too.
enum err query_log_forget(struct txn *t, struct arena *scratch, uint32_t user, struct slice query);

// ---- reading ------------------------------------------------------------------------------------------------------------------------
bool query_log_offerable(const struct query_stat *q);
enum err query_log_load(struct snapshot *s, struct slice folded, struct query_stat *out); // ERR_NOT_FOUND, ERR_DAMAGED
// The best of those that begin with `folded` and may be offered to anybody, at most `max`, best first. Slices live as long as the snapshot.
enum err query_log_complete(struct view *v, struct slice folded, unsigned max, struct query_stat *out, unsigned *count);

// ---- queries that found nothing -----------------------------------------------------------------------------------------------------
struct query_miss {
    uint32_t count;
    int64_t last_ms;
    struct slice query, dropped; // as typed; words given up, joined by '|', empty where nothing helped
};
// Adds to what is on record. Beyond QUERY_MISSES_MAX the least frequent of some neighbours makes room.
enum err query_miss_put(struct txn *t, struct arena *scratch, const struct query_miss *miss);
// The most frequent ones, at most `max`, in the arena. Reads all of them.
enum err query_misses(struct view *v, unsigned max, struct query_miss **out, unsigned *count);

// ---- shared by query_log.c, query_complete.c and query_miss.c -------------------------------------------------------------------------
enum { QUERY_RECORD = 'q', QUERY_LIST = 'l', QUERY_MISS = 'z' };
struct query_key { char bytes[1 + QUERY_LOG_BYTES]; size_t n; };
struct slice query_key(struct query_key *k, char kind, struct slice text); // of at most QUERY_LOG_BYTES
bool query_stat_read(struct slice folded, struct slice value, struct query_stat *out);
// Brings the lists up to date with a query that is on record: `fresh` when it was not before.
enum err query_lists_add(struct txn *t, struct arena *scratch, const struct query_stat *q, bool fresh);
enum err query_lists_remove(struct txn *t, struct arena *scratch, struct slice folded);
// Deletes the least of some records of a kind that stand behind that text, never the one under it; *gone is its text, if any.
enum err query_evict(struct txn *t, struct arena *scratch, char kind, struct slice near, double (*value_of)(struct slice value), struct slice *gone);

#endif

// query_complete.c: lists of the best queries under common beginnings, and what completes a text (query_log.h).
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "query_log.h"
#include "text.h"

static const unsigned LISTED_CHARACTERS[] = {1, 2, 3, 4, 6, 8, 12, 16};
enum { LISTED_LENGTHS = sizeof LISTED_CHARACTERS / sizeof *LISTED_CHARACTERS };

struct list { double floor; unsigned count; struct slice at[QUERY_LISTED]; };

// ---- a list ---------------------------------------------------------------------------------------------------------------------------
// Members point into the database's pages.
static enum err list_load(struct snapshot *s, struct slice beginning, struct list *out) {
    struct query_key key;
    struct slice value;
    out->count = 0;
    TRY(db_get(s, TABLE_QUERY, query_key(&key, QUERY_LIST, beginning), &value));
    struct reader r = reader_of(value);
    reader_take(&r, &out->floor, sizeof out->floor);
    while (!r.bad && reader_left(&r) > 0 && out->count < QUERY_LISTED) out->at[out->count++] = reader_string(&r);
    return r.bad || reader_left(&r) > 0 ? ERR_DAMAGED : ERR_OK;
}

static enum err list_put(struct txn *t, struct arena *scratch, struct slice beginning, const struct list *l) {
    struct query_key key;
    struct buf b;
    buf_init(&b, scratch, 1024);
    buf_put(&b, &l->floor, sizeof l->floor);
    for (unsigned i = 0; i < l->count; i++) buf_string(&b, l->at[i]);
    if (b.bad) return ERR_NO_MEMORY;
    return txn_put(t, TABLE_QUERY, query_key(&key, QUERY_LIST, beginning), buf_slice(&b));
}

static unsigned list_find(const struct list *l, struct slice folded) {
    unsigned i = 0;
    while (i < l->count && !slice_eq(l->at[i], folded)) i++;
    return i;
}

// The beginning of so many characters; empty when the text is shorter.
static struct slice beginning_of(struct slice folded, unsigned characters) {
    size_t n = 0;
    for (unsigned i = 0; i < characters; i++) {
        if (n >= folded.n) return SLICE_NONE;
        n += text_char_bytes((uint8_t)folded.p[n]);
    }
    return n <= folded.n ? slice_of(folded.p, n) : SLICE_NONE;
}

// ---- keeping them ---------------------------------------------------------------------------------------------------------------------
static double worth(struct snapshot *s, struct slice folded) {
    struct query_stat q;
    return query_log_load(s, folded, &q) == ERR_OK && query_log_offerable(&q) ? q.score : -INFINITY;
}

// A list that is full and none of whose members is worth less than `floor` need not be looked at for less than that.
static enum err list_consider(struct txn *t, struct arena *scratch, struct slice beginning, struct list *l, const struct query_stat *q) {
    if (!query_log_offerable(q) || list_find(l, q->folded) < l->count) return ERR_OK;
    if (l->count < QUERY_LISTED) {
        l->at[l->count++] = q->folded;
        return list_put(t, scratch, beginning, l);
    }
    if (q->score <= l->floor) return ERR_OK;
    double least = INFINITY, second = q->score;
    unsigned at = 0;
    for (unsigned i = 0; i < l->count; i++) {
        double one = worth(txn_snapshot(t), l->at[i]);
        if (one < least) {
            second = least < second ? least : second;
            least = one;
            at = i;
        } else if (one < second) {
            second = one;
        }
    }
    if (q->score > least) l->at[at] = q->folded;
    l->floor = q->score > least ? second : least;
    return list_put(t, scratch, beginning, l);
}

// All that begin so, when they are no more than a list holds: then *more is false and none is needed.
static enum err list_make(struct txn *t, struct slice beginning, struct list *l, bool *more) {
    struct query_key from;
    struct slice key, value, start = query_key(&from, QUERY_RECORD, beginning);
    unsigned count = 0;
    *l = (struct list){.floor = -INFINITY};
    struct db_cursor *c = db_cursor_begin(txn_snapshot(t), TABLE_QUERY);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, start, &key, &value);
    for (; e == ERR_OK && count <= QUERY_LISTED && slice_starts(key, start); count++) {
        struct query_stat q;
        if (query_stat_read(slice_from(key, 1), value, &q) && query_log_offerable(&q) && l->count < QUERY_LISTED) l->at[l->count++] = q.folded;
        e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    *more = count > QUERY_LISTED;
    return e == ERR_END ? ERR_OK : e;
}

// Where a beginning has no list, no longer one has; only a query that was not there before can make one necessary.
enum err query_lists_add(struct txn *t, struct arena *scratch, const struct query_stat *q, bool fresh) {
    for (unsigned i = 0; i < LISTED_LENGTHS; i++) {
        struct slice beginning = beginning_of(q->folded, LISTED_CHARACTERS[i]);
        struct list list;
        bool more;
        if (beginning.n == 0) break;
        enum err e = list_load(txn_snapshot(t), beginning, &list);
        if (e == ERR_OK) {
            TRY(list_consider(t, scratch, beginning, &list, q));
            continue;
        }
        if (e != ERR_NOT_FOUND) return e;
        if (!fresh) break;
        TRY(list_make(t, beginning, &list, &more));
        if (!more) break;
        TRY(list_put(t, scratch, beginning, &list));
    }
    return ERR_OK;
}

enum err query_lists_remove(struct txn *t, struct arena *scratch, struct slice folded) {
    for (unsigned i = 0; i < LISTED_LENGTHS; i++) {
        struct slice beginning = beginning_of(folded, LISTED_CHARACTERS[i]);
        struct list list;
        enum err e = beginning.n ? list_load(txn_snapshot(t), beginning, &list) : ERR_NOT_FOUND;
        if (e == ERR_NOT_FOUND) break;
        TRY(e);
        unsigned at = list_find(&list, folded);
        if (at == list.count) continue;
        list.at[at] = list.at[--list.count];
        list.floor = -INFINITY;
        TRY(list_put(t, scratch, beginning, &list));
    }
    return ERR_OK;
}

// ---- reading --------------------------------------------------------------------------------------------------------------------------
struct best { struct query_stat *out; unsigned count, max; };

static bool better(const struct query_stat *a, const struct query_stat *b) {
    return a->score != b->score ? a->score > b->score : slice_cmp(a->folded, b->folded) < 0;
}

static void best_add(struct best *b, const struct query_stat *q) {
    if (!query_log_offerable(q)) return;
    for (unsigned i = 0; i < b->count; i++)
        if (slice_eq(b->out[i].folded, q->folded)) return;
    unsigned at = b->count;
    while (at > 0 && better(q, &b->out[at - 1])) at--;
    if (at == b->max) return;
    if (b->count < b->max) b->count++;
    memmove(b->out + at + 1, b->out + at, (b->count - 1 - at) * sizeof *b->out);
    b->out[at] = *q;
}

// The members of the longest list under the text that begin with all of it; *whole when it is the list of the text itself.
static enum err from_list(struct snapshot *s, struct slice folded, struct best *best, bool *whole) {
    struct list list;
    *whole = false;
    for (unsigned i = LISTED_LENGTHS; i-- > 0;) {
        struct slice beginning = beginning_of(folded, LISTED_CHARACTERS[i]);
        enum err e = beginning.n ? list_load(s, beginning, &list) : ERR_NOT_FOUND;
        if (e == ERR_NOT_FOUND) continue;
        TRY(e);
        *whole = beginning.n == folded.n;
        for (unsigned m = 0; m < list.count; m++) {
            struct query_stat q;
            if (slice_starts(list.at[m], folded) && query_log_load(s, list.at[m], &q) == ERR_OK) best_add(best, &q);
        }
        break;
    }
    return ERR_OK;
}

static enum err from_records(struct snapshot *s, struct slice folded, struct best *best) {
    struct query_key from;
    struct slice key, value, start = query_key(&from, QUERY_RECORD, folded);
    struct db_cursor *c = db_cursor_begin(s, TABLE_QUERY);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, start, &key, &value);
    for (unsigned i = 0; e == ERR_OK && i < QUERY_WALK && slice_starts(key, start); i++) {
        struct query_stat q;
        if (query_stat_read(slice_from(key, 1), value, &q)) best_add(best, &q);
        e = db_cursor_next(c, &key, &value);
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

enum err query_log_complete(struct view *v, struct slice folded, unsigned max, struct query_stat *out, unsigned *count) {
    struct best best = {.out = out, .max = max};
    bool whole;
    *count = 0;
    if (max == 0 || folded.n == 0 || folded.n > QUERY_LOG_BYTES) return ERR_OK;
    TRY(from_list(v->snapshot, folded, &best, &whole));
    if (!whole) TRY(from_records(v->snapshot, folded, &best));
    *count = best.count;
    return ERR_OK;
}

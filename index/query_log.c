#include "query_log.h"

#include <math.h>

#include "base/buf.h"
#include "text.h"

#define COUNTER "queries"
#define EVICT_LOOKS 32
static const double HALF_LIFE_MS = QUERY_HALF_LIFE_DAYS * 86400000.0;
static const double SEARCH_WEIGHT = 1;
static const double CHOICE_WEIGHT[] = {[QUERY_CLICK] = 2, [QUERY_CART] = 4, [QUERY_PURCHASE] = 8};

// ---- records ----------------------------------------------------------------------------------------------------------------------
struct slice query_key(struct query_key *k, char kind, struct slice text) {
    k->bytes[0] = kind;
    k->n = 1 + text.n;
    if (text.n) memcpy(k->bytes + 1, text.p, text.n);
    return slice_of(k->bytes, k->n);
}

bool query_stat_read(struct slice folded, struct slice value, struct query_stat *out) {
    struct reader r = reader_of(value);
    *out = (struct query_stat){.folded = folded};
    reader_take(&r, &out->score, sizeof out->score);
    out->searches = reader_u32(&r);
    out->clicks = reader_u32(&r);
    out->purchases = reader_u32(&r);
    out->people = reader_u32(&r);
    out->last_user = reader_u32(&r);
    out->results = reader_u32(&r);
    out->product = reader_u32(&r);
    out->last_ms = (int64_t)reader_u64(&r);
    out->text = reader_string(&r);
    return !r.bad && reader_left(&r) == 0 && isfinite(out->score);
}

static enum err put(struct txn *t, struct arena *scratch, const struct query_stat *q) {
    struct query_key key;
    struct buf b;
    buf_init(&b, scratch, 64 + q->text.n);
    buf_put(&b, &q->score, sizeof q->score);
    buf_u32(&b, q->searches);
    buf_u32(&b, q->clicks);
    buf_u32(&b, q->purchases);
    buf_u32(&b, q->people);
    buf_u32(&b, q->last_user);
    buf_u32(&b, q->results);
    buf_u32(&b, q->product);
    buf_u64(&b, (uint64_t)q->last_ms);
    buf_string(&b, q->text);
    return b.bad ? ERR_NO_MEMORY : txn_put(t, TABLE_QUERY, query_key(&key, QUERY_RECORD, q->folded), buf_slice(&b));
}

enum err query_log_load(struct snapshot *s, struct slice folded, struct query_stat *out) {
    struct query_key key;
    struct slice value;
    if (folded.n == 0 || folded.n > QUERY_LOG_BYTES) return ERR_NOT_FOUND;
    TRY(db_get(s, TABLE_QUERY, query_key(&key, QUERY_RECORD, folded), &value));
    return query_stat_read(folded, value, out) ? ERR_OK : ERR_DAMAGED;
}

bool query_log_offerable(const struct query_stat *q) { return q->people >= QUERY_PEOPLE_MIN && q->results != 0; }

// log2(2^a + w * 2^b), b the time in half-lives.
static double score_add(double score, bool first, double weight, int64_t at_ms) {
    double b = log2(weight) + (double)at_ms / HALF_LIFE_MS;
    if (first) return b;
    double high = score > b ? score : b, low = score > b ? b : score;
    return high + log2(1 + exp2(low - high));
}

// ---- room ---------------------------------------------------------------------------------------------------------------------------
// Neighbours of `near` give way, so that whoever floods one beginning drives out that beginning.
enum err query_evict(struct txn *t, struct arena *scratch, char kind, struct slice near, double (*value_of)(struct slice value),
                     struct slice *gone) {
    struct query_key from;
    struct slice key, value;
    double least = INFINITY;
    *gone = SLICE_NONE;
    struct db_cursor *c = db_cursor_begin(txn_snapshot(t), TABLE_QUERY);
    if (!c) return ERR_NO_MEMORY;
    enum err e = ERR_OK;
    for (unsigned round = 0; round < 2 && !gone->p && (e == ERR_OK || e == ERR_END); round++) {
        e = db_cursor_seek(c, query_key(&from, kind, round ? SLICE_NONE : near), &key, &value);
        for (unsigned i = 0; e == ERR_OK && i < EVICT_LOOKS && key.p[0] == kind; i++) {
            double worth = value_of(value);
            if (worth < least && !slice_eq(slice_from(key, 1), near)) {
                *gone = arena_copy(scratch, slice_from(key, 1));
                least = worth;
            }
            e = db_cursor_next(c, &key, &value);
        }
    }
    db_cursor_end(c);
    if (e != ERR_OK && e != ERR_END) return e;
    return gone->p ? txn_delete(t, TABLE_QUERY, query_key(&from, kind, *gone)) : ERR_OK;
}

static double score_of(struct slice value) {
    struct query_stat q;
    return query_stat_read(SLICE_NONE, value, &q) ? q.score : -INFINITY;
}

static enum err counter_move(struct txn *t, int by, uint64_t *out) {
    *out = 0;
    enum err e = db_meta_u64(txn_snapshot(t), COUNTER, out);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    *out = by < 0 && *out == 0 ? 0 : *out + (uint64_t)by;
    return txn_set_meta_u64(t, COUNTER, *out);
}

static enum err make_room(struct txn *t, struct arena *scratch, struct slice folded) {
    uint64_t count;
    struct slice gone;
    TRY(counter_move(t, 1, &count));
    if (count <= QUERY_LOG_MAX) return ERR_OK;
    TRY(query_evict(t, scratch, QUERY_RECORD, folded, score_of, &gone));
    if (!gone.p) return ERR_OK;
    TRY(query_lists_remove(t, scratch, gone));
    return counter_move(t, -1, &count);
}

// ---- events -------------------------------------------------------------------------------------------------------------------------
// *out: what is on record, its text no longer in the database's pages. ERR_NOT_FOUND as well for what is never kept.
static enum err load(struct txn *t, struct arena *scratch, struct slice query, struct query_stat *out) {
    struct slice folded;
    TRY(text_fold(scratch, query, &folded));
    *out = (struct query_stat){.folded = folded};
    if (folded.n == 0 || folded.n > QUERY_LOG_BYTES || memchr(folded.p, 0, folded.n)) {
        out->folded = SLICE_NONE;
        return ERR_NOT_FOUND;
    }
    TRY(query_log_load(txn_snapshot(t), folded, out));
    out->text = arena_copy(scratch, out->text);
    return out->text.p ? ERR_OK : ERR_NO_MEMORY;
}

enum err query_log_searched(struct txn *t, struct arena *scratch, uint32_t user, struct slice query, uint32_t results, int64_t at_ms) {
    struct query_stat q;
    enum err e = load(t, scratch, query, &q);
    bool fresh = e == ERR_NOT_FOUND;
    if (fresh && q.folded.n == 0) return ERR_OK;
    if (e != ERR_OK && !fresh) return e;
    bool was_offered = query_log_offerable(&q);
    q.score = score_add(q.score, fresh, SEARCH_WEIGHT, at_ms);
    q.searches++;
    q.people += fresh || q.last_user != user;
    q.last_user = user;
    if (fresh || at_ms >= q.last_ms) {
        q.results = results;
        q.last_ms = at_ms;
        q.text = slice_trim(query);
        if (q.text.n > 2 * QUERY_LOG_BYTES) q.text = q.folded;
    }
    TRY(put(t, scratch, &q));
    if (fresh) TRY(make_room(t, scratch, q.folded));
    if (query_log_offerable(&q) || fresh) return query_lists_add(t, scratch, &q, fresh);
    return was_offered ? query_lists_remove(t, scratch, q.folded) : ERR_OK;
}

enum err query_log_chosen(struct txn *t, struct arena *scratch, struct slice query, enum query_choice choice, uint32_t product,
                          int64_t at_ms) {
    struct query_stat q;
    enum err e = load(t, scratch, query, &q);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    q.score = score_add(q.score, false, CHOICE_WEIGHT[choice], at_ms);
    q.clicks += choice == QUERY_CLICK;
    q.purchases += choice == QUERY_PURCHASE;
    if (product) q.product = product;
    TRY(put(t, scratch, &q));
    return query_log_offerable(&q) ? query_lists_add(t, scratch, &q, false) : ERR_OK;
}

enum err query_log_forget(struct txn *t, struct arena *scratch, uint32_t user, struct slice query) {
    struct query_stat q;
    struct query_key key;
    uint64_t count;
    enum err e = load(t, scratch, query, &q);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_OK : e;
    if (q.people > 1 || q.last_user != user) return ERR_OK;
    TRY(txn_delete(t, TABLE_QUERY, query_key(&key, QUERY_RECORD, q.folded)));
    TRY(query_lists_remove(t, scratch, q.folded));
    return counter_move(t, -1, &count);
}

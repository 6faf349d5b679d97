// query_miss.c: queries that found nothing (query_log.h).
#include <math.h>

#include "base/buf.h"
#include "query_log.h"
#include "text.h"

#define COUNTER "query_misses"
enum { DROPPED_BYTES = 240 };

static bool miss_read(struct slice value, struct query_miss *out) {
    struct reader r = reader_of(value);
    *out = (struct query_miss){.count = reader_u32(&r)};
    out->last_ms = (int64_t)reader_u64(&r);
    out->dropped = reader_string(&r);
    out->query = reader_string(&r);
    return !r.bad && reader_left(&r) == 0;
}

static double count_of(struct slice value) {
    struct query_miss m;
    return miss_read(value, &m) ? (double)m.count : -1.0;
}

static enum err make_room(struct txn *t, struct arena *scratch, struct slice folded) {
    uint64_t count = 0;
    struct slice gone = SLICE_NONE;
    enum err e = db_meta_u64(txn_snapshot(t), COUNTER, &count);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    if (count >= QUERY_MISSES_MAX) TRY(query_evict(t, scratch, QUERY_MISS, folded, count_of, &gone));
    return gone.p ? ERR_OK : txn_set_meta_u64(t, COUNTER, count + 1);
}

enum err query_miss_put(struct txn *t, struct arena *scratch, const struct query_miss *miss) {
    struct query_key key;
    struct query_miss all;
    struct slice folded, value;
    struct buf b;
    TRY(text_fold(scratch, miss->query, &folded));
    if (folded.n == 0 || folded.n > QUERY_LOG_BYTES || miss->dropped.n > DROPPED_BYTES) return ERR_OK;
    struct slice k = query_key(&key, QUERY_MISS, folded);
    enum err e = db_get(txn_snapshot(t), TABLE_QUERY, k, &value);
    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    all = *miss;
    if (e == ERR_OK) {
        struct query_miss old;
        if (!miss_read(value, &old)) return ERR_DAMAGED;
        all.count = old.count > UINT32_MAX - miss->count ? UINT32_MAX : old.count + miss->count;
        if (old.last_ms > all.last_ms) all.last_ms = old.last_ms;
    }
    buf_init(&b, scratch, 64);
    buf_u32(&b, all.count);
    buf_u64(&b, (uint64_t)all.last_ms);
    buf_string(&b, all.dropped);
    buf_string(&b, all.query.n <= 2 * QUERY_LOG_BYTES ? all.query : folded);
    if (b.bad) return ERR_NO_MEMORY;
    if (e == ERR_NOT_FOUND) TRY(make_room(t, scratch, folded));
    return txn_put(t, TABLE_QUERY, k, buf_slice(&b));
}

static bool before(const struct query_miss *a, const struct query_miss *b) {
    return a->count != b->count ? a->count > b->count : a->last_ms != b->last_ms ? a->last_ms > b->last_ms : slice_cmp(a->query, b->query) < 0;
}

enum err query_misses(struct view *v, unsigned max, struct query_miss **out, unsigned *count) {
    struct query_key from;
    struct slice key, value, start = query_key(&from, QUERY_MISS, SLICE_NONE);
    *count = 0;
    *out = ARENA_ARRAY(v->arena, struct query_miss, max + 1);
    if (!*out) return ERR_NO_MEMORY;
    struct db_cursor *c = db_cursor_begin(v->snapshot, TABLE_QUERY);
    if (!c) return ERR_NO_MEMORY;
    enum err e = db_cursor_seek(c, start, &key, &value);
    for (; e == ERR_OK && slice_starts(key, start); e = db_cursor_next(c, &key, &value)) {
        struct query_miss m;
        unsigned at = *count;
        if (!miss_read(value, &m)) {
            e = ERR_DAMAGED;
            break;
        }
        while (at > 0 && before(&m, &(*out)[at - 1])) at--;
        if (at >= max) continue;
        memmove(*out + at + 1, *out + at, (*count - at) * sizeof m);
        (*out)[at] = m;
        if (*count < max) ++*count;
    }
    db_cursor_end(c);
    return e == ERR_END ? ERR_OK : e;
}

// Filling half-empty pages again. LMDB splits a full page in two halves, so that a table of random changes takes up to half as much
// again as the same records appended by an import. But a page that is split because something is put behind its last record keeps all
// but that one: records taken out and put back in ascending order fill their pages. That is done here for some pages at a
// time, in a transaction of its own, wherever the records of a stretch would do with fewer pages.
//
// It does not work where a page is the first below its branch: while it is emptied LMDB moves records of the page behind it in, and all
// that is put back comes before those, in the midst of a page. So the outcome is counted; where it is not good nothing is kept, and
// a shorter stretch is tried, then one that begins a page later.
//
// The records stay the same bytes, so no version of a table is counted up and what readers keep decoded stays right.
#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"
#include "db_internal.h"

#define LOOK_LEAVES 1024 // leaf pages looked at in one call
#define PACK_LEAVES 96   // leaf pages written again in one transaction, at most
#define WORTH_PERCENT 90 // packed when that much of the pages, or less, would do
#define FEWEST_LEAVES 8
#define PAGE_HEADER_BYTES 16
#define NODE_HEADER_BYTES 8
#define SLOT_BYTES 2

struct stretch { // consecutive records of one table
    size_t records, bytes; // bytes: of keys and stored values
    size_t leaves, needed; // needed: pages when filled one after the other
    size_t fill;           // of the last of those
    bool ended;            // behind it the table ends
    size_t second_bytes;   // the first key of its second page
    char second[LIMIT_KEY_BYTES];
};

// What a record takes in a leaf page (mdb.c: mdb_leaf_size): a large value is on pages of its own.
static size_t node_bytes(size_t room, size_t key, size_t value) {
    size_t most = ((room / 2) & ~(size_t)1) - SLOT_BYTES, bytes = NODE_HEADER_BYTES + key + value;
    if (bytes > most) bytes = NODE_HEADER_BYTES + key + sizeof(uint64_t);
    return ((bytes + 1) & ~(size_t)1) + SLOT_BYTES;
}

static void stretch_add(struct stretch *s, size_t room, const MDB_val *key, const MDB_val *value) {
    size_t node = node_bytes(room, key->mv_size, value->mv_size);
    if (s->needed == 0 || s->fill + node > room) {
        s->needed++;
        s->fill = 0;
    }
    s->fill += node;
    s->records++;
    s->bytes += key->mv_size + value->mv_size;
}

// From the record the cursor stands on to the end of a page; leaves it on the first record behind. A key lies in its leaf.
static int stretch_measure(MDB_cursor *c, size_t page_bytes, size_t leaves, MDB_val *key, MDB_val *value, struct stretch *out) {
    uintptr_t page = 0;
    int rc = 0;
    *out = (struct stretch){0};
    for (; rc == 0; rc = mdb_cursor_get(c, key, value, MDB_NEXT)) {
        uintptr_t at = (uintptr_t)key->mv_data / page_bytes;
        if (at != page && out->leaves == leaves) return 0;
        if (at != page && out->leaves == 1) {
            out->second_bytes = key->mv_size;
            memcpy(out->second, key->mv_data, key->mv_size);
        }
        out->leaves += at != page;
        page = at;
        stretch_add(out, page_bytes - PAGE_HEADER_BYTES, key, value);
    }
    out->ended = rc == MDB_NOTFOUND;
    return out->ended ? 0 : rc;
}

static bool worth_it(const struct stretch *s) {
    return s->leaves >= FEWEST_LEAVES && s->needed * 100 <= s->leaves * WORTH_PERCENT;
}

// Copies first: taking a record out moves the others of its page.
static int stretch_rewrite(MDB_txn *txn, MDB_dbi dbi, MDB_cursor *c, struct slice from, const struct stretch *s) {
    MDB_val *list = malloc(s->records * 2 * sizeof *list), key = val_of(from), value;
    char *bytes = malloc(s->bytes + 1), *at = bytes;
    int rc = list && bytes ? mdb_cursor_get(c, &key, &value, MDB_SET_RANGE) : ENOMEM;
    for (size_t i = 0; rc == 0 && i < s->records; i++) {
        const MDB_val both[2] = {key, value};
        for (unsigned k = 0; k < 2; k++) {
            list[2 * i + k] = (MDB_val){both[k].mv_size, at};
            if (both[k].mv_size) memcpy(at, both[k].mv_data, both[k].mv_size);
            at += both[k].mv_size;
        }
        if (i + 1 < s->records) rc = mdb_cursor_get(c, &key, &value, MDB_NEXT);
    }
    for (size_t i = 0; rc == 0 && i < s->records; i++) rc = mdb_del(txn, dbi, &list[2 * i], NULL);
    for (size_t i = 0; rc == 0 && i < s->records; i++) rc = mdb_put(txn, dbi, &list[2 * i], &list[2 * i + 1], MDB_NOOVERWRITE);
    free(list);
    free(bytes);
    return rc;
}

// Where random changes go and an import appends. Chunks of columns never change their size; events come in any order anyway.
static bool table_packs(enum table t) {
    return (db_table_of_catalogue(t) && t != TABLE_FACTS && t != TABLE_OFFER && t != TABLE_VALUE && t != TABLE_DIRTY) || t == TABLE_UNDO || t == TABLE_VEHICLE;
}

static void table_next(struct db_pack *at) {
    at->key_bytes = at->leaves = 0;
    do at->table = at->table + 1 < TABLE_COUNT ? at->table + 1 : 0;
    while (!table_packs(at->table));
}

static void place_set(struct db_pack *at, const void *key, size_t bytes) {
    at->key_bytes = bytes;
    memcpy(at->key, key, bytes);
}

struct attempt { MDB_txn *txn; MDB_dbi dbi; MDB_cursor *cursor; size_t page_bytes; bool wrote, good, ended; };

// Packs the stretch at hand; *behind is where to go on.
static int stretch_pack(struct attempt *p, struct db_pack *at, const struct stretch *s, struct db_pack *behind) {
    MDB_stat before, after;
    p->wrote = true;
    int rc = mdb_stat(p->txn, p->dbi, &before);
    if (rc == 0) rc = stretch_rewrite(p->txn, p->dbi, p->cursor, slice_of(at->key, at->key_bytes), s);
    if (rc == 0) rc = mdb_stat(p->txn, p->dbi, &after);
    if (rc) return rc;
    p->good = after.ms_leaf_pages + (s->leaves - s->needed) * 3 / 4 < before.ms_leaf_pages;
    if (p->good) return 0;
    p->ended = false;
    *behind = *at;
    behind->leaves = s->leaves / 2;
    if (behind->leaves >= FEWEST_LEAVES) return 0;
    behind->leaves = 0;
    place_set(behind, s->second, s->second_bytes);
    return 0;
}

// Goes over pages that are full enough until it has tried to pack a stretch, looked long enough or come to the table's end.
static int pack_in(struct attempt *p, struct db_pack *at) {
    MDB_val key = {at->key_bytes, at->key}, value;
    int rc = mdb_cursor_get(p->cursor, &key, &value, at->key_bytes ? MDB_SET_RANGE : MDB_FIRST);
    p->ended = rc == MDB_NOTFOUND;
    for (size_t looked = 0; rc == 0 && !p->ended && !p->wrote && looked < LOOK_LEAVES;) {
        struct stretch s;
        place_set(at, key.mv_data, key.mv_size);
        rc = stretch_measure(p->cursor, p->page_bytes, at->leaves ? at->leaves : PACK_LEAVES, &key, &value, &s);
        if (rc) break;
        struct db_pack behind = {.table = at->table};
        looked += s.leaves;
        p->ended = s.ended;
        if (!s.ended) place_set(&behind, key.mv_data, key.mv_size);
        if (worth_it(&s)) rc = stretch_pack(p, at, &s, &behind);
        *at = behind;
    }
    return p->ended && rc == MDB_NOTFOUND ? 0 : rc;
}

enum err db_pack_some(struct db *db, struct db_pack *at, bool *more) {
    struct txn *t;
    MDB_stat stat;
    struct attempt p = {0};
    if (!table_packs(at->table)) table_next(at);
    enum table first = at->table;
    *more = true;
    TRY(txn_begin(db, &t, NULL));
    p.txn = t->view.mdb;
    p.dbi = t->view.env->dbi[stored_table(at->table, t->view.slot)];
    int rc = mdb_env_stat(t->view.env->mdb, &stat);
    p.page_bytes = stat.ms_psize;
    if (rc == 0) rc = mdb_cursor_open(p.txn, p.dbi, &p.cursor);
    if (rc == 0) rc = pack_in(&p, at);
    if (p.cursor) mdb_cursor_close(p.cursor);
    if (rc == 0 && p.ended) table_next(at);
    *more = !p.ended || at->table > first;
    if (rc == 0 && p.good) return txn_commit(t, NULL);
    txn_abort(t);
    return rc ? db_error(db, rc, "cannot pack", NULL) : ERR_OK;
}

// Filling half-empty pages again. LMDB splits a full page in two halves, so that a table of random changes takes up to half as much
// again as the same records appended by an import. But a page that is split because something is put behind its last record keeps all
// but that one: records taken out and put back in ascending order fill their pages. That is done here for some pages at a
// time, in a transaction of its own, wherever the records of a stretch would do with much fewer pages.
//
// The records stay the same bytes, so no version of a table is counted up and what readers keep decoded stays right.
#include <errno.h>
#include <stdlib.h>

#include "db_internal.h"

#define LOOK_LEAVES 1024 // leaf pages looked at in one call
#define PACK_LEAVES 192  // leaf pages written again in one transaction: under a megabyte
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
static int stretch_measure(MDB_cursor *c, size_t page_bytes, MDB_val *key, MDB_val *value, struct stretch *out) {
    uintptr_t page = 0;
    int rc = 0;
    *out = (struct stretch){0};
    for (; rc == 0; rc = mdb_cursor_get(c, key, value, MDB_NEXT)) {
        uintptr_t at = (uintptr_t)key->mv_data / page_bytes;
        if (at != page && out->leaves == PACK_LEAVES) return 0;
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
    return (db_table_of_catalogue(t) && t != TABLE_FACTS && t != TABLE_OFFER && t != TABLE_DIRTY) || t == TABLE_UNDO || t == TABLE_VEHICLE;
}

static void table_next(struct db_pack *at) {
    at->key_bytes = 0;
    do at->table = at->table + 1 < TABLE_COUNT ? at->table + 1 : 0;
    while (!table_packs(at->table));
}

static void place_set(struct db_pack *at, const MDB_val *key) {
    at->key_bytes = key->mv_size;
    memcpy(at->key, key->mv_data, key->mv_size);
}

// Goes over pages that are full enough until it has packed a stretch, looked long enough or come to the table's end.
static int pack_in(MDB_txn *txn, MDB_dbi dbi, MDB_cursor *c, size_t page_bytes, struct db_pack *at, bool *wrote, bool *ended) {
    MDB_val key = {at->key_bytes, at->key}, value;
    int rc = mdb_cursor_get(c, &key, &value, at->key_bytes ? MDB_SET_RANGE : MDB_FIRST);
    *ended = rc == MDB_NOTFOUND;
    for (size_t looked = 0; rc == 0 && !*ended && !*wrote && looked < LOOK_LEAVES;) {
        struct stretch s;
        place_set(at, &key);
        rc = stretch_measure(c, page_bytes, &key, &value, &s);
        if (rc) break;
        looked += s.leaves;
        *ended = s.ended;
        *wrote = worth_it(&s);
        struct db_pack behind = *at;
        if (!s.ended) place_set(&behind, &key);
        if (*wrote) rc = stretch_rewrite(txn, dbi, c, slice_of(at->key, at->key_bytes), &s);
        *at = behind;
    }
    return *ended && rc == MDB_NOTFOUND ? 0 : rc;
}

enum err db_pack_some(struct db *db, struct db_pack *at, bool *more) {
    struct txn *t;
    MDB_cursor *c;
    MDB_stat stat;
    bool wrote = false, ended = false;
    if (!table_packs(at->table)) table_next(at);
    enum table first = at->table;
    *more = true;
    TRY(txn_begin(db, &t, NULL));
    MDB_txn *txn = t->view.mdb;
    MDB_dbi dbi = t->view.env->dbi[stored_table(at->table, t->view.slot)];
    int rc = mdb_env_stat(t->view.env->mdb, &stat);
    if (rc == 0) rc = mdb_cursor_open(txn, dbi, &c);
    if (rc == 0) {
        rc = pack_in(txn, dbi, c, stat.ms_psize, at, &wrote, &ended);
        mdb_cursor_close(c);
    }
    if (rc == 0 && ended) table_next(at);
    *more = !ended || at->table > first;
    if (rc == 0 && wrote) return txn_commit(t, NULL);
    txn_abort(t);
    return rc ? db_error(db, rc, "cannot pack", NULL) : ERR_OK;
}

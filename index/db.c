// Snapshots, point reads and cursors.
#include "db.h"

#include <stdlib.h>

#include "base/log.h"
#include "db_internal.h"

// ---- snapshots ------------------------------------------------------------------------------------------------------

static enum err view_begin(struct snapshot *s) {
    int rc = mdb_txn_begin(s->env->mdb, NULL, MDB_RDONLY, &s->mdb);
    if (rc == MDB_PANIC && s->env == &s->db->env) {
        TRY(db_reading_on(s->db, &s->env));
        rc = mdb_txn_begin(s->env->mdb, NULL, MDB_RDONLY, &s->mdb);
    }
    if (rc) s->mdb = NULL;
    s->live = rc == 0;
    if (s->live) db_slot_read(s);
    return db_error(s->db, rc, "cannot read", NULL);
}

void db_slot_read(struct snapshot *s) {
    uint64_t at = s->id = mdb_txn_id(s->mdb), slot = 0;
    if (s->db->staged) s->slot = s->db->staged_slot;
    if (s->env->dbi[TABLE_META] == 0) return; // being made
    if (s->db->staged || (at == s->slot_read_at && at)) return;
    (void)db_meta_u64(s, SLOT_NAME, &slot);
    s->slot = slot != 0;
    s->slot_read_at = at;
}

unsigned snapshot_slot(const struct snapshot *s) { return s->slot; }

enum err snapshot_open(struct db *db, struct snapshot **out) {
    assert(db->magic == DB_MAGIC);
    struct snapshot *s = calloc(1, sizeof *s);
    if (!s) return ERR_NO_MEMORY;
    *s = (struct snapshot){.magic = SNAPSHOT_MAGIC, .db = db, .env = &db->env};
    enum err err = view_begin(s);
    if (err) free(s);
    else *out = s;
    return err;
}

void snapshot_close(struct snapshot *s) {
    if (!s) return;
    assert(s->magic == SNAPSHOT_MAGIC && !s->writing);
    db_cursors_free(s);
    if (s->mdb) mdb_txn_abort(s->mdb);
    s->magic = 0;
    free(s);
}

void snapshot_reset(struct snapshot *s) {
    assert(s->magic == SNAPSHOT_MAGIC && !s->writing && s->cursors_begun == 0);
    if (s->live) mdb_txn_reset(s->mdb);
    s->live = false;
}

// A failed renewal leaves nothing to renew next time: begin anew, which also finds the way around a panic.
static enum err view_again(struct snapshot *s) {
    db_cursors_free(s);
    if (s->mdb) mdb_txn_abort(s->mdb);
    s->mdb = NULL;
    return view_begin(s);
}

enum err snapshot_renew(struct snapshot *s) {
    snapshot_reset(s);
    s->live = s->mdb && mdb_txn_renew(s->mdb) == 0;
    if (!s->live) return view_again(s);
    db_slot_read(s);
    return ERR_OK;
}

bool snapshot_is_newest(const struct snapshot *s) {
    MDB_envinfo info;
    assert(s->magic == SNAPSHOT_MAGIC);
    return s->live && mdb_env_info(s->env->mdb, &info) == 0 && info.me_last_txnid == s->id;
}

uint64_t snapshot_id(const struct snapshot *s) {
    assert(s->magic == SNAPSHOT_MAGIC && s->live);
    return s->id;
}

// ---- records --------------------------------------------------------------------------------------------------------

static enum err damaged(struct snapshot *s, enum table table) {
    if (atomic_fetch_add(&s->db->damaged_reads, 1) == 0)
        log_error("db", "a record of table %s is damaged; `rightfit check` lists all", db_table_name(table));
    return ERR_DAMAGED;
}

enum err db_record_open(struct snapshot *s, enum table table, struct slice key, MDB_val stored, struct slice *payload) {
    uint32_t checksum;
    if (stored.mv_size < CHECKSUM_BYTES) return damaged(s, table);
    *payload = slice_of(stored.mv_data, stored.mv_size - CHECKSUM_BYTES);
    memcpy(&checksum, payload->p + payload->n, sizeof checksum);
    return checksum == record_checksum(table, key, *payload) ? ERR_OK : damaged(s, table);
}

enum err db_get(struct snapshot *s, enum table table, struct slice key, struct slice *value) {
    assert(s->magic == SNAPSHOT_MAGIC && s->live && (unsigned)table < TABLE_COUNT);
    MDB_val k = val_of(key), stored;
    if (key.n == 0) return ERR_NOT_FOUND;
    int rc = mdb_get(s->mdb, s->env->dbi[stored_table(table, s->slot)], &k, &stored);
    if (rc == MDB_NOTFOUND) return ERR_NOT_FOUND;
    if (rc) return db_error(s->db, rc, "cannot read", NULL);
    return db_record_open(s, table, key, stored, value);
}

bool db_table_empty(struct snapshot *s, enum table table) {
    MDB_stat stat;
    assert(s->magic == SNAPSHOT_MAGIC && s->live && (unsigned)table < TABLE_COUNT);
    return mdb_stat(s->mdb, s->env->dbi[stored_table(table, s->slot)], &stat) == 0 && stat.ms_entries == 0;
}

// ---- cursors --------------------------------------------------------------------------------------------------------

// A reading snapshot keeps LMDB's cursors and renews them; LMDB frees those of a write transaction at its end, so there
// only our own part is kept.
static bool cursor_position(struct db_cursor *c) {
    struct snapshot *s = c->snapshot;
    if (c->mdb && mdb_cursor_renew(s->mdb, c->mdb) == 0) return true;
    if (c->mdb) mdb_cursor_close(c->mdb);
    c->mdb = NULL;
    return mdb_cursor_open(s->mdb, s->env->dbi[c->stored], &c->mdb) == 0;
}

static void cursor_free(struct db_cursor *c) {
    if (c->mdb) mdb_cursor_close(c->mdb);
    free(c);
}

struct db_cursor *db_cursor_begin(struct snapshot *s, enum table table) {
    assert(s->magic == SNAPSHOT_MAGIC && s->live && (unsigned)table < TABLE_COUNT);
    unsigned stored = stored_table(table, s->slot);
    struct db_cursor *c = s->idle[stored];
    if (c) s->idle[stored] = c->next_idle;
    else if (!(c = calloc(1, sizeof *c))) return NULL;
    c->snapshot = s;
    c->stored = stored;
    if (!cursor_position(c)) {
        cursor_free(c);
        return NULL;
    }
    s->cursors_begun++;
    return c;
}

void db_cursor_end(struct db_cursor *c) {
    struct snapshot *s = c->snapshot;
    assert(s->magic == SNAPSHOT_MAGIC && s->cursors_begun > 0);
    s->cursors_begun--;
    if (s->writing) {
        mdb_cursor_close(c->mdb);
        c->mdb = NULL;
    }
    c->next_idle = s->idle[c->stored];
    s->idle[c->stored] = c;
}

void db_cursors_free(struct snapshot *s) {
    assert(s->cursors_begun == 0);
    for (unsigned t = 0; t < STORED_COUNT; t++) {
        for (struct db_cursor *c = s->idle[t], *next; c; c = next) {
            next = c->next_idle;
            cursor_free(c);
        }
        s->idle[t] = NULL;
    }
}

// `*key` is read for MDB_SET_RANGE only, and set whenever there is a record, damaged or not.
enum err db_cursor_get(struct db_cursor *c, MDB_cursor_op op, struct slice *key, struct slice *value) {
    MDB_val k = val_of(*key), stored;
    int rc = mdb_cursor_get(c->mdb, &k, &stored, op);
    if (rc == MDB_NOTFOUND) return ERR_END;
    if (rc) return db_error(c->snapshot->db, rc, "cannot read", NULL);
    *key = slice_of_val(k);
    return db_record_open(c->snapshot, table_of_stored(c->stored), *key, stored, value);
}

enum err db_cursor_seek(struct db_cursor *c, struct slice at_least, struct slice *key, struct slice *value) {
    *key = at_least;
    return db_cursor_get(c, at_least.n ? MDB_SET_RANGE : MDB_FIRST, key, value);
}

enum err db_cursor_next(struct db_cursor *c, struct slice *key, struct slice *value) {
    *key = SLICE_NONE;
    return db_cursor_get(c, MDB_NEXT, key, value);
}

enum err db_cursor_prev(struct db_cursor *c, struct slice *key, struct slice *value) {
    *key = SLICE_NONE;
    return db_cursor_get(c, MDB_PREV, key, value);
}

enum err db_cursor_last(struct db_cursor *c, struct slice *key, struct slice *value) {
    *key = SLICE_NONE;
    return db_cursor_get(c, MDB_LAST, key, value);
}

// The write transaction.
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "db_internal.h"

enum err txn_begin(struct db *db, struct txn **out, struct fault *why) {
    assert(db->magic == DB_MAGIC && db->mode != DB_READ);
    struct txn *t = calloc(1, sizeof *t);
    if (!t) return fault_set(why, ERR_NO_MEMORY, "", "no memory for a transaction");
    t->magic = TXN_MAGIC;
    t->view = (struct snapshot){.magic = SNAPSHOT_MAGIC, .db = db, .env = &db->env, .live = true, .writing = true};
    int rc = mdb_txn_begin(db->env.mdb, NULL, 0, &t->view.mdb);
    if (rc) {
        free(t);
        return db_error(db, rc, "cannot begin to write", why);
    }
    db_slot_read(&t->view);
    *out = t;
    return ERR_OK;
}

static void txn_free(struct txn *t) {
    t->magic = 0;
    t->view.magic = 0;
    free(t);
}

void txn_abort(struct txn *t) {
    assert(t->magic == TXN_MAGIC);
    db_cursors_free(&t->view);
    mdb_txn_abort(t->view.mdb);
    txn_free(t);
}

static enum err commit_refused(struct txn *t, struct fault *why) {
    const struct db_options *options = &t->view.db->options;
    if (t->broken) return fault_set(why, t->broken, "", "nothing was written: a put or delete before had failed");
    enum err err = options->commit_fault ? options->commit_fault(options->arg) : ERR_OK;
    return err ? fault_set(why, err, "", "nothing was written: the commit was made to fail") : ERR_OK;
}

static enum err versions_advance(struct txn *t, struct fault *why);

enum err txn_commit(struct txn *t, struct fault *why) {
    assert(t->magic == TXN_MAGIC);
    struct db *db = t->view.db;
    enum err err = commit_refused(t, why);
    if (!err) err = versions_advance(t, why);
    if (err) {
        txn_abort(t);
        return err;
    }
    db_cursors_free(&t->view);
    int rc = mdb_txn_commit(t->view.mdb); // frees the transaction also when it fails
    txn_free(t);
    if (rc) return db_error(db, rc, "cannot commit", why);
    // The commit stands whether or not this works; the next commit or start tries again.
    if (db_file_is_short(db) && db_file_resize(db, db_pages_bytes(db)))
        log_warn("db", "the data file in %s could not be made as long as its pages", db->dir);
    return ERR_OK;
}

struct snapshot *txn_snapshot(struct txn *t) {
    assert(t->magic == TXN_MAGIC);
    return &t->view;
}

uint64_t txn_writes(const struct txn *t) { return t->writes; }

static enum err written(struct txn *t, enum table table, int rc, const char *doing) {
    t->writes++;
    t->touched |= UINT64_C(1) << table;
    if (rc) t->broken = db_error(t->view.db, rc, doing, NULL);
    return t->broken;
}

static enum err put(struct txn *t, enum table table, struct slice key, struct slice value, unsigned flags) {
    assert(t->magic == TXN_MAGIC && (unsigned)table < TABLE_COUNT);
    if (t->broken) return t->broken;
    if (key.n == 0 || key.n > LIMIT_KEY_BYTES || value.n > UINT32_MAX - CHECKSUM_BYTES)
        return written(t, table, MDB_BAD_VALSIZE, "cannot put");
    uint32_t checksum = record_checksum(table, key, value);
    MDB_val k = val_of(key), room = {value.n + CHECKSUM_BYTES, NULL};
    int rc = mdb_put(t->view.mdb, t->view.env->dbi[stored_table(table, t->view.slot)], &k, &room, flags | MDB_RESERVE);
    if (rc == 0) {
        if (value.n) memcpy(room.mv_data, value.p, value.n);
        memcpy((char *)room.mv_data + value.n, &checksum, sizeof checksum);
    }
    return written(t, table, rc, "cannot put");
}

enum err txn_put(struct txn *t, enum table table, struct slice key, struct slice value) {
    return put(t, table, key, value, 0);
}

enum err txn_append(struct txn *t, enum table table, struct slice key, struct slice value) {
    return put(t, table, key, value, MDB_APPEND);
}

enum err txn_delete(struct txn *t, enum table table, struct slice key) {
    assert(t->magic == TXN_MAGIC && (unsigned)table < TABLE_COUNT);
    if (t->broken) return t->broken;
    MDB_val k = val_of(key);
    int rc = key.n ? mdb_del(t->view.mdb, t->view.env->dbi[stored_table(table, t->view.slot)], &k, NULL) : MDB_NOTFOUND;
    return rc == MDB_NOTFOUND ? ERR_NOT_FOUND : written(t, table, rc, "cannot delete");
}

enum err txn_clear(struct txn *t, enum table table) {
    assert(t->magic == TXN_MAGIC && (unsigned)table < TABLE_COUNT);
    if (t->broken) return t->broken;
    return written(t, table, mdb_drop(t->view.mdb, t->view.env->dbi[stored_table(table, t->view.slot)], 0), "cannot clear");
}

// ---- the catalogue's slots ------------------------------------------------------------------------------------------

enum err db_staged(struct db *db, struct db **out) {
    struct snapshot *s;
    struct db *staged = calloc(1, sizeof *staged);
    if (!staged) return ERR_NO_MEMORY;
    enum err err = snapshot_open(db, &s);
    if (err) {
        free(staged);
        return err;
    }
    *staged = (struct db){.magic = DB_MAGIC, .mode = db->mode, .options = db->options, .lock_fd = -1, .env = db->env,
                          .staged = true, .staged_slot = !s->slot};
    slice_copy(slice_str(db->dir), staged->dir, sizeof staged->dir);
    pthread_mutex_init(&staged->reading_on_mutex, NULL);
    snapshot_close(s);
    *out = staged;
    return ERR_OK;
}

void txn_use_slot(struct txn *t, unsigned slot) {
    assert(t->magic == TXN_MAGIC && t->view.cursors_begun == 0);
    t->view.slot = slot != 0;
}

enum err txn_switch_slot(struct txn *t) {
    uint64_t slot = 0;
    (void)db_meta_u64(&t->view, SLOT_NAME, &slot);
    t->touched |= DB_VERSIONED; // other ones are seen now
    return txn_set_meta_u64(t, SLOT_NAME, !slot);
}

// ---- versions of tables ----------------------------------------------------------------------------------------------

static enum err versions_read(struct snapshot *s, uint64_t out[TABLE_COUNT]) {
    struct slice stored;
    memset(out, 0, TABLE_COUNT * sizeof *out);
    enum err e = db_get(s, TABLE_META, slice_str(VERSIONS_NAME), &stored);
    if (e == ERR_NOT_FOUND) return ERR_OK; // nothing versioned was written yet
    TRY(e);
    if (stored.n % sizeof *out != 0) return ERR_DAMAGED;
    memcpy(out, stored.p, stored.n < TABLE_COUNT * sizeof *out ? stored.n : TABLE_COUNT * sizeof *out);
    return ERR_OK;
}

// Within the transaction, so that the versions and what they count become visible together.
static enum err versions_advance(struct txn *t, struct fault *why) {
    uint64_t versions[TABLE_COUNT];
    if (!(t->touched & DB_VERSIONED)) return ERR_OK;
    enum err e = versions_read(&t->view, versions);
    for (unsigned i = 0; i < TABLE_COUNT; i++) versions[i] += (t->touched & DB_VERSIONED) >> i & 1;
    if (e == ERR_OK) e = txn_put(t, TABLE_META, slice_str(VERSIONS_NAME), slice_of(versions, sizeof versions));
    return e == ERR_OK ? ERR_OK : fault_set(why, e, "", "nothing was written: the versions of the tables could not be");
}

enum err snapshot_version(struct snapshot *s, enum table table, uint64_t *out) {
    uint64_t versions[TABLE_COUNT];
    assert((unsigned)table < TABLE_COUNT && DB_VERSIONED >> table & 1);
    TRY(versions_read(s, versions));
    *out = versions[table];
    return ERR_OK;
}

// ---- numbers in TABLE_META ------------------------------------------------------------------------------------------

enum err db_meta_u64(struct snapshot *s, const char *name, uint64_t *out) {
    struct slice value;
    TRY(db_get(s, TABLE_META, slice_str(name), &value));
    if (value.n != sizeof *out) return ERR_DAMAGED;
    memcpy(out, value.p, sizeof *out);
    return ERR_OK;
}

enum err txn_set_meta_u64(struct txn *t, const char *name, uint64_t value) {
    return txn_put(t, TABLE_META, slice_str(name), slice_of(&value, sizeof value));
}

enum err txn_next_id(struct txn *t, const char *counter, uint32_t count, uint32_t *first) {
    uint64_t next = 0;
    enum err err = db_meta_u64(&t->view, counter, &next);
    if (err && err != ERR_NOT_FOUND) return err;
    if (next + count > UINT32_MAX) return ERR_TOO_LARGE;
    *first = (uint32_t)next;
    return txn_set_meta_u64(t, counter, next + count);
}

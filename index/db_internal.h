// db_internal.h: what the files of the database module share. Only db*.c include it, and only they include lmdb.h.
//
//   db_env.c    opening and closing, the lock, schema and tables, the one map of LMDB's errors to ours
//   db.c        snapshots, point reads, cursors
//   db_txn.c    the write transaction, counters
//   db_check.c  statistics, verification, copy
//   db_pages.c  whether LMDB's own pages can be trusted
#ifndef RF_INDEX_DB_INTERNAL_H
#define RF_INDEX_DB_INTERNAL_H

#include <assert.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/hash.h"
#include "db.h"

#define CHECKSUM_BYTES sizeof(uint32_t)
#define PATH_BYTES 4096
#define SCHEMA_NAME "schema" // TABLE_META
#define SLOT_NAME "catalogue_slot"

// Tables as LMDB knows them: the catalogue's second slot stands behind the others.
enum { STORED_COUNT = TABLE_COUNT + (TABLE_UNRESOLVED - TABLE_PRODUCT_ID + 1) };
static inline unsigned stored_table(enum table t, unsigned slot) {
    return slot && db_table_of_catalogue(t) ? TABLE_COUNT + (unsigned)(t - TABLE_PRODUCT_ID) : (unsigned)t;
}
static inline enum table table_of_stored(unsigned stored) {
    return stored < TABLE_COUNT ? (enum table)stored : (enum table)(stored - TABLE_COUNT + TABLE_PRODUCT_ID);
}
#define VERSIONS_NAME "table_versions" // TABLE_META: u64 for each table, counted up where DB_VERSIONED says so
#define DB_VERSIONED \
    (UINT64_C(1) << TABLE_VEHICLE | UINT64_C(1) << TABLE_VEHICLE_ID | UINT64_C(1) << TABLE_GROUP | UINT64_C(1) << TABLE_DIRTY | \
     UINT64_C(1) << TABLE_FACTS | UINT64_C(1) << TABLE_OFFER | UINT64_C(1) << TABLE_USER_ID | \
     UINT64_C(1) << TABLE_EXCLUSION | UINT64_C(1) << TABLE_SERVICE | UINT64_C(1) << TABLE_SERVICE_RULE | \
     UINT64_C(1) << TABLE_WORKSHOP | UINT64_C(1) << TABLE_STOCK)

enum { DB_MAGIC = 0x64620001, SNAPSHOT_MAGIC = 0x736e0001, TXN_MAGIC = 0x74780001 };

// One opened LMDB environment with its tables.
struct env {
    MDB_env *mdb;
    MDB_dbi dbi[STORED_COUNT];
};

struct db {
    unsigned magic;
    enum db_mode mode;
    char dir[PATH_BYTES];
    struct db_options options;
    int lock_fd; // -1: opened for reading
    bool staged; // made by db_staged: shares everything with the database it came from
    unsigned staged_slot;
    struct env env;
    // LMDB refuses reads as well once the write of a meta page has failed (MDB_PANIC). They go on in a second,
    // read-only environment, opened by the first snapshot that meets the panic.
    struct env reading_on;
    pthread_mutex_t reading_on_mutex;
    _Atomic uint64_t damaged_reads;
};

struct db_cursor {
    struct snapshot *snapshot;
    MDB_cursor *mdb;
    unsigned stored; // table and slot
    struct db_cursor *next_idle;
};

struct snapshot {
    unsigned magic;
    struct db *db;
    const struct env *env;
    MDB_txn *mdb;
    bool live;    // between open or renew, and reset
    bool writing; // the view of a write transaction
    uint64_t id;           // LMDB's number of the commit it shows
    unsigned slot;         // of the catalogue
    uint64_t slot_read_at; // the commit it was read from
    unsigned cursors_begun;
    struct db_cursor *idle[STORED_COUNT];
};

struct txn {
    unsigned magic;
    struct snapshot view;
    uint64_t writes;
    uint64_t touched; // a bit for each table written
    enum err broken; // the first failure that may have left half a write; nothing but abort helps
};

static inline MDB_val val_of(struct slice s) { return (MDB_val){s.n, (void *)(uintptr_t)s.p}; }
static inline struct slice slice_of_val(MDB_val v) { return slice_of(v.mv_data, v.mv_size); }

_Static_assert(TABLE_COUNT <= 64, "a bit for each table");

static inline uint32_t record_checksum(enum table table, struct slice key, struct slice payload) {
    return (uint32_t)hash64_seed(payload, hash64_seed(key, (uint64_t)table));
}

// db_env.c
const char *db_stored_name(unsigned stored);
enum err db_error(const struct db *db, int rc, const char *doing, struct fault *why);
enum err db_path(const char *dir, const char *name, char out[PATH_BYTES], struct fault *why);
enum err db_sync_path(const char *path, struct fault *why); // fsync of a file or a directory
enum err db_reading_on(struct db *db, const struct env **out);

// db.c
void db_slot_read(struct snapshot *s); // after a begin or renewal
enum err db_record_open(struct snapshot *s, enum table table, struct slice key, MDB_val stored, struct slice *payload);
void db_cursors_free(struct snapshot *s);
enum err db_cursor_get(struct db_cursor *c, MDB_cursor_op op, struct slice *key, struct slice *value);

// db_check.c: the data file must be as long as its pages say, else reading the rest would be a SIGBUS.
uint64_t db_pages_bytes(const struct db *db);
uint64_t db_file_bytes(const struct db *db);
static inline bool db_file_is_short(const struct db *db) { return db_file_bytes(db) < db_pages_bytes(db); }
enum err db_file_resize(const struct db *db, uint64_t bytes);

// db_pages.c. `txn` reads; it may be renewed.
bool db_pages_first_sound(MDB_txn *txn); // the table of tables and TABLE_META: few pages, so at every start
bool db_pages_sound(MDB_txn *txn, bool table_sound[STORED_COUNT]); // false: what all tables share is damaged

#endif

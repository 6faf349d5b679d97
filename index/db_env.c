// Opening and closing an environment.
//
//  1. Nothing is written before the schema is known to be ours: a newer or damaged database is refused unchanged.
//  2. Table handles are opened once, here, and never closed.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "db_internal.h"

#define DATA_FILE "data.mdb"
#define LOCK_FILE "lock.pid"
#define MAP_LEAST_BYTES (1ull << 30)    // do not start with less address space than this unless asked to
#define DISK_FULL_BYTES (4ull << 20)    // with less free space an EIO is taken for "no space"; LMDB does not tell
#define FILE_MODE 0640

static const struct { enum table table; const char *name; } table_names[] = {
    {TABLE_META, "meta"},
    {TABLE_DICTIONARY, "dictionary"},
    {TABLE_DICTIONARY_TEXT, "dictionary_text"},
    {TABLE_TYPE, "type"},
    {TABLE_BRAND, "brand"},
    {TABLE_LEXICON, "lexicon"},
    {TABLE_MAKE, "make"},
    {TABLE_MODEL, "model"},
    {TABLE_VEHICLE, "vehicle"},
    {TABLE_VEHICLE_ID, "vehicle_id"},
    {TABLE_PICKER, "picker"},
    {TABLE_VEHICLE_NAME, "vehicle_name"},
    {TABLE_CONDITION, "condition"},
    {TABLE_PRODUCT_ID, "product_id"},
    {TABLE_PRODUCT, "product"},
    {TABLE_FACTS, "facts"},
    {TABLE_OFFER, "offer"},
    {TABLE_VALUE, "value"},
    {TABLE_APPLICATION, "application"},
    {TABLE_GROUP, "group"},
    {TABLE_DIRTY, "dirty"},
    {TABLE_NUMBER, "number"},
    {TABLE_POSTING, "posting"},
    {TABLE_WORD_SPELL, "word_spell"},
    {TABLE_UNRESOLVED, "unresolved"},
    {TABLE_WORKSHOP_ID, "workshop_id"},
    {TABLE_WORKSHOP, "workshop"},
    {TABLE_USER_ID, "user_id"},
    {TABLE_USER, "user"},
    {TABLE_EVENT, "event"},
    {TABLE_EVENT_ID, "event_id"},
    {TABLE_VEHICLE_EXTERNAL, "vehicle_external"},
    {TABLE_EXCLUSION, "exclusion"},
    {TABLE_VIN, "vin"},
    {TABLE_UNDO, "undo"},
    {TABLE_BATCH, "batch"},
    {TABLE_LEXICON_PINYIN, "lexicon_pinyin"},
    {TABLE_LEXICON_SPELL, "lexicon_spell"},
    {TABLE_CAR_WORD, "car_word"},
    {TABLE_TROUBLE_CODE, "trouble_code"},
    {TABLE_SYNONYM, "synonym"},
    {TABLE_QUERY, "query"},
    {TABLE_TYRE_SCENE, "tyre_scene"},
    {TABLE_PLACE, "place"},
    {TABLE_STOCK, "stock"},
    {TABLE_HOLD, "hold"},
    {TABLE_SUPPLY, "supply"},
    {TABLE_SERVICE, "service"},
    {TABLE_SERVICE_RULE, "service_rule"},
    {TABLE_TROUBLE_MAKER, "trouble_maker"},
    {TABLE_KEY_VIEW, "key_view"},
    {TABLE_DEALER_PRICE, "dealer_price"},
};
_Static_assert(sizeof table_names / sizeof table_names[0] == TABLE_COUNT, "every table has a name");

const char *db_table_name(enum table table) {
    assert((unsigned)table < TABLE_COUNT && table_names[table].table == table);
    return table_names[table].name;
}

// The second slot's names end in a mark of their own.
const char *db_stored_name(unsigned stored) {
    static const char *const second[] = {"product_id.2", "product.2", "facts.2", "offer.2", "value.2", "application.2", "group.2",
                                         "dirty.2", "number.2", "posting.2", "word_spell.2", "unresolved.2"};
    _Static_assert(sizeof second / sizeof second[0] == STORED_COUNT - TABLE_COUNT, "every table of the second slot has a name");
    return stored < TABLE_COUNT ? db_table_name((enum table)stored) : second[stored - TABLE_COUNT];
}

const char *db_dir(const struct db *db) { return db->dir; }

// ---- errors ---------------------------------------------------------------------------------------------------------

static bool disk_is_full(const char *dir) {
    struct statvfs disk;
    return statvfs(dir, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < DISK_FULL_BYTES;
}

static enum err code_of(const struct db *db, int rc) {
    switch (rc) {
    case MDB_SUCCESS: return ERR_OK;
    case MDB_NOTFOUND: return ERR_NOT_FOUND;
    case MDB_KEYEXIST: return ERR_CONFLICT;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return ERR_STORAGE_FULL;
    case EIO: return disk_is_full(db->dir) ? ERR_STORAGE_FULL : ERR_IO; // LMDB reports a short write as EIO
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND: return ERR_DAMAGED;
    case MDB_VERSION_MISMATCH: return ERR_NEWER;
    case MDB_READERS_FULL: return ERR_RATE_LIMITED;
    case MDB_TXN_FULL: return ERR_TOO_LARGE;
    case ENOMEM: return ERR_NO_MEMORY;
    case MDB_BAD_VALSIZE:
    case MDB_BAD_TXN:
    case MDB_BAD_DBI:
    case MDB_BAD_RSLOT:
    case EINVAL: return ERR_INTERNAL;
    default: return ERR_IO; // MDB_PANIC and the operating system's own
    }
}

enum err db_error(const struct db *db, int rc, const char *doing, struct fault *why) {
    enum err code = code_of(db, rc);
    if (code == ERR_OK) return ERR_OK;
    return fault_set(why, code, "", "%s in %s: %s", doing, db->dir, mdb_strerror(rc));
}

static enum err system_error(const char *doing, const char *path, struct fault *why) {
    return fault_set(why, ERR_IO, "", "%s %s: %s", doing, path, strerror(errno));
}

// ---- files ----------------------------------------------------------------------------------------------------------

enum err db_path(const char *dir, const char *name, char out[PATH_BYTES], struct fault *why) {
    int n = snprintf(out, PATH_BYTES, "%s/%s", dir, name);
    if (n > 0 && n < PATH_BYTES) return ERR_OK;
    return fault_set(why, ERR_IO, "", "the path of the database is longer than %d bytes", PATH_BYTES);
}

enum err db_sync_path(const char *path, struct fault *why) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return system_error("cannot open", path, why);
    enum err err = fsync(fd) ? system_error("cannot sync", path, why) : ERR_OK;
    close(fd);
    return err;
}

static enum err find_data(const struct db *db, struct fault *why) {
    char path[PATH_BYTES];
    TRY(db_path(db->dir, DATA_FILE, path, why));
    if (access(path, F_OK) == 0) return ERR_OK;
    if (errno != ENOENT && errno != ENOTDIR) return system_error("cannot open", path, why);
    if (db->mode != DB_CREATE)
        return fault_set(why, ERR_NOT_FOUND, "", "no database in %s: `make run` or `rightfit import` makes one",
                         db->dir);
    if (mkdir(db->dir, 0750) && errno != EEXIST) return system_error("cannot make", db->dir, why);
    return ERR_OK;
}

static enum err locked_by_other(int fd, const char *dir, struct fault *why) {
    char pid[24] = "";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
    struct slice holder = slice_trim(slice_of(pid, n > 0 ? (size_t)n : 0));
    return fault_set(why, ERR_LOCKED, "", "process %.*s has the database in %s open for writing", SLICE_ARGS(holder),
                     dir);
}

static enum err lock_take(struct db *db, struct fault *why) {
    char path[PATH_BYTES];
    TRY(db_path(db->dir, LOCK_FILE, path, why));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0) return system_error("cannot open", path, why);
    enum err err = ERR_OK;
    if (flock(fd, LOCK_EX | LOCK_NB))
        err = errno == EWOULDBLOCK ? locked_by_other(fd, db->dir, why) : system_error("cannot lock", path, why);
    else if (ftruncate(fd, 0) || dprintf(fd, "%ld\n", (long)getpid()) < 0)
        err = system_error("cannot write", path, why);
    if (err) close(fd);
    else db->lock_fd = fd;
    return err;
}

// ---- the environment ------------------------------------------------------------------------------------------------

static int env_try(const struct db *db, uint64_t map_bytes, unsigned flags, MDB_env **out) {
    MDB_env *env;
    int rc = mdb_env_create(&env);
    if (rc) return rc;
    rc = mdb_env_set_maxdbs(env, STORED_COUNT);
    if (!rc) rc = mdb_env_set_maxreaders(env, LIMIT_READERS);
    if (!rc) rc = mdb_env_set_mapsize(env, map_bytes);
    if (!rc) rc = mdb_env_open(env, db->dir, flags, FILE_MODE);
    if (rc) mdb_env_close(env);
    else *out = env;
    return rc;
}

// NOTLS: a worker holds several snapshots. NORDAHEAD: reads are scattered over a file that may exceed the memory, where
// reading ahead evicts what is needed.
static enum err env_open(const struct db *db, unsigned flags, MDB_env **out, struct fault *why) {
    uint64_t map_bytes = db->options.map_bytes ? db->options.map_bytes : LIMIT_MAP_BYTES;
    int rc = env_try(db, map_bytes, flags | MDB_NOTLS | MDB_NORDAHEAD, out);
    while (rc == ENOMEM && map_bytes / 2 >= MAP_LEAST_BYTES) {
        map_bytes /= 2;
        log_warn("db", "the system refuses more address space; trying %llu GiB", (unsigned long long)(map_bytes >> 30));
        rc = env_try(db, map_bytes, flags | MDB_NOTLS | MDB_NORDAHEAD, out);
    }
    return db_error(db, rc, "cannot open the database", why);
}

// ---- schema and tables ----------------------------------------------------------------------------------------------

static int tables_find(struct env *env, MDB_txn *txn, unsigned flags, unsigned *missing) {
    *missing = 0;
    for (unsigned t = 0; t < STORED_COUNT; t++) {
        int rc = mdb_dbi_open(txn, db_stored_name(t), flags, &env->dbi[t]);
        if (rc == MDB_NOTFOUND) (*missing)++;
        else if (rc) return rc;
    }
    return 0;
}

// Opens the tables that are there. The handles outlive the transaction because it is committed.
static enum err tables_open(const struct db *db, struct env *env, unsigned *missing, struct fault *why) {
    MDB_txn *txn;
    int rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn);
    if (rc) return db_error(db, rc, "cannot read", why);
    rc = db_pages_first_sound(txn) ? tables_find(env, txn, 0, missing) : MDB_CORRUPTED;
    if (rc) mdb_txn_abort(txn);
    else rc = mdb_txn_commit(txn);
    return db_error(db, rc, "cannot read the table of tables", why);
}

static enum err schema_check(struct db *db, struct fault *why) {
    struct snapshot *s;
    uint64_t schema = 0;
    TRY(snapshot_open(db, &s));
    enum err err = db_meta_u64(s, SCHEMA_NAME, &schema);
    snapshot_close(s);
    if (err || schema == 0)
        return fault_set(why, ERR_DAMAGED, "", "the database in %s is damaged: its schema record cannot be read",
                         db->dir);
    if (schema > DB_SCHEMA)
        return fault_set(why, ERR_NEWER, "", "the database in %s has schema %llu; this program knows up to %d", db->dir,
                         (unsigned long long)schema, DB_SCHEMA);
    if (schema < DB_SCHEMA)
        return fault_set(why, ERR_CONFLICT, "", "the database in %s has the old schema %llu: export it with the "
                         "program that wrote it and import it again", db->dir, (unsigned long long)schema);
    return ERR_OK;
}

static enum err tables_create(struct db *db, bool is_new, struct fault *why) {
    struct txn *t;
    unsigned missing;
    TRY(txn_begin(db, &t, why));
    int rc = tables_find(&db->env, t->view.mdb, MDB_CREATE, &missing);
    enum err err = db_error(db, rc, "cannot make the tables", why);
    if (!err && is_new) err = txn_set_meta_u64(t, SCHEMA_NAME, DB_SCHEMA);
    if (!err) return txn_commit(t, why);
    txn_abort(t);
    return err;
}

static enum err tables_complete(struct db *db, unsigned missing, struct fault *why) {
    bool is_new = missing == STORED_COUNT;
    if (is_new && db->mode != DB_CREATE)
        return fault_set(why, ERR_NOT_FOUND, "", "the database in %s is empty: `make run` or `rightfit import` fills "
                         "it", db->dir);
    if (!is_new) TRY(schema_check(db, why));
    if (missing == 0) return ERR_OK;
    if (db->mode == DB_READ)
        return fault_set(why, ERR_CONFLICT, "", "the database in %s lacks %u tables: start rightfitd once to add them",
                         db->dir, missing);
    TRY(tables_create(db, is_new, why));
    return db_sync_path(db->dir, why);
}

static enum err tables_ready(struct db *db, struct fault *why) {
    unsigned missing;
    TRY(tables_open(db, &db->env, &missing, why));
    return tables_complete(db, missing, why);
}

static bool is_whole(struct db *db) {
    unsigned missing;
    struct db_check_report report;
    return tables_open(db, &db->env, &missing, NULL) == ERR_OK && missing == 0 &&
           db_check(db, &report, NULL, NULL) == ERR_OK;
}

// LMDB leaves pages unwritten that were taken and given back within one transaction, so after a crash the file may be
// short without harm; or somebody cut it, and reading on would be a SIGBUS. It is made long enough to be read, and then
// only a walk over every record tells. A file found damaged gets its old length back, to be refused the next time too.
static enum err mend_short_file(struct db *db, struct fault *why) {
    uint64_t old_bytes = db_file_bytes(db);
    if (db->mode == DB_READ)
        return fault_set(why, ERR_DAMAGED, "", "the data file in %s is shorter than its own pages: start rightfitd, "
                         "which verifies it, or restore a snapshot", db->dir);
    log_warn("db", "the data file in %s is shorter than its own pages; verifying every record", db->dir);
    TRY(db_file_resize(db, db_pages_bytes(db)));
    if (is_whole(db)) return ERR_OK;
    db_file_resize(db, old_bytes);
    return fault_set(why, ERR_DAMAGED, "", "the data file in %s was cut off: restore a snapshot", db->dir);
}

static enum err open_all(struct db *db, struct fault *why) {
    int dead;
    TRY(find_data(db, why));
    if (db->mode != DB_READ) TRY(lock_take(db, why));
    TRY(env_open(db, db->mode == DB_READ ? MDB_RDONLY : 0, &db->env.mdb, why));
    mdb_reader_check(db->env.mdb, &dead); // slots of killed processes would hold back the reuse of pages
    if (db_file_is_short(db)) TRY(mend_short_file(db, why));
    return tables_ready(db, why);
}

enum err db_open_with(const char *dir, enum db_mode mode, const struct db_options *options, struct db **out,
                      struct fault *why) {
    struct db *db = calloc(1, sizeof *db);
    if (!db) return fault_set(why, ERR_NO_MEMORY, "", "no memory to open the database");
    db->magic = DB_MAGIC;
    db->mode = mode;
    db->options = *options;
    db->lock_fd = -1;
    pthread_mutex_init(&db->reading_on_mutex, NULL);
    enum err err = ERR_OK;
    if (slice_copy(slice_str(dir), db->dir, sizeof db->dir) < strlen(dir))
        err = fault_set(why, ERR_IO, "", "the path of the database is longer than %d bytes", PATH_BYTES);
    if (!err) err = open_all(db, why);
    if (err) db_close(db);
    else *out = db;
    return err;
}

enum err db_open(const char *dir, enum db_mode mode, struct db **out, struct fault *why) {
    return db_open_with(dir, mode, &(struct db_options){0}, out, why);
}

void db_close(struct db *db) {
    if (!db) return;
    assert(db->magic == DB_MAGIC);
    if (db->reading_on.mdb) mdb_env_close(db->reading_on.mdb);
    if (db->env.mdb && !db->staged) mdb_env_close(db->env.mdb);
    if (db->lock_fd >= 0) close(db->lock_fd);
    pthread_mutex_destroy(&db->reading_on_mutex);
    db->magic = 0;
    free(db);
}

// No lock file: after a panic nothing writes any more, and our own flock keeps other writers out.
static enum err reading_on_open(struct db *db) {
    struct env env = {0};
    unsigned missing;
    TRY(env_open(db, MDB_RDONLY | MDB_NOLOCK, &env.mdb, NULL));
    enum err err = tables_open(db, &env, &missing, NULL);
    if (err) mdb_env_close(env.mdb);
    else db->reading_on = env;
    return err;
}

enum err db_reading_on(struct db *db, const struct env **out) {
    pthread_mutex_lock(&db->reading_on_mutex);
    enum err err = db->reading_on.mdb ? ERR_OK : reading_on_open(db);
    pthread_mutex_unlock(&db->reading_on_mutex);
    *out = &db->reading_on;
    return err;
}

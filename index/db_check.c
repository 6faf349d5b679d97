// Statistics, verification and copies.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db_internal.h"

#define PROGRESS_RECORDS 16384 // between two calls of `progress`

// ---- statistics -----------------------------------------------------------------------------------------------------

static enum err count_free_pages(MDB_txn *txn, const struct db *db, uint64_t *pages) {
    const MDB_dbi free_list = 0; // LMDB's own table: transaction -> (count, page numbers)
    MDB_cursor *cursor;
    MDB_val key, list;
    int rc = mdb_cursor_open(txn, free_list, &cursor);
    if (rc) return db_error(db, rc, "cannot read", NULL);
    while ((rc = mdb_cursor_get(cursor, &key, &list, MDB_NEXT)) == 0) {
        size_t count = 0;
        if (list.mv_size >= sizeof count) memcpy(&count, list.mv_data, sizeof count);
        *pages += count;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? ERR_OK : db_error(db, rc, "cannot read", NULL);
}

struct readers { uint64_t oldest; uint32_t slots; };

// LMDB lists its readers only as text: "pid thread txnid", with "-" for a slot that holds no transaction now.
static int reader_of_line(const char *line, void *arg) {
    struct readers *readers = arg;
    long pid;
    unsigned long long txn_id;
    int fields = sscanf(line, "%ld %*x %llu", &pid, &txn_id);
    if (fields >= 1) readers->slots++;
    if (fields == 2 && txn_id < readers->oldest) readers->oldest = txn_id;
    return 0;
}

static enum err stats_of(struct snapshot *s, struct db_stats *out) {
    const struct db *db = s->db;
    MDB_envinfo info;
    MDB_stat stat;
    struct readers readers = {.oldest = UINT64_MAX};
    TRY(db_error(db, mdb_env_info(s->env->mdb, &info), "cannot read", NULL));
    for (unsigned t = 0; t < TABLE_COUNT; t++) {
        TRY(db_error(db, mdb_stat(s->mdb, s->env->dbi[stored_table((enum table)t, s->slot)], &stat), "cannot read", NULL));
        out->entries[t] = stat.ms_entries;
        out->pages[t] = stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
    }
    TRY(count_free_pages(s->mdb, db, &out->free_pages));
    mdb_reader_list(db->env.mdb, reader_of_line, &readers);
    out->map_bytes = info.me_mapsize;
    out->page_bytes = stat.ms_psize;
    out->used_bytes = (info.me_last_pgno + 1) * stat.ms_psize;
    out->readers = readers.slots;
    out->oldest_reader_lag = info.me_last_txnid > readers.oldest ? info.me_last_txnid - readers.oldest : 0;
    out->damaged_reads = atomic_load(&db->damaged_reads);
    return ERR_OK;
}

enum err db_stats(struct db *db, struct db_stats *out) {
    struct snapshot *s;
    *out = (struct db_stats){0};
    TRY(snapshot_open(db, &s));
    enum err err = stats_of(s, out);
    snapshot_close(s);
    return err;
}

int db_reader_check(struct db *db) {
    int dead = 0;
    mdb_reader_check(db->env.mdb, &dead);
    return dead;
}

// ---- verification ---------------------------------------------------------------------------------------------------

struct check {
    struct db_check_report *report;
    void (*progress)(void *, uint64_t, uint64_t);
    void *arg;
    uint64_t total;
};

static void print_key(struct slice key, char *out, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < key.n && n + sizeof "\\xNN" <= size; i++) {
        unsigned char c = (unsigned char)key.p[i];
        bool prints = c > ' ' && c < 0x7F && c != '\\';
        n += (size_t)snprintf(out + n, size - n, prints ? "%c" : "\\x%02x", c);
    }
    out[n] = 0;
}

static void note_damage(struct db_check_report *report, enum table table, struct slice key) {
    if (report->damaged++) return;
    report->first_table = table;
    print_key(key, report->first_key, sizeof report->first_key);
}

// A flipped byte in a page that leads to the record leaves it whole but out of reach of db_get, or lets the walk meet
// another record twice in its place.
static bool is_in_place(struct snapshot *s, enum table table, struct slice before, struct slice key,
                        struct slice value) {
    MDB_val k = val_of(key), found;
    if (before.p && slice_cmp(before, key) >= 0) return false;
    return mdb_get(s->mdb, s->env->dbi[stored_table(table, s->slot)], &k, &found) == 0 && found.mv_data == value.p;
}

// A structure that cannot be walked to its end, or ends early, hides records that no checksum can speak for.
static enum err check_table(struct check *check, struct snapshot *s, enum table table, uint64_t expected) {
    struct slice key, value, before = SLICE_NONE;
    struct db_check_report *report = check->report;
    uint64_t seen = 0;
    struct db_cursor *c = db_cursor_begin(s, table);
    if (!c) return ERR_NO_MEMORY;
    enum err err = db_cursor_next(c, &key, &value);
    for (; err == ERR_OK || (err == ERR_DAMAGED && key.p); err = db_cursor_next(c, &key, &value)) {
        if (err || !is_in_place(s, table, before, key, value)) note_damage(report, table, key);
        before = key;
        seen++;
        if (++report->records % PROGRESS_RECORDS == 0 && check->progress)
            check->progress(check->arg, report->records, check->total);
    }
    db_cursor_end(c);
    if (err == ERR_DAMAGED || (err == ERR_END && seen != expected)) note_damage(report, table, SLICE_NONE);
    return err == ERR_END || err == ERR_DAMAGED ? ERR_OK : err;
}

static enum err check_all(struct check *check, struct snapshot *s) {
    uint64_t expected[STORED_COUNT];
    bool sound[STORED_COUNT];
    bool shared_sound = db_pages_sound(s->mdb, sound);
    for (unsigned t = 0; t < STORED_COUNT; t++) {
        MDB_stat stat;
        TRY(db_error(s->db, mdb_stat(s->mdb, s->env->dbi[t], &stat), "cannot read", NULL));
        check->total += expected[t] = stat.ms_entries;
    }
    for (unsigned t = 0; t < STORED_COUNT; t++) {
        s->slot = t >= TABLE_COUNT; // the last thing this snapshot is for
        if (sound[t]) TRY(check_table(check, s, table_of_stored(t), expected[t]));
        else note_damage(check->report, table_of_stored(t), SLICE_NONE); // walking it might end the process
    }
    if (!shared_sound) note_damage(check->report, TABLE_META, SLICE_NONE);
    if (check->progress) check->progress(check->arg, check->report->records, check->total);
    return check->report->damaged ? ERR_DAMAGED : ERR_OK;
}

enum err db_check(struct db *db, struct db_check_report *out, void (*progress)(void *, uint64_t, uint64_t), void *arg) {
    struct snapshot *s;
    struct check check = {.report = out, .progress = progress, .arg = arg};
    *out = (struct db_check_report){0};
    TRY(snapshot_open(db, &s));
    enum err err = check_all(&check, s);
    snapshot_close(s);
    return err;
}

// ---- the length of the data file ------------------------------------------------------------------------------------

uint64_t db_pages_bytes(const struct db *db) {
    MDB_envinfo info;
    MDB_stat stat;
    if (mdb_env_info(db->env.mdb, &info) || mdb_env_stat(db->env.mdb, &stat)) return 0;
    return (info.me_last_pgno + 1) * stat.ms_psize;
}

uint64_t db_file_bytes(const struct db *db) {
    struct stat file;
    int fd;
    return mdb_env_get_fd(db->env.mdb, &fd) == 0 && fstat(fd, &file) == 0 ? (uint64_t)file.st_size : 0;
}

enum err db_file_resize(const struct db *db, uint64_t bytes) {
    int fd;
    TRY(db_error(db, mdb_env_get_fd(db->env.mdb, &fd), "cannot read", NULL));
    return ftruncate(fd, (off_t)bytes) ? db_error(db, errno, "cannot resize", NULL) : ERR_OK;
}

// ---- copy -----------------------------------------------------------------------------------------------------------

static enum err copy_into(struct db *db, const char *to_dir, const char *file, struct fault *why) {
    struct db target = {0}; // so that "disk full" is asked of the copy's disk
    slice_copy(slice_str(to_dir), target.dir, sizeof target.dir);
    TRY(db_error(&target, mdb_env_copy2(db->env.mdb, to_dir, MDB_CP_COMPACT), "cannot copy", why));
    TRY(db_sync_path(file, why));
    return db_sync_path(to_dir, why);
}

enum err db_copy(struct db *db, const char *to_dir, struct fault *why) {
    char file[PATH_BYTES];
    TRY(db_path(to_dir, "data.mdb", file, why));
    if (access(file, F_OK) == 0)
        return fault_set(why, ERR_CONFLICT, "", "there is a database in %s already", to_dir);
    enum err err = copy_into(db, to_dir, file, why);
    if (err) unlink(file);
    return err;
}

#include "index/db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/base/limits.h"
#include "index/base/log.h"

#define assert_ok(expression) assert_int_equal((expression), ERR_OK)

// ---- a database in a folder of its own ------------------------------------------------------------------------------

struct place {
    char dir[64];
    struct db *db;
    bool mounted; // on a file system of its own
};

static void remove_dir(const char *dir) {
    DIR *entries = opendir(dir);
    char path[512];
    for (struct dirent *e; entries && (e = readdir(entries));) {
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        unlink(path);
    }
    if (entries) closedir(entries);
    rmdir(dir);
}

static int quiet(void **state) {
    (void)state;
    log_set_level(LOG_ERROR + 1); // damage is reported again and again here
    return 0;
}

static int setup(void **state) {
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->dir, "/tmp/rightfit-test-db-XXXXXX");
    if (!mkdtemp(place->dir)) return -1;
    *state = place;
    return 0;
}

static int setup_open(void **state) {
    if (setup(state)) return -1;
    struct place *place = *state;
    return db_open(place->dir, DB_CREATE, &place->db, NULL) == ERR_OK ? 0 : -1;
}

static int teardown(void **state) {
    struct place *place = *state;
    db_close(place->db);
    if (place->mounted) umount(place->dir);
    remove_dir(place->dir);
    free(place);
    return 0;
}

static void reopen(struct place *place, enum db_mode mode) {
    struct fault why = {0};
    db_close(place->db);
    place->db = NULL;
    if (db_open(place->dir, mode, &place->db, &why)) fail_msg("%s", why.message);
}

static void put_one(struct db *db, enum table table, struct slice key, struct slice value) {
    struct txn *t;
    assert_ok(txn_begin(db, &t, NULL));
    assert_ok(txn_put(t, table, key, value));
    assert_ok(txn_commit(t, NULL));
}

static struct slice key_of(uint32_t number, char out[4]) {
    uint32_t big_endian = __builtin_bswap32(number);
    memcpy(out, &big_endian, 4);
    return slice_of(out, 4);
}

static void put_numbers(struct db *db, enum table table, uint32_t count) {
    struct txn *t;
    char key[4], value[32];
    assert_ok(txn_begin(db, &t, NULL));
    for (uint32_t i = 0; i < count; i++) {
        int n = snprintf(value, sizeof value, "value %u", i);
        assert_ok(txn_append(t, table, key_of(i, key), slice_of(value, (size_t)n)));
    }
    assert_ok(txn_commit(t, NULL));
}

static void assert_slice(struct slice s, const char *text) {
    if (!slice_is(s, text)) fail_msg("got \"%.*s\", wanted \"%s\"", SLICE_ARGS(s), text);
}

static void assert_stored(struct db *db, enum table table, struct slice key, const char *wanted) {
    struct snapshot *s;
    struct slice value;
    assert_ok(snapshot_open(db, &s));
    enum err err = db_get(s, table, key, &value);
    if (wanted) {
        assert_ok(err);
        assert_slice(value, wanted);
    } else {
        assert_int_equal(err, ERR_NOT_FOUND);
    }
    snapshot_close(s);
}

// ---- records --------------------------------------------------------------------------------------------------------

static void test_put_and_get(void **state) {
    struct place *place = *state;
    put_one(place->db, TABLE_PRODUCT, SLICE("k1"), SLICE("one"));
    put_one(place->db, TABLE_PRODUCT, SLICE("k2"), SLICE_NONE);
    assert_stored(place->db, TABLE_PRODUCT, SLICE("k1"), "one");
    assert_stored(place->db, TABLE_PRODUCT, SLICE("k2"), "");
    assert_stored(place->db, TABLE_PRODUCT, SLICE("k3"), NULL);
    assert_stored(place->db, TABLE_PRODUCT, SLICE(""), NULL);
    assert_stored(place->db, TABLE_BRAND, SLICE("k1"), NULL);
    put_one(place->db, TABLE_PRODUCT, SLICE("k1"), SLICE("a longer value"));
    reopen(place, DB_READ);
    assert_stored(place->db, TABLE_PRODUCT, SLICE("k1"), "a longer value");
}

static void test_values_of_all_sizes(void **state) {
    struct place *place = *state;
    static const size_t sizes[] = {0, 1, 3, 100, 2000, 4090, 4096, 100000, 5000000};
    char *bytes = malloc(5000000);
    for (size_t i = 0; i < 5000000; i++) bytes[i] = (char)(i * 7);
    struct txn *t;
    struct slice value;
    assert_ok(txn_begin(place->db, &t, NULL));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_ok(txn_put(t, TABLE_GROUP, slice_of(&i, sizeof i), slice_of(bytes, sizes[i])));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_ok(db_get(txn_snapshot(t), TABLE_GROUP, slice_of(&i, sizeof i), &value));
        assert_true(slice_eq(value, slice_of(bytes, sizes[i])));
    }
    assert_ok(txn_commit(t, NULL));
    free(bytes);
}

static void test_keys_have_a_limit(void **state) {
    struct place *place = *state;
    char key[LIMIT_KEY_BYTES + 1];
    struct txn *t;
    struct snapshot *s;
    struct slice value, found;
    memset(key, 'k', sizeof key);
    put_one(place->db, TABLE_PRODUCT_ID, slice_of(key, LIMIT_KEY_BYTES), SLICE("long"));
    assert_ok(txn_begin(place->db, &t, NULL));
    assert_int_equal(txn_put(t, TABLE_PRODUCT_ID, slice_of(key, sizeof key), SLICE("x")), ERR_INTERNAL);
    txn_abort(t);
    assert_ok(snapshot_open(place->db, &s));
    assert_int_equal(db_get(s, TABLE_PRODUCT_ID, slice_of(key, sizeof key), &value), ERR_NOT_FOUND);
    struct db_cursor *c = db_cursor_begin(s, TABLE_PRODUCT_ID);
    assert_int_equal(db_cursor_seek(c, slice_of(key, sizeof key), &found, &value), ERR_END);
    db_cursor_end(c);
    snapshot_close(s);
}

static void test_delete_and_clear(void **state) {
    struct place *place = *state;
    struct txn *t;
    put_numbers(place->db, TABLE_EVENT, 100);
    char key[4];
    assert_ok(txn_begin(place->db, &t, NULL));
    assert_int_equal(txn_delete(t, TABLE_EVENT, SLICE("none")), ERR_NOT_FOUND);
    assert_int_equal(txn_writes(t), 0);
    assert_ok(txn_delete(t, TABLE_EVENT, key_of(5, key)));
    assert_int_equal(txn_delete(t, TABLE_EVENT, key_of(5, key)), ERR_NOT_FOUND);
    assert_int_equal(txn_writes(t), 1);
    assert_ok(txn_commit(t, NULL));
    assert_stored(place->db, TABLE_EVENT, key_of(5, key), NULL);
    assert_stored(place->db, TABLE_EVENT, key_of(6, key), "value 6");
    assert_ok(txn_begin(place->db, &t, NULL));
    assert_ok(txn_clear(t, TABLE_EVENT));
    assert_ok(txn_commit(t, NULL));
    assert_stored(place->db, TABLE_EVENT, key_of(6, key), NULL);
}

static void test_append_refuses_disorder(void **state) {
    struct place *place = *state;
    struct txn *t;
    struct fault why;
    assert_ok(txn_begin(place->db, &t, NULL));
    assert_ok(txn_append(t, TABLE_FACTS, SLICE("b"), SLICE("1")));
    assert_int_equal(txn_append(t, TABLE_FACTS, SLICE("a"), SLICE("2")), ERR_CONFLICT);
    assert_int_equal(txn_put(t, TABLE_FACTS, SLICE("c"), SLICE("3")), ERR_CONFLICT); // broken from then on
    assert_int_equal(txn_commit(t, &why), ERR_CONFLICT);
    assert_stored(place->db, TABLE_FACTS, SLICE("b"), NULL);
}

static void test_abort_leaves_nothing(void **state) {
    struct place *place = *state;
    struct txn *t;
    assert_ok(txn_begin(place->db, &t, NULL));
    assert_ok(txn_put(t, TABLE_USER, SLICE("u"), SLICE("1")));
    txn_abort(t);
    assert_stored(place->db, TABLE_USER, SLICE("u"), NULL);
}

static void test_counters(void **state) {
    struct place *place = *state;
    struct txn *t;
    uint32_t first;
    uint64_t value = 7;
    assert_ok(txn_begin(place->db, &t, NULL));
    assert_ok(txn_next_id(t, "product_next", 3, &first));
    assert_int_equal(first, 0);
    assert_ok(txn_next_id(t, "product_next", 1, &first));
    assert_int_equal(first, 3);
    assert_int_equal(db_meta_u64(txn_snapshot(t), "none", &value), ERR_NOT_FOUND);
    assert_int_equal(value, 7);
    assert_ok(txn_set_meta_u64(t, "generation", UINT64_MAX));
    assert_ok(txn_commit(t, NULL));
    assert_ok(txn_begin(place->db, &t, NULL));
    assert_ok(db_meta_u64(txn_snapshot(t), "generation", &value));
    assert_true(value == UINT64_MAX);
    assert_ok(txn_next_id(t, "product_next", UINT32_MAX - 4, &first));
    assert_int_equal(first, 4);
    assert_int_equal(txn_next_id(t, "product_next", 1, &first), ERR_TOO_LARGE);
    txn_abort(t);
}

// ---- cursors and snapshots ------------------------------------------------------------------------------------------

static void test_cursor_walks_both_ways(void **state) {
    struct place *place = *state;
    struct snapshot *s;
    struct slice key, value;
    char at[4];
    put_numbers(place->db, TABLE_GROUP, 1000);
    assert_ok(snapshot_open(place->db, &s));
    struct db_cursor *c = db_cursor_begin(s, TABLE_GROUP);
    assert_ok(db_cursor_seek(c, key_of(500, at), &key, &value));
    assert_slice(value, "value 500");
    assert_true(slice_eq(key, key_of(500, at)));
    assert_ok(db_cursor_prev(c, &key, &value));
    assert_slice(value, "value 499");
    assert_ok(db_cursor_next(c, &key, &value));
    assert_ok(db_cursor_next(c, &key, &value));
    assert_slice(value, "value 501");
    assert_ok(db_cursor_last(c, &key, &value));
    assert_slice(value, "value 999");
    assert_int_equal(db_cursor_next(c, &key, &value), ERR_END);
    assert_ok(db_cursor_seek(c, SLICE_NONE, &key, &value));
    assert_slice(value, "value 0");
    assert_int_equal(db_cursor_prev(c, &key, &value), ERR_END);
    assert_int_equal(db_cursor_seek(c, key_of(1000, at), &key, &value), ERR_END);
    db_cursor_end(c);
    snapshot_close(s);
}

static void test_fresh_cursor_has_no_place(void **state) {
    struct place *place = *state;
    struct snapshot *s;
    struct slice key, value;
    put_numbers(place->db, TABLE_GROUP, 10);
    assert_ok(snapshot_open(place->db, &s));
    struct db_cursor *c = db_cursor_begin(s, TABLE_GROUP);
    assert_ok(db_cursor_next(c, &key, &value));
    assert_ok(db_cursor_next(c, &key, &value));
    db_cursor_end(c);
    struct db_cursor *again = db_cursor_begin(s, TABLE_GROUP);
    assert_ptr_equal(again, c); // from the pool
    assert_ok(db_cursor_next(again, &key, &value));
    assert_slice(value, "value 0");
    db_cursor_end(again);
    c = db_cursor_begin(s, TABLE_GROUP);
    assert_ok(db_cursor_prev(c, &key, &value));
    assert_slice(value, "value 9");
    struct db_cursor *empty = db_cursor_begin(s, TABLE_OFFER);
    assert_int_equal(db_cursor_next(empty, &key, &value), ERR_END);
    assert_int_equal(db_cursor_seek(empty, SLICE_NONE, &key, &value), ERR_END);
    assert_int_equal(db_cursor_last(empty, &key, &value), ERR_END);
    db_cursor_end(empty);
    db_cursor_end(c);
    snapshot_close(s);
}

static void test_cursor_inside_a_transaction(void **state) {
    struct place *place = *state;
    struct txn *t;
    struct slice key, value;
    char at[4];
    put_numbers(place->db, TABLE_DIRTY, 1000);
    assert_ok(txn_begin(place->db, &t, NULL));
    struct snapshot *s = txn_snapshot(t);
    struct db_cursor *c = db_cursor_begin(s, TABLE_DIRTY);
    unsigned seen = 0;
    enum err err = db_cursor_next(c, &key, &value);
    for (; err == ERR_OK; err = db_cursor_next(c, &key, &value), seen++) {
        char copy[4];
        memcpy(copy, key.p, 4);
        if (seen % 3 == 0) assert_ok(txn_delete(t, TABLE_DIRTY, slice_of(copy, 4)));
    }
    assert_int_equal(err, ERR_END);
    assert_int_equal(seen, 1000);
    db_cursor_end(c);
    assert_ok(txn_put(t, TABLE_DIRTY, key_of(0, at), SLICE("again")));
    c = db_cursor_begin(s, TABLE_DIRTY);
    assert_ok(db_cursor_next(c, &key, &value));
    assert_slice(value, "again");
    assert_ok(db_cursor_next(c, &key, &value));
    assert_slice(value, "value 1");
    db_cursor_end(c);
    assert_ok(txn_commit(t, NULL));
    assert_stored(place->db, TABLE_DIRTY, key_of(3, at), NULL);
    assert_stored(place->db, TABLE_DIRTY, key_of(4, at), "value 4");
}

static void test_snapshots_are_isolated(void **state) {
    struct place *place = *state;
    struct snapshot *old, *other;
    struct slice value;
    put_one(place->db, TABLE_PRODUCT, SLICE("k"), SLICE("old"));
    assert_ok(snapshot_open(place->db, &old));
    uint64_t id = snapshot_id(old);
    put_one(place->db, TABLE_PRODUCT, SLICE("k"), SLICE("new"));
    assert_ok(snapshot_open(place->db, &other));
    assert_ok(db_get(old, TABLE_PRODUCT, SLICE("k"), &value));
    assert_slice(value, "old");
    assert_ok(db_get(other, TABLE_PRODUCT, SLICE("k"), &value));
    assert_slice(value, "new");
    assert_int_equal(snapshot_id(old), id);
    assert_true(snapshot_id(other) > id);
    assert_ok(snapshot_renew(old));
    assert_int_equal(snapshot_id(old), snapshot_id(other));
    assert_ok(db_get(old, TABLE_PRODUCT, SLICE("k"), &value));
    assert_slice(value, "new");
    snapshot_close(old);
    snapshot_close(other);
}

static void test_snapshot_is_reused(void **state) {
    struct place *place = *state;
    struct snapshot *s;
    struct slice key, value;
    assert_ok(snapshot_open(place->db, &s));
    for (uint32_t i = 0; i < 50; i++) {
        snapshot_reset(s);
        char at[4];
        put_one(place->db, TABLE_MODEL, key_of(i, at), SLICE("m"));
        assert_ok(snapshot_renew(s));
        struct db_cursor *c = db_cursor_begin(s, TABLE_MODEL);
        uint32_t seen = 0;
        while (db_cursor_next(c, &key, &value) == ERR_OK) seen++;
        db_cursor_end(c);
        assert_int_equal(seen, i + 1);
    }
    snapshot_close(s);
}

static void test_readers_have_a_limit(void **state) {
    struct place *place = *state;
    static struct snapshot *all[LIMIT_READERS + 1];
    size_t n = 0;
    enum err err = ERR_OK;
    while (n <= LIMIT_READERS && (err = snapshot_open(place->db, &all[n])) == ERR_OK) n++;
    assert_int_equal(n, LIMIT_READERS);
    assert_int_equal(err, ERR_RATE_LIMITED);
    for (size_t i = 0; i < n; i++) snapshot_close(all[i]);
    assert_stored(place->db, TABLE_USER, SLICE("u"), NULL);
}

// ---- opening --------------------------------------------------------------------------------------------------------

static void assert_refused(struct place *place, enum db_mode mode, enum err code, const char *says) {
    struct fault why = {0};
    struct db *db = NULL;
    assert_int_equal(db_open(place->dir, mode, &db, &why), code);
    assert_int_equal(why.code, code);
    if (!strstr(why.message, says)) fail_msg("\"%s\" does not say \"%s\"", why.message, says);
}

static void test_missing_database(void **state) {
    struct place *place = *state;
    assert_refused(place, DB_READ, ERR_NOT_FOUND, "rightfit import");
    assert_refused(place, DB_WRITE, ERR_NOT_FOUND, "make run");
    rmdir(place->dir);
    assert_refused(place, DB_READ, ERR_NOT_FOUND, "rightfit import");
    assert_ok(db_open(place->dir, DB_CREATE, &place->db, NULL)); // makes the folder
    assert_string_equal(db_dir(place->db), place->dir);
    reopen(place, DB_WRITE);
}

static void test_unusable_folder(void **state) {
    struct place *place = *state;
    struct fault why = {0};
    struct db *db;
    assert_int_equal(db_open("/proc/none/such", DB_CREATE, &db, &why), ERR_IO);
    assert_true(why.message[0] != 0);
    char path[128];
    snprintf(path, sizeof path, "%s/data.mdb", place->dir);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 20000; i++) fputs("not a database ", file);
    fclose(file);
    assert_refused(place, DB_READ, ERR_DAMAGED, "");
    assert_refused(place, DB_CREATE, ERR_DAMAGED, "");
}

static void test_newer_schema(void **state) {
    struct place *place = *state;
    struct txn *t;
    assert_ok(txn_begin(place->db, &t, NULL));
    assert_ok(txn_set_meta_u64(t, "schema", DB_SCHEMA + 1));
    assert_ok(txn_commit(t, NULL));
    db_close(place->db);
    place->db = NULL;
    char said[32];
    snprintf(said, sizeof said, "schema %d", DB_SCHEMA + 1);
    assert_refused(place, DB_READ, ERR_NEWER, said);
    assert_refused(place, DB_WRITE, ERR_NEWER, said);
    assert_refused(place, DB_CREATE, ERR_NEWER, said);
}

static void test_damaged_schema(void **state) {
    struct place *place = *state;
    put_one(place->db, TABLE_META, SLICE("schema"), SLICE("odd"));
    db_close(place->db);
    place->db = NULL;
    assert_refused(place, DB_READ, ERR_DAMAGED, "schema");
    assert_refused(place, DB_CREATE, ERR_DAMAGED, "schema");
}

static void test_second_writer_is_refused(void **state) {
    struct place *place = *state;
    struct place other = *place;
    char holder[32];
    snprintf(holder, sizeof holder, "process %ld ", (long)getpid());
    pid_t child = fork();
    if (child == 0) {
        struct fault why = {0};
        struct db *db;
        enum err err = db_open(other.dir, DB_WRITE, &db, &why);
        if (err != ERR_LOCKED || !strstr(why.message, holder)) _exit(1);
        if (db_open(other.dir, DB_READ, &db, &why)) _exit(2); // reading a live database is fine
        db_close(db);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    reopen(place, DB_WRITE); // the lock went with the holder
}

static void test_reading_another_processes_commits(void **state) {
    struct place *place = *state;
    int go[2], done[2];
    char byte = 0;
    assert_int_equal(pipe(go) | pipe(done), 0);
    db_close(place->db);
    place->db = NULL;
    pid_t child = fork();
    if (child == 0) {
        struct db *db;
        struct snapshot *s;
        struct slice value;
        if (read(go[0], &byte, 1) != 1 || db_open(place->dir, DB_READ, &db, NULL) || snapshot_open(db, &s)) _exit(1);
        if (write(done[1], "x", 1) != 1 || read(go[0], &byte, 1) != 1) _exit(2);
        if (db_get(s, TABLE_USER, SLICE("u"), &value) != ERR_NOT_FOUND) _exit(3);
        if (snapshot_renew(s) || db_get(s, TABLE_USER, SLICE("u"), &value) || !slice_is(value, "there")) _exit(4);
        _exit(0);
    }
    assert_ok(db_open(place->dir, DB_WRITE, &place->db, NULL));
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(read(done[0], &byte, 1), 1);
    put_one(place->db, TABLE_USER, SLICE("u"), SLICE("there"));
    struct db_stats stats;
    assert_ok(db_stats(place->db, &stats));
    assert_int_equal(stats.oldest_reader_lag, 1);
    assert_int_equal(write(go[1], "x", 1), 1);
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(db_reader_check(place->db), 1); // it ended without closing
    close(go[0]), close(go[1]), close(done[0]), close(done[1]);
}

#define META_PAGES_BYTES 8192
#ifndef FLIP_STEP
#define FLIP_STEP 997 // a prime, so that every kind of field is met; 1 for all bytes takes minutes
#endif

// In a child, because a limit on address space cannot be taken back.
static void test_less_address_space(void **state) {
    struct place *place = *state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    print_message("not tested here: a sanitizer needs the address space itself\n");
    skip();
#endif
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {8ull << 30, 8ull << 30};
        struct db_stats stats;
        if (setrlimit(RLIMIT_AS, &limit) || db_open(place->dir, DB_CREATE, &place->db, NULL)) _exit(1);
        put_numbers(place->db, TABLE_EVENT, 100);
        if (db_stats(place->db, &stats) || stats.map_bytes > 8ull << 30 || stats.map_bytes < 1ull << 30) _exit(2);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    reopen(place, DB_WRITE);
    char key[4];
    assert_stored(place->db, TABLE_EVENT, key_of(99, key), "value 99");
}

// ---- damage ---------------------------------------------------------------------------------------------------------

static char *read_data_file(const char *dir, size_t *n) {
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s/data.mdb", dir);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    char *bytes = malloc((size_t)st.st_size);
    assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
    close(fd);
    *n = (size_t)st.st_size;
    return bytes;
}

static void write_byte(const char *dir, size_t at, char byte) {
    char path[128];
    snprintf(path, sizeof path, "%s/data.mdb", dir);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0 && pwrite(fd, &byte, 1, (off_t)at) == 1);
    close(fd);
}

#define MARK "a value to be found in the file"

// Every byte of a record (key, payload, checksum), each bit: never the wrong value, always noticed by the check.
static void test_every_flipped_bit_of_a_record_is_noticed(void **state) {
    struct place *place = *state;
    size_t file_bytes, n = sizeof "KEY:" - 1 + sizeof MARK - 1 + 4;
    put_one(place->db, TABLE_PRODUCT, SLICE("KEY:"), SLICE(MARK));
    db_close(place->db);
    place->db = NULL;
    char *bytes = read_data_file(place->dir, &file_bytes);
    char *record = memmem(bytes, file_bytes, "KEY:" MARK, n - 4);
    assert_non_null(record);
    size_t from = (size_t)(record - bytes);
    for (size_t at = from; at < from + n; at++) {
        for (int bit = 0; bit < 8; bit += 7) {
            struct db_check_report report;
            struct snapshot *s;
            struct slice value;
            write_byte(place->dir, at, (char)(bytes[at] ^ (1 << bit)));
            assert_ok(db_open(place->dir, DB_READ, &place->db, NULL));
            assert_ok(snapshot_open(place->db, &s));
            enum err err = db_get(s, TABLE_PRODUCT, SLICE("KEY:"), &value);
            assert_int_equal(err, at < from + 4 ? ERR_NOT_FOUND : ERR_DAMAGED);
            snapshot_close(s);
            assert_int_equal(db_check(place->db, &report, NULL, NULL), ERR_DAMAGED);
            assert_int_equal(report.damaged, 1);
            assert_int_equal(report.first_table, TABLE_PRODUCT);
            db_close(place->db);
            place->db = NULL;
        }
        write_byte(place->dir, at, bytes[at]);
    }
    free(bytes);
    reopen(place, DB_READ);
    assert_stored(place->db, TABLE_PRODUCT, SLICE("KEY:"), MARK);
}

static bool all_are_right(struct db *db, uint32_t count) {
    struct snapshot *s;
    struct slice value;
    if (snapshot_open(db, &s)) return false;
    for (uint32_t i = 0; i < count; i++) {
        char key[4], wanted[32];
        snprintf(wanted, sizeof wanted, "value %u", i);
        if (db_get(s, TABLE_POSTING, key_of(i, key), &value) || !slice_is(value, wanted)) return false;
    }
    snapshot_close(s);
    return true;
}

// What the check calls whole must be whole, and the check itself must survive any damage.
static bool check_is_right(const char *dir) {
    struct db *db;
    struct db_check_report report;
    if (db_open(dir, DB_READ, &db, NULL)) return true;
    return db_check(db, &report, NULL, NULL) != ERR_OK || all_are_right(db, 2000);
}

// A read from a damaged database may fail, and LMDB may even fall; it must not answer with another value.
static bool reads_are_right(const char *dir) {
    struct db *db;
    struct snapshot *s;
    struct slice value;
    if (db_open(dir, DB_READ, &db, NULL) || snapshot_open(db, &s)) return true;
    for (uint32_t i = 0; i < 2000; i++) {
        char key[4], wanted[32];
        snprintf(wanted, sizeof wanted, "value %u", i);
        if (db_get(s, TABLE_POSTING, key_of(i, key), &value) == ERR_OK && !slice_is(value, wanted)) return false;
    }
    return true;
}

static int status_of_child(bool (*judge)(const char *), const char *dir) {
    pid_t child = fork();
    if (child == 0) {
        for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL); // not cmocka's
        alarm(20);
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        _exit(judge(dir) ? 0 : 42);
    }
    int status;
    waitpid(child, &status, 0);
    return status;
}

// (The meta pages are left out: LMDB keeps two, and with the newer one unreadable the commit before is the database,
// whole in itself.)
static void test_a_flipped_byte_anywhere_is_found_or_harmless(void **state) {
    struct place *place = *state;
    size_t file_bytes;
    char big[20000];
    memset(big, 'b', sizeof big);
    put_one(place->db, TABLE_GROUP, SLICE("big"), slice_of(big, sizeof big));
    put_numbers(place->db, TABLE_POSTING, 2000);
    db_close(place->db);
    place->db = NULL;
    char *bytes = read_data_file(place->dir, &file_bytes);
    for (size_t at = META_PAGES_BYTES; at < file_bytes; at += FLIP_STEP) {
        write_byte(place->dir, at, (char)(bytes[at] ^ 0x10));
        int status = status_of_child(check_is_right, place->dir);
        if (status) fail_msg("byte %zu flipped: the check ends with status %x", at, (unsigned)status);
        status = status_of_child(reads_are_right, place->dir);
        if (WIFEXITED(status) && WEXITSTATUS(status)) fail_msg("byte %zu flipped: a wrong answer", at);
        write_byte(place->dir, at, bytes[at]);
    }
    free(bytes);
}

static void cut_data_file(const char *dir, off_t bytes_off) {
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s/data.mdb", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - bytes_off), 0);
}

static void test_a_cut_file_is_refused(void **state) {
    struct place *place = *state;
    put_numbers(place->db, TABLE_POSTING, 20000);
    db_close(place->db);
    place->db = NULL;
    cut_data_file(place->dir, 200 * 1024);
    assert_refused(place, DB_READ, ERR_DAMAGED, "shorter");
    assert_refused(place, DB_WRITE, ERR_DAMAGED, "cut off");
}

static void test_check_goes_on_after_damage(void **state) {
    struct place *place = *state;
    struct db_check_report report;
    size_t file_bytes;
    put_one(place->db, TABLE_BRAND, SLICE("b 1"), SLICE("first " MARK));
    put_one(place->db, TABLE_USER, SLICE("u"), SLICE("second " MARK));
    put_numbers(place->db, TABLE_EVENT, 1000);
    assert_ok(db_check(place->db, &report, NULL, NULL));
    assert_int_equal(report.records, 1003); // and the schema
    db_close(place->db);
    place->db = NULL;
    char *bytes = read_data_file(place->dir, &file_bytes);
    char *first = memmem(bytes, file_bytes, "first " MARK, 10), *second = memmem(bytes, file_bytes, "second " MARK, 10);
    write_byte(place->dir, (size_t)(first - bytes), 'F');
    write_byte(place->dir, (size_t)(second - bytes), 'S');
    free(bytes);
    reopen(place, DB_READ);
    assert_int_equal(db_check(place->db, &report, NULL, NULL), ERR_DAMAGED);
    assert_int_equal(report.records, 1003);
    assert_int_equal(report.damaged, 2);
    assert_int_equal(report.first_table, TABLE_BRAND);
    assert_string_equal(report.first_key, "b\\x201");
    struct db_stats stats;
    assert_ok(db_stats(place->db, &stats));
    assert_int_equal(stats.damaged_reads, 2);
}

static void count_progress(void *arg, uint64_t done, uint64_t total) {
    unsigned *calls = arg;
    assert_true(done <= total);
    (*calls)++;
}

static void test_copy_and_check(void **state) {
    struct place *place = *state;
    struct place copy = {0};
    struct fault why;
    struct db_check_report report;
    unsigned calls = 0;
    put_numbers(place->db, TABLE_EVENT, 50000);
    strcpy(copy.dir, "/tmp/rightfit-test-copy-XXXXXX");
    assert_non_null(mkdtemp(copy.dir));
    assert_ok(db_copy(place->db, copy.dir, &why));
    assert_int_equal(db_copy(place->db, copy.dir, &why), ERR_CONFLICT);
    put_one(place->db, TABLE_USER, SLICE("u"), SLICE("later"));
    assert_ok(db_open(copy.dir, DB_WRITE, &copy.db, &why));
    assert_ok(db_check(copy.db, &report, count_progress, &calls));
    assert_int_equal(report.records, 50001);
    assert_true(calls >= 3);
    assert_stored(copy.db, TABLE_USER, SLICE("u"), NULL);
    db_close(copy.db);
    remove_dir(copy.dir);
    assert_int_equal(db_copy(place->db, "/tmp/rightfit-no-such-folder", &why), ERR_IO);
}

static void test_stats(void **state) {
    struct place *place = *state;
    struct db_stats stats;
    struct snapshot *s;
    put_numbers(place->db, TABLE_EVENT, 5000);
    assert_ok(snapshot_open(place->db, &s));
    struct txn *t;
    assert_ok(txn_begin(place->db, &t, NULL));
    assert_ok(txn_clear(t, TABLE_EVENT));
    assert_ok(txn_commit(t, NULL));
    assert_ok(db_stats(place->db, &stats));
    assert_int_equal(stats.entries[TABLE_EVENT], 0);
    assert_int_equal(stats.entries[TABLE_META], 1);
    assert_int_equal(stats.map_bytes, LIMIT_MAP_BYTES);
    assert_true(stats.free_pages > 20);
    assert_true(stats.used_bytes > stats.free_pages * stats.page_bytes);
    assert_int_equal(stats.oldest_reader_lag, 1);
    assert_int_equal(stats.readers, 2);
    snapshot_close(s);
}

static void test_table_names_are_distinct(void **state) {
    (void)state;
    for (unsigned a = 0; a < TABLE_COUNT; a++)
        for (unsigned b = 0; b < a; b++)
            assert_string_not_equal(db_table_name((enum table)a), db_table_name((enum table)b));
}

// ---- a disk that fails ----------------------------------------------------------------------------------------------

// LMDB's own calls come through here: pwrite for one page and for the meta pages, writev for adjoining pages.
static struct {
    int error;        // 0: as usual
    off_t from, to;   // offsets it concerns
    bool shorten;     // write half instead, as a disk that fills up does
} write_fault;

static bool fault_hits(off_t at) { return write_fault.error && at >= write_fault.from && at < write_fault.to; }

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
    bool hit = fault_hits(at);
    if (hit && !write_fault.shorten) {
        errno = write_fault.error;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, bytes, hit ? n / 2 : n, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    bool hit = fault_hits(lseek(fd, 0, SEEK_CUR));
    if (hit && !write_fault.shorten) {
        errno = write_fault.error;
        return -1;
    }
    return syscall(SYS_writev, fd, parts, hit ? 1 : count);
}

static bool disk_pretends_to_be_full;

int statvfs(const char *path, struct statvfs *out) {
    struct statfs disk;
    if (statfs(path, &disk)) return -1;
    *out = (struct statvfs){.f_frsize = (unsigned long)disk.f_frsize, .f_bavail = disk.f_bavail};
    if (disk_pretends_to_be_full) out->f_bavail = 3;
    return 0;
}

static enum err try_put(struct db *db, const char *key, const char *value) {
    struct txn *t;
    struct fault why = {0};
    enum err err = txn_begin(db, &t, &why);
    if (!err) {
        enum err put = txn_put(t, TABLE_USER, slice_str(key), slice_str(value));
        err = txn_commit(t, &why);
        if (put) assert_int_equal(put, err);
    }
    assert_int_equal(why.code, err);
    return err;
}

static void test_full_disk(void **state) {
    struct place *place = *state;
    static const struct { int error; bool shorten, full; enum err wanted; } cases[] = {
        {ENOSPC, false, false, ERR_STORAGE_FULL}, {EDQUOT, false, false, ERR_STORAGE_FULL},
        {EIO, false, true, ERR_STORAGE_FULL},     {EIO, false, false, ERR_IO},
        {EIO, true, true, ERR_STORAGE_FULL},
    };
    put_one(place->db, TABLE_USER, SLICE("before"), SLICE("1"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_fault.error = cases[i].error;
        write_fault.shorten = cases[i].shorten;
        write_fault.from = META_PAGES_BYTES;
        write_fault.to = INT64_MAX;
        disk_pretends_to_be_full = cases[i].full;
        assert_int_equal(try_put(place->db, "lost", "2"), cases[i].wanted);
        assert_stored(place->db, TABLE_USER, SLICE("lost"), NULL);
        assert_stored(place->db, TABLE_USER, SLICE("before"), "1");
        write_fault.error = 0;
        disk_pretends_to_be_full = false;
        assert_ok(try_put(place->db, "after", "3")); // it recovers as soon as there is space
        assert_stored(place->db, TABLE_USER, SLICE("after"), "3");
    }
    reopen(place, DB_READ);
    assert_stored(place->db, TABLE_USER, SLICE("after"), "3");
}

static void test_full_map(void **state) {
    struct place *place = *state;
    const struct db_options small = {.map_bytes = 1 << 20};
    struct txn *t;
    char value[1000] = {0};
    enum err err = ERR_OK;
    uint32_t n = 0;
    assert_ok(db_open_with(place->dir, DB_CREATE, &small, &place->db, NULL));
    put_one(place->db, TABLE_USER, SLICE("before"), SLICE("1"));
    assert_ok(txn_begin(place->db, &t, NULL));
    for (; err == ERR_OK && n < 2000; n++)
        err = txn_put(t, TABLE_EVENT, slice_of(&n, sizeof n), slice_of(value, sizeof value));
    assert_int_equal(err, ERR_STORAGE_FULL);
    assert_int_equal(txn_commit(t, NULL), ERR_STORAGE_FULL);
    assert_stored(place->db, TABLE_USER, SLICE("before"), "1");
    assert_ok(try_put(place->db, "after", "2"));
    assert_stored(place->db, TABLE_USER, SLICE("after"), "2");
}

static void test_full_tmpfs(void **state) {
    struct place *place = *state;
    if (mount("tmpfs", place->dir, "tmpfs", 0, "size=1m")) {
        print_message("a full disk for real is not tested: no tmpfs may be mounted here\n");
        skip();
    }
    place->mounted = true;
    assert_ok(db_open(place->dir, DB_CREATE, &place->db, NULL));
    char value[2000] = {0};
    enum err err = ERR_OK;
    uint32_t n = 0;
    for (; err == ERR_OK && n < 5000; n++) {
        struct txn *t;
        assert_ok(txn_begin(place->db, &t, NULL));
        assert_ok(txn_put(t, TABLE_EVENT, slice_of(&n, sizeof n), slice_of(value, sizeof value)));
        err = txn_commit(t, NULL);
    }
    assert_int_equal(err, ERR_STORAGE_FULL);
    for (uint32_t i = 0; i + 1 < n; i++) {
        struct snapshot *s;
        struct slice got;
        assert_ok(snapshot_open(place->db, &s));
        assert_ok(db_get(s, TABLE_EVENT, slice_of(&i, sizeof i), &got));
        snapshot_close(s);
    }
}

// When a meta page cannot be written LMDB gives up for good; reads must not.
static void test_reads_go_on_after_a_panic(void **state) {
    struct place *place = *state;
    struct snapshot *s, *later;
    struct slice value, key;
    put_one(place->db, TABLE_USER, SLICE("before"), SLICE("1"));
    assert_ok(snapshot_open(place->db, &s));
    db_cursor_end(db_cursor_begin(s, TABLE_USER));
    write_fault.error = EIO;
    write_fault.shorten = false;
    write_fault.from = 0;
    write_fault.to = META_PAGES_BYTES;
    assert_int_equal(try_put(place->db, "lost", "2"), ERR_IO);
    write_fault.error = 0;
    assert_int_equal(try_put(place->db, "lost", "2"), ERR_IO);
    for (int i = 0; i < 3; i++) {
        assert_ok(snapshot_renew(s));
        assert_ok(db_get(s, TABLE_USER, SLICE("before"), &value));
        assert_slice(value, "1");
        assert_int_equal(db_get(s, TABLE_USER, SLICE("lost"), &value), ERR_NOT_FOUND);
        struct db_cursor *c = db_cursor_begin(s, TABLE_USER);
        assert_ok(db_cursor_next(c, &key, &value));
        db_cursor_end(c);
        snapshot_reset(s);
    }
    assert_ok(snapshot_open(place->db, &later));
    assert_ok(db_get(later, TABLE_USER, SLICE("before"), &value));
    snapshot_close(later);
    snapshot_close(s);
    struct db_stats stats;
    assert_ok(db_stats(place->db, &stats));
    assert_int_equal(stats.entries[TABLE_USER], 1);
    reopen(place, DB_WRITE); // a restart writes again
    assert_ok(try_put(place->db, "after", "3"));
}

static enum err refuse_commit(void *arg) { return *(enum err *)arg; }

static void test_commits_made_to_fail(void **state) {
    struct place *place = *state;
    enum err fault = ERR_STORAGE_FULL;
    const struct db_options options = {.commit_fault = refuse_commit, .arg = &fault};
    db_close(place->db);
    assert_ok(db_open_with(place->dir, DB_WRITE, &options, &place->db, NULL));
    assert_int_equal(try_put(place->db, "k", "1"), ERR_STORAGE_FULL);
    fault = ERR_OK;
    assert_stored(place->db, TABLE_USER, SLICE("k"), NULL);
    assert_ok(try_put(place->db, "k", "1"));
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_open, teardown)
#define TEST_CLOSED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_put_and_get),
        TEST(test_values_of_all_sizes),
        TEST(test_keys_have_a_limit),
        TEST(test_delete_and_clear),
        TEST(test_append_refuses_disorder),
        TEST(test_abort_leaves_nothing),
        TEST(test_counters),
        TEST(test_cursor_walks_both_ways),
        TEST(test_fresh_cursor_has_no_place),
        TEST(test_cursor_inside_a_transaction),
        TEST(test_snapshots_are_isolated),
        TEST(test_snapshot_is_reused),
        TEST(test_readers_have_a_limit),
        TEST_CLOSED(test_missing_database),
        TEST_CLOSED(test_unusable_folder),
        TEST_CLOSED(test_less_address_space),
        TEST(test_newer_schema),
        TEST(test_damaged_schema),
        TEST(test_second_writer_is_refused),
        TEST(test_reading_another_processes_commits),
        TEST(test_every_flipped_bit_of_a_record_is_noticed),
        TEST(test_a_flipped_byte_anywhere_is_found_or_harmless),
        TEST(test_a_cut_file_is_refused),
        TEST(test_check_goes_on_after_damage),
        TEST(test_copy_and_check),
        TEST(test_stats),
        cmocka_unit_test(test_table_names_are_distinct),
        TEST(test_full_disk),
        TEST_CLOSED(test_full_map),
        TEST_CLOSED(test_full_tmpfs),
        TEST(test_reads_go_on_after_a_panic),
        TEST(test_commits_made_to_fail),
    };
    return cmocka_run_group_tests(tests, quiet, NULL);
}

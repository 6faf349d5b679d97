#include "index/writer.h"

#include <dirent.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/base/limits.h"
#include "index/base/log.h"

#define assert_ok(expression) assert_int_equal((expression), ERR_OK)

// ---- a database, its writer and a plan of failures ------------------------------------------------------------------

struct place {
    char dir[64];
    struct db *db;
    struct writer *writer;
    _Atomic int commit_result; // an enum err for the next commits
};

static enum err commit_fault(void *arg) { return (enum err)atomic_load((_Atomic int *)arg); }

static int setup(void **state) {
    struct place *place = calloc(1, sizeof *place);
    struct db_options options = {.commit_fault = commit_fault, .arg = &place->commit_result};
    log_set_level(LOG_ERROR + 1);
    strcpy(place->dir, "/tmp/rightfit-test-writer-XXXXXX");
    *state = place;
    if (!mkdtemp(place->dir)) return -1;
    if (db_open_with(place->dir, DB_CREATE, &options, &place->db, NULL)) return -1;
    return writer_start(place->db, &place->writer) == ERR_OK ? 0 : -1;
}

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

static int teardown(void **state) {
    struct place *place = *state;
    writer_stop(place->writer);
    db_close(place->db);
    remove_dir(place->dir);
    free(place);
    return 0;
}

// Puts its number; what happens besides is up to `fails`.
struct put {
    struct command command; // first, so that a command is its put
    uint32_t number;
    enum { FAILS_NOT, FAILS_BEFORE, FAILS_AFTER } fails;
    unsigned applied;
    unsigned order; // of the `done` calls
    sem_t *done;
    _Atomic unsigned *done_count;
};

static enum err put_apply(struct command *command, struct txn *t, struct arena *scratch) {
    struct put *put = (struct put *)command;
    uint32_t key = __builtin_bswap32(put->number), *value = arena_alloc(scratch, sizeof *value);
    assert_int_equal(scratch->used_bytes, 16); // empty at every call
    put->applied++;
    *value = put->number;
    if (put->fails == FAILS_BEFORE) return fault_set(&command->why, ERR_BAD_REQUEST, "number", "refused before");
    TRY(txn_put(t, TABLE_EVENT, slice_of(&key, sizeof key), slice_of(value, sizeof *value)));
    if (put->fails == FAILS_AFTER) return fault_set(&command->why, ERR_CONFLICT, "number", "refused after");
    return ERR_OK;
}

static void put_done(struct command *command) {
    struct put *put = (struct put *)command;
    put->order = atomic_fetch_add(put->done_count, 1);
    sem_post(put->done);
}

// Holds the writer until released, so that everything submitted meanwhile is one batch.
struct gate {
    struct command command;
    sem_t entered, open, done;
};

static enum err gate_apply(struct command *command, struct txn *t, struct arena *scratch) {
    struct gate *gate = (struct gate *)command;
    (void)t, (void)scratch;
    sem_post(&gate->entered);
    sem_wait(&gate->open);
    return ERR_OK;
}

static void gate_done(struct command *command) { sem_post(&((struct gate *)command)->done); }

static void gate_close(struct gate *gate, struct writer *w) {
    *gate = (struct gate){.command = {.apply = gate_apply, .done = gate_done}};
    sem_init(&gate->entered, 0, 0);
    sem_init(&gate->open, 0, 0);
    sem_init(&gate->done, 0, 0);
    assert_ok(writer_submit(w, &gate->command));
    sem_wait(&gate->entered);
}

static void gate_open(struct gate *gate) {
    sem_post(&gate->open);
    sem_wait(&gate->done);
}

struct batch {
    struct put *puts;
    size_t count;
    sem_t done;
    _Atomic unsigned done_count;
};

static void batch_init(struct batch *b, size_t count) {
    *b = (struct batch){.puts = calloc(count, sizeof *b->puts), .count = count};
    sem_init(&b->done, 0, 0);
    for (size_t i = 0; i < count; i++)
        b->puts[i] = (struct put){.command = {.apply = put_apply, .done = put_done}, .number = (uint32_t)i,
                                  .done = &b->done, .done_count = &b->done_count};
}

static void batch_submit(struct batch *b, struct writer *w) {
    for (size_t i = 0; i < b->count; i++) assert_ok(writer_submit(w, &b->puts[i].command));
}

static void batch_wait(struct batch *b) {
    for (size_t i = 0; i < b->count; i++) sem_wait(&b->done);
}

// Through the gate, so that the whole batch is taken at once.
static void batch_run(struct batch *b, struct writer *w) {
    struct gate gate;
    gate_close(&gate, w);
    batch_submit(b, w);
    gate_open(&gate);
    batch_wait(b);
}

static bool is_stored(struct db *db, uint32_t number) {
    struct snapshot *s;
    struct slice value;
    uint32_t key = __builtin_bswap32(number);
    assert_ok(snapshot_open(db, &s));
    enum err err = db_get(s, TABLE_EVENT, slice_of(&key, sizeof key), &value);
    bool right = err == ERR_OK && slice_eq(value, slice_of(&number, sizeof number));
    snapshot_close(s);
    return right;
}

static struct writer_stats stats_of(struct place *place) {
    struct writer_stats stats;
    writer_stats(place->writer, &stats);
    return stats;
}

// ---- tests ----------------------------------------------------------------------------------------------------------

static void test_group_commit(void **state) {
    struct place *place = *state;
    struct batch b;
    batch_init(&b, 1000);
    batch_run(&b, place->writer);
    for (size_t i = 0; i < b.count; i++) {
        assert_int_equal(b.puts[i].command.result, ERR_OK);
        assert_int_equal(b.puts[i].applied, 1);
        assert_int_equal(b.puts[i].order, i);
        assert_true(is_stored(place->db, b.puts[i].number));
    }
    struct writer_stats stats = stats_of(place);
    assert_int_equal(stats.commits, 1); // the gate wrote nothing, so it needed none
    assert_int_equal(stats.commands, 1001);
    assert_int_equal(stats.queue_length, 0);
    assert_true(stats.commit_us_max >= stats.commit_us_last && stats.commit_us_last > 0);
    free(b.puts);
}

static void test_a_failure_before_writing_stays_alone(void **state) {
    struct place *place = *state;
    struct batch b;
    batch_init(&b, 10);
    b.puts[3].fails = FAILS_BEFORE;
    batch_run(&b, place->writer);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(b.puts[i].command.result, i == 3 ? ERR_BAD_REQUEST : ERR_OK);
        assert_int_equal(b.puts[i].applied, 1);
        assert_int_equal(is_stored(place->db, i), i != 3);
    }
    assert_string_equal(b.puts[3].command.why.message, "refused before");
    assert_int_equal(stats_of(place).commits, 1);
    free(b.puts);
}

static void test_replay_after_a_torn_command(void **state) {
    struct place *place = *state;
    struct batch b;
    batch_init(&b, 10);
    b.puts[2].fails = FAILS_BEFORE;
    b.puts[4].fails = FAILS_AFTER;
    b.puts[9].fails = FAILS_AFTER;
    batch_run(&b, place->writer);
    for (uint32_t i = 0; i < 10; i++) {
        bool torn = i == 4 || i == 9;
        assert_int_equal(b.puts[i].command.result, torn ? ERR_CONFLICT : i == 2 ? ERR_BAD_REQUEST : ERR_OK);
        assert_int_equal(b.puts[i].applied, torn ? 1 : 2);
        assert_int_equal(b.puts[i].order, i);
        assert_int_equal(is_stored(place->db, i), !torn && i != 2);
    }
    assert_string_equal(b.puts[4].command.why.message, "refused after");
    assert_int_equal(stats_of(place).commits, 2);
    free(b.puts);
}

static void test_many_torn_commands_cost_no_more_than_their_number(void **state) {
    struct place *place = *state;
    struct batch b;
    unsigned applied = 0;
    batch_init(&b, 200);
    for (size_t i = 0; i < b.count; i += 2) b.puts[i].fails = FAILS_AFTER;
    batch_run(&b, place->writer);
    for (uint32_t i = 0; i < b.count; i++) {
        assert_int_equal(b.puts[i].command.result, i % 2 ? ERR_OK : ERR_CONFLICT);
        assert_int_equal(is_stored(place->db, i), i % 2);
        applied += b.puts[i].applied;
    }
    assert_true(applied <= 2 * b.count);
    free(b.puts);
}

static void test_a_failed_commit_fails_the_batch(void **state) {
    struct place *place = *state;
    struct batch b, again;
    batch_init(&b, 5);
    batch_init(&again, 5);
    b.puts[1].fails = FAILS_BEFORE;
    atomic_store(&place->commit_result, ERR_STORAGE_FULL);
    batch_run(&b, place->writer);
    atomic_store(&place->commit_result, ERR_OK);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(b.puts[i].command.result, i == 1 ? ERR_BAD_REQUEST : ERR_STORAGE_FULL);
        assert_int_equal(b.puts[i].command.why.code, b.puts[i].command.result);
        assert_false(is_stored(place->db, i));
    }
    assert_int_equal(stats_of(place).failed_commits, 1);
    batch_run(&again, place->writer);
    for (uint32_t i = 0; i < 5; i++) assert_true(is_stored(place->db, i));
    free(b.puts);
    free(again.puts);
}

static void test_full_queue(void **state) {
    struct place *place = *state;
    struct batch b;
    struct gate gate;
    struct command extra = {.apply = put_apply, .done = put_done};
    batch_init(&b, LIMIT_WRITE_QUEUE);
    gate_close(&gate, place->writer);
    batch_submit(&b, place->writer);
    assert_int_equal(stats_of(place).queue_length, LIMIT_WRITE_QUEUE);
    assert_int_equal(writer_submit(place->writer, &extra), ERR_RATE_LIMITED);
    gate_open(&gate);
    batch_wait(&b);
    assert_int_equal(stats_of(place).commits, LIMIT_WRITE_QUEUE / LIMIT_WRITE_BATCH);
    assert_int_equal(stats_of(place).queue_length, 0);
    free(b.puts);
}

static void test_stop_drains(void **state) {
    struct place *place = *state;
    struct batch b;
    batch_init(&b, 10000);
    b.puts[5000].fails = FAILS_AFTER;
    batch_submit(&b, place->writer);
    writer_stop(place->writer);
    place->writer = NULL;
    assert_int_equal(atomic_load(&b.done_count), b.count);
    for (uint32_t i = 0; i < b.count; i += 99) assert_true(is_stored(place->db, i));
    free(b.puts);
}

struct submitter { struct place *place; struct batch batch; };

static void *submit_all(void *arg) {
    struct submitter *s = arg;
    batch_submit(&s->batch, s->place->writer);
    batch_wait(&s->batch);
    return NULL;
}

static void test_many_threads_submit(void **state) {
    struct place *place = *state;
    struct submitter submitters[4];
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        submitters[i].place = place;
        batch_init(&submitters[i].batch, 2000);
        for (size_t k = 0; k < 2000; k++) submitters[i].batch.puts[k].number = (uint32_t)(i * 2000 + k);
        assert_int_equal(pthread_create(&threads[i], NULL, submit_all, &submitters[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    for (uint32_t n = 0; n < 8000; n += 7) assert_true(is_stored(place->db, n));
    assert_int_equal(stats_of(place).commands, 8000);
    for (size_t i = 0; i < 4; i++) free(submitters[i].batch.puts);
}

struct idle { sem_t called; _Atomic unsigned calls; };

static void idle_work(void *arg, struct db *db) {
    struct idle *idle = arg;
    struct txn *t;
    assert_ok(txn_begin(db, &t, NULL));
    assert_ok(txn_set_meta_u64(t, "idle", atomic_fetch_add(&idle->calls, 1)));
    assert_ok(txn_commit(t, NULL));
    sem_post(&idle->called);
}

static void test_idle_hook(void **state) {
    struct place *place = *state;
    struct idle idle = {0};
    struct batch b;
    sem_init(&idle.called, 0, 0);
    batch_init(&b, 3);
    writer_set_idle(place->writer, idle_work, &idle, 5);
    sem_wait(&idle.called);
    sem_wait(&idle.called);
    batch_run(&b, place->writer);
    sem_wait(&idle.called);
    for (uint32_t i = 0; i < 3; i++) assert_true(is_stored(place->db, i));
    free(b.puts);
}

// ---- reading beside the writer --------------------------------------------------------------------------------------

// Puts the same number under two keys; no snapshot may ever see them differ.
static enum err pair_apply(struct command *command, struct txn *t, struct arena *scratch) {
    struct put *put = (struct put *)command;
    (void)scratch;
    TRY(txn_set_meta_u64(t, "left", put->number));
    return txn_set_meta_u64(t, "right", put->number);
}

struct reading { struct db *db; _Atomic bool stop; uint64_t rounds; bool torn, damaged; };

static void *read_pairs(void *arg) {
    struct reading *r = arg;
    struct snapshot *s;
    assert_ok(snapshot_open(r->db, &s));
    while (!atomic_load(&r->stop)) {
        uint64_t left = 0, right = 0;
        r->torn = r->torn || snapshot_renew(s) || db_meta_u64(s, "left", &left) || db_meta_u64(s, "right", &right);
        r->torn = r->torn || left != right;
        r->rounds++;
        snapshot_reset(s);
    }
    snapshot_close(s);
    return NULL;
}

static void *check_again_and_again(void *arg) {
    struct reading *r = arg;
    struct db_check_report report;
    struct db_stats stats;
    for (; !atomic_load(&r->stop); r->rounds++)
        r->damaged = r->damaged || db_check(r->db, &report, NULL, NULL) || db_stats(r->db, &stats);
    return NULL;
}

static void test_reading_and_checking_beside_the_writer(void **state) {
    struct place *place = *state;
    struct reading readers[2] = {{.db = place->db}, {.db = place->db}};
    pthread_t threads[2];
    struct batch b;
    batch_init(&b, 500);
    for (size_t i = 0; i < b.count; i++) b.puts[i].command.apply = pair_apply;
    batch_submit(&b, place->writer);
    batch_wait(&b);
    pthread_create(&threads[0], NULL, read_pairs, &readers[0]);
    pthread_create(&threads[1], NULL, check_again_and_again, &readers[1]);
    for (size_t i = 0; i < b.count; i++) { // one commit each
        assert_ok(writer_submit(place->writer, &b.puts[i].command));
        sem_wait(&b.done);
    }
    for (size_t i = 0; i < 2; i++) atomic_store(&readers[i].stop, true);
    for (size_t i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    assert_true(readers[0].rounds > 0 && readers[1].rounds > 0);
    assert_false(readers[0].torn);
    assert_false(readers[1].damaged);
    free(b.puts);
}

// ---- what was acknowledged survives kill -9 --------------------------------------------------------------------------

static void acknowledge(struct command *command) {
    struct put *put = (struct put *)command;
    if (command->result == ERR_OK && write(STDOUT_FILENO, &put->number, sizeof put->number) < 0) _exit(1);
    put->order = 1;
    sem_post(put->done);
}

static void write_until_killed(const char *dir, uint32_t from) {
    struct db *db;
    struct writer *w;
    struct batch b;
    if (db_open(dir, DB_WRITE, &db, NULL) || writer_start(db, &w)) _exit(1);
    batch_init(&b, 64);
    for (uint32_t number = from;; number += 64) {
        for (uint32_t i = 0; i < 64; i++) {
            b.puts[i].number = number + i;
            b.puts[i].command.done = acknowledge;
        }
        batch_submit(&b, w);
        batch_wait(&b);
    }
}

static uint32_t kill_after(int fd, pid_t child, uint32_t acknowledgements, uint32_t *last) {
    uint32_t number, n = 0;
    while (read(fd, &number, sizeof number) == sizeof number) {
        *last = number;
        if (++n == acknowledgements) kill(child, SIGKILL);
    }
    return n;
}

static void test_acknowledged_writes_survive_a_kill(void **state) {
    struct place *place = *state;
    uint32_t last = 0, from = 0;
    writer_stop(place->writer);
    place->writer = NULL;
    for (uint32_t round = 0; round < 6; round++) {
        int fds[2], status;
        db_close(place->db);
        place->db = NULL;
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        if (child == 0) {
            dup2(fds[1], STDOUT_FILENO);
            close(fds[0]), close(fds[1]);
            write_until_killed(place->dir, from);
        }
        close(fds[1]);
        assert_true(kill_after(fds[0], child, 100 + round * 137, &last) >= 100);
        close(fds[0]);
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        struct db_check_report report;
        assert_ok(db_open(place->dir, DB_WRITE, &place->db, NULL));
        assert_ok(db_check(place->db, &report, NULL, NULL));
        for (uint32_t n = 0; n <= last; n++)
            if (!is_stored(place->db, n)) fail_msg("%u was acknowledged and is gone", n);
        from = last + 1;
    }
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_group_commit),
        TEST(test_a_failure_before_writing_stays_alone),
        TEST(test_replay_after_a_torn_command),
        TEST(test_many_torn_commands_cost_no_more_than_their_number),
        TEST(test_a_failed_commit_fails_the_batch),
        TEST(test_full_queue),
        TEST(test_stop_drains),
        TEST(test_many_threads_submit),
        TEST(test_idle_hook),
        TEST(test_reading_and_checking_beside_the_writer),
        TEST(test_acknowledged_writes_survive_a_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "server/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define RING_RECORDS 4096 // a power of two
#define PATIENCE_MS 500   // at the end, for a reader that has stopped

struct ring {
    _Alignas(64) _Atomic uint64_t written; // by the worker
    _Alignas(64) _Atomic uint64_t read;    // by the thread
    struct access_record records[RING_RECORDS];
};

struct access_log {
    unsigned workers;
    struct ring *rings;
    const char *path;
    int event_fd;
    _Atomic int file_fd;
    atomic_bool stop;
    pthread_t thread;
    struct buf lines; // the thread's
};

static int open_file(const char *path) {
    if (strcmp(path, "-") == 0) return dup(STDOUT_FILENO);
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

static void write_line(struct buf *out, const struct access_record *r) {
    struct json_writer w = json_writer_of(out);
    json_open(&w, '{');
    json_key_int(&w, "ts", r->unix_ms);
    json_key_str(&w, "id", r->id);
    json_key_str(&w, "method", method_name(r->method));
    json_key_string(&w, "path", slice_of(r->path, r->path_bytes));
    if (r->path_cut) json_key_bool(&w, "path_cut", true);
    json_key_int(&w, "status", r->status);
    json_key_int(&w, "bytes", (int64_t)r->bytes);
    json_key_int(&w, "took_us", (int64_t)r->took_us);
    json_key_str(&w, "key", r->key_id[0] ? r->key_id : NULL);
    json_close(&w, '}');
    buf_char(out, '\n');
}

static void drain_ring(struct ring *ring, struct buf *out) {
    uint64_t at = atomic_load_explicit(&ring->read, memory_order_relaxed);
    uint64_t end = atomic_load_explicit(&ring->written, memory_order_acquire);
    for (; at < end; at++) write_line(out, &ring->records[at & (RING_RECORDS - 1)]);
    atomic_store_explicit(&ring->read, at, memory_order_release);
}

// Whether PIPE_BUF bytes can be written without waiting. False: the server ends, and the log's reader has stopped.
static bool has_room(const struct access_log *log, int fd) {
    struct pollfd room = {fd, POLLOUT, 0};
    while (poll(&room, 1, PATIENCE_MS) == 0)
        if (atomic_load(&log->stop)) return false;
    return true;
}

static void write_all(const struct access_log *log, struct slice s) {
    int fd = atomic_load(&log->file_fd);
    struct stat st;
    bool waits = fstat(fd, &st) == 0 && !S_ISREG(st.st_mode);
    while (s.n > 0) {
        if (waits && !has_room(log, fd)) return;
        ssize_t n = write(fd, s.p, waits && s.n > PIPE_BUF ? PIPE_BUF : s.n);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return; // a full disk costs log lines, never requests
        s = slice_from(s, (size_t)n);
    }
}

static void *run(void *arg) {
    struct access_log *log = arg;
    bool stop;
    do {
        uint64_t count;
        ssize_t n = read(log->event_fd, &count, sizeof count);
        (void)n; // woken is woken
        stop = atomic_load(&log->stop);
        buf_clear(&log->lines);
        for (unsigned i = 0; i < log->workers; i++) drain_ring(&log->rings[i], &log->lines);
        write_all(log, buf_slice(&log->lines));
    } while (!stop);
    return NULL;
}

static void release(struct access_log *log) {
    if (log->event_fd >= 0) close(log->event_fd);
    if (log->file_fd >= 0) close(log->file_fd);
    buf_free(&log->lines);
    free(log->rings);
    free(log);
}

enum err access_log_open(const char *path, unsigned workers, struct access_log **out, struct fault *why) {
    *out = NULL;
    if (path[0] == 0) return ERR_OK;
    struct access_log *log = calloc(1, sizeof *log);
    if (!log) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    log->workers = workers;
    log->path = path;
    buf_init(&log->lines, NULL, 0);
    log->event_fd = eventfd(0, EFD_CLOEXEC);
    log->file_fd = open_file(path);
    log->rings = aligned_alloc(64, workers * sizeof *log->rings);
    bool good = log->event_fd >= 0 && log->file_fd >= 0 && log->rings;
    if (!good) fault_set(why, ERR_IO, "request-log", "cannot open the request log %.100s: %s", path, strerror(errno));
    for (unsigned i = 0; good && i < workers; i++) {
        atomic_init(&log->rings[i].written, 0);
        atomic_init(&log->rings[i].read, 0);
    }
    if (good && pthread_create(&log->thread, NULL, run, log) != 0) {
        fault_set(why, ERR_IO, "request-log", "cannot start the thread of the request log");
        good = false;
    }
    if (!good) {
        release(log);
        return ERR_IO;
    }
    *out = log;
    return ERR_OK;
}

void access_log_nudge(struct access_log *log) {
    uint64_t one = 1;
    ssize_t n = write(log->event_fd, &one, sizeof one);
    (void)n;
}

void access_log_close(struct access_log *log) {
    if (!log) return;
    atomic_store(&log->stop, true);
    access_log_nudge(log);
    pthread_join(log->thread, NULL);
    release(log);
}

// dup2 swaps the file under the descriptor's number, so the thread may be writing meanwhile.
enum err access_log_reopen(struct access_log *log, struct fault *why) {
    int fd = open_file(log->path);
    if (fd < 0 || dup3(fd, atomic_load(&log->file_fd), O_CLOEXEC) < 0)
        fault_set(why, ERR_IO, "request-log", "cannot open %.100s again: %s", log->path, strerror(errno));
    else why = NULL;
    if (fd >= 0) close(fd);
    return why ? ERR_IO : ERR_OK;
}

bool access_log_put(struct access_log *log, unsigned worker, const struct access_record *record) {
    struct ring *ring = &log->rings[worker];
    uint64_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
    uint64_t waiting = at - atomic_load_explicit(&ring->read, memory_order_acquire);
    if (waiting == RING_RECORDS) return false;
    ring->records[at & (RING_RECORDS - 1)] = *record;
    atomic_store_explicit(&ring->written, at + 1, memory_order_release);
    if (waiting == RING_RECORDS / 2) access_log_nudge(log);
    return true;
}

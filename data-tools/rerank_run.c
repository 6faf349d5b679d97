#include "rerank_run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "index/base/hash.h"
#include "index/base/limits.h"
#include "index/text.h"
#include "model/pool.h"
#include "model/rerank_file.h"

#define PERSONS_BYTES ((size_t)4 << 30)
#define ARENA_BYTES (1u << 20)

// ---- opening ------------------------------------------------------------------------------------------------------

static int64_t standing_ms(void *state) {
    const struct rerank_run *r = state;
    return r->options.as_of_ms;
}

static uint64_t running_us(void *state) {
    (void)state;
    return clock_monotonic_us(&clock_system);
}

static enum err open_input(struct rerank_run *r, struct fault *why) {
    struct stat s;
    r->in_fd = r->options.in ? open(r->options.in, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (r->in_fd < 0) return fault_set(why, ERR_IO, "", "cannot open %s: %s", r->options.in, strerror(errno));
    if (fstat(r->in_fd, &s) == 0 && S_ISREG(s.st_mode)) r->in_bytes = (uint64_t)s.st_size;
    (void)posix_fadvise(r->in_fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return ERR_OK;
}

static enum err open_output(struct rerank_run *r, struct fault *why) {
    int flags = O_RDWR | O_CREAT | O_CLOEXEC | (r->options.resume ? 0 : O_TRUNC);
    r->out_fd = r->options.out ? open(r->options.out, flags, 0666) : STDOUT_FILENO;
    return r->out_fd < 0 ? fault_set(why, ERR_IO, "", "cannot write %s: %s", r->options.out, strerror(errno)) : ERR_OK;
}

enum err rerank_run_open(const char *data, const struct rerank_options *options, struct rerank_run *r, struct fault *why) {
    *r = (struct rerank_run){.options = *options, .in_fd = -1, .out_fd = -1, .began_us = clock_monotonic_us(&clock_system)};
    if (!options->as_of_given) r->options.as_of_ms = clock_unix_ms(&clock_system);
    r->clock = (struct clock){standing_ms, running_us, r};
    TRY(open_input(r, why));
    if (data) TRY(command_open(data, DB_READ, &r->db, why)); // before an old output is cut
    TRY(open_output(r, why));
    if (!r->db) return ERR_OK;
    TRY(generations_open(r->db, &r->generations, why));
    bool more;
    return generations_take_in(r->generations, UINT32_MAX, &more, why);
}

static enum err thread_open(struct rerank_run *r, struct rerank_thread *t) {
    arena_init(&t->arena, ARENA_BYTES, LIMIT_REQUEST_ARENA_BYTES);
    t->parser = json_parser_new();
    if (!t->parser) return ERR_NO_MEMORY;
    TRY(view_open(r->db, &r->clock, &t->view));
    view_keep(t->view);
    TRY(ranker_open(r->generations, &t->ranker));
    rank_begin(t->ranker);
    return ERR_OK;
}

// Three things that take some tenths of a second each, side by side.
enum { PREPARE_TABLE, PREPARE_IDS, PREPARE_TEXT, PREPARE_COUNT };
struct preparing {
    struct rerank_run *run;
    enum err results[PREPARE_COUNT];
};

static enum err prepare_one(struct rerank_run *r, size_t what, struct rerank_thread *t) {
    if (what == PREPARE_TEXT) return text_init(); // cars are told by their names and attributes
    TRY(rerank_list_begin(t));
    enum err e = what == PREPARE_IDS ? product_ids_load(t->view, &r->ids) : rank_batch_open(t->ranker, t->view, RANK_BATCH, &r->table);
    rerank_list_end(t);
    return e;
}

static void prepare_some(void *arg, unsigned thread, size_t from, size_t to) {
    struct preparing *p = arg;
    for (size_t i = from; i < to; i++) p->results[i] = prepare_one(p->run, i, &p->run->threads[thread]);
}

static enum err prepare_tables(struct rerank_run *r) {
    struct preparing p = {.run = r};
    struct pool *pool = pool_new(r->options.threads < PREPARE_COUNT ? r->options.threads : PREPARE_COUNT);
    r->persons = batch_persons_new(PERSONS_BYTES);
    if (!pool || !r->persons) {
        pool_free(pool);
        return ERR_NO_MEMORY;
    }
    pool_run(pool, PREPARE_COUNT, 1, prepare_some, &p);
    pool_free(pool);
    for (unsigned i = 0; i < PREPARE_COUNT; i++) TRY(p.results[i]);
    return ERR_OK;
}

enum err rerank_run_prepare(struct rerank_run *r, struct fault *why) {
    unsigned count = r->options.threads + 1; // the last one is the reader's
    r->threads = calloc(count, sizeof *r->threads);
    enum err e = r->threads ? ERR_OK : ERR_NO_MEMORY;
    for (unsigned i = 0; e == ERR_OK && i < count; i++) e = thread_open(r, &r->threads[i]);
    if (e == ERR_OK) e = prepare_tables(r);
    for (unsigned i = 0; e == ERR_OK && i < count; i++) {
        struct rerank_thread *t = &r->threads[i];
        t->scratch = rank_batch_scratch_new(r->table);
        t->batch = (struct rerank_batch){r->table, r->persons, t->scratch, r->ids, r->options.shares ? t->spent_us : NULL};
        t->rerank = (struct rerank){t->view, t->ranker, &t->batch};
        if (!t->scratch) e = ERR_NO_MEMORY;
    }
    progress_start(&r->progress, "rerank");
    return e == ERR_OK ? e : fault_set(why, e, "", "cannot prepare the run: %s", err_name(e));
}

static void thread_close(struct rerank_thread *t) {
    if (t->ranker) {
        rank_end(t->ranker);
        ranker_close(t->ranker);
    }
    if (t->view) view_close(t->view);
    json_parser_free(t->parser);
    rank_batch_scratch_free(t->scratch);
    arena_destroy(&t->arena);
}

void rerank_run_close(struct rerank_run *r) {
    for (unsigned i = 0; r->threads && i <= r->options.threads; i++) thread_close(&r->threads[i]);
    free(r->threads);
    rank_batch_close(r->table);
    batch_persons_free(r->persons);
    product_ids_free(r->ids);
    if (r->generations) generations_close(r->generations);
    db_close(r->db);
    if (r->in_fd > STDIN_FILENO) close(r->in_fd);
    if (r->out_fd > STDOUT_FILENO) close(r->out_fd);
}

uint64_t rerank_run_generation(const struct rerank_run *r) { return r->table ? rank_batch_generation(r->table) : 0; }

// ---- lists --------------------------------------------------------------------------------------------------------

enum err rerank_list_begin(struct rerank_thread *t) {
    arena_reset(&t->arena);
    return view_begin(t->view, &t->arena);
}

void rerank_list_end(struct rerank_thread *t) { view_end(t->view); }

void rerank_thread_rest(struct rerank_thread *t) { view_rest(t->view); }

bool rerank_is_mine(const struct rerank_options *o, struct slice user) {
    return o->shards < 2 || hash64(user.n ? user : SLICE("")) % o->shards == o->shard;
}

// ---- pieces -------------------------------------------------------------------------------------------------------

uint64_t rerank_now_us(const struct rerank_run *r) { return r->options.shares ? clock_monotonic_us(&clock_system) : 0; }

struct timed { // a form's functions with the time they take; one thread at a time reads, and one writes
    struct rerank_run *run;
    struct ordered form;
};

static enum err read_timed(void *arg, void *piece, bool *more, struct fault *why) {
    struct timed *t = arg;
    uint64_t began_us = rerank_now_us(t->run);
    enum err e = t->form.read(t->form.arg, piece, more, why);
    t->run->read_us += rerank_now_us(t->run) - began_us;
    return e;
}

static enum err work_timed(void *arg, unsigned thread, void *piece, struct fault *why) {
    struct timed *t = arg;
    uint64_t began_us = rerank_now_us(t->run);
    enum err e = t->form.work(t->form.arg, thread, piece, why);
    t->run->threads[thread].work_us += rerank_now_us(t->run) - began_us;
    return e;
}

static enum err write_timed(void *arg, void *piece, struct fault *why) {
    struct timed *t = arg;
    uint64_t began_us = rerank_now_us(t->run);
    enum err e = t->form.write(t->form.arg, piece, why);
    t->run->write_us += rerank_now_us(t->run) - began_us;
    return e;
}

enum err rerank_run_pieces(struct rerank_run *r, struct ordered o, struct fault *why) {
    o.threads = r->options.threads;
    o.slots = o.threads * 3;
    o.pieces = calloc(o.slots, o.piece_bytes);
    if (!o.pieces) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    struct timed timed = {r, o};
    if (r->options.shares) o.read = read_timed, o.work = work_timed, o.write = write_timed, o.arg = &timed;
    enum err e = ordered_run(&o, why);
    for (unsigned i = 0; i < o.slots; i++) {
        struct rerank_piece *p = (void *)((char *)o.pieces + i * o.piece_bytes);
        buf_free(&p->in);
        buf_free(&p->out);
    }
    free(o.pieces);
    return e;
}

// ---- bytes --------------------------------------------------------------------------------------------------------

enum err rerank_tell_form(struct rerank_run *r, struct fault *why) {
    uint64_t magic = 0;
    size_t got;
    TRY(rerank_read(r, r->first, sizeof r->first, &got, why));
    if (got == sizeof magic) memcpy(&magic, r->first, sizeof magic);
    r->binary = magic == RERANK_FILE_MAGIC;
    r->start = slice_of(r->first, got);
    return ERR_OK;
}

enum err rerank_read_some(struct rerank_run *r, void *to, size_t n, size_t *got, struct fault *why) {
    ssize_t k;
    if (r->start.n) {
        *got = r->start.n < n ? r->start.n : n;
        memcpy(to, r->start.p, *got);
        r->start = slice_from(r->start, *got);
        return ERR_OK;
    }
    do k = read(r->in_fd, to, n);
    while (k < 0 && errno == EINTR);
    if (k < 0) return fault_set(why, ERR_IO, "", "cannot read the lists: %s", strerror(errno));
    *got = (size_t)k;
    r->read_bytes += *got;
    return ERR_OK;
}

enum err rerank_read(struct rerank_run *r, void *to, size_t n, size_t *got, struct fault *why) {
    size_t more = 1;
    for (*got = 0; *got < n && more > 0; *got += more) TRY(rerank_read_some(r, (char *)to + *got, n - *got, &more, why));
    return ERR_OK;
}

enum err rerank_write(struct rerank_run *r, const void *from, size_t n, struct fault *why) {
    for (size_t done = 0; done < n;) {
        ssize_t k = write(r->out_fd, (const char *)from + done, n - done);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return fault_set(why, errno == ENOSPC ? ERR_STORAGE_FULL : ERR_IO, "", "cannot write the answers: %s", strerror(errno));
        done += (size_t)k;
    }
    return ERR_OK;
}

// ---- what is told -------------------------------------------------------------------------------------------------

static double seconds(const struct rerank_run *r) {
    return (double)(clock_monotonic_us(&clock_system) - r->began_us) / 1e6 + 1e-6;
}

void rerank_progress(struct rerank_run *r) {
    if (r->options.quiet) return;
    snprintf(r->progress.note, sizeof r->progress.note, "%.1f M pairs/s", (double)r->pairs / seconds(r) / 1e6);
    progress_update(&r->progress, r->in_bytes ? r->read_bytes : r->lists, r->in_bytes);
}

// Of all that threads did from the first list on. The rest of the work: finding ids, what fits, the answers' bytes.
static void print_shares(const struct rerank_run *r) {
    static const char *const names[RERANK_STAGES] = {"persons", "candidates", "sorting"};
    uint64_t spent_us[RERANK_STAGES] = {0}, parse_us = 0, work_us = 0, told_us = 0;
    for (unsigned i = 0; i < r->options.threads; i++) {
        const struct rerank_thread *t = &r->threads[i];
        for (unsigned s = 0; s < RERANK_STAGES; s++) spent_us[s] += t->spent_us[s];
        parse_us += t->parse_us;
        work_us += t->work_us;
    }
    double all = (double)(work_us + r->read_us + r->write_us) / 100 + 1e-9;
    fprintf(stderr, "%.2f s of threads from the first list on: reading %.0f %%, parsing %.0f %%", all / 1e4, (double)r->read_us / all,
            (double)parse_us / all);
    for (unsigned s = 0; s < RERANK_STAGES; s++) {
        fprintf(stderr, ", %s %.0f %%", names[s], (double)spent_us[s] / all);
        told_us += spent_us[s];
    }
    fprintf(stderr, ", ids and answers %.0f %%, writing %.0f %%\n", (double)(work_us - parse_us - told_us) / all, (double)r->write_us / all);
}

void rerank_summary(const struct rerank_run *r) {
    double took = seconds(r);
    char as_of[CLOCK_TEXT_BYTES];
    clock_format_ms(r->options.as_of_ms, as_of);
    fprintf(stderr, "%" PRIuFAST64 " lists, %" PRIuFAST64 " candidates, %" PRIuFAST64 " dropped, %" PRIuFAST64 " lists failed",
            r->lists, r->pairs, r->dropped, r->failed);
    if (r->skipped) fprintf(stderr, ", %" PRIu64 " answered before", r->skipped);
    fprintf(stderr, "; %.2f s, %.1f M pairs/s", took, (double)r->pairs / took / 1e6);
    fprintf(stderr, "; generation %016" PRIx64 ", as of %s\n", rerank_run_generation(r), as_of);
    if (r->options.shares) print_shares(r);
}

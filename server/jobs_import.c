// An import handed over as a file of bulk lines (index/bulk.h), in three passes, each of which knows what came before it: vehicles,
// then the catalogue as one batch, then workshops and their supply, exclusions and synonyms, most of which name vehicles and products.
//
// Lines of the catalogue go to a loader on this thread; between its documents the loader holds a write transaction, so nothing that
// waits for the writer may be done meanwhile. All other lines go through the writer in groups.
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "index/base/limits.h"
#include "server/bulk_group.h"
#include "server/jobs.h"
#include "server/line_file.h"

#define ARENA_FIRST_BYTES (1024u * 1024)
#define ARENA_LIMIT_BYTES (512u * 1024 * 1024) // the documents of one line
#define PROGRESS_LINES 512u
#define DRY_RUN_BYTES (16u << 20) // a dry run keeps all others from writing until it ends: a fraction of a second

struct import {
    struct jobs *jobs;
    struct job *job;
    struct line_file file;
    uint64_t size;
    struct slice source; // of the line, as it says itself
    uint64_t source_line;
    struct json_parser *parser;
    struct arena arena;
    struct catalog_loader *loader;
    struct catalog_report report;
    struct bulk_group *group;
    pthread_mutex_t lock; // of `written`
    pthread_cond_t wake;
    bool written, others;
    uint64_t lines, vehicles, other_lines;
};

typedef enum err (*line_fn)(struct import *im, struct slice line, struct fault *why);

static bool rejects(enum err e) { return e == ERR_BAD_REQUEST || e == ERR_NOT_FOUND || e == ERR_CONFLICT || e == ERR_TOO_LARGE; }

static struct slice file_name(const struct import *im) {
    const char *slash = strrchr(im->job->path, '/');
    return slice_str(slash ? slash + 1 : im->job->path);
}

static void refuse(struct import *im, enum err e, struct fault *fault) {
    if (fault->code == ERR_OK) fault_set(fault, e, "", "%s", err_name(e));
    jobs_reject(im->jobs, im->job, im->source, im->source_line, fault);
}

static enum err one_line(struct import *im, enum err read, struct slice line, line_fn each, struct fault *fault) {
    im->source = file_name(im);
    im->source_line = im->file.number;
    if (read == ERR_TOO_LARGE) return fault_set(fault, read, "", "the line is longer than %u MiB", LINE_FILE_MAX_BYTES >> 20);
    return read == ERR_OK && line.n ? each(im, line, fault) : read;
}

static enum err lines_each(struct import *im, const char *what, line_fn each, struct fault *why) {
    struct slice line;
    for (enum err e; (e = line_file_next(&im->file, &line)) != ERR_END;) {
        struct fault fault = {ERR_OK, "", ""};
        if (jobs_stopping(im->jobs)) return fault_set(why, ERR_INTERNAL, "", "the server ended before the import did");
        e = one_line(im, e, line, each, &fault);
        if (e != ERR_OK && !rejects(e)) return fault.code == e ? (*why = fault, e) : fault_set(why, e, "", "the import failed (%s)", err_name(e));
        if (e != ERR_OK) refuse(im, e, &fault);
        if (im->file.number % PROGRESS_LINES == 0) jobs_progress(im->jobs, im->job, what, im->file.offset, im->size);
    }
    return ERR_OK;
}

// Goes through the file. What `each` answers ends the pass unless it only concerns the line.
static enum err pass(struct import *im, const char *what, line_fn each, struct fault *why) {
    TRY(line_file_open(&im->file, im->job->path, why));
    enum err e = lines_each(im, what, each, why);
    line_file_close(&im->file);
    return e;
}

// ---- lines through the writer -----------------------------------------------------------------------------------------------------

static void written(void *arg) {
    struct import *im = arg;
    pthread_mutex_lock(&im->lock);
    im->written = true;
    pthread_cond_signal(&im->wake);
    pthread_mutex_unlock(&im->lock);
}

// False: refused because too much waits; nothing of it was written, and it is the first time for all of them.
static bool group_settled(struct import *im, unsigned *from) {
    for (unsigned i = *from; i < im->group->count; i++) {
        struct bulk_line *line = &im->group->lines[i];
        if (line->command.result == ERR_RATE_LIMITED && !jobs_stopping(im->jobs)) {
            *from = i;
            return false;
        }
        if (line->command.result != ERR_OK) jobs_reject(im->jobs, im->job, file_name(im), line->number, &line->command.why);
        else if (line->op.kind == BULK_VEHICLE) im->vehicles++;
        else im->other_lines++;
    }
    return true;
}

static void group_submit(struct import *im) {
    im->written = false;
    bulk_group_submit(im->group);
    pthread_mutex_lock(&im->lock);
    while (!im->written) pthread_cond_wait(&im->wake, &im->lock);
    pthread_mutex_unlock(&im->lock);
}

static void pause_ms(long ms) {
    struct timespec t = {0, ms * 1000000};
    (void)nanosleep(&t, NULL);
}

// A background import has time: what the full queue refused is handed over again, from there on.
static void group_write(struct import *im) {
    struct bulk_group *g = im->group;
    unsigned from = 0;
    if (g->count == 0) return;
    for (;;) {
        bulk_group_prepare(g, jobs_app(im->jobs)->db, &clock_system);
        group_submit(im);
        if (group_settled(im, &from)) break;
        memmove(g->lines, g->lines + from, (g->count - from) * sizeof *g->lines);
        g->count -= from;
        from = 0;
        for (unsigned i = 0; i < g->count; i++)
            if (g->lines[i].command.result == ERR_RATE_LIMITED) g->lines[i].command.result = ERR_OK;
        pause_ms(20);
    }
    bulk_group_clear(g);
}

static enum err through_writer(struct import *im, struct slice line) {
    if (bulk_group_add(im->group, line, file_name(im), im->file.number, SLICE_NONE)) group_write(im);
    return ERR_OK;
}

// ---- the passes ---------------------------------------------------------------------------------------------------------------------

static bool says(struct slice line, const char *word) { return memmem(line.p, line.n, word, strlen(word)) != NULL; }

static enum err decode(struct import *im, struct slice line, struct bulk_op *op, struct fault *why) {
    arena_reset(&im->arena);
    uint32_t number = im->file.number < UINT32_MAX ? (uint32_t)im->file.number : UINT32_MAX;
    return bulk_decode(&im->arena, im->parser, line, file_name(im), number, op, why);
}

// Lines that cannot be decoded are told of by the second pass, which sees all of them.
static enum err vehicle_line(struct import *im, struct slice line, struct fault *why) {
    struct bulk_op op;
    (void)why;
    if (!says(line, "\"vehicle\"") || decode(im, line, &op, NULL) != ERR_OK || op.kind != BULK_VEHICLE) return ERR_OK;
    return through_writer(im, line);
}

// Whether a line may be of a kind that comes after the catalogue; most lines need not be decoded to know that they are not.
static bool may_be_other(struct slice line) {
    char quoted[32];
    if (says(line, "\"exclusion\"") || says(line, "\"synonym\"") || says(line, "\"service_rule\"") || says(line, "\"view\"")) return true;
    for (unsigned k = SUPPLY_NONE + 1; k < SUPPLY_KINDS; k++) {
        snprintf(quoted, sizeof quoted, "\"%s\"", supply_kind_name((enum supply_kind)k));
        if (says(line, quoted)) return true;
    }
    return false;
}

static enum err other_line(struct import *im, struct slice line, struct fault *why) {
    struct bulk_op op;
    (void)why;
    if (!may_be_other(line)) return ERR_OK;
    if (decode(im, line, &op, NULL) != ERR_OK || !bulk_comes_after(op.kind)) return ERR_OK;
    return through_writer(im, line);
}

static void removal_missed(void *arg, const char *source, uint64_t line, const char *message) {
    struct import *im = arg;
    struct fault why;
    fault_set(&why, ERR_NOT_FOUND, "", "%s", message);
    jobs_reject(im->jobs, im->job, slice_str(source), line, &why);
}

static enum err loader_open(struct import *im, struct fault *why) {
    struct catalog_load_options options = {.sources = slice_str(im->job->sources), .dry_run = im->job->dry_run, .polite = !im->job->dry_run,
                                           .reject = removal_missed, .arg = im};
    if (im->loader) return ERR_OK;
    enum err e = catalog_loader_new(jobs_app(im->jobs)->db, &options, &im->loader);
    return e == ERR_OK ? e : fault_set(why, e, "", "the import could not begin (%s)", err_name(e));
}

static void source_of(struct import *im, const struct bulk_op *op) {
    const struct application_doc *doc = op->kind == BULK_APPLICATION ? &op->application : op->product.applications;
    if (!doc || (op->kind == BULK_PRODUCT && op->product.application_count == 0)) return;
    im->source = doc->source;
    im->source_line = doc->line;
}

static enum err catalogue_line(struct import *im, struct slice line, struct fault *why) {
    struct bulk_op op;
    im->lines++;
    TRY(decode(im, line, &op, why));
    source_of(im, &op);
    if (op.kind == BULK_VEHICLE) return ERR_OK;
    if (bulk_comes_after(op.kind)) {
        im->others = true;
        return ERR_OK;
    }
    TRY(loader_open(im, why)); // with the first such line: it holds a write transaction from then on
    return bulk_load(im->loader, &op, why);
}

static void loading(void *arg, const char *what, uint64_t done, uint64_t total) {
    struct import *im = arg;
    jobs_progress(im->jobs, im->job, what, done, total);
}

static enum err writing_pass(struct import *im, const char *what, line_fn each, struct fault *why) {
    if (im->job->dry_run) return ERR_OK;
    TRY(pass(im, what, each, why));
    group_write(im);
    return ERR_OK;
}

static enum err all_passes(struct import *im, struct fault *why) {
    TRY(writing_pass(im, "vehicles", vehicle_line, why));
    TRY(pass(im, "reading", catalogue_line, why));
    if (im->loader) TRY(jobs_load_finish(im->jobs, im->loader, &im->report, loading, im, why));
    catalog_loader_free(im->loader); // lets go of the write transaction of a dry run
    im->loader = NULL;
    return im->others ? writing_pass(im, "workshops, exclusions and synonyms", other_line, why) : ERR_OK;
}

static enum err size_of(struct import *im, struct fault *why) {
    struct stat st;
    if (stat(im->job->path, &st) != 0) return fault_set(why, ERR_IO, "path", "%.200s cannot be read", im->job->path);
    im->size = (uint64_t)st.st_size;
    if (!im->job->dry_run || im->size <= DRY_RUN_BYTES) return ERR_OK;
    return fault_set(why, ERR_TOO_LARGE, "", "a dry run beside a server takes at most %u MiB of lines, as it keeps others from writing; "
                     "try it on a copy (rightfit snapshot)", DRY_RUN_BYTES >> 20);
}

static enum err run_in(struct import *im, struct fault *why) {
    im->parser = json_parser_new();
    im->group = bulk_group_new(jobs_app(im->jobs)->writer, im->jobs);
    if (!im->parser || !im->group) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    im->group->done = written;
    im->group->arg = im;
    im->group->at_ms = clock_unix_ms(jobs_app(im->jobs)->clock);
    TRY(size_of(im, why));
    return all_passes(im, why);
}

enum err job_run(struct jobs *j, struct job *job, struct fault *why) {
    struct import im = {.jobs = j, .job = job, .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};
    arena_init(&im.arena, ARENA_FIRST_BYTES, ARENA_LIMIT_BYTES);
    enum err e = run_in(&im, why);
    catalog_loader_free(im.loader);
    bulk_group_free(im.group);
    json_parser_free(im.parser);
    arena_destroy(&im.arena);
    jobs_told(j, job, &im.report, im.lines, im.vehicles, im.other_lines);
    return e;
}

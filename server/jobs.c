// The thread, its queue, and what is told of it.
//
// 1. `lock` guards the list of jobs and every member of a job that others read; the thread alone changes those, under it.
// 2. The place of the catalogue: `loading` is set while the loader that is about to finish holds the write transaction its names are
//    added in, so no transaction of the writer is under way; every later one sees it.
#include "server/jobs.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "index/base/limits.h"
#include "index/vehicle_put.h"

#define STAGED_OLD_S (24 * 3600)
#define TIDY_EVERY_US (2 * 1000000ull)

struct jobs {
    struct app *app;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *first; // oldest first
    unsigned waiting, finished;
    uint64_t last_id;
    bool vehicles_changed;
    uint64_t tidy_at_us; // not before
    atomic_bool stopping, running, loading;
    _Atomic uint64_t placed;
};

struct app *jobs_app(struct jobs *j) { return j->app; }
bool jobs_stopping(struct jobs *j) { return atomic_load(&j->stopping); }
bool jobs_running(struct jobs *j) { return atomic_load(&j->running); }

// ---- vehicles and the catalogue's place ---------------------------------------------------------------------------------------

uint64_t jobs_placed(struct jobs *j) { return atomic_load(&j->placed); }
bool jobs_vehicles_may_change(struct jobs *j, uint64_t placed) {
    return !atomic_load(&j->loading) && atomic_load(&j->placed) == placed;
}
void jobs_catalogue_moved(struct jobs *j) { atomic_fetch_add(&j->placed, 1); }

void jobs_vehicles_changed(struct jobs *j) {
    pthread_mutex_lock(&j->lock);
    j->vehicles_changed = true;
    pthread_cond_signal(&j->wake);
    pthread_mutex_unlock(&j->lock);
}

enum err jobs_load_finish(struct jobs *j, struct catalog_loader *l, struct catalog_report *out,
                          void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg, struct fault *why) {
    atomic_store(&j->loading, true);
    enum err e = catalog_loader_finish(l, out, progress, arg, why);
    if (out->switched) jobs_catalogue_moved(j);
    atomic_store(&j->loading, false);
    atomic_fetch_add(&j->app->other_commits, 1);
    return e;
}

// ---- one job --------------------------------------------------------------------------------------------------------------------

static void job_free(struct job *job) {
    free(job->path);
    free(job->sources);
    buf_free(&job->errors);
    free(job);
}

void jobs_progress(struct jobs *j, struct job *job, const char *what, uint64_t done, uint64_t total) {
    pthread_mutex_lock(&j->lock);
    job->what = what;
    job->done = done;
    job->total = total;
    pthread_mutex_unlock(&j->lock);
}

void jobs_reject(struct jobs *j, struct job *job, struct slice source, uint64_t line, const struct fault *why) {
    pthread_mutex_lock(&j->lock);
    if (job->rejected++ < JOB_ERRORS_KEPT) {
        if (job->errors.n) buf_char(&job->errors, ',');
        struct json_writer w = json_writer_of(&job->errors);
        json_open(&w, '{');
        json_key_string(&w, "source", source);
        json_key_int(&w, "line", (int64_t)line);
        json_key_str(&w, "code", err_name(why->code));
        json_key_str(&w, "field", why->field);
        json_key_str(&w, "message", why->message);
        json_close(&w, '}');
    }
    pthread_mutex_unlock(&j->lock);
}

void jobs_told(struct jobs *j, struct job *job, const struct catalog_report *report, uint64_t lines, uint64_t vehicles, uint64_t others) {
    pthread_mutex_lock(&j->lock);
    job->report = *report;
    job->lines = lines;
    job->vehicles = vehicles;
    job->others = others;
    pthread_mutex_unlock(&j->lock);
}

static void run_job(struct jobs *j, struct job *job) {
    struct fault why = {ERR_OK, "", ""};
    log_info("jobs", "import %llu of %s begins", (unsigned long long)job->id, job->sources);
    enum err e = job_run(j, job, &why);
    if (e != ERR_OK && why.code != e) fault_set(&why, e, "", "the import failed (%s)", err_name(e));
    if (unlink(job->path) != 0) log_warn("jobs", "%s could not be removed", job->path);
    pthread_mutex_lock(&j->lock);
    job->state = e == ERR_OK ? JOB_DONE : JOB_FAILED;
    job->why = why;
    job->what = "";
    j->finished++;
    atomic_store(&j->running, false);
    pthread_mutex_unlock(&j->lock);
    if (e != ERR_OK) log_error("jobs", "import %llu: %s", (unsigned long long)job->id, why.message);
    else log_info("jobs", "import %llu is done: batch %u", (unsigned long long)job->id, job->report.batch);
}

// ---- after vehicles have changed ------------------------------------------------------------------------------------------------

static enum err tidy_needed(struct jobs *j, bool *parked, bool *names) {
    struct snapshot *s;
    TRY(snapshot_open(j->app->db, &s));
    *parked = !db_table_empty(s, TABLE_UNRESOLVED);
    *names = vehicle_names_stale(s);
    snapshot_close(s);
    return ERR_OK;
}

static enum err parked_again(struct jobs *j, struct fault *why) {
    static const struct catalog_load_options options = {.sources = {"vehicles put", sizeof "vehicles put" - 1}, .polite = true};
    struct catalog_loader *l;
    struct catalog_report report;
    TRY(catalog_loader_new(j->app->db, &options, &l));
    enum err e = catalog_loader_parked(l, why);
    if (e == ERR_OK) e = jobs_load_finish(j, l, &report, NULL, NULL, why);
    catalog_loader_free(l);
    return e;
}

// `changed`: by this process; else only what an earlier one has left undone.
static void tidy(struct jobs *j, bool changed) {
    struct fault why = {ERR_OK, "", ""};
    bool parked = false, names = false;
    enum err e = tidy_needed(j, &parked, &names);
    if (e == ERR_OK && parked && (changed || names)) e = parked_again(j, &why);
    if (e == ERR_OK && names) e = vehicle_names_rebuild(j->app->db, &why);
    if (e != ERR_OK) log_error("jobs", "names and parked applications stay as they were: %s", why.message[0] ? why.message : err_name(e));
}

// ---- the thread -------------------------------------------------------------------------------------------------------------------

static struct job *next_waiting(struct jobs *j) {
    struct job *job = j->first;
    while (job && job->state != JOB_WAITING) job = job->next;
    return job;
}

static void forget_old(struct jobs *j) { // with the lock
    while (j->finished > JOBS_KEPT) {
        struct job **at = &j->first;
        while ((*at)->state != JOB_DONE && (*at)->state != JOB_FAILED) at = &(*at)->next;
        struct job *gone = *at;
        *at = gone->next;
        job_free(gone);
        j->finished--;
    }
}

static void wait_until(struct jobs *j, uint64_t at_us) {
    struct timespec at = {(time_t)(at_us / 1000000), (long)(at_us % 1000000) * 1000};
    pthread_cond_timedwait(&j->wake, &j->lock, &at);
}

// Waits for something to do. NULL with *tidies: vehicles have changed; NULL without: the end.
static struct job *next_work(struct jobs *j, bool *tidies) {
    struct job *job = NULL;
    *tidies = false;
    pthread_mutex_lock(&j->lock);
    forget_old(j);
    while (!jobs_stopping(j) && !(job = next_waiting(j))) {
        uint64_t now_us = clock_monotonic_us(&clock_system);
        if (j->vehicles_changed && now_us >= j->tidy_at_us) {
            *tidies = true;
            j->vehicles_changed = false;
            j->tidy_at_us = now_us + TIDY_EVERY_US;
            break;
        }
        if (j->vehicles_changed) wait_until(j, j->tidy_at_us);
        else pthread_cond_wait(&j->wake, &j->lock);
    }
    if (job) {
        job->state = JOB_RUNNING;
        j->waiting--;
        atomic_store(&j->running, true);
    }
    pthread_mutex_unlock(&j->lock);
    return job;
}

// Files of imports that an earlier process did not live to end. Young ones may be in the making.
static void forget_staged(const struct jobs *j) {
    char path[OPTIONS_TEXT_MAX + 32], name[PATH_MAX];
    struct stat st;
    snprintf(path, sizeof path, "%s/" STAGING_FOLDER, j->app->options->data);
    DIR *dir = opendir(path);
    for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
        int n = snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (n < 0 || (size_t)n >= sizeof name || !slice_ends(slice_str(name), SLICE(".ndjson")) || stat(name, &st) != 0) continue;
        if (S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > STAGED_OLD_S && unlink(name) == 0) log_info("jobs", "%s is forgotten", name);
    }
    if (dir) closedir(dir);
}

static void *jobs_main(void *arg) {
    struct jobs *j = arg;
    forget_staged(j);
    tidy(j, false);
    for (;;) {
        bool tidies;
        struct job *job = next_work(j, &tidies);
        if (job) run_job(j, job);
        else if (tidies) tidy(j, true);
        else break;
    }
    return NULL;
}

// ---- orders -------------------------------------------------------------------------------------------------------------------------

// The file's real path, which must lie in the staging folder.
static enum err staged_path(const struct jobs *j, struct slice name, char out[PATH_MAX], struct fault *why) {
    char folder[PATH_MAX], real[PATH_MAX], wanted[PATH_MAX + OPTIONS_TEXT_MAX + 32];
    struct stat st;
    snprintf(wanted, sizeof wanted, "%s/" STAGING_FOLDER, j->app->options->data);
    if (name.n == 0 || name.n >= PATH_MAX || memchr(name.p, 0, name.n)) return fault_set(why, ERR_BAD_REQUEST, "path", "path is missing or too long");
    if (!realpath(wanted, folder)) return fault_set(why, ERR_BAD_REQUEST, "path", "there is no folder " STAGING_FOLDER " with the data");
    size_t n = strlen(folder);
    if (name.p[0] == '/') snprintf(wanted, sizeof wanted, "%.*s", SLICE_ARGS(name));
    else snprintf(wanted, sizeof wanted, "%s/%.*s", folder, SLICE_ARGS(name));
    bool inside = realpath(wanted, real) && strncmp(real, folder, n) == 0 && real[n] == '/' && stat(real, &st) == 0 && S_ISREG(st.st_mode);
    if (!inside) return fault_set(why, ERR_BAD_REQUEST, "path", "path names no file in the folder " STAGING_FOLDER " with the data");
    memcpy(out, real, strlen(real) + 1);
    return ERR_OK;
}

static struct job *job_new(const char *path, struct slice sources, bool dry_run) {
    struct job *job = calloc(1, sizeof *job);
    if (!job) return NULL;
    buf_init(&job->errors, NULL, 0);
    job->path = strdup(path);
    job->sources = strndup(sources.n ? sources.p : "", sources.n);
    job->dry_run = dry_run;
    job->what = "";
    if (job->path && job->sources) return job;
    job_free(job);
    return NULL;
}

enum err jobs_import(struct jobs *j, struct slice name, struct slice sources, bool dry_run, uint64_t *id, struct fault *why) {
    char path[PATH_MAX];
    TRY(staged_path(j, name, path, why));
    struct job *job = job_new(path, sources, dry_run), **end = &j->first;
    if (!job) return fault_set(why, ERR_NO_MEMORY, "", "out of memory");
    pthread_mutex_lock(&j->lock);
    bool room = j->waiting < JOBS_WAITING_MAX && !jobs_stopping(j);
    if (room) {
        while (*end) end = &(*end)->next;
        *end = job;
        job->id = *id = ++j->last_id;
        j->waiting++;
        pthread_cond_signal(&j->wake);
    }
    pthread_mutex_unlock(&j->lock);
    if (room) return ERR_OK;
    job_free(job);
    return fault_set(why, ERR_RATE_LIMITED, "", "too many imports are waiting, try again later");
}

// ---- what is told --------------------------------------------------------------------------------------------------------------------

static void report_json(struct json_writer *w, const struct job *job) {
    const struct catalog_report *r = &job->report;
    json_key_open(w, "report", '{');
    json_key_int(w, "batch", r->batch);
    json_key_int(w, "lines", (int64_t)job->lines);
    json_key_int(w, "products_new", (int64_t)r->products_new);
    json_key_int(w, "products_changed", (int64_t)r->products_changed);
    json_key_int(w, "products_removed", (int64_t)r->products_removed);
    json_key_int(w, "products_same", (int64_t)r->products_same);
    json_key_int(w, "applications", (int64_t)r->applications);
    json_key_int(w, "applications_unresolved", (int64_t)r->applications_unresolved);
    json_key_int(w, "applications_added", (int64_t)r->applications_added);
    json_key_int(w, "applications_removed", (int64_t)r->applications_removed);
    json_key_int(w, "vehicles", (int64_t)job->vehicles);
    json_key_int(w, "others", (int64_t)job->others);
    json_key_int(w, "rejected", (int64_t)job->rejected);
    json_close(w, '}');
}

static void job_json(struct json_writer *w, const struct job *job) {
    static const char *const STATES[] = {"waiting", "running", "done", "failed"};
    json_open(w, '{');
    json_key_int(w, "id", (int64_t)job->id);
    json_key_str(w, "state", STATES[job->state]);
    json_key_str(w, "what", job->what);
    json_key_int(w, "done", (int64_t)job->done);
    json_key_int(w, "total", (int64_t)job->total);
    json_key_str(w, "sources", job->sources);
    json_key_bool(w, "dry_run", job->dry_run);
    if (job->state == JOB_FAILED) json_key_str(w, "message", job->why.message);
    report_json(w, job);
    json_key_open(w, "errors", '[');
    if (job->errors.n && !job->errors.bad) json_raw(w, buf_slice(&job->errors));
    json_close(w, ']');
    json_close(w, '}');
}

void jobs_json(struct jobs *j, uint64_t id, struct json_writer *w) {
    const struct job *list[JOBS_KEPT + JOBS_WAITING_MAX + 2];
    unsigned count = 0;
    pthread_mutex_lock(&j->lock);
    for (const struct job *job = j->first; job && count < sizeof list / sizeof *list; job = job->next)
        if (id == 0 || job->id == id) list[count++] = job;
    while (count > 0) job_json(w, list[--count]);
    pthread_mutex_unlock(&j->lock);
}

// ---- start and stop ---------------------------------------------------------------------------------------------------------------------

static void jobs_free(struct jobs *j) {
    while (j->first) {
        struct job *job = j->first;
        j->first = job->next;
        if (job->state == JOB_WAITING) (void)unlink(job->path); // nobody will take it up
        job_free(job);
    }
    pthread_cond_destroy(&j->wake);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

enum err jobs_start(struct app *app, struct jobs **out) {
    struct jobs *j = calloc(1, sizeof *j);
    pthread_condattr_t attr;
    if (!j) return ERR_NO_MEMORY;
    j->app = app;
    pthread_mutex_init(&j->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&j->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&j->thread, NULL, jobs_main, j)) {
        jobs_free(j);
        return ERR_NO_MEMORY;
    }
    *out = j;
    return ERR_OK;
}

void jobs_ask_stop(struct jobs *j) {
    pthread_mutex_lock(&j->lock);
    atomic_store(&j->stopping, true);
    pthread_cond_signal(&j->wake);
    pthread_mutex_unlock(&j->lock);
}

bool jobs_stop(struct jobs *j) {
    struct timespec at;
    if (!j) return true;
    jobs_ask_stop(j);
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += JOB_STOP_MS / 1000;
    if (pthread_timedjoin_np(j->thread, NULL, &at) != 0) return false;
    jobs_free(j);
    return true;
}

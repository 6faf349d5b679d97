// jobs.h: the one background thread for long work on the database: imports handed over as files, and what follows a change of
// vehicles.
//
// It writes beside the writer thread: LMDB lets one transaction write at a time and threads queue for it, and the catalogue's loader
// keeps its transactions short, so the two alternate. One import runs at a time, the others wait in their order. An import is a batch
// (index/batch.h): atomic to readers, and one cut short by the end of the process changes nothing.
//
// After a vehicle was put, at most every two seconds: applications whose vehicle was not known are tried again, and the names and
// counts of the picker and of typeahead are made anew.
#ifndef RF_SERVER_JOBS_H
#define RF_SERVER_JOBS_H

#include "index/catalog.h"
#include "server/app.h"

#define JOBS_WAITING_MAX 64
#define JOBS_KEPT 8          // finished ones that are still told of
#define JOB_ERRORS_KEPT 1000 // of one job
#define JOB_STOP_MS 5000     // how long a job may take to notice that the server ends
#define STAGING_FOLDER "staging"

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_FAILED };
struct job {
    uint64_t id;
    enum job_state state;
    char *path, *sources;  // heap
    bool dry_run;
    const char *what;      // being done, of static life
    uint64_t done, total;
    struct catalog_report report;
    uint64_t lines, vehicles, others; // read; vehicles, and workshops and exclusions written
    uint64_t rejected;
    struct buf errors;     // heap: JSON objects of the first JOB_ERRORS_KEPT, separated by commas
    struct fault why;      // of a failed one
    struct job *next;
};

struct jobs;
enum err jobs_start(struct app *app, struct jobs **out);
void jobs_ask_stop(struct jobs *j); // ahead of jobs_stop(): the running job is given up as soon as it notices, no other is begun; any thread
// Asks the running job to give up and ends the thread; before writer_stop(). NULL is fine. False: it is in the middle of something that
// cannot be given up within JOB_STOP_MS; then the database must stay open until the process ends, which it may do at any time.
bool jobs_stop(struct jobs *j);

// `name`: a file of the staging folder, by its name or whole path; anything outside is ERR_BAD_REQUEST, as is what is no file.
// ERR_RATE_LIMITED: JOBS_WAITING_MAX wait. The file is the job's from now on.
enum err jobs_import(struct jobs *j, struct slice name, struct slice sources, bool dry_run, uint64_t *id, struct fault *why);
bool jobs_running(struct jobs *j);                                  // an import is being worked on; any thread
void jobs_json(struct jobs *j, uint64_t id, struct json_writer *w); // elements of an array, newest first; id 0: all

// ---- vehicles and where the catalogue lies -------------------------------------------------------------------------------------
// What may fit a new vehicle is looked up beforehand (vehicle_put_prepare). It is void once the catalogue has changed places, and while
// a load builds the other place a new vehicle would be missed there: then vehicles may not change.
uint64_t jobs_placed(struct jobs *j);
bool jobs_vehicles_may_change(struct jobs *j, uint64_t placed); // on the writer thread, inside the transaction
void jobs_vehicles_changed(struct jobs *j);                     // any thread, after the commit
void jobs_catalogue_moved(struct jobs *j);                      // on the writer thread, inside the transaction: a load was taken back

// ---- for jobs_import.c -----------------------------------------------------------------------------------------------------------
struct app *jobs_app(struct jobs *j);
bool jobs_stopping(struct jobs *j);
void jobs_progress(struct jobs *j, struct job *job, const char *what, uint64_t done, uint64_t total);
void jobs_reject(struct jobs *j, struct job *job, struct slice source, uint64_t line, const struct fault *why);
// catalog_loader_finish() with vehicles held still.
enum err jobs_load_finish(struct jobs *j, struct catalog_loader *l, struct catalog_report *out,
                          void (*progress)(void *, const char *, uint64_t, uint64_t), void *arg, struct fault *why);
void jobs_told(struct jobs *j, struct job *job, const struct catalog_report *report, uint64_t lines, uint64_t vehicles, uint64_t others);
enum err job_run(struct jobs *j, struct job *job, struct fault *why); // jobs_import.c

#endif

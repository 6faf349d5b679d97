// options.h: what the operator can set: flags, and the same names as RIGHTFIT_* environment variables.
//
// One table in options.c names every option with its range and its sentence of help; flags win over the environment,
// the environment over the defaults. Nothing here is read again after start, except what SIGHUP reloads by path.
#ifndef RF_SERVER_OPTIONS_H
#define RF_SERVER_OPTIONS_H

#include <stdio.h>

#include "index/base/clock.h"
#include "index/base/err.h"
#include "index/base/log.h"

#define OPTIONS_TEXT_MAX 512

struct options {
    char listen[OPTIONS_TEXT_MAX];      // host:port, numeric or localhost; port 0 takes any free one
    char data[OPTIONS_TEXT_MAX];        // the database's folder
    char web[OPTIONS_TEXT_MAX];         // folder of the page's files, empty: found by main
    char market[OPTIONS_TEXT_MAX];      // default for market=, empty: unset
    char keys[OPTIONS_TEXT_MAX];        // key file, empty: none
    char cors[OPTIONS_TEXT_MAX];        // allowed origins, comma-separated, or *; empty: none
    char request_log[OPTIONS_TEXT_MAX]; // file, or - for stdout; empty: none
    char log_level[OPTIONS_TEXT_MAX];   // debug, info, warn, error
    unsigned workers;                   // event loops; 0 in the table means one per core and is resolved by parsing
    unsigned compute_threads;           // for work over a millisecond
    unsigned compute_queue;             // jobs that may wait for them
    unsigned connections;
    unsigned requests_per_connection;
    unsigned header_time_ms, idle_time_ms, progress_time_ms, drain_time_ms, request_time_ms;
    const struct clock *clock;          // not an option of the command line; tests set it
    bool help;
};

// Defaults only; what tests start from.
void options_init(struct options *o);
// Defaults, then `env` (NAME=value strings as in environ, may be NULL), then argv[1..]. ERR_BAD_REQUEST names the option.
enum err options_parse(struct options *o, int argc, char **argv, char **env, struct fault *why);
// Refuses what must not run: an address other machines can reach without a key file.
enum err options_check(const struct options *o, struct fault *why);
void options_help(FILE *out);
enum log_level options_log_level(const struct options *o);

#endif

// command.h: what the subcommands of `rightfit` share: common options, exit status.
//
// Exit status: 0 done; 1 done, but something is to be looked at (rows rejected, damage found, nothing to train on); 2 not done.
// Results go to stdout, everything else to stderr.
#ifndef RF_TOOLS_COMMAND_H
#define RF_TOOLS_COMMAND_H

#include <getopt.h>
#include <stdio.h>

#include "index/db.h"

enum { EXIT_DONE = 0, EXIT_LOOK = 1, EXIT_NOT_DONE = 2 };
enum { COMMAND_PATH_BYTES = 4096 };

// argv[0] is the command's name.
int command_import(int argc, char **argv);
int command_synth(int argc, char **argv);
int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_rerank(int argc, char **argv);
int command_lint(int argc, char **argv);
int command_check(int argc, char **argv);
int command_snapshot(int argc, char **argv);
int command_restore(int argc, char **argv);
int command_imports(int argc, char **argv);
int command_rollback(int argc, char **argv);
int command_vin(int argc, char **argv);
int command_keys(int argc, char **argv);
int command_export_aces(int argc, char **argv); // `export --format aces`
int command_stats(int argc, char **argv);
int command_export(int argc, char **argv);
int command_generations(int argc, char **argv);
int command_help(int argc, char **argv);

// Options every command may have; `data` and `facts` start as RIGHTFIT_DATA or "data", RIGHTFIT_FACTS or "data-tools/facts".
struct common { const char *data, *facts; bool quiet; };
struct common common_defaults(void);
// Values for getopt_long beyond the letters.
enum { OPTION_DATA = 256, OPTION_FACTS, OPTION_OWN };
#define COMMON_OPTIONS \
    {"data", required_argument, NULL, OPTION_DATA}, {"facts", required_argument, NULL, OPTION_FACTS}, {"quiet", no_argument, NULL, 'q'}, \
    {"help", no_argument, NULL, 'h'}
#define COMMON_HELP \
    "  --data DIR     the database's folder (RIGHTFIT_DATA, else ./data)\n" \
    "  --quiet, -q    no progress\n" \
    "  --help, -h     this text\n"
// Takes a common option. False: `option` is not one of them.
bool common_take(struct common *c, int option);

int command_usage(const char *name); // "try rightfit NAME --help"; EXIT_NOT_DONE
int command_failed(const struct fault *why, enum err err);
// Opens the database; a running server gets a sentence of its own.
enum err command_open(const char *dir, enum db_mode mode, struct db **out, struct fault *why);
bool command_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

#endif

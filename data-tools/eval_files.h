// eval_files.h: the part of `rightfit eval` that needs no database: plain public files, fitted and measured.
#ifndef RF_TOOLS_EVAL_FILES_H
#define RF_TOOLS_EVAL_FILES_H

#include "model/protocol.h"

struct eval_files {
    const char *train, *valid, *test; // a given split; valid may be NULL
    const char *ratings;     // model/ratings.h, each person\'s last held out, or the newest `time_split` of all
    double least, time_split; // least rating that counts; 0: by person
    const char *sequences;            // or one file, the last of each line left out
    struct protocol_options options;
};
// "name=value" for a hyper-parameter by its name in the help; false for another name or a value that is none.
bool eval_files_set(struct protocol_options *o, const char *text);
extern const char EVAL_FILES_NAMES[]; // for the help

// Prints a report: for whoever fits and measures something else than files.
void eval_files_print(const struct protocol_options *o, const struct protocol_report *r);
// Fits, measures, prints to stdout. Errors as protocol.h and sequences.h.
enum err eval_files_run(const struct eval_files *files, bool quiet, struct fault *why);

#endif

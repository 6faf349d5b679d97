// report.h: what an import did, and every row it could not use: file, line, reason.
//
// The first REPORT_SHOWN_MAX rejected rows are printed as they come; all are counted, by file. Nothing here ends an
// import.
#ifndef RF_TOOLS_REPORT_H
#define RF_TOOLS_REPORT_H

#include <stdint.h>
#include <stdio.h>

enum { REPORT_SHOWN_MAX = 200, REPORT_FILES_MAX = 32 };

struct import_report {
    FILE *out; // where rejected rows are printed; NULL: only counted
    uint64_t rows, rejected, notices;
    uint64_t vehicles_new, vehicles_changed, configurations;
    unsigned files;
    struct { char name[128]; uint64_t rejected; } by_file[REPORT_FILES_MAX];
};

void report_init(struct import_report *r, FILE *out);
void report_reject(struct import_report *r, const char *file, uint64_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// Something worth saying that rejects no row: a column nobody knows.
void report_notice(struct import_report *r, const char *file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// As a callback of index/: `arg` is a struct import_report (reject_fn of vocabulary.h).
void report_callback(void *arg, const char *file, uint64_t line, const char *message);
void report_print(const struct import_report *r, FILE *out); // the closing summary

#endif

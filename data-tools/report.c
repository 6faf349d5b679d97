#include "report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

void report_init(struct import_report *r, FILE *out) { *r = (struct import_report){.out = out}; }

static void count_file(struct import_report *r, const char *file) {
    unsigned i = 0;
    while (i < r->files && strcmp(r->by_file[i].name, file) != 0) i++;
    if (i == REPORT_FILES_MAX) return; // still in the total
    if (i == r->files) snprintf(r->by_file[r->files++].name, sizeof r->by_file->name, "%s", file);
    r->by_file[i].rejected++;
}

void report_reject(struct import_report *r, const char *file, uint64_t line, const char *format, ...) {
    va_list args;
    count_file(r, file);
    if (r->rejected++ >= REPORT_SHOWN_MAX || r->out == NULL) return;
    fprintf(r->out, "%s:%" PRIu64 ": ", file, line);
    va_start(args, format);
    vfprintf(r->out, format, args);
    va_end(args);
    fputc('\n', r->out);
}

void report_notice(struct import_report *r, const char *file, const char *format, ...) {
    va_list args;
    r->notices++;
    if (r->out == NULL) return;
    fprintf(r->out, "%s: ", file);
    va_start(args, format);
    vfprintf(r->out, format, args);
    va_end(args);
    fputc('\n', r->out);
}

void report_callback(void *arg, const char *file, uint64_t line, const char *message) {
    report_reject(arg, file, line, "%s", message);
}

void report_print(const struct import_report *r, FILE *out) {
    fprintf(out,
            "%" PRIu64 " rows, %" PRIu64 " rejected; %" PRIu64 " vehicles new, %" PRIu64 " changed; %" PRIu64
            " configurations\n",
            r->rows, r->rejected, r->vehicles_new, r->vehicles_changed, r->configurations);
    for (unsigned i = 0; i < r->files; i++)
        fprintf(out, "  %s: %" PRIu64 " rejected\n", r->by_file[i].name, r->by_file[i].rejected);
    if (r->rejected > REPORT_SHOWN_MAX)
        fprintf(out, "  only the first %d rejected rows are listed\n", REPORT_SHOWN_MAX);
}

// lint_print.h: what the lint found, for people and for programs.
#ifndef RF_TOOLS_LINT_PRINT_H
#define RF_TOOLS_LINT_PRINT_H

#include <stdio.h>

#include "lint.h"

#define LINT_PRINT_ALL UINT64_MAX
struct lint_subject {
    const char *file;
    const char *format;              // "aces"
    uint64_t applications, parts;
    uint64_t max;                    // findings shown of each check, and lines listed of each finding in JSON; LINT_PRINT_ALL
};

// "FILE:LINE: severity: check: message" for the first findings of each check, then a table of all checks that found something.
enum err lint_print_text(const struct lint *l, const struct lint_subject *s, FILE *out);
// One object on one line: {"file", "format", "applications", "parts", "errors", "warnings", "checks":{name:{groups, rows, severity}},
// "findings":[{check, severity, message, rows, lines:[]}]}. Every check is in `checks`; errors and warnings count findings.
enum err lint_print_json(const struct lint *l, const struct lint_subject *s, FILE *out);
uint64_t lint_count(const struct lint *l, enum lint_severity severity); // findings

#endif
